/** The example programs of the streams face, each at one end of a cable, on real time; and the page that shows them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cableHost } from '../../src/node/index.ts';
import { connect, listen } from '../../src/speak/socket/streams.ts';
import { freshFolder, start } from './children.ts';

const LIMIT = 60_000;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const text = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

test(
  'the echo server says what it is told, to two at once',
  async () => {
    const path = join(freshFolder(), 'cable');
    const server = start('examples/echo.ts', [], { TCPLAB_CABLE: path });
    await server.until('Say something on 7007');
    const host = cableHost({ path });
    const say = async (words: string): Promise<string> => {
      const connection = connect(host, 'localhost:7007');
      const writer = connection.writable.getWriter();
      await writer.write(new TextEncoder().encode(words));
      await writer.close();
      const answer = await text(connection.readable);
      await connection.closed;
      return answer;
    };
    const long = 'the same again, '.repeat(10_000);
    expect(await Promise.all([say('hello?'), say(long)])).toEqual(['hello?', long]);
    server.process.kill();
  },
  LIMIT,
);

test(
  'HTTP: the page is fetched, and a server that is not there is told of',
  async () => {
    const path = join(freshFolder(), 'cable');
    const listener = listen(cableHost({ path }), 'localhost:8080');
    await listener.opened;
    const asked: string[] = [];
    const serving = (async () => {
      for await (const connection of listener) {
        const reader = connection.readable.getReader();
        let request = '';
        while (!request.endsWith('\r\n\r\n')) request += new TextDecoder().decode((await reader.read()).value);
        asked.push(request);
        const writer = connection.writable.getWriter();
        await writer.write(new TextEncoder().encode('HTTP/1.0 200 OK\r\n\r\nHello.\n'));
        await connection.close();
      }
    })();
    const client = start('examples/http-get.ts', ['http://localhost:8080/page'], { TCPLAB_CABLE: path });
    expect(await client.end()).toBe(0);
    expect(client.out).toBe('HTTP/1.0 200 OK\r\n\r\nHello.\n');
    expect(asked).toEqual(['GET /page HTTP/1.0\r\nHost: localhost\r\n\r\n']);
    listener.close();
    await serving;
    const refused = start('examples/http-get.ts', ['http://localhost:8080/'], { TCPLAB_CABLE: path });
    expect(await refused.end()).toBe(1);
    expect(refused.err).toContain('connect localhost:8080: ECONNREFUSED');
  },
  LIMIT,
);

test.each([
  ['docs/streams.md', ['echo', 'http-get']],
  ['docs/sockets.md', ['poll']],
])('%s shows the examples as they are', (file, names) => {
  const page = readFileSync(join(ROOT, file), 'utf8');
  for (const name of names) {
    const program = readFileSync(join(ROOT, `examples/${name}.ts`), 'utf8')
      .replace('../src/node/index.ts', 'tcplab/node')
      .replace('../src/speak/socket/streams.ts', 'tcplab/streams')
      .replace(/^\/\/.*\n/, '');
    expect(page).toContain(`\`\`\`ts\n${program}\`\`\``);
  }
});
