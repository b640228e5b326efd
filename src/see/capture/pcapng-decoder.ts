/**
 * pcapng: blocks of a type, a length, a body and the length again. A section begins with its header, which says the byte order, and has its own
 * interfaces. Packets come from Enhanced, Simple and (obsolete) Packet Blocks; interfaces from their description blocks; every other block is skipped.
 * Read first: draft-ietf-opsawg-pcapng §3.1 (block), §3.5 (options), §4.1 to §4.4 and appendix A.
 */
import { type CaptureInterface, timeDigits } from './interface.ts';
import type { Packet, PacketOrigin } from './packet.ts';
import { flawOf } from './pcapng-flaws.ts';
import { BLOCK, BLOCK_FRAME, BYTE_ORDER_MAGIC, eachOption, OPTION, paddedLength, textOf } from './pcapng-format.ts';
import {
  type CaptureLimits,
  DAMAGED,
  type Damage,
  PACKET,
  type RecordDecoder,
  SKIPPED,
  type Window,
} from './record.ts';
import { TickScale } from './tick-scale.ts';

/** Octets of a block that tell what it is and how long, the section header's byte order with it. */
const BLOCK_HEAD = 12;

const TWO_32 = 0x1_0000_0000;

/** What a packet needs of its interface. */
interface Source {
  readonly linkType: number;
  readonly snaplen: number;
  readonly scale: TickScale;
  readonly origin: PacketOrigin;
  readonly fcsLength: number;
}

/** The blocks of a pcapng file. */
export class PcapngDecoder implements RecordDecoder {
  readonly format = 'pcapng';
  littleEndian = true;
  readonly interfaces: CaptureInterface[] = [];
  /** How many have begun. */
  sections = 0;
  damage: Damage | undefined;
  /** All interfaces so far; those of this section begin at `#first`. */
  readonly #sources: Source[] = [];
  #first = 0;
  readonly #limits: CaptureLimits;

  constructor(limits: CaptureLimits) {
    this.#limits = limits;
  }

  step(window: Window, into: Packet): number {
    const { at, view } = window;
    const available = window.end - at;
    if (available < BLOCK_HEAD) return BLOCK_HEAD;
    const type = view.getUint32(at, this.littleEndian);
    if (type === BLOCK.SECTION_HEADER && !this.#turn(view, at)) {
      return this.#damaged('it has no byte-order magic (0x1a2b3c4d)');
    }
    const little = this.littleEndian;
    const length = view.getInt32(at + 4, little);
    if (length < BLOCK_FRAME || length > this.#limits.maxBlock) {
      return this.#damaged(
        `its block claims a length of ${length >>> 0} octets, which must be from ${BLOCK_FRAME} to ${this.#limits.maxBlock}`,
      );
    }
    // Some writers leave the padding out of the length.
    const whole = (length + 3) & ~3;
    if (available < whole) return whole;
    const again = view.getInt32(at + whole - 4, little);
    if (again !== length) {
      return this.#damaged(`its block gives its length as ${length} at its start and ${again >>> 0} at its end`);
    }
    const body = at + 8;
    const end = at + whole - 4;
    let outcome = SKIPPED;
    if (type === BLOCK.ENHANCED_PACKET) outcome = this.#enhancedPacket(window, body, end, into);
    else if (type === BLOCK.SIMPLE_PACKET) outcome = this.#simplePacket(window, body, end, into);
    else if (type === BLOCK.OBSOLETE_PACKET) outcome = this.#obsoletePacket(window, body, end, into);
    else if (type === BLOCK.INTERFACE_DESCRIPTION) outcome = this.#interfaceDescription(window, body, end);
    else if (type === BLOCK.SECTION_HEADER) outcome = this.#sectionHeader(view, body, end);
    if (outcome === DAMAGED) return DAMAGED;
    // Behind most packets there are no options.
    if (type !== BLOCK.ENHANCED_PACKET || end - into.at - into.capturedLength >= 4) {
      const flaw = flawOf(view, type, body, end, this.littleEndian);
      if (flaw !== undefined) return this.#damaged(flaw);
    }
    into.recordAt = at;
    into.recordLength = whole;
    window.at = at + whole;
    return outcome;
  }

  name(window: Window, number: number): string {
    const { at, end, view } = window;
    if (end - at < BLOCK_HEAD) return `the head of a block before packet ${number}`;
    const type = view.getUint32(at, this.littleEndian);
    if (type === BLOCK.ENHANCED_PACKET || type === BLOCK.SIMPLE_PACKET || type === BLOCK.OBSOLETE_PACKET) {
      return `packet ${number}`;
    }
    if (type === BLOCK.SECTION_HEADER) return 'a Section Header Block';
    if (type === BLOCK.INTERFACE_DESCRIPTION) return 'an Interface Description Block';
    return `a block of type ${type} before packet ${number}`;
  }

  #damaged(message: string, kind: Damage['kind'] = 'damaged'): number {
    this.damage = { kind, message };
    return DAMAGED;
  }

  /** Takes the byte order from a section header; its type reads the same both ways. */
  #turn(view: DataView, at: number): boolean {
    if (view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC) this.littleEndian = true;
    else if (view.getUint32(at + 8, false) === BYTE_ORDER_MAGIC) this.littleEndian = false;
    else return false;
    return true;
  }

  #sectionHeader(view: DataView, body: number, end: number): number {
    if (end - body < 16) return this.#damaged(`it has ${end - body} octets of at least 16`);
    const major = view.getUint16(body + 4, this.littleEndian);
    const minor = view.getUint16(body + 6, this.littleEndian);
    // Version 1.2 was written by some and is 1.0.
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      return this.#damaged(`version ${major}.${minor} is none that tcplab knows (1.0)`, 'unsupported');
    }
    this.#first = this.#sources.length;
    this.sections++;
    return SKIPPED;
  }

  #interfaceDescription(window: Window, body: number, end: number): number {
    if (end - body < 8) {
      return this.#damaged(`it has ${end - body} octets of at least 8`);
    }
    if (this.#sources.length === this.#limits.maxInterfaces) {
      return this.#damaged(`the capture has more interfaces than the limit of ${this.#limits.maxInterfaces}`);
    }
    const { bytes, view } = window;
    const little = this.littleEndian;
    const linkType = view.getUint16(body, little);
    const snaplen = view.getUint32(body + 4, little);
    let tsresol = 6;
    let tsoffset = 0;
    let fcsLength = 0;
    let name = '';
    let description: string | undefined;
    eachOption(view, body + 8, end, little, (code, value, length) => {
      if (code === OPTION.IF_NAME) name = textOf(bytes, value, length);
      else if (code === OPTION.IF_DESCRIPTION) description = textOf(bytes, value, length);
      else if (code === OPTION.IF_TSRESOL && length === 1) tsresol = view.getUint8(value);
      else if (code === OPTION.IF_FCSLEN && length === 1) fcsLength = view.getUint8(value);
      else if (code === OPTION.IF_TSOFFSET && length === 8) {
        tsoffset = view.getInt32(value + (little ? 4 : 0), little) * TWO_32;
        tsoffset += view.getUint32(value + (little ? 0 : 4), little);
      }
    });
    this.interfaces.push({ linkType, snaplen, tsresol, tsoffset, name, description, fcsLength });
    const origin: PacketOrigin = {
      interfaceName: name,
      interfaceDescription: description,
      section: this.sections,
      numberInSection: this.#sources.length - this.#first,
      timeDigits: timeDigits(tsresol),
    };
    this.#sources.push({ linkType, snaplen, scale: new TickScale(tsresol, tsoffset), origin, fcsLength });
    return SKIPPED;
  }

  #enhancedPacket(window: Window, body: number, end: number, into: Packet): number {
    if (end - body < 20) return this.#damaged(`its Enhanced Packet Block has ${end - body} octets of at least 20`);
    return this.#packet(window, window.view.getUint32(body, this.littleEndian), body, end, into);
  }

  /** Like the Enhanced Packet Block that replaced it, but for a 16-bit interface with a count of drops beside it. */
  #obsoletePacket(window: Window, body: number, end: number, into: Packet): number {
    if (end - body < 20) return this.#damaged(`its Packet Block has ${end - body} octets of at least 20`);
    return this.#packet(window, window.view.getUint16(body, this.littleEndian), body, end, into);
  }

  #packet(window: Window, local: number, body: number, end: number, into: Packet): number {
    const view = window.view;
    const little = this.littleEndian;
    const interfaceId = this.#first + local;
    const captured = view.getUint32(body + 12, little);
    if (interfaceId >= this.#sources.length) {
      return this.#damaged(
        `it came from interface ${local}, but its section describes ${this.#sources.length - this.#first} so far`,
      );
    }
    if (captured > end - body - 20) {
      return this.#damaged(`it claims ${captured} captured octets, but its block holds ${end - body - 20}`);
    }
    if (captured > this.#limits.maxRecord) return this.#tooLong(captured);
    const source = this.#sources[interfaceId]!;
    into.hasTime = true;
    source.scale.set(into, view.getUint32(body + 4, little), view.getUint32(body + 8, little));
    into.bytes = window.bytes;
    into.view = view;
    into.at = body + 20;
    into.capturedLength = captured;
    into.originalLength = view.getUint32(body + 16, little);
    into.linkType = source.linkType;
    into.interfaceId = interfaceId;
    into.origin = source.origin;
    into.fcsLength = source.fcsLength;
    return PACKET;
  }

  /** Has no time and no captured length: that is the rest of the block, as far as the snap length and the packet go. */
  #simplePacket(window: Window, body: number, end: number, into: Packet): number {
    if (end - body < 4) return this.#damaged(`its Simple Packet Block has ${end - body} octets of at least 4`);
    if (this.#first === this.#sources.length) {
      return this.#damaged('its Simple Packet Block comes before any Interface Description Block of its section');
    }
    const source = this.#sources[this.#first]!;
    const original = window.view.getUint32(body, this.littleEndian);
    const captured = source.snaplen === 0 ? original : Math.min(original, source.snaplen);
    if (captured > end - body - 4) {
      return this.#damaged(`it has ${captured} captured octets, but its block holds ${end - body - 4}`);
    }
    if (captured > this.#limits.maxRecord) return this.#tooLong(captured);
    if (paddedLength(captured) < end - body - 4) {
      return this.#damaged(`it has ${captured} captured octets, but its block holds ${end - body - 4}`);
    }
    into.hasTime = false;
    into.seconds = 0;
    into.nanoseconds = 0;
    into.bytes = window.bytes;
    into.view = window.view;
    into.at = body + 4;
    into.capturedLength = captured;
    into.originalLength = original;
    into.linkType = source.linkType;
    into.interfaceId = this.#first;
    into.origin = source.origin;
    into.fcsLength = source.fcsLength;
    return PACKET;
  }

  #tooLong(captured: number): number {
    return this.#damaged(
      `it claims ${captured} captured octets, more than the ${this.#limits.maxRecord} a packet may have`,
    );
  }
}
