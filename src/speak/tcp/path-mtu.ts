/**
 * The path's MTU: a router that cannot forward a packet says how long one may be, and segments become that short. Read first: RFC 1191 §3-4, §6.3;
 * RFC 9293 §3.7.2. Not here: whether to believe what was said (stack/icmp.ts), and what other connections learn from it (stack/path-mtus.ts).
 */
import { distance } from '../../core/sequence.ts';
import type { Micros } from '../../core/time.ts';
import { segmentsGrew } from './congestion/reno.ts';
import { stopTiming } from './rtt.ts';
import type { Tcb } from './tcb.ts';
import { armRetransmission, resendFrom } from './timers.ts';
import * as timestamps from './timestamps.ts';
import { outstanding } from './windows.ts';

/** Octets of IP and TCP header without options. */
const HEADERS = 40;

/** The largest payload that link and path take, options counted as payload. */
export const pathMss = (tcb: Tcb): number => (tcb.pathMtu === 0 ? tcb.mss : Math.min(tcb.mss, tcb.pathMtu - HEADERS));

/** Packets may have `mtu` octets. What is in flight and was longer is sent again at once: the way did not lose it for being full, so the congestion window stays (RFC 1191 §6.3). */
export function learnPathMtu(tcb: Tcb, mtu: number, now: Micros): void {
  const { snd } = tcb;
  const mss = Math.max(1, mtu - HEADERS - tcb.ipOptions - (tcb.ts.on ? timestamps.LENGTH : 0));
  if (tcb.pathMtu !== 0 && mtu >= tcb.pathMtu) return;
  tcb.pathMtu = mtu;
  if (snd.chosen !== undefined) snd.chosen.unbounded = Math.min(snd.chosen.unbounded, mss);
  if (mss >= snd.mss) return;
  snd.mss = mss;
  if (!outstanding(tcb) || tcb.state === 'SYN-SENT' || tcb.state === 'SYN-RECEIVED') return;
  stopTiming(tcb.rtt);
  armRetransmission(tcb, now);
  if (snd.chosen?.recovery !== undefined) return snd.chosen.recovery.shortened(tcb, mss, now);
  resendFrom(
    tcb,
    Math.max(1, Math.floor(Math.min(tcb.congestion.cwnd, distance(snd.nxt, snd.una) + mss) / mss)),
    'path MTU',
  );
}

/** Each packet has so many octets of IP options from now on: segments leave room for them (RFC 9293 §3.7.1, Eff.snd.MSS). */
export function setIpOptions(tcb: Tcb, octets: number): void {
  const { snd } = tcb;
  const { chosen } = snd;
  const more = tcb.ipOptions - octets;
  snd.mss = Math.max(1, snd.mss + more);
  if (more > 0) segmentsGrew(tcb.congestion, snd.mss);
  if (chosen !== undefined && chosen.unbounded > 0) chosen.unbounded = Math.max(1, chosen.unbounded + more);
  tcb.ipOptions = octets;
}
