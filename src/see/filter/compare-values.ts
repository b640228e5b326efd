/** Which of two values of one family is the larger, and whether an address is in a network. */
import { maskIpv4 } from '../../wire/address.ts';
import type { FieldValue } from '../dissect/field.ts';

/** Negative when `a` is the smaller, 0 when they are equal. Of octets the shorter are the smaller, as in Wireshark; of equal length the first that differ decide. */
export function compareValues(a: FieldValue, b: FieldValue): number {
  if (typeof a === 'object' && typeof b === 'object') return compareOctets(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareOctets(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** As `compareValues`, for addresses of which the first `prefix` bits count. */
export function comparePrefixes(a: FieldValue, b: FieldValue, prefix: number): number {
  if (typeof a === 'number' && typeof b === 'number') {
    const mask = maskIpv4(prefix);
    return ((a & mask) >>> 0) - ((b & mask) >>> 0);
  }
  const [left, right] = [a as Uint8Array, b as Uint8Array];
  const whole = prefix >> 3;
  for (let i = 0; i < whole; i++) if (left[i] !== right[i]) return left[i]! - right[i]!;
  const mask = (0xff00 >> (prefix & 7)) & 0xff;
  return (left[whole]! & mask) - (right[whole]! & mask);
}
