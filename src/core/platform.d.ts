/**
 * All that the portable part of tcplab (core wire rules speak see lab) may use of a platform.
 * Node, browsers, Bun and Deno have these; anything else is handed in by the caller (clocks, timers, chance, files).
 */
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}

/** Why and whether a caller has lost interest. */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** What a program reads octets from. */
declare class ReadableStream<R> {
  constructor(
    source: {
      type: 'bytes';
      start?: (controller: ReadableByteStreamController) => void;
      pull?: (controller: ReadableByteStreamController) => void;
      cancel?: (reason: unknown) => void;
    },
    strategy?: { highWaterMark?: number },
  );
  constructor(
    source: {
      start?: (controller: ReadableStreamDefaultController<R>) => void;
      pull?: (controller: ReadableStreamDefaultController<R>) => void;
      cancel?: (reason: unknown) => void;
    },
    strategy?: { highWaterMark?: number },
  );
  readonly locked: boolean;
  getReader(): ReadableStreamDefaultReader<R>;
  getReader(options: { mode: 'byob' }): ReadableStreamBYOBReader;
}

declare class ReadableStreamDefaultReader<R> {
  constructor(stream: ReadableStream<R>);
  readonly closed: Promise<void>;
  read(): Promise<{ done: false; value: R } | { done: true; value: undefined }>;
  releaseLock(): void;
}

/** A reader with its own buffers, which is handed over as the platform made it. */
interface ReadableStreamBYOBReader {
  readonly closed: Promise<void>;
}

interface ReadableStreamDefaultController<R> {
  readonly desiredSize: number | null;
  enqueue(chunk: R): void;
  close(): void;
  error(reason?: unknown): void;
}

interface ReadableByteStreamController {
  readonly desiredSize: number | null;
  /** A read into memory of the reader's own that waits. */
  readonly byobRequest: ReadableStreamBYOBRequest | null;
  enqueue(chunk: ArrayBufferView): void;
  close(): void;
  error(reason?: unknown): void;
}

interface ReadableStreamBYOBRequest {
  readonly view: ArrayBufferView | null;
  respond(octets: number): void;
}

/** What a program writes octets to. */
declare class WritableStream<W> {
  constructor(
    sink: {
      start?: (controller: WritableStreamDefaultController) => void;
      write?: (chunk: W) => void | Promise<void>;
      close?: () => void | Promise<void>;
      abort?: (reason: unknown) => void;
    },
    strategy?: { highWaterMark?: number; size?: (chunk: W) => number },
  );
  readonly locked: boolean;
  getWriter(): WritableStreamDefaultWriter<W>;
  close(): Promise<void>;
  abort(reason?: unknown): Promise<void>;
}

declare class WritableStreamDefaultWriter<W> {
  constructor(stream: WritableStream<W>);
  write(chunk: W): Promise<void>;
  close(): Promise<void>;
  abort(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

interface WritableStreamDefaultController {
  /** Aborted when the program aborts the stream: it need not wait for a write that is under way. */
  readonly signal: AbortSignal;
  error(reason?: unknown): void;
}
