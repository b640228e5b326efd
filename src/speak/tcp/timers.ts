/**
 * The timers of a connection: retransmission (RFC 6298 §5), persist (RFC 9293 §3.8.6.1) and TIME-WAIT (§3.4.2). A deadline is kept in ticks; one that passed does nothing until `timeout` is
 * called. Read first: RFC 9293 §3.8.3, §3.10.8.
 */
import { after } from '../../core/sequence.ts';
import { MILLISECOND, type Micros, NEVER, TICK, ticksAt } from '../../core/time.ts';
import { onTimeout } from './congestion/reno.ts';
import { backOff, stopTiming } from './rtt.ts';
import type { SendReason } from './send-reasons.ts';
import { enter, fail, OWES, oweAck, oweSyn, type Tcb, TIMER } from './tcb.ts';
import { usable } from './windows.ts';

/** The timers, by the name of their deadline. */
export type TimerName = 'retransmission' | 'persist' | 'timeWait' | 'delayedAck' | 'keepAlive';

/** Arms a timer to expire `delay` microseconds from now. */
export function arm(tcb: Tcb, timer: TimerName, delay: Micros, now: Micros): void {
  tcb.timers[timer] = ticksAt(now + delay);
  tcb.timers.armed |= BIT[timer];
}

/** Turns a timer off. */
export const disarm = (tcb: Tcb, timer: TimerName): void => {
  tcb.timers.armed &= ~BIT[timer];
};

const BIT = {
  retransmission: TIMER.RETRANSMISSION,
  persist: TIMER.PERSIST,
  timeWait: TIMER.TIME_WAIT,
  delayedAck: TIMER.DELAYED_ACK,
  keepAlive: TIMER.KEEP_ALIVE,
} as const;

/** When `timeout` has something to do: it changes with every event and every segment sent. */
export function nextTimeout(tcb: Tcb, now: Micros): Micros {
  const { timers } = tcb;
  if (timers.armed === 0) return NEVER;
  const base = ticksAt(now);
  let left = 0x7fffffff;
  if (timers.armed & TIMER.RETRANSMISSION) left = Math.min(left, (timers.retransmission - base) | 0);
  if (timers.armed & TIMER.PERSIST) left = Math.min(left, (timers.persist - base) | 0);
  if (timers.armed & TIMER.TIME_WAIT) left = Math.min(left, (timers.timeWait - base) | 0);
  if (timers.armed & TIMER.DELAYED_ACK) left = Math.min(left, (timers.delayedAck - base) | 0);
  if (timers.armed & TIMER.KEEP_ALIVE) left = Math.min(left, (timers.keepAlive - base) | 0);
  return Math.max(now, (Math.ceil(now / TICK) + left) * TICK);
}

/** Runs what is due at `now`; early and repeated calls do nothing. */
export function timeout(tcb: Tcb, now: Micros): void {
  const { timers } = tcb;
  // Deadlines are rounded up to ticks, so one has passed when its whole tick lies at or before now.
  const tick = Math.floor(now / TICK) | 0;
  if (timers.armed & TIMER.TIME_WAIT && ((timers.timeWait - tick) | 0) <= 0) {
    disarm(tcb, 'timeWait');
    //= RFC 9293 §3.10.8 TIME-WAIT TIMEOUT: delete the TCB
    if (tcb.state === 'TIME-WAIT') return enter(tcb, 'time-wait timeout');
    // FIN-WAIT-2 of a program that has gone: the peer may never close, and nobody is left who would wait for it.
    return enter(tcb, 'user timeout');
  }
  if (timers.armed & TIMER.RETRANSMISSION && ((timers.retransmission - tick) | 0) <= 0) retransmissionTimeout(tcb, now);
  if (timers.armed & TIMER.PERSIST && ((timers.persist - tick) | 0) <= 0) persistTimeout(tcb, now);
  if (timers.armed & TIMER.KEEP_ALIVE && ((timers.keepAlive - tick) | 0) <= 0) keepAliveTimeout(tcb, now);
  if (timers.armed & TIMER.DELAYED_ACK && ((timers.delayedAck - tick) | 0) <= 0) {
    disarm(tcb, 'delayedAck');
    // It has waited for company long enough.
    oweAck(tcb, OWES.ACK_ALONE, 'delayed ACK');
  }
}

/** RFC 6298 (5.4) to (5.6): send the earliest segment again, back off, start again. */
function retransmissionTimeout(tcb: Tcb, now: Micros): void {
  const { rtt, options } = tcb;
  const handshake = tcb.state === 'SYN-SENT' || tcb.state === 'SYN-RECEIVED';
  if (givesUp(tcb, handshake ? options.synTimeout : options.userTimeout, now)) return;
  stopTiming(rtt);
  backOff(rtt, options.maximumRto);
  arm(tcb, 'retransmission', rtt.rto, now);
  tcb.counts.timeouts++;
  if (!handshake) onTimeout(tcb.congestion, tcb.snd.una, tcb.snd.nxt, tcb.snd.mss);
  if (handshake) {
    tcb.counts.retransmitted++;
    rtt.synExpired = true;
    oweSyn(tcb, 'handshake timeout');
  } else {
    resendFrom(tcb, 1, 'retransmission timeout');
  }
}

/** RFC 9293 §3.8.6.1: a probe, and a longer wait for the next (SHLD-29, SHLD-30). */
function persistTimeout(tcb: Tcb, now: Micros): void {
  if (givesUp(tcb, tcb.options.userTimeout, now)) return;
  tcb.owes |= OWES.PROBE;
  tcb.probes++;
  armPersist(tcb, now);
}

/**
 * Arms the persist timer. Its interval doubles with each probe and leaves the retransmission timeout as it was: an open window is not to
 * start with a timeout that a closed one has made long.
 */
export function armPersist(tcb: Tcb, now: Micros): void {
  //= RFC 9293 §3.8.6.2.1: octets that wait for company and not for the window wait 0.1 to 1 second, whatever the path
  const first = usable(tcb) > 0 ? PERSIST_MINIMUM : Math.max(tcb.rtt.rto, PERSIST_MINIMUM);
  arm(tcb, 'persist', Math.min(first * 2 ** Math.min(tcb.probes, 16), tcb.options.maximumRto), now);
}

/** RFC 9293 §3.8.4: asks an idle peer for a sign of life, and gives up when none comes (MUST-26 to MUST-29). */
function keepAliveTimeout(tcb: Tcb, now: Micros): void {
  const { options, timers } = tcb;
  const silent = ((ticksAt(now) - timers.heard) | 0) * TICK;
  if (silent < options.keepAliveIdle && tcb.unanswered === 0) {
    arm(tcb, 'keepAlive', options.keepAliveIdle - silent, now);
  } else if (tcb.unanswered >= options.keepAliveProbes) {
    fail(tcb, 'user timeout', 'ETIMEDOUT');
  } else {
    tcb.unanswered++;
    tcb.owes |= OWES.KEEP_ALIVE;
    arm(tcb, 'keepAlive', options.keepAliveInterval, now);
  }
}

/** RFC 9293 §3.8.3 (R2) and §3.10.8 (USER TIMEOUT). A probed peer that answers counts as alive (§3.8.6.1 MUST-37): `stalled` moves with each answer. */
function givesUp(tcb: Tcb, limit: Micros, now: Micros): boolean {
  if (((ticksAt(now) - tcb.timers.stalled) | 0) * TICK < limit) return false;
  fail(tcb, 'user timeout', 'ETIMEDOUT');
  return true;
}

/** The peer has shown progress, or life while its window is closed. */
export const notStalled = (tcb: Tcb, now: Micros): void => {
  tcb.timers.stalled = ticksAt(now);
};

/** Everything not acknowledged is to be sent again, `allowed` segments now and the rest as acknowledgments come. */
export function resendFrom(tcb: Tcb, allowed: number, why: SendReason): void {
  const { resend, snd } = tcb;
  resend.next = snd.una;
  resend.end = snd.nxt;
  resend.allowed = allowed;
  resend.active = true;
  resend.why = why;
}

/** The segment at SND.UNA alone is to be sent again: fast retransmit, or a partial acknowledgment in recovery. */
export function resendFirst(tcb: Tcb, why: SendReason): void {
  const { resend, snd } = tcb;
  const end = (snd.una + snd.mss) | 0;
  resend.next = snd.una;
  resend.end = after(end, snd.nxt) ? snd.nxt : end;
  resend.allowed = 1;
  resend.active = true;
  resend.why = why;
}

/** The least wait before a probe, so that a fast link does not turn a closed window into a flood. */
const PERSIST_MINIMUM: Micros = 200 * MILLISECOND;
