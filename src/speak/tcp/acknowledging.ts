/**
 * When to acknowledge: at once, when the programs have had their turn, or a moment later in the hope of company. Read first: RFC 9293
 * §3.8.6.3, RFC 5681 §4.2.
 */
import { type Micros, TICK, ticksAt } from '../../core/time.ts';
import type { SendReason } from './send-reasons.ts';
import { OWES, oweAck, type Tcb, TIMER } from './tcb.ts';
import { arm } from './timers.ts';

/** What a connection keeps of its acknowledging. */
export interface Acknowledging {
  /** Octets received in order since the last acknowledgment went out. */
  octets: number;
  /** Segments still to be acknowledged at once. */
  quick: number;
  /** The program answers what it receives: an acknowledgment will soon have company. */
  conversing: boolean;
}

/** `octets` in order have arrived. */
export function arrived(tcb: Tcb, octets: number, now: Micros): void {
  const { acknowledging } = tcb;
  acknowledging.octets += octets;
  const delay = tcb.options.delayedAck;
  //= RFC 9293 §3.8.6.3 SHLD-19: every second full-sized segment
  if (delay === 0 || acknowledging.octets >= 2 * tcb.mss || (acknowledging.quick > 0 && !acknowledging.conversing)) {
    if (acknowledging.quick > 0) acknowledging.quick--;
    oweAck(tcb, OWES.ACK, acknowledging.octets >= 2 * tcb.mss ? 'every second segment' : 'quick ACK');
  } else if ((tcb.timers.armed & TIMER.DELAYED_ACK) === 0) {
    //= RFC 9293 §3.8.6.3 SHLD-18, MUST-40: later, but in less than half a second
    arm(tcb, 'delayedAck', delay, now);
  }
}

/**
 * Owes the acknowledgment that answers what is not acceptable, or that asks the peer to say again what an attacker could not know (a challenge ACK). So many in
 * so long: a flood of forged segments does not make a flood of answers (RFC 5961 §7), and two ends that find one another unacceptable come to rest.
 */
export function challenge(tcb: Tcb, now: Micros, why: SendReason): void {
  const { challenges, options } = tcb;
  const tick = ticksAt(now);
  if (((tick - challenges.since) >>> 0) * TICK >= options.challengeInterval || challenges.count === 0) {
    challenges.since = tick;
    challenges.count = 0;
  }
  if (challenges.count >= options.challengeLimit) return;
  challenges.count++;
  oweAck(tcb, OWES.ACK_ALONE, why);
}
