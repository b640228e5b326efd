/**
 * Translation of addresses and ports: hosts inside speak by one address outside. An inside end keeps its outside port for whomever it speaks to; only whom it has spoken to may answer.
 * TCP, UDP and ICMP echo; ICMP errors about them are translated with what they quote. Bounded in all and for each inside host. Read first: RFC 4787 (UDP), RFC 5382
 * (TCP), RFC 5508 (ICMP), RFC 7857 (their updates). Not here: whether and where a packet is passed on (forwarding.ts). IPv6 needs none of it.
 */
import { TcplabError } from '../../core/errors.ts';
import { FlowTable } from '../../core/flow-table.ts';
import { Queue, type Queued } from '../../core/queue.ts';
import { below } from '../../core/random.ts';
import { inRange, type Ranges } from '../../core/ranges.ts';
import { MINUTE, type Micros, NEVER, SECOND } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import type { Host } from './host.ts';
import type { Interface } from './interface.ts';
import {
  type Ends,
  isErrorAt,
  isErrorIntact,
  quoteAt,
  read,
  readPorts,
  rewrite,
  rewriteAddress,
  rewriteIdentification,
  rewriteQuoted,
  sumIcmp,
} from './nat-rewriting.ts';

/** How much is translated. */
export interface NatOptions {
  /** The most sessions at once, 1 to 2^20; default 16,384. */
  sessions: number;
  /** The most of one inside host, 1 to 2^20; default 4,096. */
  sessionsPerHost: number;
  /** The first and the last outside port, 1 to 65,535; default 61,000 to 65,535, which the host does not choose for itself. */
  firstPort: number;
  lastPort: number;
}

/** The defaults of `NatOptions`. */
export const DEFAULT_NAT_OPTIONS: Readonly<NatOptions> = {
  sessions: 16_384,
  sessionsPerHost: 4_096,
  firstPort: 61_000,
  lastPort: 65_535,
};

const RANGES: Ranges<NatOptions> = {
  prefix: 'nat.',
  whole: { sessions: [1, 1 << 20], sessionsPerHost: [1, 1 << 20], firstPort: [1, 65_535], lastPort: [1, 65_535] },
};

/** How long a session lives without a packet: RFC 5382 REQ-5, RFC 4787 REQ-5, RFC 5508 REQ-1. */
const ESTABLISHED: Micros = 124 * MINUTE;
const TRANSITORY: Micros = 4 * MINUTE;
const UDP_IDLE: Micros = 5 * MINUTE;
const ECHO_IDLE: Micros = 60 * SECOND;

/** How often sessions that are over are looked for. */
const SWEEP: Micros = 10 * SECOND;

/** An inside end and its outside port. */
interface Mapping extends Queued<Mapping> {
  readonly protocol: number;
  readonly inside: Ipv4;
  readonly insidePort: number;
  readonly outsidePort: number;
  readonly sessions: Set<Session>;
  /** How many of them may not make room. */
  kept: number;
}

/** An inside end that speaks to an outside one. */
interface Session extends Queued<Session> {
  readonly id: number;
  readonly mapping: Mapping;
  readonly remote: Ipv4;
  readonly remotePort: number;
  until: Micros;
  /** The other end has spoken; TCP: and been heard. */
  answered: boolean;
  established: boolean;
  /** TCP: FINs that passed, bit 1 from inside, bit 2 from outside. */
  ended: number;
  /** TCP: the last segment was a reset. */
  reset: boolean;
  /** It stands among those that may make room. */
  spare: boolean;
}

/** What a protocol has: outside ports with a mapping, and what makes room for others, the longest there first. */
interface Room {
  ports: number;
  /** Sessions that are over, or that nobody has answered. */
  readonly sessions: Queue<Session>;
  /** Mappings that have no others. */
  readonly mappings: Queue<Mapping>;
}

const PROTOCOLS = [ipv4.TCP, ipv4.UDP, ipv4.ICMP];

/** A translation. */
export class Nat {
  readonly outside: Interface;
  readonly #host: Host;
  readonly #options: Readonly<NatOptions>;
  /** Sessions by what their packets have: from inside, and from outside. */
  readonly #leaving: FlowTable;
  readonly #arriving: FlowTable;
  readonly #byId: (Session | undefined)[] = [];
  readonly #freeIds: number[] = [];
  readonly #sessions = new Set<Session>();
  readonly #mappings = new Map<number, Mapping>();
  /** Protocol and outside port of each. */
  readonly #ports = new Map<number, Mapping>();
  readonly #rooms = new Map<number, Room>(
    PROTOCOLS.map((protocol) => [protocol, { ports: 0, sessions: new Queue(), mappings: new Queue() }]),
  );
  readonly #perHost = new Map<Ipv4, number>();
  readonly #key = new Int32Array(4);
  readonly #ends: Ends = { protocol: 0, from: 0, to: 0, fromPort: 0, toPort: 0, at: 0 };
  #nextSweep: Micros = NEVER;

  /** @throws TcplabError EINVAL when an option is out of its range, or `outside` has no IPv4 address */
  constructor(host: Host, outside: Interface, options: Partial<NatOptions>) {
    const all = inRange(DEFAULT_NAT_OPTIONS, options, RANGES);
    if (outside.address === 0)
      throw new TcplabError('EINVAL', `${outside.name} has no IPv4 address that others could speak by; give it one`);
    if (all.firstPort > all.lastPort)
      throw new TcplabError(
        'EINVAL',
        `nat.firstPort is no more than nat.lastPort, not ${all.firstPort} > ${all.lastPort}`,
      );
    this.#host = host;
    this.outside = outside;
    this.#options = all;
    const { random } = host;
    this.#leaving = new FlowTable({ words: 4, limit: all.sessions, random });
    this.#arriving = new FlowTable({ words: 3, limit: all.sessions, random });
  }

  /** How many sessions there are. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Whether a packet that has arrived from outside is for an inside host. */
  knows({ frame, ip, end }: ArrivedPacket): boolean {
    const { view } = frame;
    if (ipv4.protocol(view, ip) === ipv4.ICMP && isErrorAt(view, ip, end))
      return this.#quotedLeaving(view, quoteAt(view, ip), end) !== undefined;
    return read(view, ip, end, this.#ends) && this.#findArriving(this.#ends) !== undefined;
  }

  /** Whether a packet from inside, to the outside address, is for an inside end that speaks by it. */
  turnsBack({ iface, frame, ip, end, destination }: ArrivedPacket): boolean {
    const { view } = frame;
    const ends = this.#ends;
    if (destination !== this.outside.address || iface === this.outside) return false;
    if (ipv4.protocol(view, ip) === ipv4.ICMP && isErrorAt(view, ip, end)) {
      const quote = quoteAt(view, ip);
      return this.#quotedArriving(view, quote, end) !== undefined && ipv4.source(view, quote) === destination;
    }
    return read(view, ip, end, ends) && this.#ports.has((ends.protocol << 16) | ends.toPort);
  }

  /** Turns a packet from outside to whom it is for; false when it is for none, which is counted. */
  inbound(frame: Frame, ip: number, end: number, now: Micros): boolean {
    const { view } = frame;
    if (ipv4.protocol(view, ip) === ipv4.ICMP && isErrorAt(view, ip, end)) return this.#inboundError(view, ip, end);
    const ends = this.#ends;
    const session = read(view, ip, end, ends) ? this.#findArriving(ends) : undefined;
    if (session === undefined) return this.#refuses();
    const { inside, insidePort } = session.mapping;
    this.#passed(session, view, ends, 2, now);
    rewrite(frame, ip, ends, 16, inside, insidePort);
    return true;
  }

  /** Makes a packet from inside one of this address's; false when there is no room for it, or it is of another protocol, which is counted. */
  outbound(frame: Frame, ip: number, end: number, now: Micros): boolean {
    const { view } = frame;
    const { outside } = this;
    if (ipv4.protocol(view, ip) === ipv4.ICMP && isErrorAt(view, ip, end)) return this.#outboundError(view, ip, end);
    const ends = this.#ends;
    if (!read(view, ip, end, ends)) return this.#refuses();
    if (ends.protocol === ipv4.ICMP && icmp.type(view, ends.at) !== icmp.ECHO_REQUEST) return this.#refuses();
    const session = this.#findLeaving(ends) ?? this.#begin(ends, view, now);
    if (session === undefined) return this.#refuses();
    this.#passed(session, view, ends, 1, now);
    rewrite(frame, ip, ends, 12, outside.address, session.mapping.outsidePort);
    this.#identify(view, ip);
    return true;
  }

  /** Gives a packet that we passed on and that did not arrive the ends that its sender knows, be that one outside or inside. */
  restore(view: DataView, ip: number, end: number): void {
    // Between two inside it has both: what was replaced last comes first.
    this.#restoreDestination(view, ip, end);
    this.#restoreSource(view, ip, end);
  }

  nextTimeout(): Micros {
    return this.#nextSweep;
  }

  /** Forgets sessions that are over. */
  timeout(now: Micros): boolean {
    if (this.#nextSweep > now) return false;
    for (const session of this.#sessions) if (session.until <= now) this.#forget(session);
    this.#nextSweep = this.#sessions.size === 0 ? NEVER : now + SWEEP;
    return true;
  }

  #findLeaving({ protocol, from, to, fromPort, toPort }: Ends): Session | undefined {
    const key = this.#key;
    key[0] = from;
    key[1] = to;
    key[2] = (fromPort << 16) | toPort;
    key[3] = protocol;
    const id = this.#leaving.get(key);
    return id < 0 ? undefined : this.#byId[id];
  }

  #findArriving({ protocol, from, to, fromPort, toPort }: Ends): Session | undefined {
    if (to !== this.outside.address) return undefined;
    const id = this.#arriving.get(this.#arrivingKey(protocol, from, fromPort, toPort));
    return id < 0 ? undefined : this.#byId[id];
  }

  #arrivingKey(protocol: number, remote: Ipv4, remotePort: number, outsidePort: number): Int32Array {
    const key = this.#key;
    key[0] = remote;
    key[1] = (remotePort << 16) | outsidePort;
    key[2] = protocol;
    return key;
  }

  #refuses(): false {
    this.#host.counters.natRefused++;
    return false;
  }

  /** What may be cut into fragments gets an identification anew: those inside choose theirs without knowing of one another (RFC 6864 §5.3.1). It is whole here. */
  #identify(view: DataView, ip: number): void {
    if (ipv4.flagsAndOffset(view, ip) & ipv4.DONT_FRAGMENT) return;
    rewriteIdentification(view, ip, this.#host.random.next() & 0xffff);
  }

  /** Somebody outside says that a packet which went there could not be delivered. */
  #inboundError(view: DataView, ip: number, end: number): boolean {
    if (!this.#isIntact(view, ip, end)) return false;
    const session = this.#restoreSource(view, quoteAt(view, ip), end);
    if (session === undefined) return this.#refuses();
    rewriteAddress(view, ip, 16, session.mapping.inside);
    sumIcmp(view, ip, end);
    return true;
  }

  /** An inside host says that a packet which came to it could not be delivered. */
  #outboundError(view: DataView, ip: number, end: number): boolean {
    if (!this.#isIntact(view, ip, end)) return false;
    if (this.#restoreDestination(view, quoteAt(view, ip), end) === undefined) return this.#refuses();
    rewriteAddress(view, ip, 12, this.outside.address);
    this.#identify(view, ip);
    sumIcmp(view, ip, end);
    return true;
  }

  /** Whether an ICMP error came as it was sent: it gets a new checksum, which would vouch for what the old one does not. */
  #isIntact(view: DataView, ip: number, end: number): boolean {
    //= RFC 5508 §4.1 REQ-3
    if (isErrorIntact(view, ip, end)) return true;
    this.#host.counters.icmpBadChecksum++;
    return false;
  }

  /** The session of a packet at `at` that has left, of which there may be only the beginning. */
  #quotedLeaving(view: DataView, at: number, end: number): Session | undefined {
    const ends = this.#ends;
    if (ipv4.locate(view, at, end) < 0 || !readPorts(view, at, end, ends)) return undefined;
    if (ends.from !== this.outside.address) return undefined;
    turnRound(ends);
    return this.#findArriving(ends);
  }

  /** The same for one that has come to somebody inside. */
  #quotedArriving(view: DataView, at: number, end: number): Session | undefined {
    const ends = this.#ends;
    if (ipv4.locate(view, at, end) < 0 || !readPorts(view, at, end, ends)) return undefined;
    turnRound(ends);
    return this.#findLeaving(ends);
  }

  /** Puts into a packet that has left who sent it inside. */
  #restoreSource(view: DataView, at: number, end: number): Session | undefined {
    const session = this.#quotedLeaving(view, at, end);
    if (session === undefined) return undefined;
    const { inside, insidePort } = session.mapping;
    rewriteQuoted(view, at, end, 12, inside, insidePort, true);
    return session;
  }

  /** Puts into a packet that has come to somebody inside whom it was sent to. */
  #restoreDestination(view: DataView, at: number, end: number): Session | undefined {
    const session = this.#quotedArriving(view, at, end);
    if (session === undefined) return undefined;
    rewriteQuoted(view, at, end, 16, this.outside.address, session.mapping.outsidePort, false);
    return session;
  }

  #begin(ends: Ends, view: DataView, now: Micros): Session | undefined {
    const { sessions, sessionsPerHost } = this.#options;
    const { protocol, from, to, fromPort, toPort } = ends;
    // A TCP session begins with a SYN: what comes later is for one that is forgotten (RFC 7857 §2).
    if (protocol === ipv4.TCP && (tcp.flags(view, ends.at) & (tcp.SYN | tcp.ACK | tcp.RST)) !== tcp.SYN)
      return undefined;
    if ((this.#perHost.get(from) ?? 0) >= sessionsPerHost) return undefined;
    // None makes room in vain: what else it takes is there, or is not, before one is forgotten.
    if (this.#sessions.size >= sessions && this.#spare(protocol) === undefined) return undefined;
    const outsidePort = this.#mappings.get(mappingKey(protocol, from, fromPort))?.outsidePort ?? this.#port(protocol);
    if (outsidePort === 0) return undefined;
    if (this.#sessions.size >= sessions) this.#forget(this.#spare(protocol)!);
    const mapping = this.#mapping(protocol, from, fromPort, outsidePort);
    const id = this.#freeIds.pop() ?? this.#byId.length;
    const session: Session = {
      id,
      mapping,
      remote: to,
      remotePort: toPort,
      until: NEVER,
      answered: false,
      established: false,
      ended: 0,
      reset: false,
      spare: true,
      before: undefined,
      after: undefined,
    };
    this.#byId[id] = session;
    this.#leaving.set(this.#leavingKey(session), id);
    this.#arriving.set(this.#arrivingKey(protocol, to, toPort, mapping.outsidePort), id);
    this.#sessions.add(session);
    mapping.sessions.add(session);
    this.#rooms.get(protocol)!.sessions.append(session);
    this.#perHost.set(from, (this.#perHost.get(from) ?? 0) + 1);
    if (this.#nextSweep === NEVER) this.#nextSweep = now + SWEEP;
    return session;
  }

  #leavingKey({ mapping, remote, remotePort }: Session): Int32Array {
    const key = this.#key;
    key[0] = mapping.inside;
    key[1] = remote;
    key[2] = (mapping.insidePort << 16) | remotePort;
    key[3] = mapping.protocol;
    return key;
  }

  /** The mapping of an inside end: the one that it has (RFC 4787 REQ-1), or one to `outsidePort`. */
  #mapping(protocol: number, inside: Ipv4, insidePort: number, outsidePort: number): Mapping {
    const key = mappingKey(protocol, inside, insidePort);
    const known = this.#mappings.get(key);
    if (known !== undefined) return known;
    const mapping: Mapping = {
      protocol,
      inside,
      insidePort,
      outsidePort,
      sessions: new Set(),
      kept: 0,
      before: undefined,
      after: undefined,
    };
    this.#mappings.set(key, mapping);
    this.#ports.set((protocol << 16) | outsidePort, mapping);
    const room = this.#rooms.get(protocol)!;
    room.mappings.append(mapping);
    room.ports++;
    return mapping;
  }

  /** An outside port for a new mapping: one that nobody has or guesses, or that of an end whose sessions may all make room, which are forgotten; 0 when there is none. */
  #port(protocol: number): number {
    const { firstPort, lastPort } = this.#options;
    const { ports, mappings } = this.#rooms.get(protocol)!;
    const count = lastPort - firstPort + 1;
    // A flood from inside does not have all of them looked through each time.
    const tries = ports < count ? count : 0;
    const start = below(this.#host.random, count);
    for (let i = 0; i < tries; i++) {
      const port = firstPort + ((start + i) % count);
      if (!this.#ports.has((protocol << 16) | port) && this.#isFree(protocol, port)) return port;
    }
    const mapping = mappings.first;
    if (mapping === undefined) return 0;
    for (const session of mapping.sessions) this.#forget(session);
    return mapping.outsidePort;
  }

  /** Whether the host itself does not use the port. */
  #isFree(protocol: number, port: number): boolean {
    const { tcp: own, udp: datagrams } = this.#host;
    if (protocol === ipv4.TCP) return own.ports.isFree(this.outside.address, port, false);
    return protocol !== ipv4.UDP || datagrams.ports.isFree(this.outside.address, port, false);
  }

  /** A session that may make room for one of `protocol`: of its own rather than of another. */
  #spare(protocol: number): Session | undefined {
    let session = this.#rooms.get(protocol)!.sessions.first;
    for (const { sessions } of this.#rooms.values()) session ??= sessions.first;
    return session;
  }

  /** Puts a session where it belongs now: among those that may make room, or not. */
  #sort(session: Session): void {
    const spare = !session.answered || isOver(session);
    if (spare === session.spare) return;
    session.spare = spare;
    const { mapping } = session;
    const { sessions, mappings } = this.#rooms.get(mapping.protocol)!;
    if (spare) {
      sessions.append(session);
      if (--mapping.kept === 0) mappings.append(mapping);
    } else {
      sessions.remove(session);
      if (mapping.kept++ === 0) mappings.remove(mapping);
    }
  }

  #forget(session: Session): void {
    const { mapping, id, remote, remotePort } = session;
    this.#sessions.delete(session);
    this.#leaving.delete(this.#leavingKey(session));
    this.#arriving.delete(this.#arrivingKey(mapping.protocol, remote, remotePort, mapping.outsidePort));
    this.#byId[id] = undefined;
    this.#freeIds.push(id);
    const left = (this.#perHost.get(mapping.inside) ?? 1) - 1;
    if (left === 0) this.#perHost.delete(mapping.inside);
    else this.#perHost.set(mapping.inside, left);
    const room = this.#rooms.get(mapping.protocol)!;
    if (session.spare) room.sessions.remove(session);
    else if (--mapping.kept === 0) room.mappings.append(mapping);
    mapping.sessions.delete(session);
    if (mapping.sessions.size > 0) return;
    room.mappings.remove(mapping);
    room.ports--;
    this.#mappings.delete(mappingKey(mapping.protocol, mapping.inside, mapping.insidePort));
    this.#ports.delete((mapping.protocol << 16) | mapping.outsidePort);
  }

  /** A packet of a session has passed. */
  #passed(session: Session, view: DataView, { protocol, at }: Ends, side: 1 | 2, now: Micros): void {
    if (side === 2) session.answered = true;
    if (protocol === ipv4.ICMP) session.until = now + ECHO_IDLE;
    else if (protocol === ipv4.UDP) {
      //= RFC 4787 §4.3: packets from inside keep it alive
      if (side === 1 || session.until === NEVER) session.until = now + UDP_IDLE;
    } else {
      segmentPassed(session, tcp.flags(view, at), side);
      session.until = now + (session.established && !isOver(session) ? ESTABLISHED : TRANSITORY);
    }
    this.#sort(session);
  }
}

/** What a segment tells of its session. A reset or FIN shortens its life, and ends nothing: anybody may have sent it. */
function segmentPassed(session: Session, flags: number, side: 1 | 2): void {
  if (flags & tcp.RST) {
    session.reset = true;
    return;
  }
  if (side === 1 && (flags & (tcp.SYN | tcp.ACK)) === tcp.SYN && isOver(session)) {
    // The same ends begin anew.
    session.answered = false;
    session.established = false;
    session.ended = 0;
  }
  // Who goes on was not reset.
  session.reset = false;
  if (flags & tcp.FIN) session.ended |= side;
  if (side === 1 && session.answered && flags & tcp.ACK) session.established = true;
}

const isOver = ({ ended, reset }: Session): boolean => ended === 3 || reset;

/** The ends of a packet the other way. */
function turnRound(ends: Ends): void {
  const { from, to, fromPort, toPort } = ends;
  ends.from = to;
  ends.to = from;
  ends.fromPort = toPort;
  ends.toPort = fromPort;
}

/** A number for protocol, address and port: below 2^53. */
const mappingKey = (protocol: number, inside: Ipv4, port: number): number =>
  (inside >>> 0) * 0x20_0000 + (protocol === ipv4.TCP ? 0 : protocol === ipv4.UDP ? 1 : 2) * 0x1_0000 + port;
