/**
 * A process that runs tests against breakages: it is sent a bundle, measures once which test reaches which breakage, and then tries those it is told to,
 * each on modules of its own. A breakage that never comes back is ended by ending the process.
 */
import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
import { expect } from 'vitest';

/** What the player is asked, and what it answers. */
export type Request =
  | { readonly kind: 'measure'; readonly code: string; readonly count: number }
  | { readonly kind: 'load'; readonly code: string }
  | { readonly kind: 'try'; readonly id: number; readonly tests: readonly number[] };
export type Answer =
  | { readonly kind: 'measured'; readonly tests: readonly Measured[]; readonly whileLoading: readonly number[] }
  | { readonly kind: 'loaded' }
  /** `by` is the test that failed; -1 when already loading did; undefined when all passed. */
  | { readonly kind: 'tried'; readonly by: number | undefined };

/** A test, how long it took in milliseconds, and which breakages it reached. */
export interface Measured {
  readonly name: string;
  readonly passes: boolean;
  readonly milliseconds: number;
  readonly reached: readonly number[];
}

interface TestCase {
  readonly name: string;
  readonly body: () => unknown;
}

type Script = (require: NodeJS.Require, stand: unknown, on: number, seen: (id: number) => false) => void;

const require = createRequire(import.meta.url);
let script: Script | undefined;

const compile = (code: string): Script =>
  runInThisContext(`(function (require, $stand, $on, $seen) { const module = { exports: {} };\n${code}\n})`) as Script;

/** Fresh modules with the breakage `on`, and their tests. */
function load(run: Script, on: number, seen: (id: number) => false): TestCase[] {
  const tests: TestCase[] = [];
  const add = (name: string, body: () => unknown): void => void tests.push({ name, body });
  const each =
    (rows: readonly unknown[]) =>
    (name: string, body: (...row: unknown[]) => unknown): void => {
      for (const row of rows) add(`${name} ${JSON.stringify(row)}`, () => body(...(Array.isArray(row) ? row : [row])));
    };
  const test = Object.assign(add, { each, skip: () => undefined });
  const describe = (_name: string, body: () => void): void => body();
  // What comes after a test is not the test's: the audit of its segments would notice breakages that no test guards.
  const after = (): void => {};
  run(require, { test, it: test, describe, expect, afterEach: after, afterAll: after }, on, seen);
  return tests;
}

async function measure(code: string, count: number): Promise<Answer> {
  const marks = new Uint8Array(count + 1);
  const seen = (id: number): false => {
    marks[id] = 1;
    return false;
  };
  const take = (): number[] => {
    const reached: number[] = [];
    for (let id = 1; id <= count; id++) if (marks[id]) reached.push(id);
    marks.fill(0);
    return reached;
  };
  const cases = load(compile(code), 0, seen);
  const whileLoading = take();
  const tests: Measured[] = [];
  for (const { name, body } of cases) {
    const start = performance.now();
    const passes = await passed(body);
    tests.push({ name, passes, milliseconds: performance.now() - start, reached: take() });
  }
  return { kind: 'measured', tests, whileLoading };
}

async function tryOut(id: number, wanted: readonly number[]): Promise<Answer> {
  let tests: TestCase[];
  try {
    tests = load(script!, id, () => false);
  } catch {
    return { kind: 'tried', by: -1 };
  }
  for (const index of wanted) if (!(await passed(tests[index]!.body))) return { kind: 'tried', by: index };
  return { kind: 'tried', by: undefined };
}

async function passed(body: () => unknown): Promise<boolean> {
  try {
    await body();
    return true;
  } catch {
    return false;
  }
}

async function answer(request: Request): Promise<Answer> {
  if (request.kind === 'measure') return measure(request.code, request.count);
  if (request.kind === 'try') return tryOut(request.id, request.tests);
  script = compile(request.code);
  return { kind: 'loaded' };
}

// What a broken program rejects with, and nobody waits for, is no failure of the player.
process.on('unhandledRejection', () => undefined);
process.on('message', (request: Request) => {
  answer(request).then(
    (each) => process.send!(each),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
      process.exit(1);
    },
  );
});
