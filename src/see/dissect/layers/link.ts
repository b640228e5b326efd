/**
 * Link layers: Ethernet II, BSD loopback (NULL and LOOP), Linux cooked capture (SLL and SLL2), and none (raw IP).
 * Read first: RFC 894; tcpdump.org's LINKTYPE_NULL, LINKTYPE_LOOP, LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 pages.
 */
import * as ethernet from '../../../wire/ethernet.ts';
import { TOO_SHORT } from '../../../wire/problem.ts';
import { LINKTYPE } from '../../capture/packet.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';

/** Header lengths in octets. */
export const LOOPBACK_HEADER = 4;
export const SLL_HEADER = 16;
export const SLL2_HEADER = 20;

/** The protocol of a link type's first layer. */
export function protocolOfLinkType(linkType: number): ProtocolId {
  switch (linkType) {
    case LINKTYPE.ETHERNET:
      return PROTOCOL.ETHERNET;
    case LINKTYPE.NULL:
    case LINKTYPE.LOOP:
      return PROTOCOL.LOOPBACK;
    case LINKTYPE.LINUX_SLL:
    case LINKTYPE.LINUX_SLL2:
      return PROTOCOL.SLL;
    case LINKTYPE.RAW:
    case LINKTYPE.RAW_BSD:
    case LINKTYPE.RAW_OPENBSD:
    case LINKTYPE.IPV4:
    case LINKTYPE.IPV6:
      return PROTOCOL.RAW;
    default:
      return PROTOCOL.DATA;
  }
}

/** The protocol of an EtherType. */
export function protocolOfEtherType(type: number): ProtocolId {
  if (type === ethernet.TYPE_IPV4) return PROTOCOL.IPV4;
  if (type === ethernet.TYPE_IPV6) return PROTOCOL.IPV6;
  return type === ethernet.TYPE_ARP ? PROTOCOL.ARP : PROTOCOL.DATA;
}

/** Parses Ethernet II. */
export function parseEthernet(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = ethernet.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  return protocolOfEtherType(ethernet.type(view, at));
}

/** Address families of LINKTYPE_NULL: the BSDs and Windows agree on IPv4, not on IPv6. */
const isIpv6Family = (family: number): boolean =>
  family === 10 || family === 23 || family === 24 || family === 28 || family === 30;

/** The address family, whose byte order in LINKTYPE_NULL is that of the machine that captured: the half that is not zero tells. */
export function loopbackFamily(view: DataView, at: number): number {
  return view.getUint16(at) === 0 ? view.getUint32(at) : view.getUint32(at, true);
}

/** Parses LINKTYPE_NULL and LINKTYPE_LOOP. */
export function parseLoopback(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (dissection.ends[layer]! - at < LOOPBACK_HEADER) return broken(dissection, layer, TOO_SHORT);
  dissection.payloads[layer] = at + LOOPBACK_HEADER;
  const family = loopbackFamily(view, at);
  if (family === 2) return PROTOCOL.IPV4;
  // Some writers put an EtherType into the last two octets.
  return isIpv6Family(family) ? PROTOCOL.IPV6 : protocolOfEtherType(view.getUint16(at + 2));
}

/** Whether a cooked header is of version 2. */
export const isSll2 = (dissection: Dissection): boolean => dissection.packet.linkType === LINKTYPE.LINUX_SLL2;

/** Parses LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2. */
export function parseSll(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const second = isSll2(dissection);
  const header = second ? SLL2_HEADER : SLL_HEADER;
  if (dissection.ends[layer]! - at < header) return broken(dissection, layer, TOO_SHORT);
  dissection.payloads[layer] = at + header;
  return protocolOfEtherType(view.getUint16(second ? at : at + 14));
}

/** Parses raw IP: no header, the version tells. */
export function parseRaw(dissection: Dissection, layer: number): ProtocolId {
  const at = dissection.starts[layer]!;
  dissection.payloads[layer] = at;
  if (dissection.ends[layer] === at) return PROTOCOL.NONE;
  const version = viewOf(dissection, layer).getUint8(at) >>> 4;
  if (version === 4) return PROTOCOL.IPV4;
  return version === 6 ? PROTOCOL.IPV6 : PROTOCOL.DATA;
}

/** Marks a layer as broken: it has what octets were captured, and no payload. */
export function broken(dissection: Dissection, layer: number, problem: number): ProtocolId {
  dissection.problems[layer] = problem;
  dissection.payloads[layer] = dissection.ends[layer]!;
  return PROTOCOL.NONE;
}
