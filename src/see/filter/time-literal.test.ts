/** Literals of absolute times. That local time is this machine's is asked of tshark too, in zones of its own (test/e2e/read.test.ts). */
import { describe, expect, test } from 'vitest';
import { fakeFields } from '../../../test/fake-fields.ts';
import { dateOf, daysSince1970 } from '../dissect/calendar.ts';
import { compileFilter } from './index.ts';
import { readTime } from './time-literal.ts';

/** Nanoseconds since 1970 of a moment that JavaScript can read, and some more. */
const nanoseconds = (iso: string, more = 0): bigint => BigInt(Date.parse(iso)) * 1_000_000n + BigInt(more);

describe('a moment with its zone', () => {
  test.each([
    ['2026-11-29 19:25:36Z', '2026-11-29T19:25:36Z', 0],
    ['2026-11-29T19:25:36Z', '2026-11-29T19:25:36Z', 0],
    ['2026-11-29 19:25:36 UTC', '2026-11-29T19:25:36Z', 0],
    [' 2026-11-29  19:25:36UTC ', '2026-11-29T19:25:36Z', 0],
    ['2026-11-29 19:25:36.123456789 UTC', '2026-11-29T19:25:36Z', 123_456_789],
    ['2026-11-29T19:25:36,5+01:00', '2026-11-29T18:25:36Z', 500_000_000],
    ['2026-11-29T19:25:36.000000001-0530', '2026-11-30T00:55:36Z', 1],
    ['2026-11-29 19:25+14', '2026-11-29T05:25:00Z', 0],
    ['2026-11-29 UTC', '2026-11-29T00:00:00Z', 0],
    ['2026-1-2 3:4:5Z', '2026-01-02T03:04:05Z', 0],
    ['2028-02-29 23:59:60Z', '2028-03-01T00:00:00Z', 0],
    ['1969-12-31 23:59:59.9Z', '1969-12-31T23:59:59Z', 900_000_000],
    ['Nov 29, 2026 19:25:36.123 UTC', '2026-11-29T19:25:36Z', 123_000_000],
    ['DEC  1,2026 00:00:00UTC', '2026-12-01T00:00:00Z', 0],
  ])('%s', (text, iso, more) => {
    expect(readTime(text, () => 0)).toBe(nanoseconds(iso, more));
  });
});

// Two hours ahead in summer, one in winter, as Madrid is in 2026: from 29 March, 01:00 UTC, to 25 October, 01:00 UTC.
const madrid = (seconds: number): number =>
  seconds >= Date.UTC(2026, 2, 29, 1) / 1000 && seconds < Date.UTC(2026, 9, 25, 1) / 1000 ? 120 : 60;

test.each([
  ['2026-07-01 12:00:00.25', '2026-07-01T10:00:00Z', 250_000_000],
  ['2026-11-29', '2026-11-28T23:00:00Z', 0],
  ['2026-11-29 19', '2026-11-29T18:00:00Z', 0],
  ['Jul 1, 2026 12:00:00', '2026-07-01T10:00:00Z', 0],
  ['2026-03-29 01:59:59', '2026-03-29T00:59:59Z', 0],
  ['2026-03-29 03:00:00', '2026-03-29T01:00:00Z', 0],
  ['2026-10-25 02:30:00', '2026-10-25T00:30:00Z', 0],
  ['2026-10-25 03:00:00', '2026-10-25T02:00:00Z', 0],
])('without one it is local: %s', (text, iso, more) => {
  expect(readTime(text, madrid)).toBe(nanoseconds(iso, more));
});

test('every day has its number', () => {
  for (let days = -720_000; days < 720_000; days += 17) expect(daysSince1970(dateOf(days))).toBe(days);
  expect(daysSince1970({ year: 1900, month: 2, day: 29 })).toBeUndefined();
  expect(daysSince1970({ year: 2000, month: 2, day: 29 })).toBe(11_016);
});

test.each([
  ...['', 'garbage', '5', '1795980336', '2026', '2026-11', '20261129T192536Z', '2026/11/29 19:25:36', '26-11-29'],
  ...['2026-00-29', '2026-13-29', '2026-11-00', '2026-11-31', '2026-02-29', '2026-11-29 24:00:00', '2026-11-29 19:60'],
  ...['2026-11-29 19:25:61', '2026-11-29 19:25:36.', '2026-11-29 19:25:36.1234567890', '2026-11-29 19:25:36 Z'],
  ...['2026-11-29 19:25:36+24:00', '2026-11-29 19:25:36+01:60', '2026-11-29 19:25:36 CET', '2026-11-29 19:25:36 x'],
  ...['Nov 29, 2026', 'Nov 29, 2026 19:25', 'Nov 29 2026 19:25:36', 'Nov 31, 2026 19:25:36', 'Nox 29, 2026 19:25:36'],
  ...['November 29, 2026 19:25:36', 'Nov 29, 2026 19:25:36Z', 'Sun Nov 29, 2026 19:25:36', '99999-01-01 00:00:00'],
])('"%s" is no moment', (text) => {
  expect(readTime(text, () => 0)).toBeUndefined();
});

test('nanoseconds count, and seconds since 1970 are compared as such, not as text', () => {
  const fields = fakeFields({ at: 'time' });
  const holds = (expression: string, ...at: bigint[]): boolean => {
    fields.values.at = at;
    return compileFilter(expression, fields).test(fields.dissection);
  };
  const moment = nanoseconds('2026-11-29T19:25:36Z', 123_456_789);
  const literal = '"2026-11-29 19:25:36.123456789Z"';
  expect(holds(`at == ${literal}`, moment)).toBe(true);
  expect(holds(`at == ${literal}`, moment + 1n)).toBe(false);
  expect(holds(`at > ${literal}`, moment + 1n)).toBe(true);
  expect(holds(`at in {${literal}, "2026-11-30Z"}`, moment)).toBe(true);
  expect(holds(`at in {"2026-11-29Z"..${literal}}`, moment, moment + 1n)).toBe(true);
  expect(holds(`all at in {"2026-11-29Z"..${literal}}`, moment, moment + 1n)).toBe(false);
  expect(holds(`min(at) < ${literal}`, moment, moment - 1n)).toBe(true);
  expect(holds('at == 2026-11-29T19:25:36.123456789Z', moment)).toBe(true);
  // Of ten digits and of nine: as text the later would be the smaller.
  expect(holds('at < "2001-09-09 01:46:40Z"', 999_999_999_000_000_000n)).toBe(true);
  expect(holds('at > "Dec 1, 1969 00:00:00 UTC"', 0n)).toBe(true);
});
