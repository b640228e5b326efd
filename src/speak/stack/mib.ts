/**
 * A host's counters as network management knows them: the tcp group of RFC 4022 by its names and definitions, and the udp group by its own. All counts are of this
 * host's life. Not here: what the host counts besides (`Host.counters`), the tables of connections and listeners. Read first: RFC 4022 §3.
 */
import { type Host, requireHost } from './host.ts';

/** The scalars of RFC 4022, and of its sister for UDP. */
export interface Mib {
  /** How the retransmission timeout is found: 5 is `rfc2988`, whose text RFC 6298 replaces. */
  readonly tcpRtoAlgorithm: 5;
  /** Bounds of the retransmission timeout in milliseconds, unless a socket was told otherwise. */
  readonly tcpRtoMin: number;
  readonly tcpRtoMax: number;
  /** The most connections there can be. */
  readonly tcpMaxConn: number;
  /** Moves from CLOSED to SYN-SENT. */
  readonly tcpActiveOpens: number;
  /** Moves from LISTEN to SYN-RECEIVED. */
  readonly tcpPassiveOpens: number;
  /** Moves to CLOSED from SYN-SENT or SYN-RECEIVED, and from SYN-RECEIVED to LISTEN. */
  readonly tcpAttemptFails: number;
  /** Moves to CLOSED from ESTABLISHED or CLOSE-WAIT. */
  readonly tcpEstabResets: number;
  /** Connections in ESTABLISHED or CLOSE-WAIT now. */
  readonly tcpCurrEstab: number;
  /** Segments received, those in error too. */
  readonly tcpInSegs: number;
  /** Segments sent, without those that carry only octets sent before. */
  readonly tcpOutSegs: number;
  /** Both again: what may go round there at 2^32 has 64 bits under these names. Here all counts are exact up to 2^53. */
  readonly tcpHCInSegs: number;
  readonly tcpHCOutSegs: number;
  /** Segments sent that carry one or more octets sent before. */
  readonly tcpRetransSegs: number;
  /** Segments received in error: malformed, or with a wrong checksum. */
  readonly tcpInErrs: number;
  /** Segments sent with RST. */
  readonly tcpOutRsts: number;
  /** Datagrams given to sockets; for a port without one; not delivered for another reason; sent. */
  readonly udpInDatagrams: number;
  readonly udpNoPorts: number;
  readonly udpInErrors: number;
  readonly udpOutDatagrams: number;
  /** As above. */
  readonly udpHCInDatagrams: number;
  readonly udpHCOutDatagrams: number;
}

/**
 * The counters of `host` now.
 * @throws TcplabError EINVAL when there is no host
 * @example const { tcpRetransSegs, tcpOutSegs } = mib(host);
 */
export function mib(host: Host): Mib {
  requireHost(host, 'mib');
  const { counters, connectionSettings } = host;
  return {
    tcpRtoAlgorithm: 5,
    tcpRtoMin: connectionSettings.minimumRto / 1_000,
    tcpRtoMax: connectionSettings.maximumRto / 1_000,
    tcpMaxConn: host.tcp.limit,
    tcpActiveOpens: counters.tcpActiveOpens,
    tcpPassiveOpens: counters.tcpPassiveOpens,
    tcpAttemptFails: counters.tcpAttemptFails,
    tcpEstabResets: counters.tcpEstabResets,
    tcpCurrEstab: counters.tcpCurrEstab,
    tcpInSegs: counters.tcpInSegs,
    tcpOutSegs: counters.tcpOutSegs,
    tcpHCInSegs: counters.tcpInSegs,
    tcpHCOutSegs: counters.tcpOutSegs,
    tcpRetransSegs: counters.tcpRetransSegs,
    tcpInErrs: counters.tcpMalformed + counters.tcpBadChecksum,
    tcpOutRsts: counters.tcpOutRsts,
    udpInDatagrams: counters.udpIn,
    udpNoPorts: counters.udpNoPort,
    udpInErrors: counters.udpMalformed + counters.udpBadChecksum + counters.udpQueueFull,
    udpOutDatagrams: counters.udpOut,
    udpHCInDatagrams: counters.udpIn,
    udpHCOutDatagrams: counters.udpOut,
  };
}
