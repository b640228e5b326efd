import { expect, test } from 'vitest';
import { digitsIn } from './text-words.ts';

test('digits are counted on both sides of each power of ten', () => {
  expect(digitsIn(0)).toBe(1);
  for (let power = 1; power <= 15; power++)
    expect([digitsIn(10 ** power - 1), digitsIn(10 ** power)]).toEqual([power, power + 1]);
  expect(digitsIn(Number.MAX_SAFE_INTEGER)).toBe(16);
});
