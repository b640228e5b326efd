import { expect, test } from 'vitest';
import { MILLISECOND } from '../../../core/time.ts';
import { Rack } from './rack.ts';
import { Scoreboard } from './scoreboard.ts';

const MSS = 1_000;

/** A board with segments that were sent a millisecond after each other. */
function sent(count: number): Scoreboard {
  const board = new Scoreboard();
  for (let i = 0; i < count; i++) board.add(i * MSS, (i + 1) * MSS, i * MILLISECOND);
  return board;
}

//= RFC 8985 §6.2: step 5
test('what was sent before something that has come is lost when it is late by more than is allowed', () => {
  const board = sent(4);
  const rack = new Rack();
  const now = 20 * MILLISECOND;
  rack.arrived(board.at(2)!, now, 18 * MILLISECOND);
  board.arrive(board.at(2)!);
  // It took 18 ms; the first has taken 20, the second 19.
  expect([rack.detect(board, now, 1.5 * MILLISECOND), board.lost]).toEqual([0.5 * MILLISECOND, 1]);
  expect([board.at(0)!.lost, board.at(1)!.lost, board.at(3)!.lost]).toEqual([true, false, false]);
  expect(board.inFlight).toBe(2);
  // A microsecond before its time it may still come.
  expect([rack.detect(board, now, 1 * MILLISECOND + 1), board.lost]).toEqual([1, 1]);
  // What is lost and has not gone again is lost once.
  expect([rack.detect(board, now, 0), board.lost]).toEqual([0, 2]);
});

test('what went again and is answered sooner than any round trip was not lost the first time', () => {
  const board = sent(1);
  const rack = new Rack();
  board.lose(board.at(0)!);
  board.repeat(board.at(0)!, 30 * MILLISECOND);
  rack.arrived(board.at(0)!, 31 * MILLISECOND, 18 * MILLISECOND);
  expect(rack.advanced).toBe(false);
  rack.arrived(board.at(0)!, 50 * MILLISECOND, 18 * MILLISECOND);
  expect(rack.advanced).toBe(true);
});

//= RFC 8985 §6.2: step 4
test('octets that came twice widen the allowance by a quarter of a round trip, once in each, up to a whole one', () => {
  const board = sent(3);
  const rack = new Rack();
  expect(rack.allowance(40, 1_000)).toBe(10);
  rack.twice = true;
  rack.adapt(50 * MILLISECOND);
  expect(rack.allowance(40, 1_000)).toBe(20);
  // What arrives now was sent before that.
  rack.arrived(board.at(0)!, 60 * MILLISECOND, 0);
  rack.twice = true;
  rack.adapt(60 * MILLISECOND);
  expect(rack.allowance(40, 1_000)).toBe(20);
  expect(rack.allowance(40, 15)).toBe(15);
  board.repeat(board.at(1)!, 55 * MILLISECOND);
  rack.arrived(board.at(1)!, 90 * MILLISECOND, 0);
  rack.twice = true;
  rack.adapt(90 * MILLISECOND);
  expect(rack.allowance(40, 1_000)).toBe(30);
  // It is forgotten after 16 recoveries.
  for (const [recoveries, allowed] of [
    [15, 30],
    [1, 10],
  ] as const) {
    for (let i = 0; i < recoveries; i++) rack.recovered();
    rack.adapt(99 * MILLISECOND);
    expect(rack.allowance(40, 1_000)).toBe(allowed);
  }
  board.repeat(board.at(2)!, 100 * MILLISECOND);
  rack.arrived(board.at(2)!, 200 * MILLISECOND, 0);
  rack.twice = true;
  rack.adapt(100 * MILLISECOND);
  for (let i = 0; i < 17; i++) rack.recovered();
  rack.adapt(101 * MILLISECOND);
  expect(rack.allowance(40, 1_000)).toBe(10);
  for (let i = 0; i < 300; i++) {
    rack.twice = true;
    rack.adapt(100 * MILLISECOND);
  }
  expect(rack.allowance(40, 100_000)).toBe(10 * 255);
});
