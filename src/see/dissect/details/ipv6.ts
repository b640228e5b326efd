/** The detail trees of IPv6, its extension headers, and ICMPv6. */
import { formatIpv6 } from '../../../wire/address.ts';
import * as icmp from '../../../wire/icmp.ts';
import * as icmpv6 from '../../../wire/icmpv6.ts';
import * as ipv6 from '../../../wire/ipv6.ts';
import * as extension from '../../../wire/ipv6-extension.ts';
import * as extensions from '../../../wire/ipv6-extensions.ts';
import { type Dissection, datagramOf, has, octetsOf, viewOf } from '../dissection.ts';
import { originalLength6 } from '../icmp-extension-place.ts';
import { icmpv6CodeName, icmpv6TypeName } from '../icmpv6-names.ts';
import { dscpName, ecnName, ipProtocolName } from '../names.ts';
import { hexOf } from '../numbers.ts';
import { PROTOCOL, PROTOCOLS } from '../protocol.ts';
import { addIcmpChecksum, addProbed } from './icmp.ts';
import { addAddressParts } from './ipv6-addresses.ts';
import { addIpv6Options, addRouting, routingTitle } from './ipv6-options.ts';
import { addListener, addListenerReport, addNeighborOptions, addRouterAdvertisement } from './neighbor-options.ts';
import { addFragments } from './network.ts';
import { addFlags, bits, type Flags, flagNames, hex, type Tree } from './tree.ts';

/** An IPv6 layer; of a header that was cut what is there. */
export function addIpv6(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const captured = dissection.ends[layer]! - at;
  const source = captured >= 24 ? formatIpv6(view, ipv6.sourceAt(at)) : '';
  const destination = captured >= ipv6.HEADER ? formatIpv6(view, ipv6.destinationAt(at)) : '';
  tree.add(0, `Internet Protocol Version 6${destination && `, Src: ${source}, Dst: ${destination}`}`);
  tree.add(1, `${bits(view.getUint8(at), 0xf0, 8)} = Version: ${ipv6.version(view, at)}`);
  if (captured < 4) return;
  addFirstWord(tree, view, at);
  // Wireshark looks at what follows before it says how much.
  if (captured < 7) return;
  const next = ipv6.nextHeader(view, at);
  tree.add(1, `Payload Length: ${ipv6.payloadLength(view, at)}`);
  tree.add(1, `Next Header: ${ipProtocolName(next)} (${next})`);
  if (captured >= 8) tree.add(1, `Hop Limit: ${ipv6.hopLimit(view, at)}`);
  if (source !== '') tree.add(1, `Source Address: ${source}`);
  if (destination === '') return;
  tree.add(1, `Destination Address: ${destination}`);
  addAddressParts(tree, view, ipv6.sourceAt(at), ipv6.destinationAt(at));
}

function addFirstWord(tree: Tree, view: DataView, at: number): void {
  const word = view.getUint32(at);
  const services = ipv6.trafficClass(view, at);
  const [shortDscp, longDscp] = dscpName(services >>> 2);
  const [shortEcn, longEcn] = ecnName(services & 3);
  const label = ipv6.flowLabel(view, at);
  const inWord = (mask: number): string => bits(word, mask, 32).slice(5);
  tree.add(
    1,
    `.... ${inWord(0x0ff0_0000)} = Traffic Class: ${hex(services, 2)} (DSCP: ${shortDscp}, ECN: ${shortEcn})`,
  );
  tree.add(2, `.... ${inWord(0x0fc0_0000)} = Differentiated Services Codepoint: ${longDscp} (${services >>> 2})`);
  tree.add(2, `.... ${inWord(0x0030_0000)} = Explicit Congestion Notification: ${longEcn} (${services & 3})`);
  tree.add(1, `.... ${bits(label, 0xf_ffff, 20)} = Flow Label: 0x${label.toString(16).padStart(5, '0')}`);
}

/** An extension header, which hangs under the header of IPv6. */
export function addExtension(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const isRouting = dissection.protocols[layer] === PROTOCOL.ROUTING;
  const isWhole = dissection.problems[layer] === 0;
  tree.add(1, PROTOCOLS[dissection.protocols[layer]!]!.title + (isRouting && isWhole ? routingTitle(view, at) : ''));
  if (!isWhole) return;
  const next = extension.nextHeader(view, at);
  tree.add(
    2,
    `${dissection.protocols[layer] === PROTOCOL.FRAGMENT ? 'Next header' : 'Next Header'}: ${ipProtocolName(next)} (${next})`,
  );
  if (dissection.protocols[layer] === PROTOCOL.FRAGMENT) return addFragmentHeader(tree, dissection, layer);
  const field = extension.lengthField(view, at);
  tree.add(2, `Length: ${field}`);
  tree.add(2, `[Length: ${extension.length(view, at)} bytes]`);
  const end = dissection.payloads[layer]!;
  if (isRouting) addRouting(tree, view, at, end);
  else addIpv6Options(tree, view, at, end);
}

function addFragmentHeader(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const word = view.getUint16(at + 2);
  const offset = extensions.fragmentOffset(view, at);
  tree.add(2, `Reserved octet: ${hex(view.getUint8(at + 1), 2)}`);
  tree.add(2, `${bits(word, 0xfff8, 16)} = Offset: ${offset / 8} (${offset} bytes)`);
  tree.add(2, `${bits(word, 0x0006, 16)} = Reserved bits: ${(word >>> 1) & 3}`);
  tree.add(2, `${bits(word, 0x0001, 16)} = More Fragments: ${word & 1 ? 'Yes' : 'No'}`);
  tree.add(2, `Identification: ${hex(extensions.fragmentIdentification(view, at) >>> 0, 8)}`);
  const datagram = datagramOf(dissection, layer);
  if (datagram !== undefined) addFragments(tree, datagram, 'IPv6');
}

/** An ICMPv6 layer. What it quotes follows as layers of its own, one level in. */
export function addIcmpv6(tree: Tree, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  tree.add(0, 'Internet Control Message Protocol v6');
  const captured = dissection.ends[layer]! - at;
  if (captured < 1) return;
  const type = icmp.type(view, at);
  tree.add(1, `Type: ${icmpv6TypeName(type) ?? 'Unknown'} (${type})`);
  if (captured < 2) return;
  const code = icmp.code(view, at);
  const codeName = icmpv6CodeName(type, code);
  tree.add(1, codeName === undefined ? `Code: ${code}` : `Code: ${code} (${codeName})`);
  if (captured < 4) return;
  addIcmpChecksum(tree, 'icmpv6', dissection, layer);
  const isEcho = type === icmpv6.ECHO_REQUEST || type === icmpv6.ECHO_REPLY;
  if (isEcho && captured >= 6) tree.add(1, `Identifier: ${hex(icmp.identifier(view, at), 4)}`);
  if (!has(dissection, layer, 0, 8)) return;
  if (isEcho) {
    tree.add(1, `Sequence: ${icmp.sequence(view, at)}`);
    if (dissection.echoFrame > 0) {
      tree.add(1, `[Response To: ${dissection.echoFrame}]`);
      tree.add(1, `[Response Time: ${(dissection.echoTime / 1e6).toFixed(3)} ms]`);
    }
  } else if (type === icmpv6.PACKET_TOO_BIG) tree.add(1, `MTU: ${icmpv6.mtu(view, at)}`);
  else if (type === icmpv6.PARAMETER_PROBLEM) tree.add(1, `Pointer: ${icmpv6.mtu(view, at)}`);
  else if (type === icmpv6.NEIGHBOUR_ADVERTISEMENT) addAdvertisement(tree, view, at);
  else if (type === icmpv6.ROUTER_ADVERTISEMENT && has(dissection, layer, 0, 16))
    addRouterAdvertisement(tree, view, at);
  else if (type === icmpv6.LISTENER_REPORT_2) addListenerReport(tree, dissection, layer);
  else if (type >= icmpv6.LISTENER_QUERY && type <= icmpv6.LISTENER_DONE)
    addListener(tree, dissection, layer, type === icmpv6.LISTENER_QUERY);
  else if (originalLength6(view, at) > 0) {
    tree.add(1, `Length of original datagram: ${originalLength6(view, at) / 8}`);
    tree.add(1, `Reserved: ${hexOf(octetsOf(view, at + 5, at + 8))}`);
  } else if (type === icmpv6.EXTENDED_ECHO_REQUEST || type === icmpv6.EXTENDED_ECHO_REPLY) {
    tree.add(1, `Identifier: ${hex(icmp.identifier(view, at), 4)}`);
    tree.add(1, `Sequence number: ${view.getUint8(at + 6)} (${hex(view.getUint8(at + 6), 2)})`);
    addProbed(tree, view.getUint8(at + 7), type === icmpv6.EXTENDED_ECHO_REPLY);
    return;
  } else if (
    icmpv6.isError(type) ||
    type === icmpv6.NEIGHBOUR_SOLICITATION ||
    type === icmpv6.ROUTER_SOLICITATION ||
    type === icmpv6.REDIRECT
  )
    tree.add(1, `Reserved: ${hexOf(octetsOf(view, at + 4, at + 8))}`);
  const hasTarget =
    type === icmpv6.NEIGHBOUR_SOLICITATION || type === icmpv6.NEIGHBOUR_ADVERTISEMENT || type === icmpv6.REDIRECT;
  if (hasTarget && has(dissection, layer, 8, 16)) tree.add(1, `Target Address: ${formatIpv6(view, at + 8)}`);
  if (type === icmpv6.REDIRECT && has(dissection, layer, 24, 16))
    tree.add(1, `Destination Address: ${formatIpv6(view, at + 24)}`);
  addNeighborOptions(tree, dissection, layer);
}

function addAdvertisement(tree: Tree, view: DataView, at: number): void {
  const word = view.getUint32(at + 4);
  const flags: Flags = [
    [0x8000_0000, 'Router'],
    [0x4000_0000, 'Solicited'],
    [0x2000_0000, 'Override'],
  ];
  tree.add(1, `Flags: ${hex(word, 8)}${flagNames(word, flags)}`);
  addFlags(tree, 2, word, 32, flags);
  tree.add(2, `${bits(word, 0x1fff_ffff, 32)} = Reserved: ${word & 0x1fff_ffff}`);
}
