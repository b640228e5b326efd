/**
 * What ends of PPP agree on before they send packets: the link's options (LCP), those of what goes over it (IPCP, IPV6CP and others, which are built as LCP is), and
 * who they are (PAP, CHAP). Read first: RFC 1661 §5.
 */

/** Octets in front of what a packet says. */
export const HEADER = 4;

export const code = (view: DataView, at: number): number => view.getUint8(at);
export const identifier = (view: DataView, at: number): number => view.getUint8(at + 1);
/** Of the whole packet, header included. */
export const length = (view: DataView, at: number): number => view.getUint16(at + 2);

/** Codes: numbers of LCP, which its kin share. */
const VENDOR = 0;
const PROTOCOL_REJECT = 8;
const ECHO_REQUEST = 9;
const IDENTIFICATION = 12;
const TIME_REMAINING = 13;

/** How many octets a packet must have behind its header for what its code says, if it has any. */
function leastBody(code: number): number {
  if (code === VENDOR || code === TIME_REMAINING) return 8;
  if (code === PROTOCOL_REJECT) return 2;
  return code >= ECHO_REQUEST && code <= IDENTIFICATION ? 4 : 0;
}

/** Whether `[at, end)` has all of a packet that it says it has. */
export function isWhole(view: DataView, at: number, end: number): boolean {
  if (end - at < HEADER) return false;
  const size = length(view, at);
  if (size <= HEADER) return true;
  const least = HEADER + leastBody(code(view, at));
  // Of a rejected packet only what fits is sent back.
  return end - at >= (code(view, at) === PROTOCOL_REJECT ? least : Math.max(size, least));
}

/** Where a packet begins that was rejected with its protocol, in `[at, end)`; -1: there is none, or not all of it. */
export function rejectedAt(view: DataView, at: number, end: number): number {
  const from = at + HEADER + leastBody(PROTOCOL_REJECT);
  const to = at + length(view, at);
  return code(view, at) === PROTOCOL_REJECT && to > from && to <= end ? from : -1;
}

/** The code of PAP's request, the one message with two strings, and the last code of CHAP whose message has a value and a name: those behind it say how it went. */
export const AUTHENTICATE = 1;
export const RESPONSE = 2;

/** Places of two strings of PAP, each behind its length; -1: not all of them is in `[at, end)`. */
export function papStrings(
  view: DataView,
  at: number,
  end: number,
): readonly [name: number, password: number, end: number] {
  const name = at + HEADER;
  const password = after(view, name, end);
  return [name, password, code(view, at) === AUTHENTICATE ? after(view, password, end) : password];
}

/** What is behind a string with its length in front; -1: it is not whole. */
function after(view: DataView, at: number, end: number): number {
  if (at < 0 || at >= end) return -1;
  const next = at + 1 + view.getUint8(at);
  return next > end ? -1 : next;
}
