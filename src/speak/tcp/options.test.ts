import { expect, test } from 'vitest';
import { read, text, Wire } from '../../../test/tcp-wire.ts';
import { MILLISECOND, MINUTE, SECOND } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import {
  close,
  EVENT,
  type IncomingSegment,
  makeIncomingSegment,
  open,
  segmentArrives,
  send,
  sendUrgent,
  succession,
  type Tcb,
  takeEvents,
} from './index.ts';

/** A text as a frame has it. */
function held(s: string): IncomingSegment['octets'] {
  const bytes = text(s);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/** A segment as the peer of `to` would send it now, changed by `with`. */
function crafted(to: Tcb, change: Partial<IncomingSegment>): IncomingSegment {
  const segment = makeIncomingSegment();
  Object.assign(segment, { seq: to.rcv.nxt, ack: to.snd.nxt, flags: tcp.ACK, window: 1_000 });
  segment.options.timestamps = to.ts.on;
  segment.options.tsval = to.ts.recent;
  return Object.assign(segment, change);
}

test('timestamps are in every segment once both ends have offered them, and in none otherwise', () => {
  for (const [a, b, expected] of [
    [true, true, true],
    [true, false, false],
    [false, true, false],
  ] as const) {
    const wire = new Wire({ timestamps: a }, { timestamps: b }).handshake();
    const seen: boolean[] = [];
    wire.watch = (segment) => seen.push(segment.options.timestamps);
    send(wire.a, text('hello'), 0, 5, 0);
    wire.settle();
    expect(seen).toEqual([expected, expected]);
  }
});

test('each side echoes the clock of the other', () => {
  const wire = new Wire().handshake();
  const echoes: number[] = [];
  wire.watch = ({ options }, from) => {
    if (from === wire.b) echoes.push(options.tsecr);
  };
  for (const time of [5_000, 9_000]) {
    wire.now = time;
    send(wire.a, text('x'), 0, 1, time);
    wire.settle();
  }
  expect(echoes).toEqual([5, 9].map((ms) => (ms + wire.a.ts.offset) | 0));
});

test('PAWS: a segment with an older clock is answered and dropped, even with a number that fits', () => {
  const wire = new Wire().handshake();
  wire.now = 10 * SECOND;
  send(wire.a, text('new'), 0, 3, wire.now);
  wire.settle();
  read(wire.b);
  wire.log.length = 0;
  const old = crafted(wire.b, { dataLength: 1, length: 1, octets: held('!') });
  old.options.tsval = (old.options.tsval - 1) | 0;
  segmentArrives(wire.b, old, wire.now);
  wire.settle();
  expect([wire.b.readable, wire.log.length]).toEqual([0, 1]);
  // After 24 days a clock may have wrapped: it says nothing any more (RFC 7323 §5.5).
  wire.now += 25 * 24 * 60 * MINUTE;
  segmentArrives(wire.b, old, wire.now);
  expect(wire.b.readable).toBe(1);
});

test('a segment without the agreed timestamps is dropped without a word; a reset needs none', () => {
  const wire = new Wire().handshake();
  const bare = crafted(wire.b, { dataLength: 1, length: 1, octets: held('!') });
  bare.options.timestamps = false;
  segmentArrives(wire.b, bare, 0);
  wire.settle();
  expect([wire.b.readable, wire.log.length]).toEqual([0, 0]);
  const reset = crafted(wire.b, { flags: tcp.RST });
  reset.options.timestamps = false;
  segmentArrives(wire.b, reset, 0);
  expect(wire.b.state).toBe('CLOSED');
});

test('an echo times a round trip that a retransmission made ambiguous', () => {
  const wire = new Wire().handshake();
  let lost = true;
  wire.lose = (line) => line.startsWith('>') && lost;
  send(wire.a, text('x'), 0, 1, 0);
  wire.settle();
  lost = false;
  wire.pass(3 * SECOND);
  expect(wire.a.rtt.srtt).toBeGreaterThan(0);
  expect(wire.a.rtt.rto).toBe(SECOND);
});

test('what arrives beyond a hole is told in SACK blocks, the latest first, when both ends offered them', () => {
  const wire = new Wire({ noDelay: true }).handshake();
  const blocks: number[][] = [];
  wire.watch = ({ options }, from) => {
    if (from !== wire.b || options.sackCount === 0) return;
    blocks.push([...options.sackBlocks.subarray(0, 2 * options.sackCount)].map((edge) => (edge - wire.a.iss) | 0));
  };
  let sent = 0;
  wire.lose = (line) => line.startsWith('>') && [0, 2].includes(sent++);
  for (let i = 0; i < 4; i++) {
    send(wire.a, new Uint8Array(10), 0, 10, 0);
    wire.step(wire.a);
    wire.step(wire.b);
  }
  expect(blocks).toEqual([
    [11, 21],
    [31, 41, 11, 21],
  ]);
  const without = new Wire({ selectiveAcknowledgments: false }).handshake();
  expect([without.a.sack, without.b.sack]).toEqual([false, false]);
});

test('acknowledgments wait for company but for every second full segment, and no longer than the delay', () => {
  const wire = new Wire().handshake();
  const acknowledgments = (): number => wire.log.filter((line) => line.startsWith('< A')).length;
  wire.b.acknowledging.quick = 0;
  send(wire.a, new Uint8Array(10), 0, 10, 0);
  wire.settle();
  expect(acknowledgments()).toBe(0);
  wire.pass(39 * MILLISECOND);
  expect(acknowledgments()).toBe(0);
  wire.pass(4 * MILLISECOND);
  expect(acknowledgments()).toBe(1);
  send(wire.a, new Uint8Array(4 * 1448), 0, 4 * 1448, wire.now);
  while (wire.step(wire.a)) wire.step(wire.b);
  expect(acknowledgments()).toBeLessThanOrEqual(3);
  expect(acknowledgments()).toBeGreaterThanOrEqual(2);
});

//= RFC 9293 §3.8.6.3 SHLD-18: where there is no delay nothing waits for it
test('without a delay every segment is acknowledged at once', () => {
  const wire = new Wire({}, { delayedAck: 0 }).handshake();
  wire.b.acknowledging.quick = 0;
  send(wire.a, new Uint8Array(10), 0, 10, 0);
  wire.settle();
  expect(wire.log).toEqual(['> PA 1(10) ack 1', '< A 1(0) ack 11']);
});

test('Nagle: a small segment waits while another is in flight, unless the program wants none of it or closes', () => {
  const lines = (noDelay: boolean, closing: boolean): number => {
    const wire = new Wire({ noDelay }).handshake();
    for (let i = 0; i < 3; i++) {
      send(wire.a, text('x'), 0, 1, 0);
      wire.step(wire.a);
    }
    if (closing) close(wire.a, 0);
    while (wire.step(wire.a)) {}
    return wire.log.length;
  };
  expect([lines(false, false), lines(true, false), lines(false, true)]).toEqual([1, 3, 2]);
});

test('keep-alive: off unless asked for; then a silent peer is asked, and given up after so many questions', () => {
  const off = new Wire().handshake();
  off.pass(300 * MINUTE);
  expect(off.log).toEqual([]);
  const on = new Wire({ keepAlive: true }).handshake();
  on.pass(121 * MINUTE);
  expect(on.log).toEqual(['> A 0(0) ack 1', '< A 1(0) ack 1']);
  on.lose = (line) => line.startsWith('<');
  on.log.length = 0;
  on.pass(150 * MINUTE);
  expect([on.a.state, on.a.error]).toEqual(['CLOSED', 'ETIMEDOUT']);
  expect(on.log.filter((line) => line === '> A 0(0) ack 1')).toHaveLength(9);
});

test('challenge ACKs are limited: ten in five seconds', () => {
  const wire = new Wire().handshake();
  for (let i = 0; i < 30; i++) {
    segmentArrives(wire.b, crafted(wire.b, { flags: tcp.RST, seq: (wire.b.rcv.nxt + 1 + i) | 0 }), 0);
    wire.settle();
  }
  expect(wire.log).toHaveLength(10);
  wire.now = 6 * SECOND;
  segmentArrives(wire.b, crafted(wire.b, { flags: tcp.RST, seq: (wire.b.rcv.nxt + 1) | 0 }), wire.now);
  wire.settle();
  expect(wire.log).toHaveLength(11);
});

/** A connection whose first end is in TIME-WAIT. */
function timeWait(peer = {}): Wire {
  const wire = new Wire({}, peer).handshake();
  close(wire.a, 0);
  wire.settle();
  close(wire.b, 0);
  wire.settle();
  expect(wire.a.state).toBe('TIME-WAIT');
  return wire;
}

test('in TIME-WAIT a reset is ignored (RFC 1337), and a FIN that comes again restarts the wait', () => {
  const { a } = timeWait();
  segmentArrives(a, crafted(a, { flags: tcp.RST }), 0);
  expect(a.state).toBe('TIME-WAIT');
  const before = a.timers.timeWait;
  segmentArrives(a, crafted(a, { flags: tcp.FIN | tcp.ACK, seq: (a.rcv.nxt - 1) | 0, length: 1 }), 10 * SECOND);
  expect(a.timers.timeWait).toBeGreaterThan(before);
});

test('a SYN may take over from TIME-WAIT when its clock or its number is beyond the old ones (RFC 6191)', () => {
  const { a } = timeWait();
  const syn = (change: Partial<IncomingSegment>, tsval?: number): IncomingSegment => {
    const segment = crafted(a, { flags: tcp.SYN, length: 1, ...change });
    segment.options.timestamps = tsval !== undefined;
    segment.options.tsval = tsval ?? 0;
    return segment;
  };
  const { recent } = a.ts;
  expect(succession(a, syn({ seq: (a.rcv.nxt - 100) | 0 }, (recent + 1) | 0), { timestamps: true })).toBe('yes');
  expect(succession(a, syn({ seq: (a.rcv.nxt - 100) | 0 }, recent), { timestamps: true })).toBe('dropped');
  expect(succession(a, syn({ seq: a.rcv.nxt }, recent), { timestamps: true })).toBe('yes');
  expect(succession(a, syn({ seq: a.rcv.nxt }, (recent - 1) | 0), { timestamps: true })).toBe('dropped');
  expect(succession(a, syn({ seq: a.rcv.nxt }), { timestamps: true })).toBe('yes');
  expect(succession(a, syn({ seq: (a.rcv.nxt - 1) | 0 }), { timestamps: true })).toBe('dropped');
  expect(succession(a, syn({ flags: tcp.ACK }), { timestamps: true })).toBe('no');
  // What counts is what the new one would agree to.
  const late = syn({ seq: (a.rcv.nxt - 1) | 0 }, (recent + 1) | 0);
  expect(succession(a, late, { timestamps: false })).toBe('dropped');
  expect(succession(a, syn({ seq: a.rcv.nxt }, (recent - 1) | 0), { timestamps: false })).toBe('yes');
  const bare = timeWait({ timestamps: false }).a;
  const renewed = crafted(bare, { flags: tcp.SYN, length: 1, seq: (bare.rcv.nxt - 5) | 0 });
  renewed.options.timestamps = true;
  expect(succession(bare, renewed, { timestamps: true })).toBe('yes');
});

test('urgent data: the peer is told where it ends, how much is left, and that it was read', () => {
  const wire = new Wire({ noDelay: true }).handshake();
  const pointers: number[] = [];
  wire.watch = ({ flags, urgent }, from) => {
    if (from === wire.a) pointers.push(flags & tcp.URG ? urgent : -1);
  };
  sendUrgent(wire.a, text('stop!'), 0, 5, 0);
  wire.settle();
  send(wire.a, text('more'), 0, 4, 0);
  wire.settle();
  expect(pointers).toEqual([5, -1]);
  expect(takeEvents(wire.b) & EVENT.URGENT).toBe(EVENT.URGENT);
  expect(wire.b.urgent).toBe(5);
  expect(read(wire.b)).toBe('stop!more');
  expect(wire.b.urgent).toBe(0);
});

test('an urgent pointer behind what was read, or one that does not advance, says nothing', () => {
  const { b } = new Wire().handshake();
  segmentArrives(b, crafted(b, { flags: tcp.ACK | tcp.URG, urgent: 0 }), 0);
  expect(takeEvents(b) & EVENT.URGENT).toBe(0);
  segmentArrives(b, crafted(b, { flags: tcp.ACK | tcp.URG, urgent: 10 }), 0);
  expect(takeEvents(b) & EVENT.URGENT).toBe(EVENT.URGENT);
  segmentArrives(b, crafted(b, { flags: tcp.ACK | tcp.URG, urgent: 9 }), 0);
  expect(takeEvents(b) & EVENT.URGENT).toBe(0);
});

test('after a lost SYN the first timeout on data is three seconds', () => {
  const wire = new Wire();
  let lost = false;
  wire.lose = () => {
    const first = !lost;
    lost = true;
    return first;
  };
  open(wire.b, 'passive', 1, 0);
  open(wire.a, 'active', 1, 0);
  wire.pass(2 * SECOND);
  expect([wire.a.state, wire.a.rtt.rto]).toEqual(['ESTABLISHED', 3 * SECOND]);
});
