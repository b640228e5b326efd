import { expect, test } from 'vitest';
import { checkLayers } from './layers.ts';

/** The messages about files given as `path: text`. */
function messages(files: Record<string, string>): string[] {
  const packages = { installed: ['koffi'], bundled: ['commander', 'vitest'] };
  return checkLayers(new Map(Object.entries(files)), packages).map(
    ({ file, line, message }) => `${file}:${line}: ${message}`,
  );
}

const importing = (from: string): string => `/** A file. */\nimport { a } from '${from}';\nexport const b = a;\n`;

/** One file with one import: what is said about it. */
const refusal = (file: string, from: string): string => messages({ [file]: importing(from) }).join('\n');

test.each([
  ['src/core/a.ts', './b.ts'],
  ['src/wire/a.ts', '../core/b.ts'],
  ['src/rules/a.ts', '../wire/b.ts'],
  ['src/speak/tcp/a.ts', '../../rules/b.ts'],
  ['src/speak/tcp/recovery/a.ts', '../congestion/b.ts'],
  ['src/speak/socket/a.ts', '../stack/b.ts'],
  ['src/speak/index.ts', './socket/b.ts'],
  ['src/see/diagram/a.ts', '../explain/b.ts'],
  ['src/see/filter/a.ts', '../dissect/b.ts'],
  ['src/lab/a.ts', '../see/capture/b.ts'],
  ['src/lab/a.ts', '../speak/stack/b.ts'],
  ['src/node/a.ts', '../lab/b.ts'],
  ['src/node/a.ts', 'node:fs'],
  ['src/node/a.ts', 'koffi'],
  ['src/cli/a.ts', '../node/b.ts'],
  ['src/cli/a.ts', 'commander'],
  ['src/core/a.test.ts', 'vitest'],
  ['src/core/a.test.ts', 'node:fs'],
  ['src/core/a.test.ts', '../../test/needs.ts'],
  ['src/speak/tcp/a.test.ts', '../link/b.ts'],
])('%s may import %s', (file, from) => {
  expect(refusal(file, from)).toBe('');
});

test.each([
  ['src/core/a.ts', '../wire/b.ts', 'core/ imports wire/'],
  ['src/wire/a.ts', '../rules/b.ts', 'wire/ imports rules/'],
  ['src/speak/tcp/a.ts', '../link/b.ts', 'speak/tcp/ imports speak/link/'],
  ['src/speak/tcp/a.ts', '../stack/b.ts', 'speak/tcp/ imports speak/stack/'],
  ['src/speak/link/a.ts', '../stack/b.ts', 'speak/link/ imports speak/stack/'],
  ['src/speak/stack/a.ts', '../socket/b.ts', 'speak/stack/ imports speak/socket/'],
  ['src/speak/tcp/a.ts', '../index.ts', 'speak/tcp/ imports speak/'],
  ['src/see/capture/a.ts', '../dissect/b.ts', 'see/capture/ imports see/dissect/'],
  ['src/see/filter/a.ts', '../analysis/b.ts', 'see/filter/ imports see/analysis/'],
  ['src/see/explain/a.ts', '../diagram/b.ts', 'see/explain/ imports see/diagram/'],
  ['src/see/analysis/a.ts', '../../speak/tcp/b.ts', 'speak and see never import one another'],
  ['src/speak/stack/a.ts', '../../see/capture/b.ts', 'speak and see never import one another'],
  ['src/speak/stack/a.test.ts', '../../see/capture/b.ts', 'speak and see never import one another'],
  ['src/speak/stack/a.ts', '../../lab/b.ts', 'speak/stack/ imports lab/'],
  ['src/speak/stack/a.ts', '../../node/b.ts', 'nothing imports node/ but cli/'],
  ['src/lab/a.ts', '../node/b.ts', 'nothing imports node/ but cli/'],
  ['src/node/a.ts', '../cli/b.ts', 'nothing imports cli/'],
  ['src/cli/a.ts', '../browser/b.ts', 'nothing imports browser/'],
  ['src/core/a.ts', 'node:fs', 'imports node:fs in core/'],
  ['src/core/a.ts', 'fs', 'imports fs in core/'],
  ['src/browser/a.ts', 'node:fs', 'browsers have no Node modules'],
  ['src/see/dissect/a.ts', 'commander', 'the library has no dependency'],
  ['src/node/a.ts', 'commander', 'an installed tcplab would not have'],
  ['src/cli/a.ts', 'left-pad', 'an installed tcplab would not have'],
  ['src/core/a.ts', '../../test/needs.ts', 'src/ stands on nothing outside itself'],
  ['src/core/a.test.ts', '../../bench/main.ts', 'src/ stands on nothing outside itself'],
])('%s may not import %s', (file, from, said) => {
  expect(refusal(file, from)).toContain(`${file}:2: `);
  expect(refusal(file, from)).toContain(said);
});

test('every way of importing is seen', () => {
  for (const text of [
    `export * from '../wire/b.ts';`,
    `import type { A } from '../wire/b.ts'; export type B = A;`,
    `export type B = import('../wire/b.ts').A;`,
    `import a = require('../wire/b.ts'); export const b = a;`,
  ]) {
    expect(messages({ 'src/core/a.ts': text })[0]).toContain('core/ imports wire/');
  }
  const loads = `export const load = () => import('./b.ts');`;
  expect(messages({ 'src/core/a.ts': loads })[0]).toContain('portable code loads nothing while it runs');
  expect(messages({ 'src/node/a.ts': loads })).toEqual([]);
});

test('a folder that nobody planned is refused', () => {
  expect(messages({ 'src/helpers/a.ts': '' })[0]).toContain('no layer has this file');
  expect(messages({ 'src/speak/misc/a.ts': '' })[0]).toContain('no layer has this file');
});

test('clocks, timers, chance and platforms are refused in portable code', () => {
  for (const [expression, name] of [
    ['Date.now()', 'Date'],
    ['new Date()', 'Date'],
    ['performance.now()', 'performance'],
    ['setTimeout(f, 1)', 'setTimeout'],
    ['setInterval(f, 1)', 'setInterval'],
    ['setImmediate(f)', 'setImmediate'],
    ['queueMicrotask(f)', 'queueMicrotask'],
    ['Math.random()', 'Math.random'],
    [`Math['random']()`, 'Math.random'],
    ['(({ random }) => random())(Math)', 'Math.random'],
    ['process.env', 'process'],
    ['Buffer.alloc(1)', 'Buffer'],
    [`globalThis['Date']`, 'globalThis'],
    ['crypto.randomUUID()', 'crypto'],
    ['console.log(1)', 'console'],
    ['({ Date })', 'Date'],
    ['(x = Date) => x', 'Date'],
    [`eval('1')`, 'eval'],
    [`new Function('1')`, 'Function'],
  ] as const) {
    const files = { 'src/speak/tcp/a.ts': `export const x = 1;\nexport const y = ${expression};\n` };
    expect(messages(files).join('\n'), expression).toContain(`src/speak/tcp/a.ts:2: ${name} in portable code`);
    expect(messages({ 'src/speak/tcp/a.test.ts': files['src/speak/tcp/a.ts'] }), expression).toEqual([]);
    expect(messages({ 'src/node/a.ts': files['src/speak/tcp/a.ts'] }), expression).toEqual([]);
  }
});

test('names of properties and of the file itself are not the platform', () => {
  const text = `
    /** Date, process. */
    export interface Frame { process: number; Date(): void }
    export const a = (f: Frame) => f.process + Math.floor(1.5);
    export const b = { console: 'Date.now()', setTimeout() { return 1; } };
    export function c(process: number): number { const crypto = process; return crypto; }
    export class D { Buffer = 1; }
  `;
  expect(messages({ 'src/core/a.ts': text })).toEqual([]);
  const elsewhere = 'export function f(process: number) { return process; }\nexport const g = process;';
  expect(messages({ 'src/core/a.ts': elsewhere })).toHaveLength(1);
});

test('an import cycle is told once, with its way round', () => {
  const said = messages({
    'src/core/a.ts': importing('./b.ts'),
    'src/core/b.ts': importing('./c.ts'),
    'src/core/c.ts': importing('./a.ts'),
    'src/core/d.ts': importing('./a.ts'),
  });
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts');
  const mutual = { 'src/core/a.ts': importing('./b.ts'), 'src/core/b.ts': "import type { A } from './a.ts';" };
  expect(messages(mutual)).toEqual([]);
  expect(messages({ ...mutual, 'src/core/b.ts': "import { type A } from './a.ts';" })).toHaveLength(1);
});
