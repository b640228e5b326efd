/**
 * Plain frames go a shorter way through the dissector and the list. What comes of them is what the longer way makes: of the same packets without their link headers, which
 * are not plain, and of the list with its columns named.
 */
import { expect, test } from 'vitest';
import { capturesIn, eachPacket, GOLDEN_CAPTURES, sharedCaptures } from '../../../test/captures.ts';
import { needs } from '../../../test/needs.ts';
import { below, chance, seeded } from '../../core/random.ts';
import { textOf } from '../../core/text-sink.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { LINKTYPE, makePacket, type Packet } from '../capture/packet.ts';
import type { Dissection } from './dissection.ts';
import { Dissector } from './dissector.ts';
import { NEEDS_EVERYTHING, NEEDS_OF_LIST } from './needs.ts';
import { COLUMN_NAMES, PacketList } from './packet-list.ts';

/** The packet inside an Ethernet frame, as one of a capture without link headers. */
function bare(packet: Packet): Packet {
  return {
    ...packet,
    linkType: LINKTYPE.RAW,
    at: packet.at + ethernet.HEADER,
    capturedLength: packet.capturedLength - ethernet.HEADER,
    originalLength: packet.originalLength - ethernet.HEADER,
  };
}

/** What a dissection says of the layers from `first` on, and of the segment in them. */
function told(dissection: Dissection, first: number): unknown {
  const layers = [];
  for (let layer = first; layer < dissection.depth; layer++)
    layers.push([
      dissection.protocols[layer],
      dissection.starts[layer],
      dissection.payloads[layer],
      dissection.ends[layer],
      dissection.wireEnds[layer],
      dissection.problems[layer],
      dissection.quoted[layer],
      dissection.streams[layer],
      dissection.seqBases[layer],
      dissection.ackBases[layer],
      dissection.scales[layer],
      dissection.usesAce[layer],
      dissection.completed[layer],
    ]);
  const { segment, isRepeated, closing, parts, acks } = dissection;
  return { layers, segment: segment && { ...segment, stream: segment.stream.index }, isRepeated, closing, parts, acks };
}

/** Compares the ways of one packet after another. */
class Ways {
  plain = 0;
  readonly #dissectors = [NEEDS_EVERYTHING, NEEDS_OF_LIST].map((each) => ({
    short: new Dissector({ needs: each }),
    long: new Dissector({ needs: each }),
  }));
  readonly #lists = [new PacketList(), new PacketList({ columns: COLUMN_NAMES })] as const;

  take(packet: Packet): void {
    for (const { short, long } of this.#dissectors) {
      const dissection = short.dissect(packet);
      const isBare = packet.linkType === LINKTYPE.ETHERNET && packet.capturedLength > ethernet.HEADER;
      // What is between two plain frames changes what is remembered in both ways.
      const other = long.dissect(isBare && dissection.isPlain ? bare(packet) : packet);
      const [line, sameLine] = this.#lists.map((list) => textOf((text) => list.write(text, dissection)));
      expect(line).toBe(sameLine);
      if (!dissection.isPlain) continue;
      this.plain++;
      // Without a link header there is a layer that says so in its place.
      expect(told(dissection, 2)).toEqual(told(other, 2));
    }
  }
}

test('a time that is far behind the first frame', () => {
  const ways = new Ways();
  let first: Packet | undefined;
  eachPacket(capturesIn(GOLDEN_CAPTURES).find((path) => path.includes('zero-window'))!, (packet) => {
    first ??= { ...packet, bytes: packet.bytes.slice(), view: new DataView(packet.bytes.slice().buffer) };
  });
  for (const seconds of [0, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 5_000_000_000])
    ways.take({ ...first!, seconds, nanoseconds: 0 });
});

test('every capture kept with the project', () => {
  let plain = 0;
  for (const path of capturesIn(GOLDEN_CAPTURES)) {
    const ways = new Ways();
    eachPacket(path, (packet) => ways.take(packet));
    plain += ways.plain;
  }
  expect(plain).toBeGreaterThan(500);
});

needs({ shared: true })(
  'every capture of ../shared',
  () => {
    for (const path of sharedCaptures()) {
      const ways = new Ways();
      eachPacket(path, (packet) => ways.take(packet));
    }
  },
  600_000,
);

test('frames with octets changed and cut off', () => {
  const random = seeded(20);
  const ways = new Ways();
  for (let round = 0; round < 5; round++)
    for (const path of capturesIn(GOLDEN_CAPTURES))
      eachPacket(path, (packet) => {
        const bytes = packet.bytes.slice(packet.at, packet.at + packet.capturedLength);
        for (let i = 0; i < 2; i++)
          if (chance(random, 0.5)) bytes[below(random, Math.min(80, bytes.length))] = below(random, 256);
        const cut = chance(random, 0.2) ? below(random, bytes.length) : bytes.length;
        ways.take({
          ...makePacket(),
          ...packet,
          bytes,
          view: new DataView(bytes.buffer),
          at: 0,
          capturedLength: cut,
        });
      });
  expect(ways.plain).toBeGreaterThan(1_000);
});
