/** Where a host is plugged into a link: the port, the address it has there, and what stands before an IP header on it. Read first: RFC 894, RFC 1122 §3.3.1. */
import { TcplabError } from '../../core/errors.ts';
import type { Micros } from '../../core/time.ts';
import { formatIpv4, type Ipv4, maskIpv4, readIpv4 } from '../../wire/address.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, HEADROOM } from '../../wire/frame.ts';
import type { Port } from '../link/link.ts';
import { type FrameSink, tap } from '../link/tap.ts';
import { type NeighbourEvents, type NeighbourOptions, Neighbours } from './arp.ts';
import type { HostCounters } from './counters.ts';

/** Where the IP header stands in every frame a host makes: behind room for an Ethernet header, on a multiple of 16. */
export const IP_AT: number = HEADROOM + ethernet.HEADER;

const NO_MAC = new Uint8Array(6);
const BROADCAST_MAC = new Uint8Array(6).fill(0xff);

/** What an interface is told. */
export interface InterfaceOptions {
  /** The address and the length of its network's prefix: `10.0.0.1/24`. */
  address: string;
  /** Where packets for other networks go, an address on this one. */
  gateway?: string;
  /** The six octets of the hardware address; default 02:00 and the IPv4 address. */
  mac?: Uint8Array;
  /** Default `eth0`, `eth1` ... */
  name?: string;
}

/** An interface of a host. */
export class Interface {
  readonly name: string;
  /** The link; with a tap on it while somebody watches. */
  port: Port;
  readonly address: Ipv4;
  readonly prefix: number;
  readonly mask: number;
  readonly gateway: Ipv4 | undefined;
  readonly mac: Uint8Array;
  readonly isLoopback: boolean;
  /** The largest TCP payload a packet on this link holds: MTU less 40 (RFC 9293 §3.7.1). */
  readonly mss: number;
  /** Who is who on an Ethernet; undefined where nobody asks: on a loopback, and where frames begin with IP. */
  readonly neighbours: Neighbours | undefined;
  readonly #counters: HostCounters;
  readonly #wake: () => void;
  readonly #frameAt: number;
  readonly #line: Port;
  readonly #sinks = new Set<FrameSink>();

  /** @throws TcplabError EINVAL when an address is not one or the gateway lies outside */
  constructor(
    port: Port,
    options: InterfaceOptions,
    name: string,
    isLoopback: boolean,
    counters: HostCounters,
    arp: NeighbourOptions,
    events: NeighbourEvents,
    wake: () => void,
  ) {
    const [address, prefix] = readPrefix(options.address);
    this.name = name;
    this.port = port;
    this.#line = port;
    this.address = address;
    this.prefix = prefix;
    this.mask = maskIpv4(prefix);
    this.isLoopback = isLoopback;
    //= RFC 9293 §3.7.1 MUST-67: fragments are not put together here, so one packet is all that IP can receive
    //= RFC 9293 §3.7.3 SHLD-6: `mtu` is what the link always takes, `gsoMax` what it sometimes does
    this.mss = port.mtu - 40;
    this.#counters = counters;
    this.#wake = wake;
    this.#frameAt = port.medium === 'ethernet' ? HEADROOM : IP_AT;
    if (options.gateway !== undefined) {
      const gateway = readIpv4(options.gateway);
      if (gateway === undefined || !this.isOnLink(gateway))
        throw new TcplabError(
          'EINVAL',
          `the gateway ${options.gateway} is not an address in ${formatIpv4(address & this.mask)}/${prefix}, the network of ${name}`,
        );
      this.gateway = gateway;
    }
    this.mac = isLoopback ? NO_MAC : (options.mac ?? defaultMac(address));
    if (this.mac.length !== 6)
      throw new TcplabError('EINVAL', `a hardware address has 6 octets, not ${this.mac.length}`);
    this.neighbours = isLoopback || port.medium === 'ip' ? undefined : new Neighbours(this, counters, arp, events);
  }

  /** Whether an address is on this interface's own network. */
  isOnLink(address: Ipv4): boolean {
    return ((address ^ this.address) & this.mask) === 0;
  }

  /** Whether an address means everybody on this network. */
  isBroadcast(address: Ipv4): boolean {
    return address === -1 || (this.prefix < 31 && address === (this.address | ~this.mask));
  }

  /** Who is to be handed a packet for `address`. */
  nextHop(address: Ipv4): Ipv4 {
    return this.gateway === undefined || this.isLoopback || this.isOnLink(address) || address === -1
      ? address
      : this.gateway;
  }

  /** Shows every frame that passes to `sink`, until what this returns is called. */
  tap(sink: FrameSink): () => void {
    // Its own even if one function is given twice.
    const own: FrameSink = (frame, now, direction) => sink(frame, now, direction);
    this.#sinks.add(own);
    this.#tapped();
    return () => {
      this.#sinks.delete(own);
      this.#tapped();
    };
  }

  /** A link without watchers is used as it is: they cost only those who watch. */
  #tapped(): void {
    const sinks = this.#sinks;
    const all: FrameSink = (frame, now, direction) => {
      for (const sink of sinks) sink(frame, now, direction);
    };
    this.port = sinks.size === 0 ? this.#line : tap(this.#line, all);
  }

  /** Sends `frame`, whose IP packet of `length` octets stands at IP_AT, to `nextHop`. Takes the frame over. */
  transmit(frame: Frame, length: number, nextHop: Ipv4, now: Micros): void {
    frame.start = this.#frameAt;
    frame.length = IP_AT + length - this.#frameAt;
    if (this.port.medium === 'ip') return this.put(frame, now);
    if (this.neighbours === undefined) {
      ethernet.emit(frame.view, this.#frameAt, NO_MAC, NO_MAC, ethernet.TYPE_IPV4);
      return this.put(frame, now);
    }
    if (this.isBroadcast(nextHop)) return this.transmitTo(frame, BROADCAST_MAC, now);
    this.neighbours.send(frame, nextHop, now);
  }

  /** Writes the Ethernet header for a neighbour's hardware address and sends. */
  transmitTo(frame: Frame, mac: Uint8Array, now: Micros): void {
    ethernet.emit(frame.view, this.#frameAt, mac, this.mac, ethernet.TYPE_IPV4);
    this.put(frame, now);
  }

  /** Gives a finished frame to the link. */
  put(frame: Frame, now: Micros): void {
    this.#counters.framesOut++;
    this.port.send(frame, now);
    this.#wake();
  }

  /** Whether the Ethernet frame at `at` is for this interface: its address, everybody's, or anything on a loopback. */
  isForUs(view: DataView, at: number): boolean {
    if (this.isLoopback) return true;
    const high = view.getUint16(at);
    const low = view.getInt32(at + 2);
    if (high === 0xffff && low === -1) return true;
    const { mac } = this;
    return (
      high === ((mac[0]! << 8) | mac[1]!) && low === ((mac[2]! << 24) | (mac[3]! << 16) | (mac[4]! << 8) | mac[5]!)
    );
  }
}

function defaultMac(address: Ipv4): Uint8Array {
  return Uint8Array.of(2, 0, address >>> 24, address >>> 16, address >>> 8, address);
}

function readPrefix(text: string): [Ipv4, number] {
  const [quad, length, ...rest] = text.split('/');
  const address = readIpv4(quad ?? '');
  const prefix = Number(length ?? '');
  if (address === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length ?? '') || prefix > 32)
    throw new TcplabError(
      'EINVAL',
      `"${text}" is not an address with its prefix; write an IPv4 address, a slash and 0 to 32, such as 10.0.0.1/24`,
    );
  return [address, prefix];
}
