/**
 * IPv4 and ARP: where they end, and what they carry. Fragments are put together elsewhere (datagrams.ts). Read first: RFC 791 §3.1; RFC 826.
 */
import * as arp from '../../../wire/arp.ts';
import * as icmp from '../../../wire/icmp.ts';
import * as ipv4 from '../../../wire/ipv4.ts';
import { BAD_HEADER_LENGTH, BAD_VERSION, HEADER_CUT, TOO_SHORT } from '../../../wire/problem.ts';
import { type Dissection, IN_FRAME, networkLayerBefore, viewOf } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { broken, endAt, protocolOfNumber } from './payload.ts';

/** Parses IPv4; of a fragment the payload is data. */
export function parseIpv4(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const located = ipv4.locate(view, at, end);
  // The version counts first, also where what follows it is missing.
  const payload = located === TOO_SHORT && end > at && ipv4.version(view, at) !== 4 ? BAD_VERSION : located;
  if (payload < 0) {
    // A link that says IPv4 may mean IP of any version.
    if (payload === BAD_VERSION && ipv4.version(view, at) === 6) {
      dissection.payloads[layer] = at;
      return PROTOCOL.IPV6;
    }
    broken(dissection, layer, payload);
    // Of a header whose lengths contradict one another nothing behind them can be believed.
    if (payload === BAD_HEADER_LENGTH || payload === BAD_VERSION) dissection.payloads[layer] = at + 1;
    else if (end - at >= ipv4.HEADER && isTotalShort(view, at)) dissection.payloads[layer] = at + 4;
    return PROTOCOL.NONE;
  }
  dissection.payloads[layer] = payload;
  const total = ipv4.totalLength(view, at);
  if (total !== 0) endAt(dissection, layer, at + total);
  if (dissection.quoted[layer] === 1 && isRedirected(dissection, layer)) endAt(dissection, layer, payload + REDIRECTED);
  if (isEmptyIpv4(dissection, layer)) return PROTOCOL.NONE;
  return ipv4.isFragment(view, at) ? PROTOCOL.DATA : protocolOfNumber(ipv4.protocol(view, at));
}

/** Whether a whole IPv4 header has nothing behind it, whatever protocol it names: no fragment but a first one. */
export const isEmptyIpv4 = (dissection: Dissection, layer: number): boolean =>
  dissection.payloads[layer] === dissection.wireEnds[layer] &&
  ipv4.fragmentOffset(viewOf(dissection, layer), dissection.starts[layer]!) === 0;

/** Octets that a redirect quotes behind the header (RFC 792); Wireshark looks at no more of them. */
const REDIRECTED = 8;

/** Whether a layer is what a redirect quotes. */
const isRedirected = (dissection: Dissection, layer: number): boolean =>
  dissection.protocols[layer - 1] === PROTOCOL.ICMP &&
  icmp.type(viewOf(dissection, layer - 1), dissection.starts[layer - 1]!) === icmp.REDIRECT;

/** Whether an IPv4 total length is below the header's. */
export function isTotalShort(view: DataView, at: number): boolean {
  const total = ipv4.totalLength(view, at);
  return total !== 0 && total < ipv4.headerLength(view, at);
}

/** The protocol that a whole IPv4 datagram carries. */
export const protocolInDatagram = (view: DataView, at: number): ProtocolId => protocolOfNumber(ipv4.protocol(view, at));

/** Whether a layer stands in a fragment of IPv4 that was not put together with the others. */
export function isInFragment(dissection: Dissection, layer: number): boolean {
  const network = networkLayerBefore(dissection, layer);
  if (network < 0 || dissection.protocols[network] !== PROTOCOL.IPV4 || dissection.sources[layer] !== IN_FRAME)
    return false;
  return ipv4.isFragment(viewOf(dissection, network), dissection.starts[network]!);
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
