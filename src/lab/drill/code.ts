/**
 * The code of `%{ }%`: assertions and prints over the names of Linux's tcp_info, in the small part of Python that scripts use: numbers, strings, names,
 * arithmetic, bits, comparisons (chained too), and/or/not, conditional expressions, tuples and lists, `in`, a few functions, assignment, if/elif/else.
 * It is evaluated as it is read, by recursive descent; nothing in it can loop, call out or allocate beyond its own length.
 */
import { entryOf } from '../../core/entry.ts';
import { format } from './code-format.ts';
import { FUNCTIONS, power } from './code-functions.ts';
import { type CodeToken, codeTokens } from './code-lexer.ts';
import { asNumber, isEqual, isIn, isTrue, NONE, order, Raised, show, type Value } from './code-values.ts';
import { CONSTANTS } from './constants.ts';
import { meant } from './expected-result.ts';
import { FIGURES } from './info.ts';
import { MAX_NESTING, MAX_OUTPUT } from './limits.ts';
import { type Place, ScriptError, type Source } from './script-error.ts';
import { Unsupported } from './unsupported.ts';

/** What code is run with. */
export interface CodeScope {
  /** The value of a name; undefined when nobody knows it. May throw `Unsupported`. */
  lookup(name: string): Value | undefined;
  /** Names that code assigns, kept from block to block. */
  readonly variables: Map<string, Value>;
  /** Takes what is printed. */
  print(text: string): void;
}

/** A statement that does not hold: an assertion, or one in which Python would raise an exception. */
export class CodeFailed extends Error {
  readonly place: Place;
  /** The statement as written. */
  readonly statement: string;
  /** The assertion's message, or the exception; and what the names in it were. */
  readonly why: string;

  constructor(place: Place, statement: string, why: string) {
    super(`${statement} (${why})`);
    this.place = place;
    this.statement = statement;
    this.why = why;
  }
}

/** Runs a block of code. @throws ScriptError, CodeFailed, Unsupported */
export function runCode(source: Source, text: string, place: Place, scope: CodeScope): void {
  new Code(source, codeTokens(source, text, place), scope).run();
}

/** Operators from the loosest to the tightest. */
const LEVELS: readonly Readonly<Record<string, (a: number, b: number) => number>>[] = [
  { '|': (a, b) => Number(BigInt(Math.trunc(a)) | BigInt(Math.trunc(b))) },
  { '^': (a, b) => Number(BigInt(Math.trunc(a)) ^ BigInt(Math.trunc(b))) },
  { '&': (a, b) => Number(BigInt(Math.trunc(a)) & BigInt(Math.trunc(b))) },
  {
    '<<': (a, b) => Math.trunc(a) * 2 ** places(b),
    '>>': (a, b) => Math.floor(Math.trunc(a) / 2 ** places(b)),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  {
    '*': (a, b) => a * b,
    '/': (a, b) => a / divisor(b),
    '//': (a, b) => Math.floor(a / divisor(b)),
    '%': (a, b) => a - b * Math.floor(a / divisor(b)),
  },
];

/** What may be divided by. */
function divisor(number: number): number {
  if (number === 0) throw new Raised('ZeroDivisionError: division by zero');
  return number;
}

/** By how much bits may be moved. */
function places(number: number): number {
  if (number < 0) throw new Raised(`ValueError: bits cannot be moved by ${number}`);
  return number;
}

/** All of them by their signs, for `x += 1`. */
const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = Object.assign({}, ...LEVELS);

const COMPARISONS: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  '==': (a, b) => isEqual(a, b),
  '!=': (a, b) => !isEqual(a, b),
  '<': (a, b) => order(a, b) < 0,
  '<=': (a, b) => order(a, b) <= 0,
  '>': (a, b) => order(a, b) > 0,
  '>=': (a, b) => order(a, b) >= 0,
};

class Code {
  readonly #source: Source;
  readonly #tokens: readonly CodeToken[];
  readonly #scope: CodeScope;
  #at = 0;
  #depth = 0;
  /** What the names in the statement were. */
  #seen = new Map<string, Value>();
  /** Inside what Python would not evaluate: nothing is looked up there. */
  #skipping = 0;

  constructor(source: Source, tokens: readonly CodeToken[], scope: CodeScope) {
    this.#source = source;
    this.#tokens = tokens;
    this.#scope = scope;
  }

  run(): void {
    this.#skipNewlines();
    while (this.#peek().kind !== 'end') {
      this.#statement();
      this.#skipNewlines();
    }
  }

  #skipNewlines(): void {
    while (this.#peek().kind === 'newline') this.#at++;
  }

  #statement(): void {
    this.#seen = new Map();
    const begin = this.#peek();
    try {
      if (this.#is('if')) return this.#if();
      this.#simple();
    } catch (error) {
      if (error instanceof Raised) throw new CodeFailed(begin, this.#lineOf(begin), this.#why(error.message));
      throw error;
    }
    const { kind, text } = this.#peek();
    if (kind !== 'newline' && kind !== 'end')
      this.#fail(`a statement ends here, so ${JSON.stringify(text)} is too much`);
  }

  /** The text of a statement, as far as its line goes. */
  #lineOf({ at }: Place): string {
    let end = this.#at;
    while (this.#tokens[end] !== undefined && this.#tokens[end]!.kind !== 'newline') end++;
    return this.#source.text
      .slice(at, (this.#tokens[end] ?? this.#tokens.at(-1)!).at)
      .replace(/\s+/g, ' ')
      .trim();
  }

  /** What is said of a statement that does not hold, and what its names were. */
  #why(said: string): string {
    const values = [...this.#seen].map(([name, value]) => `${name} is ${show(value)}`).join(', ');
    return [said, values].filter((part) => part !== '').join('; ');
  }

  #simple(): void {
    const token = this.#peek();
    if (token.kind !== 'name') return void this.#tuple();
    const { text } = token;
    if (text === 'assert') return this.#assert();
    if (text === 'print') return this.#print();
    if (text === 'pass') return void this.#at++;
    // What is imported is not there: whoever uses it is told.
    if (text === 'import' || text === 'from') return this.#skipLine();
    if (['for', 'while', 'def', 'class', 'try', 'with', 'return', 'del', 'exec', 'raise'].includes(text))
      throw new Unsupported(`Python's ${text} in code; assert, print, assignments and if are understood`, token.line);
    const [sign, equals] = [this.#tokens[this.#at + 1], this.#tokens[this.#at + 2]];
    if (sign?.kind === 'sign' && sign.text === '=') {
      this.#at += 2;
      return this.#assign(text, this.#tuple());
    }
    const operator = sign?.kind === 'sign' ? OPERATORS[sign.text] : undefined;
    if (operator !== undefined && equals?.text === '=' && equals.at === sign!.at + sign!.text.length) {
      const left = this.#name(token);
      this.#at += 3;
      return this.#assign(text, this.#apply(sign!.text, operator, left, this.#tuple(), sign!));
    }
    this.#tuple();
  }

  #assign(name: string, value: Value): void {
    if (this.#skipping === 0) this.#scope.variables.set(name, value);
  }

  #skipLine(): void {
    while (this.#peek().kind !== 'newline' && this.#peek().kind !== 'end') this.#at++;
  }

  /** `if` with its `elif` and `else`, each with statements on the same line or indented below it. */
  #if(): void {
    const { column } = this.#next();
    let done = this.#branch(isTrue(this.#condition()), column);
    for (;;) {
      const from = this.#at;
      this.#skipNewlines();
      const last = this.#is('else');
      if ((!last && !this.#is('elif')) || this.#peek().column !== column) {
        this.#at = from;
        return;
      }
      this.#next();
      if (done) this.#skipping++;
      const holds = last || isTrue(this.#condition());
      if (done) this.#skipping--;
      done = this.#branch(holds && !done, column) || done;
      if (last) return;
    }
  }

  /** The statements of a branch, evaluated or only read; answers whether they were. */
  #branch(runs: boolean, column: number): boolean {
    if (!this.#takes(':')) this.#fail(': has to stand here');
    if (this.#depth >= MAX_NESTING) this.#fail(`code is nested deeper than ${MAX_NESTING} levels`);
    this.#depth++;
    if (!runs) this.#skipping++;
    if (this.#peek().text === '\n') {
      this.#skipNewlines();
      const inner = this.#peek().column;
      if (inner <= column) this.#fail('what belongs to the line above is indented more than it');
      for (;;) {
        this.#statement();
        const from = this.#at;
        this.#skipNewlines();
        if (this.#peek().kind !== 'end' && this.#peek().column >= inner) continue;
        this.#at = from;
        break;
      }
    } else {
      this.#statement();
      while (this.#peek().text === ';') {
        this.#at++;
        this.#statement();
      }
    }
    if (!runs) this.#skipping--;
    this.#depth--;
    return runs;
  }

  #assert(): void {
    const place = this.#next();
    const from = this.#peek().at;
    const holds = isTrue(this.#condition());
    const to = this.#peek().at;
    // The message is evaluated only when it is wanted, as in Python.
    const message = this.#takes(',') ? this.#lookedAt(!holds, () => this.#tuple()) : undefined;
    if (holds || this.#skipping > 0) return;
    const assertion = this.#source.text.slice(from, to).replace(/\s+/g, ' ').trim().replace(/,$/, '');
    const why = this.#why(message === undefined ? '' : show(message));
    throw new CodeFailed(place, `assert ${assertion}`, why === '' ? 'it does not hold' : why);
  }

  #print(): void {
    this.#next();
    const { kind } = this.#peek();
    const value = kind === 'newline' || kind === 'end' ? '' : this.#tuple();
    const text = Array.isArray(value) ? value.map(show).join(' ') : show(value);
    if (this.#skipping === 0) this.#scope.print(text.slice(0, MAX_OUTPUT));
  }

  /** One expression, or several with commas between. */
  #tuple(): Value {
    const first = this.#condition();
    if (!this.#is(',')) return first;
    const values = [first];
    while (this.#takes(',')) {
      if (this.#endsList()) break;
      values.push(this.#condition());
    }
    return values;
  }

  #condition(): Value {
    if (this.#depth >= MAX_NESTING) this.#fail(`code is nested deeper than ${MAX_NESTING} levels`);
    this.#depth++;
    const value = this.#choice();
    this.#depth--;
    return value;
  }

  /** `A if B else C`: B decides before A is looked at. */
  #choice(): Value {
    const [from, condition] = [this.#at, this.#aheadOf('if')];
    if (condition === undefined) return this.#or();
    this.#at = condition + 1;
    const holds = isTrue(this.#or());
    const otherwise = this.#at;
    this.#at = from;
    const value = this.#lookedAt(holds, () => this.#or());
    if (this.#at !== condition) this.#fail('a value ends here');
    this.#at = otherwise;
    if (!this.#takes('else')) this.#fail('A if B has to go on with else');
    const other = this.#lookedAt(!holds, () => this.#condition());
    return holds ? value : other;
  }

  /** Where a word stands in the expression that begins here, outside of its brackets; undefined where it does not. */
  #aheadOf(word: string): number | undefined {
    let depth = 0;
    for (let at = this.#at; ; at++) {
      const { kind, text } = this.#tokens[at] ?? this.#tokens.at(-1)!;
      if (kind === 'end' || kind === 'newline') return undefined;
      if (kind === 'name' && text === word && depth === 0) return at;
      if (kind !== 'sign') continue;
      if (depth === 0 && ',:)]}'.includes(text)) return undefined;
      depth += '([{'.includes(text) ? 1 : ')]}'.includes(text) ? -1 : 0;
    }
  }

  /** What is read, and evaluated only if it is wanted. */
  #lookedAt(wanted: boolean, parse: () => Value): Value {
    if (!wanted) this.#skipping++;
    const value = parse();
    if (!wanted) this.#skipping--;
    return value;
  }

  #or(): Value {
    let left = this.#and();
    while (this.#takes('or')) left = this.#right(isTrue(left), left, () => this.#and());
    return left;
  }

  #and(): Value {
    let left = this.#not();
    while (this.#takes('and')) left = this.#right(!isTrue(left), left, () => this.#not());
    return left;
  }

  /** The right side of `and` and `or`: read, but not looked at, when the left has decided. */
  #right(decided: boolean, left: Value, parse: () => Value): Value {
    const right = this.#lookedAt(!decided, parse);
    return decided ? left : right;
  }

  #not(): Value {
    let count = 0;
    while (this.#takes('not')) count++;
    const value = this.#comparison();
    return count === 0 ? value : Number(count % 2 === 1 ? !isTrue(value) : isTrue(value));
  }

  /** `a < b <= c` means a < b and b <= c. */
  #comparison(): Value {
    let left = this.#binary(0);
    let holds: boolean | undefined;
    for (;;) {
      const { kind, text } = this.#peek();
      const compare = kind === 'sign' ? COMPARISONS[text] : undefined;
      const same = this.#is('is');
      const contains = this.#is('in') || (this.#is('not') && this.#tokens[this.#at + 1]?.text === 'in');
      if (compare === undefined && !contains && !same) return holds === undefined ? left : Number(holds);
      const before = !same && this.#takes('not');
      this.#at++;
      const negated = (same && this.#takes('not')) || before;
      const right = this.#binary(0);
      // What is behind a comparison that does not hold is not compared.
      if (this.#skipping === 0 && holds !== false)
        holds =
          compare === undefined ? (same ? isEqual(left, right) : isIn(left, right)) !== negated : compare(left, right);
      else holds ??= false;
      left = right;
    }
  }

  #binary(level: number): Value {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const { kind, text } = this.#peek();
      const operator = kind === 'sign' ? entryOf(operators, text) : undefined;
      if (operator === undefined) return left;
      const place = this.#next();
      left = this.#apply(text, operator, left, this.#binary(level + 1), place);
    }
  }

  #apply(sign: string, operator: (a: number, b: number) => number, left: Value, right: Value, place: Place): Value {
    if (this.#skipping > 0) return 0;
    if (sign === '+' && typeof left === 'string' && typeof right === 'string')
      return (left + right).slice(0, MAX_OUTPUT);
    if (sign === '%' && typeof left === 'string') return format(left, right).slice(0, MAX_OUTPUT);
    return this.#calculate(operator, left, right, place);
  }

  #calculate(operator: (a: number, b: number) => number, left: Value, right: Value, place: Place): number {
    if (typeof left !== 'number' || typeof right !== 'number')
      return this.#fail('this is calculated with numbers only', place);
    // Bits of what is no finite number cannot be taken.
    if (!Number.isFinite(left) || !Number.isFinite(right)) return Number.NaN;
    return operator(left, right);
  }

  #unary(): Value {
    const { kind, text } = this.#peek();
    if (kind !== 'sign' || !'+-~'.includes(text)) return this.#power();
    if (this.#depth >= MAX_NESTING) this.#fail(`code is nested deeper than ${MAX_NESTING} levels`);
    this.#depth++;
    this.#at++;
    const operand = this.#unary();
    this.#depth--;
    if (this.#skipping > 0) return 0;
    const value = asNumber(operand);
    return text === '-' ? -value : text === '~' ? -Math.trunc(value) - 1 : value;
  }

  #power(): Value {
    const base = this.#primary();
    const place = this.#peek();
    if (!this.#takes('**')) return base;
    if (this.#depth >= MAX_NESTING) this.#fail(`code is nested deeper than ${MAX_NESTING} levels`);
    this.#depth++;
    const exponent = this.#unary();
    this.#depth--;
    return this.#skipping > 0 ? 0 : this.#calculate(power, base, exponent, place);
  }

  #primary(): Value {
    const value = this.#atom();
    if (this.#is('.') || this.#is('['))
      throw new Unsupported(
        `what stands behind ${this.#peek().text} in code: attributes and parts of values`,
        this.#peek().line,
      );
    return value;
  }

  #atom(): Value {
    const token = this.#next();
    if (token.kind === 'number') return Number(token.text);
    if (token.kind === 'string') {
      let { text } = token;
      // Strings that follow one another are one.
      while (this.#peek().kind === 'string') text += this.#next().text;
      return text.slice(0, MAX_OUTPUT);
    }
    if (token.kind === 'name' && this.#peek().kind === 'string')
      throw new Unsupported(`strings that begin with ${token.text} in code`, token.line);
    if (token.kind === 'name') return this.#is('(') ? this.#call(token) : this.#name(token);
    if (token.text === '(' || token.text === '[') {
      const close = token.text === '(' ? ')' : ']';
      if (this.#takes(close)) return [];
      const value = this.#tuple();
      if (!this.#takes(close)) this.#fail(`${close} has to stand here`);
      return close === ']' && !Array.isArray(value) ? [value] : value;
    }
    this.#at--;
    return this.#fail(
      `a value has to stand here, not ${token.kind === 'end' ? 'the end of the code' : JSON.stringify(token.text)}`,
    );
  }

  #call(name: CodeToken): Value {
    const call = entryOf(FUNCTIONS, name.text);
    if (call === undefined) throw new Unsupported(`the function ${name.text}() in code`, name.line);
    this.#next();
    const values: Value[] = [];
    while (!this.#endsList()) {
      values.push(this.#condition());
      if (!this.#takes(',')) break;
    }
    if (!this.#takes(')')) this.#fail(') has to stand here');
    return this.#skipping > 0 ? 0 : call(values);
  }

  #name(token: CodeToken): Value {
    const { text } = token;
    if (text === 'True' || text === 'False') return Number(text === 'True');
    if (text === 'None') return NONE;
    if (this.#skipping > 0) return 0;
    const value = this.#scope.variables.get(text) ?? this.#scope.lookup(text);
    if (value === undefined) return this.#fail(`nobody knows the name ${text}${meant(text, this.#names())}`, token);
    this.#seen.set(text, value);
    return value;
  }

  /** Those that it could have meant. */
  #names(): string[] {
    return [...this.#scope.variables.keys(), ...CONSTANTS.keys(), ...FIGURES];
  }

  #peek(): CodeToken {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!;
  }

  #next(): CodeToken {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #is(text: string): boolean {
    const token = this.#peek();
    return token.text === text && (token.kind === 'sign' || token.kind === 'name');
  }

  #takes(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }

  #endsList(): boolean {
    const { kind, text } = this.#peek();
    return kind === 'end' || kind === 'newline' || (kind === 'sign' && (text === ')' || text === ']'));
  }

  #fail(reason: string, place: Place = this.#peek()): never {
    throw new ScriptError(this.#source, place, reason);
  }
}
