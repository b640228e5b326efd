import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { type Micros, SECOND } from '../../core/time.ts';
import { finish, pseudoHeader6, sum } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { type Ipv6, parseAddress } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as udp from '../../wire/udp.ts';
import type { Port } from '../link/link.ts';
import { pipe } from '../link/pipe.ts';
import { IP_AT } from './frame-layout.ts';
import { Host } from './host.ts';

const pool = new FramePool(2_000, 2_000);
const BROADCAST = new Uint8Array(6).fill(0xff);
const GROUP = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);
const STATION = Uint8Array.of(2, 9, 9, 9, 9, 9);

const four = (text: string): number => parseAddress(text) as number;
const six = (text: string): Ipv6 => parseAddress(text) as Ipv6;

/** A datagram of either version, as a router gets it on a link without a link layer. */
function datagram(from: string, to: string): Frame {
  const frame = pool.take()!;
  const { view } = frame;
  const at = from.includes(':')
    ? ipv6.emit(view, IP_AT, six(from), six(to), ipv6.UDP, 16, 255)
    : ipv4.emit(view, IP_AT, four(from), four(to), ipv4.UDP, 16, 5, 0, 255);
  udp.emit(view, at, 1, 2, 8);
  view.setUint16(at + 6, 0);
  return placed(frame, IP_AT, at + 16);
}

/** A part of an echo request of IPv4. */
function echoPart(from: string, to: string, message: Uint8Array, offset: number, count: number): Frame {
  const frame = pool.take()!;
  const { view } = frame;
  const at = ipv4.emit(view, IP_AT, four(from), four(to), ipv4.ICMP, count, 9, 0, 64);
  view.setUint16(IP_AT + 6, (offset + count < message.length ? ipv4.MORE_FRAGMENTS : 0) | (offset >> 3));
  view.setUint16(IP_AT + 10, 0);
  view.setUint16(IP_AT + 10, finish(sum(view, IP_AT, ipv4.HEADER)));
  frame.bytes.set(message.subarray(offset, offset + count), at);
  return placed(frame, IP_AT, at + count);
}

/** An echo request of so many octets. */
function echoRequest(octets: number): Uint8Array {
  const message = new Uint8Array(octets).fill(7);
  const view = new DataView(message.buffer);
  icmp.emit(view, 0, icmp.ECHO_REQUEST, 0, 1);
  view.setUint16(2, 0);
  view.setUint16(2, finish(sum(view, 0, octets)));
  return message;
}

function placed(frame: Frame, start: number, end: number): Frame {
  frame.start = start;
  frame.length = end - start;
  return frame;
}

/** What has come out of a port. */
function drain(port: Port, now: Micros): Frame[] {
  const all: Frame[] = [];
  for (let frame = port.receive(now); frame !== undefined; frame = port.receive(now)) all.push(frame);
  return all;
}

test('an echo that is longer than the link carries comes back in fragments', async () => {
  const driver = virtualDriver();
  const [there, here] = pipe({ medium: 'ip' });
  const host = new Host({ driver });
  host.plug(here, { address: '10.0.1.1/24' });
  const message = echoRequest(4_000);
  for (let offset = 0; offset < 4_000; offset += 1_480)
    there.send(echoPart('10.0.1.2', '10.0.1.1', message, offset, Math.min(1_480, 4_000 - offset)), driver.now);
  driver.wake();
  await driver.advance(0);
  const answer = drain(there, driver.now);
  expect(answer.map(({ length }) => length)).toEqual([1_500, 1_500, 1_060]);
  expect(answer.map(({ view, start }) => ipv4.fragmentOffset(view, start))).toEqual([0, 1_480, 2_960]);
  expect([host.counters.icmpEchoReplies, host.counters.ipFragmented]).toEqual([1, 1]);
});

test('packets to neighbours that are not there leave frames for everybody else', async () => {
  const driver = virtualDriver();
  const [outside, a] = pipe({ medium: 'ip' });
  const [empty, b] = pipe();
  const [c, d] = pipe({ medium: 'ip' });
  const router = new Host({ driver, forwarding: true });
  const server = new Host({ driver });
  router.plug(a, { address: '10.0.1.1/24' });
  router.plug(b, { address: '10.2.0.1/16' });
  router.plug(c, { address: '10.3.0.1/24' });
  server.plug(d, { address: '10.3.0.2/24', gateway: '10.3.0.1' });
  const message = echoRequest(16);
  let answered = 0;
  for (let round = 0; round < 60; round++) {
    for (let i = 0; i < 40; i++) {
      const number = 40 * round + i;
      outside.send(datagram('10.0.1.2', `10.2.${1 + (number >> 8)}.${number & 0xff}`), driver.now);
    }
    outside.send(echoPart('10.0.1.2', '10.3.0.2', message, 0, 16), driver.now);
    driver.wake();
    await driver.advance(SECOND / 20);
    for (const frame of drain(empty, driver.now)) frame.pool.release(frame);
    for (const frame of drain(outside, driver.now)) {
      if (icmp.type(frame.view, frame.start + ipv4.HEADER) === icmp.ECHO_REPLY) answered++;
      frame.pool.release(frame);
    }
  }
  expect([answered, router.counters.ipNoFrame]).toEqual([60, 0]);
  expect(router.counters.arpQueueFull).toBeGreaterThan(500);
});

test('nothing goes back onto the link that it came by, where nobody else is', async () => {
  const driver = virtualDriver();
  const [a, b] = pipe({ medium: 'ip' });
  const one = new Host({ driver, forwarding: true });
  const other = new Host({ driver, forwarding: true });
  one.plug(a, { address: ['10.0.3.1/24', 'fd03::1/64'], ipv6: { duplicateAddressDetection: 0 } });
  other.plug(b, { address: ['10.0.3.2/24', 'fd03::2/64'], ipv6: { duplicateAddressDetection: 0 } });
  await driver.advance(SECOND);
  const before = a.sent.frames + b.sent.frames;
  b.send(datagram('10.0.3.2', '10.0.3.77'), driver.now);
  b.send(datagram('fd03::2', 'fd03::77'), driver.now);
  driver.wake();
  await driver.advance(SECOND);
  // The two, and what is said of them.
  expect(a.sent.frames + b.sent.frames - before).toBe(4);
  expect([one.counters.ipForwardRefused, one.counters.icmpErrorsOut, other.counters.icmpErrorsIn]).toEqual([2, 2, 2]);
});

test('a packet to one in a frame to many is neither passed on nor answered', async () => {
  const driver = virtualDriver();
  const [station, a] = pipe();
  const [far, b] = pipe({ medium: 'ip' });
  const router = new Host({ driver, forwarding: true });
  router.plug(a, { address: ['10.0.1.1/24', 'fd01::1/64'], ipv6: { duplicateAddressDetection: 0 } });
  router.plug(b, { address: ['10.0.2.1/24', 'fd02::1/64'], ipv6: { duplicateAddressDetection: 0 } });
  await driver.advance(10 * SECOND);
  drain(far, driver.now);
  const toMany = (packet: Frame, to: Uint8Array, type: number): Frame => {
    ethernet.emit(packet.view, IP_AT - ethernet.HEADER, to, STATION, type);
    return placed(packet, IP_AT - ethernet.HEADER, packet.start + packet.length);
  };
  const before = router.counters.ipNotForUs;
  station.send(toMany(datagram('10.0.1.2', '10.0.2.2'), BROADCAST, ethernet.TYPE_IPV4), driver.now);
  station.send(toMany(datagram('fd01::2', 'fd02::2'), GROUP, ethernet.TYPE_IPV6), driver.now);
  station.send(toMany(datagram('10.0.1.2', '10.0.1.1'), BROADCAST, ethernet.TYPE_IPV4), driver.now);
  driver.wake();
  await driver.advance(0);
  expect(drain(far, driver.now)).toEqual([]);
  expect([router.counters.ipNotForUs - before, router.counters.icmpErrorsOut]).toEqual([3, 0]);
});

test('nobody speaks through a router by its own address', async () => {
  const driver = virtualDriver();
  const [near, a] = pipe({ medium: 'ip' });
  const [far, b] = pipe({ medium: 'ip' });
  const router = new Host({ driver, forwarding: true });
  router.plug(a, { address: 'fd01::1/64', ipv6: { duplicateAddressDetection: 0 } });
  router.plug(b, { address: 'fd02::1/64', ipv6: { duplicateAddressDetection: 0 } });
  await driver.advance(10 * SECOND);
  drain(far, driver.now);
  const request = pool.take()!;
  const { view } = request;
  const at = ipv6.emit(view, IP_AT, six('fd01::1'), six('fd02::2'), ipv6.ICMPV6, 8, 64);
  icmp.emit(view, at, icmpv6.ECHO_REQUEST, 0, 1);
  view.setUint16(at + 2, 0);
  view.setUint16(at + 2, finish(sum(view, at, 8, pseudoHeader6(view, ipv6.sourceAt(IP_AT), ipv6.ICMPV6, 8))));
  near.send(placed(request, IP_AT, at + 8), driver.now);
  driver.wake();
  await driver.advance(0);
  expect(drain(far, driver.now)).toEqual([]);
  expect(router.counters.ipForwardRefused).toBe(1);
});

test('an echo request that does not get there is told of, in either version; a long one goes in fragments', async () => {
  const driver = virtualDriver();
  const [a, b] = pipe({ medium: 'ip' });
  const [, d] = pipe({ medium: 'ip' });
  const host = new Host({ driver });
  const router = new Host({ driver, forwarding: true });
  const ipv6Options = { duplicateAddressDetection: 0 };
  host.plug(a, { address: ['10.0.1.2/24', 'fd01::2/64'], gateway: ['10.0.1.1', 'fd01::1'], ipv6: ipv6Options });
  router.plug(b, { address: ['10.0.1.1/24', 'fd01::1/64'], ipv6: ipv6Options });
  router.plug(d, { address: ['10.0.2.1/24'] });
  await driver.advance(10 * SECOND);
  const heard: string[] = [];
  const ask = (to: string, sequence: number, length: number): void => {
    const echo = host.echoes.open(
      parseAddress(to),
      (reply) => heard.push(`${to} ${reply.sequence} ${reply.length}`),
      (number, code) => heard.push(`${to} ${number} ${code}`),
    );
    expect(echo.send(sequence, length)).toBe(true);
  };
  ask('192.0.2.1', 7, 56);
  ask('2001:db8::1', 8, 56);
  ask('10.0.1.1', 9, 4_000);
  ask('fd01::1', 10, 4_000);
  await driver.advance(SECOND);
  expect(heard.sort()).toEqual([
    '10.0.1.1 9 4000',
    '192.0.2.1 7 ENETUNREACH',
    '2001:db8::1 8 ENETUNREACH',
    'fd01::1 10 4000',
  ]);
});
