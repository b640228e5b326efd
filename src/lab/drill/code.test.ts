import { expect, test } from 'vitest';
import { CodeFailed, runCode } from './code.ts';
import type { Value } from './code-values.ts';
import { ScriptError } from './script-error.ts';
import { Unsupported } from './unsupported.ts';

function run(text: string): string[] {
  const names = new Map<string, Value>([
    ['tcpi_rto', 200_000],
    ['tcpi_state', 1],
  ]);
  const printed: string[] = [];
  runCode(
    { file: 'x.pkt', text },
    text,
    { at: 0, line: 1, column: 1 },
    {
      variables: new Map(),
      lookup: (name) => names.get(name),
      print: (line) => printed.push(line),
    },
  );
  return printed;
}

test.each([
  'assert tcpi_rto == 200000, tcpi_rto',
  'assert 1 < 2 <= 2 != 3',
  'assert not 1 == 2 and (0 or 5) == 5',
  'assert 7 // 2 == 3 and -7 // 2 == -4 and -7 % 3 == 2 and 7 / 2 == 3.5',
  'assert (tcpi_state | 4) & ~1 == 4 ^ 0 and 1 << 3 == 8 and 0x10 >> 2 == 4',
  'assert tcpi_state in (1, 2)\nassert tcpi_state not in [2, 3]; assert True',
  'x = tcpi_rto / 1000\nassert abs(x - 200) < 1 and max(x, 3) == 200 and min([x, 3]) == 3',
  'assert 3 in range(4) and 4 not in range(4) and range(1, 6, 2) == (1, 3, 5) and len(range(1000000000)) == 65536',
  'assert sum((1, 2, 3)) == 6 and any([0, 1]) and not all([0, 1]) and pow(2, 5) == 32',
  'assert (1 if tcpi_state else 2) == 1',
  'assert 1 or nobody_knows_this',
  "assert 'a' + 'b' == 'ab' and len('ab') == 2  # note",
  'assert (tcpi_state ==\n        1)',
  'x = 1; x += 2; x *= 3\nassert x == 9 and 2 ** 3 == 8 and -2 ** 2 == -4',
  'import math\nfrom os import path\nassert None is None and tcpi_rto is not None',
  'if tcpi_state == 1: x = 1; y = 2\nelse: assert False\nassert (x, y) == (1, 2)',
  'x = 0\nif tcpi_state == 2:\n    assert nobody_knows_this\n    x = 1\nelif tcpi_state == 1:\n    if x: x = 5\n    else:\n      x = 2\n    x += 1\nelse:\n    x = 9\nassert x == 3',
  'assert (1 / 0 if 0 else 5) == 5 and (5 if 1 else nobody_knows / 0) == 5',
  'assert (1 if 0 else 2 if 0 else 3) == 3 and ((1 if 0 else 2) if 1 else 3) == 2',
  'x = 0 and (1 / 0 + abs("a") + -"b" + ("a" < 1) + 0 ** -1)\nassert x == 0 and not (2 < 1 < "a")',
  'assert (1, 9) < (1, 10) and (1,) < (1, 0) and not (2,) < (1, 5) and "a" < "b" and (1, 2) <= (1, 2)',
  'if 0: assert "a" - 1 == print_nothing\nif 1: pass',
])('%s holds', (text) => {
  expect(() => run(text)).not.toThrow();
});

test('an assertion that does not hold says what its names were, and its message', () => {
  expect(() => run('assert 1\nassert tcpi_rto < 1000, "slow"')).toThrow(CodeFailed);
  expect(() => run('assert tcpi_rto < 1000, "slow"')).toThrow('assert tcpi_rto < 1000 (slow; tcpi_rto is 200000)');
});

test.each([
  ['assert 1/0', 'assert 1/0 (ZeroDivisionError: division by zero)'],
  ['assert not 1//0 ', 'assert not 1//0 (ZeroDivisionError: division by zero)'],
  ['x = 5%0; y = 1', 'x = 5%0 (ZeroDivisionError: division by zero)'],
  ['x = 1\nx /= 0', 'x /= 0 (ZeroDivisionError: division by zero; x is 1)'],
  [
    'if tcpi_rto/(tcpi_state - 1) > 5:\n  pass',
    'if tcpi_rto/(tcpi_state - 1) > 5: (ZeroDivisionError: division by zero; tcpi_rto is 200000, tcpi_state is 1)',
  ],
  ['assert 0 ** -1 > 0', 'assert 0 ** -1 > 0 (ZeroDivisionError: zero to a negative power)'],
  ['assert pow(0, -1)', 'assert pow(0, -1) (ZeroDivisionError: zero to a negative power)'],
  ['assert "a" < 1', 'assert "a" < 1 (TypeError: "a" and 1 have no order)'],
  ['assert 1 in 5', 'assert 1 in 5 (TypeError: nothing is in the number 5)'],
  ['assert not abs("a")', 'assert not abs("a") (TypeError: a number is wanted, not "a")'],
  ['assert not -"a"', 'assert not -"a" (TypeError: a number is wanted, not "a")'],
  ['assert not int("x")', 'assert not int("x") (ValueError: "x" is no number)'],
  ['assert max([])', 'assert max([]) (ValueError: max() of nothing)'],
  ['assert not len(1)', 'assert not len(1) (TypeError: only texts, tuples and lists have a length)'],
  ['assert range(1, 2, 0)', 'assert range(1, 2, 0) (ValueError: the third argument of range() is zero)'],
  ['assert 1 << -1', 'assert 1 << -1 (ValueError: bits cannot be moved by -1)'],
  ['print "%d" % "x"', 'print "%d" % "x" (TypeError: a number is wanted, not "x")'],
  ['assert 0', 'assert 0 (it does not hold)'],
])('%s fails, as in Python', (text, message) => {
  expect(() => run(text)).toThrow(CodeFailed);
  expect(() => run(text)).toThrow(message);
});

test.each([
  ['%5.2f|%-6.1f|%06.2f|%+d|%f', '1.5, 1.26, -1.5, 3, 2', ' 1.50|1.3   |-01.50|+3|2.000000'],
  ['%x %X %#x %o %5d|%-5d|%05d', '255, 255, 255, 8, 42, 42, -42', 'ff FF 0xff 10    42|42   |-0042'],
  [
    '%e %.1E %g %g %g %G',
    '1500, 0.00025, 1.5, 1 if 0 else 10000000, 0.00001, 0',
    '1.500000e+03 2.5E-04 1.5 1e+07 1e-05 0',
  ],
  ['%s|%5s|%-5s|%.2s|%d%%|%s', '"a", "b", "c", "defg", 2.9', 'a|    b|c    |de|2%|%s'],
])('"%s" is filled in as in Python', (text, values, printed) => {
  expect(run(`print "${text}" % (${values})`)).toEqual([printed]);
});

test('print, as in both Pythons', () => {
  expect(run('print tcpi_rto, "us"\nprint(tcpi_state)\nprint "rto %d %x" % (tcpi_rto, 255)')).toEqual([
    '200000 us',
    '1',
    'rto 200000 ff',
  ]);
});

test.each([
  ['assert nobody', ScriptError, /nobody knows the name nobody/],
  ['assert (1', ScriptError, /\) has to stand here/],
  ['assert 1 2', ScriptError, /too much/],
  ['for x in (1, 2): pass', Unsupported, /for/],
  ['import os\nos.system("x")', ScriptError, /nobody knows the name os/],
  ['assert "a".b == 1', Unsupported, /behind \./],
  ['print f"{tcpi_rto}"', Unsupported, /strings that begin with f/],
  ['if 1\n  assert 1', ScriptError, /: has to stand/],
  ['if 1:\nassert 1', ScriptError, /indented/],
  ['if 0: x = 1\nassert x', ScriptError, /nobody knows the name x/],
  [`assert ${'2**'.repeat(5_000)}2`, ScriptError, /nested deeper/],
  ['if 1: '.repeat(5_000), ScriptError, /nested deeper/],
  ['assert open("x")', Unsupported, /open\(\)/],
  [`assert ${'('.repeat(5_000)}`, ScriptError, /nested deeper/],
  [`assert ${'-'.repeat(5_000)}1`, ScriptError, /nested deeper/],
])('%.30s is refused', (text, kind, message) => {
  expect(() => run(text)).toThrow(kind);
  expect(() => run(text)).toThrow(message);
});
