import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { needs } from '../../test/needs.ts';
import { repr } from './repr.ts';

const TEXTS = ['Hola server, are you bored?', "it's", '"', `'"`, '\\ \t\r\n\0', 'ñ'];
const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

test('octets and addresses look as in Python', () => {
  expect(TEXTS.map((text) => repr(octets(text)))).toEqual([
    "b'Hola server, are you bored?'",
    `b"it's"`,
    `b'"'`,
    `b'\\'"'`,
    "b'\\\\ \\t\\r\\n\\x00'",
    "b'\\xc3\\xb1'",
  ]);
  expect(repr(['127.0.0.1', 34348])).toBe("('127.0.0.1', 34348)");
});

needs({ tools: ['python3'] })('every octet and pair of quotes is printed as Python prints it', () => {
  const all = [...TEXTS.map(octets), Uint8Array.from({ length: 256 }, (_, i) => i)];
  const program = 'import sys\nfor line in sys.stdin: print(repr(bytes.fromhex(line.strip())))';
  const input = all.map((one) => `${Buffer.from(one).toString('hex')}\n`).join('');
  const { stdout } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' });
  expect(all.map(repr)).toEqual(stdout.trimEnd().split('\n'));
});
