/**
 * The timestamps option: a clock in every segment and its echo. It tells late segments of an earlier round of sequence numbers from new ones (PAWS),
 * and times round trips that a retransmission made ambiguous. Read first: RFC 7323 §3-5, §7.1.
 */
import { larger } from '../../core/least.ts';
import { before, distance, notAfter } from '../../core/sequence.ts';
import { MILLISECOND, type Micros } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import { answer } from './acknowledging.ts';
import type { IncomingSegment } from './segment.ts';
import type { Tcb } from './tcb.ts';
import { tsval } from './timestamp-clock.ts';
import { drop } from './verdicts.ts';

/** Octets the option takes with its padding (RFC 7323 appendix A). */
export const LENGTH = 12;

/** What a connection keeps of timestamps. */
export interface Timestamps {
  /** Both ends have offered them. */
  on: boolean;
  /** Added to the clock, so that it tells nothing of the host (RFC 7323 §7.1). */
  offset: number;
  /** TS.Recent, and when it was taken, in units of 2^20 microseconds: after `OUTDATED` of them it says nothing. */
  recent: number;
  since: number;
  /** Last.ACK.sent; kept without timestamps, too. */
  lastAck: number;
}

/** Microseconds in a unit of `since`, about a second: an int32 of ticks would have gone half around after 25 days, and called a longer silence a short one. */
const AGE_UNIT = 1 << 20;

/** After this long TS.Recent says nothing any more: the peer's clock may have wrapped (RFC 7323 §5.5). */
const OUTDATED = (24 * 86_400 * 1_000_000) / AGE_UNIT;

/** In retransmission timeouts: an acknowledgment that is older was not overtaken. */
const OVERTAKEN = 1.2;

/** A longer round trip is none: such an echo was never sent, or waited for its connection. Half an hour, in milliseconds; in microseconds it fits an int32. */
const LONGEST_ROUND_TRIP = 30 * 60 * 1_000;

/** Octets in the largest segment that may come: the option takes some of it, once both ends have agreed. */
export const largestIncoming = ({ mss, ts }: Tcb): number => mss - (ts.on ? LENGTH : 0);

const age = (now: Micros): number => (now / AGE_UNIT) | 0;

/** Takes TS.Recent from a SYN. */
export function begin(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  const { ts } = tcb;
  ts.on = tcb.options.timestamps && segment.options.timestamps;
  ts.recent = segment.options.tsval;
  ts.since = age(now);
}

/** Whether the segment passes PAWS (RFC 7323 §5.3 R1); one that does not is acknowledged, as the RFC asks, and dropped. */
export function passes(tcb: Tcb, segment: IncomingSegment, now: Micros): boolean {
  const { ts } = tcb;
  if (!ts.on || segment.flags & tcp.RST) return true;
  if (!segment.options.timestamps) {
    // A SYN is of another connection, which has agreed on nothing yet: it is to be challenged like any (RFC 5961 §4.2).
    if (segment.flags & tcp.SYN || !tcb.options.choices.timestampsMustCome) return true;
    //= RFC 7323 §3.2: once agreed on, every segment has them
    return drop(tcb, segment, 'no timestamp');
  }
  if (notAfter(ts.recent, segment.options.tsval)) return true;
  //= RFC 7323 §5.5: a clock that may have wrapped proves nothing
  if (((age(now) - ts.since) | 0) > OUTDATED) return true;
  if (!tcb.options.choices.answersOvertaken && isAcknowledgment(segment)) {
    if (before(segment.seq, tcb.rcv.nxt)) return drop(tcb, segment, 'PAWS');
    if (isOvertaken(tcb, segment)) {
      // What it says of holes counts, its clock does not.
      segment.options.timestamps = false;
      return true;
    }
  }
  answer(tcb, segment, now, 'PAWS');
  return drop(tcb, segment, 'PAWS');
}

const isAcknowledgment = ({ flags, length }: IncomingSegment): boolean => length === 0 && (flags & tcp.ACK) !== 0;

/** Whether an acknowledgment with an older timestamp says nothing that was not known, but for holes, and is not much older than a retransmission timeout: others have overtaken it on the way. */
function isOvertaken({ snd, rcv, ts, rtt }: Tcb, { seq, ack, window, options }: IncomingSegment): boolean {
  const allowed = window << larger(0, snd.scale);
  const isKnown = seq === rcv.nxt && ack === snd.una && seq === snd.wl1 && allowed > 0 && allowed <= snd.wnd;
  return isKnown && distance(ts.recent, options.tsval) * MILLISECOND <= OVERTAKEN * rtt.rto;
}

/**
 * RFC 7323 §4.3 (2), §5.3 (R3): takes TS.Recent from an acceptable segment that is not ahead of what was acknowledged. To be called when the segment's acknowledgment
 * was found good, too: a guessed sequence number alone must not set a clock that shuts out the peer's own segments.
 */
export function take(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  const { ts } = tcb;
  if (ts.on === false || segment.options.timestamps === false) return;
  // `passes` has seen to SEG.TSval >= TS.Recent.
  if (notAfter(segment.seq, ts.lastAck)) remember(ts, segment.options.tsval, now);
}

/** Sets TS.Recent. */
export function remember(ts: Timestamps, value: number, now: Micros): void {
  ts.recent = value;
  ts.since = age(now);
}

/** The round trip that the echo of a segment with new acknowledgments tells (RFC 7323 §4.1), in microseconds; undefined when it tells none. A millisecond is the clock's grain. */
export function roundTrip(tcb: Tcb, segment: IncomingSegment, now: Micros): number | undefined {
  if (!tcb.ts.on || segment.options.tsecr === 0) return undefined;
  const milliseconds = (tsval(tcb, now) - segment.options.tsecr) | 0;
  return milliseconds < 0 || milliseconds > LONGEST_ROUND_TRIP ? undefined : Math.max(1_000, milliseconds * 1_000);
}
