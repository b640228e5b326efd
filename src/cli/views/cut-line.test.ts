import { expect, test } from 'vitest';
import { textOf } from '../../core/text-sink.ts';
import { cutLine } from './cut-line.ts';

const cut = (line: string, width: number, styled = false): string =>
  textOf((text) => {
    text.add('before ');
    const from = text.length;
    text.add(line);
    cutLine(text, from, width, styled);
  }).slice('before '.length);

test('a line that fits is left alone, a longer one ends in an ellipsis at the edge', () => {
  expect(cut('1 → 2', 5)).toBe('1 → 2');
  expect(cut('1 → 23', 5)).toBe('1 → …');
  expect(cut('abcdef', 6)).toBe('abcdef');
  expect(cut('abcdefg', 6)).toBe('abcde…');
});

test('styles take no room, and are switched off behind the ellipsis', () => {
  expect(cut('\x1b[32mabc\x1b[0m', 3, true)).toBe('\x1b[32mabc\x1b[0m');
  expect(cut('\x1b[32mabcd\x1b[0m', 3, true)).toBe('\x1b[32mab…\x1b[0m');
});
