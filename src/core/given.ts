/** Wrong use, in words: what a program gave where something else belongs, and options that there are not. Not here: what is wrong with packets, which never throws. */
import { TcplabError } from './errors.ts';

/** What was given, short enough for a message: `"text"`, `a function`, `{"a":1}`. */
export function given(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (typeof value === 'string') return value.length > 40 ? 'a longer text' : JSON.stringify(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { name } = value.constructor ?? {};
  return name === undefined || name === 'Object' ? plain(value) : `a value of type ${name}`;
}

/** A literal as it was written, where that is short. */
function plain(value: object): string {
  const entries = Object.entries(value);
  if (entries.length > 3 || entries.some(([, each]) => typeof each === 'object')) return 'an object';
  return `{ ${entries.map(([key, each]) => `${key}: ${given(each)}`).join(', ')} }`;
}

/**
 * Refuses options that there are not: one misspelt would change nothing, and nobody would notice.
 * @throws TcplabError EINVAL naming the option and those that there are
 */
export function requireKnown(options: object, known: readonly string[], of: string): void {
  if (typeof options !== 'object' || options === null)
    throw new TcplabError('EINVAL', `options of ${of} are an object, not ${given(options)}`);
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new TcplabError('EINVAL', `${of} has no option ${given(name)}; there are ${known.join(', ')}`);
}
