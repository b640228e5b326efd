/** Fields of TCP's header: tcp.*; its options' are in tcp-options.ts. */
import { BAD_HEADER_LENGTH } from '../../../wire/problem.ts';
import * as tcp from '../../../wire/tcp.ts';
import { windowOf } from '../conversations.ts';
import { bytesOf, type Dissection, has, layerOf, NOT_SCALED, UNKNOWN, viewOf } from '../dissection.ts';
import type { Field, FieldValue } from '../field.ts';
import { TCP_READABLE } from '../layers/transport.ts';
import { nanosecondsAsSeconds } from '../numbers.ts';
import { PROTOCOL } from '../protocol.ts';
import { TCP_CHECKSUM } from './checksum-status.ts';
import { decimal, eitherField, type Format, frameField, headerField, hex, layerField, protocolField } from './kinds.ts';

const TCP = PROTOCOL.TCP;

/** tcp.len: octets of payload by the lengths of the headers around it, captured or not; negative when not even the header has room. */
export function payloadLength(dissection: Dissection, layer: number): number {
  const at = dissection.starts[layer]!;
  return dissection.wireEnds[layer]! - at - tcp.headerLength(viewOf(dissection, layer), at);
}

/** Whether tcp.len means something: not in a quotation, and not without room for the header. */
export const hasLength = (dissection: Dissection, layer: number): boolean =>
  isReadable(dissection, layer) && dissection.quoted[layer] === 0 && payloadLength(dissection, layer) >= 0;

/** Whether the header's own length is impossible. */
export const isBogus = (dissection: Dissection, layer: number): boolean =>
  dissection.problems[layer] === BAD_HEADER_LENGTH;

/** tcp.seq. */
export const relativeSeq = (dissection: Dissection, layer: number): number =>
  (tcp.seq(viewOf(dissection, layer), dissection.starts[layer]!) - dissection.seqBases[layer]!) >>> 0;

/** tcp.ack; 0 without the ACK bit unless the field itself is not 0. */
export function relativeAck(dissection: Dissection, layer: number): number {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const ack = tcp.ack(view, at);
  return tcp.flags(view, at) & tcp.ACK ? (ack - dissection.ackBases[layer]!) >>> 0 : ack >>> 0;
}

/** tcp.nxtseq, in which SYN and FIN together count once, as in Wireshark. */
export function nextSeq(dissection: Dissection, layer: number): number {
  const flags = tcp.flags(viewOf(dissection, layer), dissection.starts[layer]!);
  const octets = payloadLength(dissection, layer) + (flags & (tcp.SYN | tcp.FIN) ? 1 : 0);
  return (relativeSeq(dissection, layer) + octets) >>> 0;
}

/** tcp.window_size. */
export function window(dissection: Dissection, layer: number): number {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  return windowOf(tcp.window(view, at), tcp.flags(view, at), dissection.scales[layer]!);
}

/** Whether a TCP layer's conversation is known, so that it has relative numbers. */
export const isTracked = (dissection: Dissection, layer: number): boolean => dissection.streams[layer]! >= 0;

/** Whether enough of the header was captured for its sequence number and lengths. */
export const isReadable = (dissection: Dissection, layer: number): boolean =>
  dissection.ends[layer]! - dissection.starts[layer]! >= TCP_READABLE;

/** `·······AP···`: a letter for each bit that is set, from the reserved ones down; `···-2-·A····` where three are a counter. */
export function flagLetters(flags: number, usesAce = false): string {
  const letters = 'RRRACEUAPRSF';
  let text = '';
  for (let i = 0; i < 12; i++) text += flags & (0x800 >>> i) ? letters[i]! : '·';
  return usesAce ? `${text.slice(0, 3)}-${aceOf(flags)}-${text.slice(6)}` : text;
}

/** Accurate ECN's counter (RFC 9768). */
export const aceOf = (flags: number): number => (flags >>> 6) & 7;

function flagField(name: string, title: string, mask: number): Field {
  return headerField(TCP, name, 'boolean', title, 12, 2, (view, at) => (tcp.flags(view, at) & mask) !== 0);
}

/** A flag that is a bit of a counter where the connection uses Accurate ECN. */
function ecnField(name: string, title: string, mask: number): Field {
  return layerField(TCP, name, 'boolean', title, (dissection, layer, into) => {
    if (has(dissection, layer, 12, 2) && dissection.usesAce[layer] === 0)
      into.push((tcp.flags(viewOf(dissection, layer), dissection.starts[layer]!) & mask) !== 0);
  });
}

function computedField(
  name: string,
  type: 'unsigned' | 'signed',
  title: string,
  read: (dissection: Dissection, layer: number) => FieldValue | undefined,
  format: Format = decimal,
): Field {
  return layerField(
    TCP,
    name,
    type,
    title,
    (dissection, layer, into) => {
      if (!isReadable(dissection, layer)) return;
      const value = read(dissection, layer);
      if (value !== undefined) into.push(value);
    },
    format,
  );
}

/** Seconds from nanoseconds, absent when `absent` says so. */
function secondsField(name: string, title: string, read: (dissection: Dissection) => number, absent: number): Field {
  return {
    ...frameField(name, 'seconds', title, (dissection) => {
      const value = read(dissection);
      return value === absent ? undefined : value / 1e9;
    }),
    print(dissection, into) {
      const value = read(dissection);
      if (value !== absent) into.push(nanosecondsAsSeconds(value));
    },
  };
}

/** tcp.* without options. */
export const TCP_FIELDS: readonly Field[] = [
  protocolField(TCP, 'tcp', 'Transmission Control Protocol'),
  headerField(TCP, 'tcp.srcport', 'unsigned', 'Source Port', 0, 2, tcp.sourcePort),
  headerField(TCP, 'tcp.dstport', 'unsigned', 'Destination Port', 2, 2, tcp.destinationPort),
  eitherField(
    TCP,
    'tcp.port',
    'unsigned',
    'Source or Destination Port',
    2,
    [0, tcp.sourcePort],
    [2, tcp.destinationPort],
  ),
  layerField(TCP, 'tcp.stream', 'unsigned', 'Stream index', (dissection, layer, into) => {
    if (isTracked(dissection, layer)) into.push(dissection.streams[layer]!);
  }),
  computedField('tcp.len', 'unsigned', 'TCP Segment Len', (dissection, layer) =>
    hasLength(dissection, layer) ? payloadLength(dissection, layer) : undefined,
  ),
  layerField(TCP, 'tcp.seq', 'unsigned', 'Sequence Number', (dissection, layer, into) => {
    if (has(dissection, layer, 4, 4)) into.push(relativeSeq(dissection, layer));
  }),
  // In a quotation of ICMP for IPv4 tcp.seq is the raw number: there is nothing it could be relative to.
  layerField(TCP, 'tcp.seq_raw', 'unsigned', 'Sequence Number (raw)', (dissection, layer, into) => {
    if (has(dissection, layer, 4, 4) && (dissection.quoted[layer] === 0 || layerOf(dissection, PROTOCOL.ICMP) < 0))
      into.push(tcp.seq(viewOf(dissection, layer), dissection.starts[layer]!) >>> 0);
  }),
  computedField('tcp.nxtseq', 'unsigned', 'Next Sequence Number', (dissection, layer) =>
    hasLength(dissection, layer) && !isBogus(dissection, layer) ? nextSeq(dissection, layer) : undefined,
  ),
  computedField('tcp.ack', 'unsigned', 'Acknowledgment Number', (dissection, layer) =>
    isBogus(dissection, layer) ? undefined : relativeAck(dissection, layer),
  ),
  headerField(
    TCP,
    'tcp.ack_raw',
    'unsigned',
    'Acknowledgment number (raw)',
    8,
    4,
    (view, at) => tcp.ack(view, at) >>> 0,
  ),
  computedField('tcp.hdr_len', 'unsigned', 'Header Length', (dissection, layer) =>
    tcp.headerLength(viewOf(dissection, layer), dissection.starts[layer]!),
  ),
  headerField(TCP, 'tcp.flags', 'unsigned', 'Flags', 12, 2, tcp.flags, hex(4)),
  flagField('tcp.flags.res', 'Reserved', 0xe00),
  ecnField('tcp.flags.ae', 'Accurate ECN', tcp.AE),
  ecnField('tcp.flags.cwr', 'Congestion Window Reduced', tcp.CWR),
  ecnField('tcp.flags.ece', 'ECN-Echo', tcp.ECE),
  layerField(TCP, 'tcp.flags.ace', 'unsigned', 'ACE', (dissection, layer, into) => {
    if (dissection.usesAce[layer] === 1)
      into.push(aceOf(tcp.flags(viewOf(dissection, layer), dissection.starts[layer]!)));
  }),
  flagField('tcp.flags.urg', 'Urgent', tcp.URG),
  flagField('tcp.flags.ack', 'Acknowledgment', tcp.ACK),
  flagField('tcp.flags.push', 'Push', tcp.PSH),
  flagField('tcp.flags.reset', 'Reset', tcp.RST),
  flagField('tcp.flags.syn', 'Syn', tcp.SYN),
  flagField('tcp.flags.fin', 'Fin', tcp.FIN),
  layerField(TCP, 'tcp.flags.str', 'string', 'TCP Flags', (dissection, layer, into) => {
    if (has(dissection, layer, 12, 2))
      into.push(
        flagLetters(tcp.flags(viewOf(dissection, layer), dissection.starts[layer]!), dissection.usesAce[layer] === 1),
      );
  }),
  headerField(TCP, 'tcp.window_size_value', 'unsigned', 'Window', 14, 2, tcp.window),
  computedField('tcp.window_size', 'unsigned', 'Calculated window size', (dissection, layer) =>
    isBogus(dissection, layer) ? undefined : window(dissection, layer),
  ),
  computedField('tcp.window_size_scalefactor', 'signed', 'Window size scaling factor', (dissection, layer) => {
    if (!isTracked(dissection, layer) || isBogus(dissection, layer)) return undefined;
    if (tcp.flags(viewOf(dissection, layer), dissection.starts[layer]!) & tcp.SYN) return undefined;
    const scale = dissection.scales[layer]!;
    return scale === UNKNOWN || scale === NOT_SCALED ? scale : 2 ** scale;
  }),
  headerField(TCP, 'tcp.checksum', 'unsigned', 'Checksum', 16, 2, tcp.checksum, hex(4)),
  ...TCP_CHECKSUM,
  headerField(TCP, 'tcp.urgent_pointer', 'unsigned', 'Urgent Pointer', 18, 2, tcp.urgentPointer),
  layerField(TCP, 'tcp.payload', 'bytes', 'TCP payload', (dissection, layer, into) => {
    if (dissection.problems[layer] !== 0 || dissection.payloads[layer]! >= dissection.ends[layer]!) return;
    if (tcp.flags(viewOf(dissection, layer), dissection.starts[layer]!) & tcp.RST) return;
    into.push(bytesOf(dissection, layer, dissection.payloads[layer]!, dissection.ends[layer]!));
  }),
  frameField(
    'tcp.analysis.acks_frame',
    'unsigned',
    'This is an ACK to the segment in frame',
    ({ acks }) => acks.acksFrame || undefined,
  ),
  secondsField(
    'tcp.analysis.ack_rtt',
    'The RTT to ACK the segment was',
    ({ acks }) => (acks.acksFrame ? acks.ackRtt : -1),
    -1,
  ),
  secondsField('tcp.analysis.initial_rtt', 'iRTT', ({ acks }) => acks.initialRtt, -1),
  frameField(
    'tcp.analysis.bytes_in_flight',
    'unsigned',
    'Bytes in flight',
    ({ acks }) => acks.bytesInFlight || undefined,
  ),
  frameField(
    'tcp.analysis.push_bytes_sent',
    'unsigned',
    'Bytes sent since last PSH flag',
    ({ acks }) => acks.pushBytesSent || undefined,
  ),
];
