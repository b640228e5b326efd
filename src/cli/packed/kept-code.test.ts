import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keepCode, keptCode, keptCodeFolder } from './kept-code.ts';

const script = new Script('(function (a) { return a + 1; })');
let root = '';
let folder = '';
let path = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tcplab-kept-'));
  folder = join(root, 'v');
  path = join(folder, 'part.js');
  keepCode(folder, new Map([['part.js', script]]));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test('what is kept is what the engine made', () => {
  const code = keptCode(folder, 'part.js')!;
  expect(code.equals(script.createCachedData())).toBe(true);
  expect(keptCode(folder, 'other.js')).toBeUndefined();
});

test('what is not whole is not there', () => {
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length; at += 97) {
    const damaged = Buffer.from(whole);
    damaged[at]! ^= 1;
    writeFileSync(path, damaged);
    expect(keptCode(folder, 'part.js')).toBeUndefined();
  }
  writeFileSync(path, whole.subarray(0, whole.length - 1));
  expect(keptCode(folder, 'part.js')).toBeUndefined();
});

test.skipIf(process.platform === 'win32').each([0o620, 0o602])(
  'what others may write, by mode %o, is not trusted',
  (mode) => {
    chmodSync(path, mode);
    expect(keptCode(folder, 'part.js')).toBeUndefined();
  },
);

test.skipIf(process.geteuid?.() !== 0)('nor is what another user owns', () => {
  chownSync(path, 12_345, 0);
  expect(keptCode(folder, 'part.js')).toBeUndefined();
});

describe('the folder', () => {
  const { XDG_CACHE_HOME, NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE } = process.env;
  let base = '';

  beforeEach(() => {
    delete process.env.NODE_COMPILE_CACHE;
    delete process.env.NODE_DISABLE_COMPILE_CACHE;
    base = join(root, 'cache');
    process.env.XDG_CACHE_HOME = base;
  });

  afterEach(() => {
    for (const [name, value] of Object.entries({ XDG_CACHE_HOME, NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  test('is in the user’s own, for a version of Node', () => {
    const here = join(base, 'tcplab', `${process.version}-${process.arch}`);
    expect(keptCodeFolder()).toBe(here);
    keepCode(here, new Map([['part.js', script]]));
    expect(keptCodeFolder()).toBe(here);
    expect(statSync(join(base, 'tcplab')).mode & 0o777).toBe(0o700);
    // A relative name is no place.
    process.env.NODE_COMPILE_CACHE = 'cache';
    expect(keptCodeFolder()).toBe(here);
    process.env.NODE_DISABLE_COMPILE_CACHE = '1';
    expect(keptCodeFolder()).toBeUndefined();
  });

  test.skipIf(process.platform === 'win32')('is none that others may write to, and no link', () => {
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(base);
    symlinkSync(elsewhere, join(base, 'tcplab'));
    expect(keptCodeFolder()).toBeUndefined();
    rmSync(join(base, 'tcplab'));
    mkdirSync(join(base, 'tcplab'));
    chmodSync(join(base, 'tcplab'), 0o777);
    expect(keptCodeFolder()).toBeUndefined();
    chmodSync(join(base, 'tcplab'), 0o755);
    symlinkSync(elsewhere, join(base, 'tcplab', `${process.version}-${process.arch}`));
    expect(keptCodeFolder()).toBeUndefined();
  });

  test.skipIf(process.geteuid?.() !== 0)('is none in the home of another user, be it there or not', () => {
    chownSync(root, 12_345, 0);
    expect(keptCodeFolder()).toBeUndefined();
    mkdirSync(base);
    expect(keptCodeFolder()).toBeUndefined();
    chownSync(root, 0, 0);
    expect(keptCodeFolder()).toBeDefined();
    chownSync(base, 12_345, 0);
    expect(keptCodeFolder()).toBeUndefined();
  });

  test('what is no folder of a version is left alone', () => {
    const here = keptCodeFolder()!;
    mkdirSync(join(base, 'tcplab/v1'), { recursive: true, mode: 0o700 });
    writeFileSync(join(base, 'tcplab/notes'), '');
    symlinkSync(root, join(base, 'tcplab/a-link'));
    const then = new Date(Date.now() - 90 * 86_400_000);
    for (const path of [join(base, 'tcplab/notes'), join(root, 'mine'), join(base, 'tcplab/v1/old')]) {
      writeFileSync(path, 'x');
      utimesSync(path, then, then);
    }
    keepCode(here, new Map([['part.js', script]]));
    expect([join(base, 'tcplab/notes'), join(root, 'mine'), join(base, 'tcplab/v1/old')].map(existsSync)).toEqual([
      true,
      true,
      false,
    ]);
  });
});
