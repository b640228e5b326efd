/** Real time: the platform's clock and timer. It sleeps until a frame comes from outside, a program calls or a deadline is there. */
import type { Random } from '../../core/random.ts';
import { type Micros, NEVER } from '../../core/time.ts';
import { Driver } from './driver.ts';
import type { Platform } from './platform.ts';

/** A driver on real time. */
export class RealTimeDriver extends Driver {
  readonly epoch: Micros;
  readonly #platform: Platform;
  readonly #start: Micros;
  #cancel: (() => void) | undefined = undefined;
  #armed: Micros = NEVER;
  #held = false;

  /** @param random a cryptographic source: ports and sequence numbers are only as hard to guess as it is */
  constructor(platform: Platform, random: Random) {
    super(random);
    this.#platform = platform;
    this.#start = platform.now();
    this.epoch = platform.epoch + this.#start;
  }

  /** Microseconds since this driver was made. */
  get now(): Micros {
    return this.#platform.now() - this.#start;
  }

  protected afterPrograms(callback: () => void): void {
    this.#platform.afterPrograms(callback);
  }

  protected drained(): void {
    if (this.holding) this.askTurn();
    this.#arm();
    let busy = this.asked;
    for (const host of this.hosts) busy ||= host.busy;
    this.#hold(busy);
  }

  override opened(): void {
    this.#hold(true);
  }

  #hold(wanted: boolean): void {
    if (wanted === this.#held) return;
    this.#held = wanted;
    this.#platform.hold(wanted);
  }

  /** Sees to it that the platform calls when the next deadline comes. A call that comes too early does no harm, so later deadlines move nothing. */
  #arm(): void {
    const next = this.nextDeadline();
    if (next >= this.#armed) return;
    this.#cancel?.();
    this.#armed = next;
    this.#cancel = this.#platform.after(Math.max(0, next - this.now), () => {
      this.#armed = NEVER;
      this.#cancel = undefined;
      this.drain();
    });
  }
}
