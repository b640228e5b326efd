/** What is wrong, said and pointed at: every kind of mistake, with its whole message kept in test/golden/filter-errors.txt. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TcplabError } from '../../core/errors.ts';
import { compileFilter, FilterError } from './index.ts';

const GOLDEN = fileURLToPath(new URL('../../../test/golden/filter-errors.txt', import.meta.url));

const MISTAKES = [
  // Names.
  'tcp.prt == 7456',
  'TCP.PORT == 7456',
  'tcp.nosuch == 4',
  'Tcp',
  '_ws.col.info',
  'tcp.srcport == tcp.dstprt',
  'tcp.len-2 == 10',
  '.tcp.nosuch == 1',
  'lenght(tcp.payload) > 3',
  'nosuch(tcp.port) == 1',
  // Something missing.
  'tcp.port ==',
  'tcp and',
  '(tcp',
  'tcp and {tcp.len + 1',
  'len(tcp.payload',
  'any tcp.port',
  'tcp.payload contains "unclosed',
  "tcp.payload contains 'H",
  'tcp.payload[0:5 == "Hello"',
  'tcp.port in {80, 443',
  // Something too much, or elsewhere.
  'and tcp',
  'tcp udp',
  'tcp, udp',
  'tcp.len == 12;',
  'tcp.len == 12 )',
  '()',
  'tcp.port == 80 | udp',
  'tcp ^ udp',
  '@tcp.port == 80',
  'tcp.port == $' + '{tcp.srcport}',
  'tcp.payload contains “Hello”',
  'tcp.len == 12 # comment',
  'tcp.port EQ 7456',
  'tcp AND udp',
  'any not tcp.port == 80',
  'tcp.port == 7456 in {1}',
  'tcp.port in (80)',
  'tcp.port in 80',
  'tcp.port in {}',
  'tcp.port in {80, 443,}',
  'tcp.port in {80 443}',
  '(tcp == udp) == 1',
  // Another language.
  'port 80',
  'tcp port 80',
  'host 10.0.0.1',
  'dst host 10.0.0.1',
  'ether host 02:00:00:00:00:01',
  // Literals.
  'tcp.port == 99999',
  'tcp.port == htp',
  'tcp.port == "7456"',
  'tcp.port == 7456.5',
  'tcp.port == 08',
  'tcp.port == 0o17',
  'tcp.port in {7000-7999}',
  'tcp.port in {80..70}',
  'tcp.port in {tcp.srcport..80}',
  'tcp.seq == 99999999999999999999',
  'tcp.flags == "SYN"',
  'tcp.flags.syn == yes',
  'ip.addr == "127.0.0.1"',
  'ip.addr == 10.1',
  'ip.addr == ::1',
  'ip.addr == 10.0.0.0/33',
  'ip.addr == example.org',
  'ip.addr in {10.0.0.0/8..11.0.0.0/8}',
  'ipv6.addr == 127.0.0.1',
  'ipv6.addr == fe80::/129',
  'eth.src == 00:00',
  'tcp[0:2] == 0x1d20',
  'tcp[0] == 127',
  'tcp.payload contains Hello',
  "tcp.payload contains 'ab'",
  "tcp.payload contains ''",
  'tcp.payload contains "\\q"',
  'frame.time_relative > 1min',
  'frame.time == "garbage"',
  'frame.time >= 1795980336',
  "frame.time == '2'",
  'frame.time < "Nov 31, 2026 00:00:00"',
  'ip.proto == TPC',
  // Types.
  '1 == 1',
  '80',
  '"Hello"',
  'ip.src == tcp.srcport',
  'tcp.seq == frame.time_relative',
  'frame.time == frame.time_epoch',
  'frame.time + 1 > "2026-11-29"',
  'frame.time contains "2026"',
  'tcp.port contains "7"',
  'ip.src matches "127"',
  'tcp.payload matches hello',
  'tcp.payload matches "h("',
  'tcp.payload matches "(?=h)hello"',
  'tcp.payload matches r"(h)\\1"',
  'tcp.flags.syn + 1 == 2',
  'ip.src + 1 == ip.dst',
  'frame.time_relative * 2 > 1',
  'ip.addr & 10.0.0.0/8',
  'tcp.len == 5 / 0',
  // Slices and layers.
  'tcp.port[0] == 1d',
  'tcp.payload[]',
  'tcp.payload[a]',
  'tcp.payload[3-1]',
  'tcp.payload[-3-11]',
  'tcp.payload[0:0]',
  'tcp.port == 7456#1',
  // Functions.
  'len(tcp)',
  'len() == 1',
  'len(5) == 1',
  'len(tcp.port) == 2',
  'count(ip.addr, tcp.port) == 2',
  'count(tcp.len + 1) == 1',
  'upper(tcp.port) == "A"',
  'max(tcp.port, ip.addr) == 1',
];

function mistake(expression: string): FilterError {
  try {
    compileFilter(expression);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error(`${expression} is a filter`);
}

test('every mistake has a message that points at it', async () => {
  const messages = MISTAKES.map((each) => mistake(each).message);
  await expect(`${messages.join('\n\n')}\n`).toMatchFileSnapshot(GOLDEN);
});

describe('a FilterError', () => {
  test.each(MISTAKES)('of %s has the place as data, and the caret stands under it', (expression) => {
    const error = mistake(expression);
    expect(error).toBeInstanceOf(TcplabError);
    expect(error.code).toBe('TCPLAB_FILTER');
    expect(error.expression).toBe(expression);
    expect(error.at + error.length).toBeLessThanOrEqual(expression.length);
    const [reason, shown, caret, ...more] = error.message.split('\n');
    expect([reason, shown, more]).toEqual([error.reason, `    ${expression}`, []]);
    expect(caret).toBe(`    ${' '.repeat(error.at)}^${'~'.repeat(Math.max(0, error.length - 1))}`);
  });

  test('has what could stand there instead', () => {
    expect(mistake('tcp.prt == 1')).toMatchObject({ at: 0, length: 7, suggestion: 'tcp.port' });
    expect(mistake('tcp and udp.prot == 1')).toMatchObject({ at: 8, length: 8, suggestion: 'udp.port' });
    expect(mistake('tcp.port == "80"')).toMatchObject({ at: 12, length: 4, suggestion: '80' });
    expect(mistake('tcp AND udp')).toMatchObject({ at: 4, length: 3, suggestion: 'and' });
    expect(mistake('port 80')).toMatchObject({ suggestion: 'tcp.port == 80' });
    expect(mistake('tcp.port == 80 | udp')).toMatchObject({ at: 15, length: 1, suggestion: '||' });
  });

  test('of a long expression shows the surroundings', () => {
    const lines = mistake(`${'tcp or '.repeat(100)}tcp.prt${' or udp'.repeat(100)}`).message.split('\n');
    expect(lines[1]!.length).toBeLessThan(120);
    expect(lines[1]).toMatch(/^ {4}\.\.\. .* \.\.\.$/);
    expect(lines[2]!.indexOf('^')).toBeGreaterThan(50);
    expect(lines[1]!.slice(lines[2]!.indexOf('^'), lines[2]!.length)).toBe('tcp.prt');
  });

  test('does not hand control characters on to a terminal', () => {
    expect(mistake('tcp \u001b[31m').message).not.toContain('\u001b');
    expect(mistake('tcp \u0007').reason).toContain('U+0007');
  });
});
