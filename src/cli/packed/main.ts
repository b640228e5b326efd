/**
 * `tcplab` as the package ships it: what a start finds first. The parts of the command stand in files of their own, each a function that answers with what it exports (tools/part.ts), so that the
 * engine's code for them can be kept from one start to the next: a short command takes 50 ms instead of 75. Not here: where it is kept (kept-code.ts), and what the command does (command-line.ts).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { keepCode, keptCode, keptCodeFolder } from './kept-code.ts';

/** The file with the command line: its name has a number made of what is in it, which is known when it has been written. */
declare const COMMAND_LINE: string;

/** What a part exports, by name. */
type Exports = Readonly<Record<string, unknown>>;

/** A part: it is told how others and packages are loaded, and which file it is. */
type Part = (load: typeof loaded, meta: { url: string }, installed: NodeJS.Require) => Exports;

const parts = join(__dirname, 'parts');
const folder = keptCodeFolder();
const found = new Map<string, Exports>();
/** What was compiled anew. */
const compiled = new Map<string, Script>();

/** What a part exports; it is run when it is asked for first. */
function loaded(name: string): Exports {
  const before = found.get(name);
  if (before !== undefined) return before;
  const filename = join(parts, name);
  const cachedData = folder && keptCode(folder, name);
  const script = new Script(readFileSync(filename, 'utf8'), { filename, ...(cachedData && { cachedData }) });
  if (folder !== undefined && script.cachedDataRejected !== false) compiled.set(name, script);
  const part = script.runInThisContext() as Part;
  const exported = part(loaded, { url: pathToFileURL(filename).href }, require);
  found.set(name, exported);
  return exported;
}

// At the end, when the engine has compiled what a run needs, and not what is never called.
process.on('exit', () => {
  if (folder !== undefined && compiled.size > 0) keepCode(folder, compiled);
});

const { runCommandLine } = loaded(COMMAND_LINE) as typeof import('../command-line.ts');
runCommandLine(pathToFileURL(join(__dirname, '../../package.json')));
