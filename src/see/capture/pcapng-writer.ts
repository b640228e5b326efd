/**
 * Writes pcapng: one section, interfaces as they are needed, packets as Enhanced Packet Blocks with times in nanoseconds.
 * Read first: draft-ietf-opsawg-pcapng §4.1 (section header), §4.2 (interface), §4.3 (packet).
 */

import { TcplabError } from '../../core/errors.ts';
import { wholeNumber } from '../../core/ranges.ts';
import { CaptureOutput, type CaptureSink } from './capture-output.ts';
import { DEFAULT_BUFFER_SIZE, DEFAULT_MAX_RECORD, LARGEST_BUFFER_SIZE, LARGEST_MAX_RECORD } from './limits.ts';
import type { Packet } from './packet.ts';
import { BLOCK, BYTE_ORDER_MAGIC, OPTION, putNanoseconds } from './pcapng-format.ts';

/** An interface as it is written; a `CaptureInterface` will do. */
export interface PcapngWriterInterface {
  /** The LINKTYPE_ number of its packets, 0 to 65,535. */
  linkType: number;
  /** Octets that were kept of each packet at most, 0 to 4,294,967,295; 0 when there was no limit. Told, not enforced. Default 0. */
  snaplen?: number;
  /** Its name, such as `eth0`; what goes beyond 1,024 octets of UTF-8 is cut off. Default empty: not written. */
  name?: string;
  /** The capture filter, in libpcap's language, that chose its packets; one of more than 1,023 octets of UTF-8 is not written. Default empty: not written. */
  filter?: string;
  /** Octets of frame check sequence that each packet ends with, 0 to 255. Default 0: not written. */
  fcsLength?: number;
}

/** How a pcapng file is written. */
export interface PcapngWriterOptions {
  /** The interfaces known from the start; `addInterface` adds more. */
  interfaces?: readonly PcapngWriterInterface[];
  /** What to call the program that writes it (shb_userappl); cut at 1,024 octets. Default `tcplab`. */
  application?: string;
  /** Octets kept of each packet at most, 1 to 16,000,000; longer ones are cut. Default 262,144. */
  maxRecord?: number;
  /** Of the numbers. Default `little`. */
  byteOrder?: 'little' | 'big';
  /** Octets gathered before the sink is called, 1 to 67,108,864; at least one packet always fits. Default 524,288. */
  bufferSize?: number;
}

/** Octets of an Enhanced Packet Block before the packet, and behind it. */
const PACKET_HEAD = 28;
const BLOCK_TAIL = 4;
const LONGEST_TEXT = 1024;
/** A block without a packet is shorter than this. */
const DESCRIPTION = 3072;

const BILLION = 1_000_000_000;
/** The last whole second whose nanoseconds all fit in 64 bits, in the year 2554. */
const LATEST = 18_446_744_072;

const encoder = new TextEncoder();

/** An instant: whole seconds since 1970, and nanoseconds below one second. */
interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What an interface counted, from one instant to another. */
export interface InterfaceCounts {
  readonly start: Instant;
  readonly end: Instant;
  /** Packets that came. */
  readonly received: number;
  /** Packets that were lost since nobody took them; undefined: not known. */
  readonly dropped: number | undefined;
}

/** A pcapng file, a packet at a time. */
export class PcapngWriter {
  readonly #output: CaptureOutput;
  readonly #little: boolean;
  readonly #maxRecord: number;
  readonly #linkTypes: number[] = [];
  #packets = 0;
  #clampedTimes = 0;

  /**
   * @param sink gets the file's octets
   * @throws TcplabError EINVAL when an option is out of its range
   */
  constructor(sink: CaptureSink, options: PcapngWriterOptions = {}) {
    this.#maxRecord = wholeNumber('maxRecord', options.maxRecord ?? DEFAULT_MAX_RECORD, 1, LARGEST_MAX_RECORD);
    const size = wholeNumber('bufferSize', options.bufferSize ?? DEFAULT_BUFFER_SIZE, 1, LARGEST_BUFFER_SIZE);
    this.#little = options.byteOrder !== 'big';
    this.#output = new CaptureOutput(sink, Math.max(size, DESCRIPTION + this.#maxRecord));
    this.#sectionHeader(options.application ?? 'tcplab');
    for (const one of options.interfaces ?? []) this.addInterface(one);
  }

  /** How many packets have been written. */
  get packets(): number {
    return this.#packets;
  }

  /** How many of them had a time that 64 bits of nanoseconds cannot hold, before 1970 or after 2554, and got the nearest that they can. */
  get clampedTimes(): number {
    return this.#clampedTimes;
  }

  /** How many interfaces the file has. */
  get interfaces(): number {
    return this.#linkTypes.length;
  }

  /**
   * Describes a further interface.
   * @returns the `interfaceId` of its packets: 0 for the first, then 1, ...
   * @throws TcplabError EINVAL when a number is out of its range
   */
  addInterface(one: PcapngWriterInterface): number {
    const linkType = wholeNumber('linkType', one.linkType, 0, 0xffff);
    const snaplen = wholeNumber('snaplen', one.snaplen ?? 0, 0, 0xffff_ffff);
    const fcsLength = wholeNumber('fcsLength', one.fcsLength ?? 0, 0, 0xff);
    const { view } = this.#output;
    const start = this.#output.reserve(DESCRIPTION);
    view.setUint32(start, BLOCK.INTERFACE_DESCRIPTION, this.#little);
    view.setUint16(start + 8, linkType, this.#little);
    view.setUint16(start + 10, 0);
    view.setUint32(start + 12, snaplen, this.#little);
    let at = this.#text(start + 16, OPTION.IF_NAME, one.name ?? '');
    at = this.#octet(at, OPTION.IF_TSRESOL, 9);
    // Its first octet says that it is libpcap's language. Cut, it would be another filter.
    const filter = `\0${one.filter ?? ''}`;
    if (filter !== '\0' && encoder.encode(filter).length <= LONGEST_TEXT) at = this.#text(at, OPTION.IF_FILTER, filter);
    if (fcsLength > 0) at = this.#octet(at, OPTION.IF_FCSLEN, fcsLength);
    this.#close(start, this.#option(at, OPTION.END, 0));
    return this.#linkTypes.push(linkType) - 1;
  }

  /**
   * Writes a packet; its octets are copied. `number` is not written.
   * @param comment what is to be said of it (opt_comment), cut at 1,024 octets of UTF-8; default nothing
   * @throws TcplabError TCPLAB_LINK_TYPE when its interface has not been added or is of another link type
   */
  write(packet: Packet, comment = ''): void {
    const linkType = this.#linkTypes[packet.interfaceId];
    if (linkType !== packet.linkType) {
      const what =
        linkType === undefined
          ? `is none of the ${this.interfaces} added: call addInterface first`
          : `is of ${linkType}`;
      throw new TcplabError(
        'TCPLAB_LINK_TYPE',
        `packet ${packet.number} came from interface ${packet.interfaceId} with link type ${packet.linkType}, but that ${what}`,
      );
    }
    const captured = Math.min(packet.capturedLength, this.#maxRecord);
    const padding = -captured & 3;
    const output = this.#output;
    const at = output.reserve(comment === '' ? PACKET_HEAD + captured + padding + BLOCK_TAIL : DESCRIPTION + captured);
    const { view } = output;
    const little = this.#little;
    view.setUint32(at, BLOCK.ENHANCED_PACKET, little);
    view.setUint32(at + 8, packet.interfaceId, little);
    this.#time(at + 12, packet.seconds, packet.nanoseconds);
    view.setUint32(at + 20, captured, little);
    view.setUint32(at + 24, packet.originalLength, little);
    output.copy(packet.bytes, packet.at, captured, at + PACKET_HEAD, packet.view);
    // Zeroes the padding, and then some that is written over.
    if (padding > 0) view.setUint32(at + PACKET_HEAD + captured, 0);
    let end = at + PACKET_HEAD + captured + padding;
    if (comment !== '') end = this.#option(this.#text(end, OPTION.COMMENT, comment), OPTION.END, 0);
    this.#close(at, end);
    this.#packets++;
  }

  /**
   * Writes what an interface counted, an Interface Statistics Block: behind its last packet.
   * @throws TcplabError EINVAL when the interface has not been added
   */
  addStatistics(interfaceId: number, { start, end, received, dropped }: InterfaceCounts): void {
    if (interfaceId < 0 || interfaceId >= this.interfaces)
      throw new TcplabError('EINVAL', `interface ${interfaceId} is none of the ${this.interfaces} added`);
    const from = this.#output.reserve(DESCRIPTION);
    const { view } = this.#output;
    view.setUint32(from, BLOCK.INTERFACE_STATISTICS, this.#little);
    view.setUint32(from + 8, interfaceId, this.#little);
    this.#time(from + 12, end.seconds, end.nanoseconds);
    let at = from + 20;
    for (const [code, moment] of [
      [OPTION.ISB_STARTTIME, start],
      [OPTION.ISB_ENDTIME, end],
    ] as const) {
      this.#time(this.#option(at, code, 8), moment.seconds, moment.nanoseconds);
      at += 12;
    }
    for (const [code, count] of [
      [OPTION.ISB_IFRECV, received],
      [OPTION.ISB_IFDROP, dropped],
    ] as const) {
      if (count === undefined) continue;
      view.setBigUint64(this.#option(at, code, 8), BigInt(count), this.#little);
      at += 12;
    }
    this.#close(from, this.#option(at, OPTION.END, 0));
  }

  /** Hands the sink all that is written: afterwards the file is whole as it stands. */
  flush(): void {
    this.#output.flush();
  }

  #time(at: number, seconds: number, nanoseconds: number): void {
    if (seconds < 0 || seconds > LATEST) {
      nanoseconds = seconds < 0 ? 0 : BILLION - 1;
      seconds = seconds < 0 ? 0 : LATEST;
      this.#clampedTimes++;
    }
    putNanoseconds(this.#output.view, at, seconds, nanoseconds, this.#little);
  }

  #sectionHeader(application: string): void {
    const { view } = this.#output;
    const little = this.#little;
    view.setUint32(0, BLOCK.SECTION_HEADER, little);
    view.setUint32(8, BYTE_ORDER_MAGIC, little);
    view.setUint16(12, 1, little);
    view.setUint16(14, 0, little);
    // The section's length is not known: -1.
    view.setInt32(16, -1);
    view.setInt32(20, -1);
    const at = this.#text(24, OPTION.SHB_USERAPPL, application);
    this.#close(0, this.#option(at, OPTION.END, 0));
  }

  /** Writes the head of an option; answers where its value goes. */
  #option(at: number, code: number, length: number): number {
    this.#output.view.setUint16(at, code, this.#little);
    this.#output.view.setUint16(at + 2, length, this.#little);
    return at + 4;
  }

  #octet(at: number, code: number, value: number): number {
    const to = this.#option(at, code, 1);
    this.#output.view.setUint32(to, 0);
    this.#output.view.setUint8(to, value);
    return to + 4;
  }

  #text(at: number, code: number, value: string): number {
    if (value === '') return at;
    const { bytes, view } = this.#output;
    const { written } = encoder.encodeInto(value, bytes.subarray(at + 4, at + 4 + LONGEST_TEXT));
    const end = this.#option(at, code, written) + written;
    if ((written & 3) === 0) return end;
    view.setUint32(end, 0);
    return (end + 3) & ~3;
  }

  /** Ends a block that began at `start` and whose body ends at `end`. */
  #close(start: number, end: number): void {
    const length = end + BLOCK_TAIL - start;
    this.#output.view.setUint32(start + 4, length, this.#little);
    this.#output.view.setUint32(end, length, this.#little);
    this.#output.used = start + length;
  }
}
