/**
 * Copies packets of captures into another capture so that what was found with them is kept: link types, resolutions, names and options of interfaces, comments, statistics, and blocks and options
 * that tcplab does not know. Not for packets that come from no capture: PcapWriter and PcapngWriter write those.
 */
import { TcplabError } from '../../core/errors.ts';
import { wholeNumber } from '../../core/ranges.ts';
import type { CaptureSink } from './capture-output.ts';
import type { CaptureReader } from './capture-reader.ts';
import { DEFAULT_BUFFER_SIZE, LARGEST_BUFFER_SIZE, LARGEST_MAX_RECORD } from './limits.ts';
import type { Packet } from './packet.ts';
import { PcapCopy } from './pcap-copy.ts';
import { PcapngCopy } from './pcapng-copy.ts';
import type { Records } from './sift.ts';

/** How a copy is written. */
export interface CaptureCopyOptions {
  /** Default `pcapng`. pcap holds one link type, and of what stands beside the packets nothing. */
  format?: 'pcap' | 'pcapng';
  /** Octets kept of each packet at most, 1 to 16,000,000; longer ones are cut. Default: as many as there are. */
  snaplen?: number;
  /**
   * Whether one capture is copied, or several become one. `one`: pcapng's sections and byte orders, and pcap's own header, are kept as they are. `several`: there is one section, in the byte order of the first
   * capture; interfaces that captures describe alike are one. Default `one`.
   */
  captures?: 'one' | 'several';
  /** Whether `next` will be called: what the later files need of the earlier ones is kept then, up to 16 MiB. Default false. */
  parts?: boolean;
  /** Octets gathered before the sink is called, 1 to 67,108,864. Default 524,288. */
  bufferSize?: number;
}

/** How often something could not be copied, by what it was. */
export interface LeftBehind {
  /** Packets with options (comments, flags, hashes) in a pcap file, which has no place for them. */
  packetOptions: number;
  /** Interfaces with names or other options in a pcap file. */
  interfaceOptions: number;
  /** Sections with comments, a system or hardware in a pcap file. */
  sectionOptions: number;
  /** Blocks that are no packets (name resolution, statistics, secrets, custom, unknown) in a pcap file. */
  blocks: number;
  /** What sections say (system, program, comments) that begin behind packets, when several captures become one section. */
  sections: number;
  /** Custom blocks and options whose writer asked that they not be copied. */
  notToBeCopied: number;
  /** Times finer than a microsecond in a pcap file whose first interface has microseconds. */
  finerTimes: number;
  /** Times that pcap cannot hold (before 1970, after 2106), which became the nearest that it can. */
  clampedTimes: number;
  /** Packets without time that were given that of the packet before them (the first one 0), where each has to have one. */
  missingTimes: number;
  /** Names and secrets that parts after the first lack, beyond 16 MiB. */
  notInParts: number;
}

/** Takes the packets of one capture. */
export interface CopySource {
  /** Copies a packet that the reader has handed out, before its next one is asked for. */
  write(packet: Packet): void;
  /** Whether records can go over as they are: from pcap to pcap, nothing cut off. Known when the capture's header has been read. */
  readonly takesRecords: boolean;
  /**
   * Copies records that `sift` has gathered, before the reader's next call.
   * @throws TcplabError EINVAL unless `takesRecords`
   */
  writeRecords(records: Records): void;
}

/** A format's way of copying. */
export interface FormatCopy {
  readonly packets: number;
  from(reader: CaptureReader): CopySource;
  next(sink: CaptureSink): void;
  flush(): void;
  end(): void;
}

/** What a format's copy is made with. */
export interface CopyPlan {
  readonly snaplen: number;
  readonly isOne: boolean;
  readonly parts: boolean;
  readonly bufferSize: number;
}

/**
 * A capture that others are copied into.
 * @example
 * ```ts
 * const copy = new CaptureCopy((chunk) => put(chunk));
 * const source = copy.from(reader); // before the first packet is asked for
 * while (reader.next(packet)) if (isWanted(packet)) source.write(packet);
 * copy.end();
 * ```
 */
export class CaptureCopy {
  /** What was not copied, so far. */
  readonly left: LeftBehind = {
    packetOptions: 0,
    interfaceOptions: 0,
    sectionOptions: 0,
    blocks: 0,
    sections: 0,
    notToBeCopied: 0,
    finerTimes: 0,
    clampedTimes: 0,
    missingTimes: 0,
    notInParts: 0,
  };
  readonly #copy: FormatCopy;
  readonly #isOne: boolean;
  #isTaken = false;

  /**
   * @param sink gets the file's octets
   * @throws TcplabError EINVAL when an option is out of its range
   */
  constructor(sink: CaptureSink, options: CaptureCopyOptions = {}) {
    const { snaplen, format, captures, parts } = options;
    const plan: CopyPlan = {
      snaplen:
        snaplen === undefined ? Number.POSITIVE_INFINITY : wholeNumber('snaplen', snaplen, 1, LARGEST_MAX_RECORD),
      isOne: captures !== 'several',
      parts: parts === true,
      bufferSize: wholeNumber('bufferSize', options.bufferSize ?? DEFAULT_BUFFER_SIZE, 1, LARGEST_BUFFER_SIZE),
    };
    this.#isOne = plan.isOne;
    this.#copy = format === 'pcap' ? new PcapCopy(sink, plan, this.left) : new PcapngCopy(sink, plan, this.left);
  }

  /** How many packets have been copied. */
  get packets(): number {
    return this.#copy.packets;
  }

  /**
   * Says that packets of this capture will come. Takes the reader's `onBlock`, by which what stands between the packets is copied: call it before the first packet is asked for.
   * @returns what takes the packets; its `write` throws TcplabError TCPLAB_LINK_TYPE when a pcap file has packets of another link type
   */
  from(reader: CaptureReader): CopySource {
    if (this.#isTaken) {
      throw new TcplabError('EINVAL', "a copy of one capture cannot take another: make it with captures: 'several'");
    }
    this.#isTaken = this.#isOne;
    return this.#copy.from(reader);
  }

  /** Ends the file, which is whole then, and begins another one with the same interfaces, names and secrets. Needs the option `parts`. */
  next(sink: CaptureSink): void {
    this.#copy.next(sink);
  }

  /** Hands the sink all that is copied so far. */
  flush(): void {
    this.#copy.flush();
  }

  /** Hands the sink what is left: the file is whole then, even one without packets. */
  end(): void {
    this.#copy.end();
  }
}
