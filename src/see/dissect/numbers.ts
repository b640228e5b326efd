/** Numbers and octets as text, the ways Wireshark writes them. */

const HEX: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Octets as two hexadecimal digits each. */
export function hexOf(bytes: Uint8Array, separator: string): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += (i > 0 ? separator : '') + HEX[bytes[i]!]!;
  return text;
}

/** Exact seconds with nine decimals: whole seconds and nanoseconds below one. */
export const seconds = (whole: number, nanoseconds: number): string =>
  `${whole}.${String(nanoseconds).padStart(9, '0')}`;

/** Nanoseconds as seconds with nine decimals, exact: `-0.000000001`. */
export function nanosecondsAsSeconds(nanoseconds: number): string {
  const size = Math.abs(nanoseconds);
  const whole = Math.floor(size / 1e9);
  return (nanoseconds < 0 ? '-' : '') + seconds(whole, size - whole * 1e9);
}
