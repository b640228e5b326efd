/**
 * Frames on their way: each with the time at which it is due, soonest first, equal times in order of arrival. Bounded in frames and in octets;
 * what does not fit is the caller's to drop. A ring: a link with one delay only ever appends, and nothing is allocated for a frame.
 */
import { type Micros, NEVER } from '../../core/time.ts';
import type { Frame } from '../../wire/frame.ts';

const FIRST_SIZE = 64;

/** A queue of frames by due time. */
export class FrameQueue {
  readonly #limitFrames: number;
  readonly #limitOctets: number;
  #frames: (Frame | undefined)[] = new Array<Frame | undefined>(FIRST_SIZE).fill(undefined);
  #due: Float64Array<ArrayBuffer> = new Float64Array(FIRST_SIZE);
  #head = 0;
  #count = 0;
  #octets = 0;

  /**
   * @param limitFrames the most frames, 1 or more
   * @param limitOctets the most octets of all of them together
   */
  constructor(limitFrames: number, limitOctets: number) {
    this.#limitFrames = limitFrames;
    this.#limitOctets = limitOctets;
  }

  /** How many frames wait. */
  get count(): number {
    return this.#count;
  }

  /** When the first frame is due; NEVER when there is none. */
  get nextDue(): Micros {
    return this.#count === 0 ? NEVER : this.#due[this.#head]!;
  }

  /**
   * Takes `frame` in, to come out at `time` + `delay`. False when the queue is full. (The sum is made here because a large number handed to a
   * function is an object: 16 octets a frame.)
   */
  add(frame: Frame, time: Micros, delay: Micros): boolean {
    const due = time + delay;
    if (this.#count >= this.#limitFrames || this.#octets + frame.length > this.#limitOctets) return false;
    if (this.#count === this.#frames.length) this.#grow();
    const mask = this.#frames.length - 1;
    let at = (this.#head + this.#count) & mask;
    for (let left = this.#count; left > 0; left--) {
      const before = (at - 1) & mask;
      if (this.#due[before]! <= due) break;
      this.#frames[at] = this.#frames[before];
      this.#due[at] = this.#due[before]!;
      at = before;
    }
    this.#frames[at] = frame;
    this.#due[at] = due;
    this.#count++;
    this.#octets += frame.length;
    return true;
  }

  /** The first frame if it is due at `now`. */
  take(now: Micros): Frame | undefined {
    if (this.#count === 0 || this.#due[this.#head]! > now) return undefined;
    const frame = this.#frames[this.#head]!;
    this.#frames[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#frames.length - 1);
    this.#count--;
    this.#octets -= frame.length;
    return frame;
  }

  #grow(): void {
    const size = this.#frames.length;
    const frames = new Array<Frame | undefined>(2 * size).fill(undefined);
    const due = new Float64Array(2 * size);
    for (let i = 0; i < size; i++) {
      frames[i] = this.#frames[(this.#head + i) & (size - 1)];
      due[i] = this.#due[(this.#head + i) & (size - 1)]!;
    }
    this.#frames = frames;
    this.#due = due;
    this.#head = 0;
  }
}
