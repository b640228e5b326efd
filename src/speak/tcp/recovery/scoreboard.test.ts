import { expect, test } from 'vitest';
import { Scoreboard } from './scoreboard.ts';

/** Its segments: from where to where, and whether each is lost and goes again. */
const all = (board: Scoreboard): unknown[] =>
  Array.from({ length: board.count }, (_, i) => {
    const { from, end, lost, again } = board.at(i)!;
    return [from, end, lost, again];
  });

test('what is lost is cut anew from its beginning on, and what is not lost ends it', () => {
  const board = new Scoreboard();
  for (const from of [0, 1_000, 2_000]) board.add(from, from + 1_000, 0);
  board.lose(board.at(0)!);
  board.lose(board.at(1)!);
  board.cutAnew(800);
  expect(all(board)).toEqual([
    [0, 800, true, false],
    [800, 1_600, true, false],
    [1_600, 2_000, true, false],
    [2_000, 3_000, false, false],
  ]);
  expect([board.lost, board.again, board.inFlight]).toEqual([3, 0, 1]);
});

test('what goes again already is not joined with what is lost behind it, which has not gone', () => {
  const board = new Scoreboard();
  board.add(0, 500, 1);
  board.add(500, 2_000, 2);
  board.lose(board.at(0)!);
  board.lose(board.at(1)!);
  board.repeat(board.at(0)!, 3);
  board.cutAnew(600);
  expect(all(board)).toEqual([
    [0, 500, true, true],
    [500, 1_100, true, false],
    [1_100, 1_700, true, false],
    [1_700, 2_000, true, false],
  ]);
  expect([board.lost, board.again, board.inFlight]).toEqual([4, 1, 1]);
});
