import { expect, test } from 'vitest';
import { FramePool, HEADROOM } from './frame.ts';

test('a pool has so many frames and no more; each comes back as new', () => {
  const pool = new FramePool(3, 1_500);
  const taken = [pool.take()!, pool.take()!, pool.take()!];
  expect(pool.take()).toBeUndefined();
  expect(pool.free).toBe(0);
  const frame = taken[1]!;
  frame.length = 99;
  frame.start = 3;
  frame.checksum = 'partial';
  frame.mark = 7;
  frame.segmentSize = 5;
  pool.release(frame);
  const again = pool.take()!;
  expect(again).toBe(frame);
  expect([again.length, again.start, again.checksum, again.mark, again.segmentSize]).toEqual([
    0,
    HEADROOM,
    'complete',
    0,
    0,
  ]);
});

test('frames do not share octets, and an IP header behind Ethernet stands on a multiple of 16', () => {
  const pool = new FramePool(4, 100);
  const frames = Array.from({ length: 4 }, () => pool.take()!);
  for (const [i, frame] of frames.entries()) frame.bytes.fill(i + 1);
  for (const [i, frame] of frames.entries()) {
    expect(frame.bytes.every((octet) => octet === i + 1)).toBe(true);
    expect(frame.bytes.length).toBeGreaterThanOrEqual(HEADROOM + 100);
    expect((frame.view.byteOffset + frame.start + 14) % 16).toBe(0);
  }
});
