import { expect, test } from 'vitest';
import { utf8 } from '../../core/text-sink.ts';
import { HttpReader } from './http-messages.ts';

/** Where a message is after its head came in segments that end at `cuts`; undefined when it was not taken for one. */
function after(head: string, cuts: readonly number[]): { phase: string; left: number; line: string } | undefined {
  const octets = utf8(head);
  // What stands before and behind in memory must not count.
  const memory = new Uint8Array(octets.length + 40).fill(0x0a);
  memory.set(octets, 20);
  const view = new DataView(memory.buffer);
  const reader = new HttpReader();
  const stops = [...cuts, octets.length];
  const message = reader.begin(view, 20, 20 + stops[0]!, true, 0);
  if (message === undefined) return undefined;
  let from = 0;
  for (const to of stops) {
    reader.proceed(message, view, 20 + from, 20 + to);
    if (message.phase === 'none') return undefined;
    from = to;
  }
  const { phase, left, line } = message;
  return { phase, left, line };
}

const RESPONSE = 'HTTP/1.1 200 OK\r\n';

test.each([
  ['a length', `${RESPONSE}Content-Length: 12\r\n\r\n`, 'body', 12],
  ['any letters, blanks, and line feeds alone', 'HTTP/1.0 200 OK\ncONTENT-lENGTH:\t 7 \t\nX: y\n\n', 'body', 7],
  ['of two lengths the first', `${RESPONSE}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 'body', 1],
  ['no number, then one', `${RESPONSE}Content-Length: 1x\r\nContent-Length: 2\r\n\r\n`, 'body', 2],
  ['15 digits', `${RESPONSE}Content-Length: 123456789012345\r\n\r\n`, 'body', 123456789012345],
  ['16 digits', `${RESPONSE}Content-Length: 1234567890123456\r\n\r\n`, 'close', 0],
  ['no digit', `${RESPONSE}Content-Length: \r\n\r\n`, 'close', 0],
  ['another field that ends alike', `${RESPONSE}X-Content-Length: 5\r\n\r\n`, 'close', 0],
  [
    'chunks, whatever the length',
    `${RESPONSE}Content-Length: 5\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n`,
    'chunks',
    0,
  ],
  ['another encoding', `${RESPONSE}Transfer-Encoding: gzip\r\n\r\n`, 'close', 0],
  ['a response without a body', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', 'end', 0],
  ['a request', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'end', 0],
  ['a request with a body', 'POST /a HTTP/1.1\r\ncontent-length:3\r\n\r\n', 'body', 3],
  ['no fields', 'GET / HTTP/1.0\r\n\r\n', 'end', 0],
  ['a carriage return that ends no line', `${RESPONSE}a\r: b\r\r\n\r\n`, 'close', 0],
])('the head says how the body ends: %s', (_, head, phase, left) => {
  const line = head.slice(0, head.search(/\r?\n/));
  expect(after(head, [])).toEqual({ phase, left, line });
  // Wherever it is cut, and octet by octet.
  const first = 1;
  for (let cut = first; cut < head.length; cut++) expect(after(head, [cut])).toEqual({ phase, left, line });
  const cuts = Array.from({ length: head.length - first }, (_, i) => first + i);
  expect(after(head, cuts)).toEqual({ phase, left, line });
});

test('what is no start line begins no message, and a long head has an end', () => {
  for (const head of ['GET / HTTP/2\r\n\r\n', 'GET  HTTP/1.1 and so on\r\n\r\n'])
    for (let cut = 1; cut <= head.length; cut++) expect(after(head, cut < head.length ? [cut] : [])).toBeUndefined();
  expect(after('GETS\r\n\r\n', [])).toBeUndefined();
  const endless = `${RESPONSE}${'X: yyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'.repeat(600)}`;
  expect(after(endless, [RESPONSE.length, 9_000])).toMatchObject({ phase: 'close' });
  expect(after(endless, [])).toMatchObject({ phase: 'close' });
});

test('the beginning of a start line is enough only where one is expected', () => {
  const octets = utf8('HTTP/1.1 200 OK');
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const reader = new HttpReader();
  expect(reader.begin(view, 0, octets.length, false, 0)).toBeUndefined();
  expect(reader.begin(view, 0, octets.length, true, 0)).toMatchObject({ phase: 'head', line: '' });
});

test('start lines that came before are told from others of their length', () => {
  const reader = new HttpReader();
  for (let round = 0; round < 2; round++)
    for (let i = 100; i < 400; i++) {
      const octets = utf8(`GET /${i} HTTP/1.1\r\n\r\n`);
      const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
      expect(reader.begin(view, 0, octets.length, false, 0)?.line).toBe(`GET /${i} HTTP/1.1`);
    }
});

test('chunks end behind the fields that follow the last, wherever they are cut', () => {
  const head = `${RESPONSE}Transfer-Encoding: chunked\r\n\r\n`;
  const octets = utf8(`${head}5\r\nab\r\nc\r\nA;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\nHTTP`);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const reader = new HttpReader();
  for (let cut = head.length; cut < octets.length - 4; cut++) {
    const message = reader.begin(view, 0, cut, false, 0)!;
    expect(reader.proceed(message, view, 0, cut)).toBe(-1);
    expect(reader.proceed(message, view, cut, octets.length)).toBe(octets.length - 4);
    expect(message.phase).toBe('end');
  }
});
