/**
 * A capture written to several files, one after the other: the next begins when one is as old, as large or as full as it may be, and the oldest is removed when there
 * are more than are kept. Names are dumpcap's: `name_00001_20261122194737.pcapng`, with the number of the file and when it was begun, in local time. Not here: one file (capture-file.ts).
 */
import { unlinkSync } from 'node:fs';
import { extname } from 'node:path';
import type { Packet } from '../see/capture/index.ts';
import { type CaptureFileWriter, type CaptureWriteOptions, writeCapture } from './capture-file.ts';
import { asFileError, codeOf } from './file-error.ts';

/** When the next file begins, and how many are kept. What is not given does not count. */
export interface CaptureFilesLimits {
  /** Seconds from a file's first packet to its last, 1 or more. */
  readonly seconds?: number;
  /** Octets of a file: the next begins with the packet that reaches it. */
  readonly octets?: number;
  /** Packets of a file. */
  readonly packets?: number;
  /** Files that are kept: with the next one the oldest is removed. Default: all. */
  readonly files?: number;
}

/** Octets that a file adds to a packet: the header of a record or block, its end and padding. */
const PCAP_RECORD = 16;
const PCAPNG_BLOCK = 32;

/** The files. The first is opened at once. */
export class CaptureFiles {
  /** As it was given: what the files are called after, or the one file. */
  readonly path: string;
  readonly #limits: CaptureFilesLimits | undefined;
  readonly #options: CaptureWriteOptions;
  /** The files that are there, the oldest first. */
  readonly #paths: string[] = [];
  #file: CaptureFileWriter;
  #begun = 0;
  #packets = 0;
  #octets = 0;
  #since = 0;
  #filePackets = 0;

  /**
   * @param limits undefined: all goes into one file, which is called `path`; `-` is standard output
   * @throws TcplabError as `writeCapture`
   */
  constructor(path: string, limits?: CaptureFilesLimits, options: CaptureWriteOptions = {}) {
    this.path = path;
    this.#limits = limits;
    this.#options = options;
    this.#file = this.#begin(Math.floor(Date.now() / 1000));
  }

  /** How many packets have been written, into all files. */
  get packets(): number {
    return this.#packets;
  }

  /** How many files have been begun. */
  get begun(): number {
    return this.#begun;
  }

  /** Octets of the packets of the file that is being written, with what the format adds to each. */
  get octets(): number {
    return this.#octets;
  }

  /** The files that are there, the oldest first. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /** Whether the file that is being written is full, so that this packet goes into another. */
  isFull({ seconds, nanoseconds }: Packet): boolean {
    const limits = this.#limits;
    if (limits === undefined || this.#filePackets === 0) return false;
    return (
      (limits.packets !== undefined && this.#filePackets >= limits.packets) ||
      (limits.octets !== undefined && this.#octets >= limits.octets) ||
      (limits.seconds !== undefined && seconds + nanoseconds / 1e9 >= this.#since + limits.seconds)
    );
  }

  /**
   * Writes a packet; its octets are copied.
   * @throws TcplabError as `writeCapture` and `CaptureFileWriter.write`
   */
  write(packet: Packet): void {
    if (this.isFull(packet)) this.#next(packet.seconds);
    const file = this.#file;
    file.write(packet);
    if (this.#filePackets === 0) this.#since = packet.seconds + packet.nanoseconds / 1e9;
    this.#packets++;
    this.#filePackets++;
    const { capturedLength } = packet;
    this.#octets += file.format === 'pcap' ? PCAP_RECORD + capturedLength : PCAPNG_BLOCK + ((capturedLength + 3) & ~3);
  }

  /** Writes out what waits. */
  flush(): void {
    this.#file.flush();
  }

  /** Closes the file that is being written; harmless when it is closed. */
  close(): void {
    this.#file.close();
  }

  #next(seconds: number): void {
    this.#file.close();
    this.#file = this.#begin(seconds);
    this.#octets = 0;
    this.#filePackets = 0;
    const files = this.#limits?.files;
    if (files === undefined || this.#paths.length <= files) return;
    const oldest = this.#paths.shift()!;
    try {
      unlinkSync(oldest);
    } catch (error) {
      // Who takes finished files away has made the room.
      if (codeOf(error) !== 'ENOENT') throw asFileError('write', oldest, error);
    }
  }

  #begin(seconds: number): CaptureFileWriter {
    this.#begun++;
    const path = this.#limits === undefined ? this.path : this.#name(seconds);
    const file = writeCapture(path, this.#options);
    this.#paths.push(path);
    return file;
  }

  #name(seconds: number): string {
    const end = extname(this.path);
    const stem = end === '' ? this.path : this.path.slice(0, -end.length);
    const number = String(this.#begun).padStart(5, '0');
    const at = new Date(seconds * 1000);
    const parts = [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()];
    const time = `${at.getFullYear()}${parts.map((part) => String(part).padStart(2, '0')).join('')}`;
    return `${stem}_${number}_${time}${end}`;
  }
}
