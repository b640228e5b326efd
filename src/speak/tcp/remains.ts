/**
 * What is kept of connections in TIME-WAIT once their programs have gone: the numbers that judge and answer a late segment, and nothing of what was there to send and to
 * receive. Thousands of whole blocks, each for four minutes, would outlive the collector's young generation, which is dear; rows of numbers are none of its business. A segment that comes for one is
 * dealt with by a whole block, made again from its row: the rules of TIME-WAIT stand in segment-arrives.ts and time-wait.ts alone. Read first: RFC 9293 §3.6.1, RFC 1337.
 */
import type { PagePool } from '../../core/pages.ts';
import { int32Rows } from '../../core/rows.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { TcpCounters } from './counters.ts';
import { makeTcb, release, type Tcb, TIMER } from './tcb.ts';

/** The words of a row. */
const LOCAL_PORT = 0;
const REMOTE_PORT = 1;
const MSS = 2;
const PATH_MTU = 3;
const FLAGS = 4;
const ISS = 5;
const IRS = 6;
const SND_NXT = 7;
const SND_WND = 8;
const SND_WL1 = 9;
const SND_WL2 = 10;
const SND_MAX_WND = 11;
const SND_MSS = 12;
const SND_SCALE = 13;
const RCV_NXT = 14;
const RCV_EDGE = 15;
const RCV_SCALE = 16;
const RCV_SPACE = 17;
const TS_OFFSET = 18;
const TS_RECENT = 19;
const TS_SINCE = 20;
const ECN = 21;
const CHALLENGES = 22;
const CHALLENGES_SINCE = 23;
const DEADLINE = 24;
const WORDS = 25;

/** Bits of FLAGS. */
const PASSIVE = 1;
const TS_ON = 2;
const SACK = 4;

/** TCBs in TIME-WAIT, folded, each at a place of its own. */
export class Remains {
  readonly #rows = int32Rows(WORDS);
  /** What each was told: the same for most. */
  readonly #options: Readonly<ConnectionSettings>[] = [];
  readonly #free: number[] = [];

  /** Folds a block; answers its place, the least that is free: 0, 1, 2 ... */
  fold(tcb: Tcb): number {
    const place = this.#free.pop() ?? this.#options.length;
    this.#rows.reserve(place);
    const words = this.#rows.page(place);
    const at = this.#rows.at(place);
    const { snd, rcv, ts, acknowledging } = tcb;
    this.#options[place] = tcb.options;
    words[at + LOCAL_PORT] = tcb.localPort;
    words[at + REMOTE_PORT] = tcb.remotePort;
    words[at + MSS] = tcb.mss;
    words[at + PATH_MTU] = tcb.pathMtu;
    words[at + FLAGS] = (tcb.passive ? PASSIVE : 0) | (ts.on ? TS_ON : 0) | (tcb.sack ? SACK : 0);
    words[at + ISS] = tcb.iss;
    words[at + IRS] = tcb.irs;
    words[at + SND_NXT] = snd.nxt;
    words[at + SND_WND] = snd.wnd;
    words[at + SND_WL1] = snd.wl1;
    words[at + SND_WL2] = snd.wl2;
    words[at + SND_MAX_WND] = snd.maxWnd;
    words[at + SND_MSS] = snd.mss;
    words[at + SND_SCALE] = snd.scale;
    words[at + RCV_NXT] = rcv.nxt;
    words[at + RCV_EDGE] = rcv.edge;
    words[at + RCV_SCALE] = rcv.scale;
    words[at + RCV_SPACE] = tcb.space.receive;
    words[at + TS_OFFSET] = ts.offset;
    words[at + TS_RECENT] = ts.recent;
    words[at + TS_SINCE] = ts.since;
    words[at + ECN] = tcb.ecn;
    words[at + CHALLENGES] = acknowledging.challenges;
    words[at + CHALLENGES_SINCE] = acknowledging.challengesSince;
    words[at + DEADLINE] = tcb.timers.timeWait;
    release(tcb);
    return place;
  }

  /** The ports of one. */
  localPort(place: number): number {
    return this.#rows.page(place)[this.#rows.at(place) + LOCAL_PORT]!;
  }

  remotePort(place: number): number {
    return this.#rows.page(place)[this.#rows.at(place) + REMOTE_PORT]!;
  }

  /** Forgets one: its place is free. */
  drop(place: number): void {
    this.#free.push(place);
  }

  /** The block again, whose place is free now: both FINs sent and acknowledged, nothing buffered, nothing owed. */
  unfold(place: number, pages: PagePool, counters: TcpCounters): Tcb {
    const words = this.#rows.page(place);
    const at = this.#rows.at(place);
    const word = (which: number): number => words[at + which]!;
    const tcb = makeTcb(word(LOCAL_PORT), word(REMOTE_PORT), word(MSS), this.#options[place]!, pages, counters);
    const { snd, rcv, ts, acknowledging, timers } = tcb;
    const flags = word(FLAGS);
    tcb.state = 'TIME-WAIT';
    tcb.passive = (flags & PASSIVE) !== 0;
    tcb.orphaned = true;
    tcb.closing = true;
    tcb.iss = word(ISS);
    tcb.irs = word(IRS);
    tcb.pathMtu = word(PATH_MTU);
    tcb.sack = (flags & SACK) !== 0;
    tcb.ecn = word(ECN);
    snd.una = word(SND_NXT);
    snd.nxt = snd.una;
    snd.head = (snd.una - 1) | 0;
    snd.end = snd.head;
    snd.finSent = true;
    snd.wnd = word(SND_WND);
    snd.wl1 = word(SND_WL1);
    snd.wl2 = word(SND_WL2);
    snd.maxWnd = word(SND_MAX_WND);
    snd.mss = word(SND_MSS);
    snd.scale = word(SND_SCALE);
    rcv.nxt = word(RCV_NXT);
    rcv.edge = word(RCV_EDGE);
    rcv.scale = word(RCV_SCALE);
    tcb.space.receive = word(RCV_SPACE);
    rcv.fin = (rcv.nxt - 1) | 0;
    rcv.finKnown = true;
    rcv.finDone = true;
    ts.on = (flags & TS_ON) !== 0;
    ts.offset = word(TS_OFFSET);
    ts.recent = word(TS_RECENT);
    ts.since = word(TS_SINCE);
    ts.lastAck = rcv.nxt;
    acknowledging.challenges = word(CHALLENGES);
    acknowledging.challengesSince = word(CHALLENGES_SINCE);
    timers.armed = TIMER.TIME_WAIT;
    timers.timeWait = word(DEADLINE);
    this.drop(place);
    return tcb;
  }
}
