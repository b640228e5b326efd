/** The tests and all they import, in one script, with the breakages of some files in place and vitest's `test` and `expect` left to whoever runs it. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { instrument, type Mutant } from './mutants.ts';

/** A script that is the body of a function of `require`, `$stand`, `$on` and `$seen`: see player.ts. */
export interface Bundle {
  readonly code: string;
  readonly mutants: readonly Mutant[];
}

/** What of vitest there is a stand-in for: see player.ts. */
const STAND_IN = ['test', 'it', 'describe', 'expect', 'afterEach', 'afterAll'];

/** Whether a test file can be played: it uses nothing else of vitest (no clock of its own, no preparation). */
export function isPlayable(text: string): boolean {
  const [, names] = /import \{([^}]*)\} from 'vitest'/.exec(text) ?? [];
  return names === undefined || names.split(',').every((name) => STAND_IN.includes(name.trim()));
}

/**
 * Bundles tests.
 * @param files what is broken, as paths from `root`
 * @param tests test files, as paths from `root`
 * @param measures whether breakages are to say that they were reached, instead of being switched on
 */
export async function bundleTests(
  root: string,
  files: readonly string[],
  tests: readonly string[],
  measures: boolean,
): Promise<Bundle> {
  const texts = new Map<string, string>();
  const mutants: Mutant[] = [];
  const isOn = measures ? (id: number) => `$seen(${id})` : (id: number) => `$on === ${id}`;
  for (const file of files) {
    const instrumented = instrument(file, readFileSync(join(root, file), 'utf8'), mutants.length + 1, isOn);
    texts.set(file, instrumented.text);
    mutants.push(...instrumented.mutants);
  }
  const { outputFiles } = await build({
    stdin: { contents: tests.map((test) => `import ${JSON.stringify(`./${test}`)};`).join('\n'), resolveDir: root },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
    plugins: [
      {
        name: 'breakages',
        setup({ onLoad, onResolve }) {
          onResolve({ filter: /^vitest$/ }, () => ({ path: 'vitest', namespace: 'stand-in' }));
          onLoad({ filter: /.*/, namespace: 'stand-in' }, () => ({
            contents: `export const { ${STAND_IN.join(', ')} } = $stand;`,
          }));
          onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }) => {
            const name = relative(root, path).split(sep).join('/');
            const text = texts.get(name) ?? readFileSync(path, 'utf8');
            const contents = text
              .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
              .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)));
            return { contents, loader: 'ts' };
          });
        },
      },
    ],
  });
  return { code: outputFiles[0]!.text, mutants };
}
