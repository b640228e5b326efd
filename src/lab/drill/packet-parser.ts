/** Parses packets: what stands behind `<` and `>`. Read first: RFC 9293 §3.1 and §3.2 for what the words mean. */
import * as icmp from '../../wire/icmp.ts';
import * as tcp from '../../wire/tcp.ts';
import type { IcmpLine, IpLine, OptionName, OptionSpec, PacketLine, Range, TcpLine } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';
import { Unsupported } from './unsupported.ts';

const UINT32 = 0xffff_ffff;
/** Payload octets of one line: several segments' worth on outbound lines, one packet's on inbound ones. */
const MAX_LENGTH = 0x3fff_ffff;

/** The letters of flags. */
export const FLAG_LETTERS: readonly (readonly [letter: string, bit: number])[] = [
  ['S', tcp.SYN],
  ['F', tcp.FIN],
  ['R', tcp.RST],
  ['P', tcp.PSH],
  ['U', tcp.URG],
  ['E', tcp.ECE],
  ['W', tcp.CWR],
  ['A', tcp.AE],
  ['.', tcp.ACK],
];

const NO_IP: IpLine = { ecn: undefined, tos: undefined, ttl: undefined };

const ECN: Readonly<Record<string, IpLine['ecn']>> = { noecn: 0, ect1: 1, ect0: 2, ce: 3, ect01: 'ect', ect: 'ect' };

const ICMP_TYPES: Readonly<Record<string, number>> = {
  unreachable: icmp.DESTINATION_UNREACHABLE,
  source_quench: 4,
  redirect: icmp.REDIRECT,
  time_exceeded: icmp.TIME_EXCEEDED,
  timestamp_request: 13,
  timestamp_reply: 14,
  information_request: 15,
  information_reply: 16,
  address_mask_request: 17,
  address_mask_reply: 18,
  parameter_problem: icmp.PARAMETER_PROBLEM,
  echo_request: icmp.ECHO_REQUEST,
  echo_reply: icmp.ECHO_REPLY,
};

/** The codes of `unreachable` by name (RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1). */
const UNREACHABLE_CODES: Readonly<Record<string, number>> = {
  net_unreachable: 0,
  host_unreachable: 1,
  protocol_unreachable: 2,
  port_unreachable: 3,
  frag_needed: 4,
  source_route_failed: 5,
  net_unknown: 6,
  host_unknown: 7,
  source_host_isolated: 8,
  net_prohibited: 9,
  host_prohibited: 10,
  net_unreachable_for_tos: 11,
  host_unreachable_for_tos: 12,
  packet_filtered: 13,
  precedence_violation: 14,
  precedence_cutoff: 15,
};

/** The codes of `time_exceeded` by name (RFC 792). */
const TIME_EXCEEDED_CODES: Readonly<Record<string, number>> = { ttl_exceeded_in_transit: 0, frag_reass_exceeded: 1 };

/** The same of ICMPv6 (RFC 4443), as the ICMP that says so; `packet_too_big` is what IPv4 calls `frag_needed`. */
const ICMPV6_TYPES: Readonly<Record<string, readonly [type: number, code: number]>> = {
  unreachable: [icmp.DESTINATION_UNREACHABLE, 0],
  packet_too_big: [icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED],
  time_exceeded: [icmp.TIME_EXCEEDED, 0],
  parameter_problem: [icmp.PARAMETER_PROBLEM, 0],
  echo_request: [icmp.ECHO_REQUEST, 0],
  echo_reply: [icmp.ECHO_REPLY, 0],
};

const UNREACHABLE_V6: Readonly<Record<string, number>> = {
  no_route: 0,
  admin_prohibited: 13,
  not_neighbour: 1,
  addr_unreachable: 1,
  address_unreachable: 1,
  port_unreachable: 3,
};

/** Names of codes, by the type whose they are. */
const CODES: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  [icmp.DESTINATION_UNREACHABLE]: { ...UNREACHABLE_V6, ...UNREACHABLE_CODES },
  [icmp.TIME_EXCEEDED]: TIME_EXCEEDED_CODES,
};

/** Octets by which an IPv6 header is longer than one of IPv4. */
const IPV6_MORE = 20;

/** What other scripts have besides TCP, UDP and ICMP, and TCP options that the notation knows for other purposes. */
const FOREIGN = new Set(['ipv4', 'ipv6', 'gre', 'mpls', 'sctp', 'udplite', 'psp', 'vlan']);
const FOREIGN_OPTION = /^(?:ECN|mp_\w+|add_address\w*|dss|exp\w*|accecn\w*|TARR|AccECN\w*|ACO|mptcp\w*)$/;

/** The packet of an event. @throws ScriptError, Unsupported */
export function parsePacket(reader: TokenReader): PacketLine {
  const direction = reader.next().text === '<' ? 'in' : 'out';
  if (direction === 'out' && reader.takes('nothing'))
    return { kind: 'packet', direction, ip: NO_IP, ports: undefined, body: { kind: 'nothing' } };
  // An ICMP line may say first what it quotes.
  const quotedFirst = reader.is('[') && (reader.peek(1).kind === 'number' || reader.is('udp', 1));
  const quoted = quotedFirst ? parseQuoted(reader) : undefined;
  const ip = reader.is('[') || reader.is('(') ? parseIp(reader) : NO_IP;
  const ports = parsePorts(reader);
  const common = { kind: 'packet', direction, ip, ports } as const;
  const foreign = reader.peek();
  if (foreign.kind === 'word' && FOREIGN.has(foreign.text))
    throw new Unsupported(`packets of ${foreign.text}`, foreign.line);
  if (reader.takes('icmp')) return { ...common, body: parseIcmp(reader, quoted) };
  if (reader.takes('icmpv6')) return { ...common, body: parseIcmpv6(reader, quoted) };
  if (quotedFirst) reader.fail('only an icmp packet quotes another: write icmp and its type behind the brackets');
  if (reader.takes('udp')) return { ...common, body: { kind: 'udp', length: parseLength(reader, 'udp') } };
  const body = parseTcp(reader);
  if (reader.is('{')) throw new Unsupported('mutated packets ({ ... } behind a packet)', reader.peek().line);
  if (reader.is('/') || (reader.is('(') && reader.is('udp', 1)))
    throw new Unsupported('TCP inside UDP', reader.peek().line);
  return { ...common, body };
}

/** `[ect0]`, `[tos 0x10, ttl 3]`, and `(tos 0x10)` as FreeBSD's scripts have it. */
function parseIp(reader: TokenReader): IpLine {
  const close = reader.next().text === '[' ? ']' : ')';
  let { ecn, tos, ttl } = NO_IP;
  do {
    const word = reader.expectKind('word', 'what is said of the IP header (noecn, ect0, ect1, ect01, ce, tos, ttl)');
    if (word.text in ECN) ecn = ECN[word.text];
    else if (word.text === 'tos' || word.text === 'tclass') tos = reader.wholeNumber('a type of service', 255);
    else if (word.text === 'ttl' || word.text === 'hlim') ttl = reader.wholeNumber('a time to live', 255);
    // A flow label is IPv6's: it is taken and means nothing to IPv4.
    else if (word.text === 'flowlabel') reader.wholeNumber('a flow label', 0xf_ffff);
    else
      reader.fail(
        `${JSON.stringify(word.text)} says nothing of an IP header; known are noecn, ect0, ect1, ect01, ce, tos N, ttl N`,
        word,
      );
  } while (reader.takes(','));
  reader.expect(close, 'the IP header');
  return { ecn, tos, ttl };
}

/** `1234 > 80`. */
function parsePorts(reader: TokenReader): readonly [number, number] | undefined {
  if (reader.peek().kind !== 'number' || !reader.is('>', 1)) return undefined;
  const from = reader.wholeNumber('a port', 65_535);
  reader.next();
  return [from, reader.wholeNumber('a port', 65_535)];
}

function parseTcp(reader: TokenReader): TcpLine {
  const flags = parseFlags(reader);
  const range = parseRange(reader);
  const ack = parseField(reader, 'ack', 'an acknowledgment number', UINT32);
  const window = parseField(reader, 'win', 'a window', 65_535);
  const urgent = parseField(reader, 'urg', 'an urgent pointer', 65_535);
  const options = reader.is('<') ? parseOptions(reader) : undefined;
  return { kind: 'tcp', flags, range, ack, window, urgent, options };
}

/** `ack 1`; undefined where there is none, or any will do: `win *`, `win ...`. */
function parseField(reader: TokenReader, name: string, what: string, most: number): number | undefined {
  return reader.takes(name) ? numberOrAny(reader, what, most) : undefined;
}

/** The counter of AccECN, 0 to 7, is the three flags AE, CWR and ECE (draft-ietf-tcpm-accurate-ecn). */
const ACE_BITS = [tcp.ECE, tcp.CWR, tcp.AE];
const aceFlags = (count: number): number => ACE_BITS.reduce((all, bit, i) => all | ((count >> i) & 1 ? bit : 0), 0);

/** `S`, `S.`, `FP.`, `.`, `SEW`, `5.`, `-` for none. */
function parseFlags(reader: TokenReader): number {
  const begin = reader.peek();
  if (reader.takes('-')) return 0;
  let flags = 0;
  const counted = begin.kind === 'number' && /^[0-7]$/.test(begin.text) && !reader.is(':', 1);
  if (begin.kind === 'word' || counted) {
    for (const letter of reader.next().text) {
      const bit = FLAG_LETTERS.find(([each]) => each === letter)?.[1];
      if (bit === undefined && !/[0-7]/.test(letter))
        reader.fail(
          `${JSON.stringify(begin.text)} is not flags: they are S, F, R, P, U, E (ECE), W (CWR), A (AE), 0 to 7 (the three as a number) and . (ACK), or - for none; a packet may also begin with udp or icmp`,
          begin,
        );
      flags |= bit ?? aceFlags(Number(letter));
    }
  }
  if (reader.takes('.')) flags |= tcp.ACK;
  if (flags === 0 && !counted) reader.fail(`flags have to stand here, such as S, S. or P., not ${reader.shown()}`);
  return flags;
}

/** `1:1001(1000)`. */
function parseRange(reader: TokenReader): Range {
  const begin = reader.peek();
  const from = reader.wholeNumber('a sequence number', UINT32);
  reader.expect(':', 'a sequence range such as 1:1001(1000)');
  const to = reader.wholeNumber('a sequence number', UINT32);
  const length = parseLength(reader, 'a sequence range such as 1:1001(1000)');
  if (((from + length - to) | 0) !== 0)
    reader.fail(
      `${from} and ${length} octets make ${(from + length) % (UINT32 + 1)}, not ${to}: a range is FROM:TO(LENGTH)`,
      begin,
    );
  return { from, to, length };
}

/** `(1000)`. */
function parseLength(reader: TokenReader, what: string): number {
  reader.expect('(', what);
  const length = reader.wholeNumber('a length in octets', MAX_LENGTH);
  reader.expect(')', what);
  return length;
}

/** `<mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 8>`, `<...>`, `<>`. */
function parseOptions(reader: TokenReader): readonly OptionSpec[] | 'any' {
  reader.expect('<', 'TCP options');
  if (reader.takes('...')) {
    reader.expect('>', 'any options are written <...>: the list');
    return 'any';
  }
  const options: OptionSpec[] = [];
  if (!reader.is('>')) {
    do options.push(parseOption(reader));
    while (reader.takes(','));
  }
  reader.expect('>', 'a list of TCP options');
  return options;
}

const plain = (name: OptionName, ...numbers: (number | undefined)[]): OptionSpec => ({
  name,
  numbers,
  cookie: undefined,
});

function parseOption(reader: TokenReader): OptionSpec {
  const word = reader.expectKind('word', 'a TCP option');
  switch (word.text) {
    case 'nop':
    case 'eol':
    case 'sackOK':
      return plain(word.text);
    case 'mss':
      return plain('mss', numberOrAny(reader, 'an MSS', 65_535));
    case 'wscale':
      return plain('wscale', numberOrAny(reader, 'a window scale', 255));
    case 'TS': {
      reader.expect('val', 'TS val N ecr N');
      const val = numberOrAny(reader, 'a timestamp', UINT32);
      reader.expect('ecr', 'TS val N ecr N');
      return plain('TS', val, numberOrAny(reader, 'a timestamp', UINT32));
    }
    case 'sack': {
      const edges: (number | undefined)[] = [];
      while (reader.peek().kind === 'number') {
        edges.push(reader.wholeNumber('a left edge', UINT32));
        reader.expect(':', 'a SACK block such as 1001:2001');
        edges.push(reader.wholeNumber('a right edge', UINT32));
      }
      if (edges.length === 0 || edges.length > 8) reader.fail('sack has 1 to 4 blocks such as 1001:2001', word);
      return plain('sack', ...edges);
    }
    case 'FO':
    case 'FOEXP':
    case 'md5':
      return { name: word.text, numbers: [], cookie: parseCookie(reader) };
    default:
      if (FOREIGN_OPTION.test(word.text)) throw new Unsupported(`the TCP option ${word.text}`, word.line);
      return reader.fail(
        `${JSON.stringify(word.text)} is not a TCP option of scripts; known are mss, wscale, sackOK, sack, TS, nop, eol, FO, FOEXP, md5`,
        word,
      );
  }
}

/** A number, or undefined where any will do: `*` or `...`. */
function numberOrAny(reader: TokenReader, what: string, most: number): number | undefined {
  return reader.takes('*') || reader.takes('...') ? undefined : reader.wholeNumber(what, most);
}

/** A cookie in hexadecimal, up to 16 octets; none for a request. The lexer may have cut it where letters follow digits. */
function parseCookie(reader: TokenReader): Uint8Array {
  const begin = reader.peek();
  // A name for a cookie: the host has none that is right, so any will do.
  if (begin.kind === 'word' && /^TFO_COOKIE\w*$/.test(begin.text)) {
    reader.next();
    return Uint8Array.from(begin.text.slice(0, 8), (letter) => letter.charCodeAt(0));
  }
  let hex = '';
  for (let end = begin.at; reader.peek().at === end && /^[0-9a-fA-F]+$/.test(reader.peek().text); end = reader.end)
    hex += reader.next().text;
  if (hex.length % 2 !== 0 || hex.length > 32)
    reader.fail('a cookie is up to 16 octets in hexadecimal, two digits each', begin);
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** `unreachable frag_needed mtu 1400 [1:1461(1460)]`, behind `icmp`; scripts for IPv6 have the names of ICMPv6 there, too. */
function parseIcmp(reader: TokenReader, quotedFirst: IcmpLine['quoted']): IcmpLine {
  if (reader.is('packet_too_big')) return parseIcmpv6(reader, quotedFirst);
  const word = reader.expectKind('word', 'an ICMP type');
  const type =
    numbered('type', word.text) ?? (Object.hasOwn(ICMP_TYPES, word.text) ? ICMP_TYPES[word.text] : undefined);
  if (type === undefined)
    return reader.fail(
      `${JSON.stringify(word.text)} is not an ICMP type of scripts; known are ${Object.keys(ICMP_TYPES).join(', ')}`,
      word,
    );
  let code = 0;
  const next = reader.peek();
  // A number on the next line is the time of the next event.
  if (next.kind === 'number' && next.line === word.line) code = reader.wholeNumber('an ICMP code', 255);
  else if (reader.peek().kind === 'word' && !reader.is('mtu')) {
    const name = reader.next();
    const known = numbered('code', name.text) ?? CODES[type]?.[name.text];
    if (known === undefined)
      return reader.fail(`${JSON.stringify(name.text)} is not a code of icmp ${word.text}`, name);
    code = known;
  }
  const mtu = reader.takes('mtu') ? reader.wholeNumber('an MTU', 65_535) : undefined;
  const quoted = quotedFirst ?? (reader.is('[') ? parseQuoted(reader) : undefined);
  return { kind: 'icmp', type, code, mtu, quoted };
}

/** `unreachable no_route`, `packet_too_big mtu 1400 [...]`, behind `icmpv6`: as ICMP says the same on IPv4. */
function parseIcmpv6(reader: TokenReader, quotedFirst: IcmpLine['quoted']): IcmpLine {
  const word = reader.expectKind('word', 'an ICMPv6 type');
  const known = Object.hasOwn(ICMPV6_TYPES, word.text) ? ICMPV6_TYPES[word.text] : undefined;
  if (known === undefined)
    return reader.fail(
      `${JSON.stringify(word.text)} is not an ICMPv6 type of scripts; known are ${Object.keys(ICMPV6_TYPES).join(', ')}`,
      word,
    );
  const [type] = known;
  let [, code] = known;
  if (reader.peek().kind === 'word' && !reader.is('mtu')) {
    const name = reader.next().text;
    code = numbered('code', name) ?? UNREACHABLE_V6[name] ?? 0;
  }
  const mtu = reader.takes('mtu') ? Math.max(0, reader.wholeNumber('an MTU', UINT32) - IPV6_MORE) & 0xffff : undefined;
  const quoted = quotedFirst ?? (reader.is('[') ? parseQuoted(reader) : undefined);
  return { kind: 'icmp', type, code, mtu, quoted };
}

/** `type_13`, `code_1`: a number that has no name. */
function numbered(what: 'type' | 'code', word: string): number | undefined {
  const match = /^(type|code)_(\d{1,3})$/.exec(word);
  return match?.[1] === what && Number(match[2]) <= 255 ? Number(match[2]) : undefined;
}

/** `[1:1461(1460)]` or `[udp (1000)]`. */
function parseQuoted(reader: TokenReader): NonNullable<IcmpLine['quoted']> {
  reader.expect('[', 'what an ICMP message quotes');
  const udp = reader.takes('udp');
  const range = udp ? { from: 0, length: parseLength(reader, 'udp') } : parseRange(reader);
  reader.expect(']', 'what an ICMP message quotes');
  return { protocol: udp ? 'udp' : 'tcp', from: range.from, length: range.length };
}
