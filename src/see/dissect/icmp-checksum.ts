/** The checksum of an ICMP message, and of one for IPv6, whose sum covers the addresses, too. Read first: RFC 792; RFC 4443 §2.3; RFC 8200 §8.1. */
import { finish, pseudoHeader6, sum, verifies } from '../../wire/checksum.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { type Dissection, networkLayerBefore, viewOf } from './dissection.ts';
import { PROTOCOL } from './protocol.ts';

/**
 * The checksum that a layer of ICMP or ICMPv6 should have, equal to the one it has when that is right; -1 when it cannot be told: of a message that is only quoted, or of which the capture kept
 * a part.
 */
export function icmpChecksum(dissection: Dissection, layer: number): number {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  if (end < dissection.wireEnds[layer]! || dissection.quoted[layer] === 1 || end - at < 4) return -1;
  let head = 0;
  if (dissection.protocols[layer] === PROTOCOL.ICMPV6) {
    const network = networkLayerBefore(dissection, layer);
    if (network < 0 || dissection.protocols[network] !== PROTOCOL.IPV6) return -1;
    head = pseudoHeader6(viewOf(dissection, network), dissection.starts[network]!, ipv6.ICMPV6, end - at);
  }
  if (verifies(sum(view, at, end - at, head))) return view.getUint16(at + 2);
  return finish(sum(view, at, 2, head) + sum(view, at + 4, end - at - 4));
}
