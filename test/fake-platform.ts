/** Real time for tests: a platform whose clock stands still until the test moves it. */
import type { Platform } from '../src/speak/stack/platform.ts';

/** The platform, and what moves it. */
export interface FakePlatform {
  readonly platform: Platform;
  /** Lets `delay` microseconds pass, timer by timer. */
  pass(delay: number): Promise<void>;
  /** What waits for its time. */
  readonly timers: ReadonlySet<unknown>;
  /** What was asked of `hold`, in order. */
  readonly held: readonly boolean[];
}

/** A platform, five seconds old. */
export function fakePlatform(): FakePlatform {
  let time = 5_000_000;
  const timers = new Set<{ due: number; callback: () => void }>();
  const held: boolean[] = [];
  const platform: Platform = {
    now: () => time,
    epoch: 1_000,
    after: (delay, callback) => {
      const timer = { due: time + delay, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    afterPrograms: (callback) => setImmediate(callback),
    hold: (wanted) => held.push(wanted),
  };
  const turn = (): Promise<void> =>
    new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
  const pass = async (delay: number): Promise<void> => {
    const until = time + delay;
    for (;;) {
      await turn();
      const next = [...timers].sort((a, b) => a.due - b.due)[0];
      if (next === undefined || next.due > until) break;
      time = Math.max(time, next.due);
      timers.delete(next);
      next.callback();
    }
    time = until;
    await turn();
  };
  return { platform, pass, timers, held };
}
