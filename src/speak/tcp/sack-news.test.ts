import { describe, expect, test } from 'vitest';
import { Flight } from '../../../test/flight.ts';
import { forgetTold, tellsNews } from './sack-news.ts';
import { makeIncomingSegment } from './segment.ts';

type Block = readonly [number, number];

/** Whether each of these words, blocks of segments with all before `ack` acknowledged, tells something new to one who has sent ten. */
function news(ack: number, ...words: Block[][]): boolean[] {
  const flight = new Flight().send(10);
  const segment = makeIncomingSegment();
  return words.map((blocks) => {
    segment.ack = flight.at(ack);
    segment.options.sackCount = blocks.length;
    blocks.flat().forEach((end, i) => {
      segment.options.sackBlocks[i] = flight.at(end);
    });
    return tellsNews(flight.tcb, segment);
  });
}

//= RFC 5681 §3.2: (1), new SACK information
describe('an acknowledgment tells something new', () => {
  test('when one of its blocks has octets that none had before', () => {
    expect(news(1, [[2, 3]], [[2, 3]], [[2, 4]], [[3, 4]], [[9, 10]])).toEqual([true, false, true, false, true]);
    expect(
      news(
        1,
        [[2, 3]],
        [
          [2, 3],
          [5, 6],
        ],
        [
          [5, 6],
          [2, 3],
        ],
        [
          [7, 8],
          [5, 6],
          [2, 3],
        ],
      ),
    ).toEqual([...[true, true, false, true]]);
    // Blocks of an earlier segment are none of this one's.
    expect(
      news(
        1,
        [
          [2, 3],
          [5, 6],
        ],
        [[2, 3]],
        [],
      ),
    ).toEqual([true, false, false]);
  });

  test('not of what was acknowledged, was never sent, or is empty', () => {
    expect(news(1, [[1, 3]], [[3, 3]], [[4, 3]], [[9, 11]], [[11, 12]])).toEqual([false, false, false, false, false]);
    expect(
      news(
        1,
        [
          [5, 6],
          [1, 3],
        ],
        [
          [5, 6],
          [2, 3],
        ],
      ),
    ).toEqual([true, true]);
  });

  test('nor of what an earlier segment told in a block that this one has not', () => {
    expect(
      news(
        1,
        [[2, 3]],
        [
          [0, 1],
          [5, 6],
        ],
        [[2, 3]],
      ),
    ).toEqual([true, false, false]);
  });

  //= RFC 2883 §4: octets that came twice
  test('not when the first block tells of octets that came twice', () => {
    expect(
      news(
        1,
        [[0, 1]],
        [
          [0, 1],
          [3, 4],
        ],
        [
          [0, 2],
          [3, 4],
        ],
      ),
    ).toEqual([false, false, false]);
    expect(
      news(
        1,
        [
          [3, 4],
          [2, 6],
        ],
        [
          [2, 3],
          [2, 6],
        ],
        [
          [5, 6],
          [2, 6],
        ],
      ),
    ).toEqual([false, false, false]);
    expect(
      news(1, [
        [2, 6],
        [2, 6],
      ]),
    ).toEqual([false]);
    expect([
      news(1, [
        [2, 4],
        [3, 6],
      ]),
      news(1, [
        [5, 7],
        [3, 6],
      ]),
      news(1, [
        [2, 7],
        [3, 6],
      ]),
    ]).toEqual([...[[true], [true], [true]]]);
  });
});

test('what is acknowledged is forgotten, and nothing else', () => {
  const flight = new Flight().send(10);
  const { tcb } = flight;
  const segment = makeIncomingSegment();
  const isNews = (from: number, end: number): boolean => {
    segment.options.sackCount = 1;
    segment.options.sackBlocks.set([flight.at(from), flight.at(end)]);
    return tellsNews(tcb, segment);
  };
  segment.ack = flight.at(0);
  expect(isNews(1, 3)).toBe(true);
  expect(isNews(5, 6)).toBe(true);
  segment.ack = flight.at(4);
  forgetTold(tcb, tcb.told!, segment.ack);
  expect(isNews(5, 6)).toBe(false);
  forgetTold(tcb, tcb.told!, flight.at(6));
  expect(tcb.told).toBe(undefined);
  segment.options.sackCount = 0;
  expect(tellsNews(tcb, segment)).toBe(false);
  expect(tcb.told).toBe(undefined);
});
