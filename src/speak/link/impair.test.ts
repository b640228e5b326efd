import { expect, test } from 'vitest';
import { seeded } from '../../core/random.ts';
import { finish, pseudoHeader4, sum, verifies } from '../../wire/checksum.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import { type ImpairOptions, impair } from './impair.ts';
import { pipe } from './pipe.ts';

const pool = new FramePool(2_048, 1_514);
const MAC = new Uint8Array(6);

/** A TCP segment with `payload` octets, numbered by its identification. */
function segment(id: number, payload = 100): Frame {
  const frame = pool.take()!;
  const { view } = frame;
  const length = tcp.HEADER + payload;
  const ip = ethernet.emit(view, frame.start, MAC, MAC, ethernet.TYPE_IPV4);
  const at = ipv4.emit(view, ip, 1, 2, ipv4.TCP, length, id, 0, 64);
  const dataAt = tcp.emit(view, at, 1, 2, 3, 4, tcp.ACK, 5, 0, 0);
  for (let i = 0; i < payload; i++) view.setUint8(dataAt + i, i * 7);
  view.setUint16(at + 16, finish(sum(view, at, length, pseudoHeader4(1, 2, ipv4.TCP, length))));
  frame.length = dataAt + payload - frame.start;
  return frame;
}

/** Whether both checksums of a segment are right. */
function isIntact(frame: Frame): boolean {
  const { view, start } = frame;
  const ip = start + ethernet.HEADER;
  const end = start + frame.length;
  if (!verifies(sum(view, ip, ipv4.HEADER))) return false;
  const at = ip + ipv4.HEADER;
  const pseudo = pseudoHeader4(ipv4.source(view, ip), ipv4.destination(view, ip), ipv4.protocol(view, ip), end - at);
  return verifies(sum(view, at, end - at, pseudo));
}

interface Arrival {
  id: number;
  time: number;
  intact: boolean;
}

/** Sends `count` segments, one a millisecond, and says what arrives when. */
function run(count: number, options: Omit<ImpairOptions, 'random'>, seed = 1, way: 'out' | 'in' = 'out'): Arrival[] {
  const [left, right] = pipe();
  const bad = impair(left, { random: seeded(seed), ...options });
  const [from, to] = way === 'out' ? [bad, right] : [right, bad];
  const arrivals: Arrival[] = [];
  const take = (now: number): void => {
    // A port that holds frames back is asked when it says so.
    if (to !== bad) bad.receive(now);
    for (let frame = to.receive(now); frame !== undefined; frame = to.receive(now)) {
      arrivals.push({
        id: ipv4.identification(frame.view, frame.start + ethernet.HEADER),
        time: now,
        intact: isIntact(frame),
      });
      frame.pool.release(frame);
    }
  };
  const events = Array.from({ length: count }, (_, i) => i * 1_000);
  for (const [i, time] of events.entries()) {
    for (let next = bad.nextTimeout(); next < time; next = bad.nextTimeout()) take(next);
    from.send(segment(i), time);
    take(time);
  }
  for (let next = bad.nextTimeout(); next !== Number.POSITIVE_INFINITY; next = bad.nextTimeout()) take(next);
  expect(pool.free).toBe(pool.size);
  return arrivals;
}

test.each(['out', 'in'] as const)('loses, doubles and damages the share of frames it is asked to (%s)', (way) => {
  const what = { loss: 0.1, duplicate: 0.2, corrupt: 0.3 };
  const arrivals = run(10_000, { [way]: what }, 1, way);
  const unlike = new Set(arrivals.map(({ id }) => id)).size;
  const damaged = arrivals.filter(({ intact }) => !intact).length;
  expect(unlike / 9_000).toBeCloseTo(1, 1);
  expect((arrivals.length - unlike) / 1_800).toBeCloseTo(1, 0);
  expect(damaged / 2_700).toBeCloseTo(1, 0);
});

test('damage is always noticed by a checksum, wherever it strikes', () => {
  const arrivals = run(20_000, { out: { corrupt: 1 } }, 3);
  expect(arrivals).toHaveLength(20_000);
  expect(arrivals.filter(({ intact }) => intact)).toEqual([]);
});

test('the same seed does the same, another seed another', () => {
  const options = { out: { loss: 0.1, duplicate: 0.1, corrupt: 0.1, jitter: 10, reorder: 0.1 } };
  expect(run(500, options, 5)).toEqual(run(500, options, 5));
  expect(run(500, options, 6)).not.toEqual(run(500, options, 5));
});

test('delay is kept exactly; jitter adds to it without changing the order', () => {
  for (const { id, time } of run(100, { out: { delay: 20 } })) expect(time).toBe(id * 1_000 + 20_000);
  const arrivals = run(1_000, { out: { delay: 20, jitter: 30 } });
  expect(arrivals.map(({ id }) => id)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  const extra = arrivals.map(({ id, time }) => time - id * 1_000 - 20_000);
  expect(Math.min(...extra)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...extra)).toBeLessThanOrEqual(30_000);
  expect(new Set(extra).size).toBeGreaterThan(100);
});

test('a reordered frame is overtaken by later ones', () => {
  const ids = run(1_000, { out: { reorder: 0.1, reorderDelay: 2.5 } }).map(({ id }) => id);
  expect(ids).toHaveLength(1_000);
  const overtaken = ids.filter((id, i) => i > 0 && ids[i - 1]! > id).length;
  expect(overtaken / 100).toBeCloseTo(1, 0);
});

test('a rate spaces frames by the time each takes', () => {
  // 154 octets at 616,000 bit/s take 2 ms, twice as long as they come apart.
  const times = run(10, { out: { rate: 616_000 } }).map(({ time }) => time);
  expect(times).toEqual(Array.from({ length: 10 }, (_, i) => 2_000 * (i + 1)));
});

test('a predicate drops the frames it names', () => {
  const ids = run(10, { out: { drop: (index) => index === 2 || index === 5 } }).map(({ id }) => id);
  expect(ids).toEqual([0, 1, 3, 4, 6, 7, 8, 9]);
});

test('its queue is bounded', () => {
  expect(run(100, { out: { delay: 1_000, queueFrames: 10 } })).toHaveLength(10);
});

test('a partial checksum is completed before damage, and a clean frame keeps its own', () => {
  const [left, right] = pipe({ checksumOffload: true });
  const bad = impair(right, { random: seeded(1), in: { corrupt: 1 } });
  expect(bad.checksumOffload).toBe(false);
  const frame = segment(1);
  frame.checksum = 'partial';
  const at = frame.start + ethernet.HEADER + ipv4.HEADER;
  frame.view.setUint16(at + 16, pseudoHeader4(1, 2, ipv4.TCP, 120));
  left.send(frame, 0);
  const arrived = bad.receive(0)!;
  expect(arrived.checksum).toBe('complete');
  expect(isIntact(arrived)).toBe(false);
  arrived.pool.release(arrived);
  expect(pool.free).toBe(pool.size);
});

test('damage to what was verified before is to be noticed, and what nobody can finish is left alone', () => {
  const [left, right] = pipe({ checksumOffload: true });
  const bad = impair(right, { random: seeded(1), in: { corrupt: 1 } });
  const frame = segment(1);
  frame.checksum = 'verified';
  left.send(frame, 0);
  const arrived = bad.receive(0)!;
  expect(arrived.checksum).toBe('complete');
  arrived.pool.release(arrived);
  const other = segment(1);
  other.checksum = 'partial';
  other.view.setUint16(other.start + 12, 0x8100);
  const octets = other.bytes.slice(other.start, other.start + other.length);
  left.send(other, 0);
  const same = bad.receive(0)!;
  expect([same.checksum, same.bytes.slice(same.start, same.start + same.length)]).toEqual(['partial', octets]);
  same.pool.release(same);
});

test('shares out of range are refused', () => {
  const [left] = pipe();
  expect(() => impair(left, { random: seeded(1), out: { loss: 10 } })).toThrow(
    'a share of the frames from 0 to 1, not 10',
  );
  expect(() => impair(left, { random: seeded(1), out: { rate: 0 } })).toThrow('rate');
});

test('what would be lost is marked instead, where the packet allows it, and its header stays right', () => {
  const [left, right] = pipe();
  const bad = impair(left, { random: seeded(1), out: { drop: (i) => i !== 3, mark: true } });
  for (const [id, ecn] of [ipv4.NOT_ECT, ipv4.ECT_0, ipv4.ECT_1, ipv4.ECT_0, ipv4.CE].entries()) {
    const frame = segment(id);
    ipv4.setEcn(frame.view, frame.start + ethernet.HEADER, ecn);
    bad.send(frame, 0);
  }
  const arrived: [number, number, boolean][] = [];
  for (let frame = right.receive(0); frame !== undefined; frame = right.receive(0)) {
    const ip = frame.start + ethernet.HEADER;
    arrived.push([ipv4.identification(frame.view, ip), ipv4.ecn(frame.view, ip), isIntact(frame)]);
    frame.pool.release(frame);
  }
  expect(arrived).toEqual([
    [1, ipv4.CE, true],
    [2, ipv4.CE, true],
    [3, ipv4.ECT_0, true],
    [4, ipv4.CE, true],
  ]);
  expect(bad.counters.out).toMatchObject({ frames: 5, lost: 1, marked: 3 });
});
