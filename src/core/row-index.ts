/**
 * Finds the rows of a table by a hash of what they contain. Linear hashing (Litwin 1980): with each row that comes one bucket is divided in two, so that there is no moment
 * at which everything is sorted anew and no second index beside the first; rows in the same bucket are chained by a word of their own. Eight octets a row. Not here: the
 * hash, which must be keyed where a stranger chooses what is hashed (siphash.ts), and the comparison.
 */
import { int32Rows, type Rows } from './rows.ts';

/** The index of a table whose rows come one by one, from 0 on. */
export class RowIndex {
  readonly #rows: Rows<Int32Array>;
  readonly #link: number;
  readonly #hashOf: (row: number) => number;
  /** The first row of each bucket, plus one; 0 is none. */
  readonly #buckets = int32Rows(1);
  #count = 0;
  /** One less than a power of two: the bits of a hash that count, some of which name buckets that there are not yet. */
  #mask = 0;

  /**
   * @param link which word of a row the index may use; nobody else writes it
   * @param hashOf the hash of a row that was added before
   */
  constructor(rows: Rows<Int32Array>, link: number, hashOf: (row: number) => number) {
    this.#rows = rows;
    this.#link = link;
    this.#hashOf = hashOf;
  }

  /** Octets that it takes besides the rows' words. */
  get octets(): number {
    return this.#buckets.octets;
  }

  /** The first row that may have this hash; -1: none has it. */
  first(hash: number): number {
    if (this.#count === 0) return -1;
    const bucket = this.#bucketOf(hash);
    return this.#buckets.page(bucket)[this.#buckets.at(bucket)]! - 1;
  }

  /** The row behind one that was not it; -1: there is none. */
  next(row: number): number {
    return this.#rows.page(row)[this.#rows.at(row) + this.#link]! - 1;
  }

  /** Adds the next row, number `size` of those added so far. */
  add(hash: number): void {
    const row = this.#count++;
    this.#buckets.reserve(row);
    if (row > this.#mask) this.#mask = 2 * this.#mask + 1;
    this.#divide(row);
    this.#put(row, this.#bucketOf(hash));
  }

  #bucketOf(hash: number): number {
    const bucket = hash & this.#mask;
    return bucket < this.#count ? bucket : bucket & (this.#mask >>> 1);
  }

  /** Moves to a new bucket, the last, what belongs there of the bucket in which it was until now. */
  #divide(bucket: number): void {
    if (bucket === 0) return;
    const old = bucket & (this.#mask >>> 1);
    const page = this.#buckets.page(old);
    const at = this.#buckets.at(old);
    let row = page[at]! - 1;
    page[at] = 0;
    while (row >= 0) {
      const next = this.next(row);
      this.#put(row, this.#hashOf(row) & this.#mask);
      row = next;
    }
  }

  #put(row: number, bucket: number): void {
    const page = this.#buckets.page(bucket);
    const at = this.#buckets.at(bucket);
    this.#rows.page(row)[this.#rows.at(row) + this.#link] = page[at]!;
    page[at] = row + 1;
  }
}
