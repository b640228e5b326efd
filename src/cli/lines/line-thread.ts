/**
 * The lines of a long list are written by a thread of their own, while the program takes the next frames apart: text is two fifths of a list's work. Records of what they say (see/dissect/line-record.ts) are
 * put into memory that both share. Not here: the thread (worker.ts).
 */
import { availableParallelism } from 'node:os';
import type { LineRecords } from '../../see/dissect/index.ts';
import { flushBefore, outputFailed } from '../terminal.ts';
import { CHUNK, CHUNKS, lengthOf, makeMemory, memoryOf, placeOf, WORD } from './memory.ts';

/** Octets of a capture from which on a thread is worth its start, 20 ms and 8 MB. */
const WORTH = 1 << 25;

/** How long the thread may take to begin, in milliseconds. */
const PATIENCE = 30_000;

/** Memory of the thread in MB: it makes nothing but its text. */
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };

/** Records on their way to the thread. */
class LineThread implements LineRecords {
  readonly view: DataView;
  at: number = placeOf(0);
  readonly #words: Int32Array;
  #chunk = 0;
  #hasFailed = false;

  constructor(octets: SharedArrayBuffer) {
    const { words, view } = memoryOf(octets);
    this.view = view;
    this.#words = words;
  }

  reserve(octets: number): void {
    if (this.at + octets > placeOf(this.#chunk) + CHUNK) this.#handOver();
  }

  /** Waits until all lines are written. @throws TcplabError what writing failed with */
  flush(): void {
    // What went wrong was said, and nothing is written any more.
    if (this.#hasFailed) return;
    if (this.at > placeOf(this.#chunk)) this.#handOver();
    this.#waitFor(this.#chunk);
  }

  /** Hands the chunk over and goes on in the next, when that is free. */
  #handOver(): void {
    const words = this.#words;
    words[lengthOf(this.#chunk)] = this.at - placeOf(this.#chunk);
    this.#chunk++;
    Atomics.store(words, WORD.HANDED, this.#chunk);
    Atomics.notify(words, WORD.HANDED);
    this.#waitFor(this.#chunk - CHUNKS + 1);
    this.at = placeOf(this.#chunk);
  }

  /** Waits until so many chunks are written. */
  #waitFor(chunks: number): void {
    const words = this.#words;
    for (;;) {
      const written = Atomics.load(words, WORD.WRITTEN);
      if (written >= chunks) break;
      const isLate = Atomics.wait(words, WORD.WRITTEN, written, PATIENCE) === 'timed-out';
      // Once it has begun, it is its reader who is slow.
      if (isLate && Atomics.load(words, WORD.BEGUN) === 0)
        throw new Error('the thread that writes lines does not begin');
    }
    const failure = Atomics.load(words, WORD.FAILURE);
    if (failure === 0) return;
    this.#hasFailed = true;
    const { getSystemErrorName } = process.getBuiltinModule('node:util');
    outputFailed(Object.assign(new Error('write'), { code: getSystemErrorName(-failure), syscall: 'write' }));
  }
}

/**
 * Has a thread write the list of a capture of so many octets, where that is worth it.
 * @returns where records of lines are put; undefined where lines are better written by the program itself
 */
export function startLineThread(octets: number): LineRecords | undefined {
  // A program that runs from its source has no file for the thread.
  if (octets < WORTH || availableParallelism() < 2 || import.meta.url.endsWith('.ts')) return undefined;
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const memory = makeMemory();
  const worker = new Worker(new URL('./line-worker.js', import.meta.url), {
    workerData: memory,
    resourceLimits: LIMITS,
  });
  worker.unref();
  const thread = new LineThread(memory);
  flushBefore(() => thread.flush());
  return thread;
}
