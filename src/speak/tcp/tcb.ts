/**
 * The transmission control block: all that one connection knows, with RFC 9293's names (§3.3.1). What may change it:
 * user-calls.ts, segment-arrives.ts, output.ts, timers.ts. `enter` here is the only writer of `state`
 * (in remains.ts a block that was folded in TIME-WAIT is in TIME-WAIT again).
 */
import type { PosixCode } from '../../core/errors.ts';
import { IntervalSet } from '../../core/interval-set.ts';
import { ByteQueue, type PagePool } from '../../core/pages.ts';
import type { Seq } from '../../core/sequence.ts';
import type { Ticks } from '../../core/time.ts';
import { type Cause, nextState, type State } from '../../rules/states.ts';
import type { Acknowledging } from './acknowledging.ts';
import { type Congestion, makeCongestion } from './congestion/reno.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { countMove, type TcpCounters } from './counters.ts';
import { type Counts, makeCounts } from './counts.ts';
import type { SegmentRecovery } from './recovery/segment-recovery.ts';
import type { Reset } from './reset.ts';
import { makeRtt, type Rtt } from './rtt.ts';
import type { Repeated } from './sack.ts';
import type { SendReason } from './send-reasons.ts';
import type { Timestamps } from './timestamps.ts';

/** What a connection has to tell its program; bits of `takeEvents`. */
export const EVENT = {
  ESTABLISHED: 1,
  /** There are new octets to receive. */
  READABLE: 2,
  /** The send buffer, which was full, has room again. */
  WRITABLE: 4,
  /** The peer's FIN is in order: nothing follows what can be received now. */
  END_OF_STREAM: 8,
  /** The peer says that there is urgent data ahead, or more of it. */
  URGENT: 32,
  /** The state became CLOSED; `error` says why when it was not orderly. */
  CLOSED: 16,
  /** R1: the same octets have been sent again and again, and no answer comes (RFC 9293 §3.8.3). */
  TROUBLE: 64,
  /** The peer has acknowledged our FIN: everything sent has arrived. */
  FIN_ACKNOWLEDGED: 128,
} as const;

/** What a connection owes its peer; bits of `owes`. */
export const OWES = {
  /** A SYN or, in SYN-RECEIVED, a SYN,ACK; again when the timer asked for it. */
  SYN: 1,
  /** An acknowledgment or window update, which may ride on anything sent in the same turn. */
  ACK: 2,
  /** The acknowledgment that completes the handshake, or one the peer asked for by an unacceptable segment: it goes as it is. */
  ACK_ALONE: 4,
  /** One octet, or the FIN, beyond a window that is closed. */
  PROBE: 8,
  /** The reset in `reset`. */
  RESET: 16,
  /** A keep-alive probe. */
  KEEP_ALIVE: 32,
  /** A tail loss probe. */
  LOSS_PROBE: 128,
  /** The octets that are queued now, whatever they could wait for (Nagle's algorithm, a cork). */
  PUSH: 64,
} as const;

/** Bits of `timers.armed`. */
export const TIMER = {
  RETRANSMISSION: 1,
  PERSIST: 2,
  TIME_WAIT: 4,
  DELAYED_ACK: 8,
  KEEP_ALIVE: 16,
  LOSS_PROBE: 32,
} as const;

/** Segments at the beginning of a connection that are acknowledged one by one: the sender's slow start lives on acknowledgments. */
export const QUICK_ACKS = 16;

/** The most stretches of octets beyond a hole that a connection remembers. */
const HELD_LIMIT = 64;

/** What a connection keeps because its choices say so (`halvesToWindow`, `fillsWindow`, `countsSegments`). */
export interface Chosen {
  /** `snd.mss` as path and options have it, while the window may still make it less; else 0. */
  unbounded: number;
  /** Full segments that have gone in the burst that is under way. */
  burst: number;
  /** What the congestion window lets go besides is less than a piece, and waits for what comes next. */
  waits: boolean;
  /** Loss recovery by segments. */
  recovery: SegmentRecovery | undefined;
}

/** A tail loss probe (RFC 8985 §7). */
export interface LossProbe {
  /** SND.NXT behind it. */
  to: Seq;
  /** It was octets that had been sent before, and whether those were lost is not known. */
  again: boolean;
}

/** A transmission control block. Octet counts and sequence numbers are int32. */
export class Tcb {
  state: State = 'CLOSED';
  /** Why the connection is CLOSED, when it did not close in order. */
  error: PosixCode | undefined = undefined;
  /** It came from a passive OPEN. */
  passive = false;
  /** The program has closed both directions: nobody will read. */
  orphaned = false;
  /** The program has said that it reads no more; once it has closed, too, octets that still come find nobody. */
  unread = false;
  /** CLOSE was called: a FIN follows the last queued octet. */
  closing = false;
  /** Bits of OWES and of EVENT. */
  owes = 0;
  events = 0;
  iss: Seq = 0;
  irs: Seq = 0;

  readonly snd: {
    /** Oldest number not acknowledged; next to be sent. */
    una: Seq;
    nxt: Seq;
    /** The peer's window in octets from `una`, and the segment that last set it. */
    wnd: number;
    wl1: Seq;
    wl2: Seq;
    /** The largest window the peer ever offered (MAX.SND.WND). */
    maxWnd: number;
    /** Number of the first octet in `sendQueue`, and of the one after its last: the FIN's number too. */
    head: Seq;
    end: Seq;
    /** Whether the FIN has been sent: `nxt` is then beyond `end`. */
    finSent: boolean;
    /** Payload octets a segment carries at the most. */
    mss: number;
    /** What only some choices need; undefined where none of them was made. */
    chosen: Chosen | undefined;
    /** Bits by which the peer's window fields are shifted. */
    scale: number;
    /** Where the last segment ended that was not full. */
    small: Seq;
    /** Number after the last urgent octet (SND.UP), while `urgent`. */
    up: Seq;
    urgent: boolean;
    /** `send` was refused octets: WRITABLE is due. */
    blocked: boolean;
    /** More is to follow soon: the octets that do not fill a segment may wait for it, until the next acknowledgment. */
    more: boolean;
    /** Number after the last octet that was sent with more to come: no PSH asks for it to be handed on. */
    unpushed: Seq;
  } = {
    una: 0,
    nxt: 0,
    wnd: 0,
    wl1: 0,
    wl2: 0,
    maxWnd: 0,
    head: 0,
    end: 0,
    finSent: false,
    mss: 536,
    chosen: undefined,
    scale: 0,
    small: 0,
    up: 0,
    urgent: false,
    blocked: false,
    more: false,
    unpushed: 0,
  };

  readonly rcv: {
    nxt: Seq;
    /** The right edge that has been promised: RCV.NXT + RCV.WND. It never moves back. */
    edge: Seq;
    /** Bits by which our window fields are shifted. */
    scale: number;
    /** Octets in order that wait for the program. */
    readable: number;
    /** Number after the last urgent octet the peer announced (RCV.UP), while `urgent`: until the program has read up to it. */
    up: Seq;
    urgent: boolean;
    /** Number of the peer's FIN, when `finKnown`; `finDone` when all before it has arrived. */
    fin: Seq;
    finKnown: boolean;
    finDone: boolean;
  } = { nxt: 0, edge: 0, scale: 0, readable: 0, up: 0, urgent: false, fin: 0, finKnown: false, finDone: false };

  /** What is being sent again after a timeout: from `next` up to `end`, `allowed` segments of it now, while `active`. */
  readonly resend: { next: Seq; end: Seq; allowed: number; active: boolean; why: SendReason } = {
    next: 0,
    end: 0,
    allowed: 0,
    active: false,
    why: 'retransmission timeout',
  };

  /** The reset that is owed; most connections never owe one. */
  reset: Reset | undefined = undefined;

  /** Why the last segment was sent; why the SYN and the acknowledgment are owed. Undefined when nobody said so, which would be a defect. */
  why: SendReason | undefined = undefined;
  synWhy: SendReason | undefined = undefined;
  ackWhy: SendReason | undefined = undefined;

  /** Deadlines in ticks, valid where `armed` has the bit; `stalled` is when the peer last showed progress or life, `heard` when its last good segment came. */
  readonly timers: {
    armed: number;
    retransmission: Ticks;
    persist: Ticks;
    timeWait: Ticks;
    delayedAck: Ticks;
    keepAlive: Ticks;
    lossProbe: Ticks;
    stalled: Ticks;
    heard: Ticks;
  } = {
    armed: 0,
    retransmission: 0,
    persist: 0,
    timeWait: 0,
    delayedAck: 0,
    keepAlive: 0,
    lossProbe: 0,
    stalled: 0,
    heard: 0,
  };

  readonly rtt: Rtt;
  readonly ts: Timestamps = { on: false, offset: 0, recent: 0, since: 0, lastAck: 0 };
  readonly congestion: Congestion = makeCongestion();
  readonly acknowledging: Acknowledging = {
    octets: 0,
    largest: 536,
    quick: QUICK_ACKS,
    waiting: 0,
    repeats: false,
    conversing: false,
    challenges: 0,
    challengesSince: 0,
  };
  readonly counts: Counts = makeCounts();
  /** Octets that may be buffered each way now; those read since a tick, and in one round trip at the most. */
  readonly space: { receive: number; send: number; read: number; since: Ticks; round: number };
  /** Both ends have offered selective acknowledgments. */
  sack = false;
  /** Octets of options in the IP header of each packet sent. */
  ipOptions = 0;
  /** Bits of ECN (ecn.ts): what is agreed and what is due. */
  ecn = 0;
  /** The segment that `nextSegment` has just written is for its link to cut, into segments of so many octets; 0 when it goes as it is. */
  cut = 0;
  /** Timeouts of the same octets, or probes without an answer, in a row. */
  timeouts = 0;
  /** Since the last timeout or probe the peer has spoken, with a closed window: it lives. */
  answered = false;
  /** Where the last new segment began. */
  tail: Seq = 0;
  /** The tail loss probe that was sent, or is owed; made when it is due. */
  probe: LossProbe | undefined = undefined;
  /** The peer has ended the handshake without octets, and those are waited for (`deferAccept`). */
  deferred = false;
  /** What a router said of the way: octets of the largest packet; 0 when none did. */
  pathMtu = 0;
  /** When octets were last sent. */
  lastSent: Ticks = 0;
  /** Probes of a closed window, since it closed. */
  probes = 0;
  /** Keep-alive probes that were not answered. */
  unanswered = 0;
  readonly sendQueue: ByteQueue;
  readonly receiveQueue: ByteQueue;
  /** Stretches of octets that arrived beyond `rcv.nxt`; made when first needed. */
  held: IntervalSet | undefined = undefined;
  /** Stretches beyond a hole that the peer has told of, where duplicates are counted; made when first needed, gone when the hole is. */
  told: IntervalSet | undefined = undefined;
  /** Where records of the program end, in order, as far as they are not acknowledged: no segment goes on behind one. Made when first needed. */
  records: Seq[] | undefined = undefined;
  /** Octets that have come twice; made when first needed. */
  repeated: Repeated | undefined = undefined;
  readonly localPort: number;
  readonly remotePort: number;
  /** The largest payload our link takes, or TCP_MAXSEG: what our MSS option says. */
  readonly mss: number;
  /** Shared with others that were told the same: changed as a whole (`configure` in settings.ts), never in part. */
  options: Readonly<ConnectionSettings>;
  readonly counters: TcpCounters;

  constructor(
    localPort: number,
    remotePort: number,
    mss: number,
    options: Readonly<ConnectionSettings>,
    pages: PagePool,
    counters: TcpCounters,
  ) {
    this.localPort = localPort;
    this.remotePort = remotePort;
    this.mss = options.maximumSegment > 0 ? Math.min(mss, options.maximumSegment) : mss;
    this.options = options;
    this.counters = counters;
    this.rtt = makeRtt(options.initialRto);
    this.space = { receive: options.receiveBuffer, send: options.sendBuffer, read: 0, since: 0, round: 0 };
    this.sendQueue = new ByteQueue(pages);
    this.receiveQueue = new ByteQueue(pages);
  }

  /** Octets in order that wait for the program. */
  get readable(): number {
    return this.rcv.readable;
  }

  /** Octets the send buffer would take now. */
  get writable(): number {
    return this.closing === true ? 0 : this.space.send - ((this.snd.end - this.snd.head) | 0);
  }

  /** Octets up to the end of the urgent data that the program has not read yet, some of them perhaps still on their way; 0 when there is none. */
  get urgent(): number {
    //= RFC 9293 §3.8.5 MUST-33
    const { rcv } = this;
    // Behind the last octet stands the FIN, once it has come.
    const read = rcv.nxt - Number(rcv.finDone) - rcv.readable;
    return rcv.urgent ? Math.max(0, (rcv.up - read) | 0) : 0;
  }

  /** The peer has sent its FIN and everything before it was received by the program. */
  get endOfStream(): boolean {
    return this.rcv.finDone && this.rcv.readable === 0;
  }
}

/**
 * A connection in CLOSED.
 * @param mss the largest payload a segment may have on the way to us, in octets: the link's MTU less 40 (RFC 9293 §3.7.1)
 */
export const makeTcb = (
  localPort: number,
  remotePort: number,
  mss: number,
  options: Readonly<ConnectionSettings>,
  pages: PagePool,
  counters: TcpCounters,
): Tcb => new Tcb(localPort, remotePort, mss, options, pages, counters);

/** Moves along an arrow of TRANSITIONS. A cause without an arrow from here is a defect of the caller. */
export function enter(tcb: Tcb, cause: Cause): void {
  const to = nextState(tcb.state, cause);
  if (to === undefined) throw new Error(`no transition from ${tcb.state} on ${cause}`);
  countMove(tcb.counters, tcb.state, to);
  tcb.state = to;
  if (to === 'ESTABLISHED') tcb.events |= EVENT.ESTABLISHED;
  if (to === 'CLOSED') {
    tcb.events |= EVENT.CLOSED;
    tcb.timers.armed = 0;
    tcb.owes &= OWES.RESET;
    tcb.resend.allowed = 0;
    tcb.resend.active = false;
    tcb.sendQueue.clear();
    tcb.snd.head = tcb.snd.end;
  }
}

/** Ends the connection for a reason that its program is told. */
export function fail(tcb: Tcb, cause: Cause, error: PosixCode): void {
  tcb.error = error;
  enter(tcb, cause);
}

/** The events since the last call; they are cleared. */
export function takeEvents(tcb: Tcb): number {
  const events = tcb.events;
  tcb.events = 0;
  return events;
}

/** The stretches beyond a hole, made on first use so that a connection without loss has none. */
export function heldOf(tcb: Tcb): IntervalSet {
  tcb.held ??= new IntervalSet(HELD_LIMIT);
  return tcb.held;
}

/** Gives every page back. To be called when the connection is CLOSED and its program will not read any more. */
export function release(tcb: Tcb): void {
  tcb.sendQueue.clear();
  tcb.receiveQueue.clear();
  tcb.rcv.readable = 0;
}

/** Makes the connection owe an acknowledgment, `OWES.ACK` or `OWES.ACK_ALONE`, and says why. Of several reasons the last counts, but none that can wait replaces one that cannot. */
export function oweAck(tcb: Tcb, owed: number, why: SendReason): void {
  if (owed === OWES.ACK_ALONE || (tcb.owes & OWES.ACK_ALONE) === 0) tcb.ackWhy = why;
  tcb.owes |= owed;
}

/** Makes the connection owe its SYN, or SYN,ACK. */
export function oweSyn(tcb: Tcb, why: SendReason): void {
  tcb.synWhy = why;
  tcb.owes |= OWES.SYN;
}
