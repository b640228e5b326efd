/** The Info column of frames that end at IPv4, IPv6 or a link layer. */
import * as ethernet from '../../../wire/ethernet.ts';
import * as ipv4 from '../../../wire/ipv4.ts';
import * as ipv6 from '../../../wire/ipv6.ts';
import { BAD_HEADER_LENGTH, BAD_VERSION, TOO_SHORT } from '../../../wire/problem.ts';
import type { Columns } from '../columns.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { isTotalShort } from '../layers/network.ts';
import { ipProtocolName } from '../names.ts';
import { PROTOCOL } from '../protocol.ts';

/** `Fragmented IP protocol (proto=UDP 17, off=1480, ID=a925)` */
export function ipv4Info(dissection: Dissection, layer: number): string {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const problem = dissection.problems[layer];
  const captured = dissection.ends[layer]! - at;
  if (problem === BAD_HEADER_LENGTH)
    return `Bogus IP header length (${ipv4.headerLength(view, at)}, must be at least ${ipv4.HEADER})`;
  if (problem === BAD_VERSION) return `Bogus IP version (${ipv4.version(view, at)}, must be 4)`;
  if (problem !== 0) {
    if (captured < ipv4.HEADER || !isTotalShort(view, at)) return '';
    return `Bogus IP length (${ipv4.totalLength(view, at)}, less than header length ${ipv4.headerLength(view, at)})`;
  }
  const protocol = ipv4.protocol(view, at);
  const name = ipProtocolName(protocol);
  if (ipv4.isFragment(view, at)) {
    const id = ipv4.identification(view, at).toString(16).padStart(4, '0');
    return `Fragmented IP protocol (proto=${name} ${protocol}, off=${ipv4.fragmentOffset(view, at)}, ID=${id})`;
  }
  return protocol === ipv4.TCP || protocol === ipv4.UDP || protocol === ipv4.ICMP ? '' : `${name} (${protocol})`;
}

/** `IPv6 no next header` */
export function ipv6Info(dissection: Dissection, layer: number): string {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (dissection.problems[layer] === TOO_SHORT)
    return `Invalid IPv6 header (${dissection.ends[layer]! - at} bytes, need exactly ${ipv6.HEADER})`;
  if (dissection.problems[layer] !== 0) return `Bogus IPv6 version (${ipv6.version(view, at)}, must be 6)`;
  const next = ipv6.nextHeader(view, at);
  if (next === 59) return 'IPv6 no next header';
  return next === ipv6.TCP || next === ipv6.UDP ? '' : `Unknown IP Protocol: ${ipProtocolName(next)} (${next})`;
}

/** Frames of which only the link layer is known. */
export function otherInfo(dissection: Dissection, layer: number, line: Columns): void {
  const protocol = dissection.protocols[layer];
  if (protocol === PROTOCOL.ETHERNET && dissection.problems[layer] === 0) {
    const type = ethernet.type(viewOf(dissection, layer), dissection.starts[layer]!);
    line.protocol = `0x${type.toString(16).padStart(4, '0')}`;
    line.info = 'Ethernet II';
  } else if (protocol === PROTOCOL.DATA || protocol === PROTOCOL.FRAME) {
    line.protocol = `LINKTYPE ${dissection.packet.linkType}`;
    line.info = `${dissection.packet.originalLength} bytes`;
  }
}
