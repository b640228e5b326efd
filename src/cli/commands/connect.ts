/** `tcplab connect`: opens a connection (or sends datagrams) and joins it to this terminal. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectKernel } from 'node:net';
import type { Command } from 'commander';
import { systemError } from '../../node/system-error.ts';
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM, socket } from '../../speak/socket/bsd.ts';
import type { Host } from '../../speak/stack/host.ts';
import { portNumber, withAdvice } from '../failure.ts';
import {
  addExplainOption,
  addNetworkOptions,
  NETWORK_HELP,
  type NetworkOptions,
  openNetwork,
  requireNone,
} from '../network.ts';
import { join, sendDatagrams, talkOf, talkOfKernel } from '../talk.ts';
import { say, writeOctets } from '../terminal.ts';

interface ConnectOptions extends NetworkOptions {
  udp?: boolean;
  kernel?: boolean;
}

/** How long answers to datagrams are waited for after the end of input, in milliseconds: UDP says nothing of an end. */
const LAST_ANSWERS = 1_000;

const HELP = `
What you type goes to the other side, what it says is printed; the end of input
(Ctrl-D) closes your direction only.

Examples:
  tcplab connect localhost 7456             on the cable; no rights needed
  echo 'Hola server' | tcplab connect localhost 7456
  tcplab connect example.test 80 --kernel   through this machine's own TCP
  sudo tcplab connect 10.9.0.1 22 --tun tun0 --address 10.9.0.2/24 --explain
${NETWORK_HELP}`;

export function define(command: Command): void {
  addExplainOption(addNetworkOptions(command))
    .argument('<HOST>', 'localhost or an address such as 127.0.0.1; with --kernel any name')
    .argument('<PORT>', "the other side's port")
    .option('-u, --udp', 'datagrams instead of a connection')
    .option('--kernel', "this machine's own TCP instead of tcplab's")
    .addHelpText('after', HELP)
    .action(connect);
}

async function connect(name: string, portText: string, options: ConnectOptions): Promise<void> {
  const port = portNumber(portText);
  if (options.kernel) requireNone(options);
  if (options.kernel) return options.udp ? datagramsOfKernel(name, port) : connectionOfKernel(name, port);
  const network = await openNetwork(options);
  const { host, where } = network;
  try {
    if (options.udp) await datagrams(host, name, port, where, familyOf(name, options));
    else {
      const sck = socket(host, familyOf(name, options), SOCK_STREAM);
      await sck.connect([name, port]).catch((error) => {
        sck.close();
        throw withAdvice(error, startOne(`${port}`, where));
      });
      say(`Connected to ${name.includes(':') ? `[${name}]` : name}:${port}, ${where}.`);
      await join(talkOf(sck), false);
    }
  } finally {
    await network.close();
  }
}

type Family = typeof AF_INET | typeof AF_INET6;

/** The family of sockets that reach an address. */
const familyOf = (name: string, { ipv6 }: NetworkOptions): Family => (ipv6 || name.includes(':') ? AF_INET6 : AF_INET);

async function datagrams(host: Host, name: string, port: number, where: string, family: Family): Promise<void> {
  const sck = socket(host, family, SOCK_DGRAM);
  try {
    await sck.connect([name, port]);
    const receiving = (async () => {
      for (;;) writeOctets(await sck.recv(65_535));
    })();
    const sending = sendInput((octets) => sck.send(octets));
    receiving.catch(() => {});
    // The first refusal ends it; so does, a while after the end of input, silence.
    await Promise.race([receiving, sending]).catch((error) => {
      throw withAdvice(error, startOne(`${port} -u`, where));
    });
  } finally {
    sck.close();
  }
}

/** What to do when nobody listens. */
const startOne = (options: string, where: string): { ECONNREFUSED: string } => ({
  ECONNREFUSED: where.startsWith('by ')
    ? 'Start a server on that machine, or ask another port'
    : `Start one ${where}: tcplab listen ${options}`,
});

async function connectionOfKernel(host: string, port: number): Promise<void> {
  const connection = connectKernel({ host, port, allowHalfOpen: true });
  await once(connection, 'connect').catch((error) => {
    const one = error instanceof AggregateError ? error.errors.at(-1) : error;
    throw withAdvice(systemError(one, `connect ${host}:${port}`), startOne(`${port} --kernel`, 'on this machine'));
  });
  say(`Connected to ${connection.remoteAddress}:${port}, by this machine's own TCP.`);
  await join(talkOfKernel(connection), false);
}

async function datagramsOfKernel(host: string, port: number): Promise<void> {
  const sck = createSocket('udp4');
  sck.on('message', writeOctets);
  const failed = once(sck, 'error').then(([error]) => {
    throw withAdvice(systemError(error, `send to ${host}:${port}`), startOne(`${port} -u --kernel`, 'on this machine'));
  });
  sck.connect(port, host);
  await Promise.race([once(sck, 'connect'), failed]);
  const sending = sendInput(
    (octets) =>
      new Promise((resolve, reject) => sck.send(octets, (error) => (error ? reject(error) : resolve(undefined)))),
  );
  await Promise.race([sending, failed]);
  failed.catch(() => {});
  sck.close();
}

/** Sends standard input; done a while after its end. */
async function sendInput(send: (octets: Uint8Array) => Promise<unknown>): Promise<void> {
  await sendDatagrams(send);
  await new Promise((resolve) => setTimeout(resolve, LAST_ANSWERS));
}
