/**
 * The timers of a connection: retransmission (RFC 6298 §5), persist (RFC 9293 §3.8.6.1) and TIME-WAIT (§3.4.2). A deadline is kept in ticks; one that passed does nothing until `timeout` is
 * called. Read first: RFC 9293 §3.8.3, §3.10.8.
 */
import { larger, smaller } from '../../core/least.ts';
import { after, before } from '../../core/sequence.ts';
import { MILLISECOND, type Micros, NEVER, TICK, type Ticks, ticksAfter, ticksAt } from '../../core/time.ts';
import { onTimeout } from './congestion/reno.ts';
import { countSynAgain } from './counts.ts';
import { ECN, reduced } from './ecn.ts';
import { longerIfCounted } from './retransmission-time.ts';
import { backOff, stopTiming } from './rtt.ts';
import type { SendReason } from './send-reasons.ts';
import { EVENT, enter, fail, OWES, oweAck, oweSyn, type Tcb, TIMER } from './tcb.ts';
import { usable } from './windows.ts';

/** Arms a timer, one bit of TIMER, to expire `delay` microseconds from now. */
export function arm(tcb: Tcb, timer: number, delay: Micros, now: Micros): void {
  const { timers } = tcb;
  const deadline = ticksAfter(now, delay);
  switch (timer) {
    case TIMER.RETRANSMISSION:
      timers.retransmission = deadline;
      break;
    case TIMER.PERSIST:
      timers.persist = deadline;
      break;
    case TIMER.TIME_WAIT:
      timers.timeWait = deadline;
      break;
    case TIMER.DELAYED_ACK:
      timers.delayedAck = deadline;
      break;
    case TIMER.KEEP_ALIVE:
      timers.keepAlive = deadline;
      break;
    default:
      timers.lossProbe = deadline;
  }
  timers.armed |= timer;
}

/** Turns a timer off. */
export const disarm = (tcb: Tcb, timer: number): void => {
  tcb.timers.armed &= ~timer;
};

/** Whether any timer runs. */
export const isArmed = (tcb: Tcb): boolean => tcb.timers.armed !== 0;

/** The first deadline of those that are armed; one of them must be. It changes with every event and every segment sent. */
export function firstDeadline({ timers }: Tcb): Ticks {
  const { armed } = timers;
  // Most often it is one of these alone.
  if (armed === TIMER.RETRANSMISSION) return timers.retransmission;
  return armed === TIMER.DELAYED_ACK ? timers.delayedAck : firstOf(timers, armed);
}

/** The first deadline of several. */
function firstOf(timers: Tcb['timers'], armed: number): Ticks {
  // Each of them lies less than 2^31 ticks ahead, and so beyond any that has passed.
  let first = 0;
  let found = 0;
  if (armed & TIMER.RETRANSMISSION) {
    first = timers.retransmission;
    found = 1;
  }
  if (armed & TIMER.DELAYED_ACK && (found++ === 0 || before(timers.delayedAck, first))) first = timers.delayedAck;
  if (armed & TIMER.TIME_WAIT && (found++ === 0 || before(timers.timeWait, first))) first = timers.timeWait;
  if (armed & TIMER.PERSIST && (found++ === 0 || before(timers.persist, first))) first = timers.persist;
  if (armed & TIMER.KEEP_ALIVE && (found++ === 0 || before(timers.keepAlive, first))) first = timers.keepAlive;
  if (armed & TIMER.LOSS_PROBE && (found++ === 0 || before(timers.lossProbe, first))) first = timers.lossProbe;
  return first;
}

/** When `timeout` has something to do. */
export function nextTimeout(tcb: Tcb, now: Micros): Micros {
  if (!isArmed(tcb)) return NEVER;
  const left = (firstDeadline(tcb) - ticksAt(now)) | 0;
  return Math.max(now, (Math.ceil(now / TICK) + left) * TICK);
}

/** Runs what is due at `now`; early and repeated calls do nothing. */
export function timeout(tcb: Tcb, now: Micros): void {
  const { timers } = tcb;
  if (tcb.snd.chosen !== undefined) tcb.snd.chosen.waits = false;
  // Deadlines are rounded up to ticks, so one has passed when its whole tick lies at or before now.
  const tick = Math.floor(now / TICK) | 0;
  if (timers.armed & TIMER.TIME_WAIT && ((timers.timeWait - tick) | 0) <= 0) {
    disarm(tcb, TIMER.TIME_WAIT);
    //= RFC 9293 §3.10.8 TIME-WAIT TIMEOUT: delete the TCB
    if (tcb.state === 'TIME-WAIT') return enter(tcb, 'time-wait timeout');
    // FIN-WAIT-2 of a program that has gone: the peer may never close, and nobody is left who would wait for it.
    return enter(tcb, 'user timeout');
  }
  if (timers.armed & TIMER.LOSS_PROBE && ((timers.lossProbe - tick) | 0) <= 0) lossProbeTimeout(tcb, now);
  if (timers.armed & TIMER.RETRANSMISSION && ((timers.retransmission - tick) | 0) <= 0) retransmissionTimeout(tcb, now);
  if (timers.armed & TIMER.PERSIST && ((timers.persist - tick) | 0) <= 0) persistTimeout(tcb, now);
  if (timers.armed & TIMER.KEEP_ALIVE && ((timers.keepAlive - tick) | 0) <= 0) keepAliveTimeout(tcb, now);
  if (timers.armed & TIMER.DELAYED_ACK && ((timers.delayedAck - tick) | 0) <= 0) {
    disarm(tcb, TIMER.DELAYED_ACK);
    // It has waited for company long enough: the program does not answer at once.
    tcb.acknowledging.conversing = false;
    oweAck(tcb, OWES.ACK_ALONE, 'delayed ACK');
  }
}

/** Segments may only be late, and are waited for (RFC 8985 §6.3). Until then nothing is taken for overdue: what goes again now would go once more with the old deadline. */
export function armLate(tcb: Tcb, wait: Micros, now: Micros): void {
  arm(tcb, TIMER.LOSS_PROBE, wait, now);
  // `timeout` sees to the other first, which sets this one anew.
  arm(tcb, TIMER.RETRANSMISSION, wait, now);
}

/** RFC 8985 §7.3: the tail loss probe is due: it is owed, and the retransmission timer begins anew. */
function lossProbeTimeout(tcb: Tcb, now: Micros): void {
  disarm(tcb, TIMER.LOSS_PROBE);
  const recovery = tcb.snd.chosen?.recovery;
  if (recovery?.waitsForLate === true) {
    recovery.lateTimeout(tcb, now);
    // They may be given longer by now.
    if (recovery.waitsForLate) return armLate(tcb, recovery.wait, now);
    return awaitFirst(tcb, now);
  }
  if (tcb.snd.una === tcb.snd.nxt || (tcb.timers.armed & TIMER.RETRANSMISSION) === 0) return;
  // One that is not answered is enough.
  if (tcb.probe !== undefined && recovery !== undefined) return awaitFirst(tcb, now);
  tcb.owes |= OWES.LOSS_PROBE;
  tcb.probe = { to: tcb.snd.nxt, again: false };
  arm(tcb, TIMER.RETRANSMISSION, tcb.rtt.rto, now);
}

/** Nothing could be sent as the probe that was due: what was sent before is waited for. */
export function withoutLossProbe(tcb: Tcb, now: Micros): void {
  tcb.probe = undefined;
  awaitFirst(tcb, now);
}

/** Where segments are counted, the retransmission timer runs again from when the first one in flight was sent, be that over. */
function awaitFirst(tcb: Tcb, now: Micros): void {
  const left = tcb.snd.chosen?.recovery?.overdue(tcb, now);
  if (left !== undefined) arm(tcb, TIMER.RETRANSMISSION, larger(1, left), now);
}

/** RFC 6298 (5.4) to (5.6): send the earliest segment again, back off, start again. */
function retransmissionTimeout(tcb: Tcb, now: Micros): void {
  const { rtt, options } = tcb;
  const handshake = isHandshake(tcb);
  if (tcb.ecn & ECN.HELD) {
    tcb.ecn &= ~ECN.HELD;
    // Nothing was lost: it was waited for the time of a segment.
    if (tcb.snd.una === tcb.snd.nxt) return disarm(tcb, TIMER.RETRANSMISSION);
  }
  if (givesUp(tcb, now)) return;
  stopTiming(rtt);
  disarm(tcb, TIMER.LOSS_PROBE);
  if (tcb.state !== 'SYN-SENT' || tcb.timeouts > options.choices.linearSynTimeouts) backOff(rtt, options.maximumRto);
  arm(tcb, TIMER.RETRANSMISSION, Math.min(rtt.rto, patience(tcb, now)), now);
  // A peer that has the SYN,ACK and says nothing is not sent another, but the last: what it answers to that is enough.
  if (handshake && tcb.deferred && tcb.timeouts < options.deferAccept) return;
  if (handshake) {
    countSynAgain(tcb.counts);
    rtt.synExpired = true;
    oweSyn(tcb, 'handshake timeout');
  } else if (tcb.snd.chosen?.recovery !== undefined) tcb.snd.chosen.recovery.timedOut(tcb, tcb.timeouts, now);
  else {
    if (tcb.probe !== undefined) tcb.probe.again = false;
    onTimeout(tcb.congestion, tcb.snd.una, tcb.snd.nxt, tcb.snd.mss);
    reduced(tcb);
    //= RFC 2018 §8: the peer may have thrown away what it told of
    tcb.told = undefined;
    resendFrom(tcb, 1, 'retransmission timeout');
  }
}

/** RFC 9293 §3.8.6.1: a probe, and a longer wait for the next (SHLD-29, SHLD-30). */
function persistTimeout(tcb: Tcb, now: Micros): void {
  if (givesUp(tcb, now)) return;
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
  const forCompany = usable(tcb) > 0 && !tcb.options.choices.overridesByTimeout;
  const first = forCompany ? PERSIST_MINIMUM : Math.max(tcb.rtt.rto, PERSIST_MINIMUM);
  //= RFC 9293 §3.8.6.1 SHLD-30
  const interval = Math.min(first * 2 ** tcb.probes, tcb.options.maximumRto);
  arm(tcb, TIMER.PERSIST, Math.min(interval, patience(tcb, now)), now);
}

/** Starts the retransmission timer (RFC 6298 §5): for something that was just sent, or after an acknowledgment of something new. */
export function armRetransmission(tcb: Tcb, now: Micros): void {
  arm(tcb, TIMER.RETRANSMISSION, smaller(tcb.rtt.rto, limitOf(tcb)), now);
}

/** After a change of the user timeout: what runs ends with it at the latest. */
export function heedUserTimeout(tcb: Tcb, now: Micros): void {
  const { timers } = tcb;
  const last = patience(tcb, now);
  if (last === NEVER) return;
  const deadline = ticksAt(now + Math.max(0, last));
  if (timers.armed & TIMER.RETRANSMISSION && ((timers.retransmission - deadline) | 0) > 0)
    timers.retransmission = deadline;
  if (timers.armed & TIMER.PERSIST && ((timers.persist - deadline) | 0) > 0) timers.persist = deadline;
}

/** RFC 9293 §3.8.4: asks an idle peer for a sign of life, and gives up when none comes. */
function keepAliveTimeout(tcb: Tcb, now: Micros): void {
  const { options, timers } = tcb;
  const silent = ((ticksAt(now) - timers.heard) >>> 0) * TICK;
  //= RFC 9293 §3.8.4 MUST-26: not while something is to be sent or acknowledged; that asks the peer, too
  if (tcb.snd.una !== tcb.snd.nxt || tcb.snd.end !== tcb.snd.head) {
    arm(tcb, TIMER.KEEP_ALIVE, options.keepAliveIdle, now);
  } else if (silent < options.keepAliveIdle && tcb.unanswered === 0) {
    arm(tcb, TIMER.KEEP_ALIVE, options.keepAliveIdle - silent, now);
  } else if (isSilent(tcb, silent)) {
    //= RFC 9293 §3.8.4 MUST-29: not after one
    if (options.choices.resetsTheSilent) tcb.owes |= OWES.RESET;
    fail(tcb, 'user timeout', 'ETIMEDOUT');
  } else {
    tcb.unanswered++;
    tcb.owes |= OWES.KEEP_ALIVE;
    arm(tcb, TIMER.KEEP_ALIVE, options.keepAliveInterval, now);
  }
}

/** Whether a peer from which nothing has come for `silent` was asked often enough, or long enough where that is what the program wants. */
function isSilent({ unanswered, options }: Tcb, silent: Micros): boolean {
  if (!options.userTimeoutForAll) return unanswered >= options.keepAliveProbes;
  return unanswered > 0 && silent >= options.userTimeout;
}

/**
 * What was sent, or asked, has had no answer: whether that ends the connection (RFC 9293 §3.8.3, R2; §3.10.8, USER TIMEOUT), and if not, whether it is
 * to be told of (R1). A peer that answers with a closed window is alive (§3.8.6.1 MUST-37; SHLD-17 of §3.8.6): counting begins anew.
 */
function givesUp(tcb: Tcb, now: Micros): boolean {
  //= RFC 9293 §3.8.6.1 MUST-37: an answered probe is no failure
  //= RFC 9293 §3.8.6 SHLD-17: nor is what a window that was taken back leaves out
  // Once its program has gone nobody minds that the peer lives and takes nothing, but those who want the memory (RFC 9293 §3.8.6.1: subject to resource management).
  if (tcb.answered && !tcb.orphaned) {
    notStalled(tcb, now);
    tcb.timeouts = 0;
  }
  tcb.answered = false;
  //= RFC 9293 §3.8.3 MUST-20, MUST-22, MUST-23: (c), R2
  if (((ticksAt(now) - tcb.timers.stalled) >>> 0) * TICK >= limitOf(tcb)) {
    fail(tcb, 'user timeout', 'ETIMEDOUT');
    return true;
  }
  if (tcb.timeouts++ === 0 && tcb.options.choices.countsFromTimeout && !isHandshake(tcb)) notStalled(tcb, now);
  //= RFC 9293 §3.8.3 SHLD-9, SHLD-10: (b) and (e), R1
  if (tcb.timeouts >= tcb.options.reportAfter) tcb.events |= EVENT.TROUBLE;
  return false;
}

/** How long the peer may still stay silent; a tick more, so that `givesUp` agrees when it is over. */
function patience(tcb: Tcb, now: Micros): Micros {
  return limitOf(tcb) + TICK - ((ticksAt(now) - tcb.timers.stalled) >>> 0) * TICK;
}

/** How long the peer may stay silent in all. */
function limitOf({ state, passive, timeouts, options }: Tcb): Micros {
  if (state !== 'SYN-SENT' && state !== 'SYN-RECEIVED') return options.userTimeout;
  if (passive) return options.synAckTimeout;
  const { synTimeout, initialRto, maximumRto, choices } = options;
  // As in Linux a SYN is sent twice, however short the user timeout.
  if (!options.userTimeoutForAll || timeouts === 0) return synTimeout;
  const more = longerIfCounted(synTimeout, initialRto, maximumRto, choices.linearSynTimeouts);
  return smaller(options.userTimeout, synTimeout + more);
}

const isHandshake = (tcb: Tcb): boolean => tcb.state === 'SYN-SENT' || tcb.state === 'SYN-RECEIVED';

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

/** The least wait before a probe, so that a fast link does not turn a closed window into a flood; and how long octets wait for company. */
const PERSIST_MINIMUM: Micros = 200 * MILLISECOND;

/** TIME-WAIT begins, or begins again: no other timer runs. */
//= RFC 9293 §3.6.1 MUST-13: for 2 MSL
export function startTimeWait(tcb: Tcb, now: Micros): void {
  tcb.timers.armed = 0;
  arm(tcb, TIMER.TIME_WAIT, tcb.options.timeWait, now);
}
