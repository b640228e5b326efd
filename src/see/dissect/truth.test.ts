/** Every frame of the own and synthetic captures of ../shared against tshark's answers: fields, Info, and what acknowledges what. */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { needs, SHARED } from '../../../test/needs.ts';
import { packetsOf } from '../../../test/packets.ts';
import { columns } from './columns.ts';
import { Dissector } from './dissector.ts';
import { type Field, fieldTexts, findField } from './index.ts';

const shared = needs({ shared: true });

/** The truth files' columns that are not fields of this half, or not its judgement (labels). */
const LEFT_OUT = new Set(['frame.protocols', 'tcp.analysis.initial_rtt']);

/**
 * In kernel__simultaneous-open tshark takes the acknowledgment number 0 of a SYN without ACK for one, forgets the other end's SYN, and
 * says frame 3; what frame 4 acknowledges came first in frame 1.
 */
const KNOWN = new Set([
  'kernel__simultaneous-open.pcap 4 tcp.analysis.acks_frame',
  'kernel__simultaneous-open.pcap 4 tcp.analysis.ack_rtt',
]);

/** What tshark says of a frame, by column. */
type Row = Readonly<Record<string, string>>;

function truthOf(file: string): Row[] {
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  const names = head.split('\t');
  return lines.map((line) => {
    const cells = line.split('\t');
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}

/** tshark's Info without what analysis and protocols above TCP put into it. */
const plainInfo = (info: string): string =>
  info
    .replace(/^(\[TCP [^\]]*\] )+/, '')
    .replace(/\[Reassembly error, protocol TCP: .*\]$/, '')
    .replace(/ \[TCP segment of a reassembled PDU\]$/, '')
    .trimEnd();

function compare(folder: string): { values: number; lines: number; differences: string[] } {
  const result = { values: 0, lines: 0, differences: [] as string[] };
  for (const file of readdirSync(`${SHARED}/captures/${folder}`)) {
    const rows = truthOf(`${SHARED}/captures/${folder}-truth/${file}.tsv.gz`);
    const packets = packetsOf(`${SHARED}/captures/${folder}/${file}`);
    expect(packets.length).toBe(rows.length);
    const fields: Field[] = [];
    for (const name of Object.keys(rows[0]!)) {
      const field = findField(name);
      if (field !== undefined && !LEFT_OUT.has(name)) fields.push(field);
    }
    const dissector = new Dissector();
    for (const [i, row] of rows.entries()) {
      const dissection = dissector.dissect(packets[i]!);
      const differs = (name: string, got: string, want: string): void => {
        const where = `${file} ${i + 1} ${name}`;
        if (got !== want && !KNOWN.has(where)) result.differences.push(`${where}: ${got} instead of ${want}`);
      };
      for (const { name } of fields) differs(name, fieldTexts(findField(name)!, dissection).join(','), row[name]!);
      result.values += fields.length;
      const path = row['frame.protocols']!;
      if (!/:(tcp|udp|icmp|arp)(:data)?$/.test(path)) continue;
      // A few frames are shown by the protocol above although the path does not say so.
      const info = row['_ws.col.Info']!;
      if (/:tcp(:data)?$/.test(path) && !info.includes(' → ')) continue;
      differs('Info', columns(dissection).info.trimEnd(), plainInfo(info));
      result.lines++;
    }
  }
  return result;
}

shared(
  'own captures: every field and Info line is tshark 4.0.17',
  () => {
    const { values, lines, differences } = compare('own');
    expect(differences.slice(0, 20)).toEqual([]);
    expect(values).toBeGreaterThan(150_000);
    expect(lines).toBeGreaterThan(4_000);
  },
  60_000,
);

shared(
  'synthetic captures: every field and Info line is tshark 4.0.17',
  () => {
    const { values, lines, differences } = compare('synthetic');
    expect(differences.slice(0, 20)).toEqual([]);
    expect(values).toBeGreaterThan(10_000);
    expect(lines).toBeGreaterThan(280);
  },
  60_000,
);

/** Every field that the experiment's acceptance names is among the compared ones. */
shared('the compared fields include all that people rely on', () => {
  const [row] = truthOf(`${SHARED}/captures/own-truth/${readdirSync(`${SHARED}/captures/own`)[0]}.tsv.gz`);
  const names = Object.keys(row!).filter((name) => findField(name) !== undefined && !LEFT_OUT.has(name));
  expect(names).toEqual(
    expect.arrayContaining(
      (
        'frame.number frame.len ip.src ip.dst tcp.srcport tcp.dstport tcp.stream tcp.seq tcp.seq_raw tcp.nxtseq tcp.ack tcp.ack_raw tcp.hdr_len ' +
        'tcp.flags tcp.window_size_value tcp.window_size tcp.len tcp.urgent_pointer tcp.options.mss_val tcp.options.wscale.shift ' +
        'tcp.options.timestamp.tsval tcp.options.timestamp.tsecr tcp.options.sack_le tcp.options.sack_re udp.srcport udp.dstport udp.length ' +
        'udp.stream icmp.type icmp.code'
      ).split(' '),
    ),
  );
});
