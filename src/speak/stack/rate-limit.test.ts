import { expect, test } from 'vitest';
import { SECOND } from '../../core/time.ts';
import { RateLimit } from './rate-limit.ts';

test('a burst at once, then the rate', () => {
  const limit = new RateLimit(10, 5);
  const taken = (now: number): number => {
    let count = 0;
    while (limit.take(now)) count++;
    return count;
  };
  expect(taken(0)).toBe(5);
  expect(taken(0)).toBe(0);
  expect(taken(SECOND / 10)).toBe(1);
  expect(taken(SECOND / 10 + SECOND / 5)).toBe(2);
  expect(taken(1_000 * SECOND)).toBe(5);
});
