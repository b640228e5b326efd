/** The Info column of an ARP packet. */
import type { TextSink } from '../../../core/text-sink.ts';
import { writeIpv4, writeMac } from '../../../wire/address.ts';
import * as arp from '../../../wire/arp.ts';
import {
  arpPurpose,
  DYNAMIC_ERROR,
  DYNAMIC_REPLY,
  DYNAMIC_REQUEST,
  INVERSE_REPLY,
  INVERSE_REQUEST,
  isEthernetArp,
  isIpv4Arp,
  isMulticast,
  MAPOS_UNARP,
  REFUSAL,
  REVERSE_REPLY,
  REVERSE_REQUEST,
} from '../arp-message.ts';
import { bytesOf, type Dissection, has, viewOf } from '../dissection.ts';

/** Operations for experiments (RFC 5494). */
const EXPERIMENTS: ReadonlySet<number> = new Set([24, 25]);

/** What messages of MARS are called on the line, from operation 11 on. */
const MULTICAST_NAMES: readonly string[] = [
  'request',
  'MULTI request',
  'MSERV request',
  'JOIN request',
  'LEAVE',
  'NAK',
  'UNSERV request',
  'SJOIN request',
  'SLEAVE',
  'grouplist request',
  'grouplist reply',
  'redirect map',
];

/** The Protocol column: ARP's relatives have names of their own. */
export function arpColumn(dissection: Dissection, layer: number): string {
  if (dissection.problems[layer] !== 0 || !has(dissection, layer, 0, 8)) return 'ARP';
  const operation = arp.operation(viewOf(dissection, layer), dissection.starts[layer]!);
  if (operation === REVERSE_REQUEST || operation === REVERSE_REPLY) return 'RARP';
  if (operation >= DYNAMIC_REQUEST && operation <= DYNAMIC_ERROR) return 'DRARP';
  if (operation === INVERSE_REQUEST || operation === INVERSE_REPLY) return 'Inverse ARP';
  if (isMulticast(operation)) return 'MARS';
  return operation === MAPOS_UNARP ? 'MAPOS' : 'ARP';
}

/** `Who has 10.0.0.2? Tell 10.0.0.1` */
export function arpInfo(text: TextSink, dissection: Dissection, layer: number): void {
  if (dissection.problems[layer] !== 0) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const hardware = arp.hardwareSize(view, at);
  const protocol = arp.protocolSize(view, at);
  const isKnown = isEthernetArp(dissection, layer);
  const isIpv4 = isIpv4Arp(dissection, layer);
  const network = (before: string, from: number): void => {
    text.add(before);
    if (isIpv4) writeIpv4(text, view.getInt32(from));
    else text.hexOctets(bytesOf(dissection, layer, from, from + protocol));
  };
  const link = (before: string, from: number): void => {
    text.add(before);
    if (isKnown) writeMac(text, view, from);
    else text.hexOctets(bytesOf(dissection, layer, from, from + hardware));
  };
  const senderLink = at + 8;
  const sender = senderLink + hardware;
  const targetLink = sender + protocol;
  const target = targetLink + hardware;
  const purpose = arpPurpose(dissection, layer);
  const operation = arp.operation(view, at);
  if (purpose === 'announcement') network('ARP Announcement for ', sender);
  else if (purpose === 'gratuitous') {
    network('Gratuitous ARP for ', sender);
    text.add(operation === arp.REQUEST ? ' (Request)' : ' (Reply)');
  } else if (purpose === 'probe') {
    network('Who has ', target);
    text.add('? (ARP Probe)');
  } else if (operation === arp.REQUEST) {
    network('Who has ', target);
    network('? Tell ', sender);
  } else if (operation === arp.REPLY) {
    network('', sender);
    link(' is at ', senderLink);
  } else if (operation === REVERSE_REQUEST || operation === DYNAMIC_REQUEST || operation === INVERSE_REQUEST) {
    link('Who is ', targetLink);
    link('? Tell ', senderLink);
  } else if (operation === REVERSE_REPLY || operation === DYNAMIC_REPLY) {
    link('', targetLink);
    network(' is at ', target);
  } else if (operation === INVERSE_REPLY) {
    link('', senderLink);
    network(' is at ', sender);
  } else if (operation === DYNAMIC_ERROR) text.add('DRARP Error');
  else if (operation === REFUSAL) text.add('ARP NAK');
  else if (isMulticast(operation) || operation === MAPOS_UNARP) {
    text.add(operation === MAPOS_UNARP ? 'MAPOS UNARP request' : `MARS ${MULTICAST_NAMES[operation - 11]}`);
    link(' from ', senderLink);
    network(' at ', sender);
  } else if (operation === 0) text.add('Reserved opcode 0');
  else if (EXPERIMENTS.has(operation)) {
    text.add(`Experimental ${operation - 23} ( opcode ${operation} )`);
  } else {
    text.add('Unknown ARP opcode 0x');
    text.hex(operation, 4);
  }
  const duplicate = dissection.duplicateAddresses.at(-1);
  if (duplicate !== undefined) {
    text.add(' (duplicate use of ');
    writeIpv4(text, duplicate.address);
    text.add(' detected!)');
  }
}
