/** The TCP header. Read first: RFC 9293 §3.1. Options are in tcp-options.ts. */
import { BAD_HEADER_LENGTH, HEADER_CUT, TOO_SHORT } from './problem.ts';

/** Header length without options, in octets. */
export const HEADER = 20;

/** Longest header, in octets: a data offset of 15 words. */
export const MAX_HEADER = 60;

/** Control bits (RFC 9293 §3.1; AE is the former NS bit). */
export const FIN = 0x001;
export const SYN = 0x002;
export const RST = 0x004;
export const PSH = 0x008;
export const ACK = 0x010;
export const URG = 0x020;
export const ECE = 0x040;
export const CWR = 0x080;
export const AE = 0x100;

/** Where the payload begins, or a negative Problem. The payload ends with the segment: TCP has no length field. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < HEADER) return TOO_SHORT;
  const length = headerLength(view, at);
  if (length < HEADER) return BAD_HEADER_LENGTH;
  return end - at < length ? HEADER_CUT : at + length;
}

export const sourcePort = (view: DataView, at: number): number => view.getUint16(at);
export const destinationPort = (view: DataView, at: number): number => view.getUint16(at + 2);
/** SEG.SEQ as an int32. */
export const seq = (view: DataView, at: number): number => view.getInt32(at + 4);
/** SEG.ACK as an int32; means something only with the ACK bit. */
export const ack = (view: DataView, at: number): number => view.getInt32(at + 8);
/** Data offset in octets. */
export const headerLength = (view: DataView, at: number): number => (view.getUint8(at + 12) >>> 4) * 4;
/** The twelve bits after the data offset: three reserved, nine control bits. */
export const flags = (view: DataView, at: number): number => view.getUint16(at + 12) & 0xfff;
/** SEG.WND as it stands in the header, not scaled. */
//= RFC 9293 §3.1 MUST-1: an unsigned number
export const window = (view: DataView, at: number): number => view.getUint16(at + 14);
export const checksum = (view: DataView, at: number): number => view.getUint16(at + 16);
export const urgentPointer = (view: DataView, at: number): number => view.getUint16(at + 18);

/** What a header says, but for its checksum. */
export interface Header {
  sourcePort: number;
  destinationPort: number;
  seq: number;
  ack: number;
  /** The twelve bits after the data offset. */
  flags: number;
  window: number;
  urgent: number;
}

/**
 * Reads all of the header at `at`, word by word, and answers where the payload begins, or a negative Problem, as `locate` does; `into` is left as it was then.
 */
export function readHeader(view: DataView, at: number, end: number, into: Header): number {
  const payload = locate(view, at, end);
  if (payload < 0) return payload;
  const control = view.getInt32(at + 12);
  const ports = view.getInt32(at);
  into.sourcePort = ports >>> 16;
  into.destinationPort = ports & 0xffff;
  into.seq = view.getInt32(at + 4);
  into.ack = view.getInt32(at + 8);
  into.flags = (control >>> 16) & 0xfff;
  //= RFC 9293 §3.1 MUST-1: an unsigned number
  into.window = control & 0xffff;
  into.urgent = view.getUint16(at + 18);
  return payload;
}

/**
 * Writes a header with checksum 0. `optionsLength` octets (a multiple of 4) of options are expected to stand, or to be written,
 * behind it; `controlBits` are nine bits. Returns where the payload begins.
 */
export function emit(
  view: DataView,
  at: number,
  from: number,
  to: number,
  seqNumber: number,
  ackNumber: number,
  controlBits: number,
  windowField: number,
  urgent: number,
  optionsLength: number,
): number {
  view.setUint32(at, (from << 16) | to);
  // `| 0` says that it is an int32: what a DataView is given else goes through a double.
  view.setInt32(at + 4, seqNumber | 0);
  view.setInt32(at + 8, ackNumber | 0);
  view.setUint32(at + 12, ((HEADER + optionsLength) << 26) | (controlBits << 16) | windowField);
  view.setUint32(at + 16, urgent | 0);
  return at + HEADER + optionsLength;
}
