/**
 * HyStart, which goes with CUBIC: slow start ends before it has led to a loss, when round trips become longer, or acknowledgments that follow one another closely take longer than half a round trip. Read first: RFC
 * 9438 §4.10, which has the idea and not these numbers: they are Linux's.
 */
import { larger, smaller } from '../../../core/least.ts';
import { before, type Seq } from '../../../core/sequence.ts';
import { MILLISECOND, type Micros } from '../../../core/time.ts';

/** Segments of a window that is too small to end slow start. */
const SMALL = 16;

/** Round trips that are measured in each flight before they are judged. */
const SAMPLES = 8;

/** By how much they may be longer: an eighth, within these bounds. */
const LEAST_LONGER: Micros = 4 * MILLISECOND;
const MOST_LONGER: Micros = 16 * MILLISECOND;

/** Acknowledgments that are so close together are of one train; what the sender may add to its length. */
const CLOSE: Micros = 2 * MILLISECOND;
const SENDER: Micros = MILLISECOND;

/** What is watched of one connection. */
export class SlowStartExit {
  /** The shortest round trip of all. */
  #shortest = Number.POSITIVE_INFINITY;
  #ended = false;
  /** The flight under way: where it ends, when it began and its last close acknowledgment came, its shortest round trip, how many were measured. */
  #end: Seq = 0;
  #begun: Micros = 0;
  #last: Micros = 0;
  #current = Number.POSITIVE_INFINITY;
  #samples = 0;

  constructor(nxt: Seq, now: Micros) {
    this.#beginFlight(nxt, now);
  }

  /** A timeout, `nxt` being SND.NXT: slow start begins anew, and may end again. */
  begin(nxt: Seq, now: Micros): void {
    this.#shortest = Number.POSITIVE_INFINITY;
    this.#ended = false;
    this.#beginFlight(nxt, now);
  }

  #beginFlight(nxt: Seq, now: Micros): void {
    this.#end = nxt;
    this.#begun = now;
    this.#last = now;
    this.#current = Number.POSITIVE_INFINITY;
    this.#samples = 0;
  }

  /** A round trip took `trip`, and all up to `una` is acknowledged of what was sent up to `nxt`. Answers whether slow start ends, at a window of so many segments. */
  isDue(trip: Micros, una: Seq, nxt: Seq, window: number, isSlow: boolean, now: Micros): boolean {
    this.#shortest = smaller(this.#shortest, trip);
    if (this.#ended || !isSlow) return false;
    if (before(this.#end, una)) this.#beginFlight(nxt, now);
    if (window < SMALL) return false;
    if (now - this.#last <= CLOSE) {
      this.#last = now;
      if (now - this.#begun > (this.#shortest + SENDER) / 2) this.#ended = true;
    }
    this.#current = smaller(this.#current, trip);
    const longer = smaller(MOST_LONGER, larger(LEAST_LONGER, this.#shortest / 8));
    if (this.#samples < SAMPLES) this.#samples++;
    else if (this.#current > this.#shortest + longer) this.#ended = true;
    return this.#ended;
  }
}
