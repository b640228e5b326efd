/**
 * Every frame of the captures of ../shared against tshark's answers: fields, list line, and what acknowledges what. A run prints how many values were compared and how
 * many differ in a known way; `TCPLAB_TRUTH=1` prints them by field and by file.
 */
import { expect } from 'vitest';
import { reasonOf } from '../../../test/known-differences.ts';
import { needs, SHARED } from '../../../test/needs.ts';
import {
  type Comparison,
  compareCapture,
  type Difference,
  filesWithTruth,
  makeComparison,
} from '../../../test/truth.ts';
import { findField } from './index.ts';

const shared = needs({ shared: true });

const CAPTURES = `${SHARED}/captures`;

function compare(folder: string): Comparison & { unknown: Difference[] } {
  const result = makeComparison();
  for (const file of filesWithTruth(CAPTURES, folder)) compareCapture(CAPTURES, folder, file, result);
  const unknown = result.differences.filter((difference) => reasonOf(difference) === undefined);
  print(folder, result, unknown);
  return { ...result, unknown };
}

function print(folder: string, { compared, differences, frames, leftOut }: Comparison, unknown: Difference[]): void {
  const values = [...compared.values()].reduce((sum, count) => sum + count, 0);
  const lines = [
    `${folder}: ${frames} frames, ${values} values; ${differences.length} differ, ${unknown.length} of them in no known way; ${leftOut} frames carry layers that tcplab has no rule for`,
  ];
  if (process.env.TCPLAB_TRUTH !== undefined) {
    for (const [name, count] of compared)
      lines.push(`  ${name}: ${differences.filter((one) => one.name === name).length} of ${count}`);
    for (const file of new Set(differences.map((one) => one.file)))
      lines.push(`  ${file}: ${differences.filter((one) => one.file === file).length}`);
    for (const reason of new Set(differences.map(reasonOf)))
      lines.push(`  ${differences.filter((one) => reasonOf(one) === reason).length} x ${reason}`);
  }
  console.log(lines.join('\n'));
}

const text = ({ file, frame, name, got, want }: Difference): string =>
  `${file} ${frame} ${name}: ${got} instead of ${want}`;

/** Of a comparison's lines, how many are tshark's. */
function listEquality({ compared, differences }: Comparison): number {
  const lines = compared.get('Info')!;
  const frames = new Set(
    differences
      .filter(({ name }) => name === 'Info' || name === 'Protocol')
      .map(({ file, frame }) => `${file} ${frame}`),
  );
  return 1 - frames.size / lines;
}

shared(
  'own captures: every field and list line is tshark 4.0.17',
  () => {
    const comparison = compare('own');
    expect(comparison.unknown.slice(0, 20).map(text)).toEqual([]);
    expect(comparison.frames).toBeGreaterThan(4_400);
    expect(listEquality(comparison)).toBeGreaterThan(0.9997);
  },
  120_000,
);

shared(
  'synthetic captures: every field and list line is tshark 4.0.17',
  () => {
    const comparison = compare('synthetic');
    expect(comparison.unknown.slice(0, 20).map(text)).toEqual([]);
    expect(comparison.frames).toBeGreaterThan(280);
    expect(listEquality(comparison)).toBe(1);
  },
  120_000,
);

shared(
  "other projects' captures: every field is tshark 4.0.17, and 99.5 of 100 list lines",
  () => {
    const comparison = compare('third-party');
    expect(comparison.unknown.slice(0, 20).map(text)).toEqual([]);
    expect(comparison.frames).toBeGreaterThan(24_000);
    expect(comparison.leftOut).toBeLessThan(300);
    expect(listEquality(comparison)).toBeGreaterThan(0.995);
  },
  300_000,
);

/** Every field that people rely on is among the compared ones. */
shared('the compared fields include all that people rely on', () => {
  const names =
    'frame.number frame.len frame.cap_len frame.protocols frame.time_epoch vlan.id ip.src ip.dst ip.id ip.ttl ip.proto ip.frag_offset ipv6.src ipv6.dst ' +
    'ipv6.nxt ipv6.hlim tcp.srcport tcp.dstport tcp.stream tcp.seq tcp.seq_raw tcp.nxtseq tcp.ack tcp.ack_raw tcp.hdr_len tcp.flags ' +
    'tcp.window_size_value tcp.window_size tcp.len tcp.urgent_pointer tcp.options.mss_val tcp.options.wscale.shift tcp.options.timestamp.tsval ' +
    'tcp.options.timestamp.tsecr tcp.options.sack_le tcp.options.sack_re udp.srcport udp.dstport udp.length udp.stream icmp.type icmp.code ' +
    'icmpv6.type icmpv6.code';
  const result = makeComparison();
  compareCapture(CAPTURES, 'third-party', 'pcpp__VlanPackets.pcap', result);
  for (const name of names.split(' ')) {
    expect(findField(name), name).toBeDefined();
    expect(result.compared.get(name), name).toBeGreaterThan(0);
  }
});
