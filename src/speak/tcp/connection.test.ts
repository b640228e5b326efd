import { expect, test } from 'vitest';
import { read, text, Wire } from '../../../test/tcp-wire.ts';
import { below, chance, type Random, seeded } from '../../core/random.ts';
import { NEVER, SECOND } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import {
  abort,
  close,
  closeBoth,
  EVENT,
  makeIncomingSegment,
  nextSegment,
  nextTimeout,
  open,
  readSegment,
  receive,
  release,
  segmentArrives,
  send,
  snapshot,
  type Tcb,
  takeEvents,
  timeout,
  writeResetFor,
} from './index.ts';

test('a conversation as the article tells it: handshake, one message, close from the client', () => {
  const wire = new Wire();
  open(wire.b, 'passive', 7, wire.now);
  open(wire.a, 'active', -3, wire.now);
  wire.settle();
  expect([wire.a.state, wire.b.state]).toEqual(['ESTABLISHED', 'ESTABLISHED']);
  send(wire.a, text('Hola server, are you bored?'), 0, 27, wire.now);
  wire.step(wire.a);
  closeBoth(wire.a, wire.now);
  wire.settle();
  expect(read(wire.b)).toBe('Hola server, are you bored?');
  expect(wire.b.endOfStream).toBe(true);
  closeBoth(wire.b, wire.now);
  wire.settle();
  expect([wire.a.state, wire.b.state]).toEqual(['TIME-WAIT', 'CLOSED']);
  expect(wire.log).toEqual([
    '> S 0(0)',
    '< SA 0(0) ack 1',
    '> A 1(0) ack 1',
    '> PA 1(27) ack 1',
    '> FA 28(0) ack 1',
    '< A 1(0) ack 29',
    '< FA 1(0) ack 29',
    '> A 29(0) ack 2',
  ]);
  wire.pass(239 * SECOND);
  expect(wire.a.state).toBe('TIME-WAIT');
  wire.pass(2 * SECOND);
  expect(wire.a.state).toBe('CLOSED');
  expect(wire.a.error).toBeUndefined();
});

test('MSS and window scale are agreed: the smaller segment, each its own shift', () => {
  const wire = new Wire({ receiveBuffer: 1 << 20 }, { receiveBuffer: 50_000 });
  open(wire.b, 'passive', 7, 0);
  open(wire.a, 'active', 8, 0);
  wire.settle();
  expect([wire.a.rcv.scale, wire.b.snd.scale, wire.b.rcv.scale, wire.a.snd.scale]).toEqual([5, 5, 0, 0]);
  // 1460 less the timestamps in every segment.
  expect(wire.a.snd.mss).toBe(1448);
  // The SYN's window cannot say more than 65,535; the first acknowledgment can.
  expect(wire.b.snd.wnd).toBe(1 << 20);
});

test('without the peer offering it there is no scaling', () => {
  const wire = new Wire({ windowScaling: false }, {});
  open(wire.b, 'passive', 7, 0);
  open(wire.a, 'active', 8, 0);
  wire.settle();
  expect([wire.a.rcv.scale, wire.b.rcv.scale]).toEqual([0, 0]);
  expect(wire.b.snd.wnd).toBe(65_535);
  send(wire.b, new Uint8Array(200_000), 0, 200_000, 0);
  while (wire.step(wire.b)) {}
  // Ten segments are the initial window; the peer's would have allowed 65,535 octets.
  expect(wire.a.readable).toBe(10 * 1448);
});

test('a port where nobody listens answers with a reset, and the opener is told', () => {
  const wire = new Wire();
  open(wire.a, 'active', 100, 0);
  const bytes = new Uint8Array(64);
  const frame = { bytes, view: new DataView(bytes.buffer) };
  const segment = makeIncomingSegment();
  readSegment(frame, 0, nextSegment(wire.a, 0, frame, 0, 64), segment);
  const length = writeResetFor(segment, false, frame.view, 0);
  expect(length).toBe(20);
  readSegment(frame, 0, length, segment);
  expect([segment.flags, segment.seq, segment.ack]).toEqual([tcp.RST | tcp.ACK, 0, 101]);
  segmentArrives(wire.a, segment, 0);
  expect([wire.a.state, wire.a.error]).toEqual(['CLOSED', 'ECONNREFUSED']);
  expect(takeEvents(wire.a) & EVENT.CLOSED).toBe(EVENT.CLOSED);
  // A reset is never answered by a reset.
  expect(writeResetFor(segment, false, frame.view, 0)).toBe(0);
});

test('the window is a hard limit: eight octets, then silence until the reader reads', () => {
  const wire = new Wire({}, { receiveBuffer: 8 }).handshake();
  const message = 'Hola server, are you bored?';
  send(wire.a, text(message), 0, 27, 0);
  wire.settle();
  expect(wire.log).toEqual(['> A 1(8) ack 1', '< A 1(0) ack 9']);
  expect(wire.a.snd.wnd).toBe(0);
  let got = '';
  for (let i = 0; i < 10 && got.length < 27; i++) {
    got += read(wire.b);
    wire.settle();
  }
  expect(got).toBe(message);
  expect(wire.log.filter((line) => line.includes('(8)')).length).toBe(3);
});

test('a closed window is probed with one octet at growing intervals, and a peer that answers keeps the connection', () => {
  const wire = new Wire({}, { receiveBuffer: 8 }).handshake();
  send(wire.a, text('123456789'), 0, 9, 0);
  wire.pass(600 * SECOND);
  expect(wire.a.state).toBe('ESTABLISHED');
  const probes = wire.log.filter((line) => line === '> A 9(1) ack 1' || line === '> PA 9(1) ack 1').length;
  expect(probes).toBeGreaterThan(8);
  expect(probes).toBeLessThan(20);
  expect(read(wire.b)).toBe('12345678');
  wire.settle();
  expect(read(wire.b)).toBe('9');
});

test('the loss of any one segment of a conversation is mended', () => {
  const script = (lost: number): string[] => {
    const wire = new Wire();
    let count = 0;
    wire.lose = () => count++ === lost;
    open(wire.b, 'passive', 7, 0);
    open(wire.a, 'active', -3, 0);
    wire.pass(10 * SECOND);
    send(wire.a, new Uint8Array(5000).fill(1), 0, 5000, wire.now);
    wire.pass(10 * SECOND);
    expect(read(wire.b, wire.now).length).toBe(5000);
    send(wire.b, text('answer'), 0, 6, wire.now);
    wire.pass(10 * SECOND);
    expect(read(wire.a, wire.now)).toBe('answer');
    closeBoth(wire.a, wire.now);
    wire.pass(10 * SECOND);
    closeBoth(wire.b, wire.now);
    wire.pass(1000 * SECOND);
    expect([lost, wire.a.state, wire.b.state, wire.a.error, wire.b.error]).toEqual([
      lost,
      'CLOSED',
      'CLOSED',
      undefined,
      undefined,
    ]);
    return wire.log;
  };
  const length = script(-1).length;
  expect(length).toBeGreaterThan(10);
  for (let lost = 0; lost < length; lost++) script(lost);
});

test('simultaneous open and simultaneous close', () => {
  const wire = new Wire();
  open(wire.a, 'active', 100, 0);
  open(wire.b, 'active', 300, 0);
  const bytes = new Uint8Array(128);
  const frames = [0, 1].map((i) => ({ bytes: bytes.subarray(64 * i), view: new DataView(bytes.buffer, 64 * i, 64) }));
  const segment = makeIncomingSegment();
  const lengths = [wire.a, wire.b].map((tcb, i) => nextSegment(tcb, 0, frames[i]!, 0, 64));
  readSegment(frames[0]!, 0, lengths[0]!, segment);
  segmentArrives(wire.b, segment, 0);
  readSegment(frames[1]!, 0, lengths[1]!, segment);
  segmentArrives(wire.a, segment, 0);
  expect([wire.a.state, wire.b.state]).toEqual(['SYN-RECEIVED', 'SYN-RECEIVED']);
  wire.settle();
  expect([wire.a.state, wire.b.state]).toEqual(['ESTABLISHED', 'ESTABLISHED']);
  close(wire.a, 0);
  close(wire.b, 0);
  const fins = [wire.a, wire.b].map((tcb, i) => nextSegment(tcb, 0, frames[i]!, 0, 64));
  readSegment(frames[0]!, 0, fins[0]!, segment);
  segmentArrives(wire.b, segment, 0);
  readSegment(frames[1]!, 0, fins[1]!, segment);
  segmentArrives(wire.a, segment, 0);
  expect([wire.a.state, wire.b.state]).toEqual(['CLOSING', 'CLOSING']);
  wire.settle();
  expect([wire.a.state, wire.b.state]).toEqual(['TIME-WAIT', 'TIME-WAIT']);
});

test('half-closed: what comes the other way is still delivered', () => {
  const wire = new Wire().handshake();
  close(wire.a, 0);
  wire.settle();
  expect([wire.a.state, wire.b.state]).toEqual(['FIN-WAIT-2', 'CLOSE-WAIT']);
  send(wire.b, text('late'), 0, 4, 0);
  wire.settle();
  expect(read(wire.a)).toBe('late');
  expect(send(wire.a, text('x'), 0, 1, 0)).toBe(0);
  close(wire.b, 0);
  wire.settle();
  expect([wire.a.state, wire.b.state]).toEqual(['TIME-WAIT', 'CLOSED']);
});

test('close with unread octets, and octets after the program has gone, are answered with a reset', () => {
  const unread = new Wire().handshake();
  send(unread.a, text('x'), 0, 1, 0);
  unread.settle();
  closeBoth(unread.b, 0);
  unread.settle();
  expect([unread.a.state, unread.a.error]).toEqual(['CLOSED', 'ECONNRESET']);

  const late = new Wire().handshake();
  closeBoth(late.b, 0);
  late.settle();
  send(late.a, text('x'), 0, 1, 0);
  late.settle();
  expect([late.a.state, late.a.error]).toEqual(['CLOSED', 'ECONNRESET']);
});

test('abort resets the peer; a program gone in FIN-WAIT-2 does not wait for ever', () => {
  const wire = new Wire().handshake();
  abort(wire.a, 0);
  wire.settle();
  expect([wire.a.error, wire.b.error]).toEqual(['ECONNABORTED', 'ECONNRESET']);
  expect(wire.log).toEqual(['> RA 1(0) ack 1']);

  const silent = new Wire().handshake();
  closeBoth(silent.a, 0);
  silent.pass(59 * SECOND);
  expect(silent.a.state).toBe('FIN-WAIT-2');
  silent.pass(2 * SECOND);
  expect(silent.a.state).toBe('CLOSED');
});

test('a peer that never answers: SYN for three minutes, data for fifteen, then ETIMEDOUT', () => {
  const silent = new Wire();
  silent.lose = () => true;
  open(silent.a, 'active', 5, 0);
  silent.pass(179 * SECOND);
  expect(silent.a.state).toBe('SYN-SENT');
  silent.pass(120 * SECOND);
  expect([silent.a.state, silent.a.error]).toEqual(['CLOSED', 'ETIMEDOUT']);

  const cut = new Wire().handshake();
  cut.lose = () => true;
  send(cut.a, text('x'), 0, 1, cut.now);
  cut.pass(899 * SECOND);
  expect(cut.a.state).toBe('ESTABLISHED');
  cut.pass(120 * SECOND);
  expect([cut.a.state, cut.a.error]).toEqual(['CLOSED', 'ETIMEDOUT']);
});

test('a reset inside the window but off RCV.NXT is challenged, not obeyed; one outside is ignored', () => {
  const wire = new Wire().handshake();
  const segment = makeIncomingSegment();
  const reset = (offset: number): void => {
    segment.flags = tcp.RST;
    segment.seq = (wire.b.rcv.nxt + offset) | 0;
    segment.length = 0;
    segment.dataLength = 0;
    segmentArrives(wire.b, segment, 0);
  };
  reset(1);
  wire.settle();
  expect(wire.log).toEqual(['< A 1(0) ack 1']);
  reset(-1);
  reset((wire.b.rcv.edge - wire.b.rcv.nxt) | 0);
  wire.settle();
  expect(wire.log.length).toBe(1);
  expect(wire.b.state).toBe('ESTABLISHED');
  reset(0);
  expect([wire.b.state, wire.b.error]).toEqual(['CLOSED', 'ECONNRESET']);
});

test('an acknowledgment of octets never sent is answered and dropped', () => {
  const wire = new Wire().handshake();
  const segment = makeIncomingSegment();
  segment.flags = tcp.ACK;
  segment.seq = wire.b.rcv.nxt;
  segment.ack = (wire.b.snd.nxt + 1) | 0;
  segment.window = 1;
  segment.options.timestamps = true;
  segmentArrives(wire.b, segment, 0);
  wire.settle();
  expect(wire.log).toEqual(['< A 1(0) ack 1']);
  expect(wire.b.snd.wnd).not.toBe(1);
});

/** What must hold after every event. */
function checkLaws(tcb: Tcb, edge: number): void {
  const { snd, rcv } = tcb;
  expect((snd.nxt - snd.una) | 0).toBeGreaterThanOrEqual(0);
  expect((rcv.edge - rcv.nxt) | 0).toBeGreaterThanOrEqual(0);
  if (tcb.state !== 'CLOSED') expect((rcv.edge - edge) | 0).toBeGreaterThanOrEqual(0);
  expect(rcv.readable).toBeLessThanOrEqual(tcb.options.receiveBuffer + (1 << rcv.scale));
}

test('octets arrive whole and in order through any loss, duplication and reordering', () => {
  for (let seed = 0; seed < 60; seed++) exchange(seeded(seed), seed);
});

function exchange(random: Random, seed: number): void {
  const wire = new Wire(
    { receiveBuffer: 1 + below(random, 5000), sendBuffer: 1 + below(random, 5000) },
    { receiveBuffer: 1 + below(random, 100_000), sendBuffer: 1 + below(random, 5000) },
    100 + below(random, 1360),
  );
  const lossy = below(random, 20) / 100;
  const bytes = new Uint8Array(2048);
  const frame = { bytes, view: new DataView(bytes.buffer) };
  const segment = makeIncomingSegment();
  let flight: { to: Tcb; octets: Uint8Array }[] = [];
  open(wire.b, 'passive', random.next(), 0);
  open(wire.a, 'active', random.next(), 0);
  const ends = [wire.a, wire.b].map((tcb) => ({ tcb, sent: 0, got: 0, total: below(random, 20_000) }));
  const octet = (i: number): number => (i * 31 + (i >> 8)) & 255;
  const chunk = new Uint8Array(700);
  for (let turn = 0; turn < 200_000; turn++) {
    for (const end of ends) {
      const { tcb } = end;
      const edge = tcb.rcv.edge;
      if (end.sent < end.total) {
        const count = Math.min(chunk.length, end.total - end.sent);
        for (let i = 0; i < count; i++) chunk[i] = octet(end.sent + i);
        if (tcb.state !== 'LISTEN') end.sent += send(tcb, chunk, 0, count, wire.now);
      } else if (!tcb.closing && tcb.state !== 'LISTEN' && tcb.state !== 'SYN-SENT') close(tcb, wire.now);
      const got = receive(tcb, chunk, 0, 1 + below(random, 600), wire.now);
      for (let i = 0; i < got; i++)
        if (chunk[i] !== octet(end.got + i)) throw new Error(`seed ${seed}: octet ${end.got + i} is wrong`);
      end.got += got;
      for (let i = 0; i < 3; i++) {
        const length = nextSegment(tcb, wire.now, frame, 0, 1500);
        if (length === 0) break;
        const octets = bytes.slice(0, length);
        const to = tcb === wire.a ? wire.b : wire.a;
        if (!chance(random, lossy)) flight.push({ to, octets });
        if (chance(random, 0.02)) flight.push({ to, octets });
      }
      if (tcb.rcv.edge !== edge && tcb.irs !== 0) checkLaws(tcb, edge === 0 ? tcb.rcv.edge : edge);
    }
    const now = flight;
    flight = [];
    for (const { to, octets } of now) {
      if (chance(random, 0.05)) {
        flight.push({ to, octets });
        continue;
      }
      const edge = to.irs === 0 ? undefined : to.rcv.edge;
      readSegment({ bytes: octets, view: new DataView(octets.buffer) }, 0, octets.length, segment);
      segmentArrives(to, segment, wire.now);
      if (edge !== undefined) checkLaws(to, edge);
    }
    if (flight.length === 0) {
      const next = Math.min(nextTimeout(wire.a, wire.now), nextTimeout(wire.b, wire.now));
      if (next === NEVER && ends.every(({ tcb }) => tcb.state === 'CLOSED' && tcb.readable === 0)) break;
      if (next !== NEVER) wire.now = Math.max(wire.now, next);
    }
    wire.now += 10_000;
    timeout(wire.a, wire.now);
    timeout(wire.b, wire.now);
  }
  expect([seed, ...ends.map(({ got }) => got)]).toEqual([seed, ends[1]!.total, ends[0]!.total]);
  for (const { tcb } of ends) {
    expect([seed, tcb.state, tcb.error]).toEqual([seed, 'CLOSED', undefined]);
    release(tcb);
  }
  expect(wire.pages.free).toBe(wire.pages.pages);
}

test('a snapshot speaks of numbers as people write them', () => {
  const wire = new Wire().handshake();
  expect(snapshot(wire.a, wire.now)).toMatchObject({
    state: 'ESTABLISHED',
    iss: 4294967291,
    irs: 1_000_000,
    queued: 0,
  });
});
