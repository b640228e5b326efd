/** What random programs have sent, whatever lay between them, read by tshark and here: segments of up to 64 KiB in one piece, checksums that are left to the link, fragments, urgent data, tiny segments. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { captureTo } from '../../src/node/index.ts';
import { needs } from '../needs.ts';
import { capturedPackets, compareRows, makeComparison, type Row } from '../truth.ts';
import { converse } from './conversation.ts';

/** Some, and some with long segments. */
const SEEDS = [0, 1, 3, 4, 7, 9, 11, 60, 74];

const FIELDS = [
  ...['frame.number', 'frame.len', 'frame.protocols', 'ip.len', 'ip.id', 'ip.flags', 'ip.frag_offset', 'ip.checksum'],
  ...['ipv6.plen', 'tcp.stream', 'tcp.srcport', 'tcp.seq', 'tcp.seq_raw', 'tcp.nxtseq', 'tcp.ack', 'tcp.len'],
  ...[
    'tcp.flags',
    'tcp.window_size',
    'tcp.window_size_scalefactor',
    'tcp.urgent_pointer',
    'tcp.checksum',
    'tcp.option_len',
  ],
  ...['icmp.type', 'icmp.code', 'icmp.mtu', 'icmpv6.type', '_ws.col.Protocol', '_ws.col.Info', '_ws.malformed'],
];

/** What tshark says of a capture, frame by frame. */
function rowsOf(file: string): Row[] {
  const options = ['-n', '-r', file, '-d', 'tcp.port==1-65535,data', '-T', 'fields', '-E', 'header=n'];
  const text = execFileSync('tshark', [...options, ...FIELDS.flatMap((field) => ['-e', field])], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const cells = line.split('\t');
      return Object.fromEntries(FIELDS.map((name, i) => [name, cells[i] ?? '']));
    });
}

const it = needs({ tools: ['tshark'] });

it('tshark reads the segments of random programs as we do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-sim-'));
  try {
    const comparison = makeComparison();
    let large = 0;
    for (const seed of SEEDS) {
      const files: string[] = [];
      const captures: { close(): void }[] = [];
      await converse(seed, { rare: true, sound: true, ipv6: seed % 4 === 3 }, undefined, (client, server) => {
        for (const host of [client, server]) {
          const file = join(folder, `${host.name}-${seed}.pcapng`);
          files.push(file);
          captures.push(captureTo(host, file, { comments: false }));
        }
      });
      for (const capture of captures) capture.close();
      for (const file of files) {
        const rows = rowsOf(file);
        large += rows.filter((row) => Number(row['tcp.len']) > 30_000).length;
        compareRows(file, capturedPackets(file), rows, comparison);
      }
    }
    // docs/differences.md: quoted windows are scaled here.
    const others = comparison.differences.filter(({ name, path }) => name !== 'tcp.window_size' || !/icmp/.test(path));
    expect(others.slice(0, 10)).toEqual([]);
    expect(comparison.frames).toBeGreaterThan(5_000);
    expect(large).toBeGreaterThan(20);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
