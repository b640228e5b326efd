/**
 * Expert information: what Wireshark marks in a frame as worth knowing, as far as the frame's headers and comments on it say it (a connection opens, a length cannot be, a checksum is wrong). Not here: what
 * analysis of connections says (retransmissions and the like), and what protocols above TCP and UDP do.
 */

import { printable } from '../../../core/printable.ts';
import { packetComments } from '../../capture/packet-comments.ts';
import { brokenLayer } from '../broken.ts';
import type { Dissection } from '../dissection.ts';
import { PROTOCOL } from '../protocol.ts';
import { GROUP, type ItemsOf, SEVERITY, type TakeItem } from './item.ts';
import {
  arpItems,
  ethernetItems,
  icmpItems,
  ipv4Items,
  ipv6Items,
  routingItems,
  trailerItems,
  udpItems,
} from './network.ts';
import { tcpItems } from './tcp.ts';

export { GROUP_NAMES, SEVERITY_NAMES, type TakeItem } from './item.ts';

const ITEMS: ReadonlyMap<number, ItemsOf> = new Map<number, ItemsOf>([
  [PROTOCOL.ETHERNET, ethernetItems],
  [PROTOCOL.SLL, trailerItems],
  [PROTOCOL.VLAN, trailerItems],
  [PROTOCOL.SERVICE_VLAN, trailerItems],
  [PROTOCOL.ARP, arpItems],
  [PROTOCOL.IPV4, ipv4Items],
  [PROTOCOL.IPV6, ipv6Items],
  [PROTOCOL.ROUTING, routingItems],
  [PROTOCOL.ICMP, icmpItems],
  [PROTOCOL.ICMPV6, icmpItems],
  [PROTOCOL.UDP, udpItems],
  [PROTOCOL.TCP, tcpItems],
]);

/** Calls `take` for each item of a frame, in the order of the frame's tree. */
export function eachItem(dissection: Dissection, take: TakeItem): void {
  for (const comment of packetComments(dissection.packet)) take(printable(comment), SEVERITY.COMMENT, GROUP.COMMENT);
  for (let layer = 1; layer < dissection.depth; layer++)
    ITEMS.get(dissection.protocols[layer]!)?.(dissection, layer, take);
  if (brokenLayer(dissection)?.isCut === false)
    take('Malformed Packet (Exception occurred)', SEVERITY.ERROR, GROUP.MALFORMED);
}
