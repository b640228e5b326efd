/**
 * Reads a capture, classic pcap, pcapng or snoop, from chunks of its octets: chunks are pushed in as they come, packets are pulled out until none is whole
 * any more. A record that lies whole in a chunk is used where it is; one that does not is joined in one buffer that is used again.
 * Not a reader of files (node/capture-file.ts, browser/) and not of compressed ones.
 *
 * A file may end or be damaged anywhere. The reader hands out every whole packet before that place and then says, in `problem`, what is wrong and where.
 */
import { TcplabError } from '../../core/errors.ts';
import { wholeNumber } from '../../core/ranges.ts';
import { CAPTURE_FILE_HEADER, type CaptureBlock } from './capture-block.ts';
import { type CaptureInterface, timeDigits } from './interface.ts';
import { DEFAULT_MAX_RECORD, LARGEST_MAX_RECORD } from './limits.ts';
import type { Packet } from './packet.ts';
import { FILE_HEADER, isPcapMagic, PcapDecoder } from './pcap-decoder.ts';
import { PcapngDecoder } from './pcapng-decoder.ts';
import { BLOCK } from './pcapng-format.ts';
import {
  type CaptureFormat,
  type CaptureLimits,
  DAMAGED,
  PACKET,
  type RecordDecoder,
  SKIPPED,
  type Window,
} from './record.ts';
import type { Judge, Records } from './sift.ts';
import { SNOOP_FILE_HEADER, SNOOP_MAGIC, SnoopDecoder } from './snoop-decoder.ts';

/** Bounds for what a file may claim. */
export interface CaptureReaderOptions {
  /** Octets captured of one packet at most, 1 to 16,000,000; a file that claims more is damaged. Default 262,144, as in Wireshark. */
  maxRecord?: number;
  /** Octets of one pcapng block at most, 1,024 to 1,073,741,824. Default 16,777,216, as in Wireshark. */
  maxBlock?: number;
  /** Interfaces that a pcapng file may describe, 1 or more. Default 65,536. */
  maxInterfaces?: number;
}

/** Why a capture could not be read further. */
export interface CaptureProblem {
  /**
   * `not-a-capture`: nothing of it is; `unsupported`: a version or variant that tcplab does not know; `damaged`: something in it cannot be; `cut-short`: it
   * ends within a packet or block, as when its writer was killed.
   */
  readonly kind: 'not-a-capture' | 'unsupported' | 'damaged' | 'cut-short';
  /** Where, in octets from the file's start. */
  readonly offset: number;
  /** What is wrong and where, in a sentence: `the file ends in the middle of packet 57, at offset 10234: 40 of 96 octets are there`. */
  readonly message: string;
}

/** What files that are no captures begin with, and what to do with them. */
const STRANGERS: readonly (readonly [string, string])[] = [
  ['1f8b', 'it is gzip-compressed: decompress it first (gunzip)'],
  ['28b52ffd', 'it is compressed with zstd: decompress it first (unzstd)'],
  ['04224d18', 'it is compressed with LZ4: decompress it first (unlz4)'],
  ['fd377a58', 'it is compressed with xz: decompress it first (unxz)'],
  ['425a68', 'it is compressed with bzip2: decompress it first (bunzip2)'],
  ['504b0304', 'it is a zip archive: unpack it first'],
];

const EMPTY = new Uint8Array(0);

/**
 * Packets from the chunks of a capture file.
 * @example
 * ```ts
 * const reader = new CaptureReader();
 * const packet = makePacket();
 * for (const chunk of chunks) {
 *   reader.push(chunk);
 *   while (reader.next(packet)) count += packet.capturedLength;
 * }
 * reader.end();
 * if (reader.problem !== undefined) complain(reader.problem.message);
 * ```
 */
export class CaptureReader {
  /**
   * Called within `next` for everything of the file that is no packet, in the file's order: a pcap file's header, pcapng's blocks of every other type. The block holds until it returns.
   */
  onBlock: ((block: CaptureBlock) => void) | undefined;
  #block: CaptureBlock | undefined;
  readonly #limits: CaptureLimits;
  #decoder: RecordDecoder | undefined;
  #problem: CaptureProblem | undefined;
  #packets = 0;
  /** Digits of the first so many interfaces. */
  #resolution = 0;
  #resolutionOf = 0;
  /** What the decoder sees: the chunk, or the carry buffer while a record is joined there. */
  readonly #window: Window = { bytes: EMPTY, view: new DataView(EMPTY.buffer), at: 0, end: 0 };
  /** Offset in the file of the window's octet 0. */
  #base = 0;
  #chunk: Uint8Array = EMPTY;
  #chunkView: DataView = this.#window.view;
  #chunkBase = 0;
  /** Octets of the chunk that went to the carry buffer, when the window is there. */
  #chunkTaken = 0;
  #carry = new Uint8Array(0);
  #carryView: DataView = this.#window.view;
  #inCarry = false;
  /** Octets that the record at the window's start takes; the last pull ended for want of them. 0: the chunk is not dry. */
  #need = 4;
  #ended = false;
  #fault: Omit<CaptureProblem, 'offset'> | undefined;

  /** @throws TcplabError EINVAL when an option is out of its range */
  constructor(options: CaptureReaderOptions = {}) {
    this.#limits = {
      maxRecord: wholeNumber('maxRecord', options.maxRecord ?? DEFAULT_MAX_RECORD, 1, LARGEST_MAX_RECORD),
      maxBlock: wholeNumber('maxBlock', options.maxBlock ?? 16_777_216, 1024, 1_073_741_824),
      maxInterfaces: wholeNumber('maxInterfaces', options.maxInterfaces ?? 65_536, 1, 0x7fff_ffff),
    };
  }

  /** The format, once enough of the file has been read to tell. */
  get format(): CaptureFormat | undefined {
    return this.#decoder?.format;
  }

  /** The byte order of its numbers (of the section read last, in pcapng), once known. */
  get byteOrder(): 'little' | 'big' | undefined {
    return this.#decoder && (this.#decoder.littleEndian ? 'little' : 'big');
  }

  /**
   * The interfaces described so far, in the order of the file; `packet.interfaceId` is an index here. pcapng numbers them anew in each section, this list does
   * not.
   */
  get interfaces(): readonly CaptureInterface[] {
    return this.#decoder?.interfaces ?? [];
  }

  /** The section that was read last, from 1, in pcapng; 0 where there are none. */
  get section(): number {
    return this.#decoder?.sections ?? 0;
  }

  /** Digits behind the decimal point that the times of the interfaces described so far can need: 6 for microseconds, 9 for nanoseconds. */
  get resolution(): number {
    const { interfaces } = this;
    // Asked for with each packet.
    for (; this.#resolutionOf < interfaces.length; this.#resolutionOf++) {
      this.#resolution = Math.max(this.#resolution, timeDigits(interfaces[this.#resolutionOf]!.tsresol));
    }
    return this.#resolution;
  }

  /** How many packets have been handed out. */
  get packets(): number {
    return this.#packets;
  }

  /** What is wrong with the file; undefined while nothing is. No packet comes after it. */
  get problem(): CaptureProblem | undefined {
    return this.#problem;
  }

  /** Whether no packet can come any more: the end was told and reached, or there is a problem. */
  get done(): boolean {
    return this.#problem !== undefined || (this.#ended && this.#need !== 0);
  }

  /**
   * Takes the next octets of the file. They are used in place: leave them alone until `next` answers false, then do with them what you like.
   * After a problem they are ignored.
   * @throws TcplabError TCPLAB_CAPTURE_ORDER after `end`, or while packets of the chunk before are still to be pulled
   */
  push(chunk: Uint8Array): void {
    if (this.#ended) {
      throw new TcplabError('TCPLAB_CAPTURE_ORDER', 'push after end: make a new CaptureReader for another file');
    }
    if (this.#problem !== undefined || chunk.length === 0) return;
    if (this.#need === 0) {
      throw new TcplabError(
        'TCPLAB_CAPTURE_ORDER',
        'push while packets of the last chunk are still to be read: call next until it answers false, then push',
      );
    }
    this.#chunkBase += this.#chunk.length;
    // A subclass, such as Node's Buffer, has other ideas of slice; and one shape of object reads faster than two.
    this.#chunk =
      chunk.constructor === Uint8Array ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#chunkView = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#chunkTaken = 0;
    this.#need = this.#inCarry ? this.#need : 0;
    if (this.#inCarry) this.#fill();
    else this.#toChunk();
  }

  /**
   * Says that the file has no more octets. When the last `next` answered false, `problem` is settled now, and else once it does.
   * @param fault why they end, when what brings them failed: it is the capture's problem then, unless it has one already
   */
  end(fault?: Omit<CaptureProblem, 'offset'>): void {
    this.#ended = true;
    this.#fault = fault;
    if (this.#need !== 0) this.#finish();
  }

  /**
   * Fills `into` with the next packet. Its octets are the file's own, in place: they hold until the next call of `next` or `push`.
   * @returns false when no whole packet is left in what has been pushed
   */
  next(into: Packet): boolean {
    if (this.#need !== 0 || this.#problem !== undefined) return false;
    const window = this.#window;
    for (;;) {
      if (this.#inCarry && window.at === window.end) this.#toChunk();
      const before = window.at;
      const outcome = this.#decoder === undefined ? this.#recognise() : this.#decoder.step(window, into);
      if (outcome === PACKET) {
        into.number = ++this.#packets;
        return true;
      }
      if (outcome > 0) {
        this.#need = outcome;
        this.#fill();
        if (this.#need !== 0) {
          if (this.#ended) this.#finish();
          return false;
        }
      } else if (outcome === DAMAGED) {
        this.#damaged();
        return false;
      } else if (this.onBlock !== undefined && window.at > before) this.#showBlock(this.onBlock, before);
    }
  }

  /**
   * Passes over the packets next in the file that fail, and fills `into` with the records behind them that pass, as many as stand one behind the other; they count as handed out, and hold as
   * packets do. It may end before there is a reason in the file, and does nothing for formats other than pcap: ask `next` for what comes then.
   * @param most records that are wanted; with 0 it only passes over
   */
  sift(judge: Judge, into: Records, most: number): void {
    into.packets = 0;
    into.passedOver = 0;
    if (this.#need !== 0 || this.#problem !== undefined || this.#decoder?.sift === undefined) return;
    this.#decoder.sift(this.#window, judge, into, most);
    this.#packets += into.packets + into.passedOver;
  }

  /** What was passed over, from `before` to where the window is now. */
  #showBlock(onBlock: (block: CaptureBlock) => void, before: number): void {
    const { bytes, view, at } = this.#window;
    const littleEndian = this.#decoder!.littleEndian;
    const type = this.#decoder!.format === 'pcapng' ? view.getUint32(before, littleEndian) : CAPTURE_FILE_HEADER;
    this.#block = Object.assign(this.#block ?? {}, {
      type,
      littleEndian,
      bytes,
      view,
      at: before,
      length: at - before,
    });
    onBlock(this.#block);
  }

  /** The window is what is left of the chunk. */
  #toChunk(): void {
    const window = this.#window;
    this.#inCarry = false;
    window.bytes = this.#chunk;
    window.view = this.#chunkView;
    window.at = this.#chunkTaken;
    window.end = this.#chunk.length;
    this.#base = this.#chunkBase;
  }

  /** Brings the window to `#need` octets, in the carry buffer, as far as the chunk has them; `#need` is 0 when it does. */
  #fill(): void {
    const window = this.#window;
    if (!this.#inCarry) {
      const have = window.end - window.at;
      if (have === 0) return;
      this.#reserve(have, 0);
      this.#carry.set(this.#chunk.subarray(window.at, window.end));
      this.#base += window.at;
      this.#chunkTaken = this.#chunk.length;
      this.#inCarry = true;
      window.at = 0;
      window.end = have;
    }
    const take = Math.min(this.#need - window.end, this.#chunk.length - this.#chunkTaken);
    if (take > 0) {
      this.#reserve(window.end + take, window.end);
      this.#carry.set(this.#chunk.subarray(this.#chunkTaken, this.#chunkTaken + take), window.end);
      this.#chunkTaken += take;
      window.end += take;
    }
    window.bytes = this.#carry;
    window.view = this.#carryView;
    if (window.end >= this.#need) this.#need = 0;
  }

  /** Makes room for `size` octets in the carry buffer, of which `keep` are in use. It grows with what has come, not with what was claimed. */
  #reserve(size: number, keep: number): void {
    if (size <= this.#carry.length) return;
    const larger = new Uint8Array(Math.max(size, this.#carry.length * 2, 4096));
    larger.set(this.#carry.subarray(0, keep));
    this.#carry = larger;
    this.#carryView = new DataView(larger.buffer);
  }

  /** Tells the format from the file's first octets. Answers as `RecordDecoder.step` does. */
  #recognise(): number {
    const { view, at, end } = this.#window;
    if (end - at < 4) return 4;
    const magic = view.getUint32(at, false);
    if (magic === BLOCK.SECTION_HEADER) {
      this.#decoder = new PcapngDecoder(this.#limits);
      return SKIPPED;
    }
    if (magic === SNOOP_MAGIC) {
      if (end - at < SNOOP_FILE_HEADER) return SNOOP_FILE_HEADER;
      this.#decoder = new SnoopDecoder(view, at, this.#limits);
      if (this.#decoder.damage !== undefined) return DAMAGED;
      this.#window.at += SNOOP_FILE_HEADER;
      return SKIPPED;
    }
    if (!isPcapMagic(magic) && !isPcapMagic(view.getUint32(at, true))) {
      const hex = magic.toString(16).padStart(8, '0');
      const known = STRANGERS.find(([start]) => hex.startsWith(start));
      const why = known?.[1] ?? `it begins with the octets ${hex.replace(/..(?!$)/g, '$& ')}`;
      this.#stop('not-a-capture', `the file is neither pcap, pcapng nor snoop: ${why}`);
      return DAMAGED;
    }
    if (end - at < FILE_HEADER) return FILE_HEADER;
    const decoder = new PcapDecoder(view, at, this.#limits);
    this.#decoder = decoder;
    if (decoder.damage !== undefined) return DAMAGED;
    this.#window.at += FILE_HEADER;
    return SKIPPED;
  }

  #damaged(): void {
    const decoder = this.#decoder;
    if (decoder?.damage === undefined) return;
    const { kind, message } = decoder.damage;
    const offset = this.#offset();
    // At its very start it is the file as a whole that is strange.
    const what = offset === 0 ? 'the file' : decoder.name(this.#window, this.#packets + 1);
    this.#stop(kind, `${what} cannot be read, at offset ${offset}: ${message}`);
  }

  /** The file is over: all is well when it ended between two records. */
  #finish(): void {
    const window = this.#window;
    const have = window.end - window.at;
    const offset = this.#offset();
    if (this.#fault !== undefined) this.#stop(this.#fault.kind, this.#fault.message);
    else if (this.#decoder === undefined && this.#need === 4) {
      const size = have === 0 ? 'the file is empty' : `the file has no more than ${have} octets`;
      this.#stop('not-a-capture', `${size}: a capture has at least the ${FILE_HEADER} of its header`);
    } else if (have > 0) {
      const what = this.#decoder?.name(window, this.#packets + 1) ?? 'the file header';
      const there = `${have} of ${this.#need} octets ${have === 1 ? 'is' : 'are'} there`;
      this.#stop('cut-short', `the file ends in the middle of ${what}, at offset ${offset}: ${there}`);
    }
  }

  #offset(): number {
    return this.#base + this.#window.at;
  }

  #stop(kind: CaptureProblem['kind'], message: string): void {
    this.#problem ??= { kind, offset: this.#offset(), message };
  }
}
