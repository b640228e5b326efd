import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { posixError } from '../../core/errors.ts';
import { SECOND } from '../../core/time.ts';
import type { Port } from '../link/link.ts';
import { loopback } from '../link/loopback.ts';
import { AF_INET, bytes, SOCK_DGRAM, SOCK_STREAM, socket } from '../socket/bsd.ts';
import { Claims } from './claims.ts';
import { Host } from './host.ts';

/** A loopback on which ports have to be asked for; `others` are another program's. Answers take a turn. */
function shared(others: (port: number) => boolean) {
  const log: string[] = [];
  const port: Port = Object.assign(loopback(), {
    claim: async (protocol: number, wanted: number): Promise<void> => {
      await Promise.resolve();
      if (others(wanted)) throw posixError('EADDRINUSE', `claim ${wanted}`);
      log.push(`+${protocol}`);
    },
    release: (protocol: number): void => {
      log.push(`-${protocol}`);
    },
  });
  const driver = virtualDriver();
  return { driver, host: new Host({ driver, loopback: port }), log };
}

test('each port is asked for once, and let go when its last connection is gone', async () => {
  const { driver, host, log } = shared(() => false);
  await driver.run(async () => {
    const listener = socket(host, AF_INET, SOCK_STREAM);
    await listener.bind(['localhost', 7456]);
    await listener.listen(1);
    expect(log).toEqual(['+6']);
    const own = socket(host, AF_INET, SOCK_STREAM);
    await own.connect(['localhost', 7456]);
    expect(log).toEqual(['+6', '+6']);
    const [accepted] = await listener.accept();
    listener.close();
    // The accepted connection still has the port.
    expect(log).toEqual(['+6', '+6']);
    await own.sendall(bytes('x'));
    await accepted.recv(1);
    accepted.close();
    await driver.sleep(SECOND);
    own.close();
  });
  expect(log).toEqual(['+6', '+6', '-6']);
  await driver.settle();
  expect(log).toEqual(['+6', '+6', '-6', '-6']);
});

test("another program's port: bind is refused, and a connection takes another", async () => {
  let asked = 0;
  const { driver, host, log } = shared((port) => port === 7456 || asked++ < 3);
  await driver.run(async () => {
    const listener = socket(host, AF_INET, SOCK_STREAM);
    await expect(listener.bind(['localhost', 7456])).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(host.tcp.ports.at(7456)).toEqual([]);
    const own = socket(host, AF_INET, SOCK_STREAM);
    await expect(own.connect(['localhost', 9])).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(asked).toBe(4);
    own.close();
    const datagrams = socket(host, AF_INET, SOCK_DGRAM);
    await expect(datagrams.bind(['', 7456])).rejects.toMatchObject({ code: 'EADDRINUSE' });
    asked = 0;
    await datagrams.sendto(bytes('x'), ['localhost', 1]);
    expect(asked).toBe(4);
    datagrams.close();
  });
  expect(log).toEqual(['+6', '-6', '+17', '-17']);
});

/** A port whose answers are given by the test, in any order. */
function asked() {
  const asks: { grant: () => void; refuse: () => void }[] = [];
  const released: number[] = [];
  const port: Port = Object.assign(loopback(), {
    claim: (): Promise<void> =>
      new Promise((resolve, reject) => {
        asks.push({ grant: resolve, refuse: () => reject(posixError('EADDRINUSE', 'claim')) });
      }),
    release: (_protocol: number, wanted: number): void => {
      released.push(wanted);
    },
  });
  return { port, asks, released };
}

test('a refusal that comes after the port was let go and asked for anew leaves the new claim alone', async () => {
  const { port, asks, released } = asked();
  const claims = new Claims(port);
  const first = claims.take(6, 80);
  claims.letGo(6, 80);
  const second = claims.take(6, 80);
  asks[1]!.grant();
  await second;
  asks[0]!.refuse();
  await expect(first).rejects.toMatchObject({ code: 'EADDRINUSE' });
  claims.letGo(6, 80);
  expect(released).toEqual([80, 80]);
});

test('a socket that is closed while its port is asked for is told EBADF, whatever the answer, and asks for no other', async () => {
  for (const answer of ['grant', 'refuse'] as const) {
    const { port, asks, released } = asked();
    const driver = virtualDriver();
    const host = new Host({ driver, loopback: port });
    const stream = socket(host, AF_INET, SOCK_STREAM);
    const datagrams = socket(host, AF_INET, SOCK_DGRAM);
    const bound = [stream.bind(['localhost', 7456]), datagrams.bind(['localhost', 0])];
    stream.close();
    datagrams.close();
    expect(released).toHaveLength(2);
    for (const ask of asks) ask[answer]();
    for (const one of bound) await expect(one).rejects.toMatchObject({ code: 'EBADF' });
    expect(asks).toHaveLength(2);
    expect(host.tcp.ports.at(7456)).toEqual([]);
  }
});
