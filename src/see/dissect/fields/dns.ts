/** Fields of DNS and its relatives: dns.* Not here: what records hold (dns-records.ts). */
import * as dns from '../../../wire/dns.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import type { Field } from '../field.ts';
import { nanosecondsAsSeconds } from '../numbers.ts';
import { PROTOCOL } from '../protocol.ts';
import { type DnsKind, dnsKind, entryField, isQuestion } from './dns-entries.ts';
import { DNS_RECORD_FIELDS } from './dns-records.ts';
import { DNS_SERVICE_FIELDS } from './dns-services.ts';
import { headerField, hex, layerField, octetsAt } from './kinds.ts';

const { DNS } = PROTOCOL;

/** A relative of DNS as a field of its own. */
const kindField = (kind: DnsKind, title: string): Field =>
  layerField(DNS, kind, 'protocol', title, (dissection, layer, into) => {
    if (dnsKind(dissection, layer) !== kind) return;
    const at = dissection.starts[layer]!;
    into.push(octetsAt(viewOf(dissection, layer), at, dissection.ends[layer]! - at));
  });

/** The topmost bit is no part of the class in multicast DNS. */
const classOf = (entry: dns.Entry, kind: DnsKind): number => (kind === 'mdns' ? entry.class & 0x7fff : entry.class);

/** One of the flags, where a message has it. */
const flagField = (
  name: string,
  title: string,
  mask: number,
  applies: (response: boolean, kind: DnsKind) => boolean,
): Field =>
  layerField(DNS, name, 'boolean', title, (dissection, layer, into) => {
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    if (has(dissection, layer, 2, 2) && applies(dns.isResponse(view, at), dnsKind(dissection, layer)))
      into.push((dns.flags(view, at) & mask) !== 0);
  });

/** Whether a message is a response. */
const isResponse = (dissection: Dissection, layer: number): boolean =>
  dns.isResponse(viewOf(dissection, layer), dissection.starts[layer]!);

/** The frame of an earlier message, where a message has one: 0 stands for none. */
const frameField = (name: string, title: string, read: (dissection: Dissection, layer: number) => number): Field =>
  layerField(DNS, name, 'unsigned', title, (dissection, layer, into) => {
    const frame = dissection.problems[layer] === 0 ? read(dissection, layer) : 0;
    if (frame > 0 && isWhole(dissection, layer)) into.push(frame);
  });

/** Whether a message has all that its header promises: how it goes with others is said behind that. */
const isWhole = (dissection: Dissection, layer: number): boolean =>
  dissection.problems[layer] === 0 &&
  dns.isWhole(viewOf(dissection, layer), dissection.starts[layer]!, dissection.ends[layer]!);

/** Calls `take` with the nanoseconds that an answer took, for each message that is one. */
function eachAnswerTime(dissection: Dissection, take: (time: number) => void): void {
  const { protocols, depth, queryFrames, queryTimes } = dissection;
  for (let layer = 0; layer < depth; layer++)
    if (protocols[layer] === DNS && queryFrames[layer]! > 0 && isWhole(dissection, layer)) take(queryTimes[layer]!);
}

/** Which message answers which, and which came before. dns.response_in has no value, as in tshark without -2: one pass does not know what comes. */
const EXCHANGE_FIELDS: readonly Field[] = [
  layerField(DNS, 'dns.response_in', 'unsigned', 'Response In', () => {}),
  frameField('dns.response_to', 'Request In', ({ queryFrames }, layer) => queryFrames[layer]!),
  {
    ...layerField(DNS, 'dns.time', 'seconds', 'Time', () => {}),
    collect: (dissection, into) => eachAnswerTime(dissection, (time) => into.push(time / 1e9)),
    print: (dissection, into) => eachAnswerTime(dissection, (time) => into.push(nanosecondsAsSeconds(time))),
  },
  layerField(DNS, 'dns.retransmission', 'boolean', 'Retransmission', (dissection, layer, into) => {
    if (dissection.repeatedFrames[layer]! > 0 && isWhole(dissection, layer)) into.push(true);
  }),
  frameField('dns.retransmit_request_in', 'Retransmitted request. Original request in', (dissection, layer) =>
    isResponse(dissection, layer) ? 0 : dissection.repeatedFrames[layer]!,
  ),
  frameField('dns.retransmit_response_in', 'Retransmitted response. Original response in', (dissection, layer) =>
    isResponse(dissection, layer) ? dissection.repeatedFrames[layer]! : 0,
  ),
];

/** dns.* */
export const DNS_FIELDS: readonly Field[] = [
  kindField('dns', 'Domain Name System'),
  kindField('mdns', 'Multicast Domain Name System'),
  kindField('llmnr', 'Link-local Multicast Name Resolution'),
  headerField(DNS, 'dns.id', 'unsigned', 'Transaction ID', 0, 2, dns.identifier, hex(4)),
  headerField(DNS, 'dns.flags', 'unsigned', 'Flags', 2, 2, dns.flags, hex(4)),
  headerField(DNS, 'dns.flags.response', 'boolean', 'Response', 2, 2, dns.isResponse),
  headerField(DNS, 'dns.flags.opcode', 'unsigned', 'Opcode', 2, 2, dns.opcode),
  flagField('dns.flags.authoritative', 'Authoritative', 0x0400, (response, kind) => response && kind !== 'llmnr'),
  flagField('dns.flags.conflict', 'Conflict', 0x0400, (_, kind) => kind === 'llmnr'),
  flagField('dns.flags.truncated', 'Truncated', 0x0200, () => true),
  flagField('dns.flags.recdesired', 'Recursion desired', 0x0100, (_, kind) => kind !== 'llmnr'),
  flagField('dns.flags.tentative', 'Tentative', 0x0100, (_, kind) => kind === 'llmnr'),
  flagField('dns.flags.recavail', 'Recursion available', 0x0080, (response, kind) => response && kind !== 'llmnr'),
  flagField('dns.flags.z', 'Z', 0x0040, (_, kind) => kind !== 'llmnr'),
  // In queries it is there only where it is set.
  layerField(DNS, 'dns.flags.authenticated', 'boolean', 'Answer authenticated', (dissection, layer, into) => {
    if (!has(dissection, layer, 2, 2) || dnsKind(dissection, layer) === 'llmnr') return;
    const isSet = (dns.flags(viewOf(dissection, layer), dissection.starts[layer]!) & 0x0020) !== 0;
    if (isSet || isResponse(dissection, layer)) into.push(isSet);
  }),
  flagField('dns.flags.checkdisable', 'Non-authenticated data', 0x0010, (_, kind) => kind !== 'llmnr'),
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
  entryField('dns.qry.name.len', 'unsigned', 'Name Length', (entry) =>
    isQuestion(entry) ? entry.nameOctets : undefined,
  ),
  entryField('dns.count.labels', 'unsigned', 'Label Count', (entry) =>
    isQuestion(entry) ? entry.name.split('.').length : undefined,
  ),
  entryField(
    'dns.qry.class',
    'unsigned',
    'Class',
    (entry, { kind }) => (isQuestion(entry) ? classOf(entry, kind) : undefined),
    hex(4),
  ),
  // The name of a service is three fields of their own.
  entryField('dns.resp.name', 'string', 'Name', (entry) =>
    isQuestion(entry) || entry.type === dns.TYPE.SRV ? undefined : entry.name,
  ),
  entryField('dns.resp.type', 'unsigned', 'Type', (entry) => (isQuestion(entry) ? undefined : entry.type)),
  entryField('dns.resp.ttl', 'unsigned', 'Time to live', (entry) =>
    isQuestion(entry) || entry.type === dns.TYPE.OPT ? undefined : entry.timeToLive,
  ),
  entryField(
    'dns.resp.class',
    'unsigned',
    'Class',
    (entry, { kind }) => (isQuestion(entry) || entry.type === dns.TYPE.OPT ? undefined : classOf(entry, kind)),
    hex(4),
  ),
  entryField('dns.resp.len', 'unsigned', 'Data length', (entry) =>
    isQuestion(entry) ? undefined : entry.to - entry.from,
  ),
  ...DNS_RECORD_FIELDS,
  ...DNS_SERVICE_FIELDS,
  ...EXCHANGE_FIELDS,
];
