/** What the clock on this machine's wall shows. */
import type { ZoneOffset } from '../see/dissect/index.ts';

/** This machine's time zone (TZ). It is asked once for each quarter of an hour, between which no zone changes. */
export function localZone(): ZoneOffset {
  const quarter = 900;
  let at = Number.NaN;
  let offset = 0;
  return (seconds) => {
    const now = Math.floor(seconds / quarter);
    if (now !== at) {
      at = now;
      offset = -new Date(now * quarter * 1000).getTimezoneOffset();
    }
    return offset;
  };
}
