/** Where the extensions of a message of ICMP or ICMPv6 are. Read first: RFC 4884 §4-5. */
import * as icmp from '../../wire/icmp.ts';
import * as extensions from '../../wire/icmp-extensions.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import { type Dissection, viewOf } from './dissection.ts';
import { quotes } from './layers/transport.ts';
import { PROTOCOL } from './protocol.ts';

/** Octets of the units that the length of a quotation is given in. */
const WORD = 4;
const WORD_IPV6 = 8;

/** How many octets of the packet an error of ICMP says that it quotes; 0 where it does not say. */
export function originalLength(view: DataView, at: number): number {
  const type = icmp.type(view, at);
  const hasLength =
    type === icmp.DESTINATION_UNREACHABLE || type === icmp.TIME_EXCEEDED || type === icmp.PARAMETER_PROBLEM;
  return hasLength ? WORD * view.getUint8(at + 5) : 0;
}

/** The same of an error of ICMPv6. */
export function originalLength6(view: DataView, at: number): number {
  const type = icmp.type(view, at);
  return type === icmpv6.DESTINATION_UNREACHABLE || type === icmpv6.TIME_EXCEEDED
    ? WORD_IPV6 * view.getUint8(at + 4)
    : 0;
}

/**
 * Where the extensions of a layer of ICMP or ICMPv6 begin; -1 where there are none. As in Wireshark, a quotation of ICMP that says it is of a packet longer than 128 octets has none: routers
 * older than RFC 4884 quote as much as there is.
 */
export function extensionsAt(dissection: Dissection, layer: number): number {
  if (dissection.problems[layer] !== 0) return -1;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const place =
    dissection.protocols[layer] === PROTOCOL.ICMP ? placeIn(view, at, dissection.ends[layer]!) : placeIn6(view, at);
  return place < at || place >= dissection.ends[layer]! ? -1 : place;
}

function placeIn(view: DataView, at: number, end: number): number {
  const type = icmp.type(view, at);
  if (type === icmp.EXTENDED_ECHO_REQUEST) return at + icmp.HEADER;
  const packet = at + icmp.HEADER;
  const hasRoom = end - packet > extensions.LEAST_QUOTATION;
  if (!quotes(type) || !hasRoom || ipv4.totalLength(view, packet) > extensions.LEAST_QUOTATION) return -1;
  return packet + (originalLength(view, at) || extensions.LEAST_QUOTATION);
}

function placeIn6(view: DataView, at: number): number {
  if (icmp.type(view, at) === icmpv6.EXTENDED_ECHO_REQUEST) return at + icmpv6.HEADER;
  const length = originalLength6(view, at);
  return length > 0 ? at + icmpv6.HEADER + length : -1;
}
