/**
 * A port on a worse line: frames are lost, late, out of order, doubled or damaged, as often as asked, in each direction by its own
 * measure. The same seed and the same frames give the same mishaps. Devices wrap devices: `impair(tap(port, sink), ...)` shows what was sent, `tap(impair(port, ...), sink)` what a host sees.
 */
import { TcplabError } from '../../core/errors.ts';
import { given, requireKnown } from '../../core/given.ts';
import { below, chance, type Random } from '../../core/random.ts';
import { type Micros, SECOND } from '../../core/time.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import type { FrameQueue } from './frame-queue.ts';
import type { Port } from './link.ts';
import { delayOf, frameQueue, QUEUE_FRAMES } from './link-options.ts';
import { completeChecksum } from './partial-checksum.ts';
import { WrappedPort } from './wrapped-port.ts';

/** What happens to frames in one direction. Everything is off by default. */
export interface Impairment {
  /** Share of frames that are lost, 0 to 1. */
  loss?: number;
  /**
   * Whether a frame that would be lost, by `loss` or `drop`, arrives with a mark of congestion instead when its packet allows it: IPv4 and ECN-capable
   * (RFC 3168 §5); default false.
   */
  mark?: boolean;
  /** Which frames are lost besides: asked for every frame, with its index in this direction from 0. */
  drop?: (index: number, frame: Frame) => boolean;
  /** Share of frames that come twice, 0 to 1. */
  duplicate?: number;
  /** Share of frames that are damaged, 0 to 1: one burst of 1 to 15 bits inside the IP packet, which an Internet checksum always notices. */
  corrupt?: number;
  /** How long a frame takes besides the link's own delay, in milliseconds. */
  delay?: number;
  /** Up to how much longer it takes, at random, in milliseconds; frames keep their order. */
  jitter?: number;
  /** Share of frames that later ones overtake, 0 to 1 ... */
  reorder?: number;
  /** ... because they take this much longer, in milliseconds; default 1. */
  reorderDelay?: number;
  /** How fast the line is, in bits per second: a frame leaves when those before it have. Default: infinitely. */
  rate?: number;
  /** The most frames and octets that wait in this direction; default 4,096 frames, 16 MiB. What does not fit is dropped. */
  queueFrames?: number;
  queueOctets?: number;
}

/** Options of `impair`. */
export interface ImpairOptions {
  /** Decides what happens to whom. */
  random: Random;
  /** For frames the host sends. */
  out?: Impairment;
  /** For frames the host receives. */
  in?: Impairment;
}

/** What an impaired direction has done, in frames. */
export interface ImpairmentCounters {
  frames: number;
  lost: number;
  /** Marked instead of lost. */
  marked: number;
  duplicated: number;
  corrupted: number;
  reordered: number;
  overflowed: number;
}

/** Names of all that can happen. */
const IMPAIRMENTS: readonly string[] = [
  ...(['loss', 'mark', 'drop', 'duplicate', 'corrupt', 'delay', 'jitter', 'reorder', 'reorderDelay'] as const),
  ...(['rate', 'queueFrames', 'queueOctets'] as const),
] satisfies readonly (keyof Impairment)[];

/** The longest burst of damaged bits. */
const BURST = 15;

/** One direction of an impaired port. */
class Line {
  readonly counters: ImpairmentCounters = {
    frames: 0,
    lost: 0,
    marked: 0,
    duplicated: 0,
    corrupted: 0,
    reordered: 0,
    overflowed: 0,
  };
  readonly queue: FrameQueue;
  readonly #what: Impairment;
  readonly #random: Random;
  readonly #port: Port;
  readonly #delay: Micros;
  readonly #jitter: Micros;
  readonly #reorderDelay: Micros;
  readonly #queueFrames: number;
  /** Frames of our own: for the second of two, and for those the link inside wants back before we are done with them. */
  #pool: FramePool | undefined = undefined;
  #index = 0;
  #busyUntil: Micros = 0;
  #lastDue: Micros = 0;

  constructor(what: Impairment, random: Random, port: Port) {
    requireKnown(what, IMPAIRMENTS, 'an impaired direction');
    for (const name of ['loss', 'duplicate', 'corrupt', 'reorder'] as const) {
      const share = what[name] ?? 0;
      if (!(share >= 0 && share <= 1))
        throw new TcplabError('EINVAL', `${name} is a share of the frames from 0 to 1, not ${share}`);
    }
    if (what.rate !== undefined && !(what.rate > 0))
      throw new TcplabError('EINVAL', `rate is a number of bits per second above 0, not ${what.rate}`);
    if (what.drop !== undefined && typeof what.drop !== 'function')
      throw new TcplabError(
        'EINVAL',
        `drop is a function of a frame's index and the frame, not ${given(what.drop)}; a share of the frames is loss`,
      );
    this.#what = what;
    this.#random = random;
    this.#port = port;
    this.#delay = delayOf('delay', what.delay ?? 0);
    this.#jitter = delayOf('jitter', what.jitter ?? 0);
    this.#reorderDelay = delayOf('reorderDelay', what.reorderDelay ?? 1);
    this.#queueFrames = what.queueFrames ?? QUEUE_FRAMES;
    this.queue = frameQueue(what);
  }

  /** Takes a frame over and decides what becomes of it. `ours`: we may keep it; else it goes back and a copy is kept. */
  take(frame: Frame, now: Micros, ours: boolean): void {
    const { counters } = this;
    const what = this.#what;
    const random = this.#random;
    counters.frames++;
    const lost = chance(random, what.loss ?? 0);
    const doubled = chance(random, what.duplicate ?? 0);
    const damaged = chance(random, what.corrupt ?? 0);
    const overtaken = chance(random, what.reorder ?? 0);
    const dropped = what.drop?.(this.#index++, frame) ?? false;
    if ((lost || dropped) && !(what.mark && this.#mark(frame))) {
      counters.lost++;
      frame.pool.release(frame);
      return;
    }
    const kept = ours ? frame : this.#copy(frame);
    if (!ours) frame.pool.release(frame);
    if (kept === undefined) {
      counters.overflowed++;
      return;
    }
    if (doubled) {
      const second = this.#copy(kept);
      if (second !== undefined) {
        counters.duplicated++;
        this.#queue(second, now, false);
      }
    }
    if (damaged) this.#damage(kept);
    this.#queue(kept, now, overtaken);
  }

  #queue(frame: Frame, now: Micros, overtaken: boolean): void {
    const { rate } = this.#what;
    if (rate !== undefined)
      this.#busyUntil = Math.max(now, this.#busyUntil) + Math.ceil((frame.length * 8 * SECOND) / rate);
    const leaves = rate === undefined ? now : this.#busyUntil;
    const jitter = this.#jitter === 0 ? 0 : below(this.#random, this.#jitter + 1);
    let due = Math.max(leaves + this.#delay + jitter, this.#lastDue);
    if (overtaken) {
      this.counters.reordered++;
      due += this.#reorderDelay;
    } else this.#lastDue = due;
    if (!this.queue.add(frame, due, 0)) {
      this.counters.overflowed++;
      frame.pool.release(frame);
    }
  }

  /** Marks the packet in `frame`, if it may be; answers whether. */
  #mark(frame: Frame): boolean {
    const { view } = frame;
    const at = frame.start + (this.#port.medium === 'ethernet' ? ethernet.HEADER : 0);
    if (this.#port.medium === 'ethernet' && ethernet.type(view, frame.start) !== ethernet.TYPE_IPV4) return false;
    if (ipv4.locate(view, at, frame.start + frame.length) < 0 || ipv4.ecn(view, at) === ipv4.NOT_ECT) return false;
    ipv4.setEcn(view, at, ipv4.CE);
    this.counters.marked++;
    return true;
  }

  /** Flips a burst of bits, its first and last certainly. */
  #damage(frame: Frame): void {
    // What nobody can finish nobody would notice the damage of.
    if (!completeChecksum(frame, this.#port.medium)) return;
    // Whoever has verified it has verified what it was.
    frame.checksum = 'complete';
    const skip = this.#port.medium === 'ethernet' ? ethernet.HEADER : 0;
    const bits = (frame.length - skip) * 8;
    if (bits < BURST) return;
    const random = this.#random;
    const length = 1 + below(random, BURST);
    const first = below(random, bits - length + 1);
    for (let i = 0; i < length; i++) {
      if (i !== 0 && i !== length - 1 && random.next() >= 0) continue;
      const bit = first + i;
      frame.bytes[frame.start + skip + (bit >>> 3)]! ^= 0x80 >>> (bit & 7);
    }
    this.counters.corrupted++;
  }

  #copy(frame: Frame): Frame | undefined {
    this.#pool ??= new FramePool(
      Math.min(this.#queueFrames, 1_024),
      this.#port.gsoMax + (this.#port.medium === 'ethernet' ? ethernet.HEADER : 0),
    );
    const copy = this.#pool.take();
    if (copy === undefined) return undefined;
    // The IP header stands at the same offset as before, so that its alignment stays.
    copy.start = Math.min(frame.start, copy.bytes.length - frame.length);
    copy.length = frame.length;
    copy.checksum = frame.checksum;
    copy.segmentSize = frame.segmentSize;
    copy.mark = frame.mark;
    copy.bytes.set(frame.bytes.subarray(frame.start, frame.start + frame.length), copy.start);
    return copy;
  }
}

/** An impaired port. */
export class ImpairedPort extends WrappedPort {
  readonly #out: Line | undefined;
  readonly #in: Line | undefined;

  /** For `impair`, which makes these. */
  constructor(inner: Port, options: ImpairOptions) {
    // Damage must be noticed, so checksums have to be there; and what the link inside cuts gets new ones.
    super(inner, false, (options.out?.corrupt ?? 0) > 0 ? inner.mtu : inner.gsoMax);
    this.#out = options.out && new Line(options.out, options.random, inner);
    this.#in = options.in && new Line(options.in, options.random, inner);
  }

  /** What has happened, by direction. */
  get counters(): { out: ImpairmentCounters | undefined; in: ImpairmentCounters | undefined } {
    return { out: this.#out?.counters, in: this.#in?.counters };
  }

  override send(frame: Frame, now: Micros): void {
    if (this.#out === undefined) return this.inner.send(frame, now);
    this.#out.take(frame, now, true);
    this.#forward(now);
  }

  override receive(now: Micros): Frame | undefined {
    this.#forward(now);
    if (this.#in === undefined) return this.inner.receive(now);
    for (let frame = this.inner.receive(now); frame !== undefined; frame = this.inner.receive(now))
      this.#in.take(frame, now, false);
    return this.#in.queue.take(now);
  }

  override nextTimeout(): Micros {
    return Math.min(
      this.inner.nextTimeout(),
      this.#out?.queue.nextDue ?? Infinity,
      this.#in?.queue.nextDue ?? Infinity,
    );
  }

  /** Hands on what has waited long enough on its way out. */
  #forward(now: Micros): void {
    if (this.#out === undefined) return;
    for (let frame = this.#out.queue.take(now); frame !== undefined; frame = this.#out.queue.take(now))
      this.inner.send(frame, now);
  }
}

/**
 * `port` with mishaps.
 * @throws TcplabError EINVAL when an option is out of range, or there is no such option
 * @example impair(port, { random: seeded(1), out: { loss: 0.1 }, in: { loss: 0.1, delay: 20, jitter: 5 } })
 */
export function impair(port: Port, options: ImpairOptions): ImpairedPort {
  requireKnown(options, ['random', 'out', 'in'], 'impair');
  return new ImpairedPort(port, options);
}
