/** Every reason to drop a segment, or what it brought, is met here, named and counted; and no other way of dropping one is found by chance. */
import { describe, expect, test } from 'vitest';
import { below, chance, seeded } from '../../src/core/random.ts';
import { DROPS, type Drop } from '../../src/speak/index.ts';
import {
  closeBoth,
  type IncomingSegment,
  LINUX_CHOICES,
  makeIncomingSegment,
  segmentArrives,
  snapshot,
  type Tcb,
} from '../../src/speak/tcp/index.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { closeWait, established, finWait2, listening, synReceived, synSent, timeWait } from './wire.ts';

const { ACK, FIN, PSH, RST, SYN } = tcp;

/** A segment with right numbers, changed: `seq` and `ack` count from RCV.NXT and SND.NXT, in the handshake from 0. */
function arriving(tcb: Tcb, change: Partial<IncomingSegment> & { tsval?: number }): IncomingSegment {
  const segment = makeIncomingSegment();
  const { flags = ACK, dataLength = 0, seq = 0, ack = 0, tsval, ...rest } = change;
  const bytes = new Uint8Array(Math.max(1, dataLength));
  Object.assign(segment, {
    flags,
    dataLength,
    seq: (tcb.rcv.nxt + seq) | 0,
    ack: (tcb.snd.nxt + ack) | 0,
    length: dataLength + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0),
    window: 10_000,
    octets: { bytes, view: new DataView(bytes.buffer) },
    ...rest,
  });
  if (tsval !== undefined) Object.assign(segment.options, { timestamps: true, tsval });
  return segment;
}

const stamped = (): Tcb => established({ timestamps: true }).tcb;

/** Octets beyond one hole after another. */
function strewn(): Tcb {
  const { tcb } = established({ rcvWnd: 60_000 });
  for (let i = 0; i < 64; i++) segmentArrives(tcb, arriving(tcb, { seq: 10 + 20 * i, dataLength: 10 }), 0);
  return tcb;
}

/** A host without a free page. */
function full(): Tcb {
  const { tcb, stage } = established();
  while (stage.pages.free > 0) stage.pages.take();
  return tcb;
}

/** A program that has gone. */
function orphaned(): Tcb {
  const { tcb } = finWait2();
  closeBoth(tcb, 0);
  return tcb;
}

function closedWindow(): Tcb {
  const { tcb } = established({ rcvWnd: 10 });
  segmentArrives(tcb, arriving(tcb, { dataLength: 10 }), 0);
  return tcb;
}

/** The handshake waits for octets. */
const deferring = (): Tcb => synReceived({ connection: { deferAccept: 1 } }).tcb;

/** The connection is over, and its host has not let go of it yet. */
function over(): Tcb {
  const { tcb } = established();
  segmentArrives(tcb, arriving(tcb, { flags: RST }), 0);
  return tcb;
}

const WAYS: Record<Drop, [to: () => Tcb, what: Parameters<typeof arriving>[1]]> = {
  'connection closed': [over, {}],
  'RST in LISTEN': [() => listening().tcb, { flags: RST }],
  'ACK in LISTEN': [() => listening().tcb, {}],
  'no SYN in LISTEN': [() => listening().tcb, { flags: FIN }],
  'SYN with a FIN': [() => listening({ connection: { choices: LINUX_CHOICES } }).tcb, { flags: SYN | FIN }],
  'unacceptable ACK in the handshake': [() => synSent().tcb, { ack: 1 }],
  'ACK without octets in the handshake': [deferring, {}],
  'RST without ACK in SYN-SENT': [() => synSent().tcb, { flags: RST }],
  'no SYN in SYN-SENT': [() => synSent().tcb, {}],
  'no timestamp': [stamped, {}],
  PAWS: [stamped, { tsval: 999 }],
  'old sequence': [() => established().tcb, { seq: -1 }],
  'beyond the window': [() => established().tcb, { seq: 10_000, dataLength: 1 }],
  'RST out of the window': [() => established().tcb, { seq: -1, flags: RST }],
  'SYN again': [() => synReceived().tcb, { seq: -1, flags: SYN }],
  'RST in TIME-WAIT': [() => timeWait().tcb, { flags: RST }],
  'RST not exact': [() => established().tcb, { seq: 1, flags: RST }],
  'SYN in the window': [() => established().tcb, { seq: 5, flags: SYN }],
  'no ACK': [() => established().tcb, { flags: PSH, dataLength: 5 }],
  'ACK of the future': [() => established().tcb, { ack: 1 }],
  'ACK of the past': [() => established().tcb, { ack: -20_000 }],
  'window closed': [closedWindow, { dataLength: 1 }],
  'text in a SYN': [() => listening().tcb, { flags: SYN, dataLength: 5 }],
  'text after the FIN': [() => closeWait().tcb, { dataLength: 5 }],
  'old text': [() => established().tcb, { seq: -5, flags: FIN | ACK, dataLength: 5 }],
  'text beyond the window': [() => established().tcb, { seq: 9_990, dataLength: 20 }],
  'text for nobody': [orphaned, { dataLength: 5 }],
  'pages exhausted': [full, { dataLength: 5 }],
  'too many holes': [strewn, { seq: 5_000, dataLength: 10 }],
  'FIN beyond the window': [() => established({ rcvWnd: 10 }).tcb, { flags: FIN | ACK, dataLength: 10 }],
};

describe('each reason', () => {
  test.each(Object.entries(WAYS))('%s', (reason, [to, what]) => {
    const tcb = to();
    const before = { ...tcb.counters.tcpDropped };
    const segment = arriving(tcb, what);
    segmentArrives(tcb, segment, 0);
    expect(segment.verdict).toBe(reason);
    expect(tcb.counters.tcpDropped).toEqual({ ...before, [reason]: before[reason as Drop] + 1 });
  });

  test('has its way', () => {
    expect(Object.keys(WAYS).sort()).toEqual(Object.keys(DROPS).sort());
  });
});

test('a segment that counts as accepted is acceptable, and all of it was used', () => {
  const random = seeded(7_456);
  const openers = [synReceived, established, finWait2, closeWait, timeWait, stamped];
  let accepted = 0;
  let tcb = established().tcb;
  for (let i = 0; i < 4_000; i++) {
    if (i % 16 === 0 || tcb.state === 'CLOSED') {
      const opened = openers[below(random, openers.length)]!({ rcvWnd: 100 });
      tcb = 'wire' in opened ? opened.tcb : opened;
    }
    const near = (): number => (chance(random, 0.6) ? 0 : below(random, 300) - 150);
    const dataLength = chance(random, 0.5) ? below(random, 150) : 0;
    const flags = (chance(random, 0.9) ? ACK : 0) | [0, 0, 0, PSH, FIN, RST, SYN][below(random, 7)]!;
    const time = tcb.ts.on && chance(random, 0.9) ? { tsval: 1_000 + below(random, 3) - 1 } : {};
    const segment = arriving(tcb, { seq: near(), ack: near(), flags, dataLength, ...time });
    const { seq, length, ack } = segment;
    const before = snapshot(tcb, 0);
    segmentArrives(tcb, segment, 0);
    const after = snapshot(tcb, 0);
    if (segment.verdict !== 'accepted') continue;
    accepted++;
    // RFC 9293 §3.4, table 6, and one beyond it: the right edge itself.
    const offset = (seq - before.rcv.nxt) | 0;
    const { wnd } = before.rcv;
    const fits =
      length === 0
        ? offset >= 0 && offset <= wnd
        : (offset >= 0 && offset < wnd) || (offset < 0 && offset + length > 0);
    expect(fits, `${offset} and ${length} octets into a window of ${wnd}`).toBe(true);
    if (flags & RST) {
      expect([offset, after.state]).toEqual([0, 'CLOSED']);
      continue;
    }
    expect(flags & SYN).toBe(0);
    expect(flags & ACK).toBe(ACK);
    if (((ack - before.snd.una) | 0) > 0) expect(after.snd.una).toBe(ack >>> 0);
    // Its last octet, or its FIN, is here: in order or beyond a hole.
    const end = (seq + dataLength) >>> 0;
    const here = ((after.rcv.nxt - end) | 0) >= 0 || after.held.some(([, right]) => ((right - end) | 0) >= 0);
    if (dataLength > 0) expect(here, `octets up to ${end}`).toBe(true);
    if (flags & FIN && before.rcv.fin === undefined) expect(after.rcv.fin).toBe(end);
  }
  expect(accepted).toBeGreaterThan(500);
});
