/** Octets of questions and answers, written and read by another hand. */
import { expect, test } from 'vitest';
import { answer, type DnsRecord, four, nameOctets, six, soa } from '../../../test/dns-octets.ts';
import { formatAddress } from '../../wire/ip-address.ts';
import { A, AAAA, readAnswer, readName, writeQuestion } from './message.ts';

const NAME = 'www.test';
const question = writeQuestion(7, NAME, A);
const read = (bytes: Uint8Array, type: number = A): ReturnType<typeof readAnswer> => readAnswer(bytes, 7, NAME, type);

//= RFC 1035 §4.1
test('a question: its number, recursion wanted, one name, its type and class', () => {
  expect([...writeQuestion(0x1234, 'a.bc', AAAA)]).toEqual([
    ...[0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0],
    ...[1, 97, 2, 98, 99, 0],
    ...[0, 28, 0, 1],
  ]);
});

//= RFC 1035 §2.3.4
test('names: labels of 1 to 63 octets, 255 in all', () => {
  const label = 'x'.repeat(63);
  for (const good of ['a', 'a.b', label, `${label}.${label}.${label}.${'y'.repeat(61)}`, '_x.test', 'A.b'])
    expect(readName(good), good).toBe(good.toLowerCase());
  expect(readName('a.test.')).toBe('a.test');
  for (const bad of [
    '',
    '.',
    'a..b',
    '.a',
    `${label}x`,
    `${label}.${label}.${label}.${'y'.repeat(62)}`,
    'a b',
    'ä.test',
  ])
    expect(readName(bad), bad).toBeUndefined();
});

test('records of the three types, of the class IN; of others nothing', () => {
  const records: DnsRecord[] = [
    ['@', A, 60, four('192.0.2.1')],
    ['@', A, 61, four('192.0.2.2'), 3],
    ['@', A, 62, [1, 2, 3]],
    ['WWW.test', AAAA, 63, six('2001:db8::1')],
    ['@', AAAA, 64, [1, 2, 3, 4]],
    ['@', 5, 65, nameOctets('Other.test')],
    ['@', 16, 66, [1, 2, 3, 4]],
    ['@', 15, 66, new Array<number>(16).fill(1)],
    ['@', A, -1, four('192.0.2.3')],
    ['@', A, 0x7fff_ffff, four('192.0.2.4')],
  ];
  const found = read(answer(question, records, { authority: [['ns.test', A, 9, four('192.0.2.9')]] }))!;
  expect([found.code, found.truncated, found.negative]).toEqual([0, false, 0]);
  expect(
    found.records.map(({ name, type, timeToLive, address, target }) =>
      [name, type, timeToLive, address === undefined ? target : formatAddress(address)].join(' '),
    ),
  ).toEqual([
    'www.test 1 60 192.0.2.1',
    'www.test 28 63 2001:db8::1',
    'www.test 5 65 other.test',
    'www.test 1 0 192.0.2.3',
    'www.test 1 2147483647 192.0.2.4',
  ]);
  expect(read(answer(question, [], { code: 15 }))!.code).toBe(15);
});

test('an SOA counts among the authorities only, by its last field', () => {
  expect(read(answer(question, [soa(900, 60)]))!.negative).toBe(0);
  expect(read(answer(question, [], { authority: [['x.test', A, 5, four('192.0.2.9')], soa(900, 60)] }))!.negative).toBe(
    60,
  );
  const [name, type, ttl, data] = soa(900, 60);
  expect(read(answer(question, [], { authority: [[name, type, ttl, data.slice(0, -1)]] }))!.negative).toBe(0);
  expect(read(answer(question, [], { authority: [[name, type, ttl, data, 3]] }))!.negative).toBe(0);
});

test('what is cut is no answer, but for one that says so: it has the records before the cut', () => {
  const records: DnsRecord[] = [
    ['@', A, 60, four('192.0.2.1')],
    ['@', A, 60, four('192.0.2.2')],
  ];
  const whole = answer(question, records);
  const cut = answer(question, records, { truncated: true });
  for (let length = 0; length < whole.length; length++) {
    expect(read(whole.subarray(0, length)), `${length} octets`).toBeUndefined();
    const found = read(cut.subarray(0, length));
    expect(found?.records.length, `${length} octets`).toBe(
      length < question.length ? undefined : length < question.length + 16 ? 0 : 1,
    );
  }
  expect(read(whole)!.records.length).toBe(2);
  // Twelve octets and nothing asked.
  expect(read(Uint8Array.of(0, 7, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0))).toBeUndefined();
});

test('an answer of more or other questions, of another opcode or class is none', () => {
  const good = answer(question, []);
  for (const [at, octet] of [
    [2, 0x01],
    [2, 0x89],
    [5, 2],
    [good.length - 1, 3],
    [good.length - 3, 28],
  ] as const) {
    const bad = good.slice();
    bad[at] = octet;
    expect(read(bad), `octet ${at}`).toBeUndefined();
  }
  expect(read(good)).toBeDefined();
});

test('pointers: to what stood before, more than one, and no more than 32; a name has 255 octets with them', () => {
  const at = question.length;
  // A record whose owner points to the data of the one before, which points to the question.
  const two = answer(question, [
    ['@', 5, 60, [3, 97, 98, 99, 0xc0, 12]],
    ['@', A, 60, four('192.0.2.1')],
  ]);
  expect(read(two)!.records[0]!.target).toBe('abc.www.test');
  const chained = two.slice();
  // The second record's owner: the first one's data.
  new DataView(chained.buffer).setUint16(at + 18, 0xc000 | (at + 12));
  expect(read(chained)!.records[1]!.name).toBe('abc.www.test');
  const chain = (pointers: number): Uint8Array => {
    const pieces = Array.from({ length: pointers }, (_, i) => 0xc000 | (i === 0 ? 12 : at + 12 + 2 * (i - 1)));
    return answer(question, [['@', 5, 60, pieces.flatMap((each) => [each >> 8, each & 255])]]);
  };
  // The target is the first two octets: they point to the end of the chain when it is turned round.
  const deep = (pointers: number): string | undefined => {
    const bytes = chain(pointers);
    const data = bytes.subarray(at + 12);
    const reversed = Array.from({ length: pointers }, (_, i) =>
      i === pointers - 1 ? 0xc000 | 12 : 0xc000 | (at + 12 + 2 * (i + 1)),
    );
    data.set(reversed.flatMap((each) => [each >> 8, each & 255]));
    return read(bytes)!.records[0]?.target;
  };
  expect([deep(32), deep(33)]).toEqual(['www.test', undefined]);
  // Far away: the two octets of a pointer are one number.
  const far = answer(question, [
    ['@', 16, 60, new Array<number>(600).fill(0)],
    ['@', 5, 60, nameOctets('far.test')],
    ['@', 5, 60, [0, 0]],
  ]);
  const start = at + 12 + 600 + 12;
  new DataView(far.buffer).setUint16(far.length - 2, 0xc000 | start);
  expect(read(far)!.records.at(-1)!.target).toBe('far.test');
  const label = 'x'.repeat(63);
  const longest = `${label}.${label}.${label}.${'y'.repeat(61)}`;
  expect(read(answer(question, [['@', 5, 60, nameOctets(longest)]]))!.records[0]!.target).toBe(longest);
  expect(read(answer(question, [['@', 5, 60, nameOctets(`${longest}y`)]]))!.records).toEqual([]);
  // A label of 64 octets is none.
  expect(read(answer(question, [['@', 5, 60, [64, ...new Array<number>(64).fill(97), 0]]]))!.records).toEqual([]);
});
