/** The check of options that are numbers: each has a range, and one outside it is wrong use. Not here: what came from a network or a file, which never throws. */
import { TcplabError } from './errors.ts';
import { given } from './given.ts';

/** The least and the greatest value. */
export type Range = readonly [least: number, most: number];

/**
 * A whole number from `least` to `most`.
 * @throws TcplabError EINVAL when it is not
 */
export function wholeNumber(name: string, value: unknown, least: number, most: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw new TcplabError('EINVAL', `${name} is a whole number from ${least} to ${most}, not ${given(value)}`);
}

/**
 * A number of milliseconds from `least` to `most`, fractions allowed.
 * @throws TcplabError EINVAL when it is not
 */
export function milliseconds(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new TcplabError('EINVAL', `${name} is a number of milliseconds from ${least} to ${most}, not ${given(value)}`);
}

/** Options by name, each with its range. Their names tell who is meant: `arp.tries`. */
export interface Ranges<T> {
  /** What stands before each name in messages. */
  readonly prefix?: string;
  /** Those that are whole numbers. */
  readonly whole: { readonly [K in keyof T]?: Range };
  /** Those that are times in milliseconds. */
  readonly times?: { readonly [K in keyof T]?: Range };
}

/**
 * `defaults`, and what `options` says instead; one that is undefined says nothing.
 * @throws TcplabError EINVAL when a number is out of its range
 */
export function inRange<T extends object>(
  defaults: Readonly<T>,
  options: Partial<NoInfer<T>>,
  { prefix = '', whole, times = {} }: Ranges<NoInfer<T>>,
): T {
  const all: T = { ...defaults };
  for (const name of Object.keys(options) as (keyof T & string)[]) {
    const value = options[name];
    if (value === undefined) continue;
    const range: Range | undefined = whole[name];
    const time: Range | undefined = times[name];
    if (range !== undefined) wholeNumber(prefix + name, value, ...range);
    else if (time !== undefined) milliseconds(prefix + name, value, ...time);
    all[name] = value as T[typeof name];
  }
  return all;
}
