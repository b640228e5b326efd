/** Numbers and octets as text, the ways Wireshark writes them. */
import { type TextSink, textOf } from '../../core/text-sink.ts';

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

const POINT = 0x2e;
const MINUS = 0x2d;

/** What nanoseconds are divided by to have so many digits of a second: 10^9 for none, 1 for nine. */
const POWERS = Array.from({ length: 10 }, (_, digits) => 10 ** (9 - digits));

/** Writes nanoseconds as seconds, cut to `digits` (0 to 9) decimals: `-0.000000001`. */
export function writeSeconds(text: TextSink, nanoseconds: number, digits: number): void {
  const size = Math.abs(nanoseconds);
  const whole = Math.floor(size / 1e9);
  if (nanoseconds < 0) text.octet(MINUS);
  text.decimal(whole);
  if (digits === 0) return;
  text.octet(POINT);
  text.decimal(Math.floor((size - whole * 1e9) / POWERS[digits]!), digits);
}

/** Nanoseconds as seconds with nine decimals, exact: `-0.000000001`. */
export const nanosecondsAsSeconds = (nanoseconds: number): string =>
  textOf((text) => writeSeconds(text, nanoseconds, 9));
