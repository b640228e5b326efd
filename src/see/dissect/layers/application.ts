/**
 * What UDP carries, by its ports: the tunnels, DNS and DHCP. Not here: what TCP carries, in segments cut as it happened (messages.ts). Read first: RFC 1035 §4.1; RFC 2131 §2; RFC 7348; RFC 8926.
 */
import * as dhcp from '../../../wire/dhcp.ts';
import * as dns from '../../../wire/dns.ts';
import * as geneve from '../../../wire/geneve.ts';
import { TOO_SHORT } from '../../../wire/problem.ts';
import * as vxlan from '../../../wire/vxlan.ts';
import type { Dissection } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { broken } from './payload.ts';

/** GRE and MPLS over UDP (RFC 8086, RFC 7510). */
const GRE_PORT = 4754;
const MPLS_PORT = 6635;

/** Which protocol a datagram's payload is: the lower port decides, then the higher. */
export function protocolOfPorts(source: number, destination: number): ProtocolId {
  const [low, high] = source < destination ? [source, destination] : [destination, source];
  const protocol = protocolOfPort(low);
  return protocol === PROTOCOL.DATA ? protocolOfPort(high) : protocol;
}

function protocolOfPort(port: number): ProtocolId {
  switch (port) {
    case dns.PORT:
    case dns.MULTICAST_PORT:
    case dns.LINK_LOCAL_PORT:
      return PROTOCOL.DNS;
    case dhcp.SERVER_PORT:
    case dhcp.CLIENT_PORT:
      return PROTOCOL.DHCP;
    case vxlan.PORT:
      return PROTOCOL.VXLAN;
    case geneve.PORT:
      return PROTOCOL.GENEVE;
    case GRE_PORT:
      return PROTOCOL.GRE;
    case MPLS_PORT:
      return PROTOCOL.MPLS;
    default:
      return PROTOCOL.DATA;
  }
}

/** Octets of the length in front of a DNS message over TCP (RFC 1035 §4.2.2). */
export const DNS_LENGTH = 2;

/** Parses a DNS message, which is all header: its records are read when asked for. */
export const parseDns = (dissection: Dissection, layer: number): ProtocolId =>
  parseWhole(dissection, layer, dns.HEADER);

/** Parses a DHCP message, which is all header. */
export const parseDhcp = (dissection: Dissection, layer: number): ProtocolId =>
  parseWhole(dissection, layer, dhcp.HEADER);

function parseWhole(dissection: Dissection, layer: number, least: number): ProtocolId {
  if (dissection.ends[layer]! - dissection.starts[layer]! < least) return broken(dissection, layer, TOO_SHORT);
  dissection.payloads[layer] = dissection.ends[layer]!;
  return PROTOCOL.NONE;
}
