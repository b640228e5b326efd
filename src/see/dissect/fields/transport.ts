/** Fields of ICMP, UDP and of the octets nobody claims: icmp.*, udp.*, data.* */
import * as icmp from '../../../wire/icmp.ts';
import * as udp from '../../../wire/udp.ts';
import { bytesOf, type Dissection, has, layerOf, type Moment, viewOf } from '../dissection.ts';
import type { Field, FieldType } from '../field.ts';
import { hasIdentifier } from '../layers/transport.ts';
import { PING_TIME, pingTime } from '../ping-time.ts';
import { PROTOCOL } from '../protocol.ts';
import { utcText } from '../time-text.ts';
import { ICMP_CHECKSUM, UDP_CHECKSUM } from './checksum-status.ts';
import {
  decimal,
  dotted,
  eitherField,
  type Format,
  frameField,
  headerField,
  hex,
  layerField,
  protocolField,
  type Read,
  streamTimeField,
} from './kinds.ts';

const UDP = PROTOCOL.UDP;
const ICMP = PROTOCOL.ICMP;

/** udp.* */
export const UDP_FIELDS: readonly Field[] = [
  protocolField(UDP, 'udp', 'User Datagram Protocol'),
  headerField(UDP, 'udp.srcport', 'unsigned', 'Source Port', 0, 2, udp.sourcePort),
  headerField(UDP, 'udp.dstport', 'unsigned', 'Destination Port', 2, 2, udp.destinationPort),
  eitherField(
    UDP,
    'udp.port',
    'unsigned',
    'Source or Destination Port',
    2,
    [0, udp.sourcePort],
    [2, udp.destinationPort],
  ),
  headerField(UDP, 'udp.length', 'unsigned', 'Length', 4, 2, udp.length),
  headerField(UDP, 'udp.checksum', 'unsigned', 'Checksum', 6, 2, udp.checksum, hex(4)),
  ...UDP_CHECKSUM,
  layerField(UDP, 'udp.stream', 'unsigned', 'Stream index', (dissection, layer, into) => {
    if (dissection.streams[layer]! >= 0) into.push(dissection.streams[layer]!);
  }),
  streamTimeField(UDP, 'udp.time_relative', 'Time since first frame', 'sinceFirst'),
  streamTimeField(UDP, 'udp.time_delta', 'Time since previous frame', 'sinceLast'),
  layerField(UDP, 'udp.payload', 'bytes', 'Payload', (dissection, layer, into) => {
    if (dissection.problems[layer] === 0 && dissection.payloads[layer]! < dissection.ends[layer]!)
      into.push(bytesOf(dissection, layer, dissection.payloads[layer]!, dissection.ends[layer]!));
  }),
];

/** A field that only some types of ICMP message have, `size` octets at `offset`. */
function icmpField(
  name: string,
  type: FieldType,
  title: string,
  offset: number,
  size: number,
  applies: (view: DataView, at: number) => boolean,
  read: Read,
  format: Format = decimal,
): Field {
  return layerField(
    ICMP,
    name,
    type,
    title,
    (dissection, layer, into) => {
      if (!has(dissection, layer, offset, size)) return;
      const view = viewOf(dissection, layer);
      const at = dissection.starts[layer]!;
      if (applies(view, at)) into.push(read(view, at));
    },
    format,
  );
}

const identified = (view: DataView, at: number): boolean => hasIdentifier(icmp.type(view, at));

/** The time that an echo begins with; undefined when it does not. */
export function pingTimeOf(dissection: Dissection, layer: number): Moment | undefined {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (!has(dissection, layer, 0, icmp.HEADER + PING_TIME) || !isEcho(icmp.type(view, at))) return undefined;
  return pingTime(view, at + icmp.HEADER, dissection.packet.seconds);
}

const isEcho = (type: number): boolean => type === icmp.ECHO_REQUEST || type === icmp.ECHO_REPLY;

/** icmp.* */
export const ICMP_FIELDS: readonly Field[] = [
  protocolField(ICMP, 'icmp', 'Internet Control Message Protocol'),
  headerField(ICMP, 'icmp.type', 'unsigned', 'Type', 0, 1, icmp.type),
  headerField(ICMP, 'icmp.code', 'unsigned', 'Code', 1, 1, icmp.code),
  headerField(ICMP, 'icmp.checksum', 'unsigned', 'Checksum', 2, 2, icmp.checksum, hex(4)),
  ...ICMP_CHECKSUM,
  icmpField('icmp.ident', 'unsigned', 'Identifier (BE)', 4, 2, identified, icmp.identifier),
  icmpField('icmp.ident_le', 'unsigned', 'Identifier (LE)', 4, 2, identified, (view, at) =>
    view.getUint16(at + 4, true),
  ),
  icmpField('icmp.seq', 'unsigned', 'Sequence Number (BE)', 6, 2, identified, icmp.sequence),
  icmpField('icmp.seq_le', 'unsigned', 'Sequence Number (LE)', 6, 2, identified, (view, at) =>
    view.getUint16(at + 6, true),
  ),
  icmpField(
    'icmp.mtu',
    'unsigned',
    'MTU of next hop',
    6,
    2,
    (view, at) =>
      icmp.type(view, at) === icmp.DESTINATION_UNREACHABLE && icmp.code(view, at) === icmp.FRAGMENTATION_NEEDED,
    icmp.nextHopMtu,
  ),
  icmpField(
    'icmp.redir_gw',
    'ipv4',
    'Gateway Address',
    4,
    4,
    (view, at) => icmp.type(view, at) === icmp.REDIRECT,
    (view, at) => icmp.rest(view, at) >>> 0,
    dotted,
  ),
  layerField(ICMP, 'icmp.data_time', 'string', 'Timestamp from icmp data', (dissection, layer, into) => {
    const sent = pingTimeOf(dissection, layer);
    if (sent !== undefined) into.push(utcText(sent.seconds, sent.nanoseconds));
  }),
  frameField('icmp.resp_to', 'unsigned', 'Request frame', (dissection) =>
    layerOf(dissection, ICMP) > 0 ? dissection.echoFrame || undefined : undefined,
  ),
];

/** data.* */
export const DATA_FIELDS: readonly Field[] = [
  protocolField(PROTOCOL.DATA, 'data', 'Data'),
  layerField(PROTOCOL.DATA, 'data.data', 'bytes', 'Data', (dissection, layer, into) => {
    into.push(bytesOf(dissection, layer, dissection.starts[layer]!, dissection.ends[layer]!));
  }),
  layerField(PROTOCOL.DATA, 'data.len', 'signed', 'Length', (dissection, layer, into) => {
    into.push(dissection.ends[layer]! - dissection.starts[layer]!);
  }),
];
