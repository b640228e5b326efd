/**
 * Classic pcap: a file header of 24 octets, then records of a header of 16 (or, as Kuznetzov's patched libpcap wrote them, 24) and a packet's octets.
 * Read first: draft-ietf-opsawg-pcap §4 (file header) and §5 (packet record).
 */
import type { CaptureInterface } from './interface.ts';
import type { Packet } from './packet.ts';
import { type CaptureLimits, DAMAGED, type Damage, PACKET, type RecordDecoder, type Window } from './record.ts';
import { FAILS, type Judge, PASSES, type Records } from './sift.ts';

export const MAGIC_MICRO = 0xa1b2c3d4;
export const MAGIC_NANO = 0xa1b23c4d;
/** Alexey Kuznetzov's libpcap: eight octets more a record (interface, protocol, direction). */
const MAGIC_MODIFIED = 0xa1b2cd34;

export const FILE_HEADER = 24;
export const RECORD_HEADER = 16;
const MODIFIED_RECORD_HEADER = 24;
/** Where a record has its captured length. */
export const CAPTURED_AT = 8;

/** Whether `magic`, read in either byte order, begins a pcap file. */
export function isPcapMagic(magic: number): boolean {
  return magic === MAGIC_MICRO || magic === MAGIC_NANO || magic === MAGIC_MODIFIED;
}

/** The records of a pcap file. */
export class PcapDecoder implements RecordDecoder {
  readonly format = 'pcap';
  readonly littleEndian: boolean;
  readonly interfaces: readonly CaptureInterface[];
  damage: Damage | undefined;
  readonly #header: number;
  readonly #nanoseconds: number;
  readonly #maxRecord: number;
  readonly #linkType: number;
  readonly #fcsLength: number;
  /** Until version 2.3 the two lengths of a record could stand the other way round. */
  readonly #mayBeSwapped: boolean;

  /** @param view a file header, all `FILE_HEADER` octets of it, at `at`; its magic is good */
  constructor(view: DataView, at: number, limits: CaptureLimits) {
    const little = isPcapMagic(view.getUint32(at, true));
    const magic = view.getUint32(at, little);
    const major = view.getUint16(at + 4, little);
    const minor = view.getUint16(at + 6, little);
    const network = view.getUint32(at + 20, little);
    this.littleEndian = little;
    this.#header = magic === MAGIC_MODIFIED ? MODIFIED_RECORD_HEADER : RECORD_HEADER;
    this.#nanoseconds = magic === MAGIC_NANO ? 1 : 1000;
    this.#maxRecord = limits.maxRecord;
    this.#linkType = network & 0xffff;
    this.#mayBeSwapped = major === 2 && minor <= 3;
    this.#fcsLength = (network & 0x0400_0000) !== 0 ? (network >>> 28) * 2 : 0;
    this.interfaces = [
      {
        linkType: this.#linkType,
        snaplen: view.getUint32(at + 16, little),
        tsresol: magic === MAGIC_NANO ? 9 : 6,
        tsoffset: 0,
        name: '',
        // The f bit says that the top four bits hold the length, in 16-bit words.
        fcsLength: this.#fcsLength,
      },
    ];
    // Some write other numbers, 543.0 among them, and version 2 all the same.
    if (major < 2) this.#refuse(`version ${major}.${minor} is none that tcplab knows (2.0 and later)`);
    else if ((network & 0x03ff_0000) !== 0)
      this.#refuse(`the link type 0x${network.toString(16)} has reserved bits set`);
  }

  step(window: Window, into: Packet): number {
    const at = window.at;
    const available = window.end - at;
    const header = this.#header;
    if (available < header) return header;
    const view = window.view;
    const little = this.littleEndian;
    let captured = view.getInt32(at + CAPTURED_AT, little);
    let original = view.getUint32(at + 12, little);
    if (this.#mayBeSwapped && captured >>> 0 > original) {
      const first = captured >>> 0;
      captured = original | 0;
      original = first;
    }
    if (captured < 0 || captured > this.#maxRecord) {
      const message = `it claims ${captured >>> 0} captured octets, more than the ${this.#maxRecord} a packet may have`;
      this.damage = { kind: 'damaged', message };
      return DAMAGED;
    }
    if (available < header + captured) return header + captured;
    into.seconds = view.getUint32(at, little);
    const fraction = view.getUint32(at + 4, little) * this.#nanoseconds;
    if (fraction < 1_000_000_000) into.nanoseconds = fraction;
    else {
      into.seconds += Math.floor(fraction / 1_000_000_000);
      into.nanoseconds = fraction % 1_000_000_000;
    }
    into.bytes = window.bytes;
    into.view = view;
    into.at = at + header;
    into.capturedLength = captured;
    into.originalLength = original;
    into.linkType = this.#linkType;
    into.interfaceId = 0;
    into.origin = undefined;
    into.fcsLength = this.#fcsLength;
    into.recordAt = at;
    into.recordLength = header + captured;
    window.at = at + header + captured;
    return PACKET;
  }

  sift(window: Window, judge: Judge, into: Records, most: number): void {
    const { view, end } = window;
    const little = this.littleEndian;
    const header = this.#header;
    // Nothing that `step` would look at twice: it tells what is wrong, or the wrong way round.
    const longest = this.#mayBeSwapped ? -1 : this.#maxRecord;
    let at = window.at;
    let start = at;
    let stop = at;
    let packets = 0;
    let passedOver = 0;
    while (end - at >= header) {
      const captured = view.getInt32(at + CAPTURED_AT, little);
      const next = at + header + captured;
      if (captured < 0 || captured > longest || next > end) break;
      const verdict = judge(view, at + header, next, this.#linkType);
      if (verdict === PASSES && packets < most) {
        if (packets++ === 0) start = at;
        at = next;
        stop = next;
      } else if (verdict === FAILS) {
        passedOver++;
        at = next;
        // Judged once, it need not be again.
        if (packets > 0) break;
      } else break;
    }
    window.at = at;
    into.bytes = window.bytes;
    into.at = start;
    into.length = stop - start;
    into.packets = packets;
    into.passedOver = passedOver;
  }

  #refuse(message: string): void {
    this.damage = { kind: 'unsupported', message };
  }

  name(window: Window, number: number): string {
    return window.end - window.at < this.#header ? `the header of packet ${number}` : `packet ${number}`;
  }
}

/**
 * What a record of Kuznetzov's pcap says besides, as pcapng's epb_flags: which way the packet went, and how it was addressed.
 * @param at where the record is in `view`, header and all
 */
export function modifiedFlags(view: DataView, at: number): number {
  // The kernel's PACKET_HOST, _BROADCAST, _MULTICAST, _OTHERHOST and _OUTGOING, of which only the last is outbound.
  const kind = view.getUint8(at + 22);
  return [1 | (1 << 2), 1 | (3 << 2), 1 | (2 << 2), 1 | (4 << 2), 2][kind] ?? 0;
}

/** Whether a record of `length` octets, `captured` of them the packet's, is one of Kuznetzov's pcap. */
export const isModifiedRecord = (length: number, captured: number): boolean =>
  length - captured === MODIFIED_RECORD_HEADER;
