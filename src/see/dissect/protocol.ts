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
} as const;

/** One of `PROTOCOL`. */
export type ProtocolId = (typeof PROTOCOL)[keyof typeof PROTOCOL];

/** What is known of a protocol. */
export interface Protocol {
  readonly id: ProtocolId;
  /** The name in filters: `tcp`. */
  readonly name: string;
  /** What it adds to frame.protocols: `eth:ethertype`. */
  readonly path: string;
  /** `Transmission Control Protocol`. */
  readonly title: string;
  /** The packet list's Protocol column. */
  readonly column: string;
}

/** Every protocol by its number. */
export const PROTOCOLS: readonly Protocol[] = [
  { id: PROTOCOL.NONE, name: '', path: '', title: '', column: '' },
  { id: PROTOCOL.FRAME, name: 'frame', path: '', title: 'Frame', column: '' },
  { id: PROTOCOL.ETHERNET, name: 'eth', path: 'eth:ethertype', title: 'Ethernet', column: 'Ethernet' },
  { id: PROTOCOL.LOOPBACK, name: 'null', path: 'null', title: 'Null/Loopback', column: 'Null/Loopback' },
  { id: PROTOCOL.SLL, name: 'sll', path: 'sll:ethertype', title: 'Linux cooked-mode capture', column: 'SLL' },
  { id: PROTOCOL.RAW, name: 'raw', path: 'raw', title: 'Raw packet data', column: 'Raw' },
  { id: PROTOCOL.ARP, name: 'arp', path: 'arp', title: 'Address Resolution Protocol', column: 'ARP' },
  { id: PROTOCOL.IPV4, name: 'ip', path: 'ip', title: 'Internet Protocol Version 4', column: 'IPv4' },
  { id: PROTOCOL.IPV6, name: 'ipv6', path: 'ipv6', title: 'Internet Protocol Version 6', column: 'IPv6' },
  { id: PROTOCOL.ICMP, name: 'icmp', path: 'icmp', title: 'Internet Control Message Protocol', column: 'ICMP' },
  { id: PROTOCOL.UDP, name: 'udp', path: 'udp', title: 'User Datagram Protocol', column: 'UDP' },
  { id: PROTOCOL.TCP, name: 'tcp', path: 'tcp', title: 'Transmission Control Protocol', column: 'TCP' },
  { id: PROTOCOL.DATA, name: 'data', path: 'data', title: 'Data', column: '' },
];
