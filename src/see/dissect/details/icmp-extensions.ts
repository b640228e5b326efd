/** The detail tree of the extensions of ICMP and ICMPv6. Read first: RFC 4884 §7-8; RFC 4950 §3; RFC 5837 §4; RFC 8335 §2.1. */
import { printableOctets } from '../../../core/printable.ts';
import { formatIpv4, formatIpv6 } from '../../../wire/address.ts';
import { finish, sum } from '../../../wire/checksum.ts';
import * as extensions from '../../../wire/icmp-extensions.ts';
import * as mpls from '../../../wire/mpls.ts';
import { type Dissection, octetsOf, viewOf } from '../dissection.ts';
import { extensionsAt } from '../icmp-extension-place.ts';
import { hexOf } from '../numbers.ts';
import { addChecksum, bits, type ChecksumStyle, hex, set, type Tree } from './tree.ts';

const CHECKSUM: ChecksumStyle = {
  name: 'Checksum',
  status: 'Checksum Status',
  unverified: '',
  bad: '',
  calculated: 'no',
};

/** Levels of an object and of the lines under it. */
const OBJECT = 2;
const LINE = 3;

/** The extensions of a layer, when it has some: they hang under the message, behind what it quotes. */
export function addIcmpExtensions(tree: Tree, dissection: Dissection, layer: number): void {
  const at = extensionsAt(dissection, layer);
  if (at < 0) return;
  const view = viewOf(dissection, layer);
  const end = dissection.ends[layer]!;
  if (end - at < extensions.HEADER) return tree.add(1, 'ICMP Multi-Part Extensions');
  const version = extensions.version(view, at);
  const isKnown = extensions.isKnownVersion(version);
  tree.add(1, `ICMP Multi-Part Extensions${isKnown ? '' : ' (unsupported version)'}`);
  tree.add(2, `Version: ${version}`);
  tree.add(2, `${bits(extensions.reserved(view, at), 0xfff, 16)} = Reserved: ${hex(extensions.reserved(view, at), 3)}`);
  addSum(tree, view, at, end);
  if (!isKnown) return;
  const stop = extensions.eachObject(view, at, end, (from, to) => addObject(tree, view, from, to));
  if (stop === end) return;
  tree.add(OBJECT, 'Object with bad length');
  tree.add(LINE, `Length: ${extensions.objectLength(view, stop)}`);
  tree.add(LINE, `Class: ${className(extensions.objectClass(view, stop))}`);
}

function addSum(tree: Tree, view: DataView, at: number, end: number): void {
  const checksum = extensions.checksum(view, at);
  if (checksum === 0) {
    tree.add(2, '[Checksum: [missing]]');
    tree.add(2, '[Checksum Status: Not present]');
    return;
  }
  tree.indent++;
  addChecksum(
    tree,
    checksum,
    finish(sum(view, at + extensions.HEADER, end - at - extensions.HEADER, view.getUint16(at))),
    CHECKSUM,
  );
  tree.indent--;
}

/** Names of the classes, and of an object of each. */
const CLASSES: Readonly<Record<number, readonly [name: string, object: string]>> = {
  [extensions.LABELS]: ['MPLS Label Stack Class', 'MPLS Stack Entry'],
  [extensions.INTERFACE]: ['Interface Information Object', 'Interface Information Object'],
  [extensions.IDENTIFICATION]: ['Interface Identification Object', 'Interface Identification Object'],
};

const className = (number: number): string => `${CLASSES[number]?.[0] ?? 'Unknown'} (${number})`;

function addObject(tree: Tree, view: DataView, from: number, to: number): void {
  const number = extensions.objectClass(view, from);
  const type = extensions.objectType(view, from);
  const data = from + extensions.OBJECT;
  const isLabels = number === extensions.LABELS && type === 1;
  const isKnown = isLabels || number === extensions.INTERFACE || number === extensions.IDENTIFICATION;
  const line = tree.lines.length;
  tree.add(OBJECT, isKnown ? CLASSES[number]![1] : `Unknown object (${number}/${type})`);
  tree.add(LINE, `Length: ${extensions.objectLength(view, from)}`);
  tree.add(LINE, `Class: ${className(number)}`);
  let read = data;
  if (isLabels) {
    tree.add(LINE, `C-Type: ${type}`);
    read = addLabels(tree, view, data, to);
    if (read < to) tree.addOctets(LINE, 'Data', view, read, to);
  } else if (number === extensions.INTERFACE) addInterface(tree, view, type, data, to);
  else if (number === extensions.IDENTIFICATION) addIdentification(tree, view, type, data, to);
  else {
    if (number === extensions.LABELS) tree.add(LINE, `C-Type: ${type}`);
    tree.add(LINE, `C-Type: ${type}`);
    if (data < to) tree.addOctets(LINE, 'Data', view, data, to);
  }
  if (from + extensions.objectLength(view, from) > to) tree.lines[line] += ' (truncated)';
}

/** @returns where the last label ends */
function addLabels(tree: Tree, view: DataView, from: number, to: number): number {
  let at = from;
  for (; at + extensions.LABEL <= to; at += extensions.LABEL) {
    const word = view.getUint32(at) >>> 8;
    const [label, exp, bottom, ttl] = [
      mpls.label(view, at),
      mpls.trafficClass(view, at),
      mpls.isBottom(view, at),
      mpls.timeToLive(view, at),
    ];
    tree.add(LINE, `Label: ${label}, Exp: ${exp}, S: ${Number(bottom)}, TTL: ${ttl}`);
    tree.add(LINE + 1, `${bits(word, 0xff_fff0, 24)} = Label: ${label}`);
    tree.add(LINE + 1, `${bits(word, 0x00_000e, 24)} = Experimental: ${exp}`);
    tree.add(LINE + 1, `${bits(word, 0x00_0001, 24)} = Stack bit: ${set(bottom)}`);
    tree.add(LINE + 1, `Time to live: ${ttl}`);
  }
  return at;
}

const ROLES: readonly string[] = [
  'IP interface upon which datagram arrived',
  'sub-IP component of an IP interface upon which datagram arrived',
  'IP interface through which datagram would be forwarded',
  'IP next-hop to which datagram would be forwarded',
];

/** What an object of an interface may hold, in the order that it does. */
const HAS_INDEX = 8;
const HAS_ADDRESS = 4;
const HAS_NAME = 2;
const HAS_MTU = 1;
const PARTS: readonly (readonly [mask: number, name: string, yes: string, no: string])[] = [
  [HAS_INDEX, 'ifIndex', 'True', 'False'],
  [HAS_ADDRESS, 'IP Address', 'Present', 'Not Present'],
  [HAS_NAME, 'Interface Name', 'Present', 'Not Present'],
  [HAS_MTU, 'MTU', 'Present', 'Not Present'],
];

/** Octets that a name may have, its length included. */
const LONGEST_NAME = 64;

/** Families of addresses (IANA), and octets of an address in each. */
const ADDRESS_OCTETS: Readonly<Record<number, number>> = { 1: 4, 2: 16 };

const addressText = (view: DataView, at: number, size: number): string =>
  size === 4 ? formatIpv4(view.getInt32(at)) : formatIpv6(view, at);

function addInterface(tree: Tree, view: DataView, type: number, from: number, to: number): void {
  const role = ROLES[type >>> 6]!;
  const names = PARTS.filter(([mask]) => type & mask).map(([, name]) => `, ${name}`);
  tree.add(LINE, `C-Type: ${type}, Interface Role: ${role}${names.join('')}`);
  tree.add(LINE + 1, `${bits(type, 0xc0, 8)} = Interface Role: ${role} (${type >>> 6})`);
  tree.add(LINE + 1, `${bits(type, 0x30, 8)} = Reserved: ${(type >>> 4) & 3}`);
  for (const [mask, name, yes, no] of PARTS)
    tree.add(LINE + 1, `${bits(type, mask, 8)} = ${name}: ${type & mask ? yes : no}`);
  let at = from;
  if (type & HAS_INDEX && at + 4 <= to) {
    tree.add(LINE, `Interface Index: ${view.getUint32(at)}`);
    at += 4;
  }
  if (type & HAS_ADDRESS) {
    const family = at + 4 <= to ? view.getUint16(at) : 0;
    const size = ADDRESS_OCTETS[family];
    if (size === undefined || at + 4 + size > to) return;
    tree.add(LINE, 'IP Address Sub-Object');
    tree.add(LINE + 1, `Address Family Identifier: ${family}`);
    tree.add(LINE + 1, `Reserved: ${hexOf(octetsOf(view, at + 2, at + 4))}`);
    tree.add(LINE + 1, `Source: ${addressText(view, at + 4, size)}`);
    at += 4 + size;
  }
  if (type & HAS_NAME && at < to) {
    const length = view.getUint8(at);
    tree.add(LINE, 'Interface Name Sub-Object');
    tree.add(LINE + 1, `Name Length: ${length}`);
    if (length === 0 || length > LONGEST_NAME || at + length > to) return;
    tree.add(LINE + 1, `Name: ${printableOctets(view, at + 1, nameEnd(view, at + 1, at + length))}`);
    at += length;
  }
  if (type & HAS_MTU && at + 4 <= to) tree.add(LINE, `Maximum Transmission Unit: ${view.getUint32(at)}`);
}

/** Names are filled up with octets of zero. */
function nameEnd(view: DataView, from: number, to: number): number {
  let end = from;
  while (end < to && view.getUint8(end) !== 0) end++;
  return end;
}

const BY_NAME = 1;
const BY_INDEX = 2;
const BY_ADDRESS = 3;
const WAYS: Readonly<Record<number, string>> = {
  [BY_NAME]: 'Identifies Interface By Name',
  [BY_INDEX]: 'Identifies Interface By Index',
  [BY_ADDRESS]: 'Identifies Interface By Address',
};
const FAMILIES: Readonly<Record<number, string>> = { 1: 'IPv4', 2: 'IPv6' };

function addIdentification(tree: Tree, view: DataView, type: number, from: number, to: number): void {
  tree.add(LINE, `C-Type: ${type} (${WAYS[type] ?? `Unknown C-Type ${type}`})`);
  if (type === BY_NAME) tree.add(LINE, `Name: ${printableOctets(view, from, nameEnd(view, from, to))}`);
  else if (type === BY_INDEX && from + 4 <= to) tree.add(LINE, `Interface Index: ${view.getUint32(from)}`);
  else if (type === BY_ADDRESS && from + 4 <= to) {
    const family = view.getUint16(from);
    const size = ADDRESS_OCTETS[family];
    tree.add(LINE, `Address Family Identifier: ${FAMILIES[family] ?? 'Unknown'} (${family})`);
    tree.add(LINE, `Address Length: ${view.getUint8(from + 2)}`);
    tree.add(LINE, `Reserved: ${hexOf(octetsOf(view, from + 3, from + 4))}`);
    const address = from + 4;
    if (size !== undefined && address + size <= to) tree.add(LINE, `Address: ${addressText(view, address, size)}`);
    else if (address < to) tree.addOctets(LINE, 'Address', view, address, to);
  }
}
