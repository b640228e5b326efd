/**
 * IPv4, IPv6's base header and ARP: where they end, and what they carry. Fragments are put together elsewhere (datagrams.ts).
 * Read first: RFC 791 §3.1; RFC 8200 §3; RFC 826.
 */
import * as arp from '../../../wire/arp.ts';
import * as ipv4 from '../../../wire/ipv4.ts';
import * as ipv6 from '../../../wire/ipv6.ts';
import { BAD_HEADER_LENGTH, BAD_VERSION, HEADER_CUT, TOO_SHORT } from '../../../wire/problem.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { broken } from './link.ts';

/** The protocol of an IPv4 protocol number. */
function protocolOver4(protocol: number): ProtocolId {
  switch (protocol) {
    case ipv4.TCP:
      return PROTOCOL.TCP;
    case ipv4.UDP:
      return PROTOCOL.UDP;
    case ipv4.ICMP:
      return PROTOCOL.ICMP;
    default:
      return PROTOCOL.DATA;
  }
}

/** Parses IPv4; of a fragment the payload is data. */
export function parseIpv4(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const payload = ipv4.locate(view, at, end);
  if (payload < 0) {
    broken(dissection, layer, payload);
    // Of a header whose lengths contradict one another nothing behind them can be believed.
    if (payload === BAD_HEADER_LENGTH || payload === BAD_VERSION) dissection.payloads[layer] = at + 1;
    else if (end - at >= ipv4.HEADER && isTotalShort(view, at)) dissection.payloads[layer] = at + 4;
    return PROTOCOL.NONE;
  }
  dissection.payloads[layer] = payload;
  const total = ipv4.totalLength(view, at);
  if (total !== 0) {
    const wireEnd = at + total;
    if (wireEnd < dissection.wireEnds[layer]!) dissection.wireEnds[layer] = wireEnd;
    if (wireEnd < end) dissection.ends[layer] = wireEnd;
  }
  return ipv4.isFragment(view, at) ? PROTOCOL.DATA : protocolOver4(ipv4.protocol(view, at));
}

/** Whether an IPv4 total length is below the header's. */
export function isTotalShort(view: DataView, at: number): boolean {
  const total = ipv4.totalLength(view, at);
  return total !== 0 && total < ipv4.headerLength(view, at);
}

/** The protocol that a whole IPv4 datagram carries. */
export const protocolInDatagram = (view: DataView, at: number): ProtocolId => protocolOver4(ipv4.protocol(view, at));

/** Parses IPv6's base header. */
export function parseIpv6(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const payload = ipv6.locate(view, at, end);
  if (payload < 0) {
    broken(dissection, layer, payload);
    if (payload === BAD_VERSION) dissection.payloads[layer] = at + 1;
    return PROTOCOL.NONE;
  }
  dissection.payloads[layer] = payload;
  const length = ipv6.payloadLength(view, at);
  if (length !== 0) {
    const wireEnd = payload + length;
    if (wireEnd < dissection.wireEnds[layer]!) dissection.wireEnds[layer] = wireEnd;
    if (wireEnd < end) dissection.ends[layer] = wireEnd;
  }
  const next = ipv6.nextHeader(view, at);
  if (next === ipv6.TCP) return PROTOCOL.TCP;
  return next === ipv6.UDP ? PROTOCOL.UDP : PROTOCOL.DATA;
}

/** Parses ARP, of any address lengths. */
export function parseArp(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  if (end - at < 8) return broken(dissection, layer, TOO_SHORT);
  const length = 8 + 2 * (arp.hardwareSize(view, at) + arp.protocolSize(view, at));
  if (at + length > end) return broken(dissection, layer, HEADER_CUT);
  dissection.payloads[layer] = at + length;
  return PROTOCOL.NONE;
}
