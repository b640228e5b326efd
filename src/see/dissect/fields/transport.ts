/** Fields of UDP and of the octets nobody claims: udp.*, data.* */
import * as udp from '../../../wire/udp.ts';
import { bytesOf, networkLayerBefore } from '../dissection.ts';
import type { Field } from '../field.ts';
import { PROTOCOL } from '../protocol.ts';
import { UDP_CHECKSUM } from './checksum-status.ts';
import { eitherField, headerField, hex, layerField, protocolField, streamTimeField } from './kinds.ts';

const UDP = PROTOCOL.UDP;

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
    const end = dissection.ends[layer]!;
    if (dissection.problems[layer] !== 0 || dissection.payloads[layer]! >= end) return;
    // As in Wireshark, octets that the packet has behind the datagram are in it, too.
    const network = networkLayerBefore(dissection, layer);
    const isInside = network >= 0 && dissection.sources[network] === dissection.sources[layer];
    into.push(bytesOf(dissection, layer, dissection.payloads[layer]!, isInside ? dissection.ends[network]! : end));
  }),
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
