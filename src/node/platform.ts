/**
 * Node as a platform for a host on real time: the clock, the timer, the turn of the programs, and chance. What the portable part may not reach
 * for itself comes from here. Not here: what carries frames (cable/, tun/).
 */
import type { Random } from '../core/random.ts';
import { MILLISECOND, type Micros } from '../core/time.ts';
import type { Platform } from '../speak/stack/platform.ts';
import { crypto } from './builtin.ts';

/** The longest delay that setTimeout takes, in milliseconds; longer ones are waited for in stages. */
const LONGEST = 0x7fffffff;

/**
 * The platform of this process. Its timers do not keep the process alive by themselves: `hold(true)` does, until `hold(false)`.
 * The clock counts from when the process began and its `epoch` stands still, so that later corrections of the machine's clock move nothing.
 */
export function nodePlatform(): Platform {
  let holding: NodeJS.Timeout | undefined;
  const now = (): Micros => Math.floor(performance.now() * MILLISECOND);

  const after = (delay: Micros, callback: () => void): (() => void) => {
    const due = now() + delay;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const left = Math.min(LONGEST, Math.max(1, Math.ceil((due - now()) / MILLISECOND)));
      timer = setTimeout(() => {
        // Node's timers count whole milliseconds from the turn's beginning and may be up to one early.
        if (now() < due) wait();
        else callback();
      }, left);
      timer.unref();
    };
    wait();
    return () => clearTimeout(timer);
  };

  return {
    now,
    epoch: Math.round(performance.timeOrigin * MILLISECOND),
    after,
    afterPrograms: (callback) => {
      setImmediate(callback);
    },
    hold: (wanted) => {
      if (wanted) {
        holding ??= setInterval(() => {}, LONGEST);
      } else if (holding !== undefined) {
        clearInterval(holding);
        holding = undefined;
      }
    },
  };
}

/** How many random numbers are fetched at once: a call to the cryptographic source costs about as much for 4 KiB as for 4 octets. */
const BATCH = 1024;

/** Chance from the operating system's cryptographic source. */
export function cryptographicRandom(): Random {
  const numbers = new Int32Array(BATCH);
  let used = BATCH;
  return {
    next: () => {
      if (used === BATCH) {
        crypto().randomFillSync(numbers);
        used = 0;
      }
      const number = numbers[used]!;
      numbers[used++] = 0;
      return number;
    },
  };
}
