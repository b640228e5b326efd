/** What a body is put together from, however its chunks are written. Which bodies are told: web-fields.test.ts. */
import { expect, test } from 'vitest';
import { utf8 } from '../../core/text-sink.ts';
import { bodyOf } from './http-body.ts';
import { headOf } from './http-head.ts';

function body(chunks: string): string {
  const octets = utf8(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const head = headOf(view, 0, octets.length);
  return String.fromCharCode(...bodyOf(head, view, 0, octets.length)!);
}

test('of a line of any length only the digits of a size are read', () => {
  expect(body(`3;${'x'.repeat(2_000_000)}\r\nabc\r\n0\r\n\r\n`)).toBe('abc');
  expect(body(`${' '.repeat(2_000_000)}3\r\nabc\r\n0\r\n\r\n`)).toBe('');
});

test('a chunk that is not all there ends the body', () => {
  expect(body('2\r\nab\r\n3\r\ncd')).toBe('ab');
  expect(body('2\r\nab\r\nffffffffffffffff\r\ncd\r\n')).toBe('ab');
  expect(body('2\r\nab\r\n-1\r\ncd\r\n')).toBe('ab');
  expect(body('2\r\nab\r\nxyz')).toBe('ab');
});
