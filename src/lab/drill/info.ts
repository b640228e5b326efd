/** A connection's figures under the names of Linux's tcp_info. What the stack does not keep is known by name and refused, so that a script's own misspelling is told apart. */
import type { Connection } from '../../speak/stack/connection.ts';
import { type TcpInfo, tcpInfo } from '../../speak/tcp/index.ts';
import { Unsupported } from './unsupported.ts';

/** The names that Linux has and the stack has not. */
const MISSING = new Set(
  `tcpi_delivery_rate_app_limited tcpi_fastopen_client_fail tcpi_rcv_rtt tcpi_rcv_space tcpi_pacing_rate tcpi_max_pacing_rate tcpi_delivery_rate tcpi_busy_time
  tcpi_rwnd_limited tcpi_sndbuf_limited tcpi_delivered tcpi_delivered_ce tcpi_dsack_dups tcpi_reord_seen tcpi_rehash tcpi_total_rto tcpi_total_rto_recoveries
  tcpi_total_rto_time`.split(/\s+/),
);

/** Names whose figure Linux does not keep either: it answers 0. */
const ZERO = new Set(['tcpi_last_ack_sent', 'tcpi_fackets']);

/** The figure of a name; undefined when it is not one of tcp_info. @throws Unsupported when the stack has no such figure */
export function figureOf(info: TcpInfo, name: string): number | undefined {
  if (Object.hasOwn(info, name)) return info[name as keyof TcpInfo];
  if (ZERO.has(name)) return 0;
  if (MISSING.has(name)) throw new Unsupported(`${name}: the stack does not keep it`);
  return undefined;
}

/** The same of a connection. @throws Unsupported also when there is none */
export function infoOf(connection: Connection | undefined, name: string, now: number): number | undefined {
  if (!name.startsWith('tcpi_')) return undefined;
  if (connection === undefined) throw new Unsupported(`${name} of a connection that the host has no longer`);
  return figureOf(tcpInfo(connection.tcb, now, connection.iface.port.mtu), name);
}
