import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOOPBACK6 } from './ip-address.ts';
import * as ipv6 from './ipv6.ts';
import { CHAIN, MOST_HEADERS, MOST_OPTIONS, makeChain, walk } from './ipv6-extensions.ts';

/** What the walk says of a packet with these octets behind the IPv6 header. */
function chainOf(first: number, ...octets: number[]) {
  const view = new DataView(new ArrayBuffer(40 + octets.length));
  ipv6.emit(view, 0, LOOPBACK6, LOOPBACK6, first, octets.length, 64);
  for (const [i, octet] of octets.entries()) view.setUint8(40 + i, octet);
  const chain = makeChain();
  walk(view, 0, view.byteLength, chain);
  return chain;
}

const PAD = [1, 4, 0, 0, 0, 0];

test('the chain ends where another layer begins', () => {
  expect(chainOf(6)).toMatchObject({ end: CHAIN.COMPLETE, next: 6, at: 40, nextAt: 6 });
  expect(chainOf(0, 60, 0, ...PAD, 43, 0, ...PAD, 6, 0, 2, 0, 0, 0, 0, 0)).toMatchObject({
    end: CHAIN.COMPLETE,
    next: 6,
    at: 64,
    nextAt: 56,
  });
  expect(chainOf(59)).toMatchObject({ end: CHAIN.COMPLETE, next: 59 });
  expect(chainOf(0, 44, 0, ...PAD, 6, 0, 0, 1, 0, 0, 0, 9)).toMatchObject({ end: CHAIN.FRAGMENT, at: 48, nextAt: 40 });
});

//= RFC 8200 §4.3
//= RFC 8200 §4.4
//= RFC 5095 §3
test('what its sender has to be told', () => {
  expect(chainOf(60, 0, 0, ...PAD, 6, 0, ...PAD)).toMatchObject({ end: CHAIN.PARAMETER, code: 1, pointer: 40 });
  expect(chainOf(43, 6, 0, 0, 1, 0, 0, 0, 0)).toMatchObject({ end: CHAIN.PARAMETER, code: 0, pointer: 42 });
  expect(chainOf(43, 6, 0, 0, 0, 0, 0, 0, 0)).toMatchObject({ end: CHAIN.COMPLETE, next: 6 });
});

//= RFC 8200 §4.2
test('the first two bits of an option that is not known', () => {
  expect(chainOf(60, 6, 0, 0x1e, 4, 0, 0, 0, 0)).toMatchObject({ end: CHAIN.COMPLETE });
  expect(chainOf(60, 6, 0, 0x5e, 4, 0, 0, 0, 0)).toMatchObject({ end: CHAIN.DISCARD });
  const always = { end: CHAIN.PARAMETER, code: 2, pointer: 42, always: true };
  expect(chainOf(60, 6, 0, 0x9e, 4, 0, 0, 0, 0)).toMatchObject(always);
  expect(chainOf(60, 6, 0, 0xde, 4, 0, 0, 0, 0)).toMatchObject({ ...always, always: false });
});

test('bounded, and what is cut is refused', () => {
  const headers = (count: number): number[] => Array.from({ length: count }, () => [60, 0, ...PAD]).flat();
  expect(chainOf(60, ...headers(MOST_HEADERS - 1), 6, 0, ...PAD)).toMatchObject({ end: CHAIN.COMPLETE });
  expect(chainOf(60, ...headers(MOST_HEADERS), 6, 0, ...PAD)).toMatchObject({ end: CHAIN.MALFORMED });
  const options = (count: number): number[] => Array.from({ length: count }, () => [0x1e, 0]).flat();
  const length = (2 + 2 * (MOST_OPTIONS + 3)) / 8 - 1;
  expect(chainOf(60, 6, length, ...options(MOST_OPTIONS + 3))).toMatchObject({ end: CHAIN.MALFORMED });
  expect(chainOf(60, 6, 1, ...PAD)).toMatchObject({ end: CHAIN.MALFORMED });
  expect(chainOf(60, 6, 0, 1, 5, 0, 0, 0, 0)).toMatchObject({ end: CHAIN.MALFORMED });
  expect(chainOf(60, 6, 0)).toMatchObject({ end: CHAIN.MALFORMED });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(0, 43, 44, 60), (octets, first) => {
      const chain = chainOf(first, ...octets);
      expect(chain.at).toBeLessThanOrEqual(40 + octets.length);
    }),
    { numRuns: 2_000 },
  );
});
