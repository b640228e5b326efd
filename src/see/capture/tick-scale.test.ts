import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makePacket } from './packet.ts';
import { TickScale } from './tick-scale.ts';

/** The same in BigInt: seconds and nanoseconds, rounded down. */
function exact(ticks: bigint, tsresol: number): { seconds: bigint; nanoseconds: number } {
  const exponent = BigInt(tsresol & 0x7f);
  const unit = (tsresol & 0x80) !== 0 ? 2n ** exponent : 10n ** exponent;
  return { seconds: ticks / unit, nanoseconds: Number(((ticks % unit) * 1_000_000_000n) / unit) };
}

function split(ticks: bigint): [number, number] {
  return [Number(ticks >> 32n), Number(ticks & 0xffff_ffffn)];
}

describe('TickScale', () => {
  test('is exact for every resolution and every 64-bit tick count', () => {
    const packet = makePacket();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (tsresol, ticks) => {
        const want = exact(ticks, tsresol);
        new TickScale(tsresol, 0).set(packet, ...split(ticks));
        expect(packet.nanoseconds).toBe(want.nanoseconds);
        // Seconds beyond 2^53 are as near as a double comes.
        if (want.seconds <= 2n ** 53n) expect(packet.seconds).toBe(Number(want.seconds));
        else expect(packet.seconds / Number(want.seconds)).toBeCloseTo(1, 12);
      }),
      { numRuns: 20_000 },
    );
  });

  test('is exact around whole seconds, where a quotient is most easily off by one', () => {
    const packet = makePacket();
    for (const tsresol of [0, 3, 4, 6, 7, 9, 12, 18, 0x80 | 10, 0x80 | 32, 0x80 | 33, 0x80 | 41]) {
      const unit = (tsresol & 0x80) !== 0 ? 2n ** BigInt(tsresol & 0x7f) : 10n ** BigInt(tsresol);
      for (const second of [0n, 1n, 2_147_483_647n, 2_147_483_648n, 4_294_967_295n, 4_294_967_296n, 18_446_744_072n]) {
        for (const near of [-1n, 0n, 1n]) {
          const ticks = second * unit + near;
          if (ticks < 0n || ticks >= 2n ** 64n) continue;
          const want = exact(ticks, tsresol);
          new TickScale(tsresol, 0).set(packet, ...split(ticks));
          expect([packet.seconds, packet.nanoseconds]).toEqual([Number(want.seconds), want.nanoseconds]);
        }
      }
    }
  });

  test('adds the offset, which may be negative', () => {
    const packet = makePacket();
    new TickScale(6, -10).set(packet, 0, 3_500_000);
    expect([packet.seconds, packet.nanoseconds]).toEqual([-7, 500_000_000]);
    new TickScale(0x80 | 1, 100).set(packet, 0, 3);
    expect([packet.seconds, packet.nanoseconds]).toEqual([101, 500_000_000]);
  });
});
