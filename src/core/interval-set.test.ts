import { expect, test } from 'vitest';
import { IntervalSet } from './interval-set.ts';
import { below, seeded } from './random.ts';

const stretches = (set: IntervalSet): number[][] =>
  Array.from({ length: set.count }, (_, i) => [set.edges[2 * i]! >>> 0, set.edges[2 * i + 1]! >>> 0]);

test('stretches that touch or overlap become one', () => {
  const set = new IntervalSet(4);
  set.add(10, 20);
  set.add(40, 50);
  expect(stretches(set)).toEqual([
    [10, 20],
    [40, 50],
  ]);
  set.add(20, 25);
  set.add(35, 45);
  set.add(5, 60);
  expect(stretches(set)).toEqual([[5, 60]]);
});

test('order holds across the wrap', () => {
  const set = new IntervalSet(4);
  set.add(5, 10);
  set.add(-10, -5);
  expect(stretches(set)).toEqual([
    [4294967286, 4294967291],
    [5, 10],
  ]);
  set.add(-5, 5);
  expect(set.takeFrom(-10)).toBe(10);
  expect(set.count).toBe(0);
});

test('a number lies in a stretch from its left edge on, and not at its right one', () => {
  const set = new IntervalSet(4);
  set.add(-5, 5);
  set.add(10, 11);
  expect([-6, -5, 0, 4, 5, 10, 11].map((seq) => set.covers(seq, (seq + 1) | 0))).toEqual([
    false,
    true,
    true,
    true,
    false,
    true,
    false,
  ]);
});

test('one stretch too many is refused and changes nothing', () => {
  const set = new IntervalSet(2);
  set.add(0, 1);
  set.add(10, 11);
  expect(set.add(5, 6)).toBe(false);
  expect(set.add(1, 2)).toBe(true);
  expect(stretches(set)).toEqual([
    [0, 2],
    [10, 11],
  ]);
});

test('it says what a plain array of octets says', () => {
  const random = seeded(42);
  for (let run = 0; run < 200; run++) {
    const set = new IntervalSet(64);
    const has = new Array<boolean>(300).fill(false);
    const base = random.next();
    for (let i = 0; i < 30; i++) {
      const left = below(random, 290);
      const right = left + 1 + below(random, 9);
      expect(set.add((base + left) | 0, (base + right) | 0)).toBe(true);
      has.fill(true, left, right);
    }
    const model: number[][] = [];
    for (let i = 0; i < has.length; i++) {
      if (has[i] && !has[i - 1]) model.push([i, i]);
      if (has[i]) model.at(-1)![1] = i + 1;
    }
    expect(stretches(set).map((edges) => edges.map((edge) => (edge - base) >>> 0))).toEqual(model);
    const reach = has[0] ? has.indexOf(false) : 0;
    expect(set.takeFrom(base)).toBe((base + reach) | 0);
  }
});
