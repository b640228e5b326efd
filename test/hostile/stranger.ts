/**
 * A stranger on a raw line: it writes whatever IP packets it likes to a host and sees what comes back. No stack stands behind it, so it can break every
 * rule; beside it the host talks to an honest client on a cable of its own.
 */
import type { Random } from '../../src/core/random.ts';
import { Host, type HostOptions, type PipePort, pipe, type VirtualDriver } from '../../src/speak/index.ts';
import { finish, pseudoHeader4, sum } from '../../src/wire/checksum.ts';
import { FramePool } from '../../src/wire/frame.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { virtualDriver } from '../network.ts';

export const SERVER = 0x0a00_0102;
export const STRANGER = 0x0a00_0101;

/** A segment to be written; what is not given is 0, nothing, or the stranger's own address. */
export interface StrangeSegment {
  source?: number;
  destination?: number;
  from: number;
  to: number;
  flags: number;
  seq?: number;
  ack?: number;
  window?: number;
  urgent?: number;
  /** A multiple of 4 octets, up to 40. */
  options?: Uint8Array;
  data?: Uint8Array;
  /** Data offset in words, when it is to be a lie. */
  offset?: number;
}

/** What the host said to the stranger, as it stands in the header; sequence numbers int32. */
export interface Answer {
  readonly port: number;
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly length: number;
}

const NOTHING = new Uint8Array();

/** The host under attack, the honest client (10.0.0.1, which knows it as 10.0.0.2), and the stranger (10.0.1.1, 10.0.1.2). */
export class Stranger {
  readonly driver: VirtualDriver;
  readonly server: Host;
  readonly client: Host;
  /** Packets written, and octets and packets that came back. */
  written = 0;
  answered = 0;
  /** Sees each segment that came back; all fields are the stranger's to use. */
  onAnswer: (answer: Answer) => void = () => {};
  readonly #port: PipePort;
  readonly #frames = new FramePool(4_096, 2_048);

  constructor(seed: number, options: Partial<HostOptions> = {}) {
    this.driver = virtualDriver(seed);
    this.server = new Host({ driver: this.driver, name: 'server', buffers: 16 << 20, ...options });
    this.client = new Host({ driver: this.driver, name: 'client', buffers: 4 << 20 });
    const [left, right] = pipe({ delay: 1 });
    this.client.plug(left, { address: '10.0.0.1/24' });
    this.server.plug(right, { address: '10.0.0.2/24' });
    const [outer, inner] = pipe({ medium: 'ip', queueFrames: 100_000, queueOctets: 64 << 20 });
    this.#port = outer;
    // Every address behind the line is a stranger.
    this.server.plug(inner, { address: '10.0.1.2/24', gateway: '10.0.1.1' });
  }

  get random(): Random {
    return this.driver.random;
  }

  /** Writes a segment with right checksums. False when the line is full. */
  write(segment: StrangeSegment): boolean {
    const {
      source = STRANGER,
      destination = SERVER,
      from,
      to,
      flags,
      seq = 0,
      ack = 0,
      window = 0xffff,
      urgent = 0,
      offset,
    } = segment;
    const { options = NOTHING, data = NOTHING } = segment;
    const frame = this.#frames.take();
    if (frame === undefined) return false;
    const { view, bytes, start } = frame;
    const length = tcp.HEADER + options.length + data.length;
    const at = ipv4.emit(view, start, source, destination, ipv4.TCP, length, 1, ipv4.DONT_FRAGMENT, 64);
    tcp.emit(view, at, from, to, seq | 0, ack | 0, flags, window, urgent, options.length);
    bytes.set(options, at + tcp.HEADER);
    bytes.set(data, at + tcp.HEADER + options.length);
    if (offset !== undefined) view.setUint8(at + 12, (offset << 4) | (view.getUint8(at + 12) & 15));
    view.setUint16(at + 16, finish(sum(view, at, length, pseudoHeader4(source, destination, ipv4.TCP, length))));
    frame.length = at + length - start;
    this.written++;
    this.#port.send(frame, this.driver.now);
    this.driver.wake();
    return true;
  }

  /** Takes in what has come back. */
  read(): void {
    for (;;) {
      const frame = this.#port.receive(this.driver.now);
      if (frame === undefined) return;
      const { view, start } = frame;
      const at = start + ipv4.headerLength(view, start);
      if (ipv4.protocol(view, start) === ipv4.TCP) {
        this.answered++;
        const length = ipv4.totalLength(view, start) - (at - start) - tcp.headerLength(view, at);
        const flags = tcp.flags(view, at);
        this.onAnswer({
          port: tcp.destinationPort(view, at),
          flags,
          seq: (tcp.seq(view, at) + length + (flags & tcp.SYN ? 1 : 0) + (flags & tcp.FIN ? 1 : 0)) | 0,
          ack: tcp.ack(view, at),
          window: tcp.window(view, at),
          length,
        });
      }
      frame.pool.release(frame);
    }
  }

  /** Lets time pass, and takes in what comes back. */
  async pause(micros: number): Promise<void> {
    await this.driver.sleep(micros);
    this.read();
  }
}
