/** Whether a segment lies in the receive window. Read first: RFC 9293 §3.4, table 6; §3.10.7.4, first step. What becomes of one that does not: segment-arrives.ts. */
import { after, before, notAfter } from '../../core/sequence.ts';
import type { IncomingSegment } from './segment.ts';
import type { Tcb } from './tcb.ts';

/** Whether a segment is acceptable, other than by octets for a window that is closed. */
export const isAcceptable = (tcb: Tcb, segment: IncomingSegment): boolean =>
  liesInWindow(tcb, segment) || (tcb.options.choices.acceptsTouching && touchesWindow(tcb, segment));

function liesInWindow({ rcv }: Tcb, { seq, length }: IncomingSegment): boolean {
  // One beyond table 6: a peer that has filled the window speaks from its right edge, and its acknowledgment counts (appendix A.2).
  if (length === 0) return !before(seq, rcv.nxt) && notAfter(seq, rcv.edge);
  if (rcv.edge === rcv.nxt) return false;
  const last = (seq + length - 1) | 0;
  if (!before(seq, rcv.nxt) && before(seq, rcv.edge)) return true;
  if (!before(last, rcv.nxt) && before(last, rcv.edge)) return true;
  // Longer than the window on both sides: its middle is wanted.
  return before(seq, rcv.nxt) && !before(last, rcv.edge);
}

/** As Linux has it: by what was acknowledged last; stricter as long as the peer has not shown that it is where it says it is. */
function touchesWindow({ rcv, ts, state, passive }: Tcb, { seq, length }: IncomingSegment): boolean {
  const end = (seq + length) | 0;
  if (state === 'SYN-RECEIVED' && passive) return after(end, rcv.nxt) && before(seq, rcv.edge);
  return !before(end, ts.lastAck) && notAfter(seq, rcv.edge);
}
