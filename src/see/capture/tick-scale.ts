/**
 * From pcapng's 64-bit tick counts to seconds and nanoseconds: exact for every if_tsresol, without a BigInt, without allocating.
 * Not the way back: writers always write nanoseconds (pcapng-writer.ts).
 * Read first: draft-ietf-opsawg-pcapng §4.2 (if_tsresol, if_tsoffset) and §4.3 (Timestamp).
 */
import type { Packet } from './packet.ts';

const TWO_32 = 0x1_0000_0000;
const BILLION = 1_000_000_000;
/** 10^9 = 5^9 * 2^9, and 5^9 times 32 bits still fits in a double's 53. */
const FIVE_TO_9 = 1_953_125;

/** The arithmetic for the times of one interface. */
export class TickScale {
  readonly #tsresol: number;
  readonly #offset: number;
  /** Ticks a second, and nanoseconds a tick, where `#setDivided` serves (10^-4 to 10^-9 s); else 0. */
  readonly #ticks: number;
  readonly #nanoseconds: number;

  /**
   * @param tsresol an if_tsresol octet
   * @param offset whole seconds to add
   */
  constructor(tsresol: number, offset: number) {
    this.#tsresol = tsresol;
    this.#offset = offset;
    const direct = tsresol >= 4 && tsresol <= 9;
    this.#ticks = direct ? 10 ** tsresol : 0;
    this.#nanoseconds = direct ? 10 ** (9 - tsresol) : 0;
  }

  /** Sets `packet`'s time from the upper and the lower 32 bits of a tick count, both unsigned. */
  set(packet: Packet, high: number, low: number): void {
    if (this.#ticks !== 0) this.#setDivided(packet, high, low, this.#ticks, this.#nanoseconds);
    else if ((this.#tsresol & 0x80) !== 0) this.#setBinary(packet, high, low, this.#tsresol & 0x7f);
    else if (this.#tsresol < 4) this.#setCoarse(packet, high, low, this.#tsresol);
    else this.#setFine(packet, high, low, this.#tsresol);
  }

  /**
   * The quotient in doubles is off by one at the most; the remainder's low 32 bits are exact, and as it must lie in
   * [-ticks, 2 * ticks) with ticks < 2^30, they say it all.
   */
  #setDivided(packet: Packet, high: number, low: number, ticks: number, nanoseconds: number): void {
    let seconds = Math.floor((high * TWO_32 + low) / ticks);
    let rest = (low - Math.imul(seconds, ticks)) | 0;
    if (rest < 0) {
      rest += ticks;
      seconds--;
    } else if (rest >= ticks) {
      rest -= ticks;
      seconds++;
    }
    packet.seconds = seconds + this.#offset;
    packet.nanoseconds = rest * nanoseconds;
  }

  /** 1 s to 1 ms a tick: long division; seconds beyond 2^53 are as near as a double comes. */
  #setCoarse(packet: Packet, high: number, low: number, exponent: number): void {
    const ticks = 10 ** exponent;
    const carry = high % ticks;
    const lower = carry * TWO_32 + low;
    const rest = lower % ticks;
    packet.seconds = ((high - carry) / ticks) * TWO_32 + (lower - rest) / ticks + this.#offset;
    packet.nanoseconds = rest * 10 ** (9 - exponent);
  }

  /** Finer than a nanosecond: divided down to nanoseconds first, six digits at a time. */
  #setFine(packet: Packet, high: number, low: number, exponent: number): void {
    for (let digits = exponent - 9; digits > 0 && (high !== 0 || low !== 0); digits -= 6) {
      const divisor = 10 ** Math.min(6, digits);
      const carry = high % divisor;
      high = (high - carry) / divisor;
      const lower = carry * TWO_32 + low;
      low = (lower - (lower % divisor)) / divisor;
    }
    this.#setDivided(packet, high, low, BILLION, 1);
  }

  /** 2^-exponent s a tick: the fraction times 5^9, then shifted by what is left. */
  #setBinary(packet: Packet, high: number, low: number, exponent: number): void {
    if (exponent <= 32) {
      const unit = 2 ** exponent;
      packet.seconds = high * (TWO_32 / unit) + Math.floor(low / unit) + this.#offset;
      packet.nanoseconds = Math.floor((low % unit) * FIVE_TO_9 * (512 / unit));
      return;
    }
    const unit = 2 ** (exponent - 32);
    packet.seconds = Math.floor(high / unit) + this.#offset;
    const lower = low * FIVE_TO_9;
    const lowerRest = lower % TWO_32;
    const upper = (high % unit) * FIVE_TO_9 + (lower - lowerRest) / TWO_32;
    const shift = 2 ** (exponent - 9);
    // Below a shift of 2^32 the first product is whole, above it the second is 0: the floors may be taken apart.
    packet.nanoseconds = Math.floor(upper * (TWO_32 / shift)) + Math.floor(lowerRest / shift);
  }
}
