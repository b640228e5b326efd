/** The detail tree of ARP. */
import { formatIpv4, formatMac } from '../../../wire/address.ts';
import * as arp from '../../../wire/arp.ts';
import { arpPurpose, isEthernetArp, isIpv4Arp } from '../arp-message.ts';
import { bytesOf, type Dissection, has, viewOf } from '../dissection.ts';
import { arpOperationName, etherTypeName, hardwareTypeName } from '../names.ts';
import { hexOf } from '../numbers.ts';
import { hex, type Tree } from './tree.ts';

function titleOf(dissection: Dissection, layer: number, operation: number): string {
  if (dissection.problems[layer] !== 0) return 'Address Resolution Protocol';
  const name = arpOperationName(operation) ?? `opcode ${hex(operation, 4)}`;
  switch (arpPurpose(dissection, layer)) {
    case 'announcement':
      return 'Address Resolution Protocol (ARP Announcement)';
    case 'probe':
      return 'Address Resolution Protocol (ARP Probe)';
    case 'gratuitous':
      return `Address Resolution Protocol (${name}/gratuitous ARP)`;
    default:
      return `Address Resolution Protocol (${name})`;
  }
}

/** An ARP layer. */
export function addArp(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (!has(dissection, layer, 0, 8)) return;
  const operation = arp.operation(view, at);
  tree.add(0, titleOf(dissection, layer, operation));
  tree.add(1, `Hardware type: ${hardwareTypeName(arp.hardwareType(view, at))} (${arp.hardwareType(view, at)})`);
  tree.add(1, `Protocol type: ${etherTypeName(arp.protocolType(view, at))} (${hex(arp.protocolType(view, at), 4)})`);
  tree.add(1, `Hardware size: ${arp.hardwareSize(view, at)}`);
  tree.add(1, `Protocol size: ${arp.protocolSize(view, at)}`);
  tree.add(1, `Opcode: ${arpOperationName(operation) ?? 'Unknown'} (${operation})`);
  if (dissection.problems[layer] !== 0) return;
  const purpose = arpPurpose(dissection, layer);
  if (purpose === 'gratuitous' || purpose === 'announcement') tree.add(1, '[Is gratuitous: True]');
  if (purpose === 'announcement') tree.add(1, '[Is announcement: True]');
  if (purpose === 'probe') tree.add(1, '[Is probe: True]');
  const isKnown = isEthernetArp(dissection, layer);
  const isIpv4 = isIpv4Arp(dissection, layer);
  let from = at + 8;
  for (const who of ['Sender', 'Target']) {
    const link = from;
    const network = link + arp.hardwareSize(view, at);
    from = network + arp.protocolSize(view, at);
    if (isKnown) tree.add(1, `${who} MAC address: ${formatMac(view, link)}`);
    else if (network > link)
      tree.add(1, `${who} hardware address: ${hexOf(bytesOf(dissection, layer, link, network))}`);
    if (isIpv4) tree.add(1, `${who} IP address: ${formatIpv4(view.getInt32(network))}`);
    else if (from > network)
      tree.add(1, `${who} protocol address: ${hexOf(bytesOf(dissection, layer, network, from))}`);
  }
  addDuplicates(tree, dissection);
}

/** Addresses that are claimed for another than their owner: each is a tree of its own, beside the layer's. */
function addDuplicates(tree: Tree, dissection: Dissection): void {
  for (const { address, hardware, owner, frame, seconds } of dissection.duplicateAddresses) {
    tree.add(
      0,
      `[Duplicate IP address detected for ${formatIpv4(address)} (${macText(hardware)}) - also in use by ${macText(owner)} (frame ${frame})]`,
    );
    tree.add(1, `[Frame showing earlier use of IP address: ${frame}]`);
    tree.add(1, `[Seconds since earlier frame seen: ${seconds}]`);
  }
}

/** A hardware address of 48 bits. */
const macText = (address: number): string =>
  address
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?=.)/g, '$&:');
