/** Which layer of a frame ended too early. */

import * as dns from '../../wire/dns.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { HEADER_CUT, TOO_SHORT } from '../../wire/problem.ts';
import { type Dissection, has, viewOf } from './dissection.ts';
import { hasEmptySack } from './fields/tcp-options.ts';
import { PROTOCOL, PROTOCOLS } from './protocol.ts';

/** What Wireshark calls protocols there where it is not the list's name. */
const NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [PROTOCOL.LOOPBACK, 'Null'],
  [PROTOCOL.ARP, 'ARP/RARP'],
  [PROTOCOL.VLAN, 'VLAN'],
  [PROTOCOL.SERVICE_VLAN, 'IEEE 802.1AD'],
  [PROTOCOL.HOP_BY_HOP, 'IPv6 Hop-by-Hop'],
  [PROTOCOL.DESTINATION_OPTIONS, 'IPv6 Destination'],
  [PROTOCOL.ROUTING, 'IPv6 Routing'],
  [PROTOCOL.FRAGMENT, 'IPv6 Fragment'],
]);

/** A layer that ended too early. */
export interface Broken {
  /** Its protocol's name. */
  readonly name: string;
  /** Whether that is because the capture kept only part of the packet, and not because the packet is wrong. */
  readonly isCut: boolean;
}

/** The first layer of a frame that ended too early, of those that are not quoted; undefined when none did. */
export function brokenLayer(dissection: Dissection): Broken | undefined {
  for (let layer = 1; layer < dissection.depth; layer++) {
    if (dissection.quoted[layer] === 1 || !isBroken(dissection, layer)) continue;
    const { id, column } = PROTOCOLS[dissection.protocols[layer]!]!;
    return { name: NAMES.get(id) ?? column, isCut: dissection.ends[layer]! < dissection.wireEnds[layer]! };
  }
  return undefined;
}

/** Whether a layer is a message of neighbor or multicast listener discovery of which the capture kept only part: their options and records go on to the end. */
export const isCutDiscovery = (dissection: Dissection, layer: number): boolean => {
  if (dissection.protocols[layer] !== PROTOCOL.ICMPV6 || dissection.ends[layer]! >= dissection.wireEnds[layer]!)
    return false;
  if (!has(dissection, layer, 0, 1)) return false;
  const type = icmp.type(viewOf(dissection, layer), dissection.starts[layer]!);
  return (type >= icmpv6.LISTENER_QUERY && type <= icmpv6.REDIRECT) || type === icmpv6.LISTENER_REPORT_2;
};

/** Messages of DNS are all header, of which only a look at each entry tells whether it is whole. */
function isBroken(dissection: Dissection, layer: number): boolean {
  const problem = dissection.problems[layer]!;
  if (problem !== 0) return problem === TOO_SHORT || problem === HEADER_CUT;
  if (dissection.protocols[layer] === PROTOCOL.TCP) return hasEmptySack(dissection, layer);
  if (isCutDiscovery(dissection, layer)) return true;
  if (dissection.protocols[layer] !== PROTOCOL.DNS) return false;
  return !dns.isWhole(viewOf(dissection, layer), dissection.starts[layer]!, dissection.ends[layer]!);
}
