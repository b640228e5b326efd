/** Parses ICMP messages: what stands behind `icmp` and `icmpv6`. Read first: RFC 792, RFC 4443 §2.1 for what the words mean. */
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { meant } from './expected-result.ts';
import { parseLength, parseRange, UINT32 } from './range-parser.ts';
import type { IcmpLine } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** The types of one version by name, and the codes by name of each type. */
interface Words {
  readonly version: IcmpLine['version'];
  readonly name: string;
  readonly types: Readonly<Record<string, number>>;
  readonly codes: Readonly<Record<number, Readonly<Record<string, number>>>>;
  /** The largest MTU that a message tells. */
  readonly mtu: number;
}

const WORDS: Words = {
  version: 4,
  name: 'ICMP',
  types: {
    unreachable: icmp.DESTINATION_UNREACHABLE,
    source_quench: icmp.SOURCE_QUENCH,
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
  },
  codes: {
    // RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1.
    [icmp.DESTINATION_UNREACHABLE]: {
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
    },
    [icmp.TIME_EXCEEDED]: { ttl_exceeded_in_transit: 0, frag_reass_exceeded: 1 },
  },
  mtu: 65_535,
};

const WORDS_6: Words = {
  version: 6,
  name: 'ICMPv6',
  types: {
    unreachable: icmpv6.DESTINATION_UNREACHABLE,
    packet_too_big: icmpv6.PACKET_TOO_BIG,
    time_exceeded: icmpv6.TIME_EXCEEDED,
    parameter_problem: icmpv6.PARAMETER_PROBLEM,
    echo_request: icmpv6.ECHO_REQUEST,
    echo_reply: icmpv6.ECHO_REPLY,
  },
  codes: {
    [icmpv6.DESTINATION_UNREACHABLE]: {
      no_route: icmpv6.NO_ROUTE,
      admin_prohibited: icmpv6.PROHIBITED,
      not_neighbour: icmpv6.BEYOND_SCOPE,
      addr_unreachable: icmpv6.ADDRESS_UNREACHABLE,
      address_unreachable: icmpv6.ADDRESS_UNREACHABLE,
      port_unreachable: icmpv6.PORT_UNREACHABLE,
    },
    [icmpv6.TIME_EXCEEDED]: {
      exceeded_hop_limit: icmpv6.HOP_LIMIT,
      exceeded_frag_time: icmpv6.REASSEMBLY_TIME,
      exceed_hoplimit: icmpv6.HOP_LIMIT,
      exceed_fragtime: icmpv6.REASSEMBLY_TIME,
    },
    [icmpv6.PARAMETER_PROBLEM]: {
      header_field: icmpv6.ERRONEOUS_HEADER,
      unknown_next_header: icmpv6.UNKNOWN_NEXT_HEADER,
      unknown_option: icmpv6.UNKNOWN_OPTION,
      hdr_field: icmpv6.ERRONEOUS_HEADER,
      unk_nexthdr: icmpv6.UNKNOWN_NEXT_HEADER,
      unk_option: icmpv6.UNKNOWN_OPTION,
    },
  },
  mtu: UINT32,
};

/** `unreachable frag_needed mtu 1400 [1:1461(1460)]`, behind `icmp`; scripts for IPv6 have the names of ICMPv6 there, too. */
export function parseIcmp(reader: TokenReader, quotedFirst: IcmpLine['quoted']): IcmpLine {
  return parseMessage(reader, quotedFirst, hasOnlyNewWords(reader) ? WORDS_6 : WORDS);
}

/** `unreachable no_route`, `packet_too_big mtu 1400 [...]`, behind `icmpv6`. */
export const parseIcmpv6 = (reader: TokenReader, quotedFirst: IcmpLine['quoted']): IcmpLine =>
  parseMessage(reader, quotedFirst, WORDS_6);

/** Whether a message is named by words that only ICMPv6 has. */
function hasOnlyNewWords(reader: TokenReader): boolean {
  const [type, code] = [reader.peek().text, reader.peek(1).text];
  return isOnlyNew(type, WORDS.types, WORDS_6.types) || isOnlyNew(code, codesOf(WORDS, type), codesOf(WORDS_6, type));
}

const isOnlyNew = (word: string, before: Words['types'], now: Words['types']): boolean =>
  Object.hasOwn(now, word) && !Object.hasOwn(before, word);

/** The codes of a type that has a name. */
const codesOf = ({ types, codes }: Words, type: string): Words['types'] =>
  (Object.hasOwn(types, type) ? codes[types[type]!] : undefined) ?? {};

function parseMessage(reader: TokenReader, quotedFirst: IcmpLine['quoted'], words: Words): IcmpLine {
  const { version, types } = words;
  const word = reader.expectKind('word', `an ${words.name} type`);
  const number = numbered('type', word.text);
  const type = number ?? (Object.hasOwn(types, word.text) ? types[word.text] : undefined);
  if (type === undefined)
    return reader.fail(
      `${JSON.stringify(word.text)} is not an ${words.name} type of scripts; known are ${Object.keys(types).join(', ')}`,
      word,
    );
  let code = 0;
  let codeIsNumber = false;
  const next = reader.peek();
  // A number on the next line is the time of the next event.
  if (next.kind === 'number' && next.line === word.line) {
    code = reader.wholeNumber('an ICMP code', 255);
    codeIsNumber = true;
  } else if (next.kind === 'word' && !reader.is('mtu') && !reader.is('id')) {
    const name = reader.next();
    const codes = words.codes[type] ?? {};
    const numberOfCode = numbered('code', name.text);
    codeIsNumber = numberOfCode !== undefined;
    const known = numberOfCode ?? (Object.hasOwn(codes, name.text) ? codes[name.text] : undefined);
    if (known === undefined)
      return reader.fail(
        `${JSON.stringify(name.text)} is not a code of ${words.name.toLowerCase()} ${word.text}${meant(
          name.text,
          Object.keys(codes),
          `; known are code_N${Object.keys(codes)
            .map((each) => `, ${each}`)
            .join('')}`,
        )}`,
        name,
      );
    code = known;
  }
  const mtu = reader.takes('mtu') ? reader.wholeNumber('an MTU', words.mtu) : undefined;
  const id = reader.takes('id') ? reader.wholeNumber('an identifier', 65_535) : undefined;
  const typeIsNumber = number !== undefined;
  const common = { kind: 'icmp', version, type, typeIsNumber, code, codeIsNumber, mtu, id } as const;
  if (quotedFirst === undefined && reader.is('[') && reader.is('raw', 1))
    return { ...common, quoted: undefined, length: parseRaw(reader) };
  const quoted = quotedFirst ?? (reader.is('[') ? parseQuoted(reader) : undefined);
  return { ...common, quoted, length: undefined };
}

/** `[raw (100)]`: a message of so many octets, its header among them. */
function parseRaw(reader: TokenReader): number {
  const begin = reader.next();
  reader.next();
  const length = parseLength(reader, 'raw');
  if (length < icmp.HEADER) reader.fail(`an ICMP message has at least ${icmp.HEADER} octets, not ${length}`, begin);
  reader.expect(']', 'an ICMP message');
  return length;
}

/** `type_13`, `code_1`: a number that has no name. */
function numbered(what: 'type' | 'code', word: string): number | undefined {
  const match = /^(type|code)_(\d{1,3})$/.exec(word);
  return match?.[1] === what && Number(match[2]) <= 255 ? Number(match[2]) : undefined;
}

/** `[1:1461(1460)]` or `[udp (1000)]`. */
export function parseQuoted(reader: TokenReader): NonNullable<IcmpLine['quoted']> {
  reader.expect('[', 'what an ICMP message quotes');
  const udp = reader.takes('udp');
  const range = udp ? { from: 0, length: parseLength(reader, 'udp') } : parseRange(reader);
  reader.expect(']', 'what an ICMP message quotes');
  return { protocol: udp ? 'udp' : 'tcp', from: range.from, length: range.length };
}
