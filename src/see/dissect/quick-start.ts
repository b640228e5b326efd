/** The rates of Quick-Start, an option of IPv4 and of TCP. Read first: RFC 4782 §3.1. */

/** `1.28 Mbit/s`: 40 Kbit/s times two to the power of what stands in the lower half of an octet, where 0 is none. */
export function quickStartRate(octet: number): string {
  const rate = octet & 15;
  const kilobits = 40 * 2 ** rate;
  if (rate === 0) return '0 bit/s';
  if (kilobits < 1000) return `${kilobits} Kbit/s`;
  return kilobits < 1_000_000 ? `${kilobits / 1000} Mbit/s` : `${kilobits / 1_000_000} Gbit/s`;
}
