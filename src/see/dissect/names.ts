/**
 * What numbers in headers are called, as Wireshark writes them in its list and its detail tree: data. Read first: the IANA registries
 * "Protocol Numbers", "Differentiated Services Field Codepoints", "ICMP Parameters", "ARP Parameters".
 */
import { utf8 } from '../../core/text-sink.ts';
import { CONTROL_BITS } from '../../rules/flags.ts';
import { ARP_OPERATIONS, HARDWARE_TYPES } from './registries/arp.ts';
import { ETHER_TYPES } from './registries/ether-types.ts';
import { IP_PROTOCOLS } from './registries/ip-protocols.ts';
import { PPP_PROTOCOLS } from './registries/ppp-protocols.ts';

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
  1: 'Reserved',
  2: 'Reserved',
  3: 'Destination unreachable',
  4: 'Source quench (flow control)',
  5: 'Redirect',
  6: 'Alternate host address',
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
  19: 'Reserved (for security)',
  30: 'Traceroute',
  31: 'Datagram Conversion Error',
  32: 'Mobile Host Redirect',
  33: 'IPv6 Where-Are-You',
  34: 'IPv6 I-Am-Here',
  35: 'Mobile Registration Request',
  36: 'Mobile Registration Reply',
  37: 'Domain Name Request',
  38: 'Domain Name Reply',
  39: 'SKIP',
  40: 'Photuris',
  41: 'Experimental mobility protocols',
  42: 'Extended Echo request',
  43: 'Extended Echo reply',
};

/** What Wireshark calls a type that has no name. */
const UNKNOWN_ICMP = 'Unknown ICMP (obsolete or malformed?)';

/** Codes with which a router advertisement is one of mobile IP (RFC 5944 §2.1.1), as 0 is for Wireshark. */
const MOBILE_CODES: ReadonlySet<number> = new Set([0, 16]);

/** What a message is, whose type may mean two things. */
export const icmpMessageName = (type: number, code: number): string =>
  type === 9 && MOBILE_CODES.has(code) ? 'Mobile IP Advertisement' : (ICMP_TYPES[type] ?? UNKNOWN_ICMP);

/** An ICMP type's name; undefined when tcplab has none. */
export const icmpTypeName = (type: number): string | undefined => ICMP_TYPES[type];

/** What answers an extended echo (RFC 8335 §3); a request has code 0 only. */
export const EXTENDED_ECHO_CODES: readonly string[] = [
  'No error',
  'Malformed Query',
  'No Such Interface',
  'No Such Table Entry',
  'Multiple Interfaces Satisfy Query',
];

const ICMP_CODES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
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
  6: ['Alternate address for host'],
  9: { 0: 'Normal router advertisement', 16: 'Does not route common traffic' },
  40: [
    'Bad SPI',
    'Authentication Failed',
    'Decompression Failed',
    'Decryption Failed',
    'Need Authentication',
    'Need Authorization',
  ],
  42: EXTENDED_ECHO_CODES.slice(0, 1),
  43: EXTENDED_ECHO_CODES,
};

/** An ICMP code's name, for the types whose codes have names. */
export function icmpCodeName(type: number, code: number): string | undefined {
  const names = ICMP_CODES[type];
  return names === undefined ? undefined : (names[code] ?? `Unknown code: ${code}`);
}

/** A PPP protocol's name. */
export const pppProtocolName = (protocol: number): string => PPP_PROTOCOLS[protocol] ?? 'Unknown';

const VLAN_PRIORITIES: readonly string[] = [
  'Best Effort (default)',
  'Background',
  'Excellent Effort',
  'Critical Applications',
  'Video, < 100ms latency and jitter',
  'Voice, < 10ms latency and jitter',
  'Internetwork Control',
  'Network Control',
];

/** `Best Effort (default)` for 0. */
export const vlanPriorityName = (priority: number): string => VLAN_PRIORITIES[priority]!;

const DNS_OPCODES: Readonly<Record<number, string>> = {
  0: 'Standard query',
  1: 'Inverse query',
  2: 'Server status request',
  4: 'Zone change notification',
  5: 'Dynamic update',
  6: 'DNS Stateful operations (DSO)',
};

/** `Standard query` for 0. */
export const dnsOpcodeName = (opcode: number): string => DNS_OPCODES[opcode] ?? 'Unknown operation';

const DNS_RESPONSE_CODES: readonly string[] = [
  'No error',
  'Format error',
  'Server failure',
  'No such name',
  'Not implemented',
  'Refused',
  'Name exists',
  'RRset exists',
  'RRset does not exist',
  'Not authoritative',
  'Name out of zone',
  'DSO-Type not implemented',
];

/** `No such name` for 3. */
export const dnsResponseCodeName = (code: number): string => DNS_RESPONSE_CODES[code] ?? 'Unknown error';

const DNS_TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  13: 'HINFO',
  15: 'MX',
  16: 'TXT',
  17: 'RP',
  18: 'AFSDB',
  24: 'SIG',
  25: 'KEY',
  28: 'AAAA',
  29: 'LOC',
  32: 'NB',
  33: 'SRV',
  35: 'NAPTR',
  39: 'DNAME',
  41: 'OPT',
  43: 'DS',
  44: 'SSHFP',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  50: 'NSEC3',
  51: 'NSEC3PARAM',
  52: 'TLSA',
  64: 'SVCB',
  65: 'HTTPS',
  99: 'SPF',
  249: 'TKEY',
  250: 'TSIG',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
  257: 'CAA',
};

/** What Wireshark says of a type behind its name. */
const DNS_TYPE_TITLES: Readonly<Record<number, string>> = {
  1: 'Host Address',
  2: 'authoritative Name Server',
  5: 'Canonical NAME for an alias',
  6: 'Start Of a zone of Authority',
  12: 'domain name PoinTeR',
  13: 'host information',
  15: 'Mail eXchange',
  16: 'Text strings',
  17: 'Responsible Person',
  18: 'AFS Data Base location',
  24: 'security signature',
  25: 'security key',
  28: 'IPv6 Address',
  29: 'Location Information',
  33: 'Server Selection',
  35: 'Naming Authority Pointer',
  43: 'Delegation Signer',
  44: 'SSH Key Fingerprint',
  46: 'Resource Record Signature',
  47: 'Next Secure',
  48: 'DNS Public Key',
  64: 'General Purpose Service Endpoints',
  65: 'HTTPS Specific Service Endpoints',
  249: 'Transaction Key',
  250: 'Transaction Signature',
  251: 'incremental transfer',
  252: 'transfer of an entire zone',
  257: 'Certification Authority Restriction',
};

/** The type that asks for all others has another name in the tree. */
const ANY = 255;

/** `AAAA (IPv6 Address) (28)` for 28. */
export function dnsTypeTitle(type: number): string {
  if (type === ANY) return '* (A request for all records the server/cache has available) (255)';
  const title = DNS_TYPE_TITLES[type];
  const name = DNS_TYPES[type] ?? 'Unknown';
  return title === undefined ? `${name} (${type})` : `${name} (${title}) (${type})`;
}

const DNS_CLASSES: Readonly<Record<number, string>> = {
  1: 'IN',
  2: 'CS',
  3: 'CH',
  4: 'HS',
  254: 'NONE',
  255: 'ANY',
};

/** `IN` for 1. */
export const dnsClassName = (type: number): string => DNS_CLASSES[type] ?? 'Unknown';

/** `AAAA` for 28. */
export const dnsTypeName = (type: number): string => DNS_TYPES[type] ?? `Unknown (${type})`;

const DHCP_TYPES: readonly string[] = [
  '',
  'Discover',
  'Offer',
  'Request',
  'Decline',
  'ACK',
  'NAK',
  'Release',
  'Inform',
  'Force Renew',
  'Lease query',
  'Lease Unassigned',
  'Lease Unknown',
  'Lease Active',
  'Bulk Lease Query',
  'Lease Query Done',
  'Active LeaseQuery',
  'Lease Query Status',
  'TLS',
];

/** `Discover` for 1; undefined when tcplab has no name. */
export const dhcpTypeName = (type: number): string | undefined => DHCP_TYPES[type];

/** An ARP operation's name; undefined when tcplab has none. */
export const arpOperationName = (operation: number): string | undefined => ARP_OPERATIONS[operation];

/** An ARP hardware type's name. */
export const hardwareTypeName = (type: number): string => HARDWARE_TYPES[type] ?? 'Unknown';

/** An EtherType's name. */
export const etherTypeName = (type: number): string => ETHER_TYPES[type] ?? 'Unknown';

const OPTIONS: Readonly<Record<number, readonly [title: string, kind: string, listed?: string]>> = {
  0: ['End of Option List (EOL)', 'End of Option List'],
  1: ['No-Operation (NOP)', 'No-Operation'],
  2: ['Maximum segment size', 'Maximum Segment Size'],
  3: ['Window scale', 'Window Scale'],
  4: ['SACK permitted', 'SACK Permitted'],
  5: ['SACK', 'SACK'],
  6: ['Echo', 'Echo'],
  7: ['Echo', 'Echo Reply', 'Echo reply'],
  8: ['Timestamps', 'Time Stamp Option'],
  9: ['Unknown', 'Partial Order Connection Permitted'],
  10: ['Unknown', 'Partial Order Service Profile'],
  11: ['CC', 'CC'],
  12: ['CC', 'CC.NEW', 'CC.NEW'],
  13: ['CC', 'CC.ECHO', 'CC.ECHO'],
  14: ['Unknown', 'TCP Alternate Checksum Request'],
  15: ['Unknown', 'TCP Alternate Checksum Data'],
  16: ['Unknown', 'Skeeter'],
  17: ['Unknown', 'Bubba'],
  18: ['Unknown', 'Trailer Checksum Option'],
  19: ['TCP MD5 signature', 'MD5 Signature Option'],
  20: ['SCPS capabilities', 'SCPS Capabilities'],
  21: ['Selective Negative Acknowledgment', 'Selective Negative Acknowledgements'],
  22: ['SCPS record boundary', 'Record Boundaries'],
  23: ['SCPS corruption experienced', 'Corruption experienced'],
  24: ['Unknown', 'SNAP'],
  25: ['Unknown', 'Unassigned'],
  26: ['Unknown', 'TCP Compression Filter'],
  27: ['Quick-Start', 'Quick-Start Response'],
  28: ['User Timeout', 'User Timeout Option'],
  29: ['TCP AO', 'The TCP Authentication Option'],
  30: ['MPTCP', 'Multipath TCP'],
  34: ['TCP Fast Open', 'TCP Fast Open Cookie'],
  76: ['Riverbed Probe', 'Riverbed Probe'],
  78: ['Riverbed Transparency', 'Riverbed Transparency'],
  172: ['Accurate ECN', 'Accurate ECN Order 0'],
  174: ['Accurate ECN', 'Accurate ECN Order 1'],
  253: ['Experimental', 'RFC3692-style Experiment 1'],
  254: ['Experimental', 'RFC3692-style Experiment 2'],
};

/** A TCP option's title in the tree, its kind's name, and what it is called in the list of all where that is not the title. */
export const optionName = (kind: number): readonly [title: string, kind: string, listed?: string] =>
  OPTIONS[kind] ?? ['Unknown', 'Unknown'];

const RESERVED = 0xe00;
const ACE_BITS = 0x1c0;

/** The flag texts of all twelve-bit values met so far, as octets: few are in use. */
const flagTexts: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(4096).fill(undefined);

/** `SYN, ACK`; `<None>` for none; reserved bits are named last. */
export function flagText(flags: number): string {
  const names: string[] = CONTROL_BITS.filter(({ bit }) => flags & bit).map(({ name }) => name);
  if (flags & RESERVED) names.push('Reserved');
  return names.length > 0 ? names.join(', ') : '<None>';
}

/** `ACK, ACE=2`: the text where AE, CWR and ECE are Accurate ECN's counter. */
export function aceFlagText(flags: number): string {
  const others = flags & ~ACE_BITS;
  return `${others === 0 ? '' : `${flagText(others)}, `}ACE=${(flags >>> 6) & 7}`;
}

/** `flagText` as octets. */
export function flagOctets(flags: number): Uint8Array {
  const known = flagTexts[flags];
  if (known !== undefined) return known;
  const octets = utf8(flagText(flags));
  flagTexts[flags] = octets;
  return octets;
}
