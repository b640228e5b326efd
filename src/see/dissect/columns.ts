/**
 * The packet list: No., Time, Source, Destination, Protocol, Length, Info of a frame, as `tshark -n` prints them. Labels in square brackets
 * that come from analysis ([TCP Retransmission] ...) are not made here; who has them puts them before `info`.
 */
import { formatIpv4, formatIpv6, formatMac } from '../../wire/address.ts';
import * as ethernet from '../../wire/ethernet.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { type Dissection, has, viewOf } from './dissection.ts';
import { dhcpInfo, dnsColumn, dnsInfo } from './info/application.ts';
import { arpColumn, arpInfo } from './info/arp.ts';
import { hintOf } from './info/hint.ts';
import { icmpInfo } from './info/icmp.ts';
import { icmpv6Info } from './info/icmpv6.ts';
import { ipv4Info, ipv6Info, otherInfo } from './info/network.ts';
import { tcpInfo, tcpSuffix } from './info/tcp.ts';
import { udpInfo } from './info/udp.ts';
import { nanosecondsAsSeconds } from './numbers.ts';
import { PROTOCOL, PROTOCOLS } from './protocol.ts';

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

/** The columns of a frame. */
export function columns(dissection: Dissection, options: ColumnOptions = {}): Columns {
  const shown = shownLayer(dissection);
  const line: Columns = {
    number: dissection.packet.number,
    time: cut(nanosecondsAsSeconds(dissection.time), options.timeDigits ?? 9),
    source: '',
    destination: '',
    protocol: PROTOCOLS[dissection.protocols[shown]!]!.column,
    length: dissection.packet.originalLength,
    info: '',
  };
  addresses(dissection, line);
  describe(dissection, shown, line);
  line.info += suffix(dissection, shown);
  return line;
}

/** A frame's line as `tshark -n` aligns it. */
export function listLine(dissection: Dissection, options: ColumnOptions = {}): string {
  return formatColumns(columns(dissection, options));
}

/** Columns as one line. */
export function formatColumns(line: Columns): string {
  const source = line.source.padStart(12);
  const destination = line.destination.padEnd(12);
  return `${String(line.number).padStart(5)} ${line.time.padStart(10)} ${source} → ${destination} ${line.protocol} ${line.length} ${line.info}`;
}

const cut = (time: string, digits: number): string =>
  digits >= 9 ? time : time.slice(0, digits === 0 ? -10 : digits - 9);

/** The layer that the line is about: the last one that is neither quoted nor payload; the frame when there is none. */
function shownLayer(dissection: Dissection): number {
  let shown = 0;
  for (let layer = 1; layer < dissection.depth && dissection.quoted[layer] === 0; layer++) {
    const protocol = dissection.protocols[layer];
    if (protocol === PROTOCOL.DATA && dissection.protocols[shown] !== PROTOCOL.FRAME) continue;
    // A transport layer of which not even the ports were captured leaves the line to the layer that carries it.
    if ((protocol === PROTOCOL.TCP || protocol === PROTOCOL.UDP) && !has(dissection, layer, 0, 4)) continue;
    if (protocol === PROTOCOL.RAW && layer + 1 < dissection.depth) continue;
    shown = layer;
  }
  return shown;
}

function addresses(dissection: Dissection, line: Columns): void {
  for (let layer = 1; layer < dissection.depth && dissection.quoted[layer] === 0; layer++) {
    const view = viewOf(dissection, layer);
    const at = dissection.starts[layer]!;
    switch (dissection.protocols[layer]) {
      case PROTOCOL.ETHERNET:
        if (has(dissection, layer, 0, 6)) line.destination = formatMac(view, ethernet.destinationAt(at));
        if (has(dissection, layer, 0, 12)) line.source = formatMac(view, ethernet.sourceAt(at));
        break;
      case PROTOCOL.IPV4:
        if (has(dissection, layer, 12, 4)) line.source = formatIpv4(ipv4.source(view, at));
        if (has(dissection, layer, 16, 4)) line.destination = formatIpv4(ipv4.destination(view, at));
        break;
      case PROTOCOL.IPV6:
        if (has(dissection, layer, 8, 16)) line.source = formatIpv6(view, ipv6.sourceAt(at));
        if (has(dissection, layer, 24, 16)) line.destination = formatIpv6(view, ipv6.destinationAt(at));
        break;
    }
  }
}

function describe(dissection: Dissection, shown: number, line: Columns): void {
  switch (dissection.protocols[shown]) {
    case PROTOCOL.TCP:
      describeTcp(dissection, shown, line);
      break;
    case PROTOCOL.UDP:
      line.info = udpInfo(dissection, shown);
      break;
    case PROTOCOL.ICMP:
      line.info = icmpInfo(dissection, shown);
      break;
    case PROTOCOL.ICMPV6:
      line.info = icmpv6Info(dissection, shown);
      break;
    case PROTOCOL.DNS:
      line.protocol = dnsColumn(dissection, shown);
      line.info = dnsInfo(dissection, shown);
      break;
    case PROTOCOL.DHCP:
      line.info = dhcpInfo(dissection, shown);
      break;
    case PROTOCOL.ARP:
      line.protocol = arpColumn(dissection, shown);
      line.info = arpInfo(dissection, shown);
      break;
    case PROTOCOL.IPV4:
      line.info = ipv4Info(dissection, shown);
      break;
    case PROTOCOL.IPV6:
      line.info = ipv6Info(dissection, shown);
      break;
    default:
      otherInfo(dissection, shown, line);
  }
}

function describeTcp(dissection: Dissection, shown: number, line: Columns): void {
  const hint = hintOf(dissection, shown);
  line.protocol = hint?.protocol ?? line.protocol;
  line.info = hint?.info ?? tcpInfo(dissection, shown);
}

/** What Wireshark appends where a layer ended too early: because the capture kept only part of the packet, or because it is wrong. */
function suffix(dissection: Dissection, shown: number): string {
  for (let layer = shown; layer < dissection.depth && dissection.quoted[layer] === 0; layer++) {
    if (dissection.protocols[layer] === PROTOCOL.TCP) return tcpSuffix(dissection, layer);
    if (dissection.problems[layer] === 0) continue;
    const short = dissection.ends[layer]! < dissection.wireEnds[layer]!;
    if (isTooShort(dissection, layer)) return short ? '[Packet size limited during capture]' : '[Malformed Packet]';
  }
  return '';
}

/** Whether a layer's problem is that octets are missing, rather than that a length contradicts another (which the Info text says). */
function isTooShort(dissection: Dissection, layer: number): boolean {
  const problem = dissection.problems[layer];
  return problem === -1 || (problem === -3 && dissection.protocols[layer] !== PROTOCOL.IPV4);
}
