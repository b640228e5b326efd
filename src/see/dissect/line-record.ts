/**
 * What the lines of a list say, as records of numbers and octets in one memory: between who finds it out (plain-line.ts, packet-list.ts) and who writes it as text (line-text.ts), which may be another
 * thread. Numbers are little-endian. A record begins with its kind and its octets, a multiple of four.
 */
import type { TextSink } from '../../core/text-sink.ts';

/** What a record is. */
export const RECORD = {
  /** What lines of one direction of a conversation have in common: their place, the addresses and ports. */
  ENDS: 1,
  /** The line of a plain segment: all of it. */
  SEGMENT: 2,
  /** The columns up to the addresses, of a line of which TEXT is the rest. */
  BEGINNING: 3,
  /** The end of a line, or all of it. */
  TEXT: 4,
  /** A piece of a line before that. */
  PIECE: 5,
} as const;

/** How many directions have a place, a power of two; a newer one takes the place of an older one. */
export const PLACES = 2048;

/** Where the parts of ENDS stand; addresses as in the packet, of IPv4 in the first four of 16 octets. */
export const ENDS = {
  PLACE: 4,
  IS_IPV6: 8,
  SOURCE: 12,
  DESTINATION: 28,
  SOURCE_PORT: 44,
  DESTINATION_PORT: 48,
  SIZE: 52,
} as const;

/** Where those of SEGMENT and BEGINNING stand, which BEGINNING has as far as TAIL. */
export const LINE = {
  NUMBER: 4,
  SECONDS: 8,
  NANOSECONDS: 12,
  /** The place of its direction, and from bit 16 on how many digits seconds have behind the point. */
  PLACE: 16,
  TAIL: 20,
  LENGTH: 20,
  /** Twelve bits, and bit 16: a message goes on. */
  FLAGS: 24,
  SEQ: 28,
  ACK: 32,
  WINDOW: 36,
  URGENT: 40,
  DATA: 44,
  /** Octets of options, and those. */
  OPTIONS_LENGTH: 48,
  OPTIONS: 52,
  SIZE: 92,
} as const;

/** Where text stands in TEXT and PIECE: how many octets, and those. */
export const TEXT = { LENGTH: 4, OCTETS: 8 } as const;

/** The set bit of FLAGS. */
export const GOES_ON = 0x10000;

/** Octets of text in one record at most. */
const LONGEST_PIECE = 16_384;

/** Octets that are reserved at once at most. */
export const LONGEST_RECORD = 16_392;

/** Where records are written one behind the other. */
export interface LineRecords {
  view: DataView;
  at: number;
  /** Makes room for `octets` more, LONGEST_RECORD at most; `view` and `at` may be others then. */
  reserve(octets: number): void;
}

/** Writes the head of a record at `at`. @returns where the next begins */
export function putHead(view: DataView, at: number, kind: number, octets: number): number {
  view.setInt32(at, kind | (octets << 8), true);
  return at + octets;
}

/** Writes text, which ends a line, in as many records as it takes. */
export function putText(records: LineRecords, { bytes, length }: TextSink): void {
  let from = 0;
  do {
    const count = Math.min(length - from, LONGEST_PIECE);
    const size = TEXT.OCTETS + ((count + 3) & ~3);
    records.reserve(size);
    const { view, at } = records;
    records.at = putHead(view, at, from + count < length ? RECORD.PIECE : RECORD.TEXT, size);
    view.setInt32(at + TEXT.LENGTH, count, true);
    for (let i = 0; i < count; i++) view.setUint8(at + TEXT.OCTETS + i, bytes[from + i]!);
    from += count;
  } while (from < length);
}
