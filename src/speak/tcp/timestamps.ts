/**
 * The timestamps option: a clock in every segment and its echo. It tells late segments of an earlier round of sequence numbers from new ones (PAWS),
 * and times round trips that a retransmission made ambiguous. Read first: RFC 7323 §3-5, §7.1.
 */
import { notAfter } from '../../core/sequence.ts';
import { type Micros, TICK, type Ticks, ticksAt } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import { challenge } from './acknowledging.ts';
import type { IncomingSegment } from './segment.ts';
import type { Tcb } from './tcb.ts';
import { drop } from './verdicts.ts';

/** Octets the option takes with its padding (RFC 7323 appendix A). */
export const LENGTH = 12;

/** What a connection keeps of timestamps. */
export interface Timestamps {
  /** Both ends have offered them. */
  on: boolean;
  /** Added to the clock, so that it tells nothing of the host (RFC 7323 §7.1). */
  offset: number;
  /** TS.Recent, and when it was taken; valid when `known`. */
  recent: number;
  since: Ticks;
  known: boolean;
  /** Last.ACK.sent. */
  lastAck: number;
}

/** After this long TS.Recent says nothing any more: the peer's clock may have wrapped (RFC 7323 §5.5). */
const OUTDATED = (24 * 86_400 * 1_000_000) / TICK;

/** The clock of the option, in milliseconds. */
export const tsval = (tcb: Tcb, now: Micros): number => (Math.floor(now / 1_000) + tcb.ts.offset) | 0;

/** Takes TS.Recent from a SYN. */
export function begin(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  const { ts } = tcb;
  ts.on = tcb.options.timestamps && segment.options.timestamps;
  ts.known = ts.on;
  ts.recent = segment.options.tsval;
  ts.since = ticksAt(now);
}

/** Whether the segment passes PAWS (RFC 7323 §5.3 R1); one that does not is acknowledged, as the RFC asks, and dropped. */
export function passes(tcb: Tcb, segment: IncomingSegment, now: Micros): boolean {
  const { ts } = tcb;
  if (!ts.on || segment.flags & tcp.RST) return true;
  // RFC 7323 §3.2: once agreed on, every segment has them.
  if (!segment.options.timestamps) return drop(tcb, segment, 'no timestamp');
  if (!ts.known || notAfter(ts.recent, segment.options.tsval)) return true;
  if (((ticksAt(now) - ts.since) | 0) > OUTDATED) {
    ts.known = false;
    return true;
  }
  challenge(tcb, now, 'PAWS');
  return drop(tcb, segment, 'PAWS');
}

/** RFC 7323 §4.3 (2): takes TS.Recent from an acceptable segment that is not ahead of what was acknowledged. */
export function take(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  const { ts } = tcb;
  if (!ts.on || !segment.options.timestamps) return;
  if (ts.known && !notAfter(ts.recent, segment.options.tsval)) return;
  if (!notAfter(segment.seq, ts.lastAck)) return;
  ts.recent = segment.options.tsval;
  ts.since = ticksAt(now);
  ts.known = true;
}

/** The round trip that the segment's echo tells, in microseconds; undefined when it tells none. A millisecond is the clock's grain. */
export function roundTrip(tcb: Tcb, segment: IncomingSegment, now: Micros): number | undefined {
  if (!tcb.ts.on || segment.options.tsecr === 0) return undefined;
  const milliseconds = (tsval(tcb, now) - segment.options.tsecr) | 0;
  return milliseconds < 0 ? undefined : Math.max(1_000, milliseconds * 1_000);
}
