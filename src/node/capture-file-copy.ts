/** Copies of captures, written to files and standard output: what was found with the packets is kept (see/capture/capture-copy.ts). */
import {
  CaptureCopy,
  type CaptureCopyOptions,
  type CaptureReader,
  type CopySource,
  type LeftBehind,
} from '../see/capture/index.ts';
import { CaptureTarget, formatOf } from './capture-target.ts';

/** How a copy is written. The format's default is pcap for a path that ends in .pcap or .cap (or .pcap.gz), otherwise pcapng. */
export interface CaptureCopyFileOptions extends CaptureCopyOptions {}

/** A capture file that others are copied into; everything has happened when a call returns, but for what waits in the buffer for `flush`. */
export class CaptureFileCopy {
  readonly format: 'pcap' | 'pcapng';
  readonly #copy: CaptureCopy;
  #path: string;
  /** Of a copy in parts, opened when something must be written: the first part's name comes with its first packet. */
  #target: CaptureTarget | undefined;
  #isClosed = false;

  /** Use `copyCapture`. */
  constructor(path: string, options: CaptureCopyFileOptions) {
    this.format = options.format ?? formatOf(path);
    this.#path = path;
    this.#copy = new CaptureCopy((chunk) => this.#put(chunk), { ...options, format: this.format });
    if (options.parts !== true) this.#target = new CaptureTarget(path);
  }

  #put(chunk: Uint8Array): void {
    this.#target ??= new CaptureTarget(this.#path);
    this.#target.put(chunk);
  }

  /** How many packets have been copied, into all parts together. */
  get packets(): number {
    return this.#copy.packets;
  }

  /** What was not copied, so far. */
  get left(): LeftBehind {
    return this.#copy.left;
  }

  /**
   * Says that packets of this capture will come: call it when the capture is open and before it is read.
   * @returns what takes them
   */
  from(reader: CaptureReader): CopySource {
    return this.#copy.from(reader);
  }

  /**
   * Closes the file, which is whole then, and goes on in another. Before anything was written to the first, that is the first. Needs the option `parts`.
   * @throws TcplabError as `copyCapture`, and a code of the system when writing fails
   */
  next(path: string): void {
    if (this.packets > 0 || this.#target !== undefined) {
      this.#copy.end();
      this.#target?.close();
      this.#target = undefined;
      this.#copy.next((chunk) => this.#put(chunk));
    }
    this.#path = path;
  }

  /**
   * Writes out what waits in the buffer.
   * @throws TcplabError ENOSPC, EPIPE or another code of the system when that fails
   */
  flush(): void {
    this.#copy.flush();
  }

  /**
   * Writes out what waits and closes the file, which is a whole capture then. Harmless when it is closed.
   * @throws TcplabError as `flush`; the file is closed all the same
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#copy.end();
    } finally {
      this.#target?.close();
    }
  }

  /** Closes the file without what waits and removes it, as it holds only a part of what was wanted. Harmless when it is closed. */
  discard(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#target?.remove();
  }
}

/**
 * Opens a capture file for copies of captures, `-` for standard output; a file that is there is overwritten. Open what you read first: a file that is being read is refused.
 * @example
 * ```ts
 * const file = openCapture('all.pcapng');
 * const copy = copyCapture('some.pcapng');
 * const source = copy.from(file.reader);
 * const packet = makePacket();
 * for await (const reader of file) while (reader.next(packet)) if (isWanted(packet)) source.write(packet);
 * copy.close();
 * ```
 * @throws TcplabError TCPLAB_SAME_FILE when this program is reading that file; TCPLAB_TERMINAL when standard output is a terminal; EISDIR, EACCES, ENOENT or another code of the system when it
 * cannot be written; EINVAL when an option is out of its range
 */
export function copyCapture(path: string, options: CaptureCopyFileOptions = {}): CaptureFileCopy {
  return new CaptureFileCopy(path, options);
}
