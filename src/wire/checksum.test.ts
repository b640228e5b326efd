import { expect, test } from 'vitest';
import { below, seeded } from '../core/random.ts';
import { fold, sum, sumOf } from './checksum.ts';
import { FramePool } from './frame.ts';

/** RFC 1071 §1, as it is written there. */
function naive(bytes: Uint8Array, at: number, length: number): number {
  let total = 0;
  for (let i = 0; i < length; i++) total += i % 2 === 0 ? bytes[at + i]! << 8 : bytes[at + i]!;
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

const pool = new FramePool(2, 65_549);
const frame = pool.take()!;
const bytes = new Uint8Array(frame.bytes.length);
const elsewhere = { bytes, view: new DataView(bytes.buffer) };
const random = seeded(7456);
for (let i = 0; i < bytes.length; i++) bytes[i] = frame.bytes[i] = below(random, 256);

test('the sum of a frame is the naive one, in the common memory and elsewhere, at every alignment', () => {
  for (let at = 0; at < 20; at++)
    for (const length of [0, 1, 2, 3, 15, 16, 17, 20, 52, 63, 64, 65, 127, 536, 1_460, 1_461, 8_960, 65_535]) {
      const wanted = naive(bytes, at, length);
      expect([at, length, fold(sumOf(frame, at, length))]).toEqual([at, length, wanted]);
      expect(fold(sumOf(elsewhere, at, length))).toBe(wanted);
      expect(fold(sum(frame.view, at, length))).toBe(wanted);
    }
});

test('a partial sum is carried on', () => {
  expect(fold(sumOf(frame, 100, 60, sumOf(frame, 0, 100)))).toBe(naive(bytes, 0, 160));
});
