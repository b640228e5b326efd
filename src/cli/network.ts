/**
 * Which network a command speaks on: the cable between programs, which needs no rights, or a network device of the machine; what of it is captured and explained; and the way back, after which nothing is left. Not here: what is said
 * there (talk.ts).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import {
  cableHost,
  captureTo,
  cryptographicRandom,
  type Device,
  type DeviceKind,
  type HostCapture,
  nodePlatform,
  openDevice,
} from '../node/index.ts';
import { dropRights } from '../node/rights.ts';
import { Host } from '../speak/stack/host.ts';
import { RealTimeDriver } from '../speak/stack/real-time-driver.ts';
import { formatIpv4, maskIpv4, readIpv4 } from '../wire/address.ts';
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
example tcplab is 10.9.0.2 there and this machine 10.9.0.1, or the --gateway.
Rights are dropped once it is open: for whoever called sudo, or for --user.`;

/** Adds the options that say which network. */
export function addNetworkOptions(command: Command): Command {
  return command
    .option('--cable <PATH>', 'another cable than the usual one')
    .option('--tun <NAME>', "not on the cable: by a TUN device to this machine's kernel and beyond")
    .option('--tap <NAME>', 'the same with Ethernet frames')
    .option('--interface <NAME>', 'the same by an interface there is, such as one end of a veth pair')
    .option('--address <CIDR>', "tcplab's own address there, such as 10.9.0.2/24")
    .option('--gateway <IP>', "where other networks are reached; with --tun and --tap this machine's own address there")
    .option('--mtu <OCTETS>', 'the longest IP packet there; default 1500, or what the interface has')
    .option('--no-offload', 'whole packets of that length only, none for the kernel to cut and to sum')
    .option('--user <NAME>', 'whose rights to go on with once the device is open')
    .option('--capture <FILE>', 'write every packet to FILE (.pcapng), with the reason for each')
    .option('--explain', 'tell at the end what was said, segment by segment');
}

/** A network that is open. */
export interface Network {
  readonly host: Host;
  /** For messages: `on the cable`. */
  readonly where: string;
  /** The addresses that a listener takes, for `bind` and for messages. */
  readonly bindTo: string;
  readonly ownAddress: string;
  /** Waits until what was said has been delivered, then gives everything back, and explains where that was asked for. */
  close(): Promise<void>;
}

/**
 * Opens the network that the options ask for.
 * @throws UsageError when they do not go together, TcplabError when it cannot be had
 */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const asked = (['tun', 'tap', 'interface'] as const).filter((name) => options[name] !== undefined);
  const [kind] = asked;
  if (asked.length > 1)
    throw new UsageError(`--${asked[0]} and --${asked[1]} do not go together: one device at a time`);
  if (kind !== undefined && options.cable !== undefined)
    throw new UsageError(`--cable and --${kind} do not go together: choose one`);
  if (kind === undefined) {
    const needless = (['address', 'gateway', 'mtu', 'user'] as const).find((name) => options[name] !== undefined);
    if (needless !== undefined) throw new UsageError(`--${needless} is for a device: --tun tun0 --address 10.9.0.2/24`);
    const host = cableHost(options.cable === undefined ? {} : { path: options.cable });
    return networkOn(host, 'on the cable', 'localhost', 'localhost', undefined, options);
  }
  const { address } = options;
  if (address === undefined)
    throw new UsageError(
      `--${kind} needs the address that tcplab has there: --${kind} ${options[kind]} --address 10.9.0.2/24`,
    );
  const own = readOwn(address);
  const device = await openFor(options, kind, own);
  try {
    const driver = new RealTimeDriver(nodePlatform(), cryptographicRandom());
    const host = new Host({ driver, name: 'tcplab' });
    const { gateway } = options;
    host.plug(device.port, { address, name: device.name, ...(gateway !== undefined && { gateway }) });
    const user = dropRights(options.user);
    if (user !== undefined) say(`The rest needs no rights: on as ${user}.`);
    return networkOn(host, `by ${device.name}`, '0.0.0.0', own.address, device, options);
  } catch (error) {
    device.close();
    throw error;
  }
}

interface OwnAddress {
  readonly address: string;
  readonly prefix: number;
  /** Where the kernel is when nobody says otherwise: the network's first address that is not ours. */
  readonly other: string;
}

function readOwn(text: string): OwnAddress {
  const [quad = '', length = ''] = text.split('/');
  const address = readIpv4(quad);
  const prefix = Number(length);
  if (address === undefined || !/^\d{1,2}$/.test(length) || prefix < 1 || prefix > 31)
    throw new UsageError(
      `--address takes an IPv4 address, a slash and the length of its network's prefix, 1 to 31, such as 10.9.0.2/24, not "${text}"`,
    );
  const network = address & maskIpv4(prefix);
  const first = prefix === 31 ? network : network + 1;
  return { address: quad, prefix, other: formatIpv4(first === address ? address + 1 : first) };
}

async function openFor(options: NetworkOptions, kind: 'tun' | 'tap' | 'interface', own: OwnAddress): Promise<Device> {
  const mtu = options.mtu === undefined ? {} : { mtu: wholeNumber(options.mtu, '--mtu', 68, 65_521) };
  const common = { offload: options.offload, ...mtu };
  if (kind === 'interface') return openDevice(options.interface!, { kind: 'packet', ...common });
  const theirs = options.gateway ?? own.other;
  const device = await openDevice(options[kind]!, {
    kind: kind satisfies DeviceKind,
    addresses: [`${theirs}/${own.prefix}`],
    ...common,
  });
  say(`${device.name} is open: this machine is ${theirs} there, tcplab is ${own.address}.`);
  return device;
}

function networkOn(
  host: Host,
  where: string,
  bindTo: string,
  ownAddress: string,
  device: Device | undefined,
  options: NetworkOptions,
): Network {
  const folder = options.explain && options.capture === undefined ? mkdtempSync(join(tmpdir(), 'tcplab-')) : undefined;
  const path = options.capture ?? (folder === undefined ? undefined : join(folder, 'explain.pcapng'));
  const capture: HostCapture | undefined = path === undefined ? undefined : captureTo(host, path);
  // While nothing is being said, Ctrl-C ends the program, and with it the device; what was captured stays.
  const interrupted = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    capture?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  return {
    host,
    where,
    bindTo,
    ownAddress,
    close: async () => {
      await quiet(host);
      process.removeListener('SIGINT', interrupted);
      process.removeListener('SIGTERM', interrupted);
      device?.close();
      try {
        capture?.close();
        if (options.explain) for (const story of await storiesOf(path!, {})) tell(story, say);
      } finally {
        if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** How often it is looked whether everything has been said, in milliseconds. */
const LOOK = 10;

/** Comes true when every connection is closed, TIME-WAIT aside, and the last acknowledgment has gone: without it the other side would wait for one that cannot come any more. */
async function quiet(host: Host): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, LOOK));
  while (host.busy || host.holding);
}
