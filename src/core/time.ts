/**
 * Time as tcplab counts it: `Micros`, microseconds as a float64 integer, from an epoch that the clock's owner chose
 * (a simulation's beginning, the Unix epoch). Below the driver nobody asks what time it is: it comes in with the call.
 */

/** Microseconds, a whole number. */
export type Micros = number;

/** One millisecond, in microseconds. */
export const MILLISECOND: Micros = 1_000;

/** One second, in microseconds. */
export const SECOND: Micros = 1_000_000;

/** One minute, in microseconds. */
export const MINUTE: Micros = 60 * SECOND;

/** No time: what a `nextTimeout()` answers when nothing is waited for. */
export const NEVER: Micros = Number.POSITIVE_INFINITY;

/** What connections and timer wheels store instead of Micros: an int32 of 1,024 microseconds each, 25 days to a side. */
export type Ticks = number;

/** One tick, in microseconds. */
export const TICK: Micros = 1_024;

/** The first tick that is not before `time`: a deadline stored so is never early. */
export const ticksAt = (time: Micros): Ticks => Math.ceil(time / TICK) | 0;

/** The same for `delay` microseconds later. (A sum this large would be an object on its way into a function: 16 octets.) */
export const ticksAfter = (time: Micros, delay: Micros): Ticks => Math.ceil((time + delay) / TICK) | 0;
