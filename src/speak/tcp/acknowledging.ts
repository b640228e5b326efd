/**
 * When to acknowledge: at once, when the programs have had their turn, or a moment later in the hope of company. Read first: RFC 9293
 * §3.8.6.3, RFC 5681 §4.2.
 */
import { smaller } from '../../core/least.ts';
import { after, before, distance } from '../../core/sequence.ts';
import { type Micros, TICK, type Ticks, ticksAt } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import { cameTwice } from './sack.ts';
import type { IncomingSegment } from './segment.ts';
import type { SendReason } from './send-reasons.ts';
import { OWES, oweAck, QUICK_ACKS, type Tcb, TIMER } from './tcb.ts';
import { arm } from './timers.ts';

/** What a connection keeps of its acknowledging. */
export interface Acknowledging {
  /** Octets received in order since the last acknowledgment went out. */
  octets: number;
  /** Octets of the largest segment that has come, as far as a segment of that size is full: an MSS at the most, 536 at the least. */
  largest: number;
  /** Segments still to be acknowledged at once. */
  quick: number;
  /** Segments that have come since an acknowledgment waits for company. */
  waiting: number;
  /** Octets have come that were here before, or that there was no room for. */
  repeats: boolean;
  /** The program answers what it receives: an acknowledgment will soon have company. */
  conversing: boolean;
  /** Challenge ACKs sent since a tick. */
  challenges: number;
  challengesSince: Ticks;
}

/** `octets` have come in one segment, in order or not: what a full one is. */
export function measure(tcb: Tcb, octets: number): void {
  if (octets > tcb.acknowledging.largest) tcb.acknowledging.largest = smaller(octets, tcb.mss);
}

/** `octets` in order have arrived. */
export function arrived(tcb: Tcb, octets: number, now: Micros): void {
  const { acknowledging } = tcb;
  acknowledging.octets += octets;
  const delay = tcb.options.delayedAck;
  const second = acknowledging.octets > acknowledging.largest;
  //= RFC 9293 §3.8.6.3 SHLD-19: every second full-sized segment
  if (delay === 0 || second || (acknowledging.quick > 0 && acknowledging.conversing === false)) {
    if (acknowledging.quick > 0) acknowledging.quick--;
    oweAck(tcb, OWES.ACK, second ? 'every second segment' : 'quick ACK');
  } else if ((tcb.timers.armed & TIMER.DELAYED_ACK) === 0) {
    //= RFC 9293 §3.8.6.3 SHLD-18, MUST-40: later, but in less than half a second
    arm(tcb, TIMER.DELAYED_ACK, delay, now);
    acknowledging.waiting = 1;
  } else acknowledging.waiting++;
}

/** The acknowledgment that waits for company goes at once, unless the program answers (`always`: also then): for who knows that there is news of the window in it. */
export function hasten(tcb: Tcb, always = false): void {
  if ((tcb.timers.armed & TIMER.DELAYED_ACK) === 0) return;
  if (always || !tcb.acknowledging.conversing) oweAck(tcb, OWES.ACK, 'quick ACK');
}

/** The acknowledgment that is owed for octets in order waits for company after all, and so do those that follow: for who knows that there is no news of the window in it. */
export function postpone(tcb: Tcb, now: Micros): void {
  if ((tcb.owes & OWES.ACK) === 0 || !(tcb.ackWhy === 'quick ACK' || tcb.ackWhy === 'every second segment')) return;
  tcb.owes &= ~OWES.ACK;
  tcb.ackWhy = undefined;
  tcb.acknowledging.quick = 0;
  if ((tcb.timers.armed & TIMER.DELAYED_ACK) === 0) arm(tcb, TIMER.DELAYED_ACK, tcb.options.delayedAck, now);
}

/** Octets have come that were here before, or that there is no room for: the peer is in trouble, and acknowledgments are worth more than company. */
export function acknowledgeQuickly({ acknowledging, options }: Tcb): void {
  if (!options.choices.quickensOnRepeats) return;
  acknowledging.quick = QUICK_ACKS;
  acknowledging.conversing = false;
  acknowledging.repeats = true;
}

/** The program has read while an acknowledgment waits for company, as it does where that ends its waiting (`acknowledgesReading`): it need not wait longer where more came than a segment, or where all small segments were read and nobody answers, or two of them came. */
export function readBeforeAck(tcb: Tcb): void {
  const { acknowledging, rcv, ts } = tcb;
  const small = rcv.readable === 0 && acknowledging.octets > 0 && acknowledging.octets < acknowledging.largest;
  if (
    (small && (!acknowledging.conversing || acknowledging.waiting > 1)) ||
    distance(rcv.nxt, ts.lastAck) > acknowledging.largest
  )
    oweAck(tcb, OWES.ACK, 'octets read');
}

/** The peer's FIN is in order: it is acknowledged with octets that wait for that or came with it, later; where the peer has sent none that counted, or as much as a segment can hold, at once. */
export function finAck(tcb: Tcb, now: Micros): void {
  const { acknowledging, rcv, irs, timers, options } = tcb;
  // What comes now comes from our side only.
  acknowledging.conversing = true;
  const nothing = ((rcv.nxt - irs) | 0) === 2 && !acknowledging.repeats;
  if (nothing || acknowledging.octets >= tcb.mss || options.delayedAck === 0)
    return oweAck(tcb, OWES.ACK, 'FIN received');
  if ((timers.armed & TIMER.DELAYED_ACK) === 0) arm(tcb, TIMER.DELAYED_ACK, options.delayedAck, now);
}

/**
 * Owes an acknowledgment that asks the peer to say again what an attacker could not know (a challenge ACK). So many in
 * so long: a flood of forged segments does not make a flood of answers (RFC 5961 §7), and two ends that find one another unacceptable come to rest.
 */
export function challenge(tcb: Tcb, now: Micros, why: SendReason): void {
  if (mayChallenge(tcb, now)) oweAck(tcb, OWES.ACK_ALONE, why);
}

/** Whether there may be another; it is counted if so. */
export function mayChallenge(tcb: Tcb, now: Micros): boolean {
  const { acknowledging, options } = tcb;
  const tick = ticksAt(now);
  if (
    ((tick - acknowledging.challengesSince) >>> 0) * TICK >= options.challengeInterval ||
    acknowledging.challenges === 0
  ) {
    acknowledging.challengesSince = tick;
    acknowledging.challenges = 0;
  }
  if (acknowledging.challenges >= options.challengeLimit) return false;
  acknowledging.challenges++;
  return true;
}

/**
 * Owes the acknowledgment that answers a segment which is not acceptable. One that brought octets or a FIN always gets it: its sender waits to hear that they have
 * come, and whoever floods a connection with forgeries must not be able to use up that answer. What answers has neither, so no two ends keep one another busy so.
 */
export function answer(tcb: Tcb, segment: IncomingSegment, now: Micros, why: SendReason): void {
  const { seq, length, flags } = segment;
  const { nxt } = tcb.rcv;
  const end = (seq + length) | 0;
  if (length > 0 && before(seq, nxt)) acknowledgeQuickly(tcb);
  // Who is in TIME-WAIT has nothing more to tell of what came: only a FIN can have come twice.
  //= RFC 2883 §4
  if (
    length > 0 &&
    (flags & tcp.SYN) === 0 &&
    before(seq, nxt) &&
    tcb.state !== 'SYN-RECEIVED' &&
    tcb.state !== 'TIME-WAIT'
  )
    cameTwice(tcb, seq, after(end, nxt) ? nxt : end);
  answerPlainly(tcb, segment, now, why);
}

/** The same, where nothing is told of what came twice. */
export function answerPlainly(tcb: Tcb, { length, flags }: IncomingSegment, now: Micros, why: SendReason): void {
  if (length === 0 || flags & tcp.SYN) challenge(tcb, now, why);
  else oweAck(tcb, OWES.ACK_ALONE, why);
}
