/** The detail trees of IPv6's options and routing headers. Read first: RFC 8200 §4.2-4.4; RFC 2711; RFC 2675; RFC 6275 §6.3-6.4; RFC 8754 §2. */
import { formatIpv6 } from '../../../wire/address.ts';
import * as extension from '../../../wire/ipv6-extension.ts';
import { octetsOf } from '../dissection.ts';
import { hexOf } from '../numbers.ts';
import { bits, hex, shortHex, type Tree } from './tree.ts';

const NAMES: Readonly<Record<number, string>> = {
  0: 'Pad1',
  1: 'PadN',
  4: 'Tunnel Encapsulation Limit',
  5: 'Router Alert',
  194: 'Jumbo Payload',
  201: 'Home Address',
};

const PAD1 = 0x00;
const PADN = 0x01;
const ENCAPSULATION_LIMIT = 0x04;
const ROUTER_ALERT = 0x05;
const JUMBO = 0xc2;
const HOME_ADDRESS = 0xc9;

const ACTIONS: readonly string[] = [
  'Skip and continue',
  'Discard',
  'Discard and send ICMP Parameter Problem',
  'Discard and send ICMP if not multicast',
];

const ALERTS: Readonly<Record<number, string>> = { 0: 'MLD', 1: 'RSVP', 2: 'Active Network' };

/** The options of a hop-by-hop or destination header `[at, end)`. */
export function addIpv6Options(tree: Tree, view: DataView, at: number, end: number): void {
  for (let i = at + 2; i < end; ) {
    const type = view.getUint8(i);
    const name = NAMES[type];
    tree.add(2, name ?? `Unknown IPv6 Option (${type})`);
    tree.add(3, `Type: ${name ?? 'Unknown'} (${hex(type, 2)})`);
    if (type === PAD1) {
      tree.add(3, 'Pad1');
      i++;
      continue;
    }
    tree.add(4, `${bits(type, 0xc0, 8)} = Action: ${ACTIONS[type >>> 6]} (${type >>> 6})`);
    tree.add(4, `${bits(type, 0x20, 8)} = May Change: ${type & 0x20 ? 'Yes' : 'No'}`);
    tree.add(4, `${bits(type, 0x1f, 8)} = Low-Order Bits: ${hex(type & 0x1f, 2)}`);
    if (i + 2 > end) return;
    const length = view.getUint8(i + 1);
    tree.add(3, `Length: ${length}`);
    if (i + 2 + length > end) return;
    addValue(tree, view, type, i + 2, length);
    i += 2 + length;
  }
}

function addValue(tree: Tree, view: DataView, type: number, at: number, length: number): void {
  const bytes = octetsOf(view, at, at + length);
  if (type === PADN) tree.add(3, `PadN: ${length === 0 ? '<none>' : shortHex(bytes)}`);
  else if (type === ROUTER_ALERT && length === 2) {
    const value = view.getUint16(at);
    tree.add(3, `Router Alert: ${ALERTS[value] ?? 'Unknown'} (${value})`);
  } else if (type === JUMBO && length === 4) tree.add(3, `Payload Length: ${view.getUint32(at)}`);
  else if (type === ENCAPSULATION_LIMIT && length === 1)
    tree.add(3, `Tunnel Encapsulation Limit: ${view.getUint8(at)}`);
  else if (type === HOME_ADDRESS && length === 16) tree.add(3, `MIPv6 Home Address: ${formatIpv6(view, at)}`);
  else tree.add(3, `Unknown Option Payload: ${length === 0 ? '<MISSING>' : shortHex(bytes)}`);
}

const ROUTING: Readonly<Record<number, string>> = {
  0: 'Source Route',
  1: 'Nimrod',
  2: 'Type 2 Routing',
  3: 'RPL Source Route',
  4: 'Segment Routing',
  253: 'Experiment 1',
  254: 'Experiment 2',
};
const SEGMENTS = 4;

/** ` (Source Route)`: what the title of a routing header says of its type. */
export const routingTitle = (view: DataView, at: number): string =>
  ` (${ROUTING[extension.routingType(view, at)] ?? 'Unknown'})`;

/** A routing header that ends at `end`, behind its length. */
export function addRouting(tree: Tree, view: DataView, at: number, end: number): void {
  const type = extension.routingType(view, at);
  tree.add(2, `Type: ${ROUTING[type] ?? 'Unknown'} (${type})`);
  tree.add(2, `Segments Left: ${extension.segmentsLeft(view, at)}`);
  if (type === 0 || type === 2) tree.add(2, `Reserved: ${hexOf(octetsOf(view, at + 4, at + 8))}`);
  else if (type === SEGMENTS) {
    tree.add(2, `Last Entry: ${view.getUint8(at + 4)}`);
    tree.add(2, `Flags: ${hex(view.getUint8(at + 5), 2)}`);
    tree.add(2, `Tag: ${hexOf(octetsOf(view, at + 6, at + 8))}`);
  } else {
    if (type > SEGMENTS || type === 1) tree.addOctets(2, 'Type-Specific Data', view, at + 4, end);
    return;
  }
  const first = type === SEGMENTS ? 0 : 1;
  for (let i = 0; at + 8 + 16 * (i + 1) <= end; i++)
    tree.add(2, `Address[${i + first}]: ${formatIpv6(view, at + 8 + 16 * i)}`);
}
