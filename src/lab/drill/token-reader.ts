/** Goes through the tokens of a script; what the parsers of packets, calls and events have in common. */
import type { Token, TokenKind } from './lexer.ts';
import { MAX_NESTING } from './limits.ts';
import { type Place, ScriptError, type Source } from './script-error.ts';

/** A place in a list of tokens that moves on. */
export class TokenReader {
  readonly source: Source;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(source: Source, tokens: readonly Token[]) {
    this.source = source;
    this.#tokens = tokens;
  }

  /** The next token, and the `ahead`th after it; of kind `end` behind the last. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  /** Index behind the last token that was taken. */
  get end(): number {
    return this.#at === 0 ? 0 : this.#tokens[this.#at - 1]!.end;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.kind === 'sign' || token.kind === 'word');
  }

  /** Takes the next token if it is `text`. */
  takes(text: string): boolean {
    if (!this.is(text)) return false;
    this.next();
    return true;
  }

  /** Takes `text`, which has to come; `where` says what it belongs to. @throws ScriptError */
  expect(text: string, where: string): Token {
    if (!this.is(text)) this.fail(`${where}: ${text} has to stand here, not ${this.shown()}`);
    return this.next();
  }

  /** Takes a token of a kind, which has to come. @throws ScriptError */
  expectKind(kind: TokenKind, what: string): Token {
    if (this.peek().kind !== kind) this.fail(`${what} has to stand here, not ${this.shown()}`);
    return this.next();
  }

  /** A whole number from 0 to `most`. @throws ScriptError */
  wholeNumber(what: string, most: number): number {
    const token = this.expectKind('number', what);
    const value = Number(token.text);
    if (!Number.isInteger(value) || value > most)
      this.fail(`${what} is a whole number from 0 to ${most}, not ${token.text}`, token);
    return value;
  }

  /** Runs `parse` one level deeper. @throws ScriptError when that is too deep */
  nested<T>(parse: () => T): T {
    if (this.#depth >= MAX_NESTING) this.fail(`this is nested deeper than ${MAX_NESTING} levels`);
    this.#depth++;
    const answer = parse();
    this.#depth--;
    return answer;
  }

  /** @throws ScriptError always */
  fail(reason: string, place: Place = this.peek()): never {
    throw new ScriptError(this.source, place, reason);
  }

  /** The next token, for messages. */
  shown(): string {
    const { kind, text } = this.peek();
    if (kind === 'end') return 'the end of the script';
    if (kind === 'code') return 'code';
    if (kind === 'shell') return 'a shell command';
    return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
  }
}
