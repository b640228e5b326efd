/** What goes over lines beside packets: Cisco's HDLC with SLARP, and what ends of PPP agree on. Read first: tcpdump.org's LINKTYPE_C_HDLC page; RFC 1661 §5. Not here: PPP's own header (tunnel.ts). */
import * as ethernet from '../../../wire/ethernet.ts';
import * as hdlc from '../../../wire/hdlc.ts';
import * as mpls from '../../../wire/mpls.ts';
import * as control from '../../../wire/ppp-control.ts';
import { TOO_SHORT } from '../../../wire/problem.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { broken, endAt } from './payload.ts';

/** Parses Cisco's HDLC. */
export function parseHdlc(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = hdlc.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  if (payload === dissection.ends[layer]) return broken(dissection, layer, TOO_SHORT);
  switch (hdlc.protocol(view, at)) {
    case ethernet.TYPE_IPV4:
      return PROTOCOL.IPV4;
    case ethernet.TYPE_IPV6:
      return PROTOCOL.IPV6;
    case mpls.TYPE_UNICAST:
    case mpls.TYPE_MULTICAST:
      return PROTOCOL.MPLS;
    case hdlc.SLARP:
      return PROTOCOL.SLARP;
    default:
      return PROTOCOL.DATA;
  }
}

/** Parses SLARP, of which only types without a rule have a payload. */
export function parseSlarp(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const captured = dissection.ends[layer]! - at;
  if (captured < 4) return broken(dissection, layer, TOO_SHORT);
  const type = hdlc.slarpType(view, at);
  if (type > hdlc.KEEPALIVE) {
    dissection.payloads[layer] = at + 4;
    return PROTOCOL.DATA;
  }
  if (captured < (type === hdlc.KEEPALIVE ? hdlc.SLARP_KEEPALIVE : hdlc.SLARP_ADDRESS))
    return broken(dissection, layer, TOO_SHORT);
  dissection.payloads[layer] = dissection.ends[layer]!;
  return PROTOCOL.NONE;
}

/** Parses LCP and its kin, which are all header but for the packet that a rejection of its protocol sends back. */
export function parsePppControl(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (!control.isWhole(view, at, dissection.ends[layer]!)) return broken(dissection, layer, TOO_SHORT);
  endAsSaid(dissection, layer);
  const rejected = control.rejectedAt(view, at, dissection.ends[layer]!);
  if (rejected < 0) return PROTOCOL.NONE;
  dissection.payloads[layer] = rejected;
  return PROTOCOL.DATA;
}

/** Parses PAP, whose strings are believed, not its length. */
export function parsePap(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  if (end - at < control.HEADER) return broken(dissection, layer, TOO_SHORT);
  const code = control.code(view, at);
  if (code >= 1 && code <= 3 && control.papStrings(view, at, end)[2] < 0) return broken(dissection, layer, TOO_SHORT);
  dissection.payloads[layer] = end;
  return PROTOCOL.NONE;
}

/** Parses CHAP. */
export function parseChap(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  if (end - at < control.HEADER || (control.code(view, at) <= 4 && at + control.length(view, at) > end))
    return broken(dissection, layer, TOO_SHORT);
  endAsSaid(dissection, layer);
  return PROTOCOL.NONE;
}

/** A packet of a control protocol ends where it says, and is all header. */
function endAsSaid(dissection: Dissection, layer: number): void {
  const at = dissection.starts[layer]!;
  const length = control.length(viewOf(dissection, layer), at);
  if (length >= control.HEADER) endAt(dissection, layer, at + length);
  dissection.payloads[layer] = dissection.ends[layer]!;
}
