/** PPP's framing, and PPP over Ethernet. Read first: RFC 1661 §2; RFC 1662 §3.1; RFC 2516 §4. */
import { HEADER_CUT, TOO_SHORT } from './problem.ts';

/** Protocol numbers. */
export const IPV4 = 0x0021;
export const IPV6 = 0x0057;
export const MPLS_UNICAST = 0x0281;
export const MPLS_MULTICAST = 0x0283;
export const IPCP = 0x8021;
export const IPV6CP = 0x8057;
export const CDPCP = 0x8207;
export const MPLSCP = 0x8281;
export const CCP = 0x80fd;
export const LCP = 0xc021;
export const PAP = 0xc023;
export const CHAP = 0xc223;

/** The all-stations address that HDLC framing puts in front, with a control octet; no protocol begins with it. */
const ALL_STATIONS = 0xff;

/** Octets of address and control: 2, also where the second is missing, or, where they were left out, 0. */
export const framing = (view: DataView, at: number, end: number): number =>
  end > at && view.getUint8(at) === ALL_STATIONS ? 2 : 0;

/** Where the payload begins, or a negative Problem. `at` is the protocol field, of one octet when that is odd (RFC 1661 §6.5). */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < 1) return TOO_SHORT;
  const size = view.getUint8(at) & 1 ? 1 : 2;
  return end - at < size ? HEADER_CUT : at + size;
}

export const protocol = (view: DataView, at: number): number =>
  view.getUint8(at) & 1 ? view.getUint8(at) : view.getUint16(at);

/** PPPoE: octets of its header, and the EtherTypes of its two stages. */
export const OVER_ETHERNET_HEADER = 6;
export const TYPE_DISCOVERY = 0x8863;
export const TYPE_SESSION = 0x8864;

/** Where a PPPoE header's payload begins, or a negative Problem. */
export const locateOverEthernet = (_view: DataView, at: number, end: number): number =>
  end - at < OVER_ETHERNET_HEADER ? TOO_SHORT : at + OVER_ETHERNET_HEADER;

export const version = (view: DataView, at: number): number => view.getUint8(at) >>> 4;
export const type = (view: DataView, at: number): number => view.getUint8(at) & 15;
export const code = (view: DataView, at: number): number => view.getUint8(at + 1);
export const session = (view: DataView, at: number): number => view.getUint16(at + 2);
/** In octets. */
export const payloadLength = (view: DataView, at: number): number => view.getUint16(at + 4);

/** Calls `take` with the type and the octets `[from, to)` of each tag of discovery in `[at, end)`, until the end of the list or one that goes over its end (RFC 2516 §4, appendix A). */
export function eachTag(
  view: DataView,
  at: number,
  end: number,
  take: (type: number, from: number, to: number) => void,
): void {
  for (let tag = at; tag + TAG <= end; ) {
    const type = view.getUint16(tag);
    const from = tag + TAG;
    const to = from + view.getUint16(tag + 2);
    if (type === END_OF_LIST || to > end) return;
    take(type, from, to);
    tag = to;
  }
}

/** Octets of a tag in front of its value, and the type that ends the list. */
const TAG = 4;
const END_OF_LIST = 0;
