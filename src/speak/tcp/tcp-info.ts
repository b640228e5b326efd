/**
 * How a connection goes, in the names and units of Linux's `tcp_info` (getsockopt TCP_INFO): times in microseconds or, where it says so, milliseconds; windows and
 * counts of segments in segments. Only what this stack knows; a field that is not here is not kept. Not here: names as scripts have them (lab/drill).
 */
import { after, before, distance } from '../../core/sequence.ts';
import { MILLISECOND, type Micros, TICK, type Ticks, ticksAt } from '../../core/time.ts';
import type { State } from '../../rules/states.ts';
import { DUPLICATES, INFINITE_THRESHOLD, initialWindow } from './congestion/reno.ts';
import { ECN } from './ecn.ts';
import { measuredRto } from './rtt.ts';
import { type Tcb, TIMER } from './tcb.ts';
import * as timestamps from './timestamps.ts';

/** A connection's figures. Counts of octets are whole numbers, also beyond 2^32; those of segments are modulo 2^32, as in Linux. */
export interface TcpInfo {
  /** Linux's number of the state: 1 ESTABLISHED, 2 SYN-SENT, 3 SYN-RECEIVED, 4 FIN-WAIT-1, 5 FIN-WAIT-2, 6 TIME-WAIT, 7 CLOSED, 8 CLOSE-WAIT, 9 LAST-ACK, 10 LISTEN, 11 CLOSING. */
  tcpi_state: number;
  /** 0 open, 1 disorder (duplicate acknowledgments), 3 recovery, 4 loss (a timeout). */
  tcpi_ca_state: number;
  /** Retransmission timeouts in a row; probes that were not answered (of a closed window, of an idle peer); how often the timer has doubled. */
  tcpi_retransmits: number;
  tcpi_probes: number;
  tcpi_backoff: number;
  /** Agreed: 1 timestamps, 2 SACK, 4 window scaling. */
  tcpi_options: number;
  tcpi_snd_wscale: number;
  tcpi_rcv_wscale: number;
  /** The retransmission timeout now, and how long an acknowledgment waits for company (0 before octets came that were next), in microseconds. */
  tcpi_rto: number;
  tcpi_ato: number;
  /** Octets in a full segment that is sent; in the largest that came, 536 at least (less when the link takes less, and before any came when the peer takes less). */
  tcpi_snd_mss: number;
  tcpi_rcv_mss: number;
  /**
   * Segments in flight; reported beyond a hole (as many as there were duplicate acknowledgments); taken for lost; sent again and not acknowledged. Reckoned in full segments.
   */
  tcpi_unacked: number;
  tcpi_sacked: number;
  tcpi_lost: number;
  tcpi_retrans: number;
  /** Milliseconds since octets were sent, received in order, and since any segment came. */
  tcpi_last_data_sent: number;
  tcpi_last_data_recv: number;
  tcpi_last_ack_recv: number;
  /** Octets in the longest packet of the path, and the largest segment that the peer was asked for, options taken off. */
  tcpi_pmtu: number;
  tcpi_advmss: number;
  /** Octets that may wait for the program: the limit of the window now. */
  tcpi_rcv_ssthresh: number;
  /** Smoothed round trip, its variance and the shortest, in microseconds; the last is 2^32 - 1 before the first sample. */
  tcpi_rtt: number;
  tcpi_rttvar: number;
  tcpi_min_rtt: number;
  /** In segments; the threshold is 2^31 - 1 before the first loss. */
  tcpi_snd_ssthresh: number;
  tcpi_snd_cwnd: number;
  /** Duplicate acknowledgments that tell a loss. */
  tcpi_reordering: number;
  /** Segments sent again, ever, and their octets. */
  tcpi_total_retrans: number;
  tcpi_bytes_retrans: number;
  /** Octets sent, those sent again counted; acknowledged, received: as in Linux with the FIN, and the SYN of an active open, counted as one octet each. */
  tcpi_bytes_sent: number;
  tcpi_bytes_acked: number;
  tcpi_bytes_received: number;
  /** Segments; that of a passive open's SYN,ACK is not counted, as in Linux. */
  tcpi_segs_out: number;
  tcpi_segs_in: number;
  tcpi_data_segs_out: number;
  tcpi_data_segs_in: number;
  /**
   * Segments that have arrived, the SYN and a FIN that went alone among them, and those whose arrival was told with a mark of congestion (ECN). Reckoned as `tcpi_unacked` is;
   * undefined where it is not kept: when SYN or FIN and octets went again, when marks came.
   */
  tcpi_delivered: number | undefined;
  tcpi_delivered_ce: number | undefined;
  /** Octets that the program has read in one round trip at the most; a first window's, when it has read less. */
  tcpi_rcv_space: number;
  /** Octets that were not sent yet. */
  tcpi_notsent_bytes: number;
  /** Segments whose octets lay beyond a hole. */
  tcpi_rcv_ooopack: number;
  /** The peer's window, and the one it was promised, in octets. */
  tcpi_snd_wnd: number;
  tcpi_rcv_wnd: number;
}

/** Linux's numbers of the states. */
export const STATE_NUMBER: Readonly<Record<State, number>> = {
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

/** Bits of tcpi_options. */
const TIMESTAMPS = 1;
const SACK = 2;
const WINDOW_SCALE = 4;
const MARKS = 8;
const MARKS_SEEN = 16;

/** Values of tcpi_ca_state. */
const OPEN = 0;
const DISORDER = 1;
const REDUCED = 2;
const RECOVERY = 3;
const LOSS = 4;

const ROUND = 2 ** 32;

/** Segments of the window that Linux begins to measure with. */
const INITIAL_SEGMENTS = 10;

/** Octets of IP and TCP header without options. */
const HEADERS = 40;

/** What rttvar is before the first sample, as Linux has it: while the SYN is not acknowledged, and then. */
const UNKNOWN_VARIANCE = 250_000;
const STILL_UNKNOWN_VARIANCE = 750_000;

/** Segments in flight: full ones, the rest of them, and a FIN that had no octets to go with. */
function inFlight({ state, snd, tail }: Tcb): number {
  if (state === 'CLOSED') return 0;
  const octets = distance(snd.nxt, snd.una);
  const finAlone = octets > 0 && snd.finSent && tail === snd.end ? 1 : 0;
  return Math.ceil(Math.max(0, octets - finAlone) / snd.mss) + finAlone;
}

/** Octets of a full segment before one has come: as many as the peer takes, between 88 and 536. */
const expected = ({ snd, mss }: Tcb): number => Math.max(Math.min(88, mss), Math.min(536, snd.mss, mss));

/** Segments that have arrived; undefined when those that went again cannot be told apart. */
function delivered(tcb: Tcb): number | undefined {
  const { snd, iss, counts, congestion, tail } = tcb;
  if (snd.chosen?.recovery !== undefined) return 1 + snd.chosen.recovery.delivered;
  const retransmitted = counts.retransmitted - counts.synsAgain;
  if (retransmitted > 0 && snd.finSent) return undefined;
  const finAlone = snd.finSent && tail === snd.end ? 1 : 0;
  const sent = counts.dataSegmentsOut - retransmitted + finAlone - inFlight(tcb);
  return snd.una === iss && counts.roundsOut === 0 ? 0 : (1 + sent + congestion.duplicates) >>> 0;
}

/** What congestion control is about: what was in flight when it began is being sent again, or acknowledged after marks, or acknowledgments begin to look like a loss. */
function congestionState({ snd: { una, chosen }, congestion }: Tcb): number {
  if (chosen?.recovery !== undefined) return chosen.recovery.phase;
  const { recover, answered, recovering, timedOut, duplicates, cwnd } = congestion;
  // No acknowledgment has come yet.
  if (cwnd === 0) return OPEN;
  if (recovering) return RECOVERY;
  if (timedOut || before(una, recover)) return LOSS;
  // Only marks leave the two apart.
  if (answered !== recover && !after(una, answered)) return REDUCED;
  return duplicates > 0 ? DISORDER : OPEN;
}

/** The congestion window as Linux tells it: without what duplicates let go in recovery, where it comes down to the threshold as what was in flight arrives, and without what tells a timeout from a loss. */
function congestionWindow({ snd, congestion }: Tcb): number {
  if (snd.chosen?.recovery !== undefined) return snd.chosen.recovery.window * snd.mss;
  const { cwnd, ssthresh, duplicates, recovering } = congestion;
  if (cwnd === 0) return initialWindow(snd.mss);
  if (recovering) return Math.max(ssthresh, distance(snd.nxt, snd.una) - duplicates * snd.mss);
  return cwnd;
}

/** How often the timeout has doubled since a round trip was measured: an acknowledgment of what was sent twice tells of none. */
const doublings = ({ rtt, options }: Tcb): number =>
  rtt.srtt === 0 ? 0 : Math.round(Math.log2(rtt.rto / measuredRto(rtt, options)));

/** The figures of a connection at `now`; `mtu` is that of its path. */
export function tcpInfo(tcb: Tcb, now: Micros, mtu: number = tcb.pathMtu || tcb.mss + HEADERS): TcpInfo {
  const { snd, rcv, rtt, resend, congestion, counts, ts, timers, iss, irs } = tcb;
  const { mss } = snd;
  const segments = (octets: number): number => Math.ceil(Math.max(0, octets) / mss);
  const since = (tick: Ticks): number => Math.floor((((ticksAt(now) - tick) | 0) * TICK) / MILLISECOND);
  const probing = (timers.armed & TIMER.PERSIST) !== 0;
  // A peer that has answered with a closed window is no longer silent.
  const timeouts = tcb.answered ? 0 : tcb.timeouts;
  // A SYN has come: the receive side means something.
  const opened = rcv.nxt !== irs;
  const received = opened ? ((rcv.nxt - irs - 1) >>> 0) + counts.roundsIn * ROUND : 0;
  const scaled = opened && snd.scale >= 0;
  const covered = ((snd.una - iss) >>> 0) + counts.roundsOut * ROUND;
  // Numbers given to octets: not those of SYN and FIN.
  const sent = covered + distance(snd.nxt, snd.una) - 1 - (snd.finSent ? 1 : 0);
  const cwnd = congestionWindow(tcb);
  const recovery = snd.chosen?.recovery;
  const advertised = timestamps.largestIncoming(tcb);
  return {
    tcpi_state: STATE_NUMBER[tcb.state],
    tcpi_ca_state: congestionState(tcb),
    tcpi_retransmits: probing ? 0 : timeouts,
    tcpi_probes: probing ? timeouts : tcb.unanswered,
    tcpi_backoff: probing ? tcb.probes : Math.max(timeouts, doublings(tcb)),
    tcpi_options:
      (ts.on ? TIMESTAMPS : 0) |
      (tcb.sack ? SACK : 0) |
      (scaled ? WINDOW_SCALE : 0) |
      (tcb.ecn & ECN.ECHOES ? MARKS : 0) |
      (tcb.ecn & ECN.SEEN ? MARKS_SEEN : 0),
    tcpi_snd_wscale: Math.max(0, snd.scale),
    tcpi_rcv_wscale: scaled ? rcv.scale : 0,
    tcpi_rto: rtt.rto,
    tcpi_ato: received > 0 ? tcb.options.delayedAck : 0,
    tcpi_snd_mss: mss,
    tcpi_rcv_mss: counts.dataSegmentsIn === 0 ? expected(tcb) : Math.min(tcb.acknowledging.largest, tcb.mss),
    tcpi_unacked: recovery?.unacknowledged || inFlight(tcb),
    tcpi_sacked: recovery?.sacked ?? congestion.duplicates,
    tcpi_lost: recovery?.lost ?? (resend.active ? segments(distance(resend.end, snd.una)) : 0),
    tcpi_retrans: recovery?.again ?? (resend.active ? segments(distance(resend.next, snd.una)) : 0),
    tcpi_last_data_sent: since(tcb.lastSent),
    tcpi_last_data_recv: since(counts.lastData),
    tcpi_last_ack_recv: since(timers.heard),
    tcpi_pmtu: mtu,
    tcpi_advmss: advertised,
    tcpi_rcv_ssthresh: Math.min(tcb.space.receive, 0xffff << rcv.scale),
    tcpi_rtt: rtt.srtt,
    tcpi_rttvar: rtt.srtt > 0 ? rtt.rttvar : covered > 0 ? STILL_UNKNOWN_VARIANCE : UNKNOWN_VARIANCE,
    tcpi_min_rtt: rtt.shortest === 0 ? ROUND - 1 : rtt.shortest,
    tcpi_snd_ssthresh: congestion.ssthresh === INFINITE_THRESHOLD ? 0x7fff_ffff : Math.floor(congestion.ssthresh / mss),
    tcpi_snd_cwnd: Math.max(1, Math.floor(cwnd / mss)),
    tcpi_reordering: recovery?.reordering ?? DUPLICATES,
    tcpi_total_retrans: counts.retransmitted >>> 0,
    tcpi_bytes_retrans: counts.retransmittedOctets >>> 0,
    tcpi_bytes_sent: Math.max(0, sent) + (counts.retransmittedOctets >>> 0),
    tcpi_bytes_acked: Math.max(0, covered - (tcb.passive ? 1 : 0)),
    tcpi_bytes_received: received,
    tcpi_segs_out: (counts.segmentsOut - (tcb.passive && covered > 0 ? 1 + counts.synsAgain : 0)) >>> 0,
    tcpi_segs_in: counts.segmentsIn >>> 0,
    tcpi_data_segs_out: counts.dataSegmentsOut >>> 0,
    tcpi_data_segs_in: counts.dataSegmentsIn >>> 0,
    tcpi_delivered: delivered(tcb),
    tcpi_delivered_ce: tcb.ecn & ECN.ECHOES ? recovery?.deliveredMarked : 0,
    tcpi_rcv_space: Math.max(tcb.space.round, Math.min(tcb.space.receive, INITIAL_SEGMENTS * advertised)),
    tcpi_notsent_bytes: Math.max(0, distance(snd.end, snd.nxt)),
    tcpi_rcv_ooopack: counts.outOfOrder >>> 0,
    tcpi_snd_wnd: snd.wnd,
    tcpi_rcv_wnd: opened ? Math.max(0, distance(rcv.edge, rcv.nxt)) : 0,
  };
}
