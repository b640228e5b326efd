/**
 * Captures in files, pipes and standard input, read. Regular files are read synchronously, a large chunk at a time, which is the fastest there is; pipes as their octets
 * come, so that `tcpdump --immediate-mode -U -w - | tcplab read -` shows each packet when it is captured.
 * Not the formats: see/capture reads those. Writing is in capture-file-writer.ts and capture-file-copy.ts.
 */
import { closeSync, createReadStream, fstatSync, open, openSync, read, readSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { TcplabError } from '../core/errors.ts';
import { wholeNumber } from '../core/ranges.ts';
import {
  CaptureReader,
  type CaptureReaderOptions,
  type Compression,
  compressionOf,
  makePacket,
  type Packet,
} from '../see/capture/index.ts';
import { net, timers, tty } from './builtin.ts';
import { endReading, startReading } from './capture-target.ts';
import { type Fault, plainOctets, type ZstdDecoder } from './decompress.ts';
import { asFileError, fileError, nameOf } from './file-error.ts';

/** How a capture file is read. */
export interface CaptureFileOptions extends CaptureReaderOptions {
  /** Octets read from a regular file at once, 4,096 to 1,073,741,824; three times so many are held. Default 524,288. */
  chunkSize?: number;
  /** A regular file that another program still writes is read on when its end is reached, until this is aborted. Default: it is over at its end. */
  follow?: AbortSignal;
  /** What decodes Zstandard where Node cannot (before 22.15). Default: such a file is a problem there. */
  zstd?: ZstdDecoder;
}

/** How long a file that is followed is left alone before it is looked at again, in milliseconds. */
const LOOK_AGAIN = 100;

/** Octets read at once, unless an option says otherwise. */
const CHUNK = 524_288;

/** Reads that are under way while a chunk is looked at: with two of them the thread that reads need not wait to be told to go on (a copy that is decided on by octets takes a seventh less time than with one). */
const READS_UNDER_WAY = 2;

const STDIN = 0;

/** Standard input is Node's to close. */
function closeDescriptor(descriptor: number): void {
  if (descriptor !== STDIN) closeSync(descriptor);
}

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
  /** One is looked at while the others are filled; which is taken next. */
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #nextChunk = 0;
  /** How many reads are under way on threads of Node's. */
  #reads = 0;
  /** Of a regular file, until it is closed. */
  #descriptor: number | undefined;
  #position = 0;
  #started = false;
  #compression: Compression | undefined;
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
      if (path === '-' && tty().isatty(STDIN)) {
        throw new TcplabError(
          'TCPLAB_TERMINAL',
          'standard input is a terminal, not a capture: pipe one in, as in tcpdump --immediate-mode -U -w - | tcplab read -',
        );
      }
      if (stats.isFile()) {
        this.#descriptor = path === '-' ? STDIN : openSync(path, 'r');
        this.size = stats.size;
        startReading(this, this.#descriptor);
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

  /** How the file is compressed, once its first octets have been read. */
  get compression(): Compression | undefined {
    return this.#compression;
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
    const source = plainOctets(
      this.isRegular ? this.#fileOctets() : this.#pipeOctets(),
      this.#options.zstd,
      (compression) => {
        this.#compression = compression;
      },
    );
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
    // What is being read would be read from whatever file has the number next.
    if (this.#reads === 0) closeDescriptor(this.#descriptor);
    this.#descriptor = undefined;
    endReading(this);
  }

  /** The next octets of a regular file, in memory that is used again; undefined at its end. */
  #read(): Uint8Array | undefined {
    const chunk = this.#takeChunk();
    try {
      const octets = readSync(this.#descriptor!, chunk, 0, chunk.length, null);
      this.#position += octets;
      return octets === 0 ? undefined : chunk.subarray(0, octets);
    } catch (error) {
      this.close();
      throw asFileError('read', this.path, error);
    }
  }

  /** Chunks in turn: one more than are filled at the same time. */
  #takeChunk(): Uint8Array<ArrayBuffer> {
    const chunk = this.#chunks[this.#nextChunk] ?? new Uint8Array(this.#options.chunkSize ?? CHUNK);
    this.#chunks[this.#nextChunk] = chunk;
    this.#nextChunk = (this.#nextChunk + 1) % (READS_UNDER_WAY + 1);
    return chunk;
  }

  /**
   * Begins to read on a thread of Node's; nothing at the end. The file is not closed before that is over.
   * @param position in the file; null for what comes next
   */
  #beginRead(descriptor: number, position: number | null): Promise<Uint8Array | undefined> {
    const chunk = this.#takeChunk();
    this.#reads++;
    const octets = new Promise<Uint8Array | undefined>((resolve, reject) => {
      read(descriptor, chunk, 0, chunk.length, position, (error, count) => {
        this.#reads--;
        if (this.#reads === 0 && this.#descriptor === undefined) closeDescriptor(descriptor);
        if (error !== null) reject(error);
        else resolve(count === 0 ? undefined : chunk.subarray(0, count));
      });
    });
    // What goes wrong with it is heard when it is waited for.
    octets.catch(() => {});
    return octets;
  }

  /** The octets of a regular file. */
  async *#fileOctets(): AsyncGenerator<Uint8Array, void, undefined> {
    const { follow } = this.#options;
    const descriptor = this.#descriptor!;
    // Of standard input nobody knows where it stands, and of a file that grows a chunk may be a short one.
    const isKnown = descriptor !== STDIN && follow === undefined;
    const whole = this.#options.chunkSize ?? CHUNK;
    const most = isKnown ? READS_UNDER_WAY : 1;
    const ahead: Promise<Uint8Array | undefined>[] = [];
    const begin = (): void => {
      while (ahead.length < most) {
        const position = this.#position + ahead.length * whole;
        ahead.push(this.#beginRead(descriptor, isKnown ? position : null));
      }
    };
    while (this.#descriptor !== undefined) {
      begin();
      const chunk = await ahead.shift();
      if (chunk !== undefined) {
        this.#position += chunk.length;
        if (!isKnown || chunk.length === whole) begin();
        // Behind a short one is the end, most often; if not, what was begun stands elsewhere.
        else await Promise.allSettled(ahead.splice(0));
        yield chunk;
        continue;
      }
      if (this.#descriptor === undefined || follow === undefined || follow.aborted) return;
      if (fstatSync(this.#descriptor).size < this.#position) {
        const message = `the file was made shorter while it was followed: ${this.#position} octets of it had been read`;
        this.#fault = { kind: 'cut-short', message };
        return;
      }
      await timers()
        .setTimeout(LOOK_AGAIN, undefined, { signal: follow })
        .catch(() => {});
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
    return new (net().Socket)({ fd, readable: true, writable: false });
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

export { CaptureFileWriter, type CaptureWriteOptions, writeCapture } from './capture-file-writer.ts';
