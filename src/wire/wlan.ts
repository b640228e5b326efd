/** IEEE 802.11 MAC headers, as far as data frames need them. Read first: IEEE 802.11-2020 §9.2-9.3. Not here: radiotap in front of them (radiotap.ts). */
import { HEADER_CUT, TOO_SHORT } from './problem.ts';

/** Types of frames (frame control bits 2 and 3). */
export const MANAGEMENT = 0;
export const CONTROL = 1;
export const DATA = 2;

/** Bits of the second octet of frame control. */
const TO_DS = 0x01;
const FROM_DS = 0x02;
const MORE_FRAGMENTS = 0x04;
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
/** The same for where addresses stand: management frames do not leave the cell, whatever they say. */
const placing = (view: DataView, at: number): number => (type(view, at) === MANAGEMENT ? 0 : distribution(view, at));
export const duration = (view: DataView, at: number): number => view.getUint16(at + 2, true);
export const fragment = (view: DataView, at: number): number => view.getUint16(at + 22, true) & 15;
export const sequence = (view: DataView, at: number): number => view.getUint16(at + 22, true) >>> 4;

export const hasQos = (view: DataView, at: number): boolean =>
  type(view, at) === DATA && (subtype(view, at) & QOS) !== 0;
/** Whether a frame has a sequence number, and the capture it: all but control frames have one. */
export const isSequenced = (view: DataView, at: number, end: number): boolean =>
  type(view, at) <= DATA && type(view, at) !== CONTROL && end - at >= THREE_ADDRESSES;
/** Whether a frame holds a part of a packet only. */
export const isFragment = (view: DataView, at: number, end: number): boolean =>
  isSequenced(view, at, end) &&
  (type(view, at) === MANAGEMENT || hasData(view, at)) &&
  ((flags(view, at) & MORE_FRAGMENTS) !== 0 || fragment(view, at) > 0);
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
export const sourceAt = (view: DataView, at: number): number => at + [10, 10, 16, 24][placing(view, at)]!;
export const destinationAt = (view: DataView, at: number): number => at + [4, 16, 4, 16][placing(view, at)]!;
export const basicServiceSetAt = (view: DataView, at: number): number => at + [16, 4, 10, 10][placing(view, at)]!;
