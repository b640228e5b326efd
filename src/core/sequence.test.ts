import { expect, test } from 'vitest';
import { add, after, before, distance, latest, notAfter, notBefore, unsigned } from './sequence.ts';

test('numbers wrap: 0 comes one after 4294967295', () => {
  expect(add(0xffffffff | 0, 1)).toBe(0);
  expect(distance(0, 0xffffffff | 0)).toBe(1);
  expect(distance(0xffffffff | 0, 0)).toBe(-1);
  expect(before(0xffffffff | 0, 0)).toBe(true);
  expect(after(5, -5)).toBe(true);
  expect(latest(3, -3)).toBe(3);
  expect(unsigned(-1)).toBe(4294967295);
});

test('a number is neither before nor after itself', () => {
  for (const seq of [0, 1, -1, 0x7fffffff, 0x80000000 | 0]) {
    expect([before(seq, seq), after(seq, seq), notAfter(seq, seq), notBefore(seq, seq)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  }
});

test('order holds across the whole half space', () => {
  for (const step of [1, 1460, 65535, 0x3fffffff, 0x7fffffff]) {
    for (const seq of [0, -1, 0x7fffffff, 0x80000000 | 0, 12345]) {
      expect(before(seq, add(seq, step))).toBe(true);
      expect(after(add(seq, step), seq)).toBe(true);
      expect(distance(add(seq, step), seq)).toBe(step);
    }
  }
});
