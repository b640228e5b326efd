import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold, pseudoHeader, pseudoHeader4, pseudoHeader6 } from './checksum.ts';
import {
  addressKey,
  commonBits,
  formatAddress,
  Ipv6,
  ipv6At,
  parseAddress,
  parsePrefix,
  prefixOf,
  readAddressText,
  sameAddress,
  solicitedNode,
} from './ip-address.ts';
import * as ipv6 from './ipv6.ts';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const addresses = fc.tuple(int32, int32, int32, int32).map(([a, b, c, d]) => new Ipv6(a, b, c, d));
const six = (text: string): Ipv6 => parseAddress(text) as Ipv6;

test('what is written is what is read, as octets and as text', () => {
  fc.assert(
    fc.property(addresses, (address) => {
      const view = new DataView(new ArrayBuffer(20));
      address.write(view, 3);
      expect(ipv6At(view, 3).equals(address)).toBe(true);
      expect(address.standsAt(view, 3)).toBe(true);
      expect(sameAddress(six(address.toString()), address)).toBe(true);
      for (let i = 3; i < 19; i++) {
        view.setUint8(i, view.getUint8(i) ^ 1);
        expect(address.standsAt(view, 3)).toBe(false);
        expect(sameAddress(ipv6At(view, 3), address)).toBe(false);
        view.setUint8(i, view.getUint8(i) ^ 1);
      }
    }),
    { numRuns: 50 },
  );
});

test('both versions are told apart, and one address in two zones is two', () => {
  expect(sameAddress(six('::1'), 1)).toBe(false);
  expect(sameAddress(1, six('::1'))).toBe(false);
  expect(sameAddress(1, 1)).toBe(true);
  expect(sameAddress(six('fe80::1%1'), six('fe80::1%2'))).toBe(false);
  expect(addressKey(six('fe80::1%1'))).toBe('fe80::1%1');
  // Zones mean nothing elsewhere.
  expect(six('fd00::1%1').zone).toBe(0);
  expect(six('ff02::1%3').zone).toBe(3);
  expect(six('ff0e::1%3').zone).toBe(0);
});

test('kinds', () => {
  const kinds = (text: string): string[] => {
    const address = six(text);
    const names = ['isUnspecified', 'isLoopback', 'isMulticast', 'isLinkLocal', 'isUniqueLocal'] as const;
    return names.filter((name) => address[name]);
  };
  expect(kinds('::')).toEqual(['isUnspecified']);
  expect(kinds('::1')).toEqual(['isLoopback']);
  expect(kinds('ff02::1')).toEqual(['isMulticast']);
  expect(kinds('fe80::1')).toEqual(['isLinkLocal']);
  expect(kinds('febf::1')).toEqual(['isLinkLocal']);
  expect(kinds('fec0::1')).toEqual([]);
  expect(kinds('fd12::1')).toEqual(['isUniqueLocal']);
  expect(kinds('2001:db8::1')).toEqual([]);
  expect(six('::ffff:10.0.0.1').mapped).toBe(0x0a00_0001);
  expect(six('::10.0.0.1').mapped).toBeUndefined();
  expect(solicitedNode(six('2001:db8::12:3456')).toString()).toBe('ff02::1:ff12:3456');
});

test('prefixes', () => {
  expect(prefixOf(six('2001:db8:ffff:ffff::1'), 36).toString()).toBe('2001:db8:f000::');
  expect(prefixOf(six('2001:db8::1'), 128).toString()).toBe('2001:db8::1');
  expect(prefixOf(six('2001:db8::1'), 0).toString()).toBe('::');
  expect(commonBits(six('2001:db8::1'), six('2001:db9::1'))).toBe(31);
  expect(commonBits(six('::1'), six('::1'))).toBe(128);
  expect(parsePrefix('fd00::1/64')).toMatchObject({ length: 64 });
  expect(parsePrefix('10.0.0.1/24')).toEqual({ address: 0x0a00_0001, length: 24 });
  for (const wrong of ['10.0.0.1', '10.0.0.1/33', 'fd00::1/129', 'fd00::1/', 'x/8', '10.0.0.1/8/8'])
    expect(() => parsePrefix(wrong)).toThrow(/not an address with its prefix/);
  for (const wrong of ['', '::1%eth0', '::1%', '1.2.3', ':::']) expect(readAddressText(wrong)).toBeUndefined();
  expect(formatAddress(0x7f00_0001)).toBe('127.0.0.1');
});

test("the pseudo-header's sum is the same from objects as from octets", () => {
  fc.assert(
    fc.property(addresses, addresses, fc.integer({ min: 0, max: 0xffff }), (from, to, length) => {
      const view = new DataView(new ArrayBuffer(40));
      ipv6.emit(view, 0, from, to, ipv6.TCP, length, 64);
      expect(fold(pseudoHeader(from, to, ipv6.TCP, length))).toBe(fold(pseudoHeader6(view, 0, ipv6.TCP, length)));
    }),
  );
  expect(pseudoHeader(1, -2, 6, 40)).toBe(pseudoHeader4(1, -2, 6, 40));
});
