/** The IPv4 header. Read first: RFC 791 §3.1; RFC 6864 (identification). Options: ipv4-options.ts. */
import { finish, pseudoHeader4, sum } from './checksum.ts';
import { BAD_HEADER_LENGTH, BAD_TOTAL_LENGTH, BAD_VERSION, HEADER_CUT, TOO_SHORT } from './problem.ts';

/** Header length without options, in octets. */
export const HEADER = 20;

/** Protocol numbers. */
export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;

/** Flag bits as they stand in the 16-bit flags-and-offset word. */
export const DONT_FRAGMENT = 0x4000;
export const MORE_FRAGMENTS = 0x2000;

/** Where the payload begins, or a negative Problem. The payload's end is `payloadEnd`. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < HEADER) return TOO_SHORT;
  const first = view.getUint8(at);
  if (first >>> 4 !== 4) return BAD_VERSION;
  const length = (first & 15) * 4;
  if (length < HEADER) return BAD_HEADER_LENGTH;
  if (end - at < length) return HEADER_CUT;
  const total = view.getUint16(at + 2);
  // A total length of zero is a segmentation-offload packet that the kernel had not cut yet: it reaches to the end.
  return total !== 0 && total < length ? BAD_TOTAL_LENGTH : at + length;
}

/** Where the payload ends: by the total length, at most at `end`. What lies beyond (Ethernet padding) is not payload. */
export function payloadEnd(view: DataView, at: number, end: number): number {
  const total = view.getUint16(at + 2);
  return total === 0 || at + total > end ? end : at + total;
}

export const version = (view: DataView, at: number): number => view.getUint8(at) >>> 4;
/** In octets. */
export const headerLength = (view: DataView, at: number): number => (view.getUint8(at) & 15) * 4;
/** The Differentiated Services field with the two bits of ECN: the octet once called type of service. */
export const typeOfService = (view: DataView, at: number): number => view.getUint8(at + 1);
export const dscp = (view: DataView, at: number): number => view.getUint8(at + 1) >>> 2;
export const ecn = (view: DataView, at: number): number => view.getUint8(at + 1) & 3;
/** In octets, header included. */
export const totalLength = (view: DataView, at: number): number => view.getUint16(at + 2);
export const identification = (view: DataView, at: number): number => view.getUint16(at + 4);
/** The word of three flags and the fragment offset. */
export const flagsAndOffset = (view: DataView, at: number): number => view.getUint16(at + 6);
/** In octets. */
export const fragmentOffset = (view: DataView, at: number): number => (view.getUint16(at + 6) & 0x1fff) * 8;
export const isFragment = (view: DataView, at: number): boolean => (view.getUint16(at + 6) & 0x3fff) !== 0;
export const timeToLive = (view: DataView, at: number): number => view.getUint8(at + 8);
export const protocol = (view: DataView, at: number): number => view.getUint8(at + 9);
export const checksum = (view: DataView, at: number): number => view.getUint16(at + 10);
export const source = (view: DataView, at: number): number => view.getInt32(at + 12);
export const destination = (view: DataView, at: number): number => view.getInt32(at + 16);

/**
 * The same of the header's first three words as int32, for who reads all of it: a word takes as long to read as an octet, and the words' halves add up to the checksum.
 */
export const versionIn = (first: number): number => first >>> 28;
export const headerLengthIn = (first: number): number => (first >>> 22) & 0x3c;
export const totalLengthIn = (first: number): number => first & 0xffff;
export const isFragmentIn = (second: number): boolean => (second & 0x3fff) !== 0;
export const protocolIn = (third: number): number => (third >>> 16) & 0xff;

/** The codepoints of ECN (RFC 3168 §5). */
export const NOT_ECT = 0;
export const ECT_1 = 1;
export const ECT_0 = 2;
export const CE = 3;

/** Says that options stand between the header at `at`, written by `emit` with their length added to the payload's, and the payload at `payload`. */
export function setOptions(view: DataView, at: number, payload: number): void {
  view.setUint8(at, 0x40 | ((payload - at) >> 2));
  view.setUint16(at + 10, 0);
  view.setUint16(at + 10, finish(sum(view, at, payload - at)));
}

/** Sets the codepoint of ECN and brings the header's checksum up to date (RFC 1624). */
export function setEcn(view: DataView, at: number, codepoint: number): void {
  const old = view.getUint16(at);
  const word = (old & ~3) | codepoint;
  view.setUint16(at, word);
  view.setUint16(at + 10, finish((~checksum(view, at) & 0xffff) + (~old & 0xffff) + word));
}

/**
 * Writes a header without options and with its checksum. `length` is the payload's, in octets; `flags` is
 * `DONT_FRAGMENT` or 0; `tos` is the octet of Differentiated Services and ECN. Returns where the payload begins.
 */
export function emit(
  view: DataView,
  at: number,
  from: number,
  to: number,
  proto: number,
  length: number,
  id: number,
  flags: number,
  ttl: number,
  tos = 0,
): number {
  const total = HEADER + length;
  // The words are at hand: their sum needs no second look at the octets. The pseudo-header's has addresses and protocol, with a length of nothing.
  const words = pseudoHeader4(from, to, proto, 0) + 0x4500 + tos + total + id + flags + (ttl << 8);
  view.setUint32(at, 0x4500_0000 | (tos << 16) | total);
  view.setUint32(at + 4, (id << 16) | flags);
  view.setUint32(at + 8, (ttl << 24) | (proto << 16) | finish(words));
  // `| 0` says that it is an int32: what a DataView is given else goes through a double.
  view.setInt32(at + 12, from | 0);
  view.setInt32(at + 16, to | 0);
  return at + HEADER;
}
