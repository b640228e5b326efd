/** Translation packet by packet, as the two links of a gateway see it. */
import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { MINUTE, SECOND } from '../../core/time.ts';
import { parseIpv4 } from '../../wire/address.ts';
import { finish, pseudoHeader4, sum } from '../../wire/checksum.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import { type PipePort, pipe } from '../link/pipe.ts';
import { IP_AT } from './frame-layout.ts';
import { Host } from './host.ts';
import type { NatOptions } from './nat.ts';

const pool = new FramePool(64, 1_600);

/** Hosts of 10.0.0.0/16 - gateway 10.0.0.1, 192.0.2.1 - hosts of 192.0.2.0/24, by links that begin with IP. */
function links(options: Partial<NatOptions> = {}) {
  const driver = virtualDriver();
  const [inside, b] = pipe({ medium: 'ip' });
  const [c, outside] = pipe({ medium: 'ip' });
  const gateway = new Host({ name: 'gateway', driver, forwarding: true, frames: 64, largeFrames: 8 });
  gateway.plug(b, { address: '10.0.0.1/16' });
  const nat = gateway.forwarding!.translate(gateway.plug(c, { address: '192.0.2.1/24' }), options);
  /** Sends a packet into one link; answers what comes out of the other, or of `by`. */
  const pass = async (from: PipePort, frame: Frame, by = from === inside ? outside : inside): Promise<Uint8Array[]> => {
    from.send(frame, driver.now);
    driver.wake();
    await driver.advance(0);
    const packets: Uint8Array[] = [];
    for (let got = by.receive(driver.now); got; got = by.receive(driver.now)) {
      packets.push(got.bytes.slice(got.start, got.start + got.length));
      got.pool.release(got);
    }
    return packets;
  };
  return { driver, gateway, nat, inside, outside, pass };
}

type End = readonly [address: string, port: number];
const SERVER: End = ['192.0.2.9', 80];

/** A frame with a packet of `length` octets behind its header, which `write` fills. */
function packet(
  from: string,
  to: string,
  protocol: number,
  length: number,
  write: (view: DataView, at: number) => void,
) {
  const frame = pool.take()!;
  const { view } = frame;
  const at = ipv4.emit(view, IP_AT, parseIpv4(from), parseIpv4(to), protocol, length, 5, 0, 64);
  write(view, at);
  frame.start = IP_AT;
  frame.length = ipv4.HEADER + length;
  return frame;
}

const segment = ([from, fromPort]: End, [to, toPort]: End, flags: number): Frame =>
  packet(from, to, ipv4.TCP, 20, (view, at) => {
    tcp.emit(view, at, fromPort, toPort, 1, 1, flags, 500, 0, 0);
    const pseudo = pseudoHeader4(parseIpv4(from), parseIpv4(to), ipv4.TCP, 20);
    view.setUint16(at + 16, finish(sum(view, at, 20, pseudo)));
  });

/** A datagram without a checksum. */
const datagram = ([from, fromPort]: End, [to, toPort]: End): Frame =>
  packet(from, to, ipv4.UDP, 16, (view, at) => {
    udp.emit(view, at, fromPort, toPort, 8);
    view.setUint16(at + 6, 0);
  });

/** The source's port. */
const portOf = (octets: Uint8Array): number => (octets[20]! << 8) | octets[21]!;

/** A TCP session of an inside end, opened; answers its end outside. */
async function open({ inside, outside, pass }: ReturnType<typeof links>, end: End): Promise<End> {
  const [syn] = await pass(inside, segment(end, SERVER, tcp.SYN));
  const seen: End = ['192.0.2.1', portOf(syn!)];
  expect(await pass(outside, segment(SERVER, seen, tcp.SYN | tcp.ACK))).toHaveLength(1);
  expect(await pass(inside, segment(end, SERVER, tcp.ACK))).toHaveLength(1);
  return seen;
}

test.each([
  ['closed', tcp.FIN | tcp.ACK, tcp.FIN | tcp.ACK],
  ['reset', tcp.RST, tcp.RST],
])('TCP: ends that begin anew after they %s are as good as new', async (_how, there, back) => {
  const net = links();
  const { driver, nat, inside, outside, pass } = net;
  const end: End = ['10.0.0.2', 1_000];
  const seen = await open(net, end);
  await pass(inside, segment(end, SERVER, there));
  await pass(outside, segment(SERVER, seen, back));
  await driver.advance(MINUTE);
  // Until it is answered again it has no more time than any other.
  await pass(inside, segment(end, SERVER, tcp.SYN));
  await driver.advance(3 * MINUTE);
  expect(nat.size).toBe(1);
  expect(await open(net, end)).toEqual(seen);
  await driver.advance(123 * MINUTE);
  expect(nat.size).toBe(1);
  await driver.advance(2 * MINUTE);
  expect(nat.size).toBe(0);
});

test('TCP: an opening that is not answered is no open session, though its ends had one before', async () => {
  const net = links();
  const { driver, nat, inside, outside, pass } = net;
  const end: End = ['10.0.0.2', 1_000];
  const seen = await open(net, end);
  await pass(inside, segment(end, SERVER, tcp.FIN | tcp.ACK));
  await pass(outside, segment(SERVER, seen, tcp.FIN | tcp.ACK));
  await pass(inside, segment(end, SERVER, tcp.SYN));
  await driver.advance(4 * MINUTE + 11 * SECOND);
  expect(nat.size).toBe(0);
  const small = links({ sessions: 1 });
  await open(small, end);
  await small.pass(small.inside, segment(end, SERVER, tcp.RST));
  await small.pass(small.inside, segment(end, SERVER, tcp.SYN));
  expect(await small.pass(small.inside, segment(['10.0.0.3', 1], SERVER, tcp.SYN))).toHaveLength(1);
});

//= RFC 7857 §2.2
test('TCP: a reset that ended nothing takes nothing from who goes on', async () => {
  const net = links();
  const { driver, nat, inside, outside, pass } = net;
  const end: End = ['10.0.0.2', 1_000];
  const seen = await open(net, end);
  await pass(outside, segment(SERVER, seen, tcp.RST));
  await driver.advance(MINUTE);
  await pass(outside, segment(SERVER, seen, tcp.ACK));
  await driver.advance(123 * MINUTE);
  expect(nat.size).toBe(1);
  await pass(inside, segment(end, SERVER, tcp.RST));
  await driver.advance(4 * MINUTE + 11 * SECOND);
  expect(nat.size).toBe(0);
});

test('whoever nobody has answered makes room, behind however many that were, the oldest first', async () => {
  const { gateway, nat, inside, outside, pass } = links({ sessions: 200 });
  const answer = async (port: number): Promise<number> =>
    (await pass(outside, datagram(SERVER, ['192.0.2.1', port]))).length;
  const ask = async (end: End): Promise<number> => portOf((await pass(inside, datagram(end, SERVER)))[0]!);
  const answered: number[] = [];
  for (let i = 0; i < 100; i++) {
    answered.push(await ask(['10.0.0.2', i]));
    expect(await answer(answered[i]!)).toBe(1);
  }
  const others: number[] = [];
  for (let i = 0; i < 100; i++) others.push(await ask(['10.0.0.66', i]));
  for (let i = 0; i < 50; i++) await ask(['10.0.0.3', i]);
  expect([nat.size, gateway.counters.natRefused]).toEqual([200, 0]);
  for (const port of answered) expect(await answer(port)).toBe(1);
  expect(await answer(others[49]!)).toBe(0);
  expect(await answer(others[50]!)).toBe(1);
  // Where all were answered, and none is over, who comes is refused.
  const { size } = nat;
  const full = links({ sessions: 1, firstPort: 61_000, lastPort: 61_001 });
  const seen = await open(full, ['10.0.0.2', 1]);
  expect(await full.pass(full.inside, datagram(['10.0.0.2', 2], SERVER))).toEqual([]);
  expect([size, full.nat.size, full.gateway.counters.natRefused]).toEqual([200, 1, 1]);
  // Over: it makes room for another protocol, too.
  await full.pass(full.outside, segment(SERVER, seen, tcp.RST));
  expect(await full.pass(full.inside, datagram(['10.0.0.2', 2], SERVER))).toHaveLength(1);
  expect(full.nat.size).toBe(1);
});

test('for want of a port only who has one of that protocol makes room, and none does in vain', async () => {
  const { gateway, nat, inside, outside, pass } = links({ firstPort: 61_000, lastPort: 61_003, sessionsPerHost: 64 });
  for (let i = 0; i < 4; i++) await pass(inside, segment(['10.0.0.2', i], SERVER, tcp.SYN));
  // Each of these ends speaks to two, and one of both answers the first three.
  const ports: number[] = [];
  for (let i = 0; i < 4; i++) {
    ports.push(portOf((await pass(inside, datagram(['10.0.0.2', i], SERVER)))[0]!));
    await pass(inside, datagram(['10.0.0.2', i], ['192.0.2.10', 80]));
    if (i < 3) await pass(outside, datagram(SERVER, ['192.0.2.1', ports[i]!]));
  }
  expect(nat.size).toBe(12);
  // The port of the fourth is free with all that it has; the TCP sessions, and what else the others have, stay.
  const [got] = await pass(inside, datagram(['10.0.0.3', 9], SERVER));
  expect([portOf(got!), nat.size]).toEqual([ports[3], 11]);
  await pass(outside, datagram(SERVER, ['192.0.2.1', ports[3]!]));
  for (let i = 0; i < 9; i++) expect(await pass(inside, datagram(['10.0.0.4', i], SERVER))).toEqual([]);
  expect([nat.size, gateway.counters.natRefused]).toEqual([11, 9]);
});

test('an end whose answered sessions are over in time gives its port, after those that could sooner', async () => {
  const { driver, gateway, inside, outside, pass } = links({ firstPort: 61_000, lastPort: 61_001 });
  const ask = async (end: End, whom = SERVER): Promise<number> => portOf((await pass(inside, datagram(end, whom)))[0]!);
  const first = await ask(['10.0.0.2', 1]);
  await pass(outside, datagram(SERVER, ['192.0.2.1', first]));
  await driver.advance(MINUTE);
  await ask(['10.0.0.2', 1], ['192.0.2.10', 80]);
  const second = await ask(['10.0.0.3', 1]);
  await driver.advance(4 * MINUTE + 11 * SECOND);
  expect(await ask(['10.0.0.4', 1])).toBe(second);
  expect(await ask(['10.0.0.5', 1])).toBe(first);
  expect(gateway.counters.natRefused).toBe(0);
});

test('TCP: who is half closed still gets its octets, whoever comes', async () => {
  const net = links({ firstPort: 61_000, lastPort: 61_003, sessions: 4 });
  const { inside, outside, pass } = net;
  const seen: End[] = [];
  for (let i = 0; i < 4; i++) {
    seen.push(await open(net, ['10.0.0.2', i]));
    await pass(inside, segment(['10.0.0.2', i], SERVER, tcp.FIN | tcp.ACK));
  }
  for (let i = 0; i < 9; i++) {
    await pass(inside, datagram(['10.0.0.66', i], SERVER));
    await pass(inside, segment(['10.0.0.66', i], SERVER, tcp.SYN));
  }
  for (const end of seen) expect(await pass(outside, segment(SERVER, end, tcp.ACK | tcp.PSH))).toHaveLength(1);
  // Closed from the other side too: it makes room.
  await pass(outside, segment(SERVER, seen[0]!, tcp.FIN | tcp.ACK));
  expect(await pass(inside, segment(['10.0.0.66', 9], SERVER, tcp.SYN))).toHaveLength(1);
});
