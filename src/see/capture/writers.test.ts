import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needs } from '../../../test/needs.ts';
import { CaptureReader } from './capture-reader.ts';
import { LINKTYPE, makePacket, type Packet } from './packet.ts';
import { PcapWriter } from './pcap-writer.ts';
import { PcapngWriter } from './pcapng-writer.ts';
import { CaptureSummary } from './summary.ts';

/** A TCP SYN in IPv4 in Ethernet, 54 octets; checksums left 0. */
const SYN = [
  ...[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0],
  ...[0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
  ...[0x80, 0, 0x1d, 0x20, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0],
];

function packet(overrides: Partial<Packet> = {}): Packet {
  const bytes = Uint8Array.from(SYN);
  const view = new DataView(bytes.buffer);
  return {
    ...makePacket(),
    ...{ seconds: 1_700_000_000, nanoseconds: 123_456_789, bytes, view },
    ...{ capturedLength: bytes.length, originalLength: bytes.length },
    ...overrides,
  };
}

function gather(): { sink: (chunk: Uint8Array) => void; chunks: number[][]; file: () => Uint8Array } {
  const chunks: number[][] = [];
  return {
    sink: (chunk) => chunks.push(Array.from(chunk)),
    chunks,
    file: () => Uint8Array.from(chunks.flat()),
  };
}

describe('PcapWriter', () => {
  test('writes the header and record that the draft draws', () => {
    const { sink, file } = gather();
    const writer = new PcapWriter(sink, {
      byteOrder: 'big',
      resolution: 'micro',
      linkType: LINKTYPE.RAW,
      snaplen: 65535,
    });
    writer.write(packet({ linkType: LINKTYPE.RAW, seconds: 1, at: 14, capturedLength: 2, originalLength: 40 }));
    writer.flush();
    expect(Array.from(file())).toEqual([
      ...[0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 101],
      ...[0, 0, 0, 1, 0, 1, 0xe2, 0x40, 0, 0, 0, 2, 0, 0, 0, 40, 0x45, 0],
    ]);
  });

  test('cuts packets at the snap length, refuses other link types, clamps and counts times', () => {
    const { sink, file } = gather();
    const writer = new PcapWriter(sink, { snaplen: 20 });
    writer.write(packet());
    expect(() => writer.write(packet({ linkType: LINKTYPE.RAW }))).toThrow(
      expect.objectContaining({ code: 'TCPLAB_LINK_TYPE' }),
    );
    writer.write(packet({ seconds: -1 }));
    writer.write(packet({ seconds: 2 ** 32 }));
    writer.flush();
    const view = new DataView(file().buffer);
    expect(file()).toHaveLength(24 + 3 * 36);
    expect([view.getUint32(24 + 8, true), view.getUint32(24 + 12, true)]).toEqual([20, 54]);
    expect([view.getUint32(60, true), view.getUint32(64, true)]).toEqual([0, 0]);
    expect([view.getUint32(96, true), view.getUint32(100, true)]).toEqual([0xffff_ffff, 999_999_999]);
    expect([writer.packets, writer.clampedTimes]).toEqual([3, 2]);
  });

  test('calls the sink when the buffer cannot take a packet whole, and at flush, and not for nothing', () => {
    // The buffer holds the header and one packet of the snap length. The second packet makes 24 + 2 * 70 octets.
    for (const [snaplen, lengths] of [
      [124, [164]],
      [123, [94, 70]],
    ] as const) {
      const { sink, chunks } = gather();
      const writer = new PcapWriter(sink, { snaplen, bufferSize: 1 });
      writer.write(packet());
      writer.write(packet());
      writer.flush();
      writer.flush();
      expect(chunks.map((chunk) => chunk.length)).toEqual(lengths);
    }
  });

  test('an option out of its range', () => {
    const { sink } = gather();
    expect(() => new PcapWriter(sink, { linkType: 65536 })).toThrow('linkType is a whole number from');
    expect(() => new PcapWriter(sink, { snaplen: 0 })).toThrow('snaplen is a whole number from');
    expect(() => new PcapWriter(sink, { bufferSize: 0 })).toThrow('bufferSize is a whole number from');
  });
});

describe('PcapngWriter', () => {
  test('writes the blocks that the draft draws', () => {
    const { sink, file } = gather();
    const writer = new PcapngWriter(sink, { byteOrder: 'big', application: 'me' });
    expect(writer.addInterface({ linkType: 101, name: 'lo', snaplen: 258 })).toBe(0);
    writer.write(packet({ linkType: 101, seconds: 5, nanoseconds: 7, at: 14, capturedLength: 3, originalLength: 40 }));
    writer.flush();
    expect(Array.from(file())).toEqual([
      ...[10, 13, 13, 10, 0, 0, 0, 40, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255],
      ...[0, 4, 0, 2, 0x6d, 0x65, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40],
      ...[0, 0, 0, 1, 0, 0, 0, 40, 0, 101, 0, 0, 0, 0, 1, 2, 0, 2, 0, 2, 0x6c, 0x6f, 0, 0],
      ...[0, 9, 0, 1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40],
      ...[0, 0, 0, 6, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 1, 0x2a, 0x05, 0xf2, 0x07, 0, 0, 0, 3, 0, 0, 0, 40],
      ...[0x45, 0, 0, 0, 0, 0, 0, 36],
    ]);
  });

  test('writes a comment, padded, behind the packet; a long one is cut', () => {
    const { sink, file } = gather();
    const writer = new PcapngWriter(sink, { byteOrder: 'big', interfaces: [{ linkType: 101 }] });
    writer.flush();
    const start = file().length;
    writer.write(packet({ linkType: 101, seconds: 0, nanoseconds: 0, at: 14, capturedLength: 3 }), 'why not');
    writer.flush();
    expect(Array.from(file().subarray(start))).toEqual([
      ...[0, 0, 0, 6, 0, 0, 0, 52, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 54],
      ...[0x45, 0, 0, 0, 0, 1, 0, 7, 0x77, 0x68, 0x79, 0x20, 0x6e, 0x6f, 0x74, 0, 0, 0, 0, 0, 0, 0, 0, 52],
    ]);
    writer.write(packet({ linkType: 101 }), 'x'.repeat(5_000));
    writer.flush();
    expect(file().length - start).toBe(52 + 28 + 56 + 4 + 1_024 + 4 + 4);
  });

  test('cuts packets at maxRecord, refuses unknown interfaces and other link types, clamps and counts times', () => {
    const { sink, file } = gather();
    const writer = new PcapngWriter(sink, { maxRecord: 5, application: '', interfaces: [{ linkType: 1 }] });
    writer.flush();
    const start = file().length;
    writer.write(packet({ seconds: 18_446_744_073 }));
    writer.write(packet({ seconds: -1 }));
    expect(() => writer.write(packet({ interfaceId: 1 }))).toThrow('call addInterface first');
    expect(() => writer.write(packet({ linkType: 101 }))).toThrow(
      expect.objectContaining({ code: 'TCPLAB_LINK_TYPE' }),
    );
    writer.flush();
    const view = new DataView(file().buffer, start);
    expect(view.byteLength).toBe(2 * 40);
    expect([view.getUint32(20, true), view.getUint32(24, true)]).toEqual([5, 54]);
    expect(view.getBigUint64(12, false)).not.toBe(0n);
    const ticks = (BigInt(view.getUint32(12, true)) << 32n) + BigInt(view.getUint32(16, true));
    expect(ticks).toBe(18_446_744_072_999_999_999n);
    expect([view.getUint32(52, true), view.getUint32(56, true)]).toEqual([0, 0]);
    expect([writer.packets, writer.clampedTimes, writer.interfaces]).toEqual([2, 2, 1]);
  });

  test('pads with zeroes in a buffer that was used before', () => {
    const { sink, chunks } = gather();
    const writer = new PcapngWriter(sink, { interfaces: [{ linkType: 1 }] });
    writer.flush();
    for (const capturedLength of [54, 53]) {
      writer.write(packet({ capturedLength }));
      writer.flush();
    }
    expect(chunks[1]?.slice(28 + 54, -4)).toEqual([0, 0]);
    expect(chunks[2]?.slice(28 + 53, -4)).toEqual([0, 0, 0]);
  });

  test('times are exact to the last nanosecond of 64 bits', () => {
    const limit = { min: 0, max: 18_446_744_072 };
    fc.assert(
      fc.property(fc.integer(limit), fc.integer({ min: 0, max: 999_999_999 }), (seconds, nanoseconds) => {
        const { sink, chunks } = gather();
        const writer = new PcapngWriter(sink, { interfaces: [{ linkType: 1 }], maxRecord: 1, bufferSize: 1 });
        writer.flush();
        writer.write(packet({ seconds, nanoseconds }));
        writer.flush();
        const view = new DataView(Uint8Array.from(chunks.at(-1)!).buffer);
        const ticks = (BigInt(view.getUint32(12, true)) << 32n) + BigInt(view.getUint32(16, true));
        expect(ticks).toBe(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
      }),
      { numRuns: 5000 },
    );
  });

  test('long texts are cut at a whole character', () => {
    const { sink, file } = gather();
    new PcapngWriter(sink, { application: `x${'ü'.repeat(5000)}` }).flush();
    expect(file()).toHaveLength(24 + 4 + 1024 + 4 + 4);
    expect(new DataView(file().buffer).getUint16(26, true)).toBe(1023);
  });

  test('an option out of its range', () => {
    const { sink } = gather();
    expect(() => new PcapngWriter(sink, { maxRecord: 0 })).toThrow('maxRecord is a whole number from');
    expect(() => new PcapngWriter(sink, { bufferSize: 2 ** 40 })).toThrow('bufferSize is a whole number from');
    expect(() => new PcapngWriter(sink, { interfaces: [{ linkType: -1 }] })).toThrow('linkType is a whole number from');
  });
});

describe('other programs read what is written', () => {
  const file = (name: string): string => join(folder, name);
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcplab-writers-'));
    for (const byteOrder of ['little', 'big'] as const) {
      for (const resolution of ['micro', 'nano'] as const) {
        const { sink, file: octets } = gather();
        const writer = new PcapWriter(sink, { byteOrder, resolution });
        for (const seconds of [1_700_000_000, 4_000_000_000]) writer.write(packet({ seconds }));
        writer.flush();
        writeFileSync(file(`${byteOrder}-${resolution}.pcap`), octets());
      }
      const { sink, file: octets } = gather();
      const interfaces = [
        { linkType: 1, name: 'left' },
        { linkType: LINKTYPE.RAW, name: 'right', snaplen: 96, fcsLength: 0 },
      ];
      const writer = new PcapngWriter(sink, { byteOrder, interfaces });
      writer.write(packet());
      writer.write(packet({ linkType: LINKTYPE.RAW, interfaceId: 1, at: 14, capturedLength: 39, originalLength: 40 }));
      writer.write(packet({ seconds: 4_000_000_000 }));
      writer.flush();
      writeFileSync(file(`${byteOrder}.pcapng`), octets());
    }
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const FIELDS = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.interface_name', 'tcp.dstport'];
  const withTshark = needs({ tools: ['tshark'] });
  const withCapinfos = needs({ tools: ['capinfos'] });
  const withTcpdump = needs({ tools: ['tcpdump'] });

  function tshark(name: string): string[] {
    const args = ['-n', '-r', file(name), '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])];
    return execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
      .trimEnd()
      .split('\n');
  }

  for (const byteOrder of ['little', 'big']) {
    withTshark(`tshark: ${byteOrder}-endian pcapng with two interfaces`, () => {
      expect(tshark(`${byteOrder}.pcapng`)).toEqual([
        '1700000000.123456789\t54\t54\tleft\t7456',
        '1700000000.123456789\t40\t39\tright\t7456',
        '4000000000.123456789\t54\t54\tleft\t7456',
      ]);
    });
    for (const resolution of ['micro', 'nano']) {
      withTshark(`tshark: ${byteOrder}-endian ${resolution}second pcap`, () => {
        const nanoseconds = resolution === 'nano' ? '123456789' : '123456000';
        expect(tshark(`${byteOrder}-${resolution}.pcap`)).toEqual([
          `1700000000.${nanoseconds}\t54\t54\t\t7456`,
          `4000000000.${nanoseconds}\t54\t54\t\t7456`,
        ]);
      });
    }
  }

  withCapinfos('capinfos: all of them', () => {
    for (const [name, type, packets] of [
      ['little-micro.pcap', 'Wireshark/tcpdump/... - pcap', 2],
      ['big-nano.pcap', 'Wireshark/tcpdump/... - nanosecond pcap', 2],
      ['little.pcapng', 'Wireshark/... - pcapng', 3],
      ['big.pcapng', 'Wireshark/... - pcapng', 3],
    ] as const) {
      const said = execFileSync('capinfos', ['-tcI', file(name)], { encoding: 'utf8' });
      expect(said).toMatch(new RegExp(`File type: +${type}\n`));
      expect(said).toMatch(new RegExp(`Number of packets: +${packets}\n`));
    }
  });

  withTcpdump('tcpdump: all but the pcapng of two link types, which it has no way to show', () => {
    for (const name of ['little-micro.pcap', 'little-nano.pcap', 'big-micro.pcap', 'big-nano.pcap']) {
      const said = execFileSync('tcpdump', ['-nn', '-tt', '-r', file(name)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      expect(said.trimEnd().split('\n')).toHaveLength(2);
      expect(said).toContain('10.0.0.1.32768 > 10.0.0.2.7456: Flags [S]');
    }
  });

  withCapinfos('what an interface counted stands at the end, and is read by capinfos and here', () => {
    const chunks: Uint8Array[] = [];
    const writer = new PcapngWriter((chunk) => chunks.push(chunk.slice()), {
      interfaces: [{ linkType: 1, name: 'lo' }],
    });
    const start = { seconds: 1_700_000_000, nanoseconds: 5 };
    const end = { seconds: 1_700_000_009, nanoseconds: 7 };
    writer.addStatistics(0, { start, end, received: 12, dropped: 3 });
    expect(() => writer.addStatistics(1, { start, end, received: 0, dropped: undefined })).toThrow(
      /interface 1 is none/,
    );
    writer.flush();
    const reader = new CaptureReader();
    const summary = new CaptureSummary(reader);
    reader.push(new Uint8Array(Buffer.concat(chunks)));
    expect(reader.next(makePacket())).toBe(false);
    expect(summary.interfaces).toMatchObject([{ received: 12n, dropped: 3n }]);
    writeFileSync(file('counted.pcapng'), Buffer.concat(chunks));
    const said = execFileSync('capinfos', [file('counted.pcapng')], { encoding: 'utf8' });
    expect(said).toMatch(/Number of stat entries = 1/);
  });
});
