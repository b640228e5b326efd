import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import { formatIpv4, parseIpv4 } from '../../wire/address.ts';
import { pipe } from '../link/pipe.ts';
import { type Datagram, DatagramQueue } from '../stack/datagrams.ts';
import { Host } from '../stack/host.ts';
import { type DhcpOptions, type Lease, requestLease } from './index.ts';
import { ACK, DECLINE, DISCOVER, NAK, OFFER, RELEASE, REQUEST, readMessage } from './message.ts';

const quad = (address: number): number[] => [
  address >>> 24,
  (address >>> 16) & 255,
  (address >>> 8) & 255,
  address & 255,
];

/** What a client asked, read by another hand than the one that wrote it. */
function asked(bytes: Uint8Array) {
  const options = new Map<number, number[]>();
  for (let at = 240; bytes[at] !== 255; at += 2 + bytes[at + 1]!)
    options.set(bytes[at]!, [...bytes.subarray(at + 2, at + 2 + bytes[at + 1]!)]);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  expect([view.getUint32(0), view.getUint32(236), bytes.length >= 300]).toEqual([0x0101_0600, 0x6382_5363, true]);
  const dotted = (octets: number[] | undefined): string | undefined => octets?.join('.');
  return {
    type: options.get(53)![0]!,
    transaction: view.getInt32(4),
    own: formatIpv4(view.getInt32(12)),
    mac: [...bytes.subarray(28, 34)],
    requested: dotted(options.get(50)),
    server: dotted(options.get(54)),
    broadcast: view.getUint16(10) === 0x8000,
  };
}

interface ServerOptions {
  lease?: number;
  address?: string;
  /** What it answers to a message of that type; undefined for silence. */
  answer?: (type: number, count: number) => number | undefined;
}

/** A client on a cable with a server of the test's, 10.0.0.1. */
function network({ lease = 600, address = '10.0.0.50', answer }: ServerOptions = {}, options: DhcpOptions = {}) {
  const driver = virtualDriver();
  const [left, right] = pipe();
  const host = new Host({ driver, name: 'client', frames: 64 });
  const iface = host.plug(left, { address: '0.0.0.0/0', mac: Uint8Array.of(2, 0, 0, 0, 0, 9) });
  const server = new Host({ driver, name: 'server', frames: 64 });
  const theirs = server.plug(right, { address: '10.0.0.1/24' });
  const queue = new DatagramQueue(0, 67, { receiveBuffer: 65_536, receiveDatagrams: 64 });
  server.udp.ports.bind(queue);
  const log: string[] = [];
  const says: Record<number, number> = { [DISCOVER]: OFFER, [REQUEST]: ACK };
  const send = (
    type: number,
    transaction: number,
    mac: number[],
    to: number,
    change: Uint8Array = new Uint8Array(),
  ): void => {
    const bytes = new Uint8Array(300);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0x0201_0600);
    view.setInt32(4, transaction);
    view.setInt32(16, parseIpv4(address));
    bytes.set(mac, 28);
    view.setUint32(236, 0x6382_5363);
    const seconds = [lease >>> 24, (lease >>> 16) & 255, (lease >>> 8) & 255, lease & 255];
    const own = quad(parseIpv4('10.0.0.1'));
    bytes.set(
      [53, 1, type, 54, 4, ...own, 51, 4, ...seconds, 1, 4, 255, 255, 255, 0, 3, 4, ...own, 6, 4, ...own, 255],
      240,
    );
    bytes.set(change);
    server.udp.send(theirs, parseIpv4('10.0.0.1'), 67, to, 68, bytes, driver.now);
  };
  let count = 0;
  queue.onArrival = () => {
    for (let got: Datagram | undefined = queue.take(); got !== undefined; got = queue.take()) {
      const { type, transaction, own, requested, server: chosen, mac, broadcast } = asked(got.bytes);
      log.push(`${Math.round(driver.now / SECOND)} ${type} ${own} ${requested ?? '-'} ${chosen ?? '-'}`);
      const reply = answer === undefined ? says[type] : answer(type, ++count);
      if (reply !== undefined) send(reply, transaction, mac, broadcast ? -1 : parseIpv4(own));
    }
  };
  const changes: (Lease | undefined)[] = [];
  const client = requestLease(host, iface, { onChange: (each) => changes.push(each), ...options });
  return { driver, host, iface, server, client, log, changes, send };
}

//= RFC 2131 §3.1
test('discover, request, try, have: address, prefix, way out and name servers', async () => {
  const { driver, host, iface, client, log } = network();
  const lease = await driver.run(() => client.leased());
  expect([lease.address, lease.gateway, ...lease.nameServers].map((each) => formatIpv4(each!))).toEqual([
    '10.0.0.50',
    '10.0.0.1',
    '10.0.0.1',
  ]);
  expect([lease.prefix, lease.until]).toEqual([24, 600 * SECOND]);
  expect(log).toEqual([`0 ${DISCOVER} 0.0.0.0 - -`, `0 ${REQUEST} 0.0.0.0 10.0.0.50 10.0.0.1`]);
  expect(host.isLocal(parseIpv4('10.0.0.50'))).toBe(true);
  expect(host.route(parseIpv4('192.0.2.1'))).toBe(iface);
  expect(formatIpv4(iface.nextHop(parseIpv4('192.0.2.1')) as number)).toBe('10.0.0.1');
});

test('renewed at half time, from that server; lost when nobody answers, and asked for anew', async () => {
  let silent = false;
  const { driver, host, client, log, changes } = network({
    answer: (type) => (silent ? undefined : { [DISCOVER]: OFFER, [REQUEST]: ACK }[type]),
  });
  await driver.run(() => client.leased());
  await driver.advance(310 * SECOND);
  expect(log.at(-1)).toBe(`300 ${REQUEST} 10.0.0.50 - -`);
  expect(client.lease!.until).toBe(900 * SECOND);
  silent = true;
  await driver.advance(500 * SECOND);
  expect(client.phase).toBe('renewing');
  await driver.advance(60 * SECOND);
  expect(client.phase).toBe('rebinding');
  expect(host.isLocal(parseIpv4('10.0.0.50'))).toBe(true);
  await driver.advance(60 * SECOND);
  expect([client.phase, client.lease, host.isLocal(parseIpv4('10.0.0.50'))]).toEqual(['selecting', undefined, false]);
  silent = false;
  await driver.advance(100 * SECOND);
  expect(client.phase).toBe('bound');
  expect(changes.map((each) => each !== undefined)).toEqual([true, true, false, true]);
});

test('an address that somebody has is declined; a refusal begins anew; one that is stopped gives the address back', async () => {
  const taken = network();
  taken.server.interfaces[1]!.configure({ address: parseIpv4('10.0.0.50'), length: 24 });
  await taken.driver.advance(5 * SECOND);
  expect(taken.log.some((line) => line.includes(` ${DECLINE} 0.0.0.0 10.0.0.50`))).toBe(true);
  expect(taken.client.lease).toBeUndefined();
  const refused = network({ answer: (type, count) => (type === DISCOVER ? OFFER : count < 4 ? NAK : ACK) });
  await refused.driver.run(() => refused.client.leased());
  expect(refused.log.map((line) => line.split(' ')[1])).toEqual(['1', '3', '1', '3']);
  refused.client.stop();
  await refused.driver.advance(SECOND);
  expect(refused.log.at(-1)).toContain(` ${RELEASE} 10.0.0.50 - 10.0.0.1`);
  expect([refused.iface.address, refused.client.phase]).toEqual([0, 'stopped']);
});

test('who waits is told when there is no server, and the client asks ever more slowly', async () => {
  const { driver, client, log } = network({ answer: () => undefined }, { timeout: 30_000 });
  await expect(driver.run(() => client.leased())).rejects.toThrow('ETIMEDOUT');
  await driver.advance(600 * SECOND);
  expect(log.length).toBeGreaterThan(8);
  expect(log.length).toBeLessThan(20);
  client.stop();
});

test('forged and damaged answers are not heeded', async () => {
  const { driver, client, send, iface } = network({ answer: () => undefined });
  await driver.advance(SECOND);
  const mac = [...iface.mac];
  send(OFFER, 12_345, mac, -1);
  send(ACK, 12_345, mac, -1);
  for (let seed = 1; seed < 400; seed++) {
    const strewn = Uint8Array.from({ length: 300 }, (_, i) => (Math.imul(seed * 7 + i, 2_654_435_761) >>> 24) & 255);
    send(OFFER, seed, mac, -1, strewn.subarray(0, seed % 300));
    if (seed % 50 === 0) await driver.advance(1_000);
  }
  await driver.advance(SECOND);
  expect([client.phase, client.lease]).toEqual(['selecting', undefined]);
  client.stop();
});

test('octets that are no message', () => {
  const mac = new Uint8Array(6);
  for (let length = 0; length < 400; length += 7)
    expect(readMessage(new Uint8Array(length).fill(length & 255), mac)).toBeUndefined();
});
