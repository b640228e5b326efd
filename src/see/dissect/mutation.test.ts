/** Frames with octets changed, cut off and put in never make dissection throw, and no accessor reads outside the frame. */
import { expect, test } from 'vitest';
import { ethernetFrame, icmpMessage, ipv4Packet, ipv6Packet, tcpSegment, udpDatagram } from '../../../test/packets.ts';
import { below, chance, type Random, seeded } from '../../core/random.ts';
import { ACK, PSH, SYN } from '../../wire/tcp.ts';
import { LINKTYPE, makePacket } from '../capture/packet.ts';
import { columns } from './columns.ts';
import { details } from './details/index.ts';
import { Dissector } from './dissector.ts';
import { FIELDS, type FieldValue, fieldTexts, frameJson } from './index.ts';

const SYN_OPTIONS = [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7];
const MORE_OPTIONS = [
  1,
  1,
  5,
  18,
  ...new Array<number>(16).fill(9),
  34,
  10,
  ...new Array<number>(8).fill(7),
  254,
  4,
  0xf9,
  0x89,
  28,
  4,
  128,
  5,
];
const TCP = ipv4Packet('10.0.0.1', '10.0.0.2', 6, tcpSegment([1000, 80], SYN, { seq: 5, options: SYN_OPTIONS }));
const DATA = ipv4Packet(
  '10.0.0.2',
  '10.0.0.1',
  6,
  tcpSegment([80, 1000], PSH | ACK, { ack: 6, options: MORE_OPTIONS, data: [1, 2, 3] }),
);
const UDP = udpDatagram([53, 1000], new Array<number>(40).fill(3));
const ARP = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2];
const SLL2 = [8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0];

const SEEDS: readonly (readonly [linkType: number, octets: readonly number[]])[] = [
  [LINKTYPE.ETHERNET, ethernetFrame(0x0800, TCP)],
  [LINKTYPE.ETHERNET, ethernetFrame(0x0800, DATA)],
  [LINKTYPE.ETHERNET, ethernetFrame(0x0800, ipv4Packet('10.0.0.1', '10.0.0.2', 17, UDP))],
  [
    LINKTYPE.ETHERNET,
    ethernetFrame(0x0800, ipv4Packet('10.0.0.1', '10.0.0.2', 17, UDP.slice(0, 24), { fragment: 0x2000 })),
  ],
  [LINKTYPE.ETHERNET, ethernetFrame(0x0800, ipv4Packet('10.0.0.1', '10.0.0.2', 17, UDP.slice(24), { fragment: 3 }))],
  [LINKTYPE.ETHERNET, ethernetFrame(0x0800, ipv4Packet('10.0.0.2', '10.0.0.1', 1, icmpMessage(3, 3, 0, TCP)))],
  [LINKTYPE.ETHERNET, ethernetFrame(0x0800, ipv4Packet('10.0.0.2', '10.0.0.1', 1, icmpMessage(8, 0, 1, [1, 2, 3])))],
  [LINKTYPE.ETHERNET, ethernetFrame(0x0806, ARP)],
  [LINKTYPE.ETHERNET, ethernetFrame(0x86dd, ipv6Packet('2001:db8::1', '::1', 6, tcpSegment([1, 2], SYN)))],
  [LINKTYPE.NULL, [2, 0, 0, 0, ...TCP]],
  [LINKTYPE.LINUX_SLL, [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0, ...DATA]],
  [LINKTYPE.LINUX_SLL2, [...SLL2, ...TCP]],
  [LINKTYPE.RAW, ipv6Packet('2001:db8::1', '::1', 17, UDP)],
];

/** A frame of the seeds, changed. */
function mutated(random: Random): { linkType: number; octets: number[]; originalLength: number } {
  const [linkType, seed] = SEEDS[below(random, SEEDS.length)]!;
  let octets = [...seed];
  for (let i = below(random, 4); i > 0; i--) octets[below(random, octets.length)] = below(random, 256);
  if (chance(random, 0.2)) octets = octets.slice(0, below(random, octets.length + 1));
  if (chance(random, 0.1)) octets.splice(below(random, octets.length + 1), 0, below(random, 256), below(random, 256));
  if (chance(random, 0.05)) octets.push(...new Array<number>(below(random, 40)).fill(0));
  return { linkType, octets, originalLength: chance(random, 0.2) ? below(random, 3000) : octets.length };
}

test('200,000 changed frames: nothing throws, nothing is read outside the frame', () => {
  const random = seeded(20_260_101);
  const dissector = new Dissector({ conversations: 20_000, unacknowledged: 500, datagrams: 8 });
  const packet = makePacket();
  let withProblem = 0;
  let withSegment = 0;
  for (let n = 1; n <= 200_000; n++) {
    const { linkType, octets, originalLength } = mutated(random);
    // The frame is all the memory there is: an accessor that reads outside throws a RangeError.
    packet.bytes = Uint8Array.from(octets);
    packet.view = new DataView(packet.bytes.buffer);
    packet.capturedLength = octets.length;
    Object.assign(packet, { number: n, nanoseconds: n, linkType, originalLength });
    const dissection = dissector.dissect(packet);
    if (dissection.problems.subarray(0, dissection.depth).some((problem) => problem !== 0)) withProblem++;
    if (dissection.segment !== undefined) withSegment++;
    for (let layer = 0; layer < dissection.depth; layer++) {
      const start = dissection.starts[layer]!;
      const payload = dissection.payloads[layer]!;
      const end = dissection.ends[layer]!;
      if (!(start <= payload && payload <= end && end <= dissection.wireEnds[layer]!))
        throw new Error(`frame ${n}, layer ${layer}: ${start} ${payload} ${end} ${dissection.wireEnds[layer]}`);
    }
    const values: FieldValue[] = [];
    // Text is dear: every field of each eighth frame is written out, the values of all are read.
    for (const field of FIELDS) field.collect(dissection, values);
    columns(dissection);
    if (n % 8 !== 0) continue;
    for (const field of FIELDS) fieldTexts(field, dissection);
    details(dissection);
    frameJson(dissection);
  }
  expect(withProblem).toBeGreaterThan(20_000);
  expect(withSegment).toBeGreaterThan(50_000);
}, 300_000);
