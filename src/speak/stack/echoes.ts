/** Echo requests that a host has sent and whose replies it waits for: what `ping` is made of; and what routers say of the ways of both. Bounded. Read first: RFC 792 (echo), RFC 4443 §4. */
import { type PosixCode, TcplabError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import type { Micros } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import { finish, pseudoHeader, sum } from '../../wire/checksum.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { formatAddress, type IpAddress, sameAddress } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import { IP_AT } from './frame-layout.ts';
import type { Host, Waits } from './host.ts';
import type { Interface } from './interface.ts';
import { PathMtus } from './path-mtus.ts';

/** The most programs that wait for replies at once. */
export const MAX_ECHOES = 256;

/** The longest packet, in octets: one that is longer than the link carries goes in fragments. */
const LONGEST = 65_535;

/** The most replies of ours, of those so long that a way may be too narrow for them, that are kept in mind. */
const MAX_LONG_REPLIES = 64;

/** Octets of a message that any way takes, as good as: links that take packets of less than 296 octets are hardly heard of (RFC 1191 §7). */
const SURE = 256;

/** A reply that has come. */
export interface EchoReply {
  readonly from: IpAddress;
  /** The number that the request had. */
  readonly sequence: number;
  /** Octets of data that came back. */
  readonly length: number;
  /** Time to live, or hop limit, of the reply. */
  readonly timeToLive: number;
  /** When it came, on the driver's clock. */
  readonly time: Micros;
}

/** Requests to one address. */
export interface Echo {
  /** Sends a request with that number and so many octets of data; false when it could not be sent. */
  send(sequence: number, length: number): boolean;
  /** No reply is wanted any more. */
  close(): void;
}

interface Waiting {
  readonly to: IpAddress;
  readonly identifier: number;
  readonly replied: (reply: EchoReply) => void;
  readonly failed: (sequence: number, code: PosixCode) => void;
}

/** The echoes of a host. */
export class Echoes {
  readonly #host: Host;
  readonly #random: Random;
  readonly #waiting = new Map<number, Waiting>();
  /** Ways known from echoes, and used for them alone: strangers can have us reply to anybody, and what they say then of that way shall narrow no connection's. */
  readonly #paths = new PathMtus();
  /** Of long replies, the latest last: to whom, and identifier with sequence number. */
  readonly #longReplies: { readonly to: IpAddress; readonly rest: number }[] = [];

  constructor(host: Host, random: Random) {
    this.#host = host;
    this.#random = random;
  }

  /**
   * Begins to ask `to`; `replied` is called for each reply, `failed` for each request of which a router, or our own host, says that it did not get there, and why.
   * @throws TcplabError ENOBUFS when too many programs wait for replies
   */
  open(
    to: IpAddress,
    replied: (reply: EchoReply) => void,
    failed: (sequence: number, code: PosixCode) => void = () => {},
  ): Echo {
    if (this.#waiting.size >= MAX_ECHOES)
      throw new TcplabError(
        'ENOBUFS',
        `ping ${formatAddress(to)}: ENOBUFS, ${MAX_ECHOES} programs wait for replies already`,
      );
    let identifier = this.#random.next() & 0xffff;
    while (this.#waiting.has(identifier)) identifier = (identifier + 1) & 0xffff;
    this.#waiting.set(identifier, { to, identifier, replied, failed });
    const { sockets, driver } = this.#host;
    const waits: Waits = { place: -1, waiting: () => `echo replies from ${formatAddress(to)}` };
    sockets.add(waits);
    driver.opened();
    return {
      send: (sequence, length) => this.#send(to, identifier, sequence, length),
      close: () => {
        this.#waiting.delete(identifier);
        sockets.delete(waits);
        driver.wake();
      },
    };
  }

  /** A reply has arrived, whose checksum is right. */
  arrives({ frame, ip, at, end, source }: ArrivedPacket, now: Micros): void {
    const { view } = frame;
    const waiting = this.#waiting.get(icmp.identifier(view, at));
    if (waiting === undefined || !sameAddress(waiting.to, source)) {
      this.#host.counters.icmpIgnored++;
      return;
    }
    waiting.replied({
      from: source,
      sequence: icmp.sequence(view, at),
      length: end - at - icmp.HEADER,
      timeToLive: typeof source === 'number' ? ipv4.timeToLive(view, ip) : ipv6.hopLimit(view, ip),
      time: now,
    });
  }

  /** The request whose first octets stand at `at` did not arrive at `to`. */
  unreachable(to: IpAddress, view: DataView, at: number, code: PosixCode): void {
    const waiting = this.#waiting.get(icmp.identifier(view, at));
    if (waiting !== undefined && sameAddress(waiting.to, to)) waiting.failed(icmp.sequence(view, at), code);
  }

  /** A reply of `length` octets goes to `to`; `rest` is its identifier with the sequence number. */
  replying(to: IpAddress, rest: number, length: number): void {
    if (length <= SURE) return;
    if (this.#longReplies.length === MAX_LONG_REPLIES) this.#longReplies.shift();
    this.#longReplies.push({ to, rest });
  }

  /** A router says that the request or the reply whose first octets stand at `at` was too long for the way to `to`: the next go in fragments. */
  tooLong(to: IpAddress, view: DataView, at: number, mtu: number, now: Micros): void {
    const type = icmp.type(view, at);
    const isRequest = type === (typeof to === 'number' ? icmp.ECHO_REQUEST : icmpv6.ECHO_REQUEST);
    const waiting = isRequest ? this.#waiting.get(icmp.identifier(view, at)) : undefined;
    const rest = icmp.rest(view, at);
    const isOurs = isRequest
      ? waiting !== undefined && sameAddress(waiting.to, to)
      : this.#longReplies.some((reply) => reply.rest === rest && sameAddress(reply.to, to));
    if (!isOurs || !this.#paths.learn(to, mtu, now)) this.#host.counters.icmpIgnored++;
    else waiting?.failed(icmp.sequence(view, at), 'EMSGSIZE');
  }

  /** Whether the way to an IPv4 address is too narrow for echoes to be forbidden to be cut. */
  isNarrow(to: Ipv4, now: Micros): boolean {
    return this.#paths.isNarrow(to, now);
  }

  /** The most octets that an echo to `to` has in one piece. */
  pathMtu(iface: Interface, to: IpAddress, now: Micros): number {
    const mtu = this.#host.pathMtu(iface, to, now);
    return Math.min(mtu, this.#paths.of(to, now) || mtu);
  }

  #send(to: IpAddress, identifier: number, sequence: number, octets: number): boolean {
    const host = this.#host;
    const iface = host.route(to);
    const from = iface && host.sourceFor(to, iface);
    const header = typeof to === 'number' ? ipv4.HEADER : ipv6.HEADER;
    const length = icmp.HEADER + octets;
    if (iface === undefined || from === undefined || header + length > LONGEST) return false;
    const frame = host.frames.takeFor(header + length);
    if (frame === undefined) return false;
    const { view } = frame;
    const at = IP_AT + header;
    const four = typeof to === 'number';
    const rest = (identifier << 16) | (sequence & 0xffff);
    const dataAt = icmp.emit(view, at, four ? icmp.ECHO_REQUEST : icmpv6.ECHO_REQUEST, 0, rest);
    for (let i = 0; i < octets; i++) frame.bytes[dataAt + i] = i & 255;
    const pseudo = four ? 0 : pseudoHeader(from, to, ipv6.ICMPV6, length);
    view.setUint16(at + 2, finish(sum(view, at, length, pseudo)));
    const { now } = host.driver;
    const mtu = this.pathMtu(iface, to, now);
    return host.sendFitting(iface, frame, from, to, four ? ipv4.ICMP : ipv6.ICMPV6, length, now, mtu);
  }
}
