import { expect, test } from 'vitest';
import { Wire } from '../../../../test/tcp-wire.ts';
import { SECOND } from '../../../core/time.ts';
import { receive, send } from '../index.ts';
import {
  established,
  initialWindow,
  limitedTransmit,
  makeCongestion,
  onAcknowledgment,
  onDuplicate,
  onEcho,
  onIdle,
  onSent,
  onTimeout,
} from './reno.ts';

const MSS = 1_000;

test('the initial window is ten segments, or 14,600 octets, and one segment after a lost SYN', () => {
  expect([initialWindow(1_460), initialWindow(100), initialWindow(8_960)]).toEqual([14_600, 1_000, 17_920]);
  const lost = makeCongestion();
  established(lost, MSS, true, 0);
  expect(lost.cwnd).toBe(MSS);
});

const open = (): ReturnType<typeof makeCongestion> => {
  const congestion = makeCongestion();
  established(congestion, MSS, false, 0);
  return congestion;
};

test('slow start doubles in a round trip; congestion avoidance adds a segment', () => {
  const congestion = open();
  onSent(congestion, 0, 10 * MSS);
  for (let i = 1; i <= 10; i++) onAcknowledgment(congestion, i * MSS, MSS, 10 * MSS - (i - 1) * MSS + MSS, MSS);
  expect(congestion.cwnd).toBeGreaterThan(14 * MSS);
  congestion.cwnd = 20 * MSS;
  congestion.ssthresh = 20 * MSS;
  for (let i = 0; i < 20; i++) onAcknowledgment(congestion, 0, MSS, 20 * MSS, MSS);
  expect(congestion.cwnd).toBe(21 * MSS);
});

test('slow start goes to twice what was in flight, also when acknowledgments come one by one', () => {
  const congestion = open();
  onSent(congestion, 0, 9 * MSS);
  for (let i = 2; i <= 8; i += 2) onAcknowledgment(congestion, i * MSS, 2 * MSS, (11 - i) * MSS, MSS);
  expect(congestion.cwnd).toBe(18 * MSS);
  onAcknowledgment(congestion, 9 * MSS, MSS, MSS, MSS);
  expect(congestion.cwnd).toBe(18 * MSS);
});

test('a window that is not used does not grow', () => {
  const congestion = open();
  onSent(congestion, 0, 100);
  onAcknowledgment(congestion, 100, 100, 100, MSS);
  expect(congestion.cwnd).toBe(10 * MSS);
});

test('the third duplicate halves the window and asks for the segment again; further ones inflate it; a full acknowledgment deflates it', () => {
  const congestion = open();
  expect([1, 2].map(() => onDuplicate(congestion, 1, 1 + 8 * MSS, MSS))).toEqual([false, false]);
  expect(limitedTransmit(congestion, MSS)).toBe(2 * MSS);
  expect(onDuplicate(congestion, 1, 1 + 8 * MSS, MSS)).toBe(true);
  expect([congestion.ssthresh, congestion.cwnd, limitedTransmit(congestion, MSS)]).toEqual([4 * MSS, 7 * MSS, 0]);
  onDuplicate(congestion, 1, 1 + 8 * MSS, MSS);
  expect(congestion.cwnd).toBe(8 * MSS);
  // Partial: the next hole is filled at once (RFC 6582).
  expect(onAcknowledgment(congestion, 1 + 3 * MSS, 3 * MSS, 8 * MSS, MSS)).toBe(true);
  expect(congestion.cwnd).toBe(6 * MSS);
  expect(onAcknowledgment(congestion, 1 + 8 * MSS, 5 * MSS, 5 * MSS, MSS)).toBe(false);
  expect([congestion.recovering, congestion.cwnd]).toEqual([false, 2 * MSS]);
});

test('duplicates for octets that a recovery sent again do not start another', () => {
  const congestion = open();
  onTimeout(congestion, 1, 1 + 8 * MSS, MSS);
  expect([1, 2, 3, 4].map(() => onDuplicate(congestion, 1 + MSS, 1 + 8 * MSS, MSS))).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('a loss after more than 2^31 octets without one is told by duplicates as ever', () => {
  const congestion = open();
  let una = 0;
  for (let i = 0; i < 6; i++) {
    una = (una + (1 << 29)) | 0;
    onAcknowledgment(congestion, una, 1 << 29, 1 << 29, MSS);
  }
  const nxt = (una + 8 * MSS) | 0;
  expect([1, 2, 3].map(() => onDuplicate(congestion, una, nxt, MSS))).toEqual([false, false, true]);
  expect(congestion.ssthresh).toBe(4 * MSS);
  const marked = open();
  for (let i = 1; i <= 6; i++) onAcknowledgment(marked, (i << 29) | 0, 1 << 29, 1 << 29, MSS);
  expect(onEcho(marked, una, nxt, 8 * MSS, MSS)).toBe(true);
});

test('what was acknowledged before an echo does not count towards growth after it', () => {
  const congestion = open();
  congestion.acknowledged = 4 * MSS;
  expect(onEcho(congestion, 1, 1 + 8 * MSS, 8 * MSS, MSS)).toBe(true);
  expect(congestion.acknowledged).toBe(0);
});

test('a timeout leaves one segment; the second of the same octets does not halve again', () => {
  const congestion = open();
  onTimeout(congestion, 0, 8 * MSS, MSS);
  expect([congestion.cwnd, congestion.ssthresh]).toEqual([MSS, 4 * MSS]);
  onTimeout(congestion, 0, 8 * MSS, MSS);
  expect(congestion.ssthresh).toBe(4 * MSS);
});

//= RFC 9293 §3.8.2 MUST-19: and RFC 5681 §3.1, ssthresh is held constant
test('a second timeout of the same octets leaves the threshold as it is, whatever is in flight by then', () => {
  const congestion = open();
  onTimeout(congestion, 0, 10 * MSS, MSS);
  onTimeout(congestion, 0, 20 * MSS, MSS);
  expect(congestion.ssthresh).toBe(5 * MSS);
});

//= RFC 9293 §3.8.2 MUST-19
test('slow start counts nothing towards congestion avoidance, and ends at a window that fits 30 bits', () => {
  const congestion = open();
  onSent(congestion, 0, 10 * MSS);
  onAcknowledgment(congestion, MSS, MSS, 10 * MSS, MSS);
  expect([congestion.cwnd, congestion.acknowledged]).toEqual([11 * MSS, 0]);
  congestion.cwnd = 0x3fffffff - 10;
  congestion.mostInFlight = 0x3fffffff;
  onAcknowledgment(congestion, 2 * MSS, MSS, 10 * MSS, MSS);
  expect(congestion.cwnd).toBe(0x3fffffff);
});

test('a pause takes a grown window back to the initial one, and never widens one', () => {
  const congestion = open();
  congestion.cwnd = 40 * MSS;
  onIdle(congestion, MSS);
  expect(congestion.cwnd).toBe(10 * MSS);
  congestion.cwnd = MSS;
  onIdle(congestion, MSS);
  expect(congestion.cwnd).toBe(MSS);
});

/** Sends 30 segments, of which the given transmissions are lost; answers when all had arrived. */
function transfer(lost: readonly number[]): Wire {
  const wire = new Wire({ timestamps: false }, { timestamps: false, receiveBuffer: 1 << 20 }).handshake();
  wire.a.congestion.cwnd = 30 * 1460;
  let count = 0;
  wire.lose = (line) => line.startsWith('>') && !line.includes('(0)') && lost.includes(count++);
  send(wire.a, new Uint8Array(30 * 1460), 0, 30 * 1460, wire.now);
  for (let i = 0; i < 100_000 && wire.b.readable < 30 * 1460; i++) {
    const sent = wire.step(wire.a);
    // Each arrival is answered before the next, as a host does it.
    if (!wire.step(wire.b) && !sent) wire.pass(SECOND / 10);
  }
  expect(receive(wire.b, new Uint8Array(30 * 1460), 0, 30 * 1460, wire.now)).toBe(30 * 1460);
  return wire;
}

test('one lost segment is sent again after three duplicates, without waiting for the timer', () => {
  const wire = transfer([5]);
  expect(wire.now).toBe(0);
  expect(wire.log.filter((line) => line.startsWith('>') && line.includes(` ${5 * 1460 + 1}(`))).toHaveLength(2);
});

test('several losses in a window are mended one a round trip, still without the timer', () => {
  expect(transfer([5, 8, 9, 20]).now).toBe(0);
});
