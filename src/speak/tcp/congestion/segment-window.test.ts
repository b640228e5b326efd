import { expect, test } from 'vitest';
import { SECOND } from '../../../core/time.ts';
import { INFINITE_THRESHOLD } from './reno.ts';
import { SegmentWindow } from './segment-window.ts';

const RTT = SECOND / 10;

/** A window that is used up. */
function used(synLost = false): SegmentWindow {
  const window = new SegmentWindow(synLost, 0, 0);
  window.use(0, 10, 10, true, 0);
  return window;
}

test('slow start ends at the threshold, also within one acknowledgment: the rest counts towards what follows', () => {
  const window = used();
  window.threshold = 12;
  window.grow(5, false, RTT, RTT);
  expect(window.size).toBe(12);
  window.grow(9, false, RTT, RTT);
  expect(window.size).toBe(13);
});

test('a window of which less than half is in flight does not grow', () => {
  const window = new SegmentWindow(false, 0, 0);
  window.use(0, 5, 5, false, 0);
  window.grow(5, false, RTT, RTT);
  expect(window.size).toBe(10);
  window.use(5, 11, 6, false, RTT);
  window.grow(5, false, RTT, RTT);
  expect(window.size).toBe(15);
});

//= RFC 6937 §3.1: proportional, and then in slow start up to the threshold
test('in recovery one segment goes for two that arrive, then two for one', () => {
  const window = used();
  window.congested(false);
  expect(window.threshold).toBe(5);
  const sizes = [9, 8, 7, 6].map((inFlight) => {
    window.reduce(1, false, inFlight);
    for (let i = inFlight; i < window.size; i++) window.sent();
    return window.size;
  });
  // The first goes in any case.
  expect(sizes).toEqual([10, 8, 8, 6]);
  window.reduce(1, true, 2);
  expect(window.size).toBe(5);
  // What more is lost, or nothing moved, lets no more go than has arrived.
  for (let i = 0; i < 4; i++) window.sent();
  window.reduce(1, false, 1);
  expect(window.size).toBe(2);
});

test('CUBIC keeps seven tenths', () => {
  const window = used();
  window.congested(true);
  expect([window.threshold, window.before]).toEqual([7, 10]);
});

test('a pause halves the window once for each timeout, down to the initial one; a lost SYN leaves one segment', () => {
  const window = used();
  window.size = 80;
  window.restart(2.5 * SECOND, SECOND, 0);
  expect([window.size, window.threshold]).toEqual([20, INFINITE_THRESHOLD]);
  window.restart(60 * SECOND, SECOND, 0);
  expect(window.size).toBe(10);
  const small = used(true);
  small.restart(60 * SECOND, SECOND, 0);
  expect(small.size).toBe(1);
});

test('what was not used for a retransmission timeout is given up by half', () => {
  const window = new SegmentWindow(false, 0, 0);
  window.size = 30;
  window.threshold = 20;
  window.use(0, 12, 12, false, SECOND / 2);
  window.comeDownUnused(true, SECOND, SECOND / 2);
  expect(window.size).toBe(30);
  window.comeDownUnused(true, SECOND, SECOND);
  expect([window.size, window.threshold]).toEqual([21, 22]);
});

test('a window has 65,536 segments at the most', () => {
  const window = used();
  window.grow(65_525, false, RTT, RTT);
  expect(window.size).toBe(65_535);
  window.grow(1_000_000, false, RTT, RTT);
  expect(window.size).toBe(65_536);
});
