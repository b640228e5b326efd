/** Fields of ICMP: icmp.* */
import * as icmp from '../../../wire/icmp.ts';
import * as extensions from '../../../wire/icmp-extensions.ts';
import * as mpls from '../../../wire/mpls.ts';
import { bytesOf, type Dissection, has, layerOf, type Moment, viewOf } from '../dissection.ts';
import type { Field, FieldType, FieldValues } from '../field.ts';
import { extensionsAt, originalLength } from '../icmp-extension-place.ts';
import { eachRouter } from '../icmp-routers.ts';
import { unusedIn } from '../icmp-unused.ts';
import { hasIdentifier } from '../layers/transport.ts';
import { PING_TIME, pingTime } from '../ping-time.ts';
import { PROTOCOL } from '../protocol.ts';
import { nanosecondsSince1970, timeText } from '../time-text.ts';
import { ICMP_CHECKSUM } from './checksum-status.ts';
import {
  allOf,
  bit,
  decimal,
  dotted,
  type Format,
  frameField,
  headerField,
  hex,
  layerField,
  protocolField,
  type Read,
} from './kinds.ts';

const { ICMP } = PROTOCOL;

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

const isExtendedEcho = (view: DataView, at: number): boolean =>
  icmp.type(view, at) === icmp.EXTENDED_ECHO_REQUEST || icmp.type(view, at) === icmp.EXTENDED_ECHO_REPLY;

/** An extended echo has an identifier, and a sequence number of one octet only. */
const named = (view: DataView, at: number): boolean => identified(view, at) || isExtendedEcho(view, at);

const isOfType =
  (...types: readonly number[]) =>
  (view: DataView, at: number): boolean =>
    types.includes(icmp.type(view, at));

const isTimed = isOfType(icmp.TIMESTAMP_REQUEST, icmp.TIMESTAMP_REPLY);
const isMasked = isOfType(icmp.ADDRESS_MASK_REQUEST, icmp.ADDRESS_MASK_REPLY);

const isAdvertised = isOfType(icmp.ROUTER_ADVERTISEMENT);

/** A field of each router in an advertisement. */
const routerField = (name: string, type: FieldType, title: string, read: Read): Field =>
  layerField(ICMP, name, type, title, (dissection, layer, into) => {
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    if (has(dissection, layer, 0, icmp.HEADER) && isAdvertised(view, at))
      eachRouter(view, at, dissection.ends[layer]!, (place) => into.push(read(view, place)));
  });

/** One of the times of a timestamp message, as it stands there. */
const timeField = (name: string, title: string, offset: number): Field =>
  icmpField(name, 'unsigned', title, offset, 4, isTimed, (view, at) => view.getUint32(at + offset));

/** A field of each object of the extensions of messages: those of ICMPv6 have the names of ICMP, too. */
const objectField = (
  name: string,
  type: FieldType,
  title: string,
  take: (view: DataView, from: number, to: number, into: FieldValues) => void,
): Field =>
  allOf(
    name,
    type,
    title,
    (dissection, into) => {
      for (let layer = 1; layer < dissection.depth; layer++) {
        const protocol = dissection.protocols[layer];
        if (protocol !== ICMP && protocol !== PROTOCOL.ICMPV6) continue;
        const at = extensionsAt(dissection, layer);
        const end = dissection.ends[layer]!;
        const view = viewOf(dissection, layer);
        if (at < 0 || end - at < extensions.HEADER || !extensions.isKnownVersion(extensions.version(view, at)))
          continue;
        extensions.eachObject(view, at, end, (from, to) => take(view, from, to, into));
      }
    },
    type === 'boolean' ? bit : decimal,
  );

/** A field of each label in the extensions. */
const labelField = (name: string, type: FieldType, title: string, read: Read): Field =>
  objectField(name, type, title, (view, from, to, into) => {
    if (extensions.objectClass(view, from) !== extensions.LABELS || extensions.objectType(view, from) !== 1) return;
    for (let at = from + extensions.OBJECT; at + extensions.LABEL <= to; at += extensions.LABEL)
      into.push(read(view, at));
  });

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
  icmpField('icmp.ident', 'unsigned', 'Identifier (BE)', 4, 2, named, icmp.identifier),
  icmpField('icmp.ident_le', 'unsigned', 'Identifier (LE)', 4, 2, named, (view, at) => view.getUint16(at + 4, true)),
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
  icmpField('icmp.pointer', 'unsigned', 'Pointer', 4, 1, isOfType(icmp.PARAMETER_PROBLEM), (view, at) =>
    view.getUint8(at + 4),
  ),
  icmpField(
    'icmp.length',
    'unsigned',
    'Length',
    5,
    1,
    (view, at) => originalLength(view, at) > 0,
    (view, at) => view.getUint8(at + 5),
  ),
  icmpField(
    'icmp.length.original_datagram',
    'unsigned',
    'Length of original datagram',
    5,
    1,
    (view, at) => originalLength(view, at) > 0,
    originalLength,
  ),
  layerField(ICMP, 'icmp.unused', 'bytes', 'Unused', (dissection, layer, into) => {
    if (!has(dissection, layer, 0, icmp.HEADER)) return;
    const at = dissection.starts[layer]!;
    for (const [from, to] of unusedIn(viewOf(dissection, layer), at))
      into.push(bytesOf(dissection, layer, at + from, at + to));
  }),
  icmpField('icmp.num_addrs', 'unsigned', 'Number of addresses', 4, 1, isAdvertised, (view, at) =>
    view.getUint8(at + 4),
  ),
  icmpField('icmp.addr_entry_size', 'unsigned', 'Address entry size', 5, 1, isAdvertised, (view, at) =>
    view.getUint8(at + 5),
  ),
  icmpField('icmp.lifetime', 'unsigned', 'Lifetime', 6, 2, isAdvertised, (view, at) => view.getUint16(at + 6)),
  routerField('icmp.router_address', 'ipv4', 'Router address', (view, at) => view.getUint32(at)),
  routerField('icmp.pref_level', 'signed', 'Preference level', (view, at) => view.getInt32(at + 4)),
  timeField('icmp.originate_timestamp', 'Originate Timestamp', 8),
  timeField('icmp.receive_timestamp', 'Receive Timestamp', 12),
  timeField('icmp.transmit_timestamp', 'Transmit Timestamp', 16),
  icmpField('icmp.address_mask', 'ipv4', 'Address Mask', 8, 4, isMasked, (view, at) => view.getUint32(at + 8), dotted),
  objectField('icmp.ext.length', 'unsigned', 'Length', (view, from, _to, into) =>
    into.push(extensions.objectLength(view, from)),
  ),
  objectField('icmp.ext.class', 'unsigned', 'Class', (view, from, _to, into) =>
    into.push(extensions.objectClass(view, from)),
  ),
  labelField('icmp.mpls.label', 'unsigned', 'Label', mpls.label),
  labelField('icmp.mpls.exp', 'unsigned', 'Experimental', mpls.trafficClass),
  labelField('icmp.mpls.s', 'boolean', 'Stack bit', mpls.isBottom),
  labelField('icmp.mpls.ttl', 'unsigned', 'Time to live', mpls.timeToLive),
  {
    ...layerField(ICMP, 'icmp.data_time', 'time', 'Timestamp from icmp data', (dissection, layer, into) => {
      const sent = pingTimeOf(dissection, layer);
      if (sent !== undefined) into.push(nanosecondsSince1970(sent.seconds, sent.nanoseconds));
    }),
    print(dissection, into) {
      for (let layer = 0; layer < dissection.depth; layer++) {
        const sent = dissection.protocols[layer] === ICMP ? pingTimeOf(dissection, layer) : undefined;
        if (sent !== undefined) into.push(timeText(sent.seconds, sent.nanoseconds, dissection.zone));
      }
    },
  },
  // In one pass over a capture nobody knows what comes, as in tshark without -2.
  layerField(ICMP, 'icmp.resp_in', 'unsigned', 'Response frame', () => undefined),
  frameField('icmp.resp_to', 'unsigned', 'Request frame', (dissection) =>
    layerOf(dissection, ICMP) > 0 ? dissection.echoFrame || undefined : undefined,
  ),
  frameField('icmp.resptime', 'float', 'Response time', (dissection) =>
    layerOf(dissection, ICMP) > 0 && dissection.echoFrame > 0 ? dissection.echoTime / 1e6 : undefined,
  ),
  allOf('icmp.data_time_relative', 'seconds', 'Timestamp from icmp data (relative)', (dissection, into) => {
    for (let layer = 0; layer < dissection.depth; layer++) {
      const sent = dissection.protocols[layer] === ICMP ? pingTimeOf(dissection, layer) : undefined;
      if (sent !== undefined)
        into.push(dissection.packet.seconds - sent.seconds + (dissection.packet.nanoseconds - sent.nanoseconds) / 1e9);
    }
  }),
];
