/**
 * The round trip as Linux's receiver sees it, tcpi_rcv_rtt: from a timestamp to the full segment that echoes it first, and from a window to the octet that it let go last. The shortest counts at once;
 * longer ones are smoothed where timestamps tell them. Not in the stack, which measures by what is read.
 */
import { before, distance, type Seq } from '../../core/sequence.ts';
import { MILLISECOND, type Micros } from '../../core/time.ts';
import { type Tcb, tsval } from '../../speak/tcp/index.ts';

/** The estimate of one connection. */
export class ReceiverRoundTrip {
  /** In microseconds; 0 before the first sample. */
  value: Micros = 0;
  readonly #tcb: Tcb;
  #lastEcho = 0;
  /** The window whose end is waited for, once octets have come: where it ends, and since when. */
  #windowEnd: Seq = 0;
  #since: Micros | undefined = undefined;

  constructor(tcb: Tcb) {
    this.#tcb = tcb;
  }

  /** A segment has come with an echo of our timestamp. `full`: it has as many octets as full ones have; `waiting`: others that came before were not read yet. */
  echoed(tsecr: number, full: boolean, waiting: boolean, now: Micros): void {
    if (!this.#tcb.ts.on || tsecr === this.#lastEcho) return;
    this.#lastEcho = tsecr;
    const passed = distance(tsval(this.#tcb, now), tsecr);
    if (!full || passed < 0) return;
    const sample = Math.max(1, passed) * MILLISECOND;
    if (this.value === 0 || sample < this.value) this.value = sample;
    // While something waits to be read, what is late may be our program.
    else if (!waiting) this.value += (sample - this.value) / 8;
  }

  /** Octets have come that were next; `window` is what was offered last. */
  arrived(window: number, now: Micros): void {
    const { nxt } = this.#tcb.rcv;
    if (this.#since !== undefined) {
      if (before(nxt, this.#windowEnd)) return;
      const sample = Math.max(1, now - this.#since);
      if (this.value === 0 || sample < this.value) this.value = sample;
    }
    this.#windowEnd = (nxt + window) | 0;
    this.#since = now;
  }
}
