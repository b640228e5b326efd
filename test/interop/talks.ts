/** What is said between our stack and programs on the kernel's, each a program that people run. Each answers what is to be looked at; octets are compared by their hash. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect as connectKernel, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { pattern, serveHttp } from '../../bench/http-server.ts';
import { AF_INET, bytes, SOCK_STREAM, socket } from '../../src/speak/socket/bsd.ts';
import { connect, listen } from '../../src/speak/socket/streams.ts';
import type { TcpConnection } from '../../src/speak/socket/tcp-connection.ts';
import { makeSsh } from './ssh.ts';
import { OURS, run, type Station, THEIRS } from './station.ts';

const sha256 = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex');

const textbook = (name: string): string => fileURLToPath(new URL(`../e2e/${name}`, import.meta.url));

/** In this namespace the name localhost is `address` until `act` is done: the textbook's programs know no other. */
async function withLocalhost<T>(address: string, act: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-hosts-'));
  const hosts = join(folder, 'hosts');
  writeFileSync(hosts, `${address} localhost\n`);
  execFileSync('mount', ['--bind', hosts, '/etc/hosts']);
  try {
    return await act();
  } finally {
    execFileSync('umount', ['/etc/hosts']);
    rmSync(folder, { recursive: true });
  }
}

/** The textbook's server, unchanged, on the kernel's stack; our client says the textbook's words. */
export const pythonServer = ({ host }: Station): Promise<unknown> =>
  withLocalhost(THEIRS, async () => {
    const server = spawn('python3', [textbook('server.py'), '7456'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    const ended = once(server, 'close');
    await new Promise<void>((resolve) => {
      server.stdout.on('data', (text) => {
        said += text;
        resolve();
      });
    });
    const sck = socket(host, AF_INET, SOCK_STREAM);
    await sck.connect([THEIRS, 7456]);
    await sck.sendall(bytes('Hola server, are you bored?'));
    sck.close();
    await ended;
    return said.replace(/\d{5}/, 'PORT').trim();
  });

/** The textbook's client, unchanged, on the kernel's stack; our server listens. */
export const pythonClient = ({ host }: Station): Promise<unknown> =>
  withLocalhost(OURS, async () => {
    const listener = socket(host, AF_INET, SOCK_STREAM);
    await listener.bind([OURS, 7456]);
    await listener.listen(1);
    const client = run('python3', [textbook('client.py'), '7456']);
    const [accepted, [address]] = await listener.accept();
    let said = '';
    for (let piece = await accepted.recv(1024); piece.length > 0; piece = await accepted.recv(1024))
      said += Buffer.from(piece).toString();
    accepted.close();
    listener.close();
    await client;
    return `${address} ${said}`;
  });

/** curl fetches from our web server, and posts to it. */
export async function curl({ host, ourAddress }: Station, octets: number): Promise<unknown> {
  const listener = listen(host, { hostname: ourAddress, port: 80 });
  void serveHttp(listener);
  const body = pattern(octets);
  const fetched = await run('curl', ['-sS', `http://${inUrl(ourAddress)}/${octets}`]);
  const posted = await run('curl', ['-sS', '--data-binary', '@-', `http://${inUrl(ourAddress)}/`], body);
  listener.close();
  return { fetched: sha256(fetched) === sha256(body), posted: posted.toString() === sha256(body) };
}

/** Our client fetches from Node's web server, which is on the kernel's stack. */
export async function nodeHttp({ host, theirAddress }: Station, octets: number): Promise<unknown> {
  const body = pattern(octets);
  const server = createHttpServer((_, response) => response.end(body));
  server.listen(8080, theirAddress);
  await once(server, 'listening');
  const connection = connect(host, { hostname: theirAddress, port: 8080 });
  const writer = connection.writable.getWriter();
  await writer.write(bytes(`GET / HTTP/1.1\r\nHost: ${inUrl(theirAddress)}\r\nConnection: close\r\n\r\n`));
  const pieces: Uint8Array[] = [];
  for await (const piece of connection.readable) pieces.push(piece);
  await writer.close();
  await connection.close();
  server.close();
  const answer = Buffer.concat(pieces);
  const head = answer.indexOf('\r\n\r\n');
  return { status: answer.toString('latin1', 0, 15), equal: sha256(answer.subarray(head + 4)) === sha256(body) };
}

/** nc sends to us, and is sent to. */
export async function nc({ host, ourAddress, theirAddress }: Station, octets: number): Promise<unknown> {
  const body = pattern(octets);
  const listener = listen(host, { hostname: ourAddress, port: 9000 });
  const sending = run('nc', ['-N', ourAddress, '9000'], body);
  const incoming = await listener.accept();
  const received = await hashOf(incoming);
  await close(incoming);
  await sending;
  listener.close();

  const theirs = spawn('nc', ['-l', '-N', theirAddress, '9001'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const hash = createHash('sha256');
  theirs.stdout.on('data', (piece) => hash.update(piece));
  const ended = once(theirs, 'close');
  const outgoing = await connectUntilOpen(host, theirAddress, 9001);
  const writer = outgoing.writable.getWriter();
  await writer.write(body);
  await writer.close();
  await hashOf(outgoing);
  await outgoing.close();
  await ended;
  return { received: received === sha256(body), sent: hash.digest('hex') === sha256(body) };
}

/**
 * ssh's client and sshd on the kernel's stack, with our stack in between: once where the client's connection ends at ours (sshd -i, as inetd starts it), once where ours goes to the server, and once as one types it, with
 * "tcplab connect" for a ProxyCommand. All octets go there and come back.
 */
export async function ssh({ host, ourAddress, theirAddress }: Station, octets: number): Promise<unknown> {
  const { server, client, user } = makeSsh();
  const body = pattern(octets);
  const [sshd, ...settings] = server;
  const through = async (...args: string[]): Promise<boolean> =>
    sha256(await run('ssh', [...client, ...args, 'cat'], body)) === sha256(body);

  const inward = listen(host, { hostname: ourAddress, port: 22 });
  void (async () => {
    for await (const connection of inward) {
      const { stdin, stdout } = spawn(sshd, ['-i', '-e', ...settings], { stdio: ['pipe', 'pipe', 'ignore'] });
      relay(connection, stdout, stdin);
    }
  })();
  const seen: Record<string, boolean> = { in: await through(`${user}@${ourAddress}`) };
  inward.close();

  const theirs = spawn(sshd, ['-D', '-o', `ListenAddress=${inUrl(theirAddress)}:22`, ...settings], { stdio: 'ignore' });
  await untilKernelListens(22, inUrl(theirAddress));
  const outward = createServer({ allowHalfOpen: true }, (kernel) =>
    relay(connect(host, { hostname: theirAddress, port: 22 }), kernel),
  );
  await once(outward.listen(2222, '127.0.0.1'), 'listening');
  seen.out = await through('-p', '2222', `${user}@127.0.0.1`);
  outward.close();

  // A device of its own.
  const tcplab = [process.execPath, 'tools/run.mjs', 'src/cli/main.ts'].join(' ');
  const [address, at] = theirAddress.includes(':') ? ['fd00:8::1', 'fd00:8::2/64'] : ['10.8.0.1', '10.8.0.2/24'];
  const everywhere = spawn(sshd, ['-D', '-o', 'Port=2022', ...settings], { stdio: 'ignore' });
  await untilKernelListens(2022, '');
  const proxy = `ProxyCommand=${tcplab} connect %h %p --tun tun8 --address ${at}`;
  seen.command = await through('-o', proxy, '-p', '2022', `${user}@${address}`);
  theirs.kill();
  everywhere.kill();
  return seen;
}

/** iperf3 on the kernel's stack at both ends, with our stack in between: once where the client's connections end at ours, once where ours go to the server; and back (-R). */
export async function iperf3({ host }: Station, octets: number): Promise<unknown> {
  const server = spawn('iperf3', ['-s', '-B', '127.0.0.1'], { stdio: 'ignore' });
  const theirs = spawn('iperf3', ['-s', '-B', THEIRS], { stdio: 'ignore' });
  const inward = listen(host, { hostname: OURS, port: 5201 });
  void (async () => {
    for await (const connection of inward)
      relay(connection, connectKernel({ host: '127.0.0.1', port: 5201, allowHalfOpen: true }));
  })();
  const outward = createServer({ allowHalfOpen: true }, (kernel) =>
    relay(connect(host, { hostname: THEIRS, port: 5201 }), kernel),
  );
  outward.listen(5301, '127.0.0.1');
  await untilKernelListens(5201, '127.0.0.1');
  await untilKernelListens(5201, THEIRS);
  const seen: Record<string, boolean> = {};
  const to: readonly (readonly [name: string, address: string, port: string])[] = [
    ['in', OURS, '5201'],
    ['out', '127.0.0.1', '5301'],
  ];
  for (const [name, address, port] of to) {
    for (const reverse of [[], ['-R']]) {
      const text = await run('iperf3', ['-J', '-c', address, '-p', port, '-n', String(octets), ...reverse]);
      const { end } = JSON.parse(text.toString());
      // What is still with us when the test ends, the receiver does not count.
      seen[`${name}${reverse.join('')}`] = end.sum_received.bytes > 0 && end.sum_sent.bytes >= octets;
    }
  }
  inward.close();
  outward.close();
  server.kill();
  theirs.kill();
  return seen;
}

/** A stream that does not end soon, each way, without a copy of it anywhere: the kernel's end is a program of its own. */
export async function bulk({ host }: Station, octets: number): Promise<unknown> {
  const piece = pattern(1 << 20);
  const rounds = octets / piece.length;
  const expected = createHash('sha256');
  for (let i = 0; i < rounds; i++) expected.update(piece);
  const digest = expected.digest('hex');

  const listener = socket(host, AF_INET, SOCK_STREAM);
  await listener.bind([OURS, 9100]);
  await listener.listen(1);
  const peer = run('python3', [fileURLToPath(new URL('bulk.py', import.meta.url)), OURS, '9100', String(rounds)]);
  const [sck] = await listener.accept();
  listener.close();
  const sum = createHash('sha256');
  const memory = new Uint8Array(1 << 18);
  for (let got = 0; got < octets; ) {
    const count = await sck.recvInto(memory, 0, Math.min(memory.length, octets - got));
    if (count === 0) break;
    sum.update(memory.subarray(0, count));
    got += count;
  }
  for (let i = 0; i < rounds; i++) await sck.sendall(piece);
  sck.close();
  const theirs = (await peer).toString().trim();
  return { received: sum.digest('hex') === digest, sent: theirs === digest };
}

const inUrl = (address: string): string => (address.includes(':') ? `[${address}]` : address);

async function hashOf(connection: TcpConnection): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of connection.readable) hash.update(piece);
  return hash.digest('hex');
}

async function close(connection: TcpConnection): Promise<void> {
  await connection.writable.close();
  await connection.close();
}

/** A program of the kernel's side takes a moment until it listens. */
async function connectUntilOpen(host: Station['host'], hostname: string, port: number): Promise<TcpConnection> {
  for (let attempt = 0; ; attempt++) {
    const connection = connect(host, { hostname, port });
    connection.closed.catch(() => {});
    try {
      await connection.opened;
      return connection;
    } catch (error) {
      if (attempt === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function untilKernelListens(port: number, address: string): Promise<void> {
  for (let look = 0; look < 200; look++) {
    const found = execFileSync('ss', ['-tlnH', 'src', `${address}:${port}`], { encoding: 'utf8' });
    if (found !== '') return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nobody listens on ${address}:${port}`);
}

/** Joins a connection of ours to one of the kernel's, or to a program's output and input, each direction for itself. */
function relay(ours: TcpConnection, from: Readable, to: Writable = from as Socket): void {
  ours.closed.catch(() => to.destroy());
  for (const one of [from, to]) one.on('error', () => ours.abort());
  const writer = ours.writable.getWriter();
  void (async () => {
    for await (const piece of ours.readable) if (!to.write(piece)) await once(to, 'drain');
    to.end();
  })().catch(() => to.destroy());
  void (async () => {
    for await (const piece of from as AsyncIterable<Uint8Array>) await writer.write(piece);
    await writer.close();
  })().catch(() => ours.abort());
}
