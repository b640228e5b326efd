/** How much a hostile message of DNS costs: reads of its octets are counted, as time in a test says nothing. */
import { expect, test } from 'vitest';
import { host, tcpSegment, udpDatagram, Wire } from '../../../test/packets.ts';
import { ACK } from '../../wire/tcp.ts';
import { Dissector } from './dissector.ts';
import { frameJson } from './frame-json.ts';

const word = (value: number): number[] => [value >> 8, value & 0xff];

/** A response with so many records of a type, each under the longest of names by a pointer. */
function longNames(records: number, type: number, data: readonly number[]): number[] {
  const name = [...Array.from({ length: 120 }, () => [1, 0x61]).flat(), 0];
  const record = [0xc0, 12, ...word(type), ...word(1), 0, 0, 0, 60, ...word(data.length), ...data];
  const header = [0, 7, 0x81, 0x80, ...word(1), ...word(records), ...word(0), ...word(0)];
  return [...header, ...name, ...word(1), ...word(1), ...Array.from({ length: records }, () => record).flat()];
}

/** How many octets are read for all fields of a response that has a query. */
function readsFor(message: readonly number[]): number {
  const dissector = new Dissector();
  const wire = new Wire();
  dissector.dissect(wire.frame(host(1), host(2), 17, udpDatagram([5000, 53], [0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])));
  const packet = wire.frame(host(2), host(1), 17, udpDatagram([53, 5000], message));
  const { view } = packet;
  const read = view.getUint8.bind(view);
  let reads = 0;
  view.getUint8 = (at) => {
    reads++;
    return read(at);
  };
  const { layers } = frameJson(dissector.dissect(packet));
  expect(layers).toHaveProperty(['dns', 'dns.response_to'], 1);
  return reads;
}

test('entries are read once for all fields, so that many long names cost no more than a few looks at each', () => {
  // Each of the first thousand is looked at thrice; all of them for whether the message is whole.
  expect(readsFor(longNames(4000, 1, []))).toBeLessThan(2_000_000);
  expect(readsFor(longNames(1500, 6, [0xc0, 12, 0xc0, 12, ...new Array<number>(20).fill(0)]))).toBeLessThan(3_000_000);
});

test('of a message without a whole header nothing is read', () => {
  const packet = new Wire().frame(host(2), host(1), 17, udpDatagram([53, 5000], [0]));
  const { layers } = frameJson(new Dissector().dissect(packet));
  expect(layers).toHaveProperty('udp');
  expect(layers.dns).toEqual({});
});

test('the limit of entries is that of the frame, not of each of its messages', () => {
  const dissector = new Dissector();
  const message = longNames(600, 1, [10, 0, 0, 1]);
  const data = [...word(message.length), ...message, ...word(message.length), ...message];
  const packet = new Wire().frame(host(2), host(1), 6, tcpSegment([53, 5000], ACK, { data }));
  const { layers } = frameJson(dissector.dissect(packet));
  expect(layers.dns?.['dns.count.answers']).toEqual([600, 600]);
  // The two questions are entries, too.
  expect(layers.dns?.['dns.a']).toHaveLength(998);
});
