/**
 * `npm run mutate`: breaks src/speak/tcp one line at a time and runs the tests that reach the line; what breaks no test is guarded by none. A breakage where a MUST of RFC 9293
 * is cited may not survive. Prints the survivors with their places.
 *
 * ```sh
 * npm run mutate                                         # every breakage: some minutes
 * npm run mutate -- src/speak/tcp/windows.ts             # of one file
 * npm run mutate -- --must                               # only where a MUST or SHLD is cited
 * npm run mutate -- --sample 200 --seed 7 --workers 2
 * npm run mutate -- src/see/filter/check.ts --tests src/see/filter --slow 2000
 * ```
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { below, seeded } from '../src/core/random.ts';
import { type Bundle, bundleTests, isPlayable } from './mutate/bundle.ts';
import { isEquivalent } from './mutate/equivalent.ts';
import type { Mutant } from './mutate/mutants.ts';
import type { Answer, Measured, Request } from './mutate/player.ts';
import { readSources } from './problem.ts';
import { wholeNumber } from './whole-number.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is broken, and which tests are to notice. */
const BROKEN = 'src/speak/tcp';
const TESTS = ['src/speak/tcp', 'src/speak/stack', 'src/speak/socket', 'test/conformance', 'test/drill'];
/** Tests of other things, or of the tests themselves. */
const NOT_TESTS = ['test/conformance/cells/cells.test.ts'];

/** How long a breakage may keep its tests busy before it counts as noticed: so many times as long as they take, and this. */
const PATIENCE = 8;
const GRACE = 5_000;

const command = new Command('npm run mutate --')
  .usage('[options] [file...]')
  .description(
    'Breaks lines one at a time and runs the tests that reach them: what breaks no test is guarded by none. Fails when a line survives where a MUST is cited.',
  )
  .argument('[file...]', `whose lines are broken; default: all of ${BROKEN}`)
  .option('--must', 'only where a MUST or SHLD is cited', false)
  .option('--sample <count>', 'so many breakages, drawn by the seed', wholeNumber(0))
  .option('--seed <number>', 'what draws them', wholeNumber(0), 1)
  .option('--workers <count>', 'processes that try them', wholeNumber(1), 1)
  .option('--tests <folders>', 'of the tests that are to notice, with commas between', TESTS.join(','))
  .option('--slow <milliseconds>', 'tests that take longer are left out', wholeNumber(0), 250)
  .option('--list', 'names the breakages and runs nothing', false)
  .option('--verbose', 'says of each what noticed it', false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();

/** What the command line says. */
interface Options {
  readonly must: boolean;
  readonly sample?: number;
  readonly seed: number;
  readonly workers: number;
  readonly tests: string;
  readonly slow: number;
  readonly list: boolean;
  readonly verbose: boolean;
}

const options = command.opts<Options>();

/** A process with a player. */
class Player {
  #process: ChildProcess | undefined;
  readonly #code: string;

  constructor(code: string) {
    this.#code = code;
  }

  /** What the player answers; undefined when it did not by then, and was ended. */
  async ask(request: Request, milliseconds: number): Promise<Answer | undefined> {
    if (this.#process === undefined && request.kind === 'try')
      await this.ask({ kind: 'load', code: this.#code }, 60_000);
    this.#process ??= fork(join(root, 'tools/run.mjs'), ['tools/mutate/player.ts'], {
      cwd: root,
      serialization: 'advanced',
    });
    const child = this.#process;
    return new Promise((resolve) => {
      const settle = (answer: Answer | undefined): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        if (answer === undefined) this.end();
        resolve(answer);
      };
      const timer = setTimeout(settle, milliseconds, undefined);
      child.on('message', (answer: Answer) => settle(answer));
      child.on('exit', () => settle(undefined));
      child.send(request);
    });
  }

  end(): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }
}

/** Which tests reach a breakage, the quick ones first. */
function reaching(tests: readonly Measured[], whileLoading: readonly number[], limit: number): Map<number, number[]> {
  const byId = new Map<number, number[]>();
  const usable = tests
    .map((test, index) => ({ ...test, index }))
    .filter(({ passes, milliseconds }) => passes && milliseconds <= limit)
    .sort((a, b) => a.milliseconds - b.milliseconds);
  for (const { reached, index } of usable) for (const id of reached) push(byId, id, index);
  // What is reckoned while modules load may matter to any test.
  for (const id of whileLoading)
    byId.set(
      id,
      usable.map(({ index }) => index),
    );
  return byId;
}

const push = (map: Map<number, number[]>, key: number, value: number): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};

/** The breakages to try: those asked for, perhaps some of them. */
function chosen(mutants: readonly Mutant[]): Mutant[] {
  let list = mutants.filter((mutant) => !options.must || mutant.labels.length > 0);
  if (options.sample !== undefined) {
    const random = seeded(options.seed);
    const pool = [...list];
    list = [];
    for (let left = options.sample; left > 0 && pool.length > 0; left--)
      list.push(...pool.splice(below(random, pool.length), 1));
  }
  return list;
}

const describe = ({ file, line, from, to, labels }: Mutant): string =>
  `${file}:${line}: ${from}  ->  ${to}${labels.length > 0 ? `  [${labels.join(', ')}]` : ''}`;

async function main(): Promise<number> {
  const sources = [...readSources(root, [BROKEN], '.ts').keys()].filter((file) => !file.endsWith('.test.ts'));
  const files = command.args.length === 0 ? sources : command.args;
  const tests = [...readSources(root, options.tests.split(','), '.test.ts')]
    .filter(([file, text]) => !NOT_TESTS.includes(file) && isPlayable(text))
    .map(([file]) => file);
  const bundle: Bundle = await bundleTests(root, files, tests, false);
  const mutants = chosen(bundle.mutants);
  if (options.list) {
    for (const mutant of mutants) process.stdout.write(`${describe(mutant)}\n`);
    return 0;
  }

  const measuring = new Player('');
  const { code } = await bundleTests(root, files, tests, true);
  const measured = await measuring.ask({ kind: 'measure', code, count: bundle.mutants.length }, 600_000);
  measuring.end();
  if (measured?.kind !== 'measured') throw new Error('the tests did not run to their end');
  const failing = measured.tests.filter(({ passes }) => !passes);
  for (const { name } of failing) process.stderr.write(`left out, since it fails anyway: ${name}\n`);
  const reached = reaching(measured.tests, measured.whileLoading, options.slow);

  const survivors: Mutant[] = [];
  const queue = [...mutants];
  /** Tests that noticed something lately notice more. */
  const lately: number[] = [];
  let done = 0;
  const work = async (): Promise<void> => {
    const player = new Player(bundle.code);
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const all = reached.get(mutant.id) ?? [];
      const first = lately.filter((index) => all.includes(index));
      const order = [...first, ...all.filter((index) => !first.includes(index))];
      const usual = order.reduce((sum, index) => sum + measured.tests[index]!.milliseconds, 0);
      const answer =
        order.length === 0
          ? { kind: 'tried' as const, by: undefined }
          : await player.ask({ kind: 'try', id: mutant.id, tests: order }, GRACE + PATIENCE * usual);
      const by = answer?.kind === 'tried' ? answer.by : -1;
      if (by === undefined && !isEquivalent(mutant)) survivors.push(mutant);
      if (by !== undefined && by >= 0) {
        if (lately.includes(by)) lately.splice(lately.indexOf(by), 1);
        lately.unshift(by);
        lately.length = Math.min(lately.length, 12);
      }
      if (options.verbose)
        process.stderr.write(
          `${describe(mutant)}: ${by === undefined ? 'SURVIVES' : (measured.tests[by]?.name ?? 'stuck')}\n`,
        );
      done++;
      if (done % 200 === 0) process.stderr.write(`${done} of ${mutants.length} tried, ${survivors.length} survive\n`);
    }
    player.end();
  };
  await Promise.all(Array.from({ length: options.workers }, work));

  survivors.sort((a, b) => a.id - b.id);
  for (const mutant of survivors)
    process.stdout.write(`${describe(mutant)}${reached.has(mutant.id) ? '' : '  (no test reaches it)'}\n`);
  const must = survivors.filter(({ labels }) => labels.some((label) => label.startsWith('MUST')));
  process.stdout.write(
    `${mutants.length} breakages, ${survivors.length} survive, ${must.length} of them where a MUST is cited.\n`,
  );
  return must.length > 0 ? 1 : 0;
}

process.exitCode = await main();
