/**
 * The transmission control block: all that one connection knows, with RFC 9293's names (§3.3.1). What may change it:
 * user-calls.ts, segment-arrives.ts, output.ts, timers.ts. `enter` here is the only writer of `state`.
 */
import type { PosixCode } from '../../core/errors.ts';
import { IntervalSet } from '../../core/interval-set.ts';
import { ByteQueue, type PagePool } from '../../core/pages.ts';
import type { Seq } from '../../core/sequence.ts';
import { MILLISECOND, MINUTE, type Micros, SECOND, type Ticks } from '../../core/time.ts';
import { type Cause, nextState, type State } from '../../rules/states.ts';
import type { Acknowledging } from './acknowledging.ts';
import { type Congestion, makeCongestion } from './congestion/reno.ts';
import { countMove, type TcpCounters } from './counters.ts';
import { type Counts, makeCounts } from './counts.ts';
import { makeRtt, type Rtt } from './rtt.ts';
import type { SendReason } from './send-reasons.ts';
import type { Timestamps } from './timestamps.ts';

/** What a connection can be told. Times in microseconds, sizes in octets. */
export interface ConnectionOptions {
  /** The most received octets that wait for the program, 1 to 2^30; default 262,144. The window never promises more. */
  receiveBuffer: number;
  /** The most octets that wait to be sent or acknowledged, 1 to 2^30; default 262,144. */
  sendBuffer: number;
  /** How far the two may grow when the path needs it; defaults 4,194,304 octets each. Whoever names a buffer's size and no maximum fixes it: see `connectionOptions`. */
  receiveBufferMaximum: number;
  sendBufferMaximum: number;
  /** Whether to offer window scaling (RFC 7323 §2); default true. */
  windowScaling: boolean;
  /** How long a connection stays in TIME-WAIT: 2 MSL (RFC 9293 §3.4.2, MSL 2 minutes); default 4 minutes. */
  timeWait: Micros;
  /** The first retransmission timeout (RFC 6298 §2.1); default 1 second. */
  initialRto: Micros;
  /** The least and the greatest retransmission timeout (RFC 6298 §2.4, §2.5); defaults 1 second and 60 seconds. */
  minimumRto: Micros;
  maximumRto: Micros;
  /** How long data or a FIN is sent again without an answer before the connection is given up: R2 (RFC 9293 §3.8.3 asks for 100 seconds or more); default 15 minutes. */
  userTimeout: Micros;
  /** The same for a SYN; default 3 minutes (RFC 9293 §3.8.3 MUST-23). */
  synTimeout: Micros;
  /** Whether to offer timestamps (RFC 7323 §3); default true. */
  timestamps: boolean;
  /** Whether to offer selective acknowledgments (RFC 2018); default true. */
  selectiveAcknowledgments: boolean;
  /** How long an acknowledgment waits for company (RFC 9293 §3.8.6.3), 0 to 500 milliseconds; default 40 milliseconds. */
  delayedAck: Micros;
  /** Whether small segments are sent while others are in flight: TCP_NODELAY, which turns Nagle's algorithm off (RFC 9293 §3.7.4); default false. */
  noDelay: boolean;
  /** Whether octets that do not fill a segment wait for more: TCP_CORK; at the most 200 milliseconds, as in Linux; default false. */
  cork: boolean;
  /** The largest segment to send and to ask the peer for: TCP_MAXSEG, 88 to 32,767 octets; default 0, what the link takes. */
  maximumSegment: number;
  /** Whether an idle peer is asked for a sign of life (RFC 9293 §3.8.4 MUST-24, MUST-25: off unless asked for); default false. */
  keepAlive: boolean;
  /** After how long without a segment; default 2 hours (MUST-28). Then so many times, in these intervals; defaults 9 and 75 seconds. */
  keepAliveIdle: Micros;
  keepAliveProbes: number;
  keepAliveInterval: Micros;
  /** The most challenge ACKs (RFC 5961 §7) in an interval; defaults 10 and 5 seconds. */
  challengeLimit: number;
  challengeInterval: Micros;
  /** How long FIN-WAIT-2 lasts at the most once the program has closed both directions; below 0 not at all, the connection is then reset; default 60 seconds. */
  finWait2: Micros;
}

/** The defaults of `ConnectionOptions`. */
export const DEFAULT_OPTIONS: Readonly<ConnectionOptions> = {
  receiveBuffer: 262_144,
  sendBuffer: 262_144,
  receiveBufferMaximum: 4_194_304,
  sendBufferMaximum: 4_194_304,
  windowScaling: true,
  timeWait: 4 * MINUTE,
  initialRto: SECOND,
  minimumRto: SECOND,
  maximumRto: 60 * SECOND,
  userTimeout: 15 * MINUTE,
  synTimeout: 3 * MINUTE,
  finWait2: 60 * SECOND,
  timestamps: true,
  selectiveAcknowledgments: true,
  delayedAck: 40 * MILLISECOND,
  noDelay: false,
  cork: false,
  maximumSegment: 0,
  challengeLimit: 10,
  challengeInterval: 5 * SECOND,
  keepAlive: false,
  keepAliveIdle: 120 * MINUTE,
  keepAliveProbes: 9,
  keepAliveInterval: 75 * SECOND,
};

/** `base` with changes; a buffer that is given a size and no maximum stays at that size. */
export function connectionOptions(
  base: Readonly<ConnectionOptions>,
  change: Partial<ConnectionOptions>,
): Readonly<ConnectionOptions> {
  const fixed: Partial<ConnectionOptions> = {};
  if (change.receiveBuffer !== undefined) fixed.receiveBufferMaximum = change.receiveBuffer;
  if (change.sendBuffer !== undefined) fixed.sendBufferMaximum = change.sendBuffer;
  return { ...base, ...fixed, ...change };
}

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
  /** The peer has acknowledged our FIN: everything sent has arrived. */
  FIN_ACKNOWLEDGED: 64,
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
  /** The octets that are queued now, whatever they could wait for (Nagle's algorithm, a cork). */
  PUSH: 64,
} as const;

/** Bits of `timers.armed`. */
export const TIMER = { RETRANSMISSION: 1, PERSIST: 2, TIME_WAIT: 4, DELAYED_ACK: 8, KEEP_ALIVE: 16 } as const;

/** The most stretches of octets beyond a hole that a connection remembers. */
const HELD_LIMIT = 64;

/** Segments at the beginning of a connection that are acknowledged one by one: the sender's slow start lives on acknowledgments. */
const QUICK_ACKS = 16;

/** A transmission control block. Octet counts and sequence numbers are int32. */
export class Tcb {
  state: State = 'CLOSED';
  /** Why the connection is CLOSED, when it did not close in order. */
  error: PosixCode | undefined = undefined;
  /** It came from a passive OPEN. */
  passive = false;
  /** The program has closed both directions: nobody will read. */
  orphaned = false;
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
    scale: 0,
    small: 0,
    up: 0,
    urgent: false,
    blocked: false,
    more: false,
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

  /** The reset that is owed. */
  readonly reset: { seq: Seq; ack: Seq; flags: number; why: SendReason } = { seq: 0, ack: 0, flags: 0, why: 'abort' };

  /** Why the last segment was sent; why the SYN and the acknowledgment are owed. Undefined when nobody said so, which would be a defect. */
  why: SendReason | undefined = undefined;
  synWhy: SendReason | undefined = undefined;
  ackWhy: SendReason | undefined = undefined;

  /** Deadlines in ticks, valid where `armed` has the bit; `stalled` is when the peer last showed progress or life, `heard` when its last segment came. */
  readonly timers: {
    armed: number;
    retransmission: Ticks;
    persist: Ticks;
    timeWait: Ticks;
    delayedAck: Ticks;
    keepAlive: Ticks;
    stalled: Ticks;
    heard: Ticks;
  } = {
    armed: 0,
    retransmission: 0,
    persist: 0,
    timeWait: 0,
    delayedAck: 0,
    keepAlive: 0,
    stalled: 0,
    heard: 0,
  };

  readonly rtt: Rtt;
  readonly ts: Timestamps = { on: false, offset: 0, recent: 0, since: 0, known: false, lastAck: 0 };
  readonly congestion: Congestion = makeCongestion();
  readonly acknowledging: Acknowledging = { octets: 0, quick: QUICK_ACKS, conversing: false };
  /** Octets that may be buffered each way now; those read since a tick. */
  readonly counts: Counts = makeCounts();
  readonly space: { receive: number; send: number; read: number; since: Ticks };
  /** Both ends have offered selective acknowledgments. */
  sack = false;
  /** When octets were last sent. */
  lastSent: Ticks = 0;
  /** Probes of a closed window, since it closed. */
  probes = 0;
  /** Challenge ACKs sent since a tick. */
  readonly challenges: { count: number; since: Ticks } = { count: 0, since: 0 };
  /** Keep-alive probes that were not answered. */
  unanswered = 0;
  readonly sendQueue: ByteQueue;
  readonly receiveQueue: ByteQueue;
  /** Stretches of octets that arrived beyond `rcv.nxt`; made when first needed. */
  held: IntervalSet | undefined = undefined;
  /** A number in the stretch of `held` that grew last. */
  latestHeld: Seq = 0;
  readonly localPort: number;
  readonly remotePort: number;
  /** The largest payload our link takes, or TCP_MAXSEG: what our MSS option says. */
  readonly mss: number;
  /** Shared with others that were told the same: changed as a whole (`setOptions` in settings.ts), never in part. */
  options: Readonly<ConnectionOptions>;
  readonly pages: PagePool;
  readonly counters: TcpCounters;

  constructor(
    localPort: number,
    remotePort: number,
    mss: number,
    options: Readonly<ConnectionOptions>,
    pages: PagePool,
    counters: TcpCounters,
  ) {
    this.localPort = localPort;
    this.remotePort = remotePort;
    this.mss = options.maximumSegment > 0 ? Math.min(mss, options.maximumSegment) : mss;
    this.options = options;
    this.pages = pages;
    this.counters = counters;
    this.rtt = makeRtt(options.initialRto);
    this.space = { receive: options.receiveBuffer, send: options.sendBuffer, read: 0, since: 0 };
    this.sendQueue = new ByteQueue(pages);
    this.receiveQueue = new ByteQueue(pages);
  }

  /** Octets in order that wait for the program. */
  get readable(): number {
    return this.rcv.readable;
  }

  /** Octets the send buffer would take now. */
  get writable(): number {
    return this.closing ? 0 : this.space.send - ((this.snd.end - this.snd.head) | 0);
  }

  /** Octets up to the end of the urgent data that the program has not read yet, some of them perhaps still on their way; 0 when there is none. */
  get urgent(): number {
    const { rcv } = this;
    return rcv.urgent ? Math.max(0, (rcv.up - ((rcv.nxt - rcv.readable) | 0)) | 0) : 0;
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
  options: Readonly<ConnectionOptions>,
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
