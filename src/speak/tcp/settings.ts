/**
 * Options that a program changes while the connection is there, and what that means at once. Not here: what an option may be (connection-options.ts) and
 * how it gets here (connection-settings.ts), and its name in a program (socket/). Read first: RFC 9293 §3.7.4 (Nagle), §3.8.3 (R2), §3.8.4 (keep-alive), §3.8.6.2.2 (a window is not shrunk).
 */
import { type Micros, TICK, ticksAt } from '../../core/time.ts';
import { type ConnectionSettings, changedSettings } from './connection-settings.ts';
import { EVENT, OWES, oweAck, QUICK_ACKS, type Tcb, TIMER } from './tcb.ts';
import { arm, disarm, heedUserTimeout } from './timers.ts';
import { windowUpdate } from './windows.ts';

/**
 * Changes what a connection was told, at any time of its life. What is agreed on in the handshake (scaling, timestamps, selective acknowledgments,
 * ECN, the largest segment) stays as agreed. What waited for an option that is no longer on is owed now: the host is to ask for output.
 */
export function configure(tcb: Tcb, change: Partial<ConnectionSettings>, now: Micros): void {
  const before = tcb.options;
  //= RFC 9293 §3.8.3 MUST-21: R2 (`userTimeout`) is the program's to set
  const options = changedSettings(before, change);
  tcb.options = options;
  if (
    change.userTimeout !== undefined ||
    change.userTimeoutForAll !== undefined ||
    change.synTimeout !== undefined ||
    change.synAckTimeout !== undefined
  )
    heedUserTimeout(tcb, now);
  if (change.receiveBuffer !== undefined) {
    // What has been promised stays promised: the right edge waits until the room is there again.
    tcb.space.receive = options.receiveBuffer;
    if (isSynchronized(tcb) && !tcb.rcv.finDone) windowUpdate(tcb);
  }
  if (change.sendBuffer !== undefined) {
    tcb.space.send = options.sendBuffer;
    if (tcb.snd.blocked && tcb.writable > 0) {
      tcb.snd.blocked = false;
      tcb.events |= EVENT.WRITABLE;
    }
  }
  // As in Linux, turning Nagle's algorithm off sends what waits even under a cork, also when it was off before.
  if (change.noDelay === true || (before.cork && !options.cork)) push(tcb);
  if (change.keepAlive !== undefined || change.keepAliveIdle !== undefined) keepAlive(tcb, now);
}

/** What is queued now goes out as soon as windows allow, in whatever pieces. */
function push(tcb: Tcb): void {
  if (((tcb.snd.end - tcb.snd.nxt) | 0) > 0) tcb.owes |= OWES.PUSH;
}

/** The keep-alive timer counts from the last segment that came, not from the option. */
function keepAlive(tcb: Tcb, now: Micros): void {
  const { options, timers } = tcb;
  tcb.unanswered = 0;
  //= RFC 9293 §3.8.4 MUST-24, MUST-27
  if (!options.keepAlive) return disarm(tcb, TIMER.KEEP_ALIVE);
  if (!isSynchronized(tcb)) return;
  const silent = ((ticksAt(now) - timers.heard) >>> 0) * TICK;
  arm(tcb, TIMER.KEEP_ALIVE, Math.max(0, options.keepAliveIdle - silent), now);
}

/**
 * TCP_QUICKACK: whether what arrives is acknowledged at once for a while, and what waits for company now; or waits from now on. The
 * connection changes that again by itself, as in Linux.
 */
export function setQuickAck(tcb: Tcb, quick: boolean): void {
  tcb.acknowledging.conversing = !quick;
  tcb.acknowledging.quick = quick ? QUICK_ACKS : 0;
  if (!quick || (tcb.timers.armed & TIMER.DELAYED_ACK) === 0) return;
  disarm(tcb, TIMER.DELAYED_ACK);
  oweAck(tcb, OWES.ACK_ALONE, 'quick ACK');
}

/** A peer is there: windows and keep-alives mean something. */
function isSynchronized({ state }: Tcb): boolean {
  switch (state) {
    case 'CLOSED':
    case 'LISTEN':
    case 'SYN-SENT':
    case 'SYN-RECEIVED':
    case 'TIME-WAIT':
      return false;
    default:
      return true;
  }
}
