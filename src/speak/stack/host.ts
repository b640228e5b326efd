/**
 * A host: interfaces with addresses, routes between them, and what lives above: ICMP, UDP, TCP. Frames come in through `poll`, which the driver calls
 * (arriving-frames.ts), and go out through `transmit`. It passes nothing on unless it is told to (forwarding.ts). Read first: RFC 1122 §3 (Internet layer), RFC 791 §3.1.
 */

import { TcplabError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import { type Member, Members } from '../../core/members.ts';
import { PagePool } from '../../core/pages.ts';
import type { Random } from '../../core/random.ts';
import { inRange, wholeNumber } from '../../core/ranges.ts';
import type { Micros } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import type { IpAddress, Ipv6 } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import type { Port } from '../link/link.ts';
import { loopback } from '../link/loopback.ts';
import type { Direction } from '../link/tap.ts';

import { type ConnectionOptions, type ConnectionSettings, connectionSettings, DEFAULT_SETTINGS } from '../tcp/index.ts';
import { Addressing } from './addressing.ts';
import { ArrivingFrames } from './arriving-frames.ts';

import { Claims } from './claims.ts';
import { Connections } from './connections.ts';
import { type HostCounters, makeCounters } from './counters.ts';
import { type DatagramOptions, Datagrams, DEFAULT_DATAGRAM_OPTIONS, datagramOptions } from './datagrams.ts';
import type { Driver } from './driver.ts';
import { Echoes } from './echoes.ts';
import { Forwarding } from './forwarding.ts';
import { sendInFragments } from './fragmentation.ts';
import { IP_AT } from './frame-layout.ts';
import { DEFAULT_ICMP_OPTIONS, ICMP_RANGES, Icmp, type IcmpOptions } from './icmp.ts';
import { Icmp6 } from './icmp6.ts';
import { Interface, type InterfaceEvents, type InterfaceOptions } from './interface.ts';
import { DEFAULT_NEIGHBOUR_OPTIONS, NEIGHBOUR_RANGES, type NeighbourOptions } from './neighbours.ts';
import { OwnFrames } from './own-frames.ts';
import { PathMtus } from './path-mtus.ts';
import { DEFAULT_REASSEMBLY_OPTIONS, REASSEMBLY_RANGES, Reassembly, type ReassemblyOptions } from './reassembly.ts';

import type { SourceRoute } from './source-route.ts';
import { type Trace, together } from './trace.ts';

/** What a host is told. Times in milliseconds, sizes in octets. */
export interface HostOptions {
  /** What makes it go. */
  driver: Driver;
  /** For messages; default `host`. */
  name?: string;
  /** What its `lo` (127.0.0.0/8) is plugged into; default a loopback of its own. A cable between programs goes here. */
  loopback?: Port;
  /** Where its secrets come from: ports, sequence numbers; default the driver's. */
  random?: Random;
  /** For its connections, where a socket does not say otherwise. */
  connection?: Partial<ConnectionOptions>;
  /** For its UDP sockets, where a socket does not say otherwise. */
  datagrams?: Partial<DatagramOptions>;
  /** The most octets that all its connections together buffer, 1 to 2^36; default 64 MiB, touched only when used. */
  buffers?: number;
  /** The most frames of its own on their way at once: of up to 2,000 octets, 1 to 2^20, default 1,024 ... */
  frames?: number;
  /** ... and of up to 65,549 octets, for links that take such, 1 to 2^20; default 128. */
  largeFrames?: number;
  /** The most connections in whatever state, TIME-WAIT included, 1 to 2^26; default 262,144. */
  connections?: number;
  /**
   * The most connections whose programs have gone while octets of theirs are not acknowledged, 1 to 2^26; default 32,768. One more is reset when its program goes; so is
   * each but the first 64 while less than half of `buffers` is free.
   */
  orphans?: number;
  /** How many connections of a listener may wait to be accepted beyond its backlog, because their SYNs had been answered before as many waited, 0 to 2^26; default 4,096. */
  surplus?: number;
  /** Whether a SYN that a listener has no room to remember is answered all the same, with a cookie (RFC 4987 §3.6), while there is room to accept; default true. */
  synCookies?: boolean;
  /** The first and the last port that are chosen when the program leaves it to the host; default 32,768 to 60,999, as in Linux: RFC 6056 §3.2 asks for the largest range, less what the host may serve. */
  ephemeralPorts?: readonly [number, number];
  /**
   * Whether packets that came by a source route are taken, and connections that they open answered along it (RFC 9293 §3.9.2.1 MUST-53); default true. Who takes them lets whoever is on
   * that way speak for the address that they come from: where addresses mean trust, refuse them.
   */
  sourceRoutes?: boolean;
  /** Time to live of the packets it sends, 1 to 255; default 64. */
  timeToLive?: number;
  /** Whether packets for others are passed on: it is a router then; default false. */
  forwarding?: boolean;
  /** How neighbours are remembered, by ARP and by neighbour discovery. */
  arp?: Partial<NeighbourOptions>;
  reassembly?: Partial<ReassemblyOptions>;
  icmp?: Partial<IcmpOptions>;
}

/** The most of what a host may be told to have: 64 GiB, 2^20 frames, 2^26 connections. */
const MOST_BUFFERS = 2 ** 36;
const MOST_FRAMES = 1 << 20;
const MOST_CONNECTIONS = 1 << 26;

/**
 * Octets after which programs have their turn before more is taken in: what has just been copied into pages is still in the processor's cache when they copy it out. From a device with offload
 * it would be the whole window otherwise, and take a third more CPU.
 */
const ENOUGH = 262_144;

/** Something in a program that waits, for messages. */
export interface Waits extends Member {
  /** In words; undefined when it does not wait. */
  waiting(): string | undefined;
}

/** Is handed each frame that passes an interface of a host; see `FrameSink`. */
export type HostSink = (iface: Interface, frame: Frame, now: Micros, direction: Direction) => void;

/** A host. */
export class Host extends Addressing {
  override readonly name: string;
  readonly driver: Driver;
  readonly random: Random;
  readonly counters: HostCounters = makeCounters();
  readonly pages: PagePool;
  readonly frames: OwnFrames;
  /** For the driver: `poll` may have something to do. A frame has come, a link has to be asked, or a connection waits for a frame to send. */
  mayReceive = true;
  override readonly lo: Interface;
  readonly tcp: Connections;
  readonly udp: Datagrams;
  readonly icmp: Icmp;
  readonly icmp6: Icmp6;
  readonly echoes: Echoes;
  readonly paths: PathMtus = new PathMtus();
  readonly reassembly: Reassembly;
  /** Undefined: it passes nothing on. */
  readonly forwarding: Forwarding | undefined;
  readonly claims: Claims;
  /** What its connections are told, in the stack's own units. */
  readonly connectionSettings: Readonly<ConnectionSettings>;
  readonly datagramOptions: Readonly<DatagramOptions>;
  /** Sockets that are open. */
  readonly sockets: Members<Waits> = new Members();
  readonly #timeToLive: number;
  readonly #neighbours: NeighbourOptions;
  readonly #events: InterfaceEvents;
  #identification: number;
  readonly #arriving: ArrivingFrames;
  #traces: readonly Trace[] = [];
  #sinks: readonly HostSink[] = [];

  /** @throws TcplabError EINVAL when an option is out of range */
  constructor(options: HostOptions) {
    super();
    if (typeof options?.driver?.attach !== 'function')
      throw new TcplabError(
        'EINVAL',
        'a host needs a driver: new Host({ driver: new VirtualDriver({ afterPrograms }) })',
      );
    const { driver, timeToLive = 64, frames = 1_024, ephemeralPorts = [32_768, 60_999] } = options;
    const { buffers = 64 << 20, connections = 262_144, largeFrames = 128 } = options;
    const { orphans = 32_768, surplus = 4_096, synCookies = true } = options;
    wholeNumber('timeToLive', timeToLive, 1, 255);
    wholeNumber('buffers', buffers, 1, MOST_BUFFERS);
    wholeNumber('frames', frames, 1, MOST_FRAMES);
    wholeNumber('largeFrames', largeFrames, 1, MOST_FRAMES);
    wholeNumber('connections', connections, 1, MOST_CONNECTIONS);
    wholeNumber('orphans', orphans, 1, MOST_CONNECTIONS);
    wholeNumber('surplus', surplus, 0, MOST_CONNECTIONS);
    this.name = options.name ?? 'host';
    this.driver = driver;
    this.random = options.random ?? driver.random;
    this.connectionSettings = connectionSettings({ ...DEFAULT_SETTINGS, timeToLive }, options.connection ?? {});
    this.datagramOptions = datagramOptions(DEFAULT_DATAGRAM_OPTIONS, options.datagrams ?? {});
    this.pages = new PagePool(buffers);
    this.frames = new OwnFrames(frames, largeFrames);
    this.#timeToLive = timeToLive;
    this.#neighbours = inRange(DEFAULT_NEIGHBOUR_OPTIONS, options.arp ?? {}, NEIGHBOUR_RANGES);
    this.#identification = this.random.next() & 0xffff;
    this.#events = {
      takeFrame: () => this.frames.takeSmall(),
      unanswered: (iface, frame, now) => this.#unanswered(iface, frame, now),
      wake: () => {
        this.mayReceive = true;
        driver.wake();
      },
      changed: () => this.#arriving.forget(),
      routes: this.routes,
      random: this.random,
      driver,
    };
    const reassembly = inRange(DEFAULT_REASSEMBLY_OPTIONS, options.reassembly ?? {}, REASSEMBLY_RANGES);
    this.reassembly = new Reassembly(reassembly, this.counters, this.random, (datagram, now) =>
      this.#arriving.incomplete(datagram, now),
    );
    this.forwarding = options.forwarding ? new Forwarding(this) : undefined;
    this.#arriving = new ArrivingFrames(this, options.sourceRoutes ?? true);
    this.lo = this.#plug(options.loopback ?? loopback(), { address: ['127.0.0.1/8', '::1/128'] }, 'lo', true);
    this.claims = new Claims(this.lo.port);
    this.tcp = new Connections(this, { connections, ephemeralPorts, synCookies, orphans, surplus });
    this.udp = new Datagrams(this, ephemeralPorts, this.random);
    const limits = inRange(DEFAULT_ICMP_OPTIONS, options.icmp ?? {}, ICMP_RANGES);
    this.icmp = new Icmp(this, limits);
    this.icmp6 = new Icmp6(this, limits);
    this.echoes = new Echoes(this, this.random);
    driver.attach(this);
  }

  /**
   * Plugs the host into a link.
   * @throws TcplabError EINVAL when the port or the address is not one
   * @example const [left, right] = pipe(); host.plug(left, { address: '10.0.0.1/24' });
   */
  plug(port: Port, options: InterfaceOptions): Interface {
    if (typeof port?.mtu !== 'number' || !isAddressOption(options?.address))
      throw new TcplabError(
        'EINVAL',
        "plug takes an end of a link and an address: plug(left, { address: '10.0.0.1/24' })",
      );
    return this.#plug(port, options, options.name ?? `eth${this.interfaces.length - 1}`, false);
  }

  #plug(port: Port, options: InterfaceOptions, name: string, isLoopback: boolean): Interface {
    const zone = this.interfaces.length + 1;
    const parts = {
      name,
      zone,
      isLoopback,
      counters: this.counters,
      neighbours: this.#neighbours,
      events: this.#events,
    };
    const iface = new Interface(port, options, parts, this.driver.now);
    this.interfaces.push(iface);
    this.#arriving.forget();
    for (const sink of this.#sinks) this.#tapOn(iface, sink);
    this.frames.plugged(port);
    const { driver } = this;
    // Called for every frame: as short as can be.
    port.onArrival = () => {
      iface.mayReceive = true;
      this.mayReceive = true;
      driver.wake();
    };
    // It may hold frames already.
    this.mayReceive = true;
    if (Math.min(iface.nextTimeout(), port.nextTimeout()) <= this.driver.now) this.driver.wake();
    return iface;
  }

  /**
   * Tells of every TCP segment that this host sends, and why, and of every one that arrives, and what became of it. Returns what ends it.
   * @throws TcplabError EINVAL when nobody is to be told
   * @example host.trace({ sent: ({ why, after }) => console.log(why, after?.snd.nxt) });
   */
  trace(trace: Trace): () => void {
    const { sent, received }: Partial<Trace> = trace ?? {};
    if (typeof (sent ?? received) !== 'function')
      throw new TcplabError(
        'EINVAL',
        `trace: who is told is { sent(event) {}, received(event) {} }, one or both, not ${given(trace)}`,
      );
    // Its own even if one object is given twice.
    const own: Trace = {
      before: trace.before !== false,
      sent: (event) => trace.sent?.(event),
      received: (event) => trace.received?.(event),
    };
    this.#traces = [...this.#traces, own];
    this.tcp.trace.watcher = together(this.#traces);
    return () => {
      this.#traces = this.#traces.filter((one) => one !== own);
      this.tcp.trace.watcher = together(this.#traces);
    };
  }

  /**
   * Shows every frame that passes an interface of this host, of those plugged in later, too. On its own loopback a frame passes twice: out, then in.
   * Returns what ends it.
   */
  tap(sink: HostSink): () => void {
    const own: HostSink = (iface, frame, now, direction) => {
      if (this.#sinks.includes(own)) sink(iface, frame, now, direction);
    };
    this.#sinks = [...this.#sinks, own];
    const ends = this.interfaces.map((iface) => this.#tapOn(iface, own));
    return () => {
      this.#sinks = this.#sinks.filter((one) => one !== own);
      for (const end of ends) end();
    };
  }

  #tapOn(iface: Interface, sink: HostSink): () => void {
    return iface.tap((frame, now, direction) => sink(iface, frame, now, direction));
  }

  /**
   * Sends the packet whose payload of `length` octets stands in `frame` behind room for the IP header. Takes the frame over.
   * @param timeToLive default the host's
   * @param typeOfService Differentiated Services and ECN
   */
  transmit(
    iface: Interface,
    frame: Frame,
    from: Ipv4,
    to: Ipv4,
    protocol: number,
    length: number,
    nextHop: Ipv4,
    now: Micros,
    timeToLive: number = this.#timeToLive,
    typeOfService = 0,
  ): void {
    this.#identification = (this.#identification + 1) & 0xffff;
    const { segmentSize } = frame;
    ipv4.emit(
      frame.view,
      IP_AT,
      from,
      to,
      protocol,
      length,
      this.#identification,
      this.#cutting(to, protocol, now),
      timeToLive,
      typeOfService,
    );
    // Who cuts it numbers the pieces from there on.
    if (segmentSize > 0) this.#identification += Math.trunc(length / segmentSize);
    iface.transmit(frame, ipv4.HEADER + length, nextHop, now);
  }

  /** Whether routers may cut a packet: its flags. What was said of echoes is for echoes. */
  #cutting(to: Ipv4, protocol: number, now: Micros): number {
    const narrow = protocol === ipv4.ICMP ? this.echoes.isNarrow(to, now) : this.paths.isNarrow(to, now);
    return narrow ? 0 : ipv4.DONT_FRAGMENT;
  }

  /** The same for IPv6, whose payload stands behind room for its header. `hopLimit`: default what routers say, else the host's; `label` is the flow's. */
  transmit6(
    iface: Interface,
    frame: Frame,
    from: Ipv6,
    to: Ipv6,
    protocol: number,
    length: number,
    nextHop: IpAddress,
    now: Micros,
    hopLimit: number = iface.ipv6?.autoconfiguration.hopLimit || this.#timeToLive,
    trafficClass = 0,
    label = 0,
  ): void {
    ipv6.emit(frame.view, IP_AT, from, to, protocol, length, hopLimit, label, trafficClass);
    iface.transmit(frame, ipv6.HEADER + length, nextHop, now);
  }

  /** The same for either version, with nothing special about it. */
  send(
    iface: Interface,
    frame: Frame,
    from: IpAddress,
    to: IpAddress,
    protocol: number,
    length: number,
    now: Micros,
  ): void {
    const hop = iface.nextHop(to);
    if (typeof from === 'number') this.transmit(iface, frame, from, to as Ipv4, protocol, length, hop as Ipv4, now);
    else this.transmit6(iface, frame, from, to as Ipv6, protocol, length, hop, now);
  }

  /** The most octets that a packet to `to` has in one piece: what the link carries, or less where the way is known to. */
  pathMtu(iface: Interface, to: IpAddress, now: Micros): number {
    const mtu = iface.mtuFor(to);
    return Math.min(mtu, this.paths.of(to, now) || mtu);
  }

  /** The same, in one piece or in fragments. False when frames are missing: it is lost. */
  sendFitting(
    iface: Interface,
    frame: Frame,
    from: IpAddress,
    to: IpAddress,
    protocol: number,
    length: number,
    now: Micros,
    mtu: number = this.pathMtu(iface, to, now),
  ): boolean {
    const header = typeof from === 'number' ? ipv4.HEADER : ipv6.HEADER;
    if (header + length <= mtu) {
      this.send(iface, frame, from, to, protocol, length, now);
      return true;
    }
    const { view } = frame;
    //= RFC 6864 §4.3: nobody guesses it, nor meets it again soon
    const number = this.random.next();
    const four = typeof from === 'number';
    const identification = four ? number & 0xffff : number;
    if (four) ipv4.emit(view, IP_AT, from, to as Ipv4, protocol, length, identification, 0, this.#timeToLive);
    else ipv6.emit(view, IP_AT, from, to as Ipv6, protocol, length, this.#timeToLive);
    return this.sendInFragments(iface, frame, header + length, mtu, identification, iface.nextHop(to), now);
  }

  /** Sends the packet of `length` octets at IP_AT, header and all, in fragments of up to `mtu` octets. Takes the frame over. False when frames are missing: it is lost. */
  sendInFragments(
    iface: Interface,
    frame: Frame,
    length: number,
    mtu: number,
    identification: number,
    hop: IpAddress,
    now: Micros,
  ): boolean {
    const count = sendInFragments(frame, IP_AT, IP_AT + length, mtu, identification, {
      take: (octets) => this.frames.takeFor(octets),
      send: (fragment, octets) => {
        fragment.mark = frame.mark;
        iface.transmit(fragment, octets, hop, now);
      },
    });
    frame.pool.release(frame);
    this.counters.ipFragmentsOut += count;
    if (count > 0) this.counters.ipFragmented++;
    else this.counters.ipNoFrame++;
    return count > 0;
  }

  /** Nobody answers for the next hop of the packet in `frame`: whoever sent it is told, here or there. */
  #unanswered(iface: Interface, frame: Frame, now: Micros): void {
    const { view, start, length } = frame;
    const end = start + length;
    if (this.forwarding?.undelivered(iface, frame, IP_AT, end, now)) return;
    if (ipv4.version(view, IP_AT) === 4)
      this.icmp.tell(view, IP_AT, end, icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE, true, now);
    else
      this.icmp6.tell(iface, view, IP_AT, end, icmpv6.DESTINATION_UNREACHABLE, icmpv6.ADDRESS_UNREACHABLE, true, now);
  }

  /** The same for a segment that stands behind room for the header and for the source route that it takes to `to`. */
  transmitAlong(
    route: SourceRoute,
    iface: Interface,
    frame: Frame,
    from: Ipv4,
    to: Ipv4,
    length: number,
    nextHop: Ipv4,
    now: Micros,
    timeToLive: number = this.#timeToLive,
    typeOfService = 0,
  ): void {
    this.#identification = (this.#identification + 1) & 0xffff;
    const { view } = frame;
    const payload = route.length + length;
    const id = this.#identification;
    const flags = this.#cutting(to, ipv4.TCP, now);
    const at = ipv4.emit(view, IP_AT, from, route.first, ipv4.TCP, payload, id, flags, timeToLive, typeOfService);
    ipv4.setOptions(view, IP_AT, route.emit(view, at, to));
    iface.transmit(frame, ipv4.HEADER + payload, nextHop, now);
  }

  /** For the driver: takes in up to `limit` frames from each link. Answers how many there were. */
  poll(now: Micros, limit: number): number {
    const { tcp, interfaces, driver } = this;
    this.mayReceive = false;
    if (tcp.waits) tcp.retry(now);
    let count = 0;
    let octets = 0;
    for (let i = 0; i < interfaces.length; i++) {
      const iface = interfaces[i]!;
      if (iface.mayReceive === false) continue;
      for (let left = limit; left > 0; left--) {
        const frame = iface.port.receive(now);
        if (frame !== undefined) {
          count++;
          octets += frame.length;
          this.#arriving.receive(iface, frame, now);
          frame.pool.release(frame);
          if (octets >= ENOUGH) driver.pause();
        }
        // Most often it was the only one, and a link that announces its frames knows.
        if (iface.rest() === false || frame === undefined || driver.isPaused === true) break;
      }
      if (iface.mayReceive === true) this.mayReceive = true;
      if (driver.isPaused === true) break;
    }
    if (driver.isPaused === true || tcp.waits) this.mayReceive = true;
    if (count > 0) tcp.acknowledgeFirst(now);
    return count;
  }

  /** For the driver: when `timeout` has something to do, or a link may have a frame. */
  nextTimeout(now: Micros): Micros {
    let next = this.tcp.nextTimeout(now);
    for (const iface of this.interfaces) next = Math.min(next, iface.port.nextTimeout(), iface.nextTimeout());
    if (this.forwarding !== undefined) next = Math.min(next, this.forwarding.nextTimeout());
    return Math.min(next, this.reassembly.nextTimeout());
  }

  /** For the driver: runs the timers that are due. Answers whether there were any. */
  timeout(now: Micros): boolean {
    let ran = this.tcp.timeout(now);
    for (const iface of this.interfaces) if (iface.timeout(now)) ran = true;
    if (this.forwarding?.timeout(now)) ran = true;
    return this.reassembly.timeout(now) || ran;
  }

  /** For the driver: whether acknowledgments are held back, and their release. */
  get holding(): boolean {
    return this.tcp.holding;
  }

  releaseHeld(now: Micros): void {
    this.tcp.releaseHeld(now);
  }

  /** Whether the program is to be kept running: a socket is open, or a connection is neither closed nor in TIME-WAIT. */
  get busy(): boolean {
    return this.sockets.size > 0 || this.tcp.active > 0;
  }

  /** What its sockets wait for, in words. */
  waiting(): string[] {
    const all: string[] = [];
    for (const socket of this.sockets) {
      const words = socket.waiting();
      if (words !== undefined) all.push(`${this.name}: ${words}`);
    }
    return all;
  }
}

const isAddressOption = (address: unknown): boolean =>
  typeof address === 'string' ||
  (Array.isArray(address) && address.length > 0 && address.every((each) => typeof each === 'string'));

/**
 * Refuses what is no host: the first argument of functions that need one is easily left out.
 * @throws TcplabError EINVAL
 */
export function requireHost(host: Host, operation: string): void {
  if (typeof (host as Partial<Host> | undefined)?.plug !== 'function')
    throw new TcplabError('EINVAL', `${operation}: the first argument is a host, such as defaultHost() of tcplab/node`);
}
