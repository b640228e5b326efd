/** The packed command keeps the engine's code for its parts from one start to the next, and does as well without. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { capturesIn, GOLDEN_CAPTURES } from '../captures.ts';
import { type Packed, packCommand } from './packed.ts';

let packed: Packed;
let home = '';
/** Where code is kept for this version of Node. */
let kept = '';
let homes = 0;

beforeAll(async () => {
  packed = await packCommand();
}, 60_000);

afterAll(() => packed.remove());

beforeEach(() => {
  home = join(packed.folder, `home-${++homes}`);
  kept = join(home, 'tcplab', `${process.version}-${process.arch}`);
});

/** What a start prints; it must end well, and say nothing else. */
function run(args: readonly string[], variables: Readonly<Record<string, string>> = { XDG_CACHE_HOME: home }): string {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const { stdout, stderr, status } = spawnSync(process.execPath, [packed.command, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...env, ...variables },
  });
  expect([stderr, status]).toEqual(['', 0]);
  return stdout;
}

/** When each file was written and which it is: another one has another number. */
const files = (): Record<string, number> =>
  Object.fromEntries(readdirSync(kept).map((name) => [name, statSync(join(kept, name)).ino]));

const CAPTURE = capturesIn(GOLDEN_CAPTURES)[0]!;

test.each([
  ['the list', ['read', CAPTURE]],
  ['a view that keeps the engine small', ['read', CAPTURE, '--json', '-Y', 'tcp']],
  ['a filter in words', ['filter', 'tcp.port == 7456']],
])('%s: written once, used then, with the same result', (_, args) => {
  const first = run(args);
  expect(first.length).toBeGreaterThan(50);
  const written = files();
  expect(Object.keys(written).length).toBeGreaterThan(2);
  for (const name of Object.keys(written)) expect(statSync(join(kept, name)).mode & 0o777).toBe(0o600);
  expect(run(args)).toBe(first);
  expect(files()).toEqual(written);
});

test('every part is text of a function', () => {
  const parts = join(packed.folder, 'dist/cli/parts');
  const names = readdirSync(parts).filter((name) => name !== 'line-worker.js');
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) {
    const part = new Script(readFileSync(join(parts, name), 'utf8')).runInThisContext() as unknown;
    expect(part, name).toBeTypeOf('function');
  }
});

test('what is damaged is made again', () => {
  const help = run(['--help']);
  const name = readdirSync(kept).find((one) => one.startsWith('command-'))!;
  const path = join(kept, name);
  const whole = readFileSync(path);
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, 2000, 2100);
  for (const bad of [
    damaged,
    whole.subarray(0, 1001),
    whole.subarray(0, whole.length / 2),
    Buffer.alloc(4096),
    Buffer.alloc(0),
  ]) {
    writeFileSync(path, bad);
    expect(run(['--help'])).toBe(help);
    expect(readFileSync(path).length).toBeGreaterThan(20_000);
  }
});

test('without a place to keep it, and where nobody wants it kept', () => {
  const help = run(['--help'], { NODE_DISABLE_COMPILE_CACHE: '1', XDG_CACHE_HOME: home });
  expect(existsSync(home)).toBe(false);
  const file = join(packed.folder, 'a file');
  writeFileSync(file, '');
  expect(run(['--help'], { XDG_CACHE_HOME: file })).toBe(help);
  expect(run(['--help'], { NODE_COMPILE_CACHE: home })).toBe(help);
  expect(existsSync(kept)).toBe(true);
});

test('what other versions left a month ago is removed', () => {
  const other = join(home, 'tcplab/v1.2.3-x64');
  mkdirSync(other, { recursive: true });
  for (const [name, days] of [
    ['old.js', 31],
    ['new.js', 1],
  ] as const) {
    writeFileSync(join(other, name), 'code');
    const then = Date.now() / 1000 - days * 86_400;
    utimesSync(join(other, name), then, then);
  }
  run(['--help']);
  expect(readdirSync(other)).toEqual(['new.js']);
});
