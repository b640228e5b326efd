/** What a capture filter lets through, in one plain sentence. */
import { formatIpv6, formatMac } from '../../../wire/address.ts';
import { WLAN_DIRECTIONS, WLAN_SUBTYPES, WLAN_TYPES } from './names.ts';
import type { Arithmetic, CaptureNode, Direction, Identifier, ProtocolWord, Qualifiers, WlanNode } from './syntax.ts';

/** The sentence of a parsed capture filter; undefined stands for the empty one. */
export const explainCapture = (tree: CaptureNode | undefined): string =>
  tree === undefined ? 'Packets: all of them.' : `Packets where ${say(tree)}.`;

const TITLES: Readonly<Record<ProtocolWord, string>> = {
  ether: 'the link layer',
  link: 'the link layer',
  radio: 'what the radio says',
  ip: 'IPv4',
  ip6: 'IPv6',
  arp: 'ARP',
  rarp: 'RARP',
  tcp: 'TCP',
  udp: 'UDP',
  sctp: 'SCTP',
  icmp: 'ICMP',
  icmp6: 'ICMPv6',
  igmp: 'IGMP',
  pim: 'PIM',
  vrrp: 'VRRP',
  carp: 'CARP',
  igrp: 'IGRP',
  ah: 'AH',
  esp: 'ESP',
  atalk: 'AppleTalk',
  aarp: 'AppleTalk ARP',
  decnet: 'DECnet',
  lat: 'LAT',
  mopdl: 'MOP dump/load',
  moprc: 'MOP remote console',
  sca: 'DEC LAVC/SCA',
  stp: 'STP',
  ipx: 'IPX',
  netbeui: 'NetBEUI',
  iso: 'OSI',
  clnp: 'CLNP',
  esis: 'ES-IS',
  isis: 'IS-IS',
  l1: 'IS-IS of level 1',
  l2: 'IS-IS of level 2',
  iih: 'an IS-IS hello',
  lsp: 'an IS-IS link state PDU',
  snp: 'an IS-IS sequence number PDU',
  csnp: 'a complete IS-IS sequence number PDU',
  psnp: 'a partial IS-IS sequence number PDU',
};

const ENCAPSULATIONS = {
  vlan: 'a VLAN tag',
  mpls: 'an MPLS label',
  pppoed: 'PPPoE discovery',
  pppoes: 'a PPPoE session',
  geneve: 'Geneve',
} as const;

function say(node: CaptureNode): string {
  switch (node.kind) {
    case 'and':
    case 'or':
      return `${inside(node.left, node.kind)} ${node.kind} ${inside(node.right, node.kind)}`;
    case 'not':
      return `it is not true that ${node.of.kind === 'and' || node.of.kind === 'or' ? `(${say(node.of)})` : say(node.of)}`;
    case 'protocol':
      return `there is ${TITLES[node.protocol]}`;
    case 'length':
      return `the packet has at ${node.relation === 'less' ? 'most' : 'least'} ${node.octets} octets`;
    case 'cast': {
      const protocol = node.protocol === undefined || node.protocol === 'link' ? 'ether' : node.protocol;
      return `the ${protocol === 'ether' ? 'hardware' : TITLES[protocol]} destination is ${node.cast === 'broadcast' ? 'the broadcast address' : 'a multicast address'}`;
    }
    case 'encapsulation':
      return `there is ${ENCAPSULATIONS[node.header]}${node.number === undefined ? '' : ` ${node.number}`} (what stands to the right of this is looked for behind it)`;
    case 'passage':
      return node.way === 'inbound' ? 'this machine did not send the packet' : 'this machine sent the packet';
    case 'interface':
      return `the packet was on interface ${node.number}`;
    case 'llc':
      return node.format === undefined ? 'there is LLC' : `there is LLC of the format ${node.format.toUpperCase()}`;
    case 'wlan':
      return frameControl(node);
    case 'relation':
      return flagTest(node) ?? `${calculation(node.left)} ${RELATIONS[node.relation]} ${calculation(node.right)}`;
    case 'primitive':
      return primitive(node.qualifiers, node.identifier);
  }
}

/** Bits of frame control by their shortest names. */
function frameControl({ asked, value }: WlanNode): string {
  const names = { type: WLAN_TYPES, subtype: WLAN_SUBTYPES, dir: WLAN_DIRECTIONS }[asked];
  const name = [...names].find(([, each]) => each === value)?.[0] ?? `0x${value.toString(16)}`;
  return `the ${asked === 'dir' ? 'direction' : asked} of the IEEE 802.11 frame is ${name}`;
}

/** A part, in parentheses where its own words would join those around it. */
const inside = (node: CaptureNode, kind: 'and' | 'or'): string =>
  (node.kind === 'and' || node.kind === 'or') && node.kind !== kind ? `(${say(node)})` : say(node);

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'] as const;

/** `tcp[tcpflags] & (tcp-syn | tcp-fin) != 0` in words; undefined: it is another relation. */
function flagTest({ relation, left, right }: Extract<CaptureNode, { kind: 'relation' }>): string | undefined {
  if (left.kind !== 'binary' || left.operator !== '&' || (relation !== '=' && relation !== '!=')) return undefined;
  const { left: octet, right: mask } = left;
  if (octet.kind !== 'load' || octet.protocol !== 'tcp' || octet.size !== 1) return undefined;
  const [bits, wanted] = [bitsOf(mask), bitsOf(right)];
  if (octet.index.kind !== 'number' || octet.index.value !== 13 || bits === undefined || wanted === undefined)
    return undefined;
  const named = (all: number): string => FLAGS.filter((_, i) => all & (1 << i)).join(', ');
  if (wanted === 0)
    return `${relation === '=' ? 'none' : 'one'} of the TCP flags ${named(bits)} is set`.replace(
      /^one of the TCP flags (\w+) is/,
      'the TCP flag $1 is',
    );
  return `of the TCP flags ${named(bits)} ${relation === '=' ? 'exactly' : 'not exactly'} ${named(wanted)} are set`;
}

/** The value of a number or of numbers joined by |. */
function bitsOf(node: Arithmetic): number | undefined {
  if (node.kind === 'number') return node.value;
  if (node.kind !== 'binary' || node.operator !== '|') return undefined;
  const [left, right] = [bitsOf(node.left), bitsOf(node.right)];
  return left === undefined || right === undefined ? undefined : left | right;
}

const RELATIONS: Readonly<Record<string, string>> = {
  '=': 'is',
  '!=': 'is not',
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is greater than',
  '>=': 'is at least',
};

const ENDS: Readonly<Record<Direction, string>> = {
  src: 'the source',
  dst: 'the destination',
  'src or dst': 'the source or the destination',
  'src and dst': 'both source and destination',
  ra: 'the receiver',
  ta: 'the transmitter',
  addr1: 'the first',
  addr2: 'the second',
  addr3: 'the third',
  addr4: 'the fourth',
};

function primitive({ protocol, direction, kind }: Qualifiers, identifier: Identifier): string {
  const named = identifierText(identifier);
  if (kind === 'protochain')
    return `${named} is in the chain of headers behind ${protocol === undefined ? 'IPv4 or IPv6' : TITLES[protocol]}`;
  if (kind === 'proto') {
    if (protocol === 'ether' || protocol === 'link') return `the EtherType is ${named}`;
    return `the protocol in ${protocol === undefined ? 'IPv4 or IPv6' : TITLES[protocol]} is ${named}`;
  }
  const end = ENDS[direction ?? 'src or dst'];
  if (kind === 'port' || kind === 'portrange') {
    const of = protocol === undefined ? 'TCP, UDP or SCTP' : TITLES[protocol];
    return `${end} port of ${of} is ${identifier.type === 'range' ? 'in ' : ''}${named}`;
  }
  const isMac = identifier.type === 'mac';
  const of = isMac
    ? 'hardware'
    : protocol === undefined
      ? identifier.type === 'ipv6'
        ? 'IPv6'
        : 'IPv4, ARP or RARP'
      : TITLES[protocol];
  const isNetwork =
    kind === 'net' ||
    (identifier.type === 'ipv4' && identifier.text.split('.').length < 4 && identifier.prefix === undefined);
  return `${end} ${isMac ? 'hardware address' : `address of ${of}`} is ${isNetwork ? 'in the network ' : ''}${named}`;
}

function identifierText(identifier: Identifier): string {
  switch (identifier.type) {
    case 'number':
      return String(identifier.value);
    case 'name':
      return identifier.text;
    case 'range':
      return `${identifier.low} to ${identifier.high}`;
    case 'mac':
      return formatMac(new DataView(identifier.value.buffer, identifier.value.byteOffset, 6), 0);
    case 'ipv6': {
      const address = formatIpv6(new DataView(identifier.value.buffer, identifier.value.byteOffset, 16), 0);
      return identifier.prefix === undefined ? address : `${address}/${identifier.prefix}`;
    }
    case 'ipv4': {
      const { text, prefix, mask } = identifier;
      return prefix !== undefined ? `${text}/${prefix}` : mask === undefined ? text : `${text} with mask ${mask}`;
    }
  }
}

const SIGNS: Readonly<Record<string, string>> = {
  '+': 'plus',
  '-': 'minus',
  '*': 'times',
  '/': 'divided by',
  '%': 'modulo',
  '&': 'bit by bit and',
  '|': 'bit by bit or',
  '^': 'bit by bit exclusive or',
  '<<': 'shifted left by',
  '>>': 'shifted right by',
};

function calculation(node: Arithmetic): string {
  switch (node.kind) {
    case 'number':
      return String(node.value);
    case 'len':
      return "the packet's length";
    case 'minus':
      return `minus ${nested(node.of)}`;
    case 'binary':
      return `${nested(node.left)} ${SIGNS[node.operator]} ${nested(node.right)}`;
    case 'load': {
      const what = node.size === 1 ? 'octet' : `the ${node.size} octets at`;
      return `${what} ${nested(node.index)} of ${TITLES[node.protocol]}`;
    }
  }
}

const nested = (node: Arithmetic): string => (node.kind === 'binary' ? `(${calculation(node)})` : calculation(node));
