/** IEEE 802.11 with and without radiotap: data frames lead to LLC, all others end here. Read first: IEEE 802.11-2020 §9.3.2; radiotap.org. */
import { BAD_VERSION } from '../../../wire/problem.ts';
import * as radiotap from '../../../wire/radiotap.ts';
import * as wlan from '../../../wire/wlan.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { broken, endAt } from './payload.ts';

/** Octets of frame control, behind which nothing is known of a frame of another version. */
const FRAME_CONTROL = 2;

/** Octets of the check sequence at the end of a frame. */
export const CHECK_SEQUENCE = 4;

/** Parses radiotap, whose flags say how the frame behind it ends. */
export function parseRadiotap(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = radiotap.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  return PROTOCOL.WLAN;
}

/** The flags of the radiotap header in front of a layer, 0 without one. */
function radiotapFlags(dissection: Dissection, layer: number): number {
  if (dissection.protocols[layer - 1] !== PROTOCOL.RADIOTAP) return 0;
  return radiotap.flags(viewOf(dissection, layer - 1), dissection.starts[layer - 1]!, dissection.payloads[layer - 1]!);
}

/** Whether radiotap says that a check sequence stands at a frame's end. */
export const hasCheckSequence = (dissection: Dissection, layer: number): boolean =>
  (radiotapFlags(dissection, layer) & radiotap.FCS_AT_END) !== 0;

/** Where the elements of a management frame end at the latest. */
export const elementsEnd = (dissection: Dissection, layer: number): number =>
  hasCheckSequence(dissection, layer)
    ? Math.min(dissection.ends[layer]!, dissection.wireEnds[layer]! - CHECK_SEQUENCE)
    : dissection.ends[layer]!;

/** Where a payload is that begins at a multiple of four octets. */
const padded = (at: number, payload: number, end: number): number => Math.min(at + ((payload - at + 3) & ~3), end);

/** Where the encrypted payload of a layer begins, what its cipher needs included; -1 when there is none, or not enough of it. */
export function cipherAt(dissection: Dissection, layer: number): number {
  if (dissection.problems[layer] !== 0) return -1;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  if ((wlan.flags(view, at) & wlan.PROTECTED) === 0 || !wlan.hasData(view, at)) return -1;
  const header = wlan.locate(view, at, end);
  const payload = radiotapFlags(dissection, layer) & radiotap.PADDED ? padded(at, header, end) : header;
  return end - payload >= wlan.WEP_HEADER ? payload : -1;
}

/** The payload of a protected frame is what is encrypted. */
function enterCipher(dissection: Dissection, layer: number, payload: number): void {
  const view = viewOf(dissection, layer);
  const end = dissection.ends[layer]!;
  if (end - payload < wlan.WEP_HEADER) return;
  const isWep = wlan.cipherOf(view, payload, end) === 'WEP';
  dissection.payloads[layer] = payload + (isWep ? wlan.WEP_HEADER : wlan.CIPHER_HEADER);
  if (isWep && end - payload >= wlan.WEP_HEADER + wlan.WEP_TRAILER)
    endAt(dissection, layer, dissection.wireEnds[layer]! - wlan.WEP_TRAILER);
}

/** Parses an 802.11 frame. */
export function parseWlan(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const flags = radiotapFlags(dissection, layer);
  let payload = wlan.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) {
    broken(dissection, layer, payload);
    if (payload !== BAD_VERSION) return PROTOCOL.NONE;
    dissection.payloads[layer] = at + FRAME_CONTROL;
    return PROTOCOL.DATA;
  }
  if (wlan.type(view, at) !== wlan.DATA) {
    dissection.payloads[layer] = dissection.ends[layer]!;
    return PROTOCOL.NONE;
  }
  if (flags & radiotap.PADDED) payload = padded(at, payload, dissection.ends[layer]!);
  dissection.payloads[layer] = payload;
  if (flags & radiotap.FCS_AT_END) {
    const end = dissection.wireEnds[layer]! - CHECK_SEQUENCE;
    if (end >= payload) endAt(dissection, layer, end);
  }
  if (!wlan.hasData(view, at) || payload >= dissection.ends[layer]!) return PROTOCOL.NONE;
  const isProtected = (wlan.flags(view, at) & wlan.PROTECTED) !== 0;
  if (isProtected) enterCipher(dissection, layer, payload);
  const isOpaque = isProtected || wlan.isFragment(view, at, dissection.ends[layer]!);
  return isOpaque || wlan.isAggregate(view, at) ? PROTOCOL.DATA : PROTOCOL.LLC;
}
