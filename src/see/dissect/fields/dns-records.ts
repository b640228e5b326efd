/** Fields of what the records of DNS hold: addresses, names, texts, services. Read first: RFC 1035 §3.3; RFC 2782; RFC 6891 §6.1. */
import { printableOctets } from '../../../core/printable.ts';
import * as dns from '../../../wire/dns.ts';
import type { Field, FieldType, FieldValue, FieldValues } from '../field.ts';
import { entriesField, entryField, isQuestion, type Place } from './dns-entries.ts';
import { ipv6Text } from './ipv6.ts';
import { decimal, dotted, type Format, octetsAt } from './kinds.ts';

const { TYPE } = dns;

/** Whether an entry is a record of a type with so many octets of data. */
const isRecord = (entry: dns.Entry, type: number, octets: number): boolean =>
  !isQuestion(entry) && entry.type === type && entry.to - entry.from >= octets;

/** A value of each record of a type whose data has so many octets. */
const recordField = (
  name: string,
  type: FieldType,
  title: string,
  record: number,
  octets: number,
  read: (view: DataView, from: number) => FieldValue,
  format: Format = decimal,
): Field =>
  entryField(
    name,
    type,
    title,
    (entry, { view }) => (isRecord(entry, record, octets) ? read(view, entry.from) : undefined),
    format,
  );

/** The name that stands in the data of each record of a type, so many octets behind its beginning. */
const nameField = (name: string, title: string, record: number, offset = 0): Field =>
  entryField(name, 'string', title, (entry, { view, message, end }) =>
    isRecord(entry, record, offset + 1) ? dns.readName(view, message, entry.from + offset, end).text : undefined,
  );

/** Where the beginning of an authority goes on behind so many of its two names; -1: nowhere. */
function authorityAt({ from, to }: dns.Entry, { view, message, end }: Place, names: number): number {
  let at = from;
  for (let i = 0; i < names && at >= 0; i++) at = at < to ? dns.nameEnd(view, message, at, end) : -1;
  return at < to ? at : -1;
}

const authorityName = (name: string, title: string, before: 0 | 1): Field =>
  entryField(name, 'string', title, (entry, place) => {
    const at = isRecord(entry, TYPE.SOA, 1) ? authorityAt(entry, place, before) : -1;
    return at < 0 ? undefined : dns.readName(place.view, place.message, at, place.end).text;
  });

const authorityNumber = (name: string, title: string, offset: number): Field =>
  entryField(name, 'unsigned', title, (entry, place) => {
    const at = isRecord(entry, TYPE.SOA, 1) ? authorityAt(entry, place, 2) : -1;
    return at < 0 || at + 20 > entry.to ? undefined : place.view.getUint32(at + offset);
  });

/** What each string of the records of a type has: `take` is given where it begins and ends, behind the octet of its length. */
const stringsField = (
  name: string,
  type: FieldType,
  title: string,
  record: number,
  take: (view: DataView, from: number, to: number, into: FieldValues) => void,
): Field =>
  entriesField(name, type, title, (entry, { view }, into) => {
    if (!isRecord(entry, record, 1)) return;
    for (let at = entry.from; at < entry.to; at += 1 + view.getUint8(at))
      take(view, at + 1, Math.min(at + 1 + view.getUint8(at), entry.to), into);
  });

/** Texts, and how long they say that they are. */
const textFields = (name: string, title: string, record: number): Field[] => [
  stringsField(`${name}.length`, 'unsigned', `${title} Length`, record, (view, from, _to, into) =>
    into.push(view.getUint8(from - 1)),
  ),
  stringsField(name, 'string', title, record, (view, from, to, into) => into.push(printableOctets(view, from, to))),
];

/** A service's name in parts; what is no service's has none. */
const serviceField = (name: string, title: string, part: (parts: readonly string[]) => string | undefined): Field =>
  entryField(name, 'string', title, (entry) => {
    if (isQuestion(entry) || entry.type !== TYPE.SRV) return undefined;
    const parts = entry.name.split('.');
    return parts.length < 2 ? undefined : part(parts);
  });

/** A number of each option of EDNS. */
const optionField = (name: string, title: string, offset: number): Field =>
  entriesField(name, 'unsigned', title, (entry, { view }, into) => {
    if (isQuestion(entry) || entry.type !== TYPE.OPT) return;
    for (let at = entry.from; at + 4 <= entry.to; at += 4 + view.getUint16(at + 2))
      into.push(view.getUint16(at + offset));
  });

/** dns.a, dns.txt and what else there is in records. */
export const DNS_RECORD_FIELDS: readonly Field[] = [
  recordField('dns.a', 'ipv4', 'Address', TYPE.A, 4, (view, at) => view.getUint32(at), dotted),
  recordField('dns.aaaa', 'ipv6', 'AAAA Address', TYPE.AAAA, 16, (view, at) => octetsAt(view, at, 16), ipv6Text),
  nameField('dns.cname', 'CNAME', TYPE.CNAME),
  nameField('dns.dname', 'DNAME', TYPE.DNAME),
  nameField('dns.ns', 'Name Server', TYPE.NS),
  nameField('dns.ptr.domain_name', 'Domain Name', TYPE.PTR),
  recordField('dns.mx.preference', 'unsigned', 'Preference', TYPE.MX, 3, (view, at) => view.getUint16(at)),
  nameField('dns.mx.mail_exchange', 'Mail Exchange', TYPE.MX, 2),
  authorityName('dns.soa.mname', 'Primary name server', 0),
  authorityName('dns.soa.rname', "Responsible authority's mailbox", 1),
  authorityNumber('dns.soa.serial_number', 'Serial Number', 0),
  authorityNumber('dns.soa.refresh_interval', 'Refresh Interval', 4),
  authorityNumber('dns.soa.retry_interval', 'Retry Interval', 8),
  authorityNumber('dns.soa.expire_limit', 'Expire limit', 12),
  authorityNumber('dns.soa.minimum_ttl', 'Minimum TTL', 16),
  serviceField('dns.srv.service', 'Service', ([service]) => service),
  serviceField('dns.srv.proto', 'Protocol', ([, protocol]) => protocol),
  serviceField('dns.srv.name', 'Name', (parts) => parts.slice(2).join('.')),
  recordField('dns.srv.priority', 'unsigned', 'Priority', TYPE.SRV, 7, (view, at) => view.getUint16(at)),
  recordField('dns.srv.weight', 'unsigned', 'Weight', TYPE.SRV, 7, (view, at) => view.getUint16(at + 2)),
  recordField('dns.srv.port', 'unsigned', 'Port', TYPE.SRV, 7, (view, at) => view.getUint16(at + 4)),
  nameField('dns.srv.target', 'Target', TYPE.SRV, 6),
  ...textFields('dns.txt', 'TXT', TYPE.TXT),
  ...textFields('dns.spf', 'SPF', TYPE.SPF),
  entryField(
    'dns.rr.udp_payload_size',
    'unsigned',
    'UDP payload size',
    (entry, { kind }) =>
      isQuestion(entry) || entry.type !== TYPE.OPT ? undefined : kind === 'mdns' ? entry.class & 0x7fff : entry.class,
    decimal,
  ),
  optionField('dns.opt.code', 'Option Code', 0),
  optionField('dns.opt.len', 'Option Length', 2),
];
