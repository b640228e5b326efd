/**
 * Where captures are written: a file, which one that is being read cannot be, or standard output; compressed when the file's name says so. Not the formats: see/capture.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { TcplabError } from '../core/errors.ts';
import { tty, zlib } from './builtin.ts';
import { asFileError, codeOf, nameOf } from './file-error.ts';

const STDOUT = 1;

/** The regular files open for reading, with device and inode: nothing is written to them. */
const reading = new Map<{ readonly path: string }, string>();

/** Remembers that a regular file is being read. */
export function startReading(file: { readonly path: string }, descriptor: number): void {
  reading.set(file, identityOf(descriptor));
}

/** Forgets it. */
export function endReading(file: { readonly path: string }): void {
  reading.delete(file);
}

/** The format that a file's name asks for: pcap when it ends in .pcap or .cap, also before .gz, otherwise pcapng. */
export const formatOf = (path: string): 'pcap' | 'pcapng' => (/\.p?cap(\.gz)?$/i.test(path) ? 'pcap' : 'pcapng');

/** A file that octets are put into, or standard output. */
export class CaptureTarget {
  readonly #path: string;
  readonly #compresses: boolean;
  #descriptor: number | undefined;

  /**
   * Opens the file; one that is there is overwritten.
   * @throws TcplabError TCPLAB_SAME_FILE, TCPLAB_TERMINAL, or a code of the system; EINVAL for a compression that tcplab cannot make
   */
  constructor(path: string) {
    const other = /\.(zst|zstd|xz|bz2|lz4)$/i.exec(path)?.[0];
    if (other !== undefined) {
      const advice = 'name it .gz, which can, or write to - and pipe that to the program that compresses';
      throw new TcplabError(
        'EINVAL',
        `cannot write ${nameOf(path, 'write')}: tcplab does not compress to ${other}; ${advice}`,
      );
    }
    this.#path = path;
    this.#compresses = /\.gz$/i.test(path);
    this.#descriptor = openTarget(path);
  }

  /** Whether octets can be put into it. */
  get isOpen(): boolean {
    return this.#descriptor !== undefined;
  }

  /**
   * Writes octets, all of them. What goes into a .gz file at once is a member of its own, whole when this returns.
   * @throws TcplabError ENOSPC, EPIPE or another code of the system when that fails
   */
  put(chunk: Uint8Array): void {
    const octets = this.#compresses ? zlib().gzipSync(chunk) : chunk;
    for (let at = 0; at < octets.length; ) {
      try {
        at += writeSync(this.#descriptor!, octets, at);
      } catch (error) {
        // A full pipe that does not block: give its reader a millisecond.
        if (codeOf(error) !== 'EAGAIN') throw asFileError('write', this.#path, error);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      }
    }
  }

  /** Closes the file; harmless when it is closed. */
  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined && descriptor !== STDOUT) closeSync(descriptor);
  }

  /** Closes the file and removes it; what is no regular file stays. */
  remove(): void {
    const isFile =
      this.#descriptor !== undefined && this.#descriptor !== STDOUT && fstatSync(this.#descriptor).isFile();
    this.close();
    if (isFile) unlinkSync(this.#path);
  }
}

/** Opens without truncating, looks what it is, and only then empties it. */
function openTarget(path: string): number {
  if (path === '-' && tty().isatty(STDOUT)) {
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
