/** Copies of captures: what goes over octet for octet, what changes and how, what is left behind and counted. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copied } from '../../../test/copies.ts';
import { needs, SHARED } from '../../../test/needs.ts';
import { block, hex, little } from '../../../test/pcapng-blocks.ts';
import { CaptureCopy } from './capture-copy.ts';
import { CaptureReader } from './capture-reader.ts';
import { makePacket } from './packet.ts';
import { turnBlock } from './pcapng-turn.ts';
import { CaptureSummary } from './summary.ts';

/** For a test that goes through hundreds of captures, in milliseconds. */
const LIMIT = 120_000;

function octetsOf(path: string): Uint8Array {
  const stored = readFileSync(path);
  return new Uint8Array(path.endsWith('.gz') ? gunzipSync(stored) : stored);
}

/** A line for each packet, all but its interface's number. */
function told(octets: Uint8Array, snaplen = Number.POSITIVE_INFINITY): string[] {
  const reader = new CaptureReader();
  const packet = makePacket();
  const lines: string[] = [];
  reader.push(octets);
  while (reader.next(packet)) {
    const { seconds, nanoseconds, linkType, originalLength, bytes, at, capturedLength } = packet;
    const data = Buffer.from(bytes.subarray(at, at + Math.min(snaplen, capturedLength))).toString('hex');
    const { name, tsresol } = reader.interfaces[packet.interfaceId]!;
    lines.push([seconds, nanoseconds, linkType, name, tsresol, originalLength, data].join(' '));
  }
  reader.end();
  return lines;
}

/** All blocks of a pcapng file, those with packets too: their octets, where the section's length has no part. */
function blocksOf(octets: Uint8Array): string[] {
  const reader = new CaptureReader();
  const packet = makePacket();
  const blocks: string[] = [];
  reader.onBlock = ({ bytes, at, length }) => {
    const block = Buffer.from(bytes.slice(at, at + length));
    if (block.readUInt32BE(0) === 0x0a0d0d0a) block.fill(0xff, 16, 24);
    blocks.push(block.toString('hex'));
  };
  reader.push(octets);
  while (reader.next(packet)) {
    const { bytes, recordAt, recordLength } = packet;
    blocks.push(Buffer.from(bytes.subarray(recordAt, recordAt + recordLength)).toString('hex'));
  }
  return blocks;
}

const SECTION = block(0x0a0d0d0a, '4d3c2b1a 0100 0000 ffffffffffffffff');
const INTERFACE = block(1, '0100 0000 00000000');
/** A packet of four octets on interface 0 with options. */
const packetBlock = (options: string): string =>
  block(6, `00000000 00000000 01000000 04000000 04000000 aabbccdd ${options}`);
const COMMENT = '0100 0200 68690000';
const UNKNOWN_OPTION = '7788 0300 010203 00';
const END = '0000 0000';

describe('one capture', () => {
  test('goes over octet for octet, in its own byte order, with blocks and options that nobody knows', () => {
    const file = hex(
      SECTION,
      INTERFACE,
      block(4, '0100 0800 0a000001 61626300 00000000'),
      block(0x12345, 'aabbccdd 00112233'),
      packetBlock(`${COMMENT}${UNKNOWN_OPTION}${END}`),
      block(9, '61'.repeat(24)),
      block(0xbad, '00000001 aabbccdd'),
      block(5, '00000000 00000000 01000000 0400 0800 0100000000000000 00000000'),
      // Another section, the other way round.
      '0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c',
      '00000001 00000014 0071 0000 00000060 00000014',
      '00000003 00000014 00000004 aabbccdd 00000014',
    );
    const { octets, copy } = copied([file]);
    expect(Buffer.from(octets).toString('hex')).toBe(Buffer.from(file).toString('hex'));
    expect(copy.packets).toBe(2);
    expect(Object.values(copy.left).every((count) => count === 0)).toBe(true);
  });

  test('a section says no more how long it is: packets may be missing', () => {
    const long = hex(block(0x0a0d0d0a, `4d3c2b1a 0100 0000 ${little(56)}00000000`), INTERFACE, packetBlock(''));
    expect(copied([long]).octets).toEqual(hex(SECTION, INTERFACE, packetBlock('')));
  });

  test('statistics stay with their interface when captures are joined', () => {
    const other = hex(SECTION, block(1, '7100 0000 00000000'), block(5, '00000000 00000000 01000000'), packetBlock(''));
    const { octets } = copied([hex(SECTION, INTERFACE, packetBlock('')), other], { captures: 'several' });
    expect(blocksOf(octets)).toContain(block(5, '01000000 00000000 01000000').replaceAll(' ', ''));
  });

  test('what asks not to be copied is not, and is counted', () => {
    const notCopied = `${little(19372, 2)} 0600 00000001 6869 0000`;
    const file = hex(
      SECTION,
      INTERFACE,
      block(0x40000bad, '00000001'),
      packetBlock(`${COMMENT}${notCopied}${UNKNOWN_OPTION}${END}`),
    );
    const { octets, copy } = copied([file]);
    expect(Buffer.from(octets).toString('hex')).toBe(
      Buffer.from(hex(SECTION, INTERFACE, packetBlock(`${COMMENT}${UNKNOWN_OPTION}${END}`))).toString('hex'),
    );
    expect(copy.left.notToBeCopied).toBe(2);
  });

  test('packets are cut at the snap length, which their interfaces then have; options stay', () => {
    const file = hex(SECTION, INTERFACE, packetBlock(`${COMMENT}${END}`), block(3, '04000000 aabbccdd'));
    const { octets } = copied([file], { snaplen: 3 });
    const wanted = hex(
      SECTION,
      block(1, '0100 0000 03000000'),
      block(6, `00000000 00000000 01000000 03000000 04000000 aabbcc00 ${COMMENT}${END}`),
      block(3, '04000000 aabbcc00'),
    );
    expect(Buffer.from(octets).toString('hex')).toBe(Buffer.from(wanted).toString('hex'));
    expect(told(octets)).toEqual(told(file, 3));
  });

  test('pcap stays as it is, header, byte order and old versions too; cut, it says what was there', () => {
    // Version 2.3 may have its lengths the other way round: 4 captured of 6.
    const header = 'd4c3b2a1 0200 0300 78000000 05000000 00000400 01000000';
    const file = hex(header, '01000000 02000000 06000000 04000000 aabbccdd');
    expect(copied([file], { format: 'pcap' }).octets).toEqual(file);
    const cut = copied([file], { format: 'pcap', snaplen: 2 }).octets;
    expect(told(cut)).toEqual(told(file, 2));
    expect(Buffer.from(cut).readUInt32LE(16)).toBe(2);
  });

  test('Kuznetzov’s pcap stays so; in pcapng it says which way a packet went', () => {
    const header = '34cdb2a1 0200 0400 00000000 00000000 00000400 01000000';
    const record = (kind: string): string => `01000000 02000000 04000000 04000000 02000000 0008 ${kind} 00 aabbccdd`;
    const file = hex(header, record('00'), record('01'), record('02'), record('03'), record('04'));
    expect(copied([file], { format: 'pcap' }).octets).toEqual(file);
    const flags = blocksOf(copied([file]).octets)
      .slice(2)
      .map((one) => one.slice(72, 80));
    expect(flags).toEqual(['05000000', '0d000000', '09000000', '11000000', '02000000']);
  });

  test('pcapng to pcap: what pcap has no place for is counted', () => {
    const named = block(1, `0100 0000 00000000 0200 0400 65746830 ${END}`);
    const described = block(0x0a0d0d0a, `4d3c2b1a 0100 0000 ffffffffffffffff 0300 0500 4c696e7578000000 ${END}`);
    const file = hex(described, named, block(0x12345, ''), packetBlock(`${COMMENT}${END}`));
    const { octets, copy } = copied([file], { format: 'pcap' });
    expect(told(octets)).toEqual(told(file).map((line) => line.replace(' eth0 ', '  ')));
    expect(copy.left).toMatchObject({ packetOptions: 1, interfaceOptions: 1, sectionOptions: 1, blocks: 1 });
  });

  test('in parts, each is whole: section, interfaces, names and secrets come first', () => {
    const name = block(4, '0100 0800 0a000001 61626300 00000000');
    const file = hex(SECTION, INTERFACE, name, ...Array.from({ length: 3 }, () => packetBlock('')));
    const parts: Uint8Array[][] = [[]];
    const sink = (chunk: Uint8Array): void => void parts.at(-1)!.push(chunk.slice());
    for (const format of ['pcapng', 'pcap'] as const) {
      parts.splice(0, parts.length, []);
      const copy = new CaptureCopy(sink, { parts: true, format });
      const reader = new CaptureReader();
      const source = copy.from(reader);
      const packet = makePacket();
      reader.push(file);
      while (reader.next(packet)) {
        if (packet.number > 1) {
          copy.end();
          parts.push([]);
          copy.next(sink);
        }
        source.write(packet);
      }
      copy.end();
      expect(parts).toHaveLength(3);
      for (const part of parts) expect(told(new Uint8Array(Buffer.concat(part)))).toHaveLength(1);
      if (format === 'pcapng') {
        for (const part of parts) expect(blocksOf(new Uint8Array(Buffer.concat(part)))).toHaveLength(4);
      }
    }
  });

  test('wrong use', () => {
    const copy = new CaptureCopy(() => {});
    const source = copy.from(new CaptureReader());
    expect(() => copy.from(new CaptureReader())).toThrow("captures: 'several'");
    expect(() => source.write(makePacket())).toThrow('came from no capture');
    expect(() => new CaptureCopy(() => {}, { snaplen: 0 })).toThrow('snaplen');
    const mixed = hex(SECTION, INTERFACE, block(1, '7100 0000 00000000'), packetBlock(''), packetBlock(''));
    expect(() => copied([mixed], { format: 'pcap' })).not.toThrow();
  });
});

describe('several captures', () => {
  const big = (file: Uint8Array): Uint8Array =>
    new Uint8Array(Buffer.concat(blocksOf(file).map((one) => turnBlock(hex(one), 0, one.length / 2, true))));

  test('become one section, in the byte order of the first; interfaces described alike are one', () => {
    const one = hex(SECTION, INTERFACE, packetBlock(`${COMMENT}${END}`));
    const other = hex(
      SECTION,
      block(1, '0100 0000 00010000'),
      INTERFACE,
      packetBlock(''),
      packetBlock(''),
      packetBlock('').replace(/^(.{16})00/, '$101'),
    );
    const { octets } = copied([one, big(one), other], { captures: 'several' });
    const reader = new CaptureReader();
    const summary = new CaptureSummary(reader);
    const packet = makePacket();
    reader.push(octets);
    while (reader.next(packet)) summary.add(packet);
    expect(summary.sections).toHaveLength(1);
    expect(summary.interfaces.map(({ packets, snaplen }) => [packets, snaplen])).toEqual([
      [3, 0],
      [2, 256],
    ]);
    expect(summary.commented).toBe(2);
    expect(told(octets)).toEqual([...told(one), ...told(one), ...told(other)]);
  });

  test('what their sections say and agree in stands once, else it is a comment', () => {
    const section = (os: string, comment: string): string => {
      const option = (code: number, text: string): string =>
        `${little(code, 2)}${little(text.length, 2)}${Buffer.from(text).toString('hex')}${'00'.repeat(-text.length & 3)}`;
      return block(
        0x0a0d0d0a,
        `4d3c2b1a 0100 0000 ffffffffffffffff ${option(2, 'PC')}${option(3, os)}${option(1, comment)}${END}`,
      );
    };
    const files = [section('Linux', 'client'), section('Windows', 'server')].map((header) =>
      hex(header, INTERFACE, packetBlock('')),
    );
    // Packets of all come after the headers of all, as when captures are joined by time.
    const chunks: Uint8Array[] = [];
    const copy = new CaptureCopy((chunk) => chunks.push(chunk.slice()), { captures: 'several' });
    const readers = files.map((file) => {
      const reader = new CaptureReader();
      const source = copy.from(reader);
      const packet = makePacket();
      reader.push(file);
      reader.next(packet);
      return { source, packet };
    });
    for (const { source, packet } of readers) source.write(packet);
    copy.end();
    const reader = new CaptureReader();
    const summary = new CaptureSummary(reader);
    reader.push(new Uint8Array(Buffer.concat(chunks)));
    reader.next(makePacket());
    expect(summary.sections).toEqual([
      {
        byteOrder: 'little',
        hardware: 'PC',
        os: '',
        application: 'tcplab',
        comments: ['operating system: Linux', 'client', 'operating system: Windows', 'server'],
      },
    ]);
  });

  test('a Simple Packet can only be of interface 0: of another it becomes an Enhanced one', () => {
    const simple = hex(SECTION, block(1, '7100 0000 00000000'), block(3, '04000000 aabbccdd'));
    const { octets } = copied([hex(SECTION, INTERFACE, packetBlock('')), simple], { captures: 'several' });
    expect(told(octets).at(-1)).toBe('0 1000 113  6 4 aabbccdd');
  });

  test('a packet without time gets that of the packet before where it has to have one, which is counted', () => {
    const simple = block(3, '04000000 aabbccdd');
    // Two seconds in units of 2^-3 s, in an interface whose times begin a second late.
    const eighths = block(1, `7100 0000 00000000 0900 0100 83000000 0e00 0800 0100000000000000 ${END}`);
    const late = block(6, '00000000 00000000 08000000 04000000 04000000 aabbccdd');
    const files = [hex(SECTION, INTERFACE, packetBlock('')), hex(SECTION, eighths, late, simple)];
    const { octets, copy } = copied(files, { captures: 'several' });
    expect(told(octets).slice(-2)).toEqual(['2 0 113  131 4 aabbccdd', '2 0 113  131 4 aabbccdd']);
    expect(copy.left.missingTimes).toBe(1);
    const classic = copied([hex(SECTION, INTERFACE, simple, packetBlock(''), simple)], { format: 'pcap' });
    expect(told(classic.octets).map((line) => line.slice(0, 6))).toEqual(['0 0 1 ', '0 1000', '0 1000']);
    expect(classic.copy.left.missingTimes).toBe(2);
  });

  test('interfaces that sections of one capture describe alike are one, those of one section are not', () => {
    const section = [SECTION, INTERFACE, INTERFACE, packetBlock('')];
    const { octets } = copied([hex(...section, ...section), hex(...section)], { captures: 'several' });
    const reader = new CaptureReader();
    const packet = makePacket();
    reader.push(octets);
    let packets = 0;
    while (reader.next(packet)) packets++;
    expect(packets).toBe(3);
    expect(reader.interfaces).toHaveLength(2);
  });
});

describe('every capture of ../shared', () => {
  const it = needs({ shared: true });
  const folders = ['own', 'synthetic', 'third-party'].map((name) => `${SHARED}/captures/${name}`);
  /** Those of `most` octets at the most. */
  const each = (visit: (octets: Uint8Array, name: string) => void, most = Number.POSITIVE_INFINITY): void => {
    for (const folder of SHARED === undefined ? [] : folders) {
      for (const name of readdirSync(folder)) {
        const octets = octetsOf(join(folder, name));
        if (octets.length <= most) visit(octets, name);
      }
    }
  };

  it(
    'copied in its own format, is what it was, but for what asks not to be copied',
    () => {
      let same = 0;
      each((octets, name) => {
        const reader = new CaptureReader();
        reader.push(octets);
        while (reader.next(makePacket()));
        reader.end();
        const { format, problem } = reader;
        if (format === undefined || problem?.kind === 'unsupported') return;
        if (format === 'pcap') {
          const { octets: copy } = copied([octets], { format: 'pcap' });
          const whole = problem === undefined ? octets.length : problem.offset;
          expect(copy.length, name).toBe(whole);
          expect(Buffer.compare(copy, octets.subarray(0, whole)), name).toBe(0);
        } else {
          const { octets: copy, copy: left } = copied([octets]);
          if (format === 'pcapng' && left.left.notToBeCopied === 0)
            expect(blocksOf(copy), name).toEqual(blocksOf(octets));
          expect(told(copy), name).toEqual(told(octets));
        }
        same++;
      });
      expect(same).toBeGreaterThan(330);
    },
    LIMIT,
  );

  it(
    'copied to the other format, or cut, has the same packets',
    () => {
      const late: string[] = [];
      each((octets, name) => {
        const packets = told(octets);
        expect(told(copied([octets]).octets), name).toEqual(packets);
        expect(told(copied([octets], { snaplen: 50 }).octets), name).toEqual(told(octets, 50));
        const linkTypes = new Set(packets.map((line) => line.split(' ')[2]));
        if (linkTypes.size > 1) return;
        const { octets: pcap, copy } = copied([octets], { format: 'pcap' });
        if (copy.left.clampedTimes > 0) return void late.push(name);
        // What has no time gets that of the packet before.
        const earlier = (i: number): string => /^\S+ \S+/.exec(packets[i - 1] ?? packets[i]!)![0];
        const timed = packets.map((line, i) =>
          copy.left.missingTimes > 0 ? line.replace(/^0 0(?= )/, earlier(i)) : line,
        );
        // pcap has no names of interfaces, and nanoseconds or microseconds.
        const bare = (lines: string[]): string[] =>
          lines.map((line) => line.replace(/^(\S+ \S+ \S+) .* \d+ (\d+ \S*)$/, '$1 $2'));
        expect(bare(told(pcap)), name).toEqual(bare(timed));
      }, 200_000);
      expect(late).toEqual(['tcpdump__time_2106_overflow.pcapng']);
    },
    LIMIT,
  );

  it(
    'turned to the other byte order and back, is what it was; turned, it says the same',
    () => {
      each((octets, name) => {
        const summed = (file: Uint8Array): { text: string[]; summary: string } => {
          const reader = new CaptureReader();
          const summary = new CaptureSummary(reader);
          const packet = makePacket();
          reader.push(file);
          while (reader.next(packet)) summary.add(packet);
          const { sections, interfaces, blocks, commented } = summary;
          const json = JSON.stringify({ sections, interfaces, blocks, commented }, (key, value) =>
            key === 'byteOrder' ? undefined : typeof value === 'bigint' ? String(value) : value,
          );
          return { text: told(file), summary: json };
        };
        const blocks = blocksOf(octets);
        if (Buffer.from(octets.subarray(0, 4)).toString('hex') !== '0a0d0d0a') return;
        let isLittle = true;
        const turned = blocks.map((one) => {
          if (one.startsWith('0a0d0d0a')) isLittle = one.slice(16, 24) === '4d3c2b1a';
          const other = turnBlock(hex(one), 0, one.length / 2, isLittle);
          expect(Buffer.from(turnBlock(other, 0, other.length, !isLittle)).toString('hex'), name).toBe(one);
          return other;
        });
        const whole = hex(...blocks);
        expect(summed(new Uint8Array(Buffer.concat(turned))), name).toEqual(summed(whole));
      }, 200_000);
    },
    LIMIT,
  );

  describe('as tshark reads it', () => {
    let folder = '';
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'tcplab-copy-'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));
    const fields = (path: string): string => {
      const names = [
        'frame.time_epoch',
        'frame.len',
        'frame.cap_len',
        'frame.interface_name',
        'frame.comment',
        'frame.packet_flags',
        'frame.encap_type',
      ];
      const args = ['-n', '-r', path, '-T', 'fields', ...names.flatMap((name) => ['-e', name])];
      return spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout;
    };
    needs({ shared: true, tools: ['tshark'] })(
      'pcapng in either byte order and cut',
      () => {
        const names = ['ngtest__le-test100.pcapng', 'ndpi__sites.pcapng'];
        for (const name of names) {
          const path = `${SHARED}/captures/third-party/${name}`;
          const octets = octetsOf(path);
          const truth = fields(path);
          expect(truth.length, name).toBeGreaterThan(10);
          const whole = join(folder, 'whole.pcapng');
          writeFileSync(whole, copied([octets]).octets);
          expect(fields(whole), name).toBe(truth);
          const turned = join(folder, 'turned.pcapng');
          writeFileSync(
            turned,
            Buffer.concat(blocksOf(octets).map((one) => turnBlock(hex(one), 0, one.length / 2, true))),
          );
          expect(fields(turned), name).toBe(truth);
        }
      },
      LIMIT,
    );
  });
});
