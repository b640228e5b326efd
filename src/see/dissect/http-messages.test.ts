import { expect, test } from 'vitest';
import { utf8 } from '../../core/text-sink.ts';
import { HttpMessages } from './http-messages.ts';

/** Where a message is after its head came in segments that end at `cuts`; undefined when it was not taken for one. */
function after(head: string, cuts: readonly number[]): { phase: string; left: number; line: string } | undefined {
  const octets = utf8(head);
  // What stands before and behind in memory must not count.
  const memory = new Uint8Array(octets.length + 40).fill(0x0a);
  memory.set(octets, 20);
  const view = new DataView(memory.buffer);
  const messages = new HttpMessages();
  let from = 0;
  let last: ReturnType<HttpMessages['take']>;
  for (const to of [...cuts, octets.length]) {
    last = messages.take(view, 20 + from, 20 + to, false, from, 0);
    from = to;
  }
  return last === undefined ? undefined : { phase: last.phase, left: last.left, line: last.line };
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
  // Wherever it is cut behind its first line, and octet by octet.
  const first = head.indexOf('\n') + 1;
  for (let cut = first; cut < head.length; cut++) expect(after(head, [cut])).toEqual({ phase, left, line });
  const cuts = Array.from({ length: head.length - first }, (_, i) => first + i);
  expect(after(head, cuts)).toEqual({ phase, left, line });
});

test('what is no start line begins no message, and a long head has an end', () => {
  expect(after('GET / HTTP/2\r\n\r\n', [])).toBeUndefined();
  expect(after('GETS\r\n\r\n', [])).toBeUndefined();
  expect(after('HTTP/1.1 200 OK', [])).toBeUndefined();
  const endless = `${RESPONSE}${'X: yyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'.repeat(600)}`;
  expect(after(endless, [RESPONSE.length, 9_000])).toMatchObject({ phase: 'close' });
  expect(after(endless, [])).toMatchObject({ phase: 'close' });
});

test('start lines that came before are told from others of their length', () => {
  const messages = new HttpMessages();
  for (let round = 0; round < 2; round++)
    for (let i = 100; i < 400; i++) {
      const octets = utf8(`GET /${i} HTTP/1.1\r\n\r\n`);
      const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
      expect(messages.take(view, 0, octets.length, false, i, i)?.line).toBe(`GET /${i} HTTP/1.1`);
    }
});

test('a FIN ends the message that nothing else does, and one that comes again is told the first', () => {
  const message = (head: string): HttpMessages => {
    const octets = utf8(head);
    const messages = new HttpMessages();
    messages.take(new DataView(octets.buffer, octets.byteOffset), 0, octets.length, false, 0, 0);
    return messages;
  };
  const open = message(`${RESPONSE}\r\nhello`);
  expect([open.finish(1, 5), open.finish(0, 7), open.finish(0, 8), open.finish(0, 9)]).toEqual([0, 0, 7, 7]);
  open.forget(0);
  expect(open.finish(0, 10)).toBe(0);
  const counted = message(`${RESPONSE}Content-Length: 9\r\n\r\nhello`);
  expect([counted.finish(0, 7), counted.finish(0, 8)]).toEqual([0, 0]);
});
