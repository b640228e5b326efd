/**
 * Where writers put their octets: one buffer, handed to a sink when it is full. Not a file (node/capture-file.ts).
 */

/**
 * Takes the octets of a capture in order. The chunk is memory that is filled again: it holds until the call returns, so what is kept must be
 * copied. What a sink throws comes out of the writer's call, and that chunk is not offered again.
 */
export type CaptureSink = (chunk: Uint8Array) => void;

/** Up to this length a loop over words copies faster than a view is made, and makes no garbage: 96 octets in 34 ns instead of 58. */
const SHORT = 128;

/** The buffer between a writer and its sink. */
export class CaptureOutput {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  /** Octets in the buffer. */
  used = 0;
  #sink: CaptureSink;

  /** @param size octets, as many as are reserved at once, or the buffer grows */
  constructor(sink: CaptureSink, size: number) {
    this.#sink = sink;
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes sure that `size` more octets fit, and answers where the next one goes. */
  reserve(size: number): number {
    if (this.used + size > this.bytes.length) this.flush();
    if (size > this.bytes.length) {
      this.bytes = new Uint8Array(size);
      this.view = new DataView(this.bytes.buffer);
    }
    return this.used;
  }

  /** Copies `length` octets of `from` to `to` in the buffer; faster for short ones with the `fromView` that covers the same memory. */
  copy(from: Uint8Array, at: number, length: number, to: number, fromView?: DataView): void {
    if (fromView === undefined || length > SHORT) {
      this.bytes.set(from.subarray(at, at + length), to);
      return;
    }
    const { bytes, view } = this;
    const words = length & ~3;
    for (let i = 0; i < words; i += 4) view.setInt32(to + i, fromView.getInt32(at + i, true), true);
    for (let i = words; i < length; i++) bytes[to + i] = from[at + i]!;
  }

  /** Adds `length` octets of `from`. As many as the buffer holds go to the sink as they are. */
  add(from: Uint8Array, at: number, length: number): void {
    if (length >= this.bytes.length) {
      this.flush();
      this.#sink(from.subarray(at, at + length));
      return;
    }
    const to = this.reserve(length);
    this.copy(from, at, length, to);
    this.used = to + length;
  }

  /** What is there goes to the sink, what comes next to another. */
  turnTo(sink: CaptureSink): void {
    this.flush();
    this.#sink = sink;
  }

  /** Hands the sink what there is. */
  flush(): void {
    const used = this.used;
    this.used = 0;
    if (used > 0) this.#sink(this.bytes.subarray(0, used));
  }
}
