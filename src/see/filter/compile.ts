/**
 * A checked expression as a predicate: closures made once, none per packet. A field compared with a constant, which nearly every filter is made of, hands its values
 * to a small object that only notes whether one satisfied the comparison and one did not.
 */
import type { Dissection } from '../dissect/dissection.ts';
import { layerOf } from '../dissect/dissection.ts';
import type { FieldValue, FieldValues } from '../dissect/field.ts';
import { PROTOCOLS } from '../dissect/protocol.ts';
import { isNonzero } from './calculate.ts';
import type { Member, Operand, Test } from './checked.ts';
import { compareValues } from './compare-values.ts';
import { compareWith, type Decide, HOLDS, isMember, MIRRORED } from './decide.ts';
import { type Collect, compileOperand, octetsOf, protocolOf, ValueList } from './operands.ts';
import type { Quantifier } from './syntax.ts';

/** Whether a frame satisfies a filter. */
export type Predicate = (dissection: Dissection) => boolean;

/** Whether a value has satisfied a comparison, and whether one has not. One is made for each comparison and used for every frame. */
class Tally implements FieldValues {
  hit = false;
  miss = false;
  readonly #decide: Decide;

  constructor(decide: Decide) {
    this.#decide = decide;
  }

  push(value: FieldValue): void {
    if (this.#decide(value)) this.hit = true;
    else this.miss = true;
  }
}

/** The predicate of a test. */
export function compile(test: Test): Predicate {
  switch (test.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return compileLogic(test.kind, test.of.map(compile));
    case 'not': {
      const of = compile(test.of);
      return (dissection) => !of(dissection);
    }
    case 'present':
      return compilePresence(test.operand);
    case 'nonzero':
      return tallied(compileOperand(test.operand), new Tally(isNonzero), 'any');
    case 'compare':
      return compileComparison(test);
    case 'contains':
      return compileContains(test);
    case 'matches':
      return compileMatches(test);
    case 'member':
      return compileMember(test.value, test.members, test.quantifier);
  }
}

function compileLogic(kind: 'and' | 'or' | 'xor', tests: readonly Predicate[]): Predicate {
  const [first, second] = tests as [Predicate, Predicate];
  if (tests.length === 2) {
    if (kind === 'and') return (dissection) => first(dissection) && second(dissection);
    if (kind === 'or') return (dissection) => first(dissection) || second(dissection);
    return (dissection) => first(dissection) !== second(dissection);
  }
  if (kind === 'xor') return (dissection) => tests.reduce((odd, test) => odd !== test(dissection), false);
  const stop = kind === 'or';
  return (dissection) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(dissection) === stop) return stop;
    return !stop;
  };
}

/** Hands the values to the tally and asks it. With no value nothing holds, neither of any nor of all. */
function tallied(collect: Collect, tally: Tally, quantifier: Quantifier): Predicate {
  if (quantifier === 'any')
    return (dissection) => {
      tally.hit = false;
      collect(dissection, tally);
      return tally.hit;
    };
  return (dissection) => {
    tally.hit = false;
    tally.miss = false;
    collect(dissection, tally);
    return tally.hit && !tally.miss;
  };
}

function compilePresence(operand: Operand): Predicate {
  if (operand.kind === 'field' && operand.type === 'protocol' && operand.layers === undefined) {
    // The octets of a protocol need not be collected to see that it is there.
    const protocol = protocolOf(operand.field.name);
    if (PROTOCOLS[protocol]!.name === operand.field.name) return (dissection) => layerOf(dissection, protocol) >= 0;
  }
  return tallied(compileOperand(operand), new Tally(() => true), 'any');
}

function compileComparison({ comparison, quantifier, left, right }: Extract<Test, { kind: 'compare' }>): Predicate {
  if (left.kind === 'constant' && right.kind !== 'constant')
    return compileComparison({
      kind: 'compare',
      comparison: MIRRORED[comparison],
      quantifier,
      left: right,
      right: left,
    });
  const collect = compileOperand(left);
  if (right.kind === 'constant') {
    return tallied(collect, new Tally(compareWith(comparison, right)), quantifier);
  }
  const holds = HOLDS[comparison];
  return compared(collect, compileOperand(right), quantifier, (a, b) => holds(compareValues(a, b)));
}

/** Each value of one side with each of the other. */
function compared(
  left: Collect,
  right: Collect,
  quantifier: Quantifier,
  holds: (a: FieldValue, b: FieldValue) => boolean,
): Predicate {
  const [lefts, rights] = [new ValueList(), new ValueList()];
  const enough = quantifier === 'any';
  return (dissection) => {
    lefts.fill(left, dissection);
    if (lefts.count === 0) return false;
    rights.fill(right, dissection);
    if (rights.count === 0) return false;
    for (let i = 0; i < lefts.count; i++)
      for (let j = 0; j < rights.count; j++) if (holds(lefts.items[i]!, rights.items[j]!) === enough) return enough;
    return !enough;
  };
}

function compileContains({ quantifier, left, right }: Extract<Test, { kind: 'contains' }>): Predicate {
  const collect = compileOperand(left);
  if (right.kind !== 'constant') return compared(collect, compileOperand(right), quantifier, contains);
  const { value } = right;
  return tallied(collect, new Tally((other) => contains(other, value)), quantifier);
}

/** Whether one value, text or octets, is somewhere in another. */
function contains(value: FieldValue, part: FieldValue): boolean {
  if (typeof value === 'string') return value.includes(part as string);
  const [octets, wanted] = [value as Uint8Array, part as Uint8Array];
  if (wanted.length === 0) return true;
  const last = octets.length - wanted.length;
  for (let at = octets.indexOf(wanted[0]!); at >= 0 && at <= last; at = octets.indexOf(wanted[0]!, at + 1)) {
    let same = 1;
    while (same < wanted.length && octets[at + same] === wanted[same]) same++;
    if (same === wanted.length) return true;
  }
  return false;
}

function compileMatches({ quantifier, left, automaton }: Extract<Test, { kind: 'matches' }>): Predicate {
  const matches: Decide = (value) => automaton.matches(octetsOf(value));
  return tallied(compileOperand(left), new Tally(matches), quantifier);
}

function compileMember(value: Operand, members: readonly Member[], quantifier: Quantifier): Predicate {
  const collect = compileOperand(value);
  const isConstant = isMember(members);
  const others: Collect[] = [];
  for (const member of members)
    if (member.kind === 'value' && member.value.kind !== 'constant') others.push(compileOperand(member.value));
  if (others.length === 0) return tallied(collect, new Tally(isConstant), quantifier);
  const lists = others.map(() => new ValueList());
  const isInLists: Decide = (each) => {
    for (let i = 0; i < lists.length; i++)
      for (let j = 0; j < lists[i]!.count; j++) if (compareValues(each, lists[i]!.items[j]!) === 0) return true;
    return false;
  };
  const found = tallied(collect, new Tally((each) => isConstant(each) || isInLists(each)), quantifier);
  return (dissection) => {
    for (let i = 0; i < lists.length; i++) lists[i]!.fill(others[i]!, dissection);
    return found(dissection);
  };
}
