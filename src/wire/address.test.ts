import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatIpv4, formatIpv6, formatMac, maskIpv4, parseIpv4, readIpv4, readIpv6, readMac } from './address.ts';

test('IPv4: text and number are one another', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (address) => {
      expect(parseIpv4(formatIpv4(address))).toBe(address);
    }),
  );
  expect(formatIpv4(0xffffffff | 0)).toBe('255.255.255.255');
});

test('what is no IPv4 address is refused with what to write', () => {
  for (const text of ['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.x', ' 1.2.3.4', '0x7f.0.0.1']) {
    expect(readIpv4(text)).toBeUndefined();
    expect(() => parseIpv4(text)).toThrow(/four numbers from 0 to 255/);
  }
});

test('netmasks', () => {
  expect([0, 1, 8, 24, 31, 32].map((prefix) => formatIpv4(maskIpv4(prefix)))).toEqual([
    '0.0.0.0',
    '128.0.0.0',
    '255.0.0.0',
    '255.255.255.0',
    '255.255.255.254',
    '255.255.255.255',
  ]);
});

test('IPv6: every address survives its text', () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  });
  fc.assert(
    fc.property(groups, (words) => {
      const view = new DataView(new ArrayBuffer(16));
      for (const [i, word] of words.entries()) view.setUint16(2 * i, word);
      expect(readIpv6(formatIpv6(view, 0))).toEqual(new Uint8Array(view.buffer));
    }),
  );
});

test('IPv6 texts follow RFC 5952 §4', () => {
  const shown = (text: string): string => formatIpv6(new DataView(readIpv6(text)!.buffer), 0);
  expect(shown('2001:0db8:0:0:0:0:2:1')).toBe('2001:db8::2:1');
  expect(shown('2001:db8:0:1:1:1:1:1')).toBe('2001:db8:0:1:1:1:1:1');
  expect(shown('2001:0:0:1:0:0:0:1')).toBe('2001:0:0:1::1');
  expect(shown('2001:db8:0:0:1:0:0:1')).toBe('2001:db8::1:0:0:1');
  expect(shown('0:0:0:0:0:0:0:0')).toBe('::');
  expect(shown('::1')).toBe('::1');
  expect(shown('FE80::')).toBe('fe80::');
  expect(shown('::ffff:192.0.2.1')).toBe('::ffff:192.0.2.1');
  expect(shown('::102:304')).toBe('::1.2.3.4');
  expect(shown('::1:0')).toBe('::0.1.0.0');
  expect(shown('::ff01')).toBe('::ff01');
  expect(shown('::fffe:102:304')).toBe('::fffe:102:304');
});

test('what is no IPv6 address is none', () => {
  for (const text of [
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    'g::',
    '12345::',
    '1:2:3:4:5:6:7::8',
    '::1.2.3',
    'fe80::1%eth0',
  ])
    expect(readIpv6(text)).toBeUndefined();
});

test('hardware addresses', () => {
  const octets = readMac('02:00:5E:10:00:ff')!;
  expect(formatMac(new DataView(octets.buffer), 0)).toBe('02:00:5e:10:00:ff');
  expect(readMac('02-00-5e-10-00-ff')).toEqual(octets);
  expect(readMac('02:00:5e:10:00')).toBeUndefined();
});
