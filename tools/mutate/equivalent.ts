/**
 * Breakages that break nothing: the program does the same with them, so no test can notice. Each with its reason; `npm run mutate` does not count them.
 * A test checks that what is listed can still be made.
 */
import type { Mutant } from './mutants.ts';

/** A breakage, named by its line's text, so that places may move. */
export interface Equivalent extends Pick<Mutant, 'file' | 'code' | 'from' | 'to'> {
  readonly why: string;
}

/** Whether that is one. */
export const isEquivalent = (mutant: Mutant): boolean =>
  EQUIVALENT.some(
    ({ file, code, from, to }) =>
      mutant.file === file && mutant.code === code && mutant.from === from && mutant.to === to,
  );

/** All that are known. */
export const EQUIVALENT: readonly Equivalent[] = [];
