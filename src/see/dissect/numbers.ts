/** Numbers and octets as text, the ways Wireshark writes them. */
import { type TextSink, textOf } from '../../core/text-sink.ts';
import type { Moment } from './dissection.ts';

/** Octets as two hexadecimal digits each. */
export const hexOf = (octets: Uint8Array): string => textOf((text) => text.hexOctets(octets));

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
  writeFraction(text, size - whole * 1e9, digits);
}

/** Writes the seconds from one moment to another, exact however far apart they are, cut to `digits` (0 to 9) decimals. */
export function writeSince(text: TextSink, moment: Moment, from: Moment, digits: number): void {
  let whole = moment.seconds - from.seconds;
  let rest = moment.nanoseconds - from.nanoseconds;
  if (whole < 0 || (whole === 0 && rest < 0)) {
    text.octet(MINUS);
    whole = -whole;
    rest = -rest;
  }
  if (rest < 0) {
    whole--;
    rest += 1e9;
  }
  text.decimal(whole);
  writeFraction(text, rest, digits);
}

/** Writes the fraction of a second, from its nanoseconds, cut to `digits` decimals: `.000000001`; nothing for none. */
export function writeFraction(text: TextSink, nanoseconds: number, digits: number): void {
  if (digits === 0) return;
  text.octet(POINT);
  text.decimal(Math.floor(nanoseconds / POWERS[digits]!), digits);
}

/** Nanoseconds as seconds with nine decimals, exact: `-0.000000001`. */
export const nanosecondsAsSeconds = (nanoseconds: number): string =>
  textOf((text) => writeSeconds(text, nanoseconds, 9));
