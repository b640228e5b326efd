// HTTP over tcplab's own TCP: `npx tsx examples/http-get.ts http://localhost:8080/`, where a program of the same cable serves that port.
import { defaultHost } from '../src/node/index.ts';
import { connect } from '../src/speak/socket/streams.ts';

const { hostname, port, pathname } = new URL(process.argv[2] ?? 'http://localhost:8080/');
const connection = connect(defaultHost(), { hostname, port: Number(port || 80) });

const writer = connection.writable.getWriter();
await writer.write(new TextEncoder().encode(`GET ${pathname} HTTP/1.0\r\nHost: ${hostname}\r\n\r\n`));
for await (const text of connection.readable.pipeThrough(new TextDecoderStream())) process.stdout.write(text);
await connection.close();
