/**
 * What acknowledgments tell of the segments in flight: which have arrived, in what order, and which came twice. Not here: what is lost (rack.ts), and what follows (segment-recovery.ts). Read first: RFC 2018 §5,
 * RFC 2883 §4, RFC 8985 §6.2 (steps 1 to 3).
 */
import { larger, smaller } from '../../../core/least.ts';
import { after, before, distance, earliest, type Seq } from '../../../core/sequence.ts';
import { type Micros, NEVER } from '../../../core/time.ts';
import { DUPLICATES } from '../congestion/reno.ts';
import { tellsTwice } from '../sack-news.ts';
import type { IncomingSegment } from '../segment.ts';
import type { Tcb } from '../tcb.ts';
import { tsval } from '../timestamp-clock.ts';
import { Rack } from './rack.ts';
import type { Reversal } from './reversal.ts';
import { Scoreboard } from './scoreboard.ts';

/** The most segments that others may come late by before that counts as a loss. */
const MOST_REORDERING = 300;

/** What an acknowledgment has told of segments. */
export interface Told {
  /** What was sent when what is under way began. */
  readonly until: Seq;
  /** It lies beyond what was acknowledged; it is no duplicate, since it brings octets, a window or news of those. */
  advanced: boolean;
  notDuplicate: boolean;
  /** Segments beyond a hole have come; one that was sent once, and before recovery began; octets came twice, those of a tail loss probe. */
  sacked: boolean;
  original: boolean;
  twice: boolean;
  twiceOfProbe: boolean;
  /** Segments were acknowledged; some of them had gone again. */
  acked: number;
  ackedAgain: boolean;
  /** More are lost; what went again is. */
  lost: boolean;
  lostAgain: boolean;
  /** A mark is echoed. */
  marked: boolean;
  /** The first segment that is not acknowledged had arrived: the peer has thrown it away (RFC 2018 §8). */
  reneged: boolean;
  /** The retransmission timer begins anew. */
  rearms: boolean;
  /** Segments that may only be late are waited for from now on, so long; 0: it tells nothing of such. */
  wait: Micros;
  /** When the first was sent that is told of now and was sent once; undefined where there is none. */
  acknowledgedAt: Micros | undefined;
  sackedAt: Micros | undefined;
  /** The same of the last. */
  newestAt: Micros | undefined;
  /** Where the earliest begins that others overtook. */
  overtaken: Seq;
}

/** Of an acknowledgment nothing is known yet but this. */
export const newTold = (advanced: boolean, notDuplicate: boolean, marked: boolean, until: Seq, nxt: Seq): Told => ({
  until,
  advanced,
  notDuplicate,
  sacked: false,
  original: false,
  twice: false,
  twiceOfProbe: false,
  acked: 0,
  ackedAgain: false,
  lost: false,
  lostAgain: false,
  marked,
  reneged: false,
  rearms: false,
  wait: 0,
  acknowledgedAt: undefined,
  sackedAt: undefined,
  newestAt: undefined,
  overtaken: nxt,
});

/** Which of the blocks that are bits of `among` begins first. */
function lowest(blocks: Int32Array, among: number): number {
  let least = -1;
  for (let k = 0; among >> k !== 0; k++)
    if ((among >> k) & 1 && (least < 0 || before(blocks[2 * k]!, blocks[2 * least]!))) least = k;
  return least;
}

/** Those of one connection. */
export class Arrivals {
  readonly board: Scoreboard = new Scoreboard();
  readonly rack: Rack = new Rack();
  readonly #reversal: Reversal;
  /** Duplicates that stand for segments that have arrived, where SACK is not agreed. */
  duplicates = 0;
  /** Segments that have come late by others, and so many more may; how often any has. */
  reordering: number = DUPLICATES;
  reordered = 0;
  /** All segments that are known to have arrived. */
  delivered = 0;
  /** Segments that the peer says came twice, be it credible or not. */
  #twice = 0;

  constructor(reversal: Reversal) {
    this.#reversal = reversal;
  }

  /** Marks what SACK blocks tell of. */
  takeBlocks(tcb: Tcb, { ack, options }: IncomingSegment, una: Seq, told: Told, now: Micros): void {
    const { sackCount, sackBlocks } = options;
    // In the order of their numbers: who tells of two at once does not say that one has overtaken the other.
    let rest = (1 << sackCount) - 1;
    while (rest !== 0) {
      const k = lowest(sackBlocks, rest);
      rest &= ~(1 << k);
      const from = sackBlocks[2 * k]!;
      const end = sackBlocks[2 * k + 1]!;
      if (k === 0 && tellsTwice(options, ack) && this.#isCredible(tcb, from, end)) {
        told.twice = true;
        told.twiceOfProbe = tcb.probe?.again === true && tcb.probe.to === end;
        if (!told.twiceOfProbe && this.reordered > 0) this.rack.twice = true;
        const count = Math.ceil(distance(end, from) / tcb.snd.mss);
        // They have arrived, too.
        this.delivered += count;
        if (!after(end, una)) this.#reversal.cameTwice(end, count);
        this.#mark(tcb, from, end, true, told, now);
      } else if (after(from, una) && !after(end, tcb.snd.nxt)) this.#mark(tcb, from, end, false, told, now);
    }
  }

  /** Whether so much can have come twice: no more than has gone again. */
  #isCredible({ snd, counts }: Tcb, from: Seq, end: Seq): boolean {
    if (!before(from, end)) return false;
    this.#twice += Math.ceil(distance(end, from) / snd.mss);
    return this.#twice <= counts.retransmitted;
  }

  /** Marks the segments of a block. */
  #mark(tcb: Tcb, from: Seq, end: Seq, twice: boolean, told: Told, now: Micros): void {
    const board = this.board;
    const highest = board.highest(tcb.snd.una);
    for (
      let i = 0, segment = board.at(0);
      segment !== undefined && before(segment.from, end);
      segment = board.at(++i)
    ) {
      if (before(segment.from, from) || after(segment.end, end)) continue;
      if (twice && segment.repeated) {
        this.#reversal.cameTwice(segment.end, 1);
        if (segment.sacked) told.overtaken = earliest(told.overtaken, segment.from);
      }
      if (!after(segment.end, tcb.snd.una)) continue;
      if (!segment.sacked) {
        this.rack.arrived(segment, now, tcb.rtt.shortest);
        if (!segment.repeated) {
          if (before(segment.from, highest)) told.overtaken = earliest(told.overtaken, segment.from);
          if (!after(segment.end, told.until)) told.original = true;
          told.sackedAt ??= segment.at;
          told.newestAt = segment.at;
        }
        board.arrive(segment);
        told.sacked = true;
        this.delivered++;
      }
      if (twice && segment.again) board.forgetRepetition(segment);
    }
  }

  /** Segments have come before others that were sent earlier, from `low` on. */
  overtook({ snd }: Tcb, low: Seq, highest: Seq): void {
    if (!before(low, highest)) return;
    const by = distance(highest, low);
    this.reordering = smaller(MOST_REORDERING, larger(this.reordering, Math.ceil(by / snd.mss)));
    this.reordered++;
  }

  /** Takes what is acknowledged off the board. */
  takeAcknowledged(tcb: Tcb, segment: IncomingSegment, told: Told, highest: Seq, now: Micros): void {
    const { sack, ts, rtt, snd } = tcb;
    const board = this.board;
    let low = snd.nxt;
    let newest: Micros | undefined;
    for (let one = board.takeAcknowledged(segment.ack); one !== undefined; one = board.takeAcknowledged(segment.ack)) {
      told.acked++;
      if (one.repeated) told.ackedAgain ||= one.repeated;
      else if (!one.sacked) {
        told.acknowledgedAt ??= one.at;
        newest = one.at;
        low = earliest(low, one.from);
        if (!after(one.end, told.until)) told.original = true;
      }
      if (one.sacked || !sack) continue;
      this.delivered++;
      const needless =
        one.repeated && ts.on && segment.options.timestamps && before(segment.options.tsecr, tsval(tcb, one.at));
      if (!needless) this.rack.arrived(one, now, rtt.shortest);
    }
    if (!told.ackedAgain) told.newestAt ??= newest;
    if (told.acked > 0) {
      told.rearms = true;
      if (!sack) {
        this.#forgetDuplicates(told.acked);
        // What is acknowledged may be what went again.
        if (told.ackedAgain) told.original = false;
      } else if (before(low, highest)) this.overtook(tcb, low, this.board.highest(segment.ack));
    } else if ((told.sackedAt ?? NEVER) < board.at(0)!.at) told.rearms = true;
  }

  /** Without SACK one acknowledgment stands for a hole, the others for duplicates. */
  #forgetDuplicates(acked: number): void {
    this.delivered += larger(acked - this.duplicates, 1);
    this.duplicates = larger(0, this.duplicates - (acked - 1));
    this.#boundDuplicates(acked);
  }

  /** At least one of those in flight is missing, `more` having just been acknowledged: so many duplicates tell that others came before it. */
  #boundDuplicates(more: number): void {
    const holes = smaller(larger(this.board.lost, 1), this.board.count);
    if (this.duplicates + holes <= this.board.count) return;
    this.duplicates = this.board.count - holes;
    this.reordering = smaller(MOST_REORDERING, this.board.count + more);
    this.reordered++;
  }

  /** So many duplicates stand for segments that have arrived. */
  addDuplicates(count: number): void {
    const had = this.duplicates;
    this.duplicates += count;
    this.#boundDuplicates(0);
    this.delivered += larger(0, this.duplicates - had);
  }
}
