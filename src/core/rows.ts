/**
 * A table of rows, each a few words, in pages: it grows by a page and is never moved, so that while a million rows come it takes what they are and not the old table beside
 * the new one. Not here: what a row means, and how one is found (row-index.ts).
 */

/** Rows of a page, a power of two. */
const PAGE_BITS = 10;
const PAGE = 1 << PAGE_BITS;

/** Rows from 0 on, of `width` words each: the words of row `r` are those of `page(r)` from `at(r)` on. */
export class Rows<Page extends Int32Array | Float64Array> {
  readonly #width: number;
  readonly #makePage: (words: number) => Page;
  readonly #pages: Page[] = [];

  /** @param makePage makes an array of so many words as they are when nobody has written them */
  constructor(width: number, makePage: (words: number) => Page) {
    this.#width = width;
    this.#makePage = makePage;
  }

  /** Octets that the rows take. */
  get octets(): number {
    return this.#pages.length * (this.#pages[0]?.byteLength ?? 0);
  }

  /** Makes room for rows 0 to `row`. */
  reserve(row: number): void {
    while (this.#pages.length << PAGE_BITS <= row) this.#pages.push(this.#makePage(PAGE * this.#width));
  }

  /** Where a row is; there must be room for it. */
  page(row: number): Page {
    return this.#pages[row >>> PAGE_BITS]!;
  }

  /** Where it begins there. */
  at(row: number): number {
    return (row & (PAGE - 1)) * this.#width;
  }
}

/** Rows of int32 words that are 0. */
export const int32Rows = (width: number): Rows<Int32Array> => new Rows(width, (words) => new Int32Array(words));
