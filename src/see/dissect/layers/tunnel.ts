/** What carries packets inside packets or over lines: PPP, PPPoE, MPLS, GRE, VXLAN, Geneve. Read first: RFC 1661 §2; RFC 2516 §4; RFC 3032 §2; RFC 2784; RFC 7348 §5; RFC 8926 §3. */
import * as geneve from '../../../wire/geneve.ts';
import * as gre from '../../../wire/gre.ts';
import * as hdlc from '../../../wire/hdlc.ts';
import * as mpls from '../../../wire/mpls.ts';
import * as ppp from '../../../wire/ppp.ts';
import { TOO_SHORT } from '../../../wire/problem.ts';
import * as vxlan from '../../../wire/vxlan.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { broken, endAt, protocolOfEtherType, protocolOfPpp } from './payload.ts';

/** Parses PPP, with or without address and control octets. */
export function parsePpp(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  // What comes from a line may be of Cisco's routers, whose header stands where that of PPP would.
  if (dissection.protocols[layer - 1] === PROTOCOL.FRAME && end > at && hdlc.isAddress(view.getUint8(at))) {
    dissection.payloads[layer] = at;
    return PROTOCOL.HDLC;
  }
  const protocol = at + ppp.framing(view, at, end);
  const payload = ppp.locate(view, protocol, end);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  return protocolOfPpp(ppp.protocol(view, protocol));
}

/** Parses PPPoE's discovery, which is all header. */
export function parsePppoeDiscovery(dissection: Dissection, layer: number): ProtocolId {
  const payload = parsePppoe(dissection, layer);
  if (payload > 0) dissection.payloads[layer] = dissection.ends[layer]!;
  return PROTOCOL.NONE;
}

/** Parses PPPoE's session. */
export function parsePppoeSession(dissection: Dissection, layer: number): ProtocolId {
  return parsePppoe(dissection, layer) > 0 ? PROTOCOL.PPP : PROTOCOL.NONE;
}

function parsePppoe(dissection: Dissection, layer: number): number {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = ppp.locateOverEthernet(view, at, dissection.ends[layer]!);
  if (payload < 0) {
    broken(dissection, layer, payload);
    return payload;
  }
  dissection.payloads[layer] = payload;
  endAt(dissection, layer, payload + ppp.payloadLength(view, at));
  return payload;
}

/** Parses a stack of MPLS labels. No label says what is below the stack: the first four bits tell, as routers guess (RFC 4928 §3). */
export function parseMpls(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const payload = mpls.locate(view, dissection.starts[layer]!, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  if (payload >= dissection.ends[layer]!) return PROTOCOL.NONE;
  switch (view.getUint8(payload) >>> 4) {
    case 4:
      return PROTOCOL.IPV4;
    case 6:
      return PROTOCOL.IPV6;
    case 0:
      return PROTOCOL.PSEUDOWIRE;
    default:
      return PROTOCOL.DATA;
  }
}

/** Parses the control word of a pseudowire, behind which is Ethernet. */
export function parsePseudowire(dissection: Dissection, layer: number): ProtocolId {
  const at = dissection.starts[layer]!;
  if (dissection.ends[layer]! - at < mpls.CONTROL_WORD) return broken(dissection, layer, TOO_SHORT);
  dissection.payloads[layer] = at + mpls.CONTROL_WORD;
  return PROTOCOL.ETHERNET;
}

/** Parses GRE. */
export function parseGre(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = gre.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  if (payload >= dissection.ends[layer]!) return PROTOCOL.NONE;
  const protocol = gre.protocol(view, at);
  return protocol === gre.PPP ? PROTOCOL.PPP : protocolOfEtherType(protocol);
}

/** Parses VXLAN. */
export function parseVxlan(dissection: Dissection, layer: number): ProtocolId {
  const payload = vxlan.locate(viewOf(dissection, layer), dissection.starts[layer]!, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  return PROTOCOL.ETHERNET;
}

/** Parses Geneve. */
export function parseGeneve(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = geneve.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  return protocolOfEtherType(geneve.protocol(view, at));
}
