/**
 * Options that a program changes while the connection is there, and what that means at once. Not here: what an option may be, and its name in a program (socket/).
 * Read first: RFC 9293 §3.7.4 (Nagle), §3.8.4 (keep-alive), §3.8.6.2.2 (a window is not shrunk).
 */
import { type Micros, TICK, ticksAt } from '../../core/time.ts';
import { type ConnectionOptions, EVENT, OWES, oweAck, type Tcb, TIMER } from './tcb.ts';
import { arm, disarm } from './timers.ts';
import { windowUpdate } from './windows.ts';

/** Segments that are acknowledged one by one once a program asks for quick acknowledgments. */
const QUICK_ACKS = 16;

/** Gives the connection other options. What waited for an option that is no longer on is owed now; the host is to ask for output. */
export function setOptions(tcb: Tcb, options: Readonly<ConnectionOptions>, now: Micros): void {
  const before = tcb.options;
  tcb.options = options;
  if (options.receiveBuffer !== before.receiveBuffer) {
    // What has been promised stays promised: the right edge waits until the room is there again.
    tcb.space.receive = options.receiveBuffer;
    if (isReceiving(tcb)) windowUpdate(tcb);
  }
  if (options.sendBuffer !== before.sendBuffer) {
    tcb.space.send = options.sendBuffer;
    if (tcb.snd.blocked && tcb.writable > 0) {
      tcb.snd.blocked = false;
      tcb.events |= EVENT.WRITABLE;
    }
  }
  // As in Linux, turning Nagle's algorithm off sends what waits even under a cork.
  if ((options.noDelay && !before.noDelay) || (before.cork && !options.cork)) push(tcb);
  if (options.keepAlive !== before.keepAlive || (options.keepAlive && options.keepAliveIdle !== before.keepAliveIdle))
    keepAlive(tcb, now);
}

/** What is queued now goes out as soon as windows allow, in whatever pieces. */
function push(tcb: Tcb): void {
  if (((tcb.snd.end - tcb.snd.nxt) | 0) > 0) tcb.owes |= OWES.PUSH;
}

/** The keep-alive timer begins with the last segment that came, not with the option. */
function keepAlive(tcb: Tcb, now: Micros): void {
  const { options, timers } = tcb;
  tcb.unanswered = 0;
  if (!options.keepAlive) return disarm(tcb, 'keepAlive');
  if (!isSynchronized(tcb)) return;
  const silent = ((ticksAt(now) - timers.heard) | 0) * TICK;
  arm(tcb, 'keepAlive', Math.max(0, options.keepAliveIdle - silent), now);
}

/**
 * TCP_QUICKACK: whether what arrives is acknowledged at once for a while, and what waits for company now; or waits from now on. The
 * connection changes that again by itself, as in Linux.
 */
export function setQuickAck(tcb: Tcb, quick: boolean): void {
  tcb.acknowledging.conversing = !quick;
  tcb.acknowledging.quick = quick ? QUICK_ACKS : 0;
  if (!quick || (tcb.timers.armed & TIMER.DELAYED_ACK) === 0) return;
  disarm(tcb, 'delayedAck');
  oweAck(tcb, OWES.ACK_ALONE, 'quick ACK');
}

/** The peer's window is ours to move. */
const isReceiving = (tcb: Tcb): boolean => isSynchronized(tcb) && !tcb.rcv.finDone;

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
