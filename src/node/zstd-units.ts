/**
 * Cuts a Zstandard stream where its headers and blocks end. A decoder that is handed one at a time makes 128 KiB of each at the most, so a file that claims to hold
 * more than it should never takes memory. Not the decoder: Node's own, or one that is handed in (decompress.ts).
 * Read first: RFC 8878 §3.1.1 (frame, header, blocks) and §3.1.2 (skippable frames).
 */

/** The most that one block may come to (Block_Maximum_Size), in octets. */
const LARGEST_BLOCK = 131_072;
const FRAME_MAGIC = 0xfd2fb528;

const RLE = 1;
const RESERVED = 3;

/** The stream, unit by unit. */
export class ZstdUnits {
  /** What is wrong with the stream, once something is. */
  fault: string | undefined;
  readonly #largestWindow: number;
  #pending: Uint8Array = new Uint8Array(0);
  #state: 'frame' | 'block' | 'checksum' = 'frame';
  #hasChecksum = false;
  /** Octets of a skippable frame still to come. */
  #skipping = 0;
  #taken = 0;

  /** @param largestWindow octets of window that a frame may ask of its decoder */
  constructor(largestWindow: number) {
    this.#largestWindow = largestWindow;
  }

  /** Octets of the stream that whole units have taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether the stream may end here: between frames. */
  get isWhole(): boolean {
    return this.#state === 'frame' && this.#skipping === 0 && this.#pending.length === 0;
  }

  /** Takes further octets of the stream and answers the units that are whole with them. */
  *push(octets: Uint8Array): Generator<Uint8Array, void, undefined> {
    const joined = new Uint8Array(this.#pending.length + octets.length);
    joined.set(this.#pending);
    joined.set(octets, this.#pending.length);
    let at = 0;
    while (this.fault === undefined) {
      const skipped = Math.min(this.#skipping, joined.length - at);
      this.#skipping -= skipped;
      this.#taken += skipped;
      at += skipped;
      const size = this.#skipping > 0 ? 0 : this.#sizeOfNext(joined.subarray(at));
      if (size === 0 || size > joined.length - at) break;
      const unit = joined.subarray(at, at + size);
      at += size;
      this.#taken += size;
      if (this.#passed(unit)) yield unit;
    }
    this.#pending = joined.slice(at);
  }

  /** Octets that the next unit takes, 0 while too few are there to tell. */
  #sizeOfNext(octets: Uint8Array): number {
    if (this.#state === 'checksum') return 4;
    if (this.#state === 'frame') return octets.length < 5 ? 0 : this.#sizeOfHeader(octets);
    if (octets.length < 3) return 0;
    const head = octets[0]! | (octets[1]! << 8) | (octets[2]! << 16);
    const size = head >>> 3;
    const type = (head >>> 1) & 3;
    if (type === RESERVED) this.fault = 'a block is of the reserved type';
    else if (size > LARGEST_BLOCK)
      this.fault = `a block claims ${size} octets, more than the ${LARGEST_BLOCK} it may have`;
    return this.fault === undefined ? 3 + (type === RLE ? 1 : size) : 0;
  }

  #sizeOfHeader(octets: Uint8Array): number {
    const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
    const magic = view.getUint32(0, true);
    if (magic >>> 4 === 0x0184d2a5) return 8;
    if (magic !== FRAME_MAGIC) {
      this.fault = 'what follows is no Zstandard frame';
      return 0;
    }
    const descriptor = octets[4]!;
    const isSingle = (descriptor & 0x20) !== 0;
    const windowSize = isSingle ? 0 : 1;
    const dictionarySize = [0, 1, 2, 4][descriptor & 3]!;
    const contentSize = [isSingle ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
    const size = 5 + windowSize + dictionarySize + contentSize;
    if (octets.length < size) return size;
    const at = 5 + windowSize + dictionarySize;
    const window = isSingle ? contentOf(view, at, contentSize) : windowOf(octets[5]!);
    if ((descriptor & 0x08) !== 0) this.fault = 'a frame has its reserved bit set';
    else if (octets.subarray(5 + windowSize, at).some((octet) => octet !== 0)) this.fault = 'it needs a dictionary';
    else if (window > this.#largestWindow) {
      this.fault = `it needs a window of ${window} octets, more than the ${this.#largestWindow} that are lent to it`;
    }
    return this.fault === undefined ? size : 0;
  }

  /** Moves on behind `unit`; answers whether the decoder is to see it. */
  #passed(unit: Uint8Array): boolean {
    if (this.#state === 'checksum') this.#state = 'frame';
    else if (this.#state === 'block') {
      const isLast = (unit[0]! & 1) !== 0;
      if (isLast) this.#state = this.#hasChecksum ? 'checksum' : 'frame';
    } else if (unit[0] === 0x28) {
      this.#hasChecksum = (unit[4]! & 4) !== 0;
      this.#state = 'block';
    } else {
      this.#skipping = new DataView(unit.buffer, unit.byteOffset).getUint32(4, true);
      return false;
    }
    return true;
  }
}

/** Window_Descriptor, RFC 8878 §3.1.1.1.2. */
function windowOf(octet: number): number {
  const base = 2 ** (10 + (octet >>> 3));
  return base + (base / 8) * (octet & 7);
}

/** Frame_Content_Size, RFC 8878 §3.1.1.1.4. */
function contentOf(view: DataView, at: number, size: number): number {
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at, true) + 256;
  const low = view.getUint32(at, true);
  return size === 4 ? low : low + view.getUint32(at + 4, true) * 0x1_0000_0000;
}
