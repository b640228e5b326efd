/**
 * What a host does with a frame that has come: whether it is for this host, whether its packet holds together and may come this way, and who gets it. Not here: what
 * they do with it (connections.ts, datagrams.ts, icmp.ts, arp.ts). Read first: RFC 1122 §3.2.1, RFC 791 §3.1.
 */
import type { Micros } from '../../core/time.ts';
import type { Ipv4 } from '../../wire/address.ts';
import { sum, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import { findSourceRoute, isRouteDone } from '../../wire/ipv4-options.ts';
import { ArrivedPacket } from './arrived-packet.ts';
import type { Host } from './host.ts';
import type { Interface } from './interface.ts';

/** What arriving frames need of their host. */
type ReceivingHost = Pick<Host, 'counters' | 'icmp' | 'isLocal' | 'tcp' | 'udp'>;

/** The input of a host. */
export class ArrivingFrames {
  readonly #host: ReceivingHost;
  readonly #sourceRoutes: boolean;
  readonly #packet = new ArrivedPacket();
  /** From where the last packet for this host alone came, to which of its addresses, by which interface: the next is likely the same. */
  #knownSource: Ipv4 = 0;
  #knownDestination: Ipv4 = 0;
  #knownBy: Interface | undefined = undefined;

  /** @param sourceRoutes whether packets that came by a source route are taken */
  constructor(host: ReceivingHost, sourceRoutes: boolean) {
    this.#host = host;
    this.#sourceRoutes = sourceRoutes;
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
    if (iface.port.medium === 'ip') return this.#receiveIp(iface, frame, start, end, now);
    const at = ethernet.locate(view, start, end);
    if (at < 0) counters.etherMalformed++;
    else if (!iface.isForUs(view, start)) counters.etherNotForUs++;
    else if (ethernet.type(view, start) === ethernet.TYPE_IPV4) this.#receiveIp(iface, frame, at, end, now);
    else if (ethernet.type(view, start) === ethernet.TYPE_ARP && iface.neighbours !== undefined)
      iface.neighbours.arrives(view, at, end, now);
    else counters.etherUnknownType++;
  }

  #receiveIp(iface: Interface, frame: Frame, at: number, frameEnd: number, now: Micros): void {
    const { counters } = this.#host;
    const { view } = frame;
    const payload = ipv4.locate(view, at, frameEnd);
    // A packet longer than its frame was cut; here, unlike in a capture, that is the end of it.
    if (payload < 0 || at + ipv4.totalLength(view, at) > frameEnd || ipv4.totalLength(view, at) < payload - at) {
      counters.ipMalformed++;
      return;
    }
    //= RFC 1122 §3.2.1.2 (the header checksum is verified, and what fails it silently dropped)
    if (!verifies(sum(view, at, payload - at))) {
      counters.ipBadChecksum++;
      return;
    }
    const source = ipv4.source(view, at);
    const destination = ipv4.destination(view, at);
    const known = source === this.#knownSource && destination === this.#knownDestination && iface === this.#knownBy;
    const unicast = known || this.#host.isLocal(destination);
    if (!known && !this.#mayPass(iface, source, destination, unicast)) return;
    if (ipv4.isFragment(view, at)) {
      counters.ipFragment++;
      return;
    }
    const packet = this.#packet;
    packet.iface = iface;
    packet.frame = frame;
    packet.ip = at;
    packet.at = payload;
    packet.end = ipv4.payloadEnd(view, at, frameEnd);
    packet.source = source;
    packet.destination = destination;
    packet.unicast = unicast;
    if (packet.hasOptions && this.#refusesRoute(packet, now)) return;
    switch (ipv4.protocol(view, at)) {
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

  /** Whether a packet may go from `source` to `destination`, and come by `iface`; one that may not is counted. */
  #mayPass(iface: Interface, source: Ipv4, destination: Ipv4, unicast: boolean): boolean {
    const { counters } = this.#host;
    if (!unicast && !iface.isBroadcast(destination)) {
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
    if (takes && isRouteDone(view, route)) return false;
    this.#host.counters.ipSourceRouted++;
    if (takes && packet.unicast) this.#host.icmp.unreachable(packet, icmp.SOURCE_ROUTE_FAILED, now);
    return true;
  }
}
