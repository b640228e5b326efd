/**
 * Writes classic pcap. One link type and one interface; times to 2106. For more than that, and for names of interfaces, write pcapng.
 * Read first: draft-ietf-opsawg-pcap §4 and §5.
 */

import { TcplabError } from '../../core/errors.ts';
import { wholeNumber } from '../../core/ranges.ts';
import { CaptureOutput, type CaptureSink } from './capture-output.ts';
import { DEFAULT_BUFFER_SIZE, DEFAULT_MAX_RECORD, LARGEST_BUFFER_SIZE, LARGEST_MAX_RECORD } from './limits.ts';
import { LINKTYPE, type Packet } from './packet.ts';
import { FILE_HEADER, MAGIC_MICRO, MAGIC_NANO, RECORD_HEADER } from './pcap-decoder.ts';

/** How a pcap file is written. */
export interface PcapWriterOptions {
  /** The LINKTYPE_ number of all packets, 0 to 65,535. Default 1, Ethernet. */
  linkType?: number;
  /** Octets of Ethernet frame check sequence that each packet ends with, an even number from 0 to 30. Default 0: not said. */
  fcsLength?: number;
  /** Octets kept of each packet at most, 1 to 16,000,000; longer ones are cut. Default 262,144. */
  snaplen?: number;
  /** Of the times. Default `nano`; `micro` rounds down, for readers from before 2012. */
  resolution?: 'micro' | 'nano';
  /** Of the numbers. Default `little`. */
  byteOrder?: 'little' | 'big';
  /** Octets gathered before the sink is called, 1 to 67,108,864; at least one packet always fits. Default 524,288. */
  bufferSize?: number;
}

const LATEST = 0xffff_ffff;

/** A pcap file, a packet at a time. */
export class PcapWriter {
  readonly #output: CaptureOutput;
  readonly #little: boolean;
  readonly #linkType: number;
  readonly #snaplen: number;
  readonly #nanoseconds: number;
  #packets = 0;
  #clampedTimes = 0;

  /**
   * @param sink gets the file's octets
   * @throws TcplabError EINVAL when an option is out of its range
   */
  constructor(sink: CaptureSink, options: PcapWriterOptions = {}) {
    this.#linkType = wholeNumber('linkType', options.linkType ?? LINKTYPE.ETHERNET, 0, 0xffff);
    this.#snaplen = wholeNumber('snaplen', options.snaplen ?? DEFAULT_MAX_RECORD, 1, LARGEST_MAX_RECORD);
    const size = wholeNumber('bufferSize', options.bufferSize ?? DEFAULT_BUFFER_SIZE, 1, LARGEST_BUFFER_SIZE);
    const little = options.byteOrder !== 'big';
    const nano = options.resolution !== 'micro';
    this.#little = little;
    this.#nanoseconds = nano ? 1 : 1000;
    this.#output = new CaptureOutput(sink, Math.max(size, FILE_HEADER + RECORD_HEADER + this.#snaplen));
    const { view } = this.#output;
    view.setUint32(0, nano ? MAGIC_NANO : MAGIC_MICRO, little);
    view.setUint16(4, 2, little);
    view.setUint16(6, 4, little);
    view.setUint32(16, this.#snaplen, little);
    // The f bit says that the top four bits hold the length, in 16-bit words.
    const fcs = wholeNumber('fcsLength', options.fcsLength ?? 0, 0, 30) >> 1;
    view.setUint32(20, this.#linkType + (fcs > 0 ? 0x0400_0000 + fcs * 0x1000_0000 : 0), little);
    this.#output.used = FILE_HEADER;
  }

  /** How many packets have been written. */
  get packets(): number {
    return this.#packets;
  }

  /** How many of them had a time that pcap cannot hold, before 1970 or after 2106, and got the nearest that it can. */
  get clampedTimes(): number {
    return this.#clampedTimes;
  }

  /**
   * Writes a packet; its octets are copied. `number` and `interfaceId` are not written.
   * @throws TcplabError TCPLAB_LINK_TYPE when it is of another link type than the file
   */
  write(packet: Packet): void {
    if (packet.linkType !== this.#linkType) {
      throw new TcplabError(
        'TCPLAB_LINK_TYPE',
        `packet ${packet.number} is of link type ${packet.linkType}, the pcap file of ${this.#linkType}: write pcapng, which can hold both`,
      );
    }
    const captured = Math.min(packet.capturedLength, this.#snaplen);
    const output = this.#output;
    const at = output.reserve(RECORD_HEADER + captured);
    const { view } = output;
    const little = this.#little;
    let { seconds, nanoseconds } = packet;
    if (seconds < 0 || seconds > LATEST) {
      nanoseconds = seconds < 0 ? 0 : 999_999_999;
      seconds = seconds < 0 ? 0 : LATEST;
      this.#clampedTimes++;
    }
    view.setUint32(at, seconds, little);
    view.setUint32(at + 4, nanoseconds / this.#nanoseconds, little);
    view.setUint32(at + 8, captured, little);
    view.setUint32(at + 12, packet.originalLength, little);
    output.copy(packet.bytes, packet.at, captured, at + RECORD_HEADER, packet.view);
    output.used = at + RECORD_HEADER + captured;
    this.#packets++;
  }

  /** Hands the sink all that is written: afterwards the file is whole as it stands. */
  flush(): void {
    this.#output.flush();
  }
}
