/** IEEE 802.11 MAC headers, as far as data frames need them, and what stands in front of encrypted payloads. Read first: IEEE 802.11-2020 §9.2-9.3, §12.3, §12.5. Not here: radiotap (radiotap.ts). */
import { BAD_VERSION, HEADER_CUT, TOO_SHORT } from './problem.ts';

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
const POLL = 2;
const NO_DATA = 4;
const QOS = 8;

/** Octets of headers with three addresses, with four, and of what may follow. */
const THREE_ADDRESSES = 24;
const ADDRESS = 6;
/** The same of frames that have no more than one or two addresses. */
const ONE_ADDRESS = 10;
const TWO_ADDRESSES = 16;
const QOS_CONTROL = 2;
const HT_CONTROL = 4;

/** The version of the protocol, of which this is 0: frames of others have other headers. */
export const version = (view: DataView, at: number): number => view.getUint8(at) & 3;
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
/** Whether a frame may send for some time as the access point says. */
export const isPolled = (view: DataView, at: number): boolean => hasQos(view, at) && (subtype(view, at) & POLL) !== 0;
/** Where quality-of-service control is. */
export const qosAt = (view: DataView, at: number): number =>
  at + THREE_ADDRESSES + (distribution(view, at) === 3 ? ADDRESS : 0);
/** Whether several packets stand in one (A-MSDU). */
export const isAggregate = (view: DataView, at: number): boolean =>
  hasQos(view, at) && (view.getUint8(qosAt(view, at)) & 0x80) !== 0;

/** Where a data frame's payload begins, or a negative Problem. */
export function locate(view: DataView, at: number, end: number): number {
  if (end - at < 2) return TOO_SHORT;
  if (version(view, at) !== 0) return BAD_VERSION;
  if (type(view, at) !== DATA) return end;
  let payload = qosAt(view, at);
  if (hasQos(view, at)) payload += QOS_CONTROL + (flags(view, at) & ORDER ? HT_CONTROL : 0);
  return payload > end ? HEADER_CUT : payload;
}

/** Where source and destination are among the addresses of a data frame, by `distribution`. */
export const sourceAt = (view: DataView, at: number): number => at + [10, 10, 16, 24][placing(view, at)]!;
export const destinationAt = (view: DataView, at: number): number => at + [4, 16, 4, 16][placing(view, at)]!;
export const basicServiceSetAt = (view: DataView, at: number): number => at + [16, 4, 10, 10][placing(view, at)]!;

/** Who receives a frame over the air. All have a receiver. */
export const receiverAt = (at: number): number => at + 4;
/** Who sends a frame over the air, where `hasTransmitter`. */
export const transmitterAt = (at: number): number => at + 10;
/** Whether `[at, end)` is long enough for who receives it. */
export const hasReceiver = (at: number, end: number): boolean => end - at >= ONE_ADDRESS;

/** Control frames that do not say who sends them, and whose second address is that of the cell. */
const WRAPPER = 7;
const CLEAR_TO_SEND = 12;
const ACKNOWLEDGEMENT = 13;
const CONTENTION_FREE_END = 14;
/** And whose first is. */
const POWER_SAVE_POLL = 10;

/** Whether a frame says who sends it. */
export function hasTransmitter(view: DataView, at: number, end: number): boolean {
  if (type(view, at) > DATA || end - at < TWO_ADDRESSES) return false;
  if (type(view, at) !== CONTROL) return true;
  const kind = subtype(view, at);
  const isShort = kind < 2 || kind === 6 || kind === WRAPPER;
  return !isShort && kind !== CLEAR_TO_SEND && kind !== ACKNOWLEDGEMENT && kind !== CONTENTION_FREE_END;
}

/** Where the cell's address is; -1 in a frame that does not say. */
export function cellAt(view: DataView, at: number, end: number): number {
  if (type(view, at) === CONTROL) {
    if (subtype(view, at) === POWER_SAVE_POLL && hasReceiver(at, end)) return receiverAt(at);
    return subtype(view, at) === CONTENTION_FREE_END && end - at >= TWO_ADDRESSES ? transmitterAt(at) : -1;
  }
  return !isSequenced(view, at, end) || placing(view, at) === 3 ? -1 : basicServiceSetAt(view, at);
}

/** Where the station's address is in a frame that says it is from or to an access point; -1 in others. */
export function stationAt(view: DataView, at: number, end: number): number {
  const place = isSequenced(view, at, end) ? distribution(view, at) : 0;
  return place === 1 ? transmitterAt(at) : place === 2 ? receiverAt(at) : -1;
}

/** What an encrypted payload begins with: by it one knows the cipher, and which key. */
export type Cipher = 'WEP' | 'TKIP' | 'CCMP';

/** Octets of what WEP begins with, the others begin with, and WEP ends with. */
export const WEP_HEADER = 4;
export const CIPHER_HEADER = 8;
export const WEP_TRAILER = 4;

/** The cipher of an encrypted payload `[at, end)` of four octets at the least. */
export function cipherOf(view: DataView, at: number, end: number): Cipher {
  const isExtended = end - at >= CIPHER_HEADER && (view.getUint8(at + 3) & 0x20) !== 0;
  if (!isExtended) return 'WEP';
  // The second octet of TKIP is there so that no weak key of WEP comes out.
  return view.getUint8(at + 1) === ((view.getUint8(at) | 0x20) & 0x7f) ? 'TKIP' : 'CCMP';
}

export const keyIndex = (view: DataView, at: number): number => view.getUint8(at + 3) >>> 6;
/** Where the octets of the number that no two packets share stand, the highest first. */
const PACKET_NUMBER: Readonly<Record<Cipher, readonly number[]>> = {
  WEP: [0, 1, 2],
  TKIP: [7, 6, 5, 4, 0, 2],
  CCMP: [7, 6, 5, 4, 1, 0],
};
/** That number: of WEP the initialization vector. */
export const packetNumber = (view: DataView, at: number, cipher: Cipher): number =>
  PACKET_NUMBER[cipher].reduce((number, place) => 256 * number + view.getUint8(at + place), 0);

/** Octets of the fixed fields of management frames that elements follow, by subtype; of beacons and answers to probes the interval is among them. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [0, 4],
  [1, 6],
  [2, 10],
  [3, 6],
  [4, 0],
  [5, 12],
  [8, 12],
  [10, 2],
  [11, 6],
  [12, 2],
]);
const INTERVAL = 8;

/** Where the elements of a management frame in `[at, end)` begin; -1: it has none, or its fixed fields are not whole, or they are encrypted or a part only. */
export function elementsAt(view: DataView, at: number, end: number): number {
  if (!isSequenced(view, at, end) || type(view, at) !== MANAGEMENT) return -1;
  const octets = FIXED.get(subtype(view, at));
  if (octets === undefined || (flags(view, at) & PROTECTED) !== 0 || isFragment(view, at, end)) return -1;
  const from = at + THREE_ADDRESSES + ((flags(view, at) & ORDER) !== 0 ? HT_CONTROL : 0) + octets;
  return from > end ? -1 : from;
}

/** How long a cell's access point lets pass between two beacons, in units of 1,024 microseconds; -1: the frame whose elements begin at `elements` does not say. */
export const beaconInterval = (view: DataView, at: number, elements: number): number =>
  elements >= 0 && FIXED.get(subtype(view, at)) === 12 ? view.getUint16(elements - 12 + INTERVAL, true) : -1;

/** Where the name of the network is among the elements `[elements, end)`, behind its length; -1: there is none, or the elements are not whole as far as that. */
export function networkNameAt(view: DataView, elements: number, end: number): number {
  for (let at = elements; at >= 0 && at + 2 <= end; ) {
    const next = at + 2 + view.getUint8(at + 1);
    if (next > end) return -1;
    if (view.getUint8(at) === 0) return at + 1;
    at = next;
  }
  return -1;
}
