/** Copies of captures at their edges: times that a pcap file cannot hold, what is read of a file without packets, octets that must not be left over or taken for others. */
import { expect, test } from 'vitest';
import { copied } from '../../../test/copies.ts';
import { block, hex, little } from '../../../test/pcapng-blocks.ts';

const SECTION = block(0x0a0d0d0a, '4d3c2b1a 0100 0000 ffffffffffffffff');
const MICRO = block(1, '0100 0000 00000000');
const NANO = block(1, '0100 0000 00000000 0900 0100 09000000 00000000');

/** A packet at a time of its interface's ticks. */
const at = (interfaceId: number, ticks: bigint, data = 'aabbccdd'): string =>
  block(
    6,
    `${little(interfaceId)}${little(Number(ticks >> 32n))}${little(Number(ticks & 0xffff_ffffn))}${little(data.length / 2)}${little(data.length / 2)}${data}`,
  );

/** The octets of a copy. */
const octetsOf = (...copy: Parameters<typeof copied>): Buffer => Buffer.from(copied(...copy).octets);

test('times finer than those of the first interface are counted, each of them, and only they', () => {
  const file = hex(SECTION, MICRO, at(0, 5n), NANO, at(1, 1_001n), at(1, 2_000n), at(1, 3_998n), at(1, 3_999n));
  expect(copied([file], { format: 'pcap' }).copy.left.finerTimes).toBe(3);
  const fine = hex(SECTION, NANO, at(0, 1_001n));
  expect(copied([fine], { format: 'pcap' }).copy.left.finerTimes).toBe(0);
});

test('every time after 2106 is counted once', () => {
  const late = 2n ** 32n * 1_000_000n;
  const file = hex(SECTION, MICRO, at(0, late), at(0, 1n), at(0, late + 1n), at(0, late + 2n));
  expect(copied([file], { format: 'pcap' }).copy.left.clampedTimes).toBe(3);
});

test('a pcap file without packets has the link type of the interface, and a cut one its snap length', () => {
  const cooked = block(1, '7100 0000 00000000');
  const empty = octetsOf([hex(SECTION, cooked)], { format: 'pcap' });
  expect(empty.readUInt32LE(20)).toBe(113);
  const cut = octetsOf([hex(SECTION, MICRO, at(0, 1n))], { format: 'pcap', snaplen: 64 });
  expect(cut.readUInt32LE(16)).toBe(64);
});

test('behind a packet that was cut there are zeros, not what the memory held before', () => {
  const long = 'ff'.repeat(64);
  const filling = block(0xbad, 'ee'.repeat(80_000));
  const file = hex(SECTION, MICRO, filling, at(0, 1n, long), filling, at(0, 2n, long), filling, at(0, 3n, long));
  // More goes through the buffer than it holds: what was written before is written over.
  const octets = octetsOf([file], { snaplen: 61, bufferSize: 1 });
  const cut = octets.indexOf(Buffer.from('ff'.repeat(61), 'hex'));
  let seen = 0;
  for (let from = cut; from >= 0; from = octets.indexOf(Buffer.from('ff'.repeat(61), 'hex'), from + 61)) {
    expect(octets.subarray(from + 61, from + 64).toString('hex')).toBe('000000');
    seen++;
  }
  expect(seen).toBe(3);
});

test('a plain record of pcap says nothing of directions, whatever its octets', () => {
  const header = `d4c3b2a1 0200 0400 00000000 00000000 ${little(65_535)} ${little(1)}`;
  const data = '04'.repeat(32);
  const record = `${little(1)}${little(2)}${little(32)}${little(32)}${data}`;
  const octets = octetsOf([hex(header, record)], { captures: 'several' });
  const found = octets.indexOf(Buffer.from(data, 'hex'));
  // Behind the octets comes the block's length: there are no options.
  expect(octets.readUInt32LE(found + 32)).toBe(32 + 32);
});

test('when captures become one, only statistics have the number of their interface changed', () => {
  const named = (name: string): string => block(1, `0100 0000 00000000 0200 0400 ${name} 00000000`);
  const unknown = block(0xbad, '00000000 aabbccdd 11223344 55667788');
  const one = hex(SECTION, named('61616161'), at(0, 1n));
  const other = hex(SECTION, named('62626262'), at(0, 2n), unknown, block(5, '00000000 00000000 01000000 00000000'));
  const octets = octetsOf([one, other], { captures: 'several' });
  expect(octets.includes(Buffer.from(hex(unknown)))).toBe(true);
  expect(octets.includes(Buffer.from(hex(block(5, '01000000 00000000 01000000 00000000'))))).toBe(true);
});
