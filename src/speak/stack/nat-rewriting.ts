/**
 * Addresses and ports of a packet read and replaced, its checksums brought up to date: what translation does to octets. Read first: RFC 1624 (checksums), RFC 5508 §4 (what errors quote).
 * Not here: which address and port (nat.ts).
 */
import type { Ipv4 } from '../../wire/address.ts';
import { finish, fold, sum, verifies } from '../../wire/checksum.ts';
import type { Frame } from '../../wire/frame.ts';
import * as icmp from '../../wire/icmp.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as tcp from '../../wire/tcp.ts';
import * as udp from '../../wire/udp.ts';

/** Where the ports of a packet stand; filled again for each. */
export interface Ends {
  protocol: number;
  from: Ipv4;
  to: Ipv4;
  fromPort: number;
  toPort: number;
  at: number;
}

/** Reads the ends of a packet whose headers hold together; false when it has none. */
export function read(view: DataView, ip: number, end: number, ends: Ends): boolean {
  const at = ip + ipv4.headerLength(view, ip);
  const protocol = ipv4.protocol(view, ip);
  const fits =
    protocol === ipv4.TCP
      ? tcp.locate(view, at, end) >= 0
      : protocol === ipv4.UDP
        ? udp.locate(view, at, end) >= 0
        : protocol === ipv4.ICMP && icmp.locate(view, at, end) >= 0;
  return fits && readPorts(view, ip, end, ends);
}

/** The same for a packet of which only the first eight octets behind its header need be there, as an error quotes it. */
export function readPorts(view: DataView, ip: number, end: number, ends: Ends): boolean {
  const at = ip + ipv4.headerLength(view, ip);
  const protocol = ipv4.protocol(view, ip);
  if (end - at < 8 || ipv4.fragmentOffset(view, ip) !== 0) return false;
  ends.protocol = protocol;
  ends.from = ipv4.source(view, ip);
  ends.to = ipv4.destination(view, ip);
  ends.at = at;
  if (protocol === ipv4.ICMP) {
    const type = icmp.type(view, at);
    if (type !== icmp.ECHO_REQUEST && type !== icmp.ECHO_REPLY) return false;
    // The identifier is both ends' port.
    const identifier = icmp.identifier(view, at);
    ends.fromPort = type === icmp.ECHO_REQUEST ? identifier : 0;
    ends.toPort = type === icmp.ECHO_REQUEST ? 0 : identifier;
    return true;
  }
  if (protocol !== ipv4.TCP && protocol !== ipv4.UDP) return false;
  ends.fromPort = udp.sourcePort(view, at);
  ends.toPort = udp.destinationPort(view, at);
  return true;
}

export function isErrorAt(view: DataView, ip: number, end: number): boolean {
  const at = ip + ipv4.headerLength(view, ip);
  if (icmp.locate(view, at, end) < 0) return false;
  const type = icmp.type(view, at);
  return type === icmp.DESTINATION_UNREACHABLE || type === icmp.TIME_EXCEEDED || type === icmp.PARAMETER_PROBLEM;
}

/** Where the packet stands that an ICMP error quotes. */
export const quoteAt = (view: DataView, ip: number): number => ip + ipv4.headerLength(view, ip) + icmp.HEADER;

/** Whether the checksum of an ICMP error is right, and that of the header which it quotes, if it holds together. */
export function isErrorIntact(view: DataView, ip: number, end: number): boolean {
  const at = ip + ipv4.headerLength(view, ip);
  const quote = quoteAt(view, ip);
  if (!verifies(sum(view, at, end - at))) return false;
  return ipv4.locate(view, quote, end) < 0 || verifies(sum(view, quote, ipv4.headerLength(view, quote)));
}

/** Puts another address at `ip + offset`, and the header's checksum right; answers by how much the sum of the words has grown. */
export function rewriteAddress(view: DataView, ip: number, offset: number, address: Ipv4): number {
  const old = view.getInt32(ip + offset);
  view.setInt32(ip + offset, address);
  const change = (address >>> 16) + (address & 0xffff) + (~(old >>> 16) & 0xffff) + (~old & 0xffff);
  const field = ip + 10;
  view.setUint16(field, finish((~view.getUint16(field) & 0xffff) + change));
  return change;
}

/** Puts another identification into a header, and its checksum right. */
export function rewriteIdentification(view: DataView, ip: number, identification: number): void {
  const old = ipv4.identification(view, ip);
  view.setUint16(ip + 4, identification);
  const field = ip + 10;
  view.setUint16(field, finish((~view.getUint16(field) & 0xffff) + (~old & 0xffff) + identification));
}

/** Puts another address and port into a packet: its source's (offset 12) or its destination's (16). */
export function rewrite(
  frame: Frame,
  ip: number,
  { protocol, at }: Ends,
  offset: 12 | 16,
  address: Ipv4,
  port: number,
): void {
  const { view } = frame;
  const change = rewriteAddress(view, ip, offset, address);
  if (protocol === ipv4.ICMP) {
    const old = icmp.identifier(view, at);
    view.setUint16(at + 4, port);
    view.setUint16(at + 2, finish((~view.getUint16(at + 2) & 0xffff) + (~old & 0xffff) + port));
    return;
  }
  const portAt = offset === 12 ? at : at + 2;
  const old = view.getUint16(portAt);
  view.setUint16(portAt, port);
  const field = protocol === ipv4.TCP ? at + 16 : at + 6;
  const sumNow = view.getUint16(field);
  if (frame.checksum === 'partial') {
    // It holds the sum of the pseudo-header alone, not its complement.
    view.setUint16(field, fold(sumNow + change));
    return;
  }
  if (protocol === ipv4.UDP && sumNow === 0) return;
  const grown = finish((~sumNow & 0xffff) + change + (~old & 0xffff) + port);
  view.setUint16(field, grown === 0 && protocol === ipv4.UDP ? 0xffff : grown);
}

/** The same for a packet that an error quotes, of which there may be only the beginning. @param source whether its source is meant */
export function rewriteQuoted(
  view: DataView,
  ip: number,
  end: number,
  offset: 12 | 16,
  address: Ipv4,
  port: number,
  source: boolean,
): void {
  const at = ip + ipv4.headerLength(view, ip);
  const protocol = ipv4.protocol(view, ip);
  const change = rewriteAddress(view, ip, offset, address);
  const portAt = protocol === ipv4.ICMP ? at + 4 : source ? at : at + 2;
  const old = view.getUint16(portAt);
  view.setUint16(portAt, port);
  const field = protocol === ipv4.TCP ? at + 16 : protocol === ipv4.UDP ? at + 6 : at + 2;
  if (field + 2 > end) return;
  const sumNow = view.getUint16(field);
  if (protocol === ipv4.UDP && sumNow === 0) return;
  const addresses = protocol === ipv4.ICMP ? 0 : change;
  view.setUint16(field, finish((~sumNow & 0xffff) + addresses + (~old & 0xffff) + port));
}

/** Makes the checksum of an ICMP message anew. */
export function sumIcmp(view: DataView, ip: number, end: number): void {
  const at = ip + ipv4.headerLength(view, ip);
  view.setUint16(at + 2, 0);
  view.setUint16(at + 2, finish(sum(view, at, end - at)));
}
