/**
 * IPv6 addresses by numbers, so that a conversation's row is as long as one of IPv4. An address that was met of late is found again; any other is kept once more: an index
 * of all would take half as much again as the addresses, of which most belong to one conversation, or to very many.
 */
import { int32Rows } from '../../core/rows.ts';

/** Words of an address. */
const WORDS = 4;

/** How many addresses met of late are looked at, a power of two. */
const RECENT = 1 << 12;

/** The addresses, numbered from 0 on. */
export class AddressBook {
  readonly #rows = int32Rows(WORDS);
  /** Numbers of addresses met of late, plus one, by their words. */
  #recent: Int32Array | undefined;
  #count = 0;

  /** Octets that it takes. */
  get octets(): number {
    return this.#rows.octets + (this.#recent?.byteLength ?? 0);
  }

  /** A number of the address in four words from `at` on. */
  numberOf(words: Int32Array, at: number): number {
    this.#recent ??= new Int32Array(RECENT);
    const place = placeOf(words, at);
    const recent = this.#recent[place]! - 1;
    if (recent >= 0 && this.is(recent, words, at)) return recent;
    const row = this.#count++;
    this.#rows.reserve(row);
    const page = this.#rows.page(row);
    const from = this.#rows.at(row);
    for (let i = 0; i < WORDS; i++) page[from + i] = words[at + i]!;
    this.#recent[place] = row + 1;
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

/** Where an address of late would stand. Whoever chooses addresses that all stand in one place has each of them kept once more, which the memory's limit counts. */
const placeOf = (words: Int32Array, at: number): number =>
  Math.imul(words[at]! ^ words[at + 1]! ^ Math.imul(words[at + 2]! ^ words[at + 3]!, 0x9e3779b1), 0x85ebca6b) >>> 20;
