/** What a host on real time is handed by its platform (node/, browser/): the clock and the timers that the portable part may not reach for itself. */
import type { Micros } from '../../core/time.ts';

/** Clock, timer and turn of a platform. */
export interface Platform {
  /** A clock that never goes back, in microseconds. */
  now(): Micros;
  /** What to add to `now()` to get microseconds since the Unix epoch. */
  readonly epoch: Micros;
  /** Calls back once, not before `delay` microseconds have passed. Returns what cancels it. */
  after(delay: Micros, callback: () => void): () => void;
  /** Calls back once, after every pending promise reaction has run (setImmediate, a MessageChannel): the programs have had their turn. */
  afterPrograms(callback: () => void): void;
  /** Whether the program is to be kept running: true while a socket is open or a connection is still closing. */
  hold(wanted: boolean): void;
}
