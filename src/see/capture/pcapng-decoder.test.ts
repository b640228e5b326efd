import { describe, expect, test } from 'vitest';
import { CaptureReader, type CaptureReaderOptions } from './capture-reader.ts';
import { makePacket } from './packet.ts';

/** Numbers in a byte order, written out by hand as the draft draws them. */
class Octets {
  readonly list: number[] = [];
  readonly little: boolean;

  constructor(little: boolean) {
    this.little = little;
  }

  #number(value: number, size: number): this {
    const octets = Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) & 255);
    this.list.push(...(this.little ? octets : octets.reverse()));
    return this;
  }

  u16(...values: number[]): this {
    for (const value of values) this.#number(value, 2);
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) this.#number(value, 4);
    return this;
  }

  raw(...octets: number[]): this {
    this.list.push(...octets);
    return this;
  }
}

function block(little: boolean, type: number, body: (octets: Octets) => unknown, claim?: number): number[] {
  const inner = new Octets(little);
  body(inner);
  const length = claim ?? inner.list.length + 12;
  return new Octets(little)
    .u32(type, length)
    .raw(...inner.list)
    .u32(length).list;
}

const section = (little: boolean, major = 1, minor = 0): number[] =>
  block(little, 0x0a0d0d0a, (o) => o.u32(0x1a2b3c4d).u16(major, minor).u32(0xffff_ffff, 0xffff_ffff));

const description = (little: boolean, linkType: number, snaplen: number, ...options: number[]): number[] =>
  block(little, 1, (o) =>
    o
      .u16(linkType, 0)
      .u32(snaplen)
      .raw(...options),
  );

const enhanced = (
  little: boolean,
  id: number,
  high: number,
  low: number,
  octets: number[],
  claim = octets.length,
): number[] =>
  block(little, 6, (o) =>
    o.u32(id, high, low, claim, octets.length + 100).raw(...octets, ...Array(-octets.length & 3).fill(0)),
  );

function read(
  octets: readonly number[],
  options?: CaptureReaderOptions,
): { reader: CaptureReader; packets: Array<Record<string, unknown>> } {
  const reader = new CaptureReader(options);
  const packet = makePacket();
  const packets = [];
  reader.push(Uint8Array.from(octets));
  while (reader.next(packet)) {
    const { seconds, nanoseconds, bytes, at, capturedLength, originalLength, interfaceId, linkType } = packet;
    const data = Array.from(bytes.subarray(at, at + capturedLength));
    packets.push({
      ...(packet.hasTime ? {} : { hasTime: false }),
      seconds,
      nanoseconds,
      data,
      originalLength,
      interfaceId,
      linkType,
    });
  }
  reader.end();
  return { reader, packets };
}

describe('sections', () => {
  test('each has its own byte order and interfaces; ids run on through the file', () => {
    const { reader, packets } = read([
      ...section(true),
      ...description(true, 1, 0),
      ...description(true, 101, 0),
      ...enhanced(true, 1, 0, 1_000_001, [1, 2, 3]),
      ...section(false),
      ...description(false, 113, 0),
      ...enhanced(false, 0, 0, 2_000_000, [4]),
    ]);
    expect(reader.problem).toBeUndefined();
    expect(packets).toEqual([
      { seconds: 1, nanoseconds: 1000, data: [1, 2, 3], originalLength: 103, interfaceId: 1, linkType: 101 },
      { seconds: 2, nanoseconds: 0, data: [4], originalLength: 101, interfaceId: 2, linkType: 113 },
    ]);
    expect(reader.interfaces.map(({ linkType }) => linkType)).toEqual([1, 101, 113]);
    expect(reader.byteOrder).toBe('big');
  });

  test("an interface of the section before is none of this one's", () => {
    const { reader, packets } = read([
      ...section(true),
      ...description(true, 1, 0),
      ...section(true),
      ...enhanced(true, 0, 0, 0, [1]),
    ]);
    expect(packets).toEqual([]);
    expect(reader.problem?.message).toBe(
      'packet 1 cannot be read, at offset 76: it came from interface 0, but its section describes 0 so far',
    );
  });

  test('version 1.2 is read as 1.0; others are unsupported', () => {
    expect(read(section(false, 1, 2)).reader.problem).toBeUndefined();
    expect(read(section(true, 2, 0)).reader.problem).toMatchObject({ kind: 'unsupported', offset: 0 });
    expect(read([...section(true), ...section(true, 1, 1)]).reader.problem).toMatchObject({
      kind: 'unsupported',
      offset: 28,
    });
  });
});

describe('blocks', () => {
  test('those that are not packets or interfaces are skipped', () => {
    const other = (type: number): number[] => block(true, type, (o) => o.u32(0, 0, 0));
    const { reader, packets } = read([
      ...section(true),
      ...other(4),
      ...description(true, 1, 0),
      ...other(5),
      ...other(0x0a),
      ...enhanced(true, 0, 0, 0, []),
      ...other(0x0bad),
      ...other(0x8000_0001),
    ]);
    expect(reader.problem).toBeUndefined();
    expect(packets).toHaveLength(1);
  });

  test('simple packets have the snap length of the first interface and no time', () => {
    const simple = (original: number, octets: number[]): number[] =>
      block(true, 3, (o) => o.u32(original).raw(...octets));
    const { reader, packets } = read([
      ...section(true),
      ...description(true, 1, 6),
      ...simple(4, [1, 2, 3, 4]),
      ...simple(900, [1, 2, 3, 4, 5, 6, 0, 0]),
      ...simple(7, [1, 2, 3, 4]),
    ]);
    expect(packets).toMatchObject([
      { hasTime: false, seconds: 0, nanoseconds: 0, data: [1, 2, 3, 4], originalLength: 4 },
      { data: [1, 2, 3, 4, 5, 6], originalLength: 900 },
    ]);
    expect(reader.problem?.message).toContain('it has 6 captured octets, but its block holds 4');
    expect(read([...section(true), ...simple(4, [1, 2, 3, 4])]).reader.problem?.message).toContain(
      'before any Interface',
    );
  });

  test('obsolete packet blocks have a 16-bit interface and a count of drops', () => {
    for (const little of [true, false]) {
      const { packets } = read([
        ...section(little),
        ...description(little, 1, 0),
        ...description(little, 228, 0),
        ...block(little, 2, (o) => o.u16(1, 5).u32(0, 3, 2, 60).raw(8, 9, 0, 0)),
      ]);
      expect(packets).toEqual([
        { seconds: 0, nanoseconds: 3000, data: [8, 9], originalLength: 60, interfaceId: 1, linkType: 228 },
      ]);
    }
  });

  test('options behind a packet are no part of it', () => {
    const { reader, packets } = read([
      ...section(true),
      ...description(true, 1, 0),
      ...block(true, 6, (o) => o.u32(0, 0, 0, 2, 2).raw(8, 9, 0, 0).u16(2, 4).u32(7).u16(0, 0)),
    ]);
    expect(reader.problem).toBeUndefined();
    expect(packets).toMatchObject([{ data: [8, 9] }]);
  });
});

describe('interface options', () => {
  const option = (little: boolean, code: number, octets: number[]): number[] =>
    new Octets(little).u16(code, octets.length).raw(...octets, ...Array(-octets.length & 3).fill(0)).list;

  test('name, resolution, offset and frame check sequence, in both byte orders', () => {
    for (const little of [true, false]) {
      const minusTen = little ? [0xf6, ...Array(7).fill(0xff)] : [...Array(7).fill(0xff), 0xf6];
      const { reader, packets } = read([
        ...section(little),
        ...description(
          little,
          1,
          96,
          ...option(little, 2, [...new TextEncoder().encode('größe'), 0]),
          ...option(little, 9, [9]),
          ...option(little, 14, minusTen),
          ...option(little, 13, [4]),
          ...option(little, 0, []),
          ...option(little, 2, [0x78]),
        ),
        ...enhanced(little, 0, 3, 4, []),
      ]);
      expect(reader.interfaces).toEqual([
        { linkType: 1, snaplen: 96, tsresol: 9, tsoffset: -10, name: 'größe', fcsLength: 4 },
      ]);
      expect(packets).toMatchObject([{ seconds: 2, nanoseconds: 884_901_892 }]);
    }
  });

  test('an option of another length is left alone', () => {
    const { reader } = read([...section(true), ...description(true, 1, 0, ...option(true, 9, [1, 2]))]);
    expect(reader.problem).toBeUndefined();
    expect(reader.interfaces).toMatchObject([{ tsresol: 6 }]);
  });
});

describe('damage', () => {
  const good = [...section(true), ...description(true, 1, 0), ...enhanced(true, 0, 0, 0, [1])];

  test.each([
    [
      'two lengths that differ',
      [...good, ...enhanced(true, 0, 0, 0, [1]).with(-4, 99)],
      'gives its length as 36 at its start and 99',
    ],
    [
      'a length below a block',
      [...good, ...block(true, 5, (o) => o, 8)],
      'claims a length of 8 octets, which must be from 12',
    ],
    [
      'a length above the limit',
      [...good, ...block(true, 5, (o) => o, 0xf000_0000)],
      'claims a length of 4026531840 octets',
    ],
    [
      'a packet longer than its block',
      [...good, ...enhanced(true, 0, 0, 0, [1], 5)],
      'it claims 5 captured octets, but its block holds 4',
    ],
    ['a packet block too short', [...good, ...block(true, 6, (o) => o.u32(0))], 'has 4 octets of at least 20'],
    [
      'an obsolete packet block too short',
      [...good, ...block(true, 2, (o) => o.u32(0))],
      'has 4 octets of at least 20',
    ],
    ['a simple packet block too short', [...good, ...block(true, 3, (o) => o)], 'has 0 octets of at least 4'],
    ['an interface block too short', [...good, ...block(true, 1, (o) => o.u32(0))], 'it has 4 octets of at least 8'],
    [
      'a section header too short',
      [...good, ...block(true, 0x0a0d0d0a, (o) => o.u32(0x1a2b3c4d))],
      'it has 4 octets of at least 16',
    ],
    [
      'a section header without its magic',
      [...good, ...block(true, 0x0a0d0d0a, (o) => o.u32(1, 2, 3, 4))],
      'no byte-order magic',
    ],
  ])('%s', (_, octets, message) => {
    const { reader, packets } = read(octets);
    expect(packets).toHaveLength(1);
    expect(reader.problem).toMatchObject({
      kind: 'damaged',
      offset: good.length,
      message: expect.stringContaining(message),
    });
  });

  test('more interfaces, longer blocks and longer packets than the options allow', () => {
    expect(read([...good, ...description(true, 1, 0)], { maxInterfaces: 1 }).reader.problem).toMatchObject({
      kind: 'damaged',
      message: expect.stringContaining('more interfaces than the limit of 1'),
    });
    expect(read(good, { maxInterfaces: 1 }).reader.problem).toBeUndefined();
    const long = [...good, ...enhanced(true, 0, 0, 0, Array(1200).fill(1))];
    expect(read(long, { maxRecord: 1199 }).reader.problem?.message).toContain('more than the 1199 a packet may have');
    expect(read(long, { maxRecord: 1200, maxBlock: 1232 }).reader.problem).toBeUndefined();
    expect(read(long, { maxBlock: 1231 }).reader.problem?.message).toContain('claims a length of 1232 octets');
  });
});
