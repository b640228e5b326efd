/**
 * Which query of DNS a response answers, and which of either came before: dns.response_to, dns.time, dns.retransmission. The last queries are kept in a small table in which a newer one
 * may displace an older one. As in Wireshark a query that comes again within five seconds, unanswered, is the same one. Read first: RFC 1035 §4.1.1, §7.3.
 */

/** How many queries are kept. */
const SIZE = 1024;

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
  readonly #queries = new Int32Array(SIZE * WORDS);
  readonly #times = new Float64Array(SIZE);
  /** What was found: the frame of the query that a response answers and the nanoseconds since then, and the frame of the same message before; 0: none. */
  queryFrame = 0;
  queryTime = 0;
  repeatedFrame = 0;

  /** Takes a query. @param conversation a number of its own for each, above 0 */
  ask(conversation: number, identifier: number, frame: number, time: number): void {
    const from = this.#find(conversation, identifier);
    const queries = this.#queries;
    if (this.#isOf(from, conversation, identifier)) {
      const isSame = queries[from + ANSWER] === 0 && time - this.#times[from / WORDS]! < SAME;
      if (isSame) {
        this.repeatedFrame = queries[from + FRAME]!;
        return;
      }
    }
    queries[from + CONVERSATION] = conversation;
    queries[from + IDENTIFIER] = identifier;
    queries[from + FRAME] = frame;
    queries[from + ANSWER] = 0;
    this.#times[from / WORDS] = time;
  }

  /** Takes a response. */
  answer(conversation: number, identifier: number, frame: number, time: number): void {
    const from = this.#find(conversation, identifier);
    if (!this.#isOf(from, conversation, identifier)) return;
    const queries = this.#queries;
    this.queryFrame = queries[from + FRAME]!;
    this.queryTime = time - this.#times[from / WORDS]!;
    if (queries[from + ANSWER] === 0) queries[from + ANSWER] = frame;
    else this.repeatedFrame = queries[from + ANSWER]!;
  }

  /** Where a query stands, or would; nothing is found yet. */
  #find(conversation: number, identifier: number): number {
    this.queryFrame = 0;
    this.repeatedFrame = 0;
    const mixed = Math.imul(conversation, 0x9e3779b1) ^ Math.imul(identifier, 0x85ebca6b);
    return ((mixed ^ (mixed >>> 15)) & (SIZE - 1)) * WORDS;
  }

  #isOf(from: number, conversation: number, identifier: number): boolean {
    return this.#queries[from + CONVERSATION] === conversation && this.#queries[from + IDENTIFIER] === identifier;
  }
}
