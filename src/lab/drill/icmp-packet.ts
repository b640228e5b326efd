/** ICMP errors for the host, and what the two versions of ICMP call the same. Read first: RFC 792, RFC 4443 §3. */
import { finish, pseudoHeader, sum } from '../../wire/checksum.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import { type Ends, headerLength, icmpProtocol, isVersion6, writeIp } from './ip-header.ts';
import { packetFor } from './packet.ts';
import type { IcmpLine, IpLine } from './syntax.ts';

/** What a message says. */
type Message = Pick<IcmpLine, 'version' | 'type' | 'code' | 'mtu'>;

/** Octets by which an IPv6 header is longer than one of IPv4, and an MTU with it. */
const LONGER = 20;

/** Types and codes of the same meaning: ICMP's, ICMPv6's. Of several that fit the first is taken. */
const SAME: readonly (readonly [type: number, code: number, type6: number, code6: number])[] = [
  [icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED, icmpv6.PACKET_TOO_BIG, 0],
  [icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE],
  [icmp.DESTINATION_UNREACHABLE, icmp.PROTOCOL_UNREACHABLE, icmpv6.PARAMETER_PROBLEM, icmpv6.UNKNOWN_NEXT_HEADER],
  [icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE, icmpv6.DESTINATION_UNREACHABLE, icmpv6.ADDRESS_UNREACHABLE],
  [icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE, icmpv6.DESTINATION_UNREACHABLE, icmpv6.BEYOND_SCOPE],
  [icmp.DESTINATION_UNREACHABLE, 13, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PROHIBITED],
  [icmp.DESTINATION_UNREACHABLE, 9, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PROHIBITED],
  [icmp.DESTINATION_UNREACHABLE, 10, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PROHIBITED],
  [icmp.DESTINATION_UNREACHABLE, icmp.NET_UNREACHABLE, icmpv6.DESTINATION_UNREACHABLE, icmpv6.NO_ROUTE],
  [icmp.TIME_EXCEEDED, icmp.TIME_TO_LIVE, icmpv6.TIME_EXCEEDED, icmpv6.HOP_LIMIT],
  [icmp.TIME_EXCEEDED, icmp.REASSEMBLY_TIME, icmpv6.TIME_EXCEEDED, icmpv6.REASSEMBLY_TIME],
  [icmp.PARAMETER_PROBLEM, 0, icmpv6.PARAMETER_PROBLEM, icmpv6.ERRONEOUS_HEADER],
  [icmp.ECHO_REQUEST, 0, icmpv6.ECHO_REQUEST, 0],
  [icmp.ECHO_REPLY, 0, icmpv6.ECHO_REPLY, 0],
];

/** Whether a message asks for an echo, or is one: it speaks of no packet. */
export const isEcho = ({ version, type }: Message): boolean =>
  version === 4
    ? type === icmp.ECHO_REQUEST || type === icmp.ECHO_REPLY
    : type === icmpv6.ECHO_REQUEST || type === icmpv6.ECHO_REPLY;

/** The same message in the words of the version that packets between these ends have; what that has no word for says that there is no way. */
export function translated(line: Message, ends: Pick<Ends, 'source'>): Message {
  const version = isVersion6(ends) ? 6 : 4;
  const { type, code, mtu } = line;
  if (line.version === version) return line;
  if (version === 6) {
    const [, , type6 = icmpv6.DESTINATION_UNREACHABLE, code6 = icmpv6.NO_ROUTE] =
      SAME.find((each) => each[0] === type && each[1] === code) ?? [];
    return { version, type: type6, code: code6, mtu: mtu === undefined ? undefined : mtu + LONGER };
  }
  const [type4 = icmp.DESTINATION_UNREACHABLE, code4 = icmp.NET_UNREACHABLE] =
    SAME.find((each) => each[2] === type && each[3] === code) ?? [];
  return { version, type: type4, code: code4, mtu: mtu === undefined ? undefined : Math.max(0, mtu - LONGER) & 0xffff };
}

/**
 * The octets of an ICMP message: an error about a packet of the host's, of which header and first eight octets are quoted, or an echo.
 * @param about the ends of the quoted packet, as the host sent it
 * @param seq the real sequence number in it
 */
export function encodeIcmp(ends: Ends, ip: IpLine, line: IcmpLine, about: Ends, seq: number): Uint8Array {
  const { quoted, id = 0 } = line;
  const { type, code, mtu } = translated(line, ends);
  const length = quoted === undefined ? (line.length ?? icmp.HEADER) : icmp.HEADER + headerLength(about) + 8;
  const { bytes, view, at } = packetFor(ends, ip, icmpProtocol(ends), length);
  const quoteAt = icmp.emit(view, at, type, code, (id << 16) | (mtu ?? 0));
  if (quoted !== undefined) {
    const isTcp = quoted.protocol === 'tcp';
    const payload = (isTcp ? tcp.HEADER : udp.HEADER) + quoted.length;
    const portsAt = writeIp(view, quoteAt, about, AS_SENT, isTcp ? ipv4.TCP : ipv4.UDP, payload & 0xffff);
    if (isTcp) {
      view.setUint32(portsAt, (about.sourcePort << 16) | about.destinationPort);
      view.setInt32(portsAt + 4, seq);
    } else udp.emit(view, portsAt, about.sourcePort, about.destinationPort, quoted.length & 0xffff);
  }
  // Only ICMPv6 has the addresses in its checksum.
  const pseudo = isVersion6(ends) ? pseudoHeader(ends.source, ends.destination, icmpProtocol(ends), length) : 0;
  view.setUint16(at + 2, finish(sum(view, at, length, pseudo)));
  return bytes;
}

const AS_SENT: IpLine = { ecn: undefined, tos: undefined, dscp: undefined, ttl: undefined };
