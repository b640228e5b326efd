import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { MINUTE, SECOND } from '../../core/time.ts';
import { formatIpv4, parseIpv4 } from '../../wire/address.ts';
import { pseudoHeader4, sum, verifies } from '../../wire/checksum.ts';
import { pipe } from '../link/pipe.ts';
import { AF_INET, bytes, SO_LINGER, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, socket } from '../socket/bsd.ts';
import { Host } from './host.ts';
import type { NatOptions } from './nat.ts';

/** client 10.0.0.2 - gateway 10.0.0.1, 192.0.2.1 - server 192.0.2.9, which knows no way to the client. */
function network(options: Partial<NatOptions> = {}, mtu = 1_500) {
  const driver = virtualDriver();
  const small = { driver, buffers: 4 << 20, frames: 256, largeFrames: 32 };
  const [a, b] = pipe();
  const [c, d] = pipe({ mtu });
  const client = new Host({ name: 'client', ...small });
  const gateway = new Host({ name: 'gateway', forwarding: true, ...small });
  const server = new Host({ name: 'server', ...small });
  client.plug(a, { address: '10.0.0.2/24', gateway: '10.0.0.1' });
  gateway.plug(b, { address: '10.0.0.1/24' });
  const outside = gateway.plug(c, { address: '192.0.2.1/24' });
  server.plug(d, { address: '192.0.2.9/24' });
  const nat = gateway.forwarding!.translate(outside, options);
  return { driver, client, gateway, server, nat };
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing',
    (error) => error.code,
  );

test('TCP: the server sees the gateway, octets come both ways, the session ends with it', async () => {
  const { driver, client, server, nat } = network({}, 1_300);
  await driver.run(async () => {
    const listener = socket(server, AF_INET, SOCK_STREAM);
    await listener.bind(['', 80]);
    await listener.listen();
    const one = socket(client, AF_INET, SOCK_STREAM);
    await one.connect(['192.0.2.9', 80]);
    const [other, from] = await listener.accept();
    expect(from[0]).toBe('192.0.2.1');
    expect(from[1]).toBeGreaterThanOrEqual(61_000);
    const octets = Uint8Array.from({ length: 50_000 }, (_, i) => (i * 3) & 255);
    for (const [sender, receiver] of [
      [one, other],
      [other, one],
    ] as const) {
      const sending = sender.sendall(octets);
      let at = 0;
      while (at < octets.length) {
        const got = await receiver.recv(65_536);
        expect(Buffer.compare(got, octets.subarray(at, at + got.length))).toBe(0);
        at += got.length;
      }
      await sending;
    }
    for (const each of [one, other, listener]) each.close();
  });
  expect(nat.size).toBe(1);
  await driver.advance(5 * MINUTE);
  expect(nat.size).toBe(0);
});

test('UDP: one outside port for an inside end, whomever it speaks to; only those may answer', async () => {
  const { driver, client, server, gateway, nat } = network();
  await driver.run(async () => {
    const [first, second, stranger] = [53, 54, 55].map(() => socket(server, AF_INET, SOCK_DGRAM));
    await first!.bind(['', 53]);
    await second!.bind(['', 54]);
    await stranger!.bind(['', 55]);
    const here = socket(client, AF_INET, SOCK_DGRAM);
    await here.sendto(bytes('a'), ['192.0.2.9', 53]);
    await here.sendto(bytes('b'), ['192.0.2.9', 54]);
    const [, from] = await first!.recvfrom(9);
    expect((await second!.recvfrom(9))[1]).toEqual(from);
    await stranger!.sendto(bytes('psst'), from);
    await first!.sendto(bytes('c'), from);
    expect((await here.recvfrom(9))[1]).toEqual(['192.0.2.9', 53]);
    await driver.sleep(SECOND);
    expect(gateway.counters.udpNoPort).toBe(1);
    for (const each of [first!, second!, stranger!, here]) each.close();
  });
  expect(nat.size).toBe(2);
  await driver.advance(6 * MINUTE);
  expect(nat.size).toBe(0);
});

test('ICMP: echoes, errors about what came from inside, and what is too long in fragments', async () => {
  const { driver, client, server } = network({}, 1_000);
  await driver.run(async () => {
    const replies: number[] = [];
    const echo = client.echoes.open(parseIpv4('192.0.2.9'), ({ sequence, from }) => {
      expect(formatIpv4(from as number)).toBe('192.0.2.9');
      replies.push(sequence);
    });
    for (let i = 1; i <= 3; i++) echo.send(i, 56);
    await driver.sleep(SECOND);
    expect(replies).toEqual([1, 2, 3]);
    echo.close();
    const here = socket(client, AF_INET, SOCK_DGRAM);
    await here.connect(['192.0.2.9', 9]);
    await here.send(bytes('anybody?'));
    expect(await codeOf(here.recv(9))).toBe('ECONNREFUSED');
    const there = socket(server, AF_INET, SOCK_DGRAM);
    await there.bind(['', 9]);
    const octets = Uint8Array.from({ length: 5_000 }, (_, i) => (i * 3) & 255);
    await here.send(octets);
    const [got, from] = await there.recvfrom(65_536);
    expect(got).toEqual(octets);
    await there.sendto(octets, from);
    expect(await here.recv(65_536)).toEqual(octets);
    here.close();
    there.close();
  });
});

test('nobody outside begins to speak to somebody inside', async () => {
  const { driver, client, gateway, server } = network();
  server.addRoute('10.0.0.0/24', '192.0.2.1');
  await driver.run(async () => {
    const listener = socket(client, AF_INET, SOCK_STREAM);
    await listener.bind(['', 80]);
    await listener.listen();
    const one = socket(server, AF_INET, SOCK_STREAM, { synTimeout: 3_000 });
    expect(await codeOf(one.connect(['10.0.0.2', 80]))).toBe('ETIMEDOUT');
    expect(await codeOf(socket(server, AF_INET, SOCK_STREAM).connect(['192.0.2.1', 80]))).toBe('ECONNREFUSED');
    listener.close();
  });
  expect(client.counters.tcpInSegs).toBe(0);
  expect(gateway.counters.ipForwardRefused).toBeGreaterThan(0);
});

//= RFC 4787 §6 REQ-9
test('two inside who know one another by their outside ends speak by them, once both have begun', async () => {
  const { driver, client, gateway, server, nat } = network();
  const [e, f] = pipe();
  gateway.plug(e, { address: '10.0.1.1/24' });
  const neighbour = new Host({ name: 'neighbour', driver, frames: 64 });
  neighbour.plug(f, { address: '10.0.1.2/24', gateway: '10.0.1.1' });
  await driver.run(async () => {
    const there = socket(server, AF_INET, SOCK_DGRAM);
    await there.bind(['', 53]);
    const [one, other] = [client, neighbour].map((host) => socket(host, AF_INET, SOCK_DGRAM));
    // Somebody outside tells each of them how the other is seen.
    const ends: number[] = [];
    for (const sck of [one!, other!]) {
      await sck.sendto(bytes('?'), ['192.0.2.9', 53]);
      ends.push((await there.recvfrom(9))[1][1]);
    }
    await one!.sendto(bytes('too soon'), ['192.0.2.1', ends[1]!]);
    await driver.sleep(100);
    expect(gateway.counters.natRefused).toBe(1);
    await other!.sendto(bytes('hello'), ['192.0.2.1', ends[0]!]);
    const [heard, from] = await one!.recvfrom(9);
    expect([Buffer.from(heard).toString(), from]).toEqual(['hello', ['192.0.2.1', ends[1]]]);
    await one!.sendto(bytes('hello you'), ['192.0.2.1', ends[1]!]);
    const [answer, by] = await other!.recvfrom(9);
    expect([Buffer.from(answer).toString(), by]).toEqual(['hello you', ['192.0.2.1', ends[0]]]);
    // What is nobody's outside end is the gateway's own.
    await one!.connect(['192.0.2.1', 7]);
    await one!.send(bytes('x'));
    expect(await codeOf(one!.recv(9))).toBe('ECONNREFUSED');
    for (const sck of [one!, other!, there]) sck.close();
  });
  expect(nat.size).toBe(4);
});

test('bounded: in all, for each inside host, in ports', async () => {
  const limits: [Partial<NatOptions>, number][] = [
    [{ sessions: 10 }, 10],
    [{ sessionsPerHost: 7 }, 7],
    [{ firstPort: 61_000, lastPort: 61_003 }, 4],
  ];
  for (const [options, most] of limits) {
    const { driver, client, gateway, nat } = network(options);
    for (let port = 1; port < 40; port++)
      client.udp.send(
        client.interfaces[1]!,
        parseIpv4('10.0.0.2'),
        1_000 + port,
        parseIpv4('192.0.2.9'),
        9,
        bytes('x'),
        driver.now,
      );
    await driver.advance(SECOND);
    expect(nat.size).toBeLessThanOrEqual(most);
    expect(nat.size).toBeGreaterThan(0);
    // Where nobody has answered, those who come make room for themselves; but not one host beyond its share.
    expect(gateway.counters.natRefused > 0).toBe(options.sessionsPerHost !== undefined);
  }
});

test('sessions that were answered keep their ports, whoever comes', async () => {
  const { driver, client, gateway, server } = network({ firstPort: 61_000, lastPort: 61_003 });
  await driver.run(async () => {
    const there = socket(server, AF_INET, SOCK_DGRAM);
    await there.bind(['', 53]);
    const all = Array.from({ length: 5 }, () => socket(client, AF_INET, SOCK_DGRAM));
    const seen: number[] = [];
    const ask = async (sck: (typeof all)[0]): Promise<void> => {
      await sck.sendto(bytes('?'), ['192.0.2.9', 53]);
      const [, from] = await there.recvfrom(9);
      seen.push(from[1]);
      await there.sendto(bytes('!'), from);
      await sck.recv(9);
    };
    for (const sck of all.slice(0, 4)) await ask(sck);
    // As often as there are frames, and then some: none is lost with what is refused.
    for (let i = 0; i < 300; i++) await all[4]!.sendto(bytes('?'), ['192.0.2.9', 53]);
    await driver.sleep(100);
    expect(gateway.counters.natRefused).toBe(300);
    for (const sck of all.slice(0, 4)) await ask(sck);
    expect(new Set(seen.slice(0, 4)).size).toBe(4);
    expect(seen.slice(4)).toEqual(seen.slice(0, 4));
    // When they are over, there is room again.
    await driver.sleep(6 * MINUTE);
    await ask(all[4]!);
    for (const sck of [...all, there]) sck.close();
  });
});

//= RFC 5508 §4.2
test('what an inside host says of a datagram that came to it is told as ours, with what was sent', async () => {
  const { driver, client, server } = network();
  // Every error that the two ends see quotes a datagram whose checksum is right.
  const quoted: string[] = [];
  for (const host of [client, server])
    host.tap((iface, { view, start, length }, _now, direction) => {
      const ip = start + 14;
      if (
        direction === 'out' ||
        iface.isLoopback ||
        view.getUint16(start + 12) !== 0x800 ||
        view.getUint8(ip + 9) !== 1
      )
        return;
      const inner = ip + 20 + 8;
      const octets = start + length - inner - 20;
      expect(verifies(sum(view, inner, 20))).toBe(true);
      const pseudo = pseudoHeader4(view.getInt32(inner + 12), view.getInt32(inner + 16), 17, octets);
      expect(verifies(sum(view, inner + 20, octets, pseudo))).toBe(true);
      quoted.push(
        [host.name, ...[ip + 12, inner + 12, inner + 16].map((at) => formatIpv4(view.getInt32(at)))].join(' '),
      );
    });
  await driver.run(async () => {
    const there = socket(server, AF_INET, SOCK_DGRAM);
    await there.bind(['', 53]);
    const here = socket(client, AF_INET, SOCK_DGRAM);
    await here.sendto(bytes('?'), ['192.0.2.9', 53]);
    const [, from] = await there.recvfrom(9);
    here.close();
    await there.connect(from);
    await there.send(bytes('!'));
    expect(await codeOf(there.recv(9))).toBe('ECONNREFUSED');
    const again = socket(client, AF_INET, SOCK_DGRAM);
    await again.connect(['192.0.2.9', 99]);
    await again.send(bytes('anybody?'));
    expect(await codeOf(again.recv(9))).toBe('ECONNREFUSED');
    for (const sck of [there, again]) sck.close();
  });
  // Who says so, and whose datagram to whom it is about.
  expect(quoted).toEqual(['server 192.0.2.1 192.0.2.9 192.0.2.1', 'client 192.0.2.9 10.0.0.2 192.0.2.9']);
});

test('nobody answers for the next hop outside: who sent it inside is told', async () => {
  const { driver, client } = network();
  await driver.run(async () => {
    const here = socket(client, AF_INET, SOCK_DGRAM);
    await here.connect(['192.0.2.77', 9]);
    await here.send(bytes('anybody?'));
    expect(await codeOf(here.recv(9))).toBe('EHOSTUNREACH');
    here.close();
  });
});

//= RFC 4787 §4.3
test('UDP: what comes from outside keeps nothing open; what goes out does', async () => {
  const { driver, client, server, nat } = network();
  await driver.run(async () => {
    const there = socket(server, AF_INET, SOCK_DGRAM);
    await there.bind(['', 53]);
    const here = socket(client, AF_INET, SOCK_DGRAM);
    await here.sendto(bytes('?'), ['192.0.2.9', 53]);
    const [, from] = await there.recvfrom(9);
    await driver.sleep(4 * MINUTE);
    await here.sendto(bytes('?'), ['192.0.2.9', 53]);
    await driver.sleep(4 * MINUTE);
    await there.sendto(bytes('!'), from);
    expect(Buffer.from(await here.recv(9)).toString()).toBe('!');
    expect(nat.size).toBe(1);
    await driver.sleep(MINUTE + 11 * SECOND);
    expect(nat.size).toBe(0);
    for (const sck of [there, here]) sck.close();
  });
});

//= RFC 5382 §5
test('TCP: what was never answered is forgotten after four minutes, what is open after two hours and four', async () => {
  const { driver, client, server, nat } = network();
  await driver.run(async () => {
    const nobody = socket(client, AF_INET, SOCK_STREAM, { synTimeout: 1_000 });
    expect(await codeOf(nobody.connect(['192.0.2.77', 80]))).not.toBe('nothing');
    const listener = socket(server, AF_INET, SOCK_STREAM);
    await listener.bind(['', 80]);
    await listener.listen();
    const one = socket(client, AF_INET, SOCK_STREAM);
    await one.connect(['192.0.2.9', 80]);
    const [other] = await listener.accept();
    expect(nat.size).toBe(2);
    await driver.sleep(3 * MINUTE);
    expect(nat.size).toBe(2);
    await driver.sleep(MINUTE + 12 * SECOND);
    expect(nat.size).toBe(1);
    await driver.sleep(119 * MINUTE);
    expect(nat.size).toBe(1);
    await driver.sleep(2 * MINUTE);
    expect(nat.size).toBe(0);
    for (const sck of [nobody, one, other, listener]) sck.close();
  });
});

test('TCP that was reset, and echoes, are forgotten sooner', async () => {
  const { driver, client, server, nat } = network();
  await driver.run(async () => {
    const listener = socket(server, AF_INET, SOCK_STREAM);
    await listener.bind(['', 80]);
    await listener.listen();
    const one = socket(client, AF_INET, SOCK_STREAM);
    await one.connect(['192.0.2.9', 80]);
    const [other] = await listener.accept();
    other.setsockopt(SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 0 });
    other.close();
    const echo = client.echoes.open(parseIpv4('192.0.2.9'), () => {});
    echo.send(1, 8);
    await driver.sleep(50 * SECOND);
    expect(nat.size).toBe(2);
    await driver.sleep(21 * SECOND);
    expect(nat.size).toBe(1);
    await driver.sleep(3 * MINUTE);
    expect(nat.size).toBe(0);
    echo.close();
    for (const sck of [one, listener]) sck.close();
  });
});

//= RFC 7857 §2
test('TCP: nothing but a SYN begins a session: what goes on with one that is forgotten is refused', async () => {
  const { driver, client, server, nat, gateway } = network();
  await driver.run(async () => {
    const listener = socket(server, AF_INET, SOCK_STREAM);
    await listener.bind(['', 80]);
    await listener.listen();
    const one = socket(client, AF_INET, SOCK_STREAM);
    await one.connect(['192.0.2.9', 80]);
    await listener.accept();
    await driver.sleep(125 * MINUTE);
    expect(nat.size).toBe(0);
    const before = gateway.counters.natRefused;
    await one.sendall(bytes('still there?'));
    await driver.sleep(SECOND);
    expect(gateway.counters.natRefused).toBeGreaterThan(before);
    expect(nat.size).toBe(0);
    one.setsockopt(SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 0 });
    one.close();
    listener.close();
  });
});

test('a session that ends takes nothing of the others of its host: their count, their port', async () => {
  const { driver, client, server, nat, gateway } = network({ sessionsPerHost: 3 });
  await driver.run(async () => {
    const there = [53, 54, 55].map(() => socket(server, AF_INET, SOCK_DGRAM));
    for (const [i, sck] of there.entries()) await sck.bind(['', 53 + i]);
    const here = socket(client, AF_INET, SOCK_DGRAM);
    const ask = (port: number) => here.sendto(bytes('?'), ['192.0.2.9', port]);
    await ask(53);
    const [, from] = await there[0]!.recvfrom(9);
    await driver.sleep(4 * MINUTE);
    await ask(54);
    await ask(55);
    await driver.sleep(2 * MINUTE);
    expect(nat.size).toBe(2);
    // There is room for one, from the same port, and for no more.
    await ask(53);
    expect((await there[0]!.recvfrom(9))[1]).toEqual(from);
    expect((await there[2]!.recvfrom(9))[1]).toEqual(from);
    await ask(56);
    await driver.sleep(SECOND);
    expect([nat.size, gateway.counters.natRefused]).toEqual([3, 1]);
    for (const sck of [...there, here]) sck.close();
  });
});

test('wrong use', () => {
  const { gateway } = network();
  const outside = gateway.interfaces[2]!;
  expect(() => gateway.forwarding!.translate(outside, { sessions: 0 })).toThrow('nat.sessions is a whole number');
  expect(() => gateway.forwarding!.translate(outside, { firstPort: 9, lastPort: 8 })).toThrow('9 > 8');
  const six = gateway.plug(pipe()[0]!, { address: 'fd00::1/64' });
  expect(() => gateway.forwarding!.translate(six)).toThrow('has no IPv4 address');
});
