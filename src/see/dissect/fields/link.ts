/** Fields of link layers: eth.*, null.*, sll.* */
import * as ethernet from '../../../wire/ethernet.ts';
import { type Behind, behindPacket, isTag } from '../behind-packet.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import type { Field, FieldType } from '../field.ts';
import { isSll2, loopbackFamily, sllProtocol } from '../layers/link.ts';
import { GREATEST_LENGTH, LEAST_ETHER_TYPE } from '../layers/payload.ts';
import { PROTOCOL } from '../protocol.ts';
import {
  allOf,
  eitherField,
  type Format,
  headerField,
  hex,
  layerField,
  octetsAt,
  protocolField,
  type Read,
} from './kinds.ts';

const ETH = PROTOCOL.ETHERNET;
const SLL = PROTOCOL.SLL;

const destination: Read = (view, at) => octetsAt(view, ethernet.destinationAt(at), 6);
const source: Read = (view, at) => octetsAt(view, ethernet.sourceAt(at), 6);

/** The two octets that are a type or a length; -1 when they were not captured. */
function typeOrLength(dissection: Dissection, layer: number): number {
  return has(dissection, layer, 12, 2) ? ethernet.type(viewOf(dissection, layer), dissection.starts[layer]!) : -1;
}

/** What both addresses have, where the header is whole. */
const bothField = (name: string, type: FieldType, title: string, first: Read, second: Read): Field =>
  layerField(ETH, name, type, title, (dissection, layer, into) => {
    if (!has(dissection, layer, 0, ethernet.HEADER)) return;
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    into.push(first(view, at));
    into.push(second(view, at));
  });

/** A bit of the first octet of an address: whether it was given by hand, or stands for a group. */
const bitFields = (suffix: 'lg' | 'ig', title: string, mask: number): Field[] => {
  const read =
    (offset: number): Read =>
    (view, at) =>
      (view.getUint8(at + offset) & mask) !== 0;
  return [
    headerField(ETH, `eth.dst.${suffix}`, 'boolean', title, 0, ethernet.HEADER, read(0)),
    headerField(ETH, `eth.src.${suffix}`, 'boolean', title, 6, ethernet.HEADER - 6, read(6)),
    bothField(`eth.${suffix}`, 'boolean', title, read(0), read(6)),
  ];
};

/** The maker's part of an address. */
const makerFields = (): Field[] => {
  const read =
    (offset: number): Read =>
    (view, at) =>
      view.getUint32(at + offset) >>> 8;
  return [
    headerField(ETH, 'eth.dst.oui', 'unsigned', 'Destination OUI', 0, ethernet.HEADER, read(0)),
    headerField(ETH, 'eth.src.oui', 'unsigned', 'Source OUI', 6, ethernet.HEADER - 6, read(6)),
    bothField('eth.addr.oui', 'unsigned', 'Address OUI', read(0), read(6)),
  ];
};

const isLink = (protocol: number): boolean => protocol === ETH || protocol === SLL;

/** Calls `take` with what stands behind the packet of each layer, among those that may have something there, that is `among`. */
function eachBehind(
  dissection: Dissection,
  among: (protocol: number) => boolean,
  take: (view: DataView, behind: Behind) => void,
): void {
  for (let layer = 1; layer < dissection.depth; layer++) {
    if (among(dissection.protocols[layer]!) && dissection.problems[layer] === 0)
      take(viewOf(dissection, layer), behindPacket(dissection, layer));
  }
}

/** Octets of what stands behind the packet. */
const behindField = (
  name: string,
  title: string,
  among: (protocol: number) => boolean,
  part: (behind: Behind) => readonly [from: number, to: number],
): Field =>
  allOf(name, 'bytes', title, (dissection, into) => {
    eachBehind(dissection, among, (view, behind) => {
      const [from, to] = part(behind);
      if (from < to) into.push(octetsAt(view, from, to - from));
    });
  });

/** What stands behind the padding; of a frame with tags it belongs to the last of them, as in Wireshark. */
export const trailerField = (name: string, among: (protocol: number) => boolean): Field =>
  behindField(name, 'Trailer', among, ({ trailer, check }) => [trailer, check]);

/** Fields of addresses, and of what stands behind the packet. */
const ETHERNET_PARTS: readonly Field[] = [
  ...makerFields(),
  ...bitFields('lg', 'LG bit', 2),
  ...bitFields('ig', 'IG bit', 1),
  behindField(
    'eth.padding',
    'Padding',
    (protocol) => isLink(protocol) || isTag(protocol),
    ({ from, trailer }) => [from, trailer],
  ),
  trailerField('eth.trailer', isLink),
  allOf(
    'eth.fcs',
    'unsigned',
    'Frame check sequence',
    (dissection, into) => {
      eachBehind(dissection, isLink, (view, { check, end }) => {
        if (check < end) into.push(view.getUint32(check));
      });
    },
    hex(8),
  ),
];

/** eth.* */
export const ETHERNET_FIELDS: readonly Field[] = [
  protocolField(ETH, 'eth', 'Ethernet'),
  headerField(ETH, 'eth.dst', 'mac', 'Destination', 0, ethernet.HEADER, destination),
  headerField(ETH, 'eth.src', 'mac', 'Source', 6, ethernet.HEADER - 6, source),
  eitherField(ETH, 'eth.addr', 'mac', 'Address', 6, [0, destination], [6, source]),
  layerField(
    ETH,
    'eth.type',
    'unsigned',
    'Type',
    (dissection, layer, into) => {
      const type = typeOrLength(dissection, layer);
      if (type >= LEAST_ETHER_TYPE) into.push(type);
    },
    hex(4),
  ),
  layerField(ETH, 'eth.len', 'unsigned', 'Length', (dissection, layer, into) => {
    const length = typeOrLength(dissection, layer);
    if (length >= 0 && length <= GREATEST_LENGTH) into.push(length);
  }),
  ...ETHERNET_PARTS,
];

/** null.* */
export const LOOPBACK_FIELDS: readonly Field[] = [
  protocolField(PROTOCOL.LOOPBACK, 'null', 'Null/Loopback'),
  headerField(PROTOCOL.LOOPBACK, 'null.family', 'unsigned', 'Family', 0, 4, loopbackFamily),
];

/** A field of the cooked header, which has two layouts: where it stands in SLL and in SLL2, and how wide it is there. */
function sllField(name: string, title: string, first: Place, second: Place, format?: Format): Field {
  return layerField(
    SLL,
    name,
    'unsigned',
    title,
    (dissection, layer, into) => {
      const place = isSll2(dissection) ? second : first;
      if (place === undefined) return;
      const at = dissection.starts[layer]! + place[0];
      if (at + place[1] > dissection.payloads[layer]!) return;
      const view = viewOf(dissection, layer);
      into.push(place[1] === 1 ? view.getUint8(at) : place[1] === 2 ? view.getUint16(at) : view.getUint32(at));
    },
    format,
  );
}

/** Offset and octets of a cooked header's field; undefined where that version lacks it. */
type Place = readonly [offset: number, size: number] | undefined;

/** The protocol is an EtherType, or one of Linux' own numbers below these. */
const sllProtocolFields = (['sll.etype', 'sll.ltype'] as const).map((name) =>
  layerField(
    SLL,
    name,
    'unsigned',
    'Protocol',
    (dissection, layer, into) => {
      if (dissection.problems[layer] !== 0) return;
      const protocol = sllProtocol(dissection, layer);
      if (protocol >= LEAST_ETHER_TYPE === (name === 'sll.etype')) into.push(protocol);
    },
    hex(4),
  ),
);

/** sll.* */
export const SLL_FIELDS: readonly Field[] = [
  protocolField(SLL, 'sll', 'Linux cooked-mode capture'),
  ...sllProtocolFields,
  sllField('sll.ifindex', 'Interface index', undefined, [4, 4]),
  sllField('sll.hatype', 'Link-layer address type', [2, 2], [8, 2]),
  sllField('sll.pkttype', 'Packet type', [0, 2], [10, 1]),
  sllField('sll.halen', 'Link-layer address length', [4, 2], [11, 1]),
  layerField(SLL, 'sll.src.eth', 'mac', 'Source', (dissection, layer, into) => {
    const at = dissection.starts[layer]!;
    const view = viewOf(dissection, layer);
    const second = isSll2(dissection);
    const address = at + (second ? 12 : 6);
    if (address + 6 > dissection.payloads[layer]!) return;
    if ((second ? view.getUint8(at + 11) : view.getUint16(at + 4)) === 6) into.push(octetsAt(view, address, 6));
  }),
];
