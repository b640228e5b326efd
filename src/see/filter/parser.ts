/**
 * Words and signs into a syntax tree. Loosest first: or, xor, and, not, comparisons, &, + and -, * / and %, signs, slices. Parentheses hold anything;
 * braces hold arithmetic, as in Wireshark, which keeps parentheses for logic.
 */
import { captureFilterAdvice } from './capture-filter.ts';
import { FilterError, type Place } from './filter-error.ts';
import { type Token, tokenize } from './lexer.ts';
import { MAX_ARGUMENTS, MAX_NESTING, MAX_SET_MEMBERS } from './limits.ts';
import type { ArithmeticOperator, ComparisonOperator, Expression, Quantifier, SetMember } from './syntax.ts';

/** Comparisons by sign and by word; those of one name for each quantifier are Wireshark's long forms. */
const COMPARISONS: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['==', '=='],
  ['eq', '=='],
  ['any_eq', '=='],
  // Not Wireshark's: most people's first try. A hint says so.
  ['=', '=='],
  ['!=', '!='],
  ['ne', '!='],
  ['all_ne', '!='],
  ['===', '==='],
  ['all_eq', '==='],
  ['!==', '!=='],
  ['~=', '!=='],
  ['any_ne', '!=='],
  ['>', '>'],
  ['gt', '>'],
  ['>=', '>='],
  ['ge', '>='],
  ['<', '<'],
  ['lt', '<'],
  ['<=', '<='],
  ['le', '<='],
]);

/** Words that are never a field or a literal. */
const KEYWORDS: ReadonlySet<string> = new Set(
  ['and', 'or', 'xor', 'not', 'in', 'contains', 'matches', 'any', 'all', 'bitand', 'bitwise_and'].concat(
    [...COMPARISONS.keys()].filter((word) => /^[a-z]/.test(word)),
  ),
);

/**
 * The syntax tree of an expression; undefined for an empty one, which matches every packet.
 * @throws FilterError when it is not an expression
 */
export function parse(expression: string): Expression | undefined {
  const tokens = tokenize(expression);
  let index = 0;
  let nesting = 0;

  const now = (): Token => tokens[index]!;
  const next = (): Token => tokens[index < tokens.length - 1 ? index++ : index]!;
  const fail = (place: Place, reason: string, suggestion?: string): FilterError =>
    new FilterError(expression, place, reason, suggestion);
  /** Whether the token is this sign, or this word (words in quotes are text). */
  const is = (text: string, token: Token = now()): boolean =>
    token.text === text && (token.kind === 'sign' || token.kind === 'word');
  const accept = (...texts: string[]): Token | undefined => (texts.some((text) => is(text)) ? next() : undefined);
  const span = (from: Place, to: Place): Place => ({ at: from.at, length: to.at + to.length - from.at });
  const before = (): Token => tokens[index - 1]!;

  /** What a step into something nested costs; the counterpart is `nesting--`. */
  function enter(place: Place): void {
    if (++nesting > MAX_NESTING) throw fail(place, `The filter is nested more than ${MAX_NESTING} levels deep.`);
  }

  /** An error about a token that cannot stand where it does; `missing` says what ought to. */
  function unexpected(token: Token, missing = ''): FilterError {
    if (token.kind === 'end') return fail(token, `Unexpected end of filter expression.${missing}`);
    const advice = captureFilterAdvice(expression);
    if (advice !== undefined)
      return fail(
        token,
        `"${token.text}" was unexpected in this context. This is a capture filter: here it is written ${advice}`,
        advice,
      );
    const shown = expression.slice(token.at, token.at + token.length);
    const lower = token.text.toLowerCase();
    const prior = index > 0 ? before() : undefined;
    let hint = '';
    if (token.kind === 'word' && KEYWORDS.has(lower) && lower !== token.text)
      hint = ` Operators are written in lower case: ${lower}.`;
    else if (prior !== undefined && isOperand(prior) && isOperand(token))
      hint = ` Between ${expression.slice(prior.at, prior.at + prior.length)} and ${shown} stands no operator, such as and, or, ==.`;
    else if (prior === undefined && token.kind === 'sign')
      hint = ' A filter begins with a field, a protocol, not or a parenthesis.';
    return fail(
      token,
      `${token.kind === 'sign' || token.kind === 'word' ? `"${shown}"` : shown} was unexpected in this context.${hint}`,
      hint === '' ? undefined : lower === token.text ? undefined : lower,
    );
  }

  const isOperand = (token: Token): boolean =>
    token.kind === 'string' || token.kind === 'character' || (token.kind === 'word' && !KEYWORDS.has(token.text));

  /** `operand (sign operand)*` for `and`, `or` and `xor`: one node for the whole chain, however long. */
  function chain(kind: 'and' | 'or' | 'xor', sign: string, operand: () => Expression): Expression {
    const first = operand();
    if (!is(sign) && !is(kind)) return first;
    const operands = [first];
    while (accept(sign, kind)) operands.push(operand());
    return { kind, operands, ...span(first, before()) };
  }

  const disjunction = (): Expression => chain('or', '||', exclusive);
  const exclusive = (): Expression => chain('xor', '^^', conjunction);
  const conjunction = (): Expression => chain('and', '&&', negation);

  function negation(): Expression {
    const sign = accept('!', 'not');
    if (sign === undefined) return comparison();
    enter(sign);
    const of = negation();
    nesting--;
    return { kind: 'not', of, ...span(sign, of) };
  }

  function comparison(): Expression {
    const start = now();
    const quantifier = accept('any', 'all')?.text as Quantifier | undefined;
    const left = bits();
    const token = now();
    if (COMPARISONS.has(token.text) && is(token.text)) {
      const operands = [left];
      const operators: { symbol: ComparisonOperator; place: Place }[] = [];
      let symbol = COMPARISONS.get(now().text);
      while (symbol !== undefined && is(now().text)) {
        operators.push({ symbol, place: next() });
        operands.push(bits());
        symbol = COMPARISONS.get(now().text);
      }
      return { kind: 'comparison', quantifier, operands, operators, ...span(start, before()) };
    }
    if (accept('contains')) return { kind: 'contains', quantifier, left, right: bits(), ...span(start, before()) };
    if (accept('matches', '~')) return { kind: 'matches', quantifier, left, right: bits(), ...span(start, before()) };
    const negated = (is('not') || is('!')) && is('in', tokens[index + 1]);
    if (negated) next();
    if (accept('in'))
      return { kind: 'member', quantifier, negated, value: left, members: set(), ...span(start, before()) };
    if (quantifier !== undefined)
      throw fail(
        now(),
        `${now().kind === 'end' ? 'Unexpected end of filter expression. ' : ''}Behind ${quantifier} stands a comparison: ${quantifier} tcp.port > 1023.`,
      );
    return left;
  }

  function set(): SetMember[] {
    const brace = now();
    if (!accept('{'))
      throw brace.kind === 'end'
        ? unexpected(brace)
        : fail(brace, 'A set is written in braces: in {80, 443, 8000..8099}.');
    const members: SetMember[] = [];
    do {
      const low = setValue();
      const high = accept('..') ? setValue() : undefined;
      members.push({ low, high });
      if (members.length > MAX_SET_MEMBERS)
        throw fail(low, `A set of more than ${MAX_SET_MEMBERS} members is over the limit.`);
    } while (accept(','));
    if (!accept('}'))
      throw isOperand(now())
        ? fail(now(), 'The members of a set are separated by commas: in {80, 443, 8000..8099}.', ',')
        : unexpected(now());
    return members;
  }

  function setValue(): Expression {
    if (is('}')) throw fail(now(), '"}" was unexpected in this context: a set\'s member is missing before it.');
    return sum();
  }

  /** Left-associative operators of one precedence. */
  function arithmetic(signs: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    let levels = 0;
    for (let sign = accept(...signs); sign !== undefined; sign = accept(...signs)) {
      // The tree grows to the left, so every further operator is one level more.
      enter(sign);
      levels++;
      const right = operand();
      const operator = (/^b/.test(sign.text) ? '&' : sign.text) as ArithmeticOperator;
      left = { kind: 'arithmetic', operator, left, right, ...span(left, right) };
    }
    nesting -= levels;
    return left;
  }

  const bits = (): Expression => arithmetic(['&', 'bitand', 'bitwise_and'], sum);
  const sum = (): Expression => arithmetic(['+', '-'], product);
  const product = (): Expression => arithmetic(['*', '/', '%'], signed);

  function signed(): Expression {
    const sign = accept('-', '+');
    if (sign === undefined) return sliced();
    enter(sign);
    const of = signed();
    nesting--;
    return { kind: 'sign', negative: sign.text === '-', of, ...span(sign, of) };
  }

  function sliced(): Expression {
    let of = primary();
    let levels = 0;
    while (now().kind === 'slice' || now().kind === 'layers') {
      enter(now());
      levels++;
      const token = next();
      of = { kind: token.kind as 'slice' | 'layers', of, pieces: token.pieces, ...span(of, token) };
    }
    nesting -= levels;
    return of;
  }

  function primary(): Expression {
    const token = next();
    const place: Place = { at: token.at, length: token.length };
    if (token.kind === 'string') return { kind: 'string', text: token.text, octets: token.octets, ...place };
    if (token.kind === 'character') return { kind: 'character', code: token.text.charCodeAt(0), ...place };
    if (is('(', token) || is('{', token)) {
      enter(token);
      const inner = token.text === '(' ? disjunction() : bits();
      nesting--;
      const close = token.text === '(' ? ')' : '}';
      if (!accept(close)) throw unexpected(now(), ` The "${close}" that closes this "${token.text}" is missing.`);
      return { ...inner, ...span(token, before()) };
    }
    if (token.kind !== 'word' || KEYWORDS.has(token.text)) {
      index = tokens.indexOf(token);
      throw unexpected(token);
    }
    if (is('(')) return call(token);
    const led = /^(?:\.[A-Za-z_]|:(?!:))/.test(token.text);
    return {
      kind: 'word',
      text: led ? token.text.slice(1) : token.text,
      only: led ? (token.text.startsWith('.') ? 'field' : 'literal') : undefined,
      ...place,
    };
  }

  function call(name: Token): Expression {
    enter(name);
    next();
    const parameters: Expression[] = [];
    if (!is(')'))
      do {
        parameters.push(disjunction());
        if (parameters.length > MAX_ARGUMENTS)
          throw fail(name, `More than ${MAX_ARGUMENTS} arguments are over the limit.`);
      } while (accept(','));
    if (!accept(')')) throw unexpected(now());
    nesting--;
    return { kind: 'call', name: name.text, place: name, arguments: parameters, ...span(name, before()) };
  }

  if (now().kind === 'end') return undefined;
  const tree = disjunction();
  if (now().kind !== 'end') throw unexpected(now());
  return tree;
}
