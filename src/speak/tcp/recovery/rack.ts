/**
 * RACK: what was sent before something that has arrived, and longer ago than a round trip and what reordering may add, is lost. Read first: RFC 8985 §6.2. Where the sender chooses, it does as
 * Linux: while no reordering has been seen, three segments beyond a hole are enough, and in recovery any.
 */
import { before, type Seq } from '../../../core/sequence.ts';
import { MILLISECOND, type Micros } from '../../../core/time.ts';
import type { Flying, Scoreboard } from './scoreboard.ts';

/** Round trips of recovery for which a wider window for reordering is kept (RFC 8985 §6.2, step 4). */
const PERSISTS = 16;
const MOST_STEPS = 255;

/** What clocks may add to a wait. */
export const CLOCKS: Micros = 2 * MILLISECOND;

/** Whether a segment that was sent at `at` and ends at `end` was sent after another. */
const sentAfter = (at: Micros, end: Seq, otherAt: Micros, otherEnd: Seq): boolean =>
  at > otherAt || (at === otherAt && before(otherEnd, end));

/** What RACK knows of a connection. */
export class Rack {
  /** Of the segments that have arrived the one that was sent last: when, its end, and how long it took. */
  #at: Micros = Number.NEGATIVE_INFINITY;
  #end: Seq = 0;
  #took: Micros = 0;
  /** Something has arrived since losses were looked for. */
  advanced = false;
  /** Quarters of the shortest round trip that segments may come late by each other, and for how many recoveries more than one. */
  #steps = 1;
  #persists = 0;
  /** The peer has told of octets that came twice; and when there was last one step more. */
  twice = false;
  #changedAt: Micros = Number.NEGATIVE_INFINITY;

  /** A segment has arrived (RFC 8985 §6.2, steps 1 and 2). */
  arrived({ at, end, repeated }: Flying, now: Micros, shortest: Micros): void {
    const took = now - at;
    // It was the first one that arrived, and not what was sent again.
    if (repeated && took < shortest) return;
    this.advanced = true;
    this.#took = took;
    if (!sentAfter(at, end, this.#at, this.#end)) return;
    this.#at = at;
    this.#end = end;
  }

  /** Step 4: segments have arrived, and of what came twice the peer may have told before; once in a round trip that adds a step. */
  adapt(now: Micros): void {
    if (this.twice && this.#at >= this.#changedAt) {
      this.#steps = Math.min(MOST_STEPS, this.#steps + 1);
      this.#changedAt = now;
      this.#persists = PERSISTS;
    } else if (this.#persists === 0) this.#steps = 1;
    this.twice = false;
  }

  /** A recovery has ended. */
  recovered(): void {
    if (this.#persists > 0) this.#persists--;
  }

  /** How long segments may come late by each other: no longer than a round trip. */
  //= RFC 8985 §6.2
  allowance(shortest: Micros, srtt: Micros): Micros {
    return Math.min((shortest >> 2) * this.#steps, srtt);
  }

  /** Step 5: marks what is lost. Answers how long to wait for others that may be: 0 for none. */
  detect(board: Scoreboard, now: Micros, allowance: Micros): Micros {
    let wait = 0;
    for (let i = 0, segment = board.at(0); segment !== undefined; segment = board.at(++i)) {
      if (segment.sacked || (segment.lost && !segment.again)) continue;
      if (!sentAfter(this.#at, this.#end, segment.at, segment.end)) continue;
      const left = this.left(segment, now, allowance);
      if (left <= 0) board.lose(segment);
      else wait = Math.max(wait, left);
    }
    return wait;
  }

  /** How long a segment may still take. */
  left({ at }: Flying, now: Micros, allowance: Micros): Micros {
    return this.#took + allowance - (now - at);
  }
}
