/**
 * What a peer, or somebody who pretends to be one, can do to a host: not crash it, not push a table or a buffer past its limit, not reset or inject into a
 * connection that it cannot see, and not starve the others. Faults known from other stacks are among them.
 */
import { expect, test } from 'vitest';
import { below, chance, type Random } from '../../src/core/random.ts';
import { MINUTE, SECOND } from '../../src/core/time.ts';
import { AF_INET, SOCK_STREAM, type StreamSocket, socket } from '../../src/speak/index.ts';
import type { Connection } from '../../src/speak/stack/connection.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { type Answer, Stranger } from './stranger.ts';

const HONEST: readonly [string, number] = ['10.0.0.2', 80];
const CLIENT = 0x0a00_0001;
const HONEST_SERVER = 0x0a00_0002;
const HTTP = 80;

/** Octets that tell their place. */
const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >>> 8)) & 0xff);

/** A server that sends back all it gets and forgives every caller everything. */
async function echo(stranger: Stranger, backlog = 64): Promise<StreamSocket> {
  const listener = socket(stranger.server, AF_INET, SOCK_STREAM);
  await listener.bind(['', HTTP]);
  await listener.listen(backlog);
  const serve = async (connection: StreamSocket): Promise<void> => {
    try {
      for (let octets = await connection.recv(4_096); octets.length > 0; octets = await connection.recv(4_096))
        await connection.sendall(octets);
    } catch {
      // Reset, timed out: the caller's business.
    }
    connection.close();
  };
  const accept = async (): Promise<void> => {
    for (;;) {
      const [connection] = await listener.accept();
      void serve(connection);
    }
  };
  accept().catch(() => {});
  return listener;
}

/** The honest client sends `octets` to the echo and gets them back, all of them and in order. */
async function honestEcho(stranger: Stranger, octets: Uint8Array): Promise<void> {
  const own = socket(stranger.client, AF_INET, SOCK_STREAM);
  await own.connect(HONEST);
  const sending = own.sendall(octets);
  const back = new Uint8Array(octets.length);
  for (let at = 0; at < back.length; ) {
    const piece = await own.recv(back.length - at);
    if (piece.length === 0) throw new Error(`the echo ended after ${at} octets`);
    back.set(piece, at);
    at += piece.length;
  }
  await sending;
  own.close();
  expect(back.every((octet, i) => octet === octets[i])).toBe(true);
}

/** Runs `attack` until `victim` is done; answers how many rounds it had. */
async function during(victim: Promise<void>, attack: () => Promise<void>): Promise<number> {
  let done = false;
  const finished = victim.finally(() => {
    done = true;
  });
  let rounds = 0;
  while (!done) {
    await attack();
    rounds++;
  }
  await finished;
  return rounds;
}

const connectionTo = (stranger: Stranger, remote: number): Connection =>
  [...stranger.server.tcp.all()].find(({ remoteAddress }) => remoteAddress === remote)!;

/** A segment a blind attacker would write: right ends, anything else. */
function blind(random: Random, from: number): Parameters<Stranger['write']>[0] {
  const flags = [tcp.RST, tcp.RST | tcp.ACK, tcp.SYN, tcp.ACK | tcp.PSH, tcp.FIN | tcp.ACK, tcp.SYN | tcp.ACK];
  return {
    source: CLIENT,
    destination: HONEST_SERVER,
    from,
    to: HTTP,
    flags: flags[below(random, flags.length)]!,
    seq: random.next(),
    ack: random.next(),
    window: below(random, 65_536),
    data: chance(random, 0.5) ? pattern(below(random, 1_400)) : new Uint8Array(),
  };
}

//= RFC 5961 §3
//= RFC 5961 §4
//= RFC 5961 §5
test('who cannot see a connection can neither reset it nor put octets into it', async () => {
  const stranger = new Stranger(1);
  await stranger.driver.run(async () => {
    await echo(stranger);
    const victim = honestEcho(stranger, pattern(3 << 20));
    await stranger.driver.sleep(10_000);
    const { tcb } = connectionTo(stranger, CLIENT);
    const rounds = await during(victim, async () => {
      for (let i = 0; i < 300; i++) stranger.write(blind(stranger.random, tcb.remotePort));
      await stranger.pause(1_000);
    });
    expect(rounds).toBeGreaterThan(10);
  });
});

//= RFC 5961 §7
test('who guesses the window still resets nothing, and gets few answers', async () => {
  const stranger = new Stranger(2);
  await stranger.driver.run(async () => {
    await echo(stranger);
    const own = socket(stranger.client, AF_INET, SOCK_STREAM);
    await own.connect(HONEST);
    await own.sendall(pattern(100));
    await stranger.driver.sleep(SECOND);
    const { tcb } = connectionTo(stranger, CLIENT);
    const before = stranger.server.counters.framesOut;
    for (let i = 0; i < 3_000; i++) {
      const flags = [tcp.RST, tcp.SYN, tcp.SYN | tcp.ACK, tcp.RST | tcp.ACK, tcp.ACK][i % 5]!;
      const seq = tcb.rcv.nxt + 1 + below(stranger.random, 60_000);
      // Octets with an acknowledgment from nowhere: neither kept nor acknowledged one by one.
      const data = flags === tcp.ACK ? pattern(10) : new Uint8Array();
      const ack = tcb.snd.una - 0x2000_0000;
      stranger.write({
        source: CLIENT,
        destination: HONEST_SERVER,
        from: tcb.remotePort,
        to: HTTP,
        flags,
        seq,
        ack,
        data,
      });
      await stranger.pause(100);
    }
    expect(tcb.state).toBe('ESTABLISHED');
    expect(tcb.held?.count ?? 0).toBe(0);
    // Ten in five seconds, and what the honest end says to them.
    expect(stranger.server.counters.framesOut - before).toBeLessThan(40);
    expect((await own.recv(200)).length).toBe(100);
    own.close();
  });
});

test('a flood of a million SYNs takes a bounded table and keeps nobody out', { timeout: 120_000 }, async () => {
  const stranger = new Stranger(3);
  const { server, random } = stranger;
  await stranger.driver.run(async () => {
    await echo(stranger);
    for (let round = 0; round < 250; round++) {
      for (let i = 0; i < 4_000; i++) {
        const source = 0x2000_0000 | below(random, 0x0fff_ffff);
        stranger.write({ source, from: 1_024 + below(random, 60_000), to: HTTP, flags: tcp.SYN, seq: random.next() });
      }
      await stranger.pause(1_000);
      if (round % 50 === 49) await honestEcho(stranger, pattern(10_000));
    }
    expect(stranger.written).toBe(1_000_000);
    const { tcpSynCookiesSent, tcpSynQueueFull } = server.counters;
    expect(tcpSynCookiesSent + tcpSynQueueFull).toBeGreaterThan(990_000);
    expect(server.tcp.size).toBeLessThan(80);
  });
  await stranger.driver.advance(10 * MINUTE);
  expect(server.tcp.size).toBe(0);
});

/** A stranger's end of a connection: as far as it cares to keep book. */
interface End {
  readonly port: number;
  seq: number;
  ack: number;
  window: number;
  open: boolean;
}

/** Opens connections from `count` ports and answers the ends that came about. */
async function openEnds(stranger: Stranger, first: number, count: number, options = new Uint8Array()): Promise<End[]> {
  const ends = new Map<number, End>();
  stranger.onAnswer = (answer: Answer) => {
    const end = ends.get(answer.port);
    if (end === undefined || (answer.flags & tcp.SYN) === 0) return;
    Object.assign(end, { ack: answer.seq, seq: answer.ack, window: answer.window, open: true });
  };
  for (let port = first; port < first + count; port++) {
    ends.set(port, { port, seq: 0, ack: 0, window: 0, open: false });
    stranger.write({ from: port, to: HTTP, flags: tcp.SYN, seq: port, options });
    await stranger.pause(100);
    const end = ends.get(port)!;
    if (end.open) stranger.write({ from: port, to: HTTP, flags: tcp.ACK, seq: end.seq, ack: end.ack });
    await stranger.pause(100);
  }
  stranger.onAnswer = () => {};
  return [...ends.values()].filter(({ open }) => open);
}

//= RFC 9293 §3.10.7.4
test.each([
  ['old segments', (end: End, i: number) => ({ seq: end.seq - 100_000 - i })],
  ['acknowledgments of what was never sent', (end: End, i: number) => ({ ack: end.ack + 1_000 + i })],
  ['segments beyond the window', (end: End, i: number) => ({ seq: end.seq + 0x0800_0000 + i })],
])('a storm of %s is answered by a drizzle', async (_name, make) => {
  const stranger = new Stranger(4);
  await stranger.driver.run(async () => {
    await echo(stranger);
    const [end] = await openEnds(stranger, 2_000, 1);
    const before = stranger.answered;
    for (let i = 0; i < 5_000; i++) {
      stranger.write({ from: end!.port, to: HTTP, flags: tcp.ACK, seq: end!.seq, ack: end!.ack, ...make(end!, i) });
      await stranger.pause(100);
    }
    expect(stranger.answered - before).toBeLessThan(25);
  });
});

test('a peer that takes one octet a segment is sent more than that', async () => {
  const stranger = new Stranger(5);
  const sizes: number[] = [];
  await stranger.driver.run(async () => {
    await echo(stranger);
    const [end] = await openEnds(stranger, 2_000, 1, Uint8Array.of(2, 4, 0, 1));
    stranger.onAnswer = ({ length }) => {
      if (length > 0) sizes.push(length);
    };
    stranger.write({
      from: end!.port,
      to: HTTP,
      flags: tcp.ACK | tcp.PSH,
      seq: end!.seq,
      ack: end!.ack,
      data: pattern(1_000),
    });
    await stranger.pause(10 * SECOND);
  });
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(36);
});

test('windows that shrink, close and stay silent cost a bounded buffer, few probes, and in the end the connection', async () => {
  const stranger = new Stranger(6);
  const { server } = stranger;
  await stranger.driver.run(async () => {
    await echo(stranger);
    const ends = await openEnds(stranger, 2_000, 50);
    expect(ends).toHaveLength(50);
    for (let step = 0; step < 40; step++) {
      for (const end of ends) {
        const window = [65_535, 10, 0, 1, 3_000][step % 5]!;
        stranger.write({
          from: end.port,
          to: HTTP,
          flags: tcp.ACK,
          seq: end.seq,
          ack: end.ack,
          window,
          data: pattern(1_400),
        });
        end.seq += 1_400;
      }
      await stranger.pause(1_000);
    }
    // Nothing of what came back was acknowledged: what is sent again comes slower and slower.
    const before = stranger.answered;
    await honestEcho(stranger, pattern(1 << 20));
    await stranger.pause(MINUTE);
    expect(stranger.answered - before).toBeLessThan(50 * 40);
    expect(server.pages.pages - server.pages.free).toBeLessThan(50 * 64);
    await stranger.pause(30 * MINUTE);
    expect(server.tcp.size).toBe(0);
    expect(server.pages.free).toBe(server.pages.pages);
  });
});

test('octets strewn over the windows of many connections do not starve an honest one', async () => {
  const stranger = new Stranger(7, { buffers: 4 << 20 });
  const { server } = stranger;
  await stranger.driver.run(async () => {
    await echo(stranger, 512);
    const ends = await openEnds(stranger, 2_000, 200);
    expect(ends).toHaveLength(200);
    for (const end of ends) {
      for (let i = 1; i < 30; i++)
        stranger.write({
          from: end.port,
          to: HTTP,
          flags: tcp.ACK,
          seq: end.seq + i * 2_000,
          ack: end.ack,
          data: pattern(1),
        });
      await stranger.pause(10);
    }
    await honestEcho(stranger, pattern(200_000));
    expect(server.pages.free).toBeLessThan(server.pages.kept);
  });
});

/** Options of every kind of wrong: lengths 0 and 1, past the end, known kinds of odd lengths, nothing but padding. */
function bomb(random: Random): Uint8Array {
  const options = new Uint8Array(4 * (1 + below(random, 10)));
  const kind = below(random, 4);
  for (let i = 0; i < options.length; i++) {
    options[i] = kind === 0 ? random.next() : kind === 1 ? 1 : kind === 2 ? [5, 0, 8, 255][i & 3]! : below(random, 12);
  }
  return options;
}

/** What is written next for `end`, from almost right to nonsense. */
function mutated(random: Random, end: End): Parameters<Stranger['write']>[0] {
  const near = (base: number): number =>
    base + [0, 0, 0, 1, -1, below(random, 3_000), -below(random, 3_000), end.window, random.next()][below(random, 9)]!;
  const flags = chance(random, 0.6) ? tcp.ACK | tcp.PSH : random.next() & 0xff;
  const data = chance(random, 0.5) ? pattern(below(random, 1_400)) : new Uint8Array();
  const segment = {
    from: end.port,
    to: HTTP,
    flags,
    seq: near(end.seq),
    ack: near(end.ack),
    window: [65_535, 0, 1, below(random, 65_536)][below(random, 4)]!,
    urgent: chance(random, 0.1) ? below(random, 65_536) : 0,
    data,
    ...(chance(random, 0.3) ? { options: bomb(random) } : {}),
    ...(chance(random, 0.02) ? { offset: below(random, 16) } : {}),
  };
  if (chance(random, 0.5)) end.seq += data.length + (flags & tcp.FIN ? 1 : 0);
  return segment;
}

test.each([11, 12, 13, 14, 15, 16])('a peer that says anything at all (seed %d)', { timeout: 60_000 }, async (seed) => {
  // Those that it opens and leaves would stay for ever.
  const stranger = new Stranger(seed, { connection: { keepAlive: true } });
  const { server, random } = stranger;
  await stranger.driver.run(async () => {
    const listener = await echo(stranger);
    const ends = new Map<number, End>();
    stranger.onAnswer = (answer) => {
      const end = ends.get(answer.port)!;
      end.ack = answer.seq;
      end.window = answer.window;
      if (answer.flags & tcp.SYN) end.seq = answer.ack;
      end.open = (answer.flags & tcp.RST) === 0;
    };
    let port = 2_000;
    const attack = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) {
        if (ends.size < 40 || chance(random, 0.02)) {
          ends.set(++port, { port, seq: port + 1, ack: 0, window: 0, open: true });
          const options = chance(random, 0.5) ? bomb(random) : new Uint8Array();
          stranger.write({ from: port, to: HTTP, flags: tcp.SYN, seq: port, options });
        }
        const all = [...ends.values()];
        const end = all[below(random, all.length)]!;
        stranger.write(mutated(random, end));
        await stranger.pause(below(random, 200));
      }
      expect(server.tcp.size).toBeLessThan(2_000);
    };
    for (let i = 0; i < 60; i++) await during(honestEcho(stranger, pattern(20_000)), attack);
    expect(stranger.written).toBeGreaterThan(5_000);
    // Nothing that it wrote is worth more than a few segments in answer.
    expect(stranger.answered).toBeLessThan(4 * stranger.written + 1_000);
    listener.close();
    await stranger.pause(180 * MINUTE);
  });
  expect(server.tcp.size).toBe(0);
  expect(server.pages.free).toBe(server.pages.pages);
});
