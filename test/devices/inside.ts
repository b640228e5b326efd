/** What the tests of devices run in a network namespace of their own: one case, named by the argument; what it saw is printed as JSON. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { TcplabError } from '../../src/core/errors.ts';
import {
  cryptographicRandom,
  type DeviceOptions,
  handOver,
  nodePlatform,
  openDevice,
  receivedDevice,
  removeDevice,
} from '../../src/node/index.ts';
import { Host, RealTimeDriver } from '../../src/speak/index.ts';
import { AF_INET, SOCK_STREAM, socket } from '../../src/speak/socket/bsd.ts';

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
  return { stays, stranger, changed, left: interfaces() };
}

/** What `act` comes to without rights: its result, or the code and text of its refusal. The device node is open to all meanwhile. */
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

/** The system takes the device away while a program uses it. */
async function taken(): Promise<unknown> {
  const device = await openDevice('tun0', { addresses: ['10.9.0.1/24'] });
  const host = makeHost();
  host.plug(device.port, { address: '10.9.0.2/24' });
  ip('link delete tun0');
  await device.gone;
  return { left: interfaces(), gone: true };
}

/** A program with a device is killed: what is left of it. And one that ends by itself, by a signal, by process.exit. */
async function killed(): Promise<unknown> {
  const seen: Record<string, string[]> = {};
  for (const how of ['SIGKILL', 'SIGTERM', 'SIGINT', 'exit']) {
    const holder = spawn(process.execPath, ['tools/run.mjs', fileURLToPath(import.meta.url), 'hold', how], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout!, 'data');
    const before = interfaces();
    if (how.startsWith('SIG')) holder.kill(how as 'SIGKILL');
    await once(holder, 'close');
    seen[how] = [...before, '|', ...interfaces(), ip('route').trim()];
  }
  return seen;
}

async function hold(how: string): Promise<unknown> {
  const device = await openDevice('tun0', { addresses: ['10.9.0.1/24'], routes: [{ to: '10.55.0.0/16' }] });
  makeHost().plug(device.port, { address: '10.9.0.2/24' });
  if (how === 'exit') setTimeout(() => process.exit(0), 50);
  return 'open';
}

const cases: Record<string, (...args: string[]) => Promise<unknown>> = {
  echo,
  configured,
  persistent,
  refusals,
  handedOver,
  child,
  taken,
  killed,
  hold,
};
const [name = '', ...args] = process.argv.slice(2);
console.log(JSON.stringify(await cases[name]!(...args)));
