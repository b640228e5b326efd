/** The Time column in its forms, `tshark -t`'s: relative, delta, absolute by some clock on a wall, since the epoch. Not here: what time zone a machine is in. */
import type { TextSink } from '../../core/text-sink.ts';
import type { Dissection } from './dissection.ts';
import { writeFraction, writeSeconds } from './numbers.ts';

/**
 * What Time counts from: the first frame, the frame before, the frame shown before; or it is the time of day, with the date where that is wanted; or seconds
 * since 1970.
 */
export type TimeForm = 'relative' | 'delta' | 'delta-shown' | 'clock' | 'date' | 'epoch';

/** Minutes that local time is ahead of UTC at an instant, given in seconds since 1970: 60 in Berlin's winter. */
export type ZoneOffset = (seconds: number) => number;

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const SPACE = 0x20;
const DASH = 0x2d;
const COLON = 0x3a;

/** Writes a frame's time. `shownBefore` is `dissection.time` of the frame shown before. */
export function writeTime(
  text: TextSink,
  dissection: Dissection,
  form: TimeForm,
  digits: number,
  zone: ZoneOffset,
  shownBefore: number,
): void {
  const { packet } = dissection;
  if (form === 'relative') writeSeconds(text, dissection.time, digits);
  else if (form === 'delta') writeSeconds(text, dissection.delta, digits);
  else if (form === 'delta-shown') writeSeconds(text, dissection.time - shownBefore, digits);
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

/** Days of 400 years, which is how long the Gregorian calendar takes to repeat; of a century but the last, of four years but the first of a century, of a year. */
const ERA = 146_097;
const CENTURY = 36_524;
const OLYMPIAD = 1461;
const YEAR = 365;
/** Days from 1 March of the year 0 to 1 January 1970. */
const TO_1970 = 719_468;
/** Days of five months from March on: 31, 30, 31, 30, 31, and so again. */
const FIVE_MONTHS = 153;

/** Writes `2026-11-22` for days since 1970. Years are counted from March here, so that the day that comes every four years is their last. */
function writeDate(text: TextSink, days: number): void {
  const era = Math.floor((days + TO_1970) / ERA);
  const dayOfEra = days + TO_1970 - era * ERA;
  const leaps =
    Math.floor(dayOfEra / (OLYMPIAD - 1)) - Math.floor(dayOfEra / CENTURY) + Math.floor(dayOfEra / (ERA - 1));
  const yearOfEra = Math.floor((dayOfEra - leaps) / YEAR);
  const dayOfYear = dayOfEra - (YEAR * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / FIVE_MONTHS);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  text.decimal(400 * era + yearOfEra + (month <= 2 ? 1 : 0), 4);
  text.octet(DASH);
  text.decimal(month, 2);
  text.octet(DASH);
  text.decimal(dayOfYear - Math.floor((FIVE_MONTHS * monthFromMarch + 2) / 5) + 1, 2);
}
