/**
 * `npm run bench:tun`: our stack against the Linux kernel's, over a TUN device in a network namespace of its own; needs root, python3, ping and wrk. One connection each way with offload and, at MTU 1500, without; echo requests;
 * a web server on the streams face under 1,000 connections of wrk, beside Node's `http` on the kernel's stack behind a veth pair. `--json` prints one object, `--samples N` (default 3) says how often, `--seconds N` (default 3) how long each, names choose
 * benchmarks. Both stacks and the load share the machine's cores.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { callsOf, interfaceState } from '../src/node/device/calls.ts';
import { Netlink } from '../src/node/device/netlink.ts';
import { loadFfi } from '../src/node/ffi.ts';
import { cryptographicRandom, type Device, nodePlatform, openDevice } from '../src/node/index.ts';
import { Host, RealTimeDriver } from '../src/speak/index.ts';
import { AF_INET, SOCK_STREAM, socket } from '../src/speak/socket/bsd.ts';
import { listen } from '../src/speak/socket/streams.ts';
import { serveHttp } from './http-server.ts';
import { type Result, type Sample, summarize } from './result.ts';

const OURS = '10.9.0.2';
const THEIRS = '10.9.0.1';
/** Node's web server, and our end of the cable to it. */
const NODE = '10.8.0.2';
const HERE = '10.8.0.1';
const PORT = 9_100;
const CONNECTIONS = 1_000;
const PINGS = 500;

/** Measurements that are not counted: until then the engine is still compiling what turned out to be hot. */
const WARM_UP = 3;

const SELF = fileURLToPath(import.meta.url);
const PEER = fileURLToPath(new URL('tun.py', import.meta.url));

const args = process.argv.slice(2);
const numbers = { '--samples': 3, '--seconds': 3 };
const names: string[] = [];
for (let i = 0; i < args.length; i++) {
  const arg = args[i]!;
  if (arg === '--samples' || arg === '--seconds') {
    numbers[arg] = Number(args[++i]);
    if (Number.isInteger(numbers[arg]) && numbers[arg] >= 1) continue;
    console.error(`${arg} takes a whole number from 1, not ${args[i]}`);
    process.exit(2);
  }
  if (!arg.startsWith('--')) names.push(arg);
}
const SECONDS = numbers['--seconds'];

/** A program on the kernel's stack; what it prints. */
async function run(program: string, programArgs: readonly string[]): Promise<string> {
  const child = spawn(program, programArgs, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${programArgs.join(' ')}: exit code ${code}`);
  return out;
}

/** A host of ours on a fresh device, for as long as `act` takes. */
async function onDevice<T>(offload: boolean, act: (host: Host, device: Device) => Promise<T>): Promise<T> {
  const device = await openDevice('tun0', { offload, addresses: [`${THEIRS}/24`] });
  const host = new Host({ driver: new RealTimeDriver(nodePlatform(), cryptographicRandom()), connections: 65_536 });
  host.plug(device.port, { address: `${OURS}/24`, gateway: THEIRS });
  try {
    return await act(host, device);
  } finally {
    device.close();
  }
}

/** Bits a second that one connection carries to us, and from us: what the kernel's program counts. */
const bulk = (way: 'send' | 'receive', offload: boolean): Promise<Sample[]> =>
  onDevice(offload, async (host) => {
    const listener = socket(host, AF_INET, SOCK_STREAM);
    await listener.bind([OURS, PORT]);
    await listener.listen(1);
    const samples: Sample[] = [];
    for (let i = -WARM_UP; i < numbers['--samples']; i++) {
      const peer = run('python3', [PEER, way, OURS, String(PORT), String(SECONDS)]);
      const [sck] = await listener.accept();
      const memory = new Uint8Array(1 << 18);
      if (way === 'send') while ((await sck.recvInto(memory)) > 0);
      else for (const end = performance.now() + SECONDS * 1_000; performance.now() < end; ) await sck.sendall(memory);
      sck.close();
      const bits = Number(await peer);
      if (i >= 0) samples.push({ ours: bits, peer: undefined });
    }
    listener.close();
    return samples;
  });

/** Microseconds from an echo request of the kernel's to our reply, as `ping` tells them: the median of many, as one sample. */
const ping = (): Promise<Sample[]> =>
  onDevice(true, async () => {
    const samples: Sample[] = [];
    for (let i = -WARM_UP; i < numbers['--samples']; i++) {
      const out = await run('ping', ['-i', '0.002', '-c', String(PINGS), OURS]);
      const took = Array.from(out.matchAll(/time=([\d.]+) ms/g), ([, ms]) => Number(ms)).sort((a, b) => a - b);
      if (took.length < PINGS) throw new Error(`${PINGS - took.length} of ${PINGS} echo requests had no reply`);
      if (i >= 0) samples.push({ ours: took[PINGS >> 1]! * 1_000, peer: undefined });
    }
    return samples;
  });

interface Load {
  readonly requests: number;
  readonly errors: number;
}

/** What wrk finds: requests a second, and connections, reads and writes that failed or answers that were late. */
async function wrk(address: string): Promise<Load> {
  const out = await run('wrk', ['-t', '2', '-c', String(CONNECTIONS), '-d', `${SECONDS}s`, `http://${address}/`]);
  const failed = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(out) ?? [];
  const status = /Non-2xx or 3xx responses: (\d+)/.exec(out)?.[1] ?? 0;
  return {
    requests: Number(/Requests\/sec: *([\d.]+)/.exec(out)![1]),
    errors: [...failed.slice(1), status].map(Number).reduce((sum, count) => sum + count, 0),
  };
}

/** Requests a second, beside Node's; and how many failed in all. */
async function http(): Promise<{ samples: Sample[]; errors: number }> {
  const node = spawn('unshare', ['--net', process.execPath, 'tools/run.mjs', SELF, '--node'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(node.stdout, 'data');
  const calls = callsOf(await loadFfi());
  const netlink = new Netlink(calls);
  netlink.addVeth('here', 'there', node.pid!);
  const { index } = interfaceState(calls, 'here')!;
  netlink.addAddress(index, `${HERE}/24`);
  netlink.setLink(index, { up: true });
  node.kill('SIGUSR2');
  await once(node.stdout, 'data');
  const samples: Sample[] = [];
  let errors = 0;
  try {
    await onDevice(true, async (host) => {
      const listener = listen(host, { hostname: OURS, port: 80 });
      void serveHttp(listener);
      for (let i = -WARM_UP; i < numbers['--samples']; i++) {
        const ours = await wrk(OURS);
        const peer = await wrk(NODE);
        if (i < 0) continue;
        samples.push({ ours: ours.requests, peer: peer.requests });
        errors += ours.errors;
      }
      listener.close();
    });
  } finally {
    node.kill();
  }
  return { samples, errors };
}

/** Node's web server at the other end of a cable, which it sets up when told that it is there. */
async function serveNode(): Promise<void> {
  process.once('SIGUSR2', async () => {
    const calls = callsOf(await loadFfi());
    const netlink = new Netlink(calls);
    const { index } = interfaceState(calls, 'there')!;
    netlink.addAddress(index, `${NODE}/24`);
    netlink.setLink(index, { up: true });
    createServer((_, response) => response.end('Hola!\n'))
      .listen({ port: 80, host: NODE, backlog: 4_096 })
      .once('listening', () => console.log('listening'));
  });
  setInterval(() => {}, 60_000);
  console.log('waiting');
}

const one = async (name: string, face: string, unit: string, samples: Promise<Sample[]>): Promise<Result[]> => [
  summarize(name, face, unit, undefined, await samples),
];

const BENCHMARKS: Readonly<Record<string, () => Promise<Result[]>>> = {
  'from-kernel': () => one('from-kernel', 'bsd', 'bit/s', bulk('send', true)),
  'to-kernel': () => one('to-kernel', 'bsd', 'bit/s', bulk('receive', true)),
  'from-kernel-1500': () => one('from-kernel-1500', 'bsd', 'bit/s', bulk('send', false)),
  'to-kernel-1500': () => one('to-kernel-1500', 'bsd', 'bit/s', bulk('receive', false)),
  ping: () => one('ping', 'stack', 'us', ping()),
  http: async () => {
    const { samples, errors } = await http();
    return [
      summarize('http', 'streams', 'requests/s', "node:http on the kernel's TCP", samples),
      summarize('http-errors', 'streams', 'errors', undefined, [{ ours: errors, peer: undefined }]),
    ];
  },
};

async function measure(): Promise<void> {
  const results: Result[] = [];
  for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    for (const result of await benchmark()) {
      results.push(result);
      if (args.includes('--json')) continue;
      const { value, unit, peer, ratio } = result;
      const beside = peer === null || ratio === null ? '' : `${peer.name} ${figure(peer.value)}: ${ratio.toFixed(2)} x`;
      console.log(`${result.name.padEnd(17)} ${figure(value).padStart(10)} ${unit.padEnd(11)} ${beside}`);
    }
  }
  if (args.includes('--json'))
    console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model ?? 'unknown', results }, undefined, 2));
}

const figure = (value: number): string =>
  value >= 1e9 ? `${(value / 1e9).toFixed(2)} G` : value >= 1e4 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(1);

/** Everything is gone with the namespaces when this ends, however it ends. */
const NAMESPACE = 'setpriv --pdeathsig KILL unshare --net --pid --fork --kill-child=KILL --mount-proc'.split(' ');

function inNamespace(): void {
  const unknown = names.find((name) => !(name in BENCHMARKS));
  if (unknown !== undefined) {
    console.error(`there is no benchmark "${unknown}"; there are ${Object.keys(BENCHMARKS).join(', ')}`);
    process.exit(2);
  }
  if (process.getuid?.() !== 0) {
    console.error('bench:tun makes a network device, which needs root: sudo npm run bench:tun');
    process.exit(1);
  }
  const [program, ...rest] = [...NAMESPACE, process.execPath, ...process.execArgv, 'tools/run.mjs', SELF, ...args];
  const { status } = spawnSync(program!, [...rest, '--inside'], {
    stdio: 'inherit',
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  process.exit(status ?? 1);
}

if (args.includes('--node')) await serveNode();
else if (args.includes('--inside')) {
  await measure();
  process.exit(0);
} else inNamespace();
