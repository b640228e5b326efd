/**
 * The times of ICMP's timestamp messages: milliseconds since midnight UTC, with the highest bit set where they are not (RFC 792, page 16). Some systems write them in little-endian order: as in
 * Wireshark, the order is taken in which the time is a time of day, or the one that comes sooner after another time.
 */

/** Milliseconds of a day, and of a quarter of it. */
const DAY = 86_400_000;
const QUARTER = DAY / 4;

/** The time at `at`, in milliseconds since midnight. @param near a time in milliseconds shortly before it, of any day */
export function timeOfDay(view: DataView, at: number, near: number): number {
  const big = view.getInt32(at) & 0x7fff_ffff;
  const little = view.getInt32(at, true) & 0x7fff_ffff;
  if (big < DAY !== little < DAY) return big < DAY ? big : little;
  const before = near % DAY;
  return waitOf(big, before) < waitOf(little, before) ? big : little;
}

/** How long after `before` a time is; one that is earlier, but for midnight between them, comes last. */
function waitOf(time: number, before: number): number {
  const isNextDay = time < before && time <= QUARTER && before >= DAY - QUARTER;
  return (time + (isNextDay ? DAY : 0) - before) >>> 0;
}
