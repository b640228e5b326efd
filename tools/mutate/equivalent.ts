/**
 * Breakages that break nothing: the program does the same with them, so no test can notice. Each with its reason; `npm run mutate` does not count them.
 * Named as it prints them, without line and label.
 */

/** Name to reason. */
export const EQUIVALENT: ReadonlyMap<string, string> = new Map([
  [
    'src/speak/tcp/timers.ts: ((ticksAt(now) - tcb.timers.stalled) >>> 0) * TICK >= limit  ->  (((ticksAt(now) - tcb.timers.stalled) >>> 0) * TICK) > (limit)',
    'The timer is armed a tick beyond the limit, so that when it expires more than the limit has passed.',
  ],
  [
    'src/speak/tcp/windows.ts: by <= 0  ->  (by) < (0)',
    'To move the edge by nothing moves nothing, and who asks for the answer has just made room.',
  ],
]);
