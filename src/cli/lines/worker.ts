/** The thread that writes the lines of a long list (line-thread.ts): records to text, and that to standard output. It ends with the program. */
import { workerData } from 'node:worker_threads';
import { TextSink } from '../../core/text-sink.ts';
import { LineText } from '../../see/dissect/line-text.ts';
import { writeAll } from '../write-all.ts';
import { BEGUN, DEFECT, lengthOf, memoryOf, placeOf, WORD } from './memory.ts';

/** Octets gathered before they are written. */
const BUFFER = 1 << 16;

const { words, view } = memoryOf(workerData as SharedArrayBuffer);
const lines = new LineText();
const text = new TextSink(2 * BUFFER);

/** Writes out what was gathered. When that fails the other thread is told, and what follows is not written. */
function writeOut(): void {
  Atomics.store(words, WORD.WAITS, 1);
  try {
    if (Atomics.load(words, WORD.FAILURE) === 0) writeAll(text.bytes.subarray(0, text.length));
  } catch (error) {
    Atomics.store(words, WORD.FAILURE, Math.abs((error as NodeJS.ErrnoException).errno ?? 1));
  }
  Atomics.store(words, WORD.WAITS, 0);
  text.cut(0);
}

/** Says how many chunks are written. */
function written(chunks: number): void {
  Atomics.store(words, WORD.WRITTEN, chunks);
  Atomics.notify(words, WORD.WRITTEN);
}

const begins = Atomics.compareExchange(words, WORD.BEGUN, BEGUN.NOT, BEGUN.YES) === BEGUN.NOT;
try {
  for (let chunk = 0; begins; chunk++) {
    while (Atomics.load(words, WORD.HANDED) === chunk) Atomics.wait(words, WORD.HANDED, chunk);
    const from = placeOf(chunk);
    lines.write(text, view, from, from + words[lengthOf(chunk)]!, true);
    // A chunk behind which none waits is written when all of it is.
    if (text.length >= BUFFER || Atomics.load(words, WORD.HANDED) === chunk + 1) writeOut();
    written(chunk + 1);
  }
} catch {
  // The other thread waits for this one, and would for ever.
  Atomics.store(words, WORD.FAILURE, DEFECT);
  written(DEFECT);
}
