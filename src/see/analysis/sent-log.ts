/**
 * Which frame carried which sequence numbers: the last few segments of one end, so that an acknowledgment or a repetition can name the
 * frame it speaks of. Not a reassembly: it forgets the oldest when full.
 */
import { after, distance, notAfter, type Seq } from '../../core/sequence.ts';

const FIRST = 8;

/** The most recent segments of one end that took up sequence numbers. */
export class SentLog {
  readonly #limit: number;
  /** Three numbers a segment: first, next after the last, frame. */
  #entries: Int32Array = new Int32Array(3 * FIRST);
  #count = 0;
  #next = 0;

  /** `limit`: how many segments are remembered, a power of two of at least 8. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Remembers that `frame` carried `[first, end)`. */
  add(first: Seq, end: Seq, frame: number): void {
    const size = this.#entries.length / 3;
    if (this.#count === size && size < this.#limit) {
      const grown = new Int32Array(6 * size);
      grown.set(this.#entries);
      this.#entries = grown;
      this.#next = size;
    }
    this.#entries[3 * this.#next] = first;
    this.#entries[3 * this.#next + 1] = end;
    this.#entries[3 * this.#next + 2] = frame;
    const capacity = this.#entries.length / 3;
    this.#next = (this.#next + 1) % capacity;
    if (this.#count < capacity) this.#count++;
  }

  /** The latest frame that carried any of `[first, end)`; undefined when none is remembered. */
  carried(first: Seq, end: Seq): number | undefined {
    for (let i = 0; i < this.#count; i++) {
      const at = 3 * this.#back(i);
      if (after(end, this.#entries[at]!) && after(this.#entries[at + 1]!, first)) return this.#entries[at + 2];
    }
    return undefined;
  }

  /** The latest frame that ends at or below `ack` and nearest to it, and above `una`; undefined when none is remembered. */
  acknowledgedBy(una: Seq, ack: Seq): number | undefined {
    let frame: number | undefined;
    let best = 0;
    for (let i = 0; i < this.#count; i++) {
      const at = 3 * this.#back(i);
      const end = this.#entries[at + 1]!;
      if (!after(end, una) || !notAfter(end, ack)) continue;
      if (frame === undefined || distance(end, best) > 0) {
        frame = this.#entries[at + 2];
        best = end;
      }
    }
    return frame;
  }

  /** Where the segment added `i` segments ago stands. */
  #back(i: number): number {
    const capacity = this.#entries.length / 3;
    return (this.#next - 1 - i + 2 * capacity) % capacity;
  }
}
