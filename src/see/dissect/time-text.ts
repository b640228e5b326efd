/** Times and spans of time in words, always in UTC: the same everywhere. */

import { DAY, dateOf, HOUR, MINUTE } from './calendar.ts';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const two = (value: number): string => String(value).padStart(2, '0');

/** `Sep  6, 2013 18:31:59.615994000 UTC` */
export function utcText(seconds: number, nanoseconds: number): string {
  const days = Math.floor(seconds / DAY);
  const { year, month, day } = dateOf(days);
  const second = seconds - DAY * days;
  const clock = [Math.floor(second / HOUR), Math.floor((second % HOUR) / MINUTE), second % MINUTE].map(two).join(':');
  return `${MONTHS[month - 1]} ${String(day).padStart(2, ' ')}, ${year} ${clock}.${String(nanoseconds).padStart(9, '0')} UTC`;
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
