/**
 * A frame: octets in flight between a host and a link, in memory that is used again and again.
 *
 * A `Frame` owns one `DataView` for life and moves from hand to hand: `pool.take()`, fill it, `link.send(frame)`; from then on
 * it is the link's, which hands it to a receiver and releases it. A receiver has it until its call returns.
 * Header fields are read and written by the functions of wire/ over `(frame.view, at)`.
 */

/** Octets kept free before a frame's first octet at the least; puts the IP header behind Ethernet on a multiple of 16. */
export const HEADROOM = 18;

/** A stretch of memory, to be read and written as fields (`view`) and as octets (`bytes`): both cover the same. */
export interface Octets {
  readonly view: DataView;
  readonly bytes: Uint8Array;
}

/** A buffer with one packet in it. */
export interface Frame extends Octets {
  readonly view: DataView<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offset of the packet's first octet in `view` and `bytes`. */
  start: number;
  /** Octets in the packet. */
  length: number;
  /**
   * How the transport checksum stands, in virtio-net's terms: 'complete' (made, to be verified), 'partial' (holds the pseudo-header's sum only; the
   * receiver takes it as verified) or 'verified'.
   */
  checksum: 'complete' | 'partial' | 'verified';
  /** Payload octets per wire segment when this is a segmentation-offload packet; 0 when it goes out as it is. */
  segmentSize: number;
  /** A number that travels with the frame for those who watch it (lab/recorder.ts); 0 when nobody does. */
  mark: number;
  readonly pool: FramePool;
}

/** Where frames come from: a fixed number of fixed-size buffers in one block of memory, last in first out. */
export class FramePool {
  /** Octets a frame can hold behind the headroom. */
  readonly capacity: number;
  readonly #free: Frame[] = [];
  readonly size: number;

  /**
   * @param count how many frames, 1 or more
   * @param capacity octets each, headroom not counted
   */
  constructor(count: number, capacity: number) {
    this.capacity = capacity;
    this.size = count;
    const stride = (HEADROOM + capacity + 63) & ~63;
    const memory = new ArrayBuffer(stride * count);
    for (let i = 0; i < count; i++) {
      this.#free.push({
        view: new DataView(memory, i * stride, stride),
        bytes: new Uint8Array(memory, i * stride, stride),
        start: HEADROOM,
        length: 0,
        checksum: 'complete',
        segmentSize: 0,
        mark: 0,
        pool: this,
      });
    }
  }

  /** How many frames are free now. */
  get free(): number {
    return this.#free.length;
  }

  /** A frame, reset; undefined when all are in flight (the caller counts a drop or waits: it is never an exception). */
  take(): Frame | undefined {
    const frame = this.#free.pop();
    if (frame === undefined) return undefined;
    frame.start = HEADROOM;
    frame.length = 0;
    frame.checksum = 'complete';
    frame.segmentSize = 0;
    frame.mark = 0;
    return frame;
  }

  /** Gives a frame back; each taken frame once. */
  release(frame: Frame): void {
    this.#free.push(frame);
  }
}
