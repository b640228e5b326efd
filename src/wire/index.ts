/** Octets to headers and back. Each protocol is a namespace of functions over `(view, at)`. */
export * as address from './address.ts';
export * as arp from './arp.ts';
export * as checksum from './checksum.ts';
export * as ethernet from './ethernet.ts';
export * from './frame.ts';
export * as icmp from './icmp.ts';
export * as icmpv6 from './icmpv6.ts';
export * as ipAddress from './ip-address.ts';
export * as ipv4 from './ipv4.ts';
export * as ipv6 from './ipv6.ts';
export * as ipv6Extensions from './ipv6-extensions.ts';
export * as neighbourDiscovery from './neighbour-discovery.ts';
export * from './problem.ts';
export * as tcp from './tcp.ts';
export * as tcpOptions from './tcp-options.ts';
export * as udp from './udp.ts';
