/**
 * IEEE 802.11 MAC headers, as far as data frames need them, and radiotap in front of them. Read first: IEEE 802.11-2020 §9.2-9.3; radiotap.org ("Radiotap",
 * "Flags").
 */
import { HEADER_CUT, TOO_SHORT } from './problem.ts';

/** Types of frames (frame control bits 2 and 3). */
export const MANAGEMENT = 0;
export const CONTROL = 1;
export const DATA = 2;

/** Bits of the second octet of frame control. */
const TO_DS = 0x01;
const FROM_DS = 0x02;
export const PROTECTED = 0x40;
const ORDER = 0x80;
/** Bits of a data frame's subtype: without payload, with quality of service. */
const NO_DATA = 4;
const QOS = 8;

/** Octets of headers with three addresses, with four, and of what may follow. */
const THREE_ADDRESSES = 24;
const ADDRESS = 6;
const QOS_CONTROL = 2;
const HT_CONTROL = 4;

export const frameControl = (view: DataView, at: number): number => view.getUint16(at, true);
export const type = (view: DataView, at: number): number => (view.getUint8(at) >>> 2) & 3;
export const subtype = (view: DataView, at: number): number => view.getUint8(at) >>> 4;
export const flags = (view: DataView, at: number): number => view.getUint8(at + 1);
/** Whether the distribution system is where a frame goes and comes from: 0 to 3. */
export const distribution = (view: DataView, at: number): number => flags(view, at) & (TO_DS | FROM_DS);
export const duration = (view: DataView, at: number): number => view.getUint16(at + 2, true);
export const fragment = (view: DataView, at: number): number => view.getUint16(at + 22, true) & 15;
export const sequence = (view: DataView, at: number): number => view.getUint16(at + 22, true) >>> 4;

export const hasQos = (view: DataView, at: number): boolean =>
  type(view, at) === DATA && (subtype(view, at) & QOS) !== 0;
/** Whether a data frame has a payload. */
export const hasData = (view: DataView, at: number): boolean =>
  type(view, at) === DATA && (subtype(view, at) & NO_DATA) === 0;
/** Where quality-of-service control is. */
export const qosAt = (view: DataView, at: number): number =>
  at + THREE_ADDRESSES + (distribution(view, at) === 3 ? ADDRESS : 0);
/** Whether several packets stand in one (A-MSDU). */
export const isAggregate = (view: DataView, at: number): boolean =>
  hasQos(view, at) && (view.getUint8(qosAt(view, at)) & 0x80) !== 0;

/** Where a data frame's payload begins, or a negative Problem. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < 2) return TOO_SHORT;
  if (type(view, at) !== DATA) return end;
  let payload = qosAt(view, at);
  if (hasQos(view, at)) payload += QOS_CONTROL + (flags(view, at) & ORDER ? HT_CONTROL : 0);
  return payload > end ? HEADER_CUT : payload;
}

/** Where source and destination are among the addresses of a data frame, by `distribution`. */
export const sourceAt = (view: DataView, at: number): number => at + [10, 10, 16, 24][distribution(view, at)]!;
export const destinationAt = (view: DataView, at: number): number => at + [4, 16, 4, 16][distribution(view, at)]!;
export const basicServiceSetAt = (view: DataView, at: number): number => at + [16, 4, 10, 10][distribution(view, at)]!;

/** Radiotap: octets of its fixed part; its length field counts all of it. */
export const RADIOTAP = 8;
/** Flags: a check sequence stands at the end; the header is padded to four octets. */
export const FCS_AT_END = 0x10;
export const PADDED = 0x20;
const HAS_TIMER = 1;
const HAS_FLAGS = 2;
const MORE_BITMAPS = 0x8000_0000;

/** Where radiotap ends, or a negative Problem. */
export function locateRadiotap(view: DataView, at: number, end: number): number {
  if (end - at < RADIOTAP) return TOO_SHORT;
  const length = radiotapLength(view, at);
  return length < RADIOTAP ? TOO_SHORT : at + length > end ? HEADER_CUT : at + length;
}

export const radiotapVersion = (view: DataView, at: number): number => view.getUint8(at);
export const radiotapLength = (view: DataView, at: number): number => view.getUint16(at + 2, true);
export const radiotapPresent = (view: DataView, at: number): number => view.getUint32(at + 4, true);

/** The flags field, 0 when there is none; `end` is where radiotap ends. */
export function radiotapFlags(view: DataView, at: number, end: number): number {
  const present = radiotapPresent(view, at);
  if ((present & HAS_FLAGS) === 0) return 0;
  let field = at + RADIOTAP;
  for (let bitmap = at + 4; view.getUint32(bitmap, true) & MORE_BITMAPS; bitmap += 4, field += 4)
    if (bitmap + 8 > end) return 0;
  // The timer, eight octets, is aligned to as many.
  if (present & HAS_TIMER) field = at + ((field - at + 7) & ~7) + 8;
  return field < end ? view.getUint8(field) : 0;
}
