/**
 * A program for tests that talks TCP over the cable named by TCPLAB_CABLE. Run with one of:
 * `sink` listens on 7456, and prints how much came on one connection, with its hash;
 * `source OCTETS` connects and sends so much, in two halves: the second when a line comes on standard input;
 * `wait` connects and waits for an answer; `serve` listens, accepts, and waits; both print how that ended;
 * `dgram` binds UDP 53, answers one datagram, and `ask` asks it.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { AF_INET, bytes, repr, SOCK_DGRAM, SOCK_STREAM, socket } from '../../src/node/index.ts';
import type { StreamSocket } from '../../src/speak/socket/bsd.ts';

const [role, octets] = process.argv.slice(2);
const code = (error: unknown): string => (error as { code?: string }).code ?? String(error);

async function accepted(): Promise<StreamSocket> {
  const listener = socket(AF_INET, SOCK_STREAM);
  await listener.bind(['localhost', 7456]);
  await listener.listen(1);
  console.log('listening');
  const [connection] = await listener.accept();
  listener.close();
  console.log('accepted');
  return connection;
}

async function connected(): Promise<StreamSocket> {
  const sck = socket(AF_INET, SOCK_STREAM);
  await sck.connect(['localhost', 7456]);
  console.log('connected');
  return sck;
}

async function waitOn(sck: StreamSocket): Promise<void> {
  try {
    console.log(repr(await sck.recv(1024)));
  } catch (error) {
    console.log(code(error));
  }
  sck.close();
}

if (role === 'sink') {
  const sck = await accepted();
  const hash = createHash('sha256');
  let count = 0;
  for (;;) {
    const piece = await sck.recv(65_536);
    if (piece.length === 0) break;
    hash.update(piece);
    count += piece.length;
  }
  console.log(`${count} ${hash.digest('hex')}`);
  sck.close();
} else if (role === 'source') {
  const data = Uint8Array.from({ length: Number(octets) }, (_, i) => (i * 31 + (i >> 8)) & 255);
  console.log(createHash('sha256').update(data).digest('hex'));
  const sck = await connected();
  await sck.sendall(data.subarray(0, data.length / 2));
  console.log('half');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  await sck.sendall(data.subarray(data.length / 2));
  sck.close();
} else if (role === 'wait') {
  await waitOn(await connected());
} else if (role === 'serve') {
  await waitOn(await accepted());
} else {
  const sck = socket(AF_INET, SOCK_DGRAM);
  if (role === 'dgram') {
    await sck.bind(['localhost', 53]);
    console.log('bound');
    const [question, from] = await sck.recvfrom(1024);
    await sck.sendto(bytes(`you said ${repr(question)}`), from);
  } else {
    await sck.sendto(bytes('hi'), ['localhost', 53]);
    console.log(repr(await sck.recv(1024)));
  }
  sck.close();
}
