/** Fields of ICMP for IPv6: icmpv6.* */
import * as icmp from '../../../wire/icmp.ts';
import * as icmpv6 from '../../../wire/icmpv6.ts';
import { type Dissection, has, layerOf, viewOf } from '../dissection.ts';
import type { Field, FieldType } from '../field.ts';
import { PROTOCOL } from '../protocol.ts';
import { ICMPV6_CHECKSUM } from './checksum-status.ts';
import { ipv6Text } from './ipv6.ts';
import {
  decimal,
  type Format,
  frameField,
  headerField,
  hex,
  layerField,
  octetsAt,
  protocolField,
  type Read,
} from './kinds.ts';

const { ICMPV6 } = PROTOCOL;

/** A field that only some types of message have, `size` octets at `offset`. */
function messageField(
  name: string,
  type: FieldType,
  title: string,
  types: readonly number[],
  offset: number,
  size: number,
  read: Read,
  format: Format = decimal,
): Field {
  return layerField(
    ICMPV6,
    name,
    type,
    title,
    (dissection, layer, into) => {
      if (!has(dissection, layer, 0, offset + size)) return;
      const view = viewOf(dissection, layer);
      const at = dissection.starts[layer]!;
      if (types.includes(icmp.type(view, at))) into.push(read(view, at));
    },
    format,
  );
}

const ECHO = [icmpv6.ECHO_REQUEST, icmpv6.ECHO_REPLY];
/** An extended echo has an identifier, too, and a sequence number of one octet only. */
const NAMED = [...ECHO, icmpv6.EXTENDED_ECHO_REQUEST, icmpv6.EXTENDED_ECHO_REPLY];
const address =
  (offset: number): Read =>
  (view, at) =>
    octetsAt(view, at + offset, 16);
const flag =
  (mask: number): Read =>
  (view, at) =>
    (view.getUint8(at + 4) & mask) !== 0;
const one: Format = (value) => (value ? '1' : '0');

/** Calls `take` for each option of a message of neighbor discovery, with its place and length. */
export function eachNeighborOption(
  dissection: Dissection,
  layer: number,
  take: (view: DataView, type: number, at: number, length: number) => void,
): void {
  if (!has(dissection, layer, 0, 1)) return;
  const view = viewOf(dissection, layer);
  const start = dissection.starts[layer]!;
  const offset = icmpv6.optionsOffset(icmp.type(view, start));
  if (offset === 0) return;
  const end = dissection.ends[layer]!;
  for (let at = start + offset; at + 2 <= end; ) {
    const length = 8 * view.getUint8(at + 1);
    if (length === 0 || at + length > end) return;
    take(view, view.getUint8(at), at, length);
    at += length;
  }
}

/** Options that carry a link-layer address (RFC 4861 §4.6.1). */
export const SOURCE_LINK_ADDRESS = 1;
export const TARGET_LINK_ADDRESS = 2;

function linkAddressField(name: string, title: string, types: readonly number[]): Field {
  return layerField(ICMPV6, name, 'mac', title, (dissection, layer, into) => {
    eachNeighborOption(dissection, layer, (view, type, at, length) => {
      if (types.includes(type) && length === 8) into.push(octetsAt(view, at + 2, 6));
    });
  });
}

/** icmpv6.* */
export const ICMPV6_FIELDS: readonly Field[] = [
  protocolField(ICMPV6, 'icmpv6', 'Internet Control Message Protocol v6'),
  headerField(ICMPV6, 'icmpv6.type', 'unsigned', 'Type', 0, 1, icmp.type),
  headerField(ICMPV6, 'icmpv6.code', 'unsigned', 'Code', 1, 1, icmp.code),
  headerField(ICMPV6, 'icmpv6.checksum', 'unsigned', 'Checksum', 2, 2, icmp.checksum, hex(4)),
  ...ICMPV6_CHECKSUM,
  messageField('icmpv6.mtu', 'unsigned', 'MTU', [icmpv6.PACKET_TOO_BIG], 4, 4, icmpv6.mtu),
  messageField('icmpv6.pointer', 'unsigned', 'Pointer', [icmpv6.PARAMETER_PROBLEM], 4, 4, icmpv6.mtu),
  messageField('icmpv6.echo.identifier', 'unsigned', 'Identifier', NAMED, 4, 2, icmp.identifier, hex(4)),
  messageField('icmpv6.echo.sequence_number', 'unsigned', 'Sequence', ECHO, 6, 2, icmp.sequence),
  messageField(
    'icmpv6.nd.ra.cur_hop_limit',
    'unsigned',
    'Cur hop limit',
    [icmpv6.ROUTER_ADVERTISEMENT],
    4,
    1,
    (view, at) => view.getUint8(at + 4),
  ),
  messageField(
    'icmpv6.nd.ra.router_lifetime',
    'unsigned',
    'Router lifetime (s)',
    [icmpv6.ROUTER_ADVERTISEMENT],
    6,
    2,
    (view, at) => view.getUint16(at + 6),
  ),
  messageField(
    'icmpv6.nd.ns.target_address',
    'ipv6',
    'Target Address',
    [icmpv6.NEIGHBOUR_SOLICITATION],
    8,
    16,
    address(8),
    ipv6Text,
  ),
  messageField('icmpv6.nd.na.flag.r', 'boolean', 'Router', [icmpv6.NEIGHBOUR_ADVERTISEMENT], 4, 4, flag(0x80), one),
  messageField('icmpv6.nd.na.flag.s', 'boolean', 'Solicited', [icmpv6.NEIGHBOUR_ADVERTISEMENT], 4, 4, flag(0x40), one),
  messageField('icmpv6.nd.na.flag.o', 'boolean', 'Override', [icmpv6.NEIGHBOUR_ADVERTISEMENT], 4, 4, flag(0x20), one),
  messageField(
    'icmpv6.nd.na.target_address',
    'ipv6',
    'Target Address',
    [icmpv6.NEIGHBOUR_ADVERTISEMENT],
    8,
    16,
    address(8),
    ipv6Text,
  ),
  messageField('icmpv6.nd.rd.target_address', 'ipv6', 'Target Address', [icmpv6.REDIRECT], 8, 16, address(8), ipv6Text),
  linkAddressField('icmpv6.opt.linkaddr', 'Link-layer address', [SOURCE_LINK_ADDRESS, TARGET_LINK_ADDRESS]),
  linkAddressField('icmpv6.opt.src_linkaddr', 'Source Link-layer address', [SOURCE_LINK_ADDRESS]),
  linkAddressField('icmpv6.opt.target_linkaddr', 'Target Link-layer address', [TARGET_LINK_ADDRESS]),
  frameField('icmpv6.resp_to', 'unsigned', 'Response To', (dissection) =>
    layerOf(dissection, ICMPV6) > 0 ? dissection.echoFrame || undefined : undefined,
  ),
  frameField('icmpv6.resptime', 'float', 'Response Time', (dissection) =>
    layerOf(dissection, ICMPV6) > 0 && dissection.echoFrame > 0 ? dissection.echoTime / 1e6 : undefined,
  ),
];
