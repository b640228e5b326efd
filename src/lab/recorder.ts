/**
 * Records what crosses the links of an experiment: each frame once, with the time its sender let go of it and the time its receiver got it, which one tap alone
 * cannot know. Not here: what frames mean (see/), and files (node/).
 */
import { wholeNumber } from '../core/ranges.ts';
import { type Micros, NEVER } from '../core/time.ts';
import { LINKTYPE, makePacket, type Packet, PcapngWriter } from '../see/capture/index.ts';
import type { Port } from '../speak/link/link.ts';
import { tap } from '../speak/link/tap.ts';
import type { Frame } from '../wire/frame.ts';

/** A frame of a recording. */
export interface RecordedFrame {
  /** When it was sent, on the experiment's clock. */
  readonly sent: Micros;
  /** When it was received; NEVER when it was lost on the way or is still under way. */
  arrived: Micros;
  readonly bytes: Uint8Array;
  /** The number that goes with the frame, by which a trace's event knows it (`SegmentSent.mark`); negative when its sender does not trace. */
  readonly mark: number;
}

/** Limits of a recorder. */
export interface RecorderOptions {
  /** The most frames kept, 1 to 2^26; later ones are counted in `missed`. Default 100,000. */
  maxFrames?: number;
  /** What to add to the experiment's clock to get microseconds since the Unix epoch. Default 0: captures then begin in 1970. */
  epoch?: Micros;
}

/** A recording that is being made. */
export class Recorder {
  readonly frames: RecordedFrame[] = [];
  /** Frames that found no room. */
  missed = 0;
  readonly #maxFrames: number;
  readonly #epoch: Micros;
  #linkType: number = LINKTYPE.ETHERNET;
  readonly #byMark = new Map<number, RecordedFrame>();

  /** @throws TcplabError EINVAL when `maxFrames` is out of its range */
  constructor(options: RecorderOptions = {}) {
    this.#maxFrames = wholeNumber('maxFrames', options.maxFrames ?? 100_000, 1, 1 << 26);
    this.#epoch = options.epoch ?? 0;
  }

  /** The LINKTYPE of the recorded frames. */
  get linkType(): number {
    return this.#linkType;
  }

  /** `port`, watched: plug the host into what this returns. Watch both ends of a link, and put mishaps (impair) between. */
  watch(port: Port): Port {
    this.#linkType = port.medium === 'ip' ? LINKTYPE.RAW : LINKTYPE.ETHERNET;
    return tap(port, (frame, now, direction) => {
      if (direction === 'out') this.#sent(frame, now);
      else this.#arrived(frame, now);
    });
  }

  #sent(frame: Frame, now: Micros): void {
    if (this.frames.length === this.#maxFrames) {
      this.missed++;
      return;
    }
    const bytes = frame.bytes.slice(frame.start, frame.start + frame.length);
    // A router may have made several of one.
    if (frame.mark === 0 || this.#byMark.has(frame.mark)) frame.mark = -1 - this.frames.length;
    const recorded = { sent: now, arrived: NEVER, bytes, mark: frame.mark };
    this.frames.push(recorded);
    this.#byMark.set(frame.mark, recorded);
  }

  #arrived(frame: Frame, now: Micros): void {
    const recorded = this.#byMark.get(frame.mark);
    if (recorded !== undefined && recorded.arrived === NEVER) recorded.arrived = now;
  }

  /** Each frame as a packet of a capture, in the order sent; the object is filled again for the next. */
  packets(onPacket: (packet: Packet, frame: RecordedFrame) => void): void {
    const packet = makePacket();
    packet.linkType = this.#linkType;
    for (const frame of this.frames) {
      const time = this.#epoch + frame.sent;
      packet.number++;
      packet.seconds = Math.floor(time / 1_000_000);
      packet.nanoseconds = (time - packet.seconds * 1_000_000) * 1_000;
      packet.bytes = frame.bytes;
      packet.view = new DataView(frame.bytes.buffer, frame.bytes.byteOffset, frame.bytes.byteLength);
      packet.capturedLength = frame.bytes.length;
      packet.originalLength = frame.bytes.length;
      onPacket(packet, frame);
    }
  }

  /** The recording as a pcapng file, handed to `sink` in pieces that are valid during the call. */
  writePcapng(sink: (chunk: Uint8Array) => void, interfaceName: string): void {
    const writer = new PcapngWriter(sink, { interfaces: [{ linkType: this.#linkType, name: interfaceName }] });
    this.packets((packet) => writer.write(packet));
    writer.flush();
  }
}
