/**
 * Where a host's buffered octets live: pages from one bounded pool, taken when octets come and returned when they go, so that an
 * idle connection holds none. A `ByteQueue` is a chain of such pages: appended at the tail, read from the head, and writable
 * ahead of the tail (octets that arrived out of order). A full pool is an answer (fewer octets taken), never an exception.
 *
 * A quarter of the pool is kept for first pages: a queue that has one already takes no more from there. However greedy or slow some are, as many
 * others as there are such pages go on, a page at a time.
 */

import { larger, smaller } from './least.ts';
import { type Block, Blocks, COPY_PIECE, copy, copyAll, copyBytes, type Octets } from './memory.ts';

/** Octets in a page. */
export const PAGE = 4096;

/** A block holds 2^BLOCK_SHIFT pages. */
const BLOCK_SHIFT = 6;
const PAGES_IN_BLOCK = 64;

const NONE = -1;

/** A bounded number of pages, in blocks of memory that are taken as they are needed. */
export class PagePool {
  /** The next page of the chain a page is in (of the free list, for a free one). */
  next: Int32Array<ArrayBuffer> = new Int32Array(PAGES_IN_BLOCK);
  readonly pages: number;
  /** How many of them only go to queues that have none. */
  readonly kept: number;
  readonly #blocks = new Blocks();
  readonly #pieces: (Uint8Array | undefined)[] = [];
  #freeHead: number;
  #untouched = 0;
  #free: number;

  /** @param limit octets, rounded up to whole pages */
  constructor(limit: number) {
    this.pages = larger(1, Math.ceil(limit / PAGE));
    this.kept = this.pages >> 2;
    this.#freeHead = NONE;
    this.#free = this.pages;
  }

  /** How many pages are free. */
  get free(): number {
    return this.#free;
  }

  /** The block that a page lies in ... */
  blockOf(page: number): Block {
    return this.#blocks.all[page >> BLOCK_SHIFT]!;
  }

  /** ... and where in the block it begins. */
  offsetOf(page: number): number {
    return (page & (PAGES_IN_BLOCK - 1)) * PAGE;
  }

  /** The COPY_PIECE octets of a page from `at`, a multiple of COPY_PIECE, on. They are kept: an array of its own for each time takes as long as the copying. */
  pieceOf(page: number, at: number): Uint8Array {
    const index = (page * PAGE + at) / COPY_PIECE;
    const kept = this.#pieces[index];
    if (kept !== undefined) return kept;
    const begins = this.offsetOf(page) + at;
    const made = this.blockOf(page).bytes.subarray(begins, begins + COPY_PIECE);
    this.#pieces[index] = made;
    return made;
  }

  /** A page, or -1 when none is left. */
  take(): number {
    let page = this.#freeHead;
    if (page !== NONE) this.#freeHead = this.next[page]!;
    else if (this.#untouched < this.pages) page = this.#touch();
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

  #touch(): number {
    const page = this.#untouched++;
    if (page % PAGES_IN_BLOCK === 0) this.#blocks.take();
    for (let at = 0; at < PAGE; at += COPY_PIECE) this.#pieces.push(undefined);
    if (page >= this.next.length) {
      const next = new Int32Array(2 * this.next.length);
      next.set(this.next);
      this.next = next;
    }
    return page;
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

  /** Copies a program's `bytes[from, to)` to `offset` octets behind the head. Returns how many octets found room: fewer when the pool gives it no more. */
  write(offset: number, bytes: Uint8Array, from: number, to: number): number {
    const pool = this.#pool;
    const begin = this.#skip + offset;
    // Most often it is little, and goes into the first page.
    if (begin + to - from <= PAGE) {
      const first = this.#firstPage();
      if (first === NONE) return 0;
      copyBytes(pool.blockOf(first).bytes, pool.offsetOf(first) + begin, bytes, from, to - from);
      return to - from;
    }
    const count = this.#makeRoom(offset, to - from);
    for (let done = 0, at = begin; done < count; ) {
      const page = this.#pageAt(at);
      const inPage = at & (PAGE - 1);
      const piece = smaller(count - done, PAGE - inPage);
      copyBytes(pool.blockOf(page).bytes, pool.offsetOf(page) + inPage, bytes, from + done, piece);
      done += piece;
      at += piece;
    }
    return count;
  }

  /** The same from a frame. */
  writeFrom(offset: number, octets: Octets, from: number, to: number): number {
    const pool = this.#pool;
    const begin = this.#skip + offset;
    if (begin + to - from <= PAGE) {
      const first = this.#firstPage();
      if (first === NONE) return 0;
      copy(pool.blockOf(first), pool.offsetOf(first) + begin, octets, from, to - from);
      return to - from;
    }
    const count = this.#makeRoom(offset, to - from);
    for (let done = 0, at = begin; done < count; ) {
      const page = this.#pageAt(at);
      const inPage = at & (PAGE - 1);
      const piece = smaller(count - done, PAGE - inPage);
      copy(pool.blockOf(page), pool.offsetOf(page) + inPage, octets, from + done, piece);
      done += piece;
      at += piece;
    }
    return count;
  }

  /** Copies `count` octets from `offset` on to a program's `into[at, ...)`; all of them must have been written. */
  copy(offset: number, count: number, into: Uint8Array, at: number): void {
    const pool = this.#pool;
    const begin = this.#skip + offset;
    const head = this.#head;
    if (begin + count <= PAGE && head !== NONE)
      return copyBytes(into, at, pool.blockOf(head).bytes, pool.offsetOf(head) + begin, count);
    for (let done = 0, from = begin; done < count; ) {
      const page = this.#pageAt(from);
      const inPage = from & (PAGE - 1);
      const piece = smaller(count - done, COPY_PIECE - (from & (COPY_PIECE - 1)));
      if (piece === COPY_PIECE) copyAll(into, at + done, pool.pieceOf(page, inPage));
      else copyBytes(into, at + done, pool.blockOf(page).bytes, pool.offsetOf(page) + inPage, piece);
      done += piece;
      from += piece;
    }
  }

  /** The same to a frame. */
  copyTo(offset: number, count: number, octets: Octets, at: number): void {
    const pool = this.#pool;
    const begin = this.#skip + offset;
    const head = this.#head;
    if (begin + count <= PAGE && head !== NONE)
      return copy(octets, at, pool.blockOf(head), pool.offsetOf(head) + begin, count);
    for (let done = 0, from = begin; done < count; ) {
      const page = this.#pageAt(from);
      const inPage = from & (PAGE - 1);
      const piece = smaller(count - done, PAGE - inPage);
      copy(octets, at + done, pool.blockOf(page), pool.offsetOf(page) + inPage, piece);
      done += piece;
      from += piece;
    }
  }

  /** The first page, which an empty queue takes now; NONE when the pool has none left. */
  #firstPage(): number {
    if (this.#head !== NONE) return this.#head;
    const page = this.#pool.take();
    if (page === NONE) return NONE;
    this.#head = page;
    this.#last = page;
    this.#room = PAGE;
    return page;
  }

  /** Octets of further pages that the pool would give this queue now. */
  get growth(): number {
    const { free, kept } = this.#pool;
    const first = this.#room === 0 && free > 0 ? 1 : 0;
    return larger(first, free - kept) * PAGE;
  }

  /** Appends pages until `count` octets find room at `offset`, or the pool gives it no more. Returns how many do. */
  #makeRoom(offset: number, count: number): number {
    const at = this.#skip + offset;
    const pool = this.#pool;
    while (this.#room < at + count) {
      const page = this.#room === 0 || pool.free > pool.kept ? pool.take() : NONE;
      if (page === NONE) return smaller(count, larger(0, this.#room - at));
      if (this.#last === NONE) this.#head = page;
      else pool.next[this.#last] = page;
      this.#last = page;
      this.#room += PAGE;
    }
    return count;
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
    let page = this.#head;
    if (page === NONE) return;
    const pool = this.#pool;
    // Most often it is one.
    while (page !== this.#last) {
      const next = pool.next[page]!;
      pool.give(page);
      page = next;
    }
    pool.give(page);
    this.#head = NONE;
    this.#last = NONE;
    this.#cursor = NONE;
    this.#skip = 0;
    this.#room = 0;
  }

  /** The page that holds the octet `at` octets from the beginning of the chain's first page. */
  #pageAt(at: number): number {
    return at < PAGE ? this.#head : this.#walkTo(at);
  }

  /** The same beyond the first page. */
  #walkTo(at: number): number {
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
