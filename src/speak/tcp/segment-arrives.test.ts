import { describe, expect, test } from 'vitest';
import { PagePool } from '../../core/pages.ts';
import { type Random, seeded } from '../../core/random.ts';
import { FramePool } from '../../wire/frame.ts';
import * as wire from '../../wire/tcp.ts';
import { makeTcpCounters } from './counters.ts';
import { DEFAULT_OPTIONS, nextSegment, open, pendingOutput, receive, send } from './index.ts';
import { watchWindow } from './output.ts';
import { type IncomingSegment, makeIncomingSegment } from './segment.ts';
import { inOtherStates, segmentArrives } from './segment-arrives.ts';
import { makeTcb, type Tcb } from './tcb.ts';

const MSS = 1_460;
const frames = new FramePool(4, 2_000);

/** A connection whose peer, of which there is nothing but its segments, has completed the handshake. */
function established(timestamps: boolean): Tcb {
  const tcb = makeTcb(1, 2, MSS, { ...DEFAULT_OPTIONS, timestamps }, new PagePool(1 << 20), makeTcpCounters());
  open(tcb, 'active', 1_000, 0);
  pull(tcb, 0);
  const syn = makeIncomingSegment();
  Object.assign(syn, { seq: 5_000, ack: 1_001, flags: wire.SYN | wire.ACK, length: 1, window: 40_000, ofSyn: true });
  Object.assign(syn.options, { mss: MSS, timestamps, tsval: 100 });
  segmentArrives(tcb, syn, 1_000);
  pull(tcb, 1_000);
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

/** A segment as a peer in a good or a bad mood would send it. */
function draw(random: Random, tcb: Tcb, into: IncomingSegment): IncomingSegment {
  const below = (n: number): number => (random.next() >>> 0) % n;
  const often = (usual: number, other: number): number => (below(8) > 0 ? usual : other);
  const dataLength = often(below(3) * 500, below(1_400));
  const flags =
    often(wire.ACK | (below(2) * wire.PSH), wire.ACK | (1 << below(9))) &
    often(~wire.SYN, -1) &
    often(~wire.RST, ~0 ^ wire.RST);
  const octets = frames.take()!;
  octets.bytes.fill(below(256), 0, 1_500);
  frames.release(octets);
  const occupied = dataLength + (flags & wire.FIN ? 1 : 0) + (flags & wire.SYN ? 1 : 0);
  const flight = (tcb.snd.nxt - tcb.snd.una) | 0;
  Object.assign(into, {
    seq: (tcb.rcv.nxt + often(0, below(6_000) - 3_000)) | 0,
    ack: (tcb.snd.una + often(below(flight + 1), below(6_000) - 3_000)) | 0,
    flags,
    length: occupied,
    window: often(40_000, below(3) * 700),
    urgent: below(100),
    octets,
    dataAt: 40,
    dataLength,
  });
  const stamped = tcb.ts.on && below(10) > 0;
  Object.assign(into.options, { timestamps: stamped, tsval: tcb.ts.recent + often(below(3), -5), tsecr: 0 });
  return into;
}

/** All that can be seen of a block, and the octets that came last. */
function picture(tcb: Tcb, segment: IncomingSegment): string {
  const last = new Uint8Array(Math.min(tcb.rcv.readable, MSS));
  tcb.receiveQueue.copy(tcb.rcv.readable - last.length, last.length, last, 0);
  const { sendQueue, receiveQueue, options, held, ...rest } = tcb;
  const growths = [sendQueue.growth, receiveQueue.growth];
  return JSON.stringify({
    ...rest,
    held: held && [...held.edges],
    growths,
    last: last.join(),
    segment: segment.verdict,
  });
}

describe('header prediction', () => {
  test.each([true, false])('leaves the block as the eight steps do (timestamps: %s)', (timestamps) => {
    const random = seeded(7);
    const [one, other] = [makeIncomingSegment(), makeIncomingSegment()];
    let compared = 0;
    for (let life = 0; life < 20; life++) {
      const [quick, thorough] = [established(timestamps), established(timestamps)];
      let now = 10_000;
      for (let step = 0; step < 60 && quick.state !== 'CLOSED'; step++) {
        now += (random.next() >>> 0) % 3_000;
        const chance = (random.next() >>> 0) % 4;
        const octets = new Uint8Array(chance * 700);
        for (const tcb of [quick, thorough]) {
          if (chance > 1) send(tcb, octets, 0, octets.length, now);
          if (chance === 1) receive(tcb, octets, 0, octets.length, now);
          pull(tcb, now);
        }
        const drawn = draw(random, quick, one);
        Object.assign(other, { ...drawn, options: { ...drawn.options } });
        segmentArrives(quick, one, now);
        other.verdict = 'accepted';
        inOtherStates(thorough, other, now);
        watchWindow(thorough, now);
        expect(picture(quick, one)).toBe(picture(thorough, other));
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(250);
  });
});
