/**
 * What a host does with an IPv6 packet that has come: whether it holds together, may come this way and is for this host; its chain of extension headers; its fragments; and who
 * gets it. Read first: RFC 8200 §3-4, RFC 4291 §2.8, RFC 6946 (fragments that are whole).
 */
import type { Micros } from '../../core/time.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { type Ipv6, ipv6At } from '../../wire/ip-address.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as extensions from '../../wire/ipv6-extensions.ts';
import type { ArrivedPacket } from './arrived-packet.ts';
import { IP_AT } from './frame-layout.ts';
import type { Host } from './host.ts';
import type { Interface } from './interface.ts';
import type { Fragment } from './reassembly.ts';

/** What arriving packets need of their host. */
type ReceivingHost = Pick<
  Host,
  'counters' | 'forwarding' | 'frames' | 'icmp6' | 'isLocal' | 'reassembly' | 'tcp' | 'udp'
>;

/** Addresses that came last, a power of two. */
const CACHED = 256;

/** Addresses as objects, without making one for each packet: those that came last are here. */
class AddressCache {
  readonly #slots: (Ipv6 | undefined)[] = new Array<Ipv6 | undefined>(CACHED).fill(undefined);

  /** The address at `at`, of a packet that came by the interface with that number. */
  get(view: DataView, at: number, zone: number): Ipv6 {
    const first = view.getInt32(at);
    const low = view.getInt32(at + 12);
    const slot = (low ^ (low >>> 8) ^ (first >>> 16) ^ (zone << 4)) & (CACHED - 1);
    const known = this.#slots[slot];
    if (known?.standsAt(view, at) && (known.zone === 0 ? !isScoped(known) : known.zone === zone)) return known;
    const made = ipv6At(view, at, zone);
    this.#slots[slot] = made;
    return made;
  }
}

const isScoped = (address: Ipv6): boolean => address.isLinkLocal || address.isLinkLocalMulticast;

/** The IPv6 input of a host. */
export class ArrivingIpv6 {
  readonly #host: ReceivingHost;
  readonly #packet: ArrivedPacket;
  readonly #addresses = new AddressCache();
  readonly #chain = extensions.makeChain();
  readonly #fragment = {} as Fragment;

  /** @param packet is filled again for each packet */
  constructor(host: ReceivingHost, packet: ArrivedPacket) {
    this.#host = host;
    this.#packet = packet;
  }

  /** A packet at `at` in a frame that ends at `frameEnd`. */
  receive(iface: Interface, frame: Frame, at: number, frameEnd: number, now: Micros): void {
    const { counters, forwarding } = this.#host;
    const { view } = frame;
    const payload = ipv6.locate(view, at, frameEnd);
    const length = payload < 0 ? 0 : ipv6.payloadLength(view, at);
    // A jumbogram says nothing here, a packet longer than its frame was cut.
    if (payload < 0 || payload + length > frameEnd || (length === 0 && ipv6.nextHeader(view, at) !== NO_NEXT)) {
      counters.ipMalformed++;
      return;
    }
    if (iface.ipv6 === undefined) {
      counters.ipNotForUs++;
      return;
    }
    const packet = this.#packet;
    packet.iface = iface;
    packet.frame = frame;
    packet.ip = at;
    packet.at = payload;
    packet.end = payload + length;
    const source = this.#addresses.get(view, ipv6.sourceAt(at), iface.zone);
    const destination = this.#addresses.get(view, ipv6.destinationAt(at), iface.zone);
    packet.source = source;
    packet.destination = destination;
    packet.addressSum = source.sum + destination.sum;
    packet.unicast = !destination.isMulticast && this.#host.isLocal(destination);
    if (!this.#mayPass(iface, source, destination, ipv6.nextHeader(view, at))) return;
    const local = packet.unicast || (destination.isMulticast && hears(iface, destination));
    if (!local) {
      if (forwarding === undefined || destination.isMulticast) counters.ipNotForUs++;
      else forwarding.takes(packet, false, now);
      return;
    }
    this.#follow(packet, now);
  }

  /** Goes along the chain of headers to what the packet carries. */
  #follow(packet: ArrivedPacket, now: Micros): void {
    const { counters, icmp6, tcp, udp } = this.#host;
    const { view } = packet.frame;
    const chain = this.#chain;
    extensions.walk(view, packet.ip, packet.end, chain);
    packet.at = chain.at;
    switch (chain.end) {
      case extensions.CHAIN.FRAGMENT:
        return this.#receiveFragment(packet, now);
      case extensions.CHAIN.MALFORMED:
      case extensions.CHAIN.DISCARD:
        counters.ipMalformed++;
        return;
      case extensions.CHAIN.PARAMETER:
        counters.ipMalformed++;
        if (packet.unicast || chain.always) icmp6.parameterProblem(packet, chain.code, chain.pointer, now);
        return;
    }
    switch (chain.next) {
      case ipv6.TCP:
        return tcp.arrives(packet, now);
      case ipv6.UDP:
        return udp.arrives(packet, now);
      case ipv6.ICMPV6:
        return icmp6.arrives(packet, now);
      case NO_NEXT:
        return;
      default:
        counters.ipUnknownProtocol++;
        //= RFC 8200 §4
        if (packet.unicast) icmp6.parameterProblem(packet, icmpv6.UNKNOWN_NEXT_HEADER, chain.nextAt - packet.ip, now);
    }
  }

  #receiveFragment(packet: ArrivedPacket, now: Micros): void {
    const { reassembly, frames, counters, icmp6 } = this.#host;
    const { iface, frame, ip, end } = packet;
    const { view } = frame;
    const header = packet.at;
    const { nextAt } = this.#chain;
    const fragment = this.#fragment;
    fragment.iface = iface;
    fragment.frame = frame;
    fragment.source = packet.source;
    fragment.destination = packet.destination;
    fragment.identification = extensions.fragmentIdentification(view, header);
    fragment.protocol = view.getUint8(header);
    fragment.offset = extensions.fragmentOffset(view, header);
    fragment.more = extensions.moreFragments(view, header);
    fragment.ip = ip;
    fragment.headerEnd = header;
    fragment.nextAt = nextAt;
    fragment.at = header + extensions.FRAGMENT_HEADER;
    fragment.end = end;
    const length = end - fragment.at;
    //= RFC 8200 §4.5: a length that is no multiple of eight, and a place beyond the longest packet, are told to the sender
    if (fragment.more && (length & 7) !== 0) icmp6.parameterProblem(packet, icmpv6.ERRONEOUS_HEADER, 4, now);
    else if (fragment.offset + length > 65_535)
      icmp6.parameterProblem(packet, icmpv6.ERRONEOUS_HEADER, header + 2 - ip, now);
    if (fragment.offset === 0 && !fragment.more) return this.#receiveAtomic(packet, fragment, now);
    const datagram = reassembly.add(fragment, now);
    if (datagram === undefined) return;
    const whole = frames.takeFor(datagram.length);
    if (whole === undefined) {
      counters.ipNoFrame++;
      return;
    }
    this.#again(packet, whole, datagram.write(whole, IP_AT), now);
    whole.pool.release(whole);
  }

  /** A fragment that is all of its packet: it has nothing to do with others, whatever their identification (RFC 6946 §4). */
  #receiveAtomic(
    packet: ArrivedPacket,
    { frame, ip, headerEnd, nextAt, at, end, protocol }: Fragment,
    now: Micros,
  ): void {
    const { frames, counters } = this.#host;
    counters.ipFragmentsIn++;
    const whole = frames.takeFor(end - ip);
    if (whole === undefined) {
      counters.ipNoFrame++;
      return;
    }
    whole.bytes.set(frame.bytes.subarray(ip, headerEnd), IP_AT);
    whole.bytes.set(frame.bytes.subarray(at, end), IP_AT + headerEnd - ip);
    const wholeEnd = IP_AT + end - ip - extensions.FRAGMENT_HEADER;
    whole.view.setUint8(IP_AT + nextAt - ip, protocol);
    whole.view.setUint16(IP_AT + 4, wholeEnd - IP_AT - ipv6.HEADER);
    this.#again(packet, whole, wholeEnd, now);
    whole.pool.release(whole);
  }

  /** The packet that came in fragments stands whole at IP_AT. */
  #again(packet: ArrivedPacket, frame: Frame, end: number, now: Micros): void {
    packet.frame = frame;
    packet.ip = IP_AT;
    packet.end = end;
    this.#follow(packet, now);
  }

  /** Whether a packet may go from `source` to `destination`, and come by `iface`; one that may not is counted. */
  #mayPass(iface: Interface, source: Ipv6, destination: Ipv6, next: number): boolean {
    const { counters } = this.#host;
    //= RFC 4291 §2.5.2: nobody sends from a group, to nobody, or from and to a loopback address by another link
    const impossible =
      source.isMulticast ||
      destination.isUnspecified ||
      source.mapped !== undefined ||
      destination.mapped !== undefined ||
      (!iface.isLoopback && (source.isLoopback || destination.isLoopback));
    // One who has an address that we try says so from that very address: what else comes from ourselves is forged.
    const forged =
      !iface.isLoopback && next !== ipv6.ICMPV6 && next !== extensions.HOP_BY_HOP && this.#host.isLocal(source);
    if (impossible || forged) counters.ipMartian++;
    return !(impossible || forged);
  }
}

const NO_NEXT = extensions.NO_NEXT_HEADER;

const hears = (iface: Interface, group: Ipv6): boolean => iface.ipv6?.addresses.hears(group) === true;
