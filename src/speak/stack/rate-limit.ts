/** A token bucket: so many at once, so many a second. Read first: RFC 1812 §4.3.2.8 ("a token bucket ... is recommended"). */
import { type Micros, SECOND } from '../../core/time.ts';

/** A rate limit. */
export class RateLimit {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #filled: Micros = 0;

  /**
   * @param rate how many a second in the long run
   * @param burst how many at once
   */
  constructor(rate: number, burst: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Whether one more may go now; it is counted if so. */
  take(now: Micros): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filled) * this.#rate) / SECOND);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
