/** Times of the list and of fields: packets without one, clocks of several resolutions in one capture, and times so far apart that a number of nanoseconds does not hold them. */
import { expect, test } from 'vitest';
import { host, tcpSegment, Wire } from '../../../test/packets.ts';
import { textOf } from '../../core/text-sink.ts';
import { ACK } from '../../wire/tcp.ts';
import { timeDigits } from '../capture/index.ts';
import type { Packet } from '../capture/packet.ts';
import { columns, Dissector, fieldTexts, findField, PacketList, type TimeForm } from './index.ts';

const wire = new Wire();
const segment = tcpSegment([1024, 80], ACK);

/** A packet of a clock with so many digits. */
const at = (seconds: number, nanoseconds: number, digits?: number, hasTime = true): Packet => ({
  ...wire.frame(host(1), host(2), 6, segment),
  seconds,
  nanoseconds,
  hasTime,
  origin: digits === undefined ? undefined : { interfaceName: 'a', timeDigits: digits },
});

/** The Time column of packets, in the usual list and in one of a chosen form. */
function times(packets: readonly Packet[], form?: TimeForm): string[] {
  const list = new PacketList(form === undefined ? {} : { time: form });
  const dissector = new Dissector();
  return packets.map((packet) =>
    textOf((text) => list.write(text, dissector.dissect(packet)))
      .slice(6)
      .split(' 10.')[0]!
      .trim(),
  );
}

const FORMS: readonly TimeForm[] = ['relative', 'delta', 'delta-shown', 'clock', 'date', 'epoch'];

test('a packet without time has none in the list, in no form, nor in fields', () => {
  for (const form of [undefined, ...FORMS]) expect(times([at(9, 0), at(0, 0, 6, false)], form)[1]).toBe('');
  const dissector = new Dissector();
  dissector.dissect(at(9, 0));
  const dissection = dissector.dissect(at(0, 0, 6, false));
  expect(columns(dissection).time).toBe('');
  for (const name of ['frame.time', 'frame.time_epoch', 'frame.time_relative', 'frame.time_delta'])
    expect(fieldTexts(findField(name)!, dissection)).toEqual([]);
});

test('each packet has as many digits as its own clock, others as many as the list', () => {
  const packets = [at(1000, 0, 6), at(1000, 123_456_789, 9), at(1000, 875_000_000, 0), at(1001, 5)];
  expect(times(packets)).toEqual(['0.000000', '0.123456789', '0', '1.000000005']);
  expect(times(packets, 'epoch')).toEqual(['1000.000000', '1000.123456789', '1000', '1001.000000005']);
});

test('times that lie ever so far apart are exact', () => {
  const packets = [at(1_795_376_857, 1000), at(224_422_107_187, 500_000_000), at(1_795_376_857, 0)];
  expect(times(packets)).toEqual(['0.000000000', '222626730330.499999000', '-0.000001000']);
  expect(times(packets, 'delta')).toEqual(['0.000000000', '222626730330.499999000', '-222626730330.500000000']);
  expect(times(packets, 'delta-shown')).toEqual(times(packets, 'delta'));
  // Beyond 104 days the usual lines go another way than those of colours and columns: both are the same.
  const year = [at(0, 1), at(31_536_000, 999_999_999), at(4_294_967_295, 999_999_998)];
  expect(times(year)).toEqual(['0.000000000', '31536000.999999998', '4294967295.999999997']);
  expect(times(year, 'delta')[1]).toBe('31536000.999999998');
});

test('digits of a clock are as many as Wireshark shows', () => {
  const binary = [0, 3, 4, 6, 7, 9, 10, 14, 20, 29, 30, 127].map((exponent) => timeDigits(0x80 | exponent));
  expect(binary).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 6, 6, 9, 9]);
  expect([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 127].map(timeDigits)).toEqual([0, 1, 2, 3, 3, 3, 6, 6, 9, 9, 9]);
});
