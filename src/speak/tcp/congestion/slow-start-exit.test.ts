import { expect, test } from 'vitest';
import { MILLISECOND } from '../../../core/time.ts';
import { SlowStartExit } from './slow-start-exit.ts';

const RTT = 100 * MILLISECOND;

test('round trips that are all an eighth longer end slow start at the ninth, but a small window does not', () => {
  const told = (window: number, trip: number): number => {
    const exit = new SlowStartExit(0, 0);
    exit.isDue(RTT, 1, 10, window, true, RTT);
    let count = 0;
    // Acknowledgments far from each other, so that they are no train.
    while (count < 20 && !exit.isDue(trip, 11, 40, window, true, 3 * RTT + 5 * MILLISECOND * count)) count++;
    return count;
  };
  expect(told(20, RTT + 13 * MILLISECOND)).toBe(8);
  expect(told(20, RTT + 12 * MILLISECOND)).toBe(20);
  expect(told(15, RTT + 13 * MILLISECOND)).toBe(20);
});

test('so does a train of acknowledgments that takes longer than half a round trip', () => {
  const exit = new SlowStartExit(0, 0);
  exit.isDue(RTT, 1, 10, 20, true, RTT);
  let length = 0;
  while (length < 100 * MILLISECOND && !exit.isDue(RTT, 11, 40, 20, true, 2 * RTT + length)) length += MILLISECOND;
  expect(length).toBe(51 * MILLISECOND);
  // Once is enough, until a timeout lets slow start begin anew.
  expect(exit.isDue(RTT, 11, 40, 20, true, 2 * RTT + length)).toBe(false);
  // What was in flight then is no flight to judge by: the next one begins behind it.
  exit.begin(80, 3 * RTT);
  const isDue = (una: number, after: number): boolean => exit.isDue(RTT, una, 120, 20, true, 4 * RTT + after);
  length = 0;
  while (length < 100 * MILLISECOND && !isDue(80, length)) length += MILLISECOND;
  expect(length).toBe(100 * MILLISECOND);
  while (length < 200 * MILLISECOND && !isDue(81, length)) length += MILLISECOND;
  expect(length).toBe(151 * MILLISECOND);
});
