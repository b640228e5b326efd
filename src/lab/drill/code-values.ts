/** The values of code in `%{ }%`, compared and shown as Python does it. Not here: what is calculated with them (code.ts, code-functions.ts). */

/** A value of code. Booleans are numbers, as in Python; lists and tuples are one. */
export type Value = number | string | readonly Value[];

/** What Python would raise: `message` begins with the name of the exception. Caught where the statement is known. */
export class Raised extends Error {}

/** None: nothing is equal to it but itself and an empty tuple. */
export const NONE: Value = [];

export const isTrue = (value: Value): boolean => (typeof value === 'number' ? value !== 0 : value.length > 0);

/** @throws Raised TypeError when it is something else */
export function asNumber(value: Value | undefined): number {
  if (typeof value === 'number') return value;
  throw new Raised(`TypeError: a number is wanted, not ${value === undefined ? 'nothing' : quoted(value)}`);
}

export function isEqual(a: Value, b: Value): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.length === b.length && a.every((each, i) => isEqual(each, b[i]!));
}

/** @throws Raised TypeError when nothing can be in `list` */
export function isIn(value: Value, list: Value): boolean {
  if (typeof list === 'number') throw new Raised(`TypeError: nothing is in the number ${list}`);
  if (typeof list === 'object') return list.some((each) => isEqual(each, value));
  return typeof value === 'string' && list.includes(value);
}

/** Below 0 where `a` is less than `b`, 0 where they are equal; of tuples the first difference decides; NaN, which is neither, for what has no order. @throws Raised TypeError between kinds */
export function order(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 0 : a < b ? -1 : a > b ? 1 : Number.NaN;
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : a < b ? -1 : 1;
  if (typeof a !== 'object' || typeof b !== 'object')
    throw new Raised(`TypeError: ${quoted(a)} and ${quoted(b)} have no order`);
  const at = a.findIndex((each, i) => i >= b.length || !isEqual(each, b[i]!));
  if (at < 0) return a.length - b.length;
  return at < b.length ? order(a[at]!, b[at]!) : 1;
}

/** As Python prints it. */
export function show(value: Value): string {
  if (value === NONE) return 'None';
  return typeof value === 'object' ? `(${value.map(show).join(', ')})` : String(value);
}

/** The same with quotes around a text. */
const quoted = (value: Value): string => (typeof value === 'string' ? JSON.stringify(value) : show(value));
