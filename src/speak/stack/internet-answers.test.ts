/** What a host makes of packets that are put into its link one by one, in both versions of IP: whom it hears, what it tells the sender, how often, and what it believes of what others tell. */
import { expect, test } from 'vitest';
import { packetOctets } from '../../../test/hostile/network-attacker.ts';
import { virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import { FramePool } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { ipv6At, parseAddress } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as extensions from '../../wire/ipv6-extensions.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';
import { pipe } from '../link/pipe.ts';
import { AF_INET6, bytes, SOCK_DGRAM, SOCK_STREAM, socket } from '../socket/bsd.ts';
import { Host, type HostOptions } from './host.ts';

const pool = new FramePool(4_096, 2_000);
const OURS = ['10.0.0.1', 'fd00::1'] as const;
const THEIRS = ['10.0.0.9', 'fd00::9'] as const;

/** A packet that has come out. */
interface Seen {
  readonly six: boolean;
  readonly protocol: number;
  readonly from: string;
  readonly to: string;
  readonly view: DataView;
  readonly at: number;
}

/** A host on a link that begins with IP. */
function alone(options: Partial<HostOptions> = {}) {
  const driver = virtualDriver();
  const [line, port] = pipe({ medium: 'ip' });
  const host = new Host({ driver, frames: 64, ...options });
  host.plug(port, { address: OURS.map((address) => `${address}/${address.includes(':') ? 64 : 24}`) });
  const seen = async (after = 0): Promise<Seen[]> => {
    await driver.advance(after);
    const all: Seen[] = [];
    for (let frame = line.receive(driver.now); frame !== undefined; frame = line.receive(driver.now)) {
      const view = new DataView(frame.bytes.slice(frame.start, frame.start + frame.length).buffer);
      frame.pool.release(frame);
      const six = ipv4.version(view, 0) === 6;
      all.push({
        six,
        protocol: six ? ipv6.nextHeader(view, 0) : ipv4.protocol(view, 0),
        from: six ? `${ipv6At(view, 8)}` : [12, 13, 14, 15].map((i) => view.getUint8(i)).join('.'),
        to: six ? `${ipv6At(view, 24)}` : [16, 17, 18, 19].map((i) => view.getUint8(i)).join('.'),
        view,
        at: six ? ipv6.HEADER : ipv4.HEADER,
      });
    }
    return all;
  };
  /** Puts packets in; answers what comes out. */
  const put = async (...packets: Uint8Array[]): Promise<Seen[]> => {
    for (const octets of packets) {
      const frame = pool.take()!;
      frame.bytes.set(octets, frame.start);
      frame.length = octets.length;
      line.send(frame, driver.now);
    }
    driver.wake();
    return seen();
  };
  return { driver, host, put, seen };
}

/** Type, code and the four octets behind of an ICMP message. */
const message = ({ view, at }: Seen): number[] => [icmp.type(view, at), icmp.code(view, at), view.getUint32(at + 4)];

/** `length` octets of which those at `at` are these. */
const octets = (length: number, at = 0, some: readonly number[] = []): Uint8Array => {
  const all = new Uint8Array(length);
  all.set(some, at);
  return all;
};

const six = (protocol: number, payload: Uint8Array, rest: object = {}): Uint8Array =>
  packetOctets({ from: THEIRS[1], to: OURS[1], protocol, payload, ...rest });

const datagram = (data: Uint8Array, port = 7): Uint8Array => {
  const all = octets(udp.HEADER + data.length);
  udp.emit(new DataView(all.buffer), 0, 9, port, data.length);
  all.set(data, udp.HEADER);
  return all;
};

/** The same with its checksum, as it stands behind other headers. */
const summed = (data: Uint8Array): Uint8Array => six(ipv6.UDP, datagram(data), { checksumAt: 6 }).slice(ipv6.HEADER);

const echo = (version: 4 | 6, rest: object = {}): Uint8Array => {
  const payload = octets(16, 0, [
    version === 4 ? icmp.ECHO_REQUEST : icmpv6.ECHO_REQUEST,
    0,
    0,
    0,
    1,
    2,
    3,
    4,
    9,
    8,
    7,
  ]);
  const index = version === 4 ? 0 : 1;
  const protocol = version === 4 ? ipv4.ICMP : ipv6.ICMPV6;
  return packetOctets({ from: THEIRS[index], to: OURS[index], protocol, payload, checksumAt: 2, ...rest });
};

for (const version of [4, 6] as const)
  test(`IPv${version}: an echo request is answered from where it was sent to, with its octets, so often and no more; a damaged one is not`, async () => {
    const { host, put, seen } = alone({ icmp: { repliesAtOnce: 3, repliesPerSecond: 2 } });
    const request = echo(version);
    const [reply, ...rest] = await put(request);
    expect(rest).toEqual([]);
    expect([reply!.from, reply!.to]).toEqual([OURS[version === 4 ? 0 : 1], THEIRS[version === 4 ? 0 : 1]]);
    const { at, view } = reply!;
    expect(icmp.type(view, at)).toBe(version === 4 ? icmp.ECHO_REPLY : icmpv6.ECHO_REPLY);
    expect([...new Uint8Array(view.buffer, at + 4)]).toEqual([...request.slice(at + 4)]);
    request[at + 9]! ^= 1;
    expect(await put(request)).toEqual([]);
    expect([host.counters.icmpBadChecksum, host.counters.icmpEchoReplies]).toEqual([1, 1]);
    expect((await put(...Array.from({ length: 5 }, () => echo(version)))).length).toBe(2);
    expect([host.counters.icmpRateLimited, host.counters.icmpEchoReplies]).toEqual([3, 3]);
    await seen(10 * SECOND);
    expect((await put(echo(version))).length).toBe(1);
    // Cut, and from nobody.
    expect(await put(packetOctets({ from: THEIRS[0], to: OURS[0], protocol: ipv4.ICMP, payload: octets(7) }))).toEqual(
      [],
    );
    expect(await put(six(ipv6.ICMPV6, octets(7)))).toEqual([]);
    expect(host.counters.icmpMalformed).toBe(2);
    expect(await put(echo(version, { from: version === 4 ? '0.0.0.0' : '::' }))).toEqual([]);
  });

test('errors of both versions go out so often and no more, and never about an error', async () => {
  const { host, put } = alone({ icmp: { errorsAtOnce: 2, errorsPerSecond: 1 } });
  let count = 0;
  for (const index of [0, 1] as const) {
    const protocol = index === 0 ? ipv4.ICMP : ipv6.ICMPV6;
    const unknown = packetOctets({ from: THEIRS[index], to: OURS[index], protocol: 200, payload: octets(16) });
    const told = await put(...Array.from({ length: 6 }, () => unknown));
    const expected =
      index === 0
        ? [icmp.DESTINATION_UNREACHABLE, icmp.PROTOCOL_UNREACHABLE, 0]
        : [icmpv6.PARAMETER_PROBLEM, icmpv6.UNKNOWN_NEXT_HEADER, 6];
    // Two at the most, and one at the least: some count twice.
    expect([1, 2]).toContain(told.length);
    expect(told.map(message)).toEqual(told.map(() => expected));
    count += told.length;
    // The packet is quoted, from its IP header on.
    const { view, at } = told[0]!;
    expect([...new Uint8Array(view.buffer, at + 8)]).toEqual([...unknown]);
    expect(
      told.every(({ protocol: seen, from, to }) => seen === protocol && from === OURS[index] && to === THEIRS[index]),
    ).toBe(true);
  }
  expect(host.counters.icmpRateLimited).toBe(12 - count);
  // Nor are errors that are for us answered.
  const quiet = alone();
  for (const type of [3, 4, 5, 11, 12])
    await quiet.put(
      packetOctets({
        from: THEIRS[0],
        to: OURS[0],
        protocol: ipv4.ICMP,
        payload: octets(16, 0, [type]),
        checksumAt: 2,
        fragment: 0,
      }),
    );
  expect(quiet.host.counters.icmpErrorsOut).toBe(0);
});

//= RFC 4443 §2.4
test('a redirect or an error in what cannot be passed on is not told of; an echo request is', async () => {
  const { put, host } = alone({ forwarding: true });
  const beyond = (payload: Uint8Array, index: 0 | 1) =>
    packetOctets({
      from: THEIRS[index],
      to: index === 0 ? '192.0.2.1' : '2001:db8::1',
      protocol: index === 0 ? ipv4.ICMP : ipv6.ICMPV6,
      payload,
      checksumAt: 2,
    });
  for (const type of [3, 4, 5, 11, 12]) expect(await put(beyond(octets(16, 0, [type]), 0))).toEqual([]);
  for (const type of [1, 2, 3, 4, 127, icmpv6.REDIRECT])
    expect(await put(beyond(octets(16, 0, [type]), 1))).toEqual([]);
  expect(host.counters.icmpErrorsOut).toBe(0);
  for (const [type, index] of [
    [icmp.ECHO_REQUEST, 0],
    [icmp.ECHO_REPLY, 0],
    [icmpv6.ECHO_REQUEST, 1],
    [icmpv6.ECHO_REPLY, 1],
  ] as const)
    expect((await put(beyond(octets(16, 0, [type]), index))).length).toBe(1);
});

//= RFC 8200 §4.2
test('a header or option that is not known is told of where it stands, as the option asks', async () => {
  const { put, host } = alone();
  const option = (kind: number): Uint8Array => Uint8Array.of(ipv6.UDP, 0, 1, 0, kind, 2, 0, 0, ...datagram(octets(8)));
  const told = async (packet: Uint8Array) => (await put(packet)).map(message);
  const unknown = [icmpv6.PARAMETER_PROBLEM, icmpv6.UNKNOWN_OPTION, 44];
  expect(await told(six(extensions.DESTINATION_OPTIONS, option(0x7e)))).toEqual([]);
  expect(await told(six(extensions.DESTINATION_OPTIONS, option(0xbe)))).toEqual([unknown]);
  expect(await told(six(extensions.DESTINATION_OPTIONS, option(0xfe)))).toEqual([unknown]);
  // Sent to many: one kind is told of, the other is not.
  expect(await told(six(extensions.DESTINATION_OPTIONS, option(0xbe), { to: 'ff02::1' }))).toEqual([unknown]);
  expect(await told(six(extensions.DESTINATION_OPTIONS, option(0xfe), { to: 'ff02::1' }))).toEqual([]);
  // A type 0 routing header with segments left, and hop-by-hop options that do not stand first.
  const route = Uint8Array.of(ipv6.UDP, 2, 0, 1, ...octets(20), ...datagram(octets(8)));
  expect(await told(six(extensions.ROUTING, route))).toEqual([[icmpv6.PARAMETER_PROBLEM, icmpv6.ERRONEOUS_HEADER, 42]]);
  const second = Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0, ipv6.UDP, 0, 1, 4, 0, 0, 0, 0, ...datagram(octets(8)));
  expect(await told(six(extensions.DESTINATION_OPTIONS, second))).toEqual([
    [icmpv6.PARAMETER_PROBLEM, icmpv6.UNKNOWN_NEXT_HEADER, 40],
  ]);
  expect(host.counters.ipMalformed).toBe(7);
});

//= RFC 8200 §4.5
test('a fragment that cannot be is told of: a length that is no multiple of eight, and what reaches beyond the longest packet', async () => {
  const fragment = (offset: number, more: boolean, length: number): Uint8Array => {
    const all = octets(extensions.FRAGMENT_HEADER + length);
    extensions.emitFragment(new DataView(all.buffer), 0, ipv6.UDP, offset, more, 7);
    return six(extensions.FRAGMENT, all);
  };
  const { put } = alone();
  const told = async (packet: Uint8Array) => (await put(packet)).map(message);
  expect(await told(fragment(800, true, 804))).toEqual([[icmpv6.PARAMETER_PROBLEM, icmpv6.ERRONEOUS_HEADER, 4]]);
  expect(await told(fragment(64_800, false, 736))).toEqual([[icmpv6.PARAMETER_PROBLEM, icmpv6.ERRONEOUS_HEADER, 42]]);
  expect(await told(fragment(64_800, false, 735))).toEqual([]);
  expect(await told(fragment(800, true, 800))).toEqual([]);
  expect(await told(fragment(800, false, 803))).toEqual([]);
});

//= RFC 6946 §4
test('a fragment that is the whole packet is taken at once, behind whatever headers, and touches no other', async () => {
  const { put, host } = alone();
  const sck = socket(host, AF_INET6, SOCK_DGRAM);
  await sck.bind(['::', 7]);
  const data = octets(100, 3, [5, 6, 7]);
  const whole = octets(extensions.FRAGMENT_HEADER);
  extensions.emitFragment(new DataView(whole.buffer), 0, ipv6.UDP, 0, false, 7);
  const begun = octets(extensions.FRAGMENT_HEADER + 64);
  extensions.emitFragment(new DataView(begun.buffer), 0, ipv6.UDP, 64, true, 7);
  const options = Uint8Array.of(extensions.FRAGMENT, 0, 1, 4, 0, 0, 0, 0);
  await put(
    six(extensions.FRAGMENT, begun),
    six(extensions.FRAGMENT, Uint8Array.of(...whole, ...summed(data))),
    six(extensions.DESTINATION_OPTIONS, Uint8Array.of(...options, ...whole, ...summed(data))),
  );
  for (let i = 0; i < 2; i++) expect(await sck.recv(999)).toEqual(data);
  expect([host.reassembly.size, host.counters.ipFragmentOverlaps]).toEqual([1, 0]);
  sck.close();
});

test('groups that are not ours are not heard, nor is what is not whole', async () => {
  const { put, host } = alone();
  // By an Ethernet they would be filtered before; here all comes up to IP.
  for (const to of ['ff02::2', 'ff05::1', 'ff02::1:0:1', 'ff02::1:ff00:2', 'ff02:0:0:1::1'])
    expect(await put(echo(6, { to }))).toEqual([]);
  expect(host.counters.ipNotForUs).toBe(5);
  const short = six(ipv6.UDP, datagram(octets(8)));
  expect(await put(short.slice(0, 50), short.slice(0, 39), six(ipv6.UDP, octets(0)))).toEqual([]);
  expect(host.counters.ipMalformed).toBe(3);
  const four = new Host({ driver: virtualDriver() });
  const [line, port] = pipe({ medium: 'ip' });
  four.plug(port, { address: '10.0.0.1/24' });
  const frame = pool.take()!;
  const request = echo(6);
  frame.bytes.set(request, frame.start);
  frame.length = request.length;
  line.send(frame, 0);
  four.driver.wake();
  await (four.driver as ReturnType<typeof virtualDriver>).advance(0);
  expect([four.counters.ipNotForUs, line.receive(0)]).toEqual([1, undefined]);
});

/** An error from `from` about a segment of ours. */
function about(segment: Seen, type: number, code: number, rest = 0, from?: string): Uint8Array {
  const quoted = new Uint8Array(segment.view.buffer).slice(0, 500);
  const payload = octets(icmp.HEADER + quoted.length);
  new DataView(payload.buffer).setUint32(4, rest);
  payload.set([type, code]);
  payload.set(quoted, icmp.HEADER);
  const protocol = segment.six ? ipv6.ICMPV6 : ipv4.ICMP;
  const index = segment.six ? 1 : 0;
  return packetOctets({ from: from ?? THEIRS[index], to: OURS[index], protocol, payload, checksumAt: 2 });
}

//= RFC 9293 §3.9.2.2 SHLD-26
test.each([
  [4, icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE, true],
  [4, icmp.DESTINATION_UNREACHABLE, icmp.PROTOCOL_UNREACHABLE, true],
  [4, icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE, false],
  [4, icmp.TIME_EXCEEDED, 0, false],
  [4, icmp.PARAMETER_PROBLEM, 0, false],
  [6, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE, true],
  [6, icmpv6.PARAMETER_PROBLEM, icmpv6.UNKNOWN_NEXT_HEADER, true],
  [6, icmpv6.PARAMETER_PROBLEM, icmpv6.ERRONEOUS_HEADER, false],
  [6, icmpv6.DESTINATION_UNREACHABLE, icmpv6.NO_ROUTE, false],
  [6, icmpv6.TIME_EXCEEDED, icmpv6.HOP_LIMIT, false],
] as const)(
  'IPv%i, error %i %i about a SYN: what is received ends what is only being made: %s',
  async (version, type, code, ends) => {
    const { host, put, seen, driver } = alone();
    const sck = socket(host, version === 6 ? AF_INET6 : (2 as typeof AF_INET6), SOCK_STREAM);
    let outcome = 'waits';
    sck.connect([THEIRS[version === 4 ? 0 : 1], 80]).catch((error) => {
      outcome = error.code;
    });
    const [syn] = await seen(SECOND / 10);
    expect(syn!.protocol).toBe(ipv4.TCP);
    await put(about(syn!, type, code));
    await driver.advance(SECOND / 10);
    const [connection] = [...host.tcp.all()];
    if (ends) expect([outcome === 'waits', connection]).toEqual([false, undefined]);
    else expect([outcome, connection!.softError !== undefined]).toEqual(['waits', true]);
    sck.close();
  },
);

//= RFC 8201 §4
test.each([4, 6] as const)(
  'IPv%i: a router says how long packets may be: the segment goes again, shorter',
  async (version) => {
    const { host, put, seen, driver } = alone();
    const index = version === 4 ? 0 : 1;
    const sck = socket(host, version === 6 ? AF_INET6 : (2 as typeof AF_INET6), SOCK_STREAM);
    const connecting = sck.connect([THEIRS[index], 80]);
    const [syn] = await seen(SECOND / 10);
    const answer = octets(tcp.HEADER + 4);
    const { view, at } = syn!;
    tcp.emit(
      new DataView(answer.buffer),
      0,
      80,
      tcp.sourcePort(view, at),
      500,
      tcp.seq(view, at) + 1,
      tcp.SYN | tcp.ACK,
      60_000,
      0,
      4,
    );
    answer.set([2, 4, 5, 180], tcp.HEADER);
    const rest = { from: THEIRS[index], to: OURS[index], protocol: ipv4.TCP, checksumAt: 16 };
    await put(packetOctets({ ...rest, payload: answer }));
    await connecting;
    await sck.sendall(octets(1_400));
    const sent = (await seen(SECOND / 10)).filter(({ view: each }) => each.byteLength > 1_000);
    const longest = Math.max(...sent.map(({ view: each }) => each.byteLength));
    expect(longest).toBeGreaterThan(1_400);
    const [one] = sent;
    const tooLong =
      version === 4
        ? ([icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED] as const)
        : ([icmpv6.PACKET_TOO_BIG, 0] as const);
    const again = await put(about(one!, tooLong[0], tooLong[1], 1_300, version === 4 ? '10.0.0.77' : 'fd00::77'));
    expect(Math.max(...again.map(({ view: each }) => each.byteLength))).toBeLessThanOrEqual(1_300);
    expect(again.length).toBeGreaterThan(0);
    sck.close();
    await driver.advance(SECOND / 10);
  },
);

test('bytes of a datagram to a socket that has gone are answered with port unreachable, for both versions', async () => {
  const { put } = alone();
  const four = packetOctets({
    from: THEIRS[0],
    to: OURS[0],
    protocol: ipv4.UDP,
    payload: datagram(bytes('x')),
    checksumAt: 6,
  });
  expect((await put(four)).map(message)).toEqual([[icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE, 0]]);
  const other = six(ipv6.UDP, datagram(bytes('x')), { checksumAt: 6 });
  expect((await put(other)).map(message)).toEqual([[icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE, 0]]);
  expect(parseAddress(OURS[0])).toBe(0x0a00_0001);
});
