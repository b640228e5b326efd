import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepCode, keptCode } from './kept-code.ts';

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

test.skipIf(process.geteuid?.() !== 0)('nothing is kept in the home of another user', () => {
  chownSync(root, 12_345, 0);
  const other = join(root, '.cache/v');
  keepCode(other, new Map([['part.js', script]]));
  expect(existsSync(join(root, '.cache'))).toBe(false);
});
