/**
 * A frame: octets in flight between a host and a link, in memory that is used again and again.
 *
 * A `Frame` owns one `DataView` for life and moves from hand to hand: `pool.take()`, fill it, `link.send(frame)`; from then on
 * it is the link's, which hands it to a receiver and releases it. A receiver has it until its call returns.
 * Header fields are read and written by the functions of wire/ over `(frame.view, at)`.
 */

import { BLOCK, type Block, Blocks, type Octets } from '../core/memory.ts';

/** Octets kept free before a frame's first octet at the least; puts the IP header behind Ethernet on a multiple of 16. */
export const HEADROOM = 18;

export type { Octets };

/** A buffer with one packet in it. */
export interface Frame extends Octets {
  readonly view: DataView<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly base: number | undefined;
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
  /** A number that travels with the packet for those who watch it (lab/recorder.ts), through routers too, who give it to all pieces that they make of one; 0 when nobody does. */
  mark: number;
  readonly pool: FramePool;
}

/** Where frames come from: a bounded number of buffers of one size, made as they are needed and used again, last in first out. */
export class FramePool {
  /** Octets a frame can hold behind the headroom. */
  readonly capacity: number;
  readonly size: number;
  /** How many of its frames wait for a neighbour's answer (stack/neighbours.ts): others must not go without because of them. */
  waiting = 0;
  readonly #stride: number;
  readonly #blocks = new Blocks();
  /** The block that frames are being cut from, and where the next begins in it. */
  #block: Block | undefined = undefined;
  #at = 0;
  #made = 0;
  /** Those that were given back, the last last, and how many they are: the array itself never shrinks. */
  readonly #free: Frame[] = [];
  #freeCount = 0;

  /**
   * @param count the most frames, 1 or more
   * @param capacity octets each, headroom not counted, up to 131,000
   */
  constructor(count: number, capacity: number) {
    this.capacity = capacity;
    this.size = count;
    this.#stride = (HEADROOM + capacity + 63) & ~63;
  }

  /** How many frames are free now. */
  get free(): number {
    return this.#freeCount + this.size - this.#made;
  }

  /** A frame, reset; undefined when all are in flight (the caller counts a drop or waits: it is never an exception). */
  take(): Frame | undefined {
    const frame = this.#freeCount > 0 ? this.#free[--this.#freeCount] : this.#make();
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
    this.#free[this.#freeCount++] = frame;
  }

  #make(): Frame | undefined {
    if (this.#made === this.size) return undefined;
    const stride = this.#stride;
    if (this.#block === undefined || this.#at + stride > BLOCK) {
      this.#block = this.#blocks.take();
      this.#at = 0;
    }
    const { view, base } = this.#block;
    const at = view.byteOffset + this.#at;
    const frame: Frame = {
      view: new DataView(view.buffer, at, stride),
      bytes: new Uint8Array(view.buffer, at, stride),
      base: base === undefined ? undefined : base + this.#at,
      start: HEADROOM,
      length: 0,
      checksum: 'complete',
      segmentSize: 0,
      mark: 0,
      pool: this,
    };
    this.#at += stride;
    this.#made++;
    return frame;
  }
}
