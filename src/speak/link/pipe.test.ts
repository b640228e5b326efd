import { expect, test } from 'vitest';
import { TcplabError } from '../../core/errors.ts';
import { NEVER } from '../../core/time.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import type { Port } from './link.ts';
import { loopback } from './loopback.ts';
import { pipe } from './pipe.ts';
import { tap } from './tap.ts';

const pool = new FramePool(64, 1_514);

/** A frame with one octet of its own. */
function frame(name: number, length = 60): Frame {
  const made = pool.take()!;
  made.bytes[made.start] = name;
  made.length = length;
  return made;
}

/** Names of all that has arrived by `now`; they are released. */
function arrived(port: Port, now: number): number[] {
  const names: number[] = [];
  for (let next = port.receive(now); next !== undefined; next = port.receive(now)) {
    names.push(next.bytes[next.start]!);
    next.pool.release(next);
  }
  return names;
}

test('what is sent into one end comes out of the other after the delay, in order, and not before', () => {
  const [left, right] = pipe({ delay: 1.5 });
  left.send(frame(1), 100);
  left.send(frame(2), 200);
  expect(right.nextTimeout()).toBe(1_600);
  expect(arrived(right, 1_599)).toEqual([]);
  expect(arrived(right, 1_600)).toEqual([1]);
  expect(arrived(right, 5_000)).toEqual([2]);
  expect(right.nextTimeout()).toBe(NEVER);
  expect(arrived(left, 5_000)).toEqual([]);
  expect(left.sent).toMatchObject({ frames: 2, octets: 120, dropped: 0 });
  expect(pool.free).toBe(pool.size);
});

test('a link never delivers inside send, not even to itself', () => {
  const port = loopback();
  port.send(frame(7), 0);
  expect(port.mtu).toBe(65_535);
  expect(arrived(port, 0)).toEqual([7]);
});

test('its queue is bounded in frames and in octets; what does not fit is dropped, counted and released', () => {
  const [left, right] = pipe({ queueFrames: 3 });
  for (let i = 0; i < 5; i++) left.send(frame(i), 0);
  expect(left.sent.dropped).toBe(2);
  expect(arrived(right, 0)).toEqual([0, 1, 2]);
  const [one, other] = pipe({ queueOctets: 1_000 });
  for (let i = 0; i < 5; i++) one.send(frame(i, 400), 0);
  expect(one.sent.dropped).toBe(3);
  expect(arrived(other, 0)).toEqual([0, 1]);
  expect(pool.free).toBe(pool.size);
});

test('a frame longer than the link carries is dropped and counted', () => {
  const [left, right] = pipe({ mtu: 1_000 });
  left.send(frame(1, 1_014), 0);
  left.send(frame(2, 1_015), 0);
  expect(arrived(right, 0)).toEqual([1]);
  expect(left.sent.oversized).toBe(1);
  const [ip] = pipe({ mtu: 1_000, medium: 'ip' });
  ip.send(frame(3, 1_001), 0);
  expect(ip.sent.oversized).toBe(1);
  expect(pool.free).toBe(pool.size);
});

test('options out of range are refused with what to do', () => {
  expect(() => pipe({ mtu: 20 })).toThrow('mtu is a whole number from 68 to 65535, not 20');
  expect(() => pipe({ delay: -1 })).toThrow(TcplabError);
  expect(() => pipe({ queueFrames: 0 })).toThrow('queueFrames is a whole number from 1');
  expect(() => pipe({ mtu: 1_500, gsoMax: 1_000 })).toThrow(TcplabError);
});

test('a tap shows each frame with its time and direction, and changes nothing', () => {
  const [left, right] = pipe({ delay: 1 });
  const seen: unknown[] = [];
  const tapped = tap(left, (each, now, direction) => seen.push([each.bytes[each.start], now, direction]));
  tapped.send(frame(1), 10);
  expect(arrived(right, 1_010)).toEqual([1]);
  right.send(frame(2), 2_000);
  expect(arrived(tapped, 2_999)).toEqual([]);
  expect(arrived(tapped, 3_000)).toEqual([2]);
  expect(seen).toEqual([
    [1, 10, 'out'],
    [2, 3_000, 'in'],
  ]);
  expect(tapped.mtu).toBe(left.mtu);
  const wake = (): void => {};
  tapped.onArrival = wake;
  expect(left.onArrival).toBe(wake);
});
