import { expect, test } from 'vitest';
import { TcplabError } from './errors.ts';
import { FlowTable } from './flow-table.ts';
import { below, seeded } from './random.ts';

const table = (limit = 1 << 20, words = 3) => new FlowTable({ words, limit, random: seeded(1) });

test('answers what was stored, and -1 for what was not', () => {
  const flows = table();
  const key = Int32Array.of(0x7f000001, 0x7f000001, (7456 << 16) | 40000);
  expect(flows.get(key)).toBe(-1);
  expect(flows.set(key, 0)).toBe(true);
  expect(flows.get(key)).toBe(0);
  expect(flows.set(key, 5)).toBe(true);
  expect(flows.get(key)).toBe(5);
  expect(flows.size).toBe(1);
  expect(flows.get(Int32Array.of(0x7f000001, 0x7f000001, (7456 << 16) | 40001))).toBe(-1);
});

test('behaves as a Map does under random insertions and deletions, over every growth', () => {
  const random = seeded(7);
  const flows = table(1 << 20, 5);
  const truth = new Map<string, number>();
  const key = new Int32Array(5);
  for (let step = 0; step < 30_000; step++) {
    // Few values a word, so that keys meet again.
    for (let i = 0; i < 5; i++) key[i] = below(random, 4);
    const text = key.join();
    if (below(random, 3) === 0) {
      expect(flows.delete(key)).toBe(truth.get(text) ?? -1);
      truth.delete(text);
    } else {
      flows.set(key, step);
      truth.set(text, step);
    }
  }
  expect(flows.size).toBe(truth.size);
  for (const [text, value] of truth) expect(flows.get(Int32Array.from(text.split(','), Number))).toBe(value);
  for (const text of truth.keys()) flows.delete(Int32Array.from(text.split(','), Number));
  expect(flows.size).toBe(0);
});

test('is bounded: one entry too many is refused, and there is room again after a deletion', () => {
  const flows = table(100, 1);
  for (let i = 0; i < 100; i++) expect(flows.set(Int32Array.of(i), i)).toBe(true);
  expect(flows.set(Int32Array.of(100), 100)).toBe(false);
  expect(flows.get(Int32Array.of(100))).toBe(-1);
  expect(flows.set(Int32Array.of(7), 8)).toBe(true);
  flows.delete(Int32Array.of(3));
  expect(flows.set(Int32Array.of(100), 100)).toBe(true);
});

test('refuses keys without words', () => {
  expect(() => new FlowTable({ words: 0, limit: 1, random: seeded(1) })).toThrow(TcplabError);
  expect(() => new FlowTable({ words: 1, limit: 0, random: seeded(1) })).toThrow(TcplabError);
});
