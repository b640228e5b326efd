import { expect, test } from 'vitest';
import { below, seeded } from '../../../core/random.ts';
import { type Flying, Scoreboard } from './scoreboard.ts';

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

test('the parts of a segment are what it was: a tail loss probe may cut one that has arrived, or goes again', () => {
  const board = new Scoreboard();
  for (const from of [0, 1_000, 2_000]) board.add(from, from + 1_000, 0);
  board.arrive(board.at(0)!);
  board.lose(board.at(1)!);
  board.repeat(board.at(1)!, 1);
  for (const [i, at] of [
    [2, 2_100],
    [1, 1_100],
    [0, 100],
  ] as const)
    board.split(board.at(i)!, at);
  expect([board.count, board.sacked, board.lost, board.again]).toEqual([6, 2, 2, 2]);
});

test('what is short is joined with what follows, as long as that fits and the peer does not have it', () => {
  const joined = (most: number, mark: (board: Scoreboard) => void = () => {}): unknown[] => {
    const board = new Scoreboard();
    for (const [from, end] of [
      [0, 300],
      [300, 600],
      [600, 900],
    ] as const)
      board.add(from, end, from);
    board.lose(board.at(0)!);
    mark(board);
    board.join(board.at(0)!, most);
    const { count, lost, again } = board;
    return [board.at(0)!.end, board.at(0)!.repeated, count, lost, again];
  };
  expect([joined(900), joined(899), joined(600), joined(599)]).toEqual([
    [900, false, 1, 1, 0],
    [600, false, 2, 1, 0],
    [600, false, 2, 1, 0],
    [300, false, 3, 1, 0],
  ]);
  expect(joined(900, (board) => board.arrive(board.at(1)!))).toEqual([300, false, 3, 1, 0]);
  expect(joined(900, (board) => board.lose(board.at(2)!))).toEqual([900, false, 1, 1, 0]);
  expect(joined(900, (board) => board.repeat(board.at(1)!, 7))).toEqual([900, true, 1, 1, 0]);
  // A hole, which the peer has had.
  const board = new Scoreboard();
  board.add(0, 300, 0);
  board.add(600, 900, 0);
  board.join(board.at(0)!, 1_000);
  expect(board.count).toBe(2);
});

test('an acknowledgment of its beginning leaves the rest of a segment', () => {
  const board = new Scoreboard();
  board.add(0, 1_000, 0);
  board.add(1_000, 2_000, 0);
  expect(board.takeAcknowledged(400)).toBe(undefined);
  expect(all(board)[0]).toEqual([400, 1_000, false, false]);
  // An older one changes nothing.
  expect(board.takeAcknowledged(200)).toBe(undefined);
  expect(board.at(0)!.from).toBe(400);
  expect(board.takeAcknowledged(1_000)?.from).toBe(400);
  expect(board.takeAcknowledged(1_000)).toBe(undefined);
  expect(board.count).toBe(1);
});

test('repetitions in flight are any, and one of the first segment is for as long as that is there', () => {
  const board = new Scoreboard();
  for (const from of [0, 1_000]) board.add(from, from + 1_000, 0);
  expect(board.anyRepeated).toBe(false);
  board.lose(board.at(1)!);
  board.repeat(board.at(1)!, 5);
  expect(board.anyRepeated).toBe(true);
  board.arrive(board.at(1)!);
  expect([board.again, board.anyRepeated]).toEqual([0, false]);
  board.lose(board.at(0)!);
  board.repeat(board.at(0)!, 6);
  board.lose(board.at(0)!);
  expect([board.again, board.anyRepeated]).toEqual([0, true]);
  while (board.takeAcknowledged(2_000)) {}
  expect(board.anyRepeated).toBe(false);
});

/** Whether what the board says of all is so, and its segments are all there is from `una` to `nxt`. */
function isRight(board: Scoreboard, una: number, nxt: number): boolean {
  const right = { sacked: 0, lost: 0, again: 0, highest: una };
  let at = una;
  for (let i = 0, each = board.at(0); each !== undefined; each = board.at(++i)) {
    if (each.from !== at) return false;
    at = each.end;
    if (each.sacked) right.highest = at;
    for (const which of ['sacked', 'lost', 'again'] as const) if (each[which]) right[which]++;
  }
  const { count, sacked, lost, again, inFlight } = board;
  const counts = sacked === right.sacked && lost === right.lost && again === right.again;
  return at === nxt && counts && inFlight === count - sacked - lost + again && board.highest(una) === right.highest;
}

test('its counts are those of its segments, whatever happens to them; none is missing, and none there twice', () => {
  const random = seeded(5);
  for (let life = 0; life < 30; life++) {
    const board = new Scoreboard();
    let una = 0;
    let nxt = 0;
    const any = (which: (each: Flying) => boolean): Flying | undefined => {
      const fitting = Array.from({ length: board.count }, (_, i) => board.at(i)!).filter(which);
      return fitting.length === 0 ? undefined : fitting[below(random, fitting.length)];
    };
    for (let step = 0; step < 200; step++) {
      const segment = any(() => true);
      const missing = any(({ sacked }) => !sacked);
      const waiting = any(({ lost, again, sacked }) => lost && !again && !sacked);
      switch (below(random, 12)) {
        case 0:
        case 1:
        case 2:
          for (let left = below(random, 8); left > 0; left--, nxt += 100) board.add(nxt, nxt + 100, step);
          break;
        case 3:
          una += below(random, nxt - una + 1);
          while (board.takeAcknowledged(una)) {}
          break;
        case 4:
          if (segment) board.lose(segment);
          break;
        case 5:
          if (missing) board.arrive(missing);
          break;
        case 6:
          if (missing) board.repeat(missing, step);
          break;
        case 7:
          if (waiting && waiting.end - waiting.from > 1) board.split(waiting, waiting.from + 1);
          break;
        case 8:
          if (waiting) board.join(waiting, 150);
          break;
        case 9:
          if (below(random, 6) === 0) board.cutAnew(30 + below(random, 100));
          break;
        case 10:
          if (below(random, 6) === 0) board.forgetArrivals();
          break;
        default:
          if (below(random, 6) === 0) board.forgetLosses();
      }
      if (!isRight(board, una, nxt)) throw new Error(`wrong at ${life}, ${step}: ${JSON.stringify(all(board))}`);
    }
  }
});
