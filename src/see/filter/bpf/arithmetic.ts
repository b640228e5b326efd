/** Calculations of capture filters as instructions: one accumulator, one index, and some words to put by what is needed later. */
import type { FilterError, Place } from '../filter-error.ts';
import { ALWAYS, and, type Condition, type Jump, NEVER, not, type Step } from './assemble.ts';
import { ALU, calculate, JEQ, JGE, JGT, LD_IMM, LD_MEM, LDX_MEM, NEG, ST, TAX, WITH_X } from './instruction.ts';
import { behindIpv4, INDIRECT, lengthOfIpv4, load, plus, type Size, type Spot } from './load.ts';
import { FREE_WORDS } from './scratch.ts';

/** Something to calculate with, its headers found. */
export type Operand =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'length' }
  | { readonly kind: 'minus'; readonly of: Operand }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Operand;
      readonly right: Operand;
      readonly place: Place;
    }
  | {
      /** Octets at `base` plus the index, and plus the length of the IPv4 header that begins there where `isBehindIpv4`. */
      readonly kind: 'octets';
      readonly base: Spot;
      readonly isBehindIpv4: boolean;
      readonly index: Operand;
      readonly size: Size;
      /** What must hold of a packet to have them. */
      readonly guard: Condition;
      readonly place: Place;
    };

/** The largest offset that can be written: what is beyond would be a question to the kernel. */
const MAX_OFFSET = 0x00ff_ffff;

type Fail = (place: Place, reason: string) => FilterError;

/** The condition that two operands are in a relation, in packets that have what both read; `length` loads the packet's length. */
export function related(
  relation: string,
  left: Operand,
  right: Operand,
  length: readonly Step[],
  fail: Fail,
): Condition {
  const [a, b] = [folded(left, fail), folded(right, fail)];
  const guard = and(guardOf(a), guardOf(b));
  const [jump, negated] = RELATIONS[relation]!;
  if (a.kind === 'constant' && b.kind === 'constant')
    return holds(jump, a.value >>> 0, b.value >>> 0) === negated ? NEVER : ALWAYS;
  const code = new Calculation(length, fail);
  let test: Condition;
  if (b.kind === 'constant') {
    code.load(a, 0);
    test = { kind: 'test', steps: code.steps, jump, k: b.value >>> 0 };
  } else {
    code.both(a, b, 0);
    test = { kind: 'test', steps: code.steps, jump, k: undefined };
  }
  return and(guard, negated ? not(test) : test);
}

/** The jump of each relation, and whether it is the opposite that holds. */
const RELATIONS: Readonly<Record<string, readonly [Jump, boolean]>> = {
  '=': [JEQ, false],
  '!=': [JEQ, true],
  '>': [JGT, false],
  '>=': [JGE, false],
  '<': [JGE, true],
  '<=': [JGT, true],
};

const holds = (jump: Jump, a: number, b: number): boolean => (jump === JEQ ? a === b : jump === JGT ? a > b : a >= b);

/** What can be calculated beforehand is. */
function folded(operand: Operand, fail: Fail): Operand {
  switch (operand.kind) {
    case 'minus': {
      const of = folded(operand.of, fail);
      return of.kind === 'constant' ? { kind: 'constant', value: -of.value >>> 0 } : { kind: 'minus', of };
    }
    case 'octets':
      return { ...operand, index: folded(operand.index, fail) };
    case 'binary': {
      const { operator, place } = operand;
      const [left, right] = [folded(operand.left, fail), folded(operand.right, fail)];
      if (right.kind === 'constant') {
        if ((operator === '/' || operator === '%') && right.value === 0) throw fail(place, 'This divides by zero.');
        if ((operator === '<<' || operator === '>>') && right.value > 31)
          throw fail(place, 'A number of 32 bits is shifted by 31 at most.');
        if (left.kind === 'constant')
          return { kind: 'constant', value: calculate(ALU[operator]!, left.value | 0, right.value | 0) >>> 0 };
      }
      return { ...operand, left, right };
    }
    default:
      return operand;
  }
}

/** What must hold of a packet before an operand can be calculated. */
function guardOf(operand: Operand): Condition {
  switch (operand.kind) {
    case 'minus':
      return guardOf(operand.of);
    case 'binary':
      return and(guardOf(operand.left), guardOf(operand.right));
    case 'octets':
      return and(guardOf(operand.index), operand.guard);
    default:
      return ALWAYS;
  }
}

/** Instructions that leave a value in A. Scratch words below `free` are in use. */
class Calculation {
  readonly steps: Step[] = [];
  readonly #length: readonly Step[];
  readonly #fail: Fail;

  constructor(length: readonly Step[], fail: Fail) {
    this.#length = length;
    this.#fail = fail;
  }

  #add(code: number, k = 0): void {
    this.steps.push({ code, k });
  }

  load(operand: Operand, free: number): void {
    switch (operand.kind) {
      case 'constant':
        this.#add(LD_IMM, operand.value >>> 0);
        return;
      case 'length':
        this.steps.push(...this.#length);
        return;
      case 'minus':
        this.load(operand.of, free);
        this.#add(NEG);
        return;
      case 'binary': {
        const operation = ALU[operand.operator]!;
        if (operand.right.kind === 'constant') {
          this.load(operand.left, free);
          this.#add(operation, operand.right.value >>> 0);
          return;
        }
        if (free >= FREE_WORDS - 1)
          throw this.#fail(
            operand.place,
            `The calculation is too deep for the ${FREE_WORDS} words that a capture filter can put by.`,
          );
        this.both(operand.left, operand.right, free);
        this.#add(operation | WITH_X);
        return;
      }
      case 'octets':
        this.#octets(operand, free);
    }
  }

  /** The left one in A, the right one in X. */
  both(left: Operand, right: Operand, free: number): void {
    this.load(left, free);
    this.#add(ST, free);
    this.load(right, free + 1);
    this.#add(TAX);
    this.#add(LD_MEM, free);
  }

  #octets({ base, isBehindIpv4, index, size, place }: Extract<Operand, { kind: 'octets' }>, free: number): void {
    if (index.kind === 'constant') {
      if (index.value > MAX_OFFSET)
        throw this.#fail(
          place,
          index.value > 0x7fff_ffff ? 'An offset cannot be negative.' : `An offset is at most ${MAX_OFFSET}.`,
        );
      this.steps.push(...(isBehindIpv4 ? behindIpv4(base, index.value, size) : load(plus(base, index.value), size)));
      return;
    }
    this.load(index, free);
    if (base.behind === undefined) {
      if (isBehindIpv4) this.steps.push(...lengthOfIpv4(base), { code: ALU['+']! | WITH_X, k: 0 });
    } else if (isBehindIpv4) {
      // Finding the header's end needs A as well.
      this.#add(ST, free);
      this.steps.push(...lengthOfIpv4(base));
      this.#add(LD_MEM, free);
      this.#add(ALU['+']! | WITH_X);
    } else {
      this.#add(LDX_MEM, base.behind);
      this.#add(ALU['+']! | WITH_X);
    }
    this.#add(TAX);
    this.#add(INDIRECT[size], base.offset);
  }
}
