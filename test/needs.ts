/**
 * What a test cannot do without, said in one place: root, a tool, ../shared. A test whose need is not met is skipped by name, with
 * the reason; under CI a skip is a failure (tools/reporter.ts), so nothing goes missing there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';

const sharedPath = fileURLToPath(new URL('../../shared', import.meta.url));

/** The folder of captures and RFC texts beside the project; undefined in a clone without it. */
export const SHARED: string | undefined = existsSync(`${sharedPath}/captures`) ? sharedPath : undefined;

/** What a test may need. */
export interface Needs {
  /** To run as root. */
  root?: true;
  /** Programs that must be on the PATH. */
  tools?: readonly string[];
  /** The folder ../shared. */
  shared?: true;
}

const found = new Map<string, boolean>();

/** Whether a program is on the PATH. */
export function hasTool(name: string): boolean {
  let has = found.get(name);
  if (has === undefined) {
    has = spawnSync('sh', ['-c', `command -v "$0"`, name]).status === 0;
    found.set(name, has);
  }
  return has;
}

/** A `test` that runs when the needs are met and is otherwise skipped with what is missing in its name. */
export function needs(what: Needs): (name: string, body: () => void | Promise<void>, timeout?: number) => void {
  const missing: string[] = [];
  if (what.root && process.getuid?.() !== 0) missing.push('root');
  for (const tool of what.tools ?? []) if (!hasTool(tool)) missing.push(tool);
  if (what.shared && SHARED === undefined) missing.push('../shared');
  return (name, body, timeout) => {
    if (missing.length === 0) test(name, body, timeout);
    else test.skip(`${name} (needs ${missing.join(', ')})`, () => {});
  };
}
