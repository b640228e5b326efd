import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Gaps } from './gaps.ts';

test('numbers are missing until they are seen, each once', () => {
  const gaps = new Gaps();
  gaps.add(10, 20);
  gaps.add(30, 40);
  expect(gaps.fill(0, 10)).toBe(0);
  expect(gaps.fill(12, 15)).toBe(3);
  expect(gaps.fill(12, 15)).toBe(0);
  expect(gaps.fill(5, 35)).toBe(2 + 5 + 5);
  expect(gaps.fill(20, 30)).toBe(0);
  expect(gaps.fill(0, 100)).toBe(5);
  expect(gaps.fill(0, 100)).toBe(0);
});

test('it is a set of numbers, wherever they wrap', () => {
  const stretch = fc.tuple(fc.nat(60), fc.nat(12));
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 12 }), fc.constantFrom(0, 2 ** 31 - 30, -30), (pieces, base) => {
      const gaps = new Gaps();
      const missing = new Set<number>();
      for (const left of [5, 20, 40]) {
        gaps.add((base + left) | 0, (base + left + 10) | 0);
        for (let i = 0; i < 10; i++) missing.add(left + i);
      }
      for (const [left, length] of pieces) {
        let filled = 0;
        for (let i = left; i < left + length; i++) if (missing.delete(i)) filled++;
        expect(gaps.fill((base + left) | 0, (base + left + length) | 0)).toBe(filled);
      }
    }),
  );
});

test('of many gaps the oldest are forgotten, and those that are far behind', () => {
  const gaps = new Gaps();
  for (let i = 0; i < 70; i++) gaps.add(10 * i, 10 * i + 5);
  expect(gaps.fill(0, 60)).toBe(0);
  expect(gaps.fill(0, 700)).toBe(64 * 5);
  gaps.add(0, 1000);
  for (let i = 1; i < 100; i++) gaps.fill(10 * i, 10 * i + 1);
  // The first of the pieces went.
  expect(gaps.fill(0, 100)).toBe(0);
  const far = new Gaps();
  far.add(0, 5);
  far.add(2 ** 30 + 1, 2 ** 30 + 2);
  expect(far.fill(0, 5)).toBe(0);
});

test('the first number that is missing, at or behind one that is said to be there', () => {
  const gaps = new Gaps();
  expect(gaps.first(0)).toBeUndefined();
  gaps.add(-20, -10);
  gaps.add(5, 15);
  expect([-30, -20, -15, -10, 0, 5, 14, 15].map((from) => gaps.first(from))).toEqual([
    ...[-20, -20, -15, 5, 5, 5],
    ...[14, undefined],
  ]);
  gaps.fill(-20, -12);
  expect(gaps.first(-20)).toBe(-12);
});
