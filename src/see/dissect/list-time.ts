/** The Time column in its forms, `tshark -t`'s: relative, delta, absolute by some clock on a wall, since the epoch. Not here: what time zone a machine is in. */
import { type TextSink, textOf } from '../../core/text-sink.ts';
import { DAY, dateOf, HOUR, MINUTE } from './calendar.ts';
import type { Dissection, Moment } from './dissection.ts';
import { writeFraction, writeSince } from './numbers.ts';

/**
 * What Time counts from: the first frame, the frame before, the frame shown before; or it is the time of day, with the date where that is wanted; or seconds
 * since 1970.
 */
export type TimeForm = 'relative' | 'delta' | 'delta-shown' | 'clock' | 'date' | 'epoch';

/** Minutes that local time is ahead of UTC at an instant, given in seconds since 1970: 60 in Berlin's winter. */
export type ZoneOffset = (seconds: number) => number;

/** A time zone: how far ahead it is, and what it is called, at an instant in seconds since 1970: `CET`, `CEST`. */
export interface TimeZone {
  readonly offset: ZoneOffset;
  readonly name: (seconds: number) => string;
}

/** The time zone of those who say of none. */
export const UTC: TimeZone = { offset: () => 0, name: () => 'UTC' };

const SPACE = 0x20;
const DASH = 0x2d;
const COLON = 0x3a;

/** Writes a frame's time, nothing where it has none. `shownBefore` is that of the frame shown before. */
export function writeTime(
  text: TextSink,
  dissection: Dissection,
  form: TimeForm,
  digits: number,
  zone: ZoneOffset,
  shownBefore: Moment,
): void {
  const { packet } = dissection;
  if (!packet.hasTime) return;
  if (form === 'relative') writeSince(text, packet, dissection.first, digits);
  else if (form === 'delta') writeSince(text, packet, dissection.previous, digits);
  else if (form === 'delta-shown') writeSince(text, packet, shownBefore, digits);
  else {
    if (form === 'epoch') text.decimal(packet.seconds);
    else {
      const local = packet.seconds + MINUTE * zone(packet.seconds);
      if (form === 'date') {
        writeDate(text, Math.floor(local / DAY));
        text.octet(SPACE);
      }
      writeClock(text, local - DAY * Math.floor(local / DAY));
    }
    writeFraction(text, packet.nanoseconds, digits);
  }
}

function writeClock(text: TextSink, second: number): void {
  text.decimal(Math.floor(second / HOUR), 2);
  text.octet(COLON);
  text.decimal(Math.floor((second % HOUR) / MINUTE), 2);
  text.octet(COLON);
  text.decimal(second % MINUTE, 2);
}

/** `2026-11-22`: the day on a wall of a time zone. */
export const dayText = (seconds: number, zone: ZoneOffset): string =>
  textOf((text) => writeDate(text, Math.floor((seconds + MINUTE * zone(seconds)) / DAY)));

/** Writes `2026-11-22` for days since 1970. */
function writeDate(text: TextSink, days: number): void {
  const { year, month, day } = dateOf(days);
  text.decimal(year, 4);
  text.octet(DASH);
  text.decimal(month, 2);
  text.octet(DASH);
  text.decimal(day, 2);
}
