/** A router between two networks that mean harm, one of them behind a translation: nothing is thrown, no limit is passed, no frame is lost for good, and honest ones still get through. What harms a host: hostile-network.test.ts. */
import { expect, test } from 'vitest';
import { below, seeded } from '../../src/core/random.ts';
import { MINUTE } from '../../src/core/time.ts';
import { Host, pipe } from '../../src/speak/index.ts';
import { type Frame, FramePool } from '../../src/wire/frame.ts';
import * as icmp from '../../src/wire/icmp.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import * as ipv6 from '../../src/wire/ipv6.ts';
import * as tcp from '../../src/wire/tcp.ts';
import * as udp from '../../src/wire/udp.ts';
import { virtualDriver } from '../network.ts';
import { packetOctets } from './network-attacker.ts';

const OFFLOAD = { medium: 'ip', mtu: 1_500, gsoMax: 65_535, checksumOffload: true } as const;
const CHECKSUMS = ['complete', 'partial', 'verified'] as const;

const written = (size: number, write: (view: DataView) => void): Uint8Array => {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
};
const segment = written(3_000, (view) => tcp.emit(view, 0, 1_000, 80, 1, 0, tcp.SYN, 1_000, 0, 0));
const datagram = (from: number, to: number, length: number): Uint8Array =>
  written(udp.HEADER + length, (view) => udp.emit(view, 0, from, to, length));
const echo = written(64, (view) => icmp.emit(view, 0, icmp.ECHO_REQUEST, 0, 0x0007_0001));

for (const offload of [true, false])
  test(`packets of all kinds from both sides, ${offload ? 'in pieces for the link to cut' : 'each for a wire'}`, async () => {
    const driver = virtualDriver();
    const link = offload ? OFFLOAD : ({ medium: 'ip' } as const);
    const [inside, a] = pipe(link);
    const [outside, b] = pipe({ ...OFFLOAD, mtu: 1_300 });
    const [plain, c] = pipe({ medium: 'ip', mtu: 1_300 });
    const router = new Host({ driver, forwarding: true, frames: 64, largeFrames: 8 });
    router.plug(a, { address: ['10.0.0.1/24', 'fd01::1/64'] });
    const way = router.plug(b, { address: ['192.0.2.1/24', 'fd02::1/64'] });
    router.plug(c, { address: ['10.0.3.1/24', 'fd03::1/64'] });
    const nat = router.forwarding!.translate(way, { sessions: 500, sessionsPerHost: 200 });
    const pool = new FramePool(4_096, 4_000);
    const ports = [inside, outside, plain];
    /** What came out; given back. */
    const drain = async (): Promise<Uint8Array[]> => {
      driver.wake();
      await driver.advance(1_000);
      const all: Uint8Array[] = [];
      for (const port of ports)
        for (let frame = port.receive(driver.now); frame !== undefined; frame = port.receive(driver.now)) {
          // Nothing longer than its link takes.
          expect(frame.length).toBeLessThanOrEqual(frame.segmentSize > 0 ? port.gsoMax : port.mtu);
          if (frame.segmentSize > 0) expect(frame.segmentSize).toBeLessThanOrEqual(port.mtu);
          all.push(frame.bytes.slice(frame.start, frame.start + frame.length));
          frame.pool.release(frame);
        }
      return all;
    };
    const put = (port: typeof inside, octets: Uint8Array, change: (frame: Frame) => void = () => {}): void => {
      const frame = pool.take()!;
      frame.start = 32;
      frame.bytes.set(octets, frame.start);
      frame.length = octets.length;
      change(frame);
      port.send(frame, driver.now);
    };
    const honest = async (): Promise<number> => {
      put(
        inside,
        packetOctets({
          from: '10.0.0.200',
          to: '192.0.2.9',
          protocol: ipv4.UDP,
          payload: datagram(7, 53, 50),
          checksumAt: 6,
        }),
      );
      return (await drain()).filter(({ length }) => length === 78).length;
    };
    const random = seeded(17);
    const error = (quoted: Uint8Array, type: number): Uint8Array => {
      const all = new Uint8Array(icmp.HEADER + quoted.length);
      icmp.emit(new DataView(all.buffer), 0, type, below(random, 16), below(random, 2) * 600);
      all.set(quoted, icmp.HEADER);
      return all;
    };
    const seeds = (): readonly [typeof inside, Uint8Array] => {
      const host = `10.0.0.${1 + below(random, 4)}`;
      const far = below(random, 3) === 0 ? '192.0.2.1' : `192.0.2.${2 + below(random, 200)}`;
      const port = 61_000 + below(random, 600);
      const quoted = packetOctets({ from: '192.0.2.1', to: far, protocol: ipv4.UDP, payload: datagram(port, 53, 20) });
      const to4 = { from: host, to: far };
      const to6 = { from: 'fd01::9', to: below(random, 2) ? 'fd03::9' : 'fd02::9' };
      switch (below(random, 8)) {
        case 0:
          return [
            inside,
            packetOctets({
              ...to4,
              protocol: ipv4.TCP,
              payload: segment.subarray(0, 20 + below(random, 2_500)),
              checksumAt: 16,
              fragment: below(random, 2) * ipv4.DONT_FRAGMENT,
            }),
          ];
        case 1:
          return [
            inside,
            packetOctets({
              ...to4,
              protocol: ipv4.UDP,
              payload: datagram(below(random, 65_536), below(random, 2) ? 53 : port, below(random, 2_500)),
              checksumAt: 6,
            }),
          ];
        case 2:
          return [inside, packetOctets({ ...to4, protocol: ipv4.ICMP, payload: echo, checksumAt: 2 })];
        case 3:
          return [
            inside,
            packetOctets({
              ...to6,
              protocol: ipv6.TCP,
              payload: segment.subarray(0, 20 + below(random, 2_500)),
              checksumAt: 16,
            }),
          ];
        case 4:
          return [
            outside,
            packetOctets({
              from: far,
              to: '192.0.2.1',
              protocol: ipv4.UDP,
              payload: datagram(53, port, 30),
              checksumAt: 6,
            }),
          ];
        case 5:
          return [
            outside,
            packetOctets({
              from: far,
              to: '192.0.2.1',
              protocol: ipv4.ICMP,
              payload: error(quoted, [3, 11, 12][below(random, 3)]!),
              checksumAt: 2,
            }),
          ];
        case 6:
          return [
            inside,
            packetOctets({
              ...to4,
              protocol: ipv4.ICMP,
              payload: error(
                packetOctets({ from: far, to: host, protocol: ipv4.UDP, payload: datagram(53, 9, 20) }),
                3,
              ),
              checksumAt: 2,
            }),
          ];
        default:
          return [
            inside,
            packetOctets({
              from: host,
              to: '10.0.3.9',
              protocol: ipv4.UDP,
              payload: datagram(1, 2, below(random, 2_500)),
              fragment: below(random, 2) * ipv4.MORE_FRAGMENTS,
            }),
          ];
      }
    };
    expect(await honest()).toBe(1);
    for (let i = 0; i < 8_000; i++) {
      const [port, octets] = seeds();
      for (let change = below(random, 3); change > 0 && i % 2; change--)
        octets[below(random, octets.length)] = below(random, 256);
      put(port, i % 7 === 0 ? octets.subarray(0, below(random, octets.length) + 1) : octets, (frame) => {
        if (!offload) return;
        frame.segmentSize = below(random, 4) === 0 ? 1 + below(random, 2_000) : 0;
        frame.checksum = CHECKSUMS[below(random, 3)]!;
      });
      if (i % 100 === 99) {
        await drain();
        expect(nat.size).toBeLessThanOrEqual(500);
      }
    }
    expect(router.counters.ipForwarded).toBeGreaterThan(1_000);
    expect(router.counters.natRefused).toBeGreaterThan(100);
    for (let i = 0; i < 100; i++) expect(await honest()).toBe(1);
    await driver.advance(130 * MINUTE);
    expect(nat.size).toBe(0);
  }, 60_000);
