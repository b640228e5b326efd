/**
 * Translation of addresses and ports: hosts inside speak by one address outside. An inside end keeps its outside port for whomever it speaks to; only whom it has spoken to may answer.
 * TCP, UDP and ICMP echo; ICMP errors about them are translated with what they quote. Bounded in all and for each inside host. Read first: RFC 4787 (UDP), RFC 5382
 * (TCP), RFC 5508 (ICMP), RFC 7857 (their updates). Not here: whether and where a packet is passed on (forwarding.ts). IPv6 needs none of it.
 */
import { TcplabError } from '../../core/errors.ts';
import { FlowTable } from '../../core/flow-table.ts';
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
  read,
  readPorts,
  rewrite,
  rewriteAddress,
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

/** Sessions that are looked at for one that may make room, before a new one is refused. */
const EVICTION_TRIES = 64;

/** An inside end and its outside port. */
interface Mapping {
  readonly protocol: number;
  readonly inside: Ipv4;
  readonly insidePort: number;
  readonly outsidePort: number;
  sessions: number;
}

/** An inside end that speaks to an outside one. */
interface Session {
  readonly id: number;
  readonly mapping: Mapping;
  readonly remote: Ipv4;
  readonly remotePort: number;
  until: Micros;
  /** TCP: both ends have spoken; FINs and resets that passed, bit 1 from inside, bit 2 from outside. */
  answered: boolean;
  established: boolean;
  ended: number;
}

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
  /** The one that spoke first, first. */
  readonly #sessions = new Set<Session>();
  readonly #mappings = new Map<number, Mapping>();
  /** Protocol and outside port of each. */
  readonly #ports = new Map<number, Mapping>();
  /** How many outside ports of each protocol have a mapping. */
  readonly #taken = new Map<number, number>();
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
      return this.#quoted(view, ip, end) !== undefined;
    return read(view, ip, end, this.#ends) && this.#findArriving(this.#ends) !== undefined;
  }

  /** Whether a packet from inside, to the outside address, is for an inside end that speaks by it. */
  turnsBack({ iface, frame, ip, end, destination }: ArrivedPacket): boolean {
    const ends = this.#ends;
    if (destination !== this.outside.address || iface === this.outside) return false;
    return read(frame.view, ip, end, ends) && this.#ports.has((ends.protocol << 16) | ends.toPort);
  }

  /** Turns a packet from outside to whom it is for; false when it is for none. */
  inbound(frame: Frame, ip: number, end: number, now: Micros): boolean {
    const { view } = frame;
    if (ipv4.protocol(view, ip) === ipv4.ICMP && isErrorAt(view, ip, end)) {
      const session = this.#quoted(view, ip, end);
      if (session === undefined) return false;
      const { inside, insidePort } = session.mapping;
      const quoted = ip + ipv4.headerLength(view, ip) + icmp.HEADER;
      rewriteQuoted(view, quoted, end, 12, inside, insidePort, true);
      rewriteAddress(view, ip, 16, inside);
      sumIcmp(view, ip, end);
      return true;
    }
    const ends = this.#ends;
    const session = read(view, ip, end, ends) ? this.#findArriving(ends) : undefined;
    if (session === undefined) return false;
    const { inside, insidePort } = session.mapping;
    this.#passed(session, view, ends, 2, now);
    rewrite(frame, ip, ends, 16, inside, insidePort);
    return true;
  }

  /** Makes a packet from inside one of this address's; false when there is no room for it, or it is of another protocol. */
  outbound(frame: Frame, ip: number, end: number, now: Micros): boolean {
    const { view } = frame;
    const { outside } = this;
    if (ipv4.protocol(view, ip) === ipv4.ICMP && isErrorAt(view, ip, end)) return this.#outboundError(view, ip, end);
    const ends = this.#ends;
    if (!read(view, ip, end, ends)) return false;
    if (ends.protocol === ipv4.ICMP && icmp.type(view, ends.at) !== icmp.ECHO_REQUEST) return false;
    const session = this.#findLeaving(ends) ?? this.#begin(ends, view, now);
    if (session === undefined) return false;
    this.#passed(session, view, ends, 1, now);
    rewrite(frame, ip, ends, 12, outside.address, session.mapping.outsidePort);
    return true;
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

  /** The session of the packet that an error from outside quotes. */
  #quoted(view: DataView, ip: number, end: number): Session | undefined {
    const ends = this.#ends;
    const at = ip + ipv4.headerLength(view, ip) + icmp.HEADER;
    if (ipv4.locate(view, at, end) < 0 || !readPorts(view, at, end, ends)) return undefined;
    if (ends.from !== this.outside.address) return undefined;
    const id = this.#arriving.get(this.#arrivingKey(ends.protocol, ends.to, ends.toPort, ends.fromPort));
    return id < 0 ? undefined : this.#byId[id];
  }

  /** An inside host says that a packet which came to it could not be delivered. */
  #outboundError(view: DataView, ip: number, end: number): boolean {
    const ends = this.#ends;
    const at = ip + ipv4.headerLength(view, ip) + icmp.HEADER;
    if (ipv4.locate(view, at, end) < 0 || !readPorts(view, at, end, ends)) return false;
    const { from, to, fromPort, toPort } = ends;
    ends.from = to;
    ends.to = from;
    ends.fromPort = toPort;
    ends.toPort = fromPort;
    const session = this.#findLeaving(ends);
    if (session === undefined) return false;
    rewriteQuoted(view, at, end, 16, this.outside.address, session.mapping.outsidePort, false);
    rewriteAddress(view, ip, 12, this.outside.address);
    sumIcmp(view, ip, end);
    return true;
  }

  #begin(ends: Ends, view: DataView, now: Micros): Session | undefined {
    const { sessions, sessionsPerHost } = this.#options;
    const { protocol, from, to, fromPort, toPort } = ends;
    // A TCP session begins with a SYN: what comes later is for one that is forgotten (RFC 7857 §2).
    if (protocol === ipv4.TCP && (tcp.flags(view, ends.at) & (tcp.SYN | tcp.ACK | tcp.RST)) !== tcp.SYN)
      return undefined;
    if ((this.#perHost.get(from) ?? 0) >= sessionsPerHost) return undefined;
    if (this.#sessions.size >= sessions && !this.#makeRoom(now)) return undefined;
    let mapping = this.#mapping(protocol, from, fromPort);
    if (mapping === undefined && this.#makeRoom(now)) mapping = this.#mapping(protocol, from, fromPort);
    if (mapping === undefined) return undefined;
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
    };
    this.#byId[id] = session;
    this.#leaving.set(this.#leavingKey(session), id);
    this.#arriving.set(this.#arrivingKey(protocol, to, toPort, mapping.outsidePort), id);
    this.#sessions.add(session);
    mapping.sessions++;
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

  /** The outside port of an inside end: the one that it has (RFC 4787 REQ-1), or one that nobody guesses. */
  #mapping(protocol: number, inside: Ipv4, insidePort: number): Mapping | undefined {
    const key = mappingKey(protocol, inside, insidePort);
    const known = this.#mappings.get(key);
    if (known !== undefined) return known;
    const { firstPort, lastPort } = this.#options;
    const count = lastPort - firstPort + 1;
    // A flood from inside does not have all of them looked through each time.
    if ((this.#taken.get(protocol) ?? 0) >= count) return undefined;
    const start = below(this.#host.random, count);
    for (let i = 0; i < count; i++) {
      const outsidePort = firstPort + ((start + i) % count);
      if (this.#ports.has((protocol << 16) | outsidePort) || !this.#isFree(protocol, outsidePort)) continue;
      const mapping: Mapping = { protocol, inside, insidePort, outsidePort, sessions: 0 };
      this.#mappings.set(key, mapping);
      this.#ports.set((protocol << 16) | outsidePort, mapping);
      this.#taken.set(protocol, (this.#taken.get(protocol) ?? 0) + 1);
      return mapping;
    }
    return undefined;
  }

  /** Whether the host itself does not use the port. */
  #isFree(protocol: number, port: number): boolean {
    const { tcp: own, udp: datagrams } = this.#host;
    if (protocol === ipv4.TCP) return own.ports.isFree(this.outside.address, port, false);
    return protocol !== ipv4.UDP || datagrams.ports.isFree(this.outside.address, port, false);
  }

  /** One that is over, or that nobody has answered, makes room. */
  #makeRoom(now: Micros): boolean {
    let left = EVICTION_TRIES;
    for (const session of this.#sessions) {
      if (left-- === 0) return false;
      if (session.until > now && session.answered && session.ended === 0) continue;
      this.#forget(session);
      return true;
    }
    return false;
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
    if (--mapping.sessions > 0) return;
    this.#mappings.delete(mappingKey(mapping.protocol, mapping.inside, mapping.insidePort));
    this.#ports.delete((mapping.protocol << 16) | mapping.outsidePort);
    this.#taken.set(mapping.protocol, this.#taken.get(mapping.protocol)! - 1);
  }

  /** A packet of a session has passed. A reset or FIN shortens its life, and ends nothing: anybody may have sent it. */
  #passed(session: Session, view: DataView, { protocol, at }: Ends, side: 1 | 2, now: Micros): void {
    if (side === 2) session.answered = true;
    if (protocol === ipv4.ICMP) session.until = now + ECHO_IDLE;
    else if (protocol === ipv4.UDP) {
      //= RFC 4787 §4.3: packets from inside keep it alive
      if (side === 1 || session.until === NEVER) session.until = now + UDP_IDLE;
    } else {
      const flags = tcp.flags(view, at);
      if (side === 1 && session.answered && flags & tcp.ACK && !(flags & tcp.RST)) session.established = true;
      if (flags & tcp.RST) session.ended = 3;
      if (flags & tcp.FIN) session.ended |= side;
      session.until = now + (session.established && session.ended !== 3 ? ESTABLISHED : TRANSITORY);
    }
  }
}

/** A number for protocol, address and port: below 2^53. */
const mappingKey = (protocol: number, inside: Ipv4, port: number): number =>
  (inside >>> 0) * 0x20_0000 + (protocol === ipv4.TCP ? 0 : protocol === ipv4.UDP ? 1 : 2) * 0x1_0000 + port;
