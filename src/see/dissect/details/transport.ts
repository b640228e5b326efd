/** The detail trees of UDP and ICMP, and of octets that no layer claims. */
import { formatIpv4 } from '../../../wire/address.ts';
import * as icmp from '../../../wire/icmp.ts';
import * as udp from '../../../wire/udp.ts';
import { bytesOf, type Dissection, has, viewOf } from '../dissection.ts';
import { checksumOf } from '../fields/checksum-status.ts';
import { sinceText } from '../fields/frame.ts';
import { pingTimeOf } from '../fields/transport.ts';
import { hexLines } from '../hex-dump.ts';
import { udpLengthProblem } from '../info/udp.ts';
import { hasIdentifier, isOverIpv6, quotes, SOURCE_QUENCH } from '../layers/transport.ts';
import { icmpCodeName, icmpTypeName } from '../names.ts';
import { hexOf } from '../numbers.ts';
import { PROTOCOL } from '../protocol.ts';
import { utcText } from '../time-text.ts';
import { addStreamTimes } from './stream-times.ts';
import { addChecksum, bytesText, type ChecksumStyle, hex, shortHex, type Tree } from './tree.ts';

const UDP_CHECKSUM: ChecksumStyle = {
  name: 'Checksum',
  status: 'Checksum Status',
  unverified: '[unverified]',
  bad: ' (maybe caused by "UDP checksum offload"?)',
  calculated: 'before',
};

const ICMP_CHECKSUM: ChecksumStyle = {
  name: 'Checksum',
  status: 'Checksum Status',
  unverified: '[unverified] [in ICMP error packet]',
  bad: '',
  calculated: 'no',
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
  if (dissection.streams[layer]! >= 0 && dissection.quoted[layer] === 0) addStreamTimes(tree, dissection, layer, '');
  const octets = dissection.ends[layer]! - dissection.payloads[layer]!;
  if (octets > 0) tree.add(1, `UDP payload (${bytesText(octets)})`);
}

/** An ICMP layer. What it quotes follows as layers of its own, one level in. */
export function addIcmp(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  tree.add(0, 'Internet Control Message Protocol');
  if (dissection.problems[layer] !== 0) return;
  const type = icmp.type(view, at);
  const code = icmp.code(view, at);
  const codeName = icmpCodeName(type, code);
  tree.add(1, `Type: ${type} (${icmpTypeName(type) ?? 'Unknown'})`);
  tree.add(1, codeName === undefined ? `Code: ${code}` : `Code: ${code} (${codeName})`);
  addIcmpChecksum(tree, dissection, layer);
  if (hasIdentifier(type)) {
    addIdentifier(tree, view, at);
    if (dissection.echoFrame > 0) {
      tree.add(1, `[Request frame: ${dissection.echoFrame}]`);
      tree.add(1, `[Response time: ${(dissection.echoTime / 1e6).toFixed(3)} ms]`);
    }
    addPingTime(tree, dissection, layer);
  } else if (type === icmp.DESTINATION_UNREACHABLE && code === icmp.FRAGMENTATION_NEEDED) {
    tree.add(1, `Unused: ${hexOf(bytesOf(dissection, layer, at + 4, at + 6))}`);
    tree.add(1, `MTU of next hop: ${icmp.nextHopMtu(view, at)}`);
  } else if (type === icmp.REDIRECT) tree.add(1, `Gateway Address: ${formatIpv4(icmp.rest(view, at))}`);
  else if (type === icmp.PARAMETER_PROBLEM) {
    tree.add(1, `Pointer: ${view.getUint8(at + 4)}`);
    tree.add(1, `Unused: ${hexOf(bytesOf(dissection, layer, at + 5, at + 8))}`);
  } else if (quotes(type) && type !== SOURCE_QUENCH)
    tree.add(1, `Unused: ${hexOf(bytesOf(dissection, layer, at + 4, at + 8))}`);
}

function addPingTime(tree: Tree, dissection: Dissection, layer: number): void {
  const sent = pingTimeOf(dissection, layer);
  if (sent === undefined) return;
  tree.add(1, `Timestamp from icmp data: ${utcText(sent.seconds, sent.nanoseconds)}`);
  tree.add(1, `[Timestamp from icmp data (relative): ${sinceText(dissection, sent)} seconds]`);
}

function addIcmpChecksum(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  addChecksum(tree, icmp.checksum(view, at), checksumOf('icmp', dissection, layer), ICMP_CHECKSUM);
}

function addIdentifier(tree: Tree, view: DataView, at: number): void {
  for (const [name, offset] of [
    ['Identifier', 4],
    ['Sequence Number', 6],
  ] as const) {
    const big = view.getUint16(at + offset);
    const little = view.getUint16(at + offset, true);
    tree.add(1, `${name} (BE): ${big} (${hex(big, 4)})`);
    tree.add(1, `${name} (LE): ${little} (${hex(little, 4)})`);
  }
}

/** Octets that no layer claims: their number, and inside ICMP the octets too, since that is where Wireshark shows them. */
export function addData(tree: Tree, dissection: Dissection, layer: number): void {
  const from = dissection.starts[layer]!;
  const to = dissection.ends[layer]!;
  const above = dissection.protocols[layer - 1];
  const inIcmp = above === PROTOCOL.ICMP || above === PROTOCOL.ICMPV6;
  const size = `Data (${bytesText(to - from)})`;
  if (!inIcmp) {
    tree.add(0, size);
    return;
  }
  const bytes = bytesOf(dissection, layer, from, to);
  tree.add(1, size);
  tree.lines.push('', ...hexLines(bytes));
  tree.add(2, `Data: ${shortHex(bytes)}`);
  tree.add(2, `[Length: ${bytes.length}]`);
}
