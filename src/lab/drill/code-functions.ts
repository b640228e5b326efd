/** The functions that code in `%{ }%` may call: Python's of the same name, as far as scripts use them. */
import { asNumber, isTrue, Raised, show, type Value } from './code-values.ts';
import { MAX_RANGE } from './limits.ts';

/** By name. Each may throw `Raised`. */
export const FUNCTIONS: Readonly<Record<string, (values: readonly Value[]) => Value>> = {
  abs: (values) => Math.abs(asNumber(values[0])),
  int: (values) => Math.trunc(parsed(values[0])),
  float: (values) => parsed(values[0]),
  min: (values) => Math.min(...some('min', values)),
  max: (values) => Math.max(...some('max', values)),
  round: (values) => Math.round(asNumber(values[0])),
  str: (values) => show(values[0] ?? ''),
  sum: (values) => flat(values).reduce<number>((total, each) => total + asNumber(each), 0),
  any: (values) => Number(flat(values).some(isTrue)),
  all: (values) => Number(flat(values).every(isTrue)),
  pow: (values) => power(asNumber(values[0]), asNumber(values[1])),
  range: (values) => range(values.map(asNumber)),
  len: (values) => (typeof values[0] === 'object' || typeof values[0] === 'string' ? values[0].length : noLength()),
};

/** @throws Raised ZeroDivisionError */
export function power(base: number, exponent: number): number {
  if (base === 0 && exponent < 0) throw new Raised('ZeroDivisionError: zero to a negative power');
  return base ** exponent;
}

/** `range(end)`, `range(from, end)`, `range(from, end, step)`: of a long one the beginning. */
function range(values: readonly number[]): readonly number[] {
  const [from = 0, end = 0, step = 1] = values.length === 1 ? [0, values[0]] : values;
  if (step === 0) throw new Raised('ValueError: the third argument of range() is zero');
  const count = Math.ceil((end - from) / step);
  return Array.from({ length: Math.max(0, Math.min(MAX_RANGE, count || 0)) }, (_, i) => from + i * step);
}

/** The number that a text is. */
function parsed(value: Value | undefined): number {
  if (typeof value !== 'string') return asNumber(value);
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number)) throw new Raised(`ValueError: ${JSON.stringify(value)} is no number`);
  return number;
}

const flat = (values: readonly Value[]): readonly Value[] =>
  values.length === 1 && Array.isArray(values[0]) ? values[0] : values;

function some(name: string, values: readonly Value[]): readonly number[] {
  const numbers = flat(values).map(asNumber);
  if (numbers.length === 0) throw new Raised(`ValueError: ${name}() of nothing`);
  return numbers;
}

function noLength(): never {
  throw new Raised('TypeError: only texts, tuples and lists have a length');
}
