import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextSink, textOf } from './text-sink.ts';

test('text of any kind comes out as it went in, and the buffer grows with it', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 20 }), (texts) => {
      const sink = new TextSink(1);
      for (const text of texts) sink.add(text);
      expect(sink.text()).toBe(texts.join(''));
    }),
  );
});

test('numbers are written as JavaScript writes them', () => {
  const edges = [
    0,
    9,
    10,
    99,
    9_999,
    10_000,
    99_999_999,
    100_000_000,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    999_999_999,
    1e9,
    1e10,
    2 ** 53 - 1,
    -1,
    -(2 ** 53 - 1),
  ];
  for (const value of edges) expect(textOf((text) => text.decimal(value))).toBe(String(value));
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(textOf((text) => text.decimal(value))).toBe(String(value));
    }),
  );
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.nat(8), (value, digits) => {
      expect(textOf((text) => text.hex(value, digits))).toBe(value.toString(16).padStart(digits, '0'));
      expect(textOf((text) => text.decimal(value, digits))).toBe(String(value).padStart(digits, '0'));
    }),
  );
  expect(textOf((text) => text.decimal(2 ** 31, 12))).toBe('002147483648');
});

test('octets in hexadecimal, with and without something between', () => {
  const octets = Uint8Array.of(0, 1, 0xab, 0xff);
  expect(textOf((text) => text.hexOctets(octets.subarray(1), 0x3a))).toBe('01:ab:ff');
  expect(textOf((text) => text.hexOctets(octets))).toBe('0001abff');
  expect(textOf((text) => text.hexOctets(octets.subarray(2, 2)))).toBe('');
});

test('padding is to a width, on either side, and nothing where the text is longer', () => {
  const padded = (word: string, side: 'padStart' | 'padEnd'): string =>
    textOf((text) => {
      text.add('|');
      const from = text.length;
      text.add(word);
      text[side](from, 6);
      text.add('|');
    });
  for (const word of ['', 'a', 'abcdef', 'abcdefgh']) {
    expect(padded(word, 'padStart')).toBe(`|${word.padStart(6)}|`);
    expect(padded(word, 'padEnd')).toBe(`|${word.padEnd(6)}|`);
  }
});

test('a text that is asked for while another is written does not disturb it, and one that fails leaves nothing behind', () => {
  expect(
    textOf((text) => {
      text.add('outer ');
      text.add(textOf((inner) => inner.add('inner')));
    }),
  ).toBe('outer inner');
  expect(() =>
    textOf((text) => {
      text.add('lost');
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(textOf((text) => text.add('next'))).toBe('next');
});
