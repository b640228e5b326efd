/** The sequence numbers of one end that were passed over and have not been seen: lost before the tap, late, or not captured. Bounded: of many the oldest are forgotten. */
import { add, after, before, distance, latest, notAfter, type Seq } from '../../core/sequence.ts';

/** How many gaps of one end are remembered. */
const LIMIT = 64;

/** Gaps further back than this are forgotten: numbers come again. */
const FAR = 2 ** 30;

/** The gaps of one end. */
export class Gaps {
  /** Left and right edges, two by two. */
  readonly #edges: Seq[] = [];

  /** `[left, right)`, of which nothing is in another gap, is passed over. */
  add(left: Seq, right: Seq): void {
    const edges = this.#edges;
    while (edges.length > 0 && (edges.length >= 2 * LIMIT || before(edges[0]!, add(left, -FAR)))) edges.splice(0, 2);
    edges.push(left, right);
  }

  /** Forgets all of them. */
  clear(): void {
    this.#edges.length = 0;
  }

  /** The first missing number that is `from` or later; undefined when none is. */
  first(from: Seq): Seq | undefined {
    const edges = this.#edges;
    let first: Seq | undefined;
    for (let i = 0; i < edges.length; i += 2) {
      if (notAfter(edges[i + 1]!, from)) continue;
      const left = latest(edges[i]!, from);
      if (first === undefined || before(left, first)) first = left;
    }
    return first;
  }

  /** `[left, right)` is seen. @returns how many of its numbers had been missing */
  fill(left: Seq, right: Seq): number {
    const edges = this.#edges;
    let filled = 0;
    for (let i = 0; i < edges.length; ) {
      const [from, to] = [edges[i]!, edges[i + 1]!];
      if (!after(right, from) || !after(to, left)) {
        i += 2;
        continue;
      }
      const rest: Seq[] = [];
      if (after(left, from)) rest.push(from, left);
      if (after(to, right)) rest.push(right, to);
      filled += distance(to, from);
      for (let k = 0; k < rest.length; k += 2) filled -= distance(rest[k + 1]!, rest[k]!);
      edges.splice(i, 2, ...rest);
      i += rest.length;
    }
    if (edges.length > 2 * LIMIT) edges.splice(0, edges.length - 2 * LIMIT);
    return filled;
  }
}
