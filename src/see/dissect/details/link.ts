/** The detail trees of link layers other than Ethernet: BSD loopback, Linux cooked capture, LLC, NFLOG, the pseudowire control word, and of the authentication header. */
import { printableString } from '../../../core/printable.ts';
import { formatMac } from '../../../wire/address.ts';
import * as extension from '../../../wire/ipv6-extension.ts';
import * as llc from '../../../wire/llc.ts';
import * as nflog from '../../../wire/nflog.ts';
import { type Dissection, octetsOf } from '../dissection.ts';
import { controlText } from '../info/link.ts';
import { isSll2, LOOPBACK_HEADER, loopbackFamily, SLL_HEADER, SLL2_HEADER } from '../layers/link.ts';
import { LEAST_ETHER_TYPE } from '../layers/payload.ts';
import {
  loopbackFamilyName,
  nflogItemName,
  organizationName,
  packetTypeName,
  sapName,
  sllHardwareName,
  sllProtocolName,
  snapProtocolName,
  supervisoryName,
  unnumberedName,
} from '../link-names.ts';
import { etherTypeName, ipProtocolName } from '../names.ts';
import { hexOf } from '../numbers.ts';
import { utcText } from '../time-text.ts';
import { placeOf } from './cursor.ts';
import { addTrailer } from './ethernet.ts';
import { bits, hex, type Tree } from './tree.ts';

/** LINKTYPE_NULL and LINKTYPE_LOOP: an address family, or what some writers put there, an EtherType. */
export function addLoopback(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at, end } = placeOf(dissection, layer);
  tree.add(0, 'Null/Loopback');
  if (end - at < LOOPBACK_HEADER) return;
  const family = loopbackFamily(view, at);
  const type = view.getUint16(at + 2);
  if (family > 0xff) tree.add(1, `Type: ${etherTypeName(type)} (${hex(type, 4)})`);
  else tree.add(1, `Family: ${loopbackFamilyName(family)} (${family})`);
}

const ADDRESS_ROOM = 8;

/** Linux cooked capture. */
export function addSll(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at, end } = placeOf(dissection, layer);
  const second = isSll2(dissection);
  tree.add(0, `Linux cooked capture v${second ? 2 : 1}`);
  if (end - at < (second ? SLL2_HEADER : SLL_HEADER)) return;
  const packetType = second ? view.getUint8(at + 10) : view.getUint16(at);
  const hardware = view.getUint16(second ? at + 8 : at + 2);
  const length = second ? view.getUint8(at + 11) : view.getUint16(at + 4);
  const protocol = view.getUint16(second ? at : at + 14);
  const name = protocol >= LEAST_ETHER_TYPE ? etherTypeName(protocol) : sllProtocolName(protocol);
  const protocolLine = `Protocol: ${name} (${hex(protocol, 4)})`;
  const typeLine = `Packet type: ${packetTypeName(packetType)} (${packetType})`;
  const hardwareLine = `Link-layer address type: ${sllHardwareName(hardware)} (${hardware})`;
  if (second) {
    tree.add(1, protocolLine);
    tree.add(1, `Interface index: ${view.getUint32(at + 4)}`);
    tree.add(1, hardwareLine);
    tree.add(1, typeLine);
  } else {
    tree.add(1, typeLine);
    tree.add(1, hardwareLine);
  }
  tree.add(1, `Link-layer address length: ${length}`);
  addSllAddress(tree, view, second ? at + 12 : at + 6, length);
  if (!second) tree.add(1, protocolLine);
  addTrailer(tree, dissection, layer);
}

/** The address, and what of its eight octets it does not fill. */
function addSllAddress(tree: Tree, view: DataView, at: number, length: number): void {
  const used = Math.min(length, ADDRESS_ROOM);
  if (used === 4) tree.add(1, `Source: ${[0, 1, 2, 3].map((i) => view.getUint8(at + i)).join('.')}`);
  else if (used === 6) tree.add(1, `Source: ${formatMac(view, at)}`);
  else if (used > 0) tree.add(1, `Source: ${hexOf(octetsOf(view, at, at + used))}`);
  if (used < ADDRESS_ROOM) tree.add(1, `Unused: ${hexOf(octetsOf(view, at + used, at + ADDRESS_ROOM))}`);
}

/** LLC and SNAP. */
export function addLlc(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at, end } = placeOf(dissection, layer);
  tree.add(0, 'Logical-Link Control');
  if (end - at < llc.HEADER) return;
  const destination = llc.destinationSap(view, at);
  const source = llc.sourceSap(view, at);
  const isResponse = (source & 1) !== 0;
  tree.add(1, `DSAP: ${sapName(destination)} (${hex(destination, 2)})`);
  tree.add(2, `${bits(destination, 0xfe, 8)} = SAP: ${sapName(destination & 0xfe)}`);
  tree.add(2, `${bits(destination, 0x01, 8)} = IG Bit: ${destination & 1 ? 'Group' : 'Individual'}`);
  tree.add(1, `SSAP: ${sapName(source)} (${hex(source, 2)})`);
  tree.add(2, `${bits(source, 0xfe, 8)} = SAP: ${sapName(source & 0xfe)}`);
  tree.add(2, `${bits(source, 0x01, 8)} = CR Bit: ${isResponse ? 'Response' : 'Command'}`);
  addControl(tree, view, at, end, isResponse);
  if (!llc.isSnap(view, at) || end - at < llc.HEADER + llc.SNAP) return;
  const organization = llc.organization(view, at);
  const name = organizationName(organization);
  // Wireshark cuts the longest name off, and its bracket with it.
  const shown = organization === 0 ? ' (Officially Xerox, but' : name === undefined ? '' : ` (${name})`;
  const colons = hexOf(octetsOf(view, at + 3, at + 6)).replace(/(..)(?=.)/g, '$1:');
  const protocol = llc.protocol(view, at);
  tree.add(1, `Organization Code: ${colons}${shown}`);
  if (organization === 0) tree.add(1, `Type: ${etherTypeName(protocol)} (${hex(protocol, 4)})`);
  else {
    const known = snapProtocolName(organization, protocol);
    tree.add(1, known === undefined ? `Protocol ID: ${hex(protocol, 4)}` : `PID: ${known} (${hex(protocol, 4)})`);
  }
}

/** The control field, in one octet for unnumbered frames and in two for the others. */
function addControl(tree: Tree, view: DataView, at: number, end: number, isResponse: boolean): void {
  const first = llc.control(view, at);
  const poll = isResponse ? 'Final' : 'Poll';
  if (llc.isUnnumbered(view, at)) {
    const [, long] = unnumberedName(first, isResponse);
    const isPolled = (first & 0x10) !== 0;
    tree.add(1, `Control field: ${controlText(view, at, end)} (${hex(first, 2)})`);
    const modifier = (first & 0xec) >>> 2;
    if (isPolled) tree.add(2, `${bits(first, 0x10, 8)} = ${poll}: Set`);
    tree.add(2, `${bits(first, 0xec, 8)} = ${isResponse ? 'Response' : 'Command'}: ${long} (${hex(modifier, 2)})`);
    tree.add(2, `${bits(first, 0x03, 8)} = Frame type: Unnumbered frame (0x3)`);
    return;
  }
  if (at + 4 > end) return;
  const word = view.getUint16(at + 2, true);
  const isPolled = (word & 0x100) !== 0;
  const received = word >>> 9;
  const isSupervisory = (first & 1) !== 0;
  const [, long] = supervisoryName(first);
  tree.add(1, `Control field: ${controlText(view, at, end)} (0x${word.toString(16).toUpperCase().padStart(4, '0')})`);
  tree.add(2, `${bits(word, 0xfe00, 16)} = N(R): ${received}`);
  if (isPolled) tree.add(2, `${bits(word, 0x100, 16)} = ${poll}: Set`);
  if (isSupervisory) {
    tree.add(2, `${bits(word, 0x000c, 16)} = Supervisory frame type: ${long} (${hex((word & 0xc) >>> 2, 1)})`);
    tree.add(2, `${bits(word, 0x0003, 16)} = Frame type: Supervisory frame (0x1)`);
  } else {
    tree.add(2, `${bits(word, 0x00fe, 16)} = N(S): ${(word >>> 1) & 0x7f}`);
    tree.add(2, `${bits(word, 0x0001, 16)} = Frame type: Information frame (0x0)`);
  }
}

/** NFLOG: its items, up to the packet. */
export function addNflog(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at, end } = placeOf(dissection, layer);
  tree.add(0, 'Linux Netfilter NFLOG');
  if (end - at >= 1) tree.add(1, `Family: ${nflogFamilyName(nflog.family(view, at))} (${nflog.family(view, at)})`);
  if (end - at >= 2) tree.add(1, `Version: ${nflog.version(view, at)}`);
  if (end - at < nflog.HEADER) return;
  tree.add(1, `Resource id: ${nflog.resource(view, at)}`);
  nflog.eachItem(view, at, end, (type, from, to) => {
    const length = to - from + nflog.ITEM;
    const name = nflogItemName(type);
    tree.add(1, `TLV Type: ${name} (${type}), Length: ${length}`);
    tree.add(2, `Length: ${length}`);
    tree.add(2, `${bits(type, 0x7fff, 16)} = Type: ${name} (${type})`);
    addItem(tree, view, type, from, to);
  });
}

const nflogFamilyName = (family: number): string =>
  family === nflog.FAMILY_IPV4 ? 'IPv4' : family === nflog.FAMILY_IPV6 ? 'IPv6' : 'Unknown';

const HOOKS: readonly string[] = ['Prerouting', 'Local in', 'Forward', 'Local out', 'Postrouting'];

/** What an item holds. */
function addItem(tree: Tree, view: DataView, type: number, from: number, to: number): void {
  const size = to - from;
  if (type === nflog.PAYLOAD) return;
  if (type === nflog.PACKET_HEADER && size === 4) {
    const protocol = view.getUint16(from);
    const hook = view.getUint8(from + 2);
    tree.add(2, `HW protocol: ${etherTypeName(protocol)} (${hex(protocol, 4)})`);
    tree.add(2, `Netfilter hook: ${HOOKS[hook] ?? 'Unknown'} (${hook})`);
  } else if (type === nflog.PREFIX) tree.add(2, `Prefix: ${printableString(view, from, to)}`);
  else if (type === nflog.TIMESTAMP && size === 16)
    tree.add(2, `Timestamp: ${utcText(view.getUint32(from + 4), 1000 * view.getUint32(from + 12))}`);
  else if (size === 4 && nflog.isInterface(type)) {
    tree.add(2, `${nflogItemName(type).replace('NFULA_', '')}: ${view.getUint32(from)}`);
  } else if (size === 4 && (type === nflog.USER || type === nflog.GROUP))
    tree.add(2, `${type === nflog.USER ? 'UID' : 'GID'}: ${view.getInt32(from)}`);
  else tree.addOctets(2, 'Value', view, from, to);
}

/** The control word of Ethernet over MPLS. */
export function addPseudowire(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at, end } = placeOf(dissection, layer);
  tree.add(0, 'PW Ethernet Control Word');
  if (end - at >= 4) tree.add(1, `Sequence Number: ${view.getUint16(at + 2)}`);
}

/** An authentication header: behind IPv4 a layer, behind IPv6 a part of its tree, `level` levels in. */
export function addAuthentication(tree: Tree, dissection: Dissection, layer: number, level: number): void {
  const { view, at, payload } = placeOf(dissection, layer);
  tree.add(level, 'Authentication Header');
  if (dissection.problems[layer] !== 0) return;
  const field = extension.lengthField(view, at);
  const next = extension.nextHeader(view, at);
  tree.add(level + 1, `Next header: ${ipProtocolName(next)} (${next})`);
  tree.add(level + 1, `Length: ${field} (${4 * (field + 2)} bytes)`);
  tree.add(level + 1, `Reserved: ${hexOf(octetsOf(view, at + 2, at + 4))}`);
  tree.add(level + 1, `AH SPI: ${hex(view.getUint32(at + 4), 8)}`);
  tree.add(level + 1, `AH Sequence: ${view.getUint32(at + 8)}`);
  if (payload > at + 12) tree.addOctets(level + 1, 'AH ICV', view, at + 12, payload);
}
