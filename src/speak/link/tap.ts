/** A port that shows every frame that passes to somebody who listens in: what a capture of a simulation is made with. It changes nothing. */
import type { Micros } from '../../core/time.ts';
import type { Frame } from '../../wire/frame.ts';
import type { Port } from './link.ts';
import { WrappedPort } from './wrapped-port.ts';

/** Which way a frame goes, seen from the host: `'out'` it sends, `'in'` it receives. */
export type Direction = 'out' | 'in';

/** Is handed each frame as it passes, `length` octets from `start`. The frame is not the sink's: what it wants to keep, it copies before it returns. */
export type FrameSink = (frame: Frame, now: Micros, direction: Direction) => void;

class TapPort extends WrappedPort {
  readonly #sink: FrameSink;

  constructor(inner: Port, sink: FrameSink) {
    super(inner);
    this.#sink = sink;
  }

  get hasFrames(): boolean | undefined {
    return this.inner.hasFrames;
  }

  override send(frame: Frame, now: Micros): void {
    this.#sink(frame, now, 'out');
    this.inner.send(frame, now);
  }

  override receive(now: Micros): Frame | undefined {
    const frame = this.inner.receive(now);
    if (frame !== undefined) this.#sink(frame, now, 'in');
    return frame;
  }
}

/**
 * `port` with a tap on it. On a loopback each frame passes twice, out and in: a capture of it takes one of the two directions.
 * @example const [left, right] = pipe(); const seen = tap(left, (frame, now, direction) => { ... });
 */
export const tap = (port: Port, sink: FrameSink): Port => new TapPort(port, sink);
