/** The article's two programs on this machine's own TCP or UDP, over the loopback interface: what the experiment looks like where the kernel speaks. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { repr } from '../core/repr.ts';
import { systemError } from './system-error.ts';

/** What is said and where. */
export interface KernelConversation {
  port: number;
  message: string;
  /** Is told each line that a program prints. */
  say: (program: 'server' | 'client', line: string) => void;
}

const ADDRESS = '127.0.0.1';

/**
 * The conversation over TCP: the server listens with backlog 1, the client connects, sends and closes. However it ends, nothing stays open.
 * @throws TcplabError EADDRINUSE when the port is taken, EACCES when it may not be used, or what the system says of the connection
 */
export async function converse({ port, message, say }: KernelConversation): Promise<void> {
  const server = createServer({ allowHalfOpen: true });
  server.listen({ port, host: ADDRESS, backlog: 1 });
  await ready(server, 'listening', `listen ${ADDRESS}:${port}`);
  const sockets: Socket[] = [];
  try {
    say('server', `Hey you I'm listening on ${port}...weird port by the way`);
    const served = once(server, 'connection').then(async ([connection]: Socket[]) => {
      sockets.push(connection!);
      const address = [connection!.remoteAddress!, connection!.remotePort!] as const;
      // Not `for await`: that destroys the socket at the end of what comes, before it has sent its own FIN.
      connection!.on('data', (chunk) => say('server', `FROM: ${repr(address)} MSG: ${repr(chunk)}`));
      await once(connection!, 'end');
      connection!.end();
      await once(connection!, 'close');
    });
    const client = connect({ port, host: ADDRESS });
    sockets.push(client);
    await ready(client, 'connect', `connect ${ADDRESS}:${port}`);
    say('client', 'Sending data...');
    client.end(message);
    client.resume();
    await Promise.all([served, once(client, 'close')]);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/**
 * The same in datagrams.
 * @throws TcplabError EADDRINUSE when the port is taken, EACCES when it may not be used, or what the system says of the datagram
 */
export async function converseInDatagrams({ port, message, say }: KernelConversation): Promise<void> {
  const server = createSocket('udp4');
  const client = createSocket('udp4');
  try {
    server.bind(port, ADDRESS);
    await ready(server, 'listening', `bind ${ADDRESS}:${port}`);
    say('server', `Hey you I'm waiting for datagrams on ${port}...weird port by the way`);
    const served = once(server, 'message') as Promise<[Uint8Array, { address: string; port: number }]>;
    say('client', 'Sending data...');
    const sent = new Promise<void>((resolve, reject) =>
      client.send(message, port, ADDRESS, (error) =>
        error ? reject(systemError(error, `sendto ${ADDRESS}:${port}`)) : resolve(),
      ),
    );
    const [[received, from]] = await Promise.all([served, sent]);
    say('server', `FROM: ${repr([from.address, from.port])} MSG: ${repr(received)}`);
  } finally {
    client.close();
    server.close();
  }
}

/** Waits for an event, or for the error that comes instead. */
async function ready(emitter: NodeJS.EventEmitter, event: string, operation: string): Promise<void> {
  try {
    await once(emitter, event);
  } catch (error) {
    throw systemError(error, operation);
  }
}
