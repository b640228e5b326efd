/**
 * Packets and blocks of captures, copied into pcapng. Blocks go over as they are, octet for octet, but for what must change: the numbers of interfaces, what a snap length cuts off, and the byte order when
 * captures of both are joined. What comes from pcap or snoop becomes Enhanced Packet Blocks with times as fine as they were.
 * Read first: draft-ietf-opsawg-pcapng §3.1, §4.
 */
import { TcplabError } from '../../core/errors.ts';
import { CAPTURE_FILE_HEADER, type CaptureBlock } from './capture-block.ts';
import type { CopyPlan, CopySource, FormatCopy, LeftBehind } from './capture-copy.ts';
import { CaptureOutput, type CaptureSink } from './capture-output.ts';
import type { CaptureReader } from './capture-reader.ts';
import { LastTime, ticksOf } from './last-time.ts';
import type { Packet } from './packet.ts';
import { isModifiedRecord, modifiedFlags } from './pcap-decoder.ts';
import { cutLimit, interfaceBlock, sectionBlock, withoutNotCopied } from './pcapng-blocks.ts';
import { BLOCK, OPTION, optionsAt, putMicroseconds, putNanoseconds } from './pcapng-format.ts';
import { turnBlock } from './pcapng-turn.ts';
import { recordsRefused } from './sift.ts';

/** Octets of an Enhanced or obsolete Packet Block before the packet. */
const PACKET_HEAD = 28;
/** The same of a Simple Packet Block. */
const SIMPLE_HEAD = 12;
const BLOCK_TAIL = 4;

/** Octets that are kept for the beginning of further parts. */
const KEPT = 16_777_216;

/** Interfaces that the copy may have: as many as the obsolete Packet Block can number. */
const INTERFACES = 65_536;

/** Each octet a character: what differs in one differs in the other. */
const octetsAsText = new TextDecoder('latin1');

/** A pcapng file that captures are copied into. */
export class PcapngCopy implements FormatCopy {
  packets = 0;
  readonly plan: CopyPlan;
  readonly left: LeftBehind;
  readonly output: CaptureOutput;
  readonly lastTime: LastTime = new LastTime();
  /** The byte order of the section that is written; undefined before the first capture has told its own. */
  little: boolean | undefined;
  /** Interfaces of that section. */
  interfaces = 0;
  /** Section and interfaces, names and secrets: what further parts begin with. */
  #kept: Uint8Array[] = [];
  #keptLength = 0;
  /** When several captures become one: what their sections say, and what comes before the first packet, until that comes. */
  #waiting: Uint8Array[] | undefined;
  #waitingLength = 0;
  readonly #sections: Uint8Array[] = [];
  /** When several captures become one: which interface is described in these octets, and by which sections of theirs. */
  readonly #described = new Map<string, { id: number; by: Set<object> }[]>();

  constructor(sink: CaptureSink, plan: CopyPlan, left: LeftBehind) {
    this.plan = plan;
    this.left = left;
    this.output = new CaptureOutput(sink, Math.max(plan.bufferSize, 4096));
    this.#waiting = plan.isOne ? undefined : [];
  }

  from(reader: CaptureReader): CopySource {
    return new PcapngSource(this, reader);
  }

  next(sink: CaptureSink): void {
    this.begin();
    this.output.turnTo(sink);
    for (const block of this.#kept) this.output.add(block, 0, block.length);
  }

  flush(): void {
    this.output.flush();
  }

  end(): void {
    this.begin();
    this.flush();
  }

  /** Writes what has waited for the first packet. */
  begin(): void {
    if (this.little === undefined) this.section(sectionBlock(true, []), true);
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.put(sectionBlock(this.little!, this.#sections));
    for (const block of waiting) this.put(block);
  }

  /** Begins a section with a header in the byte order `little`; when several captures become one, it only adds to what theirs will say. */
  section(header: Uint8Array, little: boolean): void {
    if (this.plan.isOne) {
      this.little = little;
      this.interfaces = 0;
      this.#kept = [];
      this.#keptLength = 0;
      this.put(header);
      this.keep(header);
      return;
    }
    this.little ??= little;
    if (this.#waiting === undefined) this.left.sections++;
    else this.#sections.push(this.little === little ? header.slice() : turnBlock(header, 0, header.length, little));
  }

  /**
   * Describes an interface, unless another section of theirs has described one in the same octets.
   * @returns its number
   */
  addInterface(block: Uint8Array, by: object): number {
    const key = this.plan.isOne ? '' : octetsAsText.decode(block);
    const alike = this.plan.isOne ? [] : (this.#described.get(key) ?? []);
    const same = alike.find((one) => !one.by.has(by));
    if (same !== undefined) {
      same.by.add(by);
      return same.id;
    }
    if (this.interfaces === INTERFACES) {
      throw new TcplabError(
        'EINVAL',
        `the captures have more than ${INTERFACES} interfaces together: copy fewer into one file`,
      );
    }
    this.put(block);
    this.keep(block);
    const id = this.interfaces++;
    if (!this.plan.isOne) this.#described.set(key, [...alike, { id, by: new Set([by]) }]);
    return id;
  }

  /** Writes a whole block. */
  put(block: Uint8Array): void {
    if (this.#waiting === undefined) this.output.add(block, 0, block.length);
    else {
      this.#waiting.push(block.slice());
      this.#waitingLength += block.length;
      if (this.#waitingLength > KEPT) this.begin();
    }
  }

  /** Remembers a block for further parts. */
  keep(block: Uint8Array): void {
    if (!this.plan.parts) return;
    if (this.#keptLength + block.length > KEPT) {
      this.left.notInParts++;
      return;
    }
    this.#keptLength += block.length;
    this.#kept.push(block.slice());
  }
}

/** The packets and blocks of one capture, on their way into a pcapng file. */
class PcapngSource implements CopySource {
  readonly #copy: PcapngCopy;
  readonly #reader: CaptureReader;
  /** The number that each interface of the reader has in the copy. */
  readonly #numbers: number[] = [];
  /** The section that is read, and the index of its first interface. */
  #section = {};
  #first = 0;
  readonly takesRecords = false;

  constructor(copy: PcapngCopy, reader: CaptureReader) {
    this.#copy = copy;
    this.#reader = reader;
    reader.onBlock = (block) => this.#block(block);
  }

  write(packet: Packet): void {
    if (packet.recordLength === 0) {
      throw new TcplabError('EINVAL', `packet ${packet.number} came from no capture: write it with PcapngWriter`);
    }
    const copy = this.#copy;
    copy.begin();
    copy.packets++;
    copy.lastTime.note(packet);
    const captured = Math.min(packet.capturedLength, copy.plan.snaplen);
    const number = this.#numbers[packet.interfaceId]!;
    if (this.#reader.format !== 'pcapng') this.#fromPcap(packet, captured);
    else this.#fromPcapng(packet, captured, number);
  }

  writeRecords(): never {
    throw recordsRefused();
  }

  /** A packet's block goes over whole, or its parts do when it is cut. */
  #fromPcapng(packet: Packet, captured: number, number: number): void {
    const { output, left } = this.#copy;
    const little = this.#copy.little!;
    let { bytes, view, recordAt: at, recordLength: length } = packet;
    if ((this.#reader.byteOrder === 'little') !== little) {
      bytes = turnBlock(bytes, at, length, !little);
      view = new DataView(bytes.buffer);
      at = 0;
    }
    const type = view.getUint32(at, little);
    const options = optionsAt(view, at, length, little);
    if (options < at + length - BLOCK_TAIL) {
      const kept = withoutNotCopied(bytes, view, at, length, little);
      if (kept !== undefined) {
        left.notToBeCopied++;
        this.#pieces(kept, new DataView(kept.buffer), 0, kept.length, captured, number);
        return;
      }
    }
    if (type === BLOCK.SIMPLE_PACKET && number > 0) this.#fromSimple(packet, captured, number);
    else if (captured < packet.capturedLength) this.#pieces(bytes, view, at, length, captured, number);
    else {
      const to = output.reserve(length);
      output.copy(bytes, at, length, to, view);
      output.used = to + length;
      this.#setNumber(to, type, number);
    }
  }

  /** A Simple Packet can only be of interface 0, and an Enhanced one has to have a time. */
  #fromSimple(packet: Packet, captured: number, number: number): void {
    const { output, lastTime, left } = this.#copy;
    const little = this.#copy.little!;
    const ticks = ticksOf(lastTime.timed(packet, left), this.#reader.interfaces[packet.interfaceId]!);
    const to = this.#compose(packet, captured, number, 0, 9);
    output.view.setUint32(to + 12, Number(ticks >> 32n), little);
    output.view.setUint32(to + 16, Number(ticks & 0xffff_ffffn), little);
  }

  /** A packet's block with no more of the packet than `captured` octets. */
  #pieces(bytes: Uint8Array, view: DataView, at: number, length: number, captured: number, number: number): void {
    const { output } = this.#copy;
    const little = this.#copy.little!;
    const type = view.getUint32(at, little);
    const head = type === BLOCK.SIMPLE_PACKET ? SIMPLE_HEAD : PACKET_HEAD;
    const options = optionsAt(view, at, length, little);
    const optionsLength = at + length - BLOCK_TAIL - options;
    const padded = (captured + 3) & ~3;
    const whole = head + padded + optionsLength + BLOCK_TAIL;
    const to = output.reserve(whole);
    output.copy(bytes, at, head + captured, to);
    output.bytes.fill(0, to + head + captured, to + head + padded);
    output.copy(bytes, options, optionsLength, to + head + padded);
    output.view.setUint32(to + 4, whole, little);
    if (type !== BLOCK.SIMPLE_PACKET) output.view.setUint32(to + 20, captured, little);
    output.view.setUint32(to + whole - BLOCK_TAIL, whole, little);
    output.used = to + whole;
    this.#setNumber(to, type, number);
  }

  #setNumber(at: number, type: number, number: number): void {
    const { output, little } = this.#copy;
    if (type === BLOCK.ENHANCED_PACKET) output.view.setUint32(at + 8, number, little);
    else if (type === BLOCK.OBSOLETE_PACKET) output.view.setUint16(at + 8, number, little);
  }

  #fromPcap(packet: Packet, captured: number): void {
    const isModified = this.#reader.format === 'pcap' && isModifiedRecord(packet.recordLength, packet.capturedLength);
    const flags = isModified ? modifiedFlags(packet.view, packet.recordAt) : 0;
    this.#compose(packet, captured, this.#numbers[0]!, flags, this.#reader.interfaces[0]!.tsresol);
  }

  /** An Enhanced Packet Block for a packet that had none. @returns where it stands in the output */
  #compose(packet: Packet, captured: number, number: number, flags: number, tsresol: number): number {
    const { output } = this.#copy;
    const little = this.#copy.little!;
    const padded = (captured + 3) & ~3;
    const whole = PACKET_HEAD + padded + (flags === 0 ? 0 : 12) + BLOCK_TAIL;
    const to = output.reserve(whole);
    const { view, bytes } = output;
    view.setUint32(to, BLOCK.ENHANCED_PACKET, little);
    view.setUint32(to + 4, whole, little);
    view.setUint32(to + 8, number, little);
    const put = tsresol === 9 ? putNanoseconds : putMicroseconds;
    put(view, to + 12, packet.seconds, packet.nanoseconds, little);
    view.setUint32(to + 20, captured, little);
    view.setUint32(to + 24, packet.originalLength, little);
    output.copy(packet.bytes, packet.at, captured, to + PACKET_HEAD, packet.view);
    bytes.fill(0, to + PACKET_HEAD + captured, to + whole);
    if (flags !== 0) {
      const at = to + PACKET_HEAD + padded;
      view.setUint16(at, OPTION.EPB_FLAGS, little);
      view.setUint16(at + 2, 4, little);
      view.setUint32(at + 4, flags, little);
    }
    view.setUint32(to + whole - BLOCK_TAIL, whole, little);
    output.used = to + whole;
    return to;
  }

  #block(block: CaptureBlock): void {
    const copy = this.#copy;
    const { type, littleEndian } = block;
    if (type === CAPTURE_FILE_HEADER) {
      copy.section(sectionBlock(littleEndian, []), littleEndian);
      const [one] = this.#reader.interfaces;
      this.#numbers.push(copy.addInterface(interfaceBlock(copy.little!, one!, copy.plan.snaplen), this.#section));
      return;
    }
    if (type === BLOCK.CUSTOM_NOT_COPIED) {
      copy.left.notToBeCopied++;
      return;
    }
    const { bytes, view, at, length } = block;
    const filtered = withoutNotCopied(bytes, view, at, length, littleEndian);
    if (filtered !== undefined) copy.left.notToBeCopied++;
    let octets = filtered ?? bytes.slice(at, at + length);
    if (type === BLOCK.SECTION_HEADER) {
      // How long the section is going to be is not known: -1.
      octets.fill(0xff, 16, 24);
      this.#section = {};
      this.#first = this.#numbers.length;
      copy.section(octets, littleEndian);
      return;
    }
    if (littleEndian !== copy.little) octets = turnBlock(octets, 0, octets.length, littleEndian);
    const own = new DataView(octets.buffer);
    const little = copy.little!;
    if (type === BLOCK.INTERFACE_DESCRIPTION) {
      const snaplen = own.getUint32(12, little);
      own.setUint32(12, cutLimit(snaplen, copy.plan.snaplen), little);
      this.#numbers.push(copy.addInterface(octets, this.#section));
      return;
    }
    if (type === BLOCK.INTERFACE_STATISTICS && octets.length >= 24) {
      const number = this.#numbers[this.#first + own.getUint32(8, little)];
      if (number !== undefined) own.setUint32(8, number, little);
    }
    copy.put(octets);
    if (type === BLOCK.NAME_RESOLUTION || type === BLOCK.DECRYPTION_SECRETS) copy.keep(octets);
  }
}
