import { expect, test } from 'vitest';
import { type Network, network } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import {
  AF_INET,
  bytes,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_TRUNC,
  SO_OOBINLINE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type StreamSocket,
  select,
  socket,
} from './bsd.ts';

const SERVER: [string, number] = ['10.0.0.2', 7456];

const text = (octets: Uint8Array): string => new TextDecoder().decode(octets);

/** Runs a program with a connection between two hosts. */
async function withPair(
  program: (own: StreamSocket, other: StreamSocket, listener: StreamSocket, net: Network) => Promise<void>,
): Promise<void> {
  const net = network();
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind(SERVER);
    await listener.listen(5);
    const own = socket(net.client, AF_INET, SOCK_STREAM);
    const accepting = select([listener], [], []);
    await own.connect(SERVER);
    expect(await accepting).toEqual([[listener], [], []]);
    const [other] = await listener.accept();
    await program(own, other, listener, net);
    await Promise.all([own.close(), other.close(), listener.close()]);
  });
}

test('select waits for octets, for room, for somebody to accept, for urgent octets and for the end', () =>
  withPair(async (own, other, listener, net) => {
    expect(await select([own], [], [own], 0)).toEqual([[], [], []]);
    expect(await select([own], [own], [own])).toEqual([[], [own], []]);
    const before = net.driver.now;
    expect(await select([own], [], [], 250)).toEqual([[], [], []]);
    expect(net.driver.now - before).toBe(SECOND / 4);

    const both = select([own, listener], [], []);
    await other.sendall(bytes('hello'));
    expect(await both).toEqual([[own], [], []]);
    expect(text(await own.recv(100))).toBe('hello');

    own.setsockopt(SOL_SOCKET, SO_OOBINLINE, 0);
    const urgent = select([own], [], [own]);
    await other.send(bytes('!'), MSG_OOB);
    expect((await urgent)[2]).toEqual([own]);
    expect(await own.recvmsg(1, MSG_OOB)).toEqual({ octets: bytes('!'), flags: MSG_OOB, address: undefined });

    const end = select([own], [], []);
    await other.close();
    expect(await end).toEqual([[own], [], []]);
    expect(await own.recv(100)).toHaveLength(0);
    await own.close();
    await expect(select([own], [], [])).rejects.toMatchObject({ code: 'EBADF' });
  }));

test('an exception is not an end: who asks only for urgent octets is not told of it', () =>
  withPair(async (own, other, _, net) => {
    other.abort();
    await net.driver.sleep(SECOND);
    expect(await select([], [], [own], 100)).toEqual([[], [], []]);
    expect(await select([own], [own], [own], 100)).toEqual([[own], [own], []]);
  }));

test('select of nothing for ever, and of what is no list of sockets, is refused', async () => {
  await expect(select([], [], [])).rejects.toThrow('select: without a socket');
  await expect(select([], [], [], 100)).rejects.toThrow('no clock to wait by');
  expect(await select([], [], [], 0)).toEqual([[], [], []]);
  await expect(select([1] as never, [], [])).rejects.toThrow('three lists of sockets');
});

test('sendmsg and recvmsg: several buffers at once, and what is said beside the octets', () =>
  withPair(async (own, other, _, net) => {
    expect(await own.sendmsg([bytes('one '), bytes(''), bytes('two')])).toBe(7);
    const { octets, flags, address } = await other.recvmsg(100);
    expect([text(octets), flags, address]).toEqual(['one two', 0, undefined]);
    await expect(own.sendmsg('text' as never)).rejects.toThrow('the buffers are a list of Uint8Array, not "text"');

    const server = socket(net.server, AF_INET, SOCK_DGRAM);
    await server.bind(SERVER);
    const client = socket(net.client, AF_INET, SOCK_DGRAM);
    await expect(client.recvmsg(10, MSG_DONTWAIT)).rejects.toMatchObject({ code: 'EAGAIN' });
    expect(await client.sendmsg([bytes('a data'), bytes('gram')], SERVER)).toBe(10);
    const cut = await server.recvmsg(6);
    expect([text(cut.octets), cut.flags, cut.address]).toEqual([
      'a data',
      MSG_TRUNC,
      ['10.0.0.1', client.getsockname()[1]],
    ]);
    await client.connect(SERVER);
    expect(await client.sendmsg([bytes('whole')])).toBe(5);
    expect((await server.recvmsg(100)).flags).toBe(0);
    client.close();
    server.close();
  }));
