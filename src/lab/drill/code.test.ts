import { expect, test } from 'vitest';
import { AssertionFailed, runCode, type Value } from './code.ts';
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
  'if 0: assert "a" - 1 == print_nothing\nif 1: pass',
])('%s holds', (text) => {
  expect(() => run(text)).not.toThrow();
});

test('an assertion that does not hold says what its names were, and its message', () => {
  expect(() => run('assert 1\nassert tcpi_rto < 1000, "slow"')).toThrow(AssertionFailed);
  expect(() => run('assert tcpi_rto < 1000, "slow"')).toThrow('assert tcpi_rto < 1000 (slow; tcpi_rto is 200000)');
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
