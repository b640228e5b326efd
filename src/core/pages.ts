/**
 * Where a host's buffered octets live: pages from one bounded pool, taken when octets come and returned when they go, so that an
 * idle connection holds none. A `ByteQueue` is a chain of such pages: appended at the tail, read from the head, and writable
 * ahead of the tail (octets that arrived out of order). A full pool is an answer (fewer octets taken), never an exception.
 */

/** Octets in a page. */
export const PAGE = 4096;

/** Copies are cut to this many octets: some memcpy implementations fall to a fifteenth of their speed above it at unlucky alignments. */
const COPY_PIECE = 2048;

const NONE = -1;

/** A fixed number of pages. */
export class PagePool {
  /** The pool's octets; page p begins at p * PAGE. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The next page of the chain a page is in (of the free list, for a free one). */
  readonly next: Int32Array;
  readonly pages: number;
  #freeHead: number;
  #untouched = 0;
  #free: number;

  /** @param limit octets, rounded up to whole pages; memory is touched only when used */
  constructor(limit: number) {
    this.pages = Math.max(1, Math.ceil(limit / PAGE));
    this.bytes = new Uint8Array(this.pages * PAGE);
    this.next = new Int32Array(this.pages);
    this.#freeHead = NONE;
    this.#free = this.pages;
  }

  /** How many pages are free. */
  get free(): number {
    return this.#free;
  }

  /** A page, or -1 when none is left. */
  take(): number {
    let page = this.#freeHead;
    if (page !== NONE) this.#freeHead = this.next[page]!;
    else if (this.#untouched < this.pages) page = this.#untouched++;
    else return NONE;
    this.next[page] = NONE;
    this.#free--;
    return page;
  }

  /** Gives a page back. */
  give(page: number): void {
    this.next[page] = this.#freeHead;
    this.#freeHead = page;
    this.#free++;
  }
}

/** A queue of octets in pages of a pool. Offsets count from the head. */
export class ByteQueue {
  readonly #pool: PagePool;
  /** First page, or NONE; the head octet stands `#skip` octets into it. */
  #head = NONE;
  #skip = 0;
  #last = NONE;
  /** Octets that the chain's pages hold, `#skip` counted. */
  #room = 0;
  /** A page inside the chain and the chain offset it begins at: walks start here when they can. */
  #cursor = NONE;
  #cursorAt = 0;

  constructor(pool: PagePool) {
    this.#pool = pool;
  }

  /** Copies `bytes[from, to)` to `offset` octets behind the head. Returns how many octets found room: fewer when the pool is exhausted. */
  write(offset: number, bytes: Uint8Array, from: number, to: number): number {
    let at = this.#skip + offset;
    const pool = this.#pool;
    while (this.#room < at + (to - from)) {
      const page = pool.take();
      if (page === NONE) break;
      if (this.#last === NONE) this.#head = page;
      else pool.next[this.#last] = page;
      this.#last = page;
      this.#room += PAGE;
    }
    const stop = Math.min(to, from + Math.max(0, this.#room - at));
    let i = from;
    while (i < stop) {
      const inPage = at & (PAGE - 1);
      const count = Math.min(stop - i, PAGE - inPage, COPY_PIECE);
      pool.bytes.set(bytes.subarray(i, i + count), this.#pageAt(at) * PAGE + inPage);
      i += count;
      at += count;
    }
    return stop - from;
  }

  /** Copies `count` octets from `offset` on to `into[at, ...)`; all of them must have been written. */
  copy(offset: number, count: number, into: Uint8Array, at: number): void {
    let from = this.#skip + offset;
    let to = at;
    const end = at + count;
    while (to < end) {
      const inPage = from & (PAGE - 1);
      const piece = Math.min(end - to, PAGE - inPage, COPY_PIECE);
      const start = this.#pageAt(from) * PAGE + inPage;
      into.set(this.#pool.bytes.subarray(start, start + piece), to);
      to += piece;
      from += piece;
    }
  }

  /** Moves the head `count` octets on and gives back the pages that are passed. */
  drop(count: number): void {
    this.#skip += count;
    while (this.#skip >= PAGE && this.#head !== NONE) {
      const page = this.#head;
      this.#head = this.#pool.next[page]!;
      this.#pool.give(page);
      this.#skip -= PAGE;
      this.#room -= PAGE;
      if (this.#cursorAt < PAGE) this.#cursor = NONE;
      this.#cursorAt -= PAGE;
    }
    if (this.#head === NONE) {
      this.#last = NONE;
      this.#cursor = NONE;
      this.#skip = 0;
      this.#room = 0;
    }
  }

  /** Gives every page back. To be called too when a `drop` has emptied the queue and the last page need not stay. */
  clear(): void {
    for (let page = this.#head; page !== NONE; ) {
      const next = this.#pool.next[page]!;
      this.#pool.give(page);
      page = next;
    }
    this.#head = NONE;
    this.#last = NONE;
    this.#cursor = NONE;
    this.#skip = 0;
    this.#room = 0;
  }

  /** The page that holds the octet `at` octets from the beginning of the chain's first page. */
  #pageAt(at: number): number {
    let page = this.#cursor;
    let begins = this.#cursorAt;
    if (page === NONE || at < begins) {
      page = this.#head;
      begins = 0;
    }
    const next = this.#pool.next;
    while (at >= begins + PAGE) {
      page = next[page]!;
      begins += PAGE;
    }
    this.#cursor = page;
    this.#cursorAt = begins;
    return page;
  }
}
