/** Whether a packet of the host's is what a line expects. Flags and range are always compared, the rest where the line says something of it. */
import * as icmp from '../../wire/icmp.ts';
import * as tcp from '../../wire/tcp.ts';
import { translated } from './icmp-packet.ts';
import type { SeenPacket, SeenSegment } from './packet.ts';
import type { SequenceMap } from './sequence-map.ts';
import type { IpLine, OptionSpec, PacketLine, TcpLine } from './syntax.ts';

/** How lines without TCP options are read: packetdrill's scripts then expect none, conformance ladders do not care. */
export interface CompareOptions {
  readonly optionsMustBeWritten: boolean;
}

/** What differs, in words; empty when the packet is the one expected. Of a segment that is part of a larger one, `isLast` says whether it ends it. */
export function differences(
  line: PacketLine,
  packet: SeenPacket,
  map: SequenceMap,
  from: number,
  isLast: boolean,
  options: CompareOptions,
): string[] {
  const different = compareIp(line.ip, packet);
  const { body } = line;
  if (body.kind === 'tcp' && packet.body.kind === 'tcp')
    return [...different, ...compareTcp(body, packet.body, packet, map, from, isLast, options)];
  if (body.kind !== packet.body.kind) return [`the protocol (${packet.body.kind} instead of ${body.kind})`];
  if (body.kind === 'udp' && body.length !== packet.body.length) different.push('the length');
  if (body.kind === 'icmp' && packet.body.kind === 'icmp') {
    const { type, code } = translated(body, packet);
    if (type !== packet.body.type) different.push('the ICMP type');
    else if (code !== packet.body.code) different.push('the ICMP code');
    if (body.id !== undefined && body.id !== packet.body.id) different.push('the identifier');
    if (body.length !== undefined && body.length !== packet.body.length + icmp.HEADER) different.push('the length');
  }
  return different;
}

function compareIp({ ecn, tos, dscp, ttl }: IpLine, packet: SeenPacket): string[] {
  const different: string[] = [];
  const isEct = packet.ecn === 1 || packet.ecn === 2;
  if (ecn !== undefined && !(ecn === 'ect' ? isEct : ecn === packet.ecn))
    different.push('the ECN bits of the IP header');
  if (tos !== undefined && tos !== packet.tos)
    different.push(`the type of service, which is 0x${packet.tos.toString(16)}`);
  if (dscp !== undefined && dscp !== packet.tos >> 2) different.push(`the codepoint, which is ${packet.tos >> 2}`);
  if (ttl !== undefined && ttl !== packet.ttl) different.push(`the time to live, which is ${packet.ttl}`);
  return different;
}

function compareTcp(
  line: TcpLine,
  segment: SeenSegment,
  { time, provenance }: SeenPacket,
  map: SequenceMap,
  from: number,
  isLast: boolean,
  { optionsMustBeWritten }: CompareOptions,
): string[] {
  const different: string[] = [];
  // A kernel that hands its device a stretch in one sets PSH on it, since Linux 5.4; before, and in pieces, it marks the end of what the program wrote.
  const pieces = segment.length < line.range.length;
  // It sends again what it has in its pieces, whatever has come behind them since.
  const again = map.hasSent && !map.isBeyondSent((segment.seq + segment.length) | 0);
  const handedOver = (line.flags & tcp.PSH) !== 0 && (map.isOfBurst(segment, time) || provenance?.pushes === true);
  const ignored = pieces || again || handedOver ? tcp.PSH : 0;
  const wanted = (isLast ? line.flags : line.flags & ~tcp.FIN) & ~ignored;
  const got = segment.flags & ~ignored;
  if (wanted !== got) different.push('the flags');
  const { numbers } = line.range;
  const seq = numbers === 'of the wire' ? segment.seq >>> 0 : map.toScript(segment.seq);
  if (numbers !== 'any' && seq !== from >>> 0) different.push('the sequence number');
  if (line.ack !== undefined && (segment.ack | 0) !== (line.ack | 0)) different.push('the acknowledgment number');
  if (line.window !== undefined && line.window !== segment.window) different.push('the window');
  if (line.urgent !== undefined && line.urgent !== segment.urgent) different.push('the urgent pointer');
  const { options } = line;
  const none = options === undefined && optionsMustBeWritten ? [] : options;
  if (none !== undefined && none !== 'any' && !sameOptions(none, segment.options)) different.push('the TCP options');
  return different;
}

function sameOptions(wanted: readonly OptionSpec[], got: readonly OptionSpec[]): boolean {
  return wanted.length === got.length && wanted.every((option, i) => isSame(option, got[i]!));
}

function isSame(wanted: OptionSpec, got: OptionSpec): boolean {
  if (wanted.name !== got.name || wanted.numbers.length !== got.numbers.length) return false;
  // The host's own timestamps are its own: only what it echoes is the script's.
  const first = wanted.name === 'TS' ? 1 : 0;
  for (let i = first; i < wanted.numbers.length; i++) {
    const number = wanted.numbers[i];
    if (number !== undefined && number >>> 0 !== got.numbers[i]! >>> 0) return false;
  }
  const { cookie } = wanted;
  if (cookie === undefined) return true;
  return cookie.length === got.cookie?.length && cookie.every((octet, i) => octet === got.cookie![i]);
}
