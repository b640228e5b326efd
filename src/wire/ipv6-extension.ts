/**
 * One IPv6 extension header, or authentication header: where it ends and what it says comes next. Read first: RFC 8200 §4; RFC 4302 §2; RFC 2675 §2
 * (jumbo payload). Not here: the whole chain, as a host follows it (ipv6-extensions.ts).
 */
import { FRAGMENT_HEADER } from './ipv6-extensions.ts';
import { HEADER_CUT, TOO_SHORT } from './problem.ts';

/** Options of hop-by-hop and destination headers. */
const PAD1 = 0;
const JUMBO_PAYLOAD = 0xc2;

export const nextHeader = (view: DataView, at: number): number => view.getUint8(at);
/** The length octet: eight-octet units beyond the first (authentication header: four-octet units less two). */
export const lengthField = (view: DataView, at: number): number => view.getUint8(at + 1);
/** In octets. */
export const length = (view: DataView, at: number): number => 8 * (lengthField(view, at) + 1);

/** Where what follows a hop-by-hop, destination or routing header begins, or a negative Problem. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < 2) return TOO_SHORT;
  const next = at + length(view, at);
  return next > end ? HEADER_CUT : next;
}

/** Where what follows a fragment header begins, or a negative Problem. */
export const locateFragment = (_view: DataView, at: number, end: number): number =>
  end - at < FRAGMENT_HEADER ? TOO_SHORT : at + FRAGMENT_HEADER;

/** Where what follows an authentication header begins, or a negative Problem. */
export function locateAuthentication(view: DataView, at: number, end: number): number {
  if (end - at < 12) return TOO_SHORT;
  const next = at + 4 * (lengthField(view, at) + 2);
  return next > end ? HEADER_CUT : next;
}

export const routingType = (view: DataView, at: number): number => view.getUint8(at + 2);
export const segmentsLeft = (view: DataView, at: number): number => view.getUint8(at + 3);

/** Types of routing headers whose addresses are known: the source route, the home address of a mobile node, segments (RFC 5095; RFC 6275 §6.4; RFC 8754 §2). */
const SOURCE_ROUTE = 0;
const HOME_ADDRESS = 2;
const SEGMENTS = 4;

/** Where the address stands, in a routing header that ends at `end`, that the packet goes to in the end; -1 when it has gone there, or nobody knows. */
export function finalDestinationAt(view: DataView, at: number, end: number): number {
  const first = at + 8;
  const last = end - 16;
  if (end - at < 24 || segmentsLeft(view, at) === 0) return -1;
  const type = routingType(view, at);
  if (type === SOURCE_ROUTE) return last;
  // Segments are listed backwards.
  return type === HOME_ADDRESS || type === SEGMENTS ? first : -1;
}

/** The jumbo payload length among the options of the header `[at, end)`; 0 when there is none. */
export function jumboPayload(view: DataView, at: number, end: number): number {
  for (let i = at + 2; i < end; ) {
    const type = view.getUint8(i);
    if (type === PAD1) {
      i++;
      continue;
    }
    if (i + 2 > end) return 0;
    const size = view.getUint8(i + 1);
    if (type === JUMBO_PAYLOAD && size === 4 && i + 6 <= end) return view.getUint32(i + 2);
    i += 2 + size;
  }
  return 0;
}
