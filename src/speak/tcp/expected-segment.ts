/**
 * Header prediction: what comes in nine cases of ten is known by its header before it is read, and needs little of SEGMENT ARRIVES. In ESTABLISHED, without loss, urgent data or congestion on either
 * side, octets that are next and fit the window, or an acknowledgment of something new, with the options that every segment has. It is read and taken in one go, from the frame: what the eight steps
 * of RFC 9293 §3.10.7.4 (segment-arrives.ts) would do with it, and nothing else. Not here: anything out of the ordinary, which `takesExpected` leaves as it was.
 */
import { larger, smaller } from '../../core/least.ts';
import { after, distance, notAfter } from '../../core/sequence.ts';
import { type Micros, ticksAt } from '../../core/time.ts';
import type { Octets } from '../../wire/frame.ts';
import * as tcp from '../../wire/tcp.ts';
import { PLAIN_TIMESTAMPS } from '../../wire/tcp-options.ts';
import { arrived } from './acknowledging.ts';
import { congestionMoved } from './buffer-space.ts';
import { onAcknowledgment } from './congestion/reno.ts';
import { watchWindow } from './output.ts';
import { acknowledged } from './rtt.ts';
import { isLater, moveUna, setSendWindow } from './segment-arrives.ts';
import { EVENT, type Tcb, TIMER } from './tcb.ts';
import { armRetransmission, resendFirst } from './timers.ts';
import * as timestamps from './timestamps.ts';

/** The upper half of the fourth word of a header: its length, and ACK, be there PSH or not. */
const PLAIN = ((tcp.HEADER / 4) << 12) | tcp.ACK;
const STAMPED = (((tcp.HEADER + timestamps.LENGTH) / 4) << 12) | tcp.ACK;

/** Whether the header at `at`, of 20 octets or more, may be one of those that are expected: the flags of most segments, no options but timestamps. */
export function looksExpected({ view }: Octets, at: number): boolean {
  const upper = view.getUint16(at + 12) & ~tcp.PSH;
  return upper === STAMPED || upper === PLAIN;
}

/**
 * Takes the segment in `[at, end)`, whose checksum is right and whose ports are those of the connection, if it `looksExpected` and is: the answer. Nothing has changed otherwise.
 */
export function takesExpected(tcb: Tcb, octets: Octets, at: number, end: number, now: Micros): boolean {
  const { snd, rcv, ts, counts, timers, rtt, options, held, probe } = tcb;
  const { view } = octets;
  const seq = view.getInt32(at + 4);
  const ack = view.getInt32(at + 8);
  const control = view.getInt32(at + 12);
  const dataAt = at + ((control >>> 28) << 2);
  const length = end - dataAt;
  const { una } = snd;
  const covered = distance(ack, una);
  if (
    tcb.state !== 'ESTABLISHED' ||
    seq !== rcv.nxt ||
    length < 0 ||
    length > distance(rcv.edge, seq) ||
    after(ack, snd.nxt) ||
    covered < (length > 0 ? 0 : 1)
  )
    return false;
  if (ts.on === true) {
    // What has no timestamp, or an old one, is a matter for PAWS.
    if (dataAt - at === tcp.HEADER || view.getInt32(at + tcp.HEADER) !== PLAIN_TIMESTAMPS) return false;
    if (after(ts.recent, view.getInt32(at + tcp.HEADER + 4))) return false;
  } else if (dataAt - at !== tcp.HEADER) return false;
  if (
    snd.wnd === 0 ||
    tcb.ecn !== 0 ||
    tcb.resend.active === true ||
    snd.chosen !== undefined ||
    snd.urgent === true ||
    rtt.srtt === 0 ||
    (held !== undefined && held.count > 0) ||
    // Its octet may not be held, for there were too many holes.
    rcv.finKnown === true ||
    options.choices.windowByNews === true ||
    options.choices.lossProbes === true ||
    // One was sent before that choice was taken back.
    (probe !== undefined && probe.again === true) ||
    tcb.receiveQueue.growth < length
  )
    return false;
  const tick = ticksAt(now);
  counts.segmentsIn = (counts.segmentsIn + 1) | 0;
  if (ts.on === true && notAfter(seq, ts.lastAck)) timestamps.remember(ts, view.getInt32(at + tcp.HEADER + 4), now);
  timers.heard = tick;
  tcb.unanswered = 0;
  if (covered > 0) {
    const flight = distance(snd.nxt, una);
    acknowledged(rtt, ack, now, options);
    moveUna(tcb, ack, now);
    if (onAcknowledgment(tcb.congestion, ack, covered, flight, snd.mss)) resendFirst(tcb, 'partial acknowledgment');
    congestionMoved(tcb);
    if (ack === snd.nxt) timers.armed &= ~TIMER.RETRANSMISSION;
    else armRetransmission(tcb, now);
  }
  if (isLater(tcb, seq, ack)) setSendWindow(tcb, seq, ack, (control & 0xffff) << larger(0, snd.scale));
  if (length > 0) {
    counts.dataSegmentsIn = (counts.dataSegmentsIn + 1) | 0;
    tcb.receiveQueue.writeFrom(rcv.readable, octets, dataAt, end);
    const { acknowledging } = tcb;
    if (length > acknowledging.largest) acknowledging.largest = smaller(length, tcb.mss);
    counts.lastData = tick;
    arrived(tcb, length, now);
    rcv.readable += length;
    const next = (seq + length) | 0;
    if ((next - tcb.irs) >>> 0 < (seq - tcb.irs) >>> 0) counts.roundsIn++;
    rcv.nxt = next;
    tcb.events |= EVENT.READABLE;
  }
  watchWindow(tcb, now);
  return true;
}
