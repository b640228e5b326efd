/**
 * Text put into memory by words of four octets: for those who write millions of lines of numbers. A word is stored whole, also where fewer of its octets are meant; what
 * follows is stored over the rest, so that behind what is written there must be room for three octets more. Not here: making room (text-sink.ts).
 */

const ZERO = 0x30;
const QUAD = 10_000;

/** The four digits of each number below 10,000, as a word whose first octet in memory, little-endian, is the first digit. */
const QUADS = Int32Array.from({ length: QUAD }, (_, n) => {
  const digit = (power: number): number => ZERO + (Math.floor(n / power) % 10);
  return digit(1000) | (digit(100) << 8) | (digit(10) << 16) | (digit(1) << 24);
});

/** Writes a whole number from 0 to 2^53 in decimal. @returns where it ends */
export function putNumber(view: DataView, at: number, value: number): number {
  if (value < QUAD) return putFew(view, at, value);
  if (value < QUAD * QUAD) {
    const high = (value / QUAD) | 0;
    const next = putFew(view, at, high);
    view.setInt32(next, QUADS[value - QUAD * high]!, true);
    return next + 4;
  }
  const high = Math.floor(value / (QUAD * QUAD));
  const next = high < QUAD ? putFew(view, at, high) : putNumber(view, at, high);
  return putDigits(view, next, value - QUAD * QUAD * high, 8);
}

/** How many digits a whole number from 0 to 2^53 has. */
export function digitsIn(value: number): number {
  if (value < QUAD) return fewDigits(value);
  return value < QUAD * QUAD ? 4 + fewDigits((value / QUAD) | 0) : 8 + digitsIn(Math.floor(value / (QUAD * QUAD)));
}

/** The same below 10,000. */
const fewDigits = (value: number): number => (value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4);

/** Writes a number below 10^`digits` with zeroes before it to `digits` digits, 1 to 9. @returns where it ends */
export function putDigits(view: DataView, at: number, value: number, digits: number): number {
  if (digits <= 4) {
    view.setInt32(at, QUADS[value]! >> ((4 - digits) << 3), true);
    return at + digits;
  }
  const high = (value / QUAD) | 0;
  const next = putDigits(view, at, high, digits - 4);
  view.setInt32(next, QUADS[value - QUAD * high]!, true);
  return next + 4;
}

/** A number below 10,000. */
function putFew(view: DataView, at: number, value: number): number {
  const digits = fewDigits(value);
  view.setInt32(at, QUADS[value]! >> ((4 - digits) << 3), true);
  return at + digits;
}

/** A text that is written often. */
export interface Words {
  readonly words: Int32Array;
  /** Octets of it that are meant. */
  readonly length: number;
}

/** Octets of UTF-8 as words. */
export function wordsOf(octets: Uint8Array): Words {
  const words = new Int32Array(Math.ceil(octets.length / 4));
  octets.forEach((octet, i) => {
    words[i >> 2]! |= octet << (8 * (i & 3));
  });
  return { words, length: octets.length };
}

/** Writes a text. @returns where it ends */
export function putWords(view: DataView, at: number, { words, length }: Words): number {
  for (let i = 0; i < words.length; i++) view.setInt32(at + 4 * i, words[i]!, true);
  return at + length;
}
