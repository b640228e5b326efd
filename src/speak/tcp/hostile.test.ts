import { expect, test } from 'vitest';
import { read, text, Wire } from '../../../test/tcp-wire.ts';
import { MILLISECOND, MINUTE, SECOND } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import {
  close,
  closeBoth,
  type IncomingSegment,
  makeIncomingSegment,
  open,
  receive,
  segmentArrives,
  send,
  setIpOptions,
  type Tcb,
} from './index.ts';

/** A segment as the peer of `to` would send it now, changed by `change`; with the options that were agreed on. */
function crafted(to: Tcb, change: Partial<IncomingSegment>): IncomingSegment {
  const segment = makeIncomingSegment();
  Object.assign(segment, { seq: to.rcv.nxt, ack: to.snd.nxt, flags: tcp.ACK, window: 1_000 });
  segment.options.timestamps = to.ts.on;
  segment.options.tsval = to.ts.recent;
  return Object.assign(segment, change);
}

test('two ends that find one another unacceptable come to rest', () => {
  const wire = new Wire().handshake();
  // One forged acknowledgment of what was never sent: each answer is as unacceptable to the other side.
  segmentArrives(wire.a, crafted(wire.a, { ack: (wire.a.snd.nxt + 1) | 0, seq: (wire.a.rcv.nxt - 1) | 0 }), 0);
  wire.b.rcv.nxt = (wire.b.rcv.nxt - 7) | 0;
  wire.settle();
  expect(wire.log.length).toBeLessThanOrEqual(20);
});

//= RFC 9293 §3.8.6.1 MUST-36: zero windows are probed
test('octets queued before a SYN,ACK that closes the window are probed for', () => {
  const wire = new Wire();
  open(wire.a, 'active', 1, 0);
  send(wire.a, text('early'), 0, 5, 0);
  open(wire.b, 'passive', 1, 0);
  wire.watch = (segment, from) => {
    if (from === wire.b) segment.window = 0;
  };
  wire.settle();
  wire.watch = () => {};
  wire.pass(3 * SECOND);
  expect(read(wire.b, wire.now)).toBe('early');
});

//= RFC 9293 §3.8.1 MUST-18: Karn's algorithm
test('a round trip is not timed by a SYN,ACK that was sent twice, nor by octets that were', () => {
  const wire = new Wire({ timestamps: false }, { timestamps: false });
  open(wire.b, 'passive', 1, 0);
  open(wire.a, 'active', 1, 0);
  let lost = 0;
  wire.lose = (line) => line.startsWith('< SA') && lost++ < 1;
  wire.settle();
  wire.now = 900 * MILLISECOND;
  wire.pass(200 * MILLISECOND);
  expect(wire.b.state).toBe('ESTABLISHED');
  expect(wire.b.rtt.srtt).toBe(0);
  const again = new Wire({ timestamps: false }, { timestamps: false }).handshake();
  const before = again.a.rtt.srtt;
  let first = true;
  again.lose = (line) => {
    const drop = first && line.startsWith('> PA');
    if (drop) first = false;
    return drop;
  };
  send(again.a, text('x'), 0, 1, 0);
  again.pass(3 * SECOND);
  expect(again.a.rtt.srtt).toBe(before);
});

test('probes come at doubling intervals and leave the retransmission timeout as it was', () => {
  const wire = new Wire({}, { receiveBuffer: 8 }).handshake();
  const times: number[] = [];
  wire.watch = ({ dataLength, flags }, from) => {
    if (from === wire.a && dataLength === 1 && (flags & tcp.FIN) === 0) times.push(wire.now);
  };
  send(wire.a, text('123456789'), 0, 9, 0);
  wire.pass(100 * SECOND);
  const gaps = times.slice(1).map((time, i) => Math.round((time - times[i]!) / SECOND));
  expect(gaps.slice(0, 4)).toEqual([2, 4, 8, 16]);
  expect(wire.a.rtt.rto).toBe(SECOND);
});

//= RFC 9293 §3.8.6.1 MUST-37: as long as the peer acknowledges probes
test('a peer that answers probes keeps its connection for hours; one that does not loses it', () => {
  const answering = new Wire({}, { receiveBuffer: 8 }).handshake();
  send(answering.a, text('123456789'), 0, 9, 0);
  answering.pass(300 * MINUTE);
  expect(answering.a.state).toBe('ESTABLISHED');
  answering.lose = (line) => line.startsWith('<');
  answering.pass(60 * MINUTE);
  expect([answering.a.state, answering.a.error]).toEqual(['CLOSED', 'ETIMEDOUT']);
});

//= RFC 9293 §3.8.6.1 MUST-37: subject to resources, which what nobody waits for must not hold for ever
test('a peer that answers probes and takes nothing loses the connection after the user timeout, once its program has gone', () => {
  const wire = new Wire({}, { receiveBuffer: 8 }).handshake();
  send(wire.a, text('123456789'), 0, 9, 0);
  closeBoth(wire.a, 0);
  wire.pass(14 * MINUTE);
  expect(wire.a.state).toBe('FIN-WAIT-1');
  expect(wire.pages.free).toBeLessThan(wire.pages.pages);
  wire.pass(4 * MINUTE);
  expect([wire.a.state, wire.a.error]).toEqual(['CLOSED', 'ETIMEDOUT']);
});

//= RFC 9293 §3.8.6.1: a FIN with no window is probed for too
test('a FIN gets through a window that was closed when it was due', () => {
  const wire = new Wire({}, { receiveBuffer: 8 }).handshake();
  send(wire.a, text('12345678'), 0, 8, 0);
  close(wire.a, 0);
  wire.settle();
  expect(wire.b.rcv.finDone).toBe(false);
  wire.pass(10 * SECOND);
  expect(wire.b.rcv.finDone).toBe(false);
  expect(read(wire.b, wire.now)).toBe('12345678');
  wire.pass(60 * SECOND);
  expect([wire.a.state, wire.b.state]).toEqual(['FIN-WAIT-2', 'CLOSE-WAIT']);
});

//= RFC 5961 §4.2: a SYN in a synchronized state
test('a SYN inside the window is challenged and changes nothing', () => {
  const wire = new Wire().handshake();
  const { nxt } = wire.b.rcv;
  segmentArrives(wire.b, crafted(wire.b, { flags: tcp.SYN, seq: (nxt + 5) | 0, length: 1 }), 0);
  wire.settle();
  expect([wire.b.state, wire.b.rcv.nxt, wire.log]).toEqual(['ESTABLISHED', nxt, ['< A 1(0) ack 1']]);
});

//= RFC 5961 §5.2: an acknowledgment older than the largest window
test('octets with an acknowledgment that is too old are answered and dropped', () => {
  const wire = new Wire().handshake();
  const old = (wire.b.snd.una - wire.b.snd.maxWnd - 1) | 0;
  const bytes = text('!');
  const octets = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
  segmentArrives(wire.b, crafted(wire.b, { ack: old, dataLength: 1, length: 1, octets }), 0);
  wire.settle();
  expect([wire.b.readable, wire.log]).toEqual([0, ['< A 1(0) ack 1']]);
  segmentArrives(wire.b, crafted(wire.b, { ack: (old + 1) | 0, dataLength: 1, length: 1, octets }), 0);
  expect(wire.b.readable).toBe(1);
});

test('a window from an old segment is not taken (SND.WL1, SND.WL2)', () => {
  const { b } = new Wire().handshake();
  segmentArrives(b, crafted(b, { window: 500 }), 0);
  const newest = b.snd.wnd;
  expect(newest).toBe(500 << b.snd.scale);
  b.snd.wl1 = (b.snd.wl1 + 1) | 0;
  segmentArrives(b, crafted(b, { window: 3 }), 0);
  expect(b.snd.wnd).toBe(newest);
});

test('an acknowledgment of something else than our SYN is answered with a reset in SYN-RECEIVED', () => {
  const wire = new Wire();
  open(wire.b, 'passive', 1_000, 0);
  segmentArrives(wire.b, crafted(wire.b, { flags: tcp.SYN, seq: 5, length: 1 }), 0);
  wire.step(wire.b);
  wire.log.length = 0;
  segmentArrives(wire.b, crafted(wire.b, { ack: 77 }), 0);
  wire.step(wire.b);
  expect(wire.b.state).toBe('SYN-RECEIVED');
  expect(wire.log[0]).toMatch(/^< R /);
});

//= RFC 9293 §3.8.6.2.2 MUST-39: silly-window avoidance at the receiver
test('a reader of one octet at a time does not make a window of one octet at a time', () => {
  const wire = new Wire({}, { receiveBuffer: 1_000, delayedAck: 0 }).handshake();
  send(wire.a, new Uint8Array(1_000), 0, 1_000, 0);
  wire.settle();
  const edge = wire.b.rcv.edge;
  for (let i = 0; i < 499; i++) {
    readOne(wire);
    expect(wire.b.rcv.edge).toBe(edge);
  }
  readOne(wire);
  wire.settle();
  expect((wire.b.rcv.edge - edge) | 0).toBeGreaterThanOrEqual(500);
});

//= RFC 7323 §2.3: a shift above 14 is taken as 14
test('a window scale beyond the greatest is taken as the greatest', () => {
  const wire = new Wire();
  open(wire.b, 'passive', 1, 0);
  const syn = crafted(wire.b, { flags: tcp.SYN, seq: 5, length: 1 });
  syn.options.windowScale = 200;
  segmentArrives(wire.b, syn, 0);
  expect(wire.b.snd.scale).toBe(14);
});

function readOne(wire: Wire): void {
  const into = new Uint8Array(1);
  expect(receive(wire.b, into, 0, 1, 0)).toBe(1);
}

//= RFC 2018 §3: as many blocks as there is room for beside an octet
test('where segments are too short for selective acknowledgments and octets, octets go', () => {
  const wire = new Wire({}, { maximumSegment: 48 }).handshake();
  setIpOptions(wire.a, 40);
  for (const beyond of [10, 20, 30, 40]) {
    const octets = { view: new DataView(new ArrayBuffer(1)), bytes: new Uint8Array(1) };
    const seq = (wire.a.rcv.nxt + beyond) | 0;
    segmentArrives(wire.a, crafted(wire.a, { seq, length: 1, dataLength: 1, octets, dataAt: 0 }), 0);
  }
  send(wire.a, text('all of it'), 0, 9, 0);
  wire.settle();
  expect(read(wire.b)).toBe('all of it');
});

//= RFC 9293 §3.8.4 MUST-29
test('forged segments do not make a peer that is gone seem to live', () => {
  const wire = new Wire({ keepAlive: true }).handshake();
  wire.lose = () => true;
  let forged = 0;
  for (let minute = 0; minute < 180 && wire.a.state !== 'CLOSED'; minute++, forged++) {
    segmentArrives(wire.a, crafted(wire.a, { seq: (wire.a.rcv.nxt + (1 << 30)) | 0 }), wire.now);
    segmentArrives(wire.a, crafted(wire.a, { ack: (wire.a.snd.nxt + (1 << 30)) | 0 }), wire.now);
    wire.pass(MINUTE);
  }
  expect([wire.a.state, wire.a.error]).toEqual(['CLOSED', 'ETIMEDOUT']);
  expect(forged).toBeGreaterThan(120);
});

test('a reset gives back the memory of what was to be sent, be its program there or not', () => {
  const { a, pages } = new Wire().handshake();
  const { free } = pages;
  send(a, new Uint8Array(5_000), 0, 5_000, 0);
  expect(pages.free).toBeLessThan(free);
  segmentArrives(a, crafted(a, { flags: tcp.RST }), 0);
  expect([a.state, pages.free]).toEqual(['CLOSED', free]);
});
