/** The memory in which records of lines go from the thread that makes them to the one that writes them: chunks in turn, each filled by one thread and then emptied by the other. */

/** Chunks, a power of two, and the octets of one. */
export const CHUNKS = 8;
export const CHUNK = 0x10000;

/** Octets before the first chunk, and what stands in their words. */
const HEAD = 64;
export const WORD = {
  /** Chunks that were handed over so far, and how many of them are written. */
  HANDED: 0,
  WRITTEN: 1,
  /** Whether the thread that writes has begun: one of `BEGUN`. */
  BEGUN: 2,
  /** The system's number for why writing failed; 0 while it has not. */
  FAILURE: 3,
  /** 1 while that thread waits for the reader of what it writes. */
  WAITS: 4,
  /** Octets of records in each chunk. */
  LENGTHS: 5,
} as const;

/** A FAILURE that is none of the system's: the thread itself is wrong. It writes nothing any more. */
export const DEFECT = 0x7fffffff;

/** NEVER: it came too late, and is not to begin any more. */
export const BEGUN = { NOT: 0, YES: 1, NEVER: 2 } as const;

/** The memory, with its words. */
export interface LineMemory {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly view: DataView<SharedArrayBuffer>;
}

export const makeMemory = (): SharedArrayBuffer => new SharedArrayBuffer(HEAD + CHUNKS * CHUNK);

export const memoryOf = (octets: SharedArrayBuffer): LineMemory => ({
  words: new Int32Array(octets, 0, HEAD / 4),
  view: new DataView(octets),
});

/** Where the chunk with this number begins: they come in turn. */
export const placeOf = (chunk: number): number => HEAD + (chunk & (CHUNKS - 1)) * CHUNK;

/** The word with its length. */
export const lengthOf = (chunk: number): number => WORD.LENGTHS + (chunk & (CHUNKS - 1));
