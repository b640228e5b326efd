/**
 * How Linux judges segments for a connection of which it keeps a small record only: in TIME-WAIT, and in FIN-WAIT-2 once the program has closed. Its choice where
 * `choices.keepsSmallRecord` says so; by default these are states like others (segment-arrives.ts). Read first: RFC 9293 §3.10.7.4, RFC 1122 §4.2.2.13, RFC 1337.
 */
import { after, before } from '../../core/sequence.ts';
import type { Micros } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import { answerPlainly } from './acknowledging.ts';
import { oweResetFor } from './reset.ts';
import type { IncomingSegment } from './segment.ts';
import { enter, fail, type Tcb } from './tcb.ts';
import { startTimeWait } from './timers.ts';
import * as timestamps from './timestamps.ts';
import { drop } from './verdicts.ts';

/** Whether the connection has become such a record. */
export const isSmallRecord = ({ state, orphaned, options }: Tcb): boolean =>
  options.choices.keepsSmallRecord && (state === 'TIME-WAIT' || (state === 'FIN-WAIT-2' && orphaned));

/** Deals with a segment for it. Answers true where the eight steps follow: for the FIN that is waited for. */
export function recordAllows(tcb: Tcb, segment: IncomingSegment, now: Micros): boolean {
  if (!timestamps.passes(tcb, segment, now)) {
    if (tcb.state === 'TIME-WAIT') startTimeWait(tcb, now);
    return false;
  }
  return tcb.state === 'TIME-WAIT' ? inTimeWait(tcb, segment, now) : inFinWait2(tcb, segment, now);
}

function inFinWait2(tcb: Tcb, segment: IncomingSegment, now: Micros): boolean {
  const { rcv } = tcb;
  const { flags, seq, length } = segment;
  const end = (seq + length) | 0;
  if (seq !== rcv.nxt && !(after(end, rcv.nxt) && before(seq, rcv.edge)) && !(seq === rcv.edge && length === 0)) {
    answerPlainly(tcb, segment, now, 'unacceptable segment');
    return drop(tcb, segment, before(seq, rcv.nxt) ? 'old sequence' : 'beyond the window');
  }
  if (flags & tcp.RST) {
    fail(tcb, 'receive RST', 'ECONNRESET');
    return false;
  }
  if (flags & tcp.SYN && !before(seq, rcv.nxt)) return forNobody(tcb, segment, 'SYN in the window');
  if ((flags & tcp.ACK) === 0) return drop(tcb, segment, 'no ACK');
  if (length === 0 || !after(end, rcv.nxt)) return false;
  if ((flags & tcp.FIN) === 0 || end !== ((rcv.nxt + 1) | 0)) return forNobody(tcb, segment, 'text for nobody');
  return true;
}

/** What nobody waits for ends the record with a reset. */
function forNobody(tcb: Tcb, segment: IncomingSegment, why: 'SYN in the window' | 'text for nobody'): false {
  oweResetFor(tcb, segment, 'data for nobody');
  drop(tcb, segment, why);
  fail(tcb, 'abort', 'ECONNABORTED');
  return false;
}

/** A SYN that may begin a new connection does not come here (time-wait.ts). */
function inTimeWait(tcb: Tcb, segment: IncomingSegment, now: Micros): false {
  const { flags, seq, length } = segment;
  if (seq === tcb.rcv.nxt && flags & tcp.RST) {
    // RFC 1337's hazard F1, which Linux lives with.
    enter(tcb, 'receive RST');
    return false;
  }
  if (flags & tcp.RST) return drop(tcb, segment, 'RST in TIME-WAIT');
  if (seq === tcb.rcv.nxt && length === 0) {
    startTimeWait(tcb, now);
    return false;
  }
  if (flags & tcp.ACK) startTimeWait(tcb, now);
  answerPlainly(tcb, segment, now, 'TIME-WAIT');
  return drop(tcb, segment, before(seq, tcb.rcv.nxt) ? 'old sequence' : 'beyond the window');
}
