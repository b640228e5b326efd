import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tcplab-reporter-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs vitest on one test file with the reporter; with CI set to that. */
function run(source: string, ci: string, ...args: string[]): { status: number | null; lines: string[] } {
  writeFileSync(join(folder, 'a.test.js'), source);
  const config = { test: { globals: true, reporters: [path('./reporter.ts')] } };
  writeFileSync(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify(config)};`);
  const { status, stdout } = spawnSync(
    process.execPath,
    [path('../node_modules/vitest/vitest.mjs'), 'run', '--root', folder, ...args],
    // VITEST variables would tell the inner run that it is the outer one's worker.
    { env: { PATH: process.env.PATH, CI: ci, NO_COLOR: '1' }, encoding: 'utf8' },
  );
  return { status, lines: stdout.trimEnd().split('\n') };
}

const SKIPPING = `test('one', () => {}); describe('group', () => { test.skip('two (needs root)', () => {}); });`;

test('skipped tests are named and counted', () => {
  const { status, lines } = run(SKIPPING, '');
  expect(lines).toContain('  a.test.js: group > two (needs root)');
  expect(lines.at(-1)).toBe('1 passed, 0 failed, 1 skipped');
  expect(status).toBe(0);
});

test('where CI is set a skipped test fails the run', () => {
  const { status, lines } = run(SKIPPING, 'true');
  expect(lines.at(-1)).toBe('1 passed, 0 failed, 1 skipped');
  expect(lines.join('\n')).toContain('CI is set, so the skipped test above fails the run');
  expect(status).toBe(1);
  expect(run(`test('one', () => {});`, 'true').status).toBe(0);
  expect(run(SKIPPING, 'false').status).toBe(0);
  expect(run(SKIPPING, '0').status).toBe(0);
});

test('tests that -t leaves out are not skipped ones', () => {
  const { status, lines } = run(SKIPPING, 'true', '-t', 'one');
  expect(lines.at(-1)).toBe('1 passed, 0 failed, 0 skipped');
  expect(status).toBe(0);
});

test('a failed test, and a file that does not load, are failed', () => {
  const failed = run(`test('one', () => { throw new Error('no'); });`, '');
  expect(failed.lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  expect(failed.status).toBe(1);
  const broken = run(`throw new Error('no');`, '');
  expect(broken.lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  expect(broken.status).toBe(1);
});
