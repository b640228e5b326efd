/** The IPv6 base header. Read first: RFC 8200 §3. Extension headers are not followed here (ipv6-extensions.ts). */
import type { Ipv6 } from './ip-address.ts';
import { BAD_VERSION, TOO_SHORT } from './problem.ts';

/** Header length in octets. */
export const HEADER = 40;

/** Next-header numbers. */
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;

/** Where the payload begins, or a negative Problem. The payload's end is `payloadEnd`. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < HEADER) return TOO_SHORT;
  return view.getUint8(at) >>> 4 === 6 ? at + HEADER : BAD_VERSION;
}

/** Where the payload ends: by the payload length, at most at `end`. */
export function payloadEnd(view: DataView, at: number, end: number): number {
  const length = view.getUint16(at + 4);
  // Zero is a jumbogram (RFC 2675) or an uncut offload packet: it reaches to the end.
  return length === 0 || at + HEADER + length > end ? end : at + HEADER + length;
}

export const version = (view: DataView, at: number): number => view.getUint8(at) >>> 4;
export const trafficClass = (view: DataView, at: number): number => (view.getUint16(at) >>> 4) & 255;
export const flowLabel = (view: DataView, at: number): number => view.getUint32(at) & 0xfffff;
/** In octets, without the base header. */
export const payloadLength = (view: DataView, at: number): number => view.getUint16(at + 4);
export const nextHeader = (view: DataView, at: number): number => view.getUint8(at + 6);
export const hopLimit = (view: DataView, at: number): number => view.getUint8(at + 7);
/** Offsets of the addresses, sixteen octets each. */
export const sourceAt = (at: number): number => at + 8;
export const destinationAt = (at: number): number => at + 24;

/** Sets the codepoint of ECN; the header has no checksum. */
export const setEcn = (view: DataView, at: number, codepoint: number): void =>
  view.setUint8(at + 1, (view.getUint8(at + 1) & ~0x30) | (codepoint << 4));

/**
 * Writes a header; `length` is the payload's in octets, `label` the flow's, 0 to 2^20 - 1, `traffic` the traffic class: Differentiated Services and ECN. Returns where the
 * payload begins.
 */
export function emit(
  view: DataView,
  at: number,
  from: Ipv6,
  to: Ipv6,
  next: number,
  length: number,
  hops: number,
  label = 0,
  traffic = 0,
): number {
  view.setUint32(at, 0x6000_0000 | (traffic << 20) | label);
  view.setUint32(at + 4, (length << 16) | (next << 8) | hops);
  from.write(view, at + 8);
  to.write(view, at + 24);
  return at + HEADER;
}
