/** What numbers in headers say about what follows: EtherTypes, protocol numbers of IPv4 and IPv6, PPP protocols. And how a layer is marked as broken. */
import * as ethernet from '../../../wire/ethernet.ts';
import * as gre from '../../../wire/gre.ts';
import * as ipv4 from '../../../wire/ipv4.ts';
import * as extensions from '../../../wire/ipv6-extensions.ts';
import * as mpls from '../../../wire/mpls.ts';
import * as ppp from '../../../wire/ppp.ts';
import * as vlan from '../../../wire/vlan.ts';
import type { Dissection } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';

/** Below this an EtherType is the length of an IEEE 802.3 frame, at most the second; between the two it is nothing. */
export const LEAST_ETHER_TYPE = 1536;
export const GREATEST_LENGTH = 1500;

const ARP_REVERSE = 0x8035;

/** The protocol of an EtherType. */
export function protocolOfEtherType(type: number): ProtocolId {
  switch (type) {
    case ethernet.TYPE_IPV4:
      return PROTOCOL.IPV4;
    case ethernet.TYPE_IPV6:
      return PROTOCOL.IPV6;
    case ethernet.TYPE_ARP:
    case ARP_REVERSE:
      return PROTOCOL.ARP;
    case vlan.TYPE_CUSTOMER:
    case vlan.TYPE_OLD_SERVICE:
      return PROTOCOL.VLAN;
    case vlan.TYPE_SERVICE:
      return PROTOCOL.SERVICE_VLAN;
    case ppp.TYPE_DISCOVERY:
      return PROTOCOL.PPPOE_DISCOVERY;
    case ppp.TYPE_SESSION:
      return PROTOCOL.PPPOE_SESSION;
    case mpls.TYPE_UNICAST:
    case mpls.TYPE_MULTICAST:
      return PROTOCOL.MPLS;
    case gre.TRANSPARENT_ETHERNET:
      return PROTOCOL.ETHERNET;
    default:
      return PROTOCOL.DATA;
  }
}

/** Protocol numbers that only tunnels use. */
const IP_IN_IP = 4;
const IPV6_IN_IP = 41;
const GRE = 47;
const ICMPV6 = 58;
const MPLS_IN_IP = 137;
const ETHERNET_IN_IP = 143;

/** The protocol of an IPv4 protocol number or an IPv6 next header: one registry serves both. */
export function protocolOfNumber(number: number): ProtocolId {
  switch (number) {
    case ipv4.TCP:
      return PROTOCOL.TCP;
    case ipv4.UDP:
      return PROTOCOL.UDP;
    case ipv4.ICMP:
      return PROTOCOL.ICMP;
    case ICMPV6:
      return PROTOCOL.ICMPV6;
    case IP_IN_IP:
      return PROTOCOL.IPV4;
    case IPV6_IN_IP:
      return PROTOCOL.IPV6;
    case GRE:
      return PROTOCOL.GRE;
    case MPLS_IN_IP:
      return PROTOCOL.MPLS;
    case ETHERNET_IN_IP:
      return PROTOCOL.ETHERNET;
    case extensions.HOP_BY_HOP:
      return PROTOCOL.HOP_BY_HOP;
    case extensions.DESTINATION_OPTIONS:
      return PROTOCOL.DESTINATION_OPTIONS;
    case extensions.ROUTING:
      return PROTOCOL.ROUTING;
    case extensions.FRAGMENT:
      return PROTOCOL.FRAGMENT;
    case extensions.AUTHENTICATION:
      return PROTOCOL.AUTHENTICATION;
    default:
      return PROTOCOL.DATA;
  }
}

/** The protocol of a PPP protocol number. */
export function protocolOfPpp(number: number): ProtocolId {
  switch (number) {
    case ppp.IPV4:
      return PROTOCOL.IPV4;
    case ppp.IPV6:
      return PROTOCOL.IPV6;
    case ppp.MPLS_UNICAST:
    case ppp.MPLS_MULTICAST:
      return PROTOCOL.MPLS;
    case ppp.LCP:
      return PROTOCOL.LCP;
    case ppp.IPCP:
      return PROTOCOL.IPCP;
    case ppp.IPV6CP:
      return PROTOCOL.IPV6CP;
    case ppp.CCP:
      return PROTOCOL.CCP;
    case ppp.MPLSCP:
      return PROTOCOL.MPLSCP;
    case ppp.CDPCP:
      return PROTOCOL.CDPCP;
    case ppp.PAP:
      return PROTOCOL.PAP;
    case ppp.CHAP:
      return PROTOCOL.CHAP;
    default:
      return PROTOCOL.DATA;
  }
}

/** Marks a layer as broken: it has what octets were captured, and no payload. */
export function broken(dissection: Dissection, layer: number, problem: number): ProtocolId {
  dissection.problems[layer] = problem;
  dissection.payloads[layer] = dissection.ends[layer]!;
  return PROTOCOL.NONE;
}

/** A layer's payload ends at `end` at the latest: what follows is padding, or a check sequence. */
export function endAt(dissection: Dissection, layer: number, end: number): void {
  if (end < dissection.wireEnds[layer]!) dissection.wireEnds[layer] = end;
  if (end < dissection.ends[layer]!) dissection.ends[layer] = end;
}
