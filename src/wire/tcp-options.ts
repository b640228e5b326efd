/**
 * TCP options: a reader that goes from option to option, one that collects what a connection needs, and writers.
 * Read first: RFC 9293 §3.2 (kinds 0-2), RFC 7323 §2-3 (window scale, timestamps), RFC 2018 §2-3 (SACK).
 */

/** Option kinds. */
export const END = 0;
export const NOP = 1;
export const MSS = 2;
export const WINDOW_SCALE = 3;
export const SACK_PERMITTED = 4;
export const SACK = 5;
export const TIMESTAMPS = 8;

/** The most SACK blocks that fit (RFC 2018 §3). */
export const MAX_SACK_BLOCKS = 4;

/** What a segment's options say; one is made once and filled again for each segment. */
export interface TcpOptions {
  /** Maximum segment size in octets, or -1. */
  mss: number;
  /** Shift count as sent, or -1. */
  windowScale: number;
  sackPermitted: boolean;
  /** Whether a timestamps option is there. */
  timestamps: boolean;
  /** TSval and TSecr as int32. */
  tsval: number;
  tsecr: number;
  /** How many SACK blocks; their left and right edges, int32, stand in `sackBlocks` two by two. */
  sackCount: number;
  readonly sackBlocks: Int32Array;
  /** Whether there are options that none of these tells of. */
  hasOthers: boolean;
  /** An option ran over the header's end or had an impossible length; the good ones before it count. */
  malformed: boolean;
}

export const makeTcpOptions = (): TcpOptions => ({
  mss: -1,
  windowScale: -1,
  sackPermitted: false,
  timestamps: false,
  tsval: 0,
  tsecr: 0,
  sackCount: 0,
  sackBlocks: new Int32Array(2 * MAX_SACK_BLOCKS),
  hasOthers: false,
  malformed: false,
});

//= RFC 9293 §3.1 MUST-68: all but END and NOP carry one
/**
 * The length of the option at `at` in octets: 1 for END and NOP, else its length field; 0 when it is impossible (below 2, or past `end`).
 */
export function lengthAt(view: DataView, at: number, end: number): number {
  const kind = view.getUint8(at);
  if (kind === END || kind === NOP) return 1;
  if (at + 2 > end) return 0;
  const length = view.getUint8(at + 1);
  //= RFC 9293 §3.1 MUST-7: zero, for instance, would never end
  return length < 2 || at + length > end ? 0 : length;
}

/** The first word of NOP NOP timestamps, the options of nearly every segment (RFC 7323 appendix A). */
export const PLAIN_TIMESTAMPS = 0x0101_080a;

/** SACK permitted, and the kind and length of timestamps, as they stand together in a SYN. */
const SACK_PERMITTED_TIMESTAMPS = 0x0402_080a;

/** Fills `into` from the options in `[at, end)`. Unknown kinds and known ones of a wrong length are stepped over. */
//= RFC 9293 §3.1 MUST-4
export function read(view: DataView, at: number, end: number, into: TcpOptions): TcpOptions {
  into.mss = -1;
  into.windowScale = -1;
  into.sackPermitted = false;
  into.timestamps = false;
  into.tsval = 0;
  into.tsecr = 0;
  into.sackCount = 0;
  into.hasOthers = false;
  into.malformed = false;
  // The layout almost every segment of an established connection has: NOP NOP timestamps (RFC 7323 appendix A).
  if (end - at === 12 && view.getInt32(at) === PLAIN_TIMESTAMPS) {
    into.timestamps = true;
    into.tsval = view.getInt32(at + 4);
    into.tsecr = view.getInt32(at + 8);
    return into;
  }
  // That of most SYNs: MSS, SACK permitted, timestamps, NOP, window scale.
  if (
    end - at === 20 &&
    view.getUint16(at) === 0x0204 &&
    view.getInt32(at + 4) === SACK_PERMITTED_TIMESTAMPS &&
    view.getInt32(at + 16) >>> 8 === 0x010303
  ) {
    into.mss = view.getUint16(at + 2);
    into.windowScale = view.getUint8(at + 19);
    into.sackPermitted = true;
    into.timestamps = true;
    into.tsval = view.getInt32(at + 8);
    into.tsecr = view.getInt32(at + 12);
    return into;
  }
  //= RFC 9293 §3.2 MUST-64: octet by octet, so that an option may begin anywhere
  for (let i = at; i < end; ) {
    const kind = view.getUint8(i);
    if (kind === END) return into;
    const length = lengthAt(view, i, end);
    if (length === 0) {
      into.malformed = true;
      return into;
    }
    if (kind === MSS && length === 4) into.mss = view.getUint16(i + 2);
    else if (kind === WINDOW_SCALE && length === 3) into.windowScale = view.getUint8(i + 2);
    else if (kind === SACK_PERMITTED && length === 2) into.sackPermitted = true;
    else if (kind === TIMESTAMPS && length === 10) {
      into.timestamps = true;
      into.tsval = view.getInt32(i + 2);
      into.tsecr = view.getInt32(i + 6);
    } else if (kind === SACK && length >= 10 && (length - 2) % 8 === 0) {
      into.sackCount = Math.min((length - 2) >>> 3, MAX_SACK_BLOCKS);
      for (let k = 0; k < 2 * into.sackCount; k++) into.sackBlocks[k] = view.getInt32(i + 2 + 4 * k);
    } else if (kind !== NOP) into.hasOthers = true;
    //= RFC 9293 §3.1 MUST-6: also over what is not known
    i += length;
  }
  return into;
}

//= RFC 9293 §3.1 MUST-69: these fill whole words and pad in front, with NOPs; none writes an END, so nothing ever follows one
/** Writes MSS (4 octets); returns where the next option goes. */
export function emitMss(view: DataView, at: number, octets: number): number {
  view.setUint32(at, 0x0204_0000 | octets);
  return at + 4;
}

/** Writes NOP and window scale (4 octets). */
export function emitWindowScale(view: DataView, at: number, shift: number): number {
  view.setUint32(at, 0x0103_0300 | shift);
  return at + 4;
}

/** Writes NOP NOP SACK-permitted (4 octets). */
export function emitSackPermitted(view: DataView, at: number): number {
  view.setUint32(at, 0x0101_0402);
  return at + 4;
}

/** Writes SACK-permitted and timestamps together (12 octets), the way Linux packs them into a SYN. */
export function emitSackPermittedAndTimestamps(view: DataView, at: number, tsval: number, tsecr: number): number {
  view.setUint32(at, SACK_PERMITTED_TIMESTAMPS);
  view.setInt32(at + 4, tsval | 0);
  view.setInt32(at + 8, tsecr | 0);
  return at + 12;
}

/** Writes NOP NOP timestamps (12 octets). */
export function emitTimestamps(view: DataView, at: number, tsval: number, tsecr: number): number {
  view.setUint32(at, PLAIN_TIMESTAMPS);
  view.setInt32(at + 4, tsval | 0);
  view.setInt32(at + 8, tsecr | 0);
  return at + 12;
}

/** Writes NOP NOP SACK with `count` blocks (4 + 8 `count` octets) taken two by two from `blocks`. */
export function emitSack(view: DataView, at: number, blocks: Int32Array, count: number): number {
  view.setUint32(at, 0x0101_0500 | (2 + 8 * count));
  for (let k = 0; k < 2 * count; k++) view.setInt32(at + 4 + 4 * k, blocks[k]!);
  return at + 4 + 8 * count;
}
