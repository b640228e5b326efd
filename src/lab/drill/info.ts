/** A connection's figures under the names of Linux's tcp_info. What the stack does not keep is known by name and refused, so that a script's own misspelling is told apart. */
import { type Micros, SECOND } from '../../core/time.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import type { Host } from '../../speak/stack/host.ts';
import { type TcpInfo, tcpInfo } from '../../speak/tcp/index.ts';
import type { Chronograph } from './chronograph.ts';
import type { Reckoning } from './linux-reckonings.ts';
import { Unsupported } from './unsupported.ts';

/** The names that Linux has and the stack has not. */
const MISSING = new Set(
  `tcpi_delivery_rate_app_limited tcpi_rcv_rtt tcpi_delivery_rate tcpi_delivered tcpi_delivered_ce tcpi_dsack_dups tcpi_rehash tcpi_total_rto tcpi_total_rto_recoveries
  tcpi_total_rto_time tcpi_received_ce SK_MEMINFO_RMEM_ALLOC SK_MEMINFO_RCVBUF SK_MEMINFO_WMEM_ALLOC SK_MEMINFO_SNDBUF SK_MEMINFO_FWD_ALLOC
  SK_MEMINFO_WMEM_QUEUED SK_MEMINFO_OPTMEM SK_MEMINFO_BACKLOG SK_MEMINFO_DROPS`.split(/\s+/),
);

/** What stands for no limit. */
const UNLIMITED = 2 ** 64 - 1;

/** Names whose figure is 0: Linux does not keep it either, or it counts what the stack never does. */
const ZERO = new Set(['tcpi_last_ack_sent', 'tcpi_fackets', 'tcpi_fastopen_client_fail']);

/** Names of figures, for who has misspelt one. */
export const FIGURES: readonly string[] = [
  ...`tcpi_advmss tcpi_ato tcpi_backoff tcpi_bytes_acked tcpi_bytes_received tcpi_bytes_retrans tcpi_bytes_sent tcpi_ca_state tcpi_data_segs_in tcpi_data_segs_out
  tcpi_last_ack_recv tcpi_last_data_recv tcpi_last_data_sent tcpi_lost tcpi_min_rtt tcpi_notsent_bytes tcpi_options tcpi_pmtu tcpi_probes tcpi_rcv_mss tcpi_rcv_ooopack
  tcpi_rcv_space tcpi_rcv_ssthresh tcpi_rcv_wnd tcpi_rcv_wscale tcpi_reord_seen tcpi_reordering tcpi_retrans tcpi_retransmits tcpi_rto tcpi_rtt tcpi_rttvar tcpi_sacked tcpi_segs_in
  tcpi_segs_out tcpi_snd_cwnd tcpi_snd_mss tcpi_snd_ssthresh tcpi_snd_wnd tcpi_snd_wscale tcpi_state tcpi_total_retrans tcpi_unacked tcpi_busy_time tcpi_rwnd_limited
  tcpi_sndbuf_limited tcpi_pacing_rate tcpi_max_pacing_rate`.split(/\s+/),
  ...MISSING,
  ...ZERO,
];

/** The figure of a name; undefined when it is not one of tcp_info. @throws Unsupported when the stack has no such figure */
export function figureOf(info: TcpInfo, name: string): number | undefined {
  const kept = info[name as keyof TcpInfo];
  if (Object.hasOwn(info, name) && kept !== undefined) return kept;
  if (name === 'tcpi_max_pacing_rate') return UNLIMITED;
  if (name === 'tcpi_pacing_rate') return pacingRate(info);
  if (ZERO.has(name)) return 0;
  if (MISSING.has(name)) throw new Unsupported(`${name}: the stack does not keep it`);
  return undefined;
}

/** Octets in a second at which Linux would send at the most: in slow start twice a congestion window in each round trip, then six fifths of one. */
function pacingRate({ tcpi_rtt, tcpi_snd_mss, tcpi_snd_cwnd, tcpi_snd_ssthresh, tcpi_unacked }: TcpInfo): number {
  if (tcpi_rtt === 0) return UNLIMITED;
  const share = tcpi_snd_cwnd < tcpi_snd_ssthresh >> 1 ? 2 : 1.2;
  return Math.floor((share * tcpi_snd_mss * Math.max(tcpi_snd_cwnd, tcpi_unacked) * SECOND) / tcpi_rtt);
}

/** Linux hands a connection in TIME-WAIT over to a smaller record: its socket, where a program still has one, is told CLOSED. FreeBSD's is not. */
export const asSocketSees = (info: TcpInfo, foreign: boolean): TcpInfo =>
  info.tcpi_state === TIME_WAIT && !foreign ? { ...info, tcpi_state: CLOSED } : info;

const TIME_WAIT = 6;
const CLOSED = 7;

/** What is known of a connection. */
export interface Watched {
  readonly connection: Connection;
  readonly times: Chronograph;
}

/** What settings say of the figures. */
interface Sizes {
  /** Octets in the segments that a larger packet to the host stands for, where the script says so. */
  readonly segment: number | undefined;
  readonly foreignSizes: boolean;
}

/**
 * The same of a connection.
 * @throws Unsupported also when there is none
 */
export function infoOf(
  host: Host,
  watched: Watched | undefined,
  reckoning: Reckoning | undefined,
  name: string,
  { segment, foreignSizes }: Sizes,
  now: Micros,
): number | undefined {
  if (!FIGURES.includes(name)) return undefined;
  if (watched === undefined) throw new Unsupported(`${name} of a connection that the host has not had`);
  const { connection, times } = watched;
  const own = figureOfTimes(times, name) ?? (reckoning ? reckonedFigure(reckoning, name) : beforeReckoning(name));
  if (own !== undefined) return own;
  const { tcb, iface, remoteAddress } = connection;
  const info = asSocketSees(tcpInfo(tcb, now, host.pathMtu(iface, remoteAddress, now)), foreignSizes);
  const figure = figureOf(info, name);
  if (name !== 'tcpi_rcv_mss' || figure === undefined) return figure;
  return Math.min(figure, segment ?? info.tcpi_advmss);
}

function figureOfTimes(times: Chronograph, name: string): number | undefined {
  switch (name) {
    case 'tcpi_busy_time':
      return times.busy;
    case 'tcpi_rwnd_limited':
      return times.windowLimited;
    case 'tcpi_sndbuf_limited':
      return times.bufferLimited;
    default:
      return undefined;
  }
}

/** Figures that are 0 as long as nothing was reckoned: no acknowledgment has come yet. */
const beforeReckoning = (name: string): number | undefined =>
  name === 'tcpi_reord_seen' || name === 'tcpi_dsack_dups' || name === 'tcpi_rcv_rtt' ? 0 : undefined;

/** Those that Linux reckons as it does nothing else here. */
function reckonedFigure({ memory, roundTrip, twice, reordered }: Reckoning, name: string): number | undefined {
  switch (name) {
    case 'tcpi_rcv_ssthresh':
      return memory.threshold;
    case 'tcpi_rcv_wnd':
      return memory.window;
    case 'tcpi_rcv_mss':
      return memory.segment;
    case 'tcpi_rcv_rtt':
      return Math.floor(roundTrip.value);
    case 'tcpi_reord_seen':
      return reordered;
    case 'tcpi_dsack_dups':
      return twice;
    case 'SK_MEMINFO_RMEM_ALLOC':
      return memory.used;
    case 'SK_MEMINFO_RCVBUF':
      return memory.buffer;
    default:
      return undefined;
  }
}
