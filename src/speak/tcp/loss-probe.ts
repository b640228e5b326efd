/**
 * The tail loss probe: when the last segments of a flight are lost, no duplicate acknowledgment tells of it; a probe after two round trips does, long
 * before the retransmission timeout. Read first: RFC 8985 §7.
 */
import { after, before, distance } from '../../core/sequence.ts';
import { MILLISECOND, type Micros, SECOND, TICK, ticksAt } from '../../core/time.ts';
import { onMended } from './congestion/reno.ts';
import type { IncomingSegment } from './segment.ts';
import { type LossProbe, type Tcb, TIMER } from './tcb.ts';
import { arm, disarm } from './timers.ts';

/** RFC 8985 §7.2: what a lone segment's acknowledgment may be late by, and what several's are allowed for clocks. */
const LATE_ACK: Micros = 200 * MILLISECOND;
const SLACK: Micros = 2 * MILLISECOND;

/** New octets have been sent, or some were acknowledged while others are in flight: a probe is due two round trips from now, at the latest with the retransmission timer. */
export function scheduleLossProbe(tcb: Tcb, now: Micros): void {
  const { snd, rtt, timers, congestion } = tcb;
  const recovery = snd.chosen?.recovery;
  if (recovery?.waitsForLate === true) return;
  const mends = congestion.recovering || congestion.timedOut || tcb.resend.active || recovery?.mayProbe === false;
  if (!tcb.sack || mends) return disarm(tcb, TIMER.LOSS_PROBE);
  if (tcb.probe !== undefined) {
    if (!after(snd.una, tcb.probe.to)) return;
    tcb.probe = undefined;
  }
  const flight = distance(snd.nxt, snd.una);
  if (flight <= 0) return disarm(tcb, TIMER.LOSS_PROBE);
  const wait = rtt.srtt === 0 ? SECOND : 2 * rtt.srtt;
  const most = ((timers.retransmission - ticksAt(now)) | 0) * TICK;
  arm(tcb, TIMER.LOSS_PROBE, Math.min(wait + (!after(tcb.tail, snd.una) ? LATE_ACK : SLACK), Math.max(0, most)), now);
}

/**
 * An acknowledgment has come since octets were sent again as a probe, and says something new or not (`repeats`): whether they had been lost (RFC 8985 §7.4.2). They had not where the peer says that they came
 * twice, or says the same again when it has all, and not that something came behind them; they had where it goes beyond them without that.
 */
export function probeAnswered(tcb: Tcb, probe: LossProbe, { ack, options }: IncomingSegment, repeats: boolean): void {
  const { snd, congestion } = tcb;
  if (before(ack, probe.to)) return;
  const twice = options.sackCount > 0 && options.sackBlocks[1] === probe.to;
  if (twice || (repeats && options.sackCount === 0 && ack === probe.to)) probe.again = false;
  else if (after(ack, probe.to)) {
    probe.again = false;
    onMended(congestion, snd.una, snd.nxt, snd.mss);
  }
}
