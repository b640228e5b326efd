/**
 * A bounded set of stretches of sequence space, kept sorted and joined: what has arrived beyond a hole. Edges are int32 sequence
 * numbers, left inside and right outside, all within 2^31 of one another. Not here: what a stretch means (reassembly, SACK).
 */
import { after, before, type Seq } from './sequence.ts';

/** Stretches whose order of growth is remembered: as many as a SACK option tells of. */
const RECENT = 4;

/** A set of stretches. */
export class IntervalSet {
  /** Left and right edges, two by two, in order of sequence space. */
  readonly edges: Int32Array;
  /** How many stretches there are. */
  count = 0;
  /** A number in each of the stretches that grew last, the last first; some may have gone since. */
  readonly recent: Int32Array = new Int32Array(RECENT);

  /** @param limit the most stretches, 1 or more */
  constructor(limit: number) {
    this.edges = new Int32Array(2 * limit);
  }

  /** Adds `[left, right)`, joining what it touches. Answers false, and changes nothing, when it would be one stretch too many. */
  add(left: Seq, right: Seq): boolean {
    const { edges, count } = this;
    let first = 0;
    while (first < count && before(edges[2 * first + 1]!, left)) first++;
    let last = first;
    let from = left;
    let to = right;
    while (last < count && !after(edges[2 * last]!, right)) {
      if (before(edges[2 * last]!, from)) from = edges[2 * last]!;
      if (after(edges[2 * last + 1]!, to)) to = edges[2 * last + 1]!;
      last++;
    }
    const joined = last - first;
    if (joined === 0 && 2 * count === edges.length) return false;
    edges.copyWithin(2 * first + 2, 2 * last, 2 * count);
    edges[2 * first] = from;
    edges[2 * first + 1] = to;
    this.count = count - joined + 1;
    this.#grew(left, from, to);
    return true;
  }

  /** `[from, to)` has grown by what begins at `left`: it was the latest to do so, whatever part of it was before. */
  #grew(left: Seq, from: Seq, to: Seq): void {
    const { recent } = this;
    let place = 0;
    while (place < RECENT - 1 && (before(recent[place]!, from) || !before(recent[place]!, to))) place++;
    recent.copyWithin(1, 0, place);
    recent[0] = left;
  }

  /**
   * Takes out the first stretch if it begins at or before `seq`, and answers where the octets known from `seq` on without a hole end:
   * `seq` itself when there is no such stretch.
   */
  takeFrom(seq: Seq): Seq {
    let end = seq;
    while (this.count > 0 && !after(this.edges[0]!, end)) {
      if (after(this.edges[1]!, end)) end = this.edges[1]!;
      this.edges.copyWithin(0, 2, 2 * this.count);
      this.count--;
    }
    return end;
  }

  /** Whether all of `[left, right)` lies in one of the stretches. */
  covers(left: Seq, right: Seq): boolean {
    for (let i = 0; i < this.count; i++)
      if (!before(left, this.edges[2 * i]!) && !after(right, this.edges[2 * i + 1]!)) return true;
    return false;
  }

  /** Where the last stretch ends; to be asked while there is one. */
  get end(): Seq {
    return this.edges[2 * this.count - 1]!;
  }

  /** Forgets everything. */
  clear(): void {
    this.count = 0;
  }
}
