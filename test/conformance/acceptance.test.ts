/** Which segments lie in the window: RFC 9293 §3.4, table 6, and what Linux takes besides (src/speak/tcp/acceptance.ts). */
import { expect, test } from 'vitest';
import { isAcceptable } from '../../src/speak/tcp/acceptance.ts';
import { LINUX_CHOICES, makeIncomingSegment, type Tcb } from '../../src/speak/tcp/index.ts';
import { established, synReceived } from './wire.ts';

/** Whether `length` octets are acceptable that begin `seq` after RCV.NXT, where the right edge is `window` after it. */
function takes(tcb: Tcb, window: number, seq: number, length: number): boolean {
  tcb.rcv.edge = (tcb.rcv.nxt + window) | 0;
  return isAcceptable(tcb, Object.assign(makeIncomingSegment(), { seq: (tcb.rcv.nxt + seq) | 0, length }));
}

//= RFC 9293 §3.4: table 6
test.each([
  // A closed window.
  [0, 0, 0, true],
  [0, -1, 0, false],
  [0, 1, 0, false],
  [0, 0, 1, false],
  [0, -5, 10, false],
  // An open one.
  [10, 0, 0, true],
  [10, 9, 0, true],
  // Not in the table: a peer that has filled the window speaks from there (appendix A.2).
  [10, 10, 0, true],
  [10, 11, 0, false],
  [10, -1, 0, false],
  [10, 0, 10, true],
  [10, 9, 5, true],
  [10, 10, 5, false],
  [10, -5, 5, false],
  [10, -5, 6, true],
  [10, -5, 15, true],
  [10, -5, 16, true],
  [10, -5, 30, true],
] as const)('in a window of %i: at %i, %i octets', (window, seq, length, is) => {
  expect(takes(established().tcb, window, seq, length)).toBe(is);
});

const linux = { connection: { choices: LINUX_CHOICES } };

test.each([
  [10, -5, 5, true],
  [10, -5, 4, false],
  [10, 10, 5, true],
  [10, 11, 5, false],
  [0, 0, 1, true],
  [0, 1, 1, false],
] as const)('touching a window of %i: at %i, %i octets', (window, seq, length, is) => {
  expect(takes(established(linux).tcb, window, seq, length)).toBe(is);
});

test('what was received and not acknowledged yet is no old segment', () => {
  const { tcb } = established(linux);
  tcb.rcv.nxt = (tcb.rcv.nxt + 100) | 0;
  expect([takes(tcb, 10, -101, 0), takes(tcb, 10, -100, 0)]).toEqual([false, true]);
});

test.each([
  [10, -5, 5, false],
  [10, -5, 6, true],
  [10, 9, 5, true],
  [10, 10, 5, false],
] as const)('the window of %i of a passive opening is not touched: at %i, %i octets', (window, seq, length, is) => {
  expect(takes(synReceived(linux).tcb, window, seq, length)).toBe(is);
});
