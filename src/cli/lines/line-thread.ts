/**
 * The lines of a long list are written by a thread of their own, while the program takes the next frames apart: text is two fifths of a list's work. Records of what they say (see/dissect/line-record.ts) are
 * put into memory that both share. Not here: the thread (worker.ts).
 */
import { availableParallelism } from 'node:os';
import { TextSink } from '../../core/text-sink.ts';
import { type LineRecords, LineText } from '../../see/dissect/index.ts';
import { flushBefore, outputFailed } from '../terminal.ts';
import { writeAll } from '../write-all.ts';
import { BEGUN, CHUNK, CHUNKS, DEFECT, lengthOf, makeMemory, memoryOf, placeOf, WORD } from './memory.ts';

/** Octets of a capture from which on a thread is worth its start, 20 ms and 11 MB. */
const WORTH = 1 << 25;

/** Chunks that are there before the thread is woken: to wake it takes longer than to fill a tenth of one, and it is done sooner than the next one is full. */
const AT_ONCE = CHUNKS / 2;

/** How long the thread may take to begin, in milliseconds: then the program writes what there is itself. */
const PATIENCE = 1_000;

/** So many times that long it may do nothing and not wait for its reader: then it is no more. */
const SILENCES = 30;

/** Memory of the thread in MB: it makes nothing but its text. */
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };

/** What writes lines, and where they are gathered. */
interface Writer {
  readonly lines: LineText;
  readonly text: TextSink;
}

/** Records on their way to the thread. */
class LineThread implements LineRecords {
  readonly view: DataView;
  at: number = placeOf(0);
  readonly #words: Int32Array;
  #chunk = 0;
  #hasFailed = false;
  /** Why the thread has ended, when it has. */
  #end: string | undefined;
  /** The program writes lines itself, since the thread did not begin. */
  #itself: Writer | undefined;

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

  /** The thread is no more. */
  ended(why: string): void {
    this.#end = why;
  }

  /** Hands the chunk over and goes on in the next, when that is free. */
  #handOver(): void {
    const words = this.#words;
    words[lengthOf(this.#chunk)] = this.at - placeOf(this.#chunk);
    this.#chunk++;
    Atomics.store(words, WORD.HANDED, this.#chunk);
    if (this.#chunk % AT_ONCE === 0) Atomics.notify(words, WORD.HANDED);
    this.#waitFor(this.#chunk - CHUNKS + 1);
    this.at = placeOf(this.#chunk);
  }

  /** Waits until so many chunks are written. */
  #waitFor(chunks: number): void {
    const words = this.#words;
    if (Atomics.load(words, WORD.WRITTEN) < chunks) Atomics.notify(words, WORD.HANDED);
    let silences = 0;
    while (this.#itself === undefined) {
      const written = Atomics.load(words, WORD.WRITTEN);
      if (written >= chunks) break;
      const isLate = this.#end !== undefined || Atomics.wait(words, WORD.WRITTEN, written, PATIENCE) === 'timed-out';
      if (!isLate || Atomics.load(words, WORD.WAITS) === 1) silences = 0;
      else if (Atomics.compareExchange(words, WORD.BEGUN, BEGUN.NOT, BEGUN.NEVER) === BEGUN.NOT)
        this.#itself = { lines: new LineText(), text: new TextSink() };
      else if (this.#end !== undefined || ++silences === SILENCES)
        this.#fail(new Error(this.#end ?? 'the thread that writes lines is silent'));
    }
    if (this.#itself !== undefined) this.#writeItself(this.#itself);
    const failure = Atomics.load(words, WORD.FAILURE);
    if (failure === 0) return;
    if (failure === DEFECT) this.#fail(new Error('the thread that writes lines has ended'));
    const { getSystemErrorName } = process.getBuiltinModule('node:util');
    this.#fail(Object.assign(new Error('write'), { code: getSystemErrorName(-failure), syscall: 'write' }));
  }

  /** Writes the chunks that were handed over, as the thread would have. */
  #writeItself({ lines, text }: Writer): void {
    for (let chunk = Atomics.load(this.#words, WORD.WRITTEN); chunk < this.#chunk; chunk++) {
      const from = placeOf(chunk);
      text.cut(0);
      lines.write(text, this.view, from, from + this.#words[lengthOf(chunk)]!, true);
      try {
        writeAll(text.bytes.subarray(0, text.length));
      } catch (error) {
        this.#fail(error);
      }
    }
    Atomics.store(this.#words, WORD.WRITTEN, this.#chunk);
  }

  #fail(error: unknown): never {
    this.#hasFailed = true;
    outputFailed(error);
  }
}

/**
 * Has a thread write the list of a capture of so many octets, where that is worth it.
 * @returns where records of lines are put; undefined where lines are better written by the program itself
 */
export function startLineThread(octets: number): LineRecords | undefined {
  // A program that runs from its source has no file for the thread.
  if (octets < WORTH || availableParallelism() < 2 || import.meta.url.endsWith('.ts')) return undefined;
  const memory = makeMemory();
  const thread = new LineThread(memory);
  try {
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const worker = new Worker(new URL('./line-worker.js', import.meta.url), {
      workerData: memory,
      resourceLimits: LIMITS,
    });
    worker.on('error', (error: Error) => thread.ended(`the thread that writes lines has ended: ${error.message}`));
    worker.unref();
  } catch {
    // Threads may be forbidden here.
    return undefined;
  }
  flushBefore(() => thread.flush());
  return thread;
}
