/** The detail trees of tags, labels and tunnels, but for PPPoE's (pppoe.ts). */
import * as geneve from '../../../wire/geneve.ts';
import * as gre from '../../../wire/gre.ts';
import * as mpls from '../../../wire/mpls.ts';
import * as ppp from '../../../wire/ppp.ts';
import * as vlan from '../../../wire/vlan.ts';
import * as vxlan from '../../../wire/vxlan.ts';
import { greChecksum } from '../checksums.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { etherTypeName, pppProtocolName, vlanPriorityName } from '../names.ts';
import { PROTOCOL, PROTOCOLS } from '../protocol.ts';
import { GRE_TYPES } from '../registries/gre-types.ts';
import { MPLS_LABELS } from '../registries/mpls-labels.ts';
import { addTrailer, typeOrLengthText } from './ethernet.ts';
import { addChecksum, addFlags, bits, type ChecksumStyle, type Flags, flagNames, hex, type Tree } from './tree.ts';

/** A whole layer's view and place; undefined, with the title alone in the tree, when the layer is broken. */
function whole(tree: Tree, dissection: Dissection, layer: number): { view: DataView; at: number } | undefined {
  if (dissection.problems[layer] === 0) return { view: viewOf(dissection, layer), at: dissection.starts[layer]! };
  tree.add(0, PROTOCOLS[dissection.protocols[layer]!]!.title);
  return undefined;
}

const yes = (is: boolean): string => (is ? 'Yes' : 'No');
const truth = (is: boolean): string => (is ? 'True' : 'False');

/** An IEEE 802.1Q tag. */
export function addVlan(tree: Tree, dissection: Dissection, layer: number): void {
  const there = whole(tree, dissection, layer);
  if (there === undefined) return;
  const { view, at } = there;
  const word = view.getUint16(at);
  const priority = vlan.priority(view, at);
  const isDroppable = vlan.dropEligible(view, at);
  tree.add(0, `802.1Q Virtual LAN, PRI: ${priority}, DEI: ${Number(isDroppable)}, ID: ${vlan.identifier(view, at)}`);
  tree.add(1, `${bits(word, 0xe000, 16)} = Priority: ${vlanPriorityName(priority)} (${priority})`);
  tree.add(1, `${bits(word, 0x1000, 16)} = DEI: ${isDroppable ? 'Eligible' : 'Ineligible'}`);
  tree.add(1, `${bits(word, 0x0fff, 16)} = ID: ${vlan.identifier(view, at)}`);
  tree.add(1, typeOrLengthText(vlan.type(view, at)));
  addTrailer(tree, dissection, layer);
}

/** An IEEE 802.1ad tag, or two. */
export function addServiceVlan(tree: Tree, dissection: Dissection, layer: number): void {
  const there = whole(tree, dissection, layer);
  if (there === undefined) return;
  const { view, at } = there;
  const second = vlan.isDouble(view, at) ? at + vlan.HEADER : undefined;
  const [first, last] = [vlan.identifier(view, at), vlan.identifier(view, second ?? at)];
  tree.add(0, `IEEE 802.1ad, ${second === undefined ? `ID: ${first}` : `S-VID: ${first}, C-VID: ${last}`}`);
  for (const tag of second === undefined ? [at] : [at, second]) {
    const word = view.getUint16(tag);
    tree.add(1, `${bits(word, 0xe000, 16)} = Priority: ${vlan.priority(view, tag)}`);
    tree.add(1, `${bits(word, 0x1000, 16)} = DEI: ${Number(vlan.dropEligible(view, tag))}`);
    tree.add(1, `${bits(word, 0x0fff, 16)} = ID: ${vlan.identifier(view, tag)}`);
  }
  const type = vlan.serviceType(view, at);
  tree.add(1, `Type: ${etherTypeName(type)} (${hex(type, 4)})`);
  addTrailer(tree, dissection, layer);
}

/** PPP. */
export function addPpp(tree: Tree, dissection: Dissection, layer: number): void {
  const there = whole(tree, dissection, layer);
  if (there === undefined) return;
  const { view, at } = there;
  tree.add(0, 'Point-to-Point Protocol');
  if (dissection.payloads[layer] === at) return;
  const framing = ppp.framing(view, at, dissection.payloads[layer]!);
  if (framing > 0) {
    tree.add(1, `Address: ${hex(view.getUint8(at), 2)}`);
    tree.add(1, `Control: ${hex(view.getUint8(at + 1), 2)}`);
  }
  const protocol = ppp.protocol(view, at + framing);
  tree.add(1, `Protocol: ${pppProtocolName(protocol)} (${hex(protocol, 4)})`);
}

/** Labels below this have a meaning of their own, or none yet (RFC 3032 §2.1). */
const FIRST_FREE_LABEL = 16;

/** What a label is called in the title, and in its line. */
function labelTexts(label: number): readonly [title: string, line: string] {
  const name = MPLS_LABELS[label];
  if (name !== undefined) return [`${label} (${name})`, `${name} (${label})`];
  return label < FIRST_FREE_LABEL
    ? [`${label} (Reserved - Unknown)`, `Unknown (${label})`]
    : [String(label), `${label} (0x${label.toString(16).padStart(5, '0')})`];
}

/** A stack of labels, a tree each; of one that was cut those that are there. */
export function addMpls(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const from = dissection.starts[layer]!;
  const end = dissection.payloads[layer]!;
  if (end - from < mpls.ENTRY) return tree.add(0, PROTOCOLS[PROTOCOL.MPLS]!.title);
  for (let at = from; at + mpls.ENTRY <= end; at += mpls.ENTRY) {
    const word = view.getUint32(at);
    const [title, line] = labelTexts(mpls.label(view, at));
    const exp = mpls.trafficClass(view, at);
    const bottom = Number(mpls.isBottom(view, at));
    const ttl = mpls.timeToLive(view, at);
    tree.add(0, `MultiProtocol Label Switching Header, Label: ${title}, Exp: ${exp}, S: ${bottom}, TTL: ${ttl}`);
    tree.add(1, `${bits(word, 0xffff_f000, 32)} = MPLS Label: ${line}`);
    tree.add(1, `${bits(word, 0xe00, 32)} = MPLS Experimental Bits: ${exp}`);
    tree.add(1, `${bits(word, 0x100, 32)} = MPLS Bottom Of Label Stack: ${bottom}`);
    tree.add(1, `${bits(word, 0xff, 32)} = MPLS TTL: ${ttl}`);
  }
}

const GRE_CHECKSUM: ChecksumStyle = {
  name: 'Checksum',
  status: 'Checksum Status',
  unverified: '[unverified]',
  bad: '',
  calculated: 'no',
};

/** GRE; of a header that was cut the first four octets, which say what is missing. */
export function addGre(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (dissection.ends[layer]! - at < gre.HEADER) return tree.add(0, PROTOCOLS[PROTOCOL.GRE]!.title);
  const flags = gre.flags(view, at);
  const protocol = gre.protocol(view, at);
  const version = gre.version(view, at);
  const name = GRE_TYPES[protocol];
  const code = protocol.toString(16).toUpperCase().padStart(4, '0');
  tree.add(0, `Generic Routing Encapsulation (${name ?? `0x${code} - unknown`})`);
  tree.add(1, `Flags and Version: ${hex(flags, 4)}`);
  const flag = (mask: number, what: string): void =>
    tree.add(2, `${bits(flags, mask, 16)} = ${what}: ${yes((flags & mask) !== 0)}`);
  flag(gre.CHECKSUM, 'Checksum Bit');
  flag(gre.ROUTING, 'Routing Bit');
  flag(gre.KEY, 'Key Bit');
  flag(gre.SEQUENCE, 'Sequence Number Bit');
  flag(0x0800, 'Strict Source Route Bit');
  tree.add(2, `${bits(flags, 0x0700, 16)} = Recursion control: ${(flags >>> 8) & 7}`);
  if (version === 1) {
    flag(gre.ACKNOWLEDGMENT, 'Acknowledgment');
    tree.add(2, `${bits(flags, 0x0078, 16)} = Flags (Reserved): ${(flags >>> 3) & 15}`);
  } else tree.add(2, `${bits(flags, 0x00f8, 16)} = Flags (Reserved): ${(flags >>> 3) & 31}`);
  const versionName = version === 0 ? 'GRE' : version === 1 ? 'Enhanced GRE' : 'Unknown';
  tree.add(2, `${bits(flags, 0x0007, 16)} = Version: ${versionName} (${version})`);
  tree.add(1, `Protocol Type: ${name ?? 'Unknown'} (${hex(protocol, 4)})`);
  if (dissection.problems[layer] === 0) addGreOptions(tree, dissection, layer);
}

/** What the flags say is there. */
function addGreOptions(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const flags = gre.flags(view, at);
  const isEnhanced = gre.version(view, at) === 1;
  if (flags & (gre.CHECKSUM | gre.ROUTING)) {
    const checksum = gre.checksumAt(at);
    const right = flags & gre.CHECKSUM ? greChecksum(dissection, layer) : -1;
    addChecksum(tree, view.getUint16(checksum), right, GRE_CHECKSUM);
    tree.add(1, `Offset: ${view.getUint16(checksum + 2)}`);
  }
  if (flags & gre.KEY) {
    const key = gre.keyAt(view, at);
    if (isEnhanced) {
      tree.add(1, `Payload Length: ${view.getUint16(key)}`);
      tree.add(1, `Call ID: ${view.getUint16(key + 2)}`);
    } else tree.add(1, `Key: ${hex(view.getUint32(key), 8)}`);
  }
  if (flags & gre.SEQUENCE) tree.add(1, `Sequence Number: ${view.getUint32(gre.sequenceAt(view, at))}`);
  if (isEnhanced && flags & gre.ACKNOWLEDGMENT)
    tree.add(1, `Acknowledgment Number: ${view.getUint32(gre.acknowledgmentAt(view, at))}`);
}

const VXLAN_FLAGS: Flags = [
  [0x8000, 'GBP Extension'],
  [0x0800, 'VXLAN Network ID (VNI)'],
  [0x0040, "Don't Learn"],
  [0x0008, 'Policy Applied'],
];

/** VXLAN. */
export function addVxlan(tree: Tree, dissection: Dissection, layer: number): void {
  const there = whole(tree, dissection, layer);
  if (there === undefined) return;
  const { view, at } = there;
  const flags = vxlan.flags(view, at);
  tree.add(0, 'Virtual eXtensible Local Area Network');
  tree.add(1, `Flags: ${hex(flags, 4)}${flagNames(flags, VXLAN_FLAGS)}`);
  tree.add(2, `${bits(flags, 0x8000, 16)} = GBP Extension: ${flags & 0x8000 ? 'Defined' : 'Not defined'}`);
  addFlags(tree, 2, flags, 16, VXLAN_FLAGS.slice(1), truth);
  tree.add(2, `${bits(flags, 0x77b7, 16)} = Reserved(R): ${hex(flags & 0x77b7, 4)}`);
  tree.add(1, `Group Policy ID: ${vxlan.groupPolicy(view, at)}`);
  tree.add(1, `VXLAN Network Identifier (VNI): ${vxlan.network(view, at)}`);
  tree.add(1, `Reserved: ${view.getUint8(at + 7)}`);
}

/** Who gave options out: one that is in none of the ranges is nobody's here (IANA, "Geneve Option Class"). */
const OPTION_CLASSES: readonly (readonly [from: number, to: number, name: string])[] = [
  [0x0000, 0x00ff, 'Standard'],
  [0x0100, 0x0100, 'Linux'],
  [0x0101, 0x0101, 'Open vSwitch'],
  [0x0102, 0x0102, 'Open Virtual Networking (OVN)'],
  [0x0103, 0x0103, 'In-band Network Telemetry (INT)'],
  [0x0104, 0x0104, 'VMware'],
  [0x0105, 0x0105, 'Amazon.com, Inc.'],
  [0x0106, 0x0106, 'Cisco Systems, Inc.'],
  [0x0107, 0x0107, 'Oracle Corporation'],
  [0x0108, 0x0110, 'Amazon.com, Inc.'],
  [0x0111, 0x0118, 'IBM'],
  [0x0119, 0x0128, 'Ericsson'],
  [0x0129, 0x0129, 'Oxide Computer Company'],
  [0x0130, 0x0131, 'Cisco Systems, Inc.'],
  [0x0132, 0x0135, 'Google LLC'],
  [0x0136, 0x0136, 'InfoQuick Global Connection Tech Ltd.'],
  [0x0137, 0xfeff, 'Unassigned'],
  [0xffff, 0xffff, 'Experimental'],
];

/** An option; what its data mean nobody here knows. */
function addGeneveOption(tree: Tree, view: DataView, at: number, to: number): void {
  const number = geneve.optionClass(view, at);
  const name = OPTION_CLASSES.find(([from, last]) => number >= from && number <= last)?.[2] ?? 'Unknown';
  const type = `${hex(geneve.optionType(view, at), 2)} (${geneve.isCritical(view, at) ? 'Critical' : 'Non-critical'})`;
  const data = at + geneve.OPTION;
  tree.add(2, `Unknown, Class: ${name} (${hex(number, 4)}) Type: ${type}`);
  tree.add(3, `Class: ${name} (${hex(number, 4)})`);
  tree.add(3, `Type: ${type}`);
  tree.add(3, `Length: ${to - at} bytes`);
  if (data < to) tree.addOctets(3, 'Unknown Option Data', view, data, to);
  else tree.add(3, 'Unknown Option Data: <MISSING>');
}

const GENEVE_FLAGS: Flags = [
  [0x80, 'Operations, Administration and Management Frame'],
  [0x40, 'Critical Options Present'],
  [0x3f, 'Reserved'],
];

/** Geneve. */
export function addGeneve(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (dissection.ends[layer]! - at < geneve.HEADER) return tree.add(0, PROTOCOLS[PROTOCOL.GENEVE]!.title);
  const flags = geneve.flags(view, at);
  const options = geneve.optionsLength(view, at);
  const network = geneve.network(view, at);
  const protocol = geneve.protocol(view, at);
  const mark = flags & 0x80 ? ', OAM' : '';
  tree.add(0, `Generic Network Virtualization Encapsulation, VNI: ${hex(network, 6)}${mark}`);
  tree.add(1, `Version: ${geneve.version(view, at)}`);
  if (geneve.version(view, at) !== 0) tree.add(1, `Unknown version ${geneve.version(view, at)}`);
  tree.add(1, `Length: ${options} bytes`);
  tree.add(1, `Flags: ${hex(flags, 2)}${flagNames(flags, GENEVE_FLAGS)}`);
  addFlags(tree, 2, flags, 8, GENEVE_FLAGS, truth);
  tree.add(1, `Protocol Type: ${etherTypeName(protocol)} (${hex(protocol, 4)})`);
  tree.add(1, `Virtual Network Identifier (VNI): ${hex(network, 6)} (${network})`);
  if (options === 0 || dissection.problems[layer] !== 0) return;
  tree.add(1, `Options: (${options} bytes)`);
  geneve.eachOption(view, at, dissection.payloads[layer]!, (option, to) => addGeneveOption(tree, view, option, to));
}
