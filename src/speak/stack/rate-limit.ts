/** A token bucket: so many at once, so many a second. Read first: RFC 1812 §4.3.2.8 ("a token bucket ... is recommended"). */
import type { Random } from '../../core/random.ts';
import { type Micros, SECOND } from '../../core/time.ts';

/** A rate limit. */
export class RateLimit {
  readonly #rate: number;
  readonly #burst: number;
  readonly #chance: Random | undefined;
  #tokens: number;
  #filled: Micros = 0;

  /**
   * @param rate how many a second in the long run
   * @param burst how many at once
   * @param chance where it is given, both are the most there can be, and every other one by chance counts twice: who can count what is left learns little of what others have used
   */
  constructor(rate: number, burst: number, chance?: Random) {
    this.#rate = rate;
    this.#burst = burst;
    this.#chance = chance;
    this.#tokens = burst;
  }

  /** Whether one more may go now; it is counted if so. */
  take(now: Micros): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filled) * this.#rate) / SECOND);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= this.#chance === undefined ? 1 : 1 + (this.#chance.next() & 1);
    return true;
  }
}
