/**
 * Which checksums headers should have: those of IPv4, TCP, UDP, ICMP, ICMPv6 and GRE, all but the first over what they carry, too, and those of TCP, UDP and ICMPv6 over addresses. Not here: what is said of them
 * (fields/checksum-status.ts). Read first: RFC 1071 §1; RFC 791 §3.1; RFC 9293 §3.1; RFC 768; RFC 792; RFC 2784 §2.1; RFC 4443 §2.3; RFC 8200 §8.1.
 */
import { finish, fold, pseudoHeader4, pseudoHeader6, sum, verifies } from '../../wire/checksum.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import { finalDestination } from '../../wire/ipv4-options.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as extension from '../../wire/ipv6-extension.ts';
import * as udp from '../../wire/udp.ts';
import { type Dissection, networkLayerBefore, viewOf } from './dissection.ts';
import { isInFragment } from './layers/network.ts';
import { PROTOCOL } from './protocol.ts';

/**
 * The checksum that a layer of ICMP or ICMPv6 should have, equal to the one it has when that is right; -1 when it cannot be told: of a message that is only quoted, or of which the capture kept
 * a part.
 */
export function icmpChecksum(dissection: Dissection, layer: number): number {
  const head = dissection.protocols[layer] === PROTOCOL.ICMPV6 ? pseudoHeader(dissection, layer, ipv6.ICMPV6) : 0;
  return head < 0 ? -1 : wholeChecksum(dissection, layer, 2, head);
}

/** That of an IPv4 header, as far as its own length goes; -1 when it is not whole. */
export function ipv4Checksum(dissection: Dissection, layer: number): number {
  if (dissection.problems[layer] !== 0) return -1;
  const at = dissection.starts[layer]!;
  return rightChecksum(viewOf(dissection, layer), at, dissection.payloads[layer]!, 10, 0);
}

/** That of a TCP segment; -1 as of ICMP, and in a fragment that was not put together. */
export function tcpChecksum(dissection: Dissection, layer: number): number {
  const head = pseudoHeader(dissection, layer, ipv4.TCP);
  return head < 0 ? -1 : wholeChecksum(dissection, layer, 16, head);
}

/** That of a UDP datagram, also of one that is quoted as a whole; -1 as of TCP, and where there is none. */
export function udpChecksum(dissection: Dissection, layer: number): number {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const length = udp.length(view, at);
  if (udp.checksum(view, at) === 0 || (length !== 0 && at + length > end) || end < dissection.wireEnds[layer]!)
    return -1;
  const head = pseudoHeader(dissection, layer, ipv4.UDP);
  const right = head < 0 ? -1 : rightChecksum(view, at, end, 6, head);
  // Zero would say that there is none (RFC 768).
  return right === 0 ? 0xffff : right;
}

/** That of GRE, over its header and what it carries (RFC 2784 §2.1); -1 as of ICMP. */
export const greChecksum = (dissection: Dissection, layer: number): number => wholeChecksum(dissection, layer, 4, 0);

/** Of a layer with all that it carries; -1 when it is only quoted, or not all there. */
function wholeChecksum(dissection: Dissection, layer: number, offset: number, head: number): number {
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const isWhole = end === dissection.wireEnds[layer] && dissection.quoted[layer] === 0 && end - at >= offset + 2;
  if (!isWhole || isInFragment(dissection, layer)) return -1;
  return rightChecksum(viewOf(dissection, layer), at, end, offset, head);
}

/** What the checksum at `offset` of the octets `[at, end)` should be: what it is, when they sum up rightly. */
function rightChecksum(view: DataView, at: number, end: number, offset: number, head: number): number {
  if (verifies(sum(view, at, end - at, head))) return view.getUint16(at + offset);
  const behind = at + offset + 2;
  return finish(sum(view, at, offset, head) + sum(view, behind, end - behind));
}

/** The partial sum of the addresses around a layer; -1 when they are not known. */
function pseudoHeader(dissection: Dissection, layer: number, protocol: number): number {
  const network = networkLayerBefore(dissection, layer);
  if (network < 0 || dissection.problems[network] !== 0) return -1;
  const view = viewOf(dissection, network);
  const ip = dissection.starts[network]!;
  const length = dissection.ends[layer]! - dissection.starts[layer]!;
  if (dissection.protocols[network] === PROTOCOL.IPV6)
    return pseudoHeader6(view, ip, protocol, length) + detour(dissection, network, layer);
  if (protocol === ipv6.ICMPV6) return -1;
  return pseudoHeader4(ipv4.source(view, ip), destination4(view, ip, dissection.payloads[network]!), protocol, length);
}

/** Where a packet of IPv4 goes in the end: the last address of a source route that goes on. */
const destination4 = (view: DataView, ip: number, payload: number): number => {
  const final = payload - ip > ipv4.HEADER ? finalDestination(view, ip, payload) : undefined;
  return final ?? ipv4.destination(view, ip);
};

/** What is added to a pseudo-header's sum since a routing header says that the packet goes on to another address, which counts in place of the one in the header (RFC 8200 §8.1). */
function detour(dissection: Dissection, network: number, layer: number): number {
  for (let i = network + 1; i < layer; i++) {
    if (dissection.protocols[i] !== PROTOCOL.ROUTING) continue;
    const view = viewOf(dissection, i);
    const there = extension.finalDestinationAt(view, dissection.starts[i]!, dissection.payloads[i]!);
    const here = ipv6.destinationAt(dissection.starts[network]!);
    // In one's complement a number is taken off by adding what is left of 0xffff.
    if (there >= 0) return sum(view, there, 16) + 0xffff - fold(sum(viewOf(dissection, network), here, 16));
  }
  return 0;
}
