/**
 * TCP, UDP, ICMP and ICMPv6: where their headers end, and what follows. Numbers that depend on earlier frames (tcp.stream, relative sequence
 * numbers) are not found here but in conversations.ts. Read first: RFC 9293 §3.1; RFC 768; RFC 792; RFC 4443 §2.
 */
import * as icmp from '../../../wire/icmp.ts';
import * as icmpv6 from '../../../wire/icmpv6.ts';
import * as ipv6 from '../../../wire/ipv6.ts';
import { BAD_HEADER_LENGTH, BAD_TOTAL_LENGTH, TOO_SHORT } from '../../../wire/problem.ts';
import * as tcp from '../../../wire/tcp.ts';
import * as udp from '../../../wire/udp.ts';
import { type Dissection, networkLayerBefore, viewOf } from '../dissection.ts';
import { hasPingTime, PING_TIME } from '../ping-time.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { protocolOfPorts } from './application.ts';
import { broken, endAt } from './payload.ts';

/** Octets of a TCP header that must be there before anything but its ports is believed: all up to the window. */
export const TCP_READABLE = 16;

/** Parses TCP. A header that is cut off has the fields that were captured. */
export function parseTcp(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const payload = tcp.locate(view, at, end);
  if (payload < 0) {
    broken(dissection, layer, payload);
    const there = end - at;
    // Behind the sequence number of a header with an impossible length nothing is believed.
    if (payload === BAD_HEADER_LENGTH) dissection.payloads[layer] = at + 8;
    else if (there < TCP_READABLE) dissection.payloads[layer] = at + portsAnd(there, dissection.quoted[layer] ? 4 : 0);
    return PROTOCOL.NONE;
  }
  dissection.payloads[layer] = payload;
  // What stands in a reset tells its cause.
  return payload < end && (tcp.flags(view, at) & tcp.RST) === 0 ? PROTOCOL.DATA : PROTOCOL.NONE;
}

/** How many octets of a short header count: both ports, and `more` octets behind them when they are there. */
function portsAnd(there: number, more: number): number {
  if (there < 4) return 0;
  return there >= 4 + more ? 4 + more : 4;
}

/** Whether a layer is carried by IPv6. */
export function isOverIpv6(dissection: Dissection, layer: number): boolean {
  const network = networkLayerBefore(dissection, layer);
  return network >= 0 && dissection.protocols[network] === PROTOCOL.IPV6;
}

/** Whether a layer of UDP carries nothing, in which case Wireshark does not look at when it came. */
export const isEmptyUdp = (dissection: Dissection, layer: number): boolean =>
  udp.length(viewOf(dissection, layer), dissection.starts[layer]!) === udp.HEADER;

/** Parses UDP. */
export function parseUdp(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const payload = udp.locate(view, at, end);
  if (payload < 0) {
    broken(dissection, layer, payload);
    dissection.payloads[layer] = payload === TOO_SHORT ? (end - at < 4 ? at : end) : at + 6;
    return PROTOCOL.NONE;
  }
  dissection.payloads[layer] = payload;
  const length = udp.length(view, at);
  // Zero stands for a datagram of 64 KB and more (RFC 2675 §4) and means nothing in a shorter one.
  if (length === 0 && dissection.wireEnds[layer]! - at < 65_536 && !isOverIpv6(dissection, layer)) {
    dissection.problems[layer] = BAD_TOTAL_LENGTH;
    dissection.payloads[layer] = at + 6;
    return PROTOCOL.NONE;
  }
  if (length !== 0) endAt(dissection, layer, at + length);
  return payload < dissection.ends[layer]!
    ? protocolOfPorts(udp.sourcePort(view, at), udp.destinationPort(view, at))
    : PROTOCOL.NONE;
}

/** Octets that every message of ICMP for IPv6 has: type, code, checksum. */
const ICMPV6_FIXED = 4;

/** Parses ICMP for IPv6: an error message's payload is the packet it quotes, an echo's is data, and other messages are all header. */
export function parseIcmpv6(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const payload = at + ICMPV6_FIXED;
  if (payload > end) return broken(dissection, layer, TOO_SHORT);
  const type = icmp.type(view, at);
  const isEcho = type === icmpv6.ECHO_REQUEST || type === icmpv6.ECHO_REPLY;
  if (!isEcho && !icmpv6.isError(type)) {
    const quoted = type === icmpv6.REDIRECT ? icmpv6.redirectedAt(view, at, end) : TOO_SHORT;
    dissection.payloads[layer] = quoted > 0 ? quoted : end;
    return quoted > 0 ? protocolOfQuoted(view, quoted) : PROTOCOL.NONE;
  }
  if (end - payload < 4) return broken(dissection, layer, TOO_SHORT);
  dissection.payloads[layer] = payload + 4;
  if (payload + 4 >= end) return PROTOCOL.NONE;
  return isEcho ? PROTOCOL.DATA : protocolOfQuoted(view, payload + 4);
}

/** As in Wireshark, what is quoted is data where it is not of the version that it must be. */
const protocolOfQuoted = (view: DataView, at: number): ProtocolId =>
  ipv6.version(view, at) === 6 ? PROTOCOL.IPV6 : PROTOCOL.DATA;

/** Whether a layer is a message that quotes the packet it is about: what is inside is no traffic. */
export function isQuotation(dissection: Dissection, layer: number): boolean {
  const protocol = dissection.protocols[layer];
  if (protocol === PROTOCOL.ICMP) return quotes(viewOf(dissection, layer).getUint8(dissection.starts[layer]!));
  if (protocol !== PROTOCOL.ICMPV6) return false;
  const type = viewOf(dissection, layer).getUint8(dissection.starts[layer]!);
  return type === icmpv6.REDIRECT || icmpv6.isError(type);
}

/** Whether an ICMP message quotes the packet it is about. */
export const quotes = (type: number): boolean =>
  type === icmp.DESTINATION_UNREACHABLE ||
  type === SOURCE_QUENCH ||
  type === icmp.REDIRECT ||
  type === icmp.TIME_EXCEEDED ||
  type === icmp.PARAMETER_PROBLEM;

/** Deprecated by RFC 6633, and still met. */
export const SOURCE_QUENCH = 4;

/** Whether messages of a type carry an identifier and a sequence number (RFC 792; RFC 950). */
export const hasIdentifier = (type: number): boolean =>
  type === icmp.ECHO_REPLY || type === icmp.ECHO_REQUEST || (type >= 13 && type <= 18);

/** Octets of an ICMP message that must be there before anything is believed. */
const ICMP_READABLE = 6;

/** Parses ICMP; an error message's payload is the packet it quotes, an echo's is data, and other messages are all header. */
export function parseIcmp(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const payload = icmp.locate(view, at, end);
  if (payload < 0) {
    broken(dissection, layer, payload);
    // As in Wireshark, which looks for the length of what is quoted before it shows anything.
    if (end - at < ICMP_READABLE) dissection.payloads[layer] = at;
    return PROTOCOL.NONE;
  }
  dissection.payloads[layer] = payload;
  if (payload >= end) return PROTOCOL.NONE;
  const type = icmp.type(view, at);
  if (quotes(type)) return PROTOCOL.IPV4;
  if (type !== icmp.ECHO_REQUEST && type !== icmp.ECHO_REPLY) {
    dissection.payloads[layer] = end;
    return PROTOCOL.NONE;
  }
  if (!hasPingTime(view, payload, end, dissection.packet.seconds)) return PROTOCOL.DATA;
  dissection.payloads[layer] = payload + PING_TIME;
  return payload + PING_TIME < end ? PROTOCOL.DATA : PROTOCOL.NONE;
}
