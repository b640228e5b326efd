/** What a host counts: everything it took in, gave out, and above all what it dropped and why. One number for each reason, so that no packet vanishes unseen. */

import { makeTcpCounters, type TcpCounters } from '../tcp/index.ts';

/** Counters of a host, in packets unless it says otherwise. Those of its connections are among them. */
export interface HostCounters extends TcpCounters {
  /** Frames received and sent. */
  framesIn: number;
  framesOut: number;
  /** Frames for another hardware address, of an unknown EtherType, or cut short. */
  etherNotForUs: number;
  etherUnknownType: number;
  etherMalformed: number;
  /** ARP packets that do not hold together or are not for Ethernet and IPv4. */
  arpMalformed: number;
  /** Packets dropped because their next hop has not answered yet and too many wait already, or because it never answered. */
  arpQueueFull: number;
  arpUnanswered: number;
  /** Neighbours not remembered because the cache was full of ones being asked for. */
  arpCacheFull: number;
  /** Packets by which another claimed our IPv4 address. */
  arpConflicts: number;
  /** Neighbours, of either version, whose hardware address another claimed; those that did not answer, and it was the other's then. */
  neighbourContests: number;
  neighbourMoves: number;
  /** Messages by which another claimed an IPv6 address of ours; addresses, routers and networks that routers advertised beyond what is remembered. */
  ip6Duplicates: number;
  ip6TooMuchAdvertised: number;
  /** IPv4 packets whose header or checksum is wrong. */
  ipMalformed: number;
  ipBadChecksum: number;
  /** For another address; from or to an address that cannot be (127.0.0.0/8 on a wire, a multicast source). */
  ipNotForUs: number;
  ipMartian: number;
  /** With a source route that goes on from here, or with any where the host was told to refuse them. */
  ipSourceRouted: number;
  /** Fragments received; of them, those whose length or place cannot be, or that hide the header of what they carry; copies, and those of datagrams that were given up. */
  ipFragmentsIn: number;
  ipFragmentMalformed: number;
  ipFragmentDropped: number;
  /** Datagrams put together; given up because fragments overlapped (or were too many), because the rest did not come in time, or to make room. */
  ipReassembled: number;
  ipFragmentOverlaps: number;
  ipReassemblyTimeouts: number;
  ipReassemblyEvicted: number;
  /** Packets sent in fragments, and the fragments. */
  ipFragmented: number;
  ipFragmentsOut: number;
  /** Of a protocol nobody here speaks. */
  ipUnknownProtocol: number;
  /** Packets passed on to other hosts; not passed on because their time to live was over, because they may not be, or because the next link takes no such length. */
  ipForwarded: number;
  ipTimeExceeded: number;
  ipForwardRefused: number;
  ipTooLong: number;
  /** Not passed on because a link with offload left their checksum, or their cutting, to us, and no header of TCP or UDP was found. */
  ipUnfinished: number;
  /** Packets that a translation of addresses had no room for, or no business with. */
  natRefused: number;
  /** Packets not sent because no route leads there, or no frame was free. */
  ipNoRoute: number;
  ipNoFrame: number;
  icmpMalformed: number;
  icmpBadChecksum: number;
  /** Of a type that is not answered nor listened to. */
  icmpIgnored: number;
  /** Echo requests answered; errors sent and received. */
  icmpEchoReplies: number;
  icmpErrorsOut: number;
  icmpErrorsIn: number;
  /** Errors and replies not sent because of the rate limit. */
  icmpRateLimited: number;
  /** Messages that say which IPv6 groups are listened to. */
  icmpListenerReports: number;
  /** Datagrams given to sockets, and sent. */
  udpIn: number;
  udpOut: number;
  udpMalformed: number;
  udpBadChecksum: number;
  /** Datagrams for a port without a socket, and for a socket whose queue was full. */
  udpNoPort: number;
  udpQueueFull: number;
  /** Segments received, whatever became of them; those that a connection accepted (`tcpDropped` has the others, by reason). */
  tcpInSegs: number;
  tcpAccepted: number;
  tcpMalformed: number;
  tcpBadChecksum: number;
  /** Segments for which there is no connection. */
  tcpNoConnection: number;
  /** Segments that came as broadcast or multicast. */
  tcpNotUnicast: number;
  /** Segments from and to the same end, which no connection has. */
  tcpSameEnds: number;
  /** SYNs for a connection in TIME-WAIT: those that took its place, and those that could be confused with it and were dropped. */
  tcpTimeWaitReused: number;
  tcpTimeWaitKept: number;
  /** SYNs dropped because the listener's queue of unfinished or of unaccepted connections was full, or the host's table was. */
  tcpSynQueueFull: number;
  tcpAcceptQueueFull: number;
  tcpTableFull: number;
  /** Connections whose programs had gone and whose octets were not acknowledged, reset because there were too many such. */
  tcpOrphansReset: number;
  /** SYNs that found the queue of unfinished handshakes full and were answered with a cookie; acknowledgments that brought one back. */
  tcpSynCookiesSent: number;
  tcpSynCookiesTaken: number;
}

/** All at zero. */
export const makeCounters = (): HostCounters => ({
  framesIn: 0,
  framesOut: 0,
  etherNotForUs: 0,
  etherUnknownType: 0,
  etherMalformed: 0,
  arpMalformed: 0,
  arpQueueFull: 0,
  arpUnanswered: 0,
  arpCacheFull: 0,
  arpConflicts: 0,
  neighbourContests: 0,
  neighbourMoves: 0,
  ip6Duplicates: 0,
  ip6TooMuchAdvertised: 0,
  ipMalformed: 0,
  ipBadChecksum: 0,
  ipNotForUs: 0,
  ipMartian: 0,
  ipSourceRouted: 0,
  ipFragmentsIn: 0,
  ipFragmentMalformed: 0,
  ipFragmentDropped: 0,
  ipReassembled: 0,
  ipFragmentOverlaps: 0,
  ipReassemblyTimeouts: 0,
  ipReassemblyEvicted: 0,
  ipFragmented: 0,
  ipFragmentsOut: 0,
  ipUnknownProtocol: 0,
  ipForwarded: 0,
  ipTimeExceeded: 0,
  ipForwardRefused: 0,
  ipTooLong: 0,
  ipUnfinished: 0,
  natRefused: 0,
  ipNoRoute: 0,
  ipNoFrame: 0,
  icmpMalformed: 0,
  icmpBadChecksum: 0,
  icmpIgnored: 0,
  icmpEchoReplies: 0,
  icmpErrorsOut: 0,
  icmpErrorsIn: 0,
  icmpRateLimited: 0,
  icmpListenerReports: 0,
  udpIn: 0,
  udpOut: 0,
  udpMalformed: 0,
  udpBadChecksum: 0,
  udpNoPort: 0,
  udpQueueFull: 0,
  ...makeTcpCounters(),
  tcpInSegs: 0,
  tcpAccepted: 0,
  tcpMalformed: 0,
  tcpBadChecksum: 0,
  tcpNoConnection: 0,
  tcpNotUnicast: 0,
  tcpSameEnds: 0,
  tcpTimeWaitReused: 0,
  tcpTimeWaitKept: 0,
  tcpSynQueueFull: 0,
  tcpAcceptQueueFull: 0,
  tcpTableFull: 0,
  tcpOrphansReset: 0,
  tcpSynCookiesSent: 0,
  tcpSynCookiesTaken: 0,
});
