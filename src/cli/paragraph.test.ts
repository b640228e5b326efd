import { expect, test } from 'vitest';
import { narrowed, paragraph } from './paragraph.ts';

const HELP = 'Two lines of prose that go on\nfor a while.\n\nExample:\n  tcplab read a-file-with-a-long-name.pcapng\n';

test('a help text is wrapped paragraph by paragraph, where one is too wide; indented lines stay', () => {
  expect(narrowed(HELP, 29)).toBe(HELP);
  expect(narrowed(HELP, 20).split('\n')).toEqual([
    'Two lines of prose',
    'that go on for a',
    'while.',
    '',
    'Example:',
    '  tcplab read a-file-with-a-long-name.pcapng',
    '',
  ]);
});

test('an item of a list goes on under its first word', () => {
  expect(narrowed('Not yet:\n  - one two three four\n  - five', 14).split('\n')).toEqual([
    'Not yet:',
    '  - one two',
    '    three four',
    '  - five',
  ]);
});

test('a word that is longer than the terminal is wide has a line of its own', () => {
  expect(narrowed('see unbelievably-long here', 8).split('\n')).toEqual(['see', 'unbelievably-long', 'here']);
});

test('a paragraph is indented by two, and no line is wider', () => {
  const lines: string[] = [];
  paragraph('one two three four', 10, (line) => lines.push(line));
  expect(lines).toEqual(['  one two', '  three', '  four']);
});
