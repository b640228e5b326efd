/** The frames that a host's own packets go out in: small ones, and large ones where a link takes such. Not here: how a pool works (wire/frame.ts). */
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, FramePool, HEADROOM } from '../../wire/frame.ts';
import type { Port } from '../link/link.ts';
import { IP_AT } from './frame-layout.ts';
import type { Interface } from './interface.ts';

/** Octets in a small frame, headroom not counted: with it, half a page. */
const SMALL: number = 2_048 - HEADROOM;

/** A host's frames. Those that are taken are given back by whoever has them last. */
export class OwnFrames {
  readonly #small: FramePool;
  #large: FramePool | undefined = undefined;
  readonly #largeCount: number;

  /**
   * @param small the most of up to 2,000 octets
   * @param large the most of up to 65,549 octets; there are none before a link takes such
   */
  constructor(small: number, large: number) {
    this.#small = new FramePool(small, SMALL);
    this.#largeCount = large;
  }

  /** The host has another link. Datagrams and echo replies may need large frames on any that carries them. */
  plugged({ gsoMax, mtu }: Port): void {
    if (!isSmall(Math.max(gsoMax, mtu))) this.#large ??= new FramePool(this.#largeCount, 65_535 + ethernet.HEADER);
  }

  /** Whether `take` would give one. */
  has(iface: Interface): boolean {
    return this.#small.free > 0 || (takesLarge(iface) && (this.#large?.free ?? 0) > 0);
  }

  /** The largest frame that is free and of use on `iface`; undefined when all are on their way. */
  take(iface: Interface): Frame | undefined {
    return (takesLarge(iface) ? this.#large?.take() : undefined) ?? this.#small.take();
  }

  /** A frame for a few octets. */
  takeSmall(): Frame | undefined {
    return this.#small.take() ?? this.#large?.take();
  }

  /** A frame that holds an IP packet of `octets`. */
  takeFor(octets: number): Frame | undefined {
    return isSmall(octets) ? this.takeSmall() : this.#large?.take();
  }

  /** Octets of IP packet that `frame` holds. */
  roomIn(frame: Frame): number {
    return HEADROOM + frame.pool.capacity - IP_AT;
  }
}

/** Whether a small frame holds an IP packet of `octets`. */
const isSmall = (octets: number): boolean => IP_AT + octets <= SMALL + HEADROOM;

/** Whether a small frame would cut short what `iface` takes in one piece. */
const takesLarge = (iface: Interface): boolean => !isSmall(iface.gsoMax);
