/** `tcplab listen`: waits for one connection (or datagrams) on a port and joins it to this terminal. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Command } from 'commander';
import { systemError } from '../../node/system-error.ts';
import {
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SOCK_DGRAM,
  SOCK_STREAM,
  type StreamSocket,
  socket,
} from '../../speak/socket/bsd.ts';
import { portNumber, UsageError, withAdvice } from '../failure.ts';
import {
  addExplainOption,
  addNetworkOptions,
  NETWORK_HELP,
  type Network,
  type NetworkOptions,
  openNetwork,
  requireNone,
} from '../network.ts';
import { join, joinEach, sendDatagrams, type Talk, talkOf, talkOfKernel } from '../talk.ts';
import { say, writeOctets } from '../terminal.ts';

interface ListenOptions extends NetworkOptions {
  udp?: boolean;
  kernel?: boolean;
  keep?: boolean;
}

const HELP = `
What you type goes to the one who connects, what comes is printed; the end of
input (Ctrl-D) closes your direction only. It ends when the other side has
closed and what was piped in has been sent.

Examples:
  tcplab listen 7456                       on the cable; no rights needed
  tcplab listen 7456 > received.bin        take a file ...
  tcplab connect localhost 7456 < file     ... from another terminal
  tcplab listen 7456 -k                    one connection after the other
  tcplab listen 7456 --kernel              on this machine's own TCP
  sudo tcplab listen 80 --tun tun0 --address 10.9.0.2/24 --capture http.pcapng
${NETWORK_HELP}`;

export function define(command: Command): void {
  addExplainOption(addNetworkOptions(command))
    .argument('<PORT>', 'the port to listen on')
    .option('-u, --udp', 'datagrams instead of a connection')
    .option('-k, --keep', 'wait for the next connection when one has ended; what is typed goes to the one there is')
    .option('--kernel', "this machine's own TCP instead of tcplab's")
    .addHelpText('after', HELP)
    .action(listen);
}

async function listen(portText: string, options: ListenOptions): Promise<void> {
  const port = portNumber(portText);
  if (options.keep && (options.udp || options.kernel))
    throw new UsageError(
      `-k and ${options.udp ? '-u' : '--kernel'} do not go together: -k is for connections of tcplab's own TCP`,
    );
  if (options.kernel) requireNone(options);
  const listening = options.kernel ? (options.udp ? datagramsOfKernel : connectionOfKernel)(port) : own(options, port);
  await listening.catch((error) => {
    throw withAdvice(error, {
      EADDRINUSE: 'Another program has that port: end it, or choose another port',
      // What a device wants of its user says so itself.
      ...(options.kernel && { EACCES: 'Ports below 1024 are not for everyone: choose a higher one' }),
    });
  });
}

async function own(options: ListenOptions, port: number): Promise<void> {
  const network = await openNetwork(options);
  try {
    if (options.udp) await datagrams(network, port, options.ipv6 ?? false);
    else await connections(network, port, options.keep ?? false, options.ipv6 ?? false);
  } finally {
    await network.close();
  }
}

async function connections(network: Network, port: number, keep: boolean, only6: boolean): Promise<void> {
  const { host, where, bindTo, family } = network;
  const sck = socket(host, family, SOCK_STREAM);
  try {
    if (only6) sck.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    await sck.bind([bindTo, port]);
    await sck.listen(keep ? BACKLOG : 1);
    say(`Listening on ${endsOf(network, port)}, ${where}. Ctrl-C ends it.`);
    if (keep)
      return await joinEach(
        () => acceptOne(sck),
        () => sck.close(),
      );
    const talk = await acceptOne(sck);
    sck.close();
    await join(talk, true);
  } finally {
    sck.close();
  }
}

/** Connections that may wait for their turn. */
const BACKLOG = 16;

async function acceptOne(sck: StreamSocket): Promise<Talk> {
  const [accepted, [address, from]] = await sck.accept();
  say(`Connection from ${nameOf(address)}:${from}`);
  return talkOf(accepted);
}

/** Where one is reached: `10.9.0.2:80 and [fd09::2]:80`. */
const endsOf = ({ ownAddresses }: Network, port: number): string =>
  ownAddresses.map((address) => `${address}:${port}`).join(' and ');

/** An address as people write it before a port: IPv4 in its own form, IPv6 in brackets. */
function nameOf(address: string): string {
  const four = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  return four ?? (address.includes(':') ? `[${address}]` : address);
}

async function datagrams(network: Network, port: number, only6: boolean): Promise<void> {
  const { host, where, bindTo, family } = network;
  const sck = socket(host, family, SOCK_DGRAM);
  if (only6) sck.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  await sck.bind([bindTo, port]);
  say(`Waiting for datagrams on ${endsOf(network, port)}, ${where}. Ctrl-C ends it.`);
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
