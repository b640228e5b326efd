/**
 * Frames whose headers stand where they nearly always do: a link header, IPv4 without fragments or IPv6 without extension headers, TCP or UDP; or ARP. In such a frame
 * each protocol has at most one header, so that header fields can be read from the octets at once. Whatever else there is (tunnels, tags, fragments, ICMP with its
 * quotations, broken or cut headers) is not plain, and is left to the dissector, which decides the same of plain ones (glance.test.ts).
 */
import * as arp from '../../wire/arp.ts';
import * as ethernet from '../../wire/ethernet.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { locateSegment } from '../../wire/plain-segment.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import { LINKTYPE, makePacket, type Packet } from '../capture/packet.ts';
import { protocolOfPorts } from '../dissect/layers/application.ts';
import { PROTOCOL, type ProtocolId } from '../dissect/protocol.ts';

/** Places of the three headers. */
export type Place = 'link' | 'network' | 'transport';

/** What may be behind UDP in a plain frame; anything else is a tunnel, with further headers in it. */
const BEHIND_UDP: ReadonlySet<ProtocolId> = new Set<ProtocolId>([PROTOCOL.DATA, PROTOCOL.DNS, PROTOCOL.DHCP]);

/** Where the header of a protocol stands in a plain frame; undefined: plain frames have none of it. */
export function placeOf(protocol: ProtocolId): Place | undefined {
  switch (protocol) {
    case PROTOCOL.ETHERNET:
    case PROTOCOL.SLL:
    case PROTOCOL.RAW:
      return 'link';
    case PROTOCOL.IPV4:
    case PROTOCOL.IPV6:
    case PROTOCOL.ARP:
      return 'network';
    case PROTOCOL.TCP:
    case PROTOCOL.UDP:
      return 'transport';
    default:
      return undefined;
  }
}

const NO_PACKET = makePacket();

/**
 * The headers of a plain frame. One is made once and filled again for each. Each header ends where the next begins; they are fields of their own and no list, which would
 * cost a third of the time that a frame takes.
 */
export class PlainFrame {
  /** For those who ask for what is not in the octets. */
  packet: Packet = NO_PACKET;
  /** Where the frame is. */
  view: DataView = NO_PACKET.view;
  /** The protocols; NONE: no such header. */
  linkProtocol: ProtocolId = PROTOCOL.NONE;
  networkProtocol: ProtocolId = PROTOCOL.NONE;
  transportProtocol: ProtocolId = PROTOCOL.NONE;
  /** Where the headers begin in `view`, and where the last one ends. */
  link = 0;
  network = 0;
  transport = 0;
  end = 0;

  /** Finds the headers of the frame `[at, end)`; false: it is not plain. */
  find(view: DataView, at: number, end: number, linkType: number): boolean {
    this.view = view;
    if (linkType === LINKTYPE.ETHERNET) {
      const segment = locateSegment(view, at, end);
      if (segment > 0) {
        const network = at + ethernet.HEADER;
        this.linkProtocol = PROTOCOL.ETHERNET;
        this.networkProtocol = segment - network === ipv4.HEADER ? PROTOCOL.IPV4 : PROTOCOL.IPV6;
        this.transportProtocol = PROTOCOL.TCP;
        this.link = at;
        this.network = network;
        this.transport = segment;
        this.end = segment + tcp.headerLength(view, segment);
        return true;
      }
    }
    return this.#findAny(view, at, end, linkType);
  }

  #findAny(view: DataView, at: number, end: number, linkType: number): boolean {
    let type: number;
    let payload: number;
    switch (linkType) {
      case LINKTYPE.ETHERNET:
        payload = at + ethernet.HEADER;
        if (payload > end) return false;
        type = ethernet.type(view, at);
        this.linkProtocol = PROTOCOL.ETHERNET;
        break;
      case LINKTYPE.LINUX_SLL:
        payload = at + 16;
        if (payload > end) return false;
        type = view.getUint16(at + 14);
        this.linkProtocol = PROTOCOL.SLL;
        break;
      case LINKTYPE.LINUX_SLL2:
        payload = at + 20;
        if (payload > end) return false;
        type = view.getUint16(at);
        this.linkProtocol = PROTOCOL.SLL;
        break;
      case LINKTYPE.RAW:
        payload = at;
        if (payload >= end) return false;
        type = view.getUint8(at) >>> 4 === 4 ? ethernet.TYPE_IPV4 : ethernet.TYPE_IPV6;
        this.linkProtocol = PROTOCOL.RAW;
        break;
      default:
        return false;
    }
    this.link = at;
    this.network = payload;
    if (type === ethernet.TYPE_IPV4) return this.#findIpv4(view, payload, end);
    if (type === ethernet.TYPE_IPV6) return this.#findIpv6(view, payload, end);
    return type === ethernet.TYPE_ARP && this.#findArp(view, payload, end);
  }

  #findIpv4(view: DataView, at: number, end: number): boolean {
    const payload = ipv4.locate(view, at, end);
    if (payload < 0 || ipv4.isFragment(view, at)) return false;
    this.networkProtocol = PROTOCOL.IPV4;
    this.transport = payload;
    return this.#findTransport(view, ipv4.protocol(view, at), payload, ipv4.payloadEnd(view, at, end));
  }

  #findIpv6(view: DataView, at: number, end: number): boolean {
    const payload = ipv6.locate(view, at, end);
    // Where a packet ends whose length is 0 is not told here.
    if (payload < 0 || ipv6.payloadLength(view, at) === 0) return false;
    this.networkProtocol = PROTOCOL.IPV6;
    this.transport = payload;
    return this.#findTransport(view, ipv6.nextHeader(view, at), payload, ipv6.payloadEnd(view, at, end));
  }

  #findTransport(view: DataView, protocol: number, at: number, end: number): boolean {
    if (protocol === ipv4.TCP) {
      const payload = tcp.locate(view, at, end);
      if (payload < 0) return false;
      this.transportProtocol = PROTOCOL.TCP;
      this.end = payload;
      return true;
    }
    if (protocol !== ipv4.UDP || end - at < udp.HEADER || udp.length(view, at) < udp.HEADER) return false;
    if (!BEHIND_UDP.has(protocolOfPorts(udp.sourcePort(view, at), udp.destinationPort(view, at)))) return false;
    this.transportProtocol = PROTOCOL.UDP;
    this.end = at + udp.HEADER;
    return true;
  }

  #findArp(view: DataView, at: number, end: number): boolean {
    if (end - at < 8) return false;
    const payload = at + 8 + 2 * (arp.hardwareSize(view, at) + arp.protocolSize(view, at));
    if (payload > end) return false;
    this.networkProtocol = PROTOCOL.ARP;
    this.transportProtocol = PROTOCOL.NONE;
    this.transport = payload;
    this.end = payload;
    return true;
  }
}
