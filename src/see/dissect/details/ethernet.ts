/** The detail trees of Ethernet and of what stands behind the packet in its frames: padding, trailers, a check sequence. */
import { formatMac } from '../../../wire/address.ts';
import * as ethernet from '../../../wire/ethernet.ts';
import { behindPacket } from '../behind-packet.ts';
import type { Dissection } from '../dissection.ts';
import { LEAST_ETHER_TYPE } from '../layers/payload.ts';
import { etherTypeName } from '../names.ts';
import { PROTOCOL } from '../protocol.ts';
import { placeOf } from './cursor.ts';
import { hex, type Tree } from './tree.ts';

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

/** Adds what stands behind the packet. */
export function addTrailer(tree: Tree, dissection: Dissection, layer: number): void {
  const { from, trailer, check, end } = behindPacket(dissection, layer);
  const { view } = placeOf(dissection, layer);
  if (from < trailer) tree.addOctets(1, 'Padding', view, from, trailer);
  if (trailer < check) tree.addOctets(1, 'Trailer', view, trailer, check);
  if (check === end) return;
  tree.add(1, `Frame check sequence: ${hex(view.getUint32(check), 8)} [unverified]`);
  tree.add(1, '[FCS Status: Unverified]');
}

/** `802.1Q`-like tags: what a type or length says. */
export const typeOrLengthText = (type: number): string =>
  type >= LEAST_ETHER_TYPE ? `Type: ${etherTypeName(type)} (${hex(type, 4)})` : `Length: ${type}`;
