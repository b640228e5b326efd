/** Where a host is plugged into a link: the port, the addresses it has there, and what stands before an IP header on it. Read first: RFC 894, RFC 2464, RFC 1122 §3.3.1. */
import { TcplabError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import type { Random } from '../../core/random.ts';
import { inRange, type Ranges } from '../../core/ranges.ts';
import { type Micros, NEVER } from '../../core/time.ts';
import { formatIpv4, type Ipv4, maskIpv4 } from '../../wire/address.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, HEADROOM } from '../../wire/frame.ts';
import {
  type AddressPrefix,
  type IpAddress,
  type Ipv6,
  parsePrefix,
  readAddressText,
  UNSPECIFIED,
} from '../../wire/ip-address.ts';
import type { Port } from '../link/link.ts';
import { type FrameSink, tap } from '../link/tap.ts';
import { Arp } from './arp.ts';
import { DEFAULT_IPV6_OPTIONS, type Ipv6Options } from './autoconfiguration.ts';
import type { HostCounters } from './counters.ts';
import type { Driver } from './driver.ts';
import { IP_AT } from './frame-layout.ts';
import { Ipv6Side } from './ipv6-side.ts';
import { type NeighbourOptions, Neighbours } from './neighbours.ts';
import type { Routes } from './routes.ts';

const NO_MAC = new Uint8Array(6);
const BROADCAST_MAC = new Uint8Array(6).fill(0xff);

/** What an interface is told. */
export interface InterfaceOptions {
  /** The address and the length of its network's prefix: `10.0.0.1/24`, `fd00::1/64`, or several, one of IPv4 at most. `0.0.0.0/0` for an interface that asks for its address. */
  address: string | readonly string[];
  /** Where packets for other networks go: an address on this one; one for each version at most. */
  gateway?: string | readonly string[];
  /** The six octets of the hardware address; default one made of the address. */
  mac?: Uint8Array;
  /** Default `eth0`, `eth1` ... */
  name?: string;
  /** How it speaks IPv6. It does when it has such an address, or is to make one. */
  ipv6?: Partial<Ipv6Options>;
}

const IPV6_RANGES: Ranges<Ipv6Options> = { prefix: 'ipv6.', whole: { duplicateAddressDetection: [0, 10] } };

/** What an interface needs of its host. */
export interface InterfaceEvents {
  /** A frame for a message; undefined when none is free. */
  takeFrame(this: void): Frame | undefined;
  /** Nobody answers for the next hop of the packet in `frame`, which stays the interface's. */
  unanswered(this: void, iface: Interface, frame: Frame, now: Micros): void;
  /** Something is to be sent, or a time to be kept: asks for a drain. */
  wake(this: void): void;
  /** The addresses are others now. */
  changed(this: void): void;
  readonly routes: Routes;
  readonly random: Random;
  readonly driver: Pick<Driver, 'isAwake' | 'wake'>;
}

/** What is known of an interface before it is made. */
export interface InterfaceParts {
  readonly name: string;
  /** Its number, from 1 on: the zone of its link-local addresses. */
  readonly zone: number;
  readonly isLoopback: boolean;
  readonly counters: HostCounters;
  readonly neighbours: NeighbourOptions;
  readonly events: InterfaceEvents;
}

/** An interface of a host. */
export class Interface {
  readonly name: string;
  /** The zone of its link-local addresses (RFC 4007 §6). */
  readonly zone: number;
  /** The link; with a tap on it while somebody watches. */
  port: Port;
  /** Its link may have a frame: it is to be asked. */
  mayReceive = true;
  /** The IPv4 address; 0 when it has none. */
  address: Ipv4 = 0;
  prefix = 32;
  mask = -1;
  gateway: Ipv4 | undefined = undefined;
  readonly mac: Uint8Array;
  readonly isLoopback: boolean;
  /** The largest TCP payload a packet on this link holds: MTU less 40 (RFC 9293 §3.7.1). */
  readonly mss: number;
  /** Who is who on an Ethernet; undefined where nobody asks: on a loopback, and where frames begin with IP. */
  readonly neighbours: Neighbours | undefined;
  readonly arp: Arp | undefined;
  /** Undefined when it does not speak IPv6. */
  readonly ipv6: Ipv6Side | undefined;
  /** What the link says of itself, which a tap does not change: octets it takes in one piece, and whether it cuts them itself. */
  readonly gsoMax: number;
  readonly cuts: boolean;
  /** Where its frames begin in their buffers: before an Ethernet header, or with IP. */
  readonly #frameAt: number;
  readonly #counters: HostCounters;
  readonly #events: InterfaceEvents;
  readonly #driver: InterfaceEvents['driver'];
  readonly #line: Port;
  readonly #announces: boolean;
  readonly #sinks = new Set<FrameSink>();

  /** @throws TcplabError EINVAL when an address is not one or the gateway lies outside */
  constructor(port: Port, options: InterfaceOptions, parts: InterfaceParts, now: Micros) {
    const { name, zone, isLoopback, counters, events } = parts;
    const told = typeof options.address === 'string' ? [options.address] : options.address;
    const prefixes = told.map(parsePrefix);
    const [four, ...others] = prefixes.filter(isVersion4);
    const six = prefixes.filter(isVersion6);
    if (others.length > 0)
      throw new TcplabError(
        'EINVAL',
        `${name} has one IPv4 address at most, not ${told.join(' and ')}; plug another port for another address`,
      );
    this.name = name;
    this.zone = zone;
    this.port = port;
    this.#line = port;
    this.#announces = port.hasFrames !== undefined;
    this.isLoopback = isLoopback;
    //= RFC 9293 §3.7.1 MUST-67: what IP puts together from fragments may be longer, but one packet is what surely arrives
    //= RFC 9293 §3.7.3 SHLD-6: `mtu` is what the link always takes, `gsoMax` what it sometimes does
    this.mss = port.mtu - 40;
    this.gsoMax = port.gsoMax;
    this.cuts = port.gsoMax > port.mtu;
    this.#counters = counters;
    this.#events = events;
    this.#driver = events.driver;
    this.#frameAt = port.medium === 'ethernet' ? HEADROOM : IP_AT;
    this.mac = isLoopback ? NO_MAC : (options.mac ?? defaultMac(four?.address, six[0]?.address, events.random));
    if (this.mac.length !== 6)
      throw new TcplabError('EINVAL', `a hardware address has 6 octets, not ${this.mac.length}`);
    if (!isLoopback && port.medium === 'ethernet') {
      this.neighbours = new Neighbours(counters, parts.neighbours, {
        ask: (address, known, at) =>
          typeof address === 'number'
            ? this.arp?.ask(address, known, at)
            : this.ipv6?.discovery.ask(address, known, at),
        transmitTo: (frame, mac, etherType, at) => this.transmitTo(frame, mac, etherType, at),
        unanswered: (frame, at) => events.unanswered(this, frame, at),
      });
      this.arp = new Arp(this, this.neighbours, counters, events.takeFrame);
    }
    const gateways = options.gateway === undefined ? [] : [options.gateway].flat();
    const gateway4 = gateways.find((each) => !each.includes(':'));
    if (four !== undefined) this.configure(four, gateway4);
    else if (gateway4 !== undefined) throw outside(gateway4, told.join(' and '), name);
    const own = inRange(DEFAULT_IPV6_OPTIONS, options.ipv6 ?? {}, IPV6_RANGES);
    if (typeof own.autoconfigure !== 'boolean')
      throw new TcplabError('EINVAL', `ipv6.autoconfigure is true or false, not ${given(own.autoconfigure)}`);
    if (six.length > 0 || own.autoconfigure) this.ipv6 = new Ipv6Side(this, six, own, counters, events, now);
    const gateway6 = gateways.find((each) => each.includes(':'));
    if (gateway6 !== undefined) this.#routeBy(gateway6, told.join(' and '));
  }

  /**
   * Gives it an IPv4 address, in place of the one it has; `0.0.0.0/0` takes it away.
   * @throws TcplabError EINVAL when the gateway lies outside
   */
  configure({ address, length }: AddressPrefix & { readonly address: Ipv4 }, gateway?: string): void {
    const { routes } = this.#events;
    routes.remove(({ iface, network }) => iface === this && typeof network === 'number');
    this.address = address;
    this.prefix = address === 0 ? 32 : length;
    this.mask = maskIpv4(this.prefix);
    this.gateway = undefined;
    if (address !== 0) routes.add({ network: address, length, iface: this });
    if (gateway !== undefined) {
      const read = readAddressText(gateway);
      if (typeof read !== 'number' || !this.isOnLink(read))
        throw outside(gateway, `${formatIpv4(address & this.mask)}/${length}`, this.name);
      this.gateway = read;
      routes.add({ network: 0, length: 0, iface: this, gateway: read });
    }
    this.#events.changed();
  }

  /** Packets to other IPv6 networks go by a gateway on this link. */
  #routeBy(text: string, networks: string): void {
    const { routes } = this.#events;
    const gateway = readAddressText(text);
    const there = typeof gateway === 'object' ? gateway.inZone(this.zone) : undefined;
    if (there === undefined || this.ipv6 === undefined || !this.isReached(there))
      throw outside(text, networks, this.name);
    routes.add({ network: UNSPECIFIED, length: 0, iface: this, gateway: there });
  }

  /** Whether an IPv6 address is on this interface's link. */
  isReached(address: Ipv6): boolean {
    if (address.isLinkLocal) return true;
    const route = this.#events.routes.findBy(this, address);
    return route !== undefined && route.gateway === undefined;
  }

  /** Whether an address is on this interface's own network. */
  isOnLink(address: IpAddress): boolean {
    if (typeof address !== 'number') return this.isReached(address);
    return this.address !== 0 && ((address ^ this.address) & this.mask) === 0;
  }

  /** Whether an address means everybody on this network. */
  isBroadcast(address: Ipv4): boolean {
    return address === -1 || (this.prefix < 31 && address === (this.address | ~this.mask));
  }

  /** Who is to be handed a packet for `address`. */
  nextHop(address: IpAddress): IpAddress {
    if (this.isLoopback || address === -1) return address;
    if (typeof address === 'number' ? this.isOnLink(address) : address.isLinkLocal || address.isMulticast)
      return address;
    return this.#events.routes.findBy(this, address)?.gateway ?? address;
  }

  /** Octets of the longest packet of the version of `address` that the link takes. */
  mtuFor(address: IpAddress): number {
    return typeof address === 'number' || this.ipv6 === undefined ? this.port.mtu : this.ipv6.mtu;
  }

  /** The largest TCP payload a packet to `address` holds: MTU less 40 or 60 (RFC 9293 §3.7.1). */
  mssFor(address: IpAddress): number {
    return typeof address === 'number' ? this.mss : this.mtuFor(address) - 60;
  }

  /** When the interface has something to do of its own. */
  nextTimeout(): Micros {
    let next = this.ipv6?.nextTimeout() ?? NEVER;
    if (this.neighbours !== undefined) next = Math.min(next, this.neighbours.nextTimeout());
    if (this.arp !== undefined) next = Math.min(next, this.arp.nextTimeout());
    return next;
  }

  /** Does it; answers whether anything was due. */
  timeout(now: Micros): boolean {
    const asked = this.neighbours?.timeout(now) ?? false;
    const probed = this.arp?.timeout(now) ?? false;
    return (this.ipv6?.timeout(now) ?? false) || asked || probed;
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

  /** It was asked for frames: from now on it is not, if its link has none, now or later, until it says so. Answers `mayReceive`. */
  rest(): boolean {
    // Not by `nextTimeout`: a time that a function answers is an object, 16 octets a frame.
    this.mayReceive = this.port.hasFrames !== false;
    return this.mayReceive;
  }

  /** Says that the IP packet of `length` octets at IP_AT is what `frame` carries on this link. */
  place(frame: Frame, length: number): void {
    frame.start = this.#frameAt;
    frame.length = IP_AT + length - this.#frameAt;
  }

  /** Sends `frame`, whose IP packet of `length` octets stands at IP_AT, to `nextHop`. Takes the frame over. */
  transmit(frame: Frame, length: number, nextHop: IpAddress, now: Micros): void {
    this.place(frame, length);
    if (this.#frameAt === IP_AT) this.put(frame, now);
    else this.#transmitByEthernet(frame, nextHop, now);
  }

  #transmitByEthernet(frame: Frame, nextHop: IpAddress, now: Micros): void {
    const four = typeof nextHop === 'number';
    if (this.neighbours === undefined) {
      ethernet.emit(frame.view, this.#frameAt, NO_MAC, NO_MAC, four ? ethernet.TYPE_IPV4 : ethernet.TYPE_IPV6);
      return this.put(frame, now);
    }
    if (four) {
      if (this.isBroadcast(nextHop)) return this.transmitTo(frame, BROADCAST_MAC, ethernet.TYPE_IPV4, now);
    } else if (nextHop.isMulticast) return this.transmitTo(frame, groupMac(nextHop), ethernet.TYPE_IPV6, now);
    this.neighbours.send(frame, nextHop, now);
  }

  /** Writes the Ethernet header for a neighbour's hardware address and sends. */
  transmitTo(frame: Frame, mac: Uint8Array, etherType: number, now: Micros): void {
    ethernet.emit(frame.view, this.#frameAt, mac, this.mac, etherType);
    this.put(frame, now);
  }

  /** Gives a finished frame to the link. */
  put(frame: Frame, now: Micros): void {
    this.#counters.framesOut++;
    this.port.send(frame, now);
    // The host at the other end has asked for a drain, if it is of this driver. Deadlines that moved are looked at after one, too.
    if (this.#announces === false) this.#events.wake();
    else if (this.#driver.isAwake === false) this.#driver.wake();
  }

  /** Whether the Ethernet frame at `at` is for this interface: its address, everybody's, an IPv6 group's, or anything on a loopback. */
  isForUs(view: DataView, at: number): boolean {
    if (this.isLoopback) return true;
    const high = view.getUint16(at);
    const low = view.getInt32(at + 2);
    if (high === 0xffff && low === -1) return true;
    const { mac } = this;
    if (high === ((mac[0]! << 8) | mac[1]!) && low === ((mac[2]! << 24) | (mac[3]! << 16) | (mac[4]! << 8) | mac[5]!))
      return true;
    return high === 0x3333 && this.ipv6 !== undefined;
  }
}

const isVersion4 = (prefix: AddressPrefix): prefix is AddressPrefix & { readonly address: Ipv4 } =>
  typeof prefix.address === 'number';

const isVersion6 = (prefix: AddressPrefix): prefix is AddressPrefix & { readonly address: Ipv6 } =>
  typeof prefix.address === 'object';

const outside = (gateway: string, network: string, name: string): TcplabError =>
  new TcplabError('EINVAL', `the gateway ${gateway} is not an address in ${network}, the network of ${name}`);

/** RFC 2464 §7: 33:33 and the last four octets. */
const groupMac = ({ d }: Ipv6): Uint8Array => Uint8Array.of(0x33, 0x33, d >>> 24, d >>> 16, d >>> 8, d);

/** A hardware address of one's own giving, made of the address, or drawn where there is none. */
function defaultMac(four: Ipv4 | undefined, six: Ipv6 | undefined, random: Random): Uint8Array {
  if (four) return Uint8Array.of(2, 0, four >>> 24, four >>> 16, four >>> 8, four);
  if (six !== undefined) {
    const mixed = Math.imul(six.a ^ Math.imul(six.b ^ Math.imul(six.c, 31), 31), 31) ^ six.d;
    return Uint8Array.of(2, 6, mixed >>> 24, mixed >>> 16, mixed >>> 8, mixed);
  }
  const [high, low] = [random.next(), random.next()];
  return Uint8Array.of(2, high >>> 8, high, low >>> 16, low >>> 8, low);
}
