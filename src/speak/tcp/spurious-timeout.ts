/**
 * F-RTO: whether a timeout was a mistake (RFC 5682), and then it is taken back. The first acknowledgment after it lets new segments go, not those that seem lost; when the next one moves on to what was not sent
 * again, that had arrived all the while. Timestamps tell it at once. Only where it was chosen (`takesTimeoutsBack`). Read first: RFC 5682 §2.1, §3.1.
 */
import { after, before, distance, type Seq } from '../../core/sequence.ts';
import { type SuspectTimeout, undoTimeout } from './congestion/reno.ts';
import type { IncomingSegment } from './segment.ts';
import type { Tcb } from './tcb.ts';

/** An acknowledgment has moved SND.UNA on from `una` after a timeout: takes it back where that shows that nothing was lost. */
export function judgeTimeout(tcb: Tcb, suspect: SuspectTimeout, una: Seq, { ack, options }: IncomingSegment): void {
  const { resend, congestion, sack, ts } = tcb;
  // Without SACK one that also covers what was sent again may be due to that.
  const original = after(ack, resend.next) && (sack || !before(una, resend.next));
  // It echoes what was sent before: Eifel detection, which RFC 4015 builds on.
  const echoes = ts.on && options.timestamps && before(options.tsecr, suspect.stamp);
  if (!original && !echoes) return;
  undoTimeout(congestion, suspect, ack);
  resend.active = false;
  resend.allowed = 0;
}

/** The same acknowledgment did not decide it, and the congestion window has grown: new octets go next where there are any, or what seems lost. */
export function probeTimeout(tcb: Tcb, suspect: SuspectTimeout): void {
  const { snd, resend, congestion } = tcb;
  const room = distance((snd.una + snd.wnd) | 0, snd.nxt);
  if (suspect.probed > 0 || !resend.active || distance(snd.end, snd.nxt) <= 0 || room <= 0) return endProbe(tcb);
  suspect.probed = congestion.cwnd;
  // What is in flight is taken for lost (RFC 5682 §2.1, step 2b, has two segments, which is what the window has most often).
  congestion.cwnd = distance(snd.nxt, snd.una) + suspect.probed;
  resend.allowed = 0;
}

/** The octets are lost: they go again. */
export function endProbe({ snd, resend, congestion }: Tcb): void {
  const { suspect } = congestion;
  congestion.suspect = undefined;
  if (suspect === undefined || suspect.probed === 0) return;
  congestion.cwnd = suspect.probed;
  // The new ones are on their way, but for the one that a duplicate tells of.
  const flight = Math.max(0, distance(snd.nxt, resend.end) - snd.mss);
  if (resend.active) resend.allowed = Math.max(0, Math.floor((congestion.cwnd - flight) / snd.mss));
}
