/** IPv6 addresses by numbers: each is kept once, however many conversations have it. */
import { RowIndex } from '../../core/row-index.ts';
import { int32Rows } from '../../core/rows.ts';

/** Words of an address, and of its row. */
const WORDS = 4;
const LINK = 4;
const WIDTH = 5;

/** The addresses, numbered from 0 on. */
export class AddressBook {
  readonly #rows = int32Rows(WIDTH);
  readonly #index: RowIndex;
  readonly #hash: (words: Int32Array, at: number, count: number) => number;
  #count = 0;

  /** @param hash a keyed hash of so many words */
  constructor(hash: (words: Int32Array, at: number, count: number) => number) {
    this.#hash = hash;
    this.#index = new RowIndex(this.#rows, LINK, (row) => hash(this.#rows.page(row), this.#rows.at(row), WORDS));
  }

  /** Octets that it takes. */
  get octets(): number {
    return this.#rows.octets + this.#index.octets;
  }

  /** The number of the address in four words from `at` on; it gets one when it has none. */
  numberOf(words: Int32Array, at: number): number {
    const hash = this.#hash(words, at, WORDS);
    for (let row = this.#index.first(hash); row >= 0; row = this.#index.next(row))
      if (this.is(row, words, at)) return row;
    const row = this.#count++;
    this.#rows.reserve(row);
    const page = this.#rows.page(row);
    const from = this.#rows.at(row);
    for (let i = 0; i < WORDS; i++) page[from + i] = words[at + i]!;
    this.#index.add(hash);
    return row;
  }

  /** Whether the address of a number is that in four words from `at` on. */
  is(number: number, words: Int32Array, at: number): boolean {
    const page = this.#rows.page(number);
    const from = this.#rows.at(number);
    for (let i = 0; i < WORDS; i++) if (page[from + i] !== words[at + i]) return false;
    return true;
  }

  /** Writes the address of a number into four words from `at` on. */
  read(number: number, into: Int32Array, at: number): void {
    const page = this.#rows.page(number);
    const from = this.#rows.at(number);
    for (let i = 0; i < WORDS; i++) into[at + i] = page[from + i]!;
  }
}
