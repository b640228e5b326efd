import { expect, test } from 'vitest';
import { below, seeded } from './random.ts';
import { NO_TICK, TimerWheel } from './timer-wheel.ts';

/** Everything that fires up to `now`, ids in order. */
const advance = (wheel: TimerWheel, now: number): number[] => {
  const fired: number[] = [];
  wheel.advance(now, (id) => fired.push(id));
  return fired;
};

test('fires at the deadline: neither before nor twice', () => {
  const wheel = new TimerWheel(0);
  for (const deadline of [1, 255, 256, 257, 65_535, 65_536, 16_777_216 + 3, 1 << 29]) {
    const start = 0;
    const one = new TimerWheel(start);
    one.set(5, deadline);
    expect(advance(one, deadline - 1)).toEqual([]);
    expect(one.nextTick()).toBe(deadline);
    expect(advance(one, deadline)).toEqual([5]);
    expect(advance(one, deadline + 1000)).toEqual([]);
    expect(one.nextTick()).toBe(NO_TICK);
  }
  expect(wheel.nextTick()).toBe(NO_TICK);
});

test('a deadline that moves later is obeyed, and one that moves earlier too', () => {
  const wheel = new TimerWheel(0);
  wheel.set(0, 10);
  wheel.set(0, 1000);
  expect(advance(wheel, 999)).toEqual([]);
  wheel.set(0, 5000);
  wheel.set(0, 2000);
  expect(advance(wheel, 1999)).toEqual([]);
  expect(advance(wheel, 2000)).toEqual([0]);
});

test('what is past fires at the next tick', () => {
  const wheel = new TimerWheel(100);
  wheel.set(3, 50);
  expect(advance(wheel, 100)).toEqual([]);
  expect(advance(wheel, 101)).toEqual([3]);
});

test('a call may arm its own timer, and disarm one that is due at the same tick', () => {
  const wheel = new TimerWheel(0);
  wheel.set(0, 7);
  wheel.set(1, 7);
  wheel.set(2, 7);
  const fired: number[] = [];
  wheel.advance(20, (id) => {
    fired.push(id);
    if (id === 0) {
      wheel.clear(1);
      wheel.set(0, 12);
    }
    if (fired.length === 3) wheel.clear(0);
  });
  expect(fired).toEqual([0, 2, 0]);
  expect(wheel.armed).toBe(0);
});

test('behaves as a list of deadlines does under random use, from a beginning that wraps', () => {
  const random = seeded(11);
  let now = 0x7fff_ff00;
  const wheel = new TimerWheel(now | 0);
  const truth = new Map<number, number>();
  for (let step = 0; step < 8_000; step++) {
    const id = below(random, 200);
    const choice = below(random, 10);
    if (choice < 6) {
      const ahead = 1 + below(random, 2 ** (1 + below(random, 26)));
      wheel.set(id, (now + ahead) | 0);
      truth.set(id, now + ahead);
    } else if (choice < 7) {
      wheel.clear(id);
      truth.delete(id);
    } else {
      const first = Math.min(...truth.values());
      const next = wheel.nextTick();
      if (truth.size === 0) expect(next).toBe(NO_TICK);
      // Never later than the first deadline.
      else expect((next - (first | 0)) | 0).toBeLessThanOrEqual(0);
      now += below(random, 2 ** below(random, 20));
      const due = [...truth].filter(([, deadline]) => deadline <= now).map(([each]) => each);
      const fired = advance(wheel, now | 0);
      expect(fired.sort((a, b) => a - b)).toEqual(due.sort((a, b) => a - b));
      for (const each of due) truth.delete(each);
    }
    expect(wheel.armed).toBe(truth.size);
  }
});

test('fires in order of deadlines', () => {
  const random = seeded(12);
  const wheel = new TimerWheel(0);
  const deadlines = Array.from({ length: 500 }, () => 1 + below(random, 300_000));
  for (const [id, deadline] of deadlines.entries()) wheel.set(id, deadline);
  const fired = advance(wheel, 300_001).map((id) => deadlines[id]!);
  expect(fired).toHaveLength(500);
  expect(fired).toEqual([...fired].sort((a, b) => a - b));
});
