/**
 * Captures in files, pipes and standard input and output. Regular files are read synchronously, a large chunk at a time, which is the fastest there is; pipes as their octets
 * come, so that `tcpdump --immediate-mode -U -w - | tcplab read -` shows each packet when it is captured. Writing is synchronous throughout: a signal handler can close a capture and leave it whole.
 * Not the formats: see/capture reads and writes those.
 */
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  ftruncateSync,
  open,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { TcplabError } from '../core/errors.ts';
import { wholeNumber } from '../core/ranges.ts';
import {
  type CaptureInterface,
  CaptureReader,
  type CaptureReaderOptions,
  compressionOf,
  makePacket,
  type Packet,
  PcapngWriter,
  type PcapngWriterInterface,
  PcapWriter,
} from '../see/capture/index.ts';
import { type Fault, plainOctets, type ZstdDecoder } from './decompress.ts';
import { asFileError, codeOf, fileError, nameOf } from './file-error.ts';

/** How a capture file is read. */
export interface CaptureFileOptions extends CaptureReaderOptions {
  /** Octets read from a regular file at once, 4,096 to 1,073,741,824. Default 2,097,152: larger ones fall out of the processor's cache. */
  chunkSize?: number;
  /** A regular file that another program still writes is read on when its end is reached, until this is aborted. Default: it is over at its end. */
  follow?: AbortSignal;
  /** What decodes Zstandard where Node cannot (before 22.15). Default: such a file is a problem there. */
  zstd?: ZstdDecoder;
}

/** How long a file that is followed is left alone before it is looked at again, in milliseconds. */
const LOOK_AGAIN = 100;

/** Octets read at once, unless an option says otherwise. */
const CHUNK = 2_097_152;

const STDIN = 0;
const STDOUT = 1;

/** The regular files open for reading, with device and inode: nothing is written to them. */
const reading = new Map<CaptureFile, string>();

/**
 * A capture that is being read. Iterate over it: each turn there is another chunk of it in its reader.
 * @example
 * ```ts
 * const file = openCapture('handshake.pcapng');
 * const packet = makePacket();
 * for await (const reader of file) {
 *   while (reader.next(packet)) show(packet);
 * }
 * if (file.reader.problem !== undefined) console.error(file.reader.problem.message);
 * ```
 */
export class CaptureFile {
  /** As it was given; `-` is standard input. */
  readonly path: string;
  readonly reader: CaptureReader;
  /** Octets of a regular file when it was opened; undefined for a pipe. */
  readonly size: number | undefined;
  readonly #options: CaptureFileOptions;
  #chunk: Uint8Array<ArrayBuffer> | undefined;
  /** Of a regular file, until it is closed. */
  #descriptor: number | undefined;
  #position = 0;
  #started = false;
  /** What was wrong with how the octets came. */
  #fault: Fault | undefined;

  /** Use `openCapture`. */
  constructor(path: string, options: CaptureFileOptions) {
    wholeNumber('chunkSize', options.chunkSize ?? CHUNK, 4096, 1_073_741_824);
    this.path = path;
    this.reader = new CaptureReader(options);
    this.#options = options;
    try {
      const stats = path === '-' ? fstatSync(STDIN) : statSync(path);
      if (stats.isDirectory()) throw fileError('read', path, 'EISDIR');
      if (path === '-' && isatty(STDIN)) {
        throw new TcplabError(
          'TCPLAB_TERMINAL',
          'standard input is a terminal, not a capture: pipe one in, as in tcpdump --immediate-mode -U -w - | tcplab read -',
        );
      }
      if (stats.isFile()) {
        this.#descriptor = path === '-' ? STDIN : openSync(path, 'r');
        this.size = stats.size;
        reading.set(this, identityOf(this.#descriptor));
      }
    } catch (error) {
      throw asFileError('read', path, error);
    }
  }

  /** Whether this is a regular file, which `readChunk` can read when it is not compressed. */
  get isRegular(): boolean {
    return this.size !== undefined;
  }

  /** Whether its packets may be long in coming: from a pipe, or from a file that is followed. What was made of them had best be shown when a chunk has been read. */
  get isLive(): boolean {
    return !this.isRegular || this.#options.follow !== undefined;
  }

  /** Octets of the file or pipe, as it is, that have been read: of `size`, how far the reading has come. */
  get position(): number {
    return this.#position;
  }

  /**
   * Reads the next chunk of a regular file into the reader, without waiting for anything but the disk.
   * @returns false at the end, which the reader has been told, or after a problem; the file is closed then
   * @throws TcplabError the file's own code when reading fails, EINVAL when this is not a regular file or a compressed one
   */
  readChunk(): boolean {
    if (!this.isRegular) {
      throw new TcplabError('EINVAL', `${nameOf(this.path, 'read')} is not a regular file: read it with for await`);
    }
    if (this.#descriptor === undefined) return false;
    const chunk = this.reader.problem === undefined ? this.#read() : undefined;
    if (chunk === undefined) {
      this.close();
      this.reader.end();
      return false;
    }
    const compression = this.#started ? undefined : compressionOf(chunk);
    if (compression !== undefined) {
      this.close();
      const what = `${nameOf(this.path, 'read')} is compressed (${compression})`;
      throw new TcplabError('EINVAL', `${what}: read it with for await`);
    }
    this.#started = true;
    this.reader.push(chunk);
    return true;
  }

  /**
   * Gives the reader once for each chunk: pull all its packets before the next. What is compressed with gzip or Zstandard is undone. Ends behind the file's last octet or at a problem;
   * leaving the loop closes the file. Timers and signals have their turn between chunks.
   * @throws TcplabError the file's own code when reading fails
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<CaptureReader, void, undefined> {
    const { reader } = this;
    const source = plainOctets(this.isRegular ? this.#fileOctets() : this.#pipeOctets(), this.#options.zstd);
    try {
      for (;;) {
        const { value, done } = await source.next();
        if (done === true) {
          const fault = value ?? this.#fault;
          // Whoever ends the following has seen enough: a packet that is being written is no damage.
          if (fault !== undefined || this.#options.follow?.aborted !== true) reader.end(fault);
          return;
        }
        reader.push(value);
        yield reader;
        if (reader.problem !== undefined) return;
      }
    } catch (error) {
      throw asFileError('read', this.path, error);
    } finally {
      await source.return(undefined);
      this.close();
    }
  }

  /** Closes a regular file; harmless when it is closed. A pipe closes when the loop over it is left. */
  close(): void {
    if (this.#descriptor === undefined) return;
    if (this.#descriptor !== STDIN) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    reading.delete(this);
  }

  /** The next octets of a regular file, in memory that is used again; undefined at its end. */
  #read(): Uint8Array | undefined {
    this.#chunk ??= new Uint8Array(this.#options.chunkSize ?? CHUNK);
    try {
      const octets = readSync(this.#descriptor!, this.#chunk, 0, this.#chunk.length, null);
      this.#position += octets;
      if (octets === 0) return undefined;
      return octets === this.#chunk.length ? this.#chunk : this.#chunk.subarray(0, octets);
    } catch (error) {
      this.close();
      throw asFileError('read', this.path, error);
    }
  }

  async *#fileOctets(): AsyncGenerator<Uint8Array, void, undefined> {
    const { follow } = this.#options;
    while (this.#descriptor !== undefined) {
      const chunk = this.#read();
      if (chunk !== undefined) {
        yield chunk;
        await turn();
      } else if (follow === undefined || follow.aborted) return;
      else if (fstatSync(this.#descriptor).size < this.#position) {
        const message = `the file was made shorter while it was followed: ${this.#position} octets of it had been read`;
        this.#fault = { kind: 'cut-short', message };
        return;
      } else await pause(LOOK_AGAIN, undefined, { signal: follow }).catch(() => {});
    }
  }

  async *#pipeOctets(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of await this.#stream()) {
      this.#position += chunk.length;
      yield chunk;
    }
  }

  async #stream(): Promise<AsyncIterable<Uint8Array>> {
    if (this.path === '-') return process.stdin;
    if (!statSync(this.path).isFIFO()) return createReadStream(this.path);
    // Opening waits for a writer. A socket is polled where a file stream would keep a thread in read(), from which nothing frees it.
    const fd = await promisify(open)(this.path, 'r');
    return new Socket({ fd, readable: true, writable: false });
  }
}

/**
 * Opens a capture for reading: a file, a named pipe, or `-` for standard input.
 * @throws TcplabError ENOENT, EISDIR, EACCES or another code of the system when it cannot be read; TCPLAB_TERMINAL when standard input is a terminal; EINVAL when an
 * option is out of its range. That it is no capture shows later, in `reader.problem`.
 */
export function openCapture(path: string, options: CaptureFileOptions = {}): CaptureFile {
  return new CaptureFile(path, options);
}

/**
 * Calls `onPacket` for each packet of a capture; the packet holds until the call returns. It can return false to stop there.
 * @returns the reader, with what the file was and its `problem`
 * @throws TcplabError as `openCapture`, and what `onPacket` throws
 */
export async function readCapture(
  path: string,
  onPacket: (packet: Packet, reader: CaptureReader) => unknown,
  options: CaptureFileOptions = {},
): Promise<CaptureReader> {
  const file = openCapture(path, options);
  const packet = makePacket();
  for await (const reader of file) {
    while (reader.next(packet)) if (onPacket(packet, reader) === false) return reader;
  }
  return file.reader;
}

/** How a capture file is written. */
export interface CaptureWriteOptions {
  /** Default: `pcap` for a path that ends in .pcap or .cap, otherwise `pcapng`. */
  format?: 'pcap' | 'pcapng';
  /**
   * The interfaces that packets come from, where they are known beforehand: the file's header is written at once then. Others are added as their packets come. A pcap file can hold
   * only packets of one link type.
   */
  interfaces?: readonly PcapngWriterInterface[];
  /** Of the times in pcap; pcapng always has nanoseconds. Default `nano`. */
  resolution?: 'micro' | 'nano';
  /** Octets kept of each packet at most, 1 to 16,000,000. Default 262,144. */
  snaplen?: number;
  /** Octets gathered before they are written, 1 to 67,108,864. Default 524,288. */
  bufferSize?: number;
}

/** A capture that is being written; everything has happened when a call returns, but for what waits in the buffer for `flush`. */
export class CaptureFileWriter {
  /** As it was given; `-` is standard output. */
  readonly path: string;
  readonly format: 'pcap' | 'pcapng';
  readonly #options: CaptureWriteOptions;
  readonly #pcapng: PcapngWriter | undefined;
  /** Begins with the first interface or packet: its header needs the link type. */
  #pcap: PcapWriter | undefined;
  #descriptor: number | undefined;

  /** Use `writeCapture`. */
  constructor(path: string, options: CaptureWriteOptions) {
    this.path = path;
    this.format = options.format ?? (/\.p?cap$/i.test(path) ? 'pcap' : 'pcapng');
    this.#options = options;
    if (this.format === 'pcapng') this.#pcapng = this.#makePcapng();
    for (const one of options.interfaces ?? []) this.#addInterface(one);
    this.#descriptor = openTarget(path);
    try {
      this.flush();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** How many packets have been written. */
  get packets(): number {
    return this.#pcapng?.packets ?? this.#pcap?.packets ?? 0;
  }

  /**
   * Writes a packet; its octets are copied.
   * @param comment what a pcapng file says of it; a pcap file cannot
   * @param interfaces those of the capture that it comes from (`reader.interfaces`): they are described in the file as they are needed. Default: one without a name.
   * @throws TcplabError TCPLAB_LINK_TYPE when a pcap file has packets of another link type; ENOSPC, EPIPE or another code of the system when writing fails; EBADF after `close`
   */
  write(packet: Packet, interfaces: readonly CaptureInterface[] = [], comment = ''): void {
    if (this.#descriptor === undefined) throw fileError('write', this.path, 'EBADF');
    const pcapng = this.#pcapng;
    if (pcapng === undefined) {
      this.#pcap ??= this.#makePcap(packet.linkType);
      this.#pcap.write(packet);
      return;
    }
    while (pcapng.interfaces <= packet.interfaceId) {
      pcapng.addInterface(interfaces[pcapng.interfaces] ?? { linkType: packet.linkType });
    }
    pcapng.write(packet, comment);
  }

  /**
   * Writes out what waits in the buffer.
   * @throws TcplabError ENOSPC, EPIPE or another code of the system when that fails
   */
  flush(): void {
    if (this.#descriptor === undefined) return;
    this.#pcapng?.flush();
    this.#pcap?.flush();
  }

  /**
   * Writes out what waits and closes the file, which is a whole capture then, even one without packets. Harmless when it is closed.
   * @throws TcplabError as `flush`; the file is closed all the same
   */
  close(): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    try {
      if (this.#pcapng === undefined) this.#pcap ??= this.#makePcap(1);
      this.flush();
    } finally {
      this.#descriptor = undefined;
      if (descriptor !== STDOUT) closeSync(descriptor);
    }
  }

  #addInterface(one: PcapngWriterInterface): void {
    if (this.#pcapng !== undefined) this.#pcapng.addInterface(one);
    else this.#pcap ??= this.#makePcap(one.linkType);
  }

  #makePcap(linkType: number): PcapWriter {
    const { snaplen, bufferSize, resolution } = this.#options;
    return new PcapWriter((chunk) => this.#put(chunk), {
      linkType,
      ...(snaplen !== undefined && { snaplen }),
      ...(bufferSize !== undefined && { bufferSize }),
      ...(resolution !== undefined && { resolution }),
    });
  }

  #makePcapng(): PcapngWriter {
    const { snaplen, bufferSize } = this.#options;
    return new PcapngWriter((chunk) => this.#put(chunk), {
      ...(snaplen !== undefined && { maxRecord: snaplen }),
      ...(bufferSize !== undefined && { bufferSize }),
    });
  }

  #put(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      try {
        at += writeSync(this.#descriptor!, chunk, at);
      } catch (error) {
        // A full pipe that does not block: give its reader a millisecond.
        if (codeOf(error) !== 'EAGAIN') throw asFileError('write', this.path, error);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      }
    }
  }
}

/**
 * Opens a capture for writing, `-` for standard output; a file that is there is overwritten. Open what you read first: a file that is being read is refused.
 * @throws TcplabError TCPLAB_SAME_FILE when this program is reading that file; TCPLAB_TERMINAL when standard output is a terminal; EISDIR, EACCES, ENOENT or another code of the system when it
 * cannot be written; EINVAL when an option is out of its range
 */
export function writeCapture(path: string, options: CaptureWriteOptions = {}): CaptureFileWriter {
  return new CaptureFileWriter(path, options);
}

/** Opens without truncating, looks what it is, and only then empties it. */
function openTarget(path: string): number {
  if (path === '-' && isatty(STDOUT)) {
    throw new TcplabError(
      'TCPLAB_TERMINAL',
      'standard output is a terminal, which cannot show a capture: redirect it to a file or pipe it to a program',
    );
  }
  let descriptor = STDOUT;
  try {
    if (path !== '-') descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o666);
    if (!fstatSync(descriptor).isFile()) return descriptor;
    const identity = identityOf(descriptor);
    for (const [file, other] of reading) {
      if (other !== identity) continue;
      throw new TcplabError(
        'TCPLAB_SAME_FILE',
        `cannot write ${nameOf(path, 'write')}: it is the file that is being read (${nameOf(file.path, 'read')}); write to another one`,
      );
    }
    if (path !== '-') ftruncateSync(descriptor);
    return descriptor;
  } catch (error) {
    if (descriptor !== STDOUT) closeSync(descriptor);
    throw asFileError('write', path, error);
  }
}

function identityOf(descriptor: number): string {
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return `${dev}:${ino}`;
}
