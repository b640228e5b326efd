/** `tcplab listen`: waits for one connection (or datagrams) on a port and joins it to this terminal. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Command } from 'commander';
import { cableHost } from '../../node/index.ts';
import { systemError } from '../../node/system-error.ts';
import { AF_INET, SOCK_DGRAM, SOCK_STREAM, socket } from '../../speak/socket/bsd.ts';
import type { Host } from '../../speak/stack/host.ts';
import { portNumber, withAdvice } from '../failure.ts';
import { join, sendDatagrams, talkOf, talkOfKernel } from '../talk.ts';
import { say, writeOctets } from '../terminal.ts';

interface ListenOptions {
  udp?: boolean;
  cable?: string;
  kernel?: boolean;
}

const HELP = `
What you type goes to the one who connects, what comes is printed; the end of
input (Ctrl-D) closes your direction only. It ends when the other side has
closed and what was piped in has been sent.

Examples:
  tcplab listen 7456                       on the cable; no rights needed
  tcplab listen 7456 > received.bin        take a file ...
  tcplab connect localhost 7456 < file     ... from another terminal
  tcplab listen 7456 --kernel              on this machine's own TCP`;

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
  const listening = options.kernel
    ? (options.udp ? datagramsOfKernel : connectionOfKernel)(port)
    : (options.udp ? datagrams : connection)(
        cableHost(options.cable === undefined ? {} : { path: options.cable }),
        port,
      );
  await listening.catch((error) => {
    throw withAdvice(error, {
      EADDRINUSE: 'Another program has that port: end it, or choose another port',
      EACCES: 'Ports below 1024 are not for everyone: choose a higher one',
    });
  });
}

async function connection(host: Host, port: number): Promise<void> {
  const sck = socket(host, AF_INET, SOCK_STREAM);
  await sck.bind(['localhost', port]);
  await sck.listen(1);
  say(`Listening on localhost:${port}, on the cable. Ctrl-C ends it.`);
  const [accepted, [address, from]] = await sck.accept();
  sck.close();
  say(`Connection from ${address}:${from}`);
  await join(talkOf(accepted), true);
}

async function datagrams(host: Host, port: number): Promise<void> {
  const sck = socket(host, AF_INET, SOCK_DGRAM);
  await sck.bind(['localhost', port]);
  say(`Waiting for datagrams on localhost:${port}, on the cable. Ctrl-C ends it.`);
  let answering = false;
  for (;;) {
    const [octets, from] = await sck.recvfrom(65_535);
    writeOctets(octets);
    if (!answering) answer((piece) => sck.sendto(piece, from));
    answering = true;
  }
}

async function connectionOfKernel(port: number): Promise<void> {
  const server = createServer({ allowHalfOpen: true });
  server.listen({ port, host: '127.0.0.1', backlog: 1 });
  await once(server, 'listening').catch((error) => {
    throw systemError(error, `listen 127.0.0.1:${port}`);
  });
  say(`Listening on 127.0.0.1:${port}, on this machine's own TCP. Ctrl-C ends it.`);
  const [accepted] = (await once(server, 'connection')) as [Socket];
  server.close();
  say(`Connection from ${accepted.remoteAddress}:${accepted.remotePort}`);
  await join(talkOfKernel(accepted), true);
}

async function datagramsOfKernel(port: number): Promise<void> {
  const sck = createSocket('udp4');
  sck.bind(port, '127.0.0.1');
  await once(sck, 'listening').catch((error) => {
    throw systemError(error, `bind 127.0.0.1:${port}`);
  });
  say(`Waiting for datagrams on 127.0.0.1:${port}, on this machine's own UDP. Ctrl-C ends it.`);
  sck.on('message', writeOctets);
  sck.once('message', (_, from) => {
    answer(
      (piece) =>
        new Promise((resolve, reject) =>
          sck.send(piece, from.port, from.address, (error) => (error ? reject(error) : resolve(undefined))),
        ),
    );
  });
  await once(sck, 'close');
}

/** Sends standard input to whoever spoke first. What does not arrive ends nothing: others may speak. */
function answer(send: (octets: Uint8Array) => Promise<unknown>): void {
  void sendDatagrams((piece) => send(piece).catch((error: Error) => say(`tcplab: ${error.message}`)));
}
