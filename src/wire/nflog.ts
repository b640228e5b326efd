/** LINKTYPE_NFLOG: what Linux' netfilter logs. Read first: tcpdump.org's LINKTYPE_NFLOG page. */
import { TOO_SHORT } from './problem.ts';

/** Octets of the header, in front of type-length-value items. */
export const HEADER = 4;
export const ITEM = 4;

/** Types of items (Linux' NFULA_ numbers): netfilter's hook and the protocol, the time, interfaces from the one in to the one out below a bridge, the packet ... */
export const PACKET_HEADER = 1;
export const TIMESTAMP = 3;
const FIRST_INTERFACE = 4;
const LAST_INTERFACE = 7;
export const PAYLOAD = 9;
/** ... the text that the rule was given, and whose process sent it. */
export const PREFIX = 10;
export const USER = 11;
export const GROUP = 14;

export const isInterface = (type: number): boolean => type >= FIRST_INTERFACE && type <= LAST_INTERFACE;

/** Address families. */
export const FAMILY_IPV4 = 2;
export const FAMILY_IPV6 = 10;

export const family = (view: DataView, at: number): number => view.getUint8(at);
export const version = (view: DataView, at: number): number => view.getUint8(at + 1);
export const resource = (view: DataView, at: number): number => view.getUint16(at + 2);

/**
 * Where the packet begins, which is `end` where the items end and none is it, or a negative Problem. Lengths and types are in the byte order of the machine that captured: the one in which the items
 * follow one another as far as the packet.
 */
export function locate(view: DataView, at: number, end: number): number {
  const little = payloadAt(view, at, end, true);
  return little > 0 ? little : payloadAt(view, at, end, false);
}

function payloadAt(view: DataView, at: number, end: number, isLittle: boolean): number {
  for (let i = at + HEADER; i + ITEM <= end; i = nextItem(view, i, isLittle)) {
    if (view.getUint16(i, isLittle) < ITEM) return TOO_SHORT;
    if (view.getUint16(i + 2, isLittle) === PAYLOAD) return i + ITEM;
    if (i + view.getUint16(i, isLittle) === end) return end;
  }
  return TOO_SHORT;
}

const nextItem = (view: DataView, at: number, isLittle: boolean): number =>
  at + ((view.getUint16(at, isLittle) + 3) & ~3);

/** The EtherType of the packet, whose octets begin at `payload`; negative where no item tells it. */
export function hardwareProtocol(view: DataView, at: number, payload: number): number {
  let protocol = -1;
  eachItem(view, at, payload, (type, from, to) => {
    if (type === PACKET_HEADER && to - from >= 2) protocol = view.getUint16(from);
  });
  return protocol;
}

/** Calls `take` for each item that is whole, in order: its type, and where its value is. */
export function eachItem(
  view: DataView,
  at: number,
  end: number,
  take: (type: number, from: number, to: number) => void,
): void {
  const isLittle = payloadAt(view, at, end, true) > 0 || payloadAt(view, at, end, false) <= 0;
  for (let i = at + HEADER; i + ITEM <= end; i = nextItem(view, i, isLittle)) {
    const length = view.getUint16(i, isLittle);
    if (length < ITEM || i + length > end) return;
    take(view.getUint16(i + 2, isLittle) & 0x7fff, i + ITEM, i + length);
  }
}
