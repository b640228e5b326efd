/** A thousand connections through the streams at once, over a line that loses, reorders, doubles and damages: what each end reads is, by its hash, what the other wrote. */
import { createHash, type Hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { below, type Random, seeded } from '../../src/core/random.ts';
import { connect, listen, type TcpConnection } from '../../src/speak/socket/streams.ts';
import { auditedNetwork } from '../audited-network.ts';
import { network } from '../network.ts';

const SERVER = { hostname: '10.0.0.2', port: 7456 };

/** Octets that each end sends, at the most. */
const MOST = 20_000;

const hash = (): Hash => createHash('sha256');

/** Writes up to MOST octets in chunks of random lengths, waiting for the writer now and then, and ends in one of two ways. */
async function send(connection: TcpConnection, random: Random): Promise<string> {
  const sum = hash();
  const writer = connection.writable.getWriter();
  for (let left = below(random, MOST); left > 0; ) {
    const chunk = new Uint8Array(1 + below(random, Math.min(left, 1 << below(random, 16)))).map(() => random.next());
    left -= chunk.length;
    sum.update(chunk);
    const written = writer.write(chunk);
    const patience = below(random, 3);
    if (patience === 1) await writer.ready;
    if (patience === 2) await written;
  }
  if (below(random, 2) === 0) await writer.close();
  else connection.closeWrite();
  return sum.digest('hex');
}

/** Reads to the end, by a loop or into buffers of its own. */
async function receive(readable: TcpConnection['readable'], random: Random, byob: boolean): Promise<string> {
  const sum = hash();
  if (byob) {
    const reader = readable.getReader({ mode: 'byob' });
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(1 + below(random, 10_000)));
      if (done) break;
      sum.update(value);
    }
  } else
    for await (const chunk of readable) {
      expect(chunk.length).toBeLessThanOrEqual(65_536);
      sum.update(chunk);
    }
  return sum.digest('hex');
}

/** One end's program: what it has sent and what it has received. */
async function converse(connection: TcpConnection, random: Random, byob: boolean): Promise<[string, string]> {
  const both = await Promise.all([send(connection, random), receive(connection.readable, random, byob)]);
  await connection.closed;
  return both;
}

// Those of the second seed are audited; header prediction is for those whom nobody watches.
test.each([
  [1_000, 1],
  [250, 2],
])(
  '%d connections, chunks of random lengths, a bad line: seed %d',
  async (count, seed) => {
    const random = seeded(seed);
    const bad = { loss: 0.01, duplicate: 0.01, corrupt: 0.005, reorder: 0.02, delay: 5, jitter: 2 };
    const { driver, client, server } = (seed === 1 ? network : auditedNetwork)({
      seed,
      impairment: (each) => ({ random: each.random, out: bad, in: bad }),
      host: { buffers: 64 << 20, frames: 4_096, connection: { receiveBuffer: 16_384, sendBuffer: 16_384 } },
    });
    const pages = [client.pages.free, server.pages.free];
    const byob = seed === 1;
    await driver.run(async () => {
      const listener = listen(server, SERVER, { byob, backlog: 200 });
      const served = new Map<number, Promise<[string, string]>>();
      const serving = (async () => {
        for await (const connection of listener) {
          served.set(connection.remoteAddress.port, converse(connection, random, byob));
          if (served.size === count) break;
        }
      })();
      const own = Array.from({ length: count }, () => connect(client, SERVER, { byob }));
      const asked = await Promise.all(
        own.map(async (connection) => {
          const { localAddress } = await connection.opened;
          return [localAddress.port, await converse(connection, random, byob)] as const;
        }),
      );
      await serving;
      expect(served.size).toBe(count);
      for (const [port, [sent, received]] of asked) expect(await served.get(port)).toEqual([received, sent]);
    });
    await driver.settle();
    expect([client.tcp.size, server.tcp.size]).toEqual([0, 0]);
    expect([client.pages.free, server.pages.free]).toEqual(pages);
  },
  120_000,
);
