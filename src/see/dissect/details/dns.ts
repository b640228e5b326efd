/** The detail tree of DNS and its relatives. Read first: RFC 1035 §4; RFC 2136 §2 (updates); RFC 6891 §6.1 (OPT). What a record's data says: dns-record.ts. */
import * as dns from '../../../wire/dns.ts';
import type { Dissection } from '../dissection.ts';
import { type DnsKind, dnsKind } from '../fields/dns-entries.ts';
import { dnsClassName, dnsOpcodeName, dnsResponseCodeName, dnsTypeName, dnsTypeTitle } from '../names.ts';
import { nanosecondsAsSeconds } from '../numbers.ts';
import { PROTOCOL } from '../protocol.ts';
import { spanText } from '../time-text.ts';
import { placeOf } from './cursor.ts';
import { addRecordData, recordSummary } from './dns-record.ts';
import { bits, hex, type Tree } from './tree.ts';

const TITLES: Readonly<Record<DnsKind, string>> = {
  dns: 'Domain Name System',
  mdns: 'Multicast Domain Name System',
  llmnr: 'Link-local Multicast Name Resolution',
};

/** The four parts of a message, as queries and as updates call them: what the header counts, and the heading above the entries. */
const PARTS = [
  [
    ['Questions', 'Queries'],
    ['Zones', 'Zone'],
  ],
  [
    ['Answer RRs', 'Answers'],
    ['Prerequisites', 'Prerequisites'],
  ],
  [
    ['Authority RRs', 'Authoritative nameservers'],
    ['Updates', 'Updates'],
  ],
  [
    ['Additional RRs', 'Additional records'],
    ['Additional RRs', 'Additional records'],
  ],
] as const;

/** The opcode of dynamic update. */
const UPDATE = 5;

/** How many entries are written: a message of 64 KiB could have thirteen thousand. */
const MOST_ENTRIES = 1000;

/** A DNS layer. */
export function addDns(tree: Tree, dissection: Dissection, layer: number): void {
  const { view, at, end } = placeOf(dissection, layer);
  const kind = dnsKind(dissection, layer);
  if (dissection.problems[layer] !== 0) return tree.add(0, TITLES[kind]);
  tree.add(0, `${TITLES[kind]} (${dns.isResponse(view, at) ? 'response' : 'query'})`);
  // Over TCP several messages may follow one another.
  const above = dissection.protocols[layer - 1];
  if (above === PROTOCOL.TCP || above === PROTOCOL.DNS) tree.add(1, `Length: ${end - at}`);
  tree.add(1, `Transaction ID: ${hex(dns.identifier(view, at), 4)}`);
  addFlags(tree, view, at, kind);
  const isUpdate = dns.opcode(view, at) === UPDATE;
  const counts = [
    dns.questionCount(view, at),
    dns.answerCount(view, at),
    dns.authorityCount(view, at),
    dns.additionalCount(view, at),
  ];
  for (const [i, [query, update]] of PARTS.entries()) tree.add(1, `${(isUpdate ? update : query)[0]}: ${counts[i]}`);
  // Which part comes next; its heading is written even when its first entry cannot be read.
  let part = 0;
  const addHeading = (): void => {
    const [query, update] = PARTS[part]!;
    tree.add(1, (isUpdate ? update : query)[1]);
    part++;
  };
  const skipEmpty = (): void => {
    while (part < PARTS.length && counts[part] === 0) part++;
  };
  let left = MOST_ENTRIES;
  let rest = 0;
  const isWhole = dns.eachEntry(view, at, end, (entry) => {
    if (rest === 0) {
      skipEmpty();
      rest = counts[part]!;
      addHeading();
    }
    rest--;
    addEntry(tree, view, at, end, entry, kind);
    return --left > 0;
  });
  skipEmpty();
  if (!isWhole && rest === 0 && part < PARTS.length) addHeading();
  if (isWhole) addExchange(tree, dissection, layer, dns.isResponse(view, at));
}

/** What the message answers, and which came before. */
function addExchange(tree: Tree, dissection: Dissection, layer: number, isResponse: boolean): void {
  const query = dissection.queryFrames[layer]!;
  const repeated = dissection.repeatedFrames[layer]!;
  if (repeated > 0) {
    const what = isResponse ? 'response' : 'request';
    tree.add(1, `[Retransmitted ${what}. Original ${what} in: ${repeated}]`);
    tree.add(1, '[Retransmission: True]');
  }
  if (query === 0) return;
  tree.add(1, `[Request In: ${query}]`);
  tree.add(1, `[Time: ${nanosecondsAsSeconds(dissection.queryTimes[layer]!)} seconds]`);
}

function addFlags(tree: Tree, view: DataView, at: number, kind: DnsKind): void {
  const flags = dns.flags(view, at);
  const isResponse = dns.isResponse(view, at);
  const opcode = dns.opcode(view, at);
  const code = dns.responseCode(view, at);
  const flag = (mask: number, what: string, yes: string, no: string): void =>
    tree.add(2, `${bits(flags, mask, 16)} = ${what}: ${flags & mask ? yes : no}`);
  const name = dnsOpcodeName(opcode);
  tree.add(1, `Flags: ${hex(flags, 4)} ${name}${isResponse ? ` response, ${dnsResponseCodeName(code)}` : ''}`);
  flag(0x8000, 'Response', 'Message is a response', 'Message is a query');
  tree.add(2, `${bits(flags, 0x7800, 16)} = Opcode: ${name} (${opcode})`);
  if (kind === 'llmnr') {
    flag(
      0x0400,
      'Conflict',
      'The name is not considered unique',
      isResponse ? 'The name is considered unique' : 'None',
    );
    flag(0x0200, 'Truncated', 'Message is truncated', 'Message is not truncated');
    flag(0x0100, 'Tentative', 'Tentative', 'Not tentative');
    if (isResponse) tree.add(2, `${bits(flags, 0x000f, 16)} = Reply code: ${dnsResponseCodeName(code)} (${code})`);
    return;
  }
  if (isResponse)
    flag(0x0400, 'Authoritative', 'Server is an authority for domain', 'Server is not an authority for domain');
  flag(0x0200, 'Truncated', 'Message is truncated', 'Message is not truncated');
  flag(0x0100, 'Recursion desired', 'Do query recursively', "Don't do query recursively");
  if (isResponse)
    flag(0x0080, 'Recursion available', 'Server can do recursive queries', "Server can't do recursive queries");
  flag(0x0040, 'Z', 'reserved - incorrect!', 'reserved (0)');
  if (isResponse)
    flag(
      0x0020,
      'Answer authenticated',
      'Answer/authority portion was authenticated by the server',
      'Answer/authority portion was not authenticated by the server',
    );
  else if (flags & 0x0020) flag(0x0020, 'AD bit', 'Set', 'Not set');
  flag(0x0010, 'Non-authenticated data', 'Acceptable', 'Unacceptable');
  if (isResponse) tree.add(2, `${bits(flags, 0x000f, 16)} = Reply code: ${dnsResponseCodeName(code)} (${code})`);
}

function addEntry(tree: Tree, view: DataView, message: number, end: number, entry: dns.Entry, kind: DnsKind): void {
  const isQuestion = entry.section === 'question';
  const isMulticast = kind === 'mdns';
  const topBit = entry.class >= 0x8000;
  const klass = isMulticast ? entry.class & 0x7fff : entry.class;
  const type = dnsTypeName(entry.type);
  if (entry.type === dns.TYPE.OPT && !isQuestion) return addOpt(tree, view, entry, isMulticast);
  let title = `${entry.name}: type ${type}, class ${dnsClassName(klass)}`;
  if (isMulticast && isQuestion) title += `, "${topBit ? 'QU' : 'QM'}" question`;
  else if (isMulticast && topBit) title += ', cache flush';
  tree.add(2, title + (isQuestion ? '' : recordSummary(view, message, end, entry)));
  addName(tree, entry, isQuestion);
  tree.add(3, `Type: ${dnsTypeTitle(entry.type)}`);
  addClass(tree, entry.class, isMulticast, isQuestion);
  if (isQuestion) return;
  tree.add(3, `Time to live: ${entry.timeToLive} (${spanText(entry.timeToLive)})`);
  tree.add(3, `Data length: ${entry.to - entry.from}`);
  addRecordData(tree, view, message, end, entry);
}

/** The name; of a service that offers something its parts (RFC 2782). */
function addName(tree: Tree, { name, type, nameOctets }: dns.Entry, isQuestion: boolean): void {
  const [service, protocol, ...domain] = name.split('.');
  if (type === dns.TYPE.SRV && !isQuestion && protocol !== undefined) {
    tree.add(3, `Service: ${service}`);
    tree.add(3, `Protocol: ${protocol}`);
    tree.add(3, `Name: ${domain.join('.')}`);
    return;
  }
  tree.add(3, `Name: ${name}`);
  if (!isQuestion) return;
  tree.add(3, `[Name Length: ${nameOctets}]`);
  tree.add(3, `[Label Count: ${name.split('.').length}]`);
}

function addClass(tree: Tree, klass: number, isMulticast: boolean, isQuestion: boolean): void {
  if (!isMulticast) return tree.add(3, `Class: ${dnsClassName(klass)} (${hex(klass, 4)})`);
  const low = klass & 0x7fff;
  tree.add(3, `${bits(klass, 0x7fff, 16)} = Class: ${dnsClassName(low)} (${hex(low, 4)})`);
  const what = isQuestion ? '"QU" question' : 'Cache flush';
  tree.add(3, `${bits(klass, 0x8000, 16)} = ${what}: ${klass >= 0x8000 ? 'True' : 'False'}`);
}

const OPTIONS: Readonly<Record<number, string>> = {
  1: 'LLQ - Long-lived query',
  2: 'UL - Update lease',
  3: 'NSID - Name Server Identifier',
  4: 'Owner (reserved)',
  5: 'DAU - DNSSEC Algorithm Understood (RFC6975)',
  6: 'DHU - DS Hash Understood (RFC6975)',
  7: 'N3U - NSEC3 Hash Understood (RFC6975)',
  8: 'CSUBNET - Client subnet',
  9: 'EDNS EXPIRE (RFC7314)',
  10: 'COOKIE',
  11: 'EDNS TCP Keepalive',
  12: 'PADDING',
  13: 'CHAIN',
};

/** EDNS: what its class and time to live hold, and its options as octets. */
function addOpt(tree: Tree, view: DataView, entry: dns.Entry, isMulticast: boolean): void {
  const z = entry.timeToLive & 0xffff;
  tree.add(2, `${entry.name}: type OPT${isMulticast && entry.class >= 0x8000 ? ', cache flush' : ''}`);
  tree.add(3, `Name: ${entry.name}`);
  tree.add(3, `Type: ${dnsTypeTitle(entry.type)}`);
  if (isMulticast) {
    tree.add(3, `${bits(entry.class, 0x7fff, 16)} = UDP payload size: ${hex(entry.class & 0x7fff, 4)}`);
    tree.add(3, `${bits(entry.class, 0x8000, 16)} = Cache flush: ${entry.class >= 0x8000 ? 'True' : 'False'}`);
  } else tree.add(3, `UDP payload size: ${entry.class}`);
  tree.add(3, `Higher bits in extended RCODE: ${hex(entry.timeToLive >>> 24, 2)}`);
  tree.add(3, `EDNS0 version: ${(entry.timeToLive >>> 16) & 0xff}`);
  tree.add(3, `Z: ${hex(z, 4)}`);
  const accepts = z & 0x8000 ? 'Accepts DNSSEC security RRs' : 'Cannot handle DNSSEC security RRs';
  tree.add(4, `${bits(z, 0x8000, 16)} = DO bit: ${accepts}`);
  tree.add(4, `${bits(z, 0x7fff, 16)} = Reserved: ${hex(z & 0x7fff, 4)}`);
  tree.add(3, `Data length: ${entry.to - entry.from}`);
  for (let i = entry.from; i + 4 <= entry.to; ) {
    const code = view.getUint16(i);
    const length = view.getUint16(i + 2);
    const data = i + 4;
    i = data + length;
    if (i > entry.to) return;
    const name = OPTIONS[code] ?? 'Unknown';
    tree.add(3, `Option: ${name}`);
    tree.add(4, `Option Code: ${name} (${code})`);
    tree.add(4, `Option Length: ${length}`);
    tree.addOctets(4, 'Option Data', view, data, i);
  }
}
