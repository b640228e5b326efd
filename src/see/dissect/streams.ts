/**
 * TCP streams as people write them: which addresses and ports, the sender of the first segment first. What the table of conversations knows in numbers is written out
 * when somebody asks: a capture may have as many streams as packets. Not here: how streams are numbered (conversations.ts).
 */
import { wholeNumber } from '../../core/ranges.ts';
import { formatIpv4, formatIpv6 } from '../../wire/address.ts';
import type { Conversations } from './conversations.ts';
import { UNKNOWN } from './dissection.ts';
import type { Endpoint, Stream } from './segment.ts';

/** Limit of the list of streams. */
export interface StreamOptions {
  /**
   * How many TCP streams `Dissector.streams` lists, 0 to 67,108,864; default 1,048,576, which takes 4 MB when full. Further ones are numbered and dissected like the
   * others.
   */
  readonly streams?: number;
}

const NOWHERE: Endpoint = { address: '', port: 0 };

/** A stream of a conversation, that of a record of the table; the one object can be turned to another. */
export class RecordStream implements Stream {
  index: number = UNKNOWN;
  readonly #table: Conversations;
  #record = UNKNOWN;
  #first: 0 | 1 = 0;
  #ends: readonly [Endpoint, Endpoint] | undefined;

  constructor(table: Conversations) {
    this.#table = table;
  }

  /** @param first which side of the record sent the stream's first segment */
  turnTo(index: number, record: number, first: 0 | 1): this {
    if (index === this.index) return this;
    this.index = index;
    this.#record = record;
    this.#first = first;
    this.#ends = undefined;
    return this;
  }

  get ends(): readonly [Endpoint, Endpoint] {
    this.#ends ??= [this.#end(this.#first), this.#end(this.#first === 0 ? 1 : 0)];
    return this.#ends;
  }

  #end(side: 0 | 1): Endpoint {
    if (this.#record === UNKNOWN) return NOWHERE;
    const words = new Int32Array(4);
    const isIpv6 = this.#table.address(this.#record, side, words);
    const port = this.#table.port(this.#record, side);
    if (!isIpv6) return { address: formatIpv4(words[0]!), port };
    const view = new DataView(new ArrayBuffer(16));
    for (let i = 0; i < 4; i++) view.setInt32(4 * i, words[i]!);
    return { address: formatIpv6(view, 0), port };
  }
}

/** The streams met so far. */
export class Streams {
  readonly limit: number;
  /** Those that the list had no room for. */
  unlisted = 0;
  readonly #table: Conversations;
  /** Of each stream: its record, doubled, and which side was first. */
  #starts = new Int32Array(64);
  #count = 0;

  /** @throws TcplabError EINVAL when the limit is out of its range */
  constructor(table: Conversations, options: StreamOptions) {
    this.#table = table;
    this.limit = wholeNumber('streams', options.streams ?? 1 << 20, 0, 1 << 26);
  }

  /** Lists the next stream; that of the record UNKNOWN has no packets, and no ends. */
  add(record: number, first: 0 | 1): void {
    if (this.#count >= this.limit) {
      this.unlisted++;
      return;
    }
    if (this.#count === this.#starts.length) {
      const larger = new Int32Array(2 * this.#count);
      larger.set(this.#starts);
      this.#starts = larger;
    }
    this.#starts[this.#count++] = 2 * record + first;
  }

  /** All of them, by tcp.stream. */
  list(): Stream[] {
    return Array.from({ length: this.#count }, (_, index) => {
      const start = this.#starts[index]!;
      return new RecordStream(this.#table).turnTo(index, start >> 1, (start & 1) as 0 | 1);
    });
  }
}
