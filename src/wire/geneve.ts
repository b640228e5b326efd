/** Geneve: anything with an EtherType over UDP. Read first: RFC 8926 §3.4-3.5. */
import { HEADER_CUT, TOO_SHORT } from './problem.ts';

/** Header length without options, in octets. */
export const HEADER = 8;

/** Its UDP port. */
export const PORT = 6081;

/** Where the payload begins, or a negative Problem. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < HEADER) return TOO_SHORT;
  const payload = at + HEADER + optionsLength(view, at);
  return payload > end ? HEADER_CUT : payload;
}

export const version = (view: DataView, at: number): number => view.getUint8(at) >>> 6;
/** In octets. */
export const optionsLength = (view: DataView, at: number): number => (view.getUint8(at) & 0x3f) * 4;
export const flags = (view: DataView, at: number): number => view.getUint8(at + 1);
/** An EtherType. */
export const protocol = (view: DataView, at: number): number => view.getUint16(at + 2);
export const network = (view: DataView, at: number): number => view.getUint32(at + 4) >>> 8;
