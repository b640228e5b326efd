import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test.each([
  ['eth0, Wi-Fi é 漢 😀', 'eth0, Wi-Fi é 漢 😀'],
  ['x\u001b]0;owned\u0007\u001b[31mred', 'x\\x1b]0;owned\\a\\x1b[31mred'],
  ['\u0000\u007f\u009b31m', '\\x00\\x7f\\x9b31m'],
  ['a\r\nFrame 2: forged\tline\u2028', 'a\\r\\nFrame 2: forged\\tline\\u2028'],
  ['\u202eabc\u2066', '\\u202eabc\\u2066'],
  ['\\Device\\NPF_{1}', '\\Device\\NPF_{1}'],
])('%j', (text, printed) => {
  expect(printable(text)).toBe(printed);
});
