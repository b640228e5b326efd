/**
 * How long a connection was busy, and with what: tcp_info's busy_time, rwnd_limited and sndbuf_limited. Looked at before and after everything that a script
 * does to the host, between which nothing of the kind changes. Not in the stack, where it would cost a look at the clock for every segment.
 */
import type { Micros } from '../../core/time.ts';
import type { Connection } from '../../speak/stack/connection.ts';

/** What a connection can be held up by. */
type Hold = 'nothing' | 'network' | 'window' | 'buffer';

/** The times of one connection. */
export class Chronograph {
  /** Microseconds with octets that were not acknowledged; those of them in which the peer's window held some back, in which the program had more and there was no room. */
  busy: Micros = 0;
  windowLimited: Micros = 0;
  bufferLimited: Micros = 0;
  #hold: Hold = 'nothing';
  #since: Micros;

  constructor(now: Micros) {
    this.#since = now;
  }

  /** Takes the time until `now`. `waits`: a program waits for room. */
  look({ tcb }: Connection, waits: boolean, now: Micros): void {
    const passed = now - this.#since;
    if (this.#hold !== 'nothing') this.busy += passed;
    if (this.#hold === 'window') this.windowLimited += passed;
    if (this.#hold === 'buffer') this.bufferLimited += passed;
    this.#since = now;
    const { snd, congestion } = tcb;
    const queued = (snd.end - snd.head) | 0;
    const flight = (snd.nxt - snd.una) | 0;
    const unsent = (snd.end - snd.nxt) | 0;
    if (tcb.state === 'CLOSED' || queued <= 0) this.#hold = 'nothing';
    else if (unsent > 0 && flight + Math.min(unsent, snd.mss) > snd.wnd && flight < congestion.cwnd)
      this.#hold = 'window';
    else if (unsent <= 0 && waits) this.#hold = 'buffer';
    else this.#hold = 'network';
  }
}
