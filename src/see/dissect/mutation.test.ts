/** Frames with octets changed, cut off and put in never make dissection throw, and no accessor reads outside the frame. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { SHARED } from '../../../test/needs.ts';
import { ethernetFrame, icmpMessage, ipv4Packet, ipv6Packet, tcpSegment, udpDatagram } from '../../../test/packets.ts';
import { capturedPackets, filesWithTruth } from '../../../test/truth.ts';
import { below, chance, type Random, seeded } from '../../core/random.ts';
import { ACK, PSH, SYN } from '../../wire/tcp.ts';
import { LINKTYPE, makePacket, type Packet } from '../capture/packet.ts';
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

/** Captures of connections, and captures made for what real traffic seldom holds. */
const GOLDEN = ['captures', 'made'].map((folder) =>
  fileURLToPath(new URL(`../../../test/golden/${folder}/`, import.meta.url)),
);

/** Frames of the golden captures, and of those of ../shared where they are there: the layers of the world in all their combinations. */
function corpus(): (readonly [linkType: number, octets: Uint8Array])[] {
  const frames: (readonly [number, Uint8Array])[] = SEEDS.map(([linkType, octets]) => [
    linkType,
    Uint8Array.from(octets),
  ]);
  const add = (path: string): void => {
    for (const { linkType, bytes } of capturedPackets(path).slice(0, MOST_OF_A_FILE))
      if (bytes.length > 0 && bytes.length <= LONGEST) frames.push([linkType, bytes]);
  };
  for (const folder of GOLDEN)
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.pcap'))) add(folder + file);
  if (SHARED === undefined) return frames;
  for (const folder of ['synthetic', 'third-party'])
    for (const file of filesWithTruth(`${SHARED}/captures`, folder)) add(`${SHARED}/captures/${folder}/${file}`);
  return frames;
}

/** How many frames of a capture are changed, and the most octets that they have. */
const MOST_OF_A_FILE = 100;
const LONGEST = 2000;

/** A frame of the corpus, changed: alone in its memory, so that an accessor that reads outside throws a RangeError. */
function mutated(random: Random, frames: readonly (readonly [number, Uint8Array])[], packet: Packet): void {
  const [linkType, seed] = frames[below(random, frames.length)]!;
  let octets = new Uint8Array(seed);
  // Most of what is worth changing stands in front.
  for (let i = below(random, 5); i > 0; i--)
    octets[below(random, chance(random, 0.7) ? Math.min(octets.length, 100) : octets.length)] = below(random, 256);
  if (chance(random, 0.2)) octets = new Uint8Array(octets.subarray(0, below(random, octets.length + 1)));
  if (chance(random, 0.1)) octets = spliced(octets, below(random, octets.length + 1), below(random, 40), random);
  packet.bytes = octets;
  packet.view = new DataView(octets.buffer);
  packet.at = 0;
  packet.capturedLength = octets.length;
  packet.originalLength = chance(random, 0.2) ? below(random, 3000) : octets.length;
  packet.linkType = chance(random, 0.02) ? below(random, 300) : linkType;
}

/** Octets with others put in. */
function spliced(octets: Uint8Array, at: number, size: number, random: Random): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(octets.length + size);
  longer.set(octets.subarray(0, at));
  for (let i = 0; i < size; i++) longer[at + i] = below(random, 256);
  longer.set(octets.subarray(at), at + size);
  return longer;
}

/** CI takes a slice; `TCPLAB_MUTATIONS=10000000 npx vitest run src/see/dissect/mutation` all, and TCPLAB_SEED others. */
const FRAMES = Number(process.env.TCPLAB_MUTATIONS ?? 100_000);
const SEED = Number(process.env.TCPLAB_SEED ?? 20_260_101);

/** Of how many frames one has every field read, and of how many of those one is written out. */
const FIELDS_OF = 16;
const TEXTS_OF = 64;

/** What a run may hold beyond what it began with, in octets: tables at the limits below, and the garbage of a young generation. */
const MEMORY = 400 << 20;

/** What this thread holds, garbage counted; the process holds what other threads' tests do, too. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test(`${FRAMES} changed frames: nothing throws, nothing is read outside the frame, memory stays bounded`, () => {
  const random = seeded(SEED);
  const frames = corpus();
  const limits = { conversations: 20_000, unacknowledged: 500, datagrams: 8, streams: 1000 };
  // Of one all is wanted, of the other no octets of messages.
  const dissectors = [
    new Dissector(limits),
    new Dissector({ ...limits, needs: { layers: 'all', history: 'segments' } }),
  ] as const;
  const packet = makePacket();
  const before = held();
  let withProblem = 0;
  let withSegment = 0;
  for (let n = 1; n <= FRAMES; n++) {
    mutated(random, frames, packet);
    packet.number = n;
    packet.nanoseconds = n % 1e9;
    const dissection = dissectors[(n / TEXTS_OF) & 1]!.dissect(packet);
    if (dissection.segment !== undefined) withSegment++;
    for (let layer = 0; layer < dissection.depth; layer++) {
      if (dissection.problems[layer] !== 0) withProblem++;
      const start = dissection.starts[layer]!;
      const payload = dissection.payloads[layer]!;
      const end = dissection.ends[layer]!;
      if (!(start <= payload && payload <= end && end <= dissection.wireEnds[layer]!))
        throw new Error(`frame ${n}, layer ${layer}: ${start} ${payload} ${end} ${dissection.wireEnds[layer]}`);
    }
    columns(dissection);
    if (n % FIELDS_OF !== 0) continue;
    const values: FieldValue[] = [];
    for (const field of FIELDS) field.collect(dissection, values);
    if (n % TEXTS_OF !== 0) continue;
    for (const field of FIELDS) fieldTexts(field, dissection);
    details(dissection);
    frameJson(dissection);
  }
  expect(withProblem).toBeGreaterThan(FRAMES / 20);
  expect(withSegment).toBeGreaterThan(FRAMES / 5);
  expect(held() - before).toBeLessThan(MEMORY);
}, 7_200_000);
