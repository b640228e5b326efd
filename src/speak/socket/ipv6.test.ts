import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import { type Ipv6, parseAddress } from '../../wire/ip-address.ts';
import { type PipeOptions, pipe } from '../link/pipe.ts';
import { Host, type HostOptions } from '../stack/host.ts';
import {
  AF_INET,
  AF_INET6,
  bytes,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_DOMAIN,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
} from './bsd.ts';
import { connect, listen } from './streams.ts';

const SERVER = 'fd00::2';

/** Two hosts on a cable, with addresses of both versions. */
function network(link: PipeOptions = {}, options: Partial<HostOptions> = {}) {
  const driver = virtualDriver();
  const [left, right] = pipe(link);
  const small = { driver, buffers: 4 << 20, frames: 256, largeFrames: 16, ...options };
  const client = new Host({ name: 'client', ...small });
  const server = new Host({ name: 'server', ...small });
  client.plug(left, { address: ['10.0.0.1/24', 'fd00::1/64'] });
  server.plug(right, { address: ['10.0.0.2/24', 'fd00::2/64'] });
  return { driver, client, server };
}

const text = (octets: Uint8Array): string => new TextDecoder().decode(octets);
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing',
    (error) => error.code,
  );

test.each<[string, PipeOptions]>([
  ['Ethernet', {}],
  ['IP at once', { medium: 'ip' }],
  ['an MTU of 1280', { mtu: 1_280 }],
  ['jumbo frames', { mtu: 9_000 }],
])('TCP over IPv6 on %s: 300,000 octets each way, and nothing is left', async (_, link) => {
  const { driver, client, server } = network({ ...link, delay: 1 });
  const octets = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
  await driver.run(async () => {
    const listener = socket(server, AF_INET6, SOCK_STREAM);
    await listener.bind(['::', 7456]);
    await listener.listen();
    const one = socket(client, AF_INET6, SOCK_STREAM);
    await one.connect([SERVER, 7456]);
    const [other, from] = await listener.accept();
    expect(from[0]).toBe('fd00::1');
    expect([one.getpeername(), other.getsockname()]).toEqual([
      [SERVER, 7456],
      [SERVER, 7456],
    ]);
    const readAll = async (sck: typeof one): Promise<Uint8Array> => {
      const all = new Uint8Array(octets.length + 1);
      let at = 0;
      for (let got = await sck.recv(65_536); got.length > 0; got = await sck.recv(65_536)) {
        all.set(got, at);
        at += got.length;
      }
      return all.subarray(0, at);
    };
    const send = async (sck: typeof one): Promise<void> => {
      await sck.sendall(octets);
      sck.shutdown(1);
    };
    const [there, back] = await Promise.all([readAll(other), readAll(one), send(one), send(other)]);
    // Compared as memory: element by element takes longer than the transfer.
    expect([Buffer.compare(there, octets), Buffer.compare(back, octets)]).toEqual([0, 0]);
    for (const each of [one, other, listener]) each.close();
  });
  await driver.settle();
  expect([client.tcp.size, server.tcp.size]).toEqual([0, 0]);
  expect(client.counters.tcpRetransSegs + server.counters.tcpRetransSegs).toBe(0);
});

test('a socket of AF_INET6 bound to :: speaks both, and shows IPv4 in its place', async () => {
  const { driver, client, server } = network();
  await driver.run(async () => {
    const listener = socket(server, AF_INET6, SOCK_STREAM);
    expect(listener.getsockopt(SOL_SOCKET, SO_DOMAIN)).toBe(AF_INET6);
    await listener.bind(['::', 80]);
    await listener.listen();
    const four = socket(client, AF_INET, SOCK_STREAM);
    await four.connect(['10.0.0.2', 80]);
    const [accepted, from] = await listener.accept();
    expect(from[0]).toBe('::ffff:10.0.0.1');
    expect(accepted.getsockname()).toEqual(['::ffff:10.0.0.2', 80]);
    const mapped = socket(client, AF_INET6, SOCK_STREAM);
    await mapped.connect(['::ffff:10.0.0.2', 80]);
    expect(mapped.getpeername()).toEqual(['::ffff:10.0.0.2', 80]);
    // As in Linux, it has the port for both.
    expect(await codeOf(socket(server, AF_INET, SOCK_STREAM).bind(['', 80]))).toBe('EADDRINUSE');
    expect(await codeOf(socket(client, AF_INET, SOCK_STREAM).connect([SERVER, 80]))).toBe('EAFNOSUPPORT');
    expect(await codeOf(socket(client, AF_INET6, SOCK_STREAM).connect(['10.0.0.2', 80]))).toBe('EAFNOSUPPORT');
    for (const each of [accepted, four, mapped, listener]) each.close();
  });
});

test('IPV6_V6ONLY: no IPv4 comes, none goes, and the port is free for it', async () => {
  const { driver, client, server } = network();
  await driver.run(async () => {
    const listener = socket(server, AF_INET6, SOCK_STREAM);
    listener.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    expect(listener.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)).toBe(1);
    await listener.bind(['::', 80]);
    await listener.listen();
    expect(() => listener.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)).toThrow('EINVAL');
    expect(await codeOf(socket(client, AF_INET, SOCK_STREAM).connect(['10.0.0.2', 80]))).toBe('ECONNREFUSED');
    const other = socket(server, AF_INET, SOCK_STREAM);
    await other.bind(['', 80]);
    const only = socket(client, AF_INET6, SOCK_STREAM);
    only.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    expect(await codeOf(only.connect(['::ffff:10.0.0.2', 80]))).toBe('ENETUNREACH');
    expect(() => socket(client, AF_INET, SOCK_STREAM).setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)).toThrow('EINVAL');
    for (const each of [listener, other, only]) each.close();
  });
});

test('on the loopback, to a closed port, and to where there is no way', async () => {
  const { driver, client } = network();
  await driver.run(async () => {
    const listener = socket(client, AF_INET6, SOCK_STREAM);
    await listener.bind(['localhost', 80]);
    await listener.listen();
    const one = socket(client, AF_INET6, SOCK_STREAM);
    await one.connect(['::1', 80]);
    expect(one.getsockname()[0]).toBe('::1');
    const [accepted] = await listener.accept();
    for (const each of [one, accepted, listener]) each.close();
    expect(await codeOf(socket(client, AF_INET6, SOCK_STREAM).connect([SERVER, 81]))).toBe('ECONNREFUSED');
    expect(await codeOf(socket(client, AF_INET6, SOCK_STREAM).connect(['2001:db8::1', 80]))).toBe('ENETUNREACH');
    expect(await codeOf(socket(client, AF_INET6, SOCK_STREAM).connect(['fd00::99', 80]))).toBe('EHOSTUNREACH');
    expect(await codeOf(socket(client, AF_INET6, SOCK_STREAM).bind(['fd00::99', 80]))).toBe('EADDRNOTAVAIL');
    const link = client.interfaces[1]!.ipv6!.addresses.linkLocal!;
    const near = socket(client, AF_INET6, SOCK_STREAM);
    await near.bind([link.toString(), 82]);
    expect(near.getsockname()[0]).toBe(`${link.inZone(0)}%2`);
    near.close();
  });
});

test('link-local addresses, with their zone and without', async () => {
  const { driver, client, server } = network();
  await driver.run(async () => {
    const listener = socket(server, AF_INET6, SOCK_STREAM);
    await listener.bind(['::', 80]);
    await listener.listen();
    const there = server.interfaces[1]!.ipv6!.addresses.linkLocal!;
    for (const address of [there.toString(), there.toString().replace(/%.*/, '')]) {
      const one = socket(client, AF_INET6, SOCK_STREAM);
      await one.connect([address, 80]);
      const [accepted, from] = await listener.accept();
      expect(from[0]).toMatch(/^fe80::.*%2$/);
      one.close();
      accepted.close();
    }
    listener.close();
  });
});

test('the streams face: listening on :: hears both, addresses in brackets', async () => {
  const { driver, client, server } = network();
  await driver.run(async () => {
    const listener = listen(server, '[::]:7456');
    for (const address of ['[fd00::2]:7456', '10.0.0.2:7456'] as const) {
      const connection = connect(client, address);
      const accepted = await listener.accept();
      const writer = connection.writable.getWriter();
      await writer.write(bytes('hello'));
      await writer.close();
      let got = '';
      for await (const chunk of accepted.readable) got += text(chunk);
      expect(got).toBe('hello');
      expect(accepted.remoteAddress.hostname).toBe(address.startsWith('[') ? 'fd00::1' : '10.0.0.1');
      await accepted.close();
      await connection.close();
    }
    listener.close();
    expect(() => connect(client, 'fd00::2:80')).toThrow('write [fd00::2]:80');
  });
});

test('datagrams: both ways, refused, and cut into fragments where they are long', async () => {
  const { driver, client, server } = network();
  await driver.run(async () => {
    const there = socket(server, AF_INET6, SOCK_DGRAM);
    await there.bind(['::', 53]);
    const here = socket(client, AF_INET6, SOCK_DGRAM);
    for (const [to, from] of [
      [SERVER, 'fd00::1'],
      ['::ffff:10.0.0.2', '::ffff:10.0.0.1'],
    ] as const) {
      for (const length of [0, 1, 1_400, 1_473, 9_000, 65_000]) {
        const octets = Uint8Array.from({ length }, (_, i) => (i * 7) & 255);
        await here.sendto(octets, [to, 53]);
        const [got, sender] = await there.recvfrom(65_536);
        expect([Buffer.compare(got, octets), sender[0]]).toEqual([0, from]);
      }
    }
    expect(server.counters.ipReassembled).toBe(6);
    expect(client.counters.ipFragmented).toBe(6);
    await here.connect([SERVER, 54]);
    await here.send(bytes('x'));
    expect(await codeOf(here.recv(10))).toBe('ECONNREFUSED');
    expect(await codeOf(here.sendto(new Uint8Array(65_488), [SERVER, 53]))).toBe('EMSGSIZE');
    expect(await codeOf(here.sendto(bytes('x'), ['2001:db8::1', 53]))).toBe('ENETUNREACH');
    here.close();
    there.close();
  });
});

test('datagrams of IPv6 alone', async () => {
  const { driver, client, server } = network();
  await driver.run(async () => {
    const there = socket(server, AF_INET6, SOCK_DGRAM);
    there.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    expect([there.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY), there.getsockopt(SOL_SOCKET, SO_DOMAIN)]).toEqual([
      1,
      AF_INET6,
    ]);
    await there.bind(['::', 53]);
    expect(() => there.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)).toThrow('EINVAL');
    expect(() => there.setsockopt(SOL_SOCKET, SO_DOMAIN, 0)).toThrow('ENOPROTOOPT');
    const four = socket(server, AF_INET, SOCK_DGRAM);
    await four.bind(['', 53]);
    const here = socket(client, AF_INET6, SOCK_DGRAM);
    await here.sendto(bytes('six'), [SERVER, 53]);
    await here.sendto(bytes('four'), ['::ffff:10.0.0.2', 53]);
    expect([text(await there.recv(9)), text(await four.recv(9))]).toEqual(['six', 'four']);
    expect(await codeOf(there.sendto(bytes('x'), ['::ffff:10.0.0.1', 9]))).toBe('ENETUNREACH');
    for (const each of [there, four, here]) each.close();
  });
});

test('an address that another has is not used; the other keeps it', async () => {
  const driver = virtualDriver();
  const [left, right] = pipe();
  const host = new Host({ driver, name: 'first' });
  host.plug(left, { address: 'fd00::1/64', mac: Uint8Array.of(2, 0, 0, 0, 0, 1) });
  await driver.advance(2 * SECOND);
  const own = (each: Host) => each.interfaces[1]!.ipv6!.addresses.find(parseAddress('fd00::1') as Ipv6)!.state;
  expect(own(host)).toBe('preferred');
  const other = new Host({ driver, name: 'second' });
  other.plug(right, { address: 'fd00::1/64', mac: Uint8Array.of(2, 0, 0, 0, 0, 2) });
  await driver.advance(2 * SECOND);
  expect([own(host), own(other)]).toEqual(['preferred', 'duplicate']);
  expect(other.isLocal(parseAddress('fd00::1'))).toBe(false);
});
