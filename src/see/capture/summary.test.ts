/** What a capture is as a whole, against what capinfos 4.0.17 says of every capture of ../shared. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { needs, SHARED } from '../../../test/needs.ts';
import { CaptureReader } from './capture-reader.ts';
import { linkTypeName } from './link-types.ts';
import { makePacket } from './packet.ts';
import { CaptureSummary } from './summary.ts';

function summed(octets: Uint8Array): { reader: CaptureReader; summary: CaptureSummary } {
  const reader = new CaptureReader();
  const summary = new CaptureSummary(reader);
  const packet = makePacket();
  reader.push(octets);
  while (reader.next(packet)) summary.add(packet);
  reader.end();
  return { reader, summary };
}

/** Rows of quoted cells, separated by tabs; a cell may have several lines. */
function rowsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, cell = '', end] of text.matchAll(/"([^"]*)"(\t|\n)/g)) {
    rows.at(-1)!.push(cell);
    if (end === '\n') rows.push([]);
  }
  return rows.filter((row) => row.length > 1);
}

const LINKS: Readonly<Record<string, number>> = {
  ether: 1,
  'linux-sll': 113,
  'linux-sll2': 276,
  rawip4: 228,
  rawip6: 229,
  null: 0,
  slip: 8,
  chdlc: 104,
  'ieee-802-11': 105,
  'ieee-802-11-radiotap': 127,
  nflog: 239,
  'ip-ib': 242,
};

/** Fractions of a second or more stand in tshark's answers as they are, with ten digits. */
const isOdd = (time: string | undefined): boolean => /\.(\d{7}|-\d+)$/.test(time ?? '');

/** Where tcplab and capinfos differ, and why. */
const DIFFERENCES: Record<string, string> = {
  'pcpp__igmplayer.pcap': 'damaged; capinfos takes it for a Nokia pcap',
};

describe('as capinfos says', () => {
  const it = needs({ shared: true });
  for (const folder of ['own', 'synthetic', 'third-party']) {
    it(`captures/${folder}`, () => {
      const [head = [], ...all] = rowsOf(readFileSync(`${SHARED}/captures/${folder}-truth/capinfos.tsv`, 'utf8'));
      const rows = all.filter(([name]) => existsSync(`${SHARED}/captures/${folder}/${name}`));
      expect(rows.length).toBeGreaterThan(20);
      const differing: string[] = [];
      for (const row of rows) {
        const truth = Object.fromEntries(head.map((name, i) => [name, row[i]!]));
        const name = truth['File name']!;
        const stored = readFileSync(`${SHARED}/captures/${folder}/${name}`);
        const { reader, summary } = summed(name.endsWith('.gz') ? gunzipSync(stored) : stored);
        const digits = reader.resolution;
        // Where packets differ in resolution, capinfos prints each time in its own.
        const full = (time: string, like: string): string => (/\d$/.test(time) ? time.padEnd(like.length, '0') : time);
        const date = ({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): string =>
          `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')}.${String(nanoseconds).padStart(9, '0').slice(0, digits)}`;
        const said: Record<string, string> = { 'Number of packets': String(summary.packets) };
        said['Data size (bytes)'] = String(summary.octets);
        const link = LINKS[truth['File encapsulation']!];
        if (link !== undefined) said['File encapsulation'] = truth['File encapsulation']!;
        const { duration, first, last, sections } = summary;
        // Of a capture in which some packets have no time, capinfos tells none.
        if (
          duration !== undefined &&
          summary.untimed === 0 &&
          digits >= 6 &&
          !isOdd(truth['End time']) &&
          last!.seconds < 8e12
        ) {
          said['Capture duration (seconds)'] =
            `${duration.seconds}.${String(duration.nanoseconds).padStart(9, '0').slice(0, digits)}`;
          said['Start time'] = date(first!);
          said['End time'] = date(last!);
          said['Strict time order'] = summary.outOfOrder === undefined ? 'True' : 'False';
        }
        // C rounds a half to the even digit.
        const average = truth['Average packet size (bytes)'];
        if (summary.packets > 0 && !(name in DIFFERENCES)) {
          expect(Math.abs(summary.octets / summary.packets - Number(average)), name).toBeLessThan(0.00501);
        }
        if (summary.cutPackets > 0 && reader.format === 'pcapng') {
          said['Packet size limit min (inferred)'] = String(summary.shortestCut);
          said['Packet size limit max (inferred)'] = String(summary.longestCut);
        }
        if (sections.length === 1) {
          said['Capture hardware'] = sections[0]!.hardware;
          said['Capture oper-sys'] = sections[0]!.os;
          said['Capture application'] = sections[0]!.application;
        }
        const wanted = Object.fromEntries(
          Object.keys(said).map((key) => [
            key,
            / time$|duration/.test(key) ? full(truth[key]!, said[key]!) : truth[key],
          ]),
        );
        if (!(name in DIFFERENCES)) {
          expect(said, name).toEqual(wanted);
          if (link !== undefined && summary.packets > 0) {
            expect(
              new Set(summary.interfaces.filter(({ packets }) => packets > 0).map(({ linkType }) => linkType)),
              name,
            ).toEqual(new Set([link]));
          }
        } else if (JSON.stringify(said) !== JSON.stringify(wanted)) differing.push(name);
      }
      // What has ceased to differ must go from the list.
      const here = rows.map(([name]) => name!).filter((name) => name in DIFFERENCES);
      expect(differing.sort()).toEqual(here.sort());
    });
  }
});

test('names, secrets, statistics, journal, custom and unknown blocks are counted, comments kept up to a limit', () => {
  const little = (number: number, width = 4): Buffer => {
    const buffer = Buffer.alloc(width);
    buffer.writeUIntLE(number, 0, width);
    return buffer;
  };
  const block = (type: number, body: Buffer): Buffer => {
    const length = little(12 + body.length);
    return Buffer.concat([little(type), length, body, length]);
  };
  const option = (code: number, value: Buffer): Buffer =>
    Buffer.concat([little(code, 2), little(value.length, 2), value, Buffer.alloc(-value.length & 3)]);
  const long = option(1, Buffer.alloc(60_000, 'x'));
  const section = Buffer.concat([
    Buffer.from('4d3c2b1a01000000ffffffffffffffff', 'hex'),
    ...Array.from({ length: 20 }, () => long),
  ]);
  const packet = Buffer.concat([little(0), little(0), little(7), little(0), little(0)]);
  const { summary, reader } = summed(
    Buffer.concat([
      block(0x0a0d0d0a, section),
      block(1, Buffer.concat([Buffer.from('0100000000000000', 'hex'), option(8, little(1_000_000, 6).subarray(0, 6))])),
      block(
        4,
        Buffer.from(
          '01000800 0a000001 61626300 02001400 20010db8000000000000000000000001 61620000 00000000'.replaceAll(' ', ''),
          'hex',
        ),
      ),
      block(10, Buffer.from('4b534c5400000000', 'hex')),
      block(9, Buffer.alloc(24)),
      block(0xbad, Buffer.alloc(4)),
      block(0x40000bad, Buffer.alloc(4)),
      block(77, Buffer.alloc(0)),
      block(5, Buffer.concat([little(0), little(0), little(0), option(4, Buffer.from('ffffffffffffffff', 'hex'))])),
      // Of no interface that there is.
      block(5, Buffer.concat([little(9), little(0), little(0)])),
      block(6, Buffer.concat([packet, option(2, little(1))])),
      block(6, Buffer.concat([packet, option(1, Buffer.from('hi'))])),
      block(3, little(0)),
    ]),
  );
  expect(reader.problem).toBeUndefined();
  expect(summary.blocks).toEqual({ names: 2, secrets: 1, statistics: 2, journal: 1, custom: 2, unknown: 1 });
  expect(summary).toMatchObject({ packets: 3, commented: 1, untimed: 1, duration: { seconds: 0, nanoseconds: 0 } });
  expect(summary.sections[0]!.comments).toHaveLength(17);
  expect(summary.interfaces[0]).toMatchObject({ received: 0xffff_ffff_ffff_ffffn, packets: 3 });
});

test('an empty capture has no times; a link type without a name has none', () => {
  const { summary } = summed(Buffer.from('d4c3b2a1020004000000000000000000000004004d040000', 'hex'));
  expect(summary).toMatchObject({ packets: 0, first: undefined, last: undefined, duration: undefined });
  expect(linkTypeName(1)).toBe('Ethernet');
  expect(linkTypeName(0x44d)).toBeUndefined();
});
