/**
 * The command as people have it, packed and installed, reading captures beside tcpdump and tshark: each figure is a whole process, its start included. The captures are
 * those of a folder that is named (`--captures`), or one that is made here.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCapture, writeCapture } from '../src/node/capture-file.ts';
import { makePacket } from '../src/see/capture/index.ts';
import { makeCapture } from './captures.ts';
import { type Result, type Sample, summarize } from './result.ts';

const PORT = 7456;

/** Without certificates that Node would read at every start (50 to 90 ms), whatever it is started for. */
const { NODE_EXTRA_CA_CERTS: _, ...ENVIRONMENT } = process.env;

/** A thing that is measured: the command's arguments, who does the same and how, and how often a peer that takes minutes is asked. */
interface Race {
  readonly name: string;
  readonly ours: (file: string, out: string) => readonly string[];
  readonly peer: string;
  readonly theirs: (file: string, out: string) => readonly string[];
  readonly isSlow?: boolean;
  /** Of a capture of ten packets. */
  readonly isStart?: boolean;
}

const RACES: readonly Race[] = [
  {
    name: 'read-copy',
    ours: (file, out) => ['read', file, '-Y', `tcp.port == ${PORT}`, '-w', out],
    peer: 'tcpdump',
    theirs: (file, out) => ['-r', file, '-w', out, `tcp port ${PORT}`],
  },
  { name: 'read-list', ours: (file) => ['read', file], peer: 'tcpdump', theirs: (file) => ['-nn', '-r', file] },
  {
    name: 'read-list',
    ours: (file) => ['read', file],
    peer: 'tshark',
    theirs: (file) => ['-n', '-r', file],
    isSlow: true,
  },
  {
    name: 'read-fields',
    ours: (file) => ['read', file, '--fields', 'frame.number,tcp.seq,tcp.flags'],
    peer: 'tshark',
    theirs: (file) => ['-n', '-r', file, '-T', 'fields', '-e', 'frame.number', '-e', 'tcp.seq', '-e', 'tcp.flags'],
    isSlow: true,
  },
  {
    name: 'read-start',
    ours: (file) => ['read', file],
    peer: 'tshark',
    theirs: (file) => ['-n', '-r', file],
    isStart: true,
  },
];

/** The benchmarks of the command. */
export const COMMAND_NAMES: readonly string[] = ['read-copy', 'read-list', 'read-fields', 'read-start', 'read-memory'];

/** Views whose memory is measured: the list of all packets, and of the first so many what is made of strings. */
const MEMORY_VIEWS = [[], ['--details', '-c', '200000'], ['--json', '-c', '200000']];

/** Prints the most memory a process had, in KiB, when it ends. */
const PEAK = `--import=data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS))`;

/** Packs and installs the command. @returns its file */
function install(folder: string): string {
  const quiet = { stdio: ['ignore', 'pipe', 'ignore'] as const, encoding: 'utf8' as const };
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    stdio: [...quiet.stdio],
    encoding: 'utf8',
  });
  const file = join(folder, packed.trim().split('\n').at(-1)!);
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--omit=optional', '--prefix', folder, file], {
    stdio: 'ignore',
  });
  return join(folder, 'node_modules/tcplab/dist/cli/main.cjs');
}

function packetsOf(path: string, most = Number.POSITIVE_INFINITY, to?: string): number {
  const file = openCapture(path);
  const packet = makePacket();
  const writer = to === undefined ? undefined : writeCapture(to);
  let count = 0;
  while (count < most && file.readChunk()) {
    while (count < most && file.reader.next(packet)) {
      count++;
      writer?.write(packet);
    }
  }
  writer?.close();
  file.close();
  return count;
}

/** How often a second a process can be run; undefined when it is not installed or fails. */
function rate(command: string, args: readonly string[]): number | undefined {
  const start = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'ignore', env: ENVIRONMENT });
  return status === 0 ? 1000 / (performance.now() - start) : undefined;
}

function race(
  { ours, peer, theirs, isSlow }: Race,
  command: string,
  file: string,
  out: string,
  times: number,
): Sample[] {
  const samples: Sample[] = [];
  for (let i = 0; i < times; i++) {
    const mine = rate(process.execPath, [command, ...ours(file, out)]);
    if (mine === undefined) throw new Error(`tcplab ${ours(file, out).join(' ')} failed`);
    samples.push({ ours: mine, peer: isSlow && i > 0 ? undefined : rate(peer, theirs(file, out)) });
  }
  return samples;
}

/** Measures; `face` is the capture's name. */
export function measureCommand(
  wanted: (name: string) => boolean,
  captures: string | undefined,
  times: number,
  report: (result: Result) => void,
): void {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-bench-'));
  const made = captures === undefined ? makeCapture() : undefined;
  try {
    const command = install(folder);
    const files = made
      ? [made.path]
      : readdirSync(captures!)
          .filter((name) => /\.p?cap(ng)?$/.test(name))
          .map((name) => join(captures!, name));
    const ten = join(folder, 'ten.pcap');
    packetsOf(files[0]!, 10, ten);
    const out = join(folder, 'out.pcap');
    for (const each of RACES) {
      if (!wanted(each.name)) continue;
      for (const file of each.isStart ? [ten] : files) {
        const packets = each.isStart ? 1 : packetsOf(file);
        const samples = race(each, command, file, out, times).map(({ ours, peer }) => ({
          ours: ours * packets,
          peer: peer === undefined ? undefined : peer * packets,
        }));
        report(summarize(each.name, nameOf(file), each.isStart ? 'starts/s' : 'packets/s', each.peer, samples));
      }
    }
    if (!wanted('read-memory')) return;
    for (const file of files) {
      for (const view of MEMORY_VIEWS) {
        const { stderr } = spawnSync(process.execPath, [PEAK, command, 'read', file, ...view], {
          stdio: ['ignore', 'ignore', 'pipe'],
          encoding: 'utf8',
          env: ENVIRONMENT,
        });
        const mebi = Number(/peak (\d+)/.exec(stderr)![1]) / 1024;
        const face = [nameOf(file), ...view.slice(0, 1)].join(' ');
        report(summarize('read-memory', face, 'MiB', undefined, [{ ours: mebi, peer: undefined }]));
      }
    }
  } finally {
    made?.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

const nameOf = (file: string): string =>
  file
    .split('/')
    .at(-1)!
    .replace(/\.\w+$/, '');
