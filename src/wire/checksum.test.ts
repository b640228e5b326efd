import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finish, fold, pseudoHeader4, pseudoHeader6, sum, verifies } from './checksum.ts';
import { FramePool } from './frame.ts';
import { sumOf } from './frame-sum.ts';

/** As RFC 1071 §1 puts it: 16-bit words added with end-around carry, an odd octet padded with zero. */
function naive(bytes: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    total += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
    if (total > 0xffff) total -= 0xffff;
  }
  return total;
}

const same = (a: number, b: number): void => {
  // Zero has two names in one's complement: 0x0000 and 0xffff.
  expect(a % 0xffff).toBe(b % 0xffff);
};

test('the fast sum is the naive one, at every length and alignment', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 17 }), (bytes, skew) => {
      const view = new DataView(new ArrayBuffer(bytes.length + 20));
      new Uint8Array(view.buffer, skew, bytes.length).set(bytes);
      same(fold(sum(view, skew, bytes.length)), naive(bytes));
    }),
    { numRuns: 2_000 },
  );
});

test('sums do not overflow: the worst octets, up to a jumbo packet and beyond', () => {
  for (const length of [1, 1_460, 65_495, 65_535, 65_536, 65_537, 200_000]) {
    const bytes = new Uint8Array(length).fill(0xff);
    same(fold(sum(new DataView(bytes.buffer), 0, length)), naive(bytes));
  }
});

test('pieces of even length add up to the whole', () => {
  const bytes = Uint8Array.from({ length: 1_001 }, (_, i) => (i * 7) & 255);
  const view = new DataView(bytes.buffer);
  for (const cut of [0, 2, 500, 1_000]) same(fold(sum(view, cut, 1_001 - cut, sum(view, 0, cut))), naive(bytes));
});

test('the example of RFC 1071 §3', () => {
  const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  expect(fold(sum(new DataView(bytes.buffer), 0, 8))).toBe(0xddf2);
});

test('octets with their checksum verify, and no burst of up to 15 bits goes unseen', () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 255);
  const view = new DataView(bytes.buffer);
  view.setUint16(10, 0);
  view.setUint16(10, finish(sum(view, 0, 64)));
  expect(verifies(sum(view, 0, 64))).toBe(true);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 61 }), fc.integer({ min: 1, max: 0x7fff }), (place, burst) => {
      view.setUint16(place, view.getUint16(place) ^ burst);
      expect(verifies(sum(view, 0, 64))).toBe(false);
      view.setUint16(place, view.getUint16(place) ^ burst);
    }),
  );
});

test('pseudo-headers count addresses, protocol and length', () => {
  expect(fold(pseudoHeader4(0x7f000001, 0x7f000001, 6, 20))).toBe(0xfe02 + 26);
  expect(fold(pseudoHeader4(-1, -1, 17, 0))).toBe(17);
  const view = new DataView(new ArrayBuffer(40));
  view.setUint16(8, 0x2001);
  view.setUint16(38, 1);
  expect(fold(pseudoHeader6(view, 0, 58, 0x1_0004))).toBe(0x2001 + 1 + 58 + 1 + 4);
});

test('in the common memory, where WebAssembly sums, and elsewhere: the naive sum at every alignment', () => {
  const frame = new FramePool(1, 65_549).take()!;
  const bytes = new Uint8Array(frame.bytes.length);
  const elsewhere = { bytes, view: new DataView(bytes.buffer) };
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (i * 31 + (i >> 8)) & 255;
    frame.bytes[i] = bytes[i]!;
  }
  for (let at = 0; at < 20; at++)
    for (const length of [0, 1, 2, 3, 15, 16, 17, 20, 52, 63, 64, 65, 127, 536, 1_460, 1_461, 8_960, 65_535]) {
      const wanted = naive(bytes.subarray(at, at + length));
      same(fold(sumOf(frame, at, length)), wanted);
      same(fold(sumOf(elsewhere, at, length)), wanted);
    }
  same(fold(sumOf(frame, 100, 60, sumOf(frame, 0, 100))), naive(bytes.subarray(0, 160)));
});
