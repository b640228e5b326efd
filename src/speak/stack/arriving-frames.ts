/**
 * What a host does with a frame that has come: whether it is for this host, whether its IPv4 packet holds together and may come this way, and who gets it. Not here: what
 * they do with it (connections.ts, datagrams.ts, icmp.ts, arp.ts), IPv6 packets (arriving-ipv6.ts). Read first: RFC 1122 §3.2.1, RFC 791 §3.1.
 */
import type { Micros } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import { halves, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Frame } from '../../wire/frame.ts';
import { sumOf } from '../../wire/frame-sum.ts';
import * as icmp from '../../wire/icmp.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import { findSourceRoute, isRouteDone } from '../../wire/ipv4-options.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { ArrivedPacket } from './arrived-packet.ts';
import { ArrivingIpv6 } from './arriving-ipv6.ts';
import { IP_AT } from './frame-layout.ts';
import type { Host } from './host.ts';
import type { Interface } from './interface.ts';
import type { Datagram, Fragment } from './reassembly.ts';

/** What arriving frames need of their host. */
type ReceivingHost = Pick<
  Host,
  'counters' | 'forwarding' | 'frames' | 'icmp' | 'icmp6' | 'isLocal' | 'reassembly' | 'tcp' | 'udp'
>;

/** The input of a host. */
export class ArrivingFrames {
  readonly #host: ReceivingHost;
  readonly #sourceRoutes: boolean;
  readonly #packet = new ArrivedPacket();
  readonly #six: ArrivingIpv6;
  readonly #fragment = {} as Fragment;
  /** From where the last packet for this host alone came, to which of its addresses, by which interface: the next is likely the same. */
  #knownSource: Ipv4 = 0;
  #knownDestination: Ipv4 = 0;
  #knownBy: Interface | undefined = undefined;

  /** @param sourceRoutes whether packets that came by a source route are taken */
  constructor(host: ReceivingHost, sourceRoutes: boolean) {
    this.#host = host;
    this.#sourceRoutes = sourceRoutes;
    this.#six = new ArrivingIpv6(host, this.#packet);
  }

  /** The host has another address: what was known before may not be true any more. */
  forget(): void {
    this.#knownBy = undefined;
  }

  /** A frame from the link of `iface`; it is the caller's again afterwards. */
  receive(iface: Interface, frame: Frame, now: Micros): void {
    const { counters } = this.#host;
    const { view, start } = frame;
    const end = start + frame.length;
    counters.framesIn++;
    if (iface.port.medium === 'ip') {
      if (frame.length > 0 && view.getUint8(start) >>> 4 === 6) return this.#six.receive(iface, frame, start, end, now);
      return this.#receiveIp(iface, frame, start, end, now);
    }
    const at = ethernet.locate(view, start, end);
    if (at < 0) counters.etherMalformed++;
    else if (!iface.isForUs(view, start)) counters.etherNotForUs++;
    else if (ethernet.isGroup(view, start) && isForOne(iface, view, at, end)) counters.ipNotForUs++;
    else if (ethernet.type(view, start) === ethernet.TYPE_IPV4) this.#receiveIp(iface, frame, at, end, now);
    else if (ethernet.type(view, start) === ethernet.TYPE_IPV6 && iface.ipv6 !== undefined)
      this.#six.receive(iface, frame, at, end, now);
    else if (ethernet.type(view, start) === ethernet.TYPE_ARP && iface.arp !== undefined)
      iface.arp.arrives(view, at, end, now);
    else counters.etherUnknownType++;
  }

  /** A datagram has waited for the rest of it in vain: its sender is told (RFC 1122 §3.3.2), with what there is of it. */
  incomplete(datagram: Datagram, now: Micros): void {
    const { header, beginning, iface } = datagram;
    const frame = this.#host.frames.takeSmall();
    if (frame === undefined || header === undefined || beginning === undefined) return;
    frame.bytes.set(header, IP_AT);
    const quoted = beginning.subarray(0, 512);
    frame.bytes.set(quoted, IP_AT + header.length);
    const packet = this.#packet;
    packet.iface = iface;
    packet.frame = frame;
    packet.ip = IP_AT;
    packet.at = IP_AT + header.length;
    packet.end = packet.at + quoted.length;
    packet.source = datagram.source;
    packet.destination = datagram.destination;
    packet.unicast = this.#host.isLocal(datagram.destination);
    if (packet.unicast) {
      if (typeof packet.source === 'number')
        this.#host.icmp.error(packet, icmp.TIME_EXCEEDED, icmp.REASSEMBLY_TIME, 0, now);
      else this.#host.icmp6.reassemblyTimeExceeded(packet, now);
    }
    frame.pool.release(frame);
  }

  #receiveIp(iface: Interface, frame: Frame, at: number, frameEnd: number, now: Micros): void {
    const { counters, forwarding } = this.#host;
    const { view } = frame;
    const first = frameEnd - at < ipv4.HEADER ? 0 : view.getInt32(at);
    const length = ipv4.headerLengthIn(first);
    const total = ipv4.totalLengthIn(first);
    // A packet longer than its frame was cut; here, unlike in a capture, that is the end of it.
    if (ipv4.versionIn(first) !== 4 || length < ipv4.HEADER || total < length || at + total > frameEnd) {
      counters.ipMalformed++;
      return;
    }
    const second = view.getInt32(at + 4);
    const third = view.getInt32(at + 8);
    const source = ipv4.source(view, at);
    const destination = ipv4.destination(view, at);
    const addressSum = halves(source) + halves(destination);
    const options = length === ipv4.HEADER ? 0 : sumOf(frame, at + ipv4.HEADER, length - ipv4.HEADER);
    //= RFC 1122 §3.2.1.2 (the header checksum is verified, and what fails it silently dropped)
    if (!verifies(halves(first) + halves(second) + halves(third) + addressSum + options)) {
      counters.ipBadChecksum++;
      return;
    }
    const payload = at + length;
    const known = source === this.#knownSource && destination === this.#knownDestination && iface === this.#knownBy;
    const unicast = known || this.#host.isLocal(destination);
    if (!known && !this.#mayPass(iface, source, destination, unicast)) return;
    const end = at + total;
    const local = unicast || iface.isBroadcast(destination);
    if (ipv4.isFragmentIn(second) && (local || forwarding?.wantsWhole(iface))) {
      this.#receiveFragment(iface, frame, at, payload, end, now);
      return;
    }
    const packet = this.#packet;
    packet.iface = iface;
    packet.frame = frame;
    packet.ip = at;
    packet.at = payload;
    packet.end = end;
    packet.source = source;
    packet.destination = destination;
    packet.unicast = unicast;
    packet.addressSum = addressSum;
    if (packet.hasOptions && this.#refusesRoute(packet, now)) return;
    if (forwarding?.takes(packet, local, now)) return;
    switch (ipv4.protocolIn(third)) {
      case ipv4.TCP:
        return this.#host.tcp.arrives(packet, now);
      case ipv4.UDP:
        return this.#host.udp.arrives(packet, now);
      case ipv4.ICMP:
        return this.#host.icmp.arrives(packet, now);
      default:
        counters.ipUnknownProtocol++;
        if (unicast) this.#host.icmp.unreachable(packet, icmp.PROTOCOL_UNREACHABLE, now);
    }
  }

  #receiveFragment(iface: Interface, frame: Frame, at: number, payload: number, end: number, now: Micros): void {
    const { view } = frame;
    const fragment = this.#fragment;
    fragment.iface = iface;
    fragment.frame = frame;
    fragment.source = ipv4.source(view, at);
    fragment.destination = ipv4.destination(view, at);
    fragment.identification = ipv4.identification(view, at);
    fragment.protocol = ipv4.protocol(view, at);
    fragment.offset = ipv4.fragmentOffset(view, at);
    fragment.more = (ipv4.flagsAndOffset(view, at) & ipv4.MORE_FRAGMENTS) !== 0;
    fragment.ip = at;
    fragment.headerEnd = payload;
    fragment.nextAt = at + 9;
    fragment.at = payload;
    fragment.end = end;
    const { reassembly, frames, counters } = this.#host;
    const datagram = reassembly.add(fragment, now);
    if (datagram === undefined) return;
    const whole = frames.takeFor(datagram.length);
    if (whole === undefined) {
      counters.ipNoFrame++;
      return;
    }
    this.#receiveIp(iface, whole, IP_AT, datagram.write(whole, IP_AT), now);
    whole.pool.release(whole);
  }

  /** Whether a packet may go from `source` to `destination`, and come by `iface`; one that may not is counted. */
  #mayPass(iface: Interface, source: Ipv4, destination: Ipv4, unicast: boolean): boolean {
    const { counters, forwarding } = this.#host;
    const passesOn = forwarding !== undefined && destination >>> 28 < 14;
    if (!unicast && !iface.isBroadcast(destination) && !passesOn) {
      counters.ipNotForUs++;
      return false;
    }
    if (!iface.isLoopback && (source >>> 24 === 127 || destination >>> 24 === 127 || this.#host.isLocal(source))) {
      counters.ipMartian++;
      return false;
    }
    if (source >>> 28 >= 14 || iface.isBroadcast(source)) {
      counters.ipMartian++;
      return false;
    }
    if (!unicast) return true;
    this.#knownSource = source;
    this.#knownDestination = destination;
    this.#knownBy = iface;
    return true;
  }

  /** A packet has options. What is no source route is ignored; one that does not end here would make a router of this host (RFC 1122 §3.3.5). */
  #refusesRoute(packet: ArrivedPacket, now: Micros): boolean {
    const { view } = packet.frame;
    //= RFC 9293 §3.9.2 MUST-50
    const route = findSourceRoute(view, packet.ip, packet.at);
    if (route < 0) return false;
    const takes = this.#sourceRoutes;
    if (takes && packet.unicast && isRouteDone(view, route)) return false;
    this.#host.counters.ipSourceRouted++;
    if (takes && packet.unicast) this.#host.icmp.unreachable(packet, icmp.SOURCE_ROUTE_FAILED, now);
    return true;
  }
}

/**
 * Whether what a frame to many carries at `at` is an IP packet to one. Whoever sends such a thing wants all stations to answer, or all routers to pass it on (RFC 1122 §3.3.6: it
 * is dropped without a word).
 */
function isForOne(iface: Interface, view: DataView, at: number, end: number): boolean {
  if (ethernet.type(view, at - ethernet.HEADER) === ethernet.TYPE_IPV4) {
    const destination = end - at < ipv4.HEADER ? -1 : ipv4.destination(view, at);
    return destination >>> 28 !== 14 && !iface.isBroadcast(destination);
  }
  const isIpv6 = ethernet.type(view, at - ethernet.HEADER) === ethernet.TYPE_IPV6 && end - at >= ipv6.HEADER;
  return isIpv6 && view.getUint8(ipv6.destinationAt(at)) !== 0xff;
}
