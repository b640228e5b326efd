/**
 * A script's text cut into tokens. Comments (`//`, slash-star, `#`) and space vanish; `%{ code }%` and backquoted shell are one
 * token each, as is an option line (`--mss=1000`, `-D NAME=VALUE`). Not here: what stands where (parser.ts).
 */
import { MAX_SCRIPT_LENGTH, MAX_TOKENS } from './limits.ts';
import { type Place, ScriptError, type Source } from './script-error.ts';

/** What a token is. `end` is after the last. */
export type TokenKind = 'number' | 'word' | 'string' | 'sign' | 'code' | 'shell' | 'option' | 'end';

/** A token. */
export interface Token extends Place {
  readonly kind: TokenKind;
  /** As it stands in the script; of a string, code or shell what is inside. */
  readonly text: string;
  /** Index behind its last character. */
  readonly end: number;
}

const NUMBER = /0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?|\.\d+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
/** The longest first. */
const SIGNS = ['...', '<<', '>>', ...'+*~<>[](){}=,.:|&-?%^!/'] as const;
/** An option and its value, which ends where a comment or another option begins. */
const OPTION = new RegExp(
  ['--([A-Za-z_][\\w-]*)(?:=(VALUE))?', '-D[ \\t]*(VALUE)']
    .join('|')
    .replaceAll('VALUE', '(?:"[^"\\n]*"|(?![ \\t]+(?:--|-D[ \\t]|//|/\\*|#))[^\\n])*'),
  'y',
);

/** The text of an option that defines a name. Below zero a value is no token: it stands for the name only where a number is wanted (settings.ts). */
const DEFINITION = /^define=([A-Za-z_]\w*)=([^-\s].*?)\s*$/s;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0', '\\': '\\', '"': '"' };

/** What a name stands for (`-D NAME=VALUE`): a word, a number, a text in quotes or a shell command. */
function meaningOf(value: string): Pick<Token, 'kind' | 'text'> {
  const [, quoted, shell] = /^(?:"(.*)"|`(.*)`)$/s.exec(value) ?? [];
  if (quoted !== undefined) return { kind: 'string', text: unescaped(quoted) };
  if (shell !== undefined) return { kind: 'shell', text: shell };
  return { kind: /^(?:0[xX][0-9a-fA-F]+|\d+)$/.test(value) ? 'number' : 'word', text: value };
}

/**
 * Cuts a script into tokens; the last is of kind `end`.
 * @param defined what names stand for; the script's own definitions of others are added to it
 * @throws ScriptError
 */
export function tokensOf(source: Source, defined: ReadonlyMap<string, string> = new Map()): Token[] {
  const { text } = source;
  const defines = new Map(defined);
  const tokens: Token[] = [];
  let line = 1;
  let lineAt = 0;
  let at = 0;
  const place = (index: number): Place => ({ at: index, line, column: index - lineAt + 1 });
  const fail = (index: number, reason: string): never => {
    throw new ScriptError(source, place(index), reason);
  };
  if (text.length > MAX_SCRIPT_LENGTH)
    fail(0, `a script has at most ${MAX_SCRIPT_LENGTH} characters, this one has ${text.length}`);
  const take = (kind: TokenKind, value: string, end: number): void => {
    if (tokens.length >= MAX_TOKENS) fail(at, `a script has at most ${MAX_TOKENS} words, numbers and signs`);
    tokens.push({ kind, text: value, end, ...place(at) });
    moveTo(end);
  };
  /** Goes on at `end`, counting the lines between. */
  const moveTo = (end: number): void => {
    for (let next = text.indexOf('\n', at); next >= 0 && next < end; next = text.indexOf('\n', next + 1)) {
      line++;
      lineAt = next + 1;
    }
    at = end;
  };
  /** Index behind `closing`, which has to come. */
  const closed = (closing: string, from: number, what: string): number => {
    const end = text.indexOf(closing, from);
    return end < 0 ? fail(at, `${what} that begins here has no end; it ends with ${closing}`) : end + closing.length;
  };
  const matched = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };

  while (at < text.length) {
    const char = text[at]!;
    // Some editors begin a file with a mark of its byte order.
    if (char === '\n' || char === ' ' || char === '\t' || char === '\r' || (at === 0 && char === '\ufeff')) {
      moveTo(at + 1);
      continue;
    }
    const last = tokens.at(-1);
    const startsLine = text.slice(lineAt, at).trim() === '' || (last?.kind === 'option' && last.at >= lineAt);
    if (text.startsWith('//', at) || char === '#') {
      const end = text.indexOf('\n', at);
      moveTo(end < 0 ? text.length : end);
      continue;
    }
    if (text.startsWith('/*', at)) {
      moveTo(closed('*/', at + 2, 'the comment'));
      continue;
    }
    if (text.startsWith('%{', at)) {
      const end = closed('}%', at + 2, 'the code');
      take('code', text.slice(at + 2, end - 2), end);
      continue;
    }
    if (char === '`') {
      const end = closed('`', at + 1, 'the shell command');
      take('shell', text.slice(at + 1, end - 1), end);
      continue;
    }
    if (char === '"') {
      const end = stringEnd(text, at + 1);
      if (end < 0) fail(at, 'the string that begins here has no end on its line; it ends with "');
      take('string', unescaped(text.slice(at + 1, end)), end + 1);
      continue;
    }
    const option = startsLine && char === '-' ? matched(OPTION) : null;
    if (option !== null) {
      const end = at + option[0].length;
      const told = option[3] === undefined ? `${option[1]}=${option[2] ?? ''}` : `define=${option[3]}`;
      take('option', told, end);
      const [, name, value] = DEFINITION.exec(told) ?? [];
      if (name !== undefined && !defines.has(name)) defines.set(name, value!);
      continue;
    }
    const number = matched(NUMBER);
    if (number !== null) {
      take('number', number[0], at + number[0].length);
      continue;
    }
    const word = matched(WORD);
    if (word !== null) {
      const value = defines.get(word[0]);
      const meaning = value === undefined || value === '' ? undefined : meaningOf(value);
      take(meaning?.kind ?? 'word', meaning?.text ?? word[0], at + word[0].length);
      continue;
    }
    const sign = SIGNS.find((each) => text.startsWith(each, at));
    if (sign === undefined) fail(at, `${JSON.stringify(char)} means nothing in a script`);
    else take('sign', sign, at + sign.length);
  }
  tokens.push({ kind: 'end', text: '', end: at, ...place(at) });
  return tokens;
}

/** Index of the closing quote; -1 when the line ends before. */
function stringEnd(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
    else if (text[i] === '\n') return -1;
  }
  return -1;
}

const unescaped = (text: string): string =>
  text.replace(/\\(x[0-9a-fA-F]{2}|.)/gs, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? code),
  );
