/** A connection's figures under the names of Linux's tcp_info. What nobody keeps is known by name and refused, so that a script's own misspelling is told apart. */
import type { Micros } from '../../core/time.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import { tcpInfo } from '../../speak/tcp/index.ts';
import type { Chronograph } from './chronograph.ts';
import { Unsupported } from './unsupported.ts';

/** What is known of a connection. */
export interface Watched {
  readonly connection: Connection;
  readonly times: Chronograph;
}

/** The names of Linux's tcp_info that are not here, and of what else scripts look at. */
const MISSING = new Set(
  `tcpi_delivery_rate_app_limited tcpi_fastopen_client_fail tcpi_fackets tcpi_last_ack_sent tcpi_rcv_rtt tcpi_rcv_space tcpi_pacing_rate
  tcpi_max_pacing_rate tcpi_delivery_rate tcpi_delivered tcpi_delivered_ce tcpi_dsack_dups tcpi_reord_seen tcpi_rehash tcpi_total_rto
  tcpi_total_rto_recoveries tcpi_total_rto_time tcpi_received_ce tcpi_received_ecn_bytes SK_MEMINFO_RMEM_ALLOC SK_MEMINFO_RCVBUF SK_MEMINFO_WMEM_ALLOC
  SK_MEMINFO_SNDBUF SK_MEMINFO_FWD_ALLOC SK_MEMINFO_WMEM_QUEUED SK_MEMINFO_OPTMEM SK_MEMINFO_BACKLOG SK_MEMINFO_DROPS`.split(/\s+/),
);

/**
 * The value of a name; undefined when it is not one of tcp_info.
 * @param segment octets in the segments that a larger packet to the host stands for, where the script says so
 * @throws Unsupported when nobody keeps such a figure, or there is no connection
 */
export function infoOf(
  watched: Watched | undefined,
  name: string,
  segment: number | undefined,
  now: Micros,
): number | undefined {
  if (MISSING.has(name)) throw new Unsupported(`${name}: nobody keeps it yet`);
  if (!name.startsWith('tcpi_')) return undefined;
  if (watched === undefined) throw new Unsupported(`${name} of a connection that the host has not had`);
  const { connection, times } = watched;
  switch (name) {
    case 'tcpi_busy_time':
      return times.busy;
    case 'tcpi_rwnd_limited':
      return times.windowLimited;
    case 'tcpi_sndbuf_limited':
      return times.bufferLimited;
    default:
  }
  const all = tcpInfo(connection.tcb, now, connection.tcb.pathMtu || undefined);
  const figures = all as unknown as Readonly<Record<string, number>>;
  if (!Object.hasOwn(figures, name)) return undefined;
  const value = figures[name]!;
  return name === 'tcpi_rcv_mss' && segment !== undefined ? Math.min(value, segment) : value;
}
