/**
 * Octets that come part by part, of many things at once, in pages of one pool: while they grow nothing is copied, and what ends leaves its pages to others, so that however many come
 * and go there is no garbage. Not here: how many there may be; whoever adds looks at what the chains take. The stack's queues, which are read while they are written, are in pages.ts.
 */

/** Octets of a page: its content, and behind it the page that is next in its chain. */
const PAGE = 256;
const CONTENT = PAGE - 4;

/** Pages are made so many at a time. */
const SLAB_BITS = 8;
const SLAB = 1 << SLAB_BITS;

const NONE = -1;

/** Octets in pages. */
export interface Chain {
  first: number;
  last: number;
  /** How many there are. */
  length: number;
}

/** A chain without octets, which takes no page. */
export const makeChain = (): Chain => ({ first: NONE, last: NONE, length: 0 });

/** Octets of memory that the pages of a chain take. */
export const octetsTaken = ({ length }: Chain): number => PAGE * Math.ceil(length / CONTENT);

/** The pages, of which as many are there as were ever needed at once. */
export class OctetPages {
  readonly #words: Int32Array<ArrayBuffer>[] = [];
  readonly #views: DataView<ArrayBuffer>[] = [];
  #count = 0;
  #free = NONE;
  /** Where `read` goes on. */
  #page = NONE;
  #inPage = 0;

  /** Octets of memory that all pages take, used or not. */
  get octets(): number {
    return this.#views.length * SLAB * PAGE;
  }

  /** Appends a word to a chain of nothing but words, in the platform's byte order. */
  addWord(chain: Chain, word: number): void {
    const inPage = this.#roomIn(chain);
    const { last } = chain;
    this.#words[last >> SLAB_BITS]![((last & (SLAB - 1)) * PAGE + inPage) >> 2] = word;
    chain.length += 4;
  }

  /** Appends octets `[from, to)` of a view to a chain. */
  add(chain: Chain, view: DataView, from: number, to: number): void {
    for (let at = from; at < to; ) {
      const inPage = this.#roomIn(chain);
      const { last } = chain;
      const length = Math.min(to - at, CONTENT - inPage);
      copy(this.#views[last >> SLAB_BITS]!, (last & (SLAB - 1)) * PAGE + inPage, view, at, length);
      chain.length += length;
      at += length;
    }
  }

  /** The next `read` begins with the chain's first octet. */
  rewind(chain: Chain): void {
    this.#page = chain.first;
    this.#inPage = 0;
  }

  /** Copies the `length` octets of the chain that come next to `into`, from `to` on. */
  read(into: DataView, to: number, length: number): void {
    for (let done = 0; done < length; ) {
      if (this.#inPage === CONTENT) {
        this.#page = this.#next(this.#page);
        this.#inPage = 0;
      }
      const page = this.#page;
      const part = Math.min(length - done, CONTENT - this.#inPage);
      copy(into, to + done, this.#views[page >> SLAB_BITS]!, (page & (SLAB - 1)) * PAGE + this.#inPage, part);
      done += part;
      this.#inPage += part;
    }
  }

  /** Empties a chain: its pages are there for others. */
  clear(chain: Chain): void {
    if (chain.first === NONE) return;
    this.#link(chain.last, this.#free);
    this.#free = chain.first;
    chain.first = chain.last = NONE;
    chain.length = 0;
  }

  /** Makes room behind a chain. @returns where in its last page */
  #roomIn(chain: Chain): number {
    const inPage = chain.length % CONTENT;
    if (inPage > 0) return inPage;
    const page = this.#take();
    if (chain.first === NONE) chain.first = page;
    else this.#link(chain.last, page);
    chain.last = page;
    return 0;
  }

  #take(): number {
    const page = this.#free;
    if (page !== NONE) {
      this.#free = this.#next(page);
      return page;
    }
    if (this.#count === SLAB * this.#views.length) {
      const slab = new ArrayBuffer(SLAB * PAGE);
      this.#words.push(new Int32Array(slab));
      this.#views.push(new DataView(slab));
    }
    return this.#count++;
  }

  #next(page: number): number {
    return this.#words[page >> SLAB_BITS]![((page & (SLAB - 1)) * PAGE + CONTENT) >> 2]!;
  }

  #link(page: number, next: number): void {
    this.#words[page >> SLAB_BITS]![((page & (SLAB - 1)) * PAGE + CONTENT) >> 2] = next;
  }
}

/** Copies octets by words: of so few a view of them would take longer than that. */
function copy(into: DataView, to: number, from: DataView, at: number, length: number): void {
  let done = 0;
  for (; done + 4 <= length; done += 4) into.setInt32(to + done, from.getInt32(at + done, true), true);
  for (; done < length; done++) into.setUint8(to + done, from.getUint8(at + done));
}
