/**
 * The detail tree: what a frame says, layer by layer and field by field, as `tshark -V` prints it. Not here: expert information and the
 * completeness of conversations, which are analysis.
 */
import { brokenLayer } from '../broken.ts';
import type { Dissection } from '../dissection.ts';
import { isOverIpv6 } from '../layers/transport.ts';
import { PROTOCOL, PROTOCOLS } from '../protocol.ts';
import { addArp } from './arp.ts';
import { addDhcp } from './dhcp.ts';
import { addDns } from './dns.ts';
import { addEthernet } from './ethernet.ts';
import { addComments, addFrame, type DetailOptions } from './frame.ts';
import { addHttp } from './http.ts';
import { addIcmp } from './icmp.ts';
import { addIcmpExtensions } from './icmp-extensions.ts';
import { addExtension, addIcmpv6, addIpv6 } from './ipv6.ts';
import { addChap, addHdlc, addPap, addPppControl, addSlarp } from './line.ts';
import { addAuthentication, addLlc, addLoopback, addNflog, addPseudowire, addSll } from './link.ts';
import { addIpv4 } from './network.ts';
import { addPppoe } from './pppoe.ts';
import { addRadiotap } from './radiotap.ts';
import { addTcp } from './tcp.ts';
import { addData, addUdp } from './transport.ts';
import { Tree } from './tree.ts';
import { addGeneve, addGre, addMpls, addPpp, addServiceVlan, addVlan, addVxlan } from './tunnel.ts';
import { addWlan } from './wlan.ts';

export type { DetailOptions } from './frame.ts';

/** What UDP carries stands at the left edge even in a quotation. */
const CARRIED: ReadonlySet<number> = new Set([
  PROTOCOL.DATA,
  PROTOCOL.DNS,
  PROTOCOL.DHCP,
  PROTOCOL.VXLAN,
  PROTOCOL.GENEVE,
]);

/** Octets in a quoted message of ICMP stand under it all the same. */
const isCarried = ({ protocols }: Dissection, layer: number): boolean =>
  CARRIED.has(protocols[layer]!) && protocols[layer - 1] !== PROTOCOL.ICMP && protocols[layer - 1] !== PROTOCOL.ICMPV6;

const isMessage = ({ protocols }: Dissection, layer: number): boolean =>
  protocols[layer] === PROTOCOL.ICMP || protocols[layer] === PROTOCOL.ICMPV6;

function addExtensions(tree: Tree, dissection: Dissection, message: number): void {
  tree.indent = 0;
  addIcmpExtensions(tree, dissection, message);
}

/** The lines of a frame's detail tree. */
export function details(dissection: Dissection, options: DetailOptions = {}): string[] {
  const tree = new Tree();
  addComments(tree, dissection);
  addFrame(tree, dissection, options);
  let message = 0;
  for (let layer = 1; layer < dissection.depth; layer++) {
    const isInside = dissection.quoted[layer] === 1 && !isCarried(dissection, layer);
    if (!isInside && message > 0) {
      addExtensions(tree, dissection, message);
      message = 0;
    }
    tree.indent = isInside ? 1 : 0;
    if (!isInside && isMessage(dissection, layer)) message = layer;
    if (dissection.quoted[layer] === 1 && dissection.problems[layer] !== 0 && tree.indent === 0) continue;
    addLayer(tree, dissection, layer);
    // Its messages stand in place of its octets.
    if (layer === dissection.parts.layer && dissection.parts.isSet && addHttp(tree, dissection)) break;
  }
  if (message > 0) addExtensions(tree, dissection, message);
  tree.indent = 0;
  const broken = brokenLayer(dissection);
  if (broken?.isCut) tree.add(0, `[Packet size limited during capture: ${broken.name} truncated]`);
  else if (broken !== undefined) tree.add(0, `[Malformed Packet: ${broken.name}]`);
  return tree.lines;
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
    case PROTOCOL.IPV6:
      return addIpv6(tree, dissection, layer);
    case PROTOCOL.HOP_BY_HOP:
    case PROTOCOL.DESTINATION_OPTIONS:
    case PROTOCOL.ROUTING:
    case PROTOCOL.FRAGMENT:
      return addExtension(tree, dissection, layer);
    case PROTOCOL.ICMPV6:
      return addIcmpv6(tree, dissection, layer);
    case PROTOCOL.VLAN:
      return addVlan(tree, dissection, layer);
    case PROTOCOL.SERVICE_VLAN:
      return addServiceVlan(tree, dissection, layer);
    case PROTOCOL.PPPOE_DISCOVERY:
    case PROTOCOL.PPPOE_SESSION:
      return addPppoe(tree, dissection, layer);
    case PROTOCOL.PPP:
      return addPpp(tree, dissection, layer);
    case PROTOCOL.MPLS:
      return addMpls(tree, dissection, layer);
    case PROTOCOL.GRE:
      return addGre(tree, dissection, layer);
    case PROTOCOL.VXLAN:
      return addVxlan(tree, dissection, layer);
    case PROTOCOL.GENEVE:
      return addGeneve(tree, dissection, layer);
    case PROTOCOL.DATA:
      return addData(tree, dissection, layer);
    case PROTOCOL.ETHERNET:
      return addEthernet(tree, dissection, layer);
    case PROTOCOL.LOOPBACK:
      return addLoopback(tree, dissection, layer);
    case PROTOCOL.SLL:
      return addSll(tree, dissection, layer);
    case PROTOCOL.LLC:
      return addLlc(tree, dissection, layer);
    case PROTOCOL.RADIOTAP:
      return addRadiotap(tree, dissection, layer);
    case PROTOCOL.WLAN:
      return addWlan(tree, dissection, layer);
    case PROTOCOL.NFLOG:
      return addNflog(tree, dissection, layer);
    case PROTOCOL.PSEUDOWIRE:
      return addPseudowire(tree, dissection, layer);
    case PROTOCOL.AUTHENTICATION:
      return addAuthentication(tree, dissection, layer, isOverIpv6(dissection, layer) ? 1 : 0);
    case PROTOCOL.HDLC:
      return addHdlc(tree, dissection, layer);
    case PROTOCOL.SLARP:
      return addSlarp(tree, dissection, layer);
    case PROTOCOL.LCP:
    case PROTOCOL.IPCP:
    case PROTOCOL.IPV6CP:
    case PROTOCOL.CCP:
    case PROTOCOL.MPLSCP:
    case PROTOCOL.CDPCP:
      return addPppControl(tree, dissection, layer);
    case PROTOCOL.PAP:
      return addPap(tree, dissection, layer);
    case PROTOCOL.CHAP:
      return addChap(tree, dissection, layer);
    case PROTOCOL.DNS:
      return addDns(tree, dissection, layer);
    case PROTOCOL.DHCP:
      return addDhcp(tree, dissection, layer);
    default:
      tree.add(0, PROTOCOLS[protocol]!.title);
  }
}
