/** The clock of the timestamps option. Not here: what its echoes tell (timestamps.ts). Read first: RFC 7323 §5.4, §7.1. */
import type { Micros } from '../../core/time.ts';
import type { Tcb } from './tcb.ts';

/** TSval of a segment sent now, in milliseconds. */
export const tsval = (tcb: Tcb, now: Micros): number => (Math.floor(now / 1_000) + tcb.ts.offset) | 0;
