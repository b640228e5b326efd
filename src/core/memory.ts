/**
 * The memory that frames and buffered octets live in: one stretch for everybody, taken in blocks, so that a copy from a page to a frame or back stays inside one
 * buffer, and one small WebAssembly module (memory.wat) can copy and sum there sixteen octets at a time. Only what is used is touched. Blocks
 * come back when their owner is garbage. Where WebAssembly is refused JavaScript does the same; a block beyond the limit is a buffer of its own, which is slower
 * and as good. Not here: what the blocks are cut into (core/pages.ts, wire/frame.ts).
 *
 * In place of it, with a buffer for each pool: bulk 0.6 x (a copy of 1,460 octets between buffers takes 100 to 165 ns and two small objects, here 40 and none;
 * their sum takes 300 to 380 ns in JavaScript, here 54).
 */
import { smaller } from './least.ts';
import { MODULE } from './memory-module.ts';

/** A stretch of memory, to be read and written as fields (`view`) and as octets (`bytes`): both cover the same. */
export interface Octets {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Where it begins in the common memory; undefined, or not there at all, when it lies elsewhere. */
  readonly base?: number | undefined;
}

/** Octets in a block. */
export const BLOCK: number = 256 * 1024;

/** The most octets `simd.sum` takes at once. */
export const LONGEST_SUM: number = 128 * 1024;

/** How much is asked for, in octets: the first that is granted. It is address space; memory is taken as it is touched. */
const SIZES = [512, 256, 128, 64, 32].map((mebi) => mebi << 20);

/** Copies in JavaScript are cut to this many octets: some memcpy implementations fall to a fifteenth of their speed above it at unlucky alignments. */
export const COPY_PIECE = 2048;

/** The loops of memory.wat. Offsets count from the beginning of the common memory. */
export interface Simd {
  /** The sum of the 16-bit words of `length` octets, 0 to LONGEST_SUM, folded to 16 bits; an odd last octet is the high half of a word. */
  sum(at: number, length: number): number;
  /** Copies `count` octets between stretches that do not overlap. */
  copy(to: number, from: number, count: number): void;
}

const WASM_PAGE = 65_536;

function instantiate(memory: WebAssembly.Memory): Simd {
  const bytes = Uint8Array.from({ length: MODULE.length / 2 }, (_, i) =>
    Number.parseInt(MODULE.slice(2 * i, 2 * i + 2), 16),
  );
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { core: { memory } }).exports as Simd;
}

function reserve(): { buffer: ArrayBuffer; simd: Simd | undefined } {
  for (const size of SIZES) {
    try {
      const memory = new WebAssembly.Memory({ initial: size / WASM_PAGE, maximum: size / WASM_PAGE });
      return { buffer: memory.buffer, simd: instantiate(memory) };
    } catch {
      // Not that much; or, to the last, no WebAssembly here, no SIMD, or a policy that forbids compiling.
    }
  }
  return { buffer: new ArrayBuffer(0), simd: undefined };
}

const { buffer, simd: loops } = reserve();
const common: Uint8Array<ArrayBuffer> = new Uint8Array(buffer);

/** The fast loops; undefined where WebAssembly is refused. */
export const simd: Simd | undefined = loops;

/** The common memory in words of 32 bits, and whether their first octet is the lowest, as nearly everywhere. */
const words = new Int32Array(buffer);
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Whether `sumOfFew` can be asked for octets at `at` of the common memory. */
export const hasWordsAt = (at: number): boolean => isLittleEndian && (at & 3) === 0;

/**
 * What `simd.sum` answers, for so few octets that a call of it takes longer: 64 at the most, at a multiple of 4 (`hasWordsAt`). They are summed as they lie, word by word, and the
 * sum is turned round in the end (RFC 1071 §2 (B)): a third of the instructions that fields of a DataView take.
 */
export function sumOfFew(at: number, length: number): number {
  const end = (at + length) >> 2;
  let total = 0;
  let i = at >> 2;
  // Four at a time: what the engine does for each turn of a loop is as much as a word takes.
  for (; i + 4 <= end; i += 4) {
    const a = words[i]!;
    const b = words[i + 1]!;
    const c = words[i + 2]!;
    const d = words[i + 3]!;
    total = (total + (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16)) | 0;
    total = (total + (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff)) | 0;
  }
  for (; i < end; i++) {
    const word = words[i]!;
    total = (total + (word >>> 16) + (word & 0xffff)) | 0;
  }
  const rest = length & 3;
  if (rest > 0) {
    const word = words[end]! & ((1 << (8 * rest)) - 1);
    total = (total + (word >>> 16) + (word & 0xffff)) | 0;
  }
  total = (total & 0xffff) + (total >>> 16);
  total = (total & 0xffff) + (total >>> 16);
  return ((total & 0xff) << 8) | (total >>> 8);
}

/** Offsets of the blocks that were given back, and where those begin that nobody had yet. */
const free: number[] = [];
let untouched = 0;

/** A block of memory. */
export interface Block extends Octets {
  readonly view: DataView<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly base: number | undefined;
}

const returns = new FinalizationRegistry<readonly Block[]>((blocks) => {
  for (const { base } of blocks) if (base !== undefined) free.push(base);
});

/** Blocks of one owner: they come back when the owner is garbage. */
export class Blocks {
  /** Those it has, in the order it took them. */
  readonly all: Block[] = [];

  constructor() {
    returns.register(this, this.all);
  }

  /** One block more. What is in it is anybody's old octets. */
  take(): Block {
    let base = free.pop();
    if (base === undefined && untouched + BLOCK <= common.length) {
      base = untouched;
      untouched += BLOCK;
    }
    const inside = base === undefined ? new ArrayBuffer(BLOCK) : buffer;
    const at = base ?? 0;
    const block = { view: new DataView(inside, at, BLOCK), bytes: new Uint8Array(inside, at, BLOCK), base };
    this.all.push(block);
    return block;
  }
}

/** Fewer octets than this are copied one by one in JavaScript: a call that copies costs as much as some. */
const FEW = 24;

/** Copies `count` octets from `from`, at `fromAt` on, to `to`, at `toAt` on. The stretches do not overlap. */
export function copy(to: Octets, toAt: number, from: Octets, fromAt: number, count: number): void {
  if (count >= FEW && simd !== undefined && to.base !== undefined && from.base !== undefined)
    simd.copy(to.base + toAt, from.base + fromAt, count);
  else copyBytes(to.bytes, toAt, from.bytes, fromAt, count);
}

// Called by `call`: the engine looks up what a program's array has under these names each time, which takes as long as copying 500 octets.
const { set, subarray } = Uint8Array.prototype;

/** The same for memory of anybody's: a program's arrays. */
export function copyBytes(to: Uint8Array, toAt: number, from: Uint8Array, fromAt: number, count: number): void {
  if (count < FEW) {
    for (let i = 0; i < count; i++) to[toAt + i] = from[fromAt + i]!;
    return;
  }
  for (let done = 0; done < count; done += COPY_PIECE) {
    const first = fromAt + done;
    copyAll(to, toAt + done, subarray.call(from, first, first + smaller(COPY_PIECE, count - done)));
  }
}

/** Copies all of `from`, COPY_PIECE octets at the most, to `to`, at `toAt` on. */
export const copyAll = (to: Uint8Array, toAt: number, from: Uint8Array): void => set.call(to, from, toAt);
