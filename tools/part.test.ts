import { runInThisContext } from 'node:vm';
import { parseAst } from 'rolldown/parseAst';
import { expect, test } from 'vitest';
import { asFunction } from './part.ts';

type Part = (load: unknown, meta: unknown, installed: unknown) => Record<string, unknown>;

const part = (code: string): Part => runInThisContext(asFunction(code, parseAst(code).body)) as Part;

test('what a module imports is loaded by name, and what it exports is answered', () => {
  const asked: string[] = [];
  const load = (name: string): object => {
    asked.push(name);
    return { a: 20, b: 3 };
  };
  const code = `import { a as first, b } from './parts/other-1.js';
import './last-2.js';
const sum = first + b;
const load = 1, meta = 2, installed = 3;
const strict = (function () { return this === undefined; })();
export { sum as s, strict };`;
  expect(part(code)(load, {}, undefined)).toEqual({ s: 23, strict: true });
  expect(asked).toEqual(['other-1.js', 'last-2.js']);
});

test('import.meta is what the part is told, and what is imported later comes later, packages as a default', async () => {
  const code = `const where = import.meta.url;
const later = () => import('./other-1.js').then((n) => n.x);
const fetch = async () => (await import('koffi')).default;
export { fetch, later, where };`;
  const asked: string[] = [];
  const load = (name: string): object => {
    asked.push(name);
    return { x: 5 };
  };
  const { where, later, fetch } = part(code)(load, { url: 'file:///here' }, (name: string) => `package ${name}`);
  expect(where).toBe('file:///here');
  expect(asked).toEqual([]);
  expect(await (later as () => Promise<unknown>)()).toBe(5);
  expect(asked).toEqual(['other-1.js']);
  expect(await (fetch as () => Promise<unknown>)()).toBe('package koffi');
});

test.each([
  ["import { a } from 'koffi';", 'a part loads the package koffi when it needs it, with import()'],
  ["import * as all from './a.js';", './a.js: a part imports by names'],
  ["import one from './a.js';", './a.js: a part imports by names'],
  ['export const a = 1;', 'a part exports by a list, not export const a = 1;'],
  ["export { a } from './a.js';", "a part exports by a list, not export { a } from './a.js';"],
  ['export default 1;', 'a part has no ExportDefaultDeclaration'],
  ["export * from './a.js';", 'a part has no ExportAllDeclaration'],
  ['const load = (name) => import(name);', 'a part names what it imports'],
])('%s is refused', (code, message) => {
  expect(() => asFunction(code, parseAst(code).body)).toThrow(message);
});
