/**
 * Bundles the library and the command as the package ships them, and what is measured against the library. Not here: what becomes of the result (build.ts, bench/run.ts).
 *
 * Why a bundle, and why this one: what a module imports is a variable to the engine, loaded and looked at anew at each use; what stands as `const` in the same file is a constant, which
 * it folds, inlines and forgets. Half of a segment's way through the stack is small functions and numbers of other modules: compiled, a round trip takes a sixth fewer instructions than in a
 * bundle that turns `const` into `var`, as some bundlers do.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type InputOptions, type OutputOptions, type RolldownPlugin, rolldown } from 'rolldown';
import { asFunction } from './part.ts';

/** The folder of the project. */
const root: string = fileURLToPath(new URL('..', import.meta.url));

/** What finds the command that is wanted. */
const COMMAND_LINE = 'src/cli/command-line.ts';

/** What both halves stand on. */
const GROUND = /[\\/]src[\\/](?:core|wire)[\\/]/;

/** The stack and all that it stands on: in one file, whatever shares parts of it. */
const STACK = /[\\/]src[\\/](?:core|wire|rules|speak)[\\/]/;

/**
 * Makes constants of functions that a file declares, too: as far as the engine knows, a declaration can be given another value (a round trip takes 3 % fewer instructions). They go to
 * the top of the file, where declarations are as far as everybody else can see.
 * @param names of the files in which it does so; in all when undefined
 */
const constantFunctions = (names?: readonly string[]): RolldownPlugin => ({
  name: 'constant-functions',
  renderChunk(code, { name }) {
    if (names !== undefined && !names.includes(name)) return null;
    const { body } = this.parse(code);
    const head = body.findLast(({ type }) => type === 'ImportDeclaration')?.end ?? 0;
    let from = head;
    let constants = '';
    let rest = '';
    for (const node of body) {
      if (node.type !== 'FunctionDeclaration' || node.id === null) continue;
      rest += code.slice(from, node.start);
      constants += `const ${node.id.name} = ${code.slice(node.start, node.end)};\n`;
      from = node.end;
    }
    if (constants === '') return null;
    return `${code.slice(0, head)}\n${constants}${rest}${code.slice(from)}`;
  },
});

/** The file of the package commander that starts programs for commands, which tcplab has none of. */
const STARTER = /[\\/]commander[\\/]lib[\\/]command\.js$/;

/**
 * Has Node's own modules come without those that look for packages in folders, or start programs, and not by `import`, for which Node looks at everything that a module has, and so loads streams with
 * `node:fs`: a tenth of a short command's time.
 */
const lightBuiltins: RolldownPlugin = {
  name: 'light-builtins',
  transform: (code, id) => (STARTER.test(id) ? code.replace("require('node:child_process')", 'undefined') : null),
  renderChunk(code) {
    let from = 0;
    let result = '';
    for (const node of this.parse(code).body) {
      if (node.type !== 'ImportDeclaration' || !node.source.value.startsWith('node:')) continue;
      const names = node.specifiers.map(({ type, local, ...rest }) => {
        if (type !== 'ImportSpecifier') throw new Error(`${node.source.value}: import what it has by name`);
        const { imported } = rest as { imported: { name: string } };
        return `${imported.name}: ${local.name}`;
      });
      result += `${code.slice(from, node.start)}const { ${names.join(', ')} } = process.getBuiltinModule('${node.source.value}');`;
      from = node.end;
    }
    return (result + code.slice(from)).replace('createRequire(import.meta.url)', 'process.getBuiltinModule');
  },
};

/** Makes functions of the modules of a bundle. */
const partsAsFunctions: RolldownPlugin = {
  name: 'parts-as-functions',
  renderChunk(code) {
    return asFunction(code, this.parse(code).body);
  },
};

/**
 * Bundles TypeScript files of the project, by the names that the results are to have.
 * @param external packages that stay what is imported; Node's own modules always do
 * @throws Error when the source does not compile, or imports what is not there
 */
export async function bundle(
  entries: Readonly<Record<string, string>>,
  dir: string,
  external: readonly string[],
): Promise<void> {
  const output: OutputOptions = {
    dir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'parts/[name]-[hash].js',
    codeSplitting: { groups: [{ name: 'stack', test: STACK }] },
  };
  const made = await rolldown(settings({ ...entries }, external, [constantFunctions(['stack'])], false));
  await made.write(output);
  await made.close();
}

/** Less to read at every start; names are kept for stack traces. */
const minify = { compress: false, mangle: false, codegen: { removeWhitespace: true } };

/**
 * Bundles the command: `main.cjs`, which a start finds first, and parts that only the commands which need them load. What reading a capture needs is three files and no more, however many share parts
 * of it: each file takes a fraction of a millisecond to find.
 * @returns the paths of all modules in it
 */
export async function bundleCommand(dir: string, external: readonly string[]): Promise<string[]> {
  const command = await neededBy(COMMAND_LINE, external);
  const reading = await neededBy('src/cli/commands/read.ts', external);
  const filtering = await neededBy('src/cli/frame-filter.ts', external);
  const made = await rolldown(
    settings({ 'command-line': COMMAND_LINE }, external, [lightBuiltins, constantFunctions(), partsAsFunctions], true),
  );
  const { output } = await made.write({
    dir: join(dir, 'parts'),
    format: 'esm',
    // What is in a part is in its name: the engine's code is kept by that.
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: '[name]-[hash].js',
    minify,
    codeSplitting: {
      groups: [
        { name: 'command', test: (id) => command.has(id) },
        { name: 'ground', test: (id) => GROUND.test(id) && reading.has(id) },
        { name: 'reading', test: (id) => reading.has(id) },
        { name: 'filtering', test: (id) => filtering.has(id) },
      ],
    },
  });
  await made.close();
  const chunks = output.filter((file) => file.type === 'chunk');
  const first = chunks.find(({ isEntry }) => isEntry)!.fileName;
  await bundleAlone('src/cli/packed/main.ts', join(dir, 'main.cjs'), 'cjs', external, {
    COMMAND_LINE: JSON.stringify(first),
  });
  await bundleAlone('src/cli/lines/worker.ts', join(dir, 'parts/line-worker.js'), 'esm', external);
  return chunks.flatMap(({ moduleIds }) => moduleIds);
}

/** Bundles what is run by itself, with all that it needs: a file of its own. */
async function bundleAlone(
  entry: string,
  file: string,
  format: 'esm' | 'cjs',
  external: readonly string[],
  define: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { transform, ...rest } = settings({ entry }, external, [lightBuiltins, constantFunctions()], true);
  const made = await rolldown({ ...rest, transform: { ...transform, define } });
  await made.write({ file, format, minify });
  await made.close();
}

/** The paths of the modules of which something is needed to begin with a module: what it loads later is left out. */
async function neededBy(path: string, external: readonly string[]): Promise<ReadonlySet<string>> {
  const made = await rolldown(settings({ entry: path }, external, [], true));
  const { output } = await made.generate({ format: 'esm' });
  await made.close();
  const chunks = new Map(output.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file] as const] : [])));
  const needed = new Set<string>();
  const waiting = ['entry.js'];
  for (const name of waiting) {
    const chunk = chunks.get(name);
    if (chunk === undefined) continue;
    for (const id of chunk.moduleIds) if (id !== join(root, path)) needed.add(id);
    waiting.push(...chunk.imports.filter((each) => !waiting.includes(each)));
  }
  return needed;
}

/**
 * How everything is bundled.
 * @param isPure modules of which nothing is used are left out, as no module of the project does anything by being imported
 */
const settings = (
  input: Record<string, string>,
  external: readonly string[],
  plugins: RolldownPlugin[],
  isPure: boolean,
): InputOptions => ({
  cwd: root,
  input,
  external: [...external, /^node:/],
  platform: 'node',
  plugins,
  transform: { target: 'node20' },
  treeshake: { moduleSideEffects: !isPure },
  // How long plugins take is no warning.
  checks: { pluginTimings: false },
  onLog: (level, log) => {
    if (level === 'warn') process.stderr.write(`${log.message}\n`);
  },
});
