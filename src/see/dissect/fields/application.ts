/** Fields of DNS and DHCP: dns.*, dhcp.* */
import * as dhcp from '../../../wire/dhcp.ts';
import * as dns from '../../../wire/dns.ts';
import * as udp from '../../../wire/udp.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import type { Field, FieldType, FieldValue } from '../field.ts';
import { PROTOCOL } from '../protocol.ts';
import { ipv6Text } from './ipv6.ts';
import { decimal, dotted, type Format, headerField, hex, layerField, octetsAt, protocolField } from './kinds.ts';

const { DNS, DHCP } = PROTOCOL;

/** DNS, or one of its relatives by their ports. */
export type DnsKind = 'dns' | 'mdns' | 'llmnr';

/** Which of them a layer is. */
export function dnsKind(dissection: Dissection, layer: number): DnsKind {
  let carrier = layer - 1;
  // Several may stand behind one another in a segment of TCP.
  while (dissection.protocols[carrier] === DNS) carrier--;
  const view = viewOf(dissection, carrier);
  const at = dissection.starts[carrier]!;
  const ports = [udp.sourcePort(view, at), udp.destinationPort(view, at)];
  if (ports.includes(dns.PORT)) return 'dns';
  return ports.includes(dns.MULTICAST_PORT) ? 'mdns' : 'llmnr';
}

/** A relative of DNS as a field of its own. */
const kindField = (kind: DnsKind, title: string): Field =>
  layerField(DNS, kind, 'protocol', title, (dissection, layer, into) => {
    if (dnsKind(dissection, layer) !== kind) return;
    const at = dissection.starts[layer]!;
    into.push(octetsAt(viewOf(dissection, layer), at, dissection.ends[layer]! - at));
  });

/** How many entries of a message are looked at: a message of 64 KiB could have thirteen thousand. */
const MOST_ENTRIES = 1000;

/** A value of each entry that has one. */
function entryField(
  name: string,
  type: FieldType,
  title: string,
  read: (entry: dns.Entry, view: DataView, message: number, end: number) => FieldValue | undefined,
  format: Format = decimal,
): Field {
  return layerField(
    DNS,
    name,
    type,
    title,
    (dissection, layer, into) => {
      if (dissection.problems[layer] !== 0) return;
      const view = viewOf(dissection, layer);
      const [message, end] = [dissection.starts[layer]!, dissection.ends[layer]!];
      let left = MOST_ENTRIES;
      dns.eachEntry(view, message, end, (entry) => {
        const value = read(entry, view, message, end);
        if (value !== undefined) into.push(value);
        return --left > 0;
      });
    },
    format,
  );
}

/** The hardware type of Ethernet. */
const ETHERNET = 1;

const isQuestion = (entry: dns.Entry): boolean => entry.section === 'question';

/** The name in the data of a record of a type. */
const nameOf =
  (type: number, offset = 0) =>
  (entry: dns.Entry, view: DataView, message: number, end: number): string | undefined =>
    !isQuestion(entry) && entry.type === type && entry.from + offset < entry.to
      ? dns.readName(view, message, entry.from + offset, end).text
      : undefined;

/** dns.* */
export const DNS_FIELDS: readonly Field[] = [
  protocolField(DNS, 'dns', 'Domain Name System'),
  kindField('mdns', 'Multicast Domain Name System'),
  kindField('llmnr', 'Link-local Multicast Name Resolution'),
  headerField(DNS, 'dns.id', 'unsigned', 'Transaction ID', 0, 2, dns.identifier, hex(4)),
  headerField(DNS, 'dns.flags', 'unsigned', 'Flags', 2, 2, dns.flags, hex(4)),
  headerField(DNS, 'dns.flags.response', 'boolean', 'Response', 2, 2, dns.isResponse),
  headerField(DNS, 'dns.flags.opcode', 'unsigned', 'Opcode', 2, 2, dns.opcode),
  layerField(DNS, 'dns.flags.rcode', 'unsigned', 'Reply code', (dissection, layer, into) => {
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    if (dissection.problems[layer] === 0 && dns.isResponse(view, at)) into.push(dns.responseCode(view, at));
  }),
  headerField(DNS, 'dns.count.queries', 'unsigned', 'Questions', 4, 2, dns.questionCount),
  headerField(DNS, 'dns.count.answers', 'unsigned', 'Answer RRs', 6, 2, dns.answerCount),
  headerField(DNS, 'dns.count.auth_rr', 'unsigned', 'Authority RRs', 8, 2, dns.authorityCount),
  headerField(DNS, 'dns.count.add_rr', 'unsigned', 'Additional RRs', 10, 2, dns.additionalCount),
  entryField('dns.qry.name', 'string', 'Name', (entry) => (isQuestion(entry) ? entry.name : undefined)),
  entryField('dns.qry.type', 'unsigned', 'Type', (entry) => (isQuestion(entry) ? entry.type : undefined)),
  // The name of a service is three fields of their own.
  entryField('dns.resp.name', 'string', 'Name', (entry) =>
    isQuestion(entry) || entry.type === dns.TYPE.SRV ? undefined : entry.name,
  ),
  entryField('dns.resp.type', 'unsigned', 'Type', (entry) => (isQuestion(entry) ? undefined : entry.type)),
  entryField('dns.resp.ttl', 'unsigned', 'Time to live', (entry) =>
    isQuestion(entry) || entry.type === dns.TYPE.OPT ? undefined : entry.timeToLive,
  ),
  entryField(
    'dns.a',
    'ipv4',
    'Address',
    (entry, view) =>
      !isQuestion(entry) && entry.type === dns.TYPE.A && entry.to - entry.from >= 4
        ? view.getUint32(entry.from)
        : undefined,
    dotted,
  ),
  entryField(
    'dns.aaaa',
    'ipv6',
    'AAAA Address',
    (entry, view) =>
      !isQuestion(entry) && entry.type === dns.TYPE.AAAA && entry.to - entry.from >= 16
        ? octetsAt(view, entry.from, 16)
        : undefined,
    ipv6Text,
  ),
  entryField('dns.cname', 'string', 'CNAME', nameOf(dns.TYPE.CNAME)),
  entryField('dns.ns', 'string', 'Name Server', nameOf(dns.TYPE.NS)),
  entryField('dns.ptr.domain_name', 'string', 'Domain Name', nameOf(dns.TYPE.PTR)),
  entryField('dns.mx.mail_exchange', 'string', 'Mail Exchange', nameOf(dns.TYPE.MX, 2)),
];

/** dhcp.* */
export const DHCP_FIELDS: readonly Field[] = [
  protocolField(DHCP, 'dhcp', 'Dynamic Host Configuration Protocol'),
  headerField(DHCP, 'dhcp.type', 'unsigned', 'Message type', 0, 1, dhcp.operation),
  headerField(DHCP, 'dhcp.id', 'unsigned', 'Transaction ID', 4, 4, dhcp.transaction, hex(8)),
  headerField(
    DHCP,
    'dhcp.ip.client',
    'ipv4',
    'Client IP address',
    12,
    4,
    (view, at) => dhcp.clientAddress(view, at) >>> 0,
  ),
  headerField(
    DHCP,
    'dhcp.ip.your',
    'ipv4',
    'Your (client) IP address',
    16,
    4,
    (view, at) => dhcp.yourAddress(view, at) >>> 0,
  ),
  headerField(
    DHCP,
    'dhcp.ip.server',
    'ipv4',
    'Next server IP address',
    20,
    4,
    (view, at) => dhcp.serverAddress(view, at) >>> 0,
  ),
  headerField(
    DHCP,
    'dhcp.ip.relay',
    'ipv4',
    'Relay agent IP address',
    24,
    4,
    (view, at) => dhcp.relayAddress(view, at) >>> 0,
  ),
  layerField(DHCP, 'dhcp.hw.mac_addr', 'mac', 'Client MAC address', (dissection, layer, into) => {
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    if (dissection.problems[layer] !== 0) return;
    if (dhcp.hardwareLength(view, at) === 6) into.push(octetsAt(view, dhcp.clientHardwareAt(at), 6));
    if (!dhcp.hasOptions(view, at, dissection.ends[layer]!)) return;
    dhcp.eachOption(view, at, dissection.ends[layer]!, (option, from, to) => {
      if (option === dhcp.OPTION.CLIENT_IDENTIFIER && to - from === 7 && view.getUint8(from) === ETHERNET)
        into.push(octetsAt(view, from + 1, 6));
    });
  }),
  layerField(DHCP, 'dhcp.option.dhcp', 'unsigned', 'DHCP', (dissection, layer, into) => {
    const type = dhcp.messageType(viewOf(dissection, layer), dissection.starts[layer]!, dissection.ends[layer]!);
    if (dissection.problems[layer] === 0 && type > 0) into.push(type);
  }),
];
