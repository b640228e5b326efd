/**
 * A small HTTP/1.1 server over the streams face, for load generators and real clients: `GET /` answers a few octets, `GET /N` answers N of them, `POST /` answers the SHA-256 of what came. Connections stay open; requests may come
 * together. No more of HTTP than that.
 */
import { createHash } from 'node:crypto';
import type { TcpConnection } from '../src/speak/socket/tcp-connection.ts';
import type { TcpListener } from '../src/speak/socket/tcp-listener.ts';

const GREETING = Buffer.from('Hola!\n');
const GREETED = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${GREETING.length}\r\n\r\n`), GREETING]);

/** The longest head of a request. */
const LONGEST_HEAD = 16_384;

/** `count` octets of which no two places are alike, the same each time. */
export function pattern(count: number): Uint8Array<ArrayBuffer> {
  const words = Uint32Array.from({ length: Math.ceil(count / 4) }, (_, i) => Math.imul(i, 2_654_435_761));
  return new Uint8Array(words.buffer, 0, count);
}

/** Serves every connection until the listener is closed. */
export async function serveHttp(listener: TcpListener): Promise<void> {
  // A connection that fails ends nothing but itself.
  for await (const connection of listener) serve(connection).catch(() => connection.abort());
}

async function serve(connection: TcpConnection): Promise<void> {
  const reader = connection.readable.getReader();
  const writer = connection.writable.getWriter();
  let waiting: Uint8Array = new Uint8Array(0);
  const more = async (): Promise<boolean> => {
    const { value, done } = await reader.read();
    if (done) return false;
    waiting = waiting.length === 0 ? value : Buffer.concat([waiting, value]);
    return true;
  };
  for (;;) {
    const head = headOf(waiting);
    if (head === undefined) {
      if (waiting.length > LONGEST_HEAD || !(await more())) break;
      continue;
    }
    waiting = waiting.subarray(head.length);
    const [first = '', ...fields] = head.split('\r\n');
    const [method, path = '/'] = first.split(' ');
    if (method === 'POST') {
      let left = Number(/^content-length: *(\d+)$/im.exec(fields.join('\n'))?.[1] ?? 0);
      if (/^expect: *100-continue$/im.test(fields.join('\n')))
        await writer.write(text('HTTP/1.1 100 Continue\r\n\r\n'));
      const hash = createHash('sha256');
      while (left > 0) {
        if (waiting.length === 0 && !(await more())) break;
        const piece = waiting.subarray(0, left);
        hash.update(piece);
        left -= piece.length;
        waiting = waiting.subarray(piece.length);
      }
      const digest = hash.digest('hex');
      await writer.write(text(`HTTP/1.1 200 OK\r\nContent-Length: ${digest.length}\r\n\r\n${digest}`));
    } else if (path === '/') await writer.write(GREETED);
    else {
      const body = pattern(Number(path.slice(1)));
      await writer.write(text(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`));
      await writer.write(body);
    }
    if (/^connection: *close$/im.test(fields.join('\n'))) break;
  }
  await writer.close();
  await connection.close();
}

/** The head of the request that `octets` begin with, its empty line counted; undefined when it is not all there. */
function headOf(octets: Uint8Array): string | undefined {
  const end = Buffer.from(octets.buffer, octets.byteOffset, octets.length).indexOf('\r\n\r\n');
  return end < 0 ? undefined : Buffer.from(octets.buffer, octets.byteOffset, end + 4).toString('latin1');
}

const text = (words: string): Uint8Array => Buffer.from(words, 'latin1');
