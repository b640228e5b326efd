/** The detail trees of neighbor discovery's options and of listener discovery. Read first: RFC 4861 §4.6; RFC 8106 §5; RFC 4191 §2.3; RFC 2710 §3; RFC 3810 §5. */
import { formatIpv6, formatMac } from '../../../wire/address.ts';
import * as dns from '../../../wire/dns.ts';
import * as listener from '../../../wire/multicast-listener.ts';
import { type Dissection, has, octetsOf, viewOf } from '../dissection.ts';
import { eachNeighborOption, SOURCE_LINK_ADDRESS, TARGET_LINK_ADDRESS } from '../fields/icmpv6.ts';
import { hexOf } from '../numbers.ts';
import { addFlags, bits, type Flags, flagNames, hex, set, type Tree } from './tree.ts';

const NAMES: Readonly<Record<number, string>> = {
  [SOURCE_LINK_ADDRESS]: 'Source link-layer address',
  [TARGET_LINK_ADDRESS]: 'Target link-layer address',
  3: 'Prefix information',
  4: 'Redirected header',
  5: 'MTU',
  14: 'Nonce',
  24: 'Route Information',
  25: 'Recursive DNS Server',
  31: 'DNS Search List Option',
};

const PREFIX = 3;
const REDIRECTED_HEADER = 4;
const MTU = 5;
const NONCE = 14;
const ROUTE = 24;
const NAME_SERVERS = 25;
const SEARCH_LIST = 31;

const PREFERENCES = ['Medium', 'High', 'Reserved', 'Low'] as const;

/** A default router's preference (RFC 4191 §2.1): two bits from bit 3 on. */
const preferenceName = (flags: number): string => PREFERENCES[(flags >>> 3) & 3]!;

/** The options of a message of neighbor discovery. */
export function addNeighborOptions(tree: Tree, dissection: Dissection, layer: number): void {
  eachNeighborOption(dissection, layer, (view, type, at, length) => {
    const name = NAMES[type] ?? 'Unknown';
    tree.add(1, `ICMPv6 Option (${name}${titleOf(view, type, at, length)})`);
    tree.add(2, `Type: ${name} (${type})`);
    tree.add(2, `Length: ${length / 8} (${length} bytes)`);
    addOption(tree, view, type, at, length);
  });
}

/** The first `width` bits of an address, of which `size` octets are there. */
function prefix(view: DataView, at: number, size: number): string {
  const whole = new DataView(new ArrayBuffer(16));
  for (let i = 0; i < Math.min(size, 16); i++) whole.setUint8(i, view.getUint8(at + i));
  return formatIpv6(whole, 0);
}

function titleOf(view: DataView, type: number, at: number, length: number): string {
  if ((type === SOURCE_LINK_ADDRESS || type === TARGET_LINK_ADDRESS) && length === 8)
    return ` : ${formatMac(view, at + 2)}`;
  if (type === PREFIX && length === 32) return ` : ${formatIpv6(view, at + 16)}/${view.getUint8(at + 2)}`;
  if (type === MTU && length === 8) return ` : ${view.getUint32(at + 4)}`;
  if (type === ROUTE && length >= 8)
    return ` : ${preferenceName(view.getUint8(at + 3))} ${prefix(view, at + 8, length - 8)}/${view.getUint8(at + 2)}`;
  if (type === NAME_SERVERS && length >= 24) return ` ${servers(view, at, length).join(' ')}`;
  if (type === SEARCH_LIST && length > 8) return ` ${searchList(view, at, length).names.join(' ')}`;
  return NAMES[type] === undefined ? ` ${type}` : '';
}

function servers(view: DataView, at: number, length: number): string[] {
  const all: string[] = [];
  for (let i = at + 8; i + 16 <= at + length; i += 16) all.push(formatIpv6(view, i));
  return all;
}

/** The names of a search list (RFC 8106 §5.2), and where the octets of zero begin that follow them. */
function searchList(view: DataView, at: number, length: number): { names: string[]; padding: number } {
  const names: string[] = [];
  const end = at + length;
  let i = at + 8;
  while (i < end && view.getUint8(i) !== 0) {
    const name = dns.readName(view, at, i, end);
    if (name.end < 0) break;
    names.push(name.text);
    i = name.end;
  }
  return { names, padding: i };
}

function addOption(tree: Tree, view: DataView, type: number, at: number, length: number): void {
  if ((type === SOURCE_LINK_ADDRESS || type === TARGET_LINK_ADDRESS) && length === 8)
    tree.add(2, `Link-layer address: ${formatMac(view, at + 2)}`);
  else if (type === PREFIX && length === 32) addPrefix(tree, view, at);
  else if (type === REDIRECTED_HEADER) {
    tree.add(2, 'Reserved');
    tree.add(2, 'Redirected Packet');
  } else if (type === MTU && length === 8) {
    tree.add(2, 'Reserved');
    tree.add(2, `MTU: ${view.getUint32(at + 4)}`);
  } else if (type === NONCE) tree.addOctets(2, 'Nonce', view, at + 2, at + length);
  else if (type === ROUTE && length >= 8) {
    const flags = view.getUint8(at + 3);
    tree.add(2, `Prefix Length: ${view.getUint8(at + 2)}`);
    tree.add(2, `Flag: ${hex(flags, 2)}, Route Preference: ${preferenceName(flags)}`);
    tree.add(3, `${bits(flags, 0x18, 8)} = Route Preference: ${preferenceName(flags)} (${(flags >>> 3) & 3})`);
    tree.add(3, `${bits(flags, 0xe7, 8)} = Reserved: ${flags & 0xe7}`);
    tree.add(2, `Route Lifetime: ${view.getUint32(at + 4)}`);
    if (length > 8) tree.add(2, `Prefix: ${prefix(view, at + 8, length - 8)}`);
  } else if (type === NAME_SERVERS && length >= 24) {
    tree.add(2, 'Reserved');
    tree.add(2, `Lifetime: ${lifetime(view.getUint32(at + 4))}`);
    for (const server of servers(view, at, length)) tree.add(2, `Recursive DNS Servers: ${server}`);
  } else if (type === SEARCH_LIST && length > 8) {
    const { names, padding } = searchList(view, at, length);
    tree.add(2, 'Reserved');
    tree.add(2, `Lifetime: ${lifetime(view.getUint32(at + 4))}`);
    for (const name of names) tree.add(2, `Domain Names: ${name}`);
    if (padding < at + length) tree.add(2, 'Padding');
  }
}

const lifetime = (seconds: number): string => (seconds === 0xffff_ffff ? 'Infinity (4294967295)' : String(seconds));

function addPrefix(tree: Tree, view: DataView, at: number): void {
  const flags = view.getUint8(at + 3);
  const names: Flags = [
    [0x80, 'On-link flag(L)'],
    [0x40, 'Autonomous address-configuration flag(A)'],
    [0x20, 'Router address flag(R)'],
  ];
  tree.add(2, `Prefix Length: ${view.getUint8(at + 2)}`);
  tree.add(2, `Flag: ${hex(flags, 2)}${flagNames(flags, names)}`);
  addFlags(tree, 3, flags, 8, names);
  tree.add(3, `${bits(flags, 0x1f, 8)} = Reserved: ${flags & 0x1f}`);
  tree.add(2, `Valid Lifetime: ${lifetime(view.getUint32(at + 4))}`);
  tree.add(2, `Preferred Lifetime: ${lifetime(view.getUint32(at + 8))}`);
  tree.add(2, 'Reserved');
  tree.add(2, `Prefix: ${formatIpv6(view, at + 16)}`);
}

/** Router advertisement: what stands in front of its options. */
export function addRouterAdvertisement(tree: Tree, view: DataView, at: number): void {
  const flags = view.getUint8(at + 5);
  const names: Flags = [
    [0x80, 'Managed address configuration'],
    [0x40, 'Other configuration'],
    [0x20, 'Home Agent'],
  ];
  const preference = preferenceName(flags);
  tree.add(1, `Cur hop limit: ${view.getUint8(at + 4)}`);
  tree.add(1, `Flags: ${hex(flags, 2)}${flagNames(flags, names)}, Prf (Default Router Preference): ${preference}`);
  addFlags(tree, 2, flags, 8, names);
  tree.add(2, `${bits(flags, 0x18, 8)} = Prf (Default Router Preference): ${preference} (${(flags >>> 3) & 3})`);
  tree.add(2, `${bits(flags, 0x04, 8)} = Proxy: ${set((flags & 4) !== 0)}`);
  tree.add(2, `${bits(flags, 0x03, 8)} = Reserved: ${flags & 3}`);
  tree.add(1, `Router lifetime (s): ${view.getUint16(at + 6)}`);
  tree.add(1, `Reachable time (ms): ${view.getUint32(at + 8)}`);
  tree.add(1, `Retrans timer (ms): ${view.getUint32(at + 12)}`);
}

/** Multicast listener query, report and done of version 1, and the query of version 2, which is longer; of all of them the eight octets of the header are there. */
export function addListener(tree: Tree, dissection: Dissection, layer: number, isQuery: boolean): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const isSecond = isQuery && has(dissection, layer, 0, listener.QUERY);
  tree.add(1, `Maximum Response ${isSecond ? 'Code' : 'Delay [ms]'}: ${view.getUint16(at + 4)}`);
  tree.add(1, `Reserved: ${hexOf(octetsOf(view, at + 6, at + 8))}`);
  if (!has(dissection, layer, 0, listener.VERSION_1)) return;
  tree.add(1, `Multicast Address: ${formatIpv6(view, listener.groupAt(at))}`);
  if (!isSecond) return;
  const flags = view.getUint8(at + 24);
  tree.add(1, `Flags: ${hex(flags, 2)}`);
  tree.add(2, `${bits(flags, 0x08, 8)} = Suppress Router-Side Processing: ${flags & 8 ? 'True' : 'False'}`);
  tree.add(2, `${bits(flags, 0x07, 8)} = QRV (Querier's Robustness Variable): ${flags & 7}`);
  tree.add(2, `${bits(flags, 0xf0, 8)} = Reserved: ${flags >>> 4}`);
  tree.add(1, `QQIC (Querier's Query Interval Code): ${view.getUint8(at + 25)}`);
  const sources = view.getUint16(at + 26);
  tree.add(1, `Number of Sources: ${sources}`);
  for (let i = 0; i < sources && has(dissection, layer, listener.QUERY + 16 * i, 16); i++)
    tree.add(1, `Source Address: ${formatIpv6(view, at + listener.QUERY + 16 * i)}`);
}

const RECORDS: Readonly<Record<number, string>> = {
  1: 'Include',
  2: 'Exclude',
  3: 'Changed to include',
  4: 'Changed to exclude',
  5: 'Allow new sources',
  6: 'Block old sources',
};

/** Multicast listener report of version 2. */
export function addListenerReport(tree: Tree, dissection: Dissection, layer: number): void {
  if (!has(dissection, layer, 0, listener.REPORT)) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.payloads[layer]!;
  const count = view.getUint16(at + 6);
  tree.add(1, `Reserved: ${hexOf(octetsOf(view, at + 4, at + 6))}`);
  tree.add(1, `Number of Multicast Address Records: ${count}`);
  let i = at + listener.REPORT;
  for (let k = 0; k < count && i + listener.RECORD <= end; k++) {
    const type = view.getUint8(i);
    const sources = view.getUint16(i + 2);
    const name = RECORDS[type] ?? 'Unknown';
    const address = formatIpv6(view, i + 4);
    tree.add(1, `Multicast Address Record ${name}: ${address}`);
    tree.add(2, `Record Type: ${name} (${type})`);
    tree.add(2, `Aux Data Len: ${view.getUint8(i + 1)}`);
    tree.add(2, `Number of Sources: ${sources}`);
    tree.add(2, `Multicast Address: ${address}`);
    const auxiliary = 4 * view.getUint8(i + 1);
    i += listener.RECORD;
    for (let s = 0; s < sources && i + 16 <= end; s++, i += 16) tree.add(2, `Source Address: ${formatIpv6(view, i)}`);
    i += auxiliary;
  }
}
