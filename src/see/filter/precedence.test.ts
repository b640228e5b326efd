/** What binds more tightly than what, as laws: an expression with the fewest parentheses means the same as the one with all of them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeFields } from '../../../test/fake-fields.ts';
import type { FieldValue } from '../dissect/field.ts';
import { compileFilter } from './index.ts';

type Logic =
  | { readonly is: 'field'; readonly name: string }
  | { readonly is: 'not'; readonly of: Logic }
  | { readonly is: 'and' | 'or' | 'xor'; readonly left: Logic; readonly right: Logic };

const NAMES = ['a', 'b', 'c', 'd'];

const { logic } = fc.letrec<{ logic: Logic }>((tie) => ({
  logic: fc.oneof(
    { maxDepth: 5 },
    fc.record({ is: fc.constant('field' as const), name: fc.constantFrom(...NAMES) }),
    fc.record({ is: fc.constant('not' as const), of: tie('logic') }),
    fc.record({
      is: fc.constantFrom('and' as const, 'or' as const, 'xor' as const),
      left: tie('logic'),
      right: tie('logic'),
    }),
  ),
}));

const truth = (node: Logic, set: ReadonlySet<string>): boolean => {
  if (node.is === 'field') return set.has(node.name);
  if (node.is === 'not') return !truth(node.of, set);
  const [left, right] = [truth(node.left, set), truth(node.right, set)];
  return node.is === 'and' ? left && right : node.is === 'or' ? left || right : left !== right;
};

const BINDS = { or: 1, xor: 2, and: 3, not: 4, field: 5 } as const;

/** With parentheses only where Wireshark's precedence (not, and, xor, or) needs them. */
function fewest(node: Logic, symbols: boolean): string {
  const inside = (child: Logic, least: number): string =>
    BINDS[child.is] < least ? `(${fewest(child, symbols)})` : fewest(child, symbols);
  if (node.is === 'field') return node.name;
  if (node.is === 'not') return `${symbols ? '!' : 'not '}${inside(node.of, BINDS.not)}`;
  const sign = symbols ? { and: '&&', or: '||', xor: '^^' }[node.is] : node.is;
  return `${inside(node.left, BINDS[node.is])} ${sign} ${inside(node.right, BINDS[node.is])}`;
}

describe('precedence', () => {
  const fields = fakeFields({ a: 'unsigned', b: 'unsigned', c: 'unsigned', d: 'unsigned' });
  const present = (set: ReadonlySet<string>): void => {
    for (const name of NAMES) fields.values[name] = set.has(name) ? [0] : [];
  };

  test('not binds more tightly than and, and than xor, xor than or', () => {
    fc.assert(
      fc.property(logic, fc.boolean(), fc.subarray(NAMES), (node, symbols, names) => {
        const set = new Set(names);
        present(set);
        expect(compileFilter(fewest(node, symbols), fields).test(fields.dissection)).toBe(truth(node, set));
      }),
      { numRuns: 1000 },
    );
  });

  const holds = (expression: string, values: Record<string, readonly FieldValue[]>): boolean => {
    for (const name of NAMES) fields.values[name] = values[name] ?? [];
    return compileFilter(expression, fields).test(fields.dissection);
  };

  test('a comparison binds more tightly than not', () => {
    expect(holds('not a == 1', { a: [2] })).toBe(true);
    expect(holds('!a == 1 && b', { a: [2], b: [0] })).toBe(true);
  });

  test('of calculations * binds most tightly, then +, then &, then comparisons', () => {
    expect(holds('a + 2 * 3 == 7', { a: [1] })).toBe(true);
    expect(holds('a & 2 + 1 == 3', { a: [7] })).toBe(true);
    expect(holds('{a + 2} * 3 == 9', { a: [1] })).toBe(true);
    expect(holds('a - 1 - 1 == 0', { a: [2] })).toBe(true);
    expect(holds('a / 2 * 2 == 4', { a: [5] })).toBe(true);
    expect(holds('-a + 3 == 1', { a: [2] })).toBe(true);
  });

  test('a chain of comparisons holds when each neighbouring pair does', () => {
    expect(holds('1 < a < b', { a: [2], b: [3] })).toBe(true);
    expect(holds('1 < a < b', { a: [2], b: [2] })).toBe(false);
    expect(holds('1 < a < b', { a: [1], b: [3] })).toBe(false);
  });
});
