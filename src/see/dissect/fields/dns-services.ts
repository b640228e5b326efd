/** Fields of the records of DNS that tell of services and of certificates: dns.svcb.*, dns.caa.*. Read first: RFC 9460; RFC 8659. */
import { printableOctets } from '../../../core/printable.ts';
import * as dns from '../../../wire/dns.ts';
import * as services from '../../../wire/dns-services.ts';
import { parametersAt, propertyOf } from '../dns-services.ts';
import type { Field, FieldType, FieldValue, FieldValues } from '../field.ts';
import { entriesField, entryField, isQuestion, type Place } from './dns-entries.ts';
import { ipv6Text } from './ipv6.ts';
import { bit, decimal, dotted, type Format, hex, mark, octets, octetsAt } from './kinds.ts';

const { TYPE } = dns;
const { PARAMETER } = services;

const isService = (entry: dns.Entry): boolean =>
  !isQuestion(entry) && (entry.type === TYPE.SVCB || entry.type === TYPE.HTTPS);

/** A field of each parameter of services. */
const parameterField = (
  name: string,
  type: FieldType,
  title: string,
  take: (view: DataView, key: number, from: number, to: number, into: FieldValues) => void,
  format: Format = decimal,
): Field =>
  entriesField(
    `dns.svcb.svcparam${name}`,
    type,
    title,
    (entry, { view, message, end }, into) => {
      const at = isService(entry) ? parametersAt(view, message, end, entry) : -1;
      if (at >= 0) services.eachParameter(view, at, entry.to, (key, from, to) => take(view, key, from, to, into));
    },
    format,
  );

/** Values of so many octets, one behind the other in a parameter. */
const listField = (
  name: string,
  type: FieldType,
  title: string,
  parameter: number,
  size: number,
  read: (view: DataView, at: number) => FieldValue,
  format: Format = decimal,
): Field =>
  parameterField(
    name,
    type,
    title,
    (view, key, from, to, into) => {
      if (key === parameter) for (let at = from; at + size <= to; at += size) into.push(read(view, at));
    },
    format,
  );

/** The octets of parameters. */
const octetsField = (name: string, title: string, isTaken: (key: number) => boolean): Field =>
  parameterField(
    name,
    'bytes',
    title,
    (view, key, from, to, into) => {
      if (to > from && isTaken(key)) into.push(octetsAt(view, from, to - from));
    },
    octets,
  );

const isUnknown = (key: number): boolean => key > PARAMETER.IPV6_HINT && key !== PARAMETER.ODOH_CONFIG;

/** A field of each CAA record. */
const authorizationField = (
  name: string,
  type: FieldType,
  title: string,
  read: (view: DataView, entry: dns.Entry) => FieldValue | undefined,
  format: Format = decimal,
): Field =>
  entryField(
    `dns.caa.${name}`,
    type,
    title,
    (entry, { view }: Place) =>
      !isQuestion(entry) && entry.type === TYPE.CAA && services.authorizationAt(view, entry.from, entry.to) >= 0
        ? read(view, entry)
        : undefined,
    format,
  );

const valueText = (view: DataView, { from, to }: dns.Entry): string =>
  printableOctets(view, services.authorizationAt(view, from, to), to);

/** The value of each CAA record whose tag is this. */
const propertyField = (name: 'issue' | 'issuewild' | 'iodef' | 'unknown', title: string): Field =>
  authorizationField(name, 'string', title, (view, entry) =>
    propertyOf(view, entry) === name ? valueText(view, entry) : undefined,
  );

/** dns.svcb.*, dns.caa.* */
export const DNS_SERVICE_FIELDS: readonly Field[] = [
  entryField('dns.svcb.svcpriority', 'unsigned', 'SvcPriority', (entry, { view }) =>
    isService(entry) && entry.to - entry.from >= 2 ? view.getUint16(entry.from) : undefined,
  ),
  entryField('dns.svcb.targetname', 'string', 'TargetName', (entry, { view, message, end }) =>
    isService(entry) && entry.to - entry.from > 2 ? dns.readName(view, message, entry.from + 2, end).text : undefined,
  ),
  mark(parameterField('', 'boolean', 'SvcParam', (_view, _key, _from, _to, into) => into.push(true), bit)),
  parameterField('.key', 'unsigned', 'SvcParamKey', (_view, key, _from, _to, into) => into.push(key)),
  parameterField('.value.length', 'unsigned', 'SvcParamValue length', (_view, _key, from, to, into) =>
    into.push(to - from),
  ),
  listField('.mandatory.key', 'unsigned', 'Mandatory key', PARAMETER.MANDATORY, 2, (view, at) => view.getUint16(at)),
  parameterField('.alpn.length', 'unsigned', 'ALPN length', (view, key, from, to, into) => {
    if (key === PARAMETER.ALPN) services.eachProtocol(view, from, to, (at) => into.push(view.getUint8(at - 1)));
  }),
  parameterField('.alpn', 'string', 'ALPN', (view, key, from, to, into) => {
    if (key === PARAMETER.ALPN)
      services.eachProtocol(view, from, to, (at, end) => into.push(printableOctets(view, at, end)));
  }),
  listField('.port', 'unsigned', 'Port', PARAMETER.PORT, 2, (view, at) => view.getUint16(at)),
  listField('.ipv4hint.ip', 'ipv4', 'IP', PARAMETER.IPV4_HINT, 4, (view, at) => view.getUint32(at), dotted),
  listField('.ipv6hint.ip', 'ipv6', 'IP', PARAMETER.IPV6_HINT, 16, (view, at) => octetsAt(view, at, 16), ipv6Text),
  octetsField('.echconfig', 'ECHConfig', (key) => key === PARAMETER.ECH_CONFIG),
  octetsField('.odohconfig', 'ODoHConfig', (key) => key === PARAMETER.ODOH_CONFIG),
  octetsField('.value', 'SvcParamValue', isUnknown),
  authorizationField('flags', 'unsigned', 'CAA Flags', (view, { from }) => view.getUint8(from), hex(2)),
  authorizationField(
    'flags.issuer_critical',
    'boolean',
    'Issuer Critical',
    (view, { from }) => (view.getUint8(from) & services.ISSUER_CRITICAL) !== 0,
    bit,
  ),
  propertyField('issue', 'Issue'),
  propertyField('issuewild', 'Issue Wildcard'),
  propertyField('iodef', 'Report URL'),
  propertyField('unknown', 'Unknown tag'),
  authorizationField('tag_length', 'unsigned', 'Tag length', (view, { from }) => view.getUint8(from + 1)),
  authorizationField('tag', 'string', 'Tag', (view, { from, to }) =>
    printableOctets(view, from + 2, services.authorizationAt(view, from, to)),
  ),
  authorizationField('value', 'string', 'Value', valueText),
];
