/** Octets in front of what an error of ICMP quotes that mean nothing. Read first: RFC 792; RFC 1191 §4; RFC 4884 §4. */
import * as icmp from '../../wire/icmp.ts';
import { originalLength } from './icmp-extension-place.ts';
import { quotes } from './layers/transport.ts';

/** Where they are, from the header's beginning: none, one or two runs. As in Wireshark none are told of a source quench. */
export function unusedIn(view: DataView, at: number): readonly (readonly [from: number, to: number])[] {
  const type = icmp.type(view, at);
  if (!quotes(type) || type === icmp.REDIRECT || type === icmp.SOURCE_QUENCH) return [];
  const isPointed = type === icmp.PARAMETER_PROBLEM;
  const hasMtu = type === icmp.DESTINATION_UNREACHABLE && icmp.code(view, at) === icmp.FRAGMENTATION_NEEDED;
  if (originalLength(view, at) === 0) return [[isPointed ? 5 : 4, hasMtu ? 6 : 8]];
  if (isPointed) return [[6, 8]];
  return hasMtu
    ? [[4, 5]]
    : [
        [4, 5],
        [6, 8],
      ];
}
