import { expect, test } from 'vitest';
import { retransmissionTime, synTime } from './retransmission-time.ts';

test('timeouts double up to a limit', () => {
  expect([0, 3, 6].map((retries) => retransmissionTime(retries, 1, 120))).toEqual([1, 15, 127]);
  expect(retransmissionTime(3, 1, 1)).toBe(4);
});

test('timeouts of a SYN that do not double the next go before, as far as there is time for them', () => {
  expect([1, 2, 3, 4, 6].map((retries) => synTime(retries, 1, 120, 4))).toEqual([3, 7, 19, 35, 131]);
  expect([1, 2, 3].map((retries) => synTime(retries, 1, 120, 0))).toEqual([3, 7, 15]);
  expect(synTime(9, 1, 120, 0)).toBe(retransmissionTime(9, 1, 120));
});
