/**
 * The one gate, `npm run ok` and `npm test`: format and lint, types, layers, documentation, tests. The checks run side by
 * side, then the tests; the first that fails stops it. Arguments go to vitest: `npm test -- src/wire`.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkDocs } from './docs.ts';
import { checkLayers, readPackages } from './layers.ts';
import type { Problem } from './problem.ts';
import { formatProblems, readSources } from './problem.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (path: string): string => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));

interface Outcome {
  readonly passed: boolean;
  /** What the check had to say, for when it failed. */
  readonly output: string;
}

interface Check {
  readonly name: string;
  /** What to do when it fails. */
  readonly advice: string;
  run(): Promise<Outcome>;
}

/** Runs a JavaScript program of node_modules with this Node. */
function program(path: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bin(path), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ passed: false, output: error.message }));
    child.on('close', (code) => resolve({ passed: code === 0, output: Buffer.concat(chunks).toString() }));
  });
}

const problems = (found: readonly Problem[]): Outcome => ({
  passed: found.length === 0,
  output: formatProblems(found),
});

const CHECKS: readonly Check[] = [
  {
    name: 'format, lint',
    advice: '"npx biome check --write" mends what can be mended without thinking',
    run: () => program('@biomejs/biome/bin/biome', ['ci', '--error-on-warnings', '--colors=off']),
  },
  {
    name: 'types',
    advice: '"npx tsc" shows this alone',
    run: () => program('typescript/bin/tsc', ['-p', 'tsconfig.json']),
  },
  {
    name: 'types, portable',
    advice:
      'src/core wire rules speak see lab know no Node and no DOM, only src/core/platform.d.ts; "npx tsc -p tsconfig.portable.json" shows this alone',
    run: () => program('typescript/bin/tsc', ['-p', 'tsconfig.portable.json']),
  },
  {
    name: 'layers',
    advice: 'who may import whom is said in CONTRIBUTING.md',
    run: async () => problems(checkLayers(readSources(root, ['src'], '.ts'), readPackages(root))),
  },
  {
    name: 'docs',
    advice: '"npm run docs" writes the generated pages again',
    run: async () => problems(checkDocs(root)),
  },
];

/** `1.2 s` since `start`. */
const since = (start: number): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;

async function check(): Promise<boolean> {
  const outcomes = await Promise.all(
    CHECKS.map(async ({ name, advice, run }) => {
      const start = performance.now();
      const { passed, output } = await run();
      console.log(`${passed ? 'ok    ' : 'FAILED'} ${name.padEnd(16)} ${since(start)}`);
      return { name, advice, passed, output };
    }),
  );
  const failed = outcomes.filter(({ passed }) => !passed);
  for (const { name, advice, output } of failed) {
    console.log(`\n--- ${name} ---\n${output.trimEnd()}\n(${advice}.)`);
  }
  if (failed.length > 0) console.log(`\nFAILED: ${failed.map(({ name }) => name).join('; ')}. The tests were not run.`);
  return failed.length === 0;
}

function test(args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    // The runner loads vitest.config.ts without writing beside it: a clone may belong to someone else.
    const command = [bin('vitest/vitest.mjs'), 'run', '--configLoader', 'runner', ...args];
    const child = spawn(process.execPath, command, { cwd: root, stdio: 'inherit' });
    child.on('error', (error) => {
      console.error(`FAILED: vitest did not start: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

if (await check()) {
  const start = performance.now();
  const code = await test(process.argv.slice(2));
  // When all is well vitest's time and the count of tests have been said, and that count is the last line.
  if (code !== 0) console.log(`FAILED ${'tests'.padEnd(16)} ${since(start)}`);
  process.exitCode = code;
} else process.exitCode = 1;
