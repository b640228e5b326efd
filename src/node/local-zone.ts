/** What the clock on this machine's wall shows. */
import type { TimeZone, ZoneOffset } from '../see/dissect/index.ts';

/** This machine's time zone (TZ). It is asked once for each quarter of an hour, between which no zone changes. */
export function localZone(): ZoneOffset {
  const quarter = 900;
  let at = Number.NaN;
  let offset = 0;
  return (seconds) => {
    const now = Math.floor(seconds / quarter);
    if (now !== at) {
      at = now;
      // Beyond what a date can be, as times of damaged files are, no zone is known.
      offset = -new Date(now * quarter * 1000).getTimezoneOffset() || 0;
    }
    return offset;
  };
}

/** Languages in whose countries zones have names of their own; elsewhere they are called after their offset. */
const LANGUAGES = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA'];

/** This machine's time zone with its names: `CET`, or `+0900` where nobody who writes English has one. */
export function localTimeZone(): TimeZone {
  const offset = localZone();
  const names = new Map<number, string>();
  return {
    offset,
    name(seconds) {
      const minutes = offset(seconds);
      let name = names.get(minutes);
      if (name === undefined) {
        name = zoneName(seconds) ?? offsetText(minutes);
        names.set(minutes, name);
      }
      return name;
    },
  };
}

/** Seconds from 1970 to the last date that there is. */
const LAST = 8.64e12;

function zoneName(seconds: number): string | undefined {
  if (Math.abs(seconds) > LAST) return 'UTC';
  for (const language of LANGUAGES) {
    const parts = new Intl.DateTimeFormat(language, { timeZoneName: 'short' }).formatToParts(seconds * 1000);
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value;
    if (name !== undefined && /^[A-Z]+$/.test(name)) return name;
  }
  return undefined;
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}
