/** The Info column of a UDP datagram. */
import type { TextSink } from '../../../core/text-sink.ts';
import * as udp from '../../../wire/udp.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import { isInFragment } from '../layers/network.ts';
import { isOverIpv6 } from '../layers/transport.ts';

/** What is wrong with a datagram's length field. */
export function udpLengthProblem(dissection: Dissection, layer: number): 'too small' | 'too large' | undefined {
  const at = dissection.starts[layer]!;
  const length = udp.length(viewOf(dissection, layer), at);
  const available = dissection.wireEnds[layer]! - at;
  if (length < udp.HEADER && (length !== 0 || dissection.problems[layer] !== 0)) return 'too small';
  return length > available && dissection.quoted[layer] === 0 && !isInFragment(dissection, layer)
    ? 'too large'
    : undefined;
}

/** `40000 → 50001 Len=5` */
export function udpInfo(text: TextSink, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  text.decimal(udp.sourcePort(view, at));
  text.add(' → ');
  text.decimal(udp.destinationPort(view, at));
  if (!has(dissection, layer, 0, 6)) return;
  const length = udp.length(view, at);
  const problem = udpLengthProblem(dissection, layer);
  if (problem === 'too small') text.add(` [BAD UDP LENGTH ${length} < ${udp.HEADER}]`);
  if (problem === 'too small') return;
  if (problem === 'too large') text.add(` [BAD UDP LENGTH ${length} > IP PAYLOAD LENGTH]`);
  text.add(' Len=');
  text.decimal((length === 0 ? dissection.wireEnds[layer]! - at : length) - udp.HEADER);
  // A checksum is not optional there (RFC 8200 §8.1).
  const isIllegal = has(dissection, layer, 6, 2) && udp.checksum(view, at) === 0 && isOverIpv6(dissection, layer);
  if (isIllegal) text.add(' [ILLEGAL CHECKSUM (0)]');
}
