/**
 * Captures that are compressed with gzip (RFC 1952, also in several members) or Zstandard (RFC 8878), undone as their octets come and in bounded memory: what a few octets can swell to
 * waits at most, not what a file can. Not the formats' arithmetic: that is Node's, or a decoder's that is handed in.
 */
import type { Transform } from 'node:stream';
import { type CaptureProblem, COMPRESSION_MAGIC, type Compression, compressionOf } from '../see/capture/index.ts';
import { zlib } from './builtin.ts';
import { ZstdUnits } from './zstd-units.ts';

/**
 * A streaming decoder of Zstandard, for versions of Node that have none (before 22.15): what it makes of the octets pushed goes to `ondata` before `push` returns; it throws at damage.
 * `Decompress` of the package fzstd is one.
 */
export type ZstdDecoder = new (
  ondata: (octets: Uint8Array) => void,
) => { push(octets: Uint8Array, final?: boolean): unknown };

/** What octets ended with, when it was not their proper end. */
export type Fault = Omit<CaptureProblem, 'offset'>;

/** Compressed octets undone at once; gzip makes some thousand times as many of them at the most. */
const PIECE = 16_384;

/** Octets that come of them at once. */
const MADE = 131_072;

/** Octets of window that a frame of Zstandard may ask for: what the zstd program grants, and what a decoder in JavaScript can move about. */
const NATIVE_WINDOW = 134_217_728;
const PORTABLE_WINDOW = 8_388_608;

/** What undoes one stream. */
interface Decoder {
  /** Undoes further octets, and gives what comes of them. */
  push(octets: Uint8Array): AsyncGenerator<Uint8Array, void, undefined>;
  /** The stream is over: gives what is left. */
  end(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Nothing more is wanted. */
  close(): void;
  /** What is wrong with the stream, once something is; nothing comes of it any more. */
  readonly fault: Fault | undefined;
}

/**
 * The octets of `raw`, undone when they are compressed, as they come otherwise.
 * @param onKnown is told how they are compressed, once enough have come to tell
 * @returns why they ended, when that was not their proper end
 */
export async function* plainOctets(
  raw: AsyncIterable<Uint8Array>,
  zstd: ZstdDecoder | undefined,
  onKnown: (compression: Compression | undefined) => void = () => {},
): AsyncGenerator<Uint8Array, Fault | undefined, undefined> {
  let head: Uint8Array = new Uint8Array(0);
  let isKnown = false;
  let decoder: Decoder | undefined;
  try {
    for await (const octets of raw) {
      head = head.length === 0 ? octets : Buffer.concat([head, octets]);
      if (!isKnown) {
        if (head.length < COMPRESSION_MAGIC) {
          // It may be the source's own memory, which the next octets overwrite.
          head = head.slice();
          continue;
        }
        isKnown = true;
        const compression = compressionOf(head);
        onKnown(compression);
        const made = decoderFor(compression, zstd);
        if (made !== undefined && 'kind' in made) return made;
        decoder = made;
      }
      if (decoder === undefined) yield head;
      else yield* undone(decoder, head);
      if (decoder?.fault !== undefined) return decoder.fault;
      head = new Uint8Array(0);
    }
    // Fewer octets than tell.
    if (head.length > 0) yield head;
    if (decoder !== undefined) yield* decoder.end();
    return decoder?.fault;
  } finally {
    decoder?.close();
  }
}

async function* undone(decoder: Decoder, octets: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < octets.length && decoder.fault === undefined; at += PIECE) {
    yield* decoder.push(octets.subarray(at, at + PIECE));
  }
}

function decoderFor(compression: Compression | undefined, zstd: ZstdDecoder | undefined): Decoder | Fault | undefined {
  if (compression === undefined) return undefined;
  if (compression === 'gzip') return new StreamDecoder('gzip', () => zlib().createGunzip({ chunkSize: MADE }));
  // Since Node 22.15.
  const { createZstdDecompress } = zlib() as { createZstdDecompress?: (options: { chunkSize: number }) => Transform };
  if (createZstdDecompress !== undefined) {
    return new UnitDecoder(new StreamDecoder('zstd', () => createZstdDecompress({ chunkSize: MADE })), NATIVE_WINDOW);
  }
  if (zstd !== undefined) return new UnitDecoder(new CallDecoder(zstd), PORTABLE_WINDOW);
  const message = `the file is compressed with zstd, which Node ${process.versions.node} cannot undo: use 22.15 or newer, hand in a decoder, or decompress it first (unzstd)`;
  return { kind: 'unsupported', message };
}

/** Compressed octets kept, so that what zlib had made of the last ones before it found damage in them can be had once more. */
const KEPT = 8_388_608;

/** A stream of node:zlib, one piece at a time. */
class StreamDecoder implements Decoder {
  fault: Fault | undefined;
  readonly #name: string;
  readonly #make: () => Transform;
  readonly #stream: Steps;
  /** All that was pushed; undefined when it was too much, or is no longer needed. */
  #kept: Uint8Array[] | undefined = [];
  #pushed = 0;

  constructor(name: string, make: () => Transform) {
    this.#name = name;
    this.#make = make;
    this.#stream = new Steps(make());
  }

  async *push(octets: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    this.#pushed += octets.length;
    if (this.#pushed > KEPT) this.#kept = undefined;
    this.#kept?.push(octets.slice());
    const made = await this.#stream.step(octets);
    yield* made;
    const had = made.reduce((sum, { length }) => sum + length, 0);
    if (this.#settle()) yield* this.#rescued(had);
  }

  async *end(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* await this.#stream.step(undefined);
    this.#settle();
  }

  close(): void {
    this.#kept = undefined;
    this.#stream.close();
  }

  /** Takes notice of what is wrong with the stream; answers whether something is. */
  #settle(): boolean {
    const { error } = this.#stream;
    if (error === undefined) return false;
    const [name, offset] = [this.#name, this.#pushed];
    this.fault ??=
      error.code === 'Z_BUF_ERROR'
        ? {
            kind: 'cut-short',
            message: `the file's ${name} data end too early, at offset ${offset} of the compressed file`,
          }
        : {
            kind: 'damaged',
            message: `the file's ${name} data are damaged before offset ${offset} of the compressed file: ${error.message}`,
          };
    return true;
  }

  /** What can be had of the last octets pushed, octet by octet, behind the first `had` that came of them. */
  async *#rescued(had: number): AsyncGenerator<Uint8Array, void, undefined> {
    const kept = this.#kept;
    const last = kept?.pop();
    if (kept === undefined || last === undefined) return;
    const stream = new Steps(this.#make());
    for (const octets of kept) await stream.step(octets);
    for (let at = 0; at < last.length && stream.error === undefined; at++) {
      for (const octets of await stream.step(last.subarray(at, at + 1))) {
        if (octets.length > had) yield octets.subarray(had);
        had = Math.max(0, had - octets.length);
      }
    }
    stream.close();
  }
}

/** A stream of node:zlib as calls. */
class Steps {
  error: NodeJS.ErrnoException | undefined;
  readonly #stream: Transform;
  #made: Uint8Array[] = [];
  #isOver = false;
  /** Goes on with who waits for the stream. */
  #goOn: () => void = () => {};

  constructor(stream: Transform) {
    this.#stream = stream;
    stream.on('data', (octets: Uint8Array) => this.#made.push(octets));
    // A stream that has seen its end, or damage, does not call back for what it was given.
    for (const event of ['end', 'close', 'error'] as const) {
      stream.on(event, (error?: NodeJS.ErrnoException) => {
        this.error ??= error;
        this.#isOver = true;
        this.#goOn();
      });
    }
  }

  /** What comes of further octets, or at the end of them. */
  async step(octets: Uint8Array | undefined): Promise<readonly Uint8Array[]> {
    if (!this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#goOn = resolve;
        if (octets === undefined) this.#stream.end();
        else this.#stream.write(octets, () => this.#goOn());
      });
    }
    const made = this.#made;
    this.#made = [];
    return made;
  }

  close(): void {
    this.#stream.destroy();
  }
}

/** A decoder that is called and answers at once. */
class CallDecoder implements Decoder {
  fault: Fault | undefined;
  readonly #decoder: InstanceType<ZstdDecoder>;
  #made: Uint8Array[] = [];

  constructor(zstd: ZstdDecoder) {
    this.#decoder = new zstd((octets) => this.#made.push(octets));
  }

  async *push(octets: Uint8Array, final = false): AsyncGenerator<Uint8Array, void, undefined> {
    this.#made = [];
    try {
      // In two parts: fzstd holds on to whatever it was given until octets are left over from one call to the next, which whole units never do, and so to the whole file.
      const last = Math.max(0, octets.length - 1);
      this.#decoder.push(octets.subarray(0, last));
      this.#decoder.push(octets.subarray(last), final);
    } catch (error) {
      this.fault = { kind: 'damaged', message: (error as Error).message };
    }
    yield* this.#made;
  }

  end(): AsyncGenerator<Uint8Array, void, undefined> {
    return this.push(new Uint8Array(0), true);
  }

  close(): void {}
}

/** A decoder of Zstandard that is given a unit at a time, so that what it makes of one is bounded. */
class UnitDecoder implements Decoder {
  fault: Fault | undefined;
  readonly #decoder: Decoder;
  readonly #units: ZstdUnits;

  constructor(decoder: Decoder, largestWindow: number) {
    this.#decoder = decoder;
    this.#units = new ZstdUnits(largestWindow);
  }

  async *push(octets: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    for (const unit of this.#units.push(octets)) {
      // The decoder may keep it until the next.
      yield* this.#decoder.push(unit.slice());
      if (this.#decoder.fault !== undefined) break;
    }
    this.#settle();
  }

  async *end(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.#decoder.end();
    this.#settle();
    if (this.#units.isWhole) return;
    this.fault = {
      kind: 'cut-short',
      message: `the file's zstd data end too early, in what begins at offset ${this.#units.taken} of the compressed file`,
    };
  }

  close(): void {
    this.#decoder.close();
  }

  #settle(): void {
    const why = this.#units.fault ?? this.#decoder.fault?.message;
    if (why === undefined) return;
    this.fault = {
      kind: 'damaged',
      message: `the file's zstd data are damaged at offset ${this.#units.taken} of the compressed file: ${why}`,
    };
  }
}
