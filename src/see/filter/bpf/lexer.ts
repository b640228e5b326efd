/** A capture filter's words and signs. */
import { readIpv6 } from '../../../wire/address.ts';
import { FilterError, type Place } from '../filter-error.ts';
import { MAX_EXPRESSION_LENGTH } from '../limits.ts';

/** A word or sign. */
export interface Token extends Place {
  readonly kind: 'word' | 'number' | 'dotted' | 'ipv6' | 'mac' | 'range' | 'sign' | 'end';
  /** The word or sign, as it is written; a name that is escaped as \\tcp without its backslash. */
  readonly text: string;
  /** Written with a backslash: a name, even when it is a keyword. */
  readonly escaped: boolean;
}

const SPACE = /[\s]+/y;
const MAC = /(?:[\da-f]{1,2}(?:[:.-][\da-f]{1,2}){5}|[\da-f]{4}\.[\da-f]{4}\.[\da-f]{4}|[\da-f]{12})(?![\w:.-])/iy;
const COLONS = /[\da-f:]*:[\da-f:.]*/iy;
const DOTTED = /\d+(?:\.\d+){1,3}(?![\w.])/y;
const RANGE = /[a-z\d]+-[a-z\d]+/iy;
const NUMBERS = /\d+-\d+(?![\w.])/y;
const NUMBER = /(?:0x[\da-f]+|\d+)(?![\w.])/iy;
const WORD = /\\?[a-z_][\w.]*(?:-[a-z][\w.]*)*/iy;
const SIGN = /&&|\|\||!=|<=|>=|==|<<|>>|[()[\]!<>=+\-*/%&|^:]/y;

/**
 * Splits an expression; the last token is `end`.
 * @throws FilterError for a character that means nothing
 */
export function tokenize(text: string): Token[] {
  if (text.length > MAX_EXPRESSION_LENGTH)
    throw new FilterError(
      text,
      { at: MAX_EXPRESSION_LENGTH, length: text.length - MAX_EXPRESSION_LENGTH },
      `The filter has ${text.length} characters; ${MAX_EXPRESSION_LENGTH} is the limit.`,
    );
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: Token['kind'], found: string): void => {
    const escaped = found.startsWith('\\');
    tokens.push({ kind, text: escaped ? found.slice(1) : found, escaped, at, length: found.length });
    at += found.length;
  };
  const ADDRESSES: readonly [Token['kind'], () => string | undefined][] = [
    [
      'range',
      () => (tokens.at(-1)?.text === 'portrange' ? match(RANGE) : isAmongRanges(tokens) ? match(NUMBERS) : undefined),
    ],
    ['mac', () => match(MAC)],
    ['ipv6', () => wholeIpv6(match(COLONS))],
    ['dotted', () => match(DOTTED)],
    ['number', () => match(NUMBER)],
    ['word', () => match(WORD)],
    ['sign', () => match(SIGN)],
  ];
  while (at < text.length) {
    at += match(SPACE)?.length ?? 0;
    if (at >= text.length) break;
    let found = false;
    for (const [kind, find] of ADDRESSES) {
      const part = find();
      if (part === undefined) continue;
      push(kind, part);
      found = true;
      break;
    }
    if (found) continue;
    const char = String.fromCodePoint(text.codePointAt(at)!);
    throw new FilterError(text, { at, length: char.length }, strange(char));
  }
  tokens.push({ kind: 'end', text: '', escaped: false, at: text.length, length: 0 });
  return tokens;
}

/** Whether a further range of ports may follow: `portrange 1-5 or 7-9`. */
function isAmongRanges(tokens: readonly Token[]): boolean {
  let last = tokens.length - 1;
  while (tokens[last]?.kind === 'range' || JOINTS.has(tokens[last]?.text ?? '')) last--;
  return tokens[last]?.text === 'portrange';
}

const JOINTS: ReadonlySet<string> = new Set(['and', 'or', 'not', '&&', '||', '!', '(']);

/** An IPv6 address, when what has colons is one. */
const wholeIpv6 = (part: string | undefined): string | undefined =>
  part !== undefined && part.length <= 45 && readIpv6(part) !== undefined ? part : undefined;

function strange(char: string): string {
  if (char === '{' || char === '}' || char === '"' || char === '~')
    return `${char} belongs to display filters (-Y); a capture filter is written in tcpdump's language.`;
  if (/\d/.test(char)) return 'This is neither a number, an address nor a name.';
  return `"${char}" means nothing in a capture filter.`;
}
