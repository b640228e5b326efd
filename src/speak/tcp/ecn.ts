/**
 * Explicit congestion notification: routers mark packets instead of dropping them, the receiver echoes the marks, and the sender slows down and says so.
 *
 *   sender ── ECT(0) ──▶ router, congested: CE ──▶ receiver
 *          ◀────────────── ECE, in every segment ─┘
 *          ── CWR, with the next new octets ─────▶ no more ECE
 *
 * Read first: RFC 3168 §6.1. By how much the window is reduced is congestion control's to say (congestion/reno.ts), and the IP header the host's to write.
 */
import { CE, ECT_0, NOT_ECT } from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import { onEcho } from './congestion/reno.ts';
import type { IncomingSegment } from './segment.ts';
import { OWES, oweAck, type Tcb } from './tcb.ts';

/** Bits of `tcb.ecn`. */
export const ECN = {
  /** Our SYN has asked. */
  ASKED: 1,
  /** Marks that arrive are echoed: both ends have said that they know of ECN. */
  ECHOES: 2,
  /** New octets are sent as ECT(0): that, and nobody has said anything else since. */
  SENDS: 4,
  /** A mark has arrived, and no CWR since. */
  MARKED: 8,
  /** The window was reduced, and the peer has not been told. */
  REDUCED: 16,
  /** An echo came while the window was one segment: nothing new is sent before the retransmission timer ends. */
  HELD: 32,
  /** The segment that `nextSegment` has just written goes as ECT(0): routers may mark it. */
  MARKABLE: 64,
  /** Octets have come that routers may mark, or have marked. */
  SEEN: 128,
} as const;

const SETUP = tcp.ECE | tcp.CWR;
const AGREED = ECN.ECHOES | ECN.SENDS;

/** The bits of ECN in a SYN that is about to be sent. */
export function synBits(tcb: Tcb): number {
  //= RFC 9293 §3.8.2 SHLD-8
  if (tcb.options.ecn !== 'active') return 0;
  //= RFC 3168 §6.1.1.1: one that was not answered may have been dropped for asking; the next one does not ask, and nothing is sent as ECT then
  if (tcb.timeouts > 0) {
    tcb.ecn &= ~ECN.SENDS;
    return 0;
  }
  tcb.ecn |= ECN.ASKED | ECN.SENDS;
  return SETUP;
}

/** The bits of ECN in a SYN,ACK that is about to be sent. */
export const synAckBits = (tcb: Tcb): number => (tcb.ecn & ECN.ECHOES ? tcp.ECE : 0);

/** The peer's SYN, or SYN,ACK, has come, perhaps once more. */
export function synArrived(tcb: Tcb, segment: IncomingSegment, first: boolean): void {
  const bits = segment.flags & SETUP;
  if (segment.flags & tcp.ACK) {
    //= RFC 3168 §6.1.1.2: both bits are only our own, reflected
    const agrees = bits === tcp.ECE && tcb.ecn & ECN.ASKED;
    tcb.ecn = agrees ? ECN.ECHOES | (tcb.ecn & ECN.SENDS) : 0;
  } else if (bits !== SETUP || tcb.options.ecn === 'off') tcb.ecn = 0;
  //= RFC 3168 §6.1.1: a SYN that routers may mark is none of a sender that keeps to this; Linux takes it so, too
  else if ((segment.typeOfService & 3) !== NOT_ECT) tcb.ecn = 0;
  else if (first && tcb.passive) tcb.ecn = AGREED;
  // Both have opened: what counts is that our own SYN has asked.
  else if (first) tcb.ecn = (tcb.ecn & AGREED_SYN) === AGREED_SYN ? tcb.ecn | ECN.ECHOES : 0;
}

const AGREED_SYN = ECN.ASKED | ECN.SENDS;

/** RFC 3168 §6.1.3: an acceptable segment with octets has come. */
export function octetsArrived(tcb: Tcb, segment: IncomingSegment): void {
  //= RFC 9293 §3.8.2 SHLD-8
  if ((tcb.ecn & ECN.ECHOES) === 0) return;
  // Who has reduced its window to a single segment waits for this acknowledgment, as does who has yet to learn that it should.
  if (segment.flags & tcp.CWR) {
    tcb.ecn &= ~ECN.MARKED;
    oweAck(tcb, OWES.ACK, 'congestion');
  }
  if ((segment.typeOfService & 3) !== NOT_ECT) tcb.ecn |= ECN.SEEN;
  if ((segment.typeOfService & 3) !== CE) return;
  if ((tcb.ecn & ECN.MARKED) === 0) oweAck(tcb, OWES.ACK, 'congestion');
  tcb.ecn |= ECN.MARKED;
}

/** Whether the segment echoes a mark to us. */
export const echoes = (tcb: Tcb, segment: IncomingSegment): boolean =>
  (tcb.ecn & ECN.SENDS) !== 0 && (segment.flags & (tcp.ECE | tcp.SYN)) === tcp.ECE;

/**
 * RFC 3168 §6.1.2: an acceptable acknowledgment has echoed a mark, when `flight` octets were in flight. Answers whether nothing new is to be sent before the retransmission timer,
 * which is to be started anew, ends.
 */
export function echoArrived(tcb: Tcb, flight: number): boolean {
  const { congestion, snd } = tcb;
  //= RFC 9293 §3.8.2 SHLD-8
  //= RFC 3168 §6.1.2: less than a segment a round trip is a segment a timeout
  const holds = congestion.cwnd <= snd.mss && (tcb.ecn & ECN.HELD) === 0;
  if (holds) tcb.ecn |= ECN.HELD;
  if (onEcho(congestion, snd.una, snd.nxt, flight, snd.mss)) reduced(tcb);
  return holds;
}

/** The congestion window was reduced, for whatever reason: the next new octets say so. */
export function reduced(tcb: Tcb): void {
  if (tcb.ecn & ECN.SENDS) tcb.ecn |= ECN.REDUCED;
}

/** What the two bits of ECN should be in the IP header of the segment that `nextSegment` has just written. */
export const codepoint = ({ ecn }: Tcb): number => (ecn & ECN.MARKABLE ? ECT_0 : NOT_ECT);

/** New octets are about to be sent, for the first time: sets the codepoint of their packet, and answers the bits they carry. */
export function newOctetsBits(tcb: Tcb): number {
  //= RFC 9293 §3.8.2 SHLD-8
  if ((tcb.ecn & ECN.SENDS) === 0) return 0;
  tcb.ecn |= ECN.MARKABLE;
  if ((tcb.ecn & ECN.REDUCED) === 0) return 0;
  tcb.ecn &= ~ECN.REDUCED;
  return tcp.CWR;
}
