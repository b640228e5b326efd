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

/** What a line says of one, and which of it as a number. */
type Written = Pick<IcmpLine, keyof Message | 'typeIsNumber' | 'codeIsNumber'>;

/** Octets by which an IPv6 header is longer than one of IPv4, and an MTU with it. */
const LONGER = 20;

/** Types and codes of the same meaning: ICMP's, ICMPv6's. Of several that fit the first is taken, also where only the types are looked at. */
const SAME: readonly (readonly [type: number, code: number, type6: number, code6: number])[] = [
  [icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE],
  [icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE, icmpv6.DESTINATION_UNREACHABLE, icmpv6.ADDRESS_UNREACHABLE],
  [icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE, icmpv6.DESTINATION_UNREACHABLE, icmpv6.BEYOND_SCOPE],
  [icmp.DESTINATION_UNREACHABLE, 13, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PROHIBITED],
  [icmp.DESTINATION_UNREACHABLE, 9, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PROHIBITED],
  [icmp.DESTINATION_UNREACHABLE, 10, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PROHIBITED],
  [icmp.DESTINATION_UNREACHABLE, icmp.NET_UNREACHABLE, icmpv6.DESTINATION_UNREACHABLE, icmpv6.NO_ROUTE],
  [icmp.TIME_EXCEEDED, icmp.TIME_TO_LIVE, icmpv6.TIME_EXCEEDED, icmpv6.HOP_LIMIT],
  [icmp.TIME_EXCEEDED, icmp.REASSEMBLY_TIME, icmpv6.TIME_EXCEEDED, icmpv6.REASSEMBLY_TIME],
  [icmp.PARAMETER_PROBLEM, 0, icmpv6.PARAMETER_PROBLEM, icmpv6.ERRONEOUS_HEADER],
  [icmp.DESTINATION_UNREACHABLE, icmp.PROTOCOL_UNREACHABLE, icmpv6.PARAMETER_PROBLEM, icmpv6.UNKNOWN_NEXT_HEADER],
  [icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED, icmpv6.PACKET_TOO_BIG, 0],
  [icmp.ECHO_REQUEST, 0, icmpv6.ECHO_REQUEST, 0],
  [icmp.ECHO_REPLY, 0, icmpv6.ECHO_REPLY, 0],
];

/** Whether a message asks for an echo, or is one: it speaks of no packet. */
export const isEcho = ({ version, type }: Pick<Message, 'version' | 'type'>): boolean =>
  version === 4
    ? type === icmp.ECHO_REQUEST || type === icmp.ECHO_REPLY
    : type === icmpv6.ECHO_REQUEST || type === icmpv6.ECHO_REPLY;

/** The same message in the words of the version that packets between these ends have; what that has no word for says that there is no way. Numbers are that version's own. */
export function translated(line: Written, ends: Pick<Ends, 'source'>): Message {
  const version = isVersion6(ends) ? 6 : 4;
  const { type, code, typeIsNumber, codeIsNumber } = line;
  if (line.version === version) return line;
  if (typeIsNumber) return { ...line, version };
  const [from, to] = version === 6 ? ([0, 2] as const) : ([2, 0] as const);
  const same = SAME.find((each) => each[from] === type && (codeIsNumber || each[from + 1] === code));
  const [otherType, otherCode] = same === undefined ? NO_WAY[version] : [same[to], same[to + 1]!];
  if (codeIsNumber) return { version, type: otherType, code, mtu: line.mtu };
  const mtu = line.mtu === undefined ? undefined : mtuIn(version, line.mtu);
  return { version, type: otherType, code: otherCode, mtu };
}

/** What says that there is no way. */
const NO_WAY = {
  4: [icmp.DESTINATION_UNREACHABLE, icmp.NET_UNREACHABLE],
  6: [icmpv6.DESTINATION_UNREACHABLE, icmpv6.NO_ROUTE],
} as const;

/** The MTU of the other version that leaves a segment as it is. */
const mtuIn = (version: 4 | 6, mtu: number): number =>
  version === 6 ? mtu + LONGER : Math.max(0, mtu - LONGER) & 0xffff;

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
