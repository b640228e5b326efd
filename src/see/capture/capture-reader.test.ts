import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { below, chance, type Random, seeded } from '../../core/random.ts';
import { CaptureReader, type CaptureReaderOptions } from './capture-reader.ts';
import { LINKTYPE, makePacket, type Packet } from './packet.ts';
import { PcapWriter } from './pcap-writer.ts';
import { PcapngWriter } from './pcapng-writer.ts';

const GOLDEN = fileURLToPath(new URL('../../../test/golden/captures/', import.meta.url));

/** A packet with its octets copied out. */
interface Copy {
  seconds: number;
  nanoseconds: number;
  octets: readonly number[];
  originalLength: number;
  interfaceId: number;
}

function copyOf({ seconds, nanoseconds, bytes, at, capturedLength, originalLength, interfaceId }: Packet): Copy {
  const octets = Array.from(bytes.subarray(at, at + capturedLength));
  return { seconds, nanoseconds, octets, originalLength, interfaceId };
}

function packetOf(copy: Copy, number: number): Packet {
  // Off by some octets, as a packet in a chunk is.
  const bytes = new Uint8Array(copy.octets.length + 8);
  bytes.set(copy.octets, 5);
  const { seconds, nanoseconds, originalLength, interfaceId } = copy;
  const capturedLength = copy.octets.length;
  const view = new DataView(bytes.buffer);
  const linkType = interfaceId === 0 ? LINKTYPE.ETHERNET : LINKTYPE.RAW;
  const where = { bytes, view, at: 5, capturedLength, originalLength };
  return { ...makePacket(), number, seconds, nanoseconds, ...where, linkType, interfaceId };
}

/** Reads `file` in chunks that end at `cuts`, each chunk in memory that is spoilt when the reader is done with it. */
function read(
  file: Uint8Array,
  cuts: readonly number[] = [],
  options?: CaptureReaderOptions,
): { reader: CaptureReader; packets: Copy[] } {
  const reader = new CaptureReader(options);
  const packets: Copy[] = [];
  const packet = makePacket();
  let from = 0;
  for (const to of [...cuts, file.length]) {
    const chunk = file.slice(from, to);
    reader.push(chunk);
    while (reader.next(packet)) {
      packets.push(copyOf(packet));
      expect(packet.number).toBe(packets.length);
      expect(packet.view.byteLength).toBe(packet.bytes.length);
      if (packet.capturedLength > 0) expect(packet.view.getUint8(packet.at)).toBe(packet.bytes[packet.at]);
    }
    chunk.fill(0xaa);
    from = to;
  }
  reader.end();
  expect(reader.done).toBe(true);
  expect(reader.packets).toBe(packets.length);
  return { reader, packets };
}

interface Style {
  format: 'pcap' | 'pcapng';
  byteOrder: 'little' | 'big';
  resolution: 'micro' | 'nano';
}

function write(packets: readonly Copy[], style: Style): Uint8Array {
  const chunks: number[] = [];
  const sink = (chunk: Uint8Array): void => {
    for (const octet of chunk) chunks.push(octet);
  };
  const writer =
    style.format === 'pcap'
      ? new PcapWriter(sink, style)
      : new PcapngWriter(sink, {
          ...style,
          interfaces: [{ linkType: LINKTYPE.ETHERNET, name: 'eth0', snaplen: 7000 }],
        });
  let number = 0;
  for (const copy of packets) {
    if (writer instanceof PcapngWriter && copy.interfaceId === writer.interfaces) {
      writer.addInterface({ linkType: LINKTYPE.RAW, name: 'tün1', fcsLength: 4 });
    }
    writer.write(packetOf(copy, ++number));
  }
  writer.flush();
  return Uint8Array.from(chunks);
}

const styles: fc.Arbitrary<Style> = fc.record({
  format: fc.constantFrom('pcap', 'pcapng'),
  byteOrder: fc.constantFrom('little', 'big'),
  resolution: fc.constantFrom('micro', 'nano'),
});

const packets: fc.Arbitrary<Copy[]> = fc.array(
  fc
    .record({
      seconds: fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 0x7fff_ffff, 0xffff_ffff)),
      nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
      octets: fc.oneof(
        { weight: 5, arbitrary: fc.array(fc.nat(255), { maxLength: 90 }) },
        { weight: 1, arbitrary: fc.nat(9000).map((length) => Array.from({ length }, (_, i) => i & 255)) },
      ),
      more: fc.oneof(fc.constant(0), fc.nat(70_000)),
      interfaceId: fc.nat(1),
    })
    .map(({ more, ...rest }) => ({ ...rest, originalLength: rest.octets.length + more })),
  { maxLength: 12 },
);

describe('what is written is read again', () => {
  test('any packets, in either format and byte order, cut into any chunks', () => {
    fc.assert(
      fc.property(
        packets,
        styles,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
        (list, style, places) => {
          const want = list.map((one) => ({
            ...one,
            nanoseconds:
              style.format === 'pcap' && style.resolution === 'micro'
                ? one.nanoseconds - (one.nanoseconds % 1000)
                : one.nanoseconds,
            interfaceId: style.format === 'pcap' ? 0 : one.interfaceId,
          }));
          const written = style.format === 'pcap' ? list.map((one) => ({ ...one, interfaceId: 0 })) : list;
          const file = write(written, style);
          const cuts = places.map((place) => Math.floor(place * file.length)).sort((a, b) => a - b);
          const { reader, packets: got } = read(file, cuts);
          expect(reader.problem).toBeUndefined();
          expect(got).toEqual(want);
          expect(reader.format).toBe(style.format);
          expect(reader.byteOrder).toBe(style.byteOrder);
          expect(reader.resolution).toBe(style.format === 'pcap' && style.resolution === 'micro' ? 6 : 9);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('octet by octet', () => {
    const list = [1, 2, 3].map((n) => ({
      seconds: n,
      nanoseconds: n,
      octets: [n, n, n],
      originalLength: 3,
      interfaceId: 0,
    }));
    for (const format of ['pcap', 'pcapng'] as const) {
      const file = write(list, { format, byteOrder: 'big', resolution: 'nano' });
      const { reader, packets: got } = read(
        file,
        Array.from({ length: file.length }, (_, i) => i),
      );
      expect(reader.problem).toBeUndefined();
      expect(got).toEqual(list);
    }
  });

  test('interfaces keep their names and limits', () => {
    const list = [0, 1].map((interfaceId) => ({
      seconds: 1,
      nanoseconds: 0,
      octets: [1],
      originalLength: 1,
      interfaceId,
    }));
    const { reader } = read(write(list, { format: 'pcapng', byteOrder: 'little', resolution: 'nano' }));
    expect(reader.interfaces).toEqual([
      { linkType: LINKTYPE.ETHERNET, snaplen: 7000, tsresol: 9, tsoffset: 0, name: 'eth0', fcsLength: 0 },
      { linkType: LINKTYPE.RAW, snaplen: 0, tsresol: 9, tsoffset: 0, name: 'tün1', fcsLength: 4 },
    ]);
  });
});

describe('packets are used in place', () => {
  const list = [10, 20, 30].map((n) => ({
    seconds: n,
    nanoseconds: 0,
    octets: Array(n).fill(n),
    originalLength: n,
    interfaceId: 0,
  }));
  const file = write(list, { format: 'pcap', byteOrder: 'little', resolution: 'nano' });

  test('a packet that lies whole in the chunk is a view of it; one across a border is joined in a buffer that is used again', () => {
    const reader = new CaptureReader();
    const packet = makePacket();
    const border = 24 + 26 + 36 + 20;
    const first = file.slice(0, border);
    reader.push(first);
    expect(reader.next(packet)).toBe(true);
    expect(packet.bytes).toBe(first);
    expect(packet.at).toBe(24 + 16);
    expect(reader.next(packet)).toBe(true);
    expect(reader.next(packet)).toBe(false);
    reader.push(file.slice(border));
    expect(reader.next(packet)).toBe(true);
    expect(packet.bytes).not.toBe(first);
    expect(copyOf(packet)).toEqual(list[2]);
    const joined = packet.bytes;
    expect(reader.next(packet)).toBe(false);
    reader.push(file.slice(24, 60));
    expect(reader.next(packet)).toBe(true);
    expect(reader.next(packet)).toBe(false);
    reader.push(file.slice(60, 90));
    expect(reader.next(packet)).toBe(true);
    expect(packet.bytes).toBe(joined);
  });

  test('a Buffer is read as what it is underneath, so that slice copies', () => {
    const reader = new CaptureReader();
    const packet = makePacket();
    reader.push(Buffer.from(file));
    expect(reader.next(packet)).toBe(true);
    expect(packet.bytes.constructor).toBe(Uint8Array);
    expect(copyOf(packet)).toEqual(list[0]);
  });
});

describe('a file that ends anywhere', () => {
  const list = [0, 1, 60].map((n, i) => ({
    seconds: i,
    nanoseconds: 5,
    octets: Array(n).fill(7),
    originalLength: n + 1,
    interfaceId: 0,
  }));

  for (const format of ['pcap', 'pcapng'] as const) {
    test(`${format}: gives every whole packet, then says what is missing`, () => {
      const style = { format, byteOrder: 'little', resolution: 'nano' } as const;
      const ends = list.map((_, i) => write(list.slice(0, i + 1), style).length);
      const head = write([], style).length;
      const file = write(list, style);
      for (let length = 0; length <= file.length; length++) {
        for (const cuts of [[], [Math.floor(length / 2)]]) {
          const { reader, packets: got } = read(file.subarray(0, length), cuts);
          const whole = ends.filter((end) => end <= length).length;
          expect(got).toEqual(list.slice(0, whole));
          const clean = length === head || ends.includes(length);
          // The section header of pcapng alone is a whole file, too.
          if (clean || (format === 'pcapng' && length === 44)) expect(reader.problem).toBeUndefined();
          else {
            expect(reader.problem?.kind).toBe(length < 4 ? 'not-a-capture' : 'cut-short');
            if (length > head) expect(reader.problem?.offset).toBe(whole === 0 ? head : ends[whole - 1]);
          }
        }
      }
    });
  }

  test('the message has packet, place and numbers', () => {
    const file = write(list, { format: 'pcap', byteOrder: 'little', resolution: 'nano' });
    expect(read(file.subarray(0, 24 + 16 + 17 + 40)).reader.problem).toEqual({
      kind: 'cut-short',
      offset: 57,
      message: 'the file ends in the middle of packet 3, at offset 57: 40 of 76 octets are there',
    });
    expect(read(file.subarray(0, 24 + 16 + 17 + 5)).reader.problem?.message).toBe(
      'the file ends in the middle of the header of packet 3, at offset 57: 5 of 16 octets are there',
    );
  });

  test('end before the last packets are pulled settles the problem when they are', () => {
    const file = write(list, { format: 'pcap', byteOrder: 'little', resolution: 'nano' });
    const reader = new CaptureReader();
    const packet = makePacket();
    reader.push(file.subarray(0, file.length - 1));
    reader.end();
    expect(reader.done).toBe(false);
    expect([reader.next(packet), reader.next(packet), reader.next(packet)]).toEqual([true, true, false]);
    expect(reader.problem?.kind).toBe('cut-short');
    expect(reader.done).toBe(true);
  });
});

describe('what is no capture, or a damaged one', () => {
  const one = [{ seconds: 1, nanoseconds: 0, octets: [1, 2, 3], originalLength: 3, interfaceId: 0 }];
  const pcap = write([...one, ...one], { format: 'pcap', byteOrder: 'little', resolution: 'nano' });

  test.each([
    [[], 'the file is empty'],
    [[0x1f, 0x8b, 8, 0], 'it is gzip-compressed: decompress it first (gunzip)'],
    [[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
    [[0x50, 0x4b, 3, 4], 'zip archive'],
    [[0xde, 0xad, 0xbe, 0xef, 1], 'it begins with the octets de ad be ef'],
  ])('%j: %s', (octets, message) => {
    const { problem } = read(Uint8Array.from(octets)).reader;
    expect(problem?.kind).toBe('not-a-capture');
    expect(problem?.offset).toBe(0);
    expect(problem?.message).toContain(message);
  });

  test('a pcap record longer than the limit', () => {
    const file = pcap.slice();
    new DataView(file.buffer).setUint32(24 + 19 + 8, 0xffff_fff0, true);
    const { reader, packets: got } = read(file);
    expect(got).toEqual(one);
    expect(reader.problem).toEqual({
      kind: 'damaged',
      offset: 43,
      message:
        'packet 2 cannot be read, at offset 43: it claims 4294967280 captured octets, more than the 262144 a packet may have',
    });
    expect(read(pcap, [], { maxRecord: 2 }).reader.problem?.message).toContain('more than the 2 a packet may have');
    expect(read(pcap, [], { maxRecord: 3 }).reader.problem).toBeUndefined();
  });

  test('an unknown version, reserved bits', () => {
    const version = pcap.slice();
    version[4] = 1;
    expect(read(version).reader.problem).toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('1.4'),
    });
    // As Wireshark does, later ones are read as 2.4.
    for (const major of [3, 543]) {
      new DataView(version.buffer).setUint16(4, major, true);
      expect(read(version).packets).toEqual(read(pcap).packets);
    }
    const reserved = pcap.slice();
    reserved[22] = 0x30;
    expect(read(reserved).reader.problem).toMatchObject({ kind: 'unsupported' });
  });

  test('nothing comes after a problem, and more octets are ignored', () => {
    const reader = new CaptureReader();
    const packet = makePacket();
    reader.push(Uint8Array.of(9, 9, 9, 9, 9));
    expect(reader.next(packet)).toBe(false);
    const { problem } = reader;
    reader.push(pcap);
    expect(reader.next(packet)).toBe(false);
    reader.end();
    expect(reader.problem).toBe(problem);
    expect(reader.done).toBe(true);
  });
});

describe('old and odd pcap', () => {
  test('until version 2.3 the lengths may be swapped', () => {
    const file = write([{ seconds: 1, nanoseconds: 0, octets: [1, 2], originalLength: 9, interfaceId: 0 }], {
      format: 'pcap',
      byteOrder: 'big',
      resolution: 'micro',
    });
    const view = new DataView(file.buffer);
    view.setUint16(6, 3);
    view.setUint32(32, 9);
    view.setUint32(36, 2);
    const { packets: got } = read(file);
    expect(got).toMatchObject([{ octets: [1, 2], originalLength: 9 }]);
  });

  test('a fraction of a second or more is carried into the seconds', () => {
    const file = write([{ seconds: 1, nanoseconds: 0, octets: [], originalLength: 9, interfaceId: 0 }], {
      format: 'pcap',
      byteOrder: 'big',
      resolution: 'micro',
    });
    new DataView(file.buffer).setUint32(28, 2_000_001);
    expect(read(file).packets).toMatchObject([{ seconds: 3, nanoseconds: 1000 }]);
  });

  test('the link type field may hold the length of the frame check sequence', () => {
    const file = write([], { format: 'pcap', byteOrder: 'little', resolution: 'nano' });
    new DataView(file.buffer).setUint32(20, 0x2400_0001, true);
    expect(read(file).reader.interfaces).toMatchObject([{ linkType: 1, fcsLength: 4 }]);
  });

  test("Kuznetzov's records have eight octets more", () => {
    const head = [0xa1, 0xb2, 0xcd, 0x34, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 1];
    const record = [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 7, 8, 0, 4, 0, 1, 2, 3];
    const { reader, packets: got } = read(Uint8Array.from([...head, ...record, ...record]));
    expect(reader.problem).toBeUndefined();
    expect(got).toHaveLength(2);
    expect(got[1]).toEqual({ seconds: 1, nanoseconds: 2000, octets: [1, 2, 3], originalLength: 4, interfaceId: 0 });
  });
});

describe('wrong use', () => {
  const file = write([], { format: 'pcap', byteOrder: 'little', resolution: 'nano' });

  test('push before the last chunk is read, or after the end', () => {
    const reader = new CaptureReader();
    reader.push(file);
    expect(() => reader.push(file)).toThrow(expect.objectContaining({ code: 'TCPLAB_CAPTURE_ORDER' }));
    reader.next(makePacket());
    reader.end();
    expect(() => reader.push(file)).toThrow(expect.objectContaining({ code: 'TCPLAB_CAPTURE_ORDER' }));
  });

  test('an option out of its range', () => {
    expect(() => new CaptureReader({ maxRecord: 0 })).toThrow('maxRecord is a whole number from');
    expect(() => new CaptureReader({ maxBlock: 1.5 })).toThrow('maxBlock is a whole number from');
    expect(() => new CaptureReader({ maxInterfaces: -1 })).toThrow('maxInterfaces is a whole number from');
  });
});

describe('hostile files', () => {
  /** What length fields and link types go wrong with. */
  const EVIL = [0, 1, 4, 0x7f, 0x80, 0xff];

  function mutate(random: Random, original: Uint8Array): Uint8Array {
    const file = original.slice(0, chance(random, 0.2) ? below(random, original.length) : original.length);
    for (let times = 1 + below(random, 8); times > 0 && file.length > 0; times--) {
      // The first octets are worth more: every later one depends on them.
      const at = below(random, chance(random, 0.4) ? Math.min(file.length, 120) : file.length);
      if (chance(random, 0.1)) file.copyWithin(at, below(random, file.length), below(random, file.length));
      else file[at] = chance(random, 0.5) ? EVIL[below(random, EVIL.length)]! : random.next() & 255;
    }
    return file;
  }

  test('20,000 mutated files: no exception, no packet outside the octets, an end', () => {
    const files = readdirSync(GOLDEN)
      .filter((name) => /\.pcap(ng)?$/.test(name))
      .map((name) => new Uint8Array(readFileSync(GOLDEN + name)).slice(0, 1500));
    expect(files.length).toBeGreaterThan(5);
    const packet = makePacket();
    let problems = 0;
    for (let seed = 1; seed <= 20_000; seed++) {
      const random = seeded(seed);
      const file = mutate(random, files[below(random, files.length)]!);
      const reader = new CaptureReader();
      const step = 1 + below(random, 2000);
      for (let at = 0; at < file.length; at += step) {
        reader.push(file.subarray(at, at + step));
        while (reader.next(packet)) {
          const inside = packet.at >= 0 && packet.at + packet.capturedLength <= packet.bytes.length;
          const timely = packet.nanoseconds >= 0 && packet.nanoseconds < 1e9 && Number.isInteger(packet.nanoseconds);
          if (!inside || !timely) throw new Error(`seed ${seed}: packet ${packet.number} is out of bounds`);
          if (packet.number > file.length / 12) throw new Error(`seed ${seed}: more packets than the file can hold`);
        }
      }
      reader.end();
      if (!reader.done) throw new Error(`seed ${seed}: no end`);
      if (reader.problem !== undefined) problems++;
    }
    expect(problems).toBeGreaterThan(5000);
    expect(problems).toBeLessThan(20_000);
  });
});
