/**
 * Packets of captures, copied into classic pcap. From one pcap file header and records go over as they are, octet for octet; from pcapng, or several captures, times and packets do, and the first link type.
 * Read first: draft-ietf-opsawg-pcap §4 and §5.
 */
import { TcplabError } from '../../core/errors.ts';
import { CAPTURE_FILE_HEADER, type CaptureBlock } from './capture-block.ts';
import type { CopyPlan, CopySource, FormatCopy, LeftBehind } from './capture-copy.ts';
import { CaptureOutput, type CaptureSink } from './capture-output.ts';
import type { CaptureReader } from './capture-reader.ts';
import type { CaptureInterface } from './interface.ts';
import { LastTime } from './last-time.ts';
import { DEFAULT_MAX_RECORD, LARGEST_MAX_RECORD } from './limits.ts';
import type { Packet } from './packet.ts';
import { CAPTURED_AT, FILE_HEADER } from './pcap-decoder.ts';
import { PcapWriter } from './pcap-writer.ts';
import { cutLimit } from './pcapng-blocks.ts';
import { BLOCK, eachOption, OPTION, optionsAt } from './pcapng-format.ts';
import { type Records, recordsRefused } from './sift.ts';

/** Where a pcap header has the snap length. */
const SNAPLEN_AT = 16;

/** Digits of microseconds. */
const MICRO = 6;

/** A pcap file that captures are copied into. */
export class PcapCopy implements FormatCopy {
  readonly plan: CopyPlan;
  readonly left: LeftBehind;
  #sink: CaptureSink;
  /** When the only capture is pcap: its header, and records go over as they are. */
  #header: Uint8Array | undefined;
  #output: CaptureOutput | undefined;
  #raw = 0;
  /** Otherwise: written anew. */
  #writer: PcapWriter | undefined;
  #written = 0;
  readonly #readers: CaptureReader[] = [];
  readonly #lastTime = new LastTime();

  constructor(sink: CaptureSink, plan: CopyPlan, left: LeftBehind) {
    this.#sink = sink;
    this.plan = plan;
    this.left = left;
  }

  get packets(): number {
    return this.#raw + this.#written + (this.#writer?.packets ?? 0);
  }

  from(reader: CaptureReader): CopySource {
    this.#readers.push(reader);
    return new PcapSource(this, reader);
  }

  next(sink: CaptureSink): void {
    this.end();
    this.#sink = sink;
    this.#written += this.#writer?.packets ?? 0;
    this.#writer = undefined;
    this.#output?.turnTo(sink);
    if (this.#header !== undefined) this.#output?.add(this.#header, 0, FILE_HEADER);
  }

  flush(): void {
    this.#output?.flush();
    this.#writer?.flush();
  }

  end(): void {
    if (this.#output === undefined) this.#writer ??= this.#makeWriter(1);
    this.flush();
  }

  /** Takes over a pcap file's header; answers whether its records go over as they are. */
  begin(header: CaptureBlock): boolean {
    if (!this.plan.isOne || this.#output !== undefined) return false;
    const { bytes, at, littleEndian } = header;
    const own = bytes.slice(at, at + FILE_HEADER);
    const view = new DataView(own.buffer);
    view.setUint32(SNAPLEN_AT, cutLimit(view.getUint32(SNAPLEN_AT, littleEndian), this.plan.snaplen), littleEndian);
    this.#header = own;
    this.#output = new CaptureOutput(this.#sink, this.plan.bufferSize);
    this.#output.add(own, 0, FILE_HEADER);
    return true;
  }

  /** Copies a record as it is, but for what the snap length cuts off. */
  record(packet: Packet, little: boolean): void {
    const output = this.#output!;
    const cut = Math.max(0, packet.capturedLength - this.plan.snaplen);
    const length = packet.recordLength - cut;
    const to = output.reserve(length);
    output.copy(packet.bytes, packet.recordAt, length, to, packet.view);
    if (cut > 0) {
      output.view.setUint32(to + CAPTURED_AT, packet.capturedLength - cut, little);
      output.view.setUint32(to + CAPTURED_AT + 4, packet.originalLength, little);
    }
    output.used = to + length;
    this.#raw++;
  }

  /** Copies records as they are. */
  records({ bytes, at, length, packets }: Records): void {
    this.#output!.add(bytes, at, length);
    this.#raw += packets;
  }

  /** Writes a packet that comes from another kind of file. */
  write(packet: Packet, from: CaptureInterface | undefined): void {
    this.#writer ??= this.#makeWriter(packet.linkType, from);
    const clamped = this.#writer.clampedTimes;
    this.#lastTime.note(packet);
    this.#writer.write(this.#lastTime.timed(packet, this.left));
    this.left.clampedTimes += this.#writer.clampedTimes - clamped;
    if (!this.#isNano && packet.nanoseconds % 1000 !== 0) this.left.finerTimes++;
  }

  #isNano = false;

  #makeWriter(linkType: number, from?: CaptureInterface): PcapWriter {
    const known = this.#readers.flatMap(({ interfaces }) => interfaces);
    const like = from ?? known[0];
    this.#isNano = known.some(({ tsresol }) => tsresol > MICRO);
    const { snaplen, bufferSize } = this.plan;
    const limit = snaplen === Number.POSITIVE_INFINITY ? Math.max(DEFAULT_MAX_RECORD, like?.snaplen ?? 0) : snaplen;
    const fcsLength = like?.fcsLength ?? 0;
    return new PcapWriter(this.#sink, {
      linkType: from === undefined ? (like?.linkType ?? linkType) : linkType,
      // What pcap's four bits cannot say is not said.
      fcsLength: fcsLength <= 30 ? fcsLength : 0,
      resolution: this.#isNano ? 'nano' : 'micro',
      byteOrder: this.#readers[0]?.byteOrder ?? 'little',
      snaplen: Math.min(limit, LARGEST_MAX_RECORD),
      bufferSize,
    });
  }
}

/** The packets of one capture, on their way into a pcap file; of the rest it is counted what does not come along. */
class PcapSource implements CopySource {
  readonly #copy: PcapCopy;
  readonly #reader: CaptureReader;
  #isRaw = false;

  constructor(copy: PcapCopy, reader: CaptureReader) {
    this.#copy = copy;
    this.#reader = reader;
    reader.onBlock = (block) => this.#block(block);
  }

  write(packet: Packet): void {
    if (packet.recordLength === 0) {
      throw new TcplabError('EINVAL', `packet ${packet.number} came from no capture: write it with PcapWriter`);
    }
    const little = this.#reader.byteOrder === 'little';
    if (this.#isRaw) {
      this.#copy.record(packet, little);
      return;
    }
    if (this.#reader.format === 'pcapng') {
      const { view, recordAt, recordLength } = packet;
      if (optionsAt(view, recordAt, recordLength, little) < recordAt + recordLength - 4)
        this.#copy.left.packetOptions++;
    }
    this.#copy.write(packet, this.#reader.interfaces[packet.interfaceId]);
  }

  get takesRecords(): boolean {
    return this.#isRaw && this.#copy.plan.snaplen === Number.POSITIVE_INFINITY;
  }

  writeRecords(records: Records): void {
    if (!this.takesRecords) throw recordsRefused();
    this.#copy.records(records);
  }

  #block(block: CaptureBlock): void {
    const { left } = this.#copy;
    const { type, view, at, length, littleEndian } = block;
    if (type === CAPTURE_FILE_HEADER) {
      this.#isRaw = this.#reader.format === 'pcap' && this.#copy.begin(block);
    } else if (type === BLOCK.INTERFACE_DESCRIPTION) {
      // Its resolution and its FCS do come along: only a name or the like is lost.
      const one = this.#reader.interfaces.at(-1)!;
      if (one.name !== '' || length - (optionsAt(view, at, length, littleEndian) - at) > 28) left.interfaceOptions++;
    } else if (type === BLOCK.SECTION_HEADER) {
      let says = false;
      eachOption(view, optionsAt(view, at, length, littleEndian), at + length - 4, littleEndian, (code) => {
        // The name of the program that wrote the file is no loss: another writes this one.
        says ||= code === OPTION.COMMENT || code === OPTION.SHB_HARDWARE || code === OPTION.SHB_OS;
      });
      if (says) left.sectionOptions++;
    } else left.blocks++;
  }
}
