import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { posixError } from '../../core/errors.ts';
import { SECOND } from '../../core/time.ts';
import type { Port } from '../link/link.ts';
import { loopback } from '../link/loopback.ts';
import { AF_INET, bytes, SOCK_DGRAM, SOCK_STREAM, socket } from '../socket/bsd.ts';
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
