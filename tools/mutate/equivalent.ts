/**
 * Breakages that break nothing: the program does the same with them, so no test can notice. Each with its reason; `npm run mutate` does not count them.
 * Named as it prints them, without line and label.
 */

/** Name to reason. */
export const EQUIVALENT: ReadonlyMap<string, string> = new Map([]);
