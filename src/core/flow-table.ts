/**
 * A table from flows (addresses and ports, as a few int32 words) to small whole numbers: what finds a segment's connection, and a
 * captured packet's conversation. Open addressing in one `Int32Array`, the full key compared, at most half full; the hash is keyed, so that
 * nobody who chooses ports can choose collisions. A deletion moves later entries back and leaves no tombstone, so age does not slow it.
 * (To find one among 1,000 takes a fifth of what a `Map` of strings does, the keyed hash included.) Not here: what a flow is, and which of its ends comes first.
 */
import { TcplabError } from './errors.ts';
import type { Random } from './random.ts';
import { halfSipHash } from './siphash.ts';

/** How large a flow table is and may become. */
export interface FlowTableOptions {
  /** int32 words in a key, 1 or more. */
  words: number;
  /** The most entries, 1 to 2^26; `set` refuses more. */
  limit: number;
  /** Entries to have room for at the start; default 64. It doubles when half full. */
  initial?: number;
  /** Draws the key of the hash. */
  random: Random;
}

/** Flows to whole numbers from 0 on. */
export class FlowTable {
  readonly words: number;
  readonly limit: number;
  #size = 0;
  /** Each slot: value + 1 (0: empty), hash, then the key's words. */
  #slots: Int32Array<ArrayBuffer>;
  #mask: number;
  readonly #stride: number;
  readonly #keyLow: number;
  readonly #keyHigh: number;
  /** The key that was hashed last, and its hash: who finds nothing there most often puts something there next. */
  readonly #hashed: Int32Array<ArrayBuffer>;
  #lastHash: number;

  /** @throws TcplabError EINVAL when `words` or `limit` is out of its range */
  constructor(options: FlowTableOptions) {
    const { words, limit, initial = 64, random } = options;
    if (!(Number.isInteger(words) && words >= 1))
      throw new TcplabError('EINVAL', `a flow table needs keys of 1 word or more, not ${words}`);
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= 2 ** 26))
      throw new TcplabError('EINVAL', `a flow table's limit is 1 to ${2 ** 26} entries, not ${limit}`);
    this.words = words;
    this.limit = limit;
    this.#stride = words + 2;
    let slots = 8;
    while (slots < 2 * Math.min(initial, limit)) slots *= 2;
    this.#mask = slots - 1;
    this.#slots = new Int32Array(slots * this.#stride);
    this.#keyLow = random.next();
    this.#keyHigh = random.next();
    this.#hashed = new Int32Array(words);
    this.#lastHash = halfSipHash(this.#keyLow, this.#keyHigh, this.#hashed, 0, words);
  }

  /** How many entries there are. */
  get size(): number {
    return this.#size;
  }

  /** The number stored for the key in the first `words` words of `key`, or -1. */
  get(key: Int32Array): number {
    return this.#slots[this.#locate(key, this.#hash(key)) * this.#stride]! - 1;
  }

  /** Stores `value` (0 to 2^31 - 2) for the key, in place of any other. False when that would be one entry too many. */
  set(key: Int32Array, value: number): boolean {
    const hash = this.#hash(key);
    let at = this.#locate(key, hash) * this.#stride;
    if (this.#slots[at] === 0) {
      if (this.#size >= this.limit) return false;
      if (2 * (this.#size + 1) > this.#mask + 1) {
        this.#grow();
        at = this.#locate(key, hash) * this.#stride;
      }
      this.#size++;
      this.#slots[at + 1] = hash;
      for (let i = 0; i < this.words; i++) this.#slots[at + 2 + i] = key[i]!;
    }
    this.#slots[at] = value + 1;
    return true;
  }

  /** Forgets the key. Returns the number that was stored for it, or -1. */
  delete(key: Int32Array): number {
    const slots = this.#slots;
    const stride = this.#stride;
    const mask = this.#mask;
    let hole = this.#locate(key, this.#hash(key));
    const value = slots[hole * stride]! - 1;
    if (value < 0) return -1;
    // Move back every later entry of the run that the hole would otherwise cut off from its home.
    for (let slot = (hole + 1) & mask; slots[slot * stride] !== 0; slot = (slot + 1) & mask) {
      const home = slots[slot * stride + 1]! & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots.copyWithin(hole * stride, slot * stride, (slot + 1) * stride);
      hole = slot;
    }
    slots[hole * stride] = 0;
    this.#size--;
    return value;
  }

  /** Forgets everything; the memory stays. */
  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  #hash(key: Int32Array): number {
    const hashed = this.#hashed;
    const { words } = this;
    let i = 0;
    while (i < words && hashed[i] === key[i]) i++;
    if (i === words) return this.#lastHash;
    for (; i < words; i++) hashed[i] = key[i]!;
    this.#lastHash = halfSipHash(this.#keyLow, this.#keyHigh, key, 0, words);
    return this.#lastHash;
  }

  /** The slot that holds the key, or the empty one where it would go. */
  #locate(key: Int32Array, hash: number): number {
    const slots = this.#slots;
    const stride = this.#stride;
    const words = this.words;
    let slot = hash & this.#mask;
    for (;;) {
      const at = slot * stride;
      if (slots[at] === 0) return slot;
      if (slots[at + 1] === hash) {
        let i = 0;
        while (i < words && slots[at + 2 + i] === key[i]) i++;
        if (i === words) return slot;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    const stride = this.#stride;
    this.#mask = 2 * this.#mask + 1;
    const slots = new Int32Array((this.#mask + 1) * stride);
    for (let at = 0; at < old.length; at += stride) {
      if (old[at] === 0) continue;
      let slot = old[at + 1]! & this.#mask;
      while (slots[slot * stride] !== 0) slot = (slot + 1) & this.#mask;
      for (let i = 0; i < stride; i++) slots[slot * stride + i] = old[at + i]!;
    }
    this.#slots = slots;
  }
}
