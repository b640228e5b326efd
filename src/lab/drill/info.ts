/** A connection's figures under the names of Linux's tcp_info. What the stack does not keep yet is known by name and refused, so that a script's own misspelling is told apart. */
import type { State } from '../../rules/states.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import type { Tcb } from '../../speak/tcp/index.ts';
import { Unsupported } from './unsupported.ts';

/** Linux's numbers of the states. */
const STATE_NUMBER: Readonly<Record<State, number>> = {
  ESTABLISHED: 1,
  'SYN-SENT': 2,
  'SYN-RECEIVED': 3,
  'FIN-WAIT-1': 4,
  'FIN-WAIT-2': 5,
  'TIME-WAIT': 6,
  CLOSED: 7,
  'CLOSE-WAIT': 8,
  'LAST-ACK': 9,
  LISTEN: 10,
  CLOSING: 11,
};

const flight = (tcb: Tcb): number => (tcb.snd.nxt - tcb.snd.una) | 0;

const FIGURES: Readonly<Record<string, (tcb: Tcb) => number>> = {
  tcpi_state: (tcb) => STATE_NUMBER[tcb.state],
  tcpi_rto: (tcb) => tcb.rtt.rto,
  tcpi_rtt: (tcb) => tcb.rtt.srtt,
  tcpi_snd_mss: (tcb) => tcb.snd.mss,
  tcpi_advmss: (tcb) => tcb.mss,
  tcpi_unacked: (tcb) => Math.ceil(flight(tcb) / tcb.snd.mss),
  tcpi_snd_wscale: (tcb) => Math.max(0, tcb.snd.scale),
  tcpi_rcv_wscale: (tcb) => tcb.rcv.scale,
  tcpi_snd_wnd: (tcb) => tcb.snd.wnd,
  tcpi_notsent_bytes: (tcb) => Math.max(0, (tcb.snd.end - tcb.snd.nxt) | 0),
  // Nothing of the kind is agreed, so nothing of the kind happens.
  tcpi_sacked: () => 0,
};

/** The other names that Linux has. */
const MISSING = new Set(
  `tcpi_ca_state tcpi_retransmits tcpi_probes tcpi_backoff tcpi_options tcpi_delivery_rate_app_limited tcpi_fastopen_client_fail tcpi_ato tcpi_rcv_mss
  tcpi_lost tcpi_retrans tcpi_fackets tcpi_last_data_sent tcpi_last_ack_sent tcpi_last_data_recv tcpi_last_ack_recv tcpi_pmtu tcpi_rcv_ssthresh tcpi_rttvar
  tcpi_snd_ssthresh tcpi_snd_cwnd tcpi_reordering tcpi_rcv_rtt tcpi_rcv_space tcpi_total_retrans tcpi_pacing_rate tcpi_max_pacing_rate tcpi_bytes_acked
  tcpi_bytes_received tcpi_segs_out tcpi_segs_in tcpi_min_rtt tcpi_data_segs_in tcpi_data_segs_out tcpi_delivery_rate tcpi_busy_time tcpi_rwnd_limited
  tcpi_sndbuf_limited tcpi_delivered tcpi_delivered_ce tcpi_bytes_sent tcpi_bytes_retrans tcpi_dsack_dups tcpi_reord_seen tcpi_rcv_ooopack tcpi_rcv_wnd
  tcpi_rehash tcpi_total_rto tcpi_total_rto_recoveries tcpi_total_rto_time`.split(/\s+/),
);

/** The value of a name; undefined when it is not one of tcp_info. @throws Unsupported when the stack has no such figure, or there is no connection */
export function infoOf(connection: Connection | undefined, name: string): number | undefined {
  const figure = Object.hasOwn(FIGURES, name) ? FIGURES[name] : undefined;
  if (figure === undefined) {
    if (MISSING.has(name)) throw new Unsupported(`${name}: the stack does not keep it yet`);
    return undefined;
  }
  if (connection === undefined) throw new Unsupported(`${name} of a connection that the host has no longer`);
  return figure(connection.tcb);
}
