/**
 * The commonest frame of all, TCP over IP over Ethernet with nothing between, told by a few wide reads: for those who look at millions. Whatever it does not take for one
 * may still be one to the headers' own `locate`; what it takes for one is one. Read first: RFC 894; RFC 791 §3.1; RFC 8200 §3; RFC 9293 §3.1.
 */
import * as ethernet from './ethernet.ts';
import * as ipv4 from './ipv4.ts';
import * as ipv6 from './ipv6.ts';
import * as tcp from './tcp.ts';

/** EtherType, version, header length in words and (masked out) type of service, as they stand in four octets. */
const IPV4_WITHOUT_OPTIONS = (ethernet.TYPE_IPV4 << 16) | 0x4500;
const BUT_TYPE_OF_SERVICE = ~0xff;
/** EtherType and version; traffic class and flow label masked out. */
const IPV6 = (ethernet.TYPE_IPV6 << 16) | 0x6000;
const BUT_CLASS_AND_LABEL = ~0xfff;
/** Where the EtherType stands. */
const TYPE = 12;
/** More fragments, and the fragment's offset. */
const FRAGMENT = 0x3fff;

/**
 * Where the TCP header begins in the frame `[at, end)`, when the frame is Ethernet, IPv4 without options and no fragment or IPv6 without extension headers, and TCP
 * with a whole header inside the IP packet; else -1.
 */
export function locateSegment(view: DataView, at: number, end: number): number {
  const ip = at + ethernet.HEADER;
  let start: number;
  let packetEnd: number;
  if (end - ip < ipv4.HEADER + tcp.HEADER) return -1;
  const word = view.getInt32(at + TYPE);
  if ((word & BUT_TYPE_OF_SERVICE) === IPV4_WITHOUT_OPTIONS) {
    if (ipv4.protocol(view, ip) !== ipv4.TCP || (ipv4.flagsAndOffset(view, ip) & FRAGMENT) !== 0) return -1;
    start = ip + ipv4.HEADER;
    packetEnd = ipv4.payloadEnd(view, ip, end);
  } else if ((word & BUT_CLASS_AND_LABEL) === (IPV6 | 0)) {
    if (end - ip < ipv6.HEADER + tcp.HEADER || ipv6.nextHeader(view, ip) !== ipv6.TCP) return -1;
    // Where such a packet ends its length does not say.
    if (ipv6.payloadLength(view, ip) === 0) return -1;
    start = ip + ipv6.HEADER;
    packetEnd = ipv6.payloadEnd(view, ip, end);
  } else return -1;
  const header = packetEnd - start < tcp.HEADER ? 0 : tcp.headerLength(view, start);
  return header >= tcp.HEADER && start + header <= packetEnd ? start : -1;
}
