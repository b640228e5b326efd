/**
 * The Internet checksum: the one's complement of the one's complement sum of 16-bit words.
 *
 * Read first: RFC 1071 §1-2; RFC 9293 §3.1 (pseudo-header). Sums are carried as partial sums, plain integers that
 * `fold` brings down to 16 bits, so that a pseudo-header, a header and a payload can be added piece by piece (each
 * piece but the last of even length).
 */

import type { IpAddress } from './ip-address.ts';

/** The longest piece one `sum` takes, in octets: two running 32-bit sums hold this much without overflow. */
const PIECE = 1 << 16;

/**
 * The sum of `length` octets at `at`, as a partial sum below 2^32, added to `initial` (another partial sum).
 * An odd last octet counts as the high half of a word.
 *
 * Words are read four octets at a time; `s` sums them modulo 2^32 and `h` their high halves, from which the low halves' sum follows as
 * `s - (h << 16)`: three operations a word and no carries (4-5 GB/s, against 2.3 for a byte loop).
 */
export function sum(view: DataView, at: number, length: number, initial = 0): number {
  let total = initial;
  let from = at;
  let left = length;
  while (left > 0) {
    const size = left > PIECE ? PIECE : left;
    total += sumPiece(view, from, size);
    if (total > 0xffffffff) total = (total % 0x1_0000_0000) + Math.floor(total / 0x1_0000_0000);
    from += size;
    left -= size;
  }
  return total;
}

function sumPiece(view: DataView, at: number, length: number): number {
  let s = 0;
  let h = 0;
  let i = at;
  const end16 = at + (length & ~15);
  for (; i < end16; i += 16) {
    const a = view.getInt32(i);
    const b = view.getInt32(i + 4);
    const c = view.getInt32(i + 8);
    const d = view.getInt32(i + 12);
    s = (s + a + b + c + d) | 0;
    h = (h + (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16)) | 0;
  }
  const end = at + length;
  for (; i + 2 <= end; i += 2) s = (s + view.getUint16(i)) | 0;
  if (i < end) s = (s + (view.getUint8(i) << 8)) | 0;
  // s = high halves * 2^16 + low halves + the tail's words (mod 2^32); low halves and tail stay below 2^32 for a piece.
  const low = (s - (h << 16)) >>> 0;
  return low + (h >>> 0);
}

/** A partial sum folded to 16 bits, carries added back in (RFC 1071 §2). */
export function fold(partial: number): number {
  const folded = partial > 0xffffffff ? carried(partial) : (partial & 0xffff) + (partial >>> 16);
  return (folded & 0xffff) + (folded >>> 16);
}

/** A partial sum of more than 32 bits, folded once to little more than 16. */
function carried(partial: number): number {
  const folded = (partial % 0x1_0000_0000) + Math.floor(partial / 0x1_0000_0000);
  return (folded & 0xffff) + (folded >>> 16);
}

/** What goes into a checksum field for the octets summed up in `partial`. */
export const finish = (partial: number): number => ~fold(partial) & 0xffff;

/** Whether octets that include their own checksum field sum up rightly. */
export const verifies = (partial: number): boolean => fold(partial) === 0xffff;

/** The sum of a word's two halves. */
export const halves = (word: number): number => (word >>> 16) + (word & 0xffff);

/** The partial sum of the IPv4 pseudo-header: addresses as int32, protocol, and the length of what the checksum covers. */
export const pseudoHeader4 = (source: number, destination: number, protocol: number, length: number): number =>
  halves(source) + halves(destination) + protocol + length;

/** The partial sum of the IPv6 pseudo-header (RFC 8200 §8.1); the addresses are read from the header at `ip`. */
export const pseudoHeader6 = (view: DataView, ip: number, protocol: number, length: number): number =>
  sum(view, ip + 8, 32) + protocol + halves(length);

/** The partial sum of the pseudo-header between two addresses of one version. */
export const pseudoHeader = (source: IpAddress, destination: IpAddress, protocol: number, length: number): number =>
  addressSum(source) + addressSum(destination) + protocol + halves(length);

/** The sum of an address's words. */
const addressSum = (address: IpAddress): number => (typeof address === 'number' ? halves(address) : address.sum);
