/**
 * The syntax tree with fields found, literals turned into values, and types compared; and hints about what is right but often not what was meant.
 */

import { nearest } from '../../core/nearest.ts';
import type { Field, FieldType } from '../dissect/field.ts';
import { todaysName, whyForeign } from '../dissect/foreign-names.ts';
import type { ZoneOffset } from '../dissect/list-time.ts';
import { makeAutomaton } from './automaton.ts';
import { calculate } from './calculate.ts';
import { type Comparison, type Constant, FAMILY, type Member, type Operand, type Test, TYPE_NAMES } from './checked.ts';
import { compareValues } from './compare-values.ts';
import { FilterError, type Place } from './filter-error.ts';
import { FUNCTIONS, type FunctionName, findFunction, takes } from './functions.ts';
import { comparisonHints, octetsHints, presenceHints, sliceHints } from './hints.ts';
import { type Literal, readLiteral, type Wanted } from './literal.ts';
import { readPattern } from './pattern.ts';
import type { ComparisonOperator, Expression, Quantifier, SetMember } from './syntax.ts';

/** Where fields are looked up. */
export interface FieldNames {
  /** The field of a name, or undefined. */
  find(name: string): Field | undefined;
  /** All fields, for suggestions. */
  readonly all: readonly Field[];
}

/** A checked expression. */
export interface Checked {
  readonly test: Test;
  readonly hints: readonly string[];
}

/** What each comparison is, and how many values must satisfy it, unless any or all is said. */
const MEANINGS: Readonly<Record<ComparisonOperator, readonly [Comparison, Quantifier]>> = {
  '==': ['==', 'any'],
  '===': ['==', 'all'],
  '!=': ['!=', 'all'],
  '!==': ['!=', 'any'],
  '<': ['<', 'any'],
  '<=': ['<=', 'any'],
  '>': ['>', 'any'],
  '>=': ['>=', 'any'],
};

/** What is said where a bit by bit and fails that may be meant to join conditions. */
const JOINING = ' & has to do with bits: for both of two conditions write &&.';

/**
 * Checks a syntax tree.
 * @throws FilterError for an unknown field, a literal that does not fit, types that cannot be compared
 */
export function check(tree: Expression, expression: string, fields: FieldNames, zone: ZoneOffset): Checked {
  const hints = new Set<string>();
  // Nodes are asked for more than once on the way up; without this a nested calculation would take exponential time.
  const operands = new Map<Expression, Operand | undefined>();
  const hint = (sentences: readonly string[]): void => {
    for (const each of sentences) hints.add(each);
  };
  const fail = (place: Place, reason: string, suggestion?: string): FilterError =>
    new FilterError(expression, place, reason, suggestion);
  const written = ({ at, length }: Place): string => expression.slice(at, at + length);

  function test(node: Expression): Test {
    switch (node.kind) {
      case 'and':
      case 'or':
      case 'xor':
        return { kind: node.kind, of: node.operands.map(test) };
      case 'not':
        return { kind: 'not', of: test(node.of) };
      case 'comparison':
        return comparison(node);
      case 'contains': {
        const [left, right] = contained(node.left, node.right);
        return { kind: 'contains', quantifier: node.quantifier ?? 'any', left, right };
      }
      case 'matches':
        return matching(node.left, node.right, node.quantifier ?? 'any');
      case 'member': {
        const value = operandOf(node.value, 'in');
        const members = node.members.map((each) => member(each, value));
        const inside: Test = { kind: 'member', quantifier: node.quantifier ?? 'any', value, members };
        return node.negated ? { kind: 'not', of: inside } : inside;
      }
      case 'arithmetic':
      case 'sign':
        return { kind: 'nonzero', operand: operand(node) ?? literalAlone(node) };
      case 'call':
        // First what is wrong with the call itself.
        operand(node);
        throw fail(
          node.place,
          `You cannot test whether a function is present. Compare its value: ${FUNCTIONS[node.name as FunctionName].example}.`,
        );
      default:
        return presence(node);
    }
  }

  function literalAlone(node: Expression): never {
    throw fail(node, `${written(node)} by itself is neither true nor false: compare a field with it.`);
  }

  function presence(node: Expression): Test {
    const found = operand(node);
    if (found === undefined) {
      if (node.kind === 'word' && !/^[\d:]/.test(node.text))
        throw unknown(node, `${node.text} is neither a field nor a protocol name.`);
      return literalAlone(node);
    }
    hint(presenceHints(found));
    return { kind: 'present', operand: found };
  }

  /** An error about a word that is no field, with the nearest one. */
  function unknown(word: Place & { readonly text: string }, reason: string): FilterError {
    if (/^_ws\.col\./i.test(word.text))
      return fail(word, `${reason} It is a column of the list: columns can be shown, but filters ask fields.`);
    const minus = /^(.+?)-(\d+)$/.exec(word.text);
    if (minus && fields.find(minus[1]!))
      return fail(
        word,
        `${reason} A minus needs spaces around it: ${minus[1]} - ${minus[2]}.`,
        `${minus[1]} - ${minus[2]}`,
      );
    const why = whyForeign(word.text);
    if (why !== undefined) return fail(word, `${reason} ${why}`);
    const near = nearest(word.text, fieldNames());
    return fail(word, near === undefined ? reason : `${reason} Did you mean ${near}?`, near);
  }

  /** The field that an old name stands for. */
  function renamed(name: string): Field | undefined {
    const today = todaysName(name);
    const field = today === undefined ? undefined : fields.find(today);
    if (field !== undefined) hint([`${name} is an old name: it is read as ${field.name}.`]);
    return field;
  }

  function* fieldNames(): Iterable<string> {
    for (const field of fields.all) yield field.name;
  }

  function comparison(node: Extract<Expression, { kind: 'comparison' }>): Test {
    const tests = node.operators.map(({ symbol, place }, i): Test => {
      const [left, right] = pair(node.operands[i]!, node.operands[i + 1]!, place, `"${written(place)}"`);
      const [meaning, usual] = MEANINGS[symbol];
      const quantifier = node.quantifier ?? usual;
      hint(comparisonHints({ symbol, sign: written(place), quantifier: node.quantifier, left, right }, written));
      return { kind: 'compare', comparison: meaning, quantifier, left, right };
    });
    return tests.length === 1 ? tests[0]! : { kind: 'and', of: tests };
  }

  /** Both sides of a comparison; the literal one takes the type of the other. */
  function pair(
    leftNode: Expression,
    rightNode: Expression,
    place: Place,
    what: string,
    partial = false,
  ): [Operand, Operand] {
    const left = operand(leftNode);
    let right = operand(rightNode);
    if (left !== undefined && right !== undefined && FAMILY[left.type] !== FAMILY[right.type]) {
      // A protocol's name may be meant as a word: ip.proto == udp.
      if (
        rightNode.kind === 'word' &&
        rightNode.only === undefined &&
        right.type === 'protocol' &&
        isConvertible(rightNode, wanted(left, partial))
      )
        right = undefined;
      else
        throw fail(
          rightNode,
          `${written(leftNode)} and ${written(rightNode)} are not of compatible types: ${TYPE_NAMES[left.type]} and ${TYPE_NAMES[right.type]}.`,
        );
    }
    if (left !== undefined) return [left, right ?? literal(rightNode, wanted(left, partial))];
    if (right !== undefined && leftNode.kind !== 'string') {
      if (leftNode.kind === 'word' && /^[a-z_]\w*\.[a-z]/i.test(leftNode.text) && FAMILY[right.type] !== 'string')
        throw unknownSide(leftNode, what);
      return [literal(leftNode, wanted(right, partial)), right];
    }
    if (leftNode.kind === 'word') throw unknownSide(leftNode, what);
    throw fail(
      right === undefined ? place : leftNode,
      `Left side of ${what} expression must be a field or function, not ${written(leftNode)}.`,
    );
  }

  const unknownSide = (word: Extract<Expression, { kind: 'word' }>, what: string): FilterError =>
    unknown(word, `Left side of ${what} expression must be a field or function, not ${word.text}.`);

  const wanted = (other: Operand, partial: boolean): Wanted => ({
    type: other.type,
    field: other.kind === 'field' ? other.field : undefined,
    zone,
    partial,
  });

  function isConvertible(word: Literal, want: Wanted): boolean {
    return !('refusal' in readLiteral(word, want, written(word)));
  }

  function operandOf(node: Expression, what: string): Operand {
    const found = operand(node);
    if (found !== undefined) return found;
    if (node.kind === 'word') throw unknownSide(node, `"${what}"`);
    throw fail(node, `Left side of "${what}" expression must be a field or function, not ${written(node)}.`);
  }

  function contained(leftNode: Expression, rightNode: Expression): [Operand, Operand] {
    const left = operandOf(leftNode, 'contains');
    searchable(leftNode, left, 'contains');
    return pair(leftNode, rightNode, leftNode, '"contains"', true);
  }

  function searchable(node: Expression, { type }: Operand, what: string): void {
    if (FAMILY[type] !== 'octets' && FAMILY[type] !== 'string')
      throw fail(
        node,
        `${written(node)} (${TYPE_NAMES[type]}) cannot participate in ${what} comparison.${node.kind === 'word' && type !== 'ipv6' ? ` Its text can: string(${node.text}) ${what} "...".` : ''}`,
      );
  }

  function matching(leftNode: Expression, right: Expression, quantifier: Quantifier): Test {
    const left = operandOf(leftNode, 'matches');
    searchable(leftNode, left, 'matches');
    if (right.kind !== 'string')
      throw fail(right, `Matches requires a double quoted string on the right side.`, `"${written(right)}"`);
    const program = readPattern(right.octets);
    if ('problem' in program)
      throw fail(
        right,
        `Regex compilation error: ${program.problem}${program.at === undefined ? '' : `, at character ${program.at + 1} of the pattern`}.`,
      );
    return { kind: 'matches', quantifier, left, automaton: makeAutomaton(program), pattern: right.text };
  }

  function member({ low, high }: SetMember, value: Operand): Member {
    if (high === undefined) {
      const found = operand(low);
      if (
        found !== undefined &&
        FAMILY[found.type] !== FAMILY[value.type] &&
        !(low.kind === 'word' && found.type === 'protocol')
      )
        throw fail(
          low,
          `${written(value)} and ${written(low)} are not of compatible types: ${TYPE_NAMES[value.type]} and ${TYPE_NAMES[found.type]}.`,
        );
      const same = found !== undefined && FAMILY[found.type] === FAMILY[value.type];
      return { kind: 'value', value: same ? found : literal(low, wanted(value, false)) };
    }
    const [from, to] = [low, high].map((node) => {
      if (operand(node) !== undefined)
        throw fail(node, `A range of a set goes from one literal to another, and ${written(node)} is none.`);
      const bound = literal(node, wanted(value, false));
      if (bound.prefix !== undefined)
        throw fail(node, 'A range goes from one address to another; a network by itself is a range already.');
      return bound;
    }) as [Constant, Constant];
    const place = { at: low.at, length: high.at + high.length - low.at };
    if (compareValues(from.value, to.value) > 0)
      throw fail(
        place,
        `The range ${written(place)} is empty: it goes from the smaller to the larger.`,
        `${written(high)}..${written(low)}`,
      );
    return { kind: 'range', low: from, high: to };
  }

  /** What has values in a frame; undefined for what is made of literals only and so has a type only through what it is compared with. */
  function operand(node: Expression): Operand | undefined {
    if (!operands.has(node)) operands.set(node, makeOperand(node));
    return operands.get(node);
  }

  function makeOperand(node: Expression): Operand | undefined {
    const { at, length } = node;
    switch (node.kind) {
      case 'word': {
        if (node.only === 'literal') return undefined;
        const field = fields.find(node.text) ?? renamed(node.text);
        if (field === undefined && node.only === 'field')
          throw unknown(node, `"${node.text}" is not a valid protocol or protocol field.`);
        return field && { kind: 'field', type: field.type, field, layers: undefined, at, length };
      }
      case 'string':
      case 'character':
        return undefined;
      case 'layers': {
        const of = operand(node.of);
        if (of?.kind !== 'field' || of.layers !== undefined)
          throw fail(node.of, `${written(node.of)} is not a field, and only fields have layers.`);
        return { ...of, layers: node.pieces, at, length };
      }
      case 'slice': {
        const of = operand(node.of);
        if (of === undefined) throw fail(node.of, `${written(node.of)} is not a field, and so cannot be sliced.`);
        if (!['octets', 'string', 'ipv4', 'ipv6'].includes(FAMILY[of.type]))
          throw fail(
            node.of,
            `"${written(node.of)}" is ${TYPE_NAMES[of.type]} and cannot be sliced into a sequence of bytes.`,
          );
        hint(sliceHints(of, node.pieces));
        return { kind: 'slice', type: 'bytes', of, pieces: node.pieces, at, length };
      }
      case 'sign': {
        const of = operand(node.of);
        if (of === undefined) return undefined;
        calculable(node.of, of, '-');
        return node.negative
          ? { kind: 'minus', type: of.type === 'unsigned' ? 'signed' : of.type, of, at, length }
          : of;
      }
      case 'arithmetic':
        return arithmetic(node);
      case 'call':
        return call(node);
      default:
        throw fail(node, `${written(node)} is true or false, and here stands something to compare or calculate with.`);
    }
  }

  /** That an operator can calculate with a type. */
  function calculable(node: Expression, { type }: Operand, operator: string): void {
    const family = FAMILY[type];
    const can =
      family === 'number' ||
      (family === 'float' && operator !== '&') ||
      (family === 'seconds' && (operator === '+' || operator === '-')) ||
      (operator === '&' && (family === 'octets' || family === 'ipv4' || family === 'ipv6'));
    if (!can)
      throw fail(
        node,
        `${written(node)} is ${TYPE_NAMES[type]}, with which "${operator}" cannot calculate.${type === 'boolean' ? ` Compare it: ${written(node)} == 1.` : ''}`,
      );
  }

  function arithmetic(node: Extract<Expression, { kind: 'arithmetic' }>): Operand | undefined {
    try {
      return calculation(node);
    } catch (error) {
      const isSign = expression.slice(node.left.at + node.left.length, node.right.at).includes('&');
      // What could be a condition of its own stands behind it; of several the first one says so.
      const isJoined = isSign && node.right.kind === 'word' && operand(node.right) !== undefined;
      if (!isJoined || !(error instanceof FilterError) || error.reason.endsWith(JOINING)) throw error;
      throw fail(error, `${error.reason}${JOINING}`, error.suggestion);
    }
  }

  function calculation(node: Extract<Expression, { kind: 'arithmetic' }>): Operand | undefined {
    const found = [operand(node.left), operand(node.right)] as const;
    if (found[0] === undefined && found[1] === undefined) return undefined;
    const sides = [node.left, node.right] as const;
    for (const i of [0, 1]) if (found[i] !== undefined) calculable(sides[i]!, found[i], node.operator);
    const [left, right] = pair(node.left, node.right, node, `"${node.operator}"`, true);
    for (const each of [left, right])
      if (each.kind === 'constant' && each.prefix !== undefined)
        throw fail(each, 'A network cannot be calculated with; the mask of /8 is 255.0.0.0.');
    const type: FieldType =
      FAMILY[left.type] === 'octets'
        ? 'bytes'
        : FAMILY[left.type] !== 'number'
          ? left.type
          : node.operator === '&'
            ? 'unsigned'
            : 'signed';
    return { kind: 'arithmetic', type, operator: node.operator, left, right, at: node.at, length: node.length };
  }

  function call(node: Extract<Expression, { kind: 'call' }>): Operand {
    const called = findFunction(node.name);
    if (called === undefined) {
      const near = nearest(node.name, Object.keys(FUNCTIONS));
      throw fail(
        node.place,
        `Function '${node.name}' does not exist. ${near ? `Did you mean ${near}?` : `There are ${Object.keys(FUNCTIONS).join(', ')}.`}`,
        near,
      );
    }
    const [least, most] = called.arguments;
    if (node.arguments.length < least)
      throw fail(node.place, `Function ${node.name} needs at least ${least} argument, such as ${called.example}.`);
    if (node.arguments.length > most)
      throw fail(node.arguments[most]!, `Function ${node.name} can only accept ${most} argument.`);
    const found = node.arguments.map(operand);
    const first = found.find((each) => each !== undefined);
    if (first === undefined)
      throw fail(
        node.arguments[0]!,
        `${written(node.arguments[0]!)} is not a field, and ${node.name}() needs one: ${called.example}.`,
      );
    const operands = node.arguments.map((each, i): Operand => {
      const value = found[i] ?? literal(each, wanted(first, false));
      if (called.fieldsOnly && value.kind !== 'field')
        throw fail(each, `Only fields can be used as parameter for ${node.name}(): ${called.example}.`);
      if (!takes(called, value.type))
        throw fail(
          each,
          `${written(each)} is ${TYPE_NAMES[value.type]}, of which ${node.name}() (${called.does}) has no use.`,
        );
      if (FAMILY[value.type] !== FAMILY[first.type])
        throw fail(each, `${written(first)} and ${written(each)} are not of compatible types.`);
      if (value.kind === 'constant' && value.prefix !== undefined)
        throw fail(each, `${node.name}() takes addresses, not networks.`);
      return value;
    });
    return {
      kind: 'call',
      type: called.gives(first.type),
      name: node.name as FunctionName,
      arguments: operands,
      at: node.at,
      length: node.length,
    };
  }

  /** A literal, or something calculated from literals, as a value of the wanted type. */
  function literal(node: Expression, want: Wanted): Constant {
    const { at, length } = node;
    if (node.kind === 'word' || node.kind === 'string' || node.kind === 'character') {
      const constant = readLiteral(node, want, written(node));
      if ('refusal' in constant) {
        // With a dot in it, it may have been meant as a field.
        if (
          node.kind === 'word' &&
          /^[a-z_]\w*\.[a-z][\w.]*$/i.test(node.text) &&
          (whyForeign(node.text) ?? nearest(node.text, fieldNames())) !== undefined
        )
          throw unknown(node, `${node.text} is neither a field nor ${TYPE_NAMES[want.type]}.`);
        throw fail(node, constant.refusal, constant.suggestion);
      }
      hint(octetsHints(constant));
      return constant;
    }
    const make = (value: Constant['value']): Constant => ({
      kind: 'constant',
      type: want.type,
      value,
      prefix: undefined,
      text: written(node),
      at,
      length,
    });
    if (node.kind !== 'sign' && node.kind !== 'arithmetic')
      throw fail(node, `${written(node)} is not ${TYPE_NAMES[want.type]}.`);
    const operator = node.kind === 'sign' ? '-' : node.operator;
    const inner = [node.kind === 'sign' ? node.of : node.left, ...(node.kind === 'sign' ? [] : [node.right])].map(
      (each) => {
        // What is calculated from need not itself be among a field's values.
        const constant = literal(each, { ...want, field: undefined });
        calculable(each, constant, operator);
        if (constant.prefix !== undefined) throw fail(each, 'A network cannot be calculated with.');
        return constant.value;
      },
    );
    if (node.kind === 'sign') return make(node.negative ? -(inner[0] as number) : inner[0]!);
    const value = calculate(node.operator, inner[0]!, inner[1]!);
    if (value === undefined) throw fail(node, `${written(node)} divides by zero.`);
    return make(value);
  }

  return { test: test(tree), hints: [...hints] };
}
