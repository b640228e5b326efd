/**
 * Makes dist/, what the package contains: the library, bundled (bundle.ts), with the declarations of its modules, and the command line, bundled
 * apart: one file that finds the command, and parts that only the commands which need them load, so that it starts fast. `npm pack` runs it (prepack); nobody needs it to work from a clone.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-6';
import { bundle, bundleCommand } from './bundle.ts';
import { readSources } from './problem.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const COMMAND = join(dist, 'cli/main.cjs');

interface Manifest {
  exports: Record<string, Record<string, string>>;
  bin: Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** Packages that are installed with tcplab, and stay what is imported. */
const external = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function declarations(): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  // Output to stderr: npm pack --json owns stdout.
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--emitDeclarationOnly'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) fail('The build stopped: the source does not compile (above). "npm run ok" says more.');
  for (const [file, text] of readSources(root, ['dist'], '.d.ts'))
    writeFileSync(join(root, file), withEmittedNames(text));
}

/** Declarations name modules as they are emitted: `./ring.js` where the source says `./ring.ts`. */
function withEmittedNames(text: string): string {
  const tree = ts.createSourceFile('a.d.ts', text, ts.ScriptTarget.ES2023, true);
  const ends: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) && /^\.{1,2}\/.*\.ts$/.test(node.text) && namesModule(node.parent))
      ends.push(node.getEnd());
    ts.forEachChild(node, visit);
  };
  visit(tree);
  let from = 0;
  let result = '';
  for (const end of ends) {
    result += `${text.slice(from, end - `ts'`.length)}js`;
    from = end - 1;
  }
  return result + text.slice(from);
}

const namesModule = (node: ts.Node): boolean =>
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  (ts.isLiteralTypeNode(node) && ts.isImportTypeNode(node.parent));

/** What each subpath of package.json is made from. */
async function bundleLibrary(): Promise<void> {
  const names = Object.values(manifest.exports).map((targets) => targets.default!.replace(/^\.\/dist\/|\.js$/g, ''));
  await bundle(Object.fromEntries(names.map((name) => [name, `src/${name}.ts`])), dist, external);
}

async function makeCommand(): Promise<void> {
  const modules = await bundleCommand(join(dist, 'cli'), external);
  writeFileSync(COMMAND, `#!/usr/bin/env node\n${readFileSync(COMMAND, 'utf8')}`);
  chmodSync(COMMAND, 0o755);
  writeFileSync(join(dist, 'cli/LICENSES.txt'), licenses(modules));
}

/** The licences of the packages that the modules of a bundle are from. */
function licenses(modules: readonly string[]): string {
  const packages = new Set<string>();
  for (const path of modules) {
    const name = /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path)?.[1];
    if (name !== undefined) packages.add(name);
  }
  const parts = [...packages].sort().map((name) => {
    const folder = join(root, 'node_modules', name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) fail(`The build stopped: ${name} is bundled and has no licence file.`);
    return `${name}\n${'='.repeat(name.length)}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return `main.cjs and its parts contain these packages.\n\n${parts.join('\n')}`;
}

/** Every file that package.json promises is there, and nothing that it should not contain. */
function check(): void {
  const problems: string[] = [];
  for (const [subpath, targets] of Object.entries(manifest.exports)) {
    const absent = Object.values(targets).filter((target) => !existsSync(join(root, target)));
    if (absent.length > 0)
      problems.push(`package.json exports ${subpath}, and this was not built: ${absent.join(', ')}`);
  }
  for (const target of Object.values(manifest.bin)) {
    if (!existsSync(join(root, target))) problems.push(`package.json has the command ${target}, which was not built`);
  }
  for (const [file] of readSources(root, ['dist'], '')) if (/\.test\./.test(file)) problems.push(`${file} is a test`);
  if (problems.length > 0) fail(`The package is not whole:\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
declarations();
await bundleLibrary();
await makeCommand();
check();
