/** Generic Routing Encapsulation, versions 0 and 1. Read first: RFC 2784 §2; RFC 2890 §2; RFC 1701 (routing); RFC 2637 §4.1 (version 1). */
import { HEADER_CUT, TOO_SHORT } from './problem.ts';

/** Octets that every header has. */
export const HEADER = 4;

/** Bits of the first two octets. */
export const CHECKSUM = 0x8000;
export const ROUTING = 0x4000;
export const KEY = 0x2000;
export const SEQUENCE = 0x1000;
/** Version 1 alone. */
export const ACKNOWLEDGMENT = 0x0080;

/** Protocol types that are not EtherTypes of their own right. */
export const TRANSPARENT_ETHERNET = 0x6558;
export const PPP = 0x880b;

/** Where the payload begins, or a negative Problem. Source routes are stepped over. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < HEADER) return TOO_SHORT;
  const bits = flags(view, at);
  let payload = acknowledgmentAt(view, at) + (bits & ACKNOWLEDGMENT && version(view, at) === 1 ? 4 : 0);
  if (payload > end) return HEADER_CUT;
  if ((bits & ROUTING) === 0) return payload;
  // Source route entries: address family, offset, length; an entry of family and length zero ends them.
  for (;;) {
    if (end - payload < 4) return HEADER_CUT;
    const family = view.getUint16(payload);
    const length = view.getUint8(payload + 3);
    payload += 4 + length;
    if (family === 0 && length === 0) return payload;
  }
}

export const flags = (view: DataView, at: number): number => view.getUint16(at);
export const version = (view: DataView, at: number): number => view.getUint8(at + 1) & 7;
export const protocol = (view: DataView, at: number): number => view.getUint16(at + 2);

/** Offsets of the optional fields, four octets each, that the bits say are there; checksum and offset come together. */
export const checksumAt = (at: number): number => at + HEADER;
export const keyAt = (view: DataView, at: number): number =>
  at + HEADER + (flags(view, at) & (CHECKSUM | ROUTING) ? 4 : 0);
export const sequenceAt = (view: DataView, at: number): number => keyAt(view, at) + (flags(view, at) & KEY ? 4 : 0);
export const acknowledgmentAt = (view: DataView, at: number): number =>
  sequenceAt(view, at) + (flags(view, at) & SEQUENCE ? 4 : 0);
