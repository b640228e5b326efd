import { expect, test } from 'vitest';
import { below, chance, seeded } from './random.ts';

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number) =>
    Array.from(
      { length: 8 },
      (
        (random) => () =>
          random.next()
      )(seeded(seed)),
    );
  expect(draw(7456)).toEqual(draw(7456));
  expect(draw(7456)).not.toEqual(draw(7457));
});

test('below covers its range evenly', () => {
  const random = seeded(1);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) counts[below(random, 10)]!++;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});

test('chance keeps to its share', () => {
  const random = seeded(2);
  let hits = 0;
  for (let i = 0; i < 100_000; i++) if (chance(random, 0.1)) hits++;
  expect(Math.abs(hits - 10_000)).toBeLessThan(500);
  expect(chance(random, 0)).toBe(false);
  expect(chance(random, 1)).toBe(true);
});
