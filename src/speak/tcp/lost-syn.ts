/**
 * Whether a SYN, or SYN,ACK, that went again was lost, which makes the initial window one segment. Read first: RFC 5681 §3.1; RFC 6928 §2, which
 * would not have one repetition count, as the first timeout is often shorter than the round trip.
 */
import type { Micros } from '../../core/time.ts';
import type { IncomingSegment } from './segment.ts';
import type { Tcb } from './tcb.ts';
import { tsval } from './timestamp-clock.ts';

/** @param answer the segment that acknowledges it; undefined when none has come */
export function synWasLost(tcb: Tcb, answer: IncomingSegment | undefined, now: Micros): boolean {
  const { options, counts, rtt } = tcb;
  //= RFC 5681 §3.1
  if (!options.choices.sparesInitialWindow) return counts.synsAgain > 0;
  //= RFC 6928 §2
  return counts.synsAgain > 1 && rtt.synExpired && !(answer !== undefined && echoesFirst(tcb, answer, now));
}

/** Whether a segment echoes the timestamp of the first SYN: that one had arrived. */
function echoesFirst(tcb: Tcb, { options }: IncomingSegment, now: Micros): boolean {
  // Only the first is timed.
  const ago = ((now | 0) - tcb.rtt.timedSince) >>> 0;
  return tcb.ts.on && options.timestamps && options.tsecr === tsval(tcb, now - ago);
}
