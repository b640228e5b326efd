/**
 * One seeded run: two hosts on a bad line and programs on them that write, read, pause, close and abort at random. What must hold whatever happens: the octets that arrive are
 * those that were sent, in order; the end of a stream is only reported after its last octet; whatever ends otherwise is reported as an error; and afterwards nothing is left.
 */
import { below, chance, type Random, seeded } from '../../src/core/random.ts';
import { MILLISECOND, MINUTE, type Micros, SECOND } from '../../src/core/time.ts';
import type { Audit } from '../../src/lab/audit/index.ts';
import {
  AF_INET,
  AF_INET6,
  type ConnectionOptions,
  type Host,
  type Impairment,
  LINUX_CHOICES,
  MSG_OOB,
  OWN_CHOICES,
  SHUT_WR,
  SO_OOBINLINE,
  SOCK_STREAM,
  SOL_SOCKET,
  type StreamSocket,
  socket,
  TcplabError,
  type VirtualDriver,
} from '../../src/speak/index.ts';
import type { Frame } from '../../src/wire/frame.ts';
import { expectAccounted } from '../accounts.ts';
import { network } from '../network.ts';
import { floods, rareOptions } from './habits.ts';
import { PLAIN, way } from './ways.ts';

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

/** How programs talk: as most do, as few do, or much at once. */
type Habit = 'plain' | 'odd' | 'much';

/** A line on which much gets through. */
const CALM = { loss: 0.001, reorder: 0.001, duplicate: 0.001, corrupt: 0, jitter: 0 };

/** What connections are told for that. */
const ROOMY: Partial<ConnectionOptions> = { receiveBuffer: 1 << 19, sendBuffer: 1 << 19, windowScaling: true };

/** A connection's two streams, from its client and to it. */
interface Talk {
  readonly id: number;
  readonly up: Stream;
  readonly down: Stream;
}

/** Errors that a program may be told when a line is bad or the peer went away. */
const EXPECTED = new Set([
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'EBADF',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENOTCONN',
  'EADDRINUSE',
]);

/** How long a program tries before it aborts. */
const PATIENCE = 10 * MINUTE;

/** Of what kind a run is. */
export interface Kind {
  /** The share of sockets that make Linux's choices, from 0 to 1; default 0, of `rare` ones by chance. */
  linux?: number | undefined;
  /** Whether programs talk by IPv6; default by IPv4. */
  ipv6?: boolean;
  /** Whether there is anything between the hosts (ways.ts), and programs use what few do (habits.ts); default a cable, and nothing of it. */
  rare?: boolean;
  /** Whether what arrives is what was sent; default, it may be damaged. */
  sound?: boolean;
}

/** Runs the programs that `seed` describes. `watch` sees the hosts before anything happens. */
export async function converse(
  seed: number,
  kind: Kind = {},
  audit?: Audit,
  watch?: (client: Host, server: Host) => void,
): Promise<Outcome> {
  const { ipv6 = false, rare = false, sound = false } = kind;
  const own = seeded(seed ^ 0x2b7e_1516);
  const linux = kind.linux ?? (rare ? below(own, 3) / 2 : 0);
  const random = seeded(seed);
  const outcome: Outcome = { hash: 0x811c9dc5 | 0, frames: 0, complete: 0, broken: 0, octets: 0, time: 0 };
  const share = (most: number): number => (chance(random, 0.5) ? (below(random, 1000) / 1000) * most : 0);
  const bad = { loss: share(0.2), reorder: share(0.2), duplicate: share(0.1), corrupt: share(0.1), jitter: share(20) };
  const other = { ...bad, loss: share(0.2), corrupt: share(0.1) };
  if (sound) bad.corrupt = other.corrupt = 0;
  const habit: Habit = rare ? (chance(own, 0.1) ? 'much' : 'odd') : 'plain';
  // Much gets through where little gets lost, and the longest segments are sent.
  if (habit === 'much') for (const line of [bad, other]) Object.assign(line, CALM);
  const rate = chance(random, 0.2) ? { rate: 1_000_000 } : {};
  const onFrame = (frame: Frame, now: Micros): void => {
    outcome.frames++;
    let hash = (outcome.hash ^ now) | 0;
    const end = frame.start + frame.length;
    for (let i = frame.start; i < end; i++) hash = Math.imul(hash ^ frame.bytes[i]!, 0x01000193);
    outcome.hash = hash;
  };
  // A pool that cannot hold what all connections would like to buffer has to close windows, not to lose octets.
  const tight = chance(random, 0.2);
  const host = { buffers: habit === 'much' ? 4 << 20 : tight ? 1 << 16 : 1 << 20 };
  const delay = below(random, 30);
  const mtu = (ipv6 ? 1_280 : 200) + below(random, 1_301);
  const impairment = (): { out: Impairment; in: Impairment } => ({
    out: { ...bad, ...rate, reorderDelay: 1 + below(random, 40) },
    in: { ...other, ...rate, reorderDelay: 1 + below(random, 40) },
  });
  const net = rare
    ? way(own, { seed, ipv6, audit, host, delay, onFrame, long: habit === 'much', ...impairment() })
    : {
        ...network({
          ...{ seed, audit, host, ipv6, onFrame },
          link: { delay, mtu },
          impairment: (by) => ({ random: seeded(by.random.next()), ...impairment() }),
        }),
        ...PLAIN,
      };
  const { driver, client, server } = net;
  watch?.(client, server);
  const count = 1 + below(random, 4);
  // In what two stacks can be unlike, sockets are.
  const unlike = seeded(~seed);
  const options = (): Partial<ConnectionOptions> => ({
    choices: linux > 0 && chance(unlike, linux) ? LINUX_CHOICES : OWN_CHOICES,
    timestamps: chance(unlike, 0.8),
    selectiveAcknowledgments: chance(unlike, 0.8),
    ...(chance(random, 0.4) ? { receiveBuffer: 1 + below(random, 5_000) } : {}),
    ...(chance(random, 0.4) ? { sendBuffer: 1 + below(random, 5_000) } : {}),
    windowScaling: chance(random, 0.7),
    ...(habit === 'odd' && rareOptions(own)),
    ...(habit === 'much' && ROOMY),
  });
  const family = ipv6 ? AF_INET6 : AF_INET;
  const [clientAddress, serverAddress] = ipv6
    ? ['fd00::1', net.apart ? 'fd01::2' : 'fd00::2']
    : ['10.0.0.1', net.apart ? '10.0.1.2' : '10.0.0.2'];
  const open = (host: Host): StreamSocket => {
    const made = socket(host, family, SOCK_STREAM, options());
    if (rare) made.setsockopt(SOL_SOCKET, SO_OOBINLINE, 1);
    return made;
  };
  const listener = open(server);
  await listener.bind([serverAddress, 7456]);
  await listener.listen(below(random, 4));
  const clients: Promise<void>[] = [];
  const servers: Promise<void>[] = [];
  // A connection is known by its client's first number, so that each end knows which streams to expect.
  const byNumber = new Map<number, Talk>();
  let talks = 0;
  const newTalk = (): Talk => {
    const id = 2 * talks++;
    return { id, up: { id, sent: 0, ended: false }, down: { id: id + 1, sent: 0, ended: false } };
  };
  const atServer = (accepted: StreamSocket, { id, up, down }: Talk): Promise<void> =>
    takePart(driver, accepted, seeded(seed * 31 + id + 1), down, up, outcome, habit);

  const serve = async (): Promise<void> => {
    for (;;) {
      const [accepted, [, port]] = await listener.accept();
      const talk = byNumber.get(accepted.connection!.tcb.irs);
      if (talk === undefined) throw new Error(`a connection from port ${port}, where no client is`);
      const end = atServer(accepted, talk);
      end.catch(() => {});
      servers.push(end);
    }
  };
  /** Connects and takes part in a talk; answers whether it came to one. */
  const connect = async (each: StreamSocket, port: number, talk: Talk, random: Random, to = 7456): Promise<boolean> => {
    try {
      await each.bind([clientAddress, port]);
      const opening = each.connect([serverAddress, to]);
      if (each.connection !== undefined) byNumber.set(each.connection.tcb.iss, talk);
      await opening;
    } catch (error) {
      expected(error);
      talk.up.ended = true;
      each.close();
      return false;
    }
    await takePart(driver, each, random, talk.up, talk.down, outcome, habit);
    return true;
  };
  /** Both ends begin, at nearly the same time. */
  const cross = async (talk: Talk, port: number, random: Random): Promise<boolean> => {
    const theirs = open(server);
    const early = below(own, 2 * delay * MILLISECOND + 1);
    const other = async (): Promise<void> => {
      try {
        await driver.sleep(early);
        await theirs.bind([serverAddress, 10_000 + port]);
        await theirs.connect([clientAddress, port]);
      } catch (error) {
        expected(error);
        talk.down.ended = true;
        theirs.close();
        return;
      }
      await atServer(theirs, talk);
    };
    const end = other();
    end.catch(() => {});
    servers.push(end);
    await driver.sleep(delay * MILLISECOND);
    return connect(open(client), port, talk, random, 10_000 + port);
  };
  const call = async (i: number): Promise<void> => {
    const talk = newTalk();
    const random = seeded(seed * 31 + talk.id);
    await driver.sleep(below(random, 2 * SECOND));
    const port = 40_000 + i;
    const met =
      rare && net.bothWays && chance(own, 0.15)
        ? await cross(talk, port, random)
        : await connect(open(client), port, talk, random);
    // Once more between the same ends: where the first connection is in TIME-WAIT still, this one takes its place.
    if (!met || !rare || chance(own, 0.6)) return;
    await driver.sleep(below(own, 2 * SECOND));
    const another = newTalk();
    await connect(open(client), port, another, seeded(seed * 31 + another.id));
  };

  await driver.run(async () => {
    const serving = serve().catch(expected);
    for (let i = 0; i < count; i++) clients.push(call(i));
    if (rare && net.bare && chance(own, 0.3)) floods(net, own);
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
async function takePart(
  driver: VirtualDriver,
  own: StreamSocket,
  random: Random,
  writes: Stream,
  reads: Stream,
  outcome: Outcome,
  habit: Habit,
): Promise<void> {
  const cancel = driver.at(driver.now + PATIENCE, () => own.abort());
  const isMuch = habit === 'much' || below(random, 4) === 0;
  const total = isMuch ? below(random, habit === 'much' ? 2_000_000 : 200_000) : below(random, 5_000);
  const rare = habit !== 'plain';
  const most = habit === 'much' ? 300_000 : 10_000;
  const longest = rare && below(random, 4) === 0 ? 10 * SECOND : 500 * MILLISECOND;
  const longestPause = chance(random, 0.3) ? below(random, longest) : 0;
  const urgent = rare && below(random, 4) === 0 ? 0.1 : 0;
  // Some leave without reading all, which is a reset; some abort.
  const leavesAfter = chance(random, 0.15) ? below(random, 20_000) : Number.POSITIVE_INFINITY;
  const abortsAfter = chance(random, 0.1) ? below(random, 20_000) : Number.POSITIVE_INFINITY;

  let reset = false;
  const write = async (): Promise<void> => {
    while (writes.sent < total) {
      const octets = new Uint8Array(Math.min(1 + below(random, most), total - writes.sent));
      for (let i = 0; i < octets.length; i++) octets[i] = octetAt(writes.id, writes.sent + i);
      writes.sent += await own.send(octets, chance(random, urgent) ? MSG_OOB : 0);
      if (writes.sent > abortsAfter) return own.abort();
      if (longestPause > 0) await driver.sleep(below(random, longestPause));
    }
    own.shutdown(SHUT_WR);
    writes.ended = true;
  };
  const read = async (): Promise<void> => {
    let received = 0;
    for (;;) {
      const octets = await own.recv(1 + below(random, most));
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
