/**
 * Which network a command speaks on: the cable between programs, which needs no rights, or a network device of the machine; what of it is captured and explained; and the way back, after which nothing is left. Not here: what is said
 * there (talk.ts).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import {
  Cable,
  type CableOptions,
  cableHost,
  captureTo,
  cryptographicRandom,
  type Device,
  type DeviceKind,
  type HostCapture,
  nodePlatform,
  openDevice,
} from '../node/index.ts';
import { dropRights, successor } from '../node/rights.ts';
import { AF_INET, AF_INET6 } from '../speak/socket/constants.ts';
import { Host } from '../speak/stack/host.ts';
import { RealTimeDriver } from '../speak/stack/real-time-driver.ts';
import { maskIpv4 } from '../wire/address.ts';
import {
  formatAddress,
  type IpAddress,
  Ipv6,
  LOOPBACK6,
  prefixOf,
  readAddressText,
  sameAddress,
} from '../wire/ip-address.ts';
import { UsageError, wholeNumber } from './failure.ts';
import { storiesOf } from './stories.ts';
import { tell } from './telling.ts';
import { say } from './terminal.ts';

/** The options that `addNetworkOptions` adds. */
export interface NetworkOptions {
  cable?: string;
  tun?: string;
  tap?: string;
  interface?: string;
  address?: string;
  ipv6?: boolean;
  gateway?: string;
  mtu?: string;
  offload: boolean;
  user?: string;
  capture?: string;
  explain?: boolean;
}

/** What the help of each of these commands says of devices. */
export const NETWORK_HELP = `
With --tun, --tap or --interface it speaks on a network of this machine, to its
kernel and beyond, and needs the rights for that (docs/networks.md). In the last
example tcplab is 10.9.0.2 there and this machine 10.9.0.1, or the --gateway. Of
IPv6 as well: --address 10.9.0.2/24,fd09::2/64. With --address and no device the
cable is that network: other programs on it, and "tcplab gateway".
Rights are dropped once it is open: for whoever called sudo, for --user, or for
nobody where there is neither. A device that was there before keeps the address
it was given, and stays up.`;

/** Adds the options that say which network, and what is kept of it. */
export function addNetworkOptions(command: Command): Command {
  return command
    .option('--cable <PATH>', 'another cable than the usual one')
    .option('--tun <NAME>', "not on the cable: by a TUN device to this machine's kernel and beyond")
    .option('--tap <NAME>', 'the same with Ethernet frames')
    .option('--interface <NAME>', 'the same by an interface there is, such as one end of a veth pair')
    .option('--address <CIDR,...>', "tcplab's own address there, such as 10.9.0.2/24 or fd09::2/64, or one of each")
    .option('-6, --ipv6', 'IPv6 alone, where both would do')
    .option(
      '--gateway <IP,...>',
      "where other networks are reached; with --tun and --tap this machine's own address there",
    )
    .option('--mtu <OCTETS>', 'the longest IP packet there; default 1500, or what the interface has')
    .option('--no-offload', 'whole packets of that length only, none for the kernel to cut and to sum')
    .option('--user <NAME>', 'whose rights to go on with once the device is open')
    .option('--capture <FILE>', 'write every packet to FILE (.pcapng), with the reason for each');
}

/** Adds the option that explains, where TCP is spoken. */
export const addExplainOption = (command: Command): Command =>
  command.option('--explain', 'tell at the end what was said, segment by segment');

/** Options that are for tcplab's own stack, beside --no-offload. */
const OWN_OPTIONS = [
  'cable',
  'tun',
  'tap',
  'interface',
  'address',
  'ipv6',
  'gateway',
  'mtu',
  'user',
  'capture',
  'explain',
] as const;

/** @throws UsageError when an option goes with --kernel that is for tcplab's own stack: it would do nothing */
export function requireNone(options: NetworkOptions): void {
  const given = OWN_OPTIONS.find((name) => options[name] !== undefined) ?? (options.offload ? undefined : 'no-offload');
  if (given !== undefined)
    throw new UsageError(
      `--${given} and --kernel do not go together: with --kernel this machine's own stack speaks, of which tcplab sees nothing (tcplab sniff does)`,
    );
}

/** A network that is open. */
export interface Network {
  readonly host: Host;
  /** For messages: `on the cable`. */
  readonly where: string;
  /** What a listener binds to; and where it is reached then, as people write it before a port. */
  readonly bindTo: string;
  readonly ownAddresses: readonly string[];
  /** Of sockets that listen. */
  readonly family: typeof AF_INET | typeof AF_INET6;
  /** Waits until what was said has been delivered, then gives everything back, and explains where that was asked for. */
  close(): Promise<void>;
}

/**
 * Opens the network that the options ask for.
 * @param portless whether no port will be asked for, with which a cable is joined otherwise
 * @throws UsageError when they do not go together, TcplabError when it cannot be had
 */
export async function openNetwork(options: NetworkOptions, portless = false): Promise<Network> {
  const asked = (['tun', 'tap', 'interface'] as const).filter((name) => options[name] !== undefined);
  const [kind] = asked;
  if (asked.length > 1)
    throw new UsageError(`--${asked[0]} and --${asked[1]} do not go together: one device at a time`);
  if (kind !== undefined && options.cable !== undefined)
    throw new UsageError(`--cable and --${kind} do not go together: choose one`);
  if (kind === undefined) {
    const needless =
      (['mtu', 'user'] as const).find((name) => options[name] !== undefined) ??
      (options.offload ? undefined : 'no-offload') ??
      (options.address === undefined && options.gateway !== undefined ? 'gateway' : undefined);
    if (needless !== undefined) throw new UsageError(`--${needless} is for a device: --tun tun0 --address 10.9.0.2/24`);
    if (options.address !== undefined) return networkOnCable(options, options.address);
    const path = options.cable === undefined ? {} : { path: options.cable };
    const host = portless ? await joinedHost(path) : cableHost(path);
    return networkOn(host, 'on the cable', 'localhost', ['localhost'], undefined, options);
  }
  const { address } = options;
  if (address === undefined)
    throw new UsageError(
      `--${kind} needs the address that tcplab has there: --${kind} ${options[kind]} --address 10.9.0.2/24`,
    );
  const own = readOwn(address);
  requireOther(own, options);
  const names = namesOf(own, options);
  const device = await openFor(options, kind, own);
  try {
    const driver = new RealTimeDriver(nodePlatform(), cryptographicRandom());
    const host = new Host({ driver, name: 'tcplab' });
    host.plug(device.port, { ...interfaceOptions(own, options), name: device.name });
    return networkOn(host, `by ${device.name}`, '', names, device, options);
  } catch (error) {
    device.close();
    throw error;
  }
}

/**
 * What needed rights is open: the rest is done without, and whose rights it is done with is said. Files are opened by who goes on, whose they are then; for nobody, who may write nowhere, by root.
 * @throws TcplabError as `dropRights`, and what `openFiles` throws
 */
export function giveUpRights<T>(wanted: string | undefined, openFiles: () => T): T {
  const next = successor(wanted);
  const before = next?.owns === false ? { files: openFiles() } : undefined;
  const user = dropRights(wanted);
  if (user !== undefined) say(`The rest needs no rights: on as ${user}.`);
  else if (next !== undefined) say("The rest needs no rights, but nobody's cannot be taken on here: on as root.");
  return before === undefined ? openFiles() : before.files;
}

/** An address of tcplab's own on a network. */
export interface OwnAddress {
  readonly address: IpAddress;
  readonly text: string;
  readonly prefix: number;
  /** Where the kernel is when nobody says otherwise: the network's first address that is not ours. */
  readonly other: string;
}

/**
 * `10.9.0.2/24`, `fd09::2/64`, or both with a comma between.
 * @param where for messages: what they were given to
 * @throws UsageError when it is none of that
 */
export function readOwn(text: string, where = '--address'): readonly OwnAddress[] {
  const all = text.split(',').map((each) => {
    const [first = '', length = ''] = each.split('/');
    const address = readAddressText(first);
    const prefix = Number(length);
    if (address === undefined)
      throw new UsageError(`${where}: "${first}" is no address; write one such as 10.9.0.2/24 or fd09::2/64`);
    const most = typeof address === 'number' ? 31 : 127;
    if (!/^\d{1,3}$/.test(length) || prefix < 1 || prefix > most)
      throw new UsageError(
        `${where} takes an address, a slash and the length of its network's prefix, 1 to ${most}, such as ${first}/${typeof address === 'number' ? 24 : 64}, not "${each}"`,
      );
    if (!canBeOwn(address, prefix))
      throw new UsageError(`${where}: ${each} is no address that one host of a network can have`);
    return { address, text: first, prefix, other: otherThan(address, prefix) };
  });
  if (all.filter(({ address }) => typeof address === 'number').length > 1)
    throw new UsageError(`${where} takes one IPv4 address at most, not ${text}`);
  return all;
}

/** Whether a host can have an address: it is not for many, not for nobody, and not for the host itself alone. */
function canBeOwn(address: IpAddress, prefix: number): boolean {
  if (typeof address === 'object') return !address.isMulticast && !address.isUnspecified && !address.equals(LOOPBACK6);
  const host = address & ~maskIpv4(prefix);
  const isEnd = prefix < 31 && (host === 0 || host === ~maskIpv4(prefix));
  const first = address >>> 24;
  return !isEnd && first !== 0 && first !== 127 && first < 224;
}

/** The first address of a network that is not that one. */
function otherThan(address: IpAddress, prefix: number): string {
  if (typeof address === 'number') {
    const network = address & maskIpv4(prefix);
    const first = prefix === 31 ? network : network + 1;
    return formatAddress(first === address ? address + 1 : first);
  }
  const { a, b, c, d } = prefixOf(address, prefix);
  const first = new Ipv6(a, b, c, d + 1);
  return formatAddress(sameAddress(first, address) ? new Ipv6(a, b, c, d + 2) : first);
}

/** @throws UsageError when a gateway is no address, or tcplab itself */
function requireOther(own: readonly OwnAddress[], { gateway }: Pick<NetworkOptions, 'gateway'>): void {
  const all = gateway?.split(',') ?? [];
  const wrong = all.find((each) => readAddressText(each) === undefined);
  if (wrong !== undefined)
    throw new UsageError(`--gateway takes an address such as 10.9.0.1 or fd09::1, or one of each, not "${wrong}"`);
  const ours = all.find((each) => own.some(({ text }) => text === each));
  if (ours !== undefined)
    throw new UsageError(`--gateway ${ours} is tcplab's own address there: it is whom packets to others are handed to`);
}

/** What a host is told of an interface with these addresses. */
const interfaceOptions = (
  own: readonly OwnAddress[],
  { gateway }: Pick<NetworkOptions, 'gateway'>,
): { address: readonly string[]; gateway?: readonly string[] } => ({
  address: own.map(({ text, prefix }) => `${text}/${prefix}`),
  ...(gateway !== undefined && { gateway: gateway.split(',') }),
});

/** A host whose 127.0.0.1 is on the cable, joined. */
async function joinedHost(options: CableOptions): Promise<Host> {
  const cable = new Cable(options);
  await cable.join();
  const driver = new RealTimeDriver(nodePlatform(), cryptographicRandom());
  return new Host({ driver, name: 'this program', loopback: cable.port });
}

/** An Ethernet of the cable, on which this program has an address of its own. */
async function networkOnCable(options: NetworkOptions, address: string): Promise<Network> {
  const own = readOwn(address);
  requireOther(own, options);
  const names = namesOf(own, options);
  const cable = new Cable(options.cable === undefined ? {} : { path: options.cable });
  await cable.join();
  const driver = new RealTimeDriver(nodePlatform(), cryptographicRandom());
  const host = new Host({ driver, name: 'tcplab' });
  host.plug(cable.port, { ...interfaceOptions(own, options), name: 'cable' });
  // Beyond a gateway there are others than programs on the cable.
  const where = options.gateway === undefined ? 'on the cable' : 'by the cable';
  return networkOn(host, where, '', names, undefined, options);
}

async function openFor(
  options: NetworkOptions,
  kind: 'tun' | 'tap' | 'interface',
  own: readonly OwnAddress[],
): Promise<Device> {
  // RFC 8200 §5: what every link of IPv6 takes.
  const least = own.some(({ address }) => typeof address === 'object') ? 1_280 : 68;
  const mtu = options.mtu === undefined ? {} : { mtu: wholeNumber(options.mtu, '--mtu', least, 65_521) };
  const common = { offload: options.offload, ...mtu };
  if (kind === 'interface') return openDevice(options.interface!, { kind: 'packet', ...common });
  const gateways = options.gateway?.split(',') ?? [];
  const theirs = own.map(({ address, other, prefix }) => {
    const isOurs = (gateway: string): boolean => gateway.includes(':') === (typeof address === 'object');
    return `${gateways.find(isOurs) ?? other}/${prefix}`;
  });
  const device = await openDevice(options[kind]!, { kind: kind satisfies DeviceKind, addresses: theirs, ...common });
  const names = theirs.map((each) => each.replace(/\/.*/, '')).join(' and ');
  say(
    `${device.name} is open: this machine is ${names} there, tcplab is ${own.map(({ text }) => text).join(' and ')}.`,
  );
  return device;
}

function networkOn(
  host: Host,
  where: string,
  bindTo: string,
  ownAddresses: readonly string[],
  device: Device | undefined,
  options: NetworkOptions,
): Network {
  // A socket of AF_INET6 hears both versions, where its host speaks both.
  const speaks6 = host.interfaces.some(({ isLoopback, ipv6 }) => !isLoopback && ipv6 !== undefined);
  const family = speaks6 || options.ipv6 ? AF_INET6 : AF_INET;
  const openCapture = (): HostCapture | undefined =>
    options.capture === undefined ? undefined : captureTo(host, options.capture);
  const capture = device === undefined ? openCapture() : giveUpRights(options.user, openCapture);
  // What is explained must be readable for who goes on, which the capture need not be.
  const folder = options.explain ? mkdtempSync(join(tmpdir(), 'tcplab-')) : undefined;
  const path = folder === undefined ? undefined : join(folder, 'explain.pcapng');
  const explained = path === undefined ? undefined : captureTo(host, path);
  // While nothing is being said, Ctrl-C ends the program, and with it the device; what was captured stays.
  const interrupted = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    capture?.close();
    explained?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  return {
    host,
    where,
    bindTo: family === AF_INET6 && bindTo === '' ? '::' : bindTo,
    ownAddresses,
    family,
    close: async () => {
      await quiet(host);
      process.removeListener('SIGINT', interrupted);
      process.removeListener('SIGTERM', interrupted);
      device?.close();
      try {
        capture?.close();
        explained?.close();
        if (path !== undefined) await explain(path);
      } finally {
        if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The addresses that the options leave, as people write them before a port. @throws UsageError when there is none */
function namesOf(own: readonly OwnAddress[], { ipv6 = false }: NetworkOptions): string[] {
  const wanted = own.filter(({ address }) => !ipv6 || typeof address === 'object');
  if (wanted.length === 0)
    throw new UsageError(
      '--ipv6 needs an address of IPv6: --address fd09::2/64, or one of each, 10.9.0.2/24,fd09::2/64',
    );
  return wanted.map(({ address, text }) => (typeof address === 'object' ? `[${text}]` : text));
}

/** Tells what was said, as far as it was said by TCP. */
async function explain(path: string): Promise<void> {
  const stories = await storiesOf(path, {}).catch((error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    return [];
  });
  if (stories.length === 0) say('There is nothing to explain: nothing was said by TCP.');
  for (const story of stories) tell(story, say);
}

/** How often it is looked whether everything has been said, in milliseconds. */
const LOOK = 10;

/** Comes true when every connection is closed, TIME-WAIT aside, and the last acknowledgment has gone: without it the other side would wait for one that cannot come any more. */
async function quiet(host: Host): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, LOOK));
  while (host.busy || host.holding);
}
