/**
 * snoop, Solaris's own format: a file header of 16 octets, then records of a header of 24, a packet's octets and padding. All numbers are big-endian.
 * Read first: RFC 1761.
 */
import type { CaptureInterface } from './interface.ts';
import { LINKTYPE, type Packet } from './packet.ts';
import { type CaptureLimits, DAMAGED, type Damage, PACKET, type RecordDecoder, type Window } from './record.ts';

/** `snoop` and the first of three zeroes that follow, in two words. */
export const SNOOP_MAGIC = 0x736e_6f6f;

export const SNOOP_FILE_HEADER = 16;
const RECORD_HEADER = 24;

/** RFC 1761's datalink types whose packets begin as those of a LINKTYPE_ do. */
const LINK_TYPES: ReadonlyMap<number, number> = new Map([
  [0, LINKTYPE.ETHERNET],
  [2, 6],
  [4, LINKTYPE.ETHERNET],
  [8, 10],
]);

/** The records of a snoop file. */
export class SnoopDecoder implements RecordDecoder {
  readonly format = 'snoop';
  readonly littleEndian = false;
  readonly interfaces: readonly CaptureInterface[];
  damage: Damage | undefined;
  readonly #maxRecord: number;
  readonly #linkType: number;

  /** @param view a file header, all `SNOOP_FILE_HEADER` octets of it, at `at` */
  constructor(view: DataView, at: number, limits: CaptureLimits) {
    const version = view.getUint32(at + 8);
    const dataLink = view.getUint32(at + 12);
    const linkType = LINK_TYPES.get(dataLink);
    this.#maxRecord = limits.maxRecord;
    this.#linkType = linkType ?? 0;
    this.interfaces = [{ linkType: this.#linkType, snaplen: 0, tsresol: 6, tsoffset: 0, name: '', fcsLength: 0 }];
    if (view.getUint32(at + 4) !== 0x7000_0000)
      this.#refuse('damaged', 'it begins as a snoop file does, and goes on otherwise');
    else if (version !== 2) this.#refuse('unsupported', `snoop version ${version} is none that tcplab knows (2)`);
    else if (linkType === undefined)
      this.#refuse('unsupported', `snoop's datalink type ${dataLink} is none that tcplab knows`);
  }

  step(window: Window, into: Packet): number {
    const { at, view } = window;
    const available = window.end - at;
    if (available < RECORD_HEADER) return RECORD_HEADER;
    const captured = view.getUint32(at + 4);
    const length = view.getUint32(at + 8);
    if (captured > this.#maxRecord) {
      return this.#refuse(
        'damaged',
        `it claims ${captured} captured octets, more than the ${this.#maxRecord} a packet may have`,
      );
    }
    // Padding is a few octets, whatever they are aligned to.
    if (length < RECORD_HEADER + captured || length > RECORD_HEADER + captured + this.#maxRecord) {
      return this.#refuse('damaged', `it claims a record of ${length} octets with ${captured} captured ones`);
    }
    if (available < length) return length;
    into.seconds = view.getUint32(at + 16);
    const microseconds = view.getUint32(at + 20);
    const carry = Math.floor(microseconds / 1_000_000);
    into.seconds += carry;
    into.nanoseconds = (microseconds - carry * 1_000_000) * 1000;
    into.bytes = window.bytes;
    into.view = view;
    into.at = at + RECORD_HEADER;
    into.capturedLength = captured;
    into.originalLength = view.getUint32(at);
    into.linkType = this.#linkType;
    into.interfaceId = 0;
    into.origin = undefined;
    into.fcsLength = 0;
    into.recordAt = at;
    into.recordLength = length;
    window.at = at + length;
    return PACKET;
  }

  #refuse(kind: Damage['kind'], message: string): number {
    this.damage = { kind, message };
    return DAMAGED;
  }

  name(window: Window, number: number): string {
    return window.end - window.at < RECORD_HEADER ? `the header of packet ${number}` : `packet ${number}`;
  }
}
