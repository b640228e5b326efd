/**
 * Congestion control as RFC 5681 has it, with RFC 6582's recovery: how much may be in flight besides what the peer's window allows.
 * All counts are octets. Not here: what to send again (output.ts), the peer's window (windows.ts).
 *
 * This is the seam for other algorithms: what a connection asks of one are the functions below.
 * Read first: RFC 5681 §3, RFC 6582 §3.2, RFC 3042 (limited transmit), RFC 6928 (initial window).
 */
import { larger, smaller } from '../../../core/least.ts';
import { after, before, notAfter, type Seq } from '../../../core/sequence.ts';

/** Duplicate acknowledgments that tell a loss (RFC 5681 §3.2). */
export const DUPLICATES = 3;

/** A threshold above every window: slow start goes on until the first loss. */
export const INFINITE_THRESHOLD = 0x3fffffff;

/** A congestion window beyond every window that a peer can offer. */
const LARGEST = INFINITE_THRESHOLD;

/** What congestion control keeps of a connection. */
export interface Congestion {
  /** The congestion window, and where slow start ends. */
  cwnd: number;
  ssthresh: number;
  /** Octets acknowledged towards the next step of congestion avoidance. */
  acknowledged: number;
  /** The most octets that were in flight at once in the last round trip, which ends when `flightEnd` is acknowledged. */
  mostInFlight: number;
  flightEnd: Seq;
  /** Duplicate acknowledgments in a row. */
  duplicates: number;
  /** Fast recovery is under way, until `recover` is acknowledged; `recover` guards against another for the same loss. */
  recovering: boolean;
  recover: Seq;
  /** A timeout's back-off is under way: ssthresh was set at the first of them. */
  timedOut: boolean;
  /** What was sent before this number belongs to a window whose congestion was answered by a reduction. */
  answered: Seq;
}

/** Octets that numbers from the past are kept behind the present, at the most: twice as far, and they would seem to lie ahead. */
const MEMORY = 0x3fff_ffff;

/** Before the handshake. */
export const makeCongestion = (): Congestion => ({
  cwnd: 0,
  ssthresh: INFINITE_THRESHOLD,
  acknowledged: 0,
  mostInFlight: 0,
  flightEnd: 0,
  duplicates: 0,
  recovering: false,
  recover: 0,
  timedOut: false,
  answered: 0,
});

/** RFC 6928 §2: ten segments, and at most 14,600 octets unless two segments are more. */
export const initialWindow = (mss: number): number => smaller(10 * mss, larger(2 * mss, 14_600));

/** Segments have become longer: one of them may always go (RFC 5681 §3.1, the loss window), or nothing would, as less than one is a silly window. */
export function segmentsGrew(congestion: Congestion, mss: number): void {
  congestion.cwnd = larger(congestion.cwnd, mss);
}

/** The handshake is done. //= RFC 5681 §3.1: after a SYN was lost, one segment */
export function established(congestion: Congestion, mss: number, synLost: boolean, iss: Seq): void {
  congestion.cwnd = synLost ? mss : initialWindow(mss);
  // One before what RFC 6582 §3.2 says: the loss of the very first segment can be recovered too.
  congestion.recover = (iss - 1) | 0;
  congestion.answered = iss;
}

/** Octets beyond the window that the first two duplicates let go (RFC 3042). */
export const limitedTransmit = (congestion: Congestion, mss: number): number =>
  congestion.recovering === true ? 0 : smaller(congestion.duplicates, 2) * mss;

/** RFC 5681 §3.1 (4): half of what is in flight, and two segments at least. */
const reducedTo = (flight: number, mss: number): number => larger(flight >> 1, 2 * mss);

/**
 * New octets are acknowledged: `octets` up to `ack`, of `flight` that were in flight. Answers whether the segment at SND.UNA is to be sent again (a partial
 * acknowledgment in recovery, RFC 6582 §3.2 step 3).
 * @param echoes it tells of marks, too (see `onEcho`, which follows)
 */
export function onAcknowledgment(
  congestion: Congestion,
  ack: Seq,
  octets: number,
  flight: number,
  mss: number,
  echoes = false,
): boolean {
  // What duplicates told of had left the network before: this acknowledgment tells of the rest.
  const news = larger(0, octets - congestion.duplicates * mss);
  congestion.duplicates = 0;
  congestion.timedOut = false;
  if (((ack - congestion.recover) | 0) > MEMORY) congestion.recover = (ack - MEMORY) | 0;
  if (((ack - congestion.answered) | 0) > MEMORY) congestion.answered = (ack - MEMORY) | 0;
  if (congestion.recovering === true) {
    if (!after(congestion.recover, ack)) {
      // Full acknowledgment: deflate, without the burst that an empty pipe would allow.
      const pipe = larger(flight - octets, mss) + mss;
      congestion.cwnd = smaller(congestion.ssthresh, pipe);
      congestion.recovering = false;
      return false;
    }
    congestion.cwnd = larger(mss, congestion.cwnd - octets) + (octets >= mss ? mss : 0);
    return true;
  }
  //= RFC 3168 §6.1.2: marks that come back let nothing grow
  if (echoes) return false;
  // A window that was not used has not been tested (RFC 5681 §3.1; RFC 7661 says why): slow start goes to twice what was in flight, as in Linux.
  const tested = 2 * congestion.mostInFlight;
  //= RFC 9293 §3.8.2 MUST-19: slow start, then congestion avoidance
  if (congestion.cwnd < congestion.ssthresh) {
    if (tested <= congestion.cwnd) return false;
    // By all octets and not by one segment for each ACK: one ACK may answer for many segments that arrived together.
    congestion.cwnd = smaller(congestion.cwnd + news, LARGEST);
    return false;
  }
  if (tested < congestion.cwnd) return false;
  congestion.acknowledged += news;
  if (congestion.acknowledged >= congestion.cwnd) {
    congestion.acknowledged -= congestion.cwnd;
    congestion.cwnd = smaller(congestion.cwnd + mss, LARGEST);
  }
  return false;
}

/** Octets up to `nxt` are in flight from `una` on, the last of them new. */
export function onSent(congestion: Congestion, una: Seq, nxt: Seq): void {
  const flight = (nxt - una) | 0;
  if (flight <= congestion.mostInFlight && after(congestion.flightEnd, una)) return;
  congestion.mostInFlight = flight;
  congestion.flightEnd = nxt;
}

/** A duplicate acknowledgment. Answers whether the segment at SND.UNA is to be sent again: fast retransmit. */
export function onDuplicate(congestion: Congestion, una: Seq, nxt: Seq, mss: number): boolean {
  congestion.duplicates++;
  if (congestion.recovering) {
    congestion.cwnd = smaller(congestion.cwnd + mss, LARGEST);
    return false;
  }
  //= RFC 6582 §3.2 step 2: not for octets that an earlier recovery has sent again already
  if (congestion.duplicates !== DUPLICATES || notAfter((una - 1) | 0, congestion.recover)) return false;
  //= RFC 5681 §3.2: (2), without what the first two duplicates let go beyond the window
  const flight = (nxt - una) | 0;
  const beyond = smaller(larger(0, flight - congestion.cwnd), limitedTransmit(congestion, mss));
  //= RFC 3168 §6.1.2: not for the second time in a window
  if (!before(una, congestion.answered)) congestion.ssthresh = reducedTo(flight - beyond, mss);
  congestion.cwnd = congestion.ssthresh + DUPLICATES * mss;
  congestion.recovering = true;
  congestion.recover = nxt;
  congestion.answered = nxt;
  return true;
}

/** The retransmission timer expired (RFC 5681 §3.1; RFC 6582 §3.2 step 4). */
export function onTimeout(congestion: Congestion, una: Seq, nxt: Seq, mss: number): void {
  //= RFC 9293 §3.8.2 MUST-19: slow start begins anew
  if (!congestion.timedOut) congestion.ssthresh = reducedTo((nxt - una) | 0, mss);
  congestion.timedOut = true;
  congestion.cwnd = mss;
  congestion.acknowledged = 0;
  congestion.duplicates = 0;
  congestion.recovering = false;
  congestion.recover = nxt;
  congestion.answered = nxt;
}

/** A loss was mended by a probe before anybody knew of it (RFC 8985 §7.4.2): it counts as one all the same. */
export function onMended(congestion: Congestion, una: Seq, nxt: Seq, mss: number): void {
  congestion.ssthresh = reducedTo((nxt - una) | 0, mss);
  congestion.cwnd = congestion.ssthresh;
}

/**
 * The peer tells of marked packets, with an acknowledgment up to `una`, when `flight` octets were in flight (RFC 3168 §6.1.2): as for a loss, the window is halved, once in a
 * window of octets. Answers whether it was.
 */
export function onEcho(congestion: Congestion, una: Seq, nxt: Seq, flight: number, mss: number): boolean {
  if (congestion.recovering || !after(una, congestion.answered)) return false;
  congestion.ssthresh = reducedTo(flight, mss);
  congestion.cwnd = larger(mss, smaller(congestion.ssthresh, congestion.cwnd >> 1));
  congestion.acknowledged = 0;
  congestion.answered = nxt;
  return true;
}

/** Nothing was sent for a retransmission timeout: what was learnt of the path is old (RFC 5681 §4.1). */
export function onIdle(congestion: Congestion, mss: number): void {
  congestion.cwnd = smaller(congestion.cwnd, initialWindow(mss));
}
