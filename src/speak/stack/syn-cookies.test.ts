import { expect, test } from 'vitest';
import { forge, network, virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import * as wire from '../../wire/tcp.ts';
import { AF_INET, bytes, SOCK_STREAM, socket } from '../socket/bsd.ts';
import {
  DEFAULT_OPTIONS,
  type IncomingSegment,
  makeIncomingSegment,
  makeTcb,
  makeTcpCounters,
  tsval,
} from '../tcp/index.ts';
import { Host } from './host.ts';
import { SynCookies } from './syn-cookies.ts';

const SERVER = '10.0.0.2';
const LOCAL = 0x0a000002;
const REMOTE = 0x0a000001;

const driver = virtualDriver();
const { pages } = new Host({ driver, buffers: 1 << 20 });

interface SynOptions {
  mss?: number;
  windowScale?: number;
  sackPermitted?: boolean;
  timestamps?: boolean;
}

function syn({
  mss = 1460,
  windowScale = 7,
  sackPermitted = true,
  timestamps = true,
}: SynOptions = {}): IncomingSegment {
  const segment = makeIncomingSegment();
  Object.assign(segment, { sourcePort: 40_000, destinationPort: 80, seq: 1_000, flags: wire.SYN, length: 1 });
  Object.assign(segment.options, { mss, windowScale, sackPermitted, timestamps, tsval: 77 });
  return segment;
}

/** What a peer sends back: the acknowledgment of `cookie` with the echo of the clock. */
function ack(cookie: number, tsecr: number | undefined): IncomingSegment {
  const segment = makeIncomingSegment();
  Object.assign(segment, {
    sourcePort: 40_000,
    destinationPort: 80,
    seq: 1_001,
    ack: (cookie + 1) | 0,
    flags: wire.ACK,
  });
  Object.assign(segment.options, { timestamps: tsecr !== undefined, tsval: 78, tsecr: tsecr ?? 0 });
  return segment;
}

/** Bakes a cookie for `segment` at `now`; answers it and the clock that went with it. */
function bake(
  cookies: SynCookies,
  segment: IncomingSegment,
  now: number,
): { cookie: number; clock: number; before: number } {
  const tcb = makeTcb(80, 40_000, 1460, DEFAULT_OPTIONS, pages, makeTcpCounters());
  tcb.ts.offset = 123_456_789;
  const before = tsval(tcb, now);
  const cookie = cookies.bake(tcb, segment, LOCAL, REMOTE, now)!;
  return { cookie, clock: tsval(tcb, now), before };
}

//= RFC 4987 §3.6
test.each([
  { offered: {}, kept: { mss: 1460, windowScale: 7, sackPermitted: true } },
  { offered: { mss: 1459, windowScale: 14 }, kept: { mss: 1440, windowScale: 14, sackPermitted: true } },
  { offered: { windowScale: 200 }, kept: { mss: 1460, windowScale: 14, sackPermitted: true } },
  { offered: { mss: 9000, windowScale: -1 }, kept: { mss: 8960, windowScale: -1, sackPermitted: true } },
  { offered: { mss: -1, sackPermitted: false }, kept: { mss: 536, windowScale: 7, sackPermitted: false } },
  { offered: { timestamps: false }, kept: { mss: 1460, windowScale: -1, sackPermitted: false } },
])('a cookie brings back what was agreed: $offered', ({ offered, kept }) => {
  const cookies = new SynCookies(driver.random);
  const segment = syn(offered);
  const { timestamps } = segment.options;
  const { cookie, clock, before } = bake(cookies, segment, 5_000_000);
  expect(before - clock).toBeGreaterThanOrEqual(0);
  expect(before - clock).toBeLessThan(64);
  // The SYN,ACK is made from the segment: it promises no more than the cookie keeps.
  expect(segment.options).toMatchObject({ ...kept, windowScale: offered.windowScale ?? kept.windowScale });
  const found = cookies.recall(ack(cookie, timestamps ? clock : undefined), LOCAL, REMOTE, 6_000_000)!;
  expect(found).toMatchObject({ seq: 1_000, flags: wire.SYN, sourcePort: 40_000, destinationPort: 80 });
  expect(found.options).toMatchObject({ ...kept, timestamps });
});

test('ECN is agreed through a cookie only with timestamps', () => {
  const cookies = new SynCookies(driver.random);
  const asking = syn();
  asking.flags |= wire.ECE | wire.CWR;
  const { cookie, clock } = bake(cookies, asking, 0);
  expect(cookies.recall(ack(cookie, clock), LOCAL, REMOTE, 0)!.flags).toBe(wire.SYN | wire.ECE | wire.CWR);
  const without = syn({ timestamps: false });
  without.flags |= wire.ECE | wire.CWR;
  bake(cookies, without, 0);
  expect(without.flags).toBe(wire.SYN);
});

test('nothing else is taken for a cookie: another end, number, time, option', () => {
  const cookies = new SynCookies(driver.random);
  expect(cookies.recall(ack(12_345, 0), LOCAL, REMOTE, 0)).toBeUndefined();
  const { cookie, clock } = bake(cookies, syn(), 0);
  const good = (): IncomingSegment => ack(cookie, clock);
  expect(cookies.recall(good(), LOCAL, REMOTE, 0)).toBeDefined();
  expect(cookies.recall(good(), LOCAL + 1, REMOTE, 0)).toBeUndefined();
  expect(cookies.recall(good(), LOCAL, REMOTE + 1, 0)).toBeUndefined();
  expect(cookies.recall({ ...good(), sourcePort: 40_001 }, LOCAL, REMOTE, 0)).toBeUndefined();
  expect(cookies.recall({ ...good(), seq: 1_002 }, LOCAL, REMOTE, 0)).toBeUndefined();
  for (let bit = 0; bit < 32; bit++)
    expect(cookies.recall(ack(cookie ^ (1 << bit), clock), LOCAL, REMOTE, 0)).toBeUndefined();
  for (let bit = 0; bit < 6; bit++)
    expect(cookies.recall(ack(cookie, clock ^ (1 << bit)), LOCAL, REMOTE, 0)).toBeUndefined();
  expect(new SynCookies(driver.random).recall(good(), LOCAL, REMOTE, 0)).toBeUndefined();
  expect(cookies.recall(good(), LOCAL, REMOTE, 127 * SECOND)).toBeDefined();
  expect(cookies.recall(good(), LOCAL, REMOTE, 128 * SECOND)).toBeUndefined();
  // Nor when other cookies were made since, a round of its clock later.
  bake(cookies, syn(), 32 * 64 * SECOND);
  expect(cookies.recall(good(), LOCAL, REMOTE, 32 * 64 * SECOND)).toBeUndefined();
});

test('a peer whose segments are smaller than any cookie can say gets none', () => {
  const tcb = makeTcb(80, 40_000, 1460, DEFAULT_OPTIONS, pages, makeTcpCounters());
  expect(new SynCookies(driver.random).bake(tcb, syn({ mss: 63 }), LOCAL, REMOTE, 0)).toBeUndefined();
});

test('500 connections in one burst on a backlog of 100: all are served, those beyond it from cookies', async () => {
  const net = network({ link: { delay: 10 }, host: { frames: 2_048 } });
  const COUNT = 500;
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind([SERVER, 80]);
    await listener.listen(100);
    const serve = async (): Promise<void> => {
      for (let i = 0; i < COUNT; i++) {
        const [accepted] = await listener.accept();
        void accepted.recv(10).then(async (octets) => {
          await accepted.sendall(octets);
          accepted.close();
        });
      }
    };
    const call = async (i: number): Promise<string> => {
      const own = socket(net.client, AF_INET, SOCK_STREAM);
      await own.connect([SERVER, 80]);
      await own.sendall(bytes(`call ${i}`));
      const answer = new TextDecoder().decode(await own.recv(10));
      own.close();
      return answer;
    };
    const [, ...answers] = await Promise.all([serve(), ...Array.from({ length: COUNT }, (_, i) => call(i))]);
    expect(answers).toEqual(Array.from({ length: COUNT }, (_, i) => `call ${i}`));
  });
  const { tcpSynCookiesSent, tcpSynCookiesTaken } = net.server.counters;
  expect(tcpSynCookiesTaken).toBeGreaterThan(100);
  expect(tcpSynCookiesSent).toBeGreaterThanOrEqual(tcpSynCookiesTaken);
});

test('a flood of SYNs from nowhere: the host remembers sixteen of them, and the next caller is served', async () => {
  const net = network();
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind([SERVER, 80]);
    await listener.listen(5);
    for (let i = 0; i < 300; i++) {
      forge(net, { source: 0x0a00_004d, sourcePort: 10_000 + i, port: 80, flags: wire.SYN, seq: i });
      await net.driver.sleep(100);
    }
    expect(net.server.tcp.size).toBe(16);
    expect(net.server.counters.tcpSynCookiesSent).toBe(284);
    const own = socket(net.client, AF_INET, SOCK_STREAM);
    await own.connect([SERVER, 80]);
    const [accepted] = await listener.accept();
    await own.sendall(bytes('hello'));
    expect(new TextDecoder().decode(await accepted.recv(9))).toBe('hello');
    expect(net.server.counters.tcpSynCookiesTaken).toBe(1);
    expect(net.server.tcp.size).toBe(17);
  });
});

test('without cookies the same flood keeps everybody out', async () => {
  const net = network({ host: { synCookies: false } });
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind([SERVER, 80]);
    await listener.listen(5);
    for (let i = 0; i < 20; i++) forge(net, { source: 0x0a00_004d, sourcePort: 10_000 + i, port: 80, flags: wire.SYN });
    await net.driver.sleep(SECOND);
    expect(net.server.counters.tcpSynQueueFull).toBe(4);
    expect(net.server.counters.tcpSynCookiesSent).toBe(0);
  });
});

test('an acknowledgment that brings no cookie is answered with a reset, as ever', async () => {
  const net = network();
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind([SERVER, 80]);
    await listener.listen(5);
    for (let i = 0; i < 17; i++) forge(net, { source: 0x0a00_004d, sourcePort: 10_000 + i, port: 80, flags: wire.SYN });
    await net.driver.sleep(SECOND);
    expect(net.server.counters.tcpSynCookiesSent).toBe(1);
    for (let i = 0; i < 50; i++) forge(net, { sourcePort: 30_000, port: 80, flags: wire.ACK, ack: i * 0x0512_3457 });
    await net.driver.sleep(SECOND);
    expect(net.server.counters.tcpOutRsts).toBe(50);
    expect(net.server.tcp.size).toBe(16);
  });
});

test('nothing is lost of connections that are opened, used and closed all at once before anybody accepts', async () => {
  const net = network({ link: { delay: 10 } });
  const COUNT = 300;
  await net.driver.run(async () => {
    const listener = socket(net.server, AF_INET, SOCK_STREAM);
    await listener.bind([SERVER, 80]);
    await listener.listen(128);
    for (let i = 0; i < COUNT; i++) {
      const own = socket(net.client, AF_INET, SOCK_STREAM);
      // What follows the handshake arrives in segments of its own: octets, and the FIN behind them.
      own.connect([SERVER, 80]).then(() => {
        own.send(bytes(`${i}`));
        own.close();
      });
    }
    await net.driver.sleep(SECOND / 2);
    const said = new Set<string>();
    for (let i = 0; i < COUNT; i++) {
      const [accepted] = await listener.accept();
      said.add(new TextDecoder().decode(await accepted.recv(100)));
      accepted.close();
    }
    expect(said.size).toBe(COUNT);
    expect(net.server.counters.tcpSynCookiesTaken).toBeGreaterThan(0);
  });
});
