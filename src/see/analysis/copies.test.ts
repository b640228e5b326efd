import { expect, test } from 'vitest';
import { follow } from '../../../test/conversations.ts';
import { Analysis, type Conversation } from './index.ts';

const told = (text: string): Conversation => follow(new Analysis(), text).conversation(0)!;

/** How many copies there are among the segments, and how many segments are told. */
const counted = (text: string): [copies: number, segments: number, repeats: number] => {
  const { copies, segments, counts } = told(text);
  return [copies, segments, counts[0].repeats + counts[1].repeats];
};

test('a packet that the capture has again is no segment: neither counted, nor told, nor sent again', () => {
  const { copies, segments, frames, counts, ending, handshake } = told(`
    0       > S    0(0) id 7
    0.00001 > S    0(0) id 7
    0.01    < S.   0(0) ack 1
    0.01001 < S.   0(0) ack 1
    0.02    > .    1(0) ack 1 id 8
    0.02001 > .    1(0) ack 1 id 8
    0.03    > P.   1(10) ack 1 id 9
    0.04    > .    11(5) ack 1 id 10
    0.04001 > P.   1(10) ack 1 id 9
    0.04002 > .    11(5) ack 1 id 10
    0.04003 > .    11(5) ack 1 id 10
    0.05    < R    1(0) ack 16
  `);
  expect({ copies, segments, ending, handshake }).toEqual({ copies: 6, segments: 6, ending: 'reset', handshake: 2e7 });
  expect(frames.map(({ frame, position }) => [frame, position])).toEqual([
    [1, 0],
    [3, 1],
    [5, 2],
    [7, 3],
    [8, 4],
    [12, 5],
  ]);
  expect(frames.map(({ repeats }) => repeats)).toEqual(new Array(6).fill(undefined));
  expect(counts[0]).toEqual({ segments: 4, octets: 15, repeats: 0 });
});

test('what is sent again has a number of its own, or comes later', () => {
  const again = (line: string): [number, number, number] => counted(`0.1 > P. 1(10) ack 1 id 9\n${line}`);
  expect(again('0.1999 > P. 1(10) ack 1 id 9')).toEqual([1, 1, 0]);
  expect(again('0.0501 > P. 1(10) ack 1 id 9')).toEqual([1, 1, 0]);
  expect(again('0.2 > P. 1(10) ack 1 id 9')).toEqual([0, 2, 1]);
  expect(again('0.1 > P. 1(10) ack 1 id 10')).toEqual([0, 2, 1]);
  // A number 64 later takes the place of the first.
  expect(again('0.1 > . 11(10) ack 1 id 73\n0.1 > P. 1(10) ack 1 id 9')).toEqual([0, 3, 1]);
});

test.each(['> . 1(10) ack 1', '> P. 1(9) ack 1', '> P. 1(10) ack 2', '> P. 1(10) ack 1 win 9', '> P. 2(10) ack 1'])(
  'a packet of the same number is another when it says something else: %s',
  (line) => {
    expect(counted(`0.1 > P. 1(10) ack 1 id 9\n0.1 ${line} id 9`).slice(0, 2)).toEqual([0, 2]);
  },
);

test('a sender that numbers all packets alike does not number them', () => {
  const alike = '0 > S 0(0) id 1\n0.01 > . 1(0) ack 1 id 1\n';
  expect(counted(`${alike}0.02 > P. 1(10) ack 1 id 1\n0.03 > P. 1(10) ack 1 id 1`)).toEqual([0, 4, 1]);
  // Zero is no number.
  expect(counted('0 > S 0(0)\n0 > . 1(0) ack 1\n0 > P. 1(5) ack 1 id 1\n0 > P. 1(5) ack 1 id 1')).toEqual([1, 3, 0]);
  // The other end's numbers are its own matter.
  expect(counted(`${alike}0.02 < P. 1(5) ack 1 id 1\n0.02 < P. 1(5) ack 1 id 1`)).toEqual([1, 3, 0]);
});

test('both ends number their packets', () => {
  expect(counted('0.1 > . 1(0) ack 1 id 9\n0.1 < . 1(0) ack 1 id 9')).toEqual([0, 2, 0]);
});

test('without a number nothing is a copy, but a SYN or a reset where other packets came twice', () => {
  expect(counted('0 > P. 1(10) ack 1\n0 > P. 1(10) ack 1')).toEqual([0, 2, 1]);
  expect(counted('0 > S 0(0)\n0 > S 0(0)')).toEqual([0, 2, 1]);
  const doubled = '0 > . 1(0) ack 1 id 9\n0 > . 1(0) ack 1 id 9\n';
  expect(counted(`${doubled}0 > P. 1(10) ack 1\n0 > P. 1(10) ack 1`)).toEqual([1, 3, 1]);
  expect(counted(`${doubled}0 < S. 0(0) ack 1\n0 < S. 0(0) ack 1`)).toEqual([2, 2, 0]);
  expect(counted(`${doubled}0 < R. 0(0) ack 1\n0 < R. 0(0) ack 1`)).toEqual([2, 2, 0]);
});

test('who knows when each packet arrived has no copies', () => {
  expect(counted('0-0.1 > P. 1(10) ack 1 id 9\n0-0.1 > P. 1(10) ack 1 id 9')).toEqual([0, 2, 1]);
  expect(counted('0-lost > P. 1(10) ack 1 id 9\n0-lost > P. 1(10) ack 1 id 9')).toEqual([0, 2, 1]);
});

test('where each packet was captured once the network has doubled those that are the same', () => {
  const analysis = new Analysis();
  const segment = analysis.segment.bind(analysis);
  analysis.segment = (s) => segment(s, { once: true });
  const { copies, segments } = follow(analysis, '0.1 > P. 1(10) ack 1 id 9\n0.11 > P. 1(10) ack 1 id 9').conversation(
    0,
  )!;
  expect([copies, segments]).toEqual([0, 2]);
});
