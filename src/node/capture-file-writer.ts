/**
 * Captures written to files and standard output, of packets that come from anywhere. Writing is synchronous throughout: a signal handler can close a capture and leave it whole.
 * Not here: copies of captures, which keep what was found with the packets (capture-file-copy.ts).
 */
import {
  type CaptureInterface,
  type InterfaceCounts,
  type Packet,
  PcapngWriter,
  type PcapngWriterInterface,
  PcapWriter,
} from '../see/capture/index.ts';
import { CaptureTarget, formatOf } from './capture-target.ts';
import { fileError } from './file-error.ts';

/** How a capture file is written. */
export interface CaptureWriteOptions {
  /** Default: `pcap` for a path that ends in .pcap or .cap (or .pcap.gz), otherwise `pcapng`. */
  format?: 'pcap' | 'pcapng';
  /**
   * The interfaces that packets come from, where they are known beforehand: the file's header is written at once then. Others are added as their packets come. A pcap file can hold
   * only packets of one link type.
   */
  interfaces?: readonly PcapngWriterInterface[];
  /** Of the times in pcap; pcapng always has nanoseconds. Default `nano`. */
  resolution?: 'micro' | 'nano';
  /** Octets kept of each packet at most, 1 to 16,000,000. Default 262,144. */
  snaplen?: number;
  /** What the first interface has counted so far: asked for when a pcapng file is closed, whose last block it becomes. Default: none. */
  counts?: () => InterfaceCounts;
  /** Octets gathered before they are written, 1 to 67,108,864. Default 524,288. */
  bufferSize?: number;
}

/** A capture that is being written; everything has happened when a call returns, but for what waits in the buffer for `flush`. */
export class CaptureFileWriter {
  /** As it was given; `-` is standard output. */
  readonly path: string;
  readonly format: 'pcap' | 'pcapng';
  readonly #options: CaptureWriteOptions;
  readonly #pcapng: PcapngWriter | undefined;
  /** Begins with the first interface or packet: its header needs the link type. */
  #pcap: PcapWriter | undefined;
  readonly #target: CaptureTarget;

  /** Use `writeCapture`. */
  constructor(path: string, options: CaptureWriteOptions) {
    this.path = path;
    this.format = options.format ?? formatOf(path);
    this.#options = options;
    if (this.format === 'pcapng') this.#pcapng = this.#makePcapng();
    for (const one of options.interfaces ?? []) this.#addInterface(one);
    this.#target = new CaptureTarget(path);
    try {
      this.flush();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** How many packets have been written. */
  get packets(): number {
    return this.#pcapng?.packets ?? this.#pcap?.packets ?? 0;
  }

  /**
   * Writes a packet; its octets are copied.
   * @param comment what a pcapng file says of it; a pcap file cannot
   * @param interfaces those of the capture that it comes from (`reader.interfaces`): they are described in the file as they are needed. Default: one without a name.
   * @throws TcplabError TCPLAB_LINK_TYPE when a pcap file has packets of another link type; ENOSPC, EPIPE or another code of the system when writing fails; EBADF after `close`
   */
  write(packet: Packet, interfaces: readonly CaptureInterface[] = [], comment = ''): void {
    if (!this.#target.isOpen) throw fileError('write', this.path, 'EBADF');
    const pcapng = this.#pcapng;
    if (pcapng === undefined) {
      this.#pcap ??= this.#makePcap(packet.linkType);
      this.#pcap.write(packet);
      return;
    }
    while (pcapng.interfaces <= packet.interfaceId) {
      pcapng.addInterface(interfaces[pcapng.interfaces] ?? { linkType: packet.linkType });
    }
    pcapng.write(packet, comment);
  }

  /**
   * Writes out what waits in the buffer.
   * @throws TcplabError ENOSPC, EPIPE or another code of the system when that fails
   */
  flush(): void {
    if (!this.#target.isOpen) return;
    this.#pcapng?.flush();
    this.#pcap?.flush();
  }

  /**
   * Writes out what waits and closes the file, which is a whole capture then, even one without packets. Harmless when it is closed.
   * @throws TcplabError as `flush`; the file is closed all the same
   */
  close(): void {
    if (!this.#target.isOpen) return;
    try {
      if (this.#pcapng === undefined) this.#pcap ??= this.#makePcap(1);
      else if (this.#options.counts !== undefined) this.#pcapng.addStatistics(0, this.#options.counts());
      this.flush();
    } finally {
      this.#target.close();
    }
  }

  #addInterface(one: PcapngWriterInterface): void {
    if (this.#pcapng !== undefined) this.#pcapng.addInterface(one);
    else this.#pcap ??= this.#makePcap(one.linkType);
  }

  #makePcap(linkType: number): PcapWriter {
    const { snaplen, bufferSize, resolution } = this.#options;
    return new PcapWriter((chunk) => this.#target.put(chunk), {
      linkType,
      ...(snaplen !== undefined && { snaplen }),
      ...(bufferSize !== undefined && { bufferSize }),
      ...(resolution !== undefined && { resolution }),
    });
  }

  #makePcapng(): PcapngWriter {
    const { snaplen, bufferSize } = this.#options;
    return new PcapngWriter((chunk) => this.#target.put(chunk), {
      ...(snaplen !== undefined && { maxRecord: snaplen }),
      ...(bufferSize !== undefined && { bufferSize }),
    });
  }
}

/**
 * Opens a capture for writing, `-` for standard output; a file that is there is overwritten. Open what you read first: a file that is being read is refused.
 * @throws TcplabError TCPLAB_SAME_FILE when this program is reading that file; TCPLAB_TERMINAL when standard output is a terminal; EISDIR, EACCES, ENOENT or another code of the system when it
 * cannot be written; EINVAL when an option is out of its range
 */
export function writeCapture(path: string, options: CaptureWriteOptions = {}): CaptureFileWriter {
  return new CaptureFileWriter(path, options);
}
