/** The Info column of frames that end at IPv4, IPv6 or a link layer. */
import type { TextSink } from '../../../core/text-sink.ts';
import * as ethernet from '../../../wire/ethernet.ts';
import * as hdlc from '../../../wire/hdlc.ts';
import * as ipv4 from '../../../wire/ipv4.ts';
import * as ipv6 from '../../../wire/ipv6.ts';
import * as extension from '../../../wire/ipv6-extension.ts';
import * as extensions from '../../../wire/ipv6-extensions.ts';
import * as ppp from '../../../wire/ppp.ts';
import { BAD_HEADER_LENGTH, BAD_VERSION, TOO_SHORT } from '../../../wire/problem.ts';
import * as vlan from '../../../wire/vlan.ts';
import { type Dissection, has, networkLayerBefore, viewOf } from '../dissection.ts';
import { isIpv6Fragment } from '../layers/ipv6.ts';
import { sllPacketType, sllProtocol } from '../layers/link.ts';
import { isEmptyIpv4, isTotalShort } from '../layers/network.ts';
import { LEAST_ETHER_TYPE } from '../layers/payload.ts';
import { packetTypeName } from '../link-names.ts';
import { ipProtocolName, pppProtocolName } from '../names.ts';
import { PROTOCOL } from '../protocol.ts';
import { ETHER_TYPES } from '../registries/ether-types.ts';

/** `Fragmented IP protocol (proto=UDP 17, off=1480, ID=a925)` */
export function ipv4Info(text: TextSink, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const problem = dissection.problems[layer];
  const captured = dissection.ends[layer]! - at;
  if (problem === BAD_HEADER_LENGTH)
    text.add(`Bogus IP header length (${ipv4.headerLength(view, at)}, must be at least ${ipv4.HEADER})`);
  else if (problem === BAD_VERSION)
    text.add(
      isAnyVersion(dissection, layer)
        ? `Bogus IP version (${ipv4.version(view, at)})`
        : `Bogus IPv4 version (${ipv4.version(view, at)}, must be 4)`,
    );
  else if (problem === 0) {
    if (!isEmptyIpv4(dissection, layer) && !isFollowed(dissection, layer)) ipv4Payload(text, view, at);
  } else if (captured >= ipv4.HEADER && isTotalShort(view, at))
    text.add(`Bogus IP length (${ipv4.totalLength(view, at)}, less than header length ${ipv4.headerLength(view, at)})`);
}

/** Whether a layer with a rule of its own stands behind, which was cut too early to have a line. */
const isFollowed = ({ protocols, depth }: Dissection, layer: number): boolean =>
  layer + 1 < depth && protocols[layer + 1] !== PROTOCOL.DATA;

/** What names the version of IP with an EtherType; all others leave it to the packet. */
const WITH_ETHER_TYPE: ReadonlySet<number> = new Set<number>([
  PROTOCOL.ETHERNET,
  PROTOCOL.VLAN,
  PROTOCOL.SERVICE_VLAN,
  PROTOCOL.SLL,
  PROTOCOL.LLC,
  PROTOCOL.GENEVE,
]);

/** Whether a layer of IPv4 is taken for that only because it is not IPv6: nothing in front of it says so. */
const isAnyVersion = ({ protocols }: Dissection, layer: number): boolean =>
  protocols[layer] === PROTOCOL.IPV4 && !WITH_ETHER_TYPE.has(protocols[layer - 1]!);

/** What an IPv4 packet carries that has no line of its own. */
function ipv4Payload(text: TextSink, view: DataView, at: number): void {
  const protocol = ipv4.protocol(view, at);
  const name = ipProtocolName(protocol);
  if (ipv4.isFragment(view, at)) {
    text.add(`Fragmented IP protocol (proto=${name} ${protocol}, off=${ipv4.fragmentOffset(view, at)}, ID=`);
    text.hex(ipv4.identification(view, at), 4);
    text.add(')');
  } else if (protocol !== ipv4.TCP && protocol !== ipv4.UDP && protocol !== ipv4.ICMP)
    text.add(`${name} (${protocol})`);
}

/** `IPv6 no next header` */
export function ipv6Info(text: TextSink, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (dissection.problems[layer] === TOO_SHORT) {
    if (dissection.ends[layer] === at || dissection.ends[layer]! < dissection.wireEnds[layer]!) return;
    text.add(`Invalid IPv6 header (${dissection.ends[layer]! - at} bytes, need exactly ${ipv6.HEADER})`);
    return;
  }
  if (dissection.problems[layer] !== 0) {
    text.add(`Bogus IPv6 version (${ipv6.version(view, at)}, must be 6)`);
    return;
  }
  nextInfo(text, ipv6.nextHeader(view, at));
}

/** What extension headers of IPv6 are called that are not whole. */
const EXTENSIONS: Readonly<Record<number, string>> = {
  [PROTOCOL.HOP_BY_HOP]: 'IPv6 hop-by-hop options',
  [PROTOCOL.ROUTING]: 'IPv6 routing',
  [PROTOCOL.DESTINATION_OPTIONS]: 'IPv6 destination options',
};

/** An IPv6 extension header behind which nothing has a line of its own. */
export function extensionInfo(text: TextSink, dissection: Dissection, layer: number): void {
  const isWhole = dissection.problems[layer] === 0;
  if (isWhole && !isFollowed(dissection, layer))
    return nextInfo(text, extension.nextHeader(viewOf(dissection, layer), dissection.starts[layer]!));
  if (hasNoLength(dissection, layer)) text.add('Invalid IPv6 payload length , ');
  text.add(chainText(dissection, layer));
}

/** The headers in a row that end with a layer which is not whole, or behind which one was cut too early to have a line. */
function chainText({ protocols }: Dissection, layer: number): string {
  let text = EXTENSIONS[protocols[layer]!]!;
  for (let before = layer - 1; EXTENSIONS[protocols[before]!] !== undefined; before--)
    text = `${EXTENSIONS[protocols[before]!]} , ${text}`;
  return text;
}

/** Whether hop-by-hop options are not whole since the header of IPv6 in front of them says that nothing follows. */
const hasNoLength = (dissection: Dissection, layer: number): boolean =>
  dissection.problems[layer] !== 0 &&
  dissection.protocols[layer] === PROTOCOL.HOP_BY_HOP &&
  dissection.protocols[layer - 1] === PROTOCOL.IPV6 &&
  ipv6.payloadLength(viewOf(dissection, layer - 1), dissection.starts[layer - 1]!) === 0;

/** `AH (SPI=0x00000001)`, of a header that is not whole. */
export function authenticationInfo(text: TextSink, dissection: Dissection, layer: number): void {
  const at = dissection.starts[layer]!;
  if (dissection.problems[layer] === 0) {
    const next = extension.nextHeader(viewOf(dissection, layer), at);
    if (next === NO_NEXT_HEADER) nextInfo(text, next);
    return;
  }
  if (dissection.ends[layer]! - at < AUTHENTICATION_INDEX + 4) return;
  text.add('AH (SPI=0x');
  text.hex(viewOf(dissection, layer).getUint32(at + AUTHENTICATION_INDEX), 8);
  text.add(')');
}

/** Octets of an authentication header in front of its security parameters index (RFC 4302 §2). */
const AUTHENTICATION_INDEX = 4;

/** `IPv6 fragment (off=0 more=y ident=0xdeadbeef nxt=17)` */
export function fragmentInfo(text: TextSink, dissection: Dissection, layer: number): void {
  if (dissection.problems[layer] !== 0) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (!isIpv6Fragment(view, at)) return nextInfo(text, extension.nextHeader(view, at));
  text.add(
    `IPv6 fragment (off=${extensions.fragmentOffset(view, at)} more=${extensions.moreFragments(view, at) ? 'y' : 'n'} ident=0x`,
  );
  text.hex(extensions.fragmentIdentification(view, at) >>> 0, 8);
  text.add(` nxt=${extension.nextHeader(view, at)})`);
}

/** Nothing follows (RFC 8200 §4.7). */
const NO_NEXT_HEADER = 59;

function nextInfo(text: TextSink, next: number): void {
  if (next === NO_NEXT_HEADER) text.add('IPv6 no next header');
  else if (next !== ipv6.TCP && next !== ipv6.UDP) text.add(`Unknown IP Protocol: ${ipProtocolName(next)} (${next})`);
}

/** Writes the Protocol column of a frame of which only the link layer is known. @returns false where the layer's own name serves */
export function writeOther(text: TextSink, dissection: Dissection, layer: number): boolean {
  const protocol = dissection.protocols[layer];
  if (dissection.problems[layer] === BAD_VERSION && isAnyVersion(dissection, layer)) {
    text.add('IP');
    return true;
  }
  // Headers of IPv6 behind IPv4 do not make it IPv6.
  if (isExtension(protocol!) && isBehindIpv4(dissection, layer)) {
    text.add('IPv4');
    return true;
  }
  if (isExtension(protocol!) && isAuthenticated(dissection, layer)) {
    text.add('AH');
    return true;
  }
  const type = typeOf(dissection, layer);
  if (type >= 0) {
    text.add('0x');
    text.hex(type, 4);
    return true;
  }
  const line = lineProtocol(dissection, layer);
  if (line >= 0) {
    text.add('0x');
    text.hex(line, 4);
    return true;
  }
  if (protocol !== PROTOCOL.DATA && protocol !== PROTOCOL.FRAME) return false;
  text.add(`LINKTYPE ${dissection.packet.linkType}`);
  return true;
}

const isExtension = (protocol: number): boolean => EXTENSIONS[protocol] !== undefined || protocol === PROTOCOL.FRAGMENT;

/** Whether an authentication header stands in the packet in front of one of its other headers. */
function isAuthenticated({ protocols }: Dissection, layer: number): boolean {
  let before = layer - 1;
  while (before > 0 && isExtension(protocols[before]!)) before--;
  return protocols[before] === PROTOCOL.AUTHENTICATION;
}

function isBehindIpv4(dissection: Dissection, layer: number): boolean {
  const network = networkLayerBefore(dissection, layer);
  return network >= 0 && dissection.protocols[network] === PROTOCOL.IPV4;
}

/** Frames of which only the link layer is known. */
export function otherInfo(text: TextSink, dissection: Dissection, layer: number): void {
  const protocol = dissection.protocols[layer];
  const type = typeOf(dissection, layer);
  const name = type >= LEAST_ETHER_TYPE ? ETHER_TYPES[type] : undefined;
  if (name !== undefined) text.add(name);
  else if (protocol === PROTOCOL.ETHERNET && type >= 0) text.add('Ethernet II');
  else if (protocol === PROTOCOL.SLL) {
    if (dissection.problems[layer] === 0) text.add(packetTypeName(sllPacketType(dissection, layer)));
  } else if (protocol === PROTOCOL.VLAN || protocol === PROTOCOL.SERVICE_VLAN) tagInfo(text, dissection, layer);
  else if (protocol === PROTOCOL.DATA || protocol === PROTOCOL.FRAME)
    text.add(`${dissection.packet.originalLength} bytes`);
  else if (protocol === PROTOCOL.PPP) {
    const line = lineProtocol(dissection, layer);
    if (line >= 0) text.add(`PPP ${pppProtocolName(line)} (0x${line.toString(16).padStart(4, '0')})`);
  }
}

/** The number of what a line carries that has no rule, which may be nothing; -1: the layer is no line, or not whole. */
function lineProtocol(dissection: Dissection, layer: number): number {
  const protocol = dissection.protocols[layer];
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  if (dissection.problems[layer] !== 0) return -1;
  if (layer + 1 < dissection.depth && dissection.protocols[layer + 1] !== PROTOCOL.DATA) return -1;
  if (protocol === PROTOCOL.HDLC) return hdlc.protocol(view, at);
  return protocol === PROTOCOL.PPP ? ppp.protocol(view, at + ppp.framing(view, at, end)) : -1;
}

/** The EtherType, or length, of a frame or tag behind which nothing has a line of its own; -1: the layer has none, or is not whole. */
function typeOf(dissection: Dissection, layer: number): number {
  if (dissection.problems[layer] !== 0) return -1;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  switch (dissection.protocols[layer]) {
    case PROTOCOL.ETHERNET:
      return ethernet.type(view, at);
    case PROTOCOL.VLAN:
      return vlan.type(view, at) >= LEAST_ETHER_TYPE ? vlan.type(view, at) : -1;
    case PROTOCOL.SERVICE_VLAN:
      return vlan.serviceType(view, at);
    case PROTOCOL.SLL:
      return sllProtocol(dissection, layer) >= LEAST_ETHER_TYPE ? sllProtocol(dissection, layer) : -1;
    default:
      return -1;
  }
}

/** `PRI: 0  DEI: 0  ID: 5` */
function tagInfo(text: TextSink, dissection: Dissection, layer: number): void {
  if (!has(dissection, layer, 0, 2)) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const drop = Number(vlan.dropEligible(view, at));
  const middle = dissection.protocols[layer] === PROTOCOL.VLAN ? `DEI: ${drop}  ID` : `DROP: ${drop} ID`;
  text.add(`PRI: ${vlan.priority(view, at)}  ${middle}: ${vlan.identifier(view, at)}`);
}
