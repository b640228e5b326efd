import { expect, test } from 'vitest';
import { longerIfCounted, retransmissionTime, synRetries, synTime } from './retransmission-time.ts';

test('timeouts double up to a limit', () => {
  expect([0, 3, 6].map((retries) => retransmissionTime(retries, 1, 120))).toEqual([1, 15, 127]);
  expect(retransmissionTime(3, 1, 1)).toBe(4);
});

test('timeouts of a SYN that do not double the next go before, as far as there is time for them', () => {
  expect([1, 2, 3, 4, 6].map((retries) => synTime(retries, 1, 120, 4))).toEqual([3, 7, 19, 35, 131]);
  expect([1, 2, 3].map((retries) => synTime(retries, 1, 120, 0))).toEqual([3, 7, 15]);
  expect(synTime(9, 1, 120, 0)).toBe(retransmissionTime(9, 1, 120));
});

test('a time has a count', () => {
  for (const linear of [0, 4])
    expect([1, 2, 6, 127].map((retries) => synRetries(synTime(retries, 1, 120, linear), 1, 120, linear))).toEqual([
      1, 2, 6, 127,
    ]);
  expect(synRetries(Number.POSITIVE_INFINITY, 1, 120, 4)).toBe(127);
});

test('counted, they take longer where some that do not double the next are not counted', () => {
  expect([3, 7, 19, 35].map((time) => time + longerIfCounted(time, 1, 120, 4))).toEqual([7, 11, 19, 35]);
  expect([1, 7, 100, Number.POSITIVE_INFINITY].map((time) => longerIfCounted(time, 1, 120, 0))).toEqual([0, 0, 0, 0]);
});
