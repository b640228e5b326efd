/**
 * When the packets of each conversation came: how long after its first and after the one before. Not here: what else is known of a conversation (conversations.ts), which is
 * known also where nobody asks for times.
 */
import { int32Rows } from '../../core/rows.ts';

/** Words of a conversation: its first moment, its latest. */
const WIDTH = 4;
const LATEST = 2;

/** Octets that are remembered of a conversation. */
export const CLOCK_OCTETS: number = 4 * WIDTH;

/**
 * A moment is two words: the seconds' lower 32 bits, and nanoseconds plus one (0: there is no moment) below two further bits of the seconds. So times that lie up to 272 years
 * apart are told apart to the nanosecond, where a number of nanoseconds is exact for 104 days, and a number of seconds takes twice the room.
 */
const NANOSECOND_BITS = 30;
const NANOSECONDS = (1 << NANOSECOND_BITS) - 1;
const WORD = 2 ** 32;
/** The seconds that are counted before they begin again. */
const ROUND = 4 * WORD;

/** The clocks of conversations, by their records' numbers. */
export class Clocks {
  /** After `take`: nanoseconds since the conversation's first packet, and since its latest before this one. */
  sinceFirst = 0;
  sinceLatest = 0;
  readonly #rows = int32Rows(WIDTH);

  /** Octets that they take. */
  get octets(): number {
    return this.#rows.octets;
  }

  /** A new stream begins in a conversation. */
  begin(record: number): void {
    this.#rows.reserve(record);
    this.#rows.page(record)[this.#rows.at(record) + 1] = 0;
  }

  /** Takes note of when a packet came: seconds since some beginning, and 0 to 999,999,999 nanoseconds. */
  take(record: number, seconds: number, nanoseconds: number): void {
    const page = this.#rows.page(record);
    const at = this.#rows.at(record);
    const low = seconds | 0;
    const rest = (Math.floor(seconds / WORD) << NANOSECOND_BITS) | (nanoseconds + 1);
    if (page[at + 1] === 0) {
      page[at] = page[at + LATEST] = low;
      page[at + 1] = page[at + LATEST + 1] = rest;
    }
    this.sinceFirst = between(page[at]!, page[at + 1]!, low, rest);
    this.sinceLatest = between(page[at + LATEST]!, page[at + LATEST + 1]!, low, rest);
    page[at + LATEST] = low;
    page[at + LATEST + 1] = rest;
  }
}

/** Nanoseconds from one moment to another. */
function between(low: number, rest: number, toLow: number, toRest: number): number {
  let seconds = secondsOf(toLow, toRest) - secondsOf(low, rest);
  if (seconds >= ROUND / 2) seconds -= ROUND;
  else if (seconds < -ROUND / 2) seconds += ROUND;
  return seconds * 1e9 + ((toRest & NANOSECONDS) - (rest & NANOSECONDS));
}

const secondsOf = (low: number, rest: number): number => (rest >>> NANOSECOND_BITS) * WORD + (low >>> 0);
