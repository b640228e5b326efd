import { expect, test } from 'vitest';
import { virtualDriver } from '../../../test/network.ts';
import { SECOND } from '../../core/time.ts';
import { parseIpv4 } from '../../wire/address.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import { AF_INET, AF_INET6, bytes, SOCK_DGRAM, socket } from '../socket/bsd.ts';
import { Host } from '../stack/host.ts';
import { bridge } from './bridge.ts';

const pool = new FramePool(4_096, 1_600);
const mac = (last: number): Uint8Array => Uint8Array.of(2, 0, 0, 0, last >> 8, last);
const EVERYBODY = new Uint8Array(6).fill(0xff);

function frame(to: Uint8Array, from: Uint8Array, length = 60): Frame {
  const made = pool.take()!;
  ethernet.emit(made.view, made.start, to, from, 0x0800);
  made.length = length;
  return made;
}

/** How many frames wait at each port. */
const waiting = (ports: ReturnType<typeof bridge>, now: number): number[] =>
  ports.map((port) => {
    let count = 0;
    for (let got = port.receive(now); got !== undefined; got = port.receive(now)) {
      count++;
      got.pool.release(got);
    }
    return count;
  });

test('learns who is where, floods what it does not know, and forgets in time', () => {
  const ports = bridge(3, { lifetime: 1_000 });
  const [a, b, c] = ports;
  a!.send(frame(mac(2), mac(1)), 0);
  expect(waiting(ports, 0)).toEqual([0, 1, 1]);
  b!.send(frame(mac(1), mac(2)), 0);
  expect(waiting(ports, 0)).toEqual([1, 0, 0]);
  a!.send(frame(mac(2), mac(1)), 0);
  expect(waiting(ports, 0)).toEqual([0, 1, 0]);
  a!.send(frame(EVERYBODY, mac(1)), 0);
  expect(waiting(ports, 0)).toEqual([0, 1, 1]);
  // To where it came from: it stays.
  c!.send(frame(mac(3), mac(4)), 0);
  waiting(ports, 0);
  c!.send(frame(mac(4), mac(3)), 0);
  expect(waiting(ports, 0)).toEqual([0, 0, 0]);
  // It has moved.
  c!.send(frame(mac(1), mac(2)), 0);
  a!.send(frame(mac(2), mac(1)), 0);
  expect(waiting(ports, 0)).toEqual([1, 0, 1]);
  expect(a!.counters).toMatchObject({ moved: 1, filtered: 1 });
  a!.send(frame(mac(2), mac(1)), 2 * SECOND);
  expect(waiting(ports, 2 * SECOND)).toEqual([0, 1, 1]);
});

test('bounded: addresses, copies, queues, lengths', () => {
  const ports = bridge(3, { addresses: 8, copies: 16, queueFrames: 4 });
  const [a, , c] = ports;
  for (let i = 0; i < 1_000; i++) {
    a!.send(frame(mac(9_999), mac(i)), 0);
    expect(a!.addresses).toBeLessThanOrEqual(8);
  }
  expect(a!.counters).toMatchObject({ flooded: 1_000, forgotten: 992 });
  expect(waiting(ports, 0)).toEqual([0, 4, 4]);
  expect(c!.received.dropped).toBe(996);
  a!.send(frame(EVERYBODY, mac(1), 1_515), 0);
  a!.send(frame(EVERYBODY, mac(1), 13), 0);
  expect([a!.sent.oversized, waiting(ports, 0)]).toEqual([2, [0, 0, 0]]);
  // A group is nobody's address.
  const before = a!.addresses;
  a!.send(frame(mac(1), EVERYBODY), 0);
  expect(a!.addresses).toBe(before);
  expect(() => bridge(1)).toThrow('2 to 1024');
});

test('three hosts on one, by both versions of IP; every frame comes back to its pool', async () => {
  const driver = virtualDriver();
  const ports = bridge(3, { delay: 1 });
  const hosts = ports.map((port, i) => {
    const host = new Host({ driver, frames: 64 });
    host.plug(port, { address: [`10.0.0.${i + 1}/24`, `fd00::${i + 1}/64`] });
    return host;
  });
  await driver.run(async () => {
    for (const [family, prefix] of [
      [AF_INET, '10.0.0.'],
      [AF_INET6, 'fd00::'],
    ] as const)
      for (const [i, from] of hosts.entries())
        for (const [j, to] of hosts.entries()) {
          if (i === j) continue;
          const receiver = socket(to, family, SOCK_DGRAM);
          await receiver.bind([`${prefix}${j + 1}`, 9]);
          const sender = socket(from, family, SOCK_DGRAM);
          await sender.sendto(bytes(`${i}`), [`${prefix}${j + 1}`, 9]);
          expect((await receiver.recvfrom(9))[1][0]).toBe(`${prefix}${i + 1}`);
          receiver.close();
          sender.close();
        }
  });
  await driver.settle();
  expect(hosts[2]!.counters.etherNotForUs).toBe(0);
  expect(ports[0]!.addresses).toBe(3);
  expect(hosts[0]!.interfaces[1]!.neighbours!.hardwareOf(parseIpv4('10.0.0.2'))).toEqual(
    Uint8Array.of(2, 0, 10, 0, 0, 2),
  );
});
