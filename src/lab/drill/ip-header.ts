/** The IP header before what a script speaks of, of either version. Not here: what stands behind it (packet.ts, icmp-packet.ts). */
import { type IpAddress, ipv6At } from '../../wire/ip-address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import type { IpLine } from './syntax.ts';

/** Ends of a packet, both of one version. */
export interface Ends {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** What a header says. Offsets are from the packet's first octet. */
export interface IpHeader {
  readonly payloadAt: number;
  readonly end: number;
  readonly protocol: number;
  readonly ecn: number;
  /** Type of service, or traffic class; time to live, or hop limit. */
  readonly tos: number;
  readonly ttl: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** Whether packets between these ends are of IPv6. */
export const isVersion6 = ({ source }: Pick<Ends, 'source'>): boolean => typeof source !== 'number';

/** Octets of the header between these ends. */
export const headerLength = (ends: Pick<Ends, 'source'>): number => (isVersion6(ends) ? ipv6.HEADER : ipv4.HEADER);

/** The number of ICMP between these ends. */
export const icmpProtocol = (ends: Pick<Ends, 'source'>): number => (isVersion6(ends) ? ipv6.ICMPV6 : ipv4.ICMP);

/** Reads the header of a packet; undefined when it has none. */
export function readIp(view: DataView): IpHeader | undefined {
  return view.byteLength > 0 && ipv6.version(view, 0) === 6 ? readIpv6(view) : readIpv4(view);
}

function readIpv4(view: DataView): IpHeader | undefined {
  const payloadAt = ipv4.locate(view, 0, view.byteLength);
  if (payloadAt < 0) return undefined;
  return {
    payloadAt,
    end: ipv4.payloadEnd(view, 0, view.byteLength),
    protocol: ipv4.protocol(view, 0),
    ecn: ipv4.ecn(view, 0),
    tos: ipv4.typeOfService(view, 0),
    ttl: ipv4.timeToLive(view, 0),
    source: ipv4.source(view, 0),
    destination: ipv4.destination(view, 0),
  };
}

function readIpv6(view: DataView): IpHeader | undefined {
  const payloadAt = ipv6.locate(view, 0, view.byteLength);
  if (payloadAt < 0) return undefined;
  const tos = ipv6.trafficClass(view, 0);
  return {
    payloadAt,
    end: ipv6.payloadEnd(view, 0, view.byteLength),
    protocol: ipv6.nextHeader(view, 0),
    ecn: tos & 3,
    tos,
    ttl: ipv6.hopLimit(view, 0),
    source: ipv6At(view, ipv6.sourceAt(0)),
    destination: ipv6At(view, ipv6.destinationAt(0)),
  };
}

/** Writes the header at `at` of a packet that `length` octets of payload follow; answers where those begin. */
export function writeIp(view: DataView, at: number, ends: Ends, ip: IpLine, protocol: number, length: number): number {
  const { source, destination } = ends;
  const tos =
    ((ip.tos ?? (ip.dscp ?? 0) << 2) & ~(ip.ecn === undefined ? 0 : 3)) | (ip.ecn === 'ect' ? 2 : (ip.ecn ?? 0));
  const hops = ip.ttl ?? 64;
  if (typeof source === 'object' && typeof destination === 'object')
    return ipv6.emit(view, at, source, destination, protocol, length, hops, 0, tos);
  if (typeof source === 'object' || typeof destination === 'object') throw new Error('ends of two versions');
  return ipv4.emit(view, at, source, destination, protocol, length, 0, ipv4.DONT_FRAGMENT, hops, tos);
}
