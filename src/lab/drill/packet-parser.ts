/** Parses packets: what stands behind `<` and `>`. Read first: RFC 9293 §3.1 and §3.2 for what the words mean. */
import { entryOf } from '../../core/entry.ts';
import * as tcp from '../../wire/tcp.ts';
import { parseIcmp, parseIcmpv6, parseQuoted } from './icmp-parser.ts';
import { parseLength, parseRange, UINT32 } from './range-parser.ts';
import type { IpLine, OptionName, OptionSpec, PacketLine, TcpLine } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';
import { Unsupported } from './unsupported.ts';

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

const NO_IP: IpLine = { ecn: undefined, tos: undefined, dscp: undefined, ttl: undefined };

/** Codepoints that have a name: class selectors (RFC 2474 §4.2.2), assured, expedited and lower-effort forwarding. */
function codepoint(name: string): number | undefined {
  const [, selector] = /^CS([0-7])$/.exec(name) ?? [];
  if (selector !== undefined) return 8 * Number(selector);
  const [, kind, drop] = /^AF([1-4])([1-3])$/.exec(name) ?? [];
  if (kind !== undefined) return 8 * Number(kind) + 2 * Number(drop);
  return name === 'EF' ? 46 : name === 'LE' ? 1 : undefined;
}

const ECN: Readonly<Record<string, IpLine['ecn']>> = { noecn: 0, ect1: 1, ect0: 2, ce: 3, ect01: 'ect', ect: 'ect' };

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
  const isDatagram = reader.takes('udp');
  const ports = parsePorts(reader);
  const common = { kind: 'packet', direction, ip, ports } as const;
  // The ports of a datagram stand on either side of its name.
  if (isDatagram || (ports !== undefined && reader.takes('udp')))
    return { ...common, body: { kind: 'udp', length: parseLength(reader, 'udp') } };
  const foreign = reader.peek();
  if (foreign.kind === 'word' && FOREIGN.has(foreign.text))
    throw new Unsupported(`packets of ${foreign.text}`, foreign.line);
  if (reader.takes('icmp')) return { ...common, body: parseIcmp(reader, quoted) };
  if (reader.takes('icmpv6')) return { ...common, body: parseIcmpv6(reader, quoted) };
  if (quotedFirst) reader.fail('only an icmp packet quotes another: write icmp and its type behind the brackets');
  const begin = reader.peek();
  const body = parseTcp(reader);
  if (direction === 'in' && body.options === 'any')
    reader.fail(
      'any options (<...>) are for what the host sends; what it is sent has the options that are written',
      begin,
    );
  if (reader.is('{')) throw new Unsupported('mutated packets ({ ... } behind a packet)', reader.peek().line);
  if (reader.is('/') || (reader.is('(') && reader.is('udp', 1)))
    throw new Unsupported('TCP inside UDP', reader.peek().line);
  return { ...common, body };
}

/** `[ect0]`, `[tos 0x10, ttl 3]`, and `(tos 0x10)` or `[ecn ect0]` as FreeBSD's scripts have it. */
function parseIp(reader: TokenReader): IpLine {
  const close = reader.next().text === '[' ? ']' : ')';
  let { ecn, tos, dscp, ttl } = NO_IP;
  do {
    reader.takes('ecn');
    const word = reader.expectKind('word', 'what is said of the IP header (noecn, ect0, ect1, ect01, ce, tos, ttl)');
    const named = entryOf(ECN, word.text);
    if (named !== undefined) ecn = named;
    else if (word.text === 'tos' || word.text === 'tclass' || word.text === 'class')
      tos = reader.wholeNumber('a type of service', 255);
    else if (word.text === 'dscp') {
      const named = codepoint(reader.peek().text);
      if (named !== undefined) reader.next();
      dscp = named ?? reader.wholeNumber('a codepoint (CS0 to CS7, AF11 to AF43, EF, LE)', 63);
    } else if (word.text === 'ttl' || word.text === 'hlim') ttl = reader.wholeNumber('a time to live', 255);
    // A flow label is what the host draws by chance.
    else if (word.text === 'flowlabel') reader.wholeNumber('a flow label', 0xf_ffff);
    else
      reader.fail(
        `${JSON.stringify(word.text)} says nothing of an IP header; known are noecn, ect0, ect1, ect01, ce, tos N, dscp N, ttl N`,
        word,
      );
  } while (reader.takes(','));
  reader.expect(close, 'the IP header');
  return { ecn, tos, dscp, ttl };
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

/** `<mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 8>`, `<...>`, `<>`. */
function parseOptions(reader: TokenReader): readonly OptionSpec[] | 'any' {
  reader.expect('<', 'TCP options');
  if (reader.takes('...')) {
    reader.expect('>', 'any TCP options, which are written <...>');
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
      const echo = numberOrAny(reader, 'a timestamp', UINT32);
      return { ...plain('TS', val, echo), isReal: reader.takes('!') };
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
  // A name for a cookie that nobody has defined: the host has none that is right, so any will do.
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
