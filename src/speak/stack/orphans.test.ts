import { expect, test } from 'vitest';
import { network } from '../../../test/network.ts';
import { PAGE } from '../../core/pages.ts';
import { MINUTE, SECOND } from '../../core/time.ts';
import { AF_INET, SOCK_STREAM, type StreamSocket, socket } from '../socket/bsd.ts';

const SERVER: [string, number] = ['10.0.0.2', 7456];

test('of programs that go while their octets are not taken so many are waited for, and one more is reset', async () => {
  const { driver, client, server } = network({ host: { orphans: 3 } });
  await driver.run(async () => {
    const listener = socket(server, AF_INET, SOCK_STREAM, { receiveBuffer: 1_000, receiveBufferMaximum: 1_000 });
    await listener.bind(SERVER);
    await listener.listen(100);
    const open = async (): Promise<[StreamSocket, StreamSocket]> => {
      const own = socket(client, AF_INET, SOCK_STREAM);
      await own.connect(SERVER);
      return [own, (await listener.accept())[0]];
    };
    // What is acknowledged counts for nothing, however often.
    for (let i = 0; i < 200; i++) {
      const [own, other] = await open();
      await own.sendall(new Uint8Array(100));
      await own.close();
      await other.recv(1_000);
      await other.close();
    }
    await driver.sleep(5 * MINUTE);

    // Nobody reads: the rest stays with the sender.
    const held: StreamSocket[] = [];
    for (let i = 0; i < 5; i++) {
      const [own, other] = await open();
      await own.sendall(new Uint8Array(5_000));
      await driver.sleep(SECOND);
      await own.close();
      held.push(other);
    }
    expect(client.counters.tcpOrphansReset).toBe(2);
    await driver.sleep(SECOND);
    // Octets that came before the reset are there; then it is told.
    const ends = await Promise.all(
      held.map((other) =>
        other
          .recv(1_000)
          .then(
            () => other.recv(1),
            () => undefined,
          )
          .then(
            (octets) => octets?.length,
            ({ code }) => code,
          ),
      ),
    );
    expect(ends).toEqual([1, 1, 1, 'ECONNRESET', 'ECONNRESET']);

    // One of the first is taken to its end: there is room for another.
    for (const first = held[0]!; (await first.recv(1_000)).length > 0; );
    await held[0]!.close();
    await driver.sleep(SECOND);
    const [own, other] = await open();
    await own.sendall(new Uint8Array(5_000));
    await own.close();
    expect(client.counters.tcpOrphansReset).toBe(2);
    for (const each of [...held.slice(1), other]) await each.close();
    await listener.close();
  });
});

test('while pages are scarce few are waited for', async () => {
  const resets = async (buffers: number): Promise<number> => {
    const { driver, client, server } = network({ host: { buffers } });
    await driver.run(async () => {
      const listener = socket(server, AF_INET, SOCK_STREAM, { receiveBuffer: 1_000, receiveBufferMaximum: 1_000 });
      await listener.bind(SERVER);
      await listener.listen(200);
      for (let i = 0; i < 100; i++) {
        const own = socket(client, AF_INET, SOCK_STREAM);
        await own.connect(SERVER);
        await own.sendall(new Uint8Array(5_000));
        await own.close();
      }
      await listener.close();
    });
    return client.counters.tcpOrphansReset;
  };
  expect(await resets(4 << 20)).toBe(0);
  // Two pages for each: 64 of them hold more than half of these.
  expect(await resets(240 * PAGE)).toBe(36);
});
