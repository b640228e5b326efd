/** A cable in memory: two ports, and what is sent into one comes out of the other, after a delay if it has one. Not here: loss and other mishaps (impair.ts). */
import type { Micros } from '../../core/time.ts';
import type { Frame } from '../../wire/frame.ts';
import type { FrameQueue } from './frame-queue.ts';
import type { LinkProperties, Port } from './link.ts';
import { delayOf, frameQueue, type LinkCounters, type LinkOptions, linkProperties } from './link-options.ts';

/** Options of a pipe. */
export interface PipeOptions extends LinkOptions {
  /** How long a frame is on its way, in milliseconds, 0 to 86,400,000 (a day); default 0. */
  delay?: number;
}

/** One end of a pipe, or of a loopback. */
export class PipePort implements Port {
  readonly medium: 'ethernet' | 'ip';
  readonly mtu: number;
  readonly gsoMax: number;
  readonly checksumOffload: boolean;
  onArrival: (() => void) | undefined = undefined;
  /** What was sent from here. */
  readonly sent: LinkCounters = { frames: 0, octets: 0, dropped: 0, oversized: 0 };
  readonly #delay: Micros;
  readonly #arriving: FrameQueue;
  readonly #leaving: FrameQueue;
  #peer: PipePort = this;
  readonly #longest: number;

  /** For `pipe` and `loopback`, which make these. */
  constructor(properties: LinkProperties, delay: Micros, arriving: FrameQueue, leaving: FrameQueue) {
    this.medium = properties.medium;
    this.mtu = properties.mtu;
    this.gsoMax = properties.gsoMax;
    this.checksumOffload = properties.checksumOffload;
    this.#delay = delay;
    this.#arriving = arriving;
    this.#leaving = leaving;
    this.#longest = properties.gsoMax + (properties.medium === 'ethernet' ? 14 : 0);
  }

  send(frame: Frame, now: Micros): void {
    const { sent } = this;
    if (frame.length > this.#longest) sent.oversized++;
    else if (this.#leaving.add(frame, now, this.#delay)) {
      sent.frames++;
      sent.octets += frame.length;
      const { onArrival } = this.#peer;
      if (onArrival !== undefined) onArrival();
      return;
    } else sent.dropped++;
    frame.pool.release(frame);
  }

  get hasFrames(): boolean {
    return this.#arriving.count > 0;
  }

  receive(now: Micros): Frame | undefined {
    return this.#arriving.take(now);
  }

  nextTimeout(): Micros {
    return this.#arriving.nextDue;
  }

  /** The two ends of a cable. A port that was joined to none is its own other end. */
  static joined(left: PipePort, right: PipePort): [PipePort, PipePort] {
    left.#peer = right;
    right.#peer = left;
    return [left, right];
  }
}

/**
 * Two ports joined by a cable.
 * @throws TcplabError EINVAL when an option is out of range
 */
export function pipe(options: PipeOptions = {}): [PipePort, PipePort] {
  const properties = linkProperties(options, 1_500);
  const delay = delayOf('delay', options.delay ?? 0);
  const there = frameQueue(options);
  const back = frameQueue(options);
  return PipePort.joined(new PipePort(properties, delay, back, there), new PipePort(properties, delay, there, back));
}
