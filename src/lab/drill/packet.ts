/** Packets between octets and what scripts say of them: `decode` reads one that the host sent, `encode` makes one for it. The octets begin with the IP header. ICMP errors for it: icmp-packet.ts. */
import { finish, pseudoHeader, sum } from '../../wire/checksum.ts';
import * as icmp from '../../wire/icmp.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import * as options from '../../wire/tcp-options.ts';
import * as udp from '../../wire/udp.ts';
import { type Ends, headerLength, type IpHeader, icmpProtocol, readIp, writeIp } from './ip-header.ts';
import type { Provenance } from './provenance.ts';
import type { IpLine, OptionSpec, TcpLine } from './syntax.ts';

/** Experimental option kind and the magic number of Fast Open in it (RFC 6994, RFC 7413 §4.1). */
const MD5 = 19;
const FAST_OPEN = 34;
const EXPERIMENTAL = 254;
const FAST_OPEN_MAGIC = 0xf989;

/** A packet that the host sent, with real numbers (int32). */
export interface SeenPacket extends Ends {
  readonly time: number;
  readonly ecn: number;
  readonly tos: number;
  readonly ttl: number;
  readonly body: SeenSegment | SeenOther;
  /** Undefined where nobody knows. */
  readonly provenance?: Provenance;
}

/** A TCP segment. */
export interface SeenSegment {
  readonly kind: 'tcp';
  readonly flags: number;
  readonly seq: number;
  readonly length: number;
  readonly ack: number;
  readonly window: number;
  readonly urgent: number;
  readonly options: readonly OptionSpec[];
}

/** Anything else. */
export interface SeenOther {
  readonly kind: 'udp' | 'icmp' | 'unknown';
  /** Payload octets. */
  readonly length: number;
  readonly type: number;
  readonly code: number;
  /** The identifier, where it is an echo. */
  readonly id: number;
}

/** Reads a packet that was sent at `time`. */
export function decode(bytes: Uint8Array, time: number): SeenPacket {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const unknown: SeenOther = { kind: 'unknown', length: bytes.length, type: 0, code: 0, id: 0 };
  const nowhere = { source: 0, destination: 0, sourcePort: 0, destinationPort: 0 };
  const header = readIp(view);
  if (header === undefined) return { time, ecn: 0, tos: 0, ttl: 0, ...nowhere, body: unknown };
  const { payloadAt: at, end, protocol, ecn, tos, ttl, source, destination } = header;
  const hasPorts = (protocol === ipv4.TCP || protocol === ipv4.UDP) && end - at >= 4;
  return {
    ...{ time, ecn, tos, ttl, source, destination },
    sourcePort: hasPorts ? udp.sourcePort(view, at) : 0,
    destinationPort: hasPorts ? udp.destinationPort(view, at) : 0,
    body: decodeBody(view, header) ?? unknown,
  };
}

function decodeBody(view: DataView, header: IpHeader): SeenPacket['body'] | undefined {
  const { payloadAt: at, end, protocol } = header;
  if (protocol === ipv4.UDP && udp.locate(view, at, end) >= 0)
    return { kind: 'udp', length: end - at - udp.HEADER, type: 0, code: 0, id: 0 };
  if (protocol === icmpProtocol(header) && icmp.locate(view, at, end) >= 0)
    return {
      kind: 'icmp',
      length: end - at - icmp.HEADER,
      type: icmp.type(view, at),
      code: icmp.code(view, at),
      id: icmp.rest(view, at) >>> 16,
    };
  const dataAt = protocol === ipv4.TCP ? tcp.locate(view, at, end) : -1;
  if (dataAt < 0) return undefined;
  return {
    kind: 'tcp',
    flags: tcp.flags(view, at) & 0x1ff,
    seq: tcp.seq(view, at),
    length: end - dataAt,
    ack: tcp.ack(view, at),
    window: tcp.window(view, at),
    urgent: tcp.urgentPointer(view, at),
    options: decodeOptions(view, at + tcp.HEADER, dataAt),
  };
}

function decodeOptions(view: DataView, from: number, end: number): OptionSpec[] {
  const list: OptionSpec[] = [];
  for (let at = from; at < end; ) {
    const kind = view.getUint8(at);
    const length = options.lengthAt(view, at, end);
    if (length === 0) break;
    const option = decodeOption(view, kind, at, length);
    list.push(option);
    // What follows an end of options is padding.
    if (kind === options.END) break;
    at += length;
  }
  return list;
}

function decodeOption(view: DataView, kind: number, at: number, length: number): OptionSpec {
  const plain = (name: OptionSpec['name'], ...numbers: number[]): OptionSpec => ({ name, numbers, cookie: undefined });
  const octets = (from: number): Uint8Array => new Uint8Array(view.buffer, view.byteOffset + from, at + length - from);
  switch (kind) {
    case options.END:
      return plain('eol');
    case options.NOP:
      return plain('nop');
    case options.MSS:
      return plain('mss', length === 4 ? view.getUint16(at + 2) : -1);
    case options.WINDOW_SCALE:
      return plain('wscale', length === 3 ? view.getUint8(at + 2) : -1);
    case options.SACK_PERMITTED:
      return plain('sackOK');
    case options.TIMESTAMPS:
      if (length === 10) return plain('TS', view.getUint32(at + 2), view.getUint32(at + 6));
      break;
    case options.SACK: {
      const edges: number[] = [];
      for (let edge = at + 2; edge + 4 <= at + length; edge += 4) edges.push(view.getUint32(edge));
      return plain('sack', ...edges);
    }
    case MD5:
      return { name: 'md5', numbers: [], cookie: octets(at + 2).slice() };
    case FAST_OPEN:
      return { name: 'FO', numbers: [], cookie: octets(at + 2).slice() };
    case EXPERIMENTAL:
      if (length >= 4 && view.getUint16(at + 2) === FAST_OPEN_MAGIC)
        return { name: 'FOEXP', numbers: [], cookie: octets(at + 4).slice() };
      break;
    default:
  }
  // One that scripts have no name for: its octets tell it.
  return { name: 'other', numbers: [kind], cookie: octets(at + Math.min(2, length)).slice() };
}

/** The octets of a segment for the host. Numbers in `line` are real ones by now. */
export function encodeTcp(ends: Ends, ip: IpLine, line: TcpLine, seq: number, ack: number): Uint8Array {
  const list = line.options === undefined || line.options === 'any' ? [] : line.options;
  const optionOctets = list.reduce((total, option) => total + optionLength(option), 0);
  const padded = (optionOctets + 3) & ~3;
  if (padded > tcp.MAX_HEADER - tcp.HEADER)
    throw new RangeError(`TCP options have at most 40 octets, these ${optionOctets}`);
  const { bytes, view, at } = packetFor(ends, ip, ipv4.TCP, tcp.HEADER + padded + line.range.length);
  const dataAt = tcp.emit(
    view,
    at,
    ends.sourcePort,
    ends.destinationPort,
    seq,
    ack,
    line.flags,
    line.window ?? 0,
    line.urgent ?? 0,
    padded,
  );
  let optionAt = at + tcp.HEADER;
  for (const option of list) optionAt = encodeOption(view, optionAt, option);
  fill(bytes, dataAt, line.range.from);
  const length = bytes.length - at;
  view.setUint16(at + 16, finish(sum(view, at, length, pseudoHeader(ends.source, ends.destination, ipv4.TCP, length))));
  return bytes;
}

/** The octets of a datagram for the host. */
export function encodeUdp(ends: Ends, ip: IpLine, length: number): Uint8Array {
  const { bytes, view, at } = packetFor(ends, ip, ipv4.UDP, udp.HEADER + length);
  fill(bytes, udp.emit(view, at, ends.sourcePort, ends.destinationPort, length), 0);
  const pseudo = pseudoHeader(ends.source, ends.destination, ipv4.UDP, udp.HEADER + length);
  view.setUint16(at + 6, finish(sum(view, at, udp.HEADER + length, pseudo)) || 0xffff);
  return bytes;
}

/** A packet for the host with its IP header, and where the `length` octets behind that begin. */
export function packetFor(
  ends: Ends,
  ip: IpLine,
  protocol: number,
  length: number,
): { bytes: Uint8Array; view: DataView; at: number } {
  const total = headerLength(ends) + length;
  if (total > 65_535) throw new RangeError(`a packet has at most 65535 octets, this one ${total}`);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  return { bytes, view, at: writeIp(view, 0, ends, ip, protocol, length) };
}

/** Payload octets that tell their place in the stream. */
function fill(bytes: Uint8Array, from: number, seq: number): void {
  for (let i = from; i < bytes.length; i++) bytes[i] = 32 + ((seq + i - from) % 95);
}

/** Octets an option takes on the wire. */
export function optionLength({ name, numbers, cookie }: OptionSpec): number {
  switch (name) {
    case 'nop':
    case 'eol':
      return 1;
    case 'sackOK':
      return 2;
    case 'wscale':
      return 3;
    case 'mss':
      return 4;
    case 'TS':
      return 10;
    case 'sack':
      return 2 + 4 * numbers.length;
    case 'FO':
    case 'md5':
    case 'other':
      return 2 + (cookie?.length ?? 0);
    case 'FOEXP':
      return 4 + (cookie?.length ?? 0);
  }
}

const KIND: Readonly<Record<OptionSpec['name'], number>> = {
  eol: options.END,
  nop: options.NOP,
  mss: options.MSS,
  wscale: options.WINDOW_SCALE,
  sackOK: options.SACK_PERMITTED,
  sack: options.SACK,
  TS: options.TIMESTAMPS,
  FO: FAST_OPEN,
  md5: MD5,
  FOEXP: EXPERIMENTAL,
  other: EXPERIMENTAL,
};

/** Writes one option exactly as written, without alignment; returns where the next goes. */
function encodeOption(view: DataView, at: number, option: OptionSpec): number {
  const { name, numbers, cookie } = option;
  const length = optionLength(option);
  view.setUint8(at, KIND[name]);
  if (length === 1) return at + 1;
  view.setUint8(at + 1, length);
  if (name === 'mss') view.setUint16(at + 2, numbers[0] ?? 0);
  else if (name === 'wscale') view.setUint8(at + 2, numbers[0] ?? 0);
  else if (name === 'FOEXP') view.setUint16(at + 2, FAST_OPEN_MAGIC);
  else for (const [i, number] of numbers.entries()) view.setUint32(at + 2 + 4 * i, number ?? 0);
  for (const [i, octet] of (cookie ?? []).entries()) view.setUint8(at + length - cookie!.length + i, octet);
  return at + length;
}
