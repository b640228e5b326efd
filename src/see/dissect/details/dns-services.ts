/** The lines of records of DNS that tell of services (SVCB, HTTPS) and of certificates (CAA). Read first: RFC 9460 §2, §7; RFC 8659 §4.1. */
import { octalText, printableOctets } from '../../../core/printable.ts';
import { formatIpv4, formatIpv6 } from '../../../wire/address.ts';
import * as dns from '../../../wire/dns.ts';
import * as services from '../../../wire/dns-services.ts';
import { parametersAt, propertyOf } from '../dns-services.ts';
import { bits, hex, type Tree } from './tree.ts';

const { PARAMETER } = services;

const NAMES: Readonly<Record<number, string>> = {
  [PARAMETER.MANDATORY]: 'mandatory',
  [PARAMETER.ALPN]: 'alpn',
  [PARAMETER.NO_DEFAULT_ALPN]: 'no-default-alpn',
  [PARAMETER.PORT]: 'port',
  [PARAMETER.IPV4_HINT]: 'ipv4hint',
  [PARAMETER.ECH_CONFIG]: 'echconfig',
  [PARAMETER.IPV6_HINT]: 'ipv6hint',
  [PARAMETER.ODOH_CONFIG]: 'odohconfig',
};

/** What a parameter's value says: in its line, and under it. */
interface Meaning {
  readonly short: string;
  readonly lines: readonly string[];
}

type Mean = (view: DataView, from: number, to: number) => Meaning;

/** Values of so many octets, one behind the other. */
const listed =
  (
    size: number,
    title: string,
    short: (view: DataView, at: number) => string,
    long: (view: DataView, at: number) => string = short,
  ): Mean =>
  (view, from, to) => {
    const places = Array.from({ length: Math.floor((to - from) / size) }, (_, i) => from + size * i);
    return {
      short: places.map((at) => short(view, at)).join(),
      lines: places.map((at) => `${title}: ${long(view, at)}`),
    };
  };

const protocols: Mean = (view, from, to) => {
  const names: string[] = [];
  const lines: string[] = [];
  services.eachProtocol(view, from, to, (at, end) => {
    const name = printableOctets(view, at, end);
    names.push(name);
    lines.push(`ALPN length: ${view.getUint8(at - 1)}`, `ALPN: ${name}`);
  });
  return { short: names.join(), lines };
};

const packed =
  (title: string): Mean =>
  (view, from, to) => {
    const text = base64(view, from, to);
    return { short: text, lines: [`${title}: ${text}`] };
  };

const number = (view: DataView, at: number): string => String(view.getUint16(at));
const keyName = (key: number): string => NAMES[key] ?? `key${key}`;

const MEANINGS: Readonly<Record<number, Mean>> = {
  [PARAMETER.MANDATORY]: listed(
    2,
    'Mandatory key',
    (view, at) => keyName(view.getUint16(at)),
    (view, at) => `${NAMES[view.getUint16(at)] ?? 'Unknown'} (${number(view, at)})`,
  ),
  [PARAMETER.ALPN]: protocols,
  [PARAMETER.NO_DEFAULT_ALPN]: () => ({ short: '', lines: [] }),
  [PARAMETER.PORT]: listed(2, 'Port', number),
  [PARAMETER.IPV4_HINT]: listed(4, 'IP', (view, at) => formatIpv4(view.getInt32(at))),
  [PARAMETER.IPV6_HINT]: listed(16, 'IP', formatIpv6),
  [PARAMETER.ECH_CONFIG]: packed('ECHConfig'),
  [PARAMETER.ODOH_CONFIG]: packed('ODoHConfig'),
};

/** The data of a record of the types SVCB and HTTPS. */
export function addService(tree: Tree, view: DataView, message: number, end: number, entry: dns.Entry): void {
  const { from, to } = entry;
  if (to - from < 2) return;
  tree.add(3, `SvcPriority: ${view.getUint16(from)}`);
  if (to - from > 2) tree.add(3, `TargetName: ${dns.readName(view, message, from + 2, end).text}`);
  const at = parametersAt(view, message, end, entry);
  if (at < 0) return;
  services.eachParameter(view, at, to, (key, first, last) => {
    const meaning = MEANINGS[key]?.(view, first, last);
    const short = meaning?.short ?? octalText(view, first, last);
    tree.add(3, `SvcParam: ${keyName(key)}${short === '' ? '' : `=${short}`}`);
    tree.add(4, `SvcParamKey: ${NAMES[key] ?? 'Unknown'} (${key})`);
    tree.add(4, `SvcParamValue length: ${last - first}`);
    if (meaning === undefined && last > first) tree.addOctets(4, 'SvcParamValue', view, first, last);
    for (const line of meaning?.lines ?? []) tree.add(4, line);
  });
}

const TITLES = { issue: 'Issue', issuewild: 'Issue Wildcard', iodef: 'Report URL', unknown: 'Unknown tag' } as const;

/** The data of a CAA record. */
export function addAuthorization(tree: Tree, view: DataView, entry: dns.Entry): void {
  const { from, to } = entry;
  const at = services.authorizationAt(view, from, to);
  if (at < 0) return;
  const flags = view.getUint8(from);
  const value = printableOctets(view, at, to);
  const isCritical = (flags & services.ISSUER_CRITICAL) !== 0;
  tree.add(3, `CAA Flags: ${hex(flags, 2)}`);
  tree.add(
    4,
    `${bits(flags, services.ISSUER_CRITICAL, 8)} = Issuer Critical: ${isCritical ? 'Critical' : 'Not critical'}`,
  );
  tree.add(3, `${TITLES[propertyOf(view, entry)]}: ${value}`);
  tree.add(4, `Tag length: ${view.getUint8(from + 1)}`);
  tree.add(4, `Tag: ${printableOctets(view, from + 2, at)}`);
  tree.add(4, `Value: ${value}`);
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Octets `[from, to)` in letters, digits and two signs: of three octets four (base64). */
function base64(view: DataView, from: number, to: number): string {
  const octet = (at: number): number => (at < to ? view.getUint8(at) : 0);
  let text = '';
  for (let at = from; at < to; at += 3) {
    const word = (octet(at) << 16) | (octet(at + 1) << 8) | octet(at + 2);
    for (let i = 0; i < 4; i++) text += at + i <= to ? DIGITS[(word >>> (18 - 6 * i)) & 63] : '=';
  }
  return text;
}
