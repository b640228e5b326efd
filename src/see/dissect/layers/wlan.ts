/** IEEE 802.11 with and without radiotap: data frames lead to LLC, all others end here. Read first: IEEE 802.11-2020 §9.3.2; radiotap.org. */
import * as radiotap from '../../../wire/radiotap.ts';
import * as wlan from '../../../wire/wlan.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { broken, endAt } from './payload.ts';

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

/** Parses an 802.11 frame. */
export function parseWlan(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const flags = radiotapFlags(dissection, layer);
  let payload = wlan.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  if (wlan.type(view, at) !== wlan.DATA) {
    dissection.payloads[layer] = dissection.ends[layer]!;
    return PROTOCOL.NONE;
  }
  if (flags & radiotap.PADDED) payload = Math.min(at + ((payload - at + 3) & ~3), dissection.ends[layer]!);
  dissection.payloads[layer] = payload;
  if (flags & radiotap.FCS_AT_END) {
    const end = dissection.wireEnds[layer]! - CHECK_SEQUENCE;
    if (end >= payload) endAt(dissection, layer, end);
  }
  if (!wlan.hasData(view, at) || payload >= dissection.ends[layer]!) return PROTOCOL.NONE;
  const isOpaque = (wlan.flags(view, at) & wlan.PROTECTED) !== 0 || wlan.isFragment(view, at, dissection.ends[layer]!);
  return isOpaque || wlan.isAggregate(view, at) ? PROTOCOL.DATA : PROTOCOL.LLC;
}
