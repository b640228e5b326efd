import { expect, test } from 'vitest';
import { SECOND } from '../../../core/time.ts';
import { Growth } from './growth.ts';

const RTT = SECOND / 10;

/** The window after each of so many round trips, all of it being acknowledged in each. */
function windows(growth: Growth, from: number, rounds: number, cubic: boolean): number[] {
  let window = from;
  return Array.from({ length: rounds }, (_, round) => {
    for (let left = window; left > 0; left--) window = growth.avoid(window, 1, cubic, round * RTT, RTT);
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
  expect(grown[41]).toBeGreaterThanOrEqual(97);
  expect(grown[41]).toBeLessThanOrEqual(102);
  expect(grown[45]! - grown[38]!).toBeLessThan(4);
  expect(grown[90]).toBeGreaterThan(120);
});

//= RFC 9438 §4.7: fast convergence
test('a second loss below the first makes room for others', () => {
  const [one, two] = [new Growth(), new Growth()];
  one.reduced(800);
  two.reduced(1_000);
  two.reduced(800);
  expect(windows(two, 560, 60, true).at(-1)).toBeLessThan(windows(one, 560, 60, true).at(-1)!);
});
