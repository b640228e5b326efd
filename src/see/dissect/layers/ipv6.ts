/** IPv6: its base header and the headers that may stand between it and what it carries. Read first: RFC 8200 §3-4; RFC 2675 §2; RFC 4302 §2. */
import * as ipv6 from '../../../wire/ipv6.ts';
import * as extension from '../../../wire/ipv6-extension.ts';
import * as extensions from '../../../wire/ipv6-extensions.ts';
import { BAD_VERSION } from '../../../wire/problem.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { broken, endAt, protocolOfNumber } from './payload.ts';

/** Parses the base header. */
export function parseIpv6(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = ipv6.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) {
    broken(dissection, layer, payload);
    if (payload === BAD_VERSION) dissection.payloads[layer] = at + 1;
    return PROTOCOL.NONE;
  }
  dissection.payloads[layer] = payload;
  if (ipv6.payloadLength(view, at) !== 0 || !isLonger(dissection, layer))
    endAt(dissection, layer, payload + ipv6.payloadLength(view, at));
  return protocolOfNumber(ipv6.nextHeader(view, at));
}

/** The most that a payload length can say. */
const LONGEST_PAYLOAD = 0xffff;

/** Whether a packet whose length is 0 goes on behind its header: a jumbogram, whose option says how far, or one that was not cut into segments yet and is longer than its length can say. */
function isLonger(dissection: Dissection, layer: number): boolean {
  const payload = dissection.payloads[layer]!;
  return dissection.wireEnds[layer]! - payload > LONGEST_PAYLOAD || isJumbo(dissection, layer);
}

/** Whether hop-by-hop options behind an IPv6 header say that it is that of a jumbogram. */
function isJumbo(dissection: Dissection, layer: number): boolean {
  const view = viewOf(dissection, layer);
  if (ipv6.nextHeader(view, dissection.starts[layer]!) !== extensions.HOP_BY_HOP) return false;
  const options = dissection.payloads[layer]!;
  const end = extension.locate(view, options, dissection.ends[layer]!);
  return end > 0 && extension.jumboPayload(view, options, end) > 0;
}

/** Parses hop-by-hop options, of which a jumbo payload ends what follows. */
export function parseHopByHop(dissection: Dissection, layer: number): ProtocolId {
  const next = parseExtension(dissection, layer);
  if (dissection.problems[layer] !== 0) return next;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const jumbo = extension.jumboPayload(view, at, dissection.payloads[layer]!);
  // It counts from the end of the base header, which is where this one begins.
  if (jumbo > 0) endAt(dissection, layer, at + jumbo);
  return next;
}

/** Parses a hop-by-hop, destination or routing header. */
export function parseExtension(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = extension.locate(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  return protocolOfNumber(extension.nextHeader(view, at));
}

/** Parses a fragment header; of a fragment the payload is data. */
export function parseFragment(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = extension.locateFragment(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  return isIpv6Fragment(view, at) ? PROTOCOL.DATA : protocolOfNumber(extension.nextHeader(view, at));
}

/** Whether a fragment header's packet is not whole (RFC 6946: an "atomic fragment" is). */
export const isIpv6Fragment = (view: DataView, at: number): boolean =>
  extensions.fragmentOffset(view, at) !== 0 || extensions.moreFragments(view, at);

/** Parses an authentication header. */
export function parseAuthentication(dissection: Dissection, layer: number): ProtocolId {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const payload = extension.locateAuthentication(view, at, dissection.ends[layer]!);
  if (payload < 0) return broken(dissection, layer, payload);
  dissection.payloads[layer] = payload;
  return protocolOfNumber(extension.nextHeader(view, at));
}
