/**
 * What a capture is, as a whole: packets, octets, times, rates, the sections and interfaces that it describes and what else stands in it. Made while its packets are read. Not its text (cli/commands/info.ts)
 * and not what is in the packets (see/dissect).
 */
import type { CaptureBlock } from './capture-block.ts';
import type { CaptureReader } from './capture-reader.ts';
import type { CaptureInterface } from './interface.ts';
import type { Packet } from './packet.ts';
import { packetComments } from './packet-comments.ts';
import { BLOCK, eachOption, OPTION, optionsAt, paddedLength, textOf } from './pcapng-format.ts';

/** A moment: whole seconds since 1970, and nanoseconds. */
export interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Comments on packets that are kept, and characters of each. */
const MOST_COMMENTS = 100;
const LONGEST_COMMENT = 1000;

/** A comment on a packet. */
export interface PacketComment {
  /** The packet's number. */
  readonly packet: number;
  /** At most 1,000 characters of it. */
  readonly text: string;
}

/** What a pcapng section says of who captured it; what it does not say is empty. */
export interface SectionSummary {
  readonly byteOrder: 'little' | 'big';
  readonly hardware: string;
  readonly os: string;
  readonly application: string;
  readonly comments: readonly string[];
}

/** An interface, with what its description says besides, what its statistics say, and its packets counted. What nobody says is undefined. */
export interface InterfaceSummary extends CaptureInterface {
  packets: number;
  readonly description: string | undefined;
  /** The capture filter, as text. */
  readonly filter: string | undefined;
  readonly os: string | undefined;
  readonly hardware: string | undefined;
  /** Bits a second. */
  readonly speed: bigint | undefined;
  readonly comments: readonly string[];
  /** From the last Interface Statistics Block: packets received, and dropped by the interface and by the system. */
  received: bigint | undefined;
  dropped: bigint | undefined;
  droppedBySystem: bigint | undefined;
}

/** Blocks that are no packets, counted. */
export interface BlockCounts {
  /** Names in Name Resolution Blocks. */
  names: number;
  /** Decryption Secrets Blocks. */
  secrets: number;
  /** Interface Statistics Blocks. */
  statistics: number;
  /** systemd Journal Export Blocks. */
  journal: number;
  /** Custom Blocks. */
  custom: number;
  /** Blocks of types that tcplab does not know. */
  unknown: number;
}

/** Texts kept of one file, in octets: comments may be as many as packets. */
const TEXTS = 1_048_576;

/**
 * Sums a capture up.
 * @example
 * ```ts
 * const summary = new CaptureSummary(reader); // before the first packet is asked for
 * while (reader.next(packet)) summary.add(packet);
 * ```
 */
export class CaptureSummary {
  packets = 0;
  /** Octets that the packets had on the wire, and that were captured of them. */
  octets = 0;
  capturedOctets = 0;
  /** Packets of which less was captured than they had, and the least and the most that was captured of one of those. */
  cutPackets = 0;
  shortestCut: number = Number.POSITIVE_INFINITY;
  longestCut = 0;
  /** The first packet whose time is before that of the packet before it; undefined when there is none. */
  outOfOrder: number | undefined;
  /** Packets that have no time (pcapng's Simple Packets): they are in no sum of times. */
  untimed: number = 0;
  /** Packets with a comment. */
  commented = 0;
  /** The first hundred comments on packets. */
  readonly packetComments: PacketComment[] = [];
  readonly sections: SectionSummary[] = [];
  readonly interfaces: InterfaceSummary[] = [];
  readonly blocks: BlockCounts = { names: 0, secrets: 0, statistics: 0, journal: 0, custom: 0, unknown: 0 };
  readonly #reader: CaptureReader;
  #first = { seconds: Number.POSITIVE_INFINITY, nanoseconds: 0 };
  #last = { seconds: Number.NEGATIVE_INFINITY, nanoseconds: 0 };
  #before = { seconds: Number.NEGATIVE_INFINITY, nanoseconds: 0 };
  /** Index of the first interface of the section that is read. */
  #firstInterface = 0;
  #texts = 0;

  /** Takes the reader's `onBlock`. */
  constructor(reader: CaptureReader) {
    this.#reader = reader;
    reader.onBlock = (block) => this.#block(block);
  }

  /** The earliest time of a packet; undefined when none has one. */
  get first(): Moment | undefined {
    return this.#first.seconds === Number.POSITIVE_INFINITY ? undefined : this.#first;
  }

  /** The latest time of a packet; undefined when none has one. */
  get last(): Moment | undefined {
    return this.#last.seconds === Number.NEGATIVE_INFINITY ? undefined : this.#last;
  }

  /** How long from the earliest time to the latest; undefined when no packet has a time. */
  get duration(): Moment | undefined {
    if (this.first === undefined) return undefined;
    const seconds = this.#last.seconds - this.#first.seconds;
    const nanoseconds = this.#last.nanoseconds - this.#first.nanoseconds;
    return nanoseconds < 0
      ? { seconds: seconds - 1, nanoseconds: nanoseconds + 1_000_000_000 }
      : { seconds, nanoseconds };
  }

  /** Counts a packet that the reader has handed out. */
  add(packet: Packet): void {
    const { seconds, nanoseconds, capturedLength, originalLength } = packet;
    this.packets++;
    this.octets += originalLength;
    this.capturedOctets += capturedLength;
    if (capturedLength < originalLength) {
      this.cutPackets++;
      if (capturedLength < this.shortestCut) this.shortestCut = capturedLength;
      if (capturedLength > this.longestCut) this.longestCut = capturedLength;
    }
    this.interfaces[packet.interfaceId]!.packets++;
    if (this.#reader.format === 'pcapng' && this.#look(packet)) return;
    if (isBefore(seconds, nanoseconds, this.#before)) this.outOfOrder ??= packet.number;
    set(this.#before, seconds, nanoseconds);
    if (isBefore(seconds, nanoseconds, this.#first)) set(this.#first, seconds, nanoseconds);
    if (!isBefore(seconds, nanoseconds, this.#last)) set(this.#last, seconds, nanoseconds);
  }

  /** Looks at a packet's block; answers whether it has no time. */
  #look(packet: Packet): boolean {
    const { view, recordAt, recordLength } = packet;
    const little = this.#reader.byteOrder === 'little';
    if (view.getUint32(recordAt, little) === BLOCK.SIMPLE_PACKET) {
      this.untimed++;
      return true;
    }
    const options = optionsAt(view, recordAt, recordLength, little);
    const end = recordAt + recordLength - 4;
    if (options + 4 > end || !hasComment(view, options, end, little)) return false;
    this.commented++;
    if (this.packetComments.length < MOST_COMMENTS)
      for (const text of packetComments(packet)) {
        if (this.packetComments.length === MOST_COMMENTS) break;
        this.packetComments.push({ packet: packet.number, text: text.slice(0, LONGEST_COMMENT) });
      }
    return false;
  }

  #block({ type, bytes, view, at, length, littleEndian }: CaptureBlock): void {
    const end = at + length - 4;
    const options = type < 0 ? end : optionsAt(view, at, length, littleEndian);
    const texts = new Map<number, string>();
    const numbers = new Map<number, bigint>();
    const comments: string[] = [];
    if (type === BLOCK.SECTION_HEADER || type === BLOCK.INTERFACE_DESCRIPTION || type === BLOCK.INTERFACE_STATISTICS) {
      eachOption(view, options, end, littleEndian, (code, value, size) => {
        if (size === 8) numbers.set(code, view.getBigUint64(value, littleEndian));
        this.#texts += size;
        if (this.#texts > TEXTS) return;
        // The first octet of a filter tells that it is text.
        const skip = type === BLOCK.INTERFACE_DESCRIPTION && code === OPTION.IF_FILTER ? 1 : 0;
        const text = textOf(bytes, value + skip, Math.max(0, size - skip));
        if (code === OPTION.COMMENT) comments.push(text);
        else texts.set(code, text);
      });
    }
    switch (type) {
      case BLOCK.SECTION_HEADER:
        this.#firstInterface = this.interfaces.length;
        this.sections.push({
          byteOrder: littleEndian ? 'little' : 'big',
          hardware: texts.get(OPTION.SHB_HARDWARE) ?? '',
          os: texts.get(OPTION.SHB_OS) ?? '',
          application: texts.get(OPTION.SHB_USERAPPL) ?? '',
          comments,
        });
        return;
      case BLOCK.INTERFACE_STATISTICS: {
        this.blocks.statistics++;
        const one =
          length < 24 ? undefined : this.interfaces[this.#firstInterface + view.getUint32(at + 8, littleEndian)];
        if (one === undefined) return;
        one.received = numbers.get(OPTION.ISB_IFRECV) ?? one.received;
        one.dropped = numbers.get(OPTION.ISB_IFDROP) ?? one.dropped;
        one.droppedBySystem = numbers.get(OPTION.ISB_OSDROP) ?? one.droppedBySystem;
        return;
      }
      case BLOCK.NAME_RESOLUTION:
        this.blocks.names += namesIn(view, at + 8, end, littleEndian);
        return;
      case BLOCK.DECRYPTION_SECRETS:
        this.blocks.secrets++;
        return;
      case BLOCK.SYSTEMD_JOURNAL:
        this.blocks.journal++;
        return;
      case BLOCK.CUSTOM:
      case BLOCK.CUSTOM_NOT_COPIED:
        this.blocks.custom++;
        return;
    }
    if (type !== BLOCK.INTERFACE_DESCRIPTION && type >= 0) {
      this.blocks.unknown++;
      return;
    }
    this.interfaces.push({
      ...this.#reader.interfaces[this.interfaces.length]!,
      packets: 0,
      description: texts.get(OPTION.IF_DESCRIPTION),
      filter: texts.get(OPTION.IF_FILTER),
      os: texts.get(OPTION.IF_OS),
      hardware: texts.get(OPTION.IF_HARDWARE),
      speed: numbers.get(OPTION.IF_SPEED),
      comments,
      received: undefined,
      dropped: undefined,
      droppedBySystem: undefined,
    });
  }
}

function hasComment(view: DataView, at: number, end: number, little: boolean): boolean {
  let has = false;
  eachOption(view, at, end, little, (code) => {
    has ||= code === OPTION.COMMENT;
  });
  return has;
}

/** The addresses in a Name Resolution Block from `at` to `end`, its records and options. */
function namesIn(view: DataView, at: number, end: number, little: boolean): number {
  let names = 0;
  while (at + 4 <= end && view.getUint16(at, little) !== 0) {
    names++;
    at += 4 + paddedLength(view.getUint16(at + 2, little));
  }
  return names;
}

const isBefore = (seconds: number, nanoseconds: number, than: Moment): boolean =>
  seconds < than.seconds || (seconds === than.seconds && nanoseconds < than.nanoseconds);

function set(moment: { seconds: number; nanoseconds: number }, seconds: number, nanoseconds: number): void {
  moment.seconds = seconds;
  moment.nanoseconds = nanoseconds;
}
