/**
 * Every frame of a host into a pcapng file, as it passes, with what the host says of it as the packet's comment: why it sent this segment, what it did with that one.
 * Wireshark shows comments; `tshark -T fields -e frame.comment` prints them. Not here: captures of links that no host of this program is plugged into (live/, cable/).
 */

import { TcplabError } from '../core/errors.ts';
import { given } from '../core/given.ts';
import { milliseconds } from '../core/ranges.ts';
import { type CaptureInterface, LINKTYPE, makePacket, type Packet } from '../see/capture/index.ts';
import { completeChecksum } from '../speak/link/partial-checksum.ts';
import { type Host, requireHost } from '../speak/stack/host.ts';
import type { Interface } from '../speak/stack/interface.ts';
import { receivedText, sentText } from '../speak/stack/trace-text.ts';
import type { Frame } from '../wire/frame.ts';
import { type CaptureFileWriter, type CaptureWriteOptions, writeCapture } from './capture-file.ts';

/** How a host is captured. */
export interface HostCaptureOptions extends Pick<CaptureWriteOptions, 'snaplen' | 'bufferSize'> {
  /** Whether TCP segments are commented on; default true. */
  comments?: boolean;
  /** How often what has been written reaches the file, in milliseconds of real time, 1 to 60,000; default 100. */
  flushInterval?: number;
}

/** A capture that runs until it is closed. */
export interface HostCapture {
  /** How many packets it has. */
  readonly packets: number;
  /** What ended it before its time: the file could not be written. The host goes on all the same. */
  readonly error: TcplabError | undefined;
  /** Writes out what waits: the file is whole as it stands. */
  flush(): void;
  /** Ends the capture and closes the file; harmless when it is closed. @throws TcplabError what `error` says, or why the last octets could not be written */
  close(): void;
}

/** Comments on segments that have been made and wait for a hardware address before they are sent. */
const COMMENTS = 4_096;

/** Frames of a loopback that have gone out and may come in again. */
const ECHOES = 4_096;

/**
 * Captures all interfaces of `host`, those plugged in later, too. A frame of a loopback is captured once. The file is closed when the process ends, if not before.
 * @param path a file, `-` for standard output
 * @throws TcplabError as `writeCapture`; EINVAL when there is no host or no name, or `flushInterval` is out of its range
 * @example
 * const capture = captureTo(host, 'handshake.pcapng');
 * // ... programs talk ...
 * capture.close();
 */
export function captureTo(host: Host, path: string, options: HostCaptureOptions = {}): HostCapture {
  requireHost(host, 'captureTo');
  if (typeof path !== 'string')
    throw new TcplabError('EINVAL', `captureTo: the second argument is the name of a file, not ${given(path)}`);
  return new Capture(host, path, options);
}

class Capture implements HostCapture {
  error: TcplabError | undefined = undefined;
  readonly #host: Host;
  readonly #writer: CaptureFileWriter;
  readonly #packet: Packet = makePacket();
  readonly #interfaces: CaptureInterface[] = [];
  readonly #ends: (() => void)[] = [];
  /** By mark. */
  readonly #comments = new Map<number, string>();
  /** How often frames that went out by a loopback, known by a number over their octets, may come in again. */
  readonly #echoes = new Map<number, number>();
  /** A frame came in and its comment is not known yet. */
  #waiting = false;
  #closed = false;
  readonly #timer: NodeJS.Timeout;
  readonly #atExit = (): void => {
    try {
      this.close();
    } catch {
      // Nobody is left who could be told.
    }
  };

  constructor(host: Host, path: string, options: HostCaptureOptions) {
    const { comments = true, flushInterval = 100, ...how } = options;
    milliseconds('flushInterval', flushInterval, 1, 60_000);
    this.#host = host;
    const interfaces = this.#interfaces;
    for (const iface of host.interfaces) interfaces.push(description(iface));
    this.#writer = writeCapture(path, { ...how, format: 'pcapng', interfaces });
    // The moment itself: what a host is told stands still while it deals with all that has come.
    const { driver } = host;
    this.#ends.push(host.tap((iface, frame, _now, way) => this.#passes(iface, frame, driver.now, way === 'out')));
    if (comments) {
      const end = host.trace({
        sent: (event) => this.#remark(event.mark, sentText(event)),
        received: (event) => this.#write(receivedText(event)),
      });
      this.#ends.push(end);
    }
    this.#timer = setInterval(() => this.#try(() => this.#flush()), flushInterval);
    this.#timer.unref();
    process.once('exit', this.#atExit);
  }

  get packets(): number {
    return this.#writer.packets;
  }

  flush(): void {
    this.#try(() => this.#flush());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const end of this.#ends.splice(0)) end();
    clearInterval(this.#timer);
    process.removeListener('exit', this.#atExit);
    this.#write();
    this.#try(() => this.#writer.close());
    if (this.error !== undefined) throw this.error;
  }

  #flush(): void {
    this.#write();
    this.#writer.flush();
  }

  /** Keeps what is said of a segment until its frame passes. */
  #remark(mark: number, comment: string): void {
    forgetOldest(this.#comments, COMMENTS);
    this.#comments.set(mark, comment);
  }

  #passes(iface: Interface, frame: Frame, now: number, out: boolean): void {
    this.#write();
    if (iface.isLoopback && this.#isEcho(frame, out)) return;
    const packet = this.#packet;
    const time = this.#host.driver.epoch + now;
    packet.number++;
    packet.seconds = Math.floor(time / 1_000_000);
    packet.nanoseconds = Math.round((time - packet.seconds * 1_000_000) * 1_000);
    packet.interfaceId = this.#host.interfaces.indexOf(iface);
    while (this.#interfaces.length <= packet.interfaceId)
      this.#interfaces.push(description(this.#host.interfaces[this.#interfaces.length]!));
    packet.linkType = linkTypeOf(iface);
    const bytes = frame.bytes.slice(frame.start, frame.start + frame.length);
    const view = new DataView(bytes.buffer);
    packet.bytes = bytes;
    packet.view = view;
    packet.capturedLength = frame.length;
    packet.originalLength = frame.length;
    // The link would have vouched for it; a file has no link.
    completeChecksum({ view, start: 0, length: frame.length, checksum: frame.checksum }, iface.port.medium);
    this.#waiting = true;
    if (!out) return;
    const comment = this.#comments.get(frame.mark);
    this.#comments.delete(frame.mark);
    this.#write(comment);
  }

  /** Writes the frame that waits. */
  #write(comment?: string): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#try(() => this.#writer.write(this.#packet, this.#interfaces, comment));
  }

  /** A file that cannot be written ends the capture, not the conversation. */
  #try(write: () => void): void {
    if (this.error !== undefined) return;
    try {
      write();
    } catch (error) {
      if (!(error instanceof TcplabError)) throw error;
      this.error = error;
      for (const end of this.#ends.splice(0)) end();
      clearInterval(this.#timer);
    }
  }

  /** What went out by a loopback comes in again, from this host's own link or from the cable between programs: one of the two is enough. */
  #isEcho(frame: Frame, out: boolean): boolean {
    const echoes = this.#echoes;
    let hash = 0x811c9dc5;
    for (let i = frame.start; i < frame.start + frame.length; i++) hash = Math.imul(hash ^ frame.bytes[i]!, 0x01000193);
    const count = echoes.get(hash) ?? 0;
    if (out) {
      forgetOldest(echoes, ECHOES);
      echoes.set(hash, count + 1);
      return false;
    }
    if (count > 1) echoes.set(hash, count - 1);
    else echoes.delete(hash);
    return count > 0;
  }
}

/** Makes room for one more. */
function forgetOldest(map: Map<number, unknown>, limit: number): void {
  if (map.size < limit) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

const linkTypeOf = (iface: Interface): number => (iface.port.medium === 'ip' ? LINKTYPE.RAW : LINKTYPE.ETHERNET);

const description = (iface: Interface): CaptureInterface => ({
  linkType: linkTypeOf(iface),
  snaplen: 0,
  tsresol: 9,
  tsoffset: 0,
  name: iface.name,
  fcsLength: 0,
});
