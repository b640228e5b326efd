/** The calls of a program: OPEN, SEND, RECEIVE, CLOSE, ABORT. Read first: RFC 9293 §3.10.1 to §3.10.5. */
import { type PosixCode, TcplabError } from '../../core/errors.ts';
import { larger, smaller } from '../../core/least.ts';
import type { Seq } from '../../core/sequence.ts';
import type { Micros } from '../../core/time.ts';
import { readBeforeAck } from './acknowledging.ts';
import { hasRead } from './buffer-space.ts';
import { established as beginCongestion } from './congestion/reno.ts';
import { synWasLost } from './lost-syn.ts';
import { watchWindow } from './output.ts';
import { oweAbort } from './reset.ts';
import type { IncomingSegment } from './segment.ts';
import { segmentArrives } from './segment-arrives.ts';
import { enter, OWES, oweSyn, release, type Tcb, TIMER } from './tcb.ts';
import { arm, notStalled } from './timers.ts';
import * as timestamps from './timestamps.ts';
import { offeredScale, windowUpdate } from './windows.ts';

/**
 * Why a call is refused now, as the POSIX code that says what §3.10.1 to §3.10.5 say: EISCONN (the connection exists already), ENOTCONN (it does not exist),
 * EPIPE (it is closing); undefined when the call is served.
 */
export function refusal(
  tcb: Tcb,
  call: 'open active' | 'open passive' | 'send' | 'receive' | 'close' | 'abort',
): PosixCode | undefined {
  const { state } = tcb;
  if (call === 'open active' || call === 'open passive') {
    const free = state === 'CLOSED' || (state === 'LISTEN' && call === 'open active');
    return free ? undefined : 'EISCONN';
  }
  // What was received before the end can still be read.
  if (state === 'CLOSED') return call === 'receive' && tcb.readable > 0 ? undefined : 'ENOTCONN';
  if (call === 'send') return tcb.closing ? 'EPIPE' : undefined;
  const closedBoth = state === 'CLOSING' || state === 'LAST-ACK' || state === 'TIME-WAIT';
  return call === 'close' && closedBoth ? 'EPIPE' : undefined;
}

/**
 * OPEN (§3.10.1). Active: a SYN is owed; a connection in LISTEN turns active. Passive: the connection waits in LISTEN for one.
 * @throws TcplabError EISCONN when the connection exists already
 * @param iss the initial send sequence number, from the host's keyed clock (RFC 6528)
 */
export function open(tcb: Tcb, kind: 'active' | 'passive', iss: Seq, now: Micros): void {
  if (refusal(tcb, kind === 'active' ? 'open active' : 'open passive') !== undefined)
    throw new TcplabError('EISCONN', `open: EISCONN, the connection exists already, in ${tcb.state}; make another one`);
  tcb.iss = iss;
  tcb.rcv.scale = offeredScale(tcb);
  // Until the peer has its say; with the timestamps that are asked for.
  const asksForTimestamps = kind === 'active' && tcb.options.timestamps;
  tcb.snd.mss = larger(1, smaller(536, tcb.mss) - (asksForTimestamps ? timestamps.LENGTH : 0));
  tcb.snd.una = iss;
  tcb.snd.small = iss;
  tcb.snd.unpushed = iss;
  tcb.snd.nxt = iss;
  tcb.snd.head = (iss + 1) | 0;
  tcb.snd.end = (iss + 1) | 0;
  tcb.passive = kind === 'passive';
  notStalled(tcb, now);
  if (kind === 'passive') return enter(tcb, 'passive open');
  becomeActive(tcb, 'active open');
}

/** The SYN is owed. */
function becomeActive(tcb: Tcb, cause: 'active open' | 'send'): void {
  enter(tcb, cause);
  tcb.passive = false;
  oweSyn(tcb, 'active open');
  tcb.snd.nxt = (tcb.iss + 1) | 0;
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
 * SEND (§3.10.2): queues `bytes[from, to)` and answers how many octets were taken; fewer, also 0, when the send buffer or the host's pool is full
 * (WRITABLE tells when there is room) and 0 when there is no connection or it is closing (`refusal`). Before ESTABLISHED octets are queued; in LISTEN the
 * connection turns active.
 */
export function send(tcb: Tcb, bytes: Uint8Array, from: number, to: number, now: Micros): number {
  const { snd } = tcb;
  if (tcb.state === 'CLOSED') return 0;
  if (tcb.state === 'LISTEN') becomeActive(tcb, 'send');
  snd.more = false;
  if (snd.chosen !== undefined) snd.chosen.waits = false;
  const queued = (snd.end - snd.head) | 0;
  const count = smaller(to - from, tcb.writable);
  const taken = count > 0 ? tcb.sendQueue.write(queued, bytes, from, from + count) : 0;
  if (taken < to - from && tcb.closing === false) snd.blocked = true;
  // A stall is counted from when there was something to send.
  if (taken > 0 && snd.una === snd.nxt && queued === 0) notStalled(tcb, now);
  snd.end = (snd.end + taken) | 0;
  //= RFC 9293 §3.9.1.2 MUST-60: output follows, or a timer that sees to it
  watchWindow(tcb, now);
  return taken;
}

/**
 * SEND with the URGENT flag (§3.10.2): the octets are queued like others, and the peer is told at once that urgent data ends behind the last of them.
 * New programs should not use it (RFC 6093 §5); old ones do.
 */
//= RFC 9293 §3.8.5 SHLD-13: nothing of ours calls it but sockets, for programs that ask

export function sendUrgent(tcb: Tcb, bytes: Uint8Array, from: number, to: number, now: Micros): number {
  //= RFC 9293 §3.8.5 MUST-30
  const taken = send(tcb, bytes, from, to, now);
  if (taken > 0) {
    tcb.snd.up = tcb.snd.end;
    tcb.snd.urgent = true;
  }
  return taken;
}

/** SEND of octets that more will follow soon: what of them does not fill a segment waits for that, until the peer acknowledges something, or says anything but plain octets, or 200 ms have passed (MSG_MORE in Linux). */
export function sendMore(tcb: Tcb, bytes: Uint8Array, from: number, to: number, now: Micros): number {
  const taken = send(tcb, bytes, from, to, now);
  tcb.snd.more = true;
  tcb.snd.unpushed = tcb.snd.end;
  watchWindow(tcb, now);
  return taken;
}

/** The most ends of records that are remembered; those that come then mark nothing. */
const MAX_RECORDS = 256;

/** SEND of octets that end a record (MSG_EOR): what the program sends after them begins with a segment of its own. */
export function sendRecord(tcb: Tcb, bytes: Uint8Array, from: number, to: number, now: Micros): number {
  const { snd } = tcb;
  const taken = send(tcb, bytes, from, to, now);
  tcb.records ??= [];
  if (taken === to - from && taken > 0 && tcb.records.length < MAX_RECORDS) tcb.records.push(snd.end);
  watchWindow(tcb, now);
  return taken;
}

/** Copies up to `count` octets, from the `skip`th that waits on, to `into[at, ...)` and answers how many; they go on waiting. */
export function peek(tcb: Tcb, into: Uint8Array, at: number, count: number, skip = 0): number {
  const copied = smaller(count, tcb.rcv.readable - skip);
  if (copied <= 0) return 0;
  tcb.receiveQueue.copy(skip, copied, into, at);
  return copied;
}

/** Whether the last octet of the urgent data has come, and the program has not read beyond it; what stands before it may still be on its way. */
export function urgentCame({ urgent, held, rcv, state }: Tcb): boolean {
  if (urgent <= rcv.readable) return urgent > 0;
  const last = (rcv.up - 1) | 0;
  // A FIN beyond a hole has a number, and is no octet.
  return state !== 'CLOSED' && held?.covers(last, rcv.up) === true && !(rcv.finKnown && last === rcv.fin);
}

/** Copies that octet to `into[0]`, and answers whether it was there; it goes on waiting. */
export function peekUrgent(tcb: Tcb, into: Uint8Array): boolean {
  if (!urgentCame(tcb)) return false;
  tcb.receiveQueue.copy(tcb.urgent - 1, 1, into, 0);
  return true;
}

/** RECEIVE (§3.10.3): copies up to `count` octets to `into[at, ...)` and answers how many; 0 when none wait. */
export function receive(tcb: Tcb, into: Uint8Array, at: number, count: number, now: Micros): number {
  const { rcv } = tcb;
  const taken = smaller(count, rcv.readable);
  if (taken === 0) return 0;
  tcb.receiveQueue.copy(0, taken, into, at);
  rcv.readable -= taken;
  if (rcv.readable === 0 && !tcb.held?.count) tcb.receiveQueue.clear();
  else tcb.receiveQueue.drop(taken);
  if (rcv.urgent === true && tcb.urgent === 0) rcv.urgent = false;
  hasRead(tcb, taken, now);
  if (!rcv.finDone && tcb.state !== 'CLOSED') windowUpdate(tcb);
  if (tcb.options.choices.acknowledgesReading && tcb.timers.armed & TIMER.DELAYED_ACK) readBeforeAck(tcb);
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
      // With octets queued, the FIN waits for ESTABLISHED (see `established` in segment-arrives.ts); alone it goes at once.
      if (tcb.snd.end !== tcb.snd.head) break;
      beginCongestion(tcb.congestion, tcb.snd.mss, synWasLost(tcb, undefined, now), tcb.iss);
      enter(tcb, 'close');
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
  //= RFC 9293 §3.6.1 MAY-1, SHLD-3: a reset shows that data was lost
  if (tcb.rcv.readable > 0 && tcb.state !== 'TIME-WAIT' && tcb.state !== 'CLOSED') return abort(tcb, now);
  // The peer has closed, too, and is not told any more.
  if (tcb.state === 'TIME-WAIT') release(tcb);
  tcb.orphaned = true;
  close(tcb, now);
  if (tcb.state !== 'FIN-WAIT-2') return;
  if (tcb.options.finWait2 < 0) abort(tcb, now);
  else arm(tcb, TIMER.TIME_WAIT, tcb.options.finWait2, now);
}

/** ABORT without a word, where the network says that nobody would hear it. */
export function abandon(tcb: Tcb): void {
  tcb.error = 'ECONNABORTED';
  enter(tcb, 'abort');
}

/** ABORT (§3.10.5): the connection is over now; the peer is told where it knows of it. Where both ends have closed it is no error. */
export function abort(tcb: Tcb, now: Micros): void {
  switch (tcb.state) {
    case 'CLOSED':
      return;
    case 'CLOSING':
    case 'LAST-ACK':
    case 'TIME-WAIT':
      return enter(tcb, 'abort');
    case 'SYN-RECEIVED':
      if (!tcb.passive || tcb.options.choices.resetsHandshakes) oweAbort(tcb, now);
      break;
    case 'ESTABLISHED':
    case 'FIN-WAIT-1':
    case 'FIN-WAIT-2':
    case 'CLOSE-WAIT':
      oweAbort(tcb, now);
      break;
    default:
      break;
  }
  abandon(tcb);
}
