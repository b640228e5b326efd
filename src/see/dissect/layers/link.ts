/**
 * Link layers: Ethernet with its tags and LLC, BSD loopback (NULL and LOOP), Linux cooked capture (SLL and SLL2), NFLOG, and none (raw IP). Not here: PPP
 * (tunnel.ts), IEEE 802.11 (wlan.ts).
 * Read first: RFC 894; RFC 1042; tcpdump.org's LINKTYPE_NULL, LINKTYPE_LOOP, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2 and LINKTYPE_NFLOG pages.
 */
import * as ethernet from '../../../wire/ethernet.ts';
import * as llc from '../../../wire/llc.ts';
import * as nflog from '../../../wire/nflog.ts';
import { TOO_SHORT } from '../../../wire/problem.ts';
import * as vlan from '../../../wire/vlan.ts';
import { LINKTYPE } from '../../capture/packet.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { broken, endAt, GREATEST_LENGTH, LEAST_ETHER_TYPE, protocolOfEtherType } from './payload.ts';

/** Header lengths in octets. */
export const LOOPBACK_HEADER = 4;
export const SLL_HEADER = 16;
export const SLL2_HEADER = 20;

/** Protocols of a cooked header that are not EtherTypes (Linux' if_ether.h). */
const SLL_ETHERNET = 3;
const SLL_LLC = 4;
const SLL_PPP = 7;

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
      return PROTOCOL.RAW;
    case LINKTYPE.IPV4:
      return PROTOCOL.IPV4;
    case LINKTYPE.IPV6:
      return PROTOCOL.IPV6;
    case LINKTYPE.PPP:
    case LINKTYPE.PPP_HDLC:
      return PROTOCOL.PPP;
    case LINKTYPE.C_HDLC:
      return PROTOCOL.HDLC;
    case LINKTYPE.IEEE802_11:
      return PROTOCOL.WLAN;
    case LINKTYPE.IEEE802_11_RADIOTAP:
      return PROTOCOL.RADIOTAP;
    case LINKTYPE.NFLOG:
      return PROTOCOL.NFLOG;
    default:
      return PROTOCOL.DATA;
  }
}

/** Parses Ethernet II, and IEEE 802.3 frames, whose type is a length. */
export function parseEthernet(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = ethernet.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  return protocolOfTypeOrLength(dissection, layer, ethernet.type(view, at));
}

/** What follows an EtherType that may be a length: LLC, which ends there. */
export function protocolOfTypeOrLength(dissection: Dissection, layer: number, type: number): ProtocolId {
  if (type >= LEAST_ETHER_TYPE) return protocolOfEtherType(type);
  const payload = dissection.payloads[layer]!;
  if (type > GREATEST_LENGTH) return PROTOCOL.NONE;
  endAt(dissection, layer, payload + type);
  const end = dissection.ends[layer]!;
  // Novell's raw IPX begins with a checksum of ones where LLC would be.
  if (end - payload >= 2 && viewOf(dissection, layer).getUint16(payload) === 0xffff) return PROTOCOL.DATA;
  return PROTOCOL.LLC;
}

/** Parses an IEEE 802.1Q tag. */
export function parseVlan(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = vlan.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  return protocolOfTypeOrLength(dissection, layer, vlan.type(view, at));
}

/** Parses an IEEE 802.1ad tag, or two of them, which are one layer. */
export function parseServiceVlan(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = vlan.locateService(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  return protocolOfEtherType(vlan.serviceType(view, at));
}

/** Parses LLC and SNAP. */
export function parseLlc(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = llc.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  if (llc.isSnap(view, at))
    return llc.isEtherType(llc.organization(view, at)) ? protocolOfEtherType(llc.protocol(view, at)) : PROTOCOL.DATA;
  return llc.destinationSap(view, at) === llc.SAP_IP && llc.control(view, at) === llc.UNNUMBERED_INFORMATION
    ? PROTOCOL.IPV4
    : PROTOCOL.DATA;
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

/** What a cooked header says of a packet: of which kind it was, the protocol that follows, and its sender's hardware address with its length. */
export const sllPacketType = (dissection: Dissection, layer: number): number =>
  isSll2(dissection)
    ? viewOf(dissection, layer).getUint8(dissection.starts[layer]! + 10)
    : viewOf(dissection, layer).getUint16(dissection.starts[layer]!);
export const sllProtocol = (dissection: Dissection, layer: number): number =>
  viewOf(dissection, layer).getUint16(dissection.starts[layer]! + (isSll2(dissection) ? 0 : 14));
export const sllAddressLength = (dissection: Dissection, layer: number): number =>
  isSll2(dissection)
    ? viewOf(dissection, layer).getUint8(dissection.starts[layer]! + 11)
    : viewOf(dissection, layer).getUint16(dissection.starts[layer]! + 4);
export const sllAddressAt = (dissection: Dissection, layer: number): number =>
  dissection.starts[layer]! + (isSll2(dissection) ? 12 : 6);

/** Parses LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2. */
export function parseSll(dissection: Dissection, layer: number): ProtocolId {
  const at = dissection.starts[layer]!;
  const header = isSll2(dissection) ? SLL2_HEADER : SLL_HEADER;
  if (dissection.ends[layer]! - at < header) return broken(dissection, layer, TOO_SHORT);
  dissection.payloads[layer] = at + header;
  const type = sllProtocol(dissection, layer);
  if (type >= LEAST_ETHER_TYPE) return protocolOfEtherType(type);
  switch (type) {
    case SLL_ETHERNET:
      return PROTOCOL.ETHERNET;
    case SLL_LLC:
      return PROTOCOL.LLC;
    case SLL_PPP:
      return PROTOCOL.PPP;
    default:
      return PROTOCOL.DATA;
  }
}

/** Parses LINKTYPE_NFLOG. */
export function parseNflog(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (dissection.ends[layer]! - at < nflog.HEADER) return broken(dissection, layer, TOO_SHORT);
  const payload = nflog.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  if (payload === dissection.ends[layer]!) return PROTOCOL.NONE;
  const protocol = nflog.hardwareProtocol(view, at, payload);
  return protocol < 0 ? protocolOfFamily(nflog.family(view, at)) : protocolOfEtherType(protocol);
}

/** The protocol of an address family of Linux, where nothing else tells what was logged. */
function protocolOfFamily(family: number): ProtocolId {
  if (family === nflog.FAMILY_IPV4) return PROTOCOL.IPV4;
  return family === nflog.FAMILY_IPV6 ? PROTOCOL.IPV6 : PROTOCOL.DATA;
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
