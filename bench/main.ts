/**
 * What `npm run bench` measures (run.ts bundles and starts it): what tcplab does in a second, beside who does the same here: Node's `net` over the kernel's loopback, tcpdump, tshark. Each sample measures both,
 * one after the other; a ratio compares those two, so that a noisy machine disturbs both alike. What goes through sockets is measured in several processes, because one program
 * differs from process to process, and the median of their ratios counts. What is not a speed (memory, allocation) is measured once and has no peer.
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { Command } from 'commander';
import { wholeNumber } from '../tools/whole-number.ts';
import type { Allocation } from './allocation.ts';
import { countPackets, filterPackets, makeCapture, program } from './captures.ts';
import { COMMAND_NAMES, measureCommand } from './command.ts';
import { byHeaders, byHistory, byOctets, byProgram } from './filters.ts';
import { activeAmongIdle, idleMemory, MILLION } from './idle.ts';
import { combine, type Result, type Sample, summarize } from './result.ts';
import { bulk, connectClose, kernelBulk, kernelConnectClose, kernelPingPong, pingPong } from './sockets.ts';
import { chunksBulk, streamsBulk, streamsConnectClose, streamsPingPong } from './streams.ts';

const NAMES = [
  'bulk',
  'bulk-chunks',
  'bulk-script',
  'connect-close',
  'ping-pong',
  'idle-memory',
  'idle-million',
  'idle-active',
  'allocation',
  'read-count',
  'read-filter',
  ...COMMAND_NAMES,
  'decide',
];

const command = new Command('npm run bench --')
  .usage('[options] [name...]')
  .description(
    'What tcplab does in a second, beside who does the same on this machine. Without names all of it, but for idle-million.',
  )
  .argument('[name...]', `what is measured: ${NAMES.join(', ')}`)
  .option('--samples <count>', 'how often each is measured in a process', wholeNumber(1), 3)
  .option(
    '--processes <count>',
    'how many processes, one after the other, measure what goes through sockets',
    wholeNumber(1),
    5,
  )
  .option('--captures <folder>', 'the captures that the packed command reads; without it one is made')
  .option('--json', 'one object, with every sample', false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();

/** What the command line says. */
interface Options {
  readonly samples: number;
  readonly processes: number;
  readonly captures?: string;
  readonly json: boolean;
}

const names = command.args;
const { samples: times, processes, captures, json } = command.opts<Options>();
for (const name of names)
  if (!NAMES.includes(name)) command.error(`there is no benchmark "${name}"; there are ${NAMES.join(', ')}`);

const wanted = (name: string): boolean => names.length === 0 || names.includes(name);

/** Pairs of measurements that warm both up and are not counted: until then the engine is still compiling what turned out to be hot. */
const WARM_UP = 3;

async function samples(
  ours: () => Promise<number> | number,
  peer: () => Promise<number | undefined> | number | undefined,
): Promise<Sample[]> {
  const all: Sample[] = [];
  for (let i = -WARM_UP; i < times; i++) {
    const sample = { ours: await ours(), peer: await peer() };
    if (i >= 0) all.push(sample);
  }
  return all;
}

const results: Result[] = [];

function report(result: Result): void {
  results.push(result);
  if (json) return;
  const { name, face, value, unit, peer, ratio } = result;
  const beside =
    peer === null || ratio === null
      ? 'nobody to compare with'
      : `${peer.name} ${figure(peer.value)}: ${ratio.toFixed(2)} x`;
  console.log(`${name.padEnd(14)} ${face.padEnd(8)} ${figure(value).padStart(10)} ${unit.padEnd(14)} ${beside}`);
}

const figure = (value: number): string =>
  value >= 1e9
    ? `${(value / 1e9).toFixed(2)} G`
    : value >= 1e6
      ? `${(value / 1e6).toFixed(2)} M`
      : value >= 1e3
        ? `${(value / 1e3).toFixed(1)} k`
        : value.toFixed(1);

const NET = 'node:net over loopback';

const bits = async (measure: () => Promise<number>): Promise<number> => 8 * (await measure());
const netBits = (): Promise<number> => bits(kernelBulk);

/** The benchmarks that go through sockets, in this process. */
const SOCKETS: Readonly<Record<string, () => Promise<Result[]>>> = {
  bulk: async () => [
    summarize('bulk', 'bsd', 'bit/s', NET, await samples(() => bits(() => bulk()), netBits)),
    summarize('bulk', 'streams', 'bit/s', NET, await samples(() => bits(streamsBulk), netBits)),
  ],
  'bulk-chunks': async () => [
    summarize('bulk-chunks', 'streams', 'bit/s', NET, await samples(() => bits(chunksBulk), netBits)),
  ],
  'connect-close': async () => {
    const unit = 'connections/s';
    return [
      summarize('connect-close', 'bsd', unit, NET, await samples(connectClose, kernelConnectClose)),
      summarize('connect-close', 'streams', unit, NET, await samples(streamsConnectClose, kernelConnectClose)),
    ];
  },
  'ping-pong': async () => {
    const unit = 'round trips/s';
    return [
      summarize('ping-pong', 'bsd', unit, NET, await samples(pingPong, kernelPingPong)),
      summarize('ping-pong', 'streams', unit, NET, await samples(streamsPingPong, kernelPingPong)),
    ];
  },
};

/** The same in processes of their own, one after the other. */
function inProcesses(name: string, count: number, flags: readonly string[] = []): Result[] {
  const command = [
    ...process.execArgv,
    ...flags,
    process.argv[1]!,
    name,
    '--json',
    '--processes',
    '1',
    '--samples',
    String(times),
  ];
  const runs = Array.from({ length: count }, () => {
    const { stdout } = spawnSync(process.execPath, command, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return (JSON.parse(stdout) as { results: Result[] }).results;
  });
  return runs[0]!.map((_, i) => combine(runs.map((results) => results[i]!)));
}

for (const [name, measure] of Object.entries(SOCKETS)) {
  if (!wanted(name)) continue;
  for (const result of processes === 1 ? await measure() : inProcesses(name, processes)) report(result);
}
if (wanted('bulk-script')) {
  // Without WebAssembly: copies and checksums in JavaScript.
  for (const result of inProcesses('bulk', processes, ['--no-expose-wasm'])) report({ ...result, name: 'bulk-script' });
}
/** What has no peer, and is the same each time: measured once. */
const alone = (name: string, face: string, unit: string, value: number): void =>
  report(summarize(name, face, unit, undefined, [{ ours: value, peer: undefined }]));

if (wanted('idle-memory')) alone('idle-memory', 'bsd', 'octets/endpoint', await idleMemory());
// Takes minutes and 4 GB: only when it is asked for.
if (names.includes('idle-million')) alone('idle-million', 'bsd', 'octets/endpoint', await idleMemory(MILLION));
if (wanted('idle-active')) alone('idle-active', 'bsd', 'x of 10 alone', await activeAmongIdle());
if (wanted('allocation')) {
  // Of a function that was inlined the profile sometimes knows only who it was inlined into, which may be in another folder.
  const { stdout } = spawnSync(process.execPath, ['--no-turbo-inlining', 'tools/run.mjs', 'bench/allocation.ts'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { stack, faces } = JSON.parse(stdout) as Allocation;
  alone('allocation', 'stack', 'octets/segment', stack);
  alone('allocation', 'bsd', 'octets/segment', faces);
}
if (wanted('decide')) {
  for (const [face, measure] of [
    ['octets', byOctets],
    ['headers', byHeaders],
    ['history', byHistory],
    ['bpf', byProgram],
  ] as const)
    alone('decide', face, 'ns/packet', measure());
}
if (wanted('read-count') || wanted('read-filter')) {
  const { path, remove } = makeCapture();
  const TOOLS: readonly [name: string, benchmark: string, args: readonly string[]][] = [
    ['tcpdump', 'read-count', ['--count', '-r', path]],
    ['tcpdump', 'read-filter', ['-r', path, '-w', '/dev/null', 'tcp port 7456']],
    ['tshark', 'read-filter', ['-n', '-r', path, '-w', '/dev/null', '-Y', 'tcp.port == 7456']],
  ];
  try {
    for (const [tool, name, toolArgs] of TOOLS) {
      if (!wanted(name)) continue;
      const ours = name === 'read-count' ? countPackets : filterPackets;
      report(
        summarize(
          name,
          'library',
          'packets/s',
          tool,
          await samples(
            () => ours(path),
            () => program(tool, toolArgs),
          ),
        ),
      );
    }
  } finally {
    remove();
  }
}
if (COMMAND_NAMES.some(wanted)) measureCommand(wanted, captures, times, report);
if (json)
  console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model ?? 'unknown', results }, undefined, 2));
