/**
 * What Linux tells of sends with MSG_ZEROCOPY: each is numbered from 0 on, and when its octets were acknowledged the error queue says so, numbers that follow one another
 * in one message. Octets are copied here, as they are for a TUN device, which is told, too. Not here: other errors that a queue tells, as ICMP's.
 */
import { distance, type Seq } from '../../core/sequence.ts';
import type { Connection } from '../../speak/stack/connection.ts';

/** Where a message comes from, and that the octets were copied: SO_EE_ORIGIN_ZEROCOPY, SO_EE_CODE_ZEROCOPY_COPIED. */
const ORIGIN = 5;
const COPIED = 1;

/** Elements of memory that one piece of what is sent has at the most: each is kept where it lies. */
const MOST_ELEMENTS = 17;

/** Where the pieces end into which elements of these lengths go. */
export function pieceEnds(lengths: readonly number[]): number[] {
  const ends: number[] = [];
  let end = 0;
  for (const [i, length] of lengths.entries()) {
    end += length;
    if ((i + 1) % MOST_ELEMENTS === 0 || i === lengths.length - 1) ends.push(end);
  }
  return ends;
}

/** The sends of a socket that has SO_ZEROCOPY. */
export class ZerocopySends {
  /** Where each send ended that was not acknowledged. */
  readonly #ends: Seq[] = [];
  /** Numbers: of the first that nobody was told of, and of the first that was not acknowledged. */
  #untold = 0;
  #done = 0;

  /** A send has been taken, all octets up to the end of what there is. */
  sent({ tcb }: Connection): void {
    this.#ends.push(tcb.snd.end);
  }

  /** How many sends were acknowledged. */
  done(connection: Connection | undefined): number {
    const ends = this.#ends;
    while (ends.length > 0 && isOver(connection, ends[0]!)) {
      ends.shift();
      this.#done++;
    }
    return this.#done;
  }

  /** Whether the error queue has a message. */
  hasMessage(connection: Connection | undefined): boolean {
    return this.done(connection) > this.#untold;
  }

  /** The message, by the names of its fields; undefined when there is none. */
  takeMessage(connection: Connection | undefined): ReadonlyMap<string, number> | undefined {
    if (!this.hasMessage(connection)) return undefined;
    const [first, last] = [this.#untold, this.#done - 1];
    this.#untold = this.#done;
    return new Map([
      ['ee_errno', 0],
      ['ee_origin', ORIGIN],
      ['ee_type', 0],
      ['ee_code', COPIED],
      ['ee_info', first],
      ['ee_data', last],
    ]);
  }
}

const isOver = (connection: Connection | undefined, end: Seq): boolean =>
  connection === undefined || connection.tcb.state === 'CLOSED' || distance(connection.tcb.snd.una, end) >= 0;
