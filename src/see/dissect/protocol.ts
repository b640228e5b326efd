/**
 * The protocols that dissection names, as data. A layer of a `Dissection` carries one of these numbers; names and titles are Wireshark's.
 * Not here: how their octets are read (layers/) and which fields they have (fields/).
 */

/** Protocol numbers of tcplab's own, small enough for a Uint8Array. */
export const PROTOCOL = {
  /** Nothing follows. */
  NONE: 0,
  FRAME: 1,
  ETHERNET: 2,
  LOOPBACK: 3,
  SLL: 4,
  RAW: 5,
  ARP: 6,
  IPV4: 7,
  IPV6: 8,
  ICMP: 9,
  UDP: 10,
  TCP: 11,
  /** Octets that no layer claims. */
  DATA: 12,
  /** An IEEE 802.1Q tag. */
  VLAN: 13,
  /** An IEEE 802.1ad tag. */
  SERVICE_VLAN: 14,
  LLC: 15,
  PPP: 16,
  PPPOE_DISCOVERY: 17,
  PPPOE_SESSION: 18,
  /** A whole stack of labels. */
  MPLS: 19,
  /** The control word of Ethernet over MPLS. */
  PSEUDOWIRE: 20,
  GRE: 21,
  VXLAN: 22,
  GENEVE: 23,
  RADIOTAP: 24,
  WLAN: 25,
  NFLOG: 26,
  HOP_BY_HOP: 27,
  DESTINATION_OPTIONS: 28,
  ROUTING: 29,
  FRAGMENT: 30,
  AUTHENTICATION: 31,
  ICMPV6: 32,
  DNS: 33,
  DHCP: 34,
  /** Cisco's HDLC, and what keeps its lines alive. */
  HDLC: 35,
  SLARP: 36,
  /** What ends of PPP agree on. */
  LCP: 37,
  IPCP: 38,
  IPV6CP: 39,
  CCP: 40,
  MPLSCP: 41,
  CDPCP: 42,
  PAP: 43,
  CHAP: 44,
} as const;

/** One of `PROTOCOL`. */
export type ProtocolId = (typeof PROTOCOL)[keyof typeof PROTOCOL];

/** LCP and its kin, which are built alike. */
export const PPP_CONTROL: readonly ProtocolId[] = [
  PROTOCOL.LCP,
  PROTOCOL.IPCP,
  PROTOCOL.IPV6CP,
  PROTOCOL.CCP,
  PROTOCOL.MPLSCP,
  PROTOCOL.CDPCP,
];

/** What is known of a protocol. */
export interface Protocol {
  readonly id: ProtocolId;
  /** The name in filters: `tcp`. */
  readonly name: string;
  /** `Transmission Control Protocol`. */
  readonly title: string;
  /** The packet list's Protocol column. */
  readonly column: string;
}

/** Every protocol by its number. */
export const PROTOCOLS: readonly Protocol[] = [
  { id: PROTOCOL.NONE, name: '', title: '', column: '' },
  { id: PROTOCOL.FRAME, name: 'frame', title: 'Frame', column: '' },
  { id: PROTOCOL.ETHERNET, name: 'eth', title: 'Ethernet', column: 'Ethernet' },
  { id: PROTOCOL.LOOPBACK, name: 'null', title: 'Null/Loopback', column: 'Null/Loopback' },
  { id: PROTOCOL.SLL, name: 'sll', title: 'Linux cooked-mode capture', column: 'SLL' },
  { id: PROTOCOL.RAW, name: 'raw', title: 'Raw packet data', column: 'Raw' },
  { id: PROTOCOL.ARP, name: 'arp', title: 'Address Resolution Protocol', column: 'ARP' },
  { id: PROTOCOL.IPV4, name: 'ip', title: 'Internet Protocol Version 4', column: 'IPv4' },
  { id: PROTOCOL.IPV6, name: 'ipv6', title: 'Internet Protocol Version 6', column: 'IPv6' },
  { id: PROTOCOL.ICMP, name: 'icmp', title: 'Internet Control Message Protocol', column: 'ICMP' },
  { id: PROTOCOL.UDP, name: 'udp', title: 'User Datagram Protocol', column: 'UDP' },
  { id: PROTOCOL.TCP, name: 'tcp', title: 'Transmission Control Protocol', column: 'TCP' },
  { id: PROTOCOL.DATA, name: 'data', title: 'Data', column: '' },
  { id: PROTOCOL.VLAN, name: 'vlan', title: '802.1Q Virtual LAN', column: 'VLAN' },
  { id: PROTOCOL.SERVICE_VLAN, name: 'ieee8021ad', title: 'IEEE 802.1ad', column: '802.1ad' },
  { id: PROTOCOL.LLC, name: 'llc', title: 'Logical-Link Control', column: 'LLC' },
  { id: PROTOCOL.PPP, name: 'ppp', title: 'Point-to-Point Protocol', column: 'PPP' },
  { id: PROTOCOL.PPPOE_DISCOVERY, name: 'pppoed', title: 'PPP-over-Ethernet Discovery', column: 'PPPoED' },
  { id: PROTOCOL.PPPOE_SESSION, name: 'pppoes', title: 'PPP-over-Ethernet Session', column: 'PPPoES' },
  { id: PROTOCOL.MPLS, name: 'mpls', title: 'MultiProtocol Label Switching Header', column: 'MPLS' },
  { id: PROTOCOL.PSEUDOWIRE, name: 'pwethcw', title: 'PW Ethernet Control Word', column: 'PW Ethernet' },
  { id: PROTOCOL.GRE, name: 'gre', title: 'Generic Routing Encapsulation', column: 'GRE' },
  { id: PROTOCOL.VXLAN, name: 'vxlan', title: 'Virtual eXtensible Local Area Network', column: 'VxLAN' },
  { id: PROTOCOL.GENEVE, name: 'geneve', title: 'Generic Network Virtualization Encapsulation', column: 'Geneve' },
  { id: PROTOCOL.RADIOTAP, name: 'radiotap', title: 'Radiotap Header', column: '802.11' },
  { id: PROTOCOL.WLAN, name: 'wlan', title: 'IEEE 802.11', column: '802.11' },
  { id: PROTOCOL.NFLOG, name: 'nflog', title: 'Linux Netfilter NFLOG', column: 'NFLOG' },
  { id: PROTOCOL.HOP_BY_HOP, name: 'ipv6.hopopts', title: 'IPv6 Hop-by-Hop Option', column: 'IPv6' },
  { id: PROTOCOL.DESTINATION_OPTIONS, name: 'ipv6.dstopts', title: 'Destination Options for IPv6', column: 'IPv6' },
  { id: PROTOCOL.ROUTING, name: 'ipv6.routing', title: 'Routing Header for IPv6', column: 'IPv6' },
  { id: PROTOCOL.FRAGMENT, name: 'ipv6.fraghdr', title: 'Fragment Header for IPv6', column: 'IPv6' },
  { id: PROTOCOL.AUTHENTICATION, name: 'ah', title: 'Authentication Header', column: 'AH' },
  { id: PROTOCOL.ICMPV6, name: 'icmpv6', title: 'Internet Control Message Protocol v6', column: 'ICMPv6' },
  { id: PROTOCOL.DNS, name: 'dns', title: 'Domain Name System', column: 'DNS' },
  { id: PROTOCOL.DHCP, name: 'dhcp', title: 'Dynamic Host Configuration Protocol', column: 'DHCP' },
  { id: PROTOCOL.HDLC, name: 'chdlc', title: 'Cisco HDLC', column: 'CHDLC' },
  { id: PROTOCOL.SLARP, name: 'slarp', title: 'Cisco SLARP', column: 'SLARP' },
  { id: PROTOCOL.LCP, name: 'lcp', title: 'PPP Link Control Protocol', column: 'PPP LCP' },
  { id: PROTOCOL.IPCP, name: 'ipcp', title: 'PPP IP Control Protocol', column: 'PPP IPCP' },
  { id: PROTOCOL.IPV6CP, name: 'ipv6cp', title: 'PPP IPv6 Control Protocol', column: 'PPP IPV6CP' },
  { id: PROTOCOL.CCP, name: 'ccp', title: 'PPP Compression Control Protocol', column: 'PPP CCP' },
  { id: PROTOCOL.MPLSCP, name: 'mplscp', title: 'PPP MPLS Control Protocol', column: 'PPP MPLSCP' },
  { id: PROTOCOL.CDPCP, name: 'cdpcp', title: 'PPP CDP Control Protocol', column: 'PPP CDPCP' },
  { id: PROTOCOL.PAP, name: 'pap', title: 'PPP Password Authentication Protocol', column: 'PPP PAP' },
  { id: PROTOCOL.CHAP, name: 'chap', title: 'PPP Challenge Handshake Authentication Protocol', column: 'PPP CHAP' },
];
