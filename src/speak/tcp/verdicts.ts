/**
 * What becomes of a segment that arrives: accepted, or dropped, wholly or its octets, for one of a closed list of reasons. Each reason has a counter: nothing is dropped unseen.
 * The answer to what was dropped, if any, has a reason of its own (send-reasons.ts).
 */
import type { IncomingSegment } from './segment.ts';
import type { Tcb } from './tcb.ts';

/** Every reason to drop a segment, or its octets, with a sentence whose subject is the segment. */
export const DROPS = {
  // The whole segment, in the order of the checks.
  'connection closed': 'came for a connection that is over',
  'RST in LISTEN': 'is a reset, and nothing has been sent that it could answer',
  'ACK in LISTEN': 'acknowledges something, and nothing has been sent',
  'no SYN in LISTEN': 'is neither SYN, nor ACK, nor RST',
  'SYN with a FIN': 'is a SYN that brings its FIN',
  'unacceptable ACK in the handshake': 'acknowledges what was never sent',
  'ACK without octets in the handshake': 'ends the handshake without octets, which are waited for',
  'RST without ACK in SYN-SENT': 'is a reset that does not show that its sender has seen the SYN',
  'no SYN in SYN-SENT': 'is neither SYN nor RST',
  'no timestamp': 'has no timestamp, and both ends have agreed on them',
  PAWS: 'has a timestamp from the past',
  'old sequence': 'lies before the window: all of it was here already',
  'beyond the window': 'lies beyond the window',
  'RST out of the window': 'is a reset from outside the window',
  'SYN again': "is the peer's SYN once more",
  'RST in TIME-WAIT': 'is a reset that would let old duplicates into a new connection',
  'RST not exact': 'is a reset in the window, and not exactly next',
  'SYN in the window': 'is a SYN into a connection that is there',
  'no ACK': 'acknowledges nothing',
  'ACK of the future': 'acknowledges what was never sent',
  'ACK of the past': 'acknowledges less than the largest window ago',
  // Its octets alone, or some of them; its acknowledgment counted.
  'window closed': 'brought octets into a closed window',
  'text in a SYN': 'brought octets or a FIN with its SYN, which its sender sends again',
  'text after the FIN': 'brought octets, and the peer has sent its FIN',
  'old text': 'brought octets, and none of them new',
  'text beyond the window': 'brought octets, and the last of them lie beyond the window',
  'text for nobody': 'brought octets for a program that has gone',
  'pages exhausted': "brought octets, and the host's pages are used up",
  'too many holes': 'brought octets beyond one hole more than is kept in mind',
  'FIN beyond the window': 'brought a FIN beyond the window',
} as const;

/** Why a segment, or what it brought, was dropped. */
export type Drop = keyof typeof DROPS;

/** What became of a segment. */
export type Verdict = 'accepted' | Drop;

/** Notes that `segment` is dropped, and counts it. Answers false, which ends its processing. */
export function drop(tcb: Tcb, segment: IncomingSegment, reason: Drop): false {
  if (segment.verdict === 'accepted') {
    segment.verdict = reason;
    tcb.counters.tcpDropped[reason]++;
  }
  return false;
}
