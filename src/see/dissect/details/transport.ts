/** The detail trees of UDP, and of octets that no layer claims. */
import * as gre from '../../../wire/gre.ts';
import * as udp from '../../../wire/udp.ts';
import { bytesOf, type Dissection, has, viewOf } from '../dissection.ts';
import { checksumOf } from '../fields/checksum-status.ts';
import { hasStreamTimes } from '../fields/kinds.ts';
import { hexLines } from '../hex-dump.ts';
import { udpLengthProblem } from '../info/udp.ts';
import { isOverIpv6 } from '../layers/transport.ts';
import { PROTOCOL } from '../protocol.ts';
import { GRE_TYPES } from '../registries/gre-types.ts';
import { addStreamTimes } from './stream-times.ts';
import { addChecksum, bytesText, type ChecksumStyle, shortHex, type Tree } from './tree.ts';

const UDP_CHECKSUM: ChecksumStyle = {
  name: 'Checksum',
  status: 'Checksum Status',
  unverified: '[unverified]',
  bad: ' (maybe caused by "UDP checksum offload"?)',
  calculated: 'before',
};

/** A UDP layer. */
export function addUdp(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (!has(dissection, layer, 0, 4)) return;
  const source = udp.sourcePort(view, at);
  const destination = udp.destinationPort(view, at);
  tree.add(0, `User Datagram Protocol, Src Port: ${source}, Dst Port: ${destination}`);
  tree.add(1, `Source Port: ${source}`);
  tree.add(1, `Destination Port: ${destination}`);
  if (!has(dissection, layer, 4, 2)) return;
  const length = udp.length(view, at);
  const problem = udpLengthProblem(dissection, layer);
  if (problem === 'too small') {
    tree.add(1, `Length: ${length} (bogus, must be >= ${udp.HEADER})`);
    return;
  }
  const bogus = problem === 'too large' ? ` (bogus, payload length ${dissection.wireEnds[layer]! - at})` : '';
  tree.add(1, `Length: ${length}${bogus}`);
  if (!has(dissection, layer, 6, 2)) return;
  const checksum = udp.checksum(view, at);
  if (checksum === 0) {
    const isOptional = !isOverIpv6(dissection, layer);
    tree.add(1, `Checksum: 0x0000 [zero-value ${isOptional ? 'ignored' : 'illegal'}]`);
    tree.add(2, `[Checksum Status: ${isOptional ? 'Not present' : 'Illegal'}]`);
  } else addChecksum(tree, checksum, checksumOf('udp', dissection, layer), UDP_CHECKSUM);
  if (dissection.streams[layer]! >= 0) tree.add(1, `[Stream index: ${dissection.streams[layer]}]`);
  if (hasStreamTimes(dissection, layer)) addStreamTimes(tree, dissection, layer, '');
  const octets = dissection.ends[layer]! - dissection.payloads[layer]!;
  if (octets > 0) tree.add(1, `UDP payload (${bytesText(octets)})`);
}

/** Whether a layer is GRE of a type without a name: Wireshark shows the octets in its tree. */
const isUnknownInGre = (dissection: Dissection, layer: number): boolean =>
  dissection.protocols[layer] === PROTOCOL.GRE &&
  GRE_TYPES[gre.protocol(viewOf(dissection, layer), dissection.starts[layer]!)] === undefined;

/** Octets that no layer claims: their number, and inside ICMP and GRE the octets too, since that is where Wireshark shows them. */
export function addData(tree: Tree, dissection: Dissection, layer: number): void {
  const from = dissection.starts[layer]!;
  const to = dissection.ends[layer]!;
  const above = dissection.protocols[layer - 1];
  // Under a message of ICMP, or where GRE says nothing of it, it stands one step to the right.
  const isUnder = above === PROTOCOL.ICMP || above === PROTOCOL.ICMPV6 || isUnknownInGre(dissection, layer - 1);
  const level = isUnder ? 1 : 0;
  const bytes = bytesOf(dissection, layer, from, to);
  tree.add(level, `Data (${bytesText(to - from)})`);
  tree.lines.push('', ...hexLines(bytes));
  tree.add(level + 1, `Data: ${shortHex(bytes)}`);
  tree.add(level + 1, `[Length: ${bytes.length}]`);
}
