/**
 * Packets for others, passed on from interface to interface: time to live, routes, what is too long for the next link, and what may not be passed on. Behind a translation of
 * addresses (nat.ts) where there is one. Redirects are neither sent nor followed. Read first: RFC 1812 §4.2.2, §5.2, §5.3; RFC 8200 §3; RFC 4443 §3.2-3.3; RFC 1624
 * (checksums brought up to date); RFC 3704 (sources that cannot be).
 */
import { type Micros, NEVER } from '../../core/time.ts';
import { finish } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { type IpAddress, ipv6At } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { completeAt, isSound } from '../link/partial-checksum.ts';
import { ArrivedPacket } from './arrived-packet.ts';
import type { PieceOutput } from './fragmentation.ts';
import { IP_AT } from './frame-layout.ts';
import type { Host } from './host.ts';
import type { Interface } from './interface.ts';
import { Nat, type NatOptions } from './nat.ts';
import { countOf, longestPiece, makeCut, sendInSegments } from './segmentation.ts';

/** Where packets that are passed on, or pieces of them, go; filled again for each. */
class Pieces implements PieceOutput {
  way!: Interface;
  mtu = 0;
  hop: IpAddress = 0;
  now: Micros = 0;
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  take(octets: number): Frame | undefined {
    return this.#host.frames.takeFor(octets);
  }

  /** Sends the packet of `length` octets at IP_AT, in fragments where it is too long for one, and is none for the link to cut. Takes the frame over. */
  send(frame: Frame, length: number): void {
    const { way, mtu } = this;
    const { view } = frame;
    const fits = length <= mtu || frame.segmentSize > 0;
    if (frame.checksum === 'partial' && !(fits && way.port.checksumOffload)) {
      if (!completeAt(view, IP_AT, IP_AT + length)) {
        this.#host.counters.ipUnfinished++;
        return frame.pool.release(frame);
      }
      frame.checksum = 'complete';
    }
    if (fits) return way.transmit(frame, length, this.hop, this.now);
    this.#host.sendInFragments(way, frame, length, mtu, ipv4.identification(view, IP_AT), this.hop, this.now);
  }
}

/** What passes packets on. */
export class Forwarding {
  readonly #host: Host;
  #nat: Nat | undefined = undefined;
  readonly #undelivered = new ArrivedPacket();
  readonly #cut = makeCut();
  readonly #pieces: Pieces;

  constructor(host: Host) {
    this.#host = host;
    this.#pieces = new Pieces(host);
  }

  /** The translation, if there is one. */
  get nat(): Nat | undefined {
    return this.#nat;
  }

  /**
   * Hosts behind the other interfaces speak by the address of `outside` from now on, and nobody out there begins to speak to them.
   * @throws TcplabError EINVAL when an option is out of its range, or `outside` has no IPv4 address
   */
  translate(outside: Interface, options: Partial<NatOptions> = {}): Nat {
    this.#nat = new Nat(this.#host, outside, options);
    return this.#nat;
  }

  /** Whether packets in fragments have to be put together before they are passed on. */
  wantsWhole(_iface: Interface): boolean {
    return this.#nat !== undefined;
  }

  /** When `timeout` has something to do. */
  nextTimeout(): Micros {
    return this.#nat?.nextTimeout() ?? NEVER;
  }

  timeout(now: Micros): boolean {
    return this.#nat?.timeout(now) ?? false;
  }

  /**
   * A packet has arrived. Answers whether it was for others: then it is passed on, or was dropped and counted.
   * @param local it is for this host, unless it is for one behind a translation
   */
  takes(packet: ArrivedPacket, local: boolean, now: Micros): boolean {
    const nat = this.#nat;
    const inbound = nat !== undefined && packet.unicast && packet.iface === nat.outside;
    //= RFC 4787 §6 REQ-9: those inside reach one another by their outside ends, as they would from outside
    const turnsBack = nat !== undefined && local && !inbound && nat.turnsBack(packet);
    if (local && !inbound && !turnsBack) return false;
    const { frame, ip, end, iface } = packet;
    const host = this.#host;
    if (inbound && !nat.knows(packet)) return false;
    if (!inbound && this.#isRefused(packet)) {
      host.counters.ipForwardRefused++;
      return true;
    }
    if (timeToLive(frame.view, ip) <= 1) {
      host.counters.ipTimeExceeded++;
      this.#tellTimeExceeded(packet, now);
      return true;
    }
    const own = host.frames.takeFor(end - ip);
    if (own === undefined) {
      host.counters.ipNoFrame++;
      return true;
    }
    own.bytes.set(frame.bytes.subarray(ip, end), IP_AT);
    own.checksum = frame.checksum;
    own.segmentSize = frame.segmentSize;
    own.mark = frame.mark;
    const ownEnd = IP_AT + end - ip;
    const isTranslated =
      (!turnsBack || nat.outbound(own, IP_AT, ownEnd, now)) &&
      (!(inbound || turnsBack) || nat.inbound(own, IP_AT, ownEnd, now));
    if (!isTranslated) {
      own.pool.release(own);
      return true;
    }
    const to = destinationAt(own.view, IP_AT, iface.zone);
    const way = host.isLocal(to) ? undefined : host.routes.find(to)?.iface;
    if (way === undefined || way.isLoopback) {
      own.pool.release(own);
      host.counters.ipNoRoute++;
      this.#tellUnreachable(packet, now);
      return true;
    }
    //= RFC 4443 §3.1: never back onto the link it came by, where only we and the one it came from are (or those behind that one, who speak by a translation)
    if (way === iface && !turnsBack && way.port.medium === 'ip' && way.isOnLink(to)) {
      own.pool.release(own);
      host.counters.ipForwardRefused++;
      this.#tellNobodyThere(packet, now);
      return true;
    }
    this.#send(packet, own, ownEnd, way, to, now);
    return true;
  }

  /** Nobody answers for the next hop of a packet at `ip` that we passed on: its sender is told. False when it is our own. */
  undelivered(_by: Interface, frame: Frame, ip: number, end: number, now: Micros): boolean {
    const host = this.#host;
    const { view } = frame;
    const four = ipv4.version(view, ip) === 4;
    if (four) this.#nat?.restore(view, ip, end);
    const source = four ? ipv4.source(view, ip) : ipv6At(view, ipv6.sourceAt(ip));
    if (host.isLocal(source) || (four ? source === 0 : false)) return false;
    const iface = host.route(source);
    if (iface === undefined) return true;
    const packet = this.#undelivered;
    packet.iface = iface;
    packet.frame = frame;
    packet.ip = ip;
    packet.at = four ? ip + ipv4.headerLength(view, ip) : ip + ipv6.HEADER;
    packet.end = end;
    packet.source = source;
    packet.destination = destinationAt(view, ip, 0);
    packet.unicast = false;
    this.#tellNobodyThere(packet, now);
    return true;
  }

  #send(packet: ArrivedPacket, own: Frame, end: number, way: Interface, to: IpAddress, now: Micros): void {
    const host = this.#host;
    const nat = this.#nat;
    const { view } = own;
    const four = ipv4.version(view, IP_AT) === 4;
    if (nat !== undefined && four && way === nat.outside && packet.iface !== nat.outside) {
      if (!nat.outbound(own, IP_AT, end, now)) return own.pool.release(own);
    }
    const length = end - IP_AT;
    const mtu = way.mtuFor(to);
    // One that stands for several is as long as each of them is.
    const cut = this.#cut;
    const count = countOf(own, IP_AT, end, cut);
    if (count === 'uncuttable') {
      host.counters.ipUnfinished++;
      return own.pool.release(own);
    }
    const isMany = count === 'many';
    if (!isMany) own.segmentSize = 0;
    const longest = isMany ? longestPiece(cut) : length;
    if (longest > mtu && (!four || ipv4.flagsAndOffset(view, IP_AT) & ipv4.DONT_FRAGMENT)) {
      host.counters.ipTooLong++;
      this.#tellTooLong(packet, mtu, now);
      return own.pool.release(own);
    }
    if (isMany && own.checksum === 'complete') {
      if (!isSound(own, IP_AT, end, cut)) {
        if (cut.protocol === ipv4.TCP) host.counters.tcpBadChecksum++;
        else host.counters.udpBadChecksum++;
        return own.pool.release(own);
      }
      own.checksum = 'verified';
    }
    host.counters.ipForwarded++;
    lowerTimeToLive(view, IP_AT);
    const pieces = this.#pieces;
    pieces.way = way;
    pieces.mtu = mtu;
    pieces.hop = way.nextHop(to);
    pieces.now = now;
    // A link that does not cut gets what the sender meant for a wire, even where it takes more: a router further on could not take it apart any more.
    const goesWhole = !isMany || (way.cuts && cut.protocol === ipv4.TCP && length <= way.gsoMax && longest <= mtu);
    if (goesWhole) return pieces.send(own, length);
    if (!sendInSegments(own, cut, way.port.checksumOffload, pieces)) host.counters.ipNoFrame++;
    own.pool.release(own);
  }

  /** Whether a packet may not be passed on: from nobody, for one link alone, from where its source cannot be; or into what a translation hides. */
  #isRefused({ iface, source, destination }: ArrivedPacket): boolean {
    const host = this.#host;
    if (!host.isUnicast(source) || !host.isUnicast(destination) || iface.isLoopback) return true;
    // Neighbours ask with our address whether somebody has it; nobody else speaks by it.
    if (host.isLocal(source)) return true;
    if (isLinkLocal(source) || isLinkLocal(destination)) return true;
    //= RFC 3704 §2.2: the way back must be the way it came
    if (host.routes.find(source)?.iface !== iface) return true;
    return this.#nat !== undefined && typeof source === 'number' && iface === this.#nat.outside;
  }

  #tellTimeExceeded(packet: ArrivedPacket, now: Micros): void {
    const { icmp: four, icmp6: six } = this.#host;
    if (typeof packet.source === 'number') four.error(packet, icmp.TIME_EXCEEDED, icmp.TIME_TO_LIVE, 0, now);
    else six.error(packet, icmpv6.TIME_EXCEEDED, icmpv6.HOP_LIMIT, 0, now);
  }

  #tellUnreachable(packet: ArrivedPacket, now: Micros): void {
    const { icmp: four, icmp6: six } = this.#host;
    if (typeof packet.source === 'number') four.unreachable(packet, icmp.NET_UNREACHABLE, now);
    else six.error(packet, icmpv6.DESTINATION_UNREACHABLE, icmpv6.NO_ROUTE, 0, now);
  }

  #tellNobodyThere(packet: ArrivedPacket, now: Micros): void {
    const { icmp: four, icmp6: six } = this.#host;
    if (typeof packet.source === 'number') four.unreachable(packet, icmp.HOST_UNREACHABLE, now);
    else six.error(packet, icmpv6.DESTINATION_UNREACHABLE, icmpv6.ADDRESS_UNREACHABLE, 0, now);
  }

  #tellTooLong(packet: ArrivedPacket, mtu: number, now: Micros): void {
    const { icmp: four, icmp6: six } = this.#host;
    if (typeof packet.source === 'number')
      four.error(packet, icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED, mtu, now);
    else six.error(packet, icmpv6.PACKET_TOO_BIG, 0, mtu, now);
  }
}

/** Whether an address means something on one link alone. IPv4's: 169.254/16, and 0/8, "this network" (RFC 1122 §3.2.1.3). */
const isLinkLocal = (address: IpAddress): boolean =>
  typeof address === 'object' ? address.isLinkLocal : address >>> 24 === 0 || address >>> 16 === 0xa9fe;

const timeToLive = (view: DataView, ip: number): number =>
  ipv4.version(view, ip) === 4 ? ipv4.timeToLive(view, ip) : ipv6.hopLimit(view, ip);

/** The destination of the packet at `ip`, of either version. */
const destinationAt = (view: DataView, ip: number, zone: number): IpAddress =>
  ipv4.version(view, ip) === 4 ? ipv4.destination(view, ip) : ipv6At(view, ipv6.destinationAt(ip), zone);

/** One hop less, and the checksum of IPv4's header with it (RFC 1624). */
function lowerTimeToLive(view: DataView, ip: number): void {
  if (ipv4.version(view, ip) === 6) return view.setUint8(ip + 7, view.getUint8(ip + 7) - 1);
  const old = view.getUint16(ip + 8);
  view.setUint16(ip + 8, old - 0x100);
  view.setUint16(ip + 10, finish((~view.getUint16(ip + 10) & 0xffff) + (~old & 0xffff) + old - 0x100));
}
