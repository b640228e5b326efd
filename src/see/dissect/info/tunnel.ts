/** The Info column of frames that end at a tunnel, or at PPPoE's discovery. */
import { printableOctets } from '../../../core/printable.ts';
import type { TextSink } from '../../../core/text-sink.ts';
import * as geneve from '../../../wire/geneve.ts';
import * as gre from '../../../wire/gre.ts';
import * as ppp from '../../../wire/ppp.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import { ACCESS_CONCENTRATOR, PPPOE_CODES } from '../pppoe-names.ts';
import { ETHER_TYPES } from '../registries/ether-types.ts';
import { GRE_TYPES } from '../registries/gre-types.ts';

const encapsulated = (name: string | undefined, digits: string): string =>
  `Encapsulated ${name ?? `0x${digits} (unknown)`}`;

const hexDigits = (type: number): string => type.toString(16).padStart(4, '0');

/** `Encapsulated PPP` */
export function greInfo(text: TextSink, dissection: Dissection, layer: number): void {
  const at = dissection.starts[layer]!;
  if (dissection.ends[layer]! - at < gre.HEADER) return;
  const type = gre.protocol(viewOf(dissection, layer), at);
  text.add(encapsulated(GRE_TYPES[type], hexDigits(type).toUpperCase()));
}

/** `Encapsulated Transparent Ethernet bridging` */
export function geneveInfo(text: TextSink, dissection: Dissection, layer: number): void {
  const at = dissection.starts[layer]!;
  if (dissection.ends[layer]! - at < geneve.HEADER) return;
  const type = geneve.protocol(viewOf(dissection, layer), at);
  text.add(encapsulated(ETHER_TYPES[type], hexDigits(type)));
}

/** `MPLS Label Switched Packet` */
export function mplsInfo(text: TextSink): void {
  text.add('MPLS Label Switched Packet');
}

/** `Active Discovery Offer (PADO) AC-Name='bras1'` */
export function pppoeInfo(text: TextSink, dissection: Dissection, layer: number): void {
  if (!has(dissection, layer, 0, 2)) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  text.add(PPPOE_CODES[ppp.code(view, at)] ?? 'Unknown');
  if (dissection.problems[layer] !== 0) return;
  ppp.eachTag(view, at + ppp.OVER_ETHERNET_HEADER, dissection.ends[layer]!, (type, from, to) => {
    if (type === ACCESS_CONCENTRATOR && to > from) text.add(` AC-Name='${printableOctets(view, from, to)}'`);
  });
}
