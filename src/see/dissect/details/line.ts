/** The detail trees of what goes over lines: Cisco's HDLC, SLARP, and what ends of PPP agree on, of LCP and its kin without what they ask for. */
import { octalText, printableString } from '../../../core/printable.ts';
import { formatIpv4 } from '../../../wire/address.ts';
import * as hdlc from '../../../wire/hdlc.ts';
import * as control from '../../../wire/ppp-control.ts';
import { type Dissection, octetsOf } from '../dissection.ts';
import { chapCodeName, controlCodeName, papCodeName } from '../line-names.ts';
import { etherTypeName } from '../names.ts';
import { hexOf } from '../numbers.ts';
import { PROTOCOLS } from '../protocol.ts';
import { placeOf } from './cursor.ts';
import { hex, type Tree } from './tree.ts';

const ADDRESSES: ReadonlyMap<number, string> = new Map([
  [0x0f, 'Unicast'],
  [0x8f, 'Multicast'],
]);

/** The protocols that are known behind this header. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x0800, 'IP'],
  ...[0x86dd, 0x8847, 0x8848].map((type): [number, string] => [type, etherTypeName(type)]),
  [hdlc.SLARP, 'SLARP'],
]);

/** Cisco's HDLC. */
export function addHdlc(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at, end } = placeOf(dissection, layer);
  tree.add(0, 'Cisco HDLC');
  if (end - at < hdlc.HEADER) return;
  const address = hdlc.address(view, at);
  const protocol = hdlc.protocol(view, at);
  tree.add(1, `Address: ${ADDRESSES.get(address) ?? 'Unknown'} (${hex(address, 2)})`);
  tree.add(1, `Control: ${hex(hdlc.control(view, at), 2)}`);
  tree.add(1, `Protocol: ${NAMES.get(protocol) ?? 'Unknown'} (${hex(protocol, 4)})`);
}

/** SLARP. */
export function addSlarp(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at } = placeOf(dissection, layer);
  tree.add(0, 'Cisco SLARP');
  if (dissection.problems[layer] !== 0) return;
  const type = hdlc.slarpType(view, at);
  tree.add(1, `Packet type: ${['Request', 'Reply', 'Line keepalive'][type] ?? 'Unknown'} (${type})`);
  if (type === hdlc.KEEPALIVE) {
    tree.add(1, `Outgoing sequence number: ${hdlc.outgoing(view, at)}`);
    tree.add(1, `Returned sequence number: ${hdlc.returned(view, at)}`);
    tree.add(1, `Reliability: ${hex(hdlc.reliability(view, at), 4)}`);
  } else if (type < hdlc.KEEPALIVE) {
    tree.add(1, `Address: ${formatIpv4(hdlc.slarpAddress(view, at))}`);
    tree.add(1, `Netmask: ${formatIpv4(hdlc.slarpMask(view, at))}`);
  }
}

/** Adds a control protocol's title, and its header where it is whole. @returns its code */
function addHead(
  tree: Tree,
  dissection: Dissection,
  layer: number,
  nameOf: (code: number) => string,
  isIdentifierHex: boolean,
): number {
  const { view, at, end } = placeOf(dissection, layer);
  tree.add(0, PROTOCOLS[dissection.protocols[layer]!]!.title);
  if (end - at < control.HEADER) return -1;
  const code = control.code(view, at);
  const identifier = control.identifier(view, at);
  tree.add(1, `Code: ${nameOf(code)} (${code})`);
  tree.add(1, `Identifier: ${identifier}${isIdentifierHex ? ` (${hex(identifier, 2)})` : ''}`);
  tree.add(1, `Length: ${control.length(view, at)}`);
  return dissection.problems[layer] === 0 ? code : -1;
}

/** LCP or one of its kin. */
export function addPppControl(tree: Tree, dissection: Dissection, layer: number): void {
  addHead(tree, dissection, layer, (code) => controlCodeName(dissection.protocols[layer]!, code), true);
}

/** PAP. */
export function addPap(tree: Tree, dissection: Dissection, layer: number): void {
  const code = addHead(tree, dissection, layer, papCodeName, false);
  if (code < 1 || code > 3) return;
  const { view, at, end } = placeOf(dissection, layer);
  const [first, second, last] = control.papStrings(view, at, end);
  const add = (title: string, from: number, to: number): void => {
    tree.add(2, `${title}-Length: ${view.getUint8(from)}`);
    tree.add(2, `${title}: ${printableString(view, from + 1, to)}`);
  };
  tree.add(1, 'Data');
  if (code !== control.AUTHENTICATE) return add('Message', first, second);
  add('Peer-ID', first, second);
  add('Password', second, last);
}

/** CHAP. */
export function addChap(tree: Tree, dissection: Dissection, layer: number): void {
  const code = addHead(tree, dissection, layer, chapCodeName, false);
  const { view, at, end } = placeOf(dissection, layer);
  const body = at + control.HEADER;
  if (code < 1 || code > 4 || body >= end) return;
  if (code > control.RESPONSE) return tree.add(1, `Message: ${octalText(view, body, end)}`);
  const name = Math.min(end, body + 1 + view.getUint8(body));
  tree.add(1, 'Data');
  tree.add(2, `Value Size: ${view.getUint8(body)}`);
  tree.add(2, `Value: ${hexOf(octetsOf(view, body + 1, name))}`);
  tree.add(2, `Name: ${printableString(view, name, end)}`);
}
