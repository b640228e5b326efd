// An echo server on tcplab's own TCP: run it with `npx tsx examples/echo.ts`; `npm run -s tcplab -- connect localhost 7007` talks to it.
import { defaultHost } from '../src/node/index.ts';
import { listen } from '../src/speak/socket/streams.ts';

const listener = listen(defaultHost(), 'localhost:7007');
console.log('Say something on 7007');
for await (const connection of listener) {
  connection.readable.pipeTo(connection.writable).catch(({ message }) => console.error(message));
}
