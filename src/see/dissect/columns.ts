/**
 * The columns of the packet list: No., Time, Source, Destination, Protocol, Length, Info of a frame, as `tshark -n` prints them. Labels in square brackets
 * that come from analysis ([TCP Retransmission] ...) are not made here; who has them puts them before `info`. All of it is written as
 * octets into a sink; strings are made from that where somebody wants them. Not here: the line that they make (packet-list.ts).
 */
import { type TextSink, textOf, utf8 } from '../../core/text-sink.ts';
import { writeIpv4, writeIpv6, writeMac } from '../../wire/address.ts';
import * as ethernet from '../../wire/ethernet.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { HEADER_CUT, TOO_SHORT } from '../../wire/problem.ts';
import * as udp from '../../wire/udp.ts';
import * as wlan from '../../wire/wlan.ts';
import { isCutDiscovery } from './broken.ts';
import type { Hint } from './column-hint.ts';
import { type Dissection, has, viewOf } from './dissection.ts';
import { hasMultipath } from './fields/tcp-options.ts';
import { dhcpInfo, dnsColumn, dnsInfo } from './info/application.ts';
import { arpColumn, arpInfo } from './info/arp.ts';
import { hintOf } from './info/hint.ts';
import { icmpInfo } from './info/icmp.ts';
import { icmpv6Info } from './info/icmpv6.ts';
import { chapInfo, papInfo, pppControlInfo, slarpInfo } from './info/line.ts';
import { llcInfo, wlanInfo } from './info/link.ts';
import {
  authenticationInfo,
  extensionInfo,
  fragmentInfo,
  ipv4Info,
  ipv6Info,
  otherInfo,
  writeOther,
} from './info/network.ts';
import { tcpInfo, tcpSuffix } from './info/tcp.ts';
import { geneveInfo, greInfo, mplsInfo, pppoeInfo } from './info/tunnel.ts';
import { udpInfo } from './info/udp.ts';
import { protocolOfPorts } from './layers/application.ts';
import { sllAddressAt, sllAddressLength } from './layers/link.ts';
import { isTotalShort } from './layers/network.ts';
import { isQuotation, quotes } from './layers/transport.ts';
import { UTC, writeTime } from './list-time.ts';
import { PPP_CONTROL, PROTOCOL, PROTOCOLS } from './protocol.ts';

/** A frame's line in the packet list, column by column. */
export interface Columns {
  number: number;
  /** Seconds since the first frame. */
  time: string;
  source: string;
  destination: string;
  protocol: string;
  length: number;
  info: string;
}

/** How a list is written. */
export interface ColumnOptions {
  /** Digits behind the decimal point of Time, 0 to 9; default 9. tshark writes as many as the capture's clock has. */
  readonly timeDigits?: number;
}

/** Writes an Info text: of a layer, into a sink. */
export type WriteInfo = (text: TextSink, dissection: Dissection, layer: number) => void;

/** The columns of a frame. */
export function columns(dissection: Dissection, options: ColumnOptions = {}): Columns {
  const shown = shownLayer(dissection);
  return {
    number: dissection.packet.number,
    time: textOf((text) =>
      writeTime(text, dissection, 'relative', options.timeDigits ?? 9, UTC.offset, dissection.first),
    ),
    source: textOf((text) => writeSource(text, dissection)),
    destination: textOf((text) => writeDestination(text, dissection)),
    protocol: textOf((text) => writeProtocol(text, dissection, shown)),
    length: dissection.packet.originalLength,
    info: textOf((text) => writeInfo(text, dissection, shown)),
  };
}

/** The layer that the line is about: the last one that is neither quoted nor payload; the frame when there is none. */
export function shownLayer(dissection: Dissection): number {
  let shown = 0;
  for (let layer = 1; layer < dissection.depth && dissection.quoted[layer] === 0; layer++) {
    const protocol = dissection.protocols[layer];
    if (protocol === PROTOCOL.DATA && dissection.protocols[shown] !== PROTOCOL.FRAME) continue;
    // A transport layer of which not even the ports were captured leaves the line to the layer that carries it.
    if (dissection.ends[layer]! - dissection.starts[layer]! < LEAST_SHOWN[protocol!]!) continue;
    // Nor does IP over PPP of which not even the version is there say which it is.
    if (protocol === PROTOCOL.IPV4 && isEmptyOverPpp(dissection, layer)) continue;
    // Over PPPoE, PPP has no name but that of what it carries.
    if (protocol === PROTOCOL.PPP && isEmptyOverPppoe(dissection, layer)) continue;
    if (protocol === PROTOCOL.RAW && layer + 1 < dissection.depth) continue;
    shown = layer;
  }
  return shown;
}

const isEmptyOverPpp = ({ protocols, starts, ends }: Dissection, layer: number): boolean =>
  protocols[layer - 1] === PROTOCOL.PPP && ends[layer] === starts[layer];

const isEmptyOverPppoe = ({ protocols, payloads, ends, wireEnds }: Dissection, layer: number): boolean =>
  protocols[layer - 1] === PROTOCOL.PPPOE_SESSION &&
  payloads[layer]! >= ends[layer]! &&
  ends[layer]! < wireEnds[layer]!;

/** Octets that must be there of a layer for the line to be about it. */
const LEAST_SHOWN: Uint8Array = (() => {
  const least = new Uint8Array(PROTOCOLS.length);
  for (const protocol of [PROTOCOL.TCP, PROTOCOL.UDP, PROTOCOL.GRE, ...PPP_CONTROL]) least[protocol] = 4;
  for (const protocol of [PROTOCOL.PAP, PROTOCOL.CHAP]) least[protocol] = 1;
  return least;
})();

/** Writes the Source column: the innermost address of a sender outside of quotations. */
export function writeSource(text: TextSink, dissection: Dissection): void {
  for (let layer = trafficDepth(dissection) - 1; layer > 0; layer--) {
    const protocol = dissection.protocols[layer];
    const at = dissection.starts[layer]!;
    if (protocol === PROTOCOL.IPV4 && has(dissection, layer, 12, 4))
      return writeIpv4(text, ipv4.source(viewOf(dissection, layer), at));
    if (protocol === PROTOCOL.IPV6 && has(dissection, layer, 8, 16))
      return writeIpv6(text, viewOf(dissection, layer), ipv6.sourceAt(at));
    if (protocol === PROTOCOL.ETHERNET && has(dissection, layer, 0, 12))
      return writeMac(text, viewOf(dissection, layer), ethernet.sourceAt(at));
    if (protocol === PROTOCOL.SLL && dissection.problems[layer] === 0) return writeSllAddress(text, dissection, layer);
    if (protocol === PROTOCOL.WLAN && hasStations(dissection, layer))
      return writeMac(text, viewOf(dissection, layer), wlan.sourceAt(viewOf(dissection, layer), at));
    if (protocol === PROTOCOL.WLAN && isControl(dissection, layer)) return writeTransmitter(text, dissection, layer);
  }
  writeLine(text, dissection);
}

/** Lines between two ends have no addresses, as Wireshark says. */
function writeLine(text: TextSink, dissection: Dissection): void {
  const link = dissection.depth > 1 ? dissection.protocols[1] : PROTOCOL.NONE;
  if (link === PROTOCOL.PPP || link === PROTOCOL.HDLC) text.add('N/A');
}

/** Writes the Destination column. */
export function writeDestination(text: TextSink, dissection: Dissection): void {
  for (let layer = trafficDepth(dissection) - 1; layer > 0; layer--) {
    const protocol = dissection.protocols[layer];
    const at = dissection.starts[layer]!;
    if (protocol === PROTOCOL.IPV4 && has(dissection, layer, 16, 4))
      return writeIpv4(text, ipv4.destination(viewOf(dissection, layer), at));
    if (protocol === PROTOCOL.IPV6 && has(dissection, layer, 24, 16))
      return writeIpv6(text, viewOf(dissection, layer), ipv6.destinationAt(at));
    if (protocol === PROTOCOL.ETHERNET && has(dissection, layer, 0, 6))
      return writeMac(text, viewOf(dissection, layer), ethernet.destinationAt(at));
    if (protocol === PROTOCOL.WLAN && hasStations(dissection, layer))
      return writeMac(text, viewOf(dissection, layer), wlan.destinationAt(viewOf(dissection, layer), at));
    if (protocol === PROTOCOL.WLAN && isControl(dissection, layer)) return writeReceiver(text, dissection, layer);
  }
  writeLine(text, dissection);
}

/** Whether an 802.11 frame has a source and a destination: control frames have not. */
const hasStations = (dissection: Dissection, layer: number): boolean =>
  dissection.problems[layer] === 0 &&
  wlan.isSequenced(viewOf(dissection, layer), dissection.starts[layer]!, dissection.ends[layer]!);

const isControl = (dissection: Dissection, layer: number): boolean =>
  dissection.problems[layer] === 0 && wlan.type(viewOf(dissection, layer), dissection.starts[layer]!) === wlan.CONTROL;

/** Who sends a control frame over the air, where it says, and who receives it, which is not where it comes from and goes to. */
function writeTransmitter(text: TextSink, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const place = wlan.transmitterAt(at);
  if (wlan.cellAt(view, at, end) === place) writeOnAir(text, view, place, ' (BSSID)');
  else if (wlan.hasTransmitter(view, at, end)) writeOnAir(text, view, place, ' (TA)');
}

function writeReceiver(text: TextSink, dissection: Dissection, layer: number): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const end = dissection.ends[layer]!;
  const place = wlan.receiverAt(at);
  if (wlan.hasReceiver(at, end))
    writeOnAir(text, view, place, wlan.cellAt(view, at, end) === place ? ' (BSSID)' : ' (RA)');
}

function writeOnAir(text: TextSink, view: DataView, place: number, role: string): void {
  writeMac(text, view, place);
  text.add(role);
}

/** The address that a cooked header has of a packet's sender, where it is one of Ethernet or IPv4. */
function writeSllAddress(text: TextSink, dissection: Dissection, layer: number): void {
  const at = sllAddressAt(dissection, layer);
  const length = sllAddressLength(dissection, layer);
  if (length === 6) writeMac(text, viewOf(dissection, layer), at);
  else if (length === 4) writeIpv4(text, viewOf(dissection, layer).getUint32(at));
}

/** How many layers come before a quotation begins. */
function trafficDepth(dissection: Dissection): number {
  let depth = 1;
  while (depth < dissection.depth && dissection.quoted[depth] === 0) depth++;
  return depth;
}

/** The Protocol column of layers that have no more than one. */
const PROTOCOL_NAMES: readonly Uint8Array[] = PROTOCOLS.map(({ column }) => utf8(column));

/** What the payload begins with, where the layer is TCP and that is recognized. */
const hintAt = (dissection: Dissection, shown: number): Hint | undefined =>
  dissection.protocols[shown] === PROTOCOL.TCP ? hintOf(dissection, shown) : undefined;

/** Writes the Protocol column; who knows the hint already gives it. */
export function writeProtocol(
  text: TextSink,
  dissection: Dissection,
  shown: number,
  hint: Hint | undefined = hintAt(dissection, shown),
): void {
  const protocol = dissection.protocols[shown]!;
  if (hint !== undefined) text.octets(hint.protocol);
  else if (protocol === PROTOCOL.TCP && hasMultipath(dissection, shown)) text.add('MPTCP');
  else if (protocol === PROTOCOL.DNS) text.add(dnsColumn(dissection, shown));
  else if (protocol === PROTOCOL.ARP) text.add(arpColumn(dissection, shown));
  else if (!writeOther(text, dissection, shown)) text.octets(PROTOCOL_NAMES[protocol]!);
}

/** Headers that stand between IPv6 and what it carries. */
const EXTENSIONS = [PROTOCOL.HOP_BY_HOP, PROTOCOL.DESTINATION_OPTIONS, PROTOCOL.ROUTING] as const;

/** Who writes the Info of each protocol, by its number. */
const INFO: readonly WriteInfo[] = (() => {
  const writers = new Array<WriteInfo>(PROTOCOLS.length).fill(otherInfo);
  writers[PROTOCOL.ARP] = arpInfo;
  writers[PROTOCOL.IPV4] = ipv4Info;
  writers[PROTOCOL.IPV6] = ipv6Info;
  writers[PROTOCOL.ICMP] = icmpInfo;
  writers[PROTOCOL.UDP] = udpInfo;
  writers[PROTOCOL.TCP] = tcpInfo;
  writers[PROTOCOL.ICMPV6] = icmpv6Info;
  writers[PROTOCOL.DNS] = dnsInfo;
  writers[PROTOCOL.DHCP] = dhcpInfo;
  writers[PROTOCOL.LLC] = llcInfo;
  for (const protocol of EXTENSIONS) writers[protocol] = extensionInfo;
  writers[PROTOCOL.FRAGMENT] = fragmentInfo;
  writers[PROTOCOL.AUTHENTICATION] = authenticationInfo;
  writers[PROTOCOL.WLAN] = wlanInfo;
  writers[PROTOCOL.GRE] = greInfo;
  writers[PROTOCOL.GENEVE] = geneveInfo;
  writers[PROTOCOL.MPLS] = mplsInfo;
  writers[PROTOCOL.PPPOE_DISCOVERY] = pppoeInfo;
  writers[PROTOCOL.PPPOE_SESSION] = pppoeInfo;
  writers[PROTOCOL.SLARP] = slarpInfo;
  for (const protocol of PPP_CONTROL) writers[protocol] = pppControlInfo;
  writers[PROTOCOL.PAP] = papInfo;
  writers[PROTOCOL.CHAP] = chapInfo;
  return writers;
})();

/** Writes the Info column: the hint where there is one; who knows it already gives it. */
export function writeInfo(
  text: TextSink,
  dissection: Dissection,
  shown: number,
  hint: Hint | undefined = hintAt(dissection, shown),
): void {
  const from = text.length;
  if (hint !== undefined) text.octets(hint.info);
  else INFO[dissection.protocols[shown]!]!(text, dissection, shown);
  const { parts } = dissection;
  if (parts.layer === shown) {
    if (parts.goesOn) text.add(text.length === from ? GOES_ON : ` ${GOES_ON}`);
    if (parts.isCut) text.add(CUT);
  }
  const problem = suffix(dissection, shown);
  if (problem !== '') text.add(problem);
}

const GOES_ON = '[TCP segment of a reassembled PDU]';
const CUT = '[Packet size limited during capture]';

/** Whether the capture kept only part of a header in the packet that a message quotes. */
function hasCutQuotation(dissection: Dissection, shown: number): boolean {
  for (let layer = shown + 1; layer < dissection.depth; layer++)
    if (dissection.problems[layer] !== 0 && dissection.ends[layer]! < dissection.wireEnds[layer]!) return true;
  return false;
}

/** Whether a layer is whole, and what it carries begins behind the last octet: a quotation, or a message that the ports announce. */
function lacksPayload(dissection: Dissection, shown: number): boolean {
  if (dissection.protocols[shown] === PROTOCOL.UDP && isBarelyThere(dissection, shown)) return true;
  if (dissection.problems[shown] !== 0 || dissection.payloads[shown]! < dissection.ends[shown]!) return false;
  const view = viewOf(dissection, shown);
  const at = dissection.starts[shown]!;
  const isCut = dissection.payloads[shown]! < dissection.wireEnds[shown]!;
  switch (dissection.protocols[shown]) {
    case PROTOCOL.ICMP:
      return isCut ? quotes(icmp.type(view, at)) : icmp.type(view, at) === icmp.REDIRECT;
    case PROTOCOL.ICMPV6:
      return icmpv6.isError(icmp.type(view, at));
    case PROTOCOL.GRE:
    case PROTOCOL.MPLS:
      return isCut;
    case PROTOCOL.UDP:
      return udp.length(view, at) > udp.HEADER && announcesMessage(view, at);
    default:
      return false;
  }
}

/** Octets of a datagram's data by which Wireshark looks whose it is, where it has as many; one in any case. */
const TELLING = 4;

/** Whether the capture kept fewer octets of a datagram's data than those. */
function isBarelyThere(dissection: Dissection, layer: number): boolean {
  const { problems, protocols, depth } = dissection;
  if (problems[layer] !== 0 || (layer + 1 < depth && protocols[layer + 1] !== PROTOCOL.DATA)) return false;
  const data = dissection.payloads[layer]!;
  const sent = dissection.wireEnds[layer]! - data;
  const kept = dissection.ends[layer]! - data;
  return kept < sent && kept < (sent < TELLING ? 1 : TELLING);
}

function announcesMessage(view: DataView, at: number): boolean {
  const protocol = protocolOfPorts(udp.sourcePort(view, at), udp.destinationPort(view, at));
  return protocol === PROTOCOL.DNS || protocol === PROTOCOL.DHCP;
}

/** What Wireshark appends where a layer ended too early: because the capture kept only part of the packet, or because it is wrong. */
function suffix(dissection: Dissection, shown: number): string {
  if (isCutDiscovery(dissection, shown)) return CUT;
  if (lacksPayload(dissection, shown))
    return dissection.payloads[shown]! < dissection.wireEnds[shown]! ? CUT : '[Malformed Packet]';
  if (dissection.problems[shown] === 0 && isQuotation(dissection, shown) && hasCutQuotation(dissection, shown))
    return CUT;
  for (let layer = shown; layer < dissection.depth && dissection.quoted[layer] === 0; layer++) {
    if (dissection.protocols[layer] === PROTOCOL.TCP) return tcpSuffix(dissection, layer);
    if (dissection.problems[layer] === 0) continue;
    const short = dissection.ends[layer]! < dissection.wireEnds[layer]!;
    if (isTooShort(dissection, layer)) return short ? CUT : '[Malformed Packet]';
  }
  return '';
}

/** Whether a layer's problem is that octets are missing, rather than that a length contradicts another (which the Info text says). */
function isTooShort(dissection: Dissection, layer: number): boolean {
  const problem = dissection.problems[layer];
  if (problem !== HEADER_CUT) return problem === TOO_SHORT;
  return (
    dissection.protocols[layer] !== PROTOCOL.IPV4 || !isTotalShort(viewOf(dissection, layer), dissection.starts[layer]!)
  );
}
