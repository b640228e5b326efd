import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold, pseudoHeader4, pseudoHeader6 } from './checksum.ts';
import { type Ipv6, parseAddress } from './ip-address.ts';
import * as ipv4 from './ipv4.ts';
import * as ipv6 from './ipv6.ts';
import { MOST_HEADERS } from './ipv6-extensions.ts';
import { findTransport, isUnsummed, makeTransport, pseudoHeaderOf } from './transport.ts';

const FROM = parseAddress('fd01::2') as Ipv6;
const TO = parseAddress('fd02::2') as Ipv6;

/** An IPv6 packet with these octets behind its header, and as many zeros behind them. */
function packet6(first: number, octets: readonly number[], zeros = 20): DataView {
  const view = new DataView(new ArrayBuffer(40 + octets.length + zeros));
  ipv6.emit(view, 0, FROM, TO, first, octets.length + zeros, 64);
  for (const [i, octet] of octets.entries()) view.setUint8(40 + i, octet);
  return view;
}

function found(view: DataView) {
  const transport = makeTransport();
  return findTransport(view, 0, view.byteLength, transport) ? transport : undefined;
}

const PAD = [0, 1, 4, 0, 0, 0, 0];

test('behind options and extension headers, whatever they say', () => {
  const four = new DataView(new ArrayBuffer(44));
  ipv4.emit(four, 0, 1, 2, ipv4.TCP, 20, 1, 0, 64);
  four.setUint8(0, 0x46);
  expect(found(four)).toEqual({ protocol: 6, at: 24, field: 40, destinationAt: 16 });
  expect(fold(pseudoHeaderOf(four, 0, found(four)!, 20))).toBe(fold(pseudoHeader4(1, 2, 6, 20)));
  const six = packet6(0, [60, ...PAD, 17, 0, 0xde, 4, 0, 0, 0, 0]);
  expect(found(six)).toEqual({ protocol: 17, at: 56, field: 62, destinationAt: 24 });
  expect(fold(pseudoHeaderOf(six, 0, found(six)!, 20))).toBe(fold(pseudoHeader6(six, 0, 17, 20)));
});

//= RFC 8200 §8.1
test('a routing header that is not at its end has the address that the checksum means', () => {
  const route = (left: number): number[] => [6, 2, 2, left, 0, 0, 0, 0, ...new Array<number>(15).fill(0), 9];
  expect(found(packet6(43, route(1)))).toMatchObject({ at: 64, destinationAt: 48 });
  expect(found(packet6(43, route(0)))).toMatchObject({ at: 64, destinationAt: 24 });
  const onWay = packet6(43, route(1));
  const there = packet6(6, []);
  (parseAddress('::9') as Ipv6).write(there, 24);
  expect(fold(pseudoHeaderOf(onWay, 0, found(onWay)!, 20))).toBe(fold(pseudoHeader6(there, 0, 6, 20)));
});

test('not in fragments, not cut off, not behind too many headers, not of another protocol', () => {
  const four = new DataView(new ArrayBuffer(40));
  ipv4.emit(four, 0, 1, 2, ipv4.UDP, 20, 1, ipv4.MORE_FRAGMENTS, 64);
  expect(found(four)).toBeUndefined();
  expect(found(packet6(44, [6, 0, 0, 1, 0, 0, 0, 9]))).toBeUndefined();
  expect(found(packet6(60, [6, 9]))).toBeUndefined();
  expect(found(packet6(6, [], 17))).toBeUndefined();
  expect(found(packet6(6, [], 18))).toBeDefined();
  expect(found(packet6(ipv6.ICMPV6, []))).toBeUndefined();
  expect(found(new DataView(new ArrayBuffer(0)))).toBeUndefined();
  const chain = (count: number): DataView =>
    packet6(60, Array.from({ length: count }, (_, i) => [i === count - 1 ? 6 : 60, ...PAD]).flat());
  expect(found(chain(MOST_HEADERS))).toBeDefined();
  expect(found(chain(MOST_HEADERS + 1))).toBeUndefined();
});

test('octets of any kind are not looked at beyond their end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(0x45, 0x4f, 0x60), (octets, first) => {
      if (octets.length > 0) octets[0] = first;
      const view = new DataView(octets.buffer, 0, octets.length);
      const transport = found(view);
      if (transport === undefined) return;
      expect(transport.field + 2).toBeLessThanOrEqual(octets.length);
      pseudoHeaderOf(view, 0, transport, octets.length - transport.at);
    }),
  );
});

test('only a datagram over IPv4 may be without a checksum', () => {
  const four = new DataView(new ArrayBuffer(40));
  ipv4.emit(four, 0, 1, 2, ipv4.UDP, 20, 1, 0, 64);
  expect(isUnsummed(four, 0, found(four)!)).toBe(true);
  four.setUint16(26, 1);
  expect(isUnsummed(four, 0, found(four)!)).toBe(false);
  const six = packet6(17, []);
  expect(isUnsummed(six, 0, found(six)!)).toBe(false);
});
