import { expect, test } from 'vitest';
import { shellLines } from './shell.ts';

/** The words of a text's lines; signs in parentheses. */
const words = (text: string): string[][] =>
  shellLines(text).map((line) => line.words.map(({ text: word, isSign }) => (isSign ? `(${word})` : word)));

test('quotes, backslashes, comments and signs are taken as sh takes them', () => {
  expect(words('a  b\tc')).toEqual([['a', 'b', 'c']]);
  expect(words(`a"b c"'d "e'f\\ g "" '\\n'`)).toEqual([['ab cd "ef g', '', '\\n']]);
  expect(words('"\\$x \\" \\n \\\\"')).toEqual([['$x " \\n \\']]);
  expect(words('a;b&&c>d 2>&1|e')).toEqual([
    ['a', '(;)', 'b', '(&)', '(&)', 'c', '(>)', 'd', '2', '(>)', '(&)', '1', '(|)', 'e'],
  ]);
  expect(words('a # "x\nb#c \\\n d "e\nf" # g\n\n# h')).toEqual([['a'], ['b#c', 'd', 'e\nf']]);
  expect(words('$((2*3+4 - 1)) "a $((1+1))b" $x $(id) \'$((1+1))\'')).toEqual([
    ['9', 'a 2b', '$x', '$', '(()', 'id', '())', '$((1+1))'],
  ]);
});

test('a line is told as it is written, without its comment, and whether a quote has no end', () => {
  expect(shellLines("a 'b'  # c\n d \\\n  e\n").map(({ text }) => text)).toEqual(["a 'b'", 'd e']);
  expect(shellLines('a "b\nc').map(({ isOpen, words: [, open] }) => [isOpen, open?.text])).toEqual([[true, '"b\nc']]);
  expect(shellLines('a\\')[0]?.isOpen).toBe(true);
  expect(shellLines("a 'b'")[0]?.isOpen).toBe(false);
});
