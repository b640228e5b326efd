/** Expert information of links, networks and datagrams. */
import { formatIpv4 } from '../../../wire/address.ts';
import * as ethernet from '../../../wire/ethernet.ts';
import * as ipv4 from '../../../wire/ipv4.ts';
import * as ipv6 from '../../../wire/ipv6.ts';
import * as extension from '../../../wire/ipv6-extension.ts';
import * as extensions from '../../../wire/ipv6-extensions.ts';
import { BAD_HEADER_LENGTH, BAD_VERSION } from '../../../wire/problem.ts';
import * as udp from '../../../wire/udp.ts';
import { behindPacket } from '../behind-packet.ts';
import { type Dissection, has, viewOf } from '../dissection.ts';
import { correctedChecksum, type Summed } from '../fields/checksum-status.ts';
import { udpLengthProblem } from '../info/udp.ts';
import { isTotalShort } from '../layers/network.ts';
import { PROTOCOL } from '../protocol.ts';
import { GROUP, type ItemsOf, SEVERITY, type TakeItem } from './item.ts';

const { CHAT, NOTE, WARNING, ERROR } = SEVERITY;

/** A checksum that is wrong. */
export function checksumItem(name: Summed, dissection: Dissection, layer: number, take: TakeItem): void {
  const right = correctedChecksum(name, dissection, layer);
  const severity = name === 'icmp' || name === 'icmpv6' ? WARNING : ERROR;
  if (right >= 0) take(`Bad checksum [should be 0x${right.toString(16).padStart(4, '0')}]`, severity, GROUP.CHECKSUM);
}

export const ethernetItems: ItemsOf = (dissection, layer, take) => {
  if (dissection.problems[layer] !== 0) return;
  if (viewOf(dissection, layer).getUint8(ethernet.sourceAt(dissection.starts[layer]!)) & 1)
    take('Source MAC must not be a group address: IEEE 802.3-2002, Section 3.2.3(b)', WARNING, GROUP.PROTOCOL);
  trailerItems(dissection, layer, take);
};

export const trailerItems: ItemsOf = (dissection, layer, take) => {
  if (dissection.problems[layer] === 0 && behindPacket(dissection, layer).hasGap)
    take(
      "Didn't find padding of zeros, and an undecoded trailer exists. There may be padding of non-zeros.",
      NOTE,
      GROUP.PROTOCOL,
    );
};

/** Hops below which a packet is not far from dying. */
const FEW_HOPS = 5;
/** 224.0.0.0/24, which no router forwards, and the group of MDNS in it, which has a number of its own (RFC 6762 §11). */
const LOCAL_CONTROL = 0xe00000;
const MDNS = 0xe00000fb;

export const ipv4Items: ItemsOf = (dissection, layer, take) => {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const problem = dissection.problems[layer];
  if (!has(dissection, layer, 0, 1)) return;
  if (problem === BAD_VERSION)
    return take(`Bogus ${dissection.quoted[layer] === 1 ? 'IP' : 'IPv4'} version`, ERROR, GROUP.PROTOCOL);
  // A link that says IPv4, and IPv6 all the same.
  if (ipv4.version(view, at) !== 4 && layer > 1) return take('Bogus IPv4 version', ERROR, GROUP.PROTOCOL);
  if (problem === BAD_HEADER_LENGTH)
    return take(`Bogus IP header length (${ipv4.headerLength(view, at)}, must be at least 20)`, ERROR, GROUP.PROTOCOL);
  if (!has(dissection, layer, 2, 2)) return;
  if (isTotalShort(view, at)) return take('Bogus IP length', ERROR, GROUP.PROTOCOL);
  const total = ipv4.totalLength(view, at);
  if (dissection.quoted[layer] === 0 && total > dissection.wireEnds[layer]! - at)
    take(`IPv4 total length exceeds packet length (${dissection.wireEnds[layer]! - at} bytes)`, ERROR, GROUP.PROTOCOL);
  if (!has(dissection, layer, 16, 4)) return;
  hopItem(dissection, layer, take);
  checksumItem('ip', dissection, layer, take);
};

function hopItem(dissection: Dissection, layer: number, take: TakeItem): void {
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const hops = ipv4.timeToLive(view, at);
  const destination = ipv4.destination(view, at) >>> 0;
  const isMulticast = destination >>> 28 === 0xe;
  if (destination >>> 8 === LOCAL_CONTROL) {
    const wanted = destination === MDNS ? 255 : 1;
    if (hops !== wanted)
      take(
        `"Time To Live" != ${wanted} for a packet sent to the Local Network Control Block (see RFC 3171)`,
        NOTE,
        GROUP.SEQUENCE,
      );
  } else if (hops < FEW_HOPS && !isMulticast) take(`"Time To Live" only ${hops}`, NOTE, GROUP.SEQUENCE);
}

export const ipv6Items: ItemsOf = (dissection, layer, take) => {
  if (dissection.problems[layer] !== 0 || dissection.quoted[layer] === 1) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  const available = dissection.wireEnds[layer]! - at - ipv6.HEADER;
  if (ipv6.payloadLength(view, at) > available)
    take(`IPv6 payload length exceeds framing length (${available} bytes)`, WARNING, GROUP.PROTOCOL);
  const next = ipv6.nextHeader(view, at);
  if (ipv6.payloadLength(view, at) !== 0 || next === NO_NEXT_HEADER) return;
  if (next !== extensions.HOP_BY_HOP)
    take('IPv6 payload length equals 0 (maybe because of "TCP segmentation offload" (TSO))', CHAT, GROUP.PROTOCOL);
  else if (available === 0)
    take(
      'IPv6 payload length equals 0 and Hop-By-Hop present and Jumbo Payload option missing',
      ERROR,
      GROUP.MALFORMED,
    );
};

/** Nothing follows (RFC 8200 §4.7). */
const NO_NEXT_HEADER = 59;

/** The type that RFC 5095 did away with. */
const SOURCE_ROUTE = 0;

export const routingItems: ItemsOf = (dissection, layer, take) => {
  if (!has(dissection, layer, 2, 1)) return;
  if (extension.routingType(viewOf(dissection, layer), dissection.starts[layer]!) === SOURCE_ROUTE)
    take('Routing header type is deprecated', NOTE, GROUP.DEPRECATED);
};

export const icmpItems: ItemsOf = (dissection, layer, take) => {
  if (dissection.problems[layer] !== 0) return;
  checksumItem(dissection.protocols[layer] === PROTOCOL.ICMP ? 'icmp' : 'icmpv6', dissection, layer, take);
};

/** Ports that traceroute sends to: three for each hop. */
const TRACEROUTE = 33_434;
const TRACEROUTE_PORTS = 30;
const isTraceroute = (port: number): boolean => port > TRACEROUTE && port <= TRACEROUTE + TRACEROUTE_PORTS;

export const udpItems: ItemsOf = (dissection, layer, take) => {
  if (!has(dissection, layer, 0, 6)) return;
  const view = viewOf(dissection, layer);
  const at = dissection.starts[layer]!;
  if (udpLengthProblem(dissection, layer) === 'too large')
    take(`Bad length value ${udp.length(view, at)} > IP payload length`, ERROR, GROUP.MALFORMED);
  checksumItem('udp', dissection, layer, take);
  const port = [udp.destinationPort(view, at), udp.sourcePort(view, at)].find(isTraceroute);
  if (port === undefined) return;
  const probe = port - TRACEROUTE - 1;
  take(`Possible traceroute: hop #${Math.floor(probe / 3) + 1}, attempt #${(probe % 3) + 1}`, CHAT, GROUP.SEQUENCE);
};

/** Addresses that ARP claims for another than their owner. */
export const arpItems: ItemsOf = ({ duplicateAddresses }, _, take) => {
  for (const { address } of duplicateAddresses)
    take(`Duplicate IP address configured (${formatIpv4(address)})`, SEVERITY.WARNING, GROUP.SEQUENCE);
};
