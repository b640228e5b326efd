/**
 * Arithmetic on sequence numbers: 32 bits that wrap.
 *
 * A sequence number is stored as an int32 (`| 0`) and compared by the sign of a difference, so that 1 comes after
 * 4294967295. Comparison means something only for numbers less than 2^31 apart, which a window of at most 2^30 octets
 * guarantees. Not here: windows and acceptability, which are TCP's (speak/tcp).
 *
 * Read first: RFC 9293 §3.4, RFC 7323 §2.3.
 */

/** A sequence number, as an int32. */
export type Seq = number;

/** `seq + octets`, modulo 2^32. */
export const add = (seq: Seq, octets: number): Seq => (seq + octets) | 0;

/** How far `a` is beyond `b`, in octets: negative when it is before it. */
export const distance = (a: Seq, b: Seq): number => (a - b) | 0;

/** `a < b` in sequence space. */
export const before = (a: Seq, b: Seq): boolean => ((a - b) | 0) < 0;

/** `a <= b` in sequence space. */
export const notAfter = (a: Seq, b: Seq): boolean => ((a - b) | 0) <= 0;

/** `a > b` in sequence space. */
export const after = (a: Seq, b: Seq): boolean => ((a - b) | 0) > 0;

/** `a >= b` in sequence space. */
export const notBefore = (a: Seq, b: Seq): boolean => ((a - b) | 0) >= 0;

/** The earlier of two sequence numbers. */
export const earliest = (a: Seq, b: Seq): Seq => (before(a, b) ? a : b);

/** The later of two sequence numbers. */
export const latest = (a: Seq, b: Seq): Seq => (after(a, b) ? a : b);

/** As people write it: 0 to 4294967295. */
export const unsigned = (seq: Seq): number => seq >>> 0;
