/** What an ARP packet is about: whose addresses, and what it is for. Read first: RFC 826; RFC 5227. */
import * as arp from '../../wire/arp.ts';
import { type Dissection, viewOf } from './dissection.ts';

/** Operations beyond REQUEST and REPLY: RARP's (RFC 903), dynamic RARP's (RFC 1931), InARP's (RFC 2390), of ATM and of MAPOS (RFC 2176). */
export const REVERSE_REQUEST = 3;
export const REVERSE_REPLY = 4;
export const DYNAMIC_REQUEST = 5;
export const DYNAMIC_REPLY = 6;
export const DYNAMIC_ERROR = 7;
export const INVERSE_REQUEST = 8;
export const INVERSE_REPLY = 9;
export const REFUSAL = 10;
const MULTICAST_REQUEST = 11;
const MULTICAST_LAST = 22;
export const MAPOS_UNARP = 23;

/** Whether an operation is one of MARS (RFC 2022). */
export const isMulticast = (operation: number): boolean =>
  operation >= MULTICAST_REQUEST && operation <= MULTICAST_LAST;

/** Whether an ARP layer is for IPv4, over whatever link. */
export function isIpv4Arp(dissection: Dissection, layer: number): boolean {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  return dissection.problems[layer] === 0 && arp.protocolType(view, at) === 0x0800 && arp.protocolSize(view, at) === 4;
}

/** Hardware types whose addresses are those of Ethernet where they have six octets: Ethernet and IEEE 802. */
const ETHERNETS: ReadonlySet<number> = new Set([1, 6]);

/** Whether an ARP layer is for Ethernet, whatever it carries. */
export function isEthernetArp(dissection: Dissection, layer: number): boolean {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  return (
    dissection.problems[layer] === 0 && ETHERNETS.has(arp.hardwareType(view, at)) && arp.hardwareSize(view, at) === 6
  );
}

/** Where an ARP layer's addresses are, of whatever length. */
export const senderProtocolAt = (view: DataView, at: number): number => at + 8 + arp.hardwareSize(view, at);
export const targetHardwareAt = (view: DataView, at: number): number =>
  senderProtocolAt(view, at) + arp.protocolSize(view, at);
export const targetProtocolAt = (view: DataView, at: number): number =>
  targetHardwareAt(view, at) + arp.hardwareSize(view, at);

/** Whether an ARP layer is for IPv4 over Ethernet. */
export const isEthernetIpv4Arp = (dissection: Dissection, layer: number): boolean =>
  isEthernetArp(dissection, layer) && isIpv4Arp(dissection, layer);

/** What an ARP packet does beyond asking and answering (RFC 5227). */
export type ArpPurpose = 'announcement' | 'gratuitous' | 'probe' | undefined;

/** Whether sender and target are one, of a packet for IPv4 over Ethernet. */
export const isGratuitous = (view: DataView, at: number): boolean =>
  arp.senderProtocol(view, at) === arp.targetProtocol(view, at);

/** What an ARP packet for IPv4 over Ethernet is for. */
export function arpPurpose(dissection: Dissection, layer: number): ArpPurpose {
  if (!isEthernetIpv4Arp(dissection, layer)) return undefined;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const operation = arp.operation(view, at);
  if (operation !== arp.REQUEST && operation !== arp.REPLY) return undefined;
  const isUnaddressed = operation === arp.REQUEST && isZero(view, arp.targetHardwareAt(at));
  if (isGratuitous(view, at)) return isUnaddressed ? 'announcement' : 'gratuitous';
  return isUnaddressed && arp.senderProtocol(view, at) === 0 ? 'probe' : undefined;
}

const isZero = (view: DataView, at: number): boolean => view.getUint32(at) === 0 && view.getUint16(at + 4) === 0;
