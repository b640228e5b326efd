/** Two hosts on a cable, on virtual time: what most tests of the stack begin with. */

import type { Micros } from '../src/core/time.ts';
import type { Audit } from '../src/lab/audit/index.ts';
import { flagNames } from '../src/rules/flags.ts';
import {
  type Driver,
  Host,
  type HostOptions,
  type ImpairOptions,
  impair,
  type PipeOptions,
  type Port,
  pipe,
  tap,
  VirtualDriver,
} from '../src/speak/index.ts';
import { finish, pseudoHeader4, sum } from '../src/wire/checksum.ts';
import * as ethernet from '../src/wire/ethernet.ts';
import type { Frame } from '../src/wire/frame.ts';
import * as ipv4 from '../src/wire/ipv4.ts';
import * as tcp from '../src/wire/tcp.ts';

/** What the two hosts are made with. */
export interface NetworkOptions {
  seed?: number;
  link?: PipeOptions;
  /** Whether they speak IPv6, too; default false. */
  ipv6?: boolean;
  /** For both hosts. */
  host?: Partial<Omit<HostOptions, 'driver'>>;
  /** For the client's end of the cable. */
  impairment?: (driver: Driver) => ImpairOptions;
  /** Captures and traces both. */
  audit?: Audit | undefined;
  /** Sees every frame that a host sends, before anything happens to it. */
  onFrame?: (frame: Frame, now: Micros, from: 'client' | 'server') => void;
}

/** The two hosts: client 10.0.0.1 and fd00::1, server 10.0.0.2 and fd00::2; the latter where both versions are asked for. */
export interface Network {
  readonly driver: VirtualDriver;
  readonly client: Host;
  readonly server: Host;
  /** The client's end of the cable, for what it counts. */
  readonly port: Port;
}

/** A driver on virtual time for tests. */
export const virtualDriver = (seed = 1): VirtualDriver =>
  new VirtualDriver({ seed, afterPrograms: (callback) => setImmediate(callback) });

/** Makes two hosts. */
export function network(options: NetworkOptions = {}): Network {
  const driver = virtualDriver(options.seed);
  const [left, right] = pipe(options.link);
  const { onFrame } = options;
  const port = options.impairment ? impair(left, options.impairment(driver)) : left;
  const tapped = (inner: Port, from: 'client' | 'server'): Port =>
    onFrame === undefined
      ? inner
      : tap(inner, (frame, now, direction) => direction === 'out' && onFrame(frame, now, from));
  // Small pools: a simulation makes many hosts.
  const small = { buffers: 4 << 20, frames: 256, largeFrames: 16, ...options.host };
  const client = new Host({ driver, name: 'client', ...small });
  const server = new Host({ driver, name: 'server', ...small });
  const addresses = (last: number): string[] => [`10.0.0.${last}/24`, ...(options.ipv6 ? [`fd00::${last}/64`] : [])];
  client.plug(tapped(port, 'client'), { address: addresses(1) });
  server.plug(tapped(right, 'server'), { address: addresses(2) });
  options.audit?.watch(client);
  options.audit?.watch(server);
  return { driver, client, server, port };
}

/** A TCP frame in a few words, `SYN, ACK 1234:1238`-like: its flags and its payload's length; `ARP`, `UDP`, `ICMP` for others. */
export function brief(frame: Frame): string {
  const { view, start } = frame;
  const end = start + frame.length;
  if (ethernet.type(view, start) !== ethernet.TYPE_IPV4) return 'ARP';
  const ip = start + ethernet.HEADER;
  const at = ip + ipv4.headerLength(view, ip);
  const protocol = ipv4.protocol(view, ip);
  if (protocol === ipv4.UDP) return 'UDP';
  if (protocol === ipv4.ICMP) return `ICMP ${view.getUint8(at)} ${view.getUint8(at + 1)}`;
  const length = ipv4.payloadEnd(view, ip, end) - at - tcp.headerLength(view, at);
  return `${flagNames(tcp.flags(view, at))}${length > 0 ? ` ${length}` : ''}`;
}

/** A segment that no stack has made. */
export interface ForgedSegment {
  /** Whom it pretends to come from; default the client, 10.0.0.1, and port 40,000. */
  source?: number;
  sourcePort?: number;
  /** Default the server, 10.0.0.2. */
  destination?: number;
  port: number;
  flags: number;
  seq?: number;
  ack?: number;
  window?: number;
  /** Octets of options, a multiple of 4, and of payload. */
  options?: readonly number[];
  data?: Uint8Array;
  /** Default the right one. */
  checksum?: number;
}

/** Puts a forged segment on the cable from the client's end. */
export function forge(net: Network, segment: ForgedSegment): void {
  const { source = 0x0a00_0001, sourcePort = 40_000, destination = 0x0a00_0002, port, flags } = segment;
  const { seq = 1, ack = 0, window = 65_535, options = [], data = new Uint8Array() } = segment;
  const { mac } = net.server.interfaces.find(({ isLoopback }) => !isLoopback)!;
  const frame = net.client.frames.takeSmall()!;
  const { view, start } = frame;
  const length = tcp.HEADER + options.length + data.length;
  const ip = ethernet.emit(view, start, mac, new Uint8Array(6), ethernet.TYPE_IPV4);
  const at = ipv4.emit(view, ip, source, destination, ipv4.TCP, length, 1, ipv4.DONT_FRAGMENT, 64);
  tcp.emit(view, at, sourcePort, port, seq | 0, ack | 0, flags, window, 0, options.length);
  frame.bytes.set(options, at + tcp.HEADER);
  frame.bytes.set(data, at + tcp.HEADER + options.length);
  const right = finish(sum(view, at, length, pseudoHeader4(source, destination, ipv4.TCP, length)));
  view.setUint16(at + 16, segment.checksum ?? right);
  frame.length = at + length - start;
  net.port.send(frame, net.driver.now);
  net.driver.wake();
}
