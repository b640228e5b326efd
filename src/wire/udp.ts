/** The UDP header. Read first: RFC 768; RFC 1122 §4.1.3.4 (a checksum of zero means none was made). */
import { BAD_TOTAL_LENGTH, TOO_SHORT } from './problem.ts';

/** Header length in octets. */
export const HEADER = 8;

/** Where the payload begins, or a negative Problem. The payload's end is `payloadEnd`. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < HEADER) return TOO_SHORT;
  const length = view.getUint16(at + 4);
  return length !== 0 && length < HEADER ? BAD_TOTAL_LENGTH : at + HEADER;
}

/** Where the payload ends: by the length field, at most at `end`. */
export function payloadEnd(view: DataView, at: number, end: number): number {
  const length = view.getUint16(at + 4);
  return length === 0 || at + length > end ? end : at + length;
}

export const sourcePort = (view: DataView, at: number): number => view.getUint16(at);
export const destinationPort = (view: DataView, at: number): number => view.getUint16(at + 2);
/** In octets, header included. */
export const length = (view: DataView, at: number): number => view.getUint16(at + 4);
export const checksum = (view: DataView, at: number): number => view.getUint16(at + 6);

/** Writes a header with checksum 0; `payload` in octets. Returns where the payload begins. */
export function emit(view: DataView, at: number, from: number, to: number, payload: number): number {
  view.setUint32(at, (from << 16) | to);
  view.setUint32(at + 4, (HEADER + payload) << 16);
  return at + HEADER;
}
