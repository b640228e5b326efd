/**
 * The documentation check: citations, links, commands, dependencies and error codes that the pages name must exist, and
 * generated pages must be what the source says. `--write` (npm run docs) writes those again.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { POSIX } from '../src/core/errors.ts';
import { cellsPage } from './cells-page.ts';
import { checkCompliance, checkNamedSections, compliancePage, readCitations } from './citations.ts';
import { fieldsPage } from './fields-page.ts';
import { checkCommands, checkDependencies, checkErrors, checkLinks, errorCodes } from './pages.ts';
import type { Problem } from './problem.ts';
import { formatProblems, readSources } from './problem.ts';

const COMPLIANCE = 'docs/compliance.md';
const CELLS = 'docs/cells.md';
const FIELDS = 'docs/fields.md';

/**
 * Checks the documentation of the project at `root`.
 * @param options.write write generated pages instead of comparing them
 */
export function checkDocs(root: string, { write = false }: { write?: boolean } = {}): Problem[] {
  const read = (path: string): string => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '');
  const source = readSources(root, ['src'], '.ts');
  const { citations, problems } = readCitations(readSources(root, ['src', 'test'], '.ts'));

  problems.push(...checkCompliance(citations));
  const generated = [
    { file: COMPLIANCE, text: compliancePage(citations), source: 'the citations say' },
    { file: CELLS, text: cellsPage(), source: 'src/rules/cells.ts says' },
    { file: FIELDS, text: fieldsPage(), source: 'src/see/dissect/fields say' },
  ];
  for (const { file, text, source: says } of generated) {
    if (write) writeFileSync(join(root, file), text);
    else if (read(file) !== text) problems.push({ file, line: 1, message: `is not what ${says}: run "npm run docs".` });
  }

  const pages = new Map(readSources(root, ['docs'], '.md'));
  for (const page of ['README.md', 'CONTRIBUTING.md']) if (existsSync(join(root, page))) pages.set(page, read(page));
  for (const [file, text] of pages) problems.push(...checkNamedSections(file, text));
  problems.push(...checkLinks(pages, (path) => existsSync(join(root, path))));

  const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string> | undefined>;
  problems.push(...checkCommands(pages, Object.keys(manifest.scripts ?? {}), subcommands(root)));
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
  const dependencies = kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  problems.push(...checkDependencies('docs/dependencies.md', read('docs/dependencies.md'), dependencies));
  problems.push(...checkErrors('docs/errors.md', read('docs/errors.md'), Object.keys(POSIX), errorCodes(source)));
  return problems;
}

/** The subcommands of the command line: the files of src/cli/commands; undefined while there are none. */
function subcommands(root: string): string[] | undefined {
  const folder = join(root, 'src/cli/commands');
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => name.slice(0, -'.ts'.length));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const problems = checkDocs(root, { write: process.argv.includes('--write') });
  process.stderr.write(formatProblems(problems));
  if (problems.length > 0) process.exitCode = 1;
}
