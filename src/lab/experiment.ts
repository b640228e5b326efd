/**
 * The experiment: a server on a port, a client that connects, says one thing and closes; every frame recorded at both ends. The two programs are the
 * ones of examples/, here as functions over a host each. Virtual time: a run takes an instant, and the same seed gives the same run.
 */

import { repr } from '../core/repr.ts';
import { MILLISECOND, type Micros } from '../core/time.ts';
import { pipe } from '../speak/link/pipe.ts';
import { AF_INET, bytes, SOCK_DGRAM, SOCK_STREAM, socket } from '../speak/socket/bsd.ts';
import { Host } from '../speak/stack/host.ts';
import { VirtualDriver } from '../speak/stack/virtual-driver.ts';
import { Recorder } from './recorder.ts';

/** What the client says. */
export const MESSAGE = 'Hola server, are you bored?';

/** Where client and server are. */
export const CLIENT = '10.0.0.1';
export const SERVER = '10.0.0.2';

/** How an experiment is made. */
export interface ExperimentOptions {
  /** Calls back once every pending promise reaction has run: `setImmediate` in Node (see speak/stack/platform.ts). */
  afterPrograms: (callback: () => void) => void;
  /** The server's port, 1 to 65535; default 7456. */
  port?: number;
  /** The same conversation in datagrams; default false. */
  udp?: boolean;
  /** The server's receive buffer in octets, and so the most it ever allows; it then reads slowly. Default: the host's, and it reads at once. */
  window?: number;
  /** How long a frame is on its way, in milliseconds; default 10. */
  delay?: number;
  /** Seed of all chances: ports, sequence numbers; default 7456. */
  seed?: number;
  /** When the experiment begins, in microseconds since the Unix epoch; default 0. */
  epoch?: Micros;
  /** Is told each line that a program prints. */
  say?: (program: 'server' | 'client', line: string) => void;
  /** Is handed each host before anything happens: to trace, capture or audit it. */
  onHost?: (host: Host) => void;
}

/** How long a frame is on its way, in milliseconds. */
const DELAY = 10;

/** A slow server reads once in this time. */
const SLOW_READ: Micros = 300 * MILLISECOND;

/** When the client starts: the server has to be there. */
const CLIENT_STARTS: Micros = 5 * MILLISECOND;

/** Between two calls of the client, in round trips of the link: what it did is answered before it does the next, as between two programs on one machine. */
const PAUSE = 1.5;

/** Runs the experiment and answers its recording. */
export async function runExperiment(options: ExperimentOptions): Promise<Recorder> {
  const { afterPrograms, delay = DELAY, seed = 7456, epoch = 0 } = options;
  const driver = new VirtualDriver({ afterPrograms, seed, epoch });
  const recorder = new Recorder({ epoch });
  // A point-to-point cable for IP packets: no hardware addresses, so nothing but the conversation crosses it.
  const [left, right] = pipe({ medium: 'ip', delay });
  const client = new Host({ driver, name: 'client' });
  const server = new Host({ driver, name: 'server' });
  options.onHost?.(client);
  options.onHost?.(server);
  client.plug(recorder.watch(left), { address: `${CLIENT}/24` });
  server.plug(recorder.watch(right), { address: `${SERVER}/24` });
  await driver.run(async () => {
    const serving = options.udp ? serveDatagrams(server, options) : serve(server, options);
    await driver.sleep(CLIENT_STARTS);
    await (options.udp ? sendDatagram(client, options) : connectAndSend(client, options));
    await serving;
  });
  await driver.settle();
  return recorder;
}

/** examples/server.ts. */
async function serve(host: Host, { port = 7456, window, say = () => {} }: ExperimentOptions): Promise<void> {
  const sck = socket(host, AF_INET, SOCK_STREAM, window === undefined ? {} : { receiveBuffer: window });
  await sck.bind(['', port]);
  await sck.listen(1);
  say('server', `Hey you I'm listening on ${port}...weird port by the way`);
  const [clientSock, address] = await sck.accept();
  for (;;) {
    if (window !== undefined) await host.driver.sleep(SLOW_READ);
    const message = await clientSock.recv(1024);
    if (message.length === 0) break;
    say('server', `FROM: ${repr(address)} MSG: ${repr(message)}`);
  }
  clientSock.close();
  sck.close();
}

/** examples/client.ts. */
async function connectAndSend(
  host: Host,
  { port = 7456, delay = DELAY, say = () => {} }: ExperimentOptions,
): Promise<void> {
  const sck = socket(host, AF_INET, SOCK_STREAM);
  const pause = (): Promise<void> => host.driver.sleep(PAUSE * 2 * delay * MILLISECOND);
  await sck.connect([SERVER, port]);
  await pause();
  say('client', 'Sending data...');
  await sck.sendall(bytes(MESSAGE));
  await pause();
  sck.close();
}

async function serveDatagrams(host: Host, { port = 7456, say = () => {} }: ExperimentOptions): Promise<void> {
  const sck = socket(host, AF_INET, SOCK_DGRAM);
  await sck.bind(['', port]);
  say('server', `Hey you I'm waiting for datagrams on ${port}...weird port by the way`);
  const [message, address] = await sck.recvfrom(1024);
  say('server', `FROM: ${repr(address)} MSG: ${repr(message)}`);
  sck.close();
}

async function sendDatagram(host: Host, { port = 7456, say = () => {} }: ExperimentOptions): Promise<void> {
  const sck = socket(host, AF_INET, SOCK_DGRAM);
  say('client', 'Sending data...');
  await sck.sendto(bytes(MESSAGE), [SERVER, port]);
  sck.close();
}
