import { expect, test } from 'vitest';
import { brief, network, virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import { formatIpv4, parseIpv4 } from '../../wire/address.ts';
import * as arp from '../../wire/arp.ts';
import { finish, sum, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import { pipe } from '../link/pipe.ts';
import { Host, type HostOptions } from './host.ts';

const pool = new FramePool(512, 1_514);
const OURS = parseIpv4('10.0.0.9');
const THEIRS = parseIpv4('10.0.0.2');
const MAC = Uint8Array.of(2, 0, 10, 0, 0, 9);
const HOST_MAC = Uint8Array.of(2, 0, 10, 0, 0, 2);

/** A host at 10.0.0.2 and, in place of its peer, a test that makes every frame itself. */
function alone(options: Partial<HostOptions> = {}) {
  const driver = virtualDriver();
  const [wire, port] = pipe();
  const host = new Host({ driver, buffers: 1 << 20, frames: 64, ...options });
  host.plug(port, { address: '10.0.0.2/24', gateway: '10.0.0.1' });
  /** Sends what `write` puts behind the Ethernet header, whose end it answers. */
  const put = (type: number, write: (frame: Frame, at: number) => number): void => {
    const frame = pool.take()!;
    const at = ethernet.emit(frame.view, frame.start, HOST_MAC, MAC, type);
    frame.length = write(frame, at) - frame.start;
    wire.send(frame, driver.now);
    driver.wake();
  };
  /** All that the host has sent by now; a copy of each. */
  const sent = async (after = 0): Promise<DataView[]> => {
    await driver.advance(after);
    const views: DataView[] = [];
    for (let frame = wire.receive(driver.now); frame !== undefined; frame = wire.receive(driver.now)) {
      views.push(new DataView(frame.bytes.slice(frame.start, frame.start + frame.length).buffer));
      frame.pool.release(frame);
    }
    return views;
  };
  /** Makes the host know our hardware address, so that it does not have to ask. */
  const introduce = async (): Promise<void> => {
    put(ethernet.TYPE_ARP, ({ view }, at) => arp.emit(view, at, arp.REQUEST, MAC, OURS, new Uint8Array(6), THEIRS));
    await sent();
  };
  return { driver, host, put, sent, introduce };
}

/** An ICMP echo request with `octets` of data, in an IP packet. */
const echo =
  (octets: number, to = THEIRS, from = OURS, change: (view: DataView, ip: number) => void = () => {}) =>
  ({ view }: Frame, ip: number): number => {
    const at = ipv4.emit(view, ip, from, to, ipv4.ICMP, icmp.HEADER + octets, 77, 0, 9);
    const dataAt = icmp.emit(view, at, icmp.ECHO_REQUEST, 0, 0x1234_0007);
    for (let i = 0; i < octets; i++) view.setUint8(dataAt + i, i);
    view.setUint16(at + 2, finish(sum(view, at, icmp.HEADER + octets)));
    change(view, ip);
    return dataAt + octets;
  };

test('answers who asks for its hardware address, and remembers who asked', async () => {
  const { host, put, sent } = alone();
  put(ethernet.TYPE_ARP, ({ view }, at) => arp.emit(view, at, arp.REQUEST, MAC, OURS, new Uint8Array(6), THEIRS));
  const [reply, ...rest] = await sent();
  expect(rest).toEqual([]);
  expect(arp.operation(reply!, 14)).toBe(arp.REPLY);
  expect(formatIpv4(arp.senderProtocol(reply!, 14))).toBe('10.0.0.2');
  expect(new Uint8Array(reply!.buffer, 0, 12)).toEqual(Uint8Array.of(...MAC, ...HOST_MAC));
  expect(host.interfaces[1]!.neighbours!.hardwareOf(OURS)).toEqual(MAC);
  // A question for somebody else is nobody's business here.
  put(ethernet.TYPE_ARP, ({ view }, at) => arp.emit(view, at, arp.REQUEST, MAC, OURS + 1, new Uint8Array(6), OURS));
  expect(await sent()).toEqual([]);
  expect(host.interfaces[1]!.neighbours!.size).toBe(1);
});

test('echo: the same identifier, sequence number and octets come back', async () => {
  const { put, sent, introduce } = alone();
  await introduce();
  put(ethernet.TYPE_IPV4, echo(56));
  const [reply] = await sent();
  const at = 14 + ipv4.HEADER;
  expect(formatIpv4(ipv4.source(reply!, 14))).toBe('10.0.0.2');
  expect([icmp.type(reply!, at), icmp.rest(reply!, at)]).toEqual([icmp.ECHO_REPLY, 0x1234_0007]);
  expect(verifies(sum(reply!, at, icmp.HEADER + 56))).toBe(true);
  expect(new Uint8Array(reply!.buffer, at + 8)).toEqual(Uint8Array.from({ length: 56 }, (_, i) => i));
});

test('every packet that cannot be used is dropped and counted by name', async () => {
  const { host, put, sent, introduce } = alone();
  await introduce();
  const { counters } = host;
  const wrong: [Exclude<keyof typeof counters, 'tcpDropped'>, (frame: Frame, at: number) => number][] = [
    ['ipBadChecksum', echo(8, THEIRS, OURS, (view, ip) => view.setUint8(ip + 8, 1))],
    ['ipNotForUs', echo(8, OURS + 1)],
    ['ipMartian', echo(8, THEIRS, parseIpv4('127.0.0.1'))],
    ['ipMartian', echo(8, THEIRS, parseIpv4('224.0.0.1'))],
    ['ipMartian', echo(8, parseIpv4('127.0.0.1'))],
    ['ipMartian', echo(8, THEIRS, THEIRS)],
    ['icmpBadChecksum', echo(8, THEIRS, OURS, (view, ip) => view.setUint8(ip + 30, 255))],
    ['ipMalformed', (_frame, at) => at + 12],
    ['ipMalformed', ({ view }, at) => ipv4.emit(view, at, OURS, THEIRS, ipv4.UDP, 100, 1, 0, 64) + 20],
    ['ipFragmentsIn', ({ view }, at) => ipv4.emit(view, at, OURS, THEIRS, ipv4.UDP, 8, 1, ipv4.MORE_FRAGMENTS, 64) + 8],
    ['udpMalformed', ({ view }, at) => ipv4.emit(view, at, OURS, THEIRS, ipv4.UDP, 4, 1, 0, 64) + 4],
    ['tcpMalformed', ({ view }, at) => badTcp(view, at, 0)],
    ['tcpBadChecksum', ({ view }, at) => badTcp(view, at, 1)],
    ['icmpMalformed', ({ view }, at) => ipv4.emit(view, at, OURS, THEIRS, ipv4.ICMP, 4, 1, 0, 64) + 4],
  ];
  for (const [name, write] of wrong) {
    const before = counters[name];
    put(ethernet.TYPE_IPV4, write);
    expect([name, await sent()]).toEqual([name, []]);
    expect([name, counters[name]]).toEqual([name, before + 1]);
  }
  put(ethernet.TYPE_IPV6, (_frame, at) => at + 40);
  put(ethernet.TYPE_ARP, (_frame, at) => at + 10);
  await sent();
  expect([counters.etherUnknownType, counters.arpMalformed]).toEqual([1, 1]);
  expect(pool.free).toBe(pool.size);
});

/** A TCP header of 4 octets too few (its checksum right) or with a wrong checksum. */
function badTcp(view: DataView, ip: number, error: number): number {
  const at = ipv4.emit(view, ip, OURS, THEIRS, ipv4.TCP, 20, 1, 0, 64);
  const end = tcp.emit(view, at, 1, 2, 3, 4, tcp.ACK, 5, 0, -4 * (1 - error));
  const pseudo = ((OURS >>> 16) + (OURS & 0xffff) + (THEIRS >>> 16) + (THEIRS & 0xffff) + ipv4.TCP + 20) | 0;
  view.setUint16(at + 16, finish(sum(view, at, 20, pseudo)) ^ error);
  return error ? end : at + 20;
}

test('an unknown protocol and a port without a socket are answered with unreachable, at a bounded rate', async () => {
  const { host, put, sent, introduce } = alone({ icmp: { errorsAtOnce: 5, errorsPerSecond: 1 } });
  await introduce();
  put(ethernet.TYPE_IPV4, ({ view }, at) => ipv4.emit(view, at, OURS, THEIRS, 99, 8, 1, 0, 64) + 8);
  const [answer] = await sent();
  const at = 14 + ipv4.HEADER;
  expect([icmp.type(answer!, at), icmp.code(answer!, at)]).toEqual([3, icmp.PROTOCOL_UNREACHABLE]);
  // It quotes the packet: header and at least eight octets (RFC 792).
  expect(ipv4.protocol(answer!, at + 8)).toBe(99);
  for (let i = 0; i < 10; i++)
    put(ethernet.TYPE_IPV4, ({ view }, ip) => ipv4.emit(view, ip, OURS, THEIRS, 99, 8, 1, 0, 64) + 8);
  const { length } = await sent();
  // Five in all at the most, and three at the least: some count twice.
  expect([2, 3, 4]).toContain(length);
  expect(host.counters.icmpRateLimited).toBe(10 - length);
  put(ethernet.TYPE_IPV4, ({ view }, ip) => ipv4.emit(view, ip, OURS, THEIRS, 99, 8, 1, 0, 64) + 8);
  expect(await sent(2 * SECOND)).toHaveLength(0);
  put(ethernet.TYPE_IPV4, ({ view }, ip) => ipv4.emit(view, ip, OURS, THEIRS, 99, 8, 1, 0, 64) + 8);
  expect(await sent()).toHaveLength(1);
  // To everybody: never answered.
  put(ethernet.TYPE_IPV4, ({ view }, ip) => ipv4.emit(view, ip, OURS, -1, 99, 8, 1, 0, 64) + 8);
  expect(await sent()).toEqual([]);
});

test('a neighbour that does not answer is asked three times, a second apart; packets wait, within bounds', async () => {
  const { driver, host, sent } = alone({ arp: { waiting: 4 } });
  const iface = host.interfaces[1]!;
  for (let i = 0; i < 6; i++) host.udp.send(iface, THEIRS, 1_000, OURS, 2_000, new Uint8Array(10), driver.now);
  const questions: number[] = [];
  for (let second = 0; second < 6; second++) {
    for (const view of await sent(second === 0 ? 0 : SECOND)) {
      expect(ethernet.type(view, 0)).toBe(ethernet.TYPE_ARP);
      questions.push(driver.now);
    }
  }
  expect(questions).toEqual([0, SECOND, 2 * SECOND]);
  expect(host.counters.arpQueueFull).toBe(2);
  expect(host.counters.arpUnanswered).toBe(4);
  expect(iface.neighbours!.size).toBe(0);
  expect(await driver.settle()).toBe(true);
});

test('what waited is sent when the answer comes, to the gateway where the address is elsewhere', async () => {
  const { driver, host, put, sent } = alone();
  const iface = host.interfaces[1]!;
  const far = parseIpv4('192.0.2.1');
  const gateway = parseIpv4('10.0.0.1');
  expect(host.route(far)).toBe(iface);
  for (let i = 0; i < 3; i++) host.udp.send(iface, THEIRS, 1_000, far, 2_000, Uint8Array.of(i), driver.now);
  const [question] = await sent();
  expect(arp.targetProtocol(question!, 14)).toBe(gateway);
  put(ethernet.TYPE_ARP, ({ view }, at) => arp.emit(view, at, arp.REPLY, MAC, gateway, HOST_MAC, THEIRS));
  const packets = await sent();
  expect(packets.map((view) => view.getUint8(14 + 28))).toEqual([0, 1, 2]);
  expect(new Uint8Array(packets[0]!.buffer, 0, 6)).toEqual(MAC);
});

test('the neighbour cache is bounded, and forgets the ones it learned first', async () => {
  const { host, put, sent } = alone({ arp: { neighbours: 8 } });
  for (let i = 0; i < 20; i++) {
    put(ethernet.TYPE_ARP, ({ view }, at) =>
      arp.emit(view, at, arp.REQUEST, MAC, parseIpv4(`10.0.0.${100 + i}`), new Uint8Array(6), THEIRS),
    );
    await sent();
  }
  const { neighbours } = host.interfaces[1]!;
  expect(neighbours!.size).toBe(8);
  expect(neighbours!.hardwareOf(parseIpv4('10.0.0.100'))).toBeUndefined();
  expect(neighbours!.hardwareOf(parseIpv4('10.0.0.119'))).toEqual(MAC);
});

test('a stale neighbour is asked again while its address still serves', async () => {
  const { driver, host, sent, introduce } = alone({ arp: { lifetime: 10_000 } });
  await introduce();
  await driver.advance(11 * SECOND);
  host.udp.send(host.interfaces[1]!, THEIRS, 1, OURS, 2, new Uint8Array(1), driver.now);
  const kinds = (await sent()).map((view) => ethernet.type(view, 0));
  expect(kinds).toEqual([ethernet.TYPE_ARP, ethernet.TYPE_IPV4]);
});

test('frames are a bounded pool: a connection waits for one and goes on, nothing is lost', async () => {
  const { driver, client, server } = network({ host: { frames: 8, largeFrames: 1 }, link: { delay: 10 } });
  const { AF_INET, SOCK_STREAM, socket } = await import('../socket/bsd.ts');
  await driver.run(async () => {
    const listener = socket(server, AF_INET, SOCK_STREAM);
    await listener.bind(['', 7456]);
    await listener.listen(1);
    const sender = socket(client, AF_INET, SOCK_STREAM);
    await sender.connect(['10.0.0.2', 7456]);
    const [receiver] = await listener.accept();
    await sender.sendall(new Uint8Array(100_000).fill(3));
    sender.close();
    let total = 0;
    for (let got = await receiver.recv(65_536); got.length > 0; got = await receiver.recv(65_536)) total += got.length;
    expect(total).toBe(100_000);
    receiver.close();
    listener.close();
  });
  // Not one was sent twice: waiting is not losing.
  expect(driver.now).toBeLessThan(2 * SECOND);
});

test('what a host sends is what is on the wire', async () => {
  const seen: string[] = [];
  const { driver, client } = network({ onFrame: (frame, _now, from) => seen.push(`${from} ${brief(frame)}`) });
  client.udp.send(client.interfaces[1]!, parseIpv4('10.0.0.1'), 5, parseIpv4('10.0.0.2'), 6, new Uint8Array(3), 0);
  await driver.advance(0);
  expect(seen).toEqual(['client ARP', 'server ARP', 'client UDP', 'server ICMP 3 3']);
});

test.each<[Partial<HostOptions>, string]>([
  [{ buffers: 0 }, 'buffers is a whole number from 1 to 68719476736, not 0'],
  [{ frames: 0.5 }, 'frames is a whole number from 1 to 1048576, not 0.5'],
  [{ largeFrames: -1 }, 'largeFrames is a whole number from 1 to 1048576, not -1'],
  [{ connections: Number.NaN }, 'connections is a whole number from 1 to 67108864, not NaN'],
  [{ timeToLive: 256 }, 'timeToLive is a whole number from 1 to 255, not 256'],
  [{ ephemeralPorts: [0, 9] }, 'a range of ports goes from 1 to 65535, not from 0 to 9'],
  [{ connection: { receiveBuffer: 0 } }, 'receiveBuffer is a whole number from 1 to 1073741824, not 0'],
  [{ datagrams: { receiveBuffer: 0 } }, 'receiveBuffer is a whole number from 1 to 1073741824, not 0'],
  [{ datagrams: { receiveDatagrams: 1.5 } }, 'receiveDatagrams is a whole number from 1 to 1048576, not 1.5'],
  [{ arp: { tries: 0 } }, 'arp.tries is a whole number from 1 to 255, not 0'],
  [{ arp: { retryAfter: 0 } }, 'arp.retryAfter is a number of milliseconds from 1 to 3600000, not 0'],
  [{ icmp: { errorsAtOnce: -1 } }, 'icmp.errorsAtOnce is a whole number from 0 to 1000000000, not -1'],
])('a host is not made with %o', (options, message) => {
  expect(() => alone(options)).toThrow(message);
});
