/**
 * Words and signs of a capture filter into a syntax tree. `and` and `or` weigh the same and are read from left to right, `not` takes the next part only: as in
 * tcpdump. What stands behind `and` or `or` without a qualifier takes those before it: `port 80 or 443`. Read first: pcap-filter(7).
 */
import { nearest } from '../../../core/nearest.ts';
import { readIpv4, readIpv6 } from '../../../wire/address.ts';
import { FilterError, type Place } from '../filter-error.ts';
import { MAX_NESTING } from '../limits.ts';
import { displayFilterAdvice } from './display-filter.ts';
import { type Token, tokenize } from './lexer.ts';
import { CONSTANTS, REFUSED, WLAN_DIRECTIONS, WLAN_SUBTYPES, WLAN_TYPES } from './names.ts';
import {
  type Arithmetic,
  type CaptureNode,
  type Direction,
  type Encapsulation,
  type Identifier,
  type Kind,
  LINK_WORDS,
  LLC_FORMATS,
  type LlcFormat,
  PROTOCOL_WORDS,
  type ProtocolWord,
  type Qualifiers,
  WLAN_DIRECTION_WORDS,
  type WlanDirection,
} from './syntax.ts';

/** A parsed capture filter. */
export interface ParsedCapture {
  /** Undefined: everything passes. */
  readonly tree: CaptureNode | undefined;
  readonly hints: readonly string[];
}

const KINDS: ReadonlySet<string> = new Set<Kind>(['host', 'net', 'port', 'portrange', 'proto', 'protochain']);
const PROTOCOLS: ReadonlySet<string> = new Set([...PROTOCOL_WORDS, ...LINK_WORDS]);
const ENCAPSULATIONS: ReadonlySet<string> = new Set<Encapsulation>(['vlan', 'mpls', 'pppoed', 'pppoes', 'geneve']);
const FORMATS: ReadonlySet<string> = new Set<LlcFormat>(LLC_FORMATS);
/** Addresses of IEEE 802.11, which have two spellings. */
const WLAN_ADDRESSES: ReadonlyMap<string, WlanDirection> = new Map(
  WLAN_DIRECTION_WORDS.flatMap((word) => [
    [word, word],
    [word.replace('addr', 'address'), word],
  ]),
);
/** What is asked of frame control of IEEE 802.11. */
const ASKED: ReadonlySet<string> = new Set(['type', 'subtype', 'dir']);
const RELATIONS: ReadonlySet<string> = new Set(['=', '==', '!=', '<', '<=', '>', '>=']);
const KEYWORDS: ReadonlySet<string> = new Set([
  ...KINDS,
  ...PROTOCOLS,
  ...ENCAPSULATIONS,
  ...WLAN_ADDRESSES.keys(),
  ...ASKED,
  ...[
    'and',
    'or',
    'not',
    'src',
    'dst',
    'len',
    'less',
    'greater',
    'broadcast',
    'multicast',
    'inbound',
    'outbound',
    'ifindex',
    'llc',
    'mask',
  ],
]);

/** How calculations bind: the larger, the tighter. */
const BINDING: Readonly<Record<string, number>> = {
  '|': 1,
  '&': 2,
  '<<': 3,
  '>>': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 5,
};

/**
 * Parses a capture filter.
 * @throws FilterError when it is none
 */
export function parseCapture(expression: string): ParsedCapture {
  const tokens = tokenize(expression);
  const hints = new Set<string>();
  let index = 0;
  let nesting = 0;

  const now = (): Token => tokens[index]!;
  const ahead = (): Token => tokens[index + 1] ?? tokens.at(-1)!;
  const before = (): Token => tokens[index - 1]!;
  const next = (): Token => tokens[Math.min(index++, tokens.length - 1)]!;
  const isWord = (text: string, token: Token = now()): boolean =>
    token.kind === 'word' && !token.escaped && token.text === text;
  const isSign = (text: string, token: Token = now()): boolean => token.kind === 'sign' && token.text === text;
  const isAnd = (): boolean => isWord('and') || isSign('&&');
  const isOr = (): boolean => isWord('or') || isSign('||');
  const isNot = (): boolean => isWord('not') || isSign('!');
  const isAsked = (token: Token): boolean => token.kind === 'word' && !token.escaped && ASKED.has(token.text);
  const isProtocol = (token: Token = now()): boolean =>
    token.kind === 'word' && !token.escaped && PROTOCOLS.has(token.text);
  const fail = (place: Place, reason: string, suggestion?: string): FilterError =>
    new FilterError(expression, place, reason, suggestion);
  const span = (from: Place): Place => ({ at: from.at, length: before().at + before().length - from.at });

  function enter(token: Token): void {
    if (++nesting > MAX_NESTING) throw fail(token, `The filter is nested more than ${MAX_NESTING} levels deep.`);
  }

  function unexpected(token: Token, wanted = ''): FilterError {
    const advice = displayFilterAdvice(expression, token.text);
    if (advice !== undefined) return fail(token, advice.reason, advice.suggestion);
    if (token.kind === 'end') return fail(token, `Unexpected end of the capture filter.${wanted}`);
    const refused = token.escaped ? undefined : REFUSED.get(token.text);
    if (refused !== undefined) return fail(token, refused);
    return fail(token, `"${token.text}" was unexpected here.${wanted}`);
  }

  function tree(): [CaptureNode, Qualifiers | undefined] {
    const start = now();
    let [left, qualifiers] = term();
    let last: 'and' | 'or' | undefined;
    while (isAnd() || isOr()) {
      const kind = isAnd() ? 'and' : 'or';
      next();
      if (last === 'or' && kind === 'and')
        hints.add(
          'and and or weigh the same here and are read from left to right: "a or b and c" is "(a or b) and c". Parentheses say what is meant.',
        );
      last = kind;
      const [right, of] = operand(qualifiers);
      left = { kind, left, right, ...span(start) };
      qualifiers = of;
    }
    return [left, qualifiers];
  }

  /** What stands behind `and` and `or`: an identifier, or several in parentheses, that take the qualifiers before them, or a term. */
  function operand(qualifiers: Qualifiers | undefined): [CaptureNode, Qualifiers | undefined] {
    let ahead = index;
    const isBefore = (token: Token | undefined): boolean =>
      isWord('not', token) || isSign('!', token) || (qualifiers !== undefined && isSign('(', token));
    while (isBefore(tokens[ahead])) ahead++;
    if (isSign('(') && isCalculation()) return term();
    if (!isIdentifier(tokens[ahead]!) || continuesCalculation(tokens[ahead + 1]!)) return term();
    const token = tokens[ahead]!;
    if (qualifiers === undefined) {
      if (token.kind === 'word') throw unknownWord(token);
      throw fail(token, `${token.text} alone says nothing. Write what it is: ${example(token)}.`, example(token));
    }
    return [identifiers(qualifiers), qualifiers];
  }

  const continuesCalculation = (token: Token): boolean =>
    token.kind === 'sign' && (RELATIONS.has(token.text) || token.text in BINDING) && token.text !== '/';

  function isIdentifier(token: Token): boolean {
    if (token.kind === 'word')
      return token.escaped || (!KEYWORDS.has(token.text) && !REFUSED.has(token.text) && !CONSTANTS.has(token.text));
    return ['number', 'dotted', 'ipv6', 'mac', 'range'].includes(token.kind);
  }

  const example = (token: Token): string =>
    token.kind === 'number'
      ? `port ${token.text}`
      : token.kind === 'mac'
        ? `ether host ${token.text}`
        : `host ${token.text}`;

  function unknownWord(token: Token): FilterError {
    const advice = displayFilterAdvice(expression, token.text);
    if (advice !== undefined) return fail(token, advice.reason, advice.suggestion);
    const refused = REFUSED.get(token.text);
    if (refused !== undefined) return fail(token, refused);
    const near = nearest(token.text, [...KEYWORDS, ...CONSTANTS.keys()]);
    const wanted = `"${token.text}" is neither a keyword nor qualified (host, net, port, ...).`;
    return fail(token, near === undefined ? wanted : `${wanted} Did you mean ${near}?`, near);
  }

  function term(): [CaptureNode, Qualifiers | undefined] {
    const token = now();
    if (isNot()) {
      next();
      enter(token);
      const [of, qualifiers] = term();
      nesting--;
      return [{ kind: 'not', of, ...span(token) }, qualifiers];
    }
    if (isSign('(') && !isCalculation()) {
      next();
      enter(token);
      const [inner, qualifiers] = tree();
      if (!isSign(')')) throw unexpected(now(), ` The ")" that closes this "(" is missing.`);
      next();
      nesting--;
      return [{ ...inner, ...span(token) }, qualifiers];
    }
    if (startsCalculation()) return [relation(), undefined];
    if (token.kind === 'word' && !token.escaped) return qualified(token);
    if (isIdentifier(token)) {
      if (token.kind === 'word') throw unknownWord(token);
      throw fail(token, `${token.text} alone says nothing. Write what it is: ${example(token)}.`, example(token));
    }
    throw unexpected(token);
  }

  /** Whether the parenthesis that opens here is one of a calculation: behind the one that closes it the calculation goes on. */
  function isCalculation(): boolean {
    let depth = 0;
    for (let i = index; i < tokens.length; i++) {
      if (isSign('(', tokens[i])) depth++;
      else if (isSign(')', tokens[i]) && --depth === 0)
        return continuesCalculation(tokens[i + 1]!) || isSign('/', tokens[i + 1]);
    }
    return false;
  }

  function startsCalculation(): boolean {
    const token = now();
    if (isSign('(') || isSign('-')) return true;
    if (token.kind === 'number') return continuesCalculation(ahead()) || isSign('/', ahead());
    if (token.kind !== 'word' || token.escaped) return false;
    return token.text === 'len' || CONSTANTS.has(token.text) || (PROTOCOLS.has(token.text) && isSign('[', ahead()));
  }

  /** A term that begins with a keyword. */
  function qualified(first: Token): [CaptureNode, Qualifiers | undefined] {
    const { text } = first;
    if (text === 'less' || text === 'greater') {
      next();
      return [
        { kind: 'length', relation: text, octets: number(' A number of octets follows.'), ...span(first) },
        undefined,
      ];
    }
    if (text === 'inbound' || text === 'outbound') {
      next();
      return [{ kind: 'passage', way: text, ...span(first) }, undefined];
    }
    if (text === 'ifindex') {
      next();
      return [{ kind: 'interface', number: number(" An interface's number follows."), ...span(first) }, undefined];
    }
    if (text === 'llc') {
      next();
      const format = now().kind === 'word' && FORMATS.has(now().text) ? (next().text as LlcFormat) : undefined;
      return [{ kind: 'llc', format, ...span(first) }, undefined];
    }
    if (isAsked(first)) return [frameControl(first), undefined];
    if (isWord('wlan') && isAsked(ahead())) {
      next();
      return [frameControl(first), undefined];
    }
    if (ENCAPSULATIONS.has(text)) {
      next();
      const header = text as Encapsulation;
      const value = header !== 'pppoed' && now().kind === 'number' ? number('') : undefined;
      return [{ kind: 'encapsulation', header, number: value, ...span(first) }, undefined];
    }
    let protocol: ProtocolWord | undefined;
    if (isProtocol()) protocol = protocolOf(next());
    const direction = directions();
    const { text: word } = now();
    if (now().kind === 'word' && !now().escaped) {
      if ((word === 'broadcast' || word === 'multicast') && direction === undefined) {
        next();
        return [{ kind: 'cast', protocol, cast: word, ...span(first) }, undefined];
      }
      if (REFUSED.has(word)) throw unexpected(now());
    }
    let kind: Kind | undefined;
    if (now().kind === 'word' && !now().escaped && KINDS.has(word)) kind = next().text as Kind;
    if (protocol === undefined && direction === undefined && kind === undefined) throw unknownWord(first);
    if (direction === undefined && kind === undefined) {
      if (isIdentifier(now()) && !isAnd() && !isOr()) throw afterProtocol(protocol!);
      return [{ kind: 'protocol', protocol: protocol!, ...span(first) }, undefined];
    }
    const qualifiers: Qualifiers = { protocol, direction, kind };
    return [identifiers(qualifiers, first), qualifiers];
  }

  /** An error about what stands behind a protocol and cannot. */
  function afterProtocol(protocol: ProtocolWord): FilterError {
    const advice = displayFilterAdvice(expression, now().text);
    if (advice !== undefined) return fail(now(), advice.reason, advice.suggestion);
    const reason = `After ${protocol} comes host, net, port, proto or nothing`;
    if (now().kind !== 'word')
      return fail(now(), `${reason}: ${example(now()).replace(/^(?:ether )?/, `${protocol} `)}.`);
    const near = nearest(now().text, [...KINDS, 'src', 'dst', 'and', 'or']);
    return fail(now(), near === undefined ? `${reason}.` : `${reason}. Did you mean ${near}?`, near);
  }

  /** `type mgt`, `type mgt subtype beacon`, `subtype beacon`, `dir tods`. */
  function frameControl(from: Place): CaptureNode {
    const asked = next().text as 'type' | 'subtype' | 'dir';
    if (asked === 'dir')
      return { kind: 'wlan', asked, value: bits('A direction', WLAN_DIRECTIONS, 0x03), ...span(from) };
    if (asked === 'subtype') {
      if (now().kind === 'number')
        throw fail(now(), 'The number of a subtype needs its type before it: type 0 subtype 0x80.');
      return { kind: 'wlan', asked, value: bits('A subtype', WLAN_SUBTYPES, 0), ...span(from) };
    }
    const type = bits('A type', WLAN_TYPES, 0x0c);
    if (!isWord('subtype')) return { kind: 'wlan', asked, value: type, ...span(from) };
    next();
    const subtypes = new Map([...WLAN_SUBTYPES].filter(([, value]) => (value & 0x0c) === type));
    return { kind: 'wlan', asked: 'subtype', value: bits('A subtype', subtypes, 0xf0) | type, ...span(from) };
  }

  /** Bits of frame control, by name or as they stand in its octet under the mask. */
  function bits(what: string, names: ReadonlyMap<string, number>, mask: number): number {
    const token = now();
    const known = [...names.keys()].join(', ');
    if (token.kind === 'number') {
      const value = number('');
      if ((value & ~mask) === 0) return value;
      const step = mask & -mask;
      throw fail(token, `${what} has the bits 0x${mask.toString(16)}: 0, ${step}, ${2 * step} and so on; or ${known}.`);
    }
    const value = token.kind === 'word' ? names.get(token.text) : undefined;
    if (value === undefined) {
      const near = nearest(token.text, names.keys());
      throw fail(token, `${what} is one of ${known}.${near === undefined ? '' : ` Did you mean ${near}?`}`, near);
    }
    next();
    return value;
  }

  /** `src`, `dst`, `src or dst`, `src and dst`; `ra`, `ta`, `addr1` to `addr4`. */
  function directions(): Direction | undefined {
    const wlan = now().kind === 'word' && !now().escaped ? WLAN_ADDRESSES.get(now().text) : undefined;
    if (wlan !== undefined) {
      next();
      return wlan;
    }
    if (!isWord('src') && !isWord('dst')) return undefined;
    const first = next().text as 'src' | 'dst';
    const other = first === 'src' ? 'dst' : 'src';
    if ((isAnd() || isOr()) && isWord(other, ahead())) {
      const both = isAnd() ? 'src and dst' : 'src or dst';
      index += 2;
      return both;
    }
    return first;
  }

  /** An identifier, or several in parentheses: `port (80 or 443)`. */
  function identifiers(qualifiers: Qualifiers, from: Place = now()): CaptureNode {
    const token = now();
    if (isNot()) {
      next();
      enter(token);
      const of = identifiers(qualifiers);
      nesting--;
      return { kind: 'not', of, ...span(from) };
    }
    if (isSign('(')) {
      next();
      enter(token);
      let left = identifiers(qualifiers);
      while (isAnd() || isOr()) {
        const kind = isAnd() ? 'and' : 'or';
        next();
        left = { kind, left, right: identifiers(qualifiers), ...span(token) };
      }
      if (!isSign(')')) throw unexpected(now(), ` The ")" that closes this "(" is missing.`);
      next();
      nesting--;
      return left;
    }
    return { kind: 'primitive', qualifiers, identifier: identifier(qualifiers), ...span(from) };
  }

  function identifier({ kind, direction, protocol }: Qualifiers): Identifier {
    const token = now();
    const what = kind ?? direction ?? protocol ?? '';
    // Behind proto a keyword can only be a name; tcpdump wants a backslash before it.
    const isName =
      token.kind === 'word' &&
      (isIdentifier(token) || ((kind === 'proto' || kind === 'protochain') && IS_PROTOCOL_NAME.test(token.text)));
    if (token.kind !== 'word' ? !isIdentifier(token) : !isName)
      throw unexpected(
        token,
        token.kind === 'end'
          ? ` After ${what} comes ${WANTED[kind ?? 'host']}.`
          : ` After ${what} comes ${WANTED[kind ?? 'host']}.`,
      );
    next();
    const { text } = token;
    switch (token.kind) {
      case 'mac':
        return { type: 'mac', value: macOf(text), ...span(token) };
      case 'range': {
        const [low, high] = text.split('-') as [string, string];
        return { type: 'range', low, high, ...span(token) };
      }
      case 'ipv6':
        return { type: 'ipv6', value: readIpv6(text)!, prefix: prefix(128), ...span(token) };
      case 'number':
        if (kind !== 'net' || !(isSign('/') || isWord('mask')))
          return { type: 'number', value: numberOf(token), ...span(token) };
        return { type: 'ipv4', text, prefix: prefix(32), mask: mask(), ...span(token) };
      case 'dotted':
        return { type: 'ipv4', text, prefix: prefix(32), mask: mask(), ...span(token) };
      default:
        return { type: 'name', text, ...span(token) };
    }
  }

  function prefix(bits: number): number | undefined {
    if (!isSign('/')) return undefined;
    next();
    const token = now();
    const length = number(' The length of a prefix follows.');
    if (length > bits)
      throw fail(token, `The prefix of an IPv${bits === 32 ? 4 : 6} network is at most ${bits}, not ${token.text}.`);
    return length;
  }

  function mask(): string | undefined {
    if (!isWord('mask')) return undefined;
    next();
    const token = next();
    if (token.kind !== 'dotted' || readIpv4(token.text) === undefined)
      throw fail(token, 'After mask comes the mask of a network: net 10.1.0.0 mask 255.255.0.0.');
    return token.text;
  }

  function number(wanted: string): number {
    const token = now();
    if (token.kind !== 'number') throw unexpected(token, wanted);
    next();
    return numberOf(token);
  }

  function numberOf(token: Token): number {
    const { text } = token;
    const isOctal = /^0\d/.test(text);
    if (isOctal && /[89]/.test(text))
      throw fail(token, `${text} is no number: with a leading 0 it is octal, which has digits from 0 to 7.`);
    const value = isOctal ? Number.parseInt(text, 8) : Number(text);
    if (value > 0xffff_ffff) throw fail(token, `${text} is more than 32 bits hold (4,294,967,295).`);
    return value;
  }

  function relation(): CaptureNode {
    const start = now();
    const left = arithmetic(0);
    const sign = now();
    if (sign.kind !== 'sign' || !RELATIONS.has(sign.text)) {
      if (sign.kind === 'end' || isAnd() || isOr() || isSign(')'))
        throw fail(
          { at: start.at, length: left.length },
          `${expression.slice(left.at, left.at + left.length)} is a number, neither true nor false: compare it, as in ${expression.slice(left.at, left.at + left.length)} != 0.`,
        );
      throw unexpected(sign);
    }
    next();
    const right = arithmetic(0);
    return { kind: 'relation', relation: sign.text === '==' ? '=' : sign.text, left, right, ...span(start) };
  }

  function arithmetic(least: number): Arithmetic {
    const start = now();
    let left = unary();
    let levels = 0;
    for (;;) {
      const operator = now();
      const binding = operator.kind === 'sign' ? BINDING[operator.text] : undefined;
      if (binding === undefined || binding <= least) {
        nesting -= levels;
        return left;
      }
      // Each step makes the tree one level deeper.
      enter(operator);
      levels++;
      next();
      const right = arithmetic(binding);
      left = { kind: 'binary', operator: operator.text, left, right, ...span(start) };
    }
  }

  function unary(): Arithmetic {
    const token = now();
    if (isSign('-')) {
      next();
      enter(token);
      const of = unary();
      nesting--;
      return { kind: 'minus', of, ...span(token) };
    }
    if (isSign('(')) {
      next();
      enter(token);
      const inner = arithmetic(0);
      if (!isSign(')')) throw unexpected(now(), ` The ")" that closes this "(" is missing.`);
      next();
      nesting--;
      return { ...inner, ...span(token) };
    }
    if (token.kind === 'number') return { kind: 'number', value: number(''), ...span(token) };
    if (token.kind === 'word' && !token.escaped) {
      const constant = CONSTANTS.get(token.text);
      if (constant !== undefined || token.text === 'len') {
        next();
        return constant === undefined
          ? { kind: 'len', ...span(token) }
          : { kind: 'number', value: constant, ...span(token) };
      }
      if (isProtocol() && isSign('[', ahead())) return load(token);
      if (/^(?:tcp|icmp6?)-/.test(token.text)) {
        const near = nearest(token.text, CONSTANTS.keys());
        throw fail(
          token,
          `"${token.text}" is no name of a value.${near === undefined ? '' : ` Did you mean ${near}?`}`,
          near,
        );
      }
    }
    throw unexpected(token, ' Here stands a number, len, or octets such as tcp[13].');
  }

  function load(token: Token): Arithmetic {
    next();
    next();
    enter(token);
    const at = arithmetic(0);
    nesting--;
    let size = 1;
    if (isSign(':')) {
      next();
      const sizeToken = now();
      size = number(' A number of octets follows: 1, 2 or 4.');
      if (size !== 1 && size !== 2 && size !== 4)
        throw fail(sizeToken, `1, 2 or 4 octets can be read at once, not ${sizeToken.text}.`);
    }
    if (!isSign(']')) throw unexpected(now(), ` The "]" that closes this "[" is missing.`);
    next();
    return {
      kind: 'load',
      protocol: protocolOf(token),
      index: at,
      size: size as 1 | 2 | 4,
      ...span(token),
    };
  }

  if (now().kind === 'end') return { tree: undefined, hints: [] };
  const [all] = tree();
  if (now().kind !== 'end') {
    if (isIdentifier(now()) && now().kind !== 'word') throw unexpected(now(), ' Parts are joined by and or or.');
    throw unexpected(now(), KEYWORDS.has(now().text) ? ' Parts are joined by and or or.' : '');
  }
  return { tree: all, hints: [...hints] };
}

/** The protocol that a word is: the link layer has several. */
const protocolOf = ({ text }: Token): ProtocolWord => (LINK_WORDS.has(text) ? 'link' : (text as ProtocolWord));

const IS_PROTOCOL_NAME = /^[a-z][\w-]*$/i;

const WANTED: Readonly<Record<Kind, string>> = {
  host: 'an address: 10.0.0.1, fe80::1',
  net: 'a network: 10.0.0.0/8, 10.1, 2001:db8::/32',
  port: 'a port: 80, http',
  portrange: 'two ports: 8000-8099',
  proto: 'a protocol: 6, tcp',
  protochain: 'a protocol: 6, tcp',
};

/** The octets of a hardware address in any of its ways to be written. */
function macOf(text: string): Uint8Array {
  const groups = text.split(/[:.-]/);
  const octets = groups.length === 6 ? groups : groups.join('').match(/../g)!;
  return Uint8Array.from(octets, (octet) => Number.parseInt(octet, 16));
}
