/**
 * Connections whose programs have gone while octets of theirs are not acknowledged. A peer that takes them drop by drop, and so shows that it lives, could hold the host's
 * pages with them for as long as it likes (RFC 9293 §3.8.6.1 leaves it to resource management): so there are only so many, and fewer when
 * pages are scarce, and one more is reset.
 */
import type { PagePool } from '../../core/pages.ts';
import type { Connection } from './connection.ts';

/** So many are kept however scarce pages are, and until so many have come nobody looks which of them are done. */
const FEW = 64;

/** Those of a host. */
export class Orphans {
  readonly #limit: number;
  readonly #pages: PagePool;
  /** Some of them may be done. */
  readonly #all = new Set<Connection>();
  #sinceSweep = 0;

  /** @param limit the most there can be, 1 or more */
  constructor(limit: number, pages: PagePool) {
    this.#limit = limit;
    this.#pages = pages;
  }

  /** How many there can be now. */
  #most(): number {
    const { free, pages } = this.#pages;
    return free < pages >> 1 ? Math.min(FEW, this.#limit) : this.#limit;
  }

  /** Takes note of one whose program has just gone; answers whether it is one too many. */
  exceeds(connection: Connection): boolean {
    if (isDone(connection)) return false;
    const all = this.#all;
    all.add(connection);
    // Those that are done are as many as those that are not, at the most.
    const most = this.#most();
    if (all.size > most || ++this.#sinceSweep > FEW + (all.size >> 1)) this.#sweep();
    if (all.size <= most) return false;
    all.delete(connection);
    return true;
  }

  #sweep(): void {
    this.#sinceSweep = 0;
    for (const connection of this.#all) if (isDone(connection)) this.#all.delete(connection);
  }
}

/** It is over, or all that its program sent was acknowledged. */
const isDone = ({ id, tcb }: Connection): boolean => id < 0 || tcb.snd.end === tcb.snd.head;
