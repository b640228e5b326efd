/**
 * How long Linux lets an acknowledgment wait for company: 40 milliseconds at first; twice as long each time that none came, and by how fast segments follow one another; no longer than a
 * round trip. Not in the stack, where the time is the program's to choose: scripts that were written against Linux's times are played with them.
 */
import { MILLISECOND, type Micros, TICK } from '../../core/time.ts';
import { configure, type Tcb } from '../../speak/tcp/index.ts';

/** The first wait, and the least; the longest of any, and of one after a segment with PSH or in a conversation. */
const LEAST: Micros = 40 * MILLISECOND;
const MOST: Micros = 500 * MILLISECOND - TICK;
const MOST_PUSHED: Micros = 200 * MILLISECOND;

/** The times of one connection. */
export class AckTiming {
  readonly #tcb: Tcb;
  #wait: Micros = LEAST;
  /** When octets that were next came last. */
  #last: Micros | undefined = undefined;
  #pushed = false;
  #conversed = false;

  constructor(tcb: Tcb) {
    this.#tcb = tcb;
  }

  /** Octets have come that were next. */
  arrived(pushed: boolean, now: Micros): void {
    const gap = this.#last === undefined ? Number.POSITIVE_INFINITY : now - this.#last;
    if (gap <= LEAST >> 1) this.#wait = this.#wait / 2 + LEAST / 2;
    else if (gap < this.#wait) this.#wait = Math.min(this.#wait / 2 + gap, this.#tcb.rtt.rto);
    this.#last = now;
    this.#pushed ||= pushed;
    this.#conversed = this.#tcb.acknowledging.conversing;
    this.#tell();
  }

  /** An acknowledgment was sent; `late`: it had waited in vain. */
  sent(late: boolean): void {
    if (late) this.#wait = this.#conversed ? LEAST : Math.min(2 * this.#wait, this.#tcb.rtt.rto);
    this.#pushed = false;
    this.#conversed = this.#tcb.acknowledging.conversing;
    this.#tell();
  }

  #tell(): void {
    const { rtt, options } = this.#tcb;
    const most = this.#pushed || this.#conversed ? MOST_PUSHED : MOST;
    const delayedAck = Math.round(Math.min(this.#wait, most, Math.max(rtt.srtt, LEAST)));
    if (delayedAck !== options.delayedAck) configure(this.#tcb, { delayedAck }, 0);
  }
}
