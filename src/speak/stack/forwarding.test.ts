import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import { parseIpv4 } from '../../wire/address.ts';
import { sum, verifies } from '../../wire/checksum.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import { type Ipv6, parseAddress } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as udp from '../../wire/udp.ts';
import { type PipeOptions, pipe } from '../link/pipe.ts';
import { AF_INET, AF_INET6, bytes, SOCK_DGRAM, SOCK_STREAM, socket } from '../socket/bsd.ts';
import { IP_AT } from './frame-layout.ts';
import { Host } from './host.ts';

/** client 10.0.1.2, fd01::2 - router - server 10.0.2.2, fd02::2 */
function network(right: PipeOptions = {}) {
  const driver = virtualDriver();
  const small = { driver, buffers: 4 << 20, frames: 256, largeFrames: 32 };
  const [a, b] = pipe();
  const [c, d] = pipe(right);
  const client = new Host({ name: 'client', ...small });
  const router = new Host({ name: 'router', forwarding: true, ...small });
  const server = new Host({ name: 'server', ...small });
  client.plug(a, { address: ['10.0.1.2/24', 'fd01::2/64'], gateway: ['10.0.1.1', 'fd01::1'] });
  router.plug(b, { address: ['10.0.1.1/24', 'fd01::1/64'] });
  router.plug(c, { address: ['10.0.2.1/24', 'fd02::1/64'] });
  server.plug(d, { address: ['10.0.2.2/24', 'fd02::2/64'], gateway: ['10.0.2.1', 'fd02::1'] });
  return { driver, client, router, server };
}

/** client 10.0.1.2 - router - `mtu` octets - router - server 10.0.2.2 */
function narrow(mtu = 1_300) {
  const driver = virtualDriver();
  const small = { driver, buffers: 4 << 20, frames: 256, largeFrames: 32 };
  const [a, b] = pipe();
  const [c, d] = pipe({ mtu });
  const [e, f] = pipe();
  const client = new Host({ name: 'client', ...small });
  const router = new Host({ name: 'router', forwarding: true, ...small });
  const other = new Host({ name: 'other', forwarding: true, ...small });
  const server = new Host({ name: 'server', ...small });
  client.plug(a, { address: ['10.0.1.2/24', 'fd01::2/64'], gateway: ['10.0.1.1', 'fd01::1'] });
  router.plug(b, { address: ['10.0.1.1/24', 'fd01::1/64'] });
  router.plug(c, { address: ['10.0.3.1/24', 'fd03::1/64'], gateway: ['10.0.3.2', 'fd03::2'] });
  other.plug(d, { address: ['10.0.3.2/24', 'fd03::2/64'], gateway: ['10.0.3.1', 'fd03::1'] });
  other.plug(e, { address: ['10.0.2.1/24', 'fd02::1/64'] });
  server.plug(f, { address: ['10.0.2.2/24', 'fd02::2/64'], gateway: ['10.0.2.1', 'fd02::1'] });
  return { driver, client, router, server };
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing',
    (error) => error.code,
  );

/** Sends `octets` from one host to another by TCP; answers whether all came. */
async function carry(from: Host, to: Host, family: 2 | 10, address: string, length: number): Promise<boolean> {
  const octets = Uint8Array.from({ length }, (_, i) => (i * 13 + (i >> 9)) & 255);
  const listener = socket(to, family as 2, SOCK_STREAM);
  await listener.bind([family === AF_INET ? '' : '::', 7]);
  await listener.listen();
  const one = socket(from, family as 2, SOCK_STREAM);
  await one.connect([address, 7]);
  const [other] = await listener.accept();
  const sending = one.sendall(octets).then(() => one.shutdown(1));
  const got = new Uint8Array(length + 1);
  let at = 0;
  for (let chunk = await other.recv(65_536); chunk.length > 0; chunk = await other.recv(65_536)) {
    got.set(chunk, at);
    at += chunk.length;
  }
  await sending;
  for (const each of [one, other, listener]) each.close();
  return at === length && octets.every((octet, i) => octet === got[i]);
}

test.each([
  [AF_INET, '10.0.2.2'],
  [AF_INET6, 'fd02::2'],
] as const)(
  'family %i through two routers with a narrow link between them: path MTU is found out',
  async (family, address) => {
    const net = narrow();
    await net.driver.run(async () => {
      expect(await carry(net.client, net.server, family, address, 100_000)).toBe(true);
    });
    expect(net.router.counters.ipTooLong).toBeGreaterThan(0);
    expect(net.router.counters.ipFragmented).toBe(0);
    expect(net.router.counters.ipForwarded).toBeGreaterThan(80);
    await net.driver.settle();
    expect([net.client.tcp.size, net.server.tcp.size]).toEqual([0, 0]);
  },
);

test('a link that takes less than any way should is not waited for: packets may be cut there', async () => {
  const { driver, client, router, server } = narrow(296);
  await driver.run(async () => {
    expect(await carry(client, server, AF_INET, '10.0.2.2', 20_000)).toBe(true);
    expect(router.counters.ipFragmented).toBeGreaterThan(20);
    // Another conversation begins with what is known.
    const told = router.counters.ipTooLong;
    expect(await carry(client, server, AF_INET, '10.0.2.2', 20_000)).toBe(true);
    expect(router.counters.ipTooLong).toBe(told);
  });
  const heard: string[] = [];
  const echo = client.echoes.open(
    parseAddress('10.0.2.2'),
    ({ sequence, length }) => heard.push(`${sequence} ${length}`),
    (sequence, code) => heard.push(`${sequence} ${code}`),
  );
  for (let sequence = 1; sequence <= 4; sequence++) {
    echo.send(sequence, 400);
    await driver.advance(SECOND);
  }
  // The first is lost as it goes, the second as it comes back.
  expect(heard).toEqual(['1 EMSGSIZE', '3 400', '4 400']);
  echo.close();
});

test.each(['10.0.2.2', 'fd02::2'])(
  'long echoes to %s: requests and replies learn of the narrow link, each from its own loss, and go in fragments; nobody else heeds it',
  async (text) => {
    const { driver, client, router, server } = narrow();
    const heard: string[] = [];
    const echo = client.echoes.open(
      parseAddress(text),
      ({ sequence, length }) => heard.push(`${sequence} ${length}`),
      (sequence, code) => heard.push(`${sequence} ${code}`),
    );
    for (let sequence = 1; sequence <= 4; sequence++) {
      expect(echo.send(sequence, 1_400)).toBe(true);
      await driver.advance(SECOND);
    }
    // The first is lost as it goes, the second as it comes back.
    expect(heard).toEqual(['1 EMSGSIZE', '3 1400', '4 1400']);
    expect(echo.send(5, 30_000)).toBe(true);
    await driver.advance(SECOND);
    expect(heard.at(-1)).toBe('5 30000');
    expect([client.paths.size, server.paths.size, router.counters.ipFragmented]).toEqual([0, 0, 0]);
    echo.close();
  },
);

test.each(['10.0.2.2', 'fd02::2'])(
  'what a router says of echoes to %s that were never sent is not heeded',
  async (text) => {
    const to = parseAddress(text);
    const { driver, client } = narrow();
    const echo = client.echoes.open(to, () => {});
    echo.send(1, 600);
    await driver.advance(SECOND);
    const four = typeof to === 'number';
    const view = new DataView(new ArrayBuffer(8));
    const ignored = client.counters.icmpIgnored;
    const [request, reply] = four ? [icmp.ECHO_REQUEST, icmp.ECHO_REPLY] : [icmpv6.ECHO_REQUEST, icmpv6.ECHO_REPLY];
    for (let identifier = 0; identifier < 3; identifier++)
      for (const type of [request, reply]) {
        icmp.emit(view, 0, type, 0, (identifier << 16) | 1);
        client.echoes.tooLong(to, view, 0, 1_280, driver.now);
      }
    expect(client.counters.icmpIgnored - ignored).toBe(6);
    expect(client.echoes.pathMtu(client.interfaces[1]!, to, driver.now)).toBe(1_500);
    echo.close();
  },
);

test('long datagrams are cut on the way where they may be, and the sender is told where not', async () => {
  const net = network({ mtu: 1_300 });
  await net.driver.run(async () => {
    for (const [family, address] of [
      [AF_INET, '10.0.2.2'],
      [AF_INET6, 'fd02::2'],
    ] as const) {
      const there = socket(net.server, family, SOCK_DGRAM);
      await there.bind([family === AF_INET ? '' : '::', 7]);
      const here = socket(net.client, family, SOCK_DGRAM);
      // In fragments already: a router may cut those of IPv4 once more.
      const octets = Uint8Array.from({ length: 4_000 }, (_, i) => (i * 5) & 255);
      await here.sendto(octets, [address, 7]);
      if (family === AF_INET6) {
        // Packet Too Big: the next is shorter.
        await net.driver.sleep(1_000);
        await here.sendto(octets, [address, 7]);
      }
      expect(Buffer.compare(await there.recv(65_536), octets)).toBe(0);
      // Whole, and not to be cut.
      await here.sendto(octets.subarray(0, 1_400), [address, 7]);
      await net.driver.sleep(1_000);
      await here.sendto(octets.subarray(0, 1_400), [address, 7]);
      expect(Buffer.compare(await there.recv(65_536), octets.subarray(0, 1_400))).toBe(0);
      here.close();
      there.close();
    }
  });
});

const pool = new FramePool(64, 1_600);

/** A datagram as it comes out of a cable that begins with IP. */
function datagram(from: string, to: string, hops: number, change: (view: DataView) => void = () => {}): Frame {
  const frame = pool.take()!;
  const { view } = frame;
  const four = !from.includes(':');
  const at = four
    ? ipv4.emit(view, IP_AT, parseIpv4(from), parseIpv4(to), ipv4.UDP, 16, 9, ipv4.DONT_FRAGMENT, hops)
    : ipv6.emit(view, IP_AT, parseAddress(from) as Ipv6, parseAddress(to) as Ipv6, ipv6.UDP, 16, hops);
  udp.emit(view, at, 1_000, 2_000, 8);
  change(view);
  frame.start = IP_AT;
  frame.length = at + 16 - IP_AT;
  return frame;
}

/** A router between two cables that a test holds the ends of. */
function router() {
  const driver = virtualDriver();
  const [left, a] = pipe({ medium: 'ip' });
  const [right, b] = pipe({ medium: 'ip' });
  const host = new Host({ driver, forwarding: true, frames: 64 });
  host.plug(a, { address: ['10.0.1.1/24', 'fd01::1/64'] });
  host.plug(b, { address: ['10.0.2.1/24', 'fd02::1/64'] });
  const through = async (frame: Frame) => {
    left.send(frame, driver.now);
    driver.wake();
    await driver.advance(0);
    return { back: left.receive(driver.now), on: right.receive(driver.now) };
  };
  return { host, through };
}

test('one hop less, the checksum right, everything else as it was', async () => {
  const { through } = router();
  const { on, back } = await through(datagram('10.0.1.2', '10.0.2.2', 9));
  expect(back).toBeUndefined();
  expect(ipv4.timeToLive(on!.view, on!.start)).toBe(8);
  expect(verifies(sum(on!.view, on!.start, ipv4.HEADER))).toBe(true);
  expect(ipv4.flagsAndOffset(on!.view, on!.start)).toBe(ipv4.DONT_FRAGMENT);
  const six = await through(datagram('fd01::2', 'fd02::2', 9));
  expect(ipv6.hopLimit(six.on!.view, six.on!.start)).toBe(8);
});

test('what cannot be passed on: its sender is told why', async () => {
  const { host, through } = router();
  const told = async (from: string, to: string, hops = 9): Promise<string> => {
    const { on, back } = await through(datagram(from, to, hops));
    expect(on).toBeUndefined();
    if (back === undefined) return 'nothing';
    const header = ipv4.version(back.view, back.start) === 4 ? ipv4.HEADER : ipv6.HEADER;
    return `${icmp.type(back.view, back.start + header)} ${icmp.code(back.view, back.start + header)}`;
  };
  expect(await told('10.0.1.2', '10.0.2.2', 1)).toBe(`${icmp.TIME_EXCEEDED} 0`);
  expect(await told('fd01::2', 'fd02::2', 1)).toBe(`${icmpv6.TIME_EXCEEDED} 0`);
  expect(await told('10.0.1.2', '192.0.2.1')).toBe(`${icmp.DESTINATION_UNREACHABLE} ${icmp.NET_UNREACHABLE}`);
  expect(await told('fd01::2', '2001:db8::1')).toBe(`${icmpv6.DESTINATION_UNREACHABLE} ${icmpv6.NO_ROUTE}`);
  // Those from where they cannot be, for groups, and for one link alone, are dropped without a word.
  const before = host.counters.icmpErrorsOut;
  for (const [from, to] of [
    ['10.0.2.9', '10.0.2.2'],
    ['192.0.2.1', '10.0.2.2'],
    ['fd02::9', 'fd02::2'],
    ['fe80::9', 'fd02::2'],
    ['fd01::9', 'fe80::2'],
    ['10.0.1.2', '224.0.0.5'],
    ['10.0.1.2', '10.0.2.255'],
    ['10.0.1.2', '169.254.169.254'],
    ['10.0.1.2', '0.1.2.3'],
    ['10.0.1.2', '255.255.255.255'],
  ] as const)
    expect([from, to, await told(from, to)]).toEqual([from, to, 'nothing']);
  expect(host.counters.icmpErrorsOut).toBe(before);
});

//= RFC 1122 §3.2.1.3
test('IPv4 link-local addresses and 0/8 stay on their link, though there is a way', async () => {
  const { host, through } = router();
  host.addRoute('0.0.0.0/0', '10.0.1.9');
  for (const from of ['169.254.1.1', '0.1.2.3'])
    expect((await through(datagram(from, '10.0.2.2', 9))).on).toBeUndefined();
  expect(host.counters.ipForwardRefused).toBe(2);
  expect((await through(datagram('169.253.1.1', '10.0.2.2', 9))).on).toBeDefined();
});

test('source routes, and redirects, turn nothing', async () => {
  const { host, through } = router();
  const { on, back } = await through(
    datagram('10.0.1.2', '10.0.1.1', 9, (view) => {
      // Loose source route by us to the server.
      view.setUint32(IP_AT + ipv4.HEADER, 0x8307_0400);
    }),
  );
  expect(on).toBeUndefined();
  expect(back === undefined || icmp.type(back.view, back.start + ipv4.HEADER) === 3).toBe(true);
  const routes = host.routes.all.length;
  await through(
    datagram('10.0.1.2', '10.0.1.1', 9, (view) => {
      view.setUint8(IP_AT + 9, ipv4.ICMP);
      icmp.emit(view, IP_AT + ipv4.HEADER, icmp.REDIRECT, 1, parseIpv4('10.0.1.9'));
    }),
  );
  expect(host.routes.all.length).toBe(routes);
});

test('a host that forwards nothing passes nothing on', async () => {
  const net = network();
  const plain = new Host({ driver: net.driver });
  const [left, right] = pipe({ medium: 'ip' });
  plain.plug(right, { address: '10.0.1.1/24' });
  left.send(datagram('10.0.1.2', '10.0.2.2', 9), 0);
  net.driver.wake();
  await net.driver.advance(0);
  expect([plain.counters.ipNotForUs, plain.counters.ipForwarded]).toEqual([1, 0]);
});

test('an unreachable next hop is told to who sent the packet, not to us', async () => {
  const net = network();
  await net.driver.run(async () => {
    for (const [family, address] of [
      [AF_INET, '10.0.2.99'],
      [AF_INET6, 'fd02::99'],
    ] as const) {
      const here = socket(net.client, family, SOCK_DGRAM);
      await here.connect([address, 7]);
      await here.send(bytes('anybody?'));
      expect(await codeOf(here.recv(10))).toBe('EHOSTUNREACH');
      here.close();
    }
  });
});

test('the longest prefix wins, then the lowest metric; there are no more than so many', () => {
  const { host } = router();
  const [, one, two] = host.interfaces;
  const at = (text: string) => host.routes.find(parseAddress(text))?.iface;
  host.addRoute('0.0.0.0/0', '10.0.1.254');
  host.addRoute('192.0.2.0/24', '10.0.2.254');
  host.addRoute('192.0.2.128/25', '10.0.1.254');
  host.addRoute('2001:db8::/32', 'fd01::99');
  host.addRoute('2001:db8:1::/48', 'fd02::99');
  expect([at('8.8.8.8'), at('192.0.2.1'), at('192.0.2.200')]).toEqual([one, two, one]);
  expect([at('2001:db8::1'), at('2001:db8:1::1'), at('2001:db9::1')]).toEqual([one, two, undefined]);
  expect(() => host.addRoute('10.9.0.0/16', '172.16.0.1')).toThrow('ENETUNREACH');
  expect(() => host.addRoute('10.9.0.0/16', 'fd01::1')).toThrow('same version');
  expect(() => {
    for (let i = 0; i < 2_000; i++) host.addRoute(`172.${16 + (i >> 8)}.${i & 255}.0/24`, '10.0.1.254');
  }).toThrow('ENOBUFS');
});
