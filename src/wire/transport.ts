/**
 * Where the TCP or UDP header of an IP packet stands, whatever options or IPv6 extension headers are before it, for who finishes a checksum or cuts a segment on its way: nothing is judged here. Read first: RFC 8200 §4, §8.1. Not here:
 * the chain as the host follows it that a packet is for (ipv6-extensions.ts).
 */
import { halves, sum } from './checksum.ts';
import * as ipv4 from './ipv4.ts';
import * as ipv6 from './ipv6.ts';
import * as extension from './ipv6-extension.ts';
import { FRAGMENT, isExtension, MOST_HEADERS, ROUTING } from './ipv6-extensions.ts';

/** What was found. Its owner has one and fills it again for each packet. */
export interface Transport {
  /** TCP or UDP, where its header begins, and where its checksum stands. */
  protocol: number;
  at: number;
  field: number;
  /** Where the address of the pseudo-header's destination stands: behind a routing header not the IP header's. */
  destinationAt: number;
}

/** An empty one. */
export const makeTransport = (): Transport => ({ protocol: 0, at: 0, field: 0, destinationAt: 0 });

/** Finds it in the packet at `ip`, which ends at `end`. False when there is none, or only a fragment of one: what `found` holds means nothing then. */
export function findTransport(view: DataView, ip: number, end: number, found: Transport): boolean {
  if (end <= ip) return false;
  const isThere = ipv4.version(view, ip) === 4 ? find4(view, ip, end, found) : find6(view, ip, end, found);
  if (!isThere || (found.protocol !== ipv4.TCP && found.protocol !== ipv4.UDP)) return false;
  found.field = found.at + (found.protocol === ipv4.TCP ? 16 : 6);
  return found.field + 2 <= end;
}

function find4(view: DataView, ip: number, end: number, found: Transport): boolean {
  found.at = ipv4.locate(view, ip, end);
  if (found.at < 0 || ipv4.isFragment(view, ip)) return false;
  found.protocol = ipv4.protocol(view, ip);
  found.destinationAt = ip + 16;
  return true;
}

function find6(view: DataView, ip: number, end: number, found: Transport): boolean {
  let at = ipv6.locate(view, ip, end);
  if (at < 0) return false;
  let next = ipv6.nextHeader(view, ip);
  found.destinationAt = ipv6.destinationAt(ip);
  for (let left = MOST_HEADERS; isExtension(next); left--) {
    if (left === 0 || next === FRAGMENT) return false;
    const behind = extension.locate(view, at, end);
    if (behind < 0) return false;
    //= RFC 8200 §8.1: the destination of the pseudo-header is the final one
    const final = next === ROUTING ? extension.finalDestinationAt(view, at, behind) : -1;
    if (final >= 0) found.destinationAt = final;
    next = extension.nextHeader(view, at);
    at = behind;
  }
  found.at = at;
  found.protocol = next;
  return true;
}

/** The partial sum of the pseudo-header for `length` octets from `found.at` on. */
export function pseudoHeaderOf(view: DataView, ip: number, found: Transport, length: number): number {
  const addresses =
    ipv4.version(view, ip) === 4
      ? halves(ipv4.source(view, ip)) + halves(ipv4.destination(view, ip))
      : sum(view, ipv6.sourceAt(ip), 16) + sum(view, found.destinationAt, 16);
  return addresses + found.protocol + halves(length);
}

/** Whether it is a datagram without a checksum, which only IPv4 has (RFC 768; RFC 8200 §8.1). */
export const isUnsummed = (view: DataView, ip: number, { protocol, field }: Transport): boolean =>
  protocol === ipv4.UDP && view.getUint16(field) === 0 && ipv4.version(view, ip) === 4;
