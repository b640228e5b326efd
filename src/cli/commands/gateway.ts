/** `tcplab gateway`: joins networks by passing packets on between them, or by translating those behind it to its own address. */
import type { Command } from 'commander';
import {
  Cable,
  captureTo,
  cryptographicRandom,
  type Device,
  type HostCapture,
  nodePlatform,
  openDevice,
} from '../../node/index.ts';
import { successor } from '../../node/rights.ts';
import type { Port } from '../../speak/link/link.ts';
import { Host } from '../../speak/stack/host.ts';
import type { Interface } from '../../speak/stack/interface.ts';
import { RealTimeDriver } from '../../speak/stack/real-time-driver.ts';
import { maskIpv4 } from '../../wire/address.ts';
import { formatAddress, type IpAddress, prefixOf } from '../../wire/ip-address.ts';
import { UsageError } from '../failure.ts';
import { giveUpRights, type OwnAddress, readOwn } from '../network.ts';
import { say } from '../terminal.ts';

interface GatewayOptions {
  nat?: string;
  route?: string[];
  offload: boolean;
  user?: string;
  capture?: string;
}

const HELP = `
A LINK says what is joined, and which address the gateway has there:
  cable=10.7.0.1/24                  the cable between programs; needs no rights
  cable:/tmp/other=10.7.0.1/24       another cable
  tun:tun0=10.9.0.2/24               a TUN device to this machine's kernel, who
                                     is the network's first other address, and
                                     is told the way to the other links
  tap:tap0=10.9.0.2/24               the same with Ethernet frames
  interface:eth0=192.0.2.50/24@192.0.2.1
                                     an interface there is, and the router there
Addresses of IPv6 too: cable=10.7.0.1/24,fd07::1/64.

Examples:
  sudo tcplab gateway cable=10.7.0.1/24 tun:tun0=10.9.0.2/24
  tcplab listen 80 --address 10.7.0.2/24 --gateway 10.7.0.1
  curl http://10.7.0.2/              each in a terminal of its own
  sudo tcplab gateway cable=10.7.0.1/24 interface:eth0=192.0.2.50/24@192.0.2.1 \\
      --nat eth0                     programs on the cable speak as 192.0.2.50

It asks only for the rights that its links need, and drops them once they are
open: for whoever called sudo, for --user, or for nobody where there is neither
and no cable of root's own. Ctrl-C ends it.`;

export function define(command: Command): void {
  command
    .argument('<LINK...>', 'two links or more')
    .option('--nat <NAME>', 'all others speak by the IPv4 address of this link')
    .option(
      '--route <NETWORK=GATEWAY>',
      'a network behind a router, such as 10.1.0.0/16=10.7.0.9; may be repeated',
      more,
    )
    .option('--no-offload', 'packets that a wire would carry, none that stand for several')
    .option('--user <NAME>', 'whose rights to go on with once the links are open')
    .option('--capture <FILE>', 'write every packet to FILE (.pcapng)')
    .addHelpText('after', HELP)
    .action(gateway);
}

const more = (value: string, before: string[] = []): string[] => [...before, value];

/** A link as it is asked for. */
interface Wanted {
  readonly kind: 'cable' | 'tun' | 'tap' | 'interface';
  /** The path of a cable (empty for the usual one), or the name of a device. */
  readonly at: string;
  /** By which `--nat` and messages name it. */
  readonly name: string;
  readonly own: readonly OwnAddress[];
  readonly gateways: readonly string[];
}

const KINDS = ['cable', 'tun', 'tap', 'interface'] as const;

function readLink(text: string): Wanted {
  const [, kind, at = '', addresses, gateways] = /^([a-z]+)(?::([^=]+))?=([^@]+)(?:@(.+))?$/.exec(text) ?? [];
  const known = KINDS.find((each) => each === kind);
  if (known === undefined || addresses === undefined)
    throw new UsageError(
      `"${text}" is not a link; write one such as cable=10.7.0.1/24, tun:tun0=10.9.0.2/24 or interface:eth0=192.0.2.50/24@192.0.2.1`,
    );
  if (known !== 'cable' && at === '')
    throw new UsageError(`"${text}" does not say which ${known}; write ${known}:NAME=${addresses}`);
  const name = known === 'cable' ? 'cable' : at;
  return {
    kind: known,
    at,
    name,
    own: readOwn(addresses, `the link ${text.split('=', 1)}`),
    gateways: gateways?.split(',') ?? [],
  };
}

/** @throws UsageError when two links are one, or have addresses of one network: nobody could say which of them is meant */
function requireDifferent(one: Wanted, other: Wanted): void {
  if (one.kind === other.kind && one.at === other.at)
    throw new UsageError(`a gateway joins different links, and ${one.kind}${one.at && `:${one.at}`} is named twice`);
  for (const mine of one.own)
    for (const theirs of other.own) {
      const prefix = Math.min(mine.prefix, theirs.prefix);
      const isOne =
        typeof mine.address === typeof theirs.address &&
        networkOf(mine.address, prefix) === networkOf(theirs.address, prefix);
      if (isOne)
        throw new UsageError(
          `${one.name} and ${other.name} would be one network: ${mine.text}/${mine.prefix} and ${theirs.text}/${theirs.prefix} overlap; give each link a network of its own`,
        );
    }
}

async function gateway(links: string[], options: GatewayOptions): Promise<void> {
  const wanted = links.map(readLink);
  if (wanted.length < 2)
    throw new UsageError('a gateway joins two links or more; tcplab gateway --help shows how they are written');
  for (const [i, one] of wanted.entries()) for (const other of wanted.slice(i + 1)) requireDifferent(one, other);
  if (options.nat !== undefined && !wanted.some(({ name }) => name === options.nat))
    throw new UsageError(
      `--nat names one of the links, ${wanted.map(({ name }) => name).join(' or ')}, not "${options.nat}"`,
    );
  const routes = (options.route ?? []).map((text) => {
    const [network, by, ...rest] = text.split('=');
    if (network === undefined || by === undefined || rest.length > 0)
      throw new UsageError(`--route takes a network and its gateway, such as 10.1.0.0/16=10.7.0.9, not "${text}"`);
    return [network, by] as const;
  });
  const host = new Host({
    driver: new RealTimeDriver(nodePlatform(), cryptographicRandom()),
    name: 'gateway',
    forwarding: true,
  });
  const devices: Device[] = [];
  try {
    const ports = new Map<Wanted, Port>();
    for (const each of wanted)
      if (each.kind !== 'cable') ports.set(each, await openDeviceOf(each, wanted, options, devices));
    const openCapture = (): HostCapture | undefined =>
      options.capture === undefined ? undefined : captureTo(host, options.capture);
    // A cable is of the user who is on it: root's can be joined, and served when others have ended, by root alone.
    const isOfRoot = wanted.some(({ kind }) => kind === 'cable') && successor(options.user)?.owns === false;
    if (isOfRoot) say('The cable is that of root, so root goes on: --user NAME would give up its rights.');
    const capture = isOfRoot ? openCapture() : giveUpRights(options.user, openCapture);
    const interfaces = new Map<string, Interface>();
    for (const each of wanted) {
      const port = ports.get(each) ?? (await openCable(each));
      const address = each.own.map(({ text, prefix }) => `${text}/${prefix}`);
      interfaces.set(each.name, host.plug(port, { address, gateway: each.gateways, name: each.name }));
    }
    for (const [network, by] of routes) host.addRoute(network, by);
    if (options.nat !== undefined) host.forwarding!.translate(interfaces.get(options.nat)!);
    const how = options.nat === undefined ? '' : `; the others speak by ${options.nat}`;
    say(`Passing packets on between ${wanted.map(({ name }) => name).join(', ')}${how}. Ctrl-C ends it.`);
    await untilEnded(devices);
    capture?.close();
    say(inWords(host.counters));
  } finally {
    for (const device of devices) device.close();
  }
  // What is left is a cable, which others may go on with.
  process.exit(0);
}

async function openCable({ at }: Wanted): Promise<Port> {
  const cable = new Cable(at === '' ? {} : { path: at });
  await cable.join();
  return cable.port;
}

/** Opens a device; the kernel behind a TUN or TAP is told that the others are reached by it. */
async function openDeviceOf(
  link: Wanted,
  all: readonly Wanted[],
  { nat, offload }: GatewayOptions,
  devices: Device[],
): Promise<Port> {
  const { kind, at, own } = link;
  if (kind === 'interface') {
    const device = await openDevice(at, { kind: 'packet', offload });
    devices.push(device);
    return device.port;
  }
  const others = nat === link.name ? [] : all.filter((other) => other !== link);
  const routes = others.flatMap((other) =>
    other.own.flatMap(({ address, prefix }) => {
      const via = own.find((each) => typeof each.address === typeof address);
      return via === undefined ? [] : [{ to: `${networkOf(address, prefix)}/${prefix}`, via: via.text }];
    }),
  );
  const addresses = own.map(({ other, prefix }) => `${other}/${prefix}`);
  const device = await openDevice(at, { kind: kind === 'tap' ? 'tap' : 'tun', offload, addresses, routes });
  devices.push(device);
  say(`${device.name} is open: this machine is ${own.map(({ other }) => other).join(' and ')} there.`);
  return device.port;
}

/** The address of the network that an address is in. */
const networkOf = (address: IpAddress, prefix: number): string =>
  formatAddress(typeof address === 'number' ? address & maskIpv4(prefix) : prefixOf(address, prefix));

/** Comes true at Ctrl-C, at SIGTERM, or when a device is taken away. */
async function untilEnded(devices: readonly Device[]): Promise<void> {
  // A cable alone keeps no program running.
  const running = setInterval(() => {}, 60_000);
  await Promise.race([
    new Promise((resolve) => process.once('SIGINT', resolve)),
    new Promise((resolve) => process.once('SIGTERM', resolve)),
    ...devices.map((device) => device.gone.then(() => say(`${device.name} was taken away.`))),
  ]);
  clearInterval(running);
}

/** What became of packets; of losses those that there were. */
function inWords(counters: Host['counters']): string {
  const { ipForwarded, ipForwardRefused, ipMartian, ipNoFrame, ipNoRoute, ipTimeExceeded, ipTooLong } = counters;
  const { arpCacheFull, arpQueueFull, arpUnanswered, natRefused } = counters;
  const { ipBadChecksum, ipMalformed, ipUnfinished, tcpBadChecksum, udpBadChecksum } = counters;
  const losses: readonly (readonly [number, string])[] = [
    [arpCacheFull + arpQueueFull + arpUnanswered, 'of these found nobody to take them'],
    [ipForwardRefused + ipMartian + natRefused, 'were refused'],
    [ipNoRoute, 'had no way'],
    [ipTimeExceeded, 'had gone too far'],
    [ipTooLong, 'were too long'],
    [ipBadChecksum + ipMalformed + ipUnfinished + tcpBadChecksum + udpBadChecksum, 'were spoilt'],
    [ipNoFrame, 'came when no frame was free'],
  ];
  const told = losses.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `${[`Packets passed on: ${ipForwarded}`, ...told].join('; ')}.`;
}
