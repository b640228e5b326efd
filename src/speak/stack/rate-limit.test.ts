import { expect, test } from 'vitest';
import { seeded } from '../../core/random.ts';
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

test('by chance every other one counts twice: never more than without, and not a number that can be told', () => {
  const counts = new Set<number>();
  for (let seed = 1; seed <= 50; seed++) {
    const limit = new RateLimit(10, 50, seeded(seed));
    let count = 0;
    while (limit.take(0)) count++;
    expect(count).toBeGreaterThanOrEqual(25);
    expect(count).toBeLessThanOrEqual(50);
    counts.add(count);
  }
  expect(counts.size).toBeGreaterThan(8);
});
