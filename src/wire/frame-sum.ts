/**
 * The sum of a frame's octets, by the fast loops of the common memory where the frame lies there. Not the arithmetic (checksum.ts), which those need who only read: the common memory is
 * reserved as soon as anybody imports this.
 */
import { hasWordsAt, LONGEST_SUM, type Octets, simd, sumOfFew } from '../core/memory.ts';
import { sum } from './checksum.ts';

/** So few octets are summed in JavaScript: the call of the fast loop takes as long, and 12 ns longer where it waits for what was written last. */
const FEW = 48;

/**
 * `sum` for octets of a frame, which stand where the fast loop reaches them: 54 ns for 1,460 octets, where `sum` takes 300 to 380. It serves
 * where the platform has no WebAssembly, and for memory elsewhere.
 */
export function sumOf(octets: Octets, at: number, length: number, initial = 0): number {
  const { base } = octets;
  if (base !== undefined) {
    if (length <= FEW) {
      if (hasWordsAt(base + at)) return initial + sumOfFew(base + at, length);
    } else if (simd !== undefined && length <= LONGEST_SUM) return initial + simd.sum(base + at, length);
  }
  return sum(octets.view, at, length, initial);
}
