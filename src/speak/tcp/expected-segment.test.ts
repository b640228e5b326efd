import { describe, expect, test } from 'vitest';
import { PAGE, PagePool } from '../../core/pages.ts';
import { type Random, seeded } from '../../core/random.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import * as wire from '../../wire/tcp.ts';
import { emitSack, emitTimestamps } from '../../wire/tcp-options.ts';
import { makeTcpCounters } from './counters.ts';
import { looksExpected, takesExpected } from './expected-segment.ts';
import {
  type Choices,
  type ConnectionSettings,
  close,
  configure,
  DEFAULT_SETTINGS,
  LINUX_CHOICES,
  nextSegment,
  OWN_CHOICES,
  open,
  pendingOutput,
  receive,
  send,
  sendMore,
  sendUrgent,
  timeout,
} from './index.ts';
import { makeIncomingSegment, readSegment } from './segment.ts';
import { segmentArrives } from './segment-arrives.ts';
import { makeTcb, type Tcb } from './tcb.ts';

const MSS = 1_460;
const frames = new FramePool(4, 65_600);

/** Of what kind connections are: what they were told, and how things stand. */
interface Kind {
  readonly settings: Partial<ConnectionSettings>;
  /** Whether their SYN was lost, so that its answer times no round trip. */
  readonly late?: true;
  /** Octets of the longest segments that come: a link that cuts them brings several in one piece; default 1,400. */
  readonly longest?: number;
  /** Whether every segment of theirs needs the eight steps. */
  readonly unexpected?: true;
}

const choosing = (choices: Partial<Choices>): Kind => ({
  settings: { choices: { ...OWN_CHOICES, ...choices } },
  unexpected: true,
});

const KINDS: Readonly<Record<string, Kind>> = {
  'with timestamps': { settings: {} },
  'without timestamps': { settings: { timestamps: false } },
  'that take little': { settings: { receiveBuffer: 3_000, receiveBufferMaximum: 3_000 } },
  'that take more each time': { settings: { receiveBuffer: 3_000 } },
  'on links that cut segments': { settings: { receiveBuffer: 300_000 }, longest: 65_000 },
  'whose SYN was late': { settings: { timestamps: false }, late: true },
  'with ECN': { settings: { ecn: 'active' }, unexpected: true },
  'with loss probes': choosing({ lossProbes: true }),
  'with windows by news': choosing({ windowByNews: true }),
  'that fill windows': choosing({ fillsWindow: 2 }),
  'that recover by segments': choosing({ countsSegments: true }),
  'of Linux': choosing(LINUX_CHOICES),
};

/** Both directions' numbers go round soon. */
const ISS = 0x7fff_ff00 << 1;
const IRS = -700;

/** A connection whose peer, of which there is nothing but its segments, has completed the handshake. */
function established({ settings, late }: Kind, pages: number): Tcb {
  const tcb = makeTcb(1, 2, MSS, { ...DEFAULT_SETTINGS, ...settings }, new PagePool(pages * PAGE), makeTcpCounters());
  open(tcb, 'active', ISS, 0);
  pull(tcb, 0);
  let now = 1_000;
  if (late) {
    now = 1_500_000;
    timeout(tcb, now);
    pull(tcb, now);
  }
  const syn = makeIncomingSegment();
  const flags = wire.SYN | wire.ACK | (settings.ecn === 'active' ? wire.ECE : 0);
  Object.assign(syn, { seq: IRS, ack: (ISS + 1) | 0, flags, length: 1, window: 40_000, ofSyn: true });
  Object.assign(syn.options, { mss: MSS, timestamps: settings.timestamps !== false, tsval: 100, sackPermitted: true });
  segmentArrives(tcb, syn, now);
  pull(tcb, now);
  return tcb;
}

/** Sends what is to be sent. */
function pull(tcb: Tcb, now: number): void {
  while (pendingOutput(tcb) !== 0) {
    const frame = frames.take()!;
    nextSegment(tcb, now, frame, frame.start, 1_500);
    frames.release(frame);
  }
}

/** Writes a segment as a peer in a good or a bad mood would send it; answers where it ends. */
function draw(random: Random, tcb: Tcb, frame: Frame, longest: number): number {
  const below = (n: number): number => (random.next() >>> 0) % n;
  const often = (usual: number, other: number): number => (below(8) > 0 ? usual : other);
  const dataLength = often(below(3) * Math.trunc(longest / 2.8), below(longest));
  const flags =
    often(wire.ACK | (below(2) * wire.PSH), wire.ACK | (1 << below(9))) &
    often(~wire.SYN, -1) &
    often(~wire.RST, ~0 ^ wire.RST);
  const flight = (tcb.snd.nxt - tcb.snd.una) | 0;
  const seq = (tcb.rcv.nxt + often(0, below(6_000) - 3_000)) | 0;
  const ack = (tcb.snd.una + often(below(flight + 1), below(6_000) - 3_000)) | 0;
  const window = often(40_000 + 100 * below(50), below(3) * 700);
  const { view, bytes, start } = frame;
  const stamped = below(10) > 0 ? tcb.ts.on : !tcb.ts.on;
  // Some tell of octets beyond a hole.
  const sacks = below(8) === 0 ? 12 : 0;
  const dataAt = wire.emit(view, start, 2, 1, seq, ack, flags, window, below(100), (stamped ? 12 : 0) + sacks);
  if (sacks > 0) emitSack(view, dataAt - sacks, Int32Array.of(ack + 1 + below(3_000), ack + 3_000 + below(3_000)), 1);
  if (stamped) emitTimestamps(view, start + wire.HEADER, tcb.ts.recent + often(below(3), -5), 0);
  if (below(20) === 0) view.setUint8(start + wire.HEADER + below(12), below(5));
  bytes.fill(below(256), dataAt, dataAt + dataLength);
  return dataAt + dataLength;
}

/** All that can be seen of a block, and the octets that came last. */
function picture(tcb: Tcb): string {
  const last = new Uint8Array(Math.min(tcb.rcv.readable, MSS));
  tcb.receiveQueue.copy(tcb.rcv.readable - last.length, last.length, last, 0);
  const { sendQueue, receiveQueue, options, held, ...rest } = tcb;
  const growths = [sendQueue.growth, receiveQueue.growth];
  return JSON.stringify({ ...rest, held: held && [...held.edges], growths, last: last.join() });
}

/** Without header prediction; `typeOfService` as the IP header has it. */
function arrives(tcb: Tcb, frame: Frame, end: number, typeOfService: number, now: number): void {
  const segment = makeIncomingSegment();
  segment.typeOfService = typeOfService;
  if (readSegment(frame, frame.start, end, segment)) segmentArrives(tcb, segment, now);
}

/** What a program may change its mind about. */
const CHANGES: readonly Partial<ConnectionSettings>[] = [
  { noDelay: true },
  { noDelay: false, cork: true },
  { cork: false },
  { delayedAck: 0 },
  { delayedAck: 40_000 },
  { receiveBuffer: 2_000 },
  { receiveBuffer: 30_000, sendBuffer: 3_000 },
  { keepAlive: true, keepAliveIdle: 300_000 },
  { timestamps: false, selectiveAcknowledgments: false, windowScaling: false },
];

/** What a program, or time, does to a connection: something or nothing. */
function stir(random: Random, tcbs: readonly Tcb[], now: number): void {
  const chance = (random.next() >>> 0) % 64;
  const octets = new Uint8Array((chance % 4) * 700);
  for (const tcb of tcbs) {
    timeout(tcb, now);
    if (chance === 0) close(tcb, now);
    else if (chance === 1) sendMore(tcb, octets, 0, octets.length, now);
    else if (chance === 2) sendUrgent(tcb, octets, 0, octets.length, now);
    else if (chance === 4) configure(tcb, CHANGES[now % CHANGES.length]!, now);
    else if (chance % 4 === 1) receive(tcb, octets, 0, octets.length, now);
    else if (chance % 4 > 1) send(tcb, octets, 0, octets.length, now);
    pull(tcb, now);
  }
}

const A_MONTH = 30 * 86_400_000_000;

/** Octets in order, or an acknowledgment, as `looksExpected`; answers where they end. */
function plain(tcb: Tcb, frame: Frame, octets: number, ack: number): number {
  const { view, start } = frame;
  const dataAt = wire.emit(view, start, 2, 1, tcb.rcv.nxt, ack, wire.ACK, 40_000, 0, 12);
  emitTimestamps(view, start + wire.HEADER, tcb.ts.recent, 0);
  return dataAt + octets;
}

describe('header prediction leaves a block as the eight steps do, or as it was', () => {
  test.each(Object.entries(KINDS))('connections %s', (_, kind) => {
    const random = seeded(7);
    const frame = frames.take()!;
    const { start } = frame;
    const taken: Record<string, number> = {};
    let others = 0;
    for (let life = 0; life < 60; life++) {
      // Every fourth has hardly any room.
      const pages = life % 4 === 0 ? 3 : 256;
      const [quick, thorough] = [established(kind, pages), established(kind, pages)];
      let now = 2_000_000;
      for (let step = 0; step < 80 && quick.state !== 'CLOSED'; step++) {
        const chance = (random.next() >>> 0) % 200;
        now += chance === 0 ? A_MONTH : chance < 5 ? 400_000 : (random.next() >>> 0) % 3_000;
        stir(random, [quick, thorough], now);
        const end = draw(random, quick, frame, kind.longest ?? 1_400);
        // Congestion on the way leaves a mark (RFC 3168 §5).
        const field = kind.settings.ecn === 'active' && chance % 4 === 0 ? 3 : 0;
        const before = picture(quick);
        const { una } = quick.snd;
        const { readable } = quick.rcv;
        if (looksExpected(frame, start) && takesExpected(quick, frame, start, end, now)) {
          const acknowledges = quick.snd.una === una ? '' : quick.snd.una === quick.snd.nxt ? 'all' : 'part';
          const what = `${quick.rcv.readable > readable ? 'octets' : ''} ${acknowledges}`;
          taken[what] = (taken[what] ?? 0) + 1;
        } else {
          expect(picture(quick)).toBe(before);
          arrives(quick, frame, end, field, now);
          others++;
        }
        arrives(thorough, frame, end, field, now);
        expect(picture(quick)).toBe(picture(thorough));
      }
    }
    frames.release(frame);
    expect(others).toBeGreaterThan(150);
    if (kind.unexpected === true) expect(taken).toEqual({});
    else for (const what of ['octets ', 'octets part', ' part', ' all']) expect(taken[what], what).toBeGreaterThan(0);
  });
});

test('a FIN that is known and not held, there being too many holes, is not forgotten', () => {
  const tcb = established({ settings: {} }, 256);
  const frame = frames.take()!;
  const { view, start } = frame;
  const first = tcb.rcv.nxt;
  const holes = 64;
  for (let i = 0; i <= holes; i++) {
    const flags = wire.ACK | (i === holes ? wire.FIN : 0);
    const dataAt = wire.emit(view, start, 2, 1, first + 2 * i + 1, tcb.snd.una, flags, 40_000, 0, 12);
    emitTimestamps(view, start + wire.HEADER, tcb.ts.recent, 0);
    arrives(tcb, frame, dataAt + (i === holes ? 0 : 1), 0, 2_000_000);
    pull(tcb, 2_000_000);
  }
  expect(tcb.held?.count).toBe(holes);
  for (let i = 0; i < holes; i++) arrives(tcb, frame, plain(tcb, frame, 1, tcb.snd.una), 0, 2_000_000);
  expect([tcb.state, tcb.held?.count]).toEqual(['ESTABLISHED', 0]);
  const end = plain(tcb, frame, 1, tcb.snd.una);
  expect(takesExpected(tcb, frame, start, end, 2_000_000)).toBe(false);
  arrives(tcb, frame, end, 0, 2_000_000);
  expect(tcb.state).toBe('CLOSE-WAIT');
  frames.release(frame);
});

test('what a loss probe has mended counts, also when the program wants no more of them', () => {
  const tcb = established({ settings: { choices: { ...OWN_CHOICES, lossProbes: true } } }, 256);
  const frame = frames.take()!;
  send(tcb, new Uint8Array(MSS), 0, tcb.snd.mss, 2_000_000);
  pull(tcb, 2_000_000);
  for (let now = 2_000_000; tcb.probe?.again !== true; now += 1_024) {
    timeout(tcb, now);
    pull(tcb, now);
  }
  configure(tcb, { choices: OWN_CHOICES }, 2_400_000);
  send(tcb, new Uint8Array(100), 0, 100, 2_400_000);
  pull(tcb, 2_400_000);
  const end = plain(tcb, frame, 0, tcb.snd.nxt);
  expect(takesExpected(tcb, frame, frame.start, end, 2_401_000)).toBe(false);
  const { ssthresh } = tcb.congestion;
  arrives(tcb, frame, end, 0, 2_401_000);
  expect(tcb.congestion.ssthresh).toBeLessThan(ssthresh);
  frames.release(frame);
});
