/** What a filter lets through, in one plain sentence. */
import { type Comparison, isSeveral, type Member, type Operand, type Test } from './checked.ts';
import { FUNCTIONS } from './functions.ts';
import type { ArithmeticOperator, Piece, Quantifier } from './syntax.ts';

/** Members of a set that a sentence names. */
const NAMED = 8;

/** The sentence of a checked expression; undefined stands for the empty one. */
export function explain(test: Test | undefined): string {
  return test === undefined ? 'Packets: all of them.' : `Packets where ${say(test)}.`;
}

function say(test: Test): string {
  switch (test.kind) {
    case 'and':
    case 'or': {
      const parts = test.of.map((each) =>
        each.kind === 'or' || each.kind === 'xor' || (each.kind === 'and' && test.kind === 'or')
          ? `(${say(each)})`
          : say(each),
      );
      return parts.join(test.kind === 'and' ? ' and ' : ' or ');
    }
    case 'xor':
      if (test.of.length === 2) return `exactly one is true: (${say(test.of[0]!)}), (${say(test.of[1]!)})`;
      return `an odd number of these is true: ${test.of.map((each) => `(${say(each)})`).join(', ')}`;
    case 'not':
      if (test.of.kind === 'present') return sayPresence(test.of.operand, 'no');
      return `it is not true that ${test.of.kind === 'and' || test.of.kind === 'or' || test.of.kind === 'xor' ? `(${say(test.of)})` : say(test.of)}`;
    case 'present':
      return sayPresence(test.operand);
    case 'nonzero': {
      const { operand } = test;
      if (operand.kind === 'arithmetic' && operand.operator === '&')
        return `${name(operand.left)} and ${name(operand.right)} have a bit in common`;
      return `${name(operand)} is not zero`;
    }
    case 'compare':
      return sayComparison(test);
    case 'contains':
      return `${subject(test.left, test.quantifier)} contains ${name(test.right)}`;
    case 'matches':
      return `${subject(test.left, test.quantifier)} matches the pattern "${test.pattern}" in upper or lower case`;
    case 'member': {
      const named = test.members.slice(0, NAMED).map(sayMember).join(', ');
      const more = test.members.length > NAMED ? ` or ${test.members.length - NAMED} more` : '';
      return `${subject(test.value, test.quantifier)} is one of ${named}${more}`;
    }
  }
}

function sayPresence(operand: Operand, a: 'a' | 'no' = 'a'): string {
  if (operand.kind !== 'field') return `there is ${a} ${name(operand)}`;
  return operand.type === 'protocol' && operand.layers === undefined
    ? `there is ${a} header of ${operand.field.title} (${operand.field.name})`
    : `there is ${a} field ${name(operand)}, whatever its value`;
}

const VERBS: Readonly<Record<Comparison, string>> = {
  '==': 'is',
  '!=': 'is not',
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is greater than',
  '>=': 'is at least',
};

function sayComparison({ comparison, quantifier, left, right }: Extract<Test, { kind: 'compare' }>): string {
  if (left.type === 'boolean' && right.kind === 'constant' && (comparison === '==' || comparison === '!='))
    return `${subject(left, comparison === '!=' ? 'any' : quantifier)} ${(comparison === '==') === right.value ? 'is set' : 'is not set'}`;
  const value = right.kind === 'constant' && right.prefix !== undefined ? `in the network ${right.text}` : name(right);
  if (comparison === '!=' && quantifier === 'all' && isSeveral(left)) return `no ${name(left)} is ${value}`;
  return `${subject(left, comparison === '!=' ? 'any' : quantifier)} ${VERBS[comparison]} ${value}`;
}

function subject(operand: Operand, quantifier: Quantifier): string {
  const named = `${operand.kind === 'field' && operand.type === 'boolean' ? 'flag ' : ''}${name(operand)}`;
  return `${quantifier === 'all' ? 'every' : isSeveral(operand) ? 'any' : 'the'} ${named}`;
}

const SIGNS: Readonly<Record<ArithmeticOperator, string>> = {
  '+': 'plus',
  '-': 'minus',
  '*': 'times',
  '/': 'divided by',
  '%': 'modulo',
  '&': 'bit by bit and',
};

/** `Source Port (tcp.srcport)`. */
function name(operand: Operand): string {
  switch (operand.kind) {
    case 'field':
      return `${operand.field.title} (${operand.field.name}${operand.layers === undefined ? '' : ` of layer ${pieces(operand.layers)}`})`;
    case 'constant':
      return operand.text;
    case 'slice':
      return `slice ${pieces(operand.pieces)} of ${name(operand.of)}`;
    case 'minus':
      return `minus ${name(operand.of)}`;
    case 'arithmetic':
      return `${name(operand.left)} ${SIGNS[operand.operator]} ${name(operand.right)}`;
    case 'call':
      return `${operand.name}(${operand.arguments.map(name).join(', ')}), ${FUNCTIONS[operand.name].does},`;
  }
}

const pieces = (all: readonly Piece[]): string =>
  all
    .map(({ offset, length }) =>
      length === undefined ? `${offset} on` : length === 1 ? `${offset}` : `${offset} to ${offset + length - 1}`,
    )
    .join(', ');

const sayMember = (member: Member): string =>
  member.kind === 'range' ? `${member.low.text} to ${member.high.text}` : name(member.value);
