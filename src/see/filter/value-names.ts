/**
 * Names of numbers, so that `ip.proto == UDP` and `tcp.port == http` can be written. Wireshark takes the former (the words it shows beside a value);
 * service names for ports are tcplab's extension and are a short, fixed list: a filter must not mean something else on another machine.
 */
import { OPTION_KINDS } from '../../rules/options.ts';
import * as arp from '../../wire/arp.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { GROUP_NAMES, SEVERITY_NAMES } from '../dissect/expert/index.ts';
import { CHECKSUM_NAMES } from '../dissect/fields/checksum-status.ts';
import { icmpTypeName, ipProtocolName } from '../dissect/names.ts';

/** The names that a function has for octets, turned round. */
const turned = (nameOf: (octet: number) => string | undefined): ReadonlyMap<string, number> => {
  const names = new Map<string, number>();
  for (let octet = 0; octet < 256; octet++) {
    const name = nameOf(octet);
    if (name !== undefined && name !== 'Unknown') names.set(name.toLowerCase(), octet);
  }
  return names;
};

const PROTOCOLS = turned(ipProtocolName);
const ETHERTYPES: ReadonlyMap<string, number> = new Map([
  ['ipv4', ethernet.TYPE_IPV4],
  ['arp', ethernet.TYPE_ARP],
  ['ipv6', ethernet.TYPE_IPV6],
]);
const CHECKSUMS: ReadonlyMap<string, number> = new Map(
  CHECKSUM_NAMES.map((name, value) => [name.toLowerCase(), value]),
);
/** The numbers of names. */
const numbersOf = (names: ReadonlyMap<number, string>): ReadonlyMap<string, number> =>
  new Map([...names].map(([value, name]) => [name.toLowerCase(), value]));

const VALUE_NAMES: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map([
  ['ip.proto', PROTOCOLS],
  ['ipv6.nxt', PROTOCOLS],
  ['eth.type', ETHERTYPES],
  ['sll.etype', ETHERTYPES],
  [
    'arp.opcode',
    new Map([
      ['request', arp.REQUEST],
      ['reply', arp.REPLY],
    ]),
  ],
  ['ip.checksum.status', CHECKSUMS],
  ['udp.checksum.status', CHECKSUMS],
  ['tcp.checksum.status', CHECKSUMS],
  ['icmp.checksum.status', CHECKSUMS],
  ['icmpv6.checksum.status', CHECKSUMS],
  ['_ws.expert.severity', numbersOf(SEVERITY_NAMES)],
  ['_ws.expert.group', numbersOf(GROUP_NAMES)],
  ['icmp.type', turned(icmpTypeName)],
  ['tcp.option_kind', new Map(OPTION_KINDS.map(({ name, kind }) => [name.toLowerCase(), kind]))],
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
