/** Times of day in ICMP's timestamp messages, whose order of octets is guessed. The values are what tshark 4.0.17 shows. */
import { expect, test } from 'vitest';
import { timeOfDay } from './icmp-time.ts';

const HOUR = 3_600_000;

function read(octets: readonly number[], near: number): number {
  return timeOfDay(new DataView(Uint8Array.from(octets).buffer), 0, near);
}

test('the order is the one in which the time is a time of day', () => {
  expect(read([0x01, 0x02, 0x03, 0x7f], 0)).toBe(0x0102037f);
  expect(read([0x7f, 0x02, 0x03, 0x01], 0)).toBe(0x0103027f);
});

test('of two times of day it is the one that comes sooner after the other time', () => {
  // 43,200,000 and a little one way, 3,052,290 the other.
  expect(read([0x02, 0x93, 0x2e, 0x00], 12 * HOUR)).toBe(0x02932e00);
  expect(read([0x02, 0x93, 0x2e, 0x00], 0.5 * HOUR)).toBe(3_052_290);
});

test('shortly before midnight a time shortly after it is of the next day', () => {
  // 1,000 one way, 3,892,510,720 without its highest bit the other.
  expect(read([0x00, 0x00, 0x03, 0xe8], 24 * HOUR - 10)).toBe(1000);
});

test('the highest bit says that it is no time since midnight', () => {
  expect(read([0x80, 0x00, 0x00, 0x01], 0)).toBe(1);
});
