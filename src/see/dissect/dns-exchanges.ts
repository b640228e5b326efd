/**
 * Which query of DNS a response answers, and which of either came before: dns.response_to, dns.time, dns.retransmission. The last queries are kept in a table of a fixed size, in sets of
 * eight: in a full one the oldest gives way that was answered, else the oldest. As in Wireshark a query that comes again within five seconds, unanswered, is the same one, and only the
 * first response answers. Read first: RFC 1035 §4.1.1, §7.3.
 */
import { wholeNumber } from '../../core/ranges.ts';

/** How many queries of DNS are remembered. */
export interface DnsOptions {
  /** Queries of DNS that are kept for their responses, 24 octets each; 8 to 4,194,304, default 16,384. What is no power of two is rounded up to one. */
  readonly queries?: number;
}

/** How many places a set has. */
const WAYS = 8;

/** Words of a query: its conversation, its identifier, its frame, and that of its answer, 0 while there is none. */
const CONVERSATION = 0;
const IDENTIFIER = 1;
const FRAME = 2;
const ANSWER = 3;
const WORDS = 4;

/** Nanoseconds within which a message that comes again is the same one. */
const SAME = 5e9;

/** The queries that were seen last. */
export class DnsExchanges {
  /** How many are kept. */
  readonly limit: number;
  /** Queries that gave way to newer ones before an answer came. */
  forgotten = 0;
  /** What was found: the frame of the query that a response answers and the nanoseconds since then, and the frame of the same message before; 0: none. */
  queryFrame = 0;
  queryTime = 0;
  repeatedFrame = 0;
  /** Empty until the first query. */
  #queries = new Int32Array(0);
  #times = new Float64Array(0);

  constructor({ queries = 16_384 }: DnsOptions = {}) {
    const least = wholeNumber('queries', queries, WAYS, 1 << 22);
    this.limit = 1 << (32 - Math.clz32(least - 1));
  }

  /** Octets that they take. */
  get octets(): number {
    return this.#queries.byteLength + this.#times.byteLength;
  }

  /** Takes a query. @param conversation a number of its own for each, above 0 */
  ask(conversation: number, identifier: number, frame: number, time: number): void {
    if (this.#times.length === 0) {
      this.#queries = new Int32Array(this.limit * WORDS);
      this.#times = new Float64Array(this.limit);
    }
    const found = this.#find(conversation, identifier);
    const queries = this.#queries;
    if (found >= 0 && queries[found + ANSWER] === 0 && time - this.#times[found / WORDS]! < SAME) {
      this.repeatedFrame = queries[found + FRAME]!;
      return;
    }
    const place = found >= 0 ? found : this.#makeRoom(this.#setOf(conversation, identifier));
    queries[place + CONVERSATION] = conversation;
    queries[place + IDENTIFIER] = identifier;
    queries[place + FRAME] = frame;
    queries[place + ANSWER] = 0;
    this.#times[place / WORDS] = time;
  }

  /** Takes a response. */
  answer(conversation: number, identifier: number, frame: number, time: number): void {
    const found = this.#find(conversation, identifier);
    if (found < 0) return;
    const queries = this.#queries;
    if (queries[found + ANSWER] !== 0) {
      this.repeatedFrame = queries[found + ANSWER]!;
      return;
    }
    this.queryFrame = queries[found + FRAME]!;
    this.queryTime = time - this.#times[found / WORDS]!;
    queries[found + ANSWER] = frame;
  }

  /** Where a query stands; -1: nowhere. What was found before is cleared. */
  #find(conversation: number, identifier: number): number {
    this.queryFrame = 0;
    this.repeatedFrame = 0;
    const queries = this.#queries;
    const set = this.#setOf(conversation, identifier);
    // Without a table there is nothing at any place.
    for (let place = set; place < set + WAYS * WORDS; place += WORDS)
      if (queries[place + CONVERSATION] === conversation && queries[place + IDENTIFIER] === identifier) return place;
    return -1;
  }

  /** Where the set begins in which a query stands, or would. */
  #setOf(conversation: number, identifier: number): number {
    const mixed = Math.imul(conversation, 0x9e3779b1) ^ Math.imul(identifier, 0x85ebca6b);
    return ((mixed ^ (mixed >>> 15)) & (this.limit / WAYS - 1)) * WAYS * WORDS;
  }

  /** The place of a set that is free, or of the query that gives way. */
  #makeRoom(set: number): number {
    const queries = this.#queries;
    let best = set;
    for (let place = set; place < set + WAYS * WORDS; place += WORDS) {
      if (queries[place + CONVERSATION] === 0) return place;
      const isAnswered = queries[place + ANSWER] !== 0;
      const isOlder = queries[place + FRAME]! < queries[best + FRAME]!;
      if (isAnswered === (queries[best + ANSWER] !== 0) ? isOlder : isAnswered) best = place;
    }
    if (queries[best + ANSWER] === 0) this.forgotten++;
    return best;
  }
}
