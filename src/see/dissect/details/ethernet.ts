/** The detail trees of Ethernet and of what stands behind the packet in its frames: padding, trailers, a check sequence. */
import { formatMac } from '../../../wire/address.ts';
import * as ethernet from '../../../wire/ethernet.ts';
import type { Dissection } from '../dissection.ts';
import { LEAST_ETHER_TYPE } from '../layers/payload.ts';
import { etherTypeName } from '../names.ts';
import { PROTOCOL } from '../protocol.ts';
import { placeOf } from './cursor.ts';
import { hex, type Tree } from './tree.ts';

/** Octets of the shortest frame without its check sequence, and of that. */
const SHORTEST = 60;
const CHECK_SEQUENCE = 4;

/** An Ethernet layer. */
export function addEthernet(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at } = placeOf(dissection, layer);
  if (dissection.problems[layer] !== 0) return tree.add(0, 'Ethernet');
  const type = ethernet.type(view, at);
  const source = formatMac(view, ethernet.sourceAt(at));
  const destination = formatMac(view, ethernet.destinationAt(at));
  const isLength = type < LEAST_ETHER_TYPE;
  const isRawIpx = dissection.protocols[layer + 1] === PROTOCOL.DATA;
  if (isLength) tree.add(0, `IEEE 802.3 Ethernet ${isRawIpx ? 'Raw ' : ''}`);
  else tree.add(0, `Ethernet II, Src: ${source}, Dst: ${destination}`);
  addAddress(tree, 'Destination', destination, view.getUint8(ethernet.destinationAt(at)));
  addAddress(tree, 'Source', source, view.getUint8(ethernet.sourceAt(at)));
  tree.add(1, isLength ? `Length: ${type}` : `Type: ${etherTypeName(type)} (${hex(type, 4)})`);
  addTrailer(tree, dissection, layer);
}

function addAddress(tree: Tree, what: string, address: string, first: number): void {
  const isLocal = (first & 2) !== 0;
  const isGroup = (first & 1) !== 0;
  tree.add(1, `${what}: ${address}`);
  tree.add(2, `Address: ${address}`);
  tree.add(
    2,
    `.... ..${Number(isLocal)}. .... .... .... .... = LG bit: ${isLocal ? 'Locally administered address (this is NOT the factory default)' : 'Globally unique address (factory default)'}`,
  );
  tree.add(
    2,
    `.... ...${Number(isGroup)} .... .... .... .... = IG bit: ${isGroup ? 'Group address (multicast/broadcast)' : 'Individual address (unicast)'}`,
  );
}

/** Where the packet ends that a link layer carries; undefined where what it carries has no length of its own. */
function packetEnd(dissection: Dissection, layer: number): number | undefined {
  // A length in place of a type has ended the layer itself.
  if (dissection.wireEnds[layer]! < dissection.wireEnds[layer - 1]!) return dissection.wireEnds[layer]!;
  const next = layer + 1;
  if (next >= dissection.depth) return undefined;
  const protocol = dissection.protocols[next]!;
  if (protocol === PROTOCOL.ARP) return dissection.payloads[next]!;
  return protocol === PROTOCOL.IPV4 || protocol === PROTOCOL.IPV6 ? dissection.wireEnds[next]! : undefined;
}

/** Octets behind the packet: zeros up to the shortest frame are padding, the last four of a longer frame its check sequence, all others a trailer. */
export function addTrailer(tree: Tree, dissection: Dissection, layer: number): void {
  const from = packetEnd(dissection, layer);
  const { view, at } = placeOf(dissection, layer);
  const end = dissection.ends[layer - 1]!;
  if (from === undefined || from >= end) return;
  const wireEnd = dissection.wireEnds[layer - 1]!;
  let trailer = from;
  const padding = SHORTEST - (from - at);
  if (padding > 0 && from + padding <= end && isZero(view, from, from + padding)) {
    trailer = from + padding;
    tree.addOctets(1, 'Padding', view, from, trailer);
  }
  const hasCheck =
    dissection.protocols[layer] === PROTOCOL.ETHERNET &&
    wireEnd - at >= SHORTEST + CHECK_SEQUENCE &&
    wireEnd - trailer >= CHECK_SEQUENCE &&
    wireEnd === end;
  const last = hasCheck ? end - CHECK_SEQUENCE : end;
  if (trailer < last) tree.addOctets(1, 'Trailer', view, trailer, last);
  if (!hasCheck) return;
  tree.add(1, `Frame check sequence: ${hex(view.getUint32(last), 8)} [unverified]`);
  tree.add(1, '[FCS Status: Unverified]');
}

function isZero(view: DataView, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (view.getUint8(i) !== 0) return false;
  return true;
}

/** `802.1Q`-like tags: what a type or length says. */
export const typeOrLengthText = (type: number): string =>
  type >= LEAST_ETHER_TYPE ? `Type: ${etherTypeName(type)} (${hex(type, 4)})` : `Length: ${type}`;
