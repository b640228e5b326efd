import { expect, test } from 'vitest';
import { brief, type Network, type NetworkOptions, network, virtualDriver } from '../../../test/network.ts';
import { MINUTE, SECOND } from '../../core/time.ts';
import type { Frame } from '../../wire/frame.ts';
import { loopback } from '../link/loopback.ts';
import { tap } from '../link/tap.ts';
import { Host } from '../stack/host.ts';
import {
  AF_INET,
  bytes,
  ERRNO,
  FIONBIO,
  IP_RECVERR,
  IPPROTO_IP,
  MSG_DONTWAIT,
  MSG_PEEK,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SIOCATMARK,
  SIOCINQ,
  SIOCOUTQ,
  SO_ACCEPTCONN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type StreamSocket,
  socket,
} from './bsd.ts';

const SERVER = '10.0.0.2';

const text = (octets: Uint8Array): string => new TextDecoder().decode(octets);

/** The error code of what a promise rejects with, or 'nothing'. */
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing',
    (error: { code?: string }) => error.code ?? String(error),
  );

/** Two hosts, and every segment between them in a few words, C for the client's and S for the server's. */
function traced(options: NetworkOptions = {}): Network & { lines: string[] } {
  const lines: string[] = [];
  const onFrame = (frame: Frame, _now: number, from: string): void => {
    const words = brief(frame);
    if (words !== 'ARP') lines.push(`${from === 'client' ? 'C' : 'S'} ${words}`);
  };
  return { ...network({ ...options, onFrame }), lines };
}

/** A connection between the two: the client's socket, the server's, and the listener. */
async function connected(net: Network, backlog = 1): Promise<[StreamSocket, StreamSocket, StreamSocket]> {
  const listener = socket(net.server, AF_INET, SOCK_STREAM);
  await listener.bind([SERVER, 7456]);
  await listener.listen(backlog);
  const own = socket(net.client, AF_INET, SOCK_STREAM);
  await own.connect([SERVER, 7456]);
  const [accepted] = await listener.accept();
  return [own, accepted, listener];
}

const EIGHT = ['C SYN', 'S SYN, ACK', 'C ACK', 'C PSH, ACK 27', 'S ACK', 'C FIN, ACK', 'S FIN, ACK', 'C ACK'];

async function article(net: Network, name: string): Promise<string[]> {
  const words: string[] = [];
  const serve = async (): Promise<void> => {
    const server = socket(net.server, AF_INET, SOCK_STREAM);
    await server.bind([name, 7456]);
    await server.listen(1);
    const [connection, address] = await server.accept();
    words.push(address[0]);
    for (let message = await connection.recv(1024); message.length > 0; message = await connection.recv(1024))
      words.push(text(message));
    connection.close();
    server.close();
  };
  const call = async (): Promise<void> => {
    const client = socket(net.client, AF_INET, SOCK_STREAM);
    await client.connect([name, 7456]);
    await client.sendall(bytes('Hola server, are you bored?'));
    client.close();
  };
  await net.driver.run(() => Promise.all([serve(), call()]));
  await net.driver.settle();
  return words;
}

test.each([0, 0.5, 40])('a connection with one message takes eight packets (delay %d ms)', async (delay) => {
  const net = traced({ link: { delay } });
  expect(await article(net, SERVER)).toEqual(['10.0.0.1', 'Hola server, are you bored?']);
  // On a slow line each end's own order is what can be told.
  for (const end of ['C', 'S'])
    expect(net.lines.filter((line) => line.startsWith(end))).toEqual(EIGHT.filter((line) => line.startsWith(end)));
  if (delay === 0) expect(net.lines).toEqual(EIGHT);
  expect([net.client.tcp.size, net.server.tcp.size]).toEqual([0, 0]);
});

test('so it does on the loopback of one host, by the name localhost', async () => {
  const driver = virtualDriver();
  const lines: string[] = [];
  const lo = tap(loopback(), (frame, _now, direction) => direction === 'out' && lines.push(brief(frame)));
  const host = new Host({ driver, loopback: lo });
  const words = await article({ driver, client: host, server: host, port: lo }, 'localhost');
  expect(words).toEqual(['127.0.0.1', 'Hola server, are you bored?']);
  expect(lines).toEqual(EIGHT.map((line) => line.slice(2)));
});

test('an answer carries the acknowledgment of what it answers, after the first', async () => {
  const net = traced();
  await net.driver.run(async () => {
    const [own, accepted] = await connected(net);
    net.lines.length = 0;
    for (let i = 0; i < 3; i++) {
      await own.sendall(bytes('ping'));
      await accepted.recv(10);
      await accepted.sendall(bytes('pong!'));
      await own.recv(10);
    }
    // The last acknowledgment waits for company that does not come.
    await net.driver.sleep(100_000);
  });
  // Each end's first octets are acknowledged at once; the last ones have no answer.
  expect(net.lines.filter((line) => /^. ACK$/.test(line))).toEqual(['S ACK', 'C ACK', 'C ACK']);
  expect(net.lines.at(-1)).toBe('C ACK');
  expect(net.lines.filter((line) => line.includes('PSH'))).toHaveLength(6);
});

test('nobody listens: ECONNREFUSED, and the socket may try again', async () => {
  const net = traced();
  await net.driver.run(async () => {
    const own = socket(net.client, AF_INET, SOCK_STREAM);
    expect(await codeOf(own.connect([SERVER, 7456]))).toBe('ECONNREFUSED');
    expect(net.lines).toEqual(['C SYN', 'S RST, ACK']);
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind([SERVER, 7456]);
    // Bound is not listening.
    expect(await codeOf(own.connect([SERVER, 7456]))).toBe('ECONNREFUSED');
    await listener.listen(1);
    await own.connect([SERVER, 7456]);
    expect(own.getpeername()).toEqual([SERVER, 7456]);
  });
  expect(net.server.counters.tcpOutRsts).toBe(2);
});

test('nobody is there: EHOSTUNREACH when no neighbour answers, ETIMEDOUT when packets vanish, ENETUNREACH without a route', async () => {
  const net = network();
  await net.driver.run(async () => {
    const own = socket(net.client, AF_INET, SOCK_STREAM);
    expect(await codeOf(own.connect(['10.0.0.77', 1]))).toBe('EHOSTUNREACH');
    expect(net.driver.now).toBeGreaterThan(2 * SECOND);
    expect(net.driver.now).toBeLessThan(5 * SECOND);
    expect(await codeOf(own.connect(['192.0.2.1', 1]))).toBe('ENETUNREACH');
  });
  const deaf = network({
    impairment: (driver) => ({ random: driver.random, out: { drop: (_, frame) => brief(frame) !== 'ARP' } }),
  });
  await deaf.driver.run(async () => {
    const own = socket(deaf.client, AF_INET, SOCK_STREAM);
    expect(await codeOf(own.connect([SERVER, 1]))).toBe('ETIMEDOUT');
  });
  expect(deaf.client.tcp.size).toBe(0);
});

test('errors of wrong use, as Linux has them', async () => {
  const net = network();
  await net.driver.run(async () => {
    const [own, accepted, listener] = await connected(net);
    const fresh = socket(net.client, AF_INET, SOCK_STREAM);
    expect(await codeOf(fresh.recv(1))).toBe('ENOTCONN');
    await expect(fresh.send(bytes('x'))).rejects.toThrow('send: EPIPE, the socket is not connected');
    expect(() => fresh.getpeername()).toThrow('ENOTCONN');
    expect(() => fresh.shutdown(SHUT_WR)).toThrow('ENOTCONN');
    expect(await codeOf(fresh.accept())).toBe('EINVAL');
    expect(await codeOf(fresh.bind(['10.0.0.99', 1]))).toBe('EADDRNOTAVAIL');
    expect(await codeOf(fresh.bind(['example.org', 1]))).toBe('EINVAL');
    expect(await codeOf(fresh.bind(['', 70_000]))).toBe('EINVAL');
    expect(await codeOf(own.connect([SERVER, 7456]))).toBe('EISCONN');
    expect(await codeOf(own.bind(['', 0]))).toBe('EINVAL');
    expect(await codeOf(own.listen(1))).toBe('EINVAL');
    expect(await codeOf(listener.connect([SERVER, 1]))).toBe('EISCONN');
    expect(await codeOf(own.recv(-1))).toBe('EINVAL');
    await expect(own.send('text' as unknown as Uint8Array)).rejects.toThrow("bytes('...')");
    const other = socket(net.server, AF_INET, SOCK_STREAM);
    expect(await codeOf(other.bind([SERVER, 7456]))).toBe('EADDRINUSE');
    expect(await codeOf(other.bind(['', 7456]))).toBe('EADDRINUSE');
    await other.bind(['127.0.0.1', 80]);
    await socket(net.server, AF_INET, SOCK_STREAM).bind([SERVER, 80]);
    other.close();
    expect(await codeOf(other.bind(['', 1]))).toBe('EBADF');
    expect(await codeOf(other.recv(1))).toBe('EBADF');
    expect(() => other.getsockname()).toThrow('EBADF');
    accepted.close();
  });
  expect(() => socket(net.client, 11 as 2, SOCK_STREAM)).toThrow('EAFNOSUPPORT');
  expect(() => socket(net.client, AF_INET, 3 as 1)).toThrow('EPROTONOSUPPORT');
});

test('a lingering connection keeps its port, SO_REUSEADDR takes it all the same', async () => {
  const net = network();
  await net.driver.run(async () => {
    const [own, accepted, listener] = await connected(net);
    // The server closes first: TIME-WAIT is its.
    accepted.close();
    expect((await own.recv(1)).length).toBe(0);
    own.close();
    listener.close();
    await net.driver.sleep(SECOND);
    expect([...net.server.tcp.all()].map(({ tcb }) => tcb.state)).toEqual(['TIME-WAIT']);
    const again = socket(net.server, AF_INET, SOCK_STREAM);
    expect(await codeOf(again.bind([SERVER, 7456]))).toBe('EADDRINUSE');
    again.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    await again.bind([SERVER, 7456]);
    again.close();
    await net.driver.sleep(5 * MINUTE);
    const later = socket(net.server, AF_INET, SOCK_STREAM);
    await later.bind([SERVER, 7456]);
    later.close();
  });
});

test('half-close: one side has said all, the other goes on', async () => {
  const net = network();
  await net.driver.run(async () => {
    const [own, accepted] = await connected(net);
    await own.sendall(bytes('all I have'));
    own.shutdown(SHUT_WR);
    expect(await codeOf(own.send(bytes('more')))).toBe('EPIPE');
    expect(text(await accepted.recv(100))).toBe('all I have');
    expect((await accepted.recv(100)).length).toBe(0);
    expect((await accepted.recv(100)).length).toBe(0);
    await accepted.sendall(bytes('and I go on'));
    accepted.close();
    expect(text(await own.recv(100))).toBe('and I go on');
    expect((await own.recv(100)).length).toBe(0);
    own.close();
  });
  await net.driver.settle();
  expect([net.client.tcp.size, net.server.tcp.size]).toEqual([0, 0]);
});

test('SHUT_RD ends what waits to be read; SHUT_RDWR both', async () => {
  const net = network();
  await net.driver.run(async () => {
    const [own, accepted] = await connected(net);
    const waiting = own.recv(10);
    own.shutdown(SHUT_RD);
    expect((await waiting).length).toBe(0);
    accepted.shutdown(SHUT_RDWR);
    expect((await accepted.recv(1)).length).toBe(0);
    expect(await codeOf(accepted.send(bytes('x')))).toBe('EPIPE');
  });
});

test('closing with octets unread is a reset, and the other side is told once, by whichever direction asks first', async () => {
  const net = traced();
  await net.driver.run(async () => {
    const [own, accepted] = await connected(net);
    await own.sendall(bytes('never read'));
    await net.driver.sleep(SECOND);
    accepted.close();
    await net.driver.sleep(SECOND);
    expect(net.lines.at(-1)).toBe('S RST, ACK');
    expect(await codeOf(own.recv(1))).toBe('ECONNRESET');
    expect((await own.recv(1)).length).toBe(0);
    expect(await codeOf(own.send(bytes('x')))).toBe('EPIPE');
    own.close();
  });
  expect([net.client.tcp.size, net.server.tcp.size]).toEqual([0, 0]);
});

test('octets that come after a close are answered with a reset', async () => {
  const net = traced();
  await net.driver.run(async () => {
    const [own, accepted] = await connected(net);
    accepted.close();
    await net.driver.sleep(SECOND);
    await own.sendall(bytes('are you still there?'));
    expect(await codeOf(own.recv(1).then(() => own.recv(1)))).toBe('nothing');
    await net.driver.sleep(SECOND);
    // As in Linux: a reset of the direction that is left is a broken pipe.
    expect(await codeOf(own.send(bytes('?')))).toBe('EPIPE');
  });
  expect(net.lines.at(-1)).toBe('S RST');
});

test('abort is a reset at once', async () => {
  const net = traced();
  await net.driver.run(async () => {
    const [own, accepted] = await connected(net);
    own.abort();
    expect(await codeOf(accepted.recv(1))).toBe('ECONNRESET');
  });
  expect(net.lines.at(-1)).toMatch(/^C RST/);
});

test('every promise settles when its socket is closed', async () => {
  const net = network();
  await net.driver.run(async () => {
    const [own, accepted, listener] = await connected(net);
    const accepting = listener.accept();
    const receiving = [own.recv(1), own.recv(1)];
    const sending = [accepted.sendall(new Uint8Array(1 << 20)), accepted.send(bytes('x'))];
    await net.driver.sleep(SECOND);
    const connecting = socket(net.client, AF_INET, SOCK_STREAM);
    const trying = connecting.connect(['10.0.0.50', 1]);
    const again = connecting.connect([SERVER, 1]);
    // The sender first: with octets unread, the close of the other end is a reset that it would have heard of.
    for (const each of [accepted, own, listener, connecting]) each.close();
    const codes = await Promise.all([accepting, ...sending, trying, again].map(codeOf));
    expect(codes).toEqual(['EBADF', 'EBADF', 'EBADF', 'EBADF', 'EBADF']);
    // The first recv had what was sent; the second waited behind it and had more.
    expect(await Promise.all(receiving.map(codeOf))).toEqual(['nothing', 'nothing']);
  });
  expect([net.client.sockets.size, net.server.sockets.size]).toEqual([0, 0]);
});

test.each([
  [0, 2],
  [2, 4],
])(
  'the backlog is a limit, and %d more whose SYNs were answered: what goes beyond is dropped, counted, and gets in later',
  async (surplus, most) => {
    const net = network({ host: { surplus } });
    await net.driver.run(async () => {
      const listener = socket(net.server, AF_INET, SOCK_STREAM);
      await listener.bind([SERVER, 7456]);
      await listener.listen(1);
      const clients = Array.from({ length: 7 }, () => socket(net.client, AF_INET, SOCK_STREAM));
      const connects = clients.map((each) => each.connect([SERVER, 7456]));
      await net.driver.sleep(SECOND / 2);
      // Backlog and one, as in Linux.
      const states = [...net.server.tcp.all()].map(({ tcb }) => tcb.state);
      expect(states.filter((state) => state === 'ESTABLISHED')).toHaveLength(most);
      expect(net.server.counters.tcpAcceptQueueFull).toBeGreaterThan(0);
      const accepted = [];
      for (let i = 0; i < 7; i++) accepted.push((await listener.accept())[1][1]);
      await Promise.all(connects);
      expect(new Set(accepted).size).toBe(7);
      for (const each of [...clients, listener]) each.close();
    });
  },
);

test('unfinished handshakes are a limit too', async () => {
  const net = network({
    host: { arp: { waiting: 100 }, synCookies: false },
    // Handshakes stay unfinished: nothing comes back to the client.
    impairment: (driver) => ({ random: driver.random, in: { drop: (index) => index > 0 } }),
  });
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind([SERVER, 7456]);
    await listener.listen(3);
    const clients = Array.from({ length: 40 }, () => socket(net.client, AF_INET, SOCK_STREAM));
    const connects = clients.map((each) => codeOf(each.connect([SERVER, 7456])));
    await net.driver.sleep(SECOND / 2);
    expect(net.server.tcp.size).toBe(16);
    expect(net.server.counters.tcpSynQueueFull).toBe(24);
    for (const each of [...clients, listener]) each.close();
    await Promise.all(connects);
    expect(net.server.tcp.size).toBe(0);
  });
});

test('a listener that closes resets what nobody has accepted', async () => {
  const net = network();
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.listen(5);
    const [, port] = listener.getsockname();
    const own = socket(net.client, AF_INET, SOCK_STREAM);
    await own.connect([SERVER, port]);
    await net.driver.sleep(SECOND);
    listener.close();
    expect(await codeOf(own.recv(1))).toBe('ECONNRESET');
    own.close();
  });
  expect(net.server.tcp.size).toBe(0);
});

test('two hundred connections at once, each with its own octets', async () => {
  const net = network({ link: { delay: 5 }, host: { buffers: 16 << 20 } });
  const COUNT = 200;
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind([SERVER, 7456]);
    await listener.listen(COUNT);
    const echo = async (each: StreamSocket): Promise<void> => {
      for (let got = await each.recv(4_096); got.length > 0; got = await each.recv(4_096)) await each.sendall(got);
      each.close();
    };
    const serve = async (): Promise<void> => {
      const all: Promise<void>[] = [];
      for (let i = 0; i < COUNT; i++) all.push(echo((await listener.accept())[0]));
      await Promise.all(all);
    };
    const call = async (i: number): Promise<void> => {
      const own = socket(net.client, AF_INET, SOCK_STREAM);
      await own.connect([SERVER, 7456]);
      const message = new Uint8Array(10_000).fill(i);
      await own.sendall(message);
      own.shutdown(SHUT_WR);
      let total = 0;
      for (let got = await own.recv(4_096); got.length > 0; got = await own.recv(4_096)) {
        if (got.some((octet) => octet !== i)) throw new Error(`connection ${i} received octets of another`);
        total += got.length;
      }
      expect(total).toBe(message.length);
      own.close();
    };
    await Promise.all([serve(), ...Array.from({ length: COUNT }, (_, i) => call(i))]);
    listener.close();
  });
  await net.driver.settle();
  for (const host of [net.client, net.server]) {
    expect(host.tcp.size).toBe(0);
    expect(host.pages.free).toBe(host.pages.pages);
  }
});

test('the table of connections is a limit', async () => {
  const net = network({ host: { connections: 3 } });
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind([SERVER, 7456]);
    await listener.listen(10);
    const clients = Array.from({ length: 4 }, () => socket(net.client, AF_INET, SOCK_STREAM));
    const codes = await Promise.all(clients.map((each) => codeOf(each.connect([SERVER, 7456]))));
    expect(codes).toEqual(['nothing', 'nothing', 'nothing', 'ENOBUFS']);
    for (const each of [...clients, listener]) each.close();
  });
});

test('recvInto fills memory of the caller', async () => {
  const net = network();
  await net.driver.run(async () => {
    const [own, accepted] = await connected(net);
    await own.sendall(bytes('hello'));
    const memory = new Uint8Array(8);
    expect(await accepted.recvInto(memory, 2)).toBe(5);
    expect(text(memory.subarray(2, 7))).toBe('hello');
    expect(accepted.getsockname()).toEqual([SERVER, 7456]);
    expect(accepted.getpeername()).toEqual(own.getsockname());
  });
});

test('datagrams: whole, with their sender, cut to what was asked for', async () => {
  const net = traced();
  await net.driver.run(async () => {
    const server = socket(net.server, AF_INET, SOCK_DGRAM);
    await server.bind([SERVER, 7456]);
    const client = socket(net.client, AF_INET, SOCK_DGRAM);
    expect(await client.sendto(bytes('Hola server'), [SERVER, 7456])).toBe(11);
    const [message, from] = await server.recvfrom(1_024);
    expect(text(message)).toBe('Hola server');
    expect(from).toEqual(['10.0.0.1', client.getsockname()[1]]);
    await server.sendto(bytes('a long answer'), from);
    expect(text(await client.recv(6))).toBe('a long');
    await client.sendto(new Uint8Array(0), [SERVER, 7456]);
    expect((await server.recvfrom(10))[0].length).toBe(0);
    const waiting = codeOf(client.recv(1));
    client.close();
    expect(await waiting).toBe('EBADF');
    server.close();
  });
  expect(net.lines).toEqual(['C UDP', 'S UDP', 'C UDP']);
});

test('datagrams: shut for sending, for waiting, and though it is not connected', async () => {
  const net = network();
  await net.driver.run(async () => {
    const server = socket(net.server, AF_INET, SOCK_DGRAM);
    await server.bind([SERVER, 7456]);
    const client = socket(net.client, AF_INET, SOCK_DGRAM);
    await client.connect([SERVER, 7456]);
    await client.send(bytes('one'));
    const [, from] = await server.recvfrom(10);
    client.shutdown(SHUT_WR);
    expect(await codeOf(client.send(bytes('two')))).toBe('EPIPE');
    expect(await codeOf(client.sendto(bytes('two'), [SERVER, 7456]))).toBe('EPIPE');
    expect(client.readiness() & (POLLOUT | POLLHUP | POLLIN | POLLRDHUP)).toBe(POLLOUT);
    const waiting = client.recvfrom(10);
    client.shutdown(SHUT_RD);
    expect(await waiting).toEqual([new Uint8Array(0), ['0.0.0.0', 0]]);
    expect(client.readiness() & (POLLHUP | POLLIN | POLLRDHUP)).toBe(POLLHUP | POLLIN | POLLRDHUP);
    // What comes all the same is read; who does not wait is not told of an end.
    await server.sendto(bytes('three'), from);
    expect(text(await client.recv(10))).toBe('three');
    expect(await codeOf(client.recv(10, MSG_DONTWAIT))).toBe('EAGAIN');
    expect(() => server.shutdown(SHUT_RDWR)).toThrow('ENOTCONN');
    expect((await server.recv(10)).length).toBe(0);
    expect(await codeOf(server.sendto(bytes('four'), from))).toBe('EPIPE');
    expect(() => client.shutdown(3 as 0)).toThrow('EINVAL');
    client.close();
    server.close();
    expect(() => client.shutdown(SHUT_RD)).toThrow('EBADF');
  });
});

test('datagrams: nobody there, too long, connected, refused', async () => {
  const net = network();
  await net.driver.run(async () => {
    const client = socket(net.client, AF_INET, SOCK_DGRAM);
    expect(await codeOf(client.send(bytes('x')))).toBe('EDESTADDRREQ');
    expect(await codeOf(client.sendto(new Uint8Array(65_508), [SERVER, 1]))).toBe('EMSGSIZE');
    expect(await client.sendto(new Uint8Array(1_472), [SERVER, 1])).toBe(1_472);
    expect(await codeOf(client.sendto(bytes('x'), ['192.0.2.9', 1]))).toBe('ENETUNREACH');
    // Not connected: nobody reports what ICMP says.
    await net.driver.sleep(SECOND);
    const waiting = client.recv(10);
    await client.connect([SERVER, 2]);
    await client.send(bytes('anybody?'));
    expect(await codeOf(waiting)).toBe('ECONNREFUSED');
    const server = socket(net.server, AF_INET, SOCK_DGRAM);
    await server.bind(['', 2]);
    await client.send(bytes('now'));
    expect(text(await server.recv(10))).toBe('now');
    // Connected: others are not listened to.
    const third = socket(net.server, AF_INET, SOCK_DGRAM);
    await third.sendto(bytes('psst'), client.getsockname());
    await server.sendto(bytes('yes'), client.getsockname());
    expect(text(await client.recv(10))).toBe('yes');
    expect(await codeOf(third.bind([SERVER, 2]))).toBe('EINVAL');
    const fourth = socket(net.server, AF_INET, SOCK_DGRAM);
    expect(await codeOf(fourth.bind([SERVER, 2]))).toBe('EADDRINUSE');
  });
});

test('datagrams: a way that is gone for now is told to who is connected, unless the socket is not to; all to who asks', async () => {
  const net = network();
  await net.driver.run(async () => {
    const nobody: [string, number] = ['10.0.0.99', 7];
    const told = async (options: { passingErrors?: boolean }, connects: boolean, asks: boolean): Promise<number> => {
      const own = socket(net.client, AF_INET, SOCK_DGRAM, options);
      own.setsockopt(IPPROTO_IP, IP_RECVERR, asks);
      expect(own.getsockopt(IPPROTO_IP, IP_RECVERR)).toBe(Number(asks));
      if (connects) await own.connect(nobody);
      await own.sendto(bytes('anybody?'), nobody);
      await net.driver.sleep(10 * SECOND);
      const error = own.getsockopt(SOL_SOCKET, SO_ERROR);
      own.close();
      return error;
    };
    const EHOSTUNREACH = 113;
    expect(await told({}, true, false)).toBe(EHOSTUNREACH);
    expect(await told({}, false, false)).toBe(0);
    expect(await told({}, false, true)).toBe(EHOSTUNREACH);
    expect(await told({ passingErrors: false }, true, false)).toBe(0);
    expect(await told({ passingErrors: false }, true, true)).toBe(EHOSTUNREACH);
    // Who is connected elsewhere has not sent it.
    const other = socket(net.client, AF_INET, SOCK_DGRAM);
    other.setsockopt(IPPROTO_IP, IP_RECVERR, 1);
    await other.sendto(bytes('anybody?'), nobody);
    await other.connect([SERVER, 7]);
    await net.driver.sleep(10 * SECOND);
    expect(other.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
  });
});

test('datagrams: looked at and left, how long the next one is, and what ICMP said is told first and once', async () => {
  const net = network();
  await net.driver.run(async () => {
    const client = socket(net.client, AF_INET, SOCK_DGRAM);
    expect([client.ioctl(SIOCINQ), client.getsockopt(SOL_SOCKET, SO_ERROR)]).toEqual([0, 0]);
    const server = socket(net.server, AF_INET, SOCK_DGRAM);
    await server.bind([SERVER, 2]);
    await client.connect([SERVER, 2]);
    await client.send(bytes('ping'));
    await server.sendto(bytes('hello'), client.getsockname());
    await server.sendto(bytes('world!'), client.getsockname());
    await net.driver.sleep(SECOND);
    expect(client.ioctl(SIOCINQ)).toBe(5);
    expect(text(await client.recv(2, MSG_PEEK))).toBe('he');
    expect(text(await client.recv(9))).toBe('hello');
    server.close();
    for (const answer of [
      () => client.getsockopt(SOL_SOCKET, SO_ERROR),
      () => codeOf(client.recv(9)),
      () => codeOf(client.send(bytes('x'))),
    ]) {
      await client.send(bytes('anybody?'));
      await net.driver.sleep(SECOND);
      expect(['ECONNREFUSED', ERRNO.get('ECONNREFUSED')]).toContain(await answer());
      expect(client.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
    }
    expect(text(await client.recv(9))).toBe('world!');
    expect([client.ioctl(SIOCINQ), client.ioctl(SIOCOUTQ), client.ioctl(FIONBIO, 1)]).toEqual([0, 0, 0]);
    expect(client.getblocking()).toBe(false);
    expect(() => client.ioctl(SIOCATMARK)).toThrow('EINVAL');
    expect(client.getsockopt(SOL_SOCKET, SO_PROTOCOL)).toBe(17);
    expect(client.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)).toBe(0);
  });
});

test('the queue of a UDP socket is bounded in datagrams and in octets', async () => {
  const net = network();
  await net.driver.run(async () => {
    const few = socket(net.server, AF_INET, SOCK_DGRAM, { receiveDatagrams: 3 });
    await few.bind(['', 1]);
    const small = socket(net.server, AF_INET, SOCK_DGRAM, { receiveBuffer: 250 });
    await small.bind(['', 2]);
    const client = socket(net.client, AF_INET, SOCK_DGRAM);
    for (let i = 0; i < 5; i++) {
      await client.sendto(new Uint8Array(100).fill(i), [SERVER, 1]);
      await client.sendto(new Uint8Array(100).fill(i), [SERVER, 2]);
    }
    await net.driver.sleep(SECOND);
    expect(net.server.counters.udpQueueFull).toBe(5);
    for (let i = 0; i < 3; i++) expect((await few.recv(1))[0]).toBe(i);
    for (let i = 0; i < 2; i++) expect((await small.recv(1))[0]).toBe(i);
  });
});

test('of two sockets on one port only one can listen, even when both may reuse it', async () => {
  const net = traced();
  await net.driver.run(async () => {
    const [one, two] = [0, 1].map(() => socket(net.server, AF_INET, SOCK_STREAM));
    for (const sck of [one!, two!]) {
      sck.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
      await sck.bind(['10.0.0.2', 5000]);
    }
    await one!.listen(1);
    expect(await codeOf(two!.listen(1))).toBe('EADDRINUSE');
  });
});
