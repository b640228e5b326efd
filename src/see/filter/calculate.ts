/** One calculation with two values. */
import type { FieldValue } from '../dissect/field.ts';
import type { ArithmeticOperator } from './syntax.ts';

/** The value, or undefined when there is none because of a division by zero. Numbers are whole, except seconds, which only add and subtract. */
export function calculate(operator: ArithmeticOperator, a: FieldValue, b: FieldValue): FieldValue | undefined {
  if (typeof a === 'object' && typeof b === 'object') return commonBits(a, b);
  const [left, right] = [a as number, b as number];
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? undefined : Math.trunc(left / right);
    case '%':
      return right === 0 ? undefined : left % right;
    case '&':
      return bitwiseAnd(left, right);
  }
}

/** Of numbers beyond 32 bits too, and of negative ones in two's complement. */
function bitwiseAnd(a: number, b: number): number {
  if (a >>> 0 === a && b >>> 0 === b) return (a & b) >>> 0;
  // Calculation may have left the whole numbers.
  if (!Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return 0;
  return Number(BigInt(a) & BigInt(b));
}

/** Octet by octet, as far as the shorter goes. */
function commonBits(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: Math.min(a.length, b.length) }, (_, i) => a[i]! & b[i]!);
}

/** Whether a value counts as true where a calculation stands by itself. */
export const isNonzero = (value: FieldValue): boolean =>
  typeof value === 'object' ? value.some((octet) => octet !== 0) : Boolean(value);
