/**
 * One seeded run: two hosts on a bad line and programs on them that write, read, pause, close and abort at random. What must hold whatever happens: the octets that arrive are
 * those that were sent, in order; the end of a stream is only reported after its last octet; whatever ends otherwise is reported as an error; and afterwards nothing is left.
 */
import { below, chance, type Random, seeded } from '../../src/core/random.ts';
import { MILLISECOND, MINUTE, SECOND } from '../../src/core/time.ts';
import type { Audit } from '../../src/lab/audit/index.ts';
import {
  AF_INET,
  AF_INET6,
  type ConnectionOptions,
  LINUX_CHOICES,
  OWN_CHOICES,
  SHUT_WR,
  SOCK_STREAM,
  type StreamSocket,
  socket,
  TcplabError,
  type VirtualDriver,
} from '../../src/speak/index.ts';
import { expectAccounted } from '../accounts.ts';
import { network } from '../network.ts';

/** What became of a run. */
export interface Outcome {
  /** Over every frame that a host sent, with its time. */
  hash: number;
  frames: number;
  /** Streams that were read to their end, and ones that ended in an error. */
  complete: number;
  broken: number;
  octets: number;
  /** Virtual time, in microseconds. */
  time: number;
}

/** A stream's octet at `index`: every stream has its own, so that an octet of another one or from another place is noticed. */
const octetAt = (stream: number, index: number): number => (Math.imul(index + 1, 0x9e3779b1) ^ (stream * 0x51)) >>> 24;

/** What one end promises the other. */
interface Stream {
  readonly id: number;
  /** Octets given to the socket, and whether the stream was ended in order after them. */
  sent: number;
  ended: boolean;
}

/** Errors that a program may be told when a line is bad or the peer went away. */
const EXPECTED = new Set(['ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EBADF', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENOTCONN']);

/** How long a program tries before it aborts. */
const PATIENCE = 10 * MINUTE;

/** Runs the programs that `seed` describes, a share of whose sockets makes Linux's choices, from 0 to 1, by IPv4 or IPv6. */
export async function converse(seed: number, audit?: Audit, linux = 0, ipv6 = false): Promise<Outcome> {
  const random = seeded(seed);
  const outcome: Outcome = { hash: 0x811c9dc5 | 0, frames: 0, complete: 0, broken: 0, octets: 0, time: 0 };
  const share = (most: number): number => (chance(random, 0.5) ? (below(random, 1000) / 1000) * most : 0);
  const bad = { loss: share(0.2), reorder: share(0.2), duplicate: share(0.1), corrupt: share(0.1), jitter: share(20) };
  const other = { ...bad, loss: share(0.2), corrupt: share(0.1) };
  const rate = chance(random, 0.2) ? { rate: 1_000_000 } : {};
  const { driver, client, server } = network({
    seed,
    audit,
    // A pool that cannot hold what all connections would like to buffer has to close windows, not to lose octets.
    host: { buffers: chance(random, 0.2) ? 1 << 16 : 1 << 20 },
    link: { delay: below(random, 30), mtu: (ipv6 ? 1_280 : 200) + below(random, 1_301) },
    ipv6,
    impairment: (by) => ({
      random: seeded(by.random.next()),
      out: { ...bad, ...rate, reorderDelay: 1 + below(random, 40) },
      in: { ...other, ...rate, reorderDelay: 1 + below(random, 40) },
    }),
    onFrame: (frame, now) => {
      outcome.frames++;
      let hash = (outcome.hash ^ now) | 0;
      const end = frame.start + frame.length;
      for (let i = frame.start; i < end; i++) hash = Math.imul(hash ^ frame.bytes[i]!, 0x01000193);
      outcome.hash = hash;
    },
  });
  const count = 1 + below(random, 4);
  // In what two stacks can be unlike, sockets are.
  const kind = seeded(~seed);
  const options = (): Partial<ConnectionOptions> => ({
    choices: linux > 0 && chance(kind, linux) ? LINUX_CHOICES : OWN_CHOICES,
    timestamps: chance(kind, 0.8),
    selectiveAcknowledgments: chance(kind, 0.8),
    ...(chance(random, 0.4) ? { receiveBuffer: 1 + below(random, 5_000) } : {}),
    ...(chance(random, 0.4) ? { sendBuffer: 1 + below(random, 5_000) } : {}),
    windowScaling: chance(random, 0.7),
  });
  const family = ipv6 ? AF_INET6 : AF_INET;
  const [clientAddress, serverAddress] = ipv6 ? ['fd00::1', 'fd00::2'] : ['10.0.0.1', '10.0.0.2'];
  const listener = socket(server, family, SOCK_STREAM, options());
  await listener.bind([serverAddress, 7456]);
  await listener.listen(below(random, 4));
  const up: Stream[] = [];
  const down: Stream[] = [];
  const clients: Promise<void>[] = [];
  const servers: Promise<void>[] = [];
  // A connection is known by its client's port, so that each end knows which stream to expect.
  const byPort = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    up.push({ id: 2 * i, sent: 0, ended: false });
    down.push({ id: 2 * i + 1, sent: 0, ended: false });
  }

  const serve = async (): Promise<void> => {
    for (;;) {
      const [connection, [, port]] = await listener.accept();
      const i = byPort.get(port);
      if (i === undefined) throw new Error(`a connection from port ${port}, where no client is`);
      const end = talk(driver, connection, seeded(seed * 31 + 2 * i + 1), down[i]!, up[i]!, outcome);
      end.catch(() => {});
      servers.push(end);
    }
  };
  const call = async (i: number): Promise<void> => {
    const own = seeded(seed * 31 + 2 * i);
    await driver.sleep(below(own, 2 * SECOND));
    const each = socket(client, family, SOCK_STREAM, options());
    const port = 40_000 + i;
    byPort.set(port, i);
    await each.bind([clientAddress, port]);
    try {
      await each.connect([serverAddress, 7456]);
    } catch (error) {
      expected(error);
      each.close();
      return;
    }
    await talk(driver, each, own, up[i]!, down[i]!, outcome);
  };

  await driver.run(async () => {
    const serving = serve().catch(expected);
    for (let i = 0; i < count; i++) clients.push(call(i));
    await Promise.all(clients);
    await Promise.all(servers);
    listener.close();
    await serving;
    await Promise.all(servers);
  });
  if (!(await driver.settle())) throw new Error(`still busy after ${driver.now / SECOND} s`);
  outcome.time = driver.now;
  for (const host of [client, server]) {
    expectAccounted(host);
    if (host.tcp.size !== 0) throw new Error(`${host.name} has ${host.tcp.size} connections left`);
    if (host.sockets.size !== 0) throw new Error(`${host.name} has ${host.sockets.size} sockets left`);
    if (host.pages.free !== host.pages.pages)
      throw new Error(`${host.name} lost ${host.pages.pages - host.pages.free} pages`);
    if (host.busy) throw new Error(`${host.name} keeps the program running`);
  }
  return outcome;
}

function expected(error: unknown): void {
  if (!(error instanceof TcplabError) || !EXPECTED.has(error.code)) throw error;
}

/** One end of a connection: writes and reads at once, each at its own pace, then closes; or aborts in the middle, or when it has waited too long. */
async function talk(
  driver: VirtualDriver,
  own: StreamSocket,
  random: Random,
  writes: Stream,
  reads: Stream,
  outcome: Outcome,
): Promise<void> {
  const cancel = driver.at(driver.now + PATIENCE, () => own.abort());
  const total = below(random, 4) === 0 ? below(random, 200_000) : below(random, 5_000);
  const longestPause = chance(random, 0.3) ? below(random, 500 * MILLISECOND) : 0;
  // Some leave without reading all, which is a reset; some abort.
  const leavesAfter = chance(random, 0.15) ? below(random, 20_000) : Number.POSITIVE_INFINITY;
  const abortsAfter = chance(random, 0.1) ? below(random, 20_000) : Number.POSITIVE_INFINITY;

  let reset = false;
  const write = async (): Promise<void> => {
    while (writes.sent < total) {
      const octets = new Uint8Array(Math.min(1 + below(random, 10_000), total - writes.sent));
      for (let i = 0; i < octets.length; i++) octets[i] = octetAt(writes.id, writes.sent + i);
      writes.sent += await own.send(octets);
      if (writes.sent > abortsAfter) return own.abort();
      if (longestPause > 0) await driver.sleep(below(random, longestPause));
    }
    own.shutdown(SHUT_WR);
    writes.ended = true;
  };
  const read = async (): Promise<void> => {
    let received = 0;
    for (;;) {
      const octets = await own.recv(1 + below(random, 10_000));
      if (octets.length === 0) {
        // A reset is told once: to whom it may concern first, and the other direction just ends.
        await writing;
        if (!reads.ended && !reset)
          throw new Error(`stream ${reads.id} has an end that nobody made, after ${received} octets`);
        if (received !== reads.sent && !reset)
          throw new Error(`stream ${reads.id} ends after ${received} of ${reads.sent} octets`);
        if (received === reads.sent) outcome.complete++;
        return;
      }
      for (const [i, octet] of octets.entries())
        if (octet !== octetAt(reads.id, received + i))
          throw new Error(`stream ${reads.id}: octet ${received + i} is wrong`);
      received += octets.length;
      outcome.octets += octets.length;
      if (received > leavesAfter) {
        // In order, as far as TCP is concerned, unless octets wait that were not read.
        writes.ended = true;
        return own.close();
      }
      if (longestPause > 0) await driver.sleep(below(random, longestPause));
    }
  };

  const failed = (error: unknown): void => {
    expected(error);
    reset = true;
    outcome.broken++;
  };
  const writing = write().catch(failed);
  await Promise.all([writing, read().catch(failed)]);
  cancel();
  writes.ended = true;
  own.close();
}
