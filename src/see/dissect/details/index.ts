/**
 * The detail tree: what a frame says, layer by layer and field by field, as `tshark -V -O ip,tcp,udp,icmp,arp` prints it: those protocols in
 * full, the others in one line. Not here: expert information, time stamps of conversations and their completeness, which are analysis.
 */
import { printable } from '../../../core/printable.ts';
import { formatIpv6, formatMac } from '../../../wire/address.ts';
import * as ethernet from '../../../wire/ethernet.ts';
import * as ipv6 from '../../../wire/ipv6.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { isSll2 } from '../layers/link.ts';
import { PROTOCOL, PROTOCOLS } from '../protocol.ts';
import { addArp } from './arp.ts';
import { addIpv4 } from './network.ts';
import { addTcp } from './tcp.ts';
import { addData, addIcmp, addUdp } from './transport.ts';
import { bytesText, Tree } from './tree.ts';

/** What a frame's octets do not say of it. */
export interface DetailOptions {
  /** The name of the interface it came from; undefined when the capture names none (a classic pcap file), empty when it is not known. */
  readonly interfaceName?: string | undefined;
}

/** The lines of a frame's detail tree. */
export function details(dissection: Dissection, options: DetailOptions = {}): string[] {
  const tree = new Tree();
  tree.add(0, frameTitle(dissection, options));
  for (let layer = 1; layer < dissection.depth; layer++) {
    tree.indent = dissection.quoted[layer]!;
    addLayer(tree, dissection, layer);
  }
  tree.indent = 0;
  const broken = brokenLayer(dissection);
  if (broken !== undefined) tree.add(0, broken);
  return tree.lines;
}

function frameTitle({ packet }: Dissection, { interfaceName }: DetailOptions): string {
  const wire = packet.originalLength;
  const captured = packet.capturedLength;
  const where =
    interfaceName === undefined
      ? ''
      : ` on interface ${printable(interfaceName) || 'unknown'}, id ${packet.interfaceId}`;
  return `Frame ${packet.number}: ${bytesText(wire)} on wire (${8 * wire} bits), ${bytesText(captured)} captured (${8 * captured} bits)${where}`;
}

function addLayer(tree: Tree, dissection: Dissection, layer: number): void {
  const protocol = dissection.protocols[layer]!;
  if (dissection.starts[layer] === dissection.ends[layer]) return;
  switch (protocol) {
    case PROTOCOL.ARP:
      return addArp(tree, dissection, layer);
    case PROTOCOL.IPV4:
      return addIpv4(tree, dissection, layer);
    case PROTOCOL.ICMP:
      return addIcmp(tree, dissection, layer);
    case PROTOCOL.UDP:
      return addUdp(tree, dissection, layer);
    case PROTOCOL.TCP:
      return addTcp(tree, dissection, layer);
    case PROTOCOL.DATA:
      return addData(tree, dissection, layer);
    default:
      tree.add(0, summaryOf(dissection, layer));
  }
}

function summaryOf(dissection: Dissection, layer: number): string {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const isWhole = dissection.problems[layer] === 0;
  const protocol = dissection.protocols[layer]!;
  if (protocol === PROTOCOL.ETHERNET && isWhole)
    return `Ethernet II, Src: ${formatMac(view, ethernet.sourceAt(at))}, Dst: ${formatMac(view, ethernet.destinationAt(at))}`;
  if (protocol === PROTOCOL.SLL) return `Linux cooked capture v${isSll2(dissection) ? 2 : 1}`;
  if (protocol === PROTOCOL.IPV6 && isWhole)
    return `Internet Protocol Version 6, Src: ${formatIpv6(view, ipv6.sourceAt(at))}, Dst: ${formatIpv6(view, ipv6.destinationAt(at))}`;
  return PROTOCOLS[protocol]!.title;
}

/** The last line of a frame of which a layer ended too early. */
function brokenLayer(dissection: Dissection): string | undefined {
  for (let layer = 1; layer < dissection.depth; layer++) {
    const problem = dissection.problems[layer];
    if (dissection.quoted[layer] === 1 || (problem !== -1 && problem !== -3)) continue;
    const protocol = PROTOCOLS[dissection.protocols[layer]!]!;
    const name = protocol.id === PROTOCOL.ARP ? 'ARP/RARP' : protocol.column;
    return dissection.ends[layer]! < dissection.wireEnds[layer]!
      ? `[Packet size limited during capture: ${name} truncated]`
      : `[Malformed Packet: ${name}]`;
  }
  return undefined;
}
