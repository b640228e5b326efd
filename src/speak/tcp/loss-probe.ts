/**
 * The tail loss probe: when the last segments of a flight are lost, no duplicate acknowledgment tells of it; a probe after two round trips does, long
 * before the retransmission timeout. Read first: RFC 8985 §7.
 */
import { smaller } from '../../core/least.ts';
import { after, before, distance, latest } from '../../core/sequence.ts';
import { MILLISECOND, type Micros, SECOND, TICK, ticksAt } from '../../core/time.ts';
import { onMended } from './congestion/reno.ts';
import type { IncomingSegment } from './segment.ts';
import { type LossProbe, type Tcb, TIMER } from './tcb.ts';
import { arm, disarm } from './timers.ts';

/** RFC 8985 §7.2: what a lone segment's acknowledgment may be late by, and what several's are allowed for clocks. */
const LATE_ACK: Micros = 200 * MILLISECOND;
const SLACK: Micros = 2 * MILLISECOND;

/**
 * New octets have been sent (`sending`), or some were acknowledged while others are in flight: a probe is due two round trips from now, at the latest with the retransmission timer. Where segments are counted that is when
 * the first in flight is overdue; if it is already, as after a probe that nobody answers, it waits for that long, too: what is sent now is given the time to be answered.
 */
export function scheduleLossProbe(tcb: Tcb, now: Micros, sending = false): void {
  const { snd, rtt, timers, congestion } = tcb;
  const recovery = snd.chosen?.recovery;
  if (recovery?.waitsForLate === true) return;
  const mends = congestion.recovering || congestion.timedOut || tcb.resend.active || recovery?.mayProbe === false;
  if (!tcb.sack || mends) return disarm(tcb, TIMER.LOSS_PROBE);
  if (tcb.probe !== undefined && recovery === undefined) {
    if (!after(snd.una, tcb.probe.to)) return;
    tcb.probe = undefined;
  }
  const flight = distance(snd.nxt, snd.una);
  if (flight <= 0) return disarm(tcb, TIMER.LOSS_PROBE);
  const wait = rtt.srtt === 0 ? SECOND : 2 * rtt.srtt;
  const due = wait + (!after(tcb.tail, snd.una) ? LATE_ACK : SLACK);
  if (sending && recovery !== undefined) {
    const left = recovery.overdue(tcb, now);
    arm(tcb, TIMER.LOSS_PROBE, left > 0 ? smaller(due, left) : due, now);
    timers.retransmission = latest(timers.retransmission, timers.lossProbe);
    return;
  }
  const most = ((timers.retransmission - ticksAt(now)) | 0) * TICK;
  arm(tcb, TIMER.LOSS_PROBE, Math.min(due, Math.max(0, most)), now);
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
