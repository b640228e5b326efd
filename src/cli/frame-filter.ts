/** A display filter as somebody gave it to a command. Apart from who decides by it (sieve.ts), since the language is a third of what reading a capture would load. */
import { localZone } from '../node/local-zone.ts';
import { compileFilter, type Filter } from '../see/filter/index.ts';
import { say } from './terminal.ts';

/**
 * The filter of a text. What is likely not meant is said on stderr.
 * @throws FilterError when it is wrong
 */
export function frameFilter(text: string): Filter {
  const filter = compileFilter(text, undefined, localZone());
  for (const hint of filter.hints) say(`hint: ${hint}`);
  return filter;
}
