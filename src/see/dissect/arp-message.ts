/** What an ARP packet is about: whose addresses, and what it is for. Read first: RFC 826; RFC 5227. */
import * as arp from '../../wire/arp.ts';
import { type Dissection, has, viewOf } from './dissection.ts';

/** Whether an ARP layer is for IPv4, over whatever link. */
export function isIpv4Arp(dissection: Dissection, layer: number): boolean {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  return dissection.problems[layer] === 0 && arp.protocolType(view, at) === 0x0800 && arp.protocolSize(view, at) === 4;
}

/** Whether an ARP layer is for IPv4 over Ethernet. */
export function isEthernetIpv4Arp(dissection: Dissection, layer: number): boolean {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  return (
    has(dissection, layer, 0, arp.LENGTH) &&
    arp.locate(view, at, at + arp.LENGTH) > 0 &&
    arp.protocolType(view, at) === 0x0800
  );
}

/** What an ARP packet does beyond asking and answering (RFC 5227). */
export type ArpPurpose = 'announcement' | 'gratuitous' | 'probe' | undefined;

/** What an ARP packet for IPv4 over Ethernet is for. */
export function arpPurpose(dissection: Dissection, layer: number): ArpPurpose {
  if (!isEthernetIpv4Arp(dissection, layer)) return undefined;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const operation = arp.operation(view, at);
  if (operation !== arp.REQUEST && operation !== arp.REPLY) return undefined;
  if (arp.senderProtocol(view, at) === arp.targetProtocol(view, at))
    return operation === arp.REQUEST && isZero(view, arp.targetHardwareAt(at)) ? 'announcement' : 'gratuitous';
  return operation === arp.REQUEST && arp.senderProtocol(view, at) === 0 ? 'probe' : undefined;
}

const isZero = (view: DataView, at: number): boolean => view.getUint32(at) === 0 && view.getUint16(at + 4) === 0;
