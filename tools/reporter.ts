/**
 * What a test run says: vitest's own output, then every skipped test by name, and last a plain line
 * `N passed, N failed, N skipped`. Where CI is set a skipped test fails the run: there everything a test needs is installed.
 */
import type { SerializedError } from 'vitest';
import type { TestModule, TestRunEndReason, Vitest } from 'vitest/node';
import { DefaultReporter } from 'vitest/node';

/** Whether this is a continuous-integration run: CI is set, and not to `0` or `false`. */
export const isCI = (value: string | undefined): boolean => !['', '0', 'false'].includes(value ?? '');

/** The reporter that vitest.config.ts names. */
export default class OutcomeReporter extends DefaultReporter {
  private run: Vitest | undefined;

  constructor() {
    super({ summary: false });
  }

  override onInit(run: Vitest): void {
    this.run = run;
    super.onInit(run);
  }

  override onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    super.onTestRunEnd(modules, errors, reason);
    const { passed, failed, skipped } = outcome(modules, this.run?.getGlobalTestNamePattern());
    const lines: string[] = [];
    if (skipped.length > 0) lines.push('Skipped:', ...skipped.map((name) => `  ${name}`), '');
    if (skipped.length > 0 && isCI(process.env.CI)) {
      const count =
        skipped.length === 1 ? 'the skipped test above fails' : `the ${skipped.length} skipped tests above fail`;
      lines.push(`CI is set, so ${count} the run: install what they need, or unset CI.`, '');
      process.exitCode = 1;
    }
    lines.push(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

/** The tests counted; a file that could not be loaded counts as one failed. Tests that `-t` left out are not counted. */
function outcome(
  modules: readonly TestModule[],
  pattern: RegExp | undefined,
): { passed: number; failed: number; skipped: string[] } {
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  for (const module of modules) {
    if (module.errors().length > 0) failed++;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed++;
      else if (state === 'failed') failed++;
      else if (pattern === undefined || pattern.test(test.fullName.replaceAll(' > ', ' '))) {
        skipped.push(`${module.relativeModuleId}: ${test.fullName}`);
      }
    }
  }
  return { passed, failed, skipped };
}
