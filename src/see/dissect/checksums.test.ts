/** Checksums where they are verified, against what tshark says of every frame of ../shared/captures when it verifies them; and that they are not where nobody asked. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { eachPacket, GOLDEN_CAPTURES } from '../../../test/captures.ts';
import { blocksOf, compareBlocks, makeBlockComparison } from '../../../test/detail-blocks.ts';
import { needs, SHARED } from '../../../test/needs.ts';
import { ethernetFrame, ipv4Packet, packetOf, tcpSegment } from '../../../test/packets.ts';
import { capturedPackets, isKnownPath, plainInfo, truthOf } from '../../../test/truth.ts';
import { parseIpv4 } from '../../wire/address.ts';
import { finish, pseudoHeader4, sum } from '../../wire/checksum.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import { columns, Dissector, details, type Field, fieldTexts, findField } from './index.ts';

const STATUS = ['ip', 'tcp', 'udp', 'icmp', 'icmpv6'].map((name): Field => findField(`${name}.checksum.status`)!);

/** Captures whose containers the two read in different ways (test/known-differences.ts). */
const OTHERWISE_READ = /^(ngtest__|pcpp__(cf-|crash-|igmplayer)|tcpdump__timestamp_invalid)/;

/** tshark's rows by file: the frame's number and the five statuses. */
function truth(folder: string): Map<string, string[][]> {
  const files = new Map<string, string[][]>();
  const text = gunzipSync(readFileSync(`${SHARED}/captures/${folder}-truth/checksums.tsv.gz`)).toString();
  for (const line of text.split('\n').filter(Boolean)) {
    const [file = '', ...row] = line.split('\t');
    const rows = files.get(file);
    if (rows === undefined) files.set(file, [row]);
    else rows.push(row);
  }
  return files;
}

needs({ shared: true })(
  'verified checksums are good and bad where they are for tshark',
  () => {
    const different: string[] = [];
    let compared = 0;
    for (const folder of ['own', 'synthetic', 'third-party'])
      for (const [file, rows] of truth(folder)) {
        const path = `${SHARED}/captures/${folder}/${file}`;
        if (OTHERWISE_READ.test(file) || !existsSync(path)) continue;
        const dissector = new Dissector({ checksums: true });
        const packets = capturedPackets(path);
        const paths = truthOf(`${SHARED}/captures/${folder}-truth/${file}.tsv.gz`);
        for (const [i, [number, ...want]] of rows.entries()) {
          const dissection = dissector.dissect(packets[i]!);
          if (!isKnownPath(paths[i]!['frame.protocols']!)) continue;
          const got = STATUS.map((field) => fieldTexts(field, dissection).join(','));
          compared++;
          if (got.join() !== want.join())
            different.push(
              `${file} ${number}: ${got.join('|')} instead of ${want.join('|')} ${columns(dissection).info}`,
            );
        }
      }
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(29_000);
  },
  120_000,
);

const VALIDATION = ['ip', 'tcp', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
const NAMES =
  'ip.checksum.status ip.checksum_calculated ip.checksum_bad.expert tcp.checksum.status tcp.checksum_calculated tcp.checksum_bad.expert ' +
  'udp.checksum.status udp.checksum_calculated udp.checksum.bad icmp.checksum.status icmp.checksum_bad icmpv6.checksum.status icmpv6.checksum_bad.expert';

function tshark(path: string, ...more: string[]): string {
  const options = { encoding: 'utf8', maxBuffer: 2 ** 28, env: { ...process.env, TZ: 'UTC' } } as const;
  return spawnSync('tshark', ['-n', '-r', path, ...VALIDATION, ...more], options).stdout;
}

needs({ shared: true, tools: ['tshark'] })(
  'what a checksum should be, the list line and the tree are those of tshark when it verifies',
  () => {
    const files = [
      'third-party/tcpreplay__test.rewrite_efcs.pcap',
      'synthetic/bad.pcap',
      'third-party/pcpp__ICMPv6_echos.cap',
    ];
    for (const file of [...files, 'third-party/mercury__redis.pcap', 'own/kernel__udp-frag-unreach.pcap'].filter(
      (name) => existsSync(`${SHARED}/captures/${name}`),
    )) {
      const path = `${SHARED}/captures/${file}`;
      const fields = NAMES.split(' ').map((name): Field => findField(name)!);
      const rows = tshark(
        path,
        '-T',
        'fields',
        ...NAMES.split(' ').flatMap((name) => ['-e', name]),
        '-e',
        '_ws.col.Info',
        '-e',
        'frame.protocols',
      )
        .split('\n')
        .filter(Boolean);
      const dissector = new Dissector({ checksums: true });
      const result = makeBlockComparison();
      const ours = capturedPackets(path).map((packet, i) => {
        const dissection = dissector.dissect(packet);
        const [info = '', protocols = ''] = rows[i]!.split('\t').slice(-2);
        const got = fields.map((field) => fieldTexts(field, dissection).join(','));
        if (isKnownPath(protocols))
          expect([file, i + 1, ...got]).toEqual([file, i + 1, ...rows[i]!.split('\t').slice(0, -2)]);
        if (/:(tcp|udp)$/.test(protocols)) expect(columns(dissection).info).toBe(plainInfo(info));
        return blocksOf(details(dissection).join('\n'))[0]!;
      });
      compareBlocks(file, ours, blocksOf(tshark(path, '-V')), result);
      const different = result.differences.filter(({ got, want }) => {
        const sums = (block: readonly string[]): string => block.filter((line) => /checksum/i.test(line)).join('\n');
        return sums(got) !== sums(want);
      });
      expect(different).toEqual([]);
    }
  },
  60_000,
);

test('a checksum that nobody asked about is not verified', () => {
  const values = (checksums: boolean): Set<string> => {
    const dissector = new Dissector({ checksums });
    const found = new Set<string>();
    const status = findField('tcp.checksum.status')!;
    eachPacket(`${GOLDEN_CAPTURES}/lo.pcapng`, (packet) =>
      found.add(fieldTexts(status, dissector.dissect(packet)).join()),
    );
    return found;
  };
  expect(values(false)).toEqual(new Set(['2']));
  // Of what a host says to itself the kernel sums up resets alone.
  expect(values(true)).toEqual(new Set(['0', '1']));
});

/** A segment from 10.0.0.1 to 10.0.0.2, over 10.0.0.9 where the header says that it goes first. */
function routedSegment(): number[] {
  const segment = Uint8Array.from(tcpSegment([1000, 80], tcp.SYN, { seq: 1 }));
  const view = new DataView(segment.buffer);
  view.setUint16(16, 0);
  const pseudo = pseudoHeader4(parseIpv4('10.0.0.1'), parseIpv4('10.0.0.2'), ipv4.TCP, segment.length);
  view.setUint16(16, finish(sum(view, 0, segment.length, pseudo)));
  const route = [1, 131, 7, 4, 10, 0, 0, 2];
  const packet = Uint8Array.from(ipv4Packet('10.0.0.1', '10.0.0.9', ipv4.TCP, [...route, ...segment]));
  const header = new DataView(packet.buffer);
  header.setUint8(0, 0x47);
  header.setUint16(10, 0);
  header.setUint16(10, finish(sum(header, 0, ipv4.HEADER + route.length)));
  return ethernetFrame(0x0800, [...packet]);
}

test('of a packet with a source route the last address counts, wherever it is on its way', () => {
  const dissection = new Dissector({ checksums: true }).dissect(packetOf(routedSegment()));
  expect(STATUS.map((field) => fieldTexts(field, dissection).join(','))).toEqual(['1', '1', '', '', '']);
});
