/**
 * Frames whose headers stand where they nearly always do: a link header, IPv4 without fragments or IPv6 without extension headers, TCP or UDP; or ARP. In such a frame
 * each protocol has at most one header, so that header fields can be read from the octets at once. Whatever else there is (tunnels, tags, fragments, ICMP with its
 * quotations, broken or cut headers) is not plain, and is left to the dissector, which decides the same of plain ones (plain-frame.test.ts).
 */
import * as arp from '../../wire/arp.ts';
import * as ethernet from '../../wire/ethernet.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { locateSegment } from '../../wire/plain-segment.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import { LINKTYPE, makePacket, type Packet } from '../capture/packet.ts';
import { PROTOCOL, type ProtocolId } from '../dissect/protocol.ts';

/** Places of the three headers. */
export const LINK = 0;
export const NETWORK = 1;
export const TRANSPORT = 2;

/** UDP ports behind which are tunnels: VXLAN, Geneve, GRE and MPLS over UDP. */
const TUNNEL_PORTS: ReadonlySet<number> = new Set([4789, 6081, 4754, 6635]);

/** The header of a protocol in a plain frame: `LINK`, `NETWORK` or `TRANSPORT`; undefined: plain frames have none of it. */
export function placeOf(protocol: ProtocolId): number | undefined {
  switch (protocol) {
    case PROTOCOL.ETHERNET:
    case PROTOCOL.SLL:
    case PROTOCOL.RAW:
      return LINK;
    case PROTOCOL.IPV4:
    case PROTOCOL.IPV6:
    case PROTOCOL.ARP:
      return NETWORK;
    case PROTOCOL.TCP:
    case PROTOCOL.UDP:
      return TRANSPORT;
    default:
      return undefined;
  }
}

/** The headers of a plain frame. One is made once and filled again for each. */
export class PlainFrame {
  packet: Packet = makePacket();
  /** By place: the protocol (NONE: no such header), and where its header begins and ends in `packet.view`. */
  readonly protocols: Int32Array = new Int32Array(3);
  readonly starts: Int32Array = new Int32Array(3);
  readonly ends: Int32Array = new Int32Array(3);

  /** Finds the headers of a packet; false: it is not plain. */
  find(packet: Packet): boolean {
    this.packet = packet;
    const { view, at } = packet;
    const end = at + packet.capturedLength;
    if (packet.linkType === LINKTYPE.ETHERNET) {
      const segment = locateSegment(view, at, end);
      if (segment > 0) {
        const network = at + ethernet.HEADER;
        this.#set(LINK, PROTOCOL.ETHERNET, at, network);
        this.#set(NETWORK, segment - network === ipv4.HEADER ? PROTOCOL.IPV4 : PROTOCOL.IPV6, network, segment);
        this.#set(TRANSPORT, PROTOCOL.TCP, segment, segment + tcp.headerLength(view, segment));
        return true;
      }
    }
    return this.#findAny(packet, end);
  }

  #findAny({ view, at, linkType }: Packet, end: number): boolean {
    let type: number;
    let payload: number;
    switch (linkType) {
      case LINKTYPE.ETHERNET:
        payload = at + ethernet.HEADER;
        if (payload > end) return false;
        type = ethernet.type(view, at);
        this.#set(LINK, PROTOCOL.ETHERNET, at, payload);
        break;
      case LINKTYPE.LINUX_SLL:
        payload = at + 16;
        if (payload > end) return false;
        type = view.getUint16(at + 14);
        this.#set(LINK, PROTOCOL.SLL, at, payload);
        break;
      case LINKTYPE.LINUX_SLL2:
        payload = at + 20;
        if (payload > end) return false;
        type = view.getUint16(at);
        this.#set(LINK, PROTOCOL.SLL, at, payload);
        break;
      case LINKTYPE.RAW:
        payload = at;
        if (payload >= end) return false;
        type = view.getUint8(at) >>> 4 === 4 ? ethernet.TYPE_IPV4 : ethernet.TYPE_IPV6;
        this.#set(LINK, PROTOCOL.RAW, at, at);
        break;
      default:
        return false;
    }
    if (type === ethernet.TYPE_IPV4) return this.#findIpv4(view, payload, end);
    if (type === ethernet.TYPE_IPV6) return this.#findIpv6(view, payload, end);
    return type === ethernet.TYPE_ARP && this.#findArp(view, payload, end);
  }

  #set(place: number, protocol: ProtocolId, start: number, end: number): void {
    this.protocols[place] = protocol;
    this.starts[place] = start;
    this.ends[place] = end;
  }

  #findIpv4(view: DataView, at: number, end: number): boolean {
    const payload = ipv4.locate(view, at, end);
    if (payload < 0 || ipv4.isFragment(view, at)) return false;
    this.#set(NETWORK, PROTOCOL.IPV4, at, payload);
    return this.#findTransport(view, ipv4.protocol(view, at), payload, ipv4.payloadEnd(view, at, end));
  }

  #findIpv6(view: DataView, at: number, end: number): boolean {
    const payload = ipv6.locate(view, at, end);
    if (payload < 0) return false;
    this.#set(NETWORK, PROTOCOL.IPV6, at, payload);
    return this.#findTransport(view, ipv6.nextHeader(view, at), payload, ipv6.payloadEnd(view, at, end));
  }

  #findTransport(view: DataView, protocol: number, at: number, end: number): boolean {
    if (protocol === ipv4.TCP) {
      const payload = tcp.locate(view, at, end);
      if (payload < 0) return false;
      this.#set(TRANSPORT, PROTOCOL.TCP, at, payload);
      return true;
    }
    if (protocol !== ipv4.UDP || end - at < udp.HEADER || udp.length(view, at) < udp.HEADER) return false;
    if (TUNNEL_PORTS.has(udp.sourcePort(view, at)) || TUNNEL_PORTS.has(udp.destinationPort(view, at))) return false;
    this.#set(TRANSPORT, PROTOCOL.UDP, at, at + udp.HEADER);
    return true;
  }

  #findArp(view: DataView, at: number, end: number): boolean {
    if (end - at < 8) return false;
    const payload = at + 8 + 2 * (arp.hardwareSize(view, at) + arp.protocolSize(view, at));
    if (payload > end) return false;
    this.#set(NETWORK, PROTOCOL.ARP, at, payload);
    this.#set(TRANSPORT, PROTOCOL.NONE, payload, payload);
    return true;
  }
}
