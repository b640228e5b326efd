/**
 * A congestion window that counts segments: it grows while it is used (slow start, then growth.ts), comes down in recovery as segments arrive (PRR), and is halved for pauses. Not here: when recovery begins
 * and ends (../recovery). Read first: RFC 5681 §3.1, RFC 6937 §3, RFC 7661 for why a window that is not used does not grow.
 */
import { larger, smaller } from '../../../core/least.ts';
import { before, type Seq } from '../../../core/sequence.ts';
import type { Micros } from '../../../core/time.ts';
import { Growth } from './growth.ts';
import { INFINITE_THRESHOLD } from './reno.ts';
import { SlowStartExit } from './slow-start-exit.ts';

/** Segments of the initial window (RFC 6928 §2), which a pause leaves. */
const INITIAL = 10;

/** The largest window: each of its segments is remembered while it is in flight. */
const LARGEST = 65_536;

/** The least threshold. */
const LEAST_THRESHOLD = 2;

/** What a loss leaves of the window, in 1024ths: RFC 9438 §4.6 has seven tenths. */
const CUBIC_SHARE = 717;
const RENO_SHARE = 512;

/** The window of one connection, in segments. */
export class SegmentWindow {
  size: number;
  /** Where slow start ends. */
  threshold: number = INFINITE_THRESHOLD;
  /** What the window was before the last reduction. */
  before = 0;
  /** PRR: segments that have arrived and that have gone since the last reduction began. */
  #arrived = 0;
  #sent = 0;
  readonly #growth = new Growth();
  readonly #exit: SlowStartExit;
  /** Whether the window was used up in the last flight; the most segments of it; where it ends. */
  #limited = false;
  #most = 0;
  #flightEnd: Seq;
  /** The most that were in flight while the window was not used up, and since when. */
  #used = 0;
  #usedSince: Micros;

  /** //= RFC 5681 §3.1: after a SYN was lost, one segment */
  constructor(synLost: boolean, una: Seq, now: Micros) {
    this.size = synLost ? 1 : INITIAL;
    this.#flightEnd = una;
    this.#exit = new SlowStartExit(una, now);
    this.#usedSince = now;
  }

  /** Where slow start would end if it ended now: what is known of the way is kept. */
  get bound(): number {
    return larger(this.threshold, (this.size >> 1) + (this.size >> 2));
  }

  /** There was congestion: the threshold comes down to a share of the window. */
  congested(cubic: boolean): void {
    this.before = this.size;
    this.#arrived = 0;
    this.#sent = 0;
    this.#growth.reduced(this.size);
    this.threshold = larger(LEAST_THRESHOLD, (this.size * (cubic ? CUBIC_SHARE : RENO_SHARE)) >> 10);
  }

  /** A timeout, or a way that takes shorter segments only, `nxt` being SND.NXT: what was learnt is forgotten. */
  forget(nxt: Seq, now: Micros): void {
    this.#growth.forget();
    this.#exit.begin(nxt, now);
  }

  /** Something goes after nothing was in flight for `pause`. */
  resume(pause: Micros, now: Micros): void {
    this.#growth.resume(pause, now);
  }

  /** A segment goes: what counts is those that go while the window comes down. */
  sent(): void {
    this.#sent++;
  }

  /**
   * RFC 6937 §3.1: the window comes down as segments arrive, `inFlight` being left.
   * @param mends whether SND.UNA has moved, and no more is lost
   */
  reduce(arrived: number, mends: boolean, inFlight: number): void {
    if (arrived <= 0 || this.before === 0) return;
    this.#arrived += arrived;
    const room = this.threshold - inFlight;
    let allowed: number;
    if (room < 0) allowed = Math.ceil((this.threshold * this.#arrived) / this.before) - this.#sent;
    else {
      allowed = larger(this.#arrived - this.#sent, arrived);
      if (mends) allowed++;
      allowed = smaller(room, allowed);
    }
    this.size = inFlight + larger(allowed, this.#sent > 0 ? 0 : 1);
  }

  /** Whether it is used: what was in flight filled it, or, in slow start, half of it. */
  #isUsed(): boolean {
    return this.#limited || (this.size < this.threshold && this.size < 2 * this.#most);
  }

  /** A round trip took `trip`, as an acknowledgment up to `una` tells: slow start may end. */
  timed(trip: Micros, una: Seq, nxt: Seq, now: Micros): void {
    if (this.#exit.isDue(trip, una, nxt, this.size, this.size < this.threshold, now)) this.threshold = this.size;
  }

  /** `acked` segments have arrived, and there is no congestion. */
  grow(acked: number, cubic: boolean, now: Micros, shortest: Micros): void {
    if (!this.#isUsed()) return;
    let left = acked;
    if (this.size < this.threshold) {
      const grown = smaller(this.size + acked, this.threshold);
      left -= grown - this.size;
      this.size = grown;
    }
    if (left > 0) this.size = this.#growth.avoid(this.size, left, cubic, now, shortest);
    this.size = smaller(this.size, LARGEST);
  }

  /** Takes note of how far the window is used: `count` segments are in flight up to `nxt`, and it lets no more go where it is `limited`. */
  use(una: Seq, nxt: Seq, count: number, limited: boolean, now: Micros): void {
    if (!before(una, this.#flightEnd) || limited || (!this.#limited && count > this.#most)) {
      this.#limited = limited;
      this.#most = count;
      this.#flightEnd = nxt;
    }
    if (this.#isUsed()) {
      this.#used = 0;
      this.#usedSince = now;
    } else this.#used = larger(this.#used, count);
  }

  /** As RFC 7661 asks: a window that was not used for as long as a retransmission timeout comes down half the way to what was. */
  comeDownUnused(isOpen: boolean, rto: Micros, now: Micros): void {
    if (this.#isUsed() || now - this.#usedSince < rto) return;
    if (isOpen) {
      const used = larger(this.#used, INITIAL);
      if (used < this.size) {
        this.threshold = this.bound;
        this.size = (this.size + used) >> 1;
      }
      this.#used = 0;
    }
    this.#usedSince = now;
  }

  /** Nothing was in flight for `pause`: the window is halved for each timeout in that, down to the initial one (RFC 5681 §4.1 goes there at once). */
  restart(pause: Micros, rto: Micros, now: Micros): void {
    const least = smaller(INITIAL, this.size);
    this.threshold = this.bound;
    for (let left = pause - rto; left > 0 && this.size > least; left -= rto) this.size >>= 1;
    this.size = larger(this.size, least);
    this.#used = 0;
    this.#usedSince = now;
  }
}
