/** Translation packet by packet, as the two links of a gateway see it. */
import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { MINUTE, SECOND } from '../../core/time.ts';
import { formatIpv4, parseIpv4 } from '../../wire/address.ts';
import { finish, pseudoHeader4, sum, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import { type PipePort, pipe } from '../link/pipe.ts';
import { IP_AT } from './frame-layout.ts';
import { Host } from './host.ts';
import type { NatOptions } from './nat.ts';

const pool = new FramePool(64, 1_600);

/** What has come out of a link. */
function received(port: PipePort, now: number): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let got = port.receive(now); got; got = port.receive(now)) {
    packets.push(got.bytes.slice(got.start, got.start + got.length));
    got.pool.release(got);
  }
  return packets;
}

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
    return received(by, driver.now);
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

/** An ICMP error about a packet that has come to who says so. */
const error = (from: string, to: string, about: Uint8Array, change: (view: DataView, at: number) => void = () => {}) =>
  packet(from, to, ipv4.ICMP, icmp.HEADER + about.length, (view, at) => {
    icmp.emit(view, at, icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE, 0);
    for (const [i, octet] of about.entries()) view.setUint8(at + icmp.HEADER + i, octet);
    view.setUint16(at + 2, finish(sum(view, at, icmp.HEADER + about.length)));
    change(view, at);
  });

/** Who tells whom of a datagram from where to where, all checksums being right. */
function told(octets: Uint8Array): string {
  const view = new DataView(octets.buffer);
  const quote = ipv4.HEADER + icmp.HEADER;
  expect(icmp.type(view, ipv4.HEADER)).toBe(icmp.DESTINATION_UNREACHABLE);
  expect(verifies(sum(view, 0, ipv4.HEADER))).toBe(true);
  expect(verifies(sum(view, ipv4.HEADER, octets.length - ipv4.HEADER))).toBe(true);
  expect(verifies(sum(view, quote, ipv4.HEADER))).toBe(true);
  const end = (address: number, port: number) => `${formatIpv4(view.getInt32(address))}:${view.getUint16(port)}`;
  const [from, to] = [12, 16].map((at) => formatIpv4(view.getInt32(at)));
  return `${from} to ${to}: ${end(quote + 12, quote + 20)} to ${end(quote + 16, quote + 22)}`;
}

//= RFC 5508 §4.1 REQ-3
test('an ICMP error that came with a wrong checksum gets no right one, whichever way it goes', async () => {
  const { gateway, inside, outside, pass } = links();
  const [there] = await pass(inside, datagram(['10.0.0.2', 1_000], SERVER));
  const seen = portOf(there!);
  const [back] = await pass(outside, datagram(SERVER, ['192.0.2.1', seen]));
  const damages = [
    (view: DataView, at: number) => view.setUint16(at + 6, 576),
    // The quoted header alone, and the message's sum right.
    (view: DataView, at: number) => {
      view.setUint8(at + icmp.HEADER + 8, 1);
      view.setUint16(at + 2, 0);
      view.setUint16(at + 2, finish(sum(view, at, icmp.HEADER + there!.length)));
    },
  ];
  for (const damage of damages) {
    expect(await pass(outside, error('192.0.2.9', '192.0.2.1', there!, damage))).toEqual([]);
    expect(await pass(inside, error('10.0.0.2', '192.0.2.9', back!, damage))).toEqual([]);
  }
  expect([gateway.counters.icmpBadChecksum, gateway.counters.natRefused]).toEqual([4, 0]);
  const [inbound] = await pass(outside, error('192.0.2.9', '192.0.2.1', there!));
  expect(told(inbound!)).toBe('192.0.2.9 to 10.0.0.2: 10.0.0.2:1000 to 192.0.2.9:80');
  const [outbound] = await pass(inside, error('10.0.0.2', '192.0.2.9', back!));
  expect(told(outbound!)).toBe(`192.0.2.1 to 192.0.2.9: 192.0.2.9:80 to 192.0.2.1:${seen}`);
});

//= RFC 6864 §5.3.1
test('datagrams of several hosts that may be cut are not taken for one another', async () => {
  const { inside, pass } = links();
  const identifications = new Set<number>();
  for (const host of ['10.0.0.2', '10.0.0.3', '10.0.0.4']) {
    const [got] = await pass(inside, datagram([host, 1_000], SERVER));
    const view = new DataView(got!.buffer);
    expect(verifies(sum(view, 0, ipv4.HEADER))).toBe(true);
    identifications.add(ipv4.identification(view, 0));
  }
  expect(identifications.size).toBe(3);
  // What may not be cut is as it was.
  const whole = datagram(['10.0.0.2', 1_000], SERVER);
  whole.view.setUint16(IP_AT + 6, ipv4.DONT_FRAGMENT);
  whole.view.setUint16(IP_AT + 10, 0);
  whole.view.setUint16(IP_AT + 10, finish(sum(whole.view, IP_AT, ipv4.HEADER)));
  const [got] = await pass(inside, whole);
  expect(ipv4.identification(new DataView(got!.buffer), 0)).toBe(5);
});

//= RFC 4787 §6 REQ-9, RFC 5508 §4.3 REQ-7
test('of two inside who speak by their outside ends, each hears what the other could not deliver', async () => {
  const { gateway, inside, outside, pass } = links();
  const [one, other]: [End, End] = [
    ['10.0.0.2', 1_000],
    ['10.0.0.3', 2_000],
  ];
  const seenOne: End = ['192.0.2.1', portOf((await pass(inside, datagram(one, SERVER)))[0]!)];
  const seenOther: End = ['192.0.2.1', portOf((await pass(inside, datagram(other, SERVER)))[0]!)];
  await pass(inside, datagram(other, seenOne), inside);
  const [got] = await pass(inside, datagram(one, seenOther), inside);
  const [answer] = await pass(inside, error('10.0.0.3', '192.0.2.1', got!), inside);
  expect(told(answer!)).toBe(`192.0.2.1 to 10.0.0.2: 10.0.0.2:1000 to 192.0.2.1:${seenOther[1]}`);
  // About what is nobody's, or came from elsewhere, it is the gateway's own.
  const before = gateway.counters.icmpErrorsIn;
  const foreign = got!.slice();
  new DataView(foreign.buffer).setUint16(ipv4.HEADER, 9);
  const [fromServer] = await pass(outside, datagram(SERVER, seenOther));
  for (const about of [foreign, fromServer!])
    expect(await pass(inside, error('10.0.0.3', '192.0.2.1', about), inside)).toEqual([]);
  expect(gateway.counters.icmpErrorsIn).toBe(before + 2);
});

test('nobody answers for the next hop inside: who sent it is told of what it has sent, outside or inside', async () => {
  const { driver, gateway, inside, outside, pass } = links();
  const [quiet, port] = pipe();
  const iface = gateway.plug(port, { address: '10.1.0.1/24' });
  /** A frame from the link where nobody answers. */
  const framed = (frame: Frame): Frame => {
    frame.start -= ethernet.HEADER;
    frame.length += ethernet.HEADER;
    ethernet.emit(frame.view, frame.start, iface.mac, Uint8Array.of(2, 9, 9, 9, 9, 9), ethernet.TYPE_IPV4);
    return frame;
  };
  const one: End = ['10.0.0.2', 1_000];
  const other: End = ['10.1.0.2', 2_000];
  const seenOne: End = ['192.0.2.1', portOf((await pass(inside, datagram(one, SERVER)))[0]!)];
  const seenOther: End = ['192.0.2.1', portOf((await pass(quiet, framed(datagram(other, SERVER)), outside))[0]!)];
  expect(await pass(outside, datagram(SERVER, seenOther), inside)).toEqual([]);
  await driver.advance(10 * SECOND);
  const [out] = received(outside, driver.now);
  expect(told(out!)).toBe(`192.0.2.1 to 192.0.2.9: 192.0.2.9:80 to 192.0.2.1:${seenOther[1]}`);
  await pass(inside, datagram(one, seenOther));
  expect(await pass(quiet, framed(datagram(other, seenOne)), inside)).toHaveLength(1);
  expect(await pass(inside, datagram(one, seenOther), inside)).toEqual([]);
  await driver.advance(10 * SECOND);
  const [back] = received(inside, driver.now);
  expect(told(back!)).toBe(`10.0.0.1 to 10.0.0.2: 10.0.0.2:1000 to 192.0.2.1:${seenOther[1]}`);
});
