/** What the checks of the gate find, and what they read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** A place where the project breaks a rule of its own. */
export interface Problem {
  /** Path from the project's folder, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What, why, and what to do instead. */
  readonly message: string;
}

/** Texts by their path from the project's folder, with `/`. */
export type Sources = ReadonlyMap<string, string>;

/** The files below the folders of the project at `root` whose names end so. A folder that is not there has none. */
export function readSources(root: string, folders: readonly string[], ending: string): Sources {
  const sources = new Map<string, string>();
  for (const folder of folders) {
    if (!existsSync(join(root, folder))) continue;
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith(ending)) continue;
      const path = join(entry.parentPath, entry.name);
      sources.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'));
    }
  }
  return new Map([...sources].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Prints what was found, one a line. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(({ file, line, message }) => `${file}:${line}: ${message}\n`).join('');
}

/** The line, from 1, of a place in a text. */
export const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;
