/** `tcplab merge`: several captures into one, by time or one after the other. */
import type { Command } from 'commander';
import type { CaptureFile } from '../../node/capture-file.ts';
import { copyCapture } from '../../node/capture-file-copy.ts';
import { type CaptureReader, type CopySource, makePacket, type Packet } from '../../see/capture/index.ts';
import { CAPTURES, openInput, sayProblem } from '../captures.ts';
import { sayLeftBehind, throwOn, writtenFile } from '../copies.ts';
import { UsageError, wholeNumber } from '../failure.ts';
import { compareMoments } from '../moments.ts';
import { RunningCount } from '../running-count.ts';
import { say } from '../terminal.ts';

interface MergeOptions {
  write?: string;
  append?: boolean;
  snaplen?: string;
}

const HELP = `
Packets come in the order of their times; of equal times, in the order of the
files. A file whose own packets are out of order stays so. In a pcapng file
interfaces, names, comments, statistics and unknown blocks and options are kept;
interfaces that files describe alike become one.

Examples:
  tcplab merge client.pcapng server.pcapng -w both.pcapng
  tcplab merge --append part1.pcap part2.pcap -w whole.pcap
  tcplab merge *.pcap.gz -s 96 -w headers.pcapng.gz

Exit code 2: a capture is damaged; all its whole packets were merged.`;

/** Octets read at once of all files together, and of one at the least and the most. */
const CHUNKS = 16_777_216;
const SMALLEST_CHUNK = 65_536;
const LARGEST_CHUNK = 2_097_152;

export function define(command: Command): void {
  command
    .argument('<FILES...>', CAPTURES)
    .requiredOption('-w, --write <FILE>', 'the file to write (.pcapng or .pcap, also with .gz), - for standard output')
    .option('-a, --append', 'one file after the other, whatever their times')
    .option('-s, --snaplen <OCTETS>', 'cut packets to so many octets')
    .addHelpText('after', HELP)
    .action(merge);
}

async function merge(paths: readonly string[], options: MergeOptions): Promise<void> {
  if (paths.filter((path) => path === '-').length > 1) throw new UsageError('standard input (-) can be given once');
  const snaplen = options.snaplen === undefined ? undefined : wholeNumber(options.snaplen, '--snaplen', 1, 16_000_000);
  const chunkSize = Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, Math.floor(CHUNKS / paths.length)));
  const files = paths.map((path) => openInput(path, { chunkSize }));
  const copy = copyCapture(options.write!, { captures: 'several', ...(snaplen !== undefined && { snaplen }) });
  const progress = new RunningCount('packets');
  const sizes = sumOf(files, ({ size = 0 }) => size);
  const onChunk = (): void => progress.show(copy.packets, sumOf(files, ({ position }) => position) / sizes);
  const inputs = files.map((file) => new Input(file, copy.from(file.reader), onChunk));
  try {
    // What all files say before their first packets goes before the first packet of all.
    for (const input of inputs) await input.advance();
    if (options.append) for (const input of inputs) while (input.hasPacket) await input.pass();
    else await byTime(inputs);
  } catch (error) {
    throwOn(error, copy);
  } finally {
    progress.clear();
    copy.close();
  }
  say(
    `${copy.packets.toLocaleString('en')} packets of ${paths.length === 1 ? 'one file' : `${paths.length} files`} written to ${writtenFile(options.write!)}`,
  );
  sayLeftBehind(copy.left);
  for (const file of files) sayProblem(file);
}

const sumOf = (files: readonly CaptureFile[], number: (file: CaptureFile) => number): number =>
  files.reduce((sum, file) => sum + number(file), 0);

/** A capture with its next packet at hand. */
class Input {
  readonly packet: Packet = makePacket();
  hasPacket = false;
  readonly #reader: CaptureReader;
  readonly #source: CopySource;
  readonly #chunks: AsyncGenerator<CaptureReader, void, undefined>;
  readonly #onChunk: () => void;

  /** @param onChunk is called when another piece of the file has been read */
  constructor(file: CaptureFile, source: CopySource, onChunk: () => void) {
    this.#onChunk = onChunk;
    this.#reader = file.reader;
    this.#source = source;
    this.#chunks = file[Symbol.asyncIterator]();
  }

  /** Takes the next packet; where none is at hand, it comes with the promise. */
  advance(): void | Promise<void> {
    this.hasPacket = this.#reader.next(this.packet);
    if (!this.hasPacket) return this.#read();
  }

  async #read(): Promise<void> {
    while (!this.hasPacket && (await this.#chunks.next()).done !== true) {
      this.#onChunk();
      this.hasPacket = this.#reader.next(this.packet);
    }
  }

  /** Copies the packet and takes the next. */
  pass(): void | Promise<void> {
    this.#source.write(this.packet);
    return this.advance();
  }
}

/** Always the earliest packet, from a heap of the inputs that have one. */
async function byTime(all: readonly Input[]): Promise<void> {
  const place = new Map(all.map((input, i) => [input, i]));
  const isBefore = (a: Input, b: Input): boolean => {
    const difference = compareMoments(a.packet, b.packet);
    return difference === 0 ? place.get(a)! < place.get(b)! : difference < 0;
  };
  const heap: Input[] = [];
  const sink = (from: number): void => {
    const input = heap[from]!;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, input)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = input;
  };
  heap.push(...all.filter(({ hasPacket }) => hasPacket));
  for (let i = heap.length >> 1; i-- > 0; ) sink(i);
  while (heap.length > 0) {
    const [first] = heap;
    // Awaiting what is at hand would cost more than the packet.
    const reading = first!.pass();
    if (reading !== undefined) await reading;
    if (!first!.hasPacket) {
      const last = heap.pop()!;
      if (heap.length === 0) break;
      heap[0] = last;
    }
    sink(0);
  }
}
