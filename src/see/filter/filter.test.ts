import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeFields } from '../../../test/fake-fields.ts';
import type { FieldValue } from '../dissect/field.ts';
import { PROTOCOL } from '../dissect/protocol.ts';
import { compileFilter } from './index.ts';

const fields = fakeFields({
  n: 'unsigned',
  m: 'unsigned',
  s: 'signed',
  t: 'seconds',
  flag: 'boolean',
  ip: 'ipv4',
  ip6: 'ipv6',
  mac: 'mac',
  text: 'string',
  data: 'bytes',
  whole: 'protocol',
  'tcp.port': 'unsigned',
  'ip.proto': 'unsigned',
});

/** Whether an expression holds where fields have these values. */
function holds(expression: string, values: Record<string, readonly FieldValue[]>): boolean {
  for (const { name } of fields.all) fields.values[name] = values[name] ?? [];
  return compileFilter(expression, fields).test(fields.dissection);
}

const octets = (...values: number[]): Uint8Array => Uint8Array.from(values);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('several values', () => {
  const COMPARE: Record<string, (a: number, b: number) => boolean> = {
    '==': (a, b) => a === b,
    '!=': (a, b) => a !== b,
    '<': (a, b) => a < b,
    '<=': (a, b) => a <= b,
    '>': (a, b) => a > b,
    '>=': (a, b) => a >= b,
  };
  const MEANS: readonly (readonly [string, string, 'any' | 'all'])[] = [
    ['==', '==', 'any'],
    ['eq', '==', 'any'],
    ['===', '==', 'all'],
    ['!=', '!=', 'all'],
    ['ne', '!=', 'all'],
    ['!==', '!=', 'any'],
    ['~=', '!=', 'any'],
    ['<', '<', 'any'],
    ['lt', '<', 'any'],
    ['le', '<=', 'any'],
    ['gt', '>', 'any'],
    ['ge', '>=', 'any'],
  ];
  const values = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });

  test.each(MEANS)('%s is %s of %s value', (written, comparison, usual) => {
    const compare = COMPARE[comparison]!;
    fc.assert(
      fc.property(values, values, fc.constantFrom('', 'any ', 'all '), fc.boolean(), (ns, ms, quantifier, constant) => {
        const others = constant ? [2] : ms;
        const pairs = ns.flatMap((n) => others.map((m) => compare(n, m)));
        const all = quantifier === '' ? usual === 'all' : quantifier === 'all ';
        const expected = pairs.length > 0 && (all ? pairs.every(Boolean) : pairs.some(Boolean));
        expect(holds(`${quantifier}n ${written} ${constant ? '2' : 'm'}`, { n: ns, m: ms })).toBe(expected);
      }),
    );
  });

  test('a set holds any value, or with all each of them', () => {
    const set = (n: number): boolean => n === 0 || n >= 2;
    fc.assert(
      fc.property(values, (ns) => {
        expect(holds('n in {0, 2..9}', { n: ns })).toBe(ns.some(set));
        expect(holds('n not in {0, 2..9}', { n: ns })).toBe(!ns.some(set));
        expect(holds('n !in {0, 2..9}', { n: ns })).toBe(!ns.some(set));
        expect(holds('all n in {0, 2..9}', { n: ns })).toBe(ns.length > 0 && ns.every(set));
        expect(holds('n in {0, m}', { n: ns, m: [2, 3] })).toBe(ns.some(set));
      }),
    );
  });

  test('a literal on the left turns the comparison round', () => {
    expect(holds('2 < n', { n: [3] })).toBe(true);
    expect(holds('2 < n', { n: [2] })).toBe(false);
    expect(holds('2 >= n', { n: [2] })).toBe(true);
  });

  test('calculations and contains take every pair', () => {
    expect(holds('n + m == 5', { n: [1, 2], m: [9, 3] })).toBe(true);
    expect(holds('all n + m > 10', { n: [1, 2], m: [10, 11] })).toBe(true);
    expect(holds('whole contains data', { whole: [utf8('abc'), utf8('xyz')], data: [utf8('q'), utf8('yz')] })).toBe(
      true,
    );
  });
});

describe('literals', () => {
  test.each([
    ['n == 4660', 0x1234],
    ['n == 0x1234', 0x1234],
    ['n == 0X1234', 0x1234],
    ['n == 011064', 0x1234],
    ['n == 0b1001000110100', 0x1234],
    ["n == 'A'", 65],
    ["n == '\\x41'", 65],
    ["n == '\\n'", 10],
    ['n == 9007199254740991', Number.MAX_SAFE_INTEGER],
    ['n == 2 + 3 * 4', 14],
    ['s == -7', -7],
    ['s == -{3 + 4}', -7],
    ['t == 0.25', 0.25],
    ['t == 250ms', 0.25],
    ['t == 250us', 0.00025],
    ['t == 25e-2', 0.25],
    ['t == .25', 0.25],
    ['flag == 1', true],
    ['flag == True', true],
    ['flag == TRUE', true],
    ['flag == 0', false],
    ['flag == false', false],
    ['flag == "Not set"', false],
    ['ip == 192.0.2.1', 0xc0000201],
    ['ip == 192.0.2.0/24', 0xc0000201],
    ['ip == 0.0.0.0/0', 0xc0000201],
    ['ip == localhost', 0x7f000001],
    ['ip > 128.0.0.0', 0xc0000201],
    ['ip[0:2] == c0:00', 0xc0000201],
    ['ip & 0.0.0.3 == 0.0.0.1', 0xc0000201],
    ['ip6 == ::1', octets(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
    ['ip6 == localhost', octets(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
    ['ip6 == fe80::/10', octets(0xfe, 0xbf, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
    ['mac == 02:00:00:00:00:0a', octets(2, 0, 0, 0, 0, 10)],
    ['mac == 02-00-00-00-00-0A', octets(2, 0, 0, 0, 0, 10)],
    ['mac == 0200.0000.000a', octets(2, 0, 0, 0, 0, 10)],
    ['mac contains 00:0a', octets(2, 0, 0, 0, 0, 10)],
    ['data == 48:65', utf8('He')],
    ['data == 4865', utf8('He')],
    ['data == "He"', utf8('He')],
    ['data == "\\x48\\145"', utf8('He')],
    ['data == "\\xff"', octets(255)],
    ['data == "\\u00b7"', octets(0xc2, 0xb7)],
    ['data == 0xff', octets(255)],
    ['data == 0b11', octets(3)],
    ['data == a', octets(10)],
    ['data == :48', utf8('H')],
    ['data > 48', utf8('He')],
    ['text == "a\\"b"', 'a"b'],
    ['text == r"a\\b"', 'a\\b'],
    ['text == r"a\\"b"', 'a\\"b'],
    ['text contains b', 'abc'],
    ['text contains "\\xc2\\xb7"', 'a·b'],
    ['text > "abb"', 'abc'],
    ['tcp.port == http', 80],
    ['tcp.port in {https, 8080}', 443],
    ['ip.proto == UDP', 17],
    ['ip.proto == "udp"', 17],
  ] as const)('%s', (expression, value) => {
    const name = /^[a-z0-9.]+/.exec(expression)![0];
    const type = fields.find(name)!.type;
    expect(holds(expression, { [name]: [value] })).toBe(true);
    const other =
      type === 'boolean'
        ? !value
        : type === 'string'
          ? ''
          : typeof value === 'object'
            ? new Uint8Array(value.length === 16 ? 16 : 0)
            : 0;
    if (!expression.includes('/0')) expect(holds(expression, { [name]: [other] })).toBe(false);
  });

  test('the prefix of a network is compared bit by bit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.integer({ min: 0, max: 32 }),
        (a, b, prefix) => {
          const bits = (value: number): string => value.toString(2).padStart(32, '0').slice(0, prefix);
          const text = [24, 16, 8, 0].map((shift) => (b >>> shift) & 255).join('.');
          expect(holds(`ip == ${text}/${prefix}`, { ip: [a] })).toBe(bits(a) === bits(b));
          expect(holds(`ip < ${text}/${prefix}`, { ip: [a] })).toBe(bits(a) < bits(b));
          const mapped = (value: number): Uint8Array =>
            octets(
              ...new Array<number>(12).fill(0),
              value >>> 24,
              (value >>> 16) & 255,
              (value >>> 8) & 255,
              value & 255,
            );
          expect(holds(`ip6 == ::${text}/${96 + prefix}`, { ip6: [mapped(a)] })).toBe(bits(a) === bits(b));
        },
      ),
    );
  });
});

describe('slices', () => {
  const data = utf8('Hello world!');
  test.each([
    ['data[0:5] == "Hello"', true],
    ['data[:5] == "Hello"', true],
    ['data[6:] == "world!"', true],
    ['data[-1:] == "!"', true],
    ['data[-6:5] == "world"', true],
    ['data[1-2] == "el"', true],
    ['data[-3--2] == "ld"', true],
    ['data[0, 4, -1] == "Ho!"', true],
    ['data[11]', true],
    ['data[12]', false],
    ['data[-12]', true],
    ['data[-13]', false],
    ['data[0:12]', true],
    ['data[0:13]', false],
    ['data[0:13] == "Hello world!"', false],
    ['data[2:][1] == "l"', true],
    ['text[0:2] == 61:c2', true],
  ])('%s is %s', (expression, expected) => {
    expect(holds(expression, { data: [data], text: ['a·'] })).toBe(expected);
  });
});

describe('contains', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
  test('finds a part wherever it is, and the empty one everywhere', () => {
    fc.assert(
      fc.property(letters, letters, (whole, part) => {
        const expected = whole.includes(part);
        expect(holds(`data contains "${part}"`, { data: [utf8(whole)] })).toBe(expected);
        expect(holds(`text contains "${part}"`, { text: [whole] })).toBe(expected);
        expect(holds('whole contains data', { whole: [utf8(whole)], data: [utf8(part)] })).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe('functions', () => {
  const values = { n: [5, 9], data: [utf8('abc')], text: ['Ab·'], ip: [0x7f000001], s: [-4], flag: [true] };
  test.each([
    ['len(data) == 3', true],
    ['len(text) == 4', true],
    ['len(ip) == 4', true],
    ['count(n) == 2', true],
    ['count(m) == 0', false],
    ['max(n) == 9 and min(n) == 5', true],
    ['max(n, 20) == 20', true],
    ['max(n, s) == 9 and min(n, s) == -4', true],
    ['abs(s) == 4', true],
    ['upper(text) == "AB·"', true],
    ['lower(upper(text)) == "ab·"', true],
    ['string(n) == "9"', true],
    ['string(flag) == "True"', true],
    ['max(n) - min(n) == 4', true],
    ['max(n) in {8..10}', true],
  ])('%s is %s', (expression, expected) => {
    expect(holds(expression, values)).toBe(expected);
  });
});

describe('calculations', () => {
  test.each([
    ['n / 2 == 3', 7, true],
    ['s / 2 == -3', -7, true],
    ['n % 4 == 3', 7, true],
    ['n / 0 == 0', 7, false],
    ['n % 0 == 0', 7, false],
    ['n - 8 < 0', 7, true],
    ['n & 0x100000000 == 0x100000000', 0x1_0000_0001, true],
    ['n & 0xffffffff == 0x80000000', 0x80000000, true],
    ['s & 0xff == 0xf9', -7, true],
    ['n & 8', 7, false],
    ['n & 4', 7, true],
    ['n - 7', 7, false],
  ])('%s where it is %d: %s', (expression, value, expected) => {
    expect(holds(expression, { n: [value], s: [value] })).toBe(expected);
  });
});

describe('hints', () => {
  const hints = (expression: string): readonly string[] => compileFilter(expression, fields).hints;

  test('a flag by itself asks for presence', () => {
    expect(hints('not flag')).toEqual([
      'flag by itself asks whether the packet has this field, whatever its value. For those where it is set write flag == 1.',
    ]);
    expect(hints('flag == 1')).toEqual([]);
    expect(holds('flag', { flag: [false] })).toBe(true);
  });

  test('!= on a field of two values', () => {
    expect(hints('tcp.port != 80')).toEqual([
      'tcp.port != 80 is true when no tcp.port of the packet is 80. For packets of which any tcp.port is another write tcp.port ~= 80.',
    ]);
    expect(hints('tcp.port ~= 80')).toEqual([]);
    expect(hints('n != 80')).toEqual([]);
  });

  test('count(field) == 0, = for ==, decimal octets', () => {
    expect(hints('count(n) == 0')[0]).toContain('write not n');
    expect(hints('n = 5')[0]).toContain('read as ==');
    expect(hints('data[0] == 18')[0]).toContain('24 in decimal');
    expect(hints('data[0] == 0x18')).toEqual([]);
  });
});

test('asking about one layer leaves the frame as it was', () => {
  const { dissection } = fakeFields({});
  dissection.depth = 3;
  dissection.protocols.set([PROTOCOL.FRAME, PROTOCOL.IPV4, PROTOCOL.IPV4]);
  dissection.views[0] = new DataView(new ArrayBuffer(64));
  dissection.payloads.fill(64);
  dissection.views[0].setUint8(8, 7);
  expect(compileFilter('count(ip.ttl) == 2').test(dissection)).toBe(true);
  expect(compileFilter('count(ip.ttl#2) == 1').test(dissection)).toBe(true);
  expect([...dissection.protocols.subarray(0, 3)]).toEqual([PROTOCOL.FRAME, PROTOCOL.IPV4, PROTOCOL.IPV4]);
  expect(compileFilter('count(ip.ttl#[1-2]) == 2').test(dissection)).toBe(true);
  expect(compileFilter('ip.ttl#3').test(dissection)).toBe(false);
  expect(compileFilter('ip.ttl#-1').test(dissection)).toBe(true);
  expect(compileFilter('ip.ttl#0').test(dissection)).toBe(false);
});

test('an empty expression lets everything through', () => {
  expect(holds('', {})).toBe(true);
  expect(holds(' \t', {})).toBe(true);
});

test('without fields given those of the dissector are known', () => {
  expect(compileFilter('tcp.port == 7456').test(fields.dissection)).toBe(false);
});
