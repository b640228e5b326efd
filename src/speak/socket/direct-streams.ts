/**
 * Streams of the platform whose default readers and writers go straight to a connection wherever a program can't tell: a stream is told of a chunk by ten promises and
 * forty calls, the connection by one. Read first: the Streams Standard on ReadableStreamDefaultReader and WritableStreamDefaultWriter.
 *
 * Everything else (pipes, tees, `for await`, buffers of the reader's own) goes the stream's way, and so does what has to wait for it.
 */

/** Octets of a program's own, as readers get them. */
export type Chunk = Uint8Array<ArrayBuffer>;

/** What a read comes to: a chunk, or the end. */
export type ReadResult = Awaited<ReturnType<ReadableStreamDefaultReader<Chunk>['read']>>;

// As whatever describes the platform's streams has them, which Node and browsers name differently.
type Source = NonNullable<ConstructorParameters<typeof ReadableStream<Chunk>>[0]>;
type Sink = NonNullable<ConstructorParameters<typeof WritableStream<Uint8Array>>[0]>;
type Strategy = NonNullable<ConstructorParameters<typeof WritableStream<Uint8Array>>[1]>;
type Reader = ReadableStreamDefaultReader<Chunk>;

/** Where a reader reads. */
export interface DirectSource {
  /** The next chunk, now or later; undefined when the stream is to answer: it has ended, or holds what comes first. */
  readDirectly(): Promise<ReadResult> | undefined;
  /** The reader has left: what it waits for fails with what `left` rejects with. */
  forgetReads(left: Promise<unknown>): void;
}

/** Where a writer writes. */
export interface DirectSink {
  /** Takes what it can of octets right away and answers how many: 0 when the stream has to see to it. */
  writeDirectly(octets: Uint8Array): number;
  /** The stream is being closed or aborted, which it may not have said yet: everything goes the stream's way from now on. */
  closeDirectly(): void;
}

/** What `connection.readable` is. */
export class DirectReadable extends ReadableStream<Chunk> {
  readonly #direct: DirectSource;

  /** A stream that holds nothing: what nobody reads stays where it is. */
  constructor(source: Source, direct: DirectSource) {
    super(source, { highWaterMark: 0 });
    this.#direct = direct;
  }

  override getReader(): Reader;
  override getReader(options: { mode: 'byob' }): ReadableStreamBYOBReader;
  override getReader(options?: { mode: 'byob' }): Reader | ReadableStreamBYOBReader {
    return options?.mode === undefined ? new DirectReader(this, this.#direct) : super.getReader(options);
  }
}

class DirectReader extends ReadableStreamDefaultReader<Chunk> {
  #direct: DirectSource | undefined;

  constructor(stream: DirectReadable, direct: DirectSource) {
    super(stream);
    this.#direct = direct;
  }

  override read(): Promise<ReadResult> {
    return this.#direct?.readDirectly() ?? super.read();
  }

  override releaseLock(): void {
    super.releaseLock();
    this.#direct?.forgetReads(this.closed);
    this.#direct = undefined;
  }
}

/** What `connection.writable` is. */
export class DirectWritable extends WritableStream<Uint8Array> {
  readonly #direct: DirectSink;

  constructor(sink: Sink, strategy: Strategy, direct: DirectSink) {
    super(sink, strategy);
    this.#direct = direct;
  }

  override getWriter(): WritableStreamDefaultWriter<Uint8Array> {
    return new DirectWriter(this, this.#direct);
  }

  override close(): Promise<void> {
    if (!this.locked) this.#direct.closeDirectly();
    return super.close();
  }

  override abort(reason?: unknown): Promise<void> {
    if (!this.locked) this.#direct.closeDirectly();
    return super.abort(reason);
  }
}

const DONE = Promise.resolve();

class DirectWriter extends WritableStreamDefaultWriter<Uint8Array> {
  #direct: DirectSink | undefined;

  constructor(stream: DirectWritable, direct: DirectSink) {
    super(stream);
    this.#direct = direct;
  }

  override write(octets: Uint8Array): Promise<void> {
    const taken = this.#direct === undefined ? 0 : this.#direct.writeDirectly(octets);
    if (taken === 0) return super.write(octets);
    return taken === octets.length ? DONE : super.write(octets.subarray(taken));
  }

  override close(): Promise<void> {
    this.#direct?.closeDirectly();
    return super.close();
  }

  override abort(reason?: unknown): Promise<void> {
    this.#direct?.closeDirectly();
    return super.abort(reason);
  }

  override releaseLock(): void {
    this.#direct = undefined;
    super.releaseLock();
  }
}
