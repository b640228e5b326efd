/** A stack of MPLS labels. Read first: RFC 3032 §2.1; RFC 4385 §3 (the control word of a pseudowire). */
import { TOO_SHORT } from './problem.ts';

/** Octets of one label stack entry, and of a pseudowire's control word. */
export const ENTRY = 4;
export const CONTROL_WORD = 4;

/** EtherTypes. */
export const TYPE_UNICAST = 0x8847;
export const TYPE_MULTICAST = 0x8848;

/** Where the payload behind the bottom of the stack begins, or a negative Problem. */
export function locate(view: DataView, at: number, end: number): number {
  for (let i = at; end - i >= ENTRY; i += ENTRY) if (isBottom(view, i)) return i + ENTRY;
  return TOO_SHORT;
}

/** Of the entry at `at`. */
export const label = (view: DataView, at: number): number => view.getUint32(at) >>> 12;
export const trafficClass = (view: DataView, at: number): number => (view.getUint8(at + 2) >>> 1) & 7;
export const isBottom = (view: DataView, at: number): boolean => (view.getUint8(at + 2) & 1) !== 0;
export const timeToLive = (view: DataView, at: number): number => view.getUint8(at + 3);
