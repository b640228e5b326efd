/** What records of DNS of the types SVCB, HTTPS and CAA hold. Read first: RFC 9460 §2.2, §7, §14.3.2; RFC 8659 §4.1. */

/** Numbers of a service's parameters; that of Oblivious DNS over HTTPS is for private use. */
export const PARAMETER = {
  MANDATORY: 0,
  ALPN: 1,
  NO_DEFAULT_ALPN: 2,
  PORT: 3,
  IPV4_HINT: 4,
  ECH_CONFIG: 5,
  IPV6_HINT: 6,
  ODOH_CONFIG: 32_769,
} as const;

/** Octets in front of a parameter's value: its number, and how long that is. */
const PARAMETER_HEAD = 4;

/** Calls `take` with each parameter that is whole in `[at, end)`, and where its value is. */
export function eachParameter(
  view: DataView,
  at: number,
  end: number,
  take: (key: number, from: number, to: number) => void,
): void {
  for (let from = at + PARAMETER_HEAD; from <= end; ) {
    const to = from + view.getUint16(from - 2);
    if (to > end) return;
    take(view.getUint16(from - PARAMETER_HEAD), from, to);
    from = to + PARAMETER_HEAD;
  }
}

/** Calls `take` with where each protocol is in the value `[from, to)` of ALPN, behind the octet of its length. */
export function eachProtocol(view: DataView, from: number, to: number, take: (from: number, to: number) => void): void {
  for (let at = from; at < to; at += 1 + view.getUint8(at)) take(at + 1, Math.min(at + 1 + view.getUint8(at), to));
}

/** The flag of a CAA record that says: who does not know the tag must not issue a certificate. */
export const ISSUER_CRITICAL = 0x80;

/** Where the value of a CAA record in `[from, to)` begins, behind its flags, the length of its tag and that; -1: its tag is not whole. */
export function authorizationAt(view: DataView, from: number, to: number): number {
  const at = to - from < 2 ? to + 1 : from + 2 + view.getUint8(from + 1);
  return at > to ? -1 : at;
}
