/** Times and spans of time in words. */

import { DAY, dateOf, HOUR, MINUTE } from './calendar.ts';
import { type TimeZone, UTC } from './list-time.ts';

/** Names of the months, from January. */
export const MONTHS: readonly string[] = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const two = (value: number): string => String(value).padStart(2, '0');

/** `Sep  6, 2013 18:31:59.615994000 UTC` */
export const utcText = (seconds: number, nanoseconds: number): string => timeText(seconds, nanoseconds, UTC);

/** The same in a time zone. */
export function timeText(seconds: number, nanoseconds: number, { offset, name }: TimeZone): string {
  const local = seconds + MINUTE * offset(seconds);
  const days = Math.floor(local / DAY);
  const { year, month, day } = dateOf(days);
  const second = local - DAY * days;
  const clock = [Math.floor(second / HOUR), Math.floor((second % HOUR) / MINUTE), second % MINUTE].map(two).join(':');
  return `${MONTHS[month - 1]} ${String(day).padStart(2, ' ')}, ${year} ${clock}.${String(nanoseconds).padStart(9, '0')} ${name(seconds)}`;
}

const SECOND = 1_000_000_000n;

/** A moment as one number: seconds since 1970 and nanoseconds below one. */
export const nanosecondsSince1970 = (seconds: number, nanoseconds: number): bigint =>
  BigInt(seconds) * SECOND + BigInt(nanoseconds);

/** `utcText` of a moment, which may be before 1970. */
export function momentText(moment: bigint): string {
  const nanoseconds = ((moment % SECOND) + SECOND) % SECOND;
  return utcText(Number((moment - nanoseconds) / SECOND), Number(nanoseconds));
}

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', 1],
];

/** `1 day, 2 hours`, `0 seconds` */
export function spanText(seconds: number): string {
  let rest = seconds;
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return parts.length > 0 ? parts.join(', ') : '0 seconds';
}
