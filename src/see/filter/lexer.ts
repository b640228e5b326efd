/**
 * An expression's words and signs. A word may be a field (`tcp.port`), a number, an address or a list of octets: which one is known only later, when the
 * other side of a comparison is, as in Wireshark.
 */
import { readIpv4 } from '../../wire/address.ts';
import { FilterError, type Place } from './filter-error.ts';
import { MAX_EXPRESSION_LENGTH, MAX_SLICE_OFFSET, MAX_SLICE_PIECES } from './limits.ts';
import type { Piece } from './syntax.ts';

/** A word or sign. */
export interface Token extends Place {
  readonly kind: 'word' | 'string' | 'character' | 'sign' | 'slice' | 'layers' | 'end';
  /** The word, the sign, or a string's content without quotes and escapes. */
  readonly text: string;
  /** Of `[0:5]` and `#1`. */
  readonly pieces: readonly Piece[];
  /** Of a string: its octets, in UTF-8 but for `\\xff`, which is one octet. */
  readonly octets: Uint8Array;
}

/** Longest first, so that `===` is not read as `==` and `=`. */
const SIGNS = ['===', '!==', '==', '!=', '~=', '>=', '<=', '&&', '||', '^^', '..'].concat([...'><=!~&+-*/%(){},']);

const WORD = /[A-Za-z0-9_](?:[A-Za-z0-9_:-]|\.(?!\.))*/y;
/** `::1` begins with a colon; `:48` says "a literal", `.tcp.len` "a field". */
const LED_WORD = /(?:::|:(?=[0-9A-Fa-f])|\.(?=[A-Za-z0-9_]))(?:[A-Za-z0-9_:-]|\.(?!\.))*/y;
const PREFIX = /\/\d+/y;
const SPACE = /[ \t\r\n]+/y;
const LAYER = /#\s*(-?\d+)/y;
const PIECE = /^\s*(?:(-?\w+)?\s*:\s*(-?\w+)?|(-?\w+?)\s*-\s*(-?\w+)|(-?\w+))\s*$/;

const NO_PIECES: readonly Piece[] = [];
const NO_OCTETS: Uint8Array = new Uint8Array(0);

/**
 * The tokens of an expression; the last is `end`.
 * @throws FilterError for a character that begins nothing, an unfinished string, a slice that is none
 */
export function tokenize(expression: string): Token[] {
  if (expression.length > MAX_EXPRESSION_LENGTH)
    throw new FilterError(
      expression,
      { at: MAX_EXPRESSION_LENGTH, length: 0 },
      `The filter has ${expression.length} characters; ${MAX_EXPRESSION_LENGTH} is the limit.`,
    );
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(expression)?.[0];
  };
  const add = (kind: Token['kind'], text: string, length: number, pieces = NO_PIECES, octets = NO_OCTETS): void => {
    tokens.push({ kind, text, at, length, pieces, octets });
    at += length;
  };
  while (at < expression.length) {
    const space = take(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const char = expression[at]!;
    if (char === '"' || ((char === 'r' || char === 'R') && expression[at + 1] === '"')) {
      const string = readString(expression, at);
      add('string', decode(string.octets), string.length, NO_PIECES, string.octets);
    } else if (char === "'") {
      const character = readCharacter(expression, at);
      add('character', String.fromCharCode(character.code), character.length);
    } else if (char === '[') {
      const end = closing(expression, at);
      add('slice', expression.slice(at, end), end - at, readPieces(expression, at + 1, end - 1));
    } else if (char === '#') {
      addLayers();
    } else {
      const word = take(WORD) ?? take(LED_WORD);
      if (word !== undefined) {
        const prefix = readIpv4(word) !== undefined || word.includes(':') ? expressionPrefix(word.length) : '';
        add('word', word + prefix, word.length + prefix.length);
      } else {
        const sign = SIGNS.find((each) => expression.startsWith(each, at));
        if (sign === undefined) throw unexpectedCharacter(expression, at);
        add('sign', sign, sign.length);
      }
    }
  }
  add('end', '', 0);
  return tokens;

  /** The `/8` of `127.0.0.0/8`: behind anything else a slash divides. */
  function expressionPrefix(behind: number): string {
    PREFIX.lastIndex = at + behind;
    return PREFIX.exec(expression)?.[0] ?? '';
  }

  function addLayers(): void {
    if (expression[at + 1] === '[') {
      const end = closing(expression, at + 1);
      add('layers', expression.slice(at, end), end - at, readPieces(expression, at + 2, end - 1));
      return;
    }
    const layer = take(LAYER);
    if (layer === undefined)
      throw new FilterError(
        expression,
        { at, length: 1 },
        'Behind "#" stands the number of a layer, from 1 for the outermost: ip.src#1, or ip.src#[1-2].',
      );
    add('layers', layer, layer.length, [{ offset: Number(layer.slice(1)), length: 1 }]);
  }
}

function unexpectedCharacter(expression: string, at: number): FilterError {
  const char = String.fromCodePoint(expression.codePointAt(at)!);
  const place = { at, length: char.length };
  const says = (reason: string, suggestion?: string): FilterError =>
    new FilterError(expression, place, reason, suggestion);
  if (char === '|') return says('"|" was unexpected in this context. "Or" is written || or or.', '||');
  if (char === '^') return says('"^" was unexpected in this context. "Exclusive or" is written ^^ or xor.', '^^');
  if (char === '@')
    return says('"@" (a field\'s raw octets) is not supported. A slice of its protocol has them: tcp[0:2].');
  if (char === '$') return says('"$" (the value of a field in a selected packet) is not supported.');
  if ('“”„‟'.includes(char))
    return says('That quotation mark is not a straight one. Text is written in straight quotes: "text".', '"');
  if ('‘’'.includes(char))
    return says("That quotation mark is not a straight one. A character is written in straight quotes: 'a'.", "'");
  const shown = /^[\p{C}\p{Z}]/u.test(char)
    ? `The character U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
    : `"${char}"`;
  return says(`${shown} was unexpected in this context.`);
}

/** The index behind the `]` that closes the `[` at `at`. */
function closing(expression: string, at: number): number {
  const end = expression.indexOf(']', at);
  if (end < 0) throw new FilterError(expression, { at, length: 1 }, 'The "]" that closes this "[" is missing.');
  return end + 1;
}

/** The pieces between `from` and `to`: `0:5` is five from 0, `2-4` from 2 to 4, `:4` the first four, `-5:` the last five, `3` one. */
function readPieces(expression: string, from: number, to: number): Piece[] {
  const pieces: Piece[] = [];
  let at = from;
  for (const text of expression.slice(from, to).split(',')) {
    const place = { at, length: text.length };
    at += text.length + 1;
    const fail = (reason: string): FilterError => new FilterError(expression, place, reason);
    const number = (digits: string): number => {
      const value = /^-?(?:\d+|0[xX][0-9a-fA-F]+)$/.test(digits)
        ? digits.startsWith('-')
          ? -Number(digits.slice(1))
          : Number(digits)
        : Number.NaN;
      if (!(Math.abs(value) <= MAX_SLICE_OFFSET)) throw fail(`"${digits}" is not a number that fits in a slice.`);
      return value;
    };
    const match = PIECE.exec(text);
    if (match === null || text.trim() === ':')
      throw fail(
        `"${text}" is not a slice. Write [0:5] for five from the first, [-5:] for the last five, [2-4] or [2].`,
      );
    const [, start, count, first, last, single] = match;
    if (single !== undefined) pieces.push({ offset: number(single), length: 1 });
    else if (first !== undefined && last !== undefined) {
      const [a, b] = [number(first), number(last)];
      if (first.startsWith('-') !== last.startsWith('-'))
        throw fail(`Range ${text} isn't valid because ${a} and ${b} have different signs.`);
      if (b < a) throw fail(`Range ${text} isn't valid because ${a} is greater than ${b}.`);
      pieces.push({ offset: a, length: b - a + 1 });
    } else if (count === undefined) pieces.push({ offset: number(start ?? '0'), length: undefined });
    else {
      const length = number(count);
      if (length <= 0) throw fail(`Range ${text} isn't valid because length ${length} isn't positive.`);
      pieces.push({ offset: start === undefined ? 0 : number(start), length });
    }
    if (pieces.length > MAX_SLICE_PIECES)
      throw fail(`A slice of more than ${MAX_SLICE_PIECES} pieces is over the limit.`);
  }
  return pieces;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (octets: Uint8Array): string => new TextDecoder().decode(octets);

const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  "'": 39,
  '\\': 92,
};
const CODED = /x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-3]?[0-7]{1,2})/y;

/** A text in quotes from `at` on; in `r"..."` a backslash is a backslash. */
function readString(expression: string, at: number): { octets: Uint8Array; length: number } {
  const raw = expression[at] !== '"';
  const octets: number[] = [];
  let i = at + (raw ? 2 : 1);
  while (i < expression.length && expression[i] !== '"') {
    let end = i + 1;
    if (expression[i] === '\\' && !raw) {
      const escaped = readEscape(expression, i);
      octets.push(...escaped.octets);
      i += escaped.length;
      continue;
    }
    // In a raw string a quote behind a backslash does not end it, and both stay.
    if (expression[i] === '\\') end++;
    else while (end < expression.length && expression[end] !== '"' && expression[end] !== '\\') end++;
    for (const octet of encode(expression.slice(i, end))) octets.push(octet);
    i = end;
  }
  if (i >= expression.length) throw unfinished(expression, 'a quoted string');
  return { octets: Uint8Array.from(octets), length: i + 1 - at };
}

/** One character in single quotes: a number from 0 to 255. */
function readCharacter(expression: string, at: number): { code: number; length: number } {
  const escaped = expression[at + 1] === '\\' ? readEscape(expression, at + 1) : undefined;
  const octets = escaped?.octets ?? [expression.charCodeAt(at + 1)];
  const length = 2 + (escaped?.length ?? 1);
  if (octets.length === 1 && octets[0]! < 256 && expression[at + length - 1] === "'" && (escaped || octets[0] !== 39))
    return { code: octets[0]!, length };
  const end = expression.indexOf("'", at + 1);
  if (end < 0) throw unfinished(expression, 'a character constant');
  const written = expression.slice(at, end + 1);
  throw new FilterError(
    expression,
    { at, length: written.length },
    written === "''"
      ? "Empty character constant. A character is written 'a'."
      : `${written} is not one character of one octet. Text is written in double quotes: "${written.slice(1, -1)}".`,
  );
}

const unfinished = (expression: string, what: string): FilterError =>
  new FilterError(expression, { at: expression.length, length: 0 }, `The final quote was missing from ${what}.`);

/** What a backslash at `at` and the characters behind it stand for. */
function readEscape(expression: string, at: number): { octets: ArrayLike<number> & Iterable<number>; length: number } {
  const named = ESCAPES[expression[at + 1] ?? ''];
  if (named !== undefined) return { octets: [named], length: 2 };
  CODED.lastIndex = at + 1;
  const match = CODED.exec(expression);
  if (match) {
    const [all, hex, short, long, octal] = match;
    const length = 1 + all.length;
    if (hex !== undefined) return { octets: [Number.parseInt(hex, 16)], length };
    if (octal !== undefined) return { octets: [Number.parseInt(octal, 8)], length };
    const code = Number.parseInt((short ?? long)!, 16);
    if (code <= 0x10ffff && (code < 0xd800 || code > 0xdfff))
      return { octets: encode(String.fromCodePoint(code)), length };
  }
  throw new FilterError(
    expression,
    { at, length: Math.min(2, expression.length - at) },
    `${expression.slice(at, at + 2)} is not a valid character escape sequence. In a pattern write r"..." to keep backslashes.`,
  );
}
