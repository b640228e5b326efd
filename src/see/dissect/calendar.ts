/** The Gregorian calendar: which day a number of days since 1970 is, and the other way round. */

/** Seconds. */
export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86_400;

/** Days of 400 years, which is how long the Gregorian calendar takes to repeat; of a century but the last, of four years but the first of a century, of a year. */
const ERA = 146_097;
const CENTURY = 36_524;
const OLYMPIAD = 1461;
const YEAR = 365;
/** Days from 1 March of the year 0 to 1 January 1970. */
const TO_1970 = 719_468;
/** Days of five months from March on: 31, 30, 31, 30, 31, and so again. */
const FIVE_MONTHS = 153;

/** A day; months and days count from 1. */
export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The day so many days after 1 January 1970. Years are counted from March here, so that the day that comes every four years is their last. */
export function dateOf(days: number): CalendarDate {
  const era = Math.floor((days + TO_1970) / ERA);
  const dayOfEra = days + TO_1970 - era * ERA;
  const leaps =
    Math.floor(dayOfEra / (OLYMPIAD - 1)) - Math.floor(dayOfEra / CENTURY) + Math.floor(dayOfEra / (ERA - 1));
  const yearOfEra = Math.floor((dayOfEra - leaps) / YEAR);
  const dayOfYear = dayOfEra - (YEAR * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / FIVE_MONTHS);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = 400 * era + yearOfEra + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((FIVE_MONTHS * monthFromMarch + 2) / 5) + 1 };
}

/** Days from 1 January 1970 to a day; undefined where its month has no such day. */
export function daysSince1970({ year, month, day }: CalendarDate): number | undefined {
  const monthFromMarch = (month + 9) % 12;
  const fromMarch = month <= 2 ? year - 1 : year;
  const leaps = Math.floor(fromMarch / 4) - Math.floor(fromMarch / 100) + Math.floor(fromMarch / 400);
  const days = YEAR * fromMarch + leaps + Math.floor((FIVE_MONTHS * monthFromMarch + 2) / 5) + day - 1 - TO_1970;
  const there = dateOf(days);
  return there.month === month && there.day === day ? days : undefined;
}
