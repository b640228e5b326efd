/** Expressions nobody means well with: each limit is reached, and none of 100,000 spoiled expressions does more than be refused. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fakeFields } from '../../../test/fake-fields.ts';
import { below, seeded } from '../../core/random.ts';
import { CaptureReader, makePacket } from '../capture/index.ts';
import { Dissector } from '../dissect/index.ts';
import {
  compileFilter,
  FilterError,
  MAX_ARGUMENTS,
  MAX_EXPRESSION_LENGTH,
  MAX_NESTING,
  MAX_SET_MEMBERS,
  MAX_SLICE_OFFSET,
  MAX_SLICE_PIECES,
  MAX_VALUES,
} from './index.ts';

function reason(expression: string): string {
  try {
    compileFilter(expression);
  } catch (error) {
    if (error instanceof FilterError) return error.reason;
    throw error;
  }
  return 'none';
}

describe('limits', () => {
  test('length of an expression', () => {
    expect(reason(`tcp${' '.repeat(MAX_EXPRESSION_LENGTH - 3)}`)).toBe('none');
    expect(reason(`tcp${' '.repeat(MAX_EXPRESSION_LENGTH - 2)}`)).toContain('is the limit');
  });

  test.each([
    ['parentheses', (n: number) => `${'('.repeat(n)}tcp${')'.repeat(n)}`],
    ['not', (n: number) => `${'not '.repeat(n)}tcp`],
    ['signs', (n: number) => `${'-'.repeat(n)}tcp.len == 0`],
    ['braces', (n: number) => `${'{'.repeat(n)}tcp.len${'}'.repeat(n)} == 0`],
    ['calculations', (n: number) => `ip.id${'+ip.id'.repeat(n)} == 0`],
    ['calculations of literals', (n: number) => `tcp.len == 1${' + 1'.repeat(n)}`],
    ['slices', (n: number) => `tcp.payload${'[0:]'.repeat(n)}`],
    ['functions', (n: number) => `${'upper('.repeat(n)}tcp.flags.str${')'.repeat(n)} == "A"`],
  ])('nesting of %s', (_, nested) => {
    expect(reason(nested(MAX_NESTING))).toBe('none');
    expect(reason(nested(MAX_NESTING + 1))).toContain('nested more than');
    expect(reason(nested(MAX_NESTING * 10))).toContain('nested more than');
  });

  test('what is nested side by side does not add up', () => {
    for (const each of [
      '(tcp)',
      'not tcp',
      '-ip.id == 0',
      '{ip.id} == 0',
      'ip.id + 1 == 2',
      'tcp[0:]',
      'len(tcp) == 1',
    ])
      expect(reason(`${`${each} or `.repeat(MAX_NESTING + 1)}tcp`)).toBe('none');
  });

  test('chains of and, or and comparisons are as long as an expression can be', () => {
    expect(reason(`tcp${' or tcp'.repeat(1400)}`)).toBe('none');
    expect(reason(`tcp${'&&tcp'.repeat(1900)}`)).toBe('none');
    expect(reason(`tcp.len${'<tcp.len'.repeat(1200)}`)).toBe('none');
  });

  test('members of a set', () => {
    const set = (n: number): string => `tcp.port in {${new Array<string>(n).fill('80').join()}}`;
    expect(reason(set(MAX_SET_MEMBERS))).toBe('none');
    expect(reason(set(MAX_SET_MEMBERS + 1))).toContain('over the limit');
  });

  test('pieces and numbers of a slice', () => {
    const slice = (n: number): string => `tcp.payload[${new Array<string>(n).fill('0').join()}]`;
    expect(reason(slice(MAX_SLICE_PIECES))).toBe('none');
    expect(reason(slice(MAX_SLICE_PIECES + 1))).toContain('over the limit');
    expect(reason(`tcp.payload[${MAX_SLICE_OFFSET}:${MAX_SLICE_OFFSET}]`)).toBe('none');
    expect(reason(`tcp.payload[${MAX_SLICE_OFFSET + 1}]`)).toContain('not a number that fits');
  });

  test('arguments of a function', () => {
    const call = (n: number): string => `max(${new Array<string>(n).fill('tcp.len').join()}) == 1`;
    expect(reason(call(MAX_ARGUMENTS))).toBe('none');
    expect(reason(call(MAX_ARGUMENTS + 1))).toContain('over the limit');
  });

  test('values of an operand: products of fields of many values do not grow without end', () => {
    const fields = fakeFields({ n: 'unsigned' });
    fields.values.n = Array.from({ length: MAX_VALUES + 1 }, (_, i) => i);
    const test = (expression: string): boolean => compileFilter(expression, fields).test(fields.dissection);
    expect(test(`count(n) == ${MAX_VALUES}`)).toBe(true);
    expect(test(`max(n) == ${MAX_VALUES - 1}`)).toBe(true);
    expect(test(`n${' + n'.repeat(40)} == -1`)).toBe(false);
  });
});

const SEEDS = [
  'tcp.port == 7456 and (ip.src == 10.0.0.0/8 or not udp) && !arp',
  'tcp.payload[0:5,2-3,-1] == "Hello" || tcp.payload contains 48:65:6c',
  'tcp.flags & 0x02 == 2 xor all tcp.port in {80, 443, 8000..8099, tcp.srcport}',
  'len(tcp.payload) > 3 and max(tcp.srcport, tcp.dstport, 5) != {1 + 2} * 3 - 4',
  'tcp.payload matches r"(?i)^(get|post) [^ ]+\\.html?" and any eth.addr ~= ff:ff:ff:ff:ff:ff',
  'ipv6.addr == fe80::1/64 and frame.time_delta > 1.5ms and tcp.len / 3 % 2 === 1',
  'ip.src#[1-2] == ip.dst#-1 and tcp[13] & \'a\' and frame.protocols ~ "\\x41\\u00e9"',
  '1 < tcp.len < 20 and string(ip.src)[0:2] == "12" and count(tcp.options) eq 1 or tcp.port not in {1}',
];
const PIECES = SEEDS.join(' ').match(/"[^"]*"|[\w.]+|\s|[^\w\s]/g)!;
const CHARS = '()[]{}"\'\\#.,:;-+*/%&|^!=<>~@$?_ 019afzé漢\u0000\n\ud800🦈';

/** An expression with up to eight places changed: a character or a piece put in, taken out, doubled, or the end cut off. */
function spoil(seed: number): string {
  const random = seeded(seed);
  const pick = <T>(from: ArrayLike<T>): T => from[below(random, from.length)]!;
  let text = pick(SEEDS);
  for (let i = below(random, 8); i >= 0; i--) {
    const at = below(random, text.length + 1);
    const to = Math.min(text.length, at + below(random, 8));
    const inserts = [() => pick(CHARS), () => pick(PIECES), () => text.slice(at, to) + text.slice(at, to), () => ''];
    text = text.slice(0, at) + pick(inserts)() + text.slice(below(random, 2) === 0 ? at : to);
  }
  return text;
}

test('100,000 spoiled expressions are filters that can be asked, or FilterErrors with a place inside', () => {
  const capture = fileURLToPath(new URL('../../../test/golden/captures/filter-mixture.pcap', import.meta.url));
  const reader = new CaptureReader();
  const dissector = new Dissector();
  const packet = makePacket();
  reader.push(readFileSync(capture));
  for (let i = 0; i < 8; i++) reader.next(packet);
  const dissection = dissector.dissect(packet);
  let filters = 0;
  for (let seed = 1; seed <= 100_000; seed++) {
    const expression = spoil(seed);
    try {
      compileFilter(expression).test(dissection);
      filters++;
    } catch (error) {
      if (!(error instanceof FilterError)) throw new Error(`seed ${seed}: ${expression}`, { cause: error });
      if (error.at < 0 || error.length < 0 || error.at + error.length > expression.length || error.reason === '')
        throw new Error(`seed ${seed}: ${expression}: place ${error.at}+${error.length}`);
    }
  }
  // Both kinds are there: the expressions are neither all rubbish nor all sound.
  expect(filters).toBeGreaterThan(2_000);
  expect(filters).toBeLessThan(80_000);
}, 300_000);
