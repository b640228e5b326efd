/**
 * Capture filters decide as libpcap's do. Its decisions about three captures are kept in test/golden/capture-filters.txt (`npx vitest run -u` with tcpdump writes them anew);
 * with tcpdump and ../shared its programs are run beside ours on every packet of every capture.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CAPTURE_FILTERS } from '../../../../test/bpf-expressions.ts';
import { madePackets } from '../../../../test/bpf-packets.ts';
import { eachPacket, GOLDEN_CAPTURES, sharedCaptures } from '../../../../test/captures.ts';
import { needs } from '../../../../test/needs.ts';
import { makePacket } from '../../capture/packet.ts';
import { FilterError } from '../filter-error.ts';
import { type BpfInstruction, type CaptureFilter, compileCaptureFilter, runBpf } from './index.ts';

const GOLDEN = fileURLToPath(new URL('../../../../test/golden/capture-filters.txt', import.meta.url));
const CAPTURES = ['filter-mixture.pcap', 'kernel__udp-frag-unreach.pcap', 'kernel__simultaneous-open.pcap'];

/** Where ours differ, and why. */
const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ['host localhost', 'here both addresses of this machine; there what the resolver says'],
  ['ip6 host localhost', 'there what the resolver says'],
  ['port http', 'here the number, of TCP, UDP and SCTP; there of the protocols that /etc/services names'],
  ['port \\http', 'the same'],
  ['port ssh or \\https', 'the same'],
  ['portrange http-https', 'the same'],
  ['portrange 80-http', 'the same'],
  ...[
    'ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2) != 0',
    '(len + ip[2:2]) * 2 > 300',
    'len / ip[8] > 1',
    'len % ip[8] = 1',
  ].map(
    (text) =>
      [text, 'octets on the right of a calculation: there it does not ask whether there is the protocol'] as const,
  ),
  ['not ip6 protochain 17', 'there what is behind an authentication header is looked for at its length, not behind it'],
  ['geneve or tcp', 'there what is behind geneve is looked for where nothing says, when there was none'],
]);

/** And where they do for some link types. */
const LINK_DIFFERENCES: readonly (readonly [linkTypes: readonly number[], filters: RegExp, why: string])[] = [
  [[105, 119, 127, 163, 192], /geneve/, 'there the scratch words for it are those of the header before it'],
  [
    [113, 276],
    /clnp|esis|isis|\bl[12]\b|iih|lsp|snp|iso/,
    'there the octet that says which protocol is looked for in the address of LLC',
  ],
  [[276], /stp|ipx|netbeui|aarp|atalk|ether proto (?:0x(?:fe|f0|e0|06)|6)|0x42|1500/, 'there the packet has no LLC'],
];

/** Why a filter is not compared. */
const difference = (expression: string, linkType: number): string | undefined =>
  DIFFERENCES.get(expression) ??
  LINK_DIFFERENCES.find(([types, filters]) => types.includes(linkType) && filters.test(expression))?.[2];

/** What only libpcap accepts, and only tcplab. */
const ONLY_THEIRS = /^decnet (?:src |dst )?(?:host )?\d|^ip\[-1\]|^byte|^dir 4$/;
const ONLY_OURS =
  /^net 10(?:\/| mask)|\\(?:igrp|carp)$|^ip6 proto \\icmp6|mpls|protochain|^geneve and inbound$|\b(?:type|subtype|dir) \w/;

const isComparable = (expression: string): boolean =>
  difference(expression, 1) === undefined && !ONLY_OURS.test(expression) && !ONLY_THEIRS.test(expression);

/** What all filters say of the first capture is kept, and what one in so many says of the others. */
const OTHERS = 4;

const run = promisify(execFile);

/** Numbers of the frames that libpcap lets through; undefined: it refuses the expression. */
async function theirFrames(name: string, expression: string): Promise<string | undefined> {
  const path = `${GOLDEN_CAPTURES}/${name}`;
  try {
    const program = await theirProgram(path, expression);
    return frames(path, (view, at, captured, length) => runBpf(program, view, at, captured, length) !== 0);
  } catch {
    return undefined;
  }
}

async function theirProgram(path: string, expression: string): Promise<readonly BpfInstruction[]> {
  const { stdout } = await run('tcpdump', ['-r', path, '-ddd', '--', expression]);
  const program = stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [code, jt, jf, k] = line.split(' ').map(Number) as [number, number, number, number];
      return { code, jt, jf, k };
    });
  return unrolled(program);
}

/** Headers that a program goes back for: `protochain`. */
const ROUNDS = 24;

/** A program that goes back, written so often that it need not: machines that only go on run it. */
function unrolled(program: readonly BpfInstruction[]): readonly BpfInstruction[] {
  const isBack = ({ code, k }: BpfInstruction): boolean => code === 5 && (k | 0) < 0;
  if (!program.some(isBack)) return program;
  const round = program.map((each) => (isBack(each) ? { ...each, k: (each.k | 0) + program.length } : each));
  return Array.from({ length: ROUNDS }, () => round).flat();
}

type Decide = (view: DataView, at: number, captured: number, length: number) => boolean;

function frames(path: string, passes: Decide): string {
  const passed: number[] = [];
  eachPacket(path, ({ number, view, at, capturedLength, originalLength }) => {
    if (passes(view, at, capturedLength, originalLength)) passed.push(number);
  });
  return passed.join(' ');
}

function ourFrames(name: string, expression: string): string | undefined {
  const path = `${GOLDEN_CAPTURES}/${name}`;
  const passed: number[] = [];
  try {
    const filter = compileCaptureFilter(expression, 1);
    eachPacket(path, (packet) => {
      if (filter.test(packet)) passed.push(packet.number);
    });
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
  return passed.join(' ');
}

describe("the packets that pass are libpcap's", () => {
  const kept = readFileSync(GOLDEN, 'utf8').split('\n').filter(Boolean);
  test.each(kept.map((line) => line.split('\t') as [string, string, string]))('%s: %s', (name, expression, passed) => {
    const refused = passed === 'refused';
    const ours = ourFrames(name, expression);
    // What cannot pass is refused there, and here said in a hint.
    if (refused) expect(ours ?? '').toBe('');
    else expect(ours).toBe(passed);
  });
});

needs({ tools: ['tcpdump'] })(
  'the kept answers are what tcpdump says',
  async () => {
    const lines: string[] = [];
    for (const [order, name] of CAPTURES.entries())
      for (const [i, expression] of CAPTURE_FILTERS.entries())
        if (i % (order === 0 ? 1 : OTHERS) === 0 && isComparable(expression))
          lines.push(`${name}\t${expression}\t${(await theirFrames(name, expression)) ?? 'refused'}\n`);
    await expect(lines.join('')).toMatchFileSnapshot(GOLDEN);
  },
  600_000,
);

/** Packets of one link type, wherever they come from. */
interface OfLinkType {
  readonly packets: { readonly octets: Uint8Array; readonly length: number; readonly of: string }[];
}

/** Every packet of ../shared by link type, at most so many of a file. */
function packetsByLinkType(most: number): Map<number, OfLinkType> {
  const all = new Map<number, OfLinkType>();
  for (const path of sharedCaptures())
    eachPacket(path, ({ linkType, number, bytes, at, capturedLength, originalLength }) => {
      if (number > most) return;
      const found = all.get(linkType) ?? { packets: [] };
      all.set(linkType, found);
      found.packets.push({
        octets: bytes.slice(at, at + capturedLength),
        length: originalLength,
        of: `${path}:${number}`,
      });
    });
  return all;
}

/** An empty capture of a link type, which is all that tcpdump needs to compile for it. */
function emptyCapture(folder: string, linkType: number): string {
  const header = new DataView(new ArrayBuffer(24));
  // In the order of this machine's octets: of BSD's loopback header libpcap takes it for the packets' order.
  header.setUint32(0, 0xa1b2c3d4, true);
  header.setUint16(4, 2, true);
  header.setUint16(6, 4, true);
  header.setUint32(16, 262_144, true);
  header.setUint32(20, linkType, true);
  const path = join(folder, `${linkType}.pcap`);
  writeFileSync(path, new Uint8Array(header.buffer));
  return path;
}

/** One in so many expressions is tried on a link type, others on the next: starting tcpdump ten thousand times takes minutes. `TCPLAB_ALL=1` tries them all. */
const STRIDE = process.env.TCPLAB_ALL === '1' ? 1 : 12;

/** Link types that both compile for. */
const LINK_TYPES = [1, 113, 276, 101, 12, 228, 229, 0, 9, 50, 104, 105, 119, 127, 163, 192, 239];

/** Ours for a link type; undefined: it refuses. One that no packet passes counts as refused, as libpcap has it. */
function ourFilter(expression: string, linkType: number): CaptureFilter | undefined {
  try {
    return compileCaptureFilter(expression, linkType);
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
}

const isImpossible = ({ hints }: CaptureFilter): boolean => hints.some((hint) => hint.startsWith('No packet'));

needs({ tools: ['tcpdump'], shared: true })(
  'for each link type, ours accept what libpcap does, and decide as its programs do on every packet of ../shared and on made ones',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tcplab-bpf-'));
    const wrong: string[] = [];
    let compared = 0;
    const packet = { ...makePacket(), at: 0 };
    const captured = packetsByLinkType(5_000);
    try {
      for (const linkType of LINK_TYPES) {
        const made = madePackets(linkType, 1_500, 7) ?? [];
        const packets = [
          ...(captured.get(linkType)?.packets ?? []),
          ...made.map((octets, i) => ({ octets, length: octets.length, of: `made packet ${i}` })),
        ];
        const path = emptyCapture(folder, linkType);
        for (const [i, expression] of CAPTURE_FILTERS.entries()) {
          if ((i + linkType) % STRIDE !== 0 || difference(expression, linkType) !== undefined) continue;
          const ours = ourFilter(expression, linkType);
          let theirs: readonly BpfInstruction[];
          try {
            theirs = await theirProgram(path, expression);
          } catch {
            if (ours !== undefined && !isImpossible(ours) && !ONLY_OURS.test(expression))
              wrong.push(`link type ${linkType}, ${expression}: libpcap refuses it`);
            continue;
          }
          if (ours === undefined) {
            if (!ONLY_THEIRS.test(expression)) wrong.push(`link type ${linkType}, ${expression}: libpcap accepts it`);
            continue;
          }
          compared++;
          for (const { octets, length, of } of packets) {
            // Of BSD's loopback header libpcap knows the order of octets from the file that it reads.
            if (linkType === 0 && of.includes('cf-6223613626941440')) continue;
            const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
            const expected = runBpf(theirs, view, 0, octets.length, length) !== 0;
            if (
              ours.test({ ...packet, view, bytes: octets, capturedLength: octets.length, originalLength: length }) ===
              expected
            )
              continue;
            wrong.push(`link type ${linkType}, ${expression}: ${of}, libpcap ${expected}`);
            break;
          }
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(6_000 / STRIDE);
  },
  900_000,
);

needs({ tools: ['tcpdump'] })('the machine runs programs as libpcap does', async () => {
  const name = 'filter-mixture.pcap';
  for (const expression of [
    'tcp[tcpflags] & tcp-syn != 0',
    'len % 4 == 2',
    'ip[ip[0] & 0xf] != 0',
    'udp or arp',
    'ip6',
  ]) {
    const { stdout } = await run('tcpdump', ['-n', '-#', '-t', '-r', `${GOLDEN_CAPTURES}/${name}`, expression]);
    const { stdout: all } = await run('tcpdump', ['-n', '-t', '-r', `${GOLDEN_CAPTURES}/${name}`]);
    const count = stdout.split('\n').filter((line) => /^\s*\d+ {2}/.test(line)).length;
    expect(all.length).toBeGreaterThan(stdout.length - 6 * count);
    expect([expression, ourFrames(name, expression)!.split(' ').filter(Boolean).length]).toEqual([expression, count]);
  }
});
