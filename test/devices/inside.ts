/** What the tests of devices run in a network namespace of their own: one case, named by the argument; what it saw is printed as JSON. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TcplabError } from '../../src/core/errors.ts';
import {
  captureTo,
  cryptographicRandom,
  type DeviceOptions,
  handOver,
  nodePlatform,
  openDevice,
  receivedDevice,
  removeDevice,
} from '../../src/node/index.ts';
import { Host, pipe, RealTimeDriver } from '../../src/speak/index.ts';
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM, socket } from '../../src/speak/socket/bsd.ts';

const NOBODY = 65_534;
const PORT = 7_456;

const ip = (line: string): string => execFileSync('ip', line.split(' '), { encoding: 'utf8' });
const interfaces = (): string[] =>
  readFileSync('/proc/self/net/dev', 'utf8')
    .split('\n')
    .slice(2)
    .map((line) => line.split(':', 1)[0]!.trim())
    .filter((name) => name !== '' && name !== 'lo');
const makeHost = (): Host => new Host({ driver: new RealTimeDriver(nodePlatform(), cryptographicRandom()) });
const hashOf = (data: Uint8Array | readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const piece of data instanceof Uint8Array ? [data] : data) hash.update(piece);
  return hash.digest('hex');
};
/** Octets that no two places have alike. */
const octets = (count: number): Uint8Array =>
  new Uint8Array(Uint32Array.from({ length: count / 4 }, (_, i) => Math.imul(i, 2_654_435_761)).buffer);

/** The kernel's TCP sends octets to an echo of ours, which sends them back: both directions through the device. */
async function echo(kind: string, offload: string, mtu: string): Promise<unknown> {
  const options: DeviceOptions = {
    kind: kind as 'tun',
    offload: offload === 'on',
    mtu: Number(mtu),
    addresses: ['10.9.0.1/24'],
  };
  let name = 'dev0';
  if (kind === 'packet') {
    // Our end of the cable is one whose other end has the kernel's address.
    ip('link add here type veth peer name there');
    ip(`link set there mtu ${mtu} up`);
    ip('address add 10.9.0.1/24 dev there');
    options.addresses = [];
    name = 'here';
  }
  const device = await openDevice(name, options);
  const host = makeHost();
  host.plug(device.port, { address: '10.9.0.2/24' });
  const listener = socket(host, AF_INET, SOCK_STREAM);
  await listener.bind(['10.9.0.2', PORT]);
  await listener.listen(1);
  const serving = (async () => {
    const [accepted] = await listener.accept();
    for (;;) {
      const piece = await accepted.recv(65_536);
      if (piece.length === 0) break;
      await accepted.sendall(piece);
    }
    accepted.close();
    listener.close();
  })();
  const sent = octets(2 << 20);
  const client = connect(PORT, '10.9.0.2');
  const received: Uint8Array[] = [];
  client.on('data', (piece) => received.push(piece));
  client.end(sent);
  await once(client, 'close');
  await serving;
  const { counters } = device;
  device.close();
  return {
    equal: hashOf(sent) === hashOf(received),
    large: { in: counters.octetsIn / counters.framesIn > 2 * Number(mtu), oversized: counters.oversized },
    refused: counters.refused,
    left: interfaces().filter((one) => one === 'dev0'),
  };
}

/** What `ip` says of a device that was set up with everything. */
async function configured(): Promise<unknown> {
  const device = await openDevice('tun%d', {
    mtu: 9_000,
    queue: 700,
    addresses: ['10.9.0.1/24', 'fd00:9::1/64'],
    routes: [{ to: '10.55.0.0/16' }, { to: '10.56.0.0/16', via: '10.9.0.2' }, { to: 'fd55::/32' }],
  });
  const { name } = device;
  const [link] = JSON.parse(ip(`-j address show ${name}`));
  const routes = [...JSON.parse(ip(`-j route show dev ${name}`)), ...JSON.parse(ip(`-j -6 route show dev ${name}`))];
  const facts = {
    name,
    mtu: link.mtu,
    queue: link.txqlen,
    up: link.flags.includes('UP'),
    addresses: link.addr_info
      .map(({ local, prefixlen }: { local: string; prefixlen: number }) => `${local}/${prefixlen}`)
      .filter((one: string) => !one.startsWith('fe80')),
    routes: routes
      .map(({ dst, gateway }: { dst: string; gateway?: string }) => (gateway ? `${dst} via ${gateway}` : dst))
      .filter((one: string) => !/^(fe80|ff00|multicast)/.test(one)),
  };
  device.close();
  return { ...facts, left: interfaces() };
}

/** A persistent device of nobody's, opened by nobody. */
async function persistent(): Promise<unknown> {
  // As on most distributions the device node is open to all: here, in this mount namespace, at least.
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-node-'));
  const node = join(folder, 'tun');
  execFileSync('mknod', ['-m', '0666', node, 'c', '10', '200']);
  execFileSync('mount', ['--bind', node, '/dev/net/tun']);
  const made = await openDevice('mine', { persistent: true, owner: NOBODY, addresses: ['10.9.0.1/24'] });
  made.close();
  const stays = interfaces();
  const stranger = await asNobody(async () => {
    const device = await openDevice('mine', { addresses: ['10.9.0.1/24'] });
    device.close();
    return device.name;
  });
  const changed = await asNobody(() => openDevice('mine', { addresses: ['10.77.0.1/24'] }));
  await removeDevice('mine');
  execFileSync('umount', ['/dev/net/tun']);
  rmSync(folder, { recursive: true });
  return { stays, stranger, changed, left: interfaces() };
}

/** What `act` comes to without rights: its result, or the code and text of its refusal. */
async function asNobody(act: () => Promise<unknown>): Promise<unknown> {
  process.setegid!(NOBODY);
  process.seteuid!(NOBODY);
  try {
    return await act();
  } catch (error) {
    const { code, message } = error as TcplabError;
    return { code, message };
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
  }
}

/** Every refusal's code, and the command that it names. */
async function refusals(): Promise<unknown> {
  const refusal = (act: () => Promise<unknown>): Promise<unknown> =>
    act().then(
      () => 'opened',
      ({ code, message }: TcplabError) => ({ code, message }),
    );
  const device = await openDevice('busy');
  const seen = {
    device: await asNobody(() => openDevice('tun0')),
    packet: await asNobody(() => openDevice('lo', { kind: 'packet' })),
    busy: await refusal(() => openDevice('busy')),
    kind: await refusal(() => openDevice('tun0', { kind: 'ring' as 'tun' })),
    mtu: await refusal(() => openDevice('tun0', { mtu: 65_522 })),
    name: await refusal(() => openDevice('far-too-long-a-name')),
    address: await refusal(() => openDevice('tun0', { addresses: ['10.9.0.1'] })),
    missing: await refusal(() => openDevice('bus', { kind: 'packet' })),
  };
  device.close();
  return { ...seen, left: interfaces() };
}

/** A child without rights answers through the device that this one has opened. */
async function handedOver(): Promise<unknown> {
  const device = await openDevice('tun0', { addresses: ['10.9.0.1/24'] });
  const args = ['tools/run.mjs', fileURLToPath(import.meta.url), 'child'];
  const child = handOver(device, process.execPath, args, {
    uid: NOBODY,
    gid: NOBODY,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [ready] = await once(child.stdout!, 'data');
  const client = connect(PORT, '10.9.0.2');
  const [said] = await once(client, 'data');
  await once(client, 'close');
  await once(child, 'close');
  return { ready: String(ready).trim(), said: String(said), left: interfaces() };
}

async function child(): Promise<unknown> {
  const device = await receivedDevice();
  const host = makeHost();
  host.plug(device.port, { address: '10.9.0.2/24' });
  const listener = socket(host, AF_INET, SOCK_STREAM);
  await listener.bind(['10.9.0.2', PORT]);
  await listener.listen(1);
  console.log(/CapEff:\s*\S+/.exec(readFileSync('/proc/self/status', 'utf8'))![0].replace(/\s+/, ' '));
  const [accepted] = await listener.accept();
  await accepted.sendall(Buffer.from(`user ${process.getuid!()}`));
  accepted.close();
  listener.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  device.close();
  return 'done';
}

/** listen -k and connect by a device, as a person starts them; two programs of the kernel's talk with the one, the other talks with a third. */
async function commands(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-commands-'));
  const capture = join(folder, 'listen.pcapng');
  const device = ['--tun', 'tun0', '--address', '10.9.0.2/24'];
  // Root, whom nobody made that by sudo: it goes on as nobody, who may not so much as look into the folder of the capture.
  const listener = command('listen', String(PORT), '-k', '--explain', '--capture', capture, ...device);
  await listener.says('Listening');
  execFileSync('nc', ['-N', '10.9.0.2', String(PORT)], { input: 'one ' });
  await listener.says('Connection from');
  execFileSync('nc', ['-N', '10.9.0.2', String(PORT)], { input: 'two' });
  await listener.says('(Connection from[^]*){2}');
  const user = /Uid:\s*(\d+)/.exec(readFileSync(`/proc/${listener.process.pid}/status`, 'utf8'))![1];
  while (listener.out() !== 'one two') await new Promise((resolve) => setTimeout(resolve, 20));
  listener.process.kill('SIGINT');
  const listened = await listener.ended;
  const tshark = [
    '-n',
    '-r',
    capture,
    '-Y',
    'tcp.flags.syn == 1',
    '-T',
    'fields',
    '-e',
    'ip.src',
    '-e',
    'frame.comment',
  ];
  const syns = execFileSync('tshark', tshark, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const owner = statSync(capture).uid;
  const left = interfaces();

  const connector = command(
    'connect',
    '10.9.0.1',
    '9001',
    '--tap',
    'tap0',
    '--address',
    '10.9.0.2/24',
    '--no-offload',
    '--user',
    'daemon',
  );
  const refused = await connector.ended;
  rmSync(folder, { recursive: true });
  return {
    out: listener.out(),
    code: listened,
    user,
    owner,
    explained: (listener.err().match(/asks the server, 10.9.0.2:7456, for a connection/g) ?? []).length,
    syns: syns.split('\n').filter(Boolean).length,
    commented: /10\.9\.0\.2\t\S/.test(syns),
    refused,
    as: /on as (\w+)/.exec(connector.err())?.[1],
    said: connector.err().trim().split('\n').at(-1),
    left: [...left, ...interfaces()],
  };
}

/** Starts a command of ours. */
function command(...args: string[]): {
  process: ChildProcess;
  says(pattern: string): Promise<void>;
  out(): string;
  err(): string;
  ended: Promise<number | null>;
} {
  const child = spawn(process.execPath, ['tools/run.mjs', 'src/cli/main.ts', ...args]);
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    process: child,
    out: () => out,
    err: () => err,
    ended,
    says: async (pattern) => {
      while (!new RegExp(pattern).test(err)) {
        if (child.exitCode !== null) throw new Error(`${args.join(' ')} ended: ${err}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

/** The system takes the device away while a program uses it. */
async function taken(): Promise<unknown> {
  const device = await openDevice('tun0', { addresses: ['10.9.0.1/24'] });
  const host = makeHost();
  host.plug(device.port, { address: '10.9.0.2/24' });
  ip('link delete tun0');
  await device.gone;
  return { left: interfaces(), gone: true };
}

/** Programs with devices are killed, or end by a signal or by themselves: what is left of each. */
async function killed(): Promise<unknown> {
  const ways = ['SIGKILL', 'SIGTERM', 'SIGINT', 'exit'];
  const ended = await Promise.all(
    ways.map(async (how) => {
      const args = ['tools/run.mjs', fileURLToPath(import.meta.url), 'hold', how];
      const holder = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      await once(holder.stdout, 'data');
      if (!interfaces().includes(how)) throw new Error(`${how} was not opened`);
      if (how.startsWith('SIG')) holder.kill(how as 'SIGKILL');
      else holder.stdin.end();
      await once(holder, 'close');
      return [how, { device: interfaces().filter((one) => one === how), route: routesOf(how) }];
    }),
  );
  return Object.fromEntries(ended);
}

/** What `ip` says of a device's routes; it says nothing of one that is not there. */
const routesOf = (name: string): string =>
  ip('route')
    .split('\n')
    .filter((line) => line.includes(` ${name} `))
    .join();

async function hold(how: string): Promise<unknown> {
  const number = 10 + ['SIGKILL', 'SIGTERM', 'SIGINT', 'exit'].indexOf(how);
  const device = await openDevice(how, {
    addresses: [`10.${number}.0.1/24`],
    routes: [{ to: `10.${number + 100}.0.0/16` }],
  });
  makeHost().plug(device.port, { address: `10.${number}.0.2/24` });
  process.stdin.once('end', () => process.exit(0)).resume();
  return 'open';
}

/**
 * Two hosts of ours on a switch of the kernel's that passes groups on only to who says that he listens, beside another that asks who does: by them and by a datagram one finds the other; what the switch knows of them when it has
 * been asked for longer than it believes one answer.
 */
async function snooping(version: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-snooping-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  // Times in hundredths of a second.
  const soon = 'mcast_query_response_interval 50';
  ip(`link add switch type bridge mcast_snooping 1 ${soon} mcast_membership_interval 250`);
  const often = `mcast_startup_query_interval 100 mcast_query_interval 100 ${soon}`;
  ip(`link add asker type bridge mcast_querier 1 mcast_mld_version ${version} ${often}`);
  for (const name of ['one', 'other', 'ask']) {
    ip(`link add ${name} type veth peer name ${name}-port`);
    // Nobody but our hosts listens at these ends.
    for (const end of [name, `${name}-port`]) writeFileSync(`/proc/sys/net/ipv6/conf/${end}/disable_ipv6`, '1');
    ip(`link set ${name}-port master switch up`);
    ip(`link set ${name} up`);
  }
  ip('link set ask master asker');
  for (const bridge of ['switch', 'asker']) ip(`link set ${bridge} up`);
  // Until it has asked, and waited for the answers, it passes everything on.
  await pause(4_000);
  const devices = [await openDevice('one', { kind: 'packet' }), await openDevice('other', { kind: 'packet' })];
  const [one, other] = [makeHost(), makeHost()];
  one.plug(devices[0]!.port, { address: 'fd00::1:1/64' });
  other.plug(devices[1]!.port, { address: 'fd00::2:2/64' });
  const capture = captureTo(other, join(folder, 'other.pcapng'));
  await pause(4_000);
  const told = execFileSync('bridge', ['mdb', 'show'], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => /port (one|other)-port grp (ff02::1:ff\S+)/.exec(line)?.slice(1).join(' ') ?? [])
    .sort();
  const receiver = socket(other, AF_INET6, SOCK_DGRAM);
  await receiver.bind(['::', PORT]);
  const sender = socket(one, AF_INET6, SOCK_DGRAM);
  await sender.sendto(Uint8Array.of(7), ['fd00::2:2', PORT]);
  const received = await Promise.race([receiver.recv(10), pause(5_000)]);
  for (const sck of [sender, receiver]) sck.close();
  capture.close();
  for (const device of devices) device.close();
  const filter =
    'icmpv6.type in {130, 131, 132, 143} && (_ws.malformed || icmpv6.checksum.status != Good || _ws.expert)';
  const objections = execFileSync('tshark', ['-n', '-r', join(folder, 'other.pcapng'), '-Y', filter], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { told, received: received?.[0], objections };
}

/** A kernel's datagrams that it leaves to the link to cut (UDP_SEGMENT): how long each is that comes. */
async function datagrams(): Promise<unknown> {
  ip('link add here type veth peer name there');
  ip('link set there up');
  ip('address add 10.9.0.1/24 dev there');
  const device = await openDevice('here', { kind: 'packet' });
  const host = makeHost();
  host.plug(device.port, { address: '10.9.0.2/24' });
  const receiver = socket(host, AF_INET, SOCK_DGRAM);
  await receiver.bind(['10.9.0.2', PORT]);
  const program = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_UDP, 103, 1000)
s.sendto(b"x" * 2500, ("10.9.0.2", ${PORT}))`;
  execFileSync('python3', ['-c', program]);
  const lengths: number[] = [];
  for (let i = 0; i < 3; i++) lengths.push((await receiver.recv(65_536)).length);
  receiver.close();
  device.close();
  return lengths;
}

/** A kernel's TCP with a header of destination options before each segment speaks with a host behind one of ours that passes packets on: octets that came. */
async function behindOptions(offload: string): Promise<unknown> {
  const device = await openDevice('tun0', {
    offload: offload === 'on',
    addresses: ['fd09::1/64'],
    routes: [{ to: 'fd02::/64', via: 'fd09::2' }],
  });
  const driver = new RealTimeDriver(nodePlatform(), cryptographicRandom());
  const router = new Host({ driver, forwarding: true });
  const host = new Host({ driver });
  const [left, right] = pipe({ medium: 'ip' });
  router.plug(device.port, { address: 'fd09::2/64' });
  router.plug(left, { address: 'fd02::1/64' });
  host.plug(right, { address: 'fd02::2/64', gateway: 'fd02::1' });
  const listener = socket(host, AF_INET6, SOCK_STREAM);
  await listener.bind(['fd02::2', PORT]);
  await listener.listen(1);
  const program = `
import socket
s = socket.socket(socket.AF_INET6)
s.settimeout(20)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, bytes([0, 0, 1, 4, 0, 0, 0, 0]))
s.connect(("fd02::2", ${PORT}))
s.sendall(bytes(200000))
s.shutdown(socket.SHUT_WR)
s.recv(1)`;
  const client = spawn('python3', ['-c', program], { stdio: 'inherit' });
  // One that does not get through ends, and closes the listener with it.
  const ended = once(client, 'exit').then(() => listener.close());
  let octetsIn = 0;
  try {
    const [accepted] = await listener.accept();
    for (let piece = await accepted.recv(65_536); piece.length > 0; piece = await accepted.recv(65_536))
      octetsIn += piece.length;
    accepted.close();
  } catch {}
  await ended;
  device.close();
  return { octetsIn, tooLong: router.counters.ipTooLong, lost: device.counters.lost };
}

const cases: Record<string, (...args: string[]) => Promise<unknown>> = {
  echo,
  configured,
  persistent,
  refusals,
  handedOver,
  child,
  commands,
  taken,
  killed,
  hold,
  snooping,
  datagrams,
  behindOptions,
};
const [name = '', ...args] = process.argv.slice(2);
console.log(JSON.stringify(await cases[name]!(...args)));
