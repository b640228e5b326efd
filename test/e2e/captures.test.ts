/** `tcplab info`, `merge` and `cut`, as a person uses them, beside what Wireshark's own tools make of the same captures. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PcapngWriter } from '../../src/see/capture/index.ts';
import { needs } from '../needs.ts';
import { freshFolder, ROOT, run, start, TEST_LIMIT } from './program.ts';

const GOLDEN = join(ROOT, 'test/golden/captures');
const LO = join(GOLDEN, 'lo.pcapng');
const KERNEL = join(GOLDEN, 'kernel__zero-window-silly.pcap');
const HALF_CLOSE = join(GOLDEN, 'kernel__half-close.pcap');

/** What tshark says of each packet: all that a copy must keep. */
async function packetsOf(path: string): Promise<string> {
  const fields = [
    'frame.time_epoch',
    'frame.len',
    'frame.cap_len',
    'frame.interface_name',
    'frame.encap_type',
    'tcp.seq_raw',
    'tcp.checksum',
  ];
  const { out } = await start('tshark', [
    '-n',
    '-r',
    path,
    '-T',
    'fields',
    ...fields.flatMap((name) => ['-e', name]),
  ]).end();
  // What has no name is called so in pcapng, and not at all in pcap.
  return out.replaceAll('\tunknown\t', '\t\t');
}

const secondsOf = (packets: string): string[] => packets.split('\n').map((line) => line.split('\t')[0]!);

test(
  'info tells what a capture is, of each that is given; what cannot be read does not keep the others back',
  async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, 'cut.pcap.gz'), gzipSync(readFileSync(KERNEL).subarray(0, 5000)));
    const { out, err } = await run(['info', LO, join(folder, 'none.pcap'), join(folder, 'cut.pcap.gz')], {}, 2);
    expect(out).toMatch(/^.*lo\.pcapng\n {2}format +pcapng, little-endian\n {2}link types +Ethernet \(1\)\n/);
    for (const line of [
      / {2}packets +10\n/,
      / {2}octets +684\n/,
      / {2}first packet +2026-11-22 19:47:37\.167300129 UTC\n/,
      / {2}duration +1\.181293918 s\n/,
      / {2}rates +8\.465 packets\/s, 579 octets\/s, 4\.632 kbit\/s\n/,
      / {2}time order +kept\n/,
      / {2}interface 0 +lo, "Loopback", Ethernet \(1\), 10 packets, snap length 262,144, times in nanoseconds, filter "tcp port 7456"/,
      / {2}format +pcap, little-endian, compressed with gzip\n/,
    ]) {
      expect(out).toMatch(line);
    }
    expect(err).toMatch(/^tcplab: cannot read ".*none\.pcap": ENOENT/m);
    expect(err).toMatch(/^tcplab: .*cut\.pcap\.gz: the file ends in the middle of packet \d+, at offset \d+: /m);
  },
  TEST_LIMIT,
);

test(
  'info tells of sections of both byte orders',
  async () => {
    const file = join(freshFolder(), 'both.pcapng');
    const chunks: Uint8Array[] = [];
    for (const byteOrder of ['little', 'big'] as const)
      new PcapngWriter((octets) => chunks.push(octets.slice()), { byteOrder, interfaces: [{ linkType: 1 }] }).flush();
    writeFileSync(file, Buffer.concat(chunks));
    const { out } = await run(['info', file]);
    expect(out).toMatch(/^ +format +pcapng, of both byte orders, 2 sections$/m);
  },
  TEST_LIMIT,
);

needs({ tools: ['sha256sum'] })(
  'info --json --hashes is for programs',
  async () => {
    const { lines } = await run(['info', '--json', '--hashes', LO, KERNEL]);
    const [lo, kernel] = lines.map((line) => JSON.parse(line));
    const sum = await start('sha256sum', [LO]).end();
    expect(lo).toMatchObject({
      packets: 10,
      firstTime: '1795376857.167300129',
      duration: 1.181293918,
      timeOrder: true,
      'SHA-256': sum.out.slice(0, 64),
    });
    expect(lo.interfaces).toMatchObject([
      { name: 'lo', linkTypeName: 'Ethernet', packets: 10, received: 10, dropped: 0 },
    ]);
    expect(kernel).toMatchObject({ format: 'pcap', byteOrder: 'little', problem: null });
  },
  TEST_LIMIT,
);

needs({ tools: ['tshark', 'mergecap'] })(
  'merge by time and one after the other, as mergecap; interfaces keep their names',
  async () => {
    const folder = freshFolder();
    const files = [KERNEL, HALF_CLOSE, LO];
    const [ours, theirs] = [join(folder, 'ours.pcapng'), join(folder, 'theirs.pcapng')];
    for (const [mine, other] of [
      [[], []],
      [['--append'], ['-a']],
    ] as const) {
      const { err } = await run(['merge', ...files, ...mine, '-w', ours]);
      expect(err).toMatch(/^\d+ packets of 3 files written to .*ours\.pcapng\n$/);
      await start('mergecap', [...other, '-w', theirs, ...files]).end();
      const [got, wanted] = [await packetsOf(ours), await packetsOf(theirs)];
      expect(got).toBe(wanted);
      expect(got.split('\n').length).toBeGreaterThan(150);
    }
    const { out } = await run(['info', ours]);
    expect(out).toContain('lo, "Loopback", Ethernet (1), 10 packets');
  },
  TEST_LIMIT,
);

needs({ tools: ['tshark', 'editcap'] })(
  'cut by filter, stream, number and time, and short, as tshark and editcap',
  async () => {
    const folder = freshFolder();
    const path = (name: string): string => join(folder, name);
    const all = await packetsOf(KERNEL);
    const times = secondsOf(all);
    const [from, to] = [times[10]!, times[30]!];
    const cases: readonly (readonly [ours: string[], command: string, theirs: string[]])[] = [
      [['-Y', 'tcp.len > 0'], 'tshark', ['-r', KERNEL, '-Y', 'tcp.len > 0', '-w', path('theirs')]],
      [['--stream', '0'], 'tshark', ['-r', KERNEL, '-Y', 'tcp.stream == 0', '-w', path('theirs')]],
      [['--frames', '3-5,9,70-'], 'editcap', ['-r', KERNEL, path('theirs'), '3-5', '9', '70-99999']],
      [['--from', from, '--to', to], 'editcap', ['-A', from, '-B', to, KERNEL, path('theirs')]],
      [['-s', '60'], 'editcap', ['-s', '60', KERNEL, path('theirs')]],
    ];
    for (const [i, [ours, command, theirs]] of cases.entries()) {
      for (const ending of ['pcap', 'pcapng.gz']) {
        const { err } = await run(['cut', KERNEL, ...ours, '-w', path(`ours${i}.${ending}`)]);
        expect(err).toMatch(/^\d+ of 79 packets written to /);
      }
      await start(command, theirs).end();
      const wanted = await packetsOf(path('theirs'));
      expect(wanted.split('\n').length, ours.join(' ')).toBeGreaterThan(5);
      // tshark and editcap write pcapng; pcap has no names of interfaces.
      expect(await packetsOf(path(`ours${i}.pcap`)), ours.join(' ')).toBe(wanted);
      expect(await packetsOf(path(`ours${i}.pcapng.gz`)), ours.join(' ')).toBe(wanted);
    }
  },
  2 * TEST_LIMIT,
);

needs({ tools: ['tshark', 'editcap'] })(
  'cut into parts by count and by time, each a whole capture, as editcap',
  async () => {
    for (const [ours, theirs] of [
      [
        ['--split-packets', '30'],
        ['-c', '30'],
      ],
      [
        ['--split-seconds', '0.05'],
        ['-i', '0.05'],
      ],
    ] as const) {
      const folder = freshFolder();
      await run(['cut', KERNEL, ...ours, '-w', join(folder, 'ours.pcap')]);
      await start('editcap', ['-F', 'pcap', ...theirs, KERNEL, join(folder, 'theirs.pcap')]).end();
      const parts = readdirSync(folder).sort();
      const told = async (name: string): Promise<string[]> => {
        const each: string[] = [];
        for (const part of parts.filter((one) => one.startsWith(name))) each.push(await packetsOf(join(folder, part)));
        return each.filter((packets) => packets !== '');
      };
      const mine = await told('ours');
      expect(mine.length).toBeGreaterThan(2);
      expect(mine).toEqual(await told('theirs'));
      expect(parts.filter((name) => name.startsWith('ours'))[0]).toMatch(/^ours_00001_2026\d{10}\.pcap$/);
      expect(existsSync(join(folder, 'ours.pcap'))).toBe(false);
    }
  },
  2 * TEST_LIMIT,
);

test(
  'what is not kept is said; wrong calls are answered',
  async () => {
    const folder = freshFolder();
    const { err } = await run(['cut', LO, '-w', join(folder, 'lo.pcap')]);
    expect(err).toMatch(
      /^10 of 10 packets written to .*\nnote: 1 interface without its name or description: .*\nnote: 1 section without its comment, system or hardware: .*\nnote: 1 block beside the packets left out: .*\n$/,
    );
    const wrong: readonly (readonly [args: string[], code: number, said: string])[] = [
      [['cut', LO], 2, "required option '-w, --write <FILE>' not specified"],
      [['cut', LO, '-w', LO], 1, 'it is the file that is being read'],
      [['cut', LO, '-w', 'x.zst'], 1, 'tcplab does not compress to .zst; name it .gz'],
      [
        ['cut', LO, '-w', 'x.pcapng', '--frames', '5-3'],
        2,
        '--frames is a list of numbers and ranges such as 1-100,205,300-, not "5-3"',
      ],
      [['cut', LO, '-w', 'x.pcapng', '--from', 'noon'], 2, '--from is a time such as 2026-11-29T00:26:42.5Z'],
      [['cut', LO, '-w', '-', '--split-packets', '3'], 2, 'standard output is only one'],
      [['merge', '-', '-', '-w', 'x.pcapng'], 2, 'standard input (-) can be given once'],
      [['info', '-', '--hashes'], 2, '--hashes needs files'],
      // Of a file that refused a packet nothing is left.
      [
        ['merge', LO, join(ROOT, 'test/golden/made/link-raw101.pcap'), '-w', 'x.pcap'],
        1,
        'write pcapng, which can hold both',
      ],
      ...[['--details'], ['--fields', 'ip.src'], ['-T', 'ek'], ['-t', 'delta']].map((view): (typeof wrong)[number] => [
        ['read', LO, '-w', 'x.pcapng', ...view],
        2,
        `instead of showing them: it does not go with ${view[0]}\n`,
      ]),
    ];
    const ended = await Promise.all(wrong.map(([args, code]) => run(args, { cwd: folder }, code)));
    for (const [i, [, , said]] of wrong.entries()) expect(ended[i]!.err).toContain(said);
    expect(readdirSync(folder)).toEqual(['lo.pcap']);
  },
  TEST_LIMIT,
);
