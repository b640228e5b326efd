/**
 * Names of numbers, so that `ip.proto == UDP` and `tcp.port == http` can be written. Wireshark takes the former (the words it shows beside a value);
 * service names for ports are tcplab's extension and are a short, fixed list: a filter must not mean something else on another machine.
 */
import { OPTION_KINDS } from '../../rules/options.ts';
import { ENCAPSULATIONS } from '../dissect/encapsulations.ts';
import { GROUP_NAMES, SEVERITY_NAMES } from '../dissect/expert/index.ts';
import { CHECKSUM_NAMES } from '../dissect/fields/checksum-status.ts';
import { icmpv6TypeName } from '../dissect/icmpv6-names.ts';
import {
  dhcpTypeName,
  dnsClassName,
  dnsOpcodeName,
  dnsResponseCodeName,
  icmpTypeName,
  ipProtocolName,
  vlanPriorityName,
} from '../dissect/names.ts';
import { ARP_OPERATIONS, HARDWARE_TYPES } from '../dissect/registries/arp.ts';
import { ETHER_TYPES } from '../dissect/registries/ether-types.ts';
import { GRE_TYPES } from '../dissect/registries/gre-types.ts';
import { PPP_PROTOCOLS } from '../dissect/registries/ppp-protocols.ts';

/** The numbers of names; of a name that several have, the first. */
function numbersOf(names: Iterable<readonly [number: number | string, name: string]>): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [number, name] of names)
    if (!numbers.has(name.toLowerCase())) numbers.set(name.toLowerCase(), Number(number));
  return numbers;
}

/** The names that a function has for numbers of eight bits, turned round. */
function turned(nameOf: (octet: number) => string | undefined): ReadonlyMap<string, number> {
  const names = Array.from({ length: 256 }, (_, octet): [number, string] => [octet, nameOf(octet) ?? 'Unknown']);
  return numbersOf(names.filter(([, name]) => name !== '' && !name.startsWith('Unknown')));
}

const PROTOCOLS = turned(ipProtocolName);
const ETHERTYPES = numbersOf(Object.entries(ETHER_TYPES));
const HARDWARE = numbersOf(Object.entries(HARDWARE_TYPES));
const CHECKSUMS = numbersOf(CHECKSUM_NAMES.entries());
const CLASSES = turned(dnsClassName);

const VALUE_NAMES: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map([
  ['frame.encap_type', numbersOf([...ENCAPSULATIONS.values()].map(([name, number]) => [number, name]))],
  ['eth.type', ETHERTYPES],
  ['sll.etype', ETHERTYPES],
  ['sll.hatype', HARDWARE],
  ['vlan.etype', ETHERTYPES],
  ['vlan.priority', numbersOf(Array.from({ length: 8 }, (_, priority) => [priority, vlanPriorityName(priority)]))],
  ['ppp.protocol', numbersOf(Object.entries(PPP_PROTOCOLS))],
  ['gre.proto', numbersOf(Object.entries(GRE_TYPES))],
  ['geneve.proto_type', ETHERTYPES],
  ['arp.hw.type', HARDWARE],
  ['arp.proto.type', ETHERTYPES],
  ['arp.opcode', numbersOf(Object.entries(ARP_OPERATIONS))],
  ['ip.proto', PROTOCOLS],
  ['ipv6.nxt', PROTOCOLS],
  ['ip.checksum.status', CHECKSUMS],
  ['udp.checksum.status', CHECKSUMS],
  ['tcp.checksum.status', CHECKSUMS],
  ['icmp.checksum.status', CHECKSUMS],
  ['icmpv6.checksum.status', CHECKSUMS],
  ['icmp.type', turned(icmpTypeName)],
  ['icmpv6.type', turned(icmpv6TypeName)],
  ['tcp.option_kind', numbersOf(OPTION_KINDS.map(({ name, kind }) => [kind, name]))],
  ['dns.flags.opcode', turned(dnsOpcodeName)],
  ['dns.flags.rcode', turned(dnsResponseCodeName)],
  ['dns.qry.class', CLASSES],
  ['dns.resp.class', CLASSES],
  ['dhcp.hw.type', HARDWARE],
  ['dhcp.option.dhcp', turned(dhcpTypeName)],
  ['_ws.expert.severity', numbersOf(SEVERITY_NAMES)],
  ['_ws.expert.group', numbersOf(GROUP_NAMES)],
]);

/** Service names of ports, by RFC 6335's registry, for those that people type. */
const SERVICES: ReadonlyMap<string, number> = new Map([
  ['echo', 7],
  ['discard', 9],
  ['daytime', 13],
  ['chargen', 19],
  ['ftp-data', 20],
  ['ftp', 21],
  ['ssh', 22],
  ['telnet', 23],
  ['smtp', 25],
  ['time', 37],
  ['domain', 53],
  ['dns', 53],
  ['bootps', 67],
  ['bootpc', 68],
  ['tftp', 69],
  ['gopher', 70],
  ['finger', 79],
  ['http', 80],
  ['pop3', 110],
  ['ntp', 123],
  ['imap', 143],
  ['snmp', 161],
  ['bgp', 179],
  ['irc', 194],
  ['ldap', 389],
  ['https', 443],
  ['submission', 587],
  ['ldaps', 636],
  ['imaps', 993],
  ['pop3s', 995],
  ['mysql', 3306],
  ['rdp', 3389],
  ['postgresql', 5432],
  ['redis', 6379],
]);

/** The largest port. */
export const MAX_PORT = 65_535;

/** Whether a field holds ports. */
export const isPort = (field: string): boolean => /\.(?:src|dst)?port$/.test(field);

/** The number that a name means for a field, in any case of letters; undefined when it means none. */
export function numberOfName(field: string, name: string): number | undefined {
  const names = isPort(field) ? SERVICES : VALUE_NAMES.get(field);
  return names?.get(name.toLowerCase());
}

/** The names a field's numbers have. */
export const namesOf = (field: string): Iterable<string> =>
  (isPort(field) ? SERVICES : VALUE_NAMES.get(field))?.keys() ?? [];

/** The fields whose values have names. */
export const namedFields = (): Iterable<string> => VALUE_NAMES.keys();
