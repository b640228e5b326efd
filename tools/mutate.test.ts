import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isPlayable } from './mutate/bundle.ts';
import { EQUIVALENT, isEquivalent } from './mutate/equivalent.ts';
import { instrument, type Mutant } from './mutate/mutants.ts';

const root = new URL('..', import.meta.url).pathname;

const changes = (text: string): string[] =>
  instrument('a.ts', text, 1, (id) => `$on === ${id}`).mutants.map(({ from, to }) => `${from} -> ${to}`);

/** What a function of one argument answers with each breakage on, 0 for none. */
function answers(text: string, argument: number): unknown[] {
  const { text: broken, mutants } = instrument('a.ts', text, 1, (id) => `$on === ${id}`);
  return [0, ...mutants.map(({ id }) => id)].map((on) =>
    new Function('$on', 'x', `${broken}; return f(x);`)(on, argument),
  );
}

test('operators, conditions, numbers and statements are broken one at a time; nothing is when none is on', () => {
  expect(changes('if (a < 2) b();')).toEqual([
    '2 -> 2 + 1',
    'a < 2 -> (a) <= (2)',
    'a < 2 -> (a) >= (2)',
    'a < 2 -> true',
    'a < 2 -> false',
    'b(); -> nothing',
  ]);
  expect(answers('function f(x) { return x + 1; }', 5)).toEqual([6, 7, 4, undefined]);
  expect(answers('function f(x) { let y = 0; if (x > 4) y = 2; else y = 3; return y; }', 4)).toContain(0);
});

test('what makes an integer, names and types are left alone', () => {
  expect(changes('const a = b | 0;')).toEqual([]);
  expect(changes('const a = b >>> 0;')).toEqual([]);
  expect(changes('const a: 5 = { 1: b } as const;')).toEqual([]);
  expect(changes('type A = { a: 1 };')).toEqual([]);
});

test('comparisons of sequence numbers are moved by one', () => {
  expect(changes('const c = before(a, b);')).toEqual(['before(a, b) -> (before(a, b) || ((a) | 0) === ((b) | 0))']);
});

test('a breakage carries the labels of what it is in', () => {
  const text = `
    function f() {
      //= RFC 9293 §3.5 MUST-10, SHLD-2: a remark
      if (a) b();
      c();
    }
    //= RFC 9293 §3.5 MUST-11
    const g = () => d + e;
  `;
  const { mutants } = instrument('a.ts', text, 1, () => 'false');
  const labels = (from: string): Mutant['labels'] | undefined => mutants.find((mutant) => mutant.from === from)?.labels;
  expect(labels('b();')).toEqual(['MUST-10', 'SHLD-2']);
  expect(labels('c();')).toEqual([]);
  expect(labels('d + e')).toEqual(['MUST-11']);
});

test('a test file can be played that uses test and expect, itself or by what it imports, and nothing that needs all of vitest', () => {
  expect(isPlayable("import { expect, test } from 'vitest';")).toBe(true);
  expect(isPlayable("import { prove } from './prove.ts';")).toBe(true);
  expect(isPlayable("import { expect, test, vi } from 'vitest';")).toBe(false);
});

test('what is listed as equivalent can be made, and has its reason', () => {
  const made: Mutant[] = [];
  for (const file of new Set(EQUIVALENT.map((each) => each.file)))
    made.push(...instrument(file, readFileSync(join(root, file), 'utf8'), 1, () => 'false').mutants);
  const known = made.filter(isEquivalent);
  const lost = EQUIVALENT.filter(({ code, from }) => !known.some((each) => each.code === code && each.from === from));
  expect(lost).toEqual([]);
  for (const { why } of EQUIVALENT) expect(why).toMatch(/^[A-Z].{20,}\.$/);
});
