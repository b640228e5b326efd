/**
 * What is kept of a connection in TIME-WAIT once its program has gone: the numbers that judge and answer a late segment, and nothing of what was there to send and to
 * receive. Thousands of whole blocks, each for four minutes, would outlive the collector's young generation, which is dear. A segment that comes for it is dealt with by
 * a whole block, made again from these: the rules of TIME-WAIT stand in segment-arrives.ts and time-wait.ts alone. Read first: RFC 9293 §3.6.1, RFC 1337.
 */
import type { PagePool } from '../../core/pages.ts';
import type { Ticks } from '../../core/time.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { TcpCounters } from './counters.ts';
import { makeTcb, release, type Tcb, TIMER } from './tcb.ts';

/** A TCB in TIME-WAIT, folded. */
export class Remains {
  readonly localPort: number;
  readonly remotePort: number;
  readonly #options: Readonly<ConnectionSettings>;
  readonly #mss: number;
  readonly #pathMtu: number;
  readonly #passive: boolean;
  readonly #iss: number;
  readonly #irs: number;
  readonly #sndNxt: number;
  readonly #sndWnd: number;
  readonly #sndWl1: number;
  readonly #sndWl2: number;
  readonly #sndMaxWnd: number;
  readonly #sndMss: number;
  readonly #sndScale: number;
  readonly #rcvNxt: number;
  readonly #rcvEdge: number;
  readonly #rcvScale: number;
  readonly #rcvSpace: number;
  readonly #tsOn: boolean;
  readonly #tsKnown: boolean;
  readonly #tsOffset: number;
  readonly #tsRecent: number;
  readonly #tsSince: number;
  readonly #sack: boolean;
  readonly #ecn: number;
  readonly #challenges: number;
  readonly #challengesSince: Ticks;
  readonly #deadline: Ticks;

  constructor(tcb: Tcb) {
    const { snd, rcv, ts, acknowledging } = tcb;
    this.localPort = tcb.localPort;
    this.remotePort = tcb.remotePort;
    this.#options = tcb.options;
    this.#mss = tcb.mss;
    this.#pathMtu = tcb.pathMtu;
    this.#passive = tcb.passive;
    this.#iss = tcb.iss;
    this.#irs = tcb.irs;
    this.#sndNxt = snd.nxt;
    this.#sndWnd = snd.wnd;
    this.#sndWl1 = snd.wl1;
    this.#sndWl2 = snd.wl2;
    this.#sndMaxWnd = snd.maxWnd;
    this.#sndMss = snd.mss;
    this.#sndScale = snd.scale;
    this.#rcvNxt = rcv.nxt;
    this.#rcvEdge = rcv.edge;
    this.#rcvScale = rcv.scale;
    this.#rcvSpace = tcb.space.receive;
    this.#tsOn = ts.on;
    this.#tsKnown = ts.known;
    this.#tsOffset = ts.offset;
    this.#tsRecent = ts.recent;
    this.#tsSince = ts.since;
    this.#sack = tcb.sack;
    this.#ecn = tcb.ecn;
    this.#challenges = acknowledging.challenges;
    this.#challengesSince = acknowledging.challengesSince;
    this.#deadline = tcb.timers.timeWait;
    release(tcb);
  }

  /** The block again: both FINs sent and acknowledged, nothing buffered, nothing owed. */
  unfold(pages: PagePool, counters: TcpCounters): Tcb {
    const tcb = makeTcb(this.localPort, this.remotePort, this.#mss, this.#options, pages, counters);
    const { snd, rcv, ts, acknowledging, timers } = tcb;
    tcb.state = 'TIME-WAIT';
    tcb.passive = this.#passive;
    tcb.orphaned = true;
    tcb.closing = true;
    tcb.iss = this.#iss;
    tcb.irs = this.#irs;
    tcb.pathMtu = this.#pathMtu;
    tcb.sack = this.#sack;
    tcb.ecn = this.#ecn;
    snd.una = this.#sndNxt;
    snd.nxt = this.#sndNxt;
    snd.head = (this.#sndNxt - 1) | 0;
    snd.end = snd.head;
    snd.small = snd.head;
    snd.finSent = true;
    snd.wnd = this.#sndWnd;
    snd.wl1 = this.#sndWl1;
    snd.wl2 = this.#sndWl2;
    snd.maxWnd = this.#sndMaxWnd;
    snd.mss = this.#sndMss;
    snd.scale = this.#sndScale;
    rcv.nxt = this.#rcvNxt;
    rcv.edge = this.#rcvEdge;
    rcv.scale = this.#rcvScale;
    tcb.space.receive = this.#rcvSpace;
    rcv.fin = (this.#rcvNxt - 1) | 0;
    rcv.finKnown = true;
    rcv.finDone = true;
    ts.on = this.#tsOn;
    ts.known = this.#tsKnown;
    ts.offset = this.#tsOffset;
    ts.recent = this.#tsRecent;
    ts.since = this.#tsSince;
    ts.lastAck = this.#rcvNxt;
    acknowledging.challenges = this.#challenges;
    acknowledging.challengesSince = this.#challengesSince;
    timers.armed = TIMER.TIME_WAIT;
    timers.timeWait = this.#deadline;
    return tcb;
  }
}
