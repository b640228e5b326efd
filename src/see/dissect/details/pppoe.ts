/** The detail tree of PPPoE. Read first: RFC 2516 §4-5 and appendix A. */
import { printableOctets } from '../../../core/printable.ts';
import * as ppp from '../../../wire/ppp.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { CREDIT_SCALE, OCTET_TAGS, PPPOE_CODES, SEQUENCE_NUMBER, TEXT_TAGS, VENDOR } from '../pppoe-names.ts';
import { PROTOCOL } from '../protocol.ts';
import { bits, hex, type Tree } from './tree.ts';

/** Octets that may follow since Ethernet has none shorter. */
const LEAST_PAYLOAD = 40;

/** PPPoE, of either stage. */
export function addPppoe(tree: Tree, dissection: Dissection, layer: number): void {
  const isSession = dissection.protocols[layer] === PROTOCOL.PPPOE_SESSION;
  tree.add(0, `PPP-over-Ethernet ${isSession ? 'Session' : 'Discovery'}`);
  if (dissection.problems[layer] !== 0) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const first = view.getUint8(at);
  const code = ppp.code(view, at);
  const length = ppp.payloadLength(view, at);
  const there = dissection.wireEnds[layer - 1]! - at - ppp.OVER_ETHERNET_HEADER;
  tree.add(1, `${bits(first, 0xf0, 8)} = Version: ${ppp.version(view, at)}`);
  tree.add(1, `${bits(first, 0x0f, 8)} = Type: ${ppp.type(view, at)}`);
  tree.add(1, `Code: ${PPPOE_CODES[code] ?? 'Unknown'} (${hex(code, 2)})`);
  tree.add(1, `Session ID: ${hex(ppp.session(view, at), 4)}`);
  const note = length < there && there > LEAST_PAYLOAD ? ` [incorrect, should be ${there}]` : '';
  tree.add(1, `Payload Length: ${length}${note}`);
  if (!isSession) addTags(tree, view, at, dissection.ends[layer]!);
}

/** The tags of discovery; empty ones have no line. */
function addTags(tree: Tree, view: DataView, at: number, end: number): void {
  const from = at + ppp.OVER_ETHERNET_HEADER;
  const last = Math.min(from + ppp.payloadLength(view, at), end);
  if (from >= last) return;
  tree.add(1, 'PPPoE Tags');
  ppp.eachTag(view, from, last, (type, data, to) => {
    if (to === data) return;
    if (TEXT_TAGS[type] !== undefined) tree.add(2, `${TEXT_TAGS[type]}: ${printableOctets(view, data, to)}`);
    else if (OCTET_TAGS[type] !== undefined) tree.addOctets(2, OCTET_TAGS[type]!, view, data, to);
    else if (type === SEQUENCE_NUMBER && to - data === 2)
      tree.add(2, `Sequence Number: ${hex(view.getUint16(data), 4)}`);
    else if (type === CREDIT_SCALE && to - data === 2) tree.add(2, `Credit Scale Factor: ${view.getUint16(data)}`);
    else if (type === VENDOR && to - data >= 4) addVendor(tree, view, data, to);
  });
}

/** The vendor whose tags access lines have (the Broadband Forum's TR-101 §3.9.2), and those that are text. */
const BROADBAND_FORUM = 3561;
const LINE_TAGS: Readonly<Record<number, string>> = { 1: 'Circuit ID', 2: 'Remote ID' };

function addVendor(tree: Tree, view: DataView, from: number, to: number): void {
  const vendor = view.getUint32(from);
  tree.add(2, `Vendor id: ${vendor}`);
  if (vendor !== BROADBAND_FORUM) return;
  tree.add(2, 'Vendor Specific PPPoE Tags');
  for (let at = from + 4; at + 2 <= to; ) {
    const end = at + 2 + view.getUint8(at + 1);
    const name = LINE_TAGS[view.getUint8(at)];
    if (end > to) return;
    if (name !== undefined) tree.add(3, `${name}: ${printableOctets(view, at + 2, end)}`);
    at = end;
  }
}
