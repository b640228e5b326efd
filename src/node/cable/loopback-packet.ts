/**
 * What in a frame of a cable is for a program on it: a packet to 127.0.0.0/8 or ::1, of either version of IP alike. Nothing is judged here but where it stands. Not here: who gets it (hub.ts), what the connections are (conversations.ts).
 */
import * as ethernet from '../../wire/ethernet.ts';
import * as icmp from '../../wire/icmp.ts';
import * as icmpv6 from '../../wire/icmpv6.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { FRAGMENT, FRAGMENT_HEADER, fragmentOffset } from '../../wire/ipv6-extensions.ts';
import { findTransport, makeTransport } from '../../wire/transport.ts';

/** Such a packet; its owner has one and fills it again for each frame. */
export interface LoopbackPacket {
  /** Where the IP header stands, and which version it is. */
  ip: number;
  six: boolean;
  /** What the packet carries, where that begins and where it ends. */
  protocol: number;
  at: number;
  end: number;
}

/** An empty one. */
export const makeLoopbackPacket = (): LoopbackPacket => ({ ip: 0, six: false, protocol: 0, at: 0, end: 0 });

const transport = makeTransport();

/** Finds it in the frame from `at` to `end`. False when the frame carries none, or a fragment that has no ports: whoever has the first one will know what to do with it. */
export function findLoopbackPacket(view: DataView, at: number, end: number, found: LoopbackPacket): boolean {
  const ip = at + ethernet.HEADER;
  if (end < ip) return false;
  const type = ethernet.type(view, at);
  if (type !== ethernet.TYPE_IPV4 && type !== ethernet.TYPE_IPV6) return false;
  found.ip = ip;
  found.six = type === ethernet.TYPE_IPV6;
  return found.six ? find6(view, ip, end, found) : find4(view, ip, end, found);
}

function find4(view: DataView, ip: number, end: number, found: LoopbackPacket): boolean {
  found.at = ipv4.locate(view, ip, end);
  if (found.at < 0 || ipv4.destination(view, ip) >>> 24 !== 127 || ipv4.fragmentOffset(view, ip) !== 0) return false;
  found.protocol = ipv4.protocol(view, ip);
  found.end = ipv4.payloadEnd(view, ip, end);
  return true;
}

function find6(view: DataView, ip: number, end: number, found: LoopbackPacket): boolean {
  found.at = ipv6.locate(view, ip, end);
  if (found.at < 0 || !isLoopback(view, ipv6.destinationAt(ip))) return false;
  found.protocol = ipv6.nextHeader(view, ip);
  found.end = ipv6.payloadEnd(view, ip, end);
  if (found.protocol === FRAGMENT) return findFirstFragment(view, found);
  if (found.protocol === ipv6.ICMPV6) return true;
  // Whatever headers are between.
  if (!findTransport(view, ip, found.end, transport)) return false;
  found.protocol = transport.protocol;
  found.at = transport.at;
  return true;
}

/** Behind a fragment header stands what the first fragment begins with. */
function findFirstFragment(view: DataView, found: LoopbackPacket): boolean {
  if (found.end - found.at < FRAGMENT_HEADER || fragmentOffset(view, found.at) !== 0) return false;
  found.protocol = view.getUint8(found.at);
  found.at += FRAGMENT_HEADER;
  return true;
}

/** Whether the IPv6 address at `at` is ::1. */
const isLoopback = (view: DataView, at: number): boolean =>
  view.getInt32(at + 12) === 1 && (view.getInt32(at) | view.getInt32(at + 4) | view.getInt32(at + 8)) === 0;

/** Where the transport header of the packet begins that an ICMP error quotes, in `found`; false when that is no error, or quotes less than the ports. */
export function findQuoted(view: DataView, error: LoopbackPacket, found: LoopbackPacket): boolean {
  const { at, end, six } = error;
  if (end - at < icmp.HEADER || !isError(icmp.type(view, at), six)) return false;
  const ip = at + icmp.HEADER;
  found.ip = ip;
  found.six = six;
  found.end = end;
  found.at = six ? ipv6.locate(view, ip, end) : ipv4.locate(view, ip, end);
  if (found.at < 0 || end - found.at < 4) return false;
  found.protocol = six ? ipv6.nextHeader(view, ip) : ipv4.protocol(view, ip);
  return true;
}

const isError = (type: number, six: boolean): boolean =>
  six
    ? type <= icmpv6.PARAMETER_PROBLEM
    : type === icmp.DESTINATION_UNREACHABLE ||
      type === icmp.TIME_EXCEEDED ||
      type === icmp.PARAMETER_PROBLEM ||
      type === icmp.REDIRECT;
