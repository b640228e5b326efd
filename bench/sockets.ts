/**
 * Sockets: octets, connections and round trips a second through the bsd face over a virtual cable, both hosts in this thread, and the same through Node's `net` over the kernel's loopback,
 * both ends in this process too. Checksums are made and verified; MTU 1500.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { pipe } from '../src/speak/link/pipe.ts';
import { AF_INET, SOCK_STREAM, type StreamSocket, socket } from '../src/speak/socket/bsd.ts';
import { Host } from '../src/speak/stack/host.ts';
import { VirtualDriver } from '../src/speak/stack/virtual-driver.ts';

/** The server's port. */
export const PORT = 7456;

/** Octets a program hands over at once. */
export const CHUNK = 65_536;

/** Octets in a full segment at MTU 1500. */
export const SEGMENT = 1_460;

/** How much is done in one sample. */
export const WORK: Readonly<{
  [what in 'bulk' | 'batch' | 'batches' | 'kernelConnections' | 'roundTrips' | 'kernelRoundTrips']: number;
}> = {
  bulk: 256 * 1024 * 1024,
  // Connections, and how often so many: 2 MSL pass after each.
  batch: 20_000,
  batches: 3,
  kernelConnections: 3_000,
  roundTrips: 100_000,
  kernelRoundTrips: 20_000,
};

/** Two hosts that can reach one another. */
export interface Pair {
  driver: VirtualDriver;
  client: Host;
  server: Host;
}

/** Microseconds after which clocks are past 2^31, as most clocks are: beyond it a time is no small integer any more, which may cost memory. */
const LATER = 3_600_000_000;

/** Two hosts on a cable, on virtual time. */
export async function twoHosts(): Promise<Pair> {
  const driver = new VirtualDriver({ afterPrograms: setImmediate });
  const [left, right] = pipe({ medium: 'ip', mtu: 1500 });
  const client = new Host({ driver, name: 'client' });
  const server = new Host({ driver, name: 'server' });
  client.plug(left, { address: '10.0.0.1/24' });
  server.plug(right, { address: '10.0.0.2/24' });
  await driver.advance(LATER);
  return { driver, client, server };
}

async function listening(server: Host, backlog: number): Promise<StreamSocket> {
  const listener = socket(server, AF_INET, SOCK_STREAM);
  await listener.bind(['', PORT]);
  await listener.listen(backlog);
  return listener;
}

/** Since `since`. */
export const seconds = (since: number): number => (performance.now() - since) / 1000;

/** Octets a second. */
export async function bulk(octets: number = WORK.bulk): Promise<number> {
  const { driver, client, server } = await twoHosts();
  return driver.run(async () => {
    const listener = await listening(server, 1);
    const sender = socket(client, AF_INET, SOCK_STREAM);
    const accepted = listener.accept();
    await sender.connect(['10.0.0.2', PORT]);
    const [receiver] = await accepted;
    const chunk = new Uint8Array(CHUNK).fill(7);
    const into = new Uint8Array(CHUNK);
    const start = performance.now();
    const sending = (async () => {
      for (let sent = 0; sent < octets; sent += CHUNK) await sender.sendall(chunk);
      sender.close();
    })();
    let received = 0;
    for (;;) {
      const count = await receiver.recvInto(into);
      if (count === 0) break;
      received += count;
    }
    const took = seconds(start);
    await sending;
    receiver.close();
    listener.close();
    if (received !== octets) throw new Error(`bulk: ${received} octets of ${octets} arrived`);
    return received / took;
  });
}

/** Connections opened and closed a second, one after the other; after each batch 2 MSL pass in virtual time, so that both tables are empty again, and count. */
export async function connectClose(): Promise<number> {
  const { driver, client, server } = await twoHosts();
  const start = performance.now();
  for (let i = 0; i < WORK.batches; i++) {
    await driver.run(() => batch(client, server));
    if (!(await driver.settle()) || client.tcp.size + server.tcp.size > 0)
      throw new Error(`connect-close: ${client.tcp.size} and ${server.tcp.size} connections are left`);
  }
  return (WORK.batches * WORK.batch) / seconds(start);
}

async function batch(client: Host, server: Host): Promise<void> {
  const listener = await listening(server, 128);
  const serving = (async () => {
    for (let i = 0; i < WORK.batch; i++) {
      const [connection] = await listener.accept();
      // The client closes first, as in the article.
      await connection.recv(1);
      connection.close();
    }
  })();
  for (let i = 0; i < WORK.batch; i++) {
    const connection = socket(client, AF_INET, SOCK_STREAM);
    await connection.connect(['10.0.0.2', PORT]);
    connection.close();
  }
  await serving;
  listener.close();
}

/** Round trips of one octet a second. */
export async function pingPong(): Promise<number> {
  const { driver, client, server } = await twoHosts();
  return driver.run(async () => {
    const listener = await listening(server, 1);
    const one = socket(client, AF_INET, SOCK_STREAM);
    const accepted = listener.accept();
    await one.connect(['10.0.0.2', PORT]);
    const [other] = await accepted;
    const echoing = (async () => {
      const received = new Uint8Array(1);
      while ((await other.recvInto(received)) > 0) await other.sendall(received);
      other.close();
    })();
    const octet = new Uint8Array(1);
    const answer = new Uint8Array(1);
    const start = performance.now();
    for (let i = 0; i < WORK.roundTrips; i++) {
      await one.sendall(octet);
      await one.recvInto(answer);
    }
    const took = seconds(start);
    one.close();
    await echoing;
    listener.close();
    return WORK.roundTrips / took;
  });
}

async function kernelServer(onConnection: (connection: Socket) => void): Promise<[Server, number]> {
  const server = createServer({ noDelay: true }, onConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [server, (server.address() as { port: number }).port];
}

/** The same as `bulk` through `net`. */
export async function kernelBulk(): Promise<number> {
  let received = 0;
  let done = (): void => {};
  const finished = new Promise<void>((resolve) => {
    done = resolve;
  });
  const [server, port] = await kernelServer((connection) => {
    connection.on('data', (chunk) => {
      received += chunk.length;
    });
    connection.on('end', () => {
      connection.end();
      done();
    });
  });
  const sender = connect(port, '127.0.0.1');
  await once(sender, 'connect');
  const chunk = new Uint8Array(CHUNK).fill(7);
  const start = performance.now();
  for (let sent = 0; sent < WORK.bulk; sent += CHUNK) if (!sender.write(chunk)) await once(sender, 'drain');
  sender.end();
  await finished;
  const took = seconds(start);
  server.close();
  return received / took;
}

/** The same as `connectClose` through `net`. */
export async function kernelConnectClose(): Promise<number> {
  const [server, port] = await kernelServer((connection) => {
    connection.on('end', () => connection.end());
    connection.resume();
  });
  const start = performance.now();
  for (let i = 0; i < WORK.kernelConnections; i++) {
    const connection = connect(port, '127.0.0.1');
    await once(connection, 'connect');
    connection.end();
    connection.resume();
    await once(connection, 'close');
  }
  const took = seconds(start);
  server.close();
  return WORK.kernelConnections / took;
}

/** The same as `pingPong` through `net`. */
export async function kernelPingPong(): Promise<number> {
  const [server, port] = await kernelServer((connection) => {
    connection.on('data', (octets) => connection.write(octets));
    connection.on('end', () => connection.end());
  });
  const connection = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(connection, 'connect');
  const octet = new Uint8Array(1);
  const start = performance.now();
  await new Promise<void>((resolve) => {
    let left = WORK.kernelRoundTrips;
    connection.on('data', () => {
      if (--left === 0) resolve();
      else connection.write(octet);
    });
    connection.write(octet);
  });
  const took = seconds(start);
  connection.end();
  server.close();
  return WORK.kernelRoundTrips / took;
}
