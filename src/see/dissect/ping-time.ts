/**
 * The time that `ping` writes into the first octets of what it sends, to know later how long the answer took: seconds since 1970 and microseconds, four octets each, in the byte order of its
 * machine. Nothing in the packet says that it is there: as in Wireshark, it is when it is a time within a day of the packet's.
 */
import type { Moment } from './dissection.ts';

/** Octets of it. */
export const PING_TIME = 8;

const DAY = 86_400;
const MICROSECONDS = 1_000_000;

const isTime = (view: DataView, at: number, now: number, isLittle: boolean): boolean =>
  view.getUint32(at + 4, isLittle) < MICROSECONDS && Math.abs(view.getUint32(at, isLittle) - now) < DAY;

/** Whether `[at, end)` of a packet of the second `now` begins with a time. */
export const hasPingTime = (view: DataView, at: number, end: number, now: number): boolean =>
  end - at >= PING_TIME && (isTime(view, at, now, true) || isTime(view, at, now, false));

/** The time at `at`, where there is one. */
export function pingTime(view: DataView, at: number, now: number): Moment {
  const isLittle = isTime(view, at, now, true);
  return { seconds: view.getUint32(at, isLittle), nanoseconds: 1000 * view.getUint32(at + 4, isLittle) };
}
