/** A picture of a connection: all that matters of its TCB at one moment, as plain values for people, traces and tests. Not here: Linux's tcp_info. */
import { distance } from '../../core/sequence.ts';
import { type Micros, TICK, type Ticks, ticksAt } from '../../core/time.ts';
import type { State } from '../../rules/states.ts';
import { type Tcb, TIMER } from './tcb.ts';

/** What a TCB says at one moment: sequence numbers unsigned, windows and counts in octets, times in microseconds. */
export interface TcbSnapshot {
  readonly state: State;
  readonly iss: number;
  readonly irs: number;
  readonly snd: {
    readonly una: number;
    readonly nxt: number;
    /** The peer's window from `una`, the segment that set it (SND.WL1, SND.WL2), and the largest there was. */
    readonly wnd: number;
    readonly wl1: number;
    readonly wl2: number;
    readonly maxWnd: number;
    readonly mss: number;
    /** Bits by which the peer's window fields are shifted. */
    readonly scale: number;
    /** SND.UP; undefined when no urgent data waits to be acknowledged. */
    readonly up: number | undefined;
    /** The FIN has been sent. */
    readonly finSent: boolean;
  };
  readonly rcv: {
    readonly nxt: number;
    /** What is promised from `nxt` on. */
    readonly wnd: number;
    readonly scale: number;
    /** RCV.UP; undefined when the program has read up to it. */
    readonly up: number | undefined;
    /** The number of the peer's FIN, if that has come, be it beyond a hole. */
    readonly fin: number | undefined;
  };
  /** CLOSE was called. */
  readonly closing: boolean;
  /** Octets waiting to be sent or acknowledged, and to be received. */
  readonly queued: number;
  readonly readable: number;
  /** Sequence numbers sent and not acknowledged. */
  readonly flight: number;
  /** Stretches received beyond a hole, the first first: what a SACK option reports, left edge inside and right edge outside. */
  readonly held: readonly (readonly [left: number, right: number])[];
  readonly cwnd: number;
  readonly ssthresh: number;
  /** Duplicate acknowledgments in a row, and whether fast recovery is under way. */
  readonly duplicates: number;
  readonly recovering: boolean;
  /** What is being sent again; undefined when nothing is. */
  readonly resend: { readonly next: number; readonly end: number } | undefined;
  readonly srtt: number;
  readonly rttvar: number;
  readonly rto: number;
  /** How long until each timer expires; undefined where it does not run. */
  readonly timers: {
    readonly retransmission: Micros | undefined;
    readonly persist: Micros | undefined;
    readonly delayedAck: Micros | undefined;
    readonly keepAlive: Micros | undefined;
    /** TIME-WAIT, or FIN-WAIT-2 after the program has gone. */
    readonly timeWait: Micros | undefined;
  };
  /** What both ends have agreed on. */
  readonly sack: boolean;
  readonly timestamps: boolean;
}

/** A picture of the TCB at `now`. */
export function snapshot(tcb: Tcb, now: Micros): TcbSnapshot {
  const { snd, rcv, congestion, rtt, timers, resend } = tcb;
  const tick = ticksAt(now);
  const { armed } = timers;
  return {
    state: tcb.state,
    iss: tcb.iss >>> 0,
    irs: tcb.irs >>> 0,
    snd: {
      una: snd.una >>> 0,
      nxt: snd.nxt >>> 0,
      wnd: snd.wnd,
      wl1: snd.wl1 >>> 0,
      wl2: snd.wl2 >>> 0,
      maxWnd: snd.maxWnd,
      mss: snd.mss,
      scale: Math.max(0, snd.scale),
      up: snd.urgent ? snd.up >>> 0 : undefined,
      finSent: snd.finSent,
    },
    rcv: {
      nxt: rcv.nxt >>> 0,
      wnd: distance(rcv.edge, rcv.nxt),
      scale: rcv.scale,
      up: rcv.urgent ? rcv.up >>> 0 : undefined,
      fin: rcv.finKnown ? rcv.fin >>> 0 : undefined,
    },
    closing: tcb.closing,
    queued: distance(snd.end, snd.head),
    readable: rcv.readable,
    flight: distance(snd.nxt, snd.una),
    held: heldIn(tcb),
    cwnd: congestion.cwnd,
    ssthresh: congestion.ssthresh,
    duplicates: congestion.duplicates,
    recovering: congestion.recovering,
    resend: resend.active ? { next: resend.next >>> 0, end: resend.end >>> 0 } : undefined,
    srtt: rtt.srtt,
    rttvar: rtt.rttvar,
    rto: rtt.rto,
    timers: {
      retransmission: left(armed & TIMER.RETRANSMISSION, timers.retransmission, tick),
      persist: left(armed & TIMER.PERSIST, timers.persist, tick),
      delayedAck: left(armed & TIMER.DELAYED_ACK, timers.delayedAck, tick),
      keepAlive: left(armed & TIMER.KEEP_ALIVE, timers.keepAlive, tick),
      timeWait: left(armed & TIMER.TIME_WAIT, timers.timeWait, tick),
    },
    sack: tcb.sack,
    timestamps: tcb.ts.on,
  };
}

/** How long a timer that is armed still runs. */
function left(armed: number, deadline: Ticks, now: Ticks): Micros | undefined {
  return armed === 0 ? undefined : ((deadline - now) | 0) * TICK;
}

const NOTHING: TcbSnapshot['held'] = [];

function heldIn({ held }: Tcb): TcbSnapshot['held'] {
  if (held === undefined || held.count === 0) return NOTHING;
  const all: [number, number][] = [];
  for (let i = 0; i < held.count; i++) all.push([held.edges[2 * i]! >>> 0, held.edges[2 * i + 1]! >>> 0]);
  return all;
}
