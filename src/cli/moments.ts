/** Times as commands print and read them: dates in UTC, to the nanosecond, which a float cannot hold. Not here: the list's times (see/dissect). */
import type { Moment } from '../see/capture/index.ts';
import { UsageError } from './failure.ts';

/** `2026-11-29 00:26:42.123456 UTC`, with so many digits behind the second. */
export function dateText({ seconds, nanoseconds }: Moment, digits: number): string {
  const date = new Date(seconds * 1000);
  // Beyond the year 275760 there is no date.
  if (Number.isNaN(date.getTime())) return `${secondsText({ seconds, nanoseconds }, digits)} seconds after 1970`;
  const whole = date.toISOString().replace('T', ' ').replace('.000Z', '');
  return `${whole}${fraction(nanoseconds, digits)} UTC`;
}

/** `1700000000.123456`. */
export const secondsText = ({ seconds, nanoseconds }: Moment, digits: number): string =>
  `${BigInt(seconds)}${fraction(nanoseconds, digits)}`;

/** As a float, which is exact to the microsecond only. */
export const inSeconds = ({ seconds, nanoseconds }: Moment): number => seconds + nanoseconds / 1e9;

const fraction = (nanoseconds: number, digits: number): string =>
  digits === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').slice(0, digits)}`;

/** A time that a person gave: a moment, or one after the capture's first packet. */
export interface GivenTime extends Moment {
  readonly isRelative: boolean;
}

const FORMS =
  "2026-11-29T00:26:42.5Z, '2026-11-29 00:26:42' (UTC too), 1700000000.5 (seconds since 1970) or +1.5 (seconds after the first packet)";

/** Reads a time given as a date, as seconds since 1970, or as `+` seconds after the first packet. */
export function givenTime(text: string, option: string): GivenTime {
  const number = /^(\+?)(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (number !== null) {
    const [, sign, seconds, digits = ''] = number;
    return { seconds: Number(seconds), nanoseconds: Number(digits.padEnd(9, '0')), isRelative: sign === '+' };
  }
  const date = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)? ?(Z|UTC|[+-]\d\d:\d\d)?$/.exec(text);
  const [, day = '', time = '00:00', digits = '', zone = 'Z'] = date ?? [];
  const milliseconds = Date.parse(`${day}T${time}${zone === 'UTC' ? 'Z' : zone}`);
  if (Number.isNaN(milliseconds)) throw new UsageError(`${option} is a time such as ${FORMS}, not "${text}"`);
  return { seconds: milliseconds / 1000, nanoseconds: Number(digits.padEnd(9, '0')), isRelative: false };
}

/** Before 0 when `a` is earlier than `b`, above it when later. */
export const compareMoments = (a: Moment, b: Moment): number =>
  a.seconds === b.seconds ? a.nanoseconds - b.nanoseconds : a.seconds - b.seconds;

/** The moment so much after another. */
export function later(moment: Moment, by: Moment): Moment {
  const nanoseconds = moment.nanoseconds + by.nanoseconds;
  const carry = nanoseconds >= 1_000_000_000 ? 1 : 0;
  return { seconds: moment.seconds + by.seconds + carry, nanoseconds: nanoseconds - carry * 1_000_000_000 };
}
