/** `tcplab listen`: waits for one connection (or datagrams) on a port and joins it to this terminal. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Command } from 'commander';
import { cableHost } from '../../node/index.ts';
import { systemError } from '../../node/system-error.ts';
import { AF_INET, SOCK_DGRAM, SOCK_STREAM, socket } from '../../speak/socket/bsd.ts';
import { portNumber } from '../failure.ts';
import { join, talkOf, talkOfKernel } from '../talk.ts';
import { say, writeOctets } from '../terminal.ts';

interface ListenOptions {
  udp?: boolean;
  cable?: string;
  kernel?: boolean;
}

const HELP = `
What you type goes to the one who connects, what comes is printed; the end of input (Ctrl-D) closes your
direction only. It ends when the other side has closed.

Examples:
  tcplab listen 7456                       on the cable; no rights needed
  tcplab listen 7456 > received.bin        take a file ...
  tcplab connect localhost 7456 < file     ... from another terminal
  tcplab listen 7456 --kernel              on this machine's own TCP: any program can connect`;

export function define(command: Command): void {
  command
    .argument('<PORT>', 'the port to listen on')
    .option('-u, --udp', 'datagrams instead of a connection')
    .option('--cable <PATH>', 'another cable than the usual one')
    .option('--kernel', "this machine's own TCP instead of tcplab's")
    .addHelpText('after', HELP)
    .action(listen);
}

async function listen(portText: string, options: ListenOptions): Promise<void> {
  const port = portNumber(portText);
  if (options.kernel) return options.udp ? datagramsOfKernel(port) : connectionOfKernel(port);
  const host = cableHost(options.cable === undefined ? {} : { path: options.cable });
  if (options.udp) {
    const sck = socket(host, AF_INET, SOCK_DGRAM);
    await sck.bind(['localhost', port]);
    say(`Waiting for datagrams on localhost:${port}, on the cable. Ctrl-C ends it.`);
    let peer: readonly [string, number] | undefined;
    answer((octets) => peer !== undefined && void sck.sendto(octets, peer));
    for (;;) {
      const [octets, from] = await sck.recvfrom(65_535);
      peer ??= from;
      writeOctets(octets);
    }
  }
  const sck = socket(host, AF_INET, SOCK_STREAM);
  await sck.bind(['localhost', port]);
  await sck.listen(1);
  say(`Listening on localhost:${port}, on the cable. Ctrl-C ends it.`);
  const [connection, [address, from]] = await sck.accept();
  sck.close();
  say(`Connection from ${address}:${from}`);
  await join(talkOf(connection), true);
}

async function connectionOfKernel(port: number): Promise<void> {
  const server = createServer({ allowHalfOpen: true });
  server.listen({ port, host: '127.0.0.1', backlog: 1 });
  await once(server, 'listening').catch((error) => {
    throw systemError(error, `listen 127.0.0.1:${port}`);
  });
  say(`Listening on 127.0.0.1:${port}, on this machine's own TCP. Ctrl-C ends it.`);
  const [connection] = (await once(server, 'connection')) as [Socket];
  server.close();
  say(`Connection from ${connection.remoteAddress}:${connection.remotePort}`);
  await join(talkOfKernel(connection), true);
}

async function datagramsOfKernel(port: number): Promise<void> {
  const sck = createSocket('udp4');
  sck.bind(port, '127.0.0.1');
  await once(sck, 'listening').catch((error) => {
    throw systemError(error, `bind 127.0.0.1:${port}`);
  });
  say(`Waiting for datagrams on 127.0.0.1:${port}, on this machine's own UDP. Ctrl-C ends it.`);
  let peer: { port: number; address: string } | undefined;
  answer((octets) => peer !== undefined && sck.send(octets, peer.port, peer.address));
  sck.on('message', (octets, from) => {
    peer ??= from;
    writeOctets(octets);
  });
}

/** Standard input, a datagram a chunk, to whoever spoke first. */
function answer(send: (octets: Uint8Array) => void): void {
  process.stdin.on('data', send);
}
