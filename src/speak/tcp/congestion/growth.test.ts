import { expect, test } from 'vitest';
import { SECOND } from '../../../core/time.ts';
import { Growth } from './growth.ts';

const RTT = SECOND / 10;

/** The window after each of so many round trips from `start` on, all of it being acknowledged in each. */
function windows(growth: Growth, from: number, rounds: number, cubic: boolean, start = 0): number[] {
  let window = from;
  return Array.from({ length: rounds }, (_, round) => {
    for (let left = window; left > 0; left--) window = growth.avoid(window, 1, cubic, start + round * RTT, RTT);
    return window;
  });
}

test('Reno adds a segment in each round trip', () => {
  expect(windows(new Growth(), 20, 4, false)).toEqual([21, 22, 23, 24]);
});

//= RFC 9293 §3.8.2 MAY-18
test('after a loss CUBIC goes up to the window there was, rests there, and then goes beyond it', () => {
  const growth = new Growth();
  growth.reduced(100);
  const grown = windows(growth, 70, 100, true);
  // K = cbrt(30 / 0.4) = 4.2 s.
  expect(grown[10]).toBeGreaterThan(80);
  expect([grown[30], grown[36], grown[44]]).toEqual([100, 100, 100]);
  expect(grown[90]).toBeGreaterThan(120);
});

test('a pause, in which nothing was in flight, does not count towards CUBIC, before growth has begun neither', () => {
  const growth = new Growth();
  growth.reduced(100);
  growth.resume(SECOND, SECOND);
  expect(windows(growth, 70, 45, true).at(-1)).toBe(100);
  // It was last sent a round trip before the 45th came.
  growth.resume(60 * SECOND, 44 * RTT + 60 * SECOND);
  expect(windows(growth, 100, 5, true, 44 * RTT + 60 * SECOND).at(-1)).toBe(100);
});

test('growth begins anew where more was paused than has gone since it began', () => {
  const [one, two] = [new Growth(), new Growth()];
  one.reduced(100);
  two.reduced(100);
  one.avoid(70, 1, true, 0, RTT);
  one.resume(4 * SECOND, 3 * SECOND);
  expect(windows(one, 70, 60, true, 3 * SECOND)).toEqual(windows(two, 70, 60, true, 3 * SECOND));
});

//= RFC 9438 §4.7: fast convergence
test('a second loss below the first makes room for others', () => {
  const [one, two] = [new Growth(), new Growth()];
  one.reduced(800);
  two.reduced(1_000);
  two.reduced(800);
  expect(windows(two, 560, 60, true).at(-1)).toBeLessThan(windows(one, 560, 60, true).at(-1)!);
});
