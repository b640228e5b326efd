/** What stands behind the packet in the frame of a link layer: padding, a trailer, a check sequence. */
import { type Dissection, viewOf } from './dissection.ts';
import { PROTOCOL } from './protocol.ts';

/** Octets of the shortest frame without its check sequence, and of that. */
const SHORTEST = 60;
const CHECK_SEQUENCE = 4;

/** Whether a layer is a tag of a VLAN. */
export const isTag = (protocol: number | undefined): boolean =>
  protocol === PROTOCOL.VLAN || protocol === PROTOCOL.SERVICE_VLAN;

/** The layer behind a link layer, and behind the labels of MPLS on it, which have no length either. */
function behindLabels({ protocols, depth }: Dissection, layer: number): number {
  let next = layer + 1;
  while (next < depth && protocols[next] === PROTOCOL.MPLS) next++;
  return next;
}

/** Where the frame begins in which a link layer stands: in front of the tags. */
function frameStart({ protocols, starts }: Dissection, layer: number): number {
  let link = layer;
  while (link > 1 && isTag(protocols[link])) link--;
  return starts[link]!;
}

/** Where the packet ends that a link layer carries; undefined where what it carries has no length of its own. */
function packetEnd(dissection: Dissection, layer: number): number | undefined {
  // A length in place of a type has ended the layer itself.
  if (dissection.wireEnds[layer]! < dissection.wireEnds[layer - 1]!) return dissection.wireEnds[layer]!;
  const next = behindLabels(dissection, layer);
  if (next >= dissection.depth) return undefined;
  const protocol = dissection.protocols[next]!;
  if (protocol === PROTOCOL.ARP) return dissection.payloads[next]!;
  return protocol === PROTOCOL.IPV4 || protocol === PROTOCOL.IPV6 ? dissection.wireEnds[next]! : undefined;
}

/** What stands behind the packet of a link layer: `[from, trailer)` padding, `[trailer, check)` a trailer, `[check, end)` a check sequence, each of which may be empty. */
export interface Behind {
  readonly from: number;
  readonly trailer: number;
  readonly check: number;
  readonly end: number;
  /** Whether there is a trailer where padding should be: octets that are not zero. */
  readonly hasGap: boolean;
}

const NOTHING: Behind = { from: 0, trailer: 0, check: 0, end: 0, hasGap: false };

/** The octets behind the packet: zeros up to the shortest frame are padding, the last four of a longer frame its check sequence, or of any that the capture says has one, all others a trailer. */
export function behindPacket(dissection: Dissection, layer: number): Behind {
  const from = packetEnd(dissection, layer);
  const view = viewOf(dissection, layer);
  const at = frameStart(dissection, layer);
  const end = dissection.ends[layer - 1]!;
  if (from === undefined || from >= end) return NOTHING;
  const wireEnd = dissection.wireEnds[layer - 1]!;
  const padding = SHORTEST - (from - at);
  const isPadded = padding > 0 && from + padding <= end && isZero(view, from, from + padding);
  const trailer = isPadded ? from + padding : from;
  const hasCheck =
    dissection.protocols[layer] === PROTOCOL.ETHERNET &&
    (wireEnd - at >= SHORTEST + CHECK_SEQUENCE || dissection.packet.fcsLength === CHECK_SEQUENCE) &&
    wireEnd - trailer >= CHECK_SEQUENCE &&
    wireEnd === end;
  const check = hasCheck ? end - CHECK_SEQUENCE : end;
  return { from, trailer, check, end, hasGap: padding > 0 && from + padding <= end && !isPadded };
}

function isZero(view: DataView, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (view.getUint8(i) !== 0) return false;
  return true;
}
