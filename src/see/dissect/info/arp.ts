/** The Info column of an ARP packet. */
import { formatIpv4, formatMac } from '../../../wire/address.ts';
import * as arp from '../../../wire/arp.ts';
import { bytesOf, type Dissection, has, viewOf } from '../dissection.ts';
import { isEthernetIpv4Arp } from '../fields/network.ts';
import { hexOf } from '../numbers.ts';

/** Operations beyond REQUEST and REPLY (RFC 903, RFC 2390). */
const REVERSE_REQUEST = 3;
const REVERSE_REPLY = 4;
const INVERSE_REQUEST = 8;
const INVERSE_REPLY = 9;

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

/** The Protocol column: ARP's relatives have names of their own. */
export function arpColumn(dissection: Dissection, layer: number): string {
  if (dissection.problems[layer] !== 0 || !has(dissection, layer, 0, 8)) return 'ARP';
  const operation = arp.operation(viewOf(dissection, layer), dissection.starts[layer]!);
  if (operation === REVERSE_REQUEST || operation === REVERSE_REPLY) return 'RARP';
  return operation === INVERSE_REQUEST || operation === INVERSE_REPLY ? 'Inverse ARP' : 'ARP';
}

/** `Who has 10.0.0.2? Tell 10.0.0.1` */
export function arpInfo(dissection: Dissection, layer: number): string {
  if (dissection.problems[layer] !== 0) return '';
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const hardware = arp.hardwareSize(view, at);
  const protocol = arp.protocolSize(view, at);
  const isKnown = isEthernetIpv4Arp(dissection, layer);
  const network = (from: number): string =>
    isKnown ? formatIpv4(view.getInt32(from)) : hexOf(bytesOf(dissection, layer, from, from + protocol), '');
  const link = (from: number): string =>
    isKnown ? formatMac(view, from) : hexOf(bytesOf(dissection, layer, from, from + hardware), '');
  const senderLink = at + 8;
  const sender = senderLink + hardware;
  const targetLink = sender + protocol;
  const target = targetLink + hardware;
  const purpose = arpPurpose(dissection, layer);
  if (purpose === 'announcement') return `ARP Announcement for ${network(sender)}`;
  const operation = arp.operation(view, at);
  if (purpose === 'gratuitous')
    return `Gratuitous ARP for ${network(sender)} (${operation === arp.REQUEST ? 'Request' : 'Reply'})`;
  if (purpose === 'probe') return `Who has ${network(target)}? (ARP Probe)`;
  switch (operation) {
    case arp.REQUEST:
      return `Who has ${network(target)}? Tell ${network(sender)}`;
    case arp.REPLY:
      return `${network(sender)} is at ${link(senderLink)}`;
    case REVERSE_REQUEST:
    case INVERSE_REQUEST:
      return `Who is ${link(targetLink)}? Tell ${link(senderLink)}`;
    case REVERSE_REPLY:
      return `${link(targetLink)} is at ${network(target)}`;
    case INVERSE_REPLY:
      return `${link(senderLink)} is at ${network(sender)}`;
    default:
      return `Unknown ARP opcode 0x${operation.toString(16).padStart(4, '0')}`;
  }
}
