/** The detail tree of IPv4. */
import { formatIpv4 } from '../../../wire/address.ts';
import * as ipv4 from '../../../wire/ipv4.ts';
import { finalDestination } from '../../../wire/ipv4-options.ts';
import { BAD_HEADER_LENGTH, BAD_VERSION } from '../../../wire/problem.ts';
import { CONFLICT, type Datagram, FRAGMENT, OTHER_TAIL, OVERLAP, TOO_LONG } from '../datagrams.ts';
import { type Dissection, datagramOf, has, viewOf } from '../dissection.ts';
import { checksumOf } from '../fields/checksum-status.ts';
import { totalLength } from '../fields/network.ts';
import { isTotalShort } from '../layers/network.ts';
import { dscpName, ecnName, ipProtocolName } from '../names.ts';
import { addIpv4Options } from './ipv4-options.ts';
import { addChecksum, bits, type ChecksumStyle, hex, set, shortHex, type Tree } from './tree.ts';

/** `Internet Protocol Version 4, Src: 127.0.0.1, Dst: 127.0.0.1` */
function ipv4Title(dissection: Dissection, layer: number): string {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  // What is quoted need not be IPv4: Wireshark looks at the version first.
  if (dissection.quoted[layer] === 1 && dissection.problems[layer] === BAD_VERSION)
    return `Internet Protocol, bogus version (${ipv4.version(view, at)})`;
  let text = 'Internet Protocol Version 4';
  if (has(dissection, layer, 12, 4)) text += `, Src: ${formatIpv4(ipv4.source(view, at))}`;
  if (!has(dissection, layer, 16, 4)) return text;
  const destination = formatIpv4(ipv4.destination(view, at));
  const final = dissection.problems[layer] === 0 ? finalDestination(view, at, dissection.payloads[layer]!) : undefined;
  return final === undefined
    ? `${text}, Dst: ${destination}`
    : `${text}, Dst: ${formatIpv4(final)}, Via: ${destination}`;
}

const CHECKSUM: ChecksumStyle = {
  name: 'Header Checksum',
  status: 'Header checksum status',
  unverified: '[validation disabled]',
  bad: '(may be caused by "IP checksum offload"?)',
  calculated: 'behind',
};

/** An IPv4 layer. */
export function addIpv4(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const captured = (offset: number, octets: number): boolean => has(dissection, layer, offset, octets);
  const headerLength = ipv4.headerLength(view, at);
  tree.add(0, ipv4Title(dissection, layer));
  const first = view.getUint8(at);
  tree.add(1, `${bits(first, 0xf0, 8)} = Version: ${ipv4.version(view, at)}`);
  if (dissection.problems[layer] === BAD_VERSION) return;
  tree.add(1, `${bits(first, 0x0f, 8)} = Header Length: ${headerLength} bytes (${headerLength / 4})`);
  if (dissection.problems[layer] === BAD_HEADER_LENGTH || !captured(1, 1)) return;
  addServices(tree, view, at);
  if (!captured(2, 2)) return;
  addTotalLength(tree, dissection, layer);
  if (!captured(4, 2)) return;
  const id = ipv4.identification(view, at);
  tree.add(1, `Identification: ${hex(id, 4)} (${id})`);
  if (!captured(6, 2)) return;
  addFlags(tree, view, at);
  if (captured(8, 1)) tree.add(1, `Time to Live: ${ipv4.timeToLive(view, at)}`);
  if (!captured(9, 1)) return;
  const protocol = ipv4.protocol(view, at);
  tree.add(1, `Protocol: ${ipProtocolName(protocol)} (${protocol})`);
  if (!captured(10, 2)) return;
  addChecksum(tree, ipv4.checksum(view, at), checksumOf('ip', dissection, layer), CHECKSUM);
  if (captured(12, 4)) tree.add(1, `Source Address: ${formatIpv4(ipv4.source(view, at))}`);
  if (captured(16, 4)) {
    const isRouted =
      dissection.problems[layer] === 0 && finalDestination(view, at, dissection.payloads[layer]!) !== undefined;
    tree.add(1, `${isRouted ? 'Current Route' : 'Destination Address'}: ${formatIpv4(ipv4.destination(view, at))}`);
  }
  if (dissection.problems[layer] === 0 && headerLength > ipv4.HEADER)
    addIpv4Options(tree, view, at, dissection.payloads[layer]!);
  const datagram = datagramOf(dissection, layer);
  if (datagram !== undefined) addFragments(tree, datagram, 'IPv4');
}

function addServices(tree: Tree, view: DataView, at: number): void {
  const services = view.getUint8(at + 1);
  const dscp = ipv4.dscp(view, at);
  const ecn = ipv4.ecn(view, at);
  const [shortDscp, longDscp] = dscpName(dscp);
  const [shortEcn, longEcn] = ecnName(ecn);
  tree.add(1, `Differentiated Services Field: ${hex(services, 2)} (DSCP: ${shortDscp}, ECN: ${shortEcn})`);
  tree.add(2, `${bits(services, 0xfc, 8)} = Differentiated Services Codepoint: ${longDscp} (${dscp})`);
  tree.add(2, `${bits(services, 0x03, 8)} = Explicit Congestion Notification: ${longEcn} (${ecn})`);
}

function addTotalLength(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const total = ipv4.totalLength(view, at);
  if (isTotalShort(view, at))
    tree.add(1, `Total Length: ${total} bytes (bogus, less than header length ${ipv4.headerLength(view, at)})`);
  else if (total === 0)
    tree.add(
      1,
      `[Total Length: ${totalLength(dissection, layer)} bytes (reported as 0, presumed to be because of "TCP segmentation offload" (TSO))]`,
    );
  else tree.add(1, `Total Length: ${total}`);
}

function addFlags(tree: Tree, view: DataView, at: number): void {
  const word = ipv4.flagsAndOffset(view, at);
  const flags = word >>> 13;
  const doNot = (flags & 2) !== 0;
  const more = (flags & 1) !== 0;
  const names = `${flags & 4 ? ', Reserved bit' : ''}${doNot ? ", Don't fragment" : ''}${more ? ', More fragments' : ''}`;
  tree.add(1, `${bits(word >>> 8, 0xe0, 8)} = Flags: ${hex(flags, 1)}${names}`);
  tree.add(2, `${bits(word >>> 8, 0x80, 8)} = Reserved bit: ${set((flags & 4) !== 0)}`);
  tree.add(2, `${bits(word >>> 8, 0x40, 8)} = Don't fragment: ${set(doNot)}`);
  tree.add(2, `${bits(word >>> 8, 0x20, 8)} = More fragments: ${set(more)}`);
  tree.add(1, `${bits(word, 0x1fff, 16)} = Fragment Offset: ${ipv4.fragmentOffset(view, at)}`);
}

/** What is wrong with a fragment, in words. */
const FAULTS: readonly (readonly [bit: number, text: string])[] = [
  [OVERLAP, 'Fragment overlap'],
  [CONFLICT, 'Conflicting data in fragment overlap'],
  [OTHER_TAIL, 'Multiple tail fragments found'],
  [TOO_LONG, 'Fragment too long'],
];

/** The fragments of a datagram. */
export function addFragments(
  tree: Tree,
  { fragments, fragmentCount, bytes, length }: Datagram,
  version: 'IPv4' | 'IPv6',
): void {
  const all = Array.from({ length: fragmentCount }, (_, i) => fragments.subarray(FRAGMENT * i, FRAGMENT * (i + 1)));
  const list = all.map(([frame, , size]) => `#${frame}(${size})`).join(', ');
  tree.add(1, `[${fragmentCount} ${version} Fragments (${length} bytes): ${list}]`);
  for (const [frame = 0, offset = 0, size = 0, faults = 0] of all) {
    tree.add(2, `[Frame: ${frame}, payload: ${offset}-${offset + size - 1} (${size} bytes)]`);
    for (const [bit, text] of FAULTS) if (faults & bit) tree.add(3, `[${text}: True]`);
  }
  tree.add(2, `[Fragment count: ${fragmentCount}]`);
  tree.add(2, `[Reassembled ${version} length: ${length}]`);
  tree.add(2, `[Reassembled ${version} data: ${shortHex(bytes.subarray(0, length))}]`);
}
