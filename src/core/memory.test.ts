import { expect, test } from 'vitest';
import { BLOCK, Blocks, copy, copyBytes, hasWordsAt, type Octets, simd, sumOfFew } from './memory.ts';
import { below, seeded } from './random.ts';

/** The sum of RFC 1071 §1 as it is written there, folded. */
function naive(bytes: Uint8Array, at: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += i % 2 === 0 ? bytes[at + i]! << 8 : bytes[at + i]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

const blocks = new Blocks();
const one = blocks.take();
const two = blocks.take();
const random = seeded(7456);
for (let i = 0; i < BLOCK; i++) one.bytes[i] = below(random, 256);

test('this platform has the fast loops, and blocks lie in the common memory', () => {
  expect(simd).toBeDefined();
  expect(two.base! - one.base!).toBe(BLOCK);
  expect(one.bytes.buffer).toBe(two.view.buffer);
});

test('the fast sum is the naive one for every length up to 300 octets at every alignment', () => {
  for (let at = 64; at < 80; at++)
    for (let length = 0; length <= 300; length++)
      if (simd!.sum(one.base! + at, length) !== naive(one.bytes, at, length))
        expect([at, length]).toBe('summed rightly');
});

test('the sum of a few octets is the naive one for every length, at every word, and is there for words alone', () => {
  for (let at = 64; at < 128; at += 4)
    for (let length = 0; length <= 64; length++)
      if (sumOfFew(one.base! + at, length) !== naive(one.bytes, at, length))
        expect([at, length]).toBe('summed rightly');
  expect([0, 1, 2, 3, 4].map((at) => hasWordsAt(one.base! + at))).toEqual([true, false, false, false, true]);
  two.bytes.fill(255);
  expect(sumOfFew(two.base!, 64)).toBe(0xffff);
  expect(sumOfFew(two.base!, 3)).toBe(0xff00);
});

test('the fast sum is the naive one for long stretches, and carries nothing away where all octets are 255', () => {
  for (const length of [1_459, 1_460, 8_959, 65_535, 131_071, 131_072])
    expect(simd!.sum(one.base! + 3, length)).toBe(naive(one.bytes, 3, length));
  two.bytes.fill(255);
  for (const length of [1, 2, 65_535, 131_072])
    expect(simd!.sum(two.base!, length)).toBe(length % 2 === 0 ? 0xffff : naive(two.bytes, 0, length));
});

test('a copy moves every octet asked for and no other, at every length and alignment, inside the common memory and outside', () => {
  const outside: Octets = { bytes: new Uint8Array(512), view: new DataView(new ArrayBuffer(0)) };
  for (const target of [two, outside])
    for (let to = 16; to < 32; to++)
      for (let count = 0; count <= 150; count++) {
        const from = 100 + ((to * count) & 31);
        target.bytes.fill(9, 0, 256);
        copy(target, to, one, from, count);
        const wanted = new Uint8Array(256).fill(9);
        wanted.set(one.bytes.subarray(from, from + count), to);
        if (Buffer.compare(wanted, target.bytes.subarray(0, 256)) !== 0) expect([to, count]).toBe('copied rightly');
      }
});

test('a copy between arrays of anybody is complete in pieces too', () => {
  const into = new Uint8Array(10_000);
  copyBytes(into, 7, one.bytes, 5, 9_000);
  expect(into.subarray(7, 9_007)).toEqual(one.bytes.slice(5, 9_005));
  expect(into[6]).toBe(0);
  expect(into[9_007]).toBe(0);
});
