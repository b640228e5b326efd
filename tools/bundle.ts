/**
 * Bundles the library as the package ships it, and what is measured against it. Not here: what becomes of the result (build.ts, bench/run.ts).
 *
 * Why a bundle, and why this one: what a module imports is a variable to the engine, loaded and looked at anew at each use; what stands as `const` in the same file is a constant, which
 * it folds, inlines and forgets. Half of a segment's way through the stack is small functions and numbers of other modules: compiled, a round trip takes a sixth fewer instructions than in a
 * bundle that turns `const` into `var`, as some bundlers do.
 */
import { fileURLToPath } from 'node:url';
import { type OutputOptions, type RolldownPlugin, rolldown } from 'rolldown';

/** The folder of the project. */
const root: string = fileURLToPath(new URL('..', import.meta.url));

/** The stack and all that it stands on: in one file, whatever shares parts of it. */
const STACK = /[\\/]src[\\/](?:core|wire|rules|speak)[\\/]/;

/**
 * Makes constants of the functions that the stack declares, too: as far as the engine knows, a declaration can be given another value (a round trip takes 3 % fewer instructions). A function that is called
 * above its declaration while the file is still being evaluated would not be there then: whoever imports the bundle once knows.
 */
const constantFunctions: RolldownPlugin = {
  name: 'constant-functions',
  renderChunk(code, { name }) {
    if (name !== 'stack') return null;
    let from = 0;
    let result = '';
    for (const node of this.parse(code).body) {
      if (node.type !== 'FunctionDeclaration' || node.id === null) continue;
      result += `${code.slice(from, node.start)}const ${node.id.name} = ${code.slice(node.start, node.end)};`;
      from = node.end;
    }
    return result + code.slice(from);
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
  const made = await rolldown({
    cwd: root,
    input: { ...entries },
    external: [...external, /^node:/],
    platform: 'node',
    plugins: [constantFunctions],
    transform: { target: 'node20' },
    onLog: (level, log) => {
      if (level === 'warn') process.stderr.write(`${log.message}\n`);
    },
  });
  await made.write(output);
  await made.close();
}
