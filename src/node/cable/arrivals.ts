/** Frames that have come over the cable and wait for the host: a queue of octets, so that a burst of small frames takes little and a large one fits. */
import type { Frame } from '../../wire/frame.ts';

const FIRST_SIZE = 65_536;
/** Octets before each frame: its length. */
const PREFIX = 4;

/** A bounded first-in, first-out queue of frames. */
export class Arrivals {
  readonly #limit: number;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #head = 0;
  #tail = 0;

  /** @param limit octets that wait at the most */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get empty(): boolean {
    return this.#head === this.#tail;
  }

  /** Copies a frame in; false when it finds no room. */
  put(bytes: Uint8Array, at: number, length: number): boolean {
    const more = PREFIX + length;
    if (this.#tail - this.#head + more > this.#limit) return false;
    if (this.#tail + more > this.#bytes.length) this.#makeRoom(more);
    this.#view.setUint32(this.#tail, length);
    this.#bytes.set(bytes.subarray(at, at + length), this.#tail + PREFIX);
    this.#tail += more;
    return true;
  }

  /** Copies the oldest frame out, which must fit; false when there is none. */
  take(into: Frame): boolean {
    if (this.empty) return false;
    const length = this.#view.getUint32(this.#head);
    const from = this.#head + PREFIX;
    into.bytes.set(this.#bytes.subarray(from, from + length), into.start);
    into.length = length;
    this.#head = from + length;
    if (this.empty) {
      this.#head = 0;
      this.#tail = 0;
    }
    return true;
  }

  #makeRoom(more: number): void {
    const waiting = this.#tail - this.#head;
    if (waiting + more <= this.#bytes.length / 2) {
      this.#bytes.copyWithin(0, this.#head, this.#tail);
    } else {
      let size = Math.max(FIRST_SIZE, this.#bytes.length);
      while (size < waiting + more) size *= 2;
      if (size === this.#bytes.length) size *= 2;
      const bytes = new Uint8Array(size);
      bytes.set(this.#bytes.subarray(this.#head, this.#tail));
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    this.#head = 0;
    this.#tail = waiting;
  }
}
