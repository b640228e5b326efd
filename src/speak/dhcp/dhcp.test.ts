/** The client against a server of the tests' own. Numbers are those of RFC 2131 and 2132, in full: what the client's constants say does not count here. */
import { describe, expect, test } from 'vitest';
import { ACK, type Asked, dhcpNetwork, NAK, OFFER, octets, type Said, usual } from '../../../test/dhcp-server.ts';
import { virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import { formatIpv4, parseIpv4 } from '../../wire/address.ts';
import { AF_INET, SOCK_DGRAM, socket } from '../socket/bsd.ts';
import { Host } from '../stack/host.ts';
import { requestLease } from './index.ts';
import { readMessage } from './message.ts';

const [DISCOVER, REQUEST, DECLINE, RELEASE] = [1, 3, 4, 7];

const silent = (): undefined => undefined;

/** Type, own address, address asked for and server, short: `3 0.0.0.0 10.0.0.50 10.0.0.1`. */
const short = ({ type, own, options }: Asked): string =>
  [type, own, options.get(50)?.join('.') ?? '-', options.get(54)?.join('.') ?? '-'].join(' ');

const times = (heard: readonly Asked[]): number[] => heard.map(({ time }) => Math.round(10 * time) / 10);

//= RFC 2131 §3.1
test('discover, request, try, have: address, prefix, way out and name servers', async () => {
  const { driver, host, iface, client, heard } = dhcpNetwork();
  const lease = await driver.run(() => client.leased());
  expect([lease.address, lease.gateway, lease.server, ...lease.nameServers]).toEqual([
    '10.0.0.50',
    '10.0.0.1',
    '10.0.0.1',
    '10.0.0.1',
  ]);
  expect([lease.prefix, lease.until]).toEqual([24, 600 * SECOND]);
  expect(heard.map(short)).toEqual([`${DISCOVER} 0.0.0.0 - -`, `${REQUEST} 0.0.0.0 10.0.0.50 10.0.0.1`]);
  // One exchange, of one transaction; answers go to everybody, for there is no address yet.
  expect(heard[1]!.transaction).toBe(heard[0]!.transaction);
  for (const { broadcast, mac, seconds, options } of heard) {
    expect([broadcast, mac, seconds]).toEqual([true, [2, 0, 0, 0, 0, 9], 0]);
    expect(options.get(61)).toEqual([1, 2, 0, 0, 0, 0, 9]);
    expect(options.get(55)).toEqual([1, 3, 6, 51, 58, 59]);
  }
  expect(host.isLocal(parseIpv4('10.0.0.50'))).toBe(true);
  expect(host.route(parseIpv4('192.0.2.1'))).toBe(iface);
  expect(formatIpv4(iface.nextHop(parseIpv4('192.0.2.1')) as number)).toBe('10.0.0.1');
  expect([client.phase, client.waiting(), await client.leased()]).toEqual(['bound', undefined, lease]);
});

describe('when nobody answers', () => {
  //= RFC 2131 §4.1: four seconds, then twice as long each time, up to 64, and up to a second more or less
  test('a discovery is said again, ever later; it says how long it has been asked', async () => {
    const { driver, client, heard } = dhcpNetwork(silent);
    await driver.advance(350 * SECOND);
    client.stop();
    const at = heard.map(({ time }) => time);
    const waits = at.slice(1).map((time, i) => time - at[i]!);
    expect(waits.length).toBe(8);
    for (const [i, wait] of waits.entries()) {
      const meant = [4, 8, 16, 32, 64, 64, 64, 64][i]!;
      expect(wait).toBeGreaterThan(meant - 1);
      expect(wait).toBeLessThan(meant + 1);
    }
    // By chance, and by another each time.
    expect(new Set(waits.map((wait) => (wait % 1).toFixed(4))).size).toBe(8);
    for (const { time, seconds } of heard) expect(seconds).toBe(Math.floor(time));
    expect(new Set(heard.map(({ transaction }) => transaction)).size).toBe(1);
  });

  test('a request is said four times, then it begins anew, in another transaction', async () => {
    const { driver, client, heard } = dhcpNetwork(({ type }) => (type === DISCOVER ? { type: OFFER } : undefined));
    await driver.advance(130 * SECOND);
    client.stop();
    const types = heard.map(({ type }) => type);
    expect(types.slice(0, 7)).toEqual([1, 3, 3, 3, 3, 1, 3]);
    expect(heard[5]!.transaction).not.toBe(heard[4]!.transaction);
    expect(heard[5]!.seconds).toBe(0);
    // 4, 8, 16 and 32 seconds, and the first wait of those that follow.
    for (const [i, meant] of [4, 12, 28, 60].entries())
      expect(Math.abs(heard[i + 2]!.time - meant)).toBeLessThan(i + 1);
    expect(Math.abs(heard[7]!.time - heard[6]!.time - 4)).toBeLessThan(1);
  });

  test('who waits is told in time, and again with the next', async () => {
    const { driver, client } = dhcpNetwork(silent, { timeout: 30_000 });
    expect(client.waiting()).toBe('a DHCP lease on eth0');
    await expect(driver.run(() => client.leased())).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(driver.now).toBe(30 * SECOND);
    let told = '';
    const waits = client.leased().catch((error) => {
      told = error.code;
    });
    await driver.advance(300 * SECOND);
    expect(told).toBe('');
    client.stop();
    await waits;
    expect(told).toBe('EBADF');
  });

  test('who has a lease is not told of a time that is over', async () => {
    const { driver, client } = dhcpNetwork(usual, { timeout: 30_000 });
    await driver.advance(100 * SECOND);
    expect((await client.leased()).until).toBe(600 * SECOND);
  });
});

describe('a lease in time', () => {
  //= RFC 2131 §4.4.5: renewed at half, rebound at seven eighths; half of what is left between, but no less than a minute
  test('renewed at half time from that server, from any at seven eighths, lost at its end, and asked for anew', async () => {
    const heardLater: Asked[] = [];
    const { driver, host, client, heard, changes } = dhcpNetwork((asked) => {
      if (asked.time > 10 && asked.time < 601) {
        heardLater.push(asked);
        return undefined;
      }
      return usual(asked);
    });
    await driver.advance(524 * SECOND);
    expect([client.phase, client.lease!.until]).toEqual(['renewing', 600 * SECOND]);
    await driver.advance(70 * SECOND);
    expect([client.phase, host.isLocal(parseIpv4('10.0.0.50'))]).toEqual(['rebinding', true]);
    expect(times(heardLater)).toEqual([300, 412.5, 472.5, 525, 585]);
    expect(new Set(heardLater.map(({ transaction }) => transaction)).size).toBe(5);
    for (const asked of heardLater) {
      expect(short(asked)).toBe(`${REQUEST} 10.0.0.50 - -`);
      expect([asked.broadcast, asked.seconds]).toEqual([false, 0]);
    }
    await driver.advance(5 * SECOND);
    expect(changes.length).toBe(1);
    await driver.advance(2 * SECOND);
    // Its end, and a discovery.
    expect([client.phase, client.lease, host.isLocal(parseIpv4('10.0.0.50'))]).toEqual(['selecting', undefined, false]);
    expect(short(heard.at(-1)!)).toBe(`${DISCOVER} 0.0.0.0 - -`);
    await driver.advance(20 * SECOND);
    expect(client.phase).toBe('bound');
    expect(changes.map((each) => each !== undefined)).toEqual([true, false, true]);
  });

  test('a renewal goes to that server alone, a rebinding to everybody', async () => {
    const { driver, client, server, heard } = dhcpNetwork((asked) => (asked.time > 10 ? undefined : usual(asked)));
    await driver.run(() => client.leased());
    const to: string[] = [];
    server.tap((_, frame, now, direction) => {
      const ip = frame.start + 14;
      if (direction === 'in' && frame.view.getUint16(ip - 2) === 0x0800)
        to.push(`${now / SECOND} ${formatIpv4(frame.view.getInt32(ip + 16))}`);
    });
    await driver.advance(590 * SECOND);
    client.stop();
    expect(heard.length).toBe(7);
    expect(to.slice(0, 5)).toEqual([
      '300 10.0.0.1',
      '412.5 10.0.0.1',
      '472.5 10.0.0.1',
      '525 255.255.255.255',
      '585 255.255.255.255',
    ]);
  });

  test('what the server says of the times counts where it is sooner; granted again, it is as long again', async () => {
    const when = { 58: octets(100), 59: octets(200) };
    const { driver, client, heard, changes } = dhcpNetwork((asked) =>
      asked.time > 150 ? undefined : { ...usual(asked)!, options: when },
    );
    await driver.run(() => client.leased());
    await driver.advance(110 * SECOND);
    expect([client.phase, client.lease!.until / SECOND]).toEqual(['bound', 700]);
    expect(changes.map((each) => each!.until / SECOND)).toEqual([600, 700]);
    await driver.advance(290 * SECOND);
    expect(times(heard.slice(2))).toEqual([100, 200, 260, 300, 500].slice(0, heard.length - 2));
    const late = dhcpNetwork((asked) => ({ ...usual(asked)!, options: { 58: octets(590), 59: octets(599) } }));
    await late.driver.advance(310 * SECOND);
    expect(times(late.heard.slice(2))).toEqual([300]);
    late.client.stop();
    client.stop();
  });

  test('the shortest is renewed after half a minute; one for ever never', async () => {
    const options = { 51: octets(60), 58: octets(1) };
    const short = dhcpNetwork((asked) => ({ ...usual(asked)!, options }), { probe: false });
    await short.driver.advance(70 * SECOND);
    expect(times(short.heard.slice(2))).toEqual([30, 60]);
    short.client.stop();
    const long = dhcpNetwork((asked) => ({ ...usual(asked)!, options: { 51: octets(-1) } }));
    await long.driver.advance(1e9 * SECOND);
    expect([long.heard.length, long.client.phase, long.client.lease!.until]).toEqual([2, 'bound', Infinity]);
    const almost = dhcpNetwork((asked) => ({ ...usual(asked)!, options: { 51: octets(-2) } }));
    await almost.driver.run(() => almost.client.leased());
    expect(almost.client.lease!.until).toBe(0xffff_fffe * SECOND);
  });

  test('the interface is told and the network asked only of what has changed', async () => {
    const { driver, client, server, iface } = dhcpNetwork();
    let announcements = 0;
    server.tap((_, frame, _now, direction) => {
      const arp = frame.start + 14;
      const isArp = direction === 'in' && frame.view.getUint16(arp - 2) === 0x0806;
      if (isArp && frame.view.getInt32(arp + 14) === frame.view.getInt32(arp + 24)) announcements++;
    });
    await driver.advance(20 * SECOND);
    expect([iface.address, iface.prefix]).toEqual([parseIpv4('10.0.0.50'), 24]);
    const first = announcements;
    expect(first).toBeGreaterThan(0);
    await driver.advance(1_000 * SECOND);
    expect([client.lease!.until / SECOND, announcements]).toEqual([1_500, first]);
    client.stop();
  });

  test.each([
    ['prefix', { 1: [255, 255, 0, 0] }],
    ['way out', { 3: octets('10.0.0.7') }],
  ])('another %s at its renewal is taken', async (_, options) => {
    const { driver, client, iface } = dhcpNetwork((asked) => ({
      ...usual(asked)!,
      ...(asked.time > 10 && { options }),
    }));
    await driver.advance(20 * SECOND);
    expect([iface.prefix, formatIpv4(iface.gateway!)]).toEqual([24, '10.0.0.1']);
    await driver.advance(300 * SECOND);
    expect([iface.prefix, formatIpv4(iface.gateway!)]).not.toEqual([24, '10.0.0.1']);
    client.stop();
  });
});

describe('an address that is not to be had', () => {
  //= RFC 2131 §3.1 (5)
  test('one that somebody has is declined, and asked for anew ten seconds later', async () => {
    const { driver, server, client, heard } = dhcpNetwork();
    server.interfaces[1]!.configure({ address: parseIpv4('10.0.0.50'), length: 24 });
    await driver.advance(20 * SECOND);
    const declined = heard.findIndex(({ type }) => type === DECLINE);
    expect(short(heard[declined]!)).toBe(`${DECLINE} 0.0.0.0 10.0.0.50 10.0.0.1`);
    expect(heard[declined]!.options.has(55)).toBe(false);
    expect(client.lease).toBeUndefined();
    expect(heard[declined + 1]!.type).toBe(DISCOVER);
    expect(heard[declined + 1]!.time - heard[declined]!.time).toBeCloseTo(10, 1);
    client.stop();
  });

  test('with `probe` false it is not tried first', async () => {
    const { driver, client, server } = dhcpNetwork(usual, { probe: false });
    server.interfaces[1]!.configure({ address: parseIpv4('10.0.0.50'), length: 24 });
    await driver.run(() => client.leased());
    expect([client.phase, driver.now < SECOND]).toEqual(['bound', true]);
    const tried = dhcpNetwork();
    await tried.driver.run(() => tried.client.leased());
    expect(tried.driver.now).toBeGreaterThan(SECOND);
  });

  test('one that is stopped while it is tried is not taken', async () => {
    const { driver, client, iface } = dhcpNetwork();
    while (client.phase !== 'probing') await driver.advance(1_000);
    client.stop();
    await driver.advance(20 * SECOND);
    expect([client.phase, iface.address, client.lease]).toEqual(['stopped', 0, undefined]);
  });

  test('a refusal begins anew, of a request as of a renewal', async () => {
    const { driver, client, heard, iface } = dhcpNetwork((asked, count) =>
      asked.type === DISCOVER ? { type: OFFER } : { type: count < 4 || asked.own !== '0.0.0.0' ? NAK : ACK },
    );
    await driver.run(() => client.leased());
    expect(heard.map(({ type }) => type)).toEqual([1, 3, 1, 3]);
    expect(heard[2]!.transaction).not.toBe(heard[1]!.transaction);
    await driver.advance(301 * SECOND - driver.now);
    expect(heard.slice(4).map(short)).toEqual([
      `${REQUEST} 10.0.0.50 - -`,
      `${DISCOVER} 0.0.0.0 - -`,
      `${REQUEST} 0.0.0.0 10.0.0.50 10.0.0.1`,
    ]);
    expect([iface.address, client.lease]).toEqual([0, undefined]);
    client.stop();
  });

  test('who is always refused asks less and less often, and says by whom', async () => {
    const { driver, client, heard, changes } = dhcpNetwork(({ type }) => ({ type: type === DISCOVER ? OFFER : NAK }));
    await expect(driver.run(() => client.leased())).rejects.toThrow('10.0.0.1 refuses what it has offered');
    await driver.advance(290 * SECOND);
    const discoveries = heard.filter(({ type }) => type === DISCOVER).map(({ time }) => time);
    const waits = discoveries.slice(1).map((time, i) => time - discoveries[i]!);
    expect(waits[0]).toBeLessThan(1);
    expect(waits.length).toBe(9);
    for (const [i, wait] of waits.slice(1).entries())
      expect(Math.abs(wait - [4, 8, 16, 32, 64, 64, 64, 64][i]!)).toBeLessThan(1);
    expect(changes).toEqual([]);
    client.stop();
  });

  test.each([
    ['a network of no one', '0.9.9.9', {}],
    ['a loopback', '127.0.0.9', {}],
    ['a group', '224.0.0.9', {}],
    ['an address of no use', '240.0.0.9', {}],
    ['a prefix of everything', '10.0.0.50', { 1: octets(0) }],
    ['a lease that ends at once', '10.0.0.50', { 51: octets(59) }],
    ['no lease', '10.0.0.50', { 51: undefined }],
    ['nobody who offers', '10.0.0.50', { 54: undefined }],
  ])('an offer of %s is not taken', async (_, address, options) => {
    const { driver, client, heard } = dhcpNetwork((asked) => ({ ...usual(asked)!, address, options }));
    await driver.advance(3 * SECOND);
    expect([client.phase, heard.length]).toEqual(['selecting', 1]);
    client.stop();
  });

  test('what was offered and could not be taken is told of', async () => {
    const { driver, client } = dhcpNetwork((asked) => ({ ...usual(asked)!, options: { 51: octets(12) } }));
    await expect(driver.run(() => client.leased())).rejects.toThrow(
      'no server has given an address; 10.0.0.1 offers a lease of 12 s, less than the least that is taken, 60 s',
    );
    client.stop();
  });

  test.each([
    ['1.0.0.9', { 1: [128, 0, 0, 0] }, 1],
    ['126.0.0.9', { 51: octets(60) }, 24],
    ['128.0.0.9', { 1: undefined }, 32],
    ['223.0.0.9', { 1: [255, 0, 255, 0] }, 32],
  ])('%s with these options is', async (address, options, prefix) => {
    const { driver, client } = dhcpNetwork((asked) => ({ ...usual(asked)!, address, options }));
    const lease = await driver.run(() => client.leased());
    expect([lease.address, lease.prefix]).toEqual([address, prefix]);
    client.stop();
  });
});

describe('who is heeded', () => {
  const other: Partial<Record<string, Partial<Said>>> = {
    'of another transaction': { transaction: 12_345 },
    'for another hardware address': { mac: [2, 0, 0, 0, 0, 8] },
    'from another port': { port: 68 },
  };
  test.each(Object.entries(other))('not who answers %s', async (_, change) => {
    const { driver, client, heard } = dhcpNetwork((asked) => ({ ...usual(asked)!, ...change }));
    await driver.advance(3 * SECOND);
    expect([client.phase, heard.length]).toEqual(['selecting', 1]);
    client.stop();
  });

  test('while it discovers, offers only', async () => {
    for (const type of [1, 3, ACK, NAK, 7]) {
      const { driver, client, heard } = dhcpNetwork(() => ({ type }));
      await driver.advance(3 * SECOND);
      expect([client.phase, heard.length, client.lease], `type ${type}`).toEqual(['selecting', 1, undefined]);
      client.stop();
    }
  });

  test.each([
    ['another address', { address: '10.0.0.51' }],
    ['another server', { options: { 54: octets('10.0.0.2') } }],
    ['a lease that ends at once', { options: { 51: octets(1) } }],
    ['another offer', { type: OFFER }],
  ])('after a request, not a grant with %s', async (_, change) => {
    const { driver, client } = dhcpNetwork((asked) =>
      asked.type === DISCOVER ? { type: OFFER } : { type: ACK, ...change },
    );
    await driver.advance(3 * SECOND);
    expect([client.phase, client.lease]).toEqual(['requesting', undefined]);
    client.stop();
  });

  test('at a renewal any server, for the same address only; while it has one, no refusal that it did not ask for', async () => {
    const { driver, client, say } = dhcpNetwork((asked) =>
      asked.time < 10 || asked.type === DISCOVER
        ? usual(asked)
        : asked.time < 301
          ? { type: ACK, address: '10.0.0.51' }
          : { type: ACK, options: { 54: octets('10.0.0.9') } },
    );
    await driver.advance(20 * SECOND);
    say({ type: NAK });
    await driver.advance(SECOND);
    expect(client.phase).toBe('bound');
    await driver.advance(300 * SECOND);
    expect([client.phase, client.lease!.address]).toEqual(['renewing', '10.0.0.50']);
    await driver.advance(100 * SECOND);
    expect([client.phase, client.lease!.server]).toEqual(['bound', '10.0.0.9']);
    client.stop();
  });

  test('a way out is taken that is on the network and not the host itself', async () => {
    const routers = ['192.0.2.1', '10.0.0.50', '10.0.0.3', '10.0.0.1'].flatMap(octets);
    const names = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5'].flatMap(octets);
    const { driver, client, iface } = dhcpNetwork((asked) => ({
      ...usual(asked)!,
      options: { 3: [...routers, 9], 6: names },
    }));
    const lease = await driver.run(() => client.leased());
    expect([lease.gateway, formatIpv4(iface.gateway!)]).toEqual(['10.0.0.3', '10.0.0.3']);
    expect(lease.nameServers).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']);
    const alone = dhcpNetwork((asked) => ({ ...usual(asked)!, options: { 1: octets(-1) } }));
    expect((await alone.driver.run(() => alone.client.leased())).gateway).toBeUndefined();
  });

  test('forged and damaged answers are not heeded', async () => {
    const { driver, client, say } = dhcpNetwork(silent);
    await driver.advance(SECOND);
    for (let seed = 1; seed < 400; seed++) {
      const strewn = Array.from(
        { length: seed % 120 },
        (_, i) => (Math.imul(seed * 7 + i, 2_654_435_761) >>> 24) & 255,
      );
      say({ type: seed & 7, transaction: seed, options: { [seed & 255]: strewn } });
      if (seed % 50 === 0) await driver.advance(1_000);
    }
    await driver.advance(SECOND);
    expect([client.phase, client.lease]).toEqual(['selecting', undefined]);
    client.stop();
  });
});

describe('stopping', () => {
  test('gives the address back, and the interface is without it half a second later', async () => {
    const { driver, client, iface, heard, host, changes } = dhcpNetwork();
    await driver.run(() => client.leased());
    await driver.advance(100 * SECOND);
    client.stop();
    client.stop();
    await driver.advance(SECOND / 4);
    expect(iface.address).toBe(parseIpv4('10.0.0.50'));
    await driver.advance(SECOND / 2);
    expect([iface.address, client.phase, client.lease]).toEqual([0, 'stopped', undefined]);
    expect(changes.map((each) => each !== undefined)).toEqual([true, false]);
    expect(heard.filter(({ type }) => type === RELEASE).map(short)).toEqual([`${RELEASE} 10.0.0.50 - 10.0.0.1`]);
    expect(heard.at(-1)!.options.has(55)).toBe(false);
    const before = heard.length;
    await driver.advance(2_000 * SECOND);
    expect([heard.length, host.waiting()]).toEqual([before, []]);
    // The port is free for the next.
    const again = requestLease(host, iface);
    await driver.run(() => again.leased());
    expect(again.phase).toBe('bound');
  });

  test('while nobody answers, it says nothing more', async () => {
    const { driver, client, heard } = dhcpNetwork(silent);
    await driver.advance(SECOND);
    client.stop();
    await driver.advance(100 * SECOND);
    expect(heard.map(({ type }) => type)).toEqual([DISCOVER]);
  });
});

describe('wrong use', () => {
  test('a loopback, a port that is taken, a time out of range', async () => {
    const { host, iface, client, driver } = dhcpNetwork();
    expect(() => requestLease(host, host.interfaces[0]!)).toThrow('lo is a loopback: it has its address for good');
    expect(() => requestLease(host, iface)).toThrow('DHCP on eth0: EADDRINUSE, port 68 of client is taken');
    client.stop();
    const sck = socket(host, AF_INET, SOCK_DGRAM);
    await driver.run(() => sck.bind(['', 68]));
    expect(() => requestLease(host, iface)).toThrow('EADDRINUSE');
    sck.close();
    for (const timeout of [0, 86_400_001]) expect(() => requestLease(host, iface, { timeout })).toThrow(`${timeout}`);
    for (const timeout of [1, 86_400_000]) requestLease(host, iface, { timeout }).stop();
  });

  test('who waits for a server that is not there is named where a program is stuck', async () => {
    const driver = virtualDriver();
    const host = new Host({ driver, name: 'alone' });
    expect(host.waiting()).toEqual([]);
    const { client, driver: theirs } = dhcpNetwork(silent, { timeout: 86_400_000 });
    await expect(theirs.run(() => client.leased(), 10 * SECOND)).rejects.toThrow('a DHCP lease on eth0');
  });
});

test('octets that are no message', () => {
  const mac = new Uint8Array(6);
  for (let length = 0; length < 400; length += 7)
    expect(readMessage(new Uint8Array(length).fill(length & 255), mac)).toBeUndefined();
});

test('options that come in pieces are put together; one that is cut makes the message none', () => {
  const mac = new Uint8Array(6);
  const message = (...options: number[]): Uint8Array => {
    const bytes = new Uint8Array(240 + options.length);
    new DataView(bytes.buffer).setUint32(0, 0x0201_0600);
    new DataView(bytes.buffer).setUint32(236, 0x6382_5363);
    bytes.set(options, 240);
    return bytes;
  };
  const whole = readMessage(message(0, 53, 1, 5, 54, 2, 10, 0, 0, 54, 2, 0, 1, 0, 58, 3, 1, 2, 3, 255, 59, 9), mac)!;
  expect([whole.type, formatIpv4(whole.server), whole.renewal, whole.rebinding]).toEqual([
    5,
    '10.0.0.1',
    undefined,
    undefined,
  ]);
  expect(readMessage(message(53, 1, 5, 54, 4, 10, 0, 0, 1), mac)).toBeDefined();
  expect(readMessage(message(53, 1, 5, 54, 4, 10, 0, 0), mac)).toBeUndefined();
  expect(readMessage(message(53, 1, 5, 54), mac)).toBeUndefined();
  expect(readMessage(message(53, 2, 5, 5, 54, 4, 10, 0, 0, 1), mac)).toBeUndefined();
  expect(readMessage(message(54, 4, 10, 0, 0, 1), mac)).toBeUndefined();
});
