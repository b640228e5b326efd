/**
 * Captures made for what captures of real traffic seldom hold: every TCP option, stacks of tags and tunnels, fragments in any order, errors of ICMP, headers cut after each octet,
 * every link type (test/golden/made). How many values of them differ from tshark 4.0.17's, and why; a capture that is not named here differs in none.
 */

/** What differs in a capture. */
export interface MadeDifference {
  readonly file: string;
  /** How many values of fields, and how many list lines, at the most. */
  readonly values: number;
  readonly lines: number;
  readonly why: string;
}

/** Captures that differ. */
export const MADE_DIFFERENCES: readonly MadeDifference[] = [
  {
    file: 'apps.pcap',
    values: 4,
    lines: 2,
    why: 'what TCP carries is no layer, but for DNS; TLS of impossible lengths is no hello',
  },
  {
    file: 'authentication.pcap',
    values: 0,
    lines: 1,
    why: 'a fragment that is the whole packet, and carries nothing',
  },
  {
    file: 'checksums.pcap',
    values: 2,
    lines: 0,
    why: 'octets that came before are segment data, whatever tshark calls the segment that brings them again',
  },
  {
    file: 'cut.pcap',
    values: 117,
    lines: 3,
    why: 'what is left of a header that was cut: tshark adds a field when it comes to it, tcplab knows where the header ends first; and UDP over an Ethernet trailer',
  },
  { file: 'cut-more.pcap', values: 83, lines: 0, why: 'what is left of a header that was cut' },
  { file: 'cut-tunnels.pcap', values: 77, lines: 0, why: 'what is left of a header that was cut' },
  {
    file: 'dhcp.pcap',
    values: 8,
    lines: 4,
    why: 'a message cut in its fixed part has its first fields in one and none in the other; of a value that is cut the rest is shown; BOOTP without a cookie is called DHCP',
  },
  {
    file: 'dns.pcap',
    values: 17,
    lines: 3,
    why: 'types in a bit map of NSEC are no records, and a message in which one is cut is not whole; octets below 32 are written in hexadecimal; a name that points at itself ends its message',
  },
  {
    file: 'dns-services.pcap',
    values: 41,
    lines: 6,
    why: 'a record that ends too early makes a message malformed to tshark, and its others are not read; letters of records are read as ISO 8859-1, controls are escapes',
  },
  { file: 'fin-again.pcap', values: 2, lines: 0, why: 'HTTP is no layer here, also where a FIN ends the message' },
  {
    file: 'fragments-faults.pcap',
    values: 9,
    lines: 0,
    why: 'of fragments that contradict one another the one that came first is believed, in tshark the one that begins first',
  },
  {
    file: 'header-short.pcap',
    values: 16,
    lines: 23,
    why: 'BOOTP without a cookie is called DHCP, and its line is only that of a whole message; the length of a header of no version',
  },
  { file: 'http-heads.pcap', values: 10, lines: 0, why: 'what TCP carries is no layer, but for DNS' },
  { file: 'icmp.pcap', values: 11, lines: 0, why: 'TCP in a quotation that is short' },
  {
    file: 'http-media.pcap',
    values: 56,
    lines: 2,
    why: 'HTTP is no layer; packed bodies are not unpacked, so that nobody knows whether they can be; only types that are common are told by the list',
  },
  {
    file: 'http-ports.pcap',
    values: 32,
    lines: 3,
    why: 'what begins like HTTP on its port is HTTP, also where port 7000, which is Gryphon for tshark, is the server; HTTP is no layer',
  },
  {
    file: 'ip-short.pcap',
    values: 36,
    lines: 6,
    why: 'the destination is told also where options behind it are cut, for which tshark has none; an authentication header that is not whole',
  },
  {
    file: 'icmp-extensions.pcap',
    values: 15,
    lines: 4,
    why: 'extensions that are cut are not malformed; extensions of ICMPv6 are no layer of ICMP; a SYN that is only quoted begins no connection',
  },
  {
    file: 'link-control.pcap',
    values: 3,
    lines: 0,
    why: 'a packet that was sent back since its protocol is unknown is data here, and what it is there',
  },
  {
    file: 'icmp-tcp.pcap',
    values: 20,
    lines: 0,
    why: 'what is quoted says nothing of its connection: no window scale, no end, no cause of a reset',
  },
  {
    file: 'icmp-types.pcap',
    values: 20,
    lines: 0,
    why: 'a quotation of no version has a header length; data behind router addresses of impossible size; two octets to a port of DNS; a quoted header cut in its options has a destination',
  },
  {
    file: 'ip-options.pcap',
    values: 191,
    lines: 19,
    why: 'where a source route goes is what the header says; options of impossible length do not end the packet',
  },
  {
    file: 'ipv6.pcap',
    values: 14,
    lines: 7,
    why: "the last destination of a routing header is not taken for the packet's; ESP, Mobile IPv6 and DHCPv6 have no rule; a header chain that is cut",
  },
  { file: 'link-loop.pcap', values: 0, lines: 1, why: 'a header that is cut: N/A' },
  { file: 'link-null.pcap', values: 18, lines: 3, why: 'a header that is cut: N/A; OSI has no rule' },
  { file: 'link-ppp-short.pcap', values: 5, lines: 0, why: 'the length of a header of no version' },
  {
    file: 'link-ppp50.pcap',
    values: 1,
    lines: 1,
    why: 'compressed datagrams of PPP have no rule',
  },
  {
    file: 'link-ppp9.pcap',
    values: 1,
    lines: 1,
    why: 'compressed datagrams of PPP have no rule',
  },
  { file: 'link-raw101.pcap', values: 0, lines: 1, why: 'an empty packet: N/A' },
  {
    file: 'link-sll.pcap',
    values: 11,
    lines: 6,
    why: 'IPX, CAN and LLDP have no rule; a cooked header that names an unknown protocol',
  },
  { file: 'link-sll2.pcap', values: 0, lines: 1, why: 'a header that is cut' },
  {
    file: 'llc.pcap',
    values: 16,
    lines: 13,
    why: 'NetBIOS, CDP, SNA, STP, OSI, RPL and X.25 have no rule; an EtherType of 0',
  },
  {
    file: 'malformed.pcap',
    values: 187,
    lines: 39,
    why: 'headers whose lengths contradict one another, UDP-Lite, IGMP and other protocols without a rule',
  },
  {
    file: 'messages-heads.pcap',
    values: 48,
    lines: 26,
    why: 'what TCP carries is no layer, but for DNS',
  },
  {
    file: 'messages.pcap',
    values: 72,
    lines: 48,
    why: 'what TCP carries is no layer, but for DNS; what tshark calls malformed, it does not put together',
  },
  {
    file: 'messages-late.pcap',
    values: 76,
    lines: 9,
    why: 'what comes late is put in its place where it is new, and only there: tshark goes by the name that it has for the segment',
  },
  {
    file: 'messages-overlap.pcap',
    values: 65,
    lines: 4,
    why: 'tshark leaves HTTP alone in what it calls out of order; the list does not keep what came, and has no [Illegal Segments]',
  },
  { file: 'nflog.pcap', values: 117, lines: 8, why: 'packets of which no item tells the protocol' },
  { file: 'radiotap.pcap', values: 4, lines: 3, why: 'radiotap of impossible length, and A-MPDU' },
  {
    file: 'socks.pcap',
    values: 127,
    lines: 70,
    why: 'SOCKS and what it carries are no layers, and what it carries is no payload of its own; the numbers of streams are the same',
  },
  {
    file: 'tcpopts.pcap',
    values: 11,
    lines: 8,
    why: 'an option of impossible length; octets that were sent twice are still octets',
  },
  {
    file: 'tunnels.pcap',
    values: 1,
    lines: 0,
    why: 'PPPoE discovery by name, EtherTypes without a rule',
  },
  {
    file: 'wlan.pcap',
    values: 40,
    lines: 52,
    why: 'of management frames only beacon intervals and names of networks are shown, of control frames addresses; A-MSDU, and HT control in a frame of SNA',
  },
  {
    file: 'wlan-data.pcap',
    values: 180,
    lines: 19,
    why: 'A-MSDU, of which each packet has addresses of its own; a protected payload of less than four octets; a last fragment that is alone; STP, IPX, CDP, EAPOL and AARP have no rule',
  },
  { file: 'wlan-elements.pcap', values: 0, lines: 1, why: 'an element of a disassociation that is cut' },
  {
    file: 'wlan-others.pcap',
    values: 30,
    lines: 15,
    why: 'elements that are cut; frame control of a version that nobody knows has values, and the frame is not malformed',
  },
  { file: 'wlan-qos.pcap', values: 0, lines: 3, why: 'fragments that are protected' },
  {
    file: 'wlan-radiotap.pcap',
    values: 12,
    lines: 7,
    why: 'a protected payload of less than four octets; EAPOL has no rule',
  },
  {
    file: 'tun-gre.pcap',
    values: 220,
    lines: 6,
    why: 'ERSPAN, WCCP, NHRP and Ethernet in IP have no rule; a checksum in a header that is cut',
  },
  {
    file: 'tun-mpls.pcap',
    values: 220,
    lines: 7,
    why: 'what is below labels with a meaning of their own, and below a stack that does not begin like IP',
  },
  {
    file: 'tun-overlay.pcap',
    values: 85,
    lines: 2,
    why: 'VXLAN-GPE has no rule; a header that is cut',
  },
  {
    file: 'tun-pppoe.pcap',
    values: 35,
    lines: 3,
    why: 'protocols over PPP without a rule; PPP with address and control octets over Ethernet',
  },
  {
    file: 'tun-vlan-arp.pcap',
    values: 2,
    lines: 2,
    why: 'STP and LLDP have no rule',
  },
  {
    file: 'mptcp.pcap',
    values: 16,
    lines: 9,
    why: 'messages of Multipath TCP are not put together; an option of two or three octets does not end the others',
  },
  {
    file: 'tcp-options.pcap',
    values: 17,
    lines: 38,
    why: 'options of impossible length do not end the others; SCPS and Riverbed options have no more than a name',
  },
  {
    file: 'ipv6-headers.pcap',
    values: 40,
    lines: 13,
    why: "the last destination of a routing header, and a home address, are not taken for the packet's; ESP, Mobile IPv6, HIP and Shim6 have no rule",
  },
];
