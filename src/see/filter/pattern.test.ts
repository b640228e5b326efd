/** Patterns against JavaScript's own regular expressions, wherever those mean the same. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeAutomaton } from './automaton.ts';
import {
  MAX_KEPT_STATES,
  MAX_PATTERN_INPUT,
  MAX_PATTERN_LENGTH,
  MAX_PATTERN_NESTING,
  MAX_PATTERN_STATES,
} from './limits.ts';
import { readPattern } from './pattern.ts';

const octets = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

function matches(pattern: string, text: string): boolean {
  const program = readPattern(octets(pattern));
  if ('problem' in program) throw new Error(program.problem);
  return makeAutomaton(program).matches(octets(text));
}

function problem(pattern: string): string {
  const program = readPattern(new TextEncoder().encode(pattern));
  return 'problem' in program ? program.problem : 'none';
}

const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(
      'a',
      'b',
      'A',
      'c',
      '.',
      '[ab]',
      '[^a]',
      '[a-c]',
      '\\d',
      '\\w',
      '\\W',
      '\\s',
      '\\.',
      '\\x61',
      '0',
      ' ',
    ),
    fc.constantFrom('^', '$', '\\b', '\\B', ''),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{0,}', '*?', '+?'))
      .map(([a, q]) => `(?:${a})${q}`),
  ),
}));
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'C', 'd', '0', ' ', '.', '_', '\xe9'), maxLength: 12 });

describe('patterns', () => {
  test('match what a regular expression matches', () => {
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        expect(matches(source, subject)).toBe(new RegExp(source, 'i').test(subject));
      }),
      { numRuns: 3000 },
    );
  });

  test('an automaton gives the same answer for a text whatever texts it has seen', () => {
    fc.assert(
      fc.property(pattern, fc.array(text, { maxLength: 6 }), (source, subjects) => {
        const program = readPattern(octets(source));
        if ('problem' in program) throw new Error(program.problem);
        const automaton = makeAutomaton(program);
        for (const subject of subjects)
          expect(automaton.matches(octets(subject))).toBe(new RegExp(source, 'i').test(subject));
      }),
    );
  });

  test.each([
    ['(?-i)Ab', 'ab', false],
    ['(?-i)Ab', 'xAb', true],
    ['(?-i:a)b', 'aB', true],
    ['a(?-i)b', 'AB', false],
    ['a.b', 'a\nb', false],
    ['(?s)a.b', 'a\nb', true],
    ['a$', 'a\n', true],
    ['a$', 'a\n\n', false],
    ['a\\z', 'a\n', false],
    ['a\\Z', 'a\n', true],
    ['^b', 'a\nb', false],
    ['(?m)^b$', 'a\nb\nc', true],
    ['(?m)^$', 'a\n', false],
    ['\\Aa', 'ba', false],
    ['(?x) a b # both', 'ab', true],
    ['\\Qa.b\\E+', 'a.bbb', true],
    ['\\Qa.b\\E', 'axb', false],
    ['[[:digit:][:punct:]]', 'x!', true],
    ['[[:^alpha:]]', 'abc', false],
    ['[]a]', ']', true],
    ['[a-]', '-', true],
    ['[^]a]', ']a', false],
    ['\\x{48}\\110', 'HH', true],
    ['[\\x00-\\x1f]', 'a\x07', true],
    ['a{,2}', 'a{,2}', true],
    ['a{x', 'a{x', true],
    ['(?<word>a)b', 'ab', true],
    ['\\R', '\r\n', true],
    ['(a*)*b', 'aaaa', false],
    ['((a|b)*c|(a|ba)*)*d', 'ababcbad', true],
  ])('%s on %j: %s', (source, subject, expected) => {
    expect(matches(source, subject)).toBe(expected);
  });

  test.each([
    ['(', 'missing closing parenthesis'],
    ['a)', 'a closing parenthesis without an opening one'],
    ['[a', 'missing closing bracket'],
    ['[z-a]', 'a range of a class goes from a lower to a higher character'],
    ['*a', '"*" has nothing before it to repeat'],
    ['a{3,2}', 'in the repetition {3,2} the numbers are out of order'],
    ['(?=a)', 'lookahead and lookbehind are not supported'],
    ['(?<!a)', 'lookahead and lookbehind are not supported'],
    ['(a)\\1', 'back references are not supported'],
    ['a++', 'possessive quantifiers are not supported'],
    ['\\p{L}', '\\p is not supported'],
    ['\\', 'a backslash at the end escapes nothing'],
    ['[[:nosuch:]]', '[:nosuch:] is not a class'],
    ['[[:constructor:]]', '[:constructor:] is not a class'],
    ['(?q)a', '(?q) is not supported; the switches are i, m, s and x'],
  ])('%s is refused: %s', (source, expected) => {
    expect(problem(source)).toBe(expected);
  });
});

describe('limits of patterns', () => {
  test('length', () => {
    expect(problem('a'.repeat(MAX_PATTERN_LENGTH + 1))).toContain('is the limit');
  });

  test('states, also of repetitions of repetitions, and of repetitions of nothing', () => {
    expect(problem(`a{${MAX_PATTERN_STATES - 1}}`)).toBe('none');
    expect(problem(`a{${MAX_PATTERN_STATES}}`)).toContain('states');
    expect(problem('((((a{99}){99}){99}){99}){99}')).toContain('states');
    expect(problem('(((((){999}){999}){999}){999}){999}')).toBe('none');
    expect(problem('a{1001}')).toContain('over the limit');
  });

  test('nesting', () => {
    expect(problem('('.repeat(MAX_PATTERN_NESTING) + ')'.repeat(MAX_PATTERN_NESTING))).toBe('none');
    expect(problem('('.repeat(MAX_PATTERN_NESTING + 1) + ')'.repeat(MAX_PATTERN_NESTING + 1))).toContain('nested');
    expect(problem(`a${'{1}'.repeat(300)}`)).toContain('repetitions of repetitions');
  });

  test('input: what lies behind the limit is not searched', () => {
    const long = new Uint8Array(MAX_PATTERN_INPUT + 10).fill(97);
    long[MAX_PATTERN_INPUT - 1] = 98;
    long[MAX_PATTERN_INPUT + 1] = 99;
    const search = (source: string): boolean => {
      const program = readPattern(octets(source));
      return !('problem' in program) && makeAutomaton(program).matches(long);
    };
    expect(search('b')).toBe(true);
    expect(search('c')).toBe(false);
  });

  test('what takes backtracking forever takes one pass', () => {
    expect(matches('^(a+)+$', `${'a'.repeat(50_000)}!`)).toBe(false);
    expect(matches('(a|a)*b', 'a'.repeat(50_000))).toBe(false);
    expect(matches('(.*)(.*)(.*)(.*)[^a]x', 'a'.repeat(50_000))).toBe(false);
  });

  test('more sets of states than are kept', () => {
    // After an a anything for 12 octets, then b: a set of states for each of the 4,096 ways the a's can lie.
    let seed = 1;
    let noise = '';
    for (let i = 0; i < 20_000; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      noise += (seed >> 16) & 1 ? 'a' : 'c';
    }
    const program = readPattern(octets('a.{12}b'));
    if ('problem' in program) throw new Error(program.problem);
    const automaton = makeAutomaton(program);
    for (let i = 0; i < 10; i++) {
      expect(automaton.matches(octets(noise.slice(i * 1000)))).toBe(false);
      expect(automaton.matches(octets(`${noise}a123456789012b`))).toBe(true);
      expect(automaton.kept).toBeLessThan(MAX_KEPT_STATES);
    }
  });
});
