/**
 * How long a round trip takes and how long to wait before sending again. Read first: RFC 6298 whole. Round trips are timed one
 * at a time and never over a retransmission (Karn's algorithm, RFC 6298 §3). Times here are microseconds, int32.
 */
import { larger, smaller } from '../../core/least.ts';
import type { Micros } from '../../core/time.ts';
import type { Choices } from './choices.ts';
import type { ConnectionSettings } from './connection-settings.ts';

/** The estimator of one connection. */
export interface Rtt {
  /** Smoothed round-trip time; 0 before the first sample. */
  srtt: number;
  rttvar: number;
  /** The shortest sample; 0 before the first. */
  shortest: number;
  /** The retransmission timeout now, back-off included. */
  rto: number;
  /** The segment being timed ends at this sequence number ... */
  timedUntil: number;
  /** ... and was sent at this time, modulo 2^32 microseconds ... */
  timedSince: number;
  /** ... while this is true. */
  timing: boolean;
  /** When the last sample was taken, modulo 2^32 microseconds. */
  sampledAt: number;
  /** The timer of the SYN, or SYN,ACK, expired, and it went again. */
  synExpired: boolean;
}

/** What a connection was told of its timeout: its bounds, the least that the variance counts for in it, and whether a round trip that is shorter than expected hardly adds to that. */
export interface RttSettings extends Pick<ConnectionSettings, 'minimumRto' | 'maximumRto'> {
  readonly choices: Pick<Choices, 'leastVariance' | 'calmVariance'>;
}

/** Clock granularity G of RFC 6298 §2: one tick of the timers. */
const GRANULARITY = 1_024;

/** The timeout after a handshake in which the SYN was sent again. */
const AFTER_SYN_EXPIRED = 3_000_000;

/** An estimator that has seen nothing yet (RFC 6298 §2.1). */
export const makeRtt = (initialRto: Micros): Rtt => ({
  srtt: 0,
  rttvar: 0,
  shortest: 0,
  rto: initialRto,
  timedUntil: 0,
  timedSince: 0,
  timing: false,
  sampledAt: 0,
  synExpired: false,
});

/** Starts timing the segment that ends at `end`, where none is being timed. */
export function startTiming(rtt: Rtt, end: number, now: Micros): void {
  rtt.timing = true;
  rtt.timedUntil = end;
  rtt.timedSince = now | 0;
}

/** A retransmission makes the sample ambiguous: it is given up (Karn's algorithm). */
export const stopTiming = (rtt: Rtt): void => {
  rtt.timing = false;
};

/** An acknowledgment up to `ack` has come: takes the sample if it covers the timed segment, and answers whether it did. */
export function acknowledged(rtt: Rtt, ack: number, now: Micros, settings: RttSettings): boolean {
  //= RFC 9293 §3.8.1 MUST-18: of what was sent once (Karn's algorithm, RFC 6298 §3)
  if (rtt.timing === false || ((ack - rtt.timedUntil) | 0) < 0) return false;
  rtt.timing = false;
  addSample(rtt, larger(1, ((now | 0) - rtt.timedSince) | 0), now, settings);
  return true;
}

//= RFC 7323 §4.2: one sample in each round trip is what RFC 6298's weights are made for
/** Whether a round trip has passed since the last sample. */
export const sampleDue = (rtt: Rtt, now: Micros): boolean =>
  rtt.srtt === 0 || ((now | 0) - rtt.sampledAt) >>> 0 >= rtt.srtt;

/** RFC 6298 (2.2) and (2.3), then (2.4) and (2.5). */
export function addSample(rtt: Rtt, sample: number, now: Micros, settings: RttSettings): void {
  const { choices } = settings;
  //= RFC 9293 §3.8.1 MUST-18
  rtt.sampledAt = now | 0;
  if (sample < rtt.shortest || rtt.shortest === 0) rtt.shortest = sample;
  if (rtt.srtt === 0) {
    rtt.srtt = sample;
    rtt.rttvar = sample >> 1;
  } else {
    const more = Math.abs(rtt.srtt - sample) - rtt.rttvar;
    rtt.rttvar += choices.calmVariance === true && sample < rtt.srtt && more > 0 ? more >> 5 : more >> 2;
    rtt.srtt = larger(1, rtt.srtt + ((sample - rtt.srtt) >> 3));
  }
  rtt.rto = measuredRto(rtt, settings);
}

/** The timeout that the round trips tell, however often it has been doubled since. */
export function measuredRto({ srtt, rttvar }: Rtt, { minimumRto, maximumRto, choices }: RttSettings): Micros {
  const variance = larger(larger(GRANULARITY, choices.leastVariance), 4 * rttvar);
  return clamp(srtt + variance, minimumRto, maximumRto);
}

/** RFC 6298 (5.5): the timer backs off. */
//= RFC 9293 §3.8.2 MUST-19: the doubling
export const backOff = (rtt: Rtt, maximum: Micros): void => {
  rtt.rto = smaller(2 * rtt.rto, maximum);
};

/** The handshake is done: after a timeout of the SYN the next one is three seconds at the least; or, where the round trip that an echo told is trusted (`timesRepeatedSyn`), when none is known. */
//= RFC 6298 §5: (5.7)
export function handshakeDone(rtt: Rtt, { timesRepeatedSyn }: Pick<Choices, 'timesRepeatedSyn'>): void {
  const unknown = rtt.srtt === 0;
  if (timesRepeatedSyn ? unknown : rtt.synExpired && (unknown || rtt.rto < AFTER_SYN_EXPIRED))
    rtt.rto = AFTER_SYN_EXPIRED;
}

const clamp = (value: number, low: number, high: number): number => smaller(larger(value, low), high);
