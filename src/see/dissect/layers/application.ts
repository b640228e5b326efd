/**
 * What UDP carries, by its ports: the tunnels, DNS and DHCP. What TCP carries is no layer here, but for a message of DNS that is whole in one segment: octets stand in segments as they
 * happened to be cut, and hints on the list line (info/) say what one begins with. Read first: RFC 1035 §4.1; RFC 2131 §2; RFC 7348; RFC 8926.
 */
import * as dhcp from '../../../wire/dhcp.ts';
import * as dns from '../../../wire/dns.ts';
import * as geneve from '../../../wire/geneve.ts';
import { TOO_SHORT } from '../../../wire/problem.ts';
import * as tcp from '../../../wire/tcp.ts';
import * as vxlan from '../../../wire/vxlan.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import { PROTOCOL, type ProtocolId } from '../protocol.ts';
import { broken, endAt } from './payload.ts';

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

/** Octets of the length in front of a message over TCP (RFC 1035 §4.2.2). */
const LENGTH = 2;

/** Whether a segment to or from the port of DNS begins with a whole message. */
export function holdsDns(view: DataView, at: number, payload: number, end: number): boolean {
  if (tcp.sourcePort(view, at) !== dns.PORT && tcp.destinationPort(view, at) !== dns.PORT) return false;
  if (end - payload < LENGTH + dns.HEADER) return false;
  const length = view.getUint16(payload);
  return length >= dns.HEADER && payload + LENGTH + length <= end;
}

/** Parses a DNS message, which is all header: its records are read when asked for. Over TCP its length stands in front. */
export function parseDns(dissection: Dissection, layer: number): ProtocolId {
  if (dissection.protocols[layer - 1] === PROTOCOL.TCP) {
    const at = dissection.starts[layer]!;
    dissection.starts[layer] = at + LENGTH;
    endAt(dissection, layer, at + LENGTH + viewOf(dissection, layer).getUint16(at));
  }
  return parseWhole(dissection, layer, dns.HEADER);
}

/** Parses a DHCP message, which is all header. */
export const parseDhcp = (dissection: Dissection, layer: number): ProtocolId =>
  parseWhole(dissection, layer, dhcp.HEADER);

function parseWhole(dissection: Dissection, layer: number, least: number): ProtocolId {
  if (dissection.ends[layer]! - dissection.starts[layer]! < least) return broken(dissection, layer, TOO_SHORT);
  dissection.payloads[layer] = dissection.ends[layer]!;
  return PROTOCOL.NONE;
}
