/** Octets written to standard output, all of them, however slow the reader is. */
import { writeSync } from 'node:fs';

/**
 * Writes octets to standard output and waits until that has taken them.
 * @throws the system's error; EPIPE when the reader is gone
 */
export function writeAll(octets: Uint8Array): void {
  for (let at = 0; at < octets.length; ) {
    try {
      at += writeSync(1, octets, at);
    } catch (error) {
      if (!isFull(error)) throw error;
      // Give the reader a millisecond.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Whether a write failed because a pipe that does not block is full: it can be tried again. */
export const isFull = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EAGAIN';
