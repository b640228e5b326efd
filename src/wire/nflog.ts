/** LINKTYPE_NFLOG: what Linux' netfilter logs. Read first: tcpdump.org's LINKTYPE_NFLOG page. */
import { TOO_SHORT } from './problem.ts';

/** Octets of the header, in front of type-length-value items. */
export const HEADER = 4;
const ITEM = 4;
/** The item that holds the packet. */
const PAYLOAD = 9;

/** Address families. */
export const FAMILY_IPV4 = 2;
export const FAMILY_IPV6 = 10;

export const family = (view: DataView, at: number): number => view.getUint8(at);
export const version = (view: DataView, at: number): number => view.getUint8(at + 1);
export const resource = (view: DataView, at: number): number => view.getUint16(at + 2);

/**
 * Where the packet begins, or a negative Problem. Lengths and types are in the byte order of the machine that captured: the one in which the items
 * follow one another as far as the packet.
 */
export function locate(view: DataView, at: number, end: number): number {
  const little = payloadAt(view, at, end, true);
  return little > 0 ? little : payloadAt(view, at, end, false);
}

function payloadAt(view: DataView, at: number, end: number, isLittle: boolean): number {
  for (let i = at + HEADER; i + ITEM <= end; ) {
    const length = view.getUint16(i, isLittle);
    if (length < ITEM) return TOO_SHORT;
    if (view.getUint16(i + 2, isLittle) === PAYLOAD) return i + ITEM;
    i += (length + 3) & ~3;
  }
  return TOO_SHORT;
}
