/** The Info column of DNS and DHCP messages. */
import { printableOctets } from '../../../core/printable.ts';
import type { TextSink } from '../../../core/text-sink.ts';
import { formatIpv4, formatIpv6, formatMac } from '../../../wire/address.ts';
import * as dhcp from '../../../wire/dhcp.ts';
import * as dns from '../../../wire/dns.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { dnsKind } from '../fields/dns-entries.ts';
import { dhcpTypeName, dnsOpcodeName, dnsResponseCodeName, dnsTypeName } from '../names.ts';
import { PROTOCOL } from '../protocol.ts';

/** Longer lists of records are cut off: Wireshark's column holds as much. */
const LONGEST = 4000;

/** The Protocol column of DNS and its relatives. */
export const dnsColumn = (dissection: Dissection, layer: number): string => dnsKind(dissection, layer).toUpperCase();

/** `Standard query response 0x1234 A example.org A 192.0.2.1`; of a segment that brings more than the end of a message, that message's before that of the last one. */
export function dnsInfo(text: TextSink, dissection: Dissection, layer: number): void {
  const { protocols, sources } = dissection;
  let first = layer;
  while (protocols[first - 1] === PROTOCOL.DNS) first--;
  if (sources[first] !== sources[layer]) messageInfo(text, dissection, first);
  messageInfo(text, dissection, layer);
}

function messageInfo(text: TextSink, dissection: Dissection, layer: number): void {
  if (dissection.problems[layer] === 0) text.add(dnsText(dissection, layer));
  else if (dissection.ends[layer]! - dissection.starts[layer]! >= 4)
    text.add(dnsHead(viewOf(dissection, layer), dissection.starts[layer]!));
}

/** `Standard query response 0x1234 No such name` */
function dnsHead(view: DataView, at: number): string {
  const isResponse = dns.isResponse(view, at);
  const opcode = dns.opcode(view, at);
  const code = isResponse ? dns.responseCode(view, at) : 0;
  const id = dns.identifier(view, at).toString(16).padStart(4, '0');
  const operation = numbered(dnsOpcodeName(opcode), opcode);
  const head = `${operation}${isResponse ? ' response' : ''} 0x${id}`;
  return code === 0 ? head : `${head} ${numbered(dnsResponseCodeName(code), code)}`;
}

/** A name that says nothing, with its number. */
const numbered = (name: string, number: number): string => (name.startsWith('Unknown') ? `${name} (${number})` : name);

function dnsText(dissection: Dissection, layer: number): string {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const kind = dnsKind(dissection, layer);
  let text = dnsHead(view, at);
  const isWhole = dns.eachEntry(view, at, end, (entry) => {
    text += entryInfo(view, at, end, entry, kind);
    return text.length < LONGEST;
  });
  const isShort = end < dissection.wireEnds[layer]!;
  return isWhole ? text : text + (isShort ? '[Packet size limited during capture]' : '[Malformed Packet]');
}

/** One entry: a question's type and name, a record's type and what it says. */
function entryInfo(view: DataView, message: number, end: number, entry: dns.Entry, kind: string): string {
  const type = dnsTypeName(entry.type);
  const isMulticast = kind === 'mdns' && (entry.class & 0x8000) !== 0;
  if (entry.section === 'question') {
    const note = kind === 'mdns' ? `, "${isMulticast ? 'QU' : 'QM'}" question` : '';
    return ` ${type} ${entry.name}${note}`;
  }
  const flush = isMulticast && entry.type !== dns.TYPE.OPT ? ', cache flush' : '';
  return ` ${type}${flush}${recordInfo(view, message, end, entry)}`;
}

function recordInfo(view: DataView, message: number, end: number, { type, name: owner, from, to }: dns.Entry): string {
  const name = (at: number): string => (at < to ? ` ${dns.readName(view, message, at, end).text}` : '');
  switch (type) {
    case dns.TYPE.A:
      return to - from >= 4 ? ` ${formatIpv4(view.getInt32(from))}` : '';
    case dns.TYPE.AAAA:
      return to - from >= 16 ? ` ${formatIpv6(view, from)}` : '';
    case dns.TYPE.NS:
    case dns.TYPE.CNAME:
    case dns.TYPE.PTR:
    case dns.TYPE.DNAME:
    case dns.TYPE.NSEC:
    case dns.TYPE.SOA:
      return name(from);
    case dns.TYPE.MX:
      return to - from > 2 ? ` ${view.getUint16(from)}${name(from + 2)}` : '';
    case dns.TYPE.SRV:
      return to - from > 6
        ? ` ${view.getUint16(from)} ${view.getUint16(from + 2)} ${view.getUint16(from + 4)}${name(from + 6)}`
        : '';
    case dns.TYPE.NAPTR: {
      const [flags = ''] = texts(view, from + 4, to);
      return to - from > 4 ? ` ${view.getUint16(from)} ${view.getUint16(from + 2)} ${flags}` : '';
    }
    case dns.TYPE.RP:
    case dns.TYPE.TLSA:
      return ` ${owner}`;
    case dns.TYPE.HINFO:
      return texts(view, from, to)
        .map((text) => ` ${text}`)
        .join('');
    default:
      return '';
  }
}

/** Texts that begin with their length. */
function texts(view: DataView, from: number, to: number): string[] {
  const all: string[] = [];
  for (let at = from; at < to; ) {
    const length = view.getUint8(at);
    if (at + 1 + length > to) break;
    all.push(printableOctets(view, at + 1, at + 1 + length));
    at += 1 + length;
  }
  return all;
}

/** `DHCP Discover - Transaction ID 0x3d1d` */
export function dhcpInfo(text: TextSink, dissection: Dissection, layer: number): void {
  if (dissection.problems[layer] === 0) text.add(dhcpText(dissection, layer));
}

function dhcpText(dissection: Dissection, layer: number): string {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const type = dhcp.messageType(view, at, dissection.ends[layer]!);
  const name = type > 0 ? dhcpTypeName(type) : undefined;
  if (name !== undefined) return `DHCP ${name.padEnd(8)} - Transaction ID 0x${dhcp.transaction(view, at).toString(16)}`;
  if (dhcp.operation(view, at) === 2) return 'Boot Reply';
  const hardware = dhcp.clientHardwareAt(at);
  const mac = formatMac(view, hardware);
  return `Boot Request from ${mac} (${mac})`;
}
