/** A host on virtual time and, in place of every other host, a test that makes each packet itself: what the host says of IP, ICMP and routes. */
import type { Micros } from '../src/core/time.ts';
import {
  Host,
  type HostOptions,
  type InterfaceOptions,
  type Port,
  pipe,
  type VirtualDriver,
} from '../src/speak/index.ts';
import type { Connection, ConnectionOwner, Report } from '../src/speak/stack/connection.ts';
import { Listener } from '../src/speak/stack/listener.ts';
import { type ConnectionOptions, connectionSettings } from '../src/speak/tcp/index.ts';
import { parseIpv4 } from '../src/wire/address.ts';
import { finish, pseudoHeader4, sum, verifies } from '../src/wire/checksum.ts';
import { FramePool } from '../src/wire/frame.ts';
import * as icmp from '../src/wire/icmp.ts';
import * as ipv4 from '../src/wire/ipv4.ts';
import * as tcp from '../src/wire/tcp.ts';
import * as tcpOptions from '../src/wire/tcp-options.ts';
import { virtualDriver } from './network.ts';

/** The host, and the one that a test speaks for where it says nothing else. */
export const HOST = '10.0.0.2';
export const PEER = '10.0.0.1';

/** A packet that the host has sent. */
export interface Sent {
  /** The interface by which it was sent: 0 or 1. */
  readonly way: number;
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly typeOfService: number;
  readonly timeToLive: number;
  readonly protocol: number;
  /** Octets of IP options. */
  readonly options: Uint8Array;
  /** Of a TCP segment; 0 for others. */
  readonly ports: readonly [number, number];
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly length: number;
  readonly window: number;
  /** Whether the segment's checksum is right for `to`, or for another destination. */
  readonly isFor: (destination: number) => boolean;
}

/** A segment for the host. */
export interface Segment {
  /** The interface by which it comes: the first, or the second. */
  way?: 0 | 1;
  from?: string;
  to?: string;
  ports: readonly [number, number];
  flags: number;
  seq?: number;
  ack?: number;
  window?: number;
  urgent?: number;
  data?: number;
  typeOfService?: number;
  /** Octets of IP options, a multiple of 4. */
  ipOptions?: readonly number[];
  mss?: number;
}

/** The owner of a connection that writes down what it is told. */
export class Noting implements ConnectionOwner {
  readonly reports: Report[] = [];
  events = 0;

  connectionEvents(_connection: Connection, events: number): void {
    this.events |= events;
  }

  connectionReport(_connection: Connection, report: Report): void {
    this.reports.push(report);
  }
}

/** Makes `host` listen. */
export function listen(host: Host, port: number, options: Partial<ConnectionOptions> = {}, address = 0): Listener {
  const listener = new Listener(address, port, false, connectionSettings(host.connectionSettings, options), host.tcp);
  host.tcp.ports.bind(listener);
  listener.backlog = 16;
  return listener;
}

/** The host alone. */
export class Alone {
  readonly driver: VirtualDriver = virtualDriver();
  readonly host: Host;
  readonly #wires: Port[] = [];
  readonly #pool = new FramePool(64, 2_048);

  /** @param second the address of a second interface, without a gateway */
  constructor(options: Partial<HostOptions> = {}, second?: string) {
    this.host = new Host({ driver: this.driver, buffers: 1 << 20, frames: 64, ...options });
    this.#plug({ address: `${HOST}/24`, gateway: PEER });
    if (second !== undefined) this.#plug({ address: second });
  }

  #plug(options: InterfaceOptions): void {
    const [wire, port] = pipe({ medium: 'ip' });
    this.#wires.push(wire);
    this.host.plug(port, options);
  }

  /** All that the host has sent by `after` from now, the first interface first. */
  async sent(after: Micros = 0): Promise<Sent[]> {
    const { driver } = this;
    await driver.advance(after);
    const all: Sent[] = [];
    for (const [i, wire] of this.#wires.entries()) {
      for (let frame = wire.receive(driver.now); frame !== undefined; frame = wire.receive(driver.now)) {
        all.push(decode(frame.bytes.slice(frame.start, frame.start + frame.length), i));
        frame.pool.release(frame);
      }
    }
    return all;
  }

  /** Hands a packet to the host, by its first interface or its second. */
  put(packet: Uint8Array, way: 0 | 1 = 0): void {
    const frame = this.#pool.take()!;
    frame.bytes.set(packet, frame.start);
    frame.length = packet.length;
    this.#wires[way]!.send(frame, this.driver.now);
    this.driver.wake();
  }

  /** The packet of a segment. */
  packet(segment: Segment): Uint8Array {
    return encode(segment);
  }

  /** Hands a segment to the host, and answers with what the host says at once. */
  async segment(segment: Segment): Promise<Sent[]> {
    this.put(encode(segment), segment.way);
    return this.sent();
  }

  /** An ICMP error about a packet of the host's. */
  async error(type: number, code: number, about: Sent, rest = 0): Promise<Sent[]> {
    const quoted = about.bytes.subarray(0, ipv4.HEADER + about.options.length + 8);
    const bytes = new Uint8Array(ipv4.HEADER + icmp.HEADER + quoted.length);
    const view = new DataView(bytes.buffer);
    const length = icmp.HEADER + quoted.length;
    const at = ipv4.emit(view, 0, parseIpv4('192.0.2.1'), parseIpv4(HOST), ipv4.ICMP, length, 1, 0, 64);
    bytes.set(quoted, icmp.emit(view, at, type, code, rest));
    view.setUint16(at + 2, finish(sum(view, at, length)));
    this.put(bytes);
    return this.sent();
  }

  /** Listens on a port; the owner of what comes is the listener. */
  listen(port: number, options: Partial<ConnectionOptions> = {}, address = 0): Listener {
    return listen(this.host, port, options, address);
  }

  /** Accepts what waits, for an owner that notes. */
  accept(listener: Listener): { connection: Connection; owner: Noting } {
    const owner = new Noting();
    return { connection: listener.accept(owner)!, owner };
  }

  /** Opens a connection to the peer's port 80, whose SYN has been sent and is answered with. */
  async connect(
    options: Partial<ConnectionOptions> = {},
  ): Promise<{ connection: Connection; owner: Noting; syn: Sent }> {
    const { host } = this;
    const owner = new Noting();
    const all = connectionSettings({ ...host.connectionSettings, timestamps: false }, options);
    const connection = host.tcp.connect(host.interfaces[1]!, parseIpv4(HOST), 40_000, parseIpv4(PEER), 80, all, owner)!;
    const [syn] = await this.sent();
    return { connection, owner, syn: syn! };
  }

  /** The same, established; the peer's first number was 1000. */
  async connected(
    options: Partial<ConnectionOptions> = {},
  ): Promise<{ connection: Connection; owner: Noting; syn: Sent }> {
    const opened = await this.connect(options);
    await this.segment({
      ports: [80, 40_000],
      flags: tcp.SYN | tcp.ACK,
      seq: 1_000,
      ack: opened.syn.seq + 1,
      mss: 1_460,
    });
    return opened;
  }
}

function encode(segment: Segment): Uint8Array {
  const { from = PEER, to = HOST, ports, flags, seq = 0, ack = 0, window = 65_535, urgent = 0, data = 0 } = segment;
  const { typeOfService = 0, ipOptions = [], mss } = segment;
  const options = mss === undefined ? 0 : 4;
  const length = tcp.HEADER + options + data;
  const bytes = new Uint8Array(ipv4.HEADER + ipOptions.length + length);
  const view = new DataView(bytes.buffer);
  const [source, destination] = [parseIpv4(from), parseIpv4(to)];
  const all = ipOptions.length + length;
  ipv4.emit(view, 0, source, destination, ipv4.TCP, all, 1, ipv4.DONT_FRAGMENT, 64, typeOfService);
  bytes.set(ipOptions, ipv4.HEADER);
  const at = ipv4.HEADER + ipOptions.length;
  if (ipOptions.length > 0) ipv4.setOptions(view, 0, at);
  tcp.emit(view, at, ports[0], ports[1], seq | 0, ack | 0, flags, window, urgent, options);
  if (mss !== undefined) tcpOptions.emitMss(view, at + tcp.HEADER, mss);
  view.setUint16(at + 16, finish(sum(view, at, length, pseudoHeader4(source, destination, ipv4.TCP, length))));
  return bytes;
}

function decode(bytes: Uint8Array, way: number): Sent {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = ipv4.locate(view, 0, bytes.length);
  if (!verifies(sum(view, 0, at))) throw new Error('the checksum of an IP header is wrong');
  const protocol = ipv4.protocol(view, 0);
  const isTcp = protocol === ipv4.TCP;
  const dataAt = isTcp ? tcp.locate(view, at, bytes.length) : at;
  const from = ipv4.source(view, 0);
  const length = bytes.length - at;
  return {
    way,
    bytes,
    from,
    to: ipv4.destination(view, 0),
    typeOfService: ipv4.typeOfService(view, 0),
    timeToLive: ipv4.timeToLive(view, 0),
    protocol,
    options: bytes.subarray(ipv4.HEADER, at),
    ports: isTcp ? [tcp.sourcePort(view, at), tcp.destinationPort(view, at)] : [0, 0],
    flags: isTcp ? tcp.flags(view, at) : 0,
    seq: isTcp ? tcp.seq(view, at) : 0,
    ack: isTcp ? tcp.ack(view, at) : 0,
    length: bytes.length - dataAt,
    window: isTcp ? tcp.window(view, at) : 0,
    isFor: (destination) => verifies(sum(view, at, length, pseudoHeader4(from, destination, protocol, length))),
  };
}
