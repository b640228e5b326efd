/** What Linux keeps of a connection in TIME-WAIT, and in FIN-WAIT-2 once the program has gone (src/speak/tcp/small-record.ts): every kind of segment, and what becomes of it. */
import { describe, expect, test } from 'vitest';
import { SECOND } from '../../src/core/time.ts';
import {
  closeBoth,
  LINUX_CHOICES,
  makeIncomingSegment,
  segmentArrives,
  type Tcb,
  type Verdict,
} from '../../src/speak/tcp/index.ts';
import { OWES } from '../../src/speak/tcp/tcb.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { finWait2, timeWait } from './wire.ts';

const { ACK, FIN, RST, SYN } = tcp;
const options = { connection: { choices: LINUX_CHOICES }, rcvWnd: 1_000 };

function finWait2Closed(): Tcb {
  const { tcb } = finWait2(options);
  closeBoth(tcb, 0);
  return tcb;
}

/** What comes: control bits, sequence number relative to RCV.NXT, octets; and with it what it leads to. */
interface Case {
  readonly what: readonly [flags: number, seq: number, octets: number];
  readonly verdict: Verdict;
  readonly state: string;
  /** What is owed then. */
  readonly owes: 'nothing' | 'acknowledgment' | 'reset';
  /** It acknowledges so much more than was sent, of which nobody takes note. */
  readonly future?: number;
  /** TIME-WAIT lasts from now on. */
  readonly anew?: true;
}

function play(tcb: Tcb, { what: [flags, seq, octets], verdict, state, owes, future = 0, anew }: Case): void {
  const now = 5 * SECOND;
  const before = tcb.timers.timeWait;
  const segment = makeIncomingSegment();
  const bytes = new Uint8Array(Math.max(1, octets));
  Object.assign(segment, {
    ...{ flags, seq: (tcb.rcv.nxt + seq) | 0, ack: (tcb.snd.nxt + future) | 0, window: 1_000, dataLength: octets },
    length: octets + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0),
    octets: { bytes, view: new DataView(bytes.buffer) },
  });
  segmentArrives(tcb, segment, now);
  const owed = tcb.owes & OWES.RESET ? 'reset' : tcb.owes & (OWES.ACK | OWES.ACK_ALONE) ? 'acknowledgment' : 'nothing';
  expect([segment.verdict, tcb.state, owed]).toEqual([verdict, state, owes]);
  if (state === 'TIME-WAIT') expect(tcb.timers.timeWait !== before, 'the wait').toBe(anew === true);
  expect(tcb.rcv.readable).toBe(0);
  expect(tcb.repeated?.due ?? false).toBe(false);
}

const text = ({ what: [flags, seq, octets], future }: Case): string =>
  `${['FIN', 'SYN', 'RST', 'ACK'].filter((name) => flags & { FIN, SYN, RST, ACK }[name]!).join(',') || 'no flags'} at ${seq}, ${octets} octets${future === undefined ? '' : ', ACK of the future'}`;

const [stays, gone] = ['FIN-WAIT-2', 'CLOSED'] as const;

describe('FIN-WAIT-2, closed', () => {
  const cases: readonly Case[] = [
    { what: [ACK, -1, 0], verdict: 'old sequence', state: stays, owes: 'acknowledgment' },
    { what: [ACK, -1, 1], verdict: 'old sequence', state: stays, owes: 'acknowledgment' },
    { what: [FIN | ACK, -1, 0], verdict: 'old sequence', state: stays, owes: 'acknowledgment' },
    { what: [RST, -1, 0], verdict: 'old sequence', state: stays, owes: 'acknowledgment' },
    { what: [ACK, 1_001, 0], verdict: 'beyond the window', state: stays, owes: 'acknowledgment' },
    { what: [ACK, 1_000, 1], verdict: 'beyond the window', state: stays, owes: 'acknowledgment' },
    { what: [RST, 0, 0], verdict: 'accepted', state: gone, owes: 'nothing' },
    { what: [RST, 500, 0], verdict: 'accepted', state: gone, owes: 'nothing' },
    { what: [RST, 1_000, 0], verdict: 'accepted', state: gone, owes: 'nothing' },
    { what: [SYN, 0, 0], verdict: 'SYN in the window', state: gone, owes: 'reset' },
    { what: [SYN | ACK, 7, 0], verdict: 'SYN in the window', state: gone, owes: 'reset' },
    { what: [0, 0, 3], verdict: 'no ACK', state: stays, owes: 'nothing' },
    { what: [ACK, 0, 0], verdict: 'accepted', state: stays, owes: 'nothing' },
    { what: [ACK, 500, 0], verdict: 'accepted', state: stays, owes: 'nothing' },
    { what: [SYN | ACK, -2, 1], verdict: 'old sequence', state: stays, owes: 'acknowledgment' },
    { what: [ACK, 0, 3], verdict: 'text for nobody', state: gone, owes: 'reset' },
    { what: [ACK, -1, 3], verdict: 'text for nobody', state: gone, owes: 'reset' },
    { what: [FIN | ACK, 0, 3], verdict: 'text for nobody', state: gone, owes: 'reset' },
    { what: [FIN | ACK, 1, 0], verdict: 'text for nobody', state: gone, owes: 'reset' },
    { what: [ACK, 0, 0], future: 1, verdict: 'accepted', state: stays, owes: 'nothing' },
    { what: [ACK, 500, 0], future: 1, verdict: 'accepted', state: stays, owes: 'nothing' },
    { what: [SYN | ACK, -1, 0], future: 1, verdict: 'old sequence', state: stays, owes: 'acknowledgment' },
    { what: [SYN | FIN | ACK, -2, 0], future: 1, verdict: 'old sequence', state: stays, owes: 'acknowledgment' },
    { what: [ACK, 0, 3], future: 1, verdict: 'text for nobody', state: gone, owes: 'reset' },
    { what: [FIN | ACK, 1, 0], future: 1, verdict: 'text for nobody', state: gone, owes: 'reset' },
    { what: [FIN | ACK, 0, 0], verdict: 'accepted', state: 'TIME-WAIT', owes: 'acknowledgment', anew: true },
  ];
  test.each(cases.map((each) => [text(each), each] as const))('%s', (_, each) => play(finWait2Closed(), each));
});

describe('TIME-WAIT', () => {
  const state = 'TIME-WAIT';
  const cases: readonly Case[] = [
    { what: [RST, 0, 0], verdict: 'accepted', state: gone, owes: 'nothing' },
    { what: [RST | ACK, 0, 5], verdict: 'accepted', state: gone, owes: 'nothing' },
    { what: [RST, 1, 0], verdict: 'RST in TIME-WAIT', state, owes: 'nothing' },
    { what: [RST, -1, 0], verdict: 'RST in TIME-WAIT', state, owes: 'nothing' },
    { what: [ACK, 0, 0], verdict: 'accepted', state, owes: 'nothing', anew: true },
    { what: [0, 0, 0], verdict: 'accepted', state, owes: 'nothing', anew: true },
    { what: [ACK, 0, 3], verdict: 'beyond the window', state, owes: 'acknowledgment', anew: true },
    { what: [FIN | ACK, -1, 0], verdict: 'old sequence', state, owes: 'acknowledgment', anew: true },
    { what: [ACK, 700, 0], verdict: 'beyond the window', state, owes: 'acknowledgment', anew: true },
    { what: [SYN, 0, 0], verdict: 'beyond the window', state, owes: 'acknowledgment' },
    { what: [0, 5, 1], verdict: 'beyond the window', state, owes: 'acknowledgment' },
    { what: [FIN, -1, 0], verdict: 'old sequence', state, owes: 'acknowledgment' },
  ];
  test.each(cases.map((each) => [text(each), each] as const))('%s', (_, each) => play(timeWait(options).tcb, each));
});

test('a timestamp from the past begins TIME-WAIT anew and is answered', () => {
  const { tcb } = timeWait({ ...options, timestamps: true });
  const before = tcb.timers.timeWait;
  const segment = makeIncomingSegment();
  Object.assign(segment, { flags: ACK, seq: tcb.rcv.nxt, ack: tcb.snd.nxt });
  Object.assign(segment.options, { timestamps: true, tsval: (tcb.ts.recent - 1) | 0 });
  segmentArrives(tcb, segment, 5 * SECOND);
  expect([segment.verdict, tcb.owes & OWES.ACK_ALONE]).toEqual(['PAWS', OWES.ACK_ALONE]);
  expect(tcb.timers.timeWait).not.toBe(before);
});
