/**
 * How a congestion window grows that is counted in segments: slow start, then a segment in each round trip (RFC 5681 §3.1) or CUBIC (RFC 9438 §4), with numbers as Linux keeps them. Not here:
 * what is left after a loss (../recovery).
 */
import { smaller } from '../../../core/least.ts';
import type { Micros } from '../../../core/time.ts';

/** RFC 9438 §4.1: C, in segments by cubic seconds, and what a loss leaves. */
const C = 0.4;
const BETA = 717 / 1_024;

/** Segments of the window that grow by one segment, at the least, for as long as there was no loss. */
const FIRST_STEP = 20;

//= RFC 9293 §3.8.2 MAY-18: CUBIC, where it was chosen
/** A window that grows. */
export class Growth {
  /** Segments acknowledged towards the next. */
  #count = 0;
  /** The window before the last loss; when growth began since then, NaN when it has not; where it is to be, and after how many seconds. */
  #largest = 0;
  #begun: Micros = Number.NaN;
  #origin = 0;
  #k = 0;
  /** What Reno would have by now, and segments acknowledged towards more of it. */
  #reno = 0;
  #renoCount = 0;
  /** Segments of the window for each of which one is to be acknowledged before it grows; when that was reckoned, and for what window. */
  #step = 0;
  #reckonedAt: Micros = Number.NaN;
  #reckonedFor = 0;

  /** `acked` more segments of a window of `cwnd` were acknowledged, beyond slow start. Answers the window then. */
  avoid(cwnd: number, acked: number, cubic: boolean, now: Micros, shortest: Micros): number {
    const step = cubic ? this.#cubicStep(cwnd, acked, now, shortest) : cwnd;
    let grown = cwnd;
    if (this.#count >= step) {
      this.#count = 0;
      grown++;
    }
    this.#count += acked;
    if (this.#count >= step) {
      const more = Math.floor(this.#count / step);
      this.#count -= more * step;
      grown += more;
    }
    return grown;
  }

  /** A loss was found, or a mark, at a window of `cwnd`. */
  reduced(cwnd: number): void {
    this.#count = 0;
    this.#begun = Number.NaN;
    //= RFC 9438 §4.7: fast convergence
    this.#largest = cwnd < this.#largest ? Math.floor((cwnd * (1 + BETA)) / 2) : cwnd;
  }

  /** Something goes after nothing was in flight for `pause`: that time does not count. */
  resume(pause: Micros, now: Micros): void {
    if (!Number.isNaN(this.#begun)) this.#begun = smaller(this.#begun + pause, now);
  }

  /** A timeout: what was learnt of the way is forgotten. */
  forget(): void {
    this.#count = 0;
    this.#begun = Number.NaN;
    this.#largest = 0;
    this.#reckonedFor = 0;
    this.#reckonedAt = Number.NaN;
  }

  #cubicStep(cwnd: number, acked: number, now: Micros, shortest: Micros): number {
    this.#renoCount += acked;
    if (this.#reckonedFor === cwnd && now - this.#reckonedAt <= 31_250) return this.#step;
    this.#reckonedFor = cwnd;
    this.#reckonedAt = now;
    if (Number.isNaN(this.#begun)) {
      this.#begun = now;
      this.#renoCount = acked;
      this.#reno = cwnd;
      this.#k = this.#largest <= cwnd ? 0 : Math.cbrt((this.#largest - cwnd) / C);
      this.#origin = Math.max(this.#largest, cwnd);
    }
    const t = (now - this.#begun + shortest) / 1_000_000 - this.#k;
    // Rounded towards where it rests, from either side: it gets there.
    const target = this.#origin + Math.trunc(C * t ** 3);
    let step = target > cwnd ? Math.floor(cwnd / (target - cwnd)) : 100 * cwnd;
    if (this.#largest === 0) step = Math.min(step, FIRST_STEP);
    //= RFC 9438 §4.3: no slower than Reno
    const renoStep = Math.floor((cwnd * 15) / 8);
    while (this.#renoCount > renoStep) {
      this.#renoCount -= renoStep;
      this.#reno++;
    }
    if (this.#reno > cwnd) step = Math.min(step, Math.floor(cwnd / (this.#reno - cwnd)));
    this.#step = Math.max(step, 2);
    return this.#step;
  }
}
