import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatIpv4, readIpv4 } from './address.ts';

test('an address is read back from its text', () => {
  fc.assert(fc.property(fc.integer(), (address) => readIpv4(formatIpv4(address)) === address));
});

test('a text that is not four numbers from 0 to 255 in decimal is no address', () => {
  const texts = [
    '',
    '1.2.3',
    '1.2.3.4.',
    '.1.2.3.4',
    '1..2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.00',
    '1.2.3.1000',
    '1.2.3.4.5',
  ];
  for (const text of [...texts, '1.2.3.-4', '1.2.3.4 ', '0x1.2.3.4', '1.2.3.٤', 'localhost'])
    expect([text, readIpv4(text)]).toEqual([text, undefined]);
});
