/** The calls of a program: OPEN, SEND, RECEIVE, CLOSE, ABORT. Read first: RFC 9293 §3.10.1 to §3.10.5. */
import type { Seq } from '../../core/sequence.ts';
import type { Micros } from '../../core/time.ts';
import type { State } from '../../rules/states.ts';
import { hasRead } from './buffer-space.ts';
import { type ConnectionOptions, connectionOptions } from './connection-options.ts';
import { watchWindow } from './output.ts';
import { oweAbort } from './reset.ts';
import type { IncomingSegment } from './segment.ts';
import { segmentArrives } from './segment-arrives.ts';
import { enter, OWES, oweSyn, type Tcb } from './tcb.ts';
import { arm, disarm, heedUserTimeout, notStalled } from './timers.ts';
import { scaleFor, windowUpdate } from './windows.ts';

/**
 * OPEN (§3.10.1). Active: a SYN is owed. Passive: the connection waits in LISTEN for one.
 * @param iss the initial send sequence number, from the host's keyed clock (RFC 6528)
 */
export function open(tcb: Tcb, kind: 'active' | 'passive', iss: Seq, now: Micros): void {
  tcb.iss = iss;
  tcb.rcv.scale = tcb.options.windowScaling ? scaleFor(tcb.options.receiveBufferMaximum) : 0;
  tcb.snd.mss = Math.min(536, tcb.mss);
  tcb.snd.una = iss;
  tcb.snd.small = iss;
  tcb.snd.nxt = iss;
  tcb.snd.head = (iss + 1) | 0;
  tcb.snd.end = (iss + 1) | 0;
  tcb.passive = kind === 'passive';
  notStalled(tcb, now);
  if (kind === 'passive') return enter(tcb, 'passive open');
  enter(tcb, 'active open');
  oweSyn(tcb, 'active open');
  tcb.snd.nxt = (iss + 1) | 0;
}

/**
 * A passive OPEN whose SYN was answered without a connection to remember it (RFC 4987 §3.6): what it would have led to, SYN-RECEIVED, without another SYN,ACK.
 * The acknowledgment that brought this to light is to follow.
 */
export function openAnswered(tcb: Tcb, iss: Seq, syn: IncomingSegment, now: Micros): void {
  open(tcb, 'passive', iss, now);
  segmentArrives(tcb, syn, now);
  tcb.owes &= ~OWES.SYN;
}

/**
 * Changes what a connection was told, at any time of its life. What is agreed on in the handshake (scaling, timestamps, selective acknowledgments,
 * ECN) stays as agreed.
 * @throws TcplabError EINVAL when a value is out of its range
 */
export function configure(tcb: Tcb, change: Partial<ConnectionOptions>, now: Micros): void {
  //= RFC 9293 §3.8.3 MUST-21: R2 (`userTimeout`) is the program's to set
  tcb.options = connectionOptions(tcb.options, change);
  if (change.userTimeout !== undefined || change.synTimeout !== undefined) heedUserTimeout(tcb, now);
  if (change.receiveBuffer !== undefined) tcb.space.receive = change.receiveBuffer;
  if (change.sendBuffer !== undefined) tcb.space.send = change.sendBuffer;
  //= RFC 9293 §3.8.4 MUST-24, MUST-27
  if (change.keepAlive !== undefined || change.keepAliveIdle !== undefined) {
    if (!tcb.options.keepAlive) disarm(tcb, 'keepAlive');
    else if (SYNCHRONIZED.has(tcb.state)) arm(tcb, 'keepAlive', tcb.options.keepAliveIdle, now);
  }
}

/** Where a keep-alive has somebody to ask. */
const SYNCHRONIZED: ReadonlySet<State> = new Set<State>([
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
]);

/**
 * SEND (§3.10.2): queues `bytes[from, to)` and answers how many octets were taken; fewer, also 0, when the send buffer or the host's pool is full
 * (WRITABLE tells when there is room) and 0 after CLOSE. Before ESTABLISHED octets are queued.
 */
export function send(tcb: Tcb, bytes: Uint8Array, from: number, to: number, now: Micros): number {
  const { snd } = tcb;
  const queued = (snd.end - snd.head) | 0;
  const count = Math.min(to - from, tcb.writable);
  const taken = count > 0 ? tcb.sendQueue.write(queued, bytes, from, from + count) : 0;
  if (taken < to - from && !tcb.closing) snd.blocked = true;
  // A stall is counted from when there was something to send.
  if (taken > 0 && snd.una === snd.nxt && queued === 0) notStalled(tcb, now);
  snd.end = (snd.end + taken) | 0;
  watchWindow(tcb, now);
  return taken;
}

/**
 * SEND with the URGENT flag (§3.10.2): the octets are queued like others, and the peer is told at once that urgent data ends behind the last of them.
 * New programs should not use it (RFC 6093 §5); old ones do.
 */
export function sendUrgent(tcb: Tcb, bytes: Uint8Array, from: number, to: number, now: Micros): number {
  const taken = send(tcb, bytes, from, to, now);
  if (taken > 0) {
    tcb.snd.up = tcb.snd.end;
    tcb.snd.urgent = true;
  }
  return taken;
}

/** RECEIVE (§3.10.3): copies up to `count` octets to `into[at, ...)` and answers how many; 0 when none wait. */
export function receive(tcb: Tcb, into: Uint8Array, at: number, count: number, now: Micros): number {
  const { rcv } = tcb;
  const taken = Math.min(count, rcv.readable);
  if (taken === 0) return 0;
  tcb.receiveQueue.copy(0, taken, into, at);
  tcb.receiveQueue.drop(taken);
  rcv.readable -= taken;
  if (rcv.urgent && tcb.urgent === 0) rcv.urgent = false;
  if (rcv.readable === 0 && !tcb.held?.count) tcb.receiveQueue.clear();
  hasRead(tcb, taken, now);
  if (!rcv.finDone && tcb.state !== 'CLOSED') windowUpdate(tcb);
  return taken;
}

/** CLOSE (§3.10.4): no more octets will be sent; a FIN follows those queued. Receiving goes on. A second CLOSE does nothing. */
export function close(tcb: Tcb, now: Micros): void {
  if (tcb.closing) return;
  switch (tcb.state) {
    case 'LISTEN':
    case 'SYN-SENT':
      enter(tcb, 'close');
      break;
    case 'SYN-RECEIVED':
      tcb.closing = true;
      // With octets queued, the FIN waits for ESTABLISHED (see `established` in segment-arrives.ts).
      if (tcb.snd.end === tcb.snd.head) enter(tcb, 'close');
      break;
    case 'ESTABLISHED':
    case 'CLOSE-WAIT':
      if (tcb.snd.una === tcb.snd.nxt && tcb.snd.end === tcb.snd.nxt) notStalled(tcb, now);
      tcb.closing = true;
      enter(tcb, 'close');
      watchWindow(tcb, now);
      break;
    default:
      break;
  }
}

/**
 * CLOSE of both directions: the program goes away. Octets it has not read are lost, which the peer is told by a reset; so are octets
 * that arrive later.
 */
export function closeBoth(tcb: Tcb, now: Micros): void {
  //= RFC 9293 §3.6.1 SHLD-3: a reset shows that data was lost
  if (tcb.rcv.readable > 0 && tcb.state !== 'TIME-WAIT' && tcb.state !== 'CLOSED') return abort(tcb, now);
  tcb.orphaned = true;
  close(tcb, now);
  if (tcb.state === 'FIN-WAIT-2') arm(tcb, 'timeWait', tcb.options.finWait2, now);
}

/** ABORT (§3.10.5): the connection is over now; the peer is told where it knows of it. */
export function abort(tcb: Tcb, now: Micros): void {
  switch (tcb.state) {
    case 'CLOSED':
      return;
    case 'SYN-RECEIVED':
    case 'ESTABLISHED':
    case 'FIN-WAIT-1':
    case 'FIN-WAIT-2':
    case 'CLOSE-WAIT':
      oweAbort(tcb, now);
      break;
    default:
      break;
  }
  tcb.error = 'ECONNABORTED';
  enter(tcb, 'abort');
}
