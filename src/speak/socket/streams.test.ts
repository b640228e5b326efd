import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { brief, type Network, type NetworkOptions, network, virtualDriver } from '../../../test/network.ts';
import { posixError } from '../../core/errors.ts';
import { MILLISECOND, MINUTE, SECOND } from '../../core/time.ts';
import type { Port } from '../link/link.ts';
import { loopback } from '../link/loopback.ts';
import { Host } from '../stack/host.ts';
import { bytes } from './bsd.ts';
import { DirectReadable, DirectWritable } from './direct-streams.ts';
import { connect, listen, type TcpConnection, type TcpListener } from './streams.ts';

const SERVER = { hostname: '10.0.0.2', port: 7456 };
const KIB = 1_024;

const text = (octets: Uint8Array): string => new TextDecoder().decode(octets);

/** What a promise or a stream's promise rejects with: its code, or the thing itself; 'nothing' when it comes true. */
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'nothing',
    (error: { code?: string } | undefined) => error?.code ?? error,
  );

/** A pattern that shows a lost, doubled or displaced octet. */
function pattern(length: number): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(length);
  for (let i = 0; i < length; i++) octets[i] = (i * 31 + (i >> 8)) & 0xff;
  return octets;
}

/** All that a stream has, and the sizes of its chunks. */
async function readAll(stream: ReadableStream<Uint8Array>): Promise<{ octets: Uint8Array; chunks: number[] }> {
  const all: Uint8Array[] = [];
  for await (const chunk of stream) all.push(chunk);
  return { octets: Buffer.concat(all), chunks: all.map((chunk) => chunk.length) };
}

interface Pair extends Network {
  readonly listener: TcpListener;
  readonly own: TcpConnection;
  readonly accepted: TcpConnection;
}

/** Runs a program with a connection between the two hosts; afterwards neither may hold a connection, a socket or a page. */
async function withPair(program: (pair: Pair) => Promise<void>, options: NetworkOptions = {}): Promise<void> {
  const net = network(options);
  const pages = [net.client.pages.free, net.server.pages.free];
  await net.driver.run(async () => {
    const listener = listen(net.server, SERVER);
    const own = connect(net.client, SERVER);
    const accepted = await listener.accept();
    await own.opened;
    await program({ ...net, listener, own, accepted });
    listener.close();
  });
  await net.driver.settle();
  for (const host of [net.client, net.server]) {
    expect(host.tcp.size).toBe(0);
    expect([...host.sockets]).toEqual([]);
  }
  expect([net.client.pages.free, net.server.pages.free]).toEqual(pages);
}

afterEach(() => {
  vi.restoreAllMocks();
});

test('a message there and back; both ends know who the other is', () =>
  withPair(async ({ own, accepted }) => {
    expect(own.remoteAddress).toEqual(SERVER);
    expect(accepted.localAddress).toEqual(SERVER);
    expect(accepted.remoteAddress).toEqual(own.localAddress);
    expect(await own.opened).toEqual({ localAddress: own.localAddress, remoteAddress: SERVER });
    expect(await accepted.opened).toEqual({ localAddress: SERVER, remoteAddress: own.localAddress });
    const echo = accepted.readable.pipeTo(accepted.writable);
    const writer = own.writable.getWriter();
    await writer.write(bytes('Hola server, are you bored?'));
    await writer.close();
    expect(text((await readAll(own.readable)).octets)).toBe('Hola server, are you bored?');
    await Promise.all([echo, own.closed, accepted.closed]);
  }));

test('a connection tells its figures, and can be told something else while it lasts', () =>
  withPair(async ({ own, accepted, client }) => {
    expect(own.info()).toMatchObject({ tcpi_state: 1, tcpi_snd_mss: 1_448 });
    own.configure({ noDelay: true });
    expect(own.connection?.tcb.options.noDelay).toBe(true);
    expect(accepted.connection?.tcb.options.noDelay).toBe(false);
    expect(() => own.configure({ timeToLive: 0 })).toThrow('timeToLive is a whole number from 1 to 255, not 0');
    await Promise.all([own.close(), accepted.close()]);
    const nothing = expect.objectContaining({ code: 'ENOTCONN' });
    expect(() => own.configure({ noDelay: false })).toThrow(nothing);
    expect(() => connect(client, '10.9.9.9:7').configure({ noDelay: true })).toThrow(nothing);
    expect(() => connect(client, SERVER, { timeToLive: 0 })).toThrow('timeToLive');
  }));

test('a stream is made when it is first touched, and then it is always the same', () =>
  withPair(async ({ own, accepted }) => {
    let made = 0;
    const counting = (original: object): object =>
      new Proxy(original, {
        construct: (target, args, as) => {
          made++;
          return Reflect.construct(target as new () => object, args, as);
        },
      });
    Object.setPrototypeOf(DirectReadable, counting(ReadableStream));
    Object.setPrototypeOf(DirectWritable, counting(WritableStream));
    onTestFinished(() => {
      Object.setPrototypeOf(DirectReadable, ReadableStream);
      Object.setPrototypeOf(DirectWritable, WritableStream);
    });
    const { writable } = own;
    expect([own.writable, made]).toEqual([writable, 1]);
    await writable.close();
    await accepted.close();
    await own.close();
    expect(made).toBe(1);
    expect([own.readable, made]).toEqual([own.readable, 2]);
  }));

test('addresses are written in three ways, and what is none is refused at once', async () => {
  const { driver, client, server } = network();
  await driver.run(async () => {
    const listener = listen(server, ':0');
    const { port } = await listener.opened;
    expect(port).toBeGreaterThan(1_023);
    for (const address of [`10.0.0.2:${port}`, ['10.0.0.2', port] as const, { hostname: '10.0.0.2', port }]) {
      const connection = connect(client, address);
      const accepted = await listener.accept();
      await Promise.all([connection.close(), accepted.close()]);
    }
    for (const wrong of ['10.0.0.2', '10.0.0.2:http', { hostname: 'example.com', port: 80 }, ['10.0.0.2', 70_000]])
      for (const call of [connect, listen])
        expect(() => call(client, wrong as string)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => listen(server, ':0', { backlog: -1 })).toThrow('a backlog is a whole number, 0 or more, not -1');
    listener.close();
  });
});

test('chunks hold what is there, up to 64 KiB, and are never segments', () =>
  withPair(async ({ own, accepted, driver }) => {
    const writer = own.writable.getWriter();
    const sent = pattern(200 * KIB);
    await writer.write(sent);
    await writer.close();
    await driver.sleep(SECOND);
    const { octets, chunks } = await readAll(accepted.readable);
    expect(Buffer.compare(octets, sent)).toBe(0);
    expect(chunks).toEqual([64 * KIB, 64 * KIB, 64 * KIB, 8 * KIB]);
    await accepted.close();
  }));

test('a read that waits gets all that a drain brings', () =>
  withPair(async ({ own, accepted }) => {
    const reader = accepted.readable.getReader();
    const read = reader.read();
    // The initial window: ten segments come at once.
    await own.writable.getWriter().write(pattern(10 * 1_460));
    expect((await read).value?.length).toBe(10 * 1_460);
    await Promise.all([own.close(), accepted.close()]);
  }));

test('who does not read closes the window: the writer waits, and goes on when reading does', () =>
  withPair(
    async ({ own, accepted, driver }) => {
      const { readable } = accepted;
      const reader = readable.getReader();
      const chunk = pattern(8 * KIB);
      const writer = own.writable.getWriter();
      let written = 0;
      const writing = (async () => {
        for (let i = 0; i < 20; i++) {
          await writer.ready;
          writer.write(chunk).catch(() => {});
          written++;
        }
        await writer.close();
      })();
      await driver.sleep(MINUTE);
      // 16 KiB at either end, and one that has not been taken whole.
      expect(written).toBe(5);
      expect(accepted.connection?.tcb.readable).toBe(16 * KIB);
      expect(writer.desiredSize).toBe(0);
      let received = 0;
      for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
        received += value!.length;
      }
      expect(received).toBe(160 * KIB);
      await Promise.all([writing, accepted.close(), own.close()]);
    },
    { host: { connection: { receiveBuffer: 16 * KIB, sendBuffer: 16 * KIB } } },
  ));

test('with byob a reader brings its own buffer, and any other reads as ever', async () => {
  const { driver, client, server } = network();
  await driver.run(async () => {
    const listener = listen(server, SERVER, { byob: true });
    const own = connect(client, SERVER, { byob: true });
    const accepted = await listener.accept();
    const writer = own.writable.getWriter();
    const sent = pattern(100 * KIB);
    await writer.write(sent);
    await driver.sleep(SECOND);
    const reader = accepted.readable.getReader({ mode: 'byob' });
    let at = 0;
    for (let buffer = new ArrayBuffer(30_000); at < sent.length; ) {
      // Behind an offset, which is to be heeded.
      const { value } = await reader.read(new Uint8Array(buffer, 1_000));
      expect(Buffer.compare(value!, sent.subarray(at, at + value!.length))).toBe(0);
      at += value!.length;
      buffer = value!.buffer;
      expect(buffer.byteLength).toBe(30_000);
    }
    const waiting = reader.read(new Uint8Array(10));
    await writer.write(bytes('late'));
    expect(text((await waiting).value!)).toBe('late');
    const end = reader.read(new Uint8Array(10));
    await writer.close();
    expect(await end).toMatchObject({ done: true, value: new Uint8Array(0) });
    const answer = accepted.writable.getWriter();
    await answer.write(bytes('as ever'));
    const chunks = own.readable.getReader();
    expect(text((await chunks.read()).value!)).toBe('as ever');
    accepted.abort();
    expect(await codeOf(chunks.read())).toBe('ECONNRESET');
    listener.close();
  });
});

test('each direction ends for itself: an answer to all that was asked', () =>
  withPair(async ({ own, accepted }) => {
    const serving = (async () => {
      const { octets } = await readAll(accepted.readable);
      const writer = accepted.writable.getWriter();
      await writer.write(bytes(`you said ${text(octets)}`));
      await writer.close();
      await accepted.closed;
    })();
    await own.writable.getWriter().write(bytes('half'));
    own.closeWrite();
    expect(text((await readAll(own.readable)).octets)).toBe('you said half');
    await Promise.all([own.closed, serving]);
  }));

test('a stream that nobody reads or writes is told of the end, too', () =>
  withPair(async ({ own, accepted, client, listener }) => {
    const closed = own.readable.getReader().closed;
    accepted.closeWrite();
    expect(await codeOf(closed)).toBe('nothing');
    await Promise.all([own.close(), accepted.closed]);
    const other = connect(client, SERVER);
    const ends = [other.readable.getReader().closed, other.writable.getWriter().closed, other.closed];
    (await listener.accept()).abort();
    expect(await Promise.all(ends.map(codeOf))).toEqual(Array(3).fill('ECONNRESET'));
  }));

test('closeWrite sends what a locked writer has written before, and refuses what it writes later', () =>
  withPair(
    async ({ own, accepted }) => {
      const writer = own.writable.getWriter();
      const writes = [pattern(20 * KIB), pattern(20 * KIB), pattern(20 * KIB)].map((chunk) => writer.write(chunk));
      own.closeWrite();
      const reading = readAll(accepted.readable);
      await Promise.all(writes);
      expect(await codeOf(writer.write(bytes('more')))).toBe('EPIPE');
      expect((await reading).octets).toHaveLength(60 * KIB);
      // The other direction goes on.
      await accepted.writable.getWriter().write(bytes('still here'));
      expect(text((await own.readable.getReader().read()).value!)).toBe('still here');
      await Promise.all([own.close(), accepted.close()]);
    },
    { host: { connection: { receiveBuffer: 16 * KIB, sendBuffer: 16 * KIB } } },
  ));

test('close loses nothing that was written: the queue of a locked writer is sent before the FIN', () =>
  withPair(
    async ({ own, accepted }) => {
      const writer = own.writable.getWriter();
      const sent = pattern(100 * KIB);
      const writes: Promise<void>[] = [];
      for (let at = 0; at < sent.length; at += 10 * KIB) writes.push(writer.write(sent.subarray(at, at + 10 * KIB)));
      const closed = own.close();
      expect(own.close()).toBe(closed);
      const { octets } = await readAll(accepted.readable);
      expect(Buffer.compare(octets, sent)).toBe(0);
      await Promise.all([...writes, accepted.close(), closed]);
      expect(await codeOf(writer.closed)).toBe('EPIPE');
    },
    { host: { connection: { receiveBuffer: 8 * KIB, sendBuffer: 8 * KIB } } },
  ));

test('close before the handshake is done: what was written still arrives; with nothing written there is no connection', async () => {
  const { driver, client, server } = network({ link: { delay: 20 } });
  await driver.run(async () => {
    const listener = listen(server, SERVER);
    const own = connect(client, SERVER);
    own.writable.getWriter().write(bytes('hello'));
    const closed = own.close();
    const accepted = await listener.accept();
    expect(text((await readAll(accepted.readable)).octets)).toBe('hello');
    await Promise.all([accepted.close(), closed]);
    const hasty = connect(client, SERVER);
    await hasty.close();
    expect(await codeOf(hasty.opened)).toBe('ECONNABORTED');
    // A writable that is closed early waits for the handshake, too.
    const early = connect(client, SERVER);
    await early.writable.close();
    expect(await early.opened).toBeDefined();
    await Promise.all([early.close(), (await listener.accept()).close()]);
    listener.close();
  });
  await driver.settle();
  expect([client.tcp.size, server.tcp.size]).toEqual([0, 0]);
});

test('close with octets unread is a reset, which the other side is told', () =>
  withPair(async ({ own, accepted, driver }) => {
    await own.writable.getWriter().write(bytes('unread'));
    await driver.sleep(SECOND);
    const reader = accepted.readable.getReader();
    await accepted.close();
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    expect(await codeOf(own.closed)).toBe('ECONNRESET');
  }));

test('a reading that was cancelled takes what comes and throws it away; with writing ended that is the end', () =>
  withPair(async ({ own, accepted }) => {
    await own.readable.cancel('enough');
    const writer = accepted.writable.getWriter();
    for (let i = 0; i < 16; i++) await writer.write(pattern(64 * KIB));
    await own.writable.close();
    await own.closed;
    // Nobody is left to take more.
    writer.write(bytes('more')).catch(() => {});
    expect(await codeOf(accepted.closed)).toBe('ECONNRESET');
  }));

test('what has ended in order needs no close', () =>
  withPair(async ({ own, accepted }) => {
    await own.writable.close();
    await accepted.writable.close();
    await readAll(own.readable);
    await readAll(accepted.readable);
    await Promise.all([own.closed, accepted.closed]);
  }));

test('closed tells when the other side has all: not before', async () => {
  const net = network({ link: { delay: 50 } });
  await net.driver.run(async () => {
    const listener = listen(net.server, SERVER);
    const own = connect(net.client, SERVER);
    const accepted = await listener.accept();
    await own.opened;
    const start = net.driver.now;
    await own.close();
    expect(net.driver.now - start).toBe(100_000);
    await accepted.close();
    listener.close();
  });
});

test('an aborted writable, a connection that is aborted and an aborted signal are resets; each end is told why', () =>
  withPair(async ({ own, accepted, client, listener }) => {
    const reason = new Error('changed my mind');
    const reads = own.readable.getReader();
    const reading = reads.read();
    await own.writable.abort(reason);
    expect(await codeOf(reading)).toBe(reason);
    expect(await codeOf(own.closed)).toBe(reason);
    expect(await codeOf(accepted.readable.getReader().read())).toBe('ECONNRESET');
    expect(await codeOf(accepted.writable.getWriter().closed)).toBe('ECONNRESET');

    const other = connect(client, SERVER);
    const ended = await listener.accept();
    await other.opened;
    other.abort();
    expect(await codeOf(other.closed)).toBe('ECONNABORTED');
    expect(await codeOf(other.readable.getReader().read())).toBe('ECONNABORTED');
    expect(await codeOf(ended.closed)).toBe('ECONNRESET');

    const controller = new AbortController();
    const listeners = vi.spyOn(controller.signal, 'removeEventListener');
    const third = connect(client, SERVER, { signal: controller.signal });
    const third2 = await listener.accept({ signal: controller.signal });
    await third.opened;
    const writing = third.writable.getWriter().closed;
    controller.abort(reason);
    expect([await codeOf(third.closed), await codeOf(writing), await codeOf(third2.closed)]).toEqual([
      reason,
      reason,
      reason,
    ]);
    // Once for the wait, once for each connection.
    expect(listeners).toHaveBeenCalledTimes(3);
  }));

test('a writable is aborted at once, although a write waits for the other side', () =>
  withPair(
    async ({ own, accepted, driver }) => {
      const writer = own.writable.getWriter();
      const write = writer.write(pattern(100 * KIB));
      await driver.sleep(SECOND);
      const start = driver.now;
      await writer.abort('no patience');
      expect(await codeOf(write)).toBe('no patience');
      expect(await codeOf(accepted.closed)).toBe('ECONNRESET');
      expect(driver.now - start).toBeLessThan(SECOND);
    },
    { host: { connection: { receiveBuffer: 8 * KIB, sendBuffer: 8 * KIB } } },
  ));

test('a reset after both ends have closed: what was written may not have arrived, and closed says so', () =>
  withPair(
    async ({ own, accepted, driver }) => {
      await accepted.closeWrite();
      await readAll(own.readable);
      // Octets and FIN are on their way, and so is the reset.
      await own.writable.getWriter().write(pattern(100));
      own.closeWrite();
      accepted.abort();
      await driver.sleep(15 * MILLISECOND);
      expect(await codeOf(own.closed)).toBe('ECONNRESET');
    },
    { link: { delay: 10 } },
  ));

test('signals: one that was aborted before, one that is aborted while the SYN is on its way', async () => {
  const { driver, client, server } = network({ link: { delay: 50 } });
  await driver.run(async () => {
    const listener = listen(server, SERVER);
    const dead = connect(client, SERVER, { signal: AbortSignal.abort('never') });
    expect([await codeOf(dead.opened), await codeOf(dead.closed)]).toEqual(['never', 'never']);
    expect(await codeOf(dead.writable.getWriter().write(bytes('x')))).toBe('never');
    expect(client.tcp.size).toBe(0);
    const controller = new AbortController();
    const own = connect(client, SERVER, { signal: controller.signal });
    await driver.sleep(20_000);
    controller.abort('too late');
    expect(await codeOf(own.opened)).toBe('too late');
    expect(await codeOf(listen(server, ':0', { signal: AbortSignal.abort('no') }).opened)).toBe('no');
    listener.close();
  });
});

/** How a connection that cannot be made ends, in every way there is to see it. */
const everyEnd = (connection: TcpConnection): Promise<unknown[]> => {
  const reader = connection.readable.getReader();
  const writer = connection.writable.getWriter();
  return Promise.all(
    [connection.opened, connection.closed, reader.read(), reader.closed, writer.closed, writer.close()].map(codeOf),
  );
};

test('refused, without a route, without a neighbour, without an answer: everything settles, with the code', async () => {
  const { driver, client, server } = network({
    host: { connection: { synTimeout: 20_000 } },
  });
  const lost = network({
    host: { connection: { synTimeout: 20_000 } },
    impairment: ({ random }) => ({ random, out: { drop: (_, frame) => brief(frame) !== 'ARP' } }),
  });
  const six = (code: string): string[] => Array(6).fill(code);
  await driver.run(async () => {
    expect(await everyEnd(connect(client, SERVER))).toEqual(six('ECONNREFUSED'));
    expect(await everyEnd(connect(client, '10.0.0.2:0'))).toEqual(six('ECONNREFUSED'));
    expect(await everyEnd(connect(client, '10.9.9.9:7'))).toEqual(six('ENETUNREACH'));
    expect(await everyEnd(connect(client, '10.0.0.77:7'))).toEqual(six('EHOSTUNREACH'));
    // Touched only afterwards, it is the same.
    const refused = connect(client, SERVER);
    await driver.sleep(SECOND);
    expect(await everyEnd(refused)).toEqual(six('ECONNREFUSED'));
    // Nor does anybody have to look.
    connect(client, SERVER);
    await driver.sleep(SECOND);
    expect([...client.sockets, ...server.sockets]).toEqual([]);
  });
  await lost.driver.run(async () => {
    expect(await everyEnd(connect(lost.client, SERVER))).toEqual(six('ETIMEDOUT'));
  });
});

test('a peer that falls silent: everything that waits is told ETIMEDOUT', async () => {
  let cut = false;
  const { driver, client, server } = network({
    host: { connection: { userTimeout: 120_000 } },
    // The neighbour is there, and asks and answers who has which address.
    impairment: ({ random }) => ({ random, out: { drop: (_, frame) => cut && brief(frame) !== 'ARP' } }),
  });
  await driver.run(async () => {
    const listener = listen(server, SERVER);
    const own = connect(client, SERVER);
    const accepted = await listener.accept();
    await own.opened;
    cut = true;
    const reader = own.readable.getReader();
    const writer = own.writable.getWriter();
    await writer.write(bytes('anybody there?'));
    const ends = await Promise.all([reader.read(), writer.closed, own.closed].map(codeOf));
    expect(ends).toEqual(['ETIMEDOUT', 'ETIMEDOUT', 'ETIMEDOUT']);
    accepted.abort();
    listener.close();
  });
});

test('a reset behind the FIN takes nothing from whoever reads: all had come', () =>
  withPair(async ({ own, accepted, driver }) => {
    await own.writable.getWriter().write(bytes('all'));
    const gone = own.close();
    const writer = accepted.writable.getWriter();
    await driver.sleep(SECOND);
    await gone;
    // It comes to a program that has gone.
    await writer.write(bytes('too late'));
    expect(await codeOf(accepted.closed)).toBe('ECONNRESET');
    expect(await codeOf(writer.closed)).toBe('ECONNRESET');
    expect((await readAll(accepted.readable)).octets.toString()).toBe('all');
  }));

test('octets that came before a reset are read before it is told, whenever somebody reads; the host has its pages back at once', () =>
  withPair(async ({ own, accepted, driver, client, listener }) => {
    const { readable } = accepted;
    const sender = own.writable.getWriter();
    await sender.write(pattern(100 * KIB));
    await driver.sleep(SECOND);
    own.abort();
    expect(await codeOf(accepted.closed)).toBe('ECONNRESET');
    const reader = readable.getReader();
    expect((await reader.read()).value).toHaveLength(64 * KIB);
    expect((await reader.read()).value).toHaveLength(36 * KIB);
    expect(await codeOf(reader.read())).toBe('ECONNRESET');
    // Unread to the end they are let go by a cancel or an abort; who touches the stream later has them yet.
    for (const end of ['cancel', 'abort', 'nothing']) {
      const another = connect(client, SERVER);
      const taken = await listener.accept();
      const stream = end === 'nothing' ? undefined : taken.readable;
      await another.writable.getWriter().write(pattern(10 * KIB));
      await driver.sleep(SECOND);
      another.abort();
      expect(await codeOf(taken.closed)).toBe('ECONNRESET');
      if (end === 'cancel') await stream?.cancel();
      if (end === 'abort') taken.abort();
      expect(taken.connection?.tcb.readable).toBe(0);
      if (end === 'cancel') continue;
      const late = taken.readable.getReader();
      if (end === 'nothing') expect((await late.read()).value).toHaveLength(10 * KIB);
      expect(await codeOf(late.read())).toBe('ECONNRESET');
    }
  }));

test('a chunk that is not octets is refused, and the other side does not take what came before for the whole', () =>
  withPair(async ({ own, accepted }) => {
    const writer = own.writable.getWriter();
    expect(await codeOf(writer.write('text' as unknown as Uint8Array))).toBe('EINVAL');
    await expect(own.closed).rejects.toThrow('a chunk is octets (a Uint8Array), not "text"');
    expect(await codeOf(accepted.closed)).toBe('ECONNRESET');
  }));

test('a burst of connections: each is accepted, with what it sent before, and whether or not it has closed', async () => {
  const { driver, client, server } = network({ host: { buffers: 64 << 20 } });
  await driver.run(async () => {
    const listener = listen(server, SERVER, { backlog: 100 });
    const all = Array.from({ length: 300 }, (_, i) => {
      const own = connect(client, SERVER);
      own.writable.getWriter().write(bytes(`number ${i}`));
      if (i % 2 === 0) own.closeWrite();
      return own;
    });
    await driver.sleep(SECOND);
    const heard: string[] = [];
    let count = 0;
    for await (const connection of listener) {
      const { value } = await connection.readable.getReader().read();
      heard.push(text(value!));
      connection.close();
      if (++count === all.length) break;
    }
    await Promise.all(all.map((own) => own.close()));
    expect(heard.sort()).toEqual(all.map((_, i) => `number ${i}`).sort());
    // Leaving the loop has closed the listener.
    await listener.closed;
    expect(server.tcp.ports.at(7456)).toEqual([]);
  });
  await driver.settle();
  expect([client.tcp.size, server.tcp.size]).toEqual([0, 0]);
});

test('a listener that is closed tells everybody: accept, loops, and those it has not accepted', async () => {
  const { driver, client, server } = network();
  await driver.run(async () => {
    const listener = listen(server, SERVER);
    const accepts = [listener.accept(), listener.accept()];
    const loop = (async () => {
      for await (const _ of listener) throw new Error('nobody has connected');
      return 'over';
    })();
    listener.close();
    expect(await Promise.all(accepts.map(codeOf))).toEqual(['EBADF', 'EBADF']);
    expect(await loop).toBe('over');
    await listener.closed;
    expect(await codeOf(listener.accept())).toBe('EBADF');

    const another = listen(server, SERVER);
    expect(await codeOf(listen(server, SERVER).opened)).toBe('EADDRINUSE');
    expect(await codeOf(listen(server, '10.0.0.1:80').accept())).toBe('EADDRNOTAVAIL');
    const own = connect(client, SERVER);
    await own.opened;
    another.close();
    expect(await codeOf(own.closed)).toBe('ECONNRESET');

    const controller = new AbortController();
    const third = listen(server, SERVER, { signal: controller.signal });
    const wait = new AbortController();
    const [first, second] = [third.accept({ signal: wait.signal }), third.accept()];
    wait.abort('no time');
    expect(await codeOf(first)).toBe('no time');
    const next = third[Symbol.asyncIterator]().next();
    controller.abort('going home');
    expect([await codeOf(second), await codeOf(next), await codeOf(third.closed)]).toEqual(Array(3).fill('going home'));
  });
  expect([...server.sockets]).toEqual([]);
});

test('where several programs share an address, both wait for the port', async () => {
  const port: Port = Object.assign(loopback(), {
    claim: async (_protocol: number, wanted: number): Promise<void> => {
      await Promise.resolve();
      if (wanted === 80) throw posixError('EADDRINUSE', `claim ${wanted}`);
    },
    release: (): void => {},
  });
  const driver = virtualDriver();
  const host = new Host({ driver, loopback: port });
  await driver.run(async () => {
    const refused = listen(host, 'localhost:80');
    const accept = refused.accept();
    expect([await codeOf(refused.opened), await codeOf(accept)]).toEqual(['EADDRINUSE', 'EADDRINUSE']);
    expect(host.tcp.ports.at(80)).toEqual([]);
    const listener = listen(host, 'localhost:7456');
    const own = connect(host, 'localhost:7456');
    expect(own.localAddress).toBeUndefined();
    own.writable.getWriter().write(bytes('early'));
    const accepted = await listener.accept();
    expect(text((await accepted.readable.getReader().read()).value!)).toBe('early');
    const gone = connect(host, 'localhost:7456');
    await gone.close();
    const aborted = connect(host, 'localhost:7456');
    aborted.abort('never mind');
    expect(await codeOf(aborted.opened)).toBe('never mind');
    await Promise.all([own.close(), accepted.close()]);
    listener.close();
  });
  await driver.settle();
  expect(host.tcp.size).toBe(0);
});

test('a program that waits for ever is told what it waits for', async () => {
  const { driver, client, server } = network();
  await expect(
    driver.run(async () => {
      const listener = listen(server, SERVER);
      const own = connect(client, SERVER);
      await own.opened;
      await Promise.all([own.readable.getReader().read(), listener.accept().then(() => listener.accept())]);
    }),
  ).rejects.toThrow(
    /client: read of the connection 10\.0\.0\.1:\d+ to 10\.0\.0\.2:7456, ESTABLISHED; server: accept of listen on 10\.0\.0\.2:7456/,
  );
});

test('of thousands that wait for ever a few are named, and the others counted', async () => {
  const { driver, client } = network();
  const waits = driver.run(async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => listen(client, { hostname: '', port: 7_000 + i }).accept()));
  });
  await expect(waits).rejects.toThrow(/accept of listen on [\d.]+:7007; and 12 more\)/);
});

/** A connection that said something and was reset, and is accepted only now. */
async function acceptedLate({ own, accepted, client, driver, listener }: Pair): Promise<TcpConnection> {
  await Promise.all([own.close(), accepted.close()]);
  const other = connect(client, SERVER);
  await other.writable.getWriter().write(bytes('last words'));
  await driver.sleep(SECOND);
  other.abort();
  await driver.sleep(SECOND);
  return listener.accept();
}

//= RFC 9293 §3.6 MUST-12: also a program that had not accepted yet hears of it
test('a connection that was reset before it was accepted can be read to where it ended, and ends so', () =>
  withPair(async (pair) => {
    const late = await acceptedLate(pair);
    const reader = late.readable.getReader();
    expect(text((await reader.read()).value!)).toBe('last words');
    expect(await codeOf(reader.read())).toBe('ECONNRESET');
    expect(await codeOf(late.closed)).toBe('ECONNRESET');
  }));

test('what nobody has read of a connection that was over before it was accepted is let go by close', () =>
  withPair(async (pair) => {
    const late = await acceptedLate(pair);
    expect(await codeOf(late.close())).toBe('ECONNRESET');
  }));
