/** Moments as they are written in a filter, in the forms that Wireshark takes; without a zone they are local time, as there. */
import { DAY, daysSince1970, HOUR, MINUTE } from '../dissect/calendar.ts';
import type { ZoneOffset } from '../dissect/list-time.ts';
import { MONTHS, nanosecondsSince1970 } from '../dissect/time-text.ts';

/** `2026-11-29 19:25:36.123`, `2026-11-29T19:25:36Z`; what stands behind the day may be left out from the right. */
const ISO =
  /^(?<year>[1-9]\d{3})-(?<month>\d{1,2})-(?<day>\d{1,2})(?:(?:T| +)(?<hour>\d{1,2})(?::(?<minute>\d{1,2})(?::(?<second>\d{1,2})(?:[.,](?<fraction>\d{1,9}))?)?)?)?(?<zone>Z| *UTC|[+-]\d\d(?::?\d\d)?)?$/;

/** `Nov 29, 2026 19:25:36.123`, as frame.time is shown. */
const NAMED =
  /^(?<month>[A-Za-z]{3}) +(?<day>\d{1,2}), *(?<year>[1-9]\d{3}) +(?<hour>\d{1,2}):(?<minute>\d{1,2}):(?<second>\d{1,2})(?:\.(?<fraction>\d{1,9}))?(?<zone> *UTC)?$/;

/** The forms, for messages. */
export const TIME_FORMS =
  'Write "2026-11-29 19:25:36", with decimals if need be, "2026-11-29T19:25:36Z" or "Nov 29, 2026 19:25:36". Without UTC, Z or an offset such as +01:00 it is local time.';

/** Nanoseconds since 1970, UTC; undefined for what is in none of the forms, or no day or time of day. `zone` is where local time is from. */
export function readTime(text: string, zone: ZoneOffset): bigint | undefined {
  const parts = (ISO.exec(text.trim()) ?? NAMED.exec(text.trim()))?.groups;
  if (parts === undefined) return undefined;
  const part = (name: string): number => Number(parts[name] ?? 0);
  const named = MONTHS.findIndex((name) => name.toLowerCase() === parts.month!.toLowerCase());
  const month = named < 0 ? part('month') : named + 1;
  const [year, day, hour, minute, second] = [part('year'), part('day'), part('hour'), part('minute'), part('second')];
  const days = daysSince1970({ year, month, day });
  // Second 60 is a leap second, which counts as the next minute's first.
  if (days === undefined || hour > 23 || minute > 59 || second > 60) return undefined;
  const offset = offsetOf(parts.zone?.trim());
  if (Number.isNaN(offset)) return undefined;
  const clock = DAY * days + HOUR * hour + MINUTE * minute + second;
  const seconds = offset === undefined ? fromLocal(clock, zone) : clock - MINUTE * offset;
  return nanosecondsSince1970(seconds, Number((parts.fraction ?? '').padEnd(9, '0')));
}

/** Seconds since 1970 when a clock on the wall shows `clock`, which was reckoned as if in UTC. Of an hour that comes twice it is the first. */
function fromLocal(clock: number, zone: ZoneOffset): number {
  // A day before and a day after lie on either side of any change.
  const before = clock - MINUTE * zone(clock - DAY);
  if (before + MINUTE * zone(before) === clock) return before;
  return clock - MINUTE * zone(clock + DAY);
}

/** Minutes that a zone is ahead of UTC: 60 for `+01:00`; undefined for local time, NaN for what is no offset. */
function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined;
  if (zone === 'Z' || zone === 'UTC') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))];
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (zone.startsWith('-') ? -1 : 1) * (60 * hours + minutes);
}
