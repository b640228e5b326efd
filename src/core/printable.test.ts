import { expect, test } from 'vitest';
import { octalText, printable, printableOctets, printableString } from './printable.ts';

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

test('octets are characters, up to the end or to the first zero', () => {
  const view = new DataView(Uint8Array.of(0x41, 0xe9, 0x1b, 0x00, 0x42, 0x43).buffer);
  expect(printableOctets(view, 0, 5)).toBe('A\u00e9\\x1b\\x00B');
  expect(printableString(view, 0, 6)).toBe('A\u00e9\\x1b');
  expect(printableString(view, 4, 5)).toBe('B');
  expect(printableOctets(view, 3, 3)).toBe('');
});

test('in the middle of a line octets are UTF-8, and controls are octal', () => {
  const octets = Uint8Array.of(0x04, 0x41, 0xc3, 0xa9, 0xff, 0x09, 0x1b, 0x7f, 0xc2, 0x9b, 0xe2, 0x80, 0xae);
  expect(octalText(new DataView(octets.buffer), 1, 2)).toBe('A');
  expect(octalText(new DataView(octets.buffer), 0, 13)).toBe('\\004A\u00e9\ufffd\\t\\033\\177\\x9b\\u202e');
});
