import { expect, test } from 'vitest';
import { FramePool, HEADROOM } from './frame.ts';

test('a pool hands out as many frames as it was told, and none twice', () => {
  const pool = new FramePool(300, 2_030);
  expect(pool.free).toBe(300);
  const frames = Array.from({ length: 300 }, () => pool.take()!);
  expect(pool.take()).toBeUndefined();
  expect(pool.free).toBe(0);
  for (const [i, frame] of frames.entries()) frame.bytes.fill(i & 255);
  for (const [i, frame] of frames.entries()) {
    expect(frame.bytes.length).toBeGreaterThanOrEqual(HEADROOM + 2_030);
    expect(frame.bytes.every((octet) => octet === (i & 255))).toBe(true);
    expect(frame.view.getUint8(frame.bytes.length - 1)).toBe(i & 255);
  }
  pool.release(frames[7]!);
  expect(pool.free).toBe(1);
  expect(pool.take()).toBe(frames[7]);
});

test('a frame comes back as new, but for its octets', () => {
  const pool = new FramePool(1, 100);
  const frame = pool.take()!;
  Object.assign(frame, { start: 3, length: 9, checksum: 'partial', segmentSize: 5, mark: 4 });
  pool.release(frame);
  expect(pool.take()).toMatchObject({ start: HEADROOM, length: 0, checksum: 'complete', segmentSize: 0, mark: 0 });
});
