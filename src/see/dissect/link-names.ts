/**
 * What numbers of link layers are called, as Wireshark writes them: data. Read first: tcpdump.org's link-type pages; Linux' if_arp.h, if_ether.h, nfnetlink_log.h; the
 * IEEE's list of LLC addresses.
 */

const FAMILIES: Readonly<Record<number, string>> = {
  2: 'IP',
  7: 'OSI',
  16: 'Appletalk',
  23: 'Netware IPX/SPX',
  24: 'IPv6',
  28: 'IPv6',
  30: 'IPv6',
};

/** An address family of LINKTYPE_NULL. */
export const loopbackFamilyName = (family: number): string => FAMILIES[family] ?? 'Unknown';

const PACKET_TYPES: readonly string[] = [
  'Unicast to us',
  'Broadcast',
  'Multicast',
  'Unicast to another host',
  'Sent by us',
];

/** Which way a packet of a cooked capture went. */
export const packetTypeName = (type: number): string => PACKET_TYPES[type] ?? 'Unknown';

const SLL_HARDWARE: Readonly<Record<number, string>> = {
  0: 'NET/ROM pseudo',
  1: 'Ethernet',
  2: 'Experimental Ethernet',
  3: 'AX.25 Level 2',
  4: 'PROnet token ring',
  5: 'Chaosnet',
  6: 'IEEE 802.2 Ethernet/TR/TB',
  7: 'ARCnet',
  8: 'APPLEtalk',
  15: 'Frame Relay DLCI',
  19: 'ATM',
  23: 'Metricom STRIP (new IANA id)',
  24: 'IEEE 1394 IPv4 - RFC 2734',
  27: 'EUI-64',
  32: 'InfiniBand',
  37: 'HFI',
  256: 'SLIP',
  257: 'CSLIP',
  280: 'Controller Area Network',
  512: 'PPP',
  513: 'Cisco HDLC',
  768: 'IPIP tunnel',
  769: 'IPIP6 tunnel',
  772: 'Loopback',
  776: 'sit0 device - IPv6-in-IPv4',
  778: 'GRE over IP',
  801: 'IEEE 802.11',
  802: 'IEEE 802.11 + Prism2 header',
  803: 'IEEE 802.11 + radiotap header',
  824: 'Netlink',
  65534: 'zero header length',
  65535: 'Void type, nothing is known',
};

/** A cooked capture's kind of device (Linux' ARPHRD_ numbers). */
export const sllHardwareName = (type: number): string => SLL_HARDWARE[type] ?? 'Unknown';

const SLL_PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'Raw 802.3',
  3: 'Ethernet',
  4: '802.2 LLC',
  7: 'PPP (HDLC)',
  12: 'CAN',
  13: 'CAN FD',
};

/** A cooked capture's protocol that is no EtherType. */
export const sllProtocolName = (protocol: number): string => SLL_PROTOCOLS[protocol] ?? 'Unknown';

const SAPS: Readonly<Record<number, string>> = {
  0: 'NULL LSAP',
  1: 'NULL LSAP',
  2: 'LLC Sub-Layer Management',
  3: 'LLC Sub-Layer Management',
  4: 'SNA Path Control',
  6: 'TCP/IP',
  8: 'SNA',
  12: 'SNA',
  14: 'PROWAY (IEC955) Network Management and Initialization',
  16: 'NetWare (unofficial?)',
  24: 'Texas Instruments',
  66: 'Spanning Tree BPDU',
  78: 'EIA RS-511 Manufacturing Message Service',
  84: 'ISO Network Layer (OSLAN 2)',
  126: 'ISO 8208 (X.25 over 802.2)',
  127: 'ISO 802.2',
  128: 'XNS',
  134: 'Nestar',
  142: 'PROWAY (IEC955) Active Station List Maintenance',
  152: 'ARP',
  170: 'SNAP',
  180: 'HP JetDirect Printer',
  186: 'Banyan Vines',
  188: 'Banyan Vines',
  224: 'NetWare',
  236: 'CLNP (OSLAN 2)',
  240: 'NetBIOS',
  244: 'IBM Net Management',
  248: 'HP Extended LLC',
  250: 'Ungermann-Bass',
  252: 'Remote Program Load',
  254: 'ISO Network Layer',
  255: 'Global DSAP',
};

/** A service access point. */
export const sapName = (sap: number): string => SAPS[sap] ?? 'Unknown';

/** Unnumbered frames by the bits of their modifier: short and long names, as commands and, where those differ, as responses. */
const UNNUMBERED: Readonly<
  Record<number, readonly [short: string, long: string, shortResponse?: string, longResponse?: string]>
> = {
  0: ['UI', 'Unnumbered Information'],
  12: ['DM', 'Disconnected mode'],
  64: ['DISC', 'Disconnect', 'RD', 'Request Disconnect'],
  96: ['UA', 'Unnumbered Acknowledge'],
  108: ['SABME', 'Set Asynchronous Balanced Mode Extended'],
  132: ['FRMR', 'Frame reject'],
  172: ['XID', 'Exchange identification'],
  224: ['TEST', 'Test'],
};

/** An unnumbered frame's short and long name. */
export function unnumberedName(control: number, isResponse: boolean): readonly [short: string, long: string] {
  const [short, long, shortResponse, longResponse] = UNNUMBERED[control & 0xec] ?? ['Unknown', 'Unknown'];
  return isResponse && shortResponse !== undefined && longResponse !== undefined
    ? [shortResponse, longResponse]
    : [short, long];
}

const SUPERVISORY: readonly (readonly [short: string, long: string])[] = [
  ['RR', 'Receiver ready'],
  ['RNR', 'Receiver not ready'],
  ['REJ', 'Reject'],
  ['SREJ', 'Selective reject'],
];

/** A supervisory frame's short and long name. */
export const supervisoryName = (control: number): readonly [short: string, long: string] =>
  SUPERVISORY[(control & 0xc) >>> 2]!;

/** Organizations, as Wireshark calls them. */
const ORGANIZATIONS: Readonly<Record<number, string>> = {
  0: 'Officially Xerox, but 0:0:0:0:0:0 is more common',
  12: 'Cisco Systems, Inc',
  32962: 'IEEE',
  524295: 'Apple, Inc.',
};

/** An organization that SNAP names; undefined when tcplab has no name. */
export const organizationName = (organization: number): string | undefined => ORGANIZATIONS[organization];

const CISCO: Readonly<Record<number, string>> = {
  258: 'DRiP',
  260: 'Port Aggregation Protocol',
  261: 'MLS Hello',
  267: 'PVSTP+',
  268: 'VLAN Bridge',
  273: 'UDLD',
  8192: 'CDP',
  8193: 'CGMP',
  8195: 'VTP',
  8196: 'DTP',
  8202: 'STP Uplink Fast',
};

/** A protocol that an organization numbered; undefined for organizations whose numbers have no names here. */
export function snapProtocolName(organization: number, protocol: number): string | undefined {
  if (organization === 0x00000c) return CISCO[protocol] ?? 'Unknown';
  return organization === 0x080007 && protocol === 0x809b ? 'AppleTalk' : undefined;
}

const NFLOG_ITEMS: Readonly<Record<number, string>> = {
  1: 'NFULA_PACKET_HDR',
  2: 'NFULA_MARK',
  3: 'NFULA_TIMESTAMP',
  4: 'NFULA_IFINDEX_INDEV',
  5: 'NFULA_IFINDEX_OUTDEV',
  6: 'NFULA_IFINDEX_PHYSINDEV',
  7: 'NFULA_IFINDEX_PHYSOUTDEV',
  8: 'NFULA_HWADDR',
  9: 'NFULA_PAYLOAD',
  10: 'NFULA_PREFIX',
  11: 'NFULA_UID',
  12: 'NFULA_SEQ',
  13: 'NFULA_SEQ_GLOBAL',
  14: 'NFULA_GID',
  15: 'NFULA_HWTYPE',
  16: 'NFULA_HWHEADER',
  17: 'NFULA_HWLEN',
};

/** An item of NFLOG. */
export const nflogItemName = (type: number): string => NFLOG_ITEMS[type] ?? 'Unknown';
