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
/** Calls `take` for each option of the header that ends at `end`, until one goes over it: where it is, and where its data end. */
export function eachOption(view: DataView, at: number, end: number, take: (option: number, to: number) => void): void {
  for (let option = at + HEADER; option + OPTION <= end; ) {
    const to = option + OPTION + 4 * (view.getUint8(option + 3) & 0x1f);
    if (to > end) return;
    take(option, to);
    option = to;
  }
}

/** Octets of an option in front of its data. */
export const OPTION = 4;
export const optionClass = (view: DataView, at: number): number => view.getUint16(at);
export const optionType = (view: DataView, at: number): number => view.getUint8(at + 2);
/** Whether a tunnel's end that does not know the option must drop the packet. */
export const isCritical = (view: DataView, at: number): boolean => (optionType(view, at) & 0x80) !== 0;

export const network = (view: DataView, at: number): number => view.getUint32(at + 4) >>> 8;
