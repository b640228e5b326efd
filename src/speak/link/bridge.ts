/**
 * A switch in memory: several ports of one Ethernet. A frame goes to the port behind which its destination was last heard, and to all others when that is not known, or is a group.
 * What it remembers is bounded and timed. Read first: IEEE 802.1D §7.8-7.9 (learning, the filtering database). Not here: spanning trees, VLANs; loops of bridges are the
 * builder's to avoid.
 */
import { wholeNumber } from '../../core/ranges.ts';
import { MILLISECOND, type Micros } from '../../core/time.ts';
import * as ethernet from '../../wire/ethernet.ts';
import { type Frame, FramePool } from '../../wire/frame.ts';
import type { FrameQueue } from './frame-queue.ts';
import type { LinkProperties, Port } from './link.ts';
import { delayOf, frameQueue, type LinkCounters, type LinkOptions, linkProperties } from './link-options.ts';

/** Options of a bridge. */
export interface BridgeOptions extends Omit<LinkOptions, 'medium'> {
  /** How long a frame is on its way, in milliseconds, 0 to 86,400,000 (a day); default 0. */
  delay?: number;
  /** The most hardware addresses remembered, 1 to 2^20; default 1,024. */
  addresses?: number;
  /** How long one is remembered after its last frame, in milliseconds, 1 to 86,400,000; default 300,000, as 802.1D has it. */
  lifetime?: number;
  /** The most copies, of frames that go to several ports, on their way at once, 1 to 65,536; default 256. */
  copies?: number;
}

/** What a bridge counts besides what its ports do. */
export interface BridgeCounters {
  /** Frames that went to all other ports. */
  flooded: number;
  /** Frames that stayed: their destination is behind the port they came from. */
  filtered: number;
  /** Frames of an address that was behind another port before. */
  moved: number;
  /** Addresses forgotten to make room. */
  forgotten: number;
  /** Copies not made for want of frames. */
  lost: number;
}

interface Station {
  port: BridgePort;
  until: Micros;
}

/** What the ports of a bridge share. */
class Bridge {
  readonly counters: BridgeCounters = { flooded: 0, filtered: 0, moved: 0, forgotten: 0, lost: 0 };
  readonly ports: BridgePort[] = [];
  readonly #most: number;
  readonly #lifetime: Micros;
  readonly #pool: FramePool;
  /** By the address as a number; the one heard longest ago first. */
  readonly #stations = new Map<number, Station>();

  constructor(most: number, lifetime: Micros, copies: number, capacity: number) {
    this.#most = most;
    this.#lifetime = lifetime;
    this.#pool = new FramePool(copies, capacity);
  }

  get size(): number {
    return this.#stations.size;
  }

  /** Passes a frame on that came by `from`. */
  pass(frame: Frame, from: BridgePort, now: Micros): void {
    const { view, start } = frame;
    this.#learn(macNumber(view, ethernet.sourceAt(start)), from, now);
    const destination = macNumber(view, start);
    const station = isGroup(destination) ? undefined : this.#stations.get(destination);
    if (station === undefined || station.until <= now) return this.#flood(frame, from, now);
    if (station.port !== from) return station.port.deliver(frame, now);
    this.counters.filtered++;
    frame.pool.release(frame);
  }

  #learn(address: number, port: BridgePort, now: Micros): void {
    if (isGroup(address)) return;
    const stations = this.#stations;
    const known = stations.get(address);
    if (known !== undefined) {
      if (known.port !== port) this.counters.moved++;
      known.port = port;
      known.until = now + this.#lifetime;
      return;
    }
    if (stations.size >= this.#most) {
      const [oldest] = stations.keys();
      stations.delete(oldest!);
      this.counters.forgotten++;
    }
    stations.set(address, { port, until: now + this.#lifetime });
  }

  #flood(frame: Frame, from: BridgePort, now: Micros): void {
    this.counters.flooded++;
    for (const port of this.ports) {
      if (port === from) continue;
      const copy = this.#pool.take();
      if (copy === undefined) {
        this.counters.lost++;
        continue;
      }
      copy.bytes.set(frame.bytes.subarray(frame.start, frame.start + frame.length), copy.start);
      copy.length = frame.length;
      copy.checksum = frame.checksum;
      copy.segmentSize = frame.segmentSize;
      copy.mark = frame.mark;
      port.deliver(copy, now);
    }
    frame.pool.release(frame);
  }
}

/** One port of a bridge. */
export class BridgePort implements Port {
  readonly medium = 'ethernet';
  readonly mtu: number;
  readonly gsoMax: number;
  readonly checksumOffload: boolean;
  onArrival: (() => void) | undefined = undefined;
  /** What was sent from here, and by the bridge to here. */
  readonly sent: LinkCounters = { frames: 0, octets: 0, dropped: 0, oversized: 0 };
  readonly received: LinkCounters = { frames: 0, octets: 0, dropped: 0, oversized: 0 };
  readonly #bridge: Bridge;
  readonly #delay: Micros;
  readonly #arriving: FrameQueue;

  /** For `bridge`, which makes these. */
  constructor(bridge: Bridge, properties: LinkProperties, delay: Micros, arriving: FrameQueue) {
    this.#bridge = bridge;
    this.mtu = properties.mtu;
    this.gsoMax = properties.gsoMax;
    this.checksumOffload = properties.checksumOffload;
    this.#delay = delay;
    this.#arriving = arriving;
  }

  /** What the whole bridge has counted, and how many addresses it remembers. */
  get counters(): Readonly<BridgeCounters> {
    return this.#bridge.counters;
  }

  get addresses(): number {
    return this.#bridge.size;
  }

  send(frame: Frame, now: Micros): void {
    const { sent } = this;
    if (frame.length > this.gsoMax + ethernet.HEADER || frame.length < ethernet.HEADER) {
      sent.oversized++;
      return frame.pool.release(frame);
    }
    sent.frames++;
    sent.octets += frame.length;
    this.#bridge.pass(frame, this, now);
  }

  /** For the bridge: a frame is for whoever is here. */
  deliver(frame: Frame, now: Micros): void {
    const { received } = this;
    if (!this.#arriving.add(frame, now, this.#delay)) {
      received.dropped++;
      return frame.pool.release(frame);
    }
    received.frames++;
    received.octets += frame.length;
    this.onArrival?.();
  }

  receive(now: Micros): Frame | undefined {
    return this.#arriving.take(now);
  }

  nextTimeout(): Micros {
    return this.#arriving.nextDue;
  }
}

/**
 * The ports of a new bridge.
 * @param count how many, 2 to 1,024
 * @throws TcplabError EINVAL when an option is out of range
 * @example const [a, b, c] = bridge(3); one.plug(a, { address: '10.0.0.1/24' });
 */
export function bridge(count: number, options: BridgeOptions = {}): BridgePort[] {
  wholeNumber("the number of a bridge's ports", count, 2, 1_024);
  const { addresses = 1_024, lifetime = 300_000, copies = 256 } = options;
  wholeNumber('addresses', addresses, 1, 1 << 20);
  wholeNumber('copies', copies, 1, 65_536);
  const properties = linkProperties({ ...options, medium: 'ethernet' }, 1_500);
  const life = Math.max(MILLISECOND, delayOf('lifetime', lifetime));
  const shared = new Bridge(addresses, life, copies, properties.gsoMax + ethernet.HEADER);
  const delay = delayOf('delay', options.delay ?? 0);
  for (let i = 0; i < count; i++) shared.ports.push(new BridgePort(shared, properties, delay, frameQueue(options)));
  return [...shared.ports];
}

/** The six octets at `at` as a number, below 2^48. */
const macNumber = (view: DataView, at: number): number => view.getUint16(at) * 0x1_0000_0000 + view.getUint32(at + 2);

const isGroup = (mac: number): boolean => (Math.floor(mac / 0x100_0000_0000) & 1) !== 0;
