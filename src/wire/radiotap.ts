/** Radiotap, what a capture knows of an IEEE 802.11 frame beside its octets: bitmaps that say which fields follow, each aligned to its own size. Read first: radiotap.org. */
import { HEADER_CUT, TOO_SHORT } from './problem.ts';

/** Octets of its fixed part; its length field counts all of it. */
export const HEADER = 8;

/** Bits of the flags: a check sequence stands at the frame's end; its header is padded to four octets. */
export const FCS_AT_END = 0x10;
export const PADDED = 0x20;

/** Fields by their bits. */
export const FIELD = {
  TIMER: 0,
  FLAGS: 1,
  RATE: 2,
  CHANNEL: 3,
  HOPPING: 4,
  SIGNAL: 5,
  NOISE: 6,
  QUALITY: 7,
  ATTENUATION: 8,
  ATTENUATION_DB: 9,
  POWER: 10,
  ANTENNA: 11,
  SIGNAL_DB: 12,
  NOISE_DB: 13,
  RECEIVED: 14,
  SENT: 15,
  RETRIES: 17,
} as const;

/** Octets and alignment of the fields from 0 on; those behind have no rule. */
const SIZES = [8, 1, 1, 4, 2, 1, 1, 2, 2, 2, 1, 1, 1, 1, 2, 2, 1, 1, 8, 3] as const;
const ALIGNMENTS = [8, 1, 1, 2, 2, 1, 1, 2, 2, 2, 1, 1, 1, 1, 2, 2, 1, 1, 4, 1] as const;

/** Bits that say what the next bitmap is: of the same names, of a maker's own; that there is one. */
export const RADIOTAP_NEXT = 29;
export const VENDOR_NEXT = 30;
const MORE = 31;

export const version = (view: DataView, at: number): number => view.getUint8(at);
export const length = (view: DataView, at: number): number => view.getUint16(at + 2, true);

/** Where radiotap ends, or a negative Problem. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < HEADER) return TOO_SHORT;
  const size = length(view, at);
  return size < HEADER ? TOO_SHORT : at + size > end ? HEADER_CUT : at + size;
}

/** Where the fields of the header that ends at `end` begin: behind the last bitmap. */
function fieldsAt(view: DataView, at: number, end: number): number {
  for (let i = at + 4; i + 4 <= end; i += 4) if (view.getUint32(i, true) >>> MORE === 0) return i + 4;
  return end;
}

/** Calls `take` for each bitmap of the header that ends at `end`; `isRadiotap` says whether its bits have the names of the first one's. */
export function eachBitmap(
  view: DataView,
  at: number,
  end: number,
  take: (bitmap: number, isRadiotap: boolean) => void,
): void {
  const last = fieldsAt(view, at, end);
  let isRadiotap = true;
  for (let i = at + 4; i + 4 <= last; i += 4) {
    const bitmap = view.getUint32(i, true);
    take(bitmap, isRadiotap);
    isRadiotap = ((bitmap >>> RADIOTAP_NEXT) & 1) === 1;
  }
}

/** Calls `take` for each field that is whole, until one has no rule: the field, and where it is. */
export function eachField(view: DataView, at: number, end: number, take: (field: number, from: number) => void): void {
  let from = fieldsAt(view, at, end);
  const last = from;
  for (let i = at + 4; i + 4 <= last; i += 4) {
    const bitmap = view.getUint32(i, true);
    for (let field = 0; field < RADIOTAP_NEXT; field++) {
      if (((bitmap >>> field) & 1) === 0) continue;
      const size = SIZES[field];
      if (size === undefined) return;
      const alignment = ALIGNMENTS[field]!;
      from = at + Math.ceil((from - at) / alignment) * alignment;
      if (from + size > end) return;
      take(field, from);
      from += size;
    }
    // What follows has other names, or is a maker's own.
    if (((bitmap >>> RADIOTAP_NEXT) & 1) === 0) return;
  }
}

/** The flags field, 0 when there is none; `end` is where radiotap ends. */
export function flags(view: DataView, at: number, end: number): number {
  const bitmap = view.getUint32(at + 4, true);
  if ((bitmap & 2) === 0) return 0;
  let field = fieldsAt(view, at, end);
  // The timer, eight octets, is aligned to as many.
  if (bitmap & 1) field = at + ((field - at + 7) & ~7) + 8;
  return field < end ? view.getUint8(field) : 0;
}
