/**
 * How much a connection may buffer, grown as the path needs it: a window smaller than what a round trip carries makes a fast path slow, and one that
 * is always large costs memory on every slow one. The program's own choice stands: see `ConnectionOptions`.
 * Read first: RFC 7323 §1.1 (why windows must be large), RFC 9293 §3.8.6.
 */
import { larger, smaller } from '../../core/least.ts';
import { MILLISECOND, type Micros, TICK, ticksAt } from '../../core/time.ts';
import type { Tcb } from './tcb.ts';

/**
 * The program has read `octets`: if it reads in a round trip more than half of what the buffer holds, the buffer is what holds the peer back, and it
 * is made twice what was read.
 */
export function hasRead(tcb: Tcb, octets: number, now: Micros): void {
  const { space, options } = tcb;
  if (space.receive >= options.receiveBufferMaximum) return;
  space.read += octets;
  const tick = ticksAt(now);
  if (((tick - space.since) >>> 0) * TICK < larger(tcb.rtt.srtt, MILLISECOND)) return;
  space.receive = smaller(options.receiveBufferMaximum, larger(space.receive, 2 * space.read));
  space.round = larger(space.round, space.read);
  space.read = 0;
  space.since = tick;
}

/** The congestion window has moved: the send buffer holds two of them, one in flight and one that follows. */
export function congestionMoved(tcb: Tcb): void {
  const { space, congestion, options } = tcb;
  if (2 * congestion.cwnd > space.send) space.send = smaller(options.sendBufferMaximum, 2 * congestion.cwnd);
}
