import { expect, test } from 'vitest';
import { read, text, Wire } from '../../../test/tcp-wire.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import {
  closeBoth,
  configure,
  EVENT,
  peek,
  receive,
  send,
  sendMore,
  setQuickAck,
  takeEvents,
  tcpInfo,
} from './index.ts';
import type { Tcb } from './tcb.ts';

const change = (wire: Wire, tcb: Tcb, options: Partial<ConnectionSettings>): void => {
  configure(tcb, options, wire.now);
  wire.settle();
};

const say = (wire: Wire, words: string): void => {
  send(wire.a, text(words), 0, words.length, wire.now);
  wire.settle();
};

/** Lines of a's octets. */
const said = (wire: Wire): string[] => wire.log.filter((line) => line.startsWith('>') && !line.includes('(0)'));

test('turning Nagle off sends what waits', () => {
  const wire = new Wire().handshake();
  wire.lose = (line) => line.startsWith('<');
  say(wire, 'one');
  say(wire, 'two');
  expect(said(wire)).toHaveLength(1);
  change(wire, wire.a, { noDelay: true });
  expect(said(wire).map((line) => line.split(' ')[2])).toEqual(['1(3)', '4(3)']);
});

test('a cork holds what does not fill a segment: until it is drawn, for 200 ms at the most, and never a full one', () => {
  const wire = new Wire({ cork: true, timestamps: false }).handshake();
  say(wire, 'x'.repeat(1_470));
  expect(said(wire).map((line) => line.split(' ')[2])).toEqual(['1(1460)']);
  say(wire, 'more');
  expect(said(wire)).toHaveLength(1);
  change(wire, wire.a, { cork: false });
  expect(said(wire).at(-1)).toContain('1461(14)');
  change(wire, wire.a, { cork: true });
  wire.pass(SECOND);
  // Be the way to the peer as long as it may.
  wire.a.rtt.srtt = 3 * SECOND;
  wire.a.rtt.rto = 9 * SECOND;
  say(wire, 'tail');
  wire.pass(199 * MILLISECOND);
  expect(said(wire)).toHaveLength(2);
  wire.pass(3 * MILLISECOND);
  expect(said(wire).at(-1)).toContain('1475(4)');
  // As in Linux: Nagle off pushes once, the cork stays.
  say(wire, 'a');
  change(wire, wire.a, { noDelay: true });
  expect(said(wire).at(-1)).toContain('1479(1)');
  say(wire, 'b');
  expect(said(wire).at(-1)).toContain('1479(1)');
  // A FIN says that nothing follows.
  closeBoth(wire.a, wire.now);
  wire.settle();
  expect(wire.log.findLast((line) => line.startsWith('>') && line.includes('F'))).toContain('1480(1)');
});

test('octets sent with more to come wait for it, or for the next acknowledgment', () => {
  const flying = new Wire().handshake();
  say(flying, 'quick');
  flying.log.length = 0;
  send(flying.a, text('one'), 0, 3, flying.now);
  flying.step(flying.a);
  sendMore(flying.a, text('two'), 0, 3, flying.now);
  expect(flying.step(flying.a)).toBe(false);
  flying.settle();
  expect(said(flying).map((line) => line.split(' ')[2])).toEqual(['6(3)', '9(3)']);
  const wire = new Wire().handshake();
  sendMore(wire.a, text('head'), 0, 4, wire.now);
  wire.settle();
  expect(said(wire)).toEqual([]);
  say(wire, 'body');
  expect(said(wire).map((line) => line.split(' ')[2])).toEqual(['1(8)']);
  sendMore(wire.a, text('head'), 0, 4, wire.now);
  wire.settle();
  expect(said(wire)).toHaveLength(1);
  wire.pass(210 * MILLISECOND);
  expect(said(wire)).toHaveLength(2);
});

//= RFC 9293 §3.8.6 SHLD-14: the receiver does not shrink the window
test('a receive buffer made smaller takes back nothing; made larger, the peer hears of it', () => {
  const wire = new Wire({}, { receiveBuffer: 20_000 }).handshake();
  const edge = wire.b.rcv.edge;
  change(wire, wire.b, { receiveBuffer: 2_000 });
  expect(wire.b.rcv.edge).toBe(edge);
  say(wire, 'x'.repeat(20_000));
  expect(wire.b.readable).toBe(20_000);
  expect(wire.b.rcv.edge).toBe(edge);
  wire.log.length = 0;
  change(wire, wire.b, { receiveBuffer: 60_000 });
  expect(wire.log).toHaveLength(1);
  expect(wire.a.snd.wnd).toBe(40_000);
});

test('a send buffer made larger has room at once', () => {
  const wire = new Wire({ sendBuffer: 10 }, { receiveBuffer: 1 }).handshake();
  wire.lose = () => true;
  expect(send(wire.a, new Uint8Array(30), 0, 30, wire.now)).toBe(10);
  takeEvents(wire.a);
  change(wire, wire.a, { sendBuffer: 15 });
  expect(takeEvents(wire.a) & EVENT.WRITABLE).toBe(EVENT.WRITABLE);
  change(wire, wire.a, { sendBuffer: 4 });
  expect(send(wire.a, new Uint8Array(30), 0, 30, wire.now)).toBe(0);
});

//= RFC 9293 §3.8.4 MUST-25
test('keep-alive is turned on and off while the connection is there, and counts from the last segment', () => {
  const wire = new Wire().handshake();
  wire.pass(40 * SECOND);
  wire.log.length = 0;
  change(wire, wire.a, { keepAlive: true, keepAliveIdle: 60 * SECOND });
  wire.pass(19 * SECOND);
  expect(wire.log).toEqual([]);
  wire.pass(2 * SECOND);
  expect(wire.log).toEqual(['> A 0(0) ack 1', '< A 1(0) ack 1']);
  change(wire, wire.a, { keepAliveIdle: 10 * SECOND });
  wire.pass(8 * SECOND);
  expect(wire.log).toHaveLength(2);
  wire.pass(3 * SECOND);
  expect(wire.log).toHaveLength(4);
  // It has been idle longer than that already.
  wire.pass(5 * SECOND);
  change(wire, wire.a, { keepAliveIdle: 2 * SECOND });
  wire.pass(SECOND);
  expect(wire.log).toHaveLength(6);
  change(wire, wire.a, { keepAlive: false });
  wire.pass(1_000 * SECOND);
  expect(wire.log).toHaveLength(6);
});

test('a quick acknowledgment is sent at once, also one that waited already; without, it waits', () => {
  const wire = new Wire().handshake();
  setQuickAck(wire.b, false);
  say(wire, 'one');
  expect(wire.log.filter((line) => line.startsWith('<'))).toEqual([]);
  setQuickAck(wire.b, true);
  wire.settle();
  expect(wire.log.filter((line) => line.startsWith('<'))).toEqual(['< A 1(0) ack 4']);
  say(wire, 'two');
  expect(wire.log.at(-1)).toBe('< A 1(0) ack 7');
});

test('a largest segment bounds what is asked for and what is sent', () => {
  const wire = new Wire({ maximumSegment: 500, timestamps: false }, { timestamps: false }).handshake();
  send(wire.b, new Uint8Array(600), 0, 600, wire.now);
  say(wire, 'x'.repeat(600));
  expect(wire.log.filter((line) => /\([1-9]/.test(line)).map((line) => line.split(' ')[2])).toEqual(
    expect.arrayContaining(['1(500)', '501(100)']),
  );
  expect(wire.log.join()).not.toContain('(600)');
});

test('FIN-WAIT-2 of a program that has gone and wants none ends with a reset', () => {
  const wire = new Wire({ finWait2: -1 }).handshake();
  closeBoth(wire.a, wire.now);
  wire.settle();
  expect([wire.a.state, wire.a.error]).toEqual(['CLOSED', 'ECONNABORTED']);
});

test('octets are looked at without being taken, from anywhere', () => {
  const wire = new Wire().handshake();
  say(wire, 'hello');
  const into = new Uint8Array(8);
  expect(peek(wire.b, into, 0, 8)).toBe(5);
  expect(peek(wire.b, into, 0, 2, 3)).toBe(2);
  expect(peek(wire.b, into, 0, 2, 5)).toBe(0);
  expect(String.fromCharCode(...into.subarray(0, 5))).toBe('lollo');
  expect(read(wire.b)).toBe('hello');
});

test('the figures are those of what happened', () => {
  const wire = new Wire({ minimumRto: SECOND }).handshake();
  say(wire, 'lost');
  wire.pass(10 * MILLISECOND);
  receive(wire.b, new Uint8Array(9), 0, 9, wire.now);
  wire.lose = (line) => line.startsWith('>');
  say(wire, 'x'.repeat(2_000));
  wire.pass(1_100 * MILLISECOND);
  const lost = tcpInfo(wire.a, wire.now);
  expect(lost).toMatchObject({
    tcpi_state: 1,
    tcpi_ca_state: 4,
    tcpi_retransmits: 1,
    tcpi_unacked: 2,
    tcpi_lost: 2,
    tcpi_retrans: 1,
    tcpi_total_retrans: 1,
    tcpi_bytes_retrans: 1_448,
    tcpi_bytes_sent: 3_452,
    tcpi_bytes_acked: 5,
    tcpi_snd_cwnd: 1,
    tcpi_options: 7,
    tcpi_snd_mss: 1_448,
    tcpi_advmss: 1_448,
    tcpi_pmtu: 1_500,
    tcpi_data_segs_out: 4,
    tcpi_delivered: 2,
    tcpi_delivered_ce: 0,
    tcpi_rto: 2 * SECOND,
  });
  wire.lose = () => false;
  wire.pass(10 * SECOND);
  expect(tcpInfo(wire.a, wire.now)).toMatchObject({
    tcpi_ca_state: 0,
    tcpi_retransmits: 0,
    tcpi_unacked: 0,
    tcpi_lost: 0,
    tcpi_total_retrans: 3,
    tcpi_bytes_acked: 2_005,
    tcpi_delivered: 4,
    tcpi_notsent_bytes: 0,
  });
  closeBoth(wire.a, wire.now);
  wire.settle();
  expect(tcpInfo(wire.b, wire.now)).toMatchObject({
    tcpi_state: 8,
    tcpi_bytes_received: 2_005,
    tcpi_data_segs_in: 3,
    tcpi_rcv_mss: 1_448,
    tcpi_bytes_acked: 0,
  });
  expect(tcpInfo(wire.a, wire.now)).toMatchObject({ tcpi_state: 5, tcpi_bytes_acked: 2_006, tcpi_bytes_sent: 5_452 });
  // Which of those that went again was the FIN, if any, nobody knows.
  expect(tcpInfo(wire.a, wire.now).tcpi_delivered).toBeUndefined();
});

test('octets beyond 2^32 are counted on', () => {
  const wire = new Wire().handshake();
  wire.a.counts.roundsOut = 1;
  expect(tcpInfo(wire.a, wire.now).tcpi_bytes_acked).toBe(2 ** 32 + 1);
});
