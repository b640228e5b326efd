/** Many connections that do nothing: the memory that each end of one takes, and what a round trip costs among them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pipe } from '../src/speak/link/pipe.ts';
import { AF_INET, SOCK_STREAM, type StreamSocket, socket } from '../src/speak/socket/bsd.ts';
import { Host } from '../src/speak/stack/host.ts';
import { VirtualDriver } from '../src/speak/stack/virtual-driver.ts';
import { median } from './result.ts';

const PORT = 7456;

/** Connections. */
export const IDLE = 100_000;

/** As many as 16 clients have ports for. */
export const MILLION = 1_000_000;

/** From each client's address: all ports but those below 1,024. */
const FROM_EACH = 62_500;

/** Connections that are made in one go. */
const BATCH = 500;

/** Connections that have something to say. */
const ACTIVE = 10;

/** Round trips measured, of all the active ones together. */
const ROUND_TRIPS = 50_000;

/** Rounds of them, alone and in the crowd. */
const ROUNDS = 5;

/** A server, and as many clients as the connections need addresses: each on a cable of its own. */
class Crowd {
  readonly driver = new VirtualDriver({ afterPrograms: setImmediate });
  readonly server: Host;
  readonly clients: Host[] = [];
  readonly near: StreamSocket[] = [];
  readonly far: StreamSocket[] = [];
  readonly #listener: StreamSocket;

  constructor(connections: number) {
    const { driver } = this;
    this.server = new Host({ driver, name: 'server', connections });
    for (let i = 0; i * FROM_EACH < connections; i++) {
      const [left, right] = pipe({ medium: 'ip', mtu: 1500 });
      const client = new Host({ driver, name: `client ${i}`, ephemeralPorts: [1_024, 65_535] });
      client.plug(left, { address: `10.0.${i}.1/24` });
      this.server.plug(right, { address: `10.0.${i}.2/24` });
      this.clients.push(client);
    }
    this.#listener = socket(this.server, AF_INET, SOCK_STREAM);
  }

  /** Makes `count` connections more; the clients take turns. */
  async connect(count: number): Promise<void> {
    if (this.near.length === 0) {
      await this.#listener.bind(['', PORT]);
      await this.#listener.listen(BATCH);
    }
    for (let made = 0; made < count; made += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, count - made) }, async (_, i) => {
        const which = (made + i) % this.clients.length;
        const one = socket(this.clients[which]!, AF_INET, SOCK_STREAM);
        const accepted = this.#listener.accept();
        await one.connect([`10.0.${which}.2`, PORT]);
        const [other] = await accepted;
        this.near.push(one);
        this.far.push(other);
      });
      await Promise.all(batch);
    }
  }

  /** Seconds that ROUND_TRIPS round trips of one octet take over the first ACTIVE connections, all of them at it. */
  async roundTrips(): Promise<number> {
    const octet = new Uint8Array(1);
    const each = ROUND_TRIPS / ACTIVE;
    // The first ones were made before all others, so that these are the same connections.
    const echoing = this.far.slice(0, ACTIVE).map(async (other) => {
      for (let i = 0; i < each; i++) await other.sendall(await other.recv(16));
    });
    const { user, system } = process.cpuUsage();
    const asking = this.near.slice(0, ACTIVE).map(async (one) => {
      for (let i = 0; i < each; i++) {
        await one.sendall(octet);
        await one.recv(16);
      }
    });
    await Promise.all([...asking, ...echoing]);
    const now = process.cpuUsage();
    return (now.user - user + now.system - system) / 1e6;
  }
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Octets in use, after a collection: objects and buffers. */
function inUse(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Octets of memory an endpoint of an idle connection takes, its socket included, beyond the empty hosts. */
export async function idleMemory(connections: number = IDLE): Promise<number> {
  const crowd = new Crowd(connections);
  return crowd.driver.run(async () => {
    const before = inUse();
    await crowd.connect(connections);
    return (inUse() - before) / (2 * connections);
  });
}

/** How many times as long a round trip takes when 10 are active among 100,000 idle connections, compared with 10 alone: the median of some rounds, one after the other. */
export async function activeAmongIdle(connections: number = IDLE): Promise<number> {
  const alone = new Crowd(ACTIVE);
  const crowd = new Crowd(ACTIVE + connections);
  for (const each of [alone, crowd]) await each.driver.run(() => each.connect(ACTIVE));
  await crowd.driver.run(() => crowd.connect(connections));
  const ratios: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const few = await alone.driver.run(() => alone.roundTrips());
    const many = await crowd.driver.run(() => crowd.roundTrips());
    // The first warms both up.
    if (round > 0) ratios.push(many / few);
  }
  return median(ratios);
}
