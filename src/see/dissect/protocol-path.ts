/** frame.protocols: which layers a frame has, as Wireshark names them. */
import * as ethernet from '../../wire/ethernet.ts';
import * as vlan from '../../wire/vlan.ts';
import { type Dissection, viewOf } from './dissection.ts';
import { dnsKind } from './fields/dns-entries.ts';
import { hasMultipath } from './fields/tcp-options.ts';
import { isSll2 } from './layers/link.ts';
import { LEAST_ETHER_TYPE } from './layers/payload.ts';
import { PROTOCOL, PROTOCOLS } from './protocol.ts';

/** `eth:ethertype:ip:tcp` */
export function protocolPath(dissection: Dissection): string {
  let path = '';
  for (let layer = 1; layer < dissection.depth; layer++) {
    if (isNext(dissection, layer)) continue;
    const part = partOf(dissection, layer);
    path += path === '' ? part : `:${part}`;
  }
  return path;
}

/** Whether a layer is a message behind another in the same segments: its protocol was named. */
const isNext = ({ protocols, sources }: Dissection, layer: number): boolean =>
  protocols[layer] === PROTOCOL.DNS && protocols[layer - 1] === PROTOCOL.DNS && sources[layer] === sources[layer - 1];

/** What a layer adds. Wireshark names the step from an EtherType to its protocol, too. */
function partOf(dissection: Dissection, layer: number): string {
  const protocol = dissection.protocols[layer]!;
  const { name } = PROTOCOLS[protocol]!;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  switch (protocol) {
    case PROTOCOL.ETHERNET:
      return withType(dissection, layer, name, () => ethernet.type(view, at));
    case PROTOCOL.VLAN:
      return withType(dissection, layer, name, () => vlan.type(view, at));
    case PROTOCOL.SERVICE_VLAN:
      return dissection.problems[layer] === 0 ? `${name}:ethertype` : name;
    case PROTOCOL.SLL:
      return withType(dissection, layer, name, () => view.getUint16(isSll2(dissection) ? at : at + 14));
    case PROTOCOL.RADIOTAP:
      return `${name}:wlan_radio`;
    case PROTOCOL.PSEUDOWIRE:
      return `pwethheuristic:${name}`;
    case PROTOCOL.TCP:
      return hasMultipath(dissection, layer) ? `${name}:mptcp` : name;
    case PROTOCOL.DNS:
      return dnsKind(dissection, layer);
    default:
      return name;
  }
}

const withType = (dissection: Dissection, layer: number, name: string, type: () => number): string =>
  dissection.problems[layer] === 0 && type() >= LEAST_ETHER_TYPE ? `${name}:ethertype` : name;
