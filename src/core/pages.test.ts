import { expect, test } from 'vitest';
import { ByteQueue, PAGE, PagePool } from './pages.ts';
import { below, seeded } from './random.ts';

test('a queue gives back what was put in, through any pattern of writes, reads and drops', () => {
  const random = seeded(7456);
  const pool = new PagePool(16 * PAGE);
  const queue = new ByteQueue(pool);
  let model: number[] = [];
  for (let round = 0; round < 5_000; round++) {
    const bytes = Uint8Array.from({ length: below(random, 3_000) }, () => below(random, 256));
    const from = below(random, bytes.length + 1);
    const taken = queue.write(model.length, bytes, from, bytes.length);
    model.push(...bytes.subarray(from, from + taken));
    const offset = below(random, model.length + 1);
    const count = below(random, model.length - offset + 1);
    const out = new Uint8Array(count + 2);
    queue.copy(offset, count, out, 1);
    expect([...out.subarray(1, count + 1)]).toEqual(model.slice(offset, offset + count));
    const gone = below(random, model.length + 1);
    queue.drop(gone);
    model = model.slice(gone);
    if (model.length === 0) queue.clear();
  }
  queue.clear();
  expect(pool.free).toBe(16);
});

test('octets can be written ahead of a hole that is filled later', () => {
  const queue = new ByteQueue(new PagePool(4 * PAGE));
  const text = (s: string) => new TextEncoder().encode(s);
  queue.write(5_000, text('later'), 0, 5);
  queue.write(0, new Uint8Array(5_000).fill(7), 0, 5_000);
  const out = new Uint8Array(5_005);
  queue.copy(0, 5_005, out, 0);
  expect(out.every((octet, i) => octet === (i < 5_000 ? 7 : text('later')[i - 5_000]))).toBe(true);
});

test('an exhausted pool takes what fits and says how much', () => {
  const pool = new PagePool(2 * PAGE);
  const queue = new ByteQueue(pool);
  expect(queue.write(0, new Uint8Array(3 * PAGE), 0, 3 * PAGE)).toBe(2 * PAGE);
  expect(queue.write(2 * PAGE, new Uint8Array(1), 0, 1)).toBe(0);
  expect(pool.free).toBe(0);
  queue.drop(PAGE);
  expect(queue.write(PAGE, new Uint8Array(10), 0, 10)).toBe(10);
  queue.clear();
  expect(pool.free).toBe(2);
});

test('a quarter of the pool is for queues that have no page yet', () => {
  const pool = new PagePool(16 * PAGE);
  const octets = new Uint8Array(20 * PAGE);
  const greedy = new ByteQueue(pool);
  expect(greedy.growth).toBe(12 * PAGE);
  expect(greedy.write(0, octets, 0, octets.length)).toBe(12 * PAGE);
  expect([pool.free, greedy.growth]).toEqual([4, 0]);
  const others = Array.from({ length: 5 }, () => new ByteQueue(pool));
  expect(others.map((queue) => queue.growth)).toEqual(Array(5).fill(PAGE));
  expect(others.map((queue) => queue.write(0, octets, 0, 3 * PAGE))).toEqual([PAGE, PAGE, PAGE, PAGE, 0]);
  expect(others[4]!.growth).toBe(0);
});
