/**
 * What numbers in headers are called, as Wireshark writes them in its list and its detail tree: data. Read first: the IANA registries
 * "Protocol Numbers", "Differentiated Services Field Codepoints", "ICMP Parameters", "ARP Parameters".
 */
import { utf8 } from '../../core/text-sink.ts';
import { CONTROL_BITS } from '../../rules/flags.ts';

const IP_PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'IPv6 Hop-by-Hop Option',
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPIP',
  6: 'TCP',
  17: 'UDP',
  33: 'Datagram Congestion Control Protocol',
  41: 'IPv6',
  43: 'Routing Header for IPv6',
  44: 'Fragment Header for IPv6',
  46: 'Reservation Protocol',
  47: 'Generic Routing Encapsulation',
  50: 'Encap Security Payload',
  51: 'Authentication Header',
  58: 'ICMPv6',
  59: 'No Next Header for IPv6',
  60: 'Destination Options for IPv6',
  88: 'EIGRP',
  89: 'OSPF IGP',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
};

/** `TCP` for 6; `Unknown` for what tcplab has no name for. */
export const ipProtocolName = (protocol: number): string => IP_PROTOCOLS[protocol] ?? 'Unknown';

const DSCP: Readonly<Record<number, readonly [short: string, long: string]>> = {
  0: ['CS0', 'Default'],
  1: ['LE', 'Lower Effort'],
  8: ['CS1', 'Class Selector 1'],
  10: ['AF11', 'Assured Forwarding 11'],
  12: ['AF12', 'Assured Forwarding 12'],
  14: ['AF13', 'Assured Forwarding 13'],
  16: ['CS2', 'Class Selector 2'],
  18: ['AF21', 'Assured Forwarding 21'],
  20: ['AF22', 'Assured Forwarding 22'],
  22: ['AF23', 'Assured Forwarding 23'],
  24: ['CS3', 'Class Selector 3'],
  26: ['AF31', 'Assured Forwarding 31'],
  28: ['AF32', 'Assured Forwarding 32'],
  30: ['AF33', 'Assured Forwarding 33'],
  32: ['CS4', 'Class Selector 4'],
  34: ['AF41', 'Assured Forwarding 41'],
  36: ['AF42', 'Assured Forwarding 42'],
  38: ['AF43', 'Assured Forwarding 43'],
  40: ['CS5', 'Class Selector 5'],
  44: ['VOICE-ADMIT', 'Voice Admit'],
  46: ['EF PHB', 'Expedited Forwarding'],
  48: ['CS6', 'Class Selector 6'],
  56: ['CS7', 'Class Selector 7'],
};

/** A differentiated-services code point's short and long name. */
export const dscpName = (dscp: number): readonly [short: string, long: string] => DSCP[dscp] ?? ['Unknown', 'Unknown'];

const ECN: readonly (readonly [short: string, long: string])[] = [
  ['Not-ECT', 'Not ECN-Capable Transport'],
  ['ECT(1)', "ECN-Capable Transport codepoint '01'"],
  ['ECT(0)', "ECN-Capable Transport codepoint '10'"],
  ['CE', 'Congestion Experienced'],
];

/** An ECN code point's short and long name. */
export const ecnName = (ecn: number): readonly [short: string, long: string] => ECN[ecn & 3]!;

const ICMP_TYPES: Readonly<Record<number, string>> = {
  0: 'Echo (ping) reply',
  3: 'Destination unreachable',
  4: 'Source quench (flow control)',
  5: 'Redirect',
  8: 'Echo (ping) request',
  9: 'Router advertisement',
  10: 'Router solicitation',
  11: 'Time-to-live exceeded',
  12: 'Parameter problem',
  13: 'Timestamp request',
  14: 'Timestamp reply',
  15: 'Information request',
  16: 'Information reply',
  17: 'Address mask request',
  18: 'Address mask reply',
};

/** An ICMP type's name; undefined when tcplab has none. */
export const icmpTypeName = (type: number): string | undefined => ICMP_TYPES[type];

const ICMP_CODES: Readonly<Record<number, readonly string[]>> = {
  3: [
    'Network unreachable',
    'Host unreachable',
    'Protocol unreachable',
    'Port unreachable',
    'Fragmentation needed',
    'Source route failed',
    'Destination network unknown',
    'Destination host unknown',
    'Source host isolated',
    'Network administratively prohibited',
    'Host administratively prohibited',
    'Network unreachable for TOS',
    'Host unreachable for TOS',
    'Communication administratively filtered',
    'Host precedence violation',
    'Precedence cutoff in effect',
  ],
  5: ['Redirect for network', 'Redirect for host', 'Redirect for TOS and network', 'Redirect for TOS and host'],
  11: ['Time to live exceeded in transit', 'Fragment reassembly time exceeded'],
  12: ['Pointer indicates the error', 'Required option missing', 'Bad length'],
};

/** An ICMP code's name, for the types whose codes have names. */
export function icmpCodeName(type: number, code: number): string | undefined {
  const names = ICMP_CODES[type];
  return names === undefined ? undefined : (names[code] ?? `Unknown code: ${code}`);
}

const ARP_OPERATIONS: Readonly<Record<number, string>> = {
  1: 'request',
  2: 'reply',
  3: 'reverse request',
  4: 'reverse reply',
  8: 'inverse request',
  9: 'inverse reply',
};

/** An ARP operation's name; undefined when tcplab has none. */
export const arpOperationName = (operation: number): string | undefined => ARP_OPERATIONS[operation];

const HARDWARE_TYPES: Readonly<Record<number, string>> = {
  1: 'Ethernet',
  6: 'IEEE 802',
  7: 'ARCNET',
  15: 'Frame Relay DLCI',
  32: 'InfiniBand',
};

/** An ARP hardware type's name. */
export const hardwareTypeName = (type: number): string => HARDWARE_TYPES[type] ?? 'Unknown';

const ETHER_TYPES: Readonly<Record<number, string>> = {
  2048: 'IPv4',
  2054: 'ARP',
  33024: '802.1Q Virtual LAN',
  34525: 'IPv6',
  36864: 'Loopback',
};

/** An EtherType's name. */
export const etherTypeName = (type: number): string => ETHER_TYPES[type] ?? 'Unknown';

const OPTIONS: Readonly<Record<number, readonly [title: string, kind: string]>> = {
  0: ['End of Option List (EOL)', 'End of Option List'],
  1: ['No-Operation (NOP)', 'No-Operation'],
  2: ['Maximum segment size', 'Maximum Segment Size'],
  3: ['Window scale', 'Window Scale'],
  4: ['SACK permitted', 'SACK Permitted'],
  5: ['SACK', 'SACK'],
  8: ['Timestamps', 'Time Stamp Option'],
  19: ['TCP MD5 signature', 'MD5 Signature Option'],
  28: ['User Timeout', 'User Timeout Option'],
  29: ['TCP AO', 'The TCP Authentication Option'],
  30: ['MPTCP', 'Multipath TCP'],
  34: ['TCP Fast Open', 'TCP Fast Open Cookie'],
  253: ['Experimental', 'RFC3692-style Experiment 1'],
  254: ['Experimental', 'RFC3692-style Experiment 2'],
};

/** A TCP option's title in the tree, and its kind's name. */
export const optionName = (kind: number): readonly [title: string, kind: string] =>
  OPTIONS[kind] ?? ['Unknown', 'Unknown'];

const RESERVED = 0xe00;

/** The flag texts of all twelve-bit values met so far, as octets: few are in use. */
const flagTexts: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(4096).fill(undefined);

/** `SYN, ACK`; `<None>` for none; reserved bits are named last. */
export function flagText(flags: number): string {
  const names: string[] = CONTROL_BITS.filter(({ bit }) => flags & bit).map(({ name }) => name);
  if (flags & RESERVED) names.push('Reserved');
  return names.length > 0 ? names.join(', ') : '<None>';
}

/** `flagText` as octets. */
export function flagOctets(flags: number): Uint8Array {
  const known = flagTexts[flags];
  if (known !== undefined) return known;
  const octets = utf8(flagText(flags));
  flagTexts[flags] = octets;
  return octets;
}
