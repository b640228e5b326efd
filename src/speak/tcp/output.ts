/**
 * What a connection has to send, pulled one segment at a time. Order: a reset, the SYN, the acknowledgment that goes alone, what is sent again, new
 * octets and the FIN, a probe, a plain acknowledgment. Read first: RFC 9293 §3.8.6, §3.10.2; RFC 6298 §5.
 *
 * A host pulls after every event. It may hold an acknowledgment back (`pendingOutput` says when that is all there is) until its
 * programs have had their turn, so that their answer carries it; MUST-58 and MUST-59 ask for no more than one for a batch.
 */
import { larger, smaller } from '../../core/least.ts';
import { after, before, distance, type Seq } from '../../core/sequence.ts';
import { type Micros, TICK, type Ticks, ticksAt } from '../../core/time.ts';
import type { State } from '../../rules/states.ts';
import type { Octets } from '../../wire/frame.ts';
import * as tcp from '../../wire/tcp.ts';
import * as options from '../../wire/tcp-options.ts';
import { onIdle, onSent } from './congestion/reno.ts';
import { ECN, newOctetsBits, synAckBits, synBits } from './ecn.ts';
import { scheduleLossProbe } from './loss-probe.ts';
import { pathMss } from './path-mtu.ts';
import { oweAbort } from './reset.ts';
import { startTiming, stopTiming } from './rtt.ts';
import * as sack from './sack.ts';
import { OWES, type Tcb, TIMER } from './tcb.ts';
import { armPersist, armRetransmission, disarm, notStalled, withoutLossProbe } from './timers.ts';
import { tsval } from './timestamp-clock.ts';
import * as timestamps from './timestamps.ts';
import { restOfWindow, waitsForPiece } from './window-filling.ts';
import {
  bareNumber,
  LARGEST_WINDOW,
  offeredScale,
  outstanding,
  rounding,
  synWindowField,
  usable,
  windowField,
} from './windows.ts';

/** What `pendingOutput` answers. */
export const OUTPUT = { NOTHING: 0, ACKNOWLEDGMENT: 1, SEGMENT: 2 } as const;

/** Octets that have come, at the least, for which an acknowledgment does not wait for company: a peer that fills its window meanwhile stands still. */
const LONG_UNTOLD = 32_768;

/** New octets cannot go, nor a FIN. */
const NOTHING_NEW = -1;

/** What is owed and waits for nothing. */
const AT_ONCE = OWES.RESET | OWES.SYN | OWES.ACK_ALONE | OWES.PROBE | OWES.KEEP_ALIVE | OWES.LOSS_PROBE;

/** Whether `nextSegment` may give more than an acknowledgment that can wait for company: no is certain; whether yes is true is found out by asking for it. */
export const mayHaveSegment = ({ owes, resend, snd, closing }: Tcb): boolean =>
  (owes & AT_ONCE) !== 0 || resend.allowed > 0 || (snd.finSent === false && (snd.end !== snd.nxt || closing === true));

/** Whether so much has come since the last acknowledgment that the next one, if it is owed, waits for no company. */
export const isLongUntold = ({ acknowledging, space }: Tcb): boolean =>
  acknowledging.octets >= larger(space.receive >> 3, LONG_UNTOLD);

/** Whether something is owed, or the program is to be told something. */
export const hasNews = ({ owes, events }: Tcb): boolean => owes !== 0 || events !== 0;

/** Whether an acknowledgment is owed. */
export const owesAcknowledgment = ({ owes }: Tcb): boolean => (owes & OWES.ACK) !== 0;

/** What `nextSegment` would give: nothing, only an acknowledgment that may wait for company, or a segment that goes now. */
export function pendingOutput(tcb: Tcb): 0 | 1 | 2 {
  const { owes } = tcb;
  if (owes & AT_ONCE || tcb.resend.allowed > 0 || newOctets(tcb) !== NOTHING_NEW) return OUTPUT.SEGMENT;
  if ((owes & OWES.ACK) === 0) return OUTPUT.NOTHING;
  return isLongUntold(tcb) ? OUTPUT.SEGMENT : OUTPUT.ACKNOWLEDGMENT;
}

/**
 * Writes the next segment at `at`: TCP header with checksum 0, and payload. Returns its octets, 0 when there is nothing to send.
 * Changes with every event and with time (after `timeout`). `room` is what the frame takes, 60 octets or more.
 * @param cuts whether the link cuts segments itself: several go in one piece then, and `tcb.cut` says how many octets each of them has; default false
 * @param alone whether an acknowledgment may go that could wait for company; default true
 */
export function nextSegment(
  tcb: Tcb,
  now: Micros,
  octets: Octets,
  at: number,
  room: number,
  cuts = false,
  alone = true,
): number {
  const { view } = octets;
  tcb.ecn &= ~ECN.MARKABLE;
  tcb.cut = 0;
  if (tcb.owes & OWES.RESET) return writeReset(tcb, now, view, at);
  switch (tcb.state) {
    case 'CLOSED':
    case 'LISTEN':
      return 0;
    case 'SYN-SENT':
      return tcb.owes & OWES.SYN ? writeSyn(tcb, tcp.SYN, now, view, at) : 0;
    default:
      // In FIN-WAIT-1 too: the program may have closed before the SYN,ACK went out.
      if (tcb.owes & OWES.SYN) return writeSyn(tcb, tcp.SYN | tcp.ACK, now, view, at);
      if (tcb.owes & OWES.ACK_ALONE) break;
      if (tcb.owes & OWES.LOSS_PROBE) {
        const probe = writeLossProbe(tcb, now, octets, at, room);
        if (probe > 0) return probe;
      }
      if (tcb.resend.allowed > 0) {
        const again = sendAgain(tcb, now, octets, at, room);
        if (again > 0) return again;
      }
      return sendNew(tcb, now, octets, at, room, cuts) || probeOrAck(tcb, now, octets, at, alone);
  }
  return tcb.owes & (OWES.ACK | OWES.ACK_ALONE) ? writeAck(tcb, now, octets, at) : 0;
}

/** Octets of new data that may go now in a piece of up to `largest`, 0 for a FIN alone, or NOTHING_NEW. */
function newOctets(tcb: Tcb, largest = tcb.snd.mss): number {
  const { snd } = tcb;
  const unsent = distance(snd.end, snd.nxt);
  // Most often there is nothing: asked first.
  if ((unsent <= 0 && tcb.closing === false) || snd.finSent === true || tcb.ecn & ECN.HELD) return NOTHING_NEW;
  if (snd.chosen?.waits === true) return NOTHING_NEW;
  if (tcb.state !== 'ESTABLISHED' && !sendsToo(tcb.state)) return NOTHING_NEW;
  // A FIN has no octets: congestion does not hold it up, but where segments are counted, only the peer's window does.
  if (unsent <= 0) return peerRoom(tcb) > 0 && (snd.chosen?.recovery?.hasRoom ?? true) ? 0 : NOTHING_NEW;
  //= RFC 9293 §3.8.6 MUST-34, SHLD-15: a window that was drawn back makes this negative
  const room = usable(tcb);
  if (room <= 0) return NOTHING_NEW;
  if (tcb.records !== undefined || snd.more === true || tcb.options.cork === true)
    return sensible(tcb, unsent, largest, room);
  const count = smaller(smaller(unsent, largest), room);
  // Two cases that need no more thought: full segments before others, and all there is with no small segment in flight.
  if (count === snd.mss || (count === unsent && !after(snd.small, snd.una))) return count;
  return sensible(tcb, unsent, largest, room);
}

/** Of `all` octets that are not sent, which `room` and `largest` would let go in part, those that it is sensible to send in one piece. */
function sensible(tcb: Tcb, all: number, largest: number, room: number): number {
  const { snd } = tcb;
  const unsent = tcb.records === undefined ? all : beforeRecordEnd(tcb, tcb.records, snd.nxt, all);
  const more = unsent < all;
  //= RFC 9293 §3.9.1.2 SHLD-28: the largest segment that there is the data for
  const count = smaller(smaller(unsent, largest), room);
  if (count === snd.mss) return count;
  const full = count > snd.mss ? count - (count % snd.mss) : NOTHING_NEW;
  if (full === count) return full;
  // Nagle's algorithm in Minshall's form (RFC 9293 appendix A.3): a small segment waits for small ones in flight, not for full ones.
  //= RFC 9293 §3.7.4 SHLD-7, MUST-17: unless the program turned it off; a FIN waits for nothing
  const pushed = more || (tcb.owes & OWES.PUSH) !== 0;
  if (!pushed && corked(tcb)) return full;
  //= RFC 9293 §3.9.1.2 MAY-16: so do octets of calls that follow one another, in the largest segments
  const quiet = pushed || snd.urgent === true || tcb.options.noDelay === true || !after(snd.small, snd.una);
  //= RFC 9293 §3.8.6.2.1 MUST-38: a full segment, all there is, or half of the largest window ever offered
  if (count === unsent) return quiet || tcb.closing === true ? count : full;
  return quiet && full < 0 && count >= snd.maxWnd >> 1 ? count : full;
}

/** Whether new octets, or a FIN, are sent in a state other than ESTABLISHED. */
const sendsToo = (state: State): boolean =>
  state === 'CLOSE-WAIT' || state === 'FIN-WAIT-1' || state === 'LAST-ACK' || state === 'CLOSING';

/** How many of `count` octets from `seq` on come before the end of a record, that one's last included. */
function beforeRecordEnd({ snd }: Tcb, records: Seq[], seq: Seq, count: number): number {
  while (records.length > 0 && !after(records[0]!, snd.una)) records.shift();
  const end = records.find((one) => after(one, seq));
  return end === undefined ? count : smaller(count, distance(end, seq));
}

/** Sequence numbers that the peer's window lets go beyond SND.NXT. */
const peerRoom = ({ snd }: Tcb): number => snd.wnd - distance(snd.nxt, snd.una);

/** What does not fill a segment waits for more, because the program has said that more comes; a FIN says that nothing does, and urgent octets wait for nothing. */
const corked = ({ options: { cork }, snd, closing }: Tcb): boolean =>
  (cork === true || snd.more === true) && closing === false && snd.urgent === false;

/** A segment of new octets, with the FIN when it follows them and fits the window. */
function sendNew(tcb: Tcb, now: Micros, octets: Octets, at: number, room: number, cuts: boolean): number {
  const { snd } = tcb;
  const blocks = sackLength(tcb);
  const space = room - tcp.HEADER - blocks - (tcb.ts.on === true ? timestamps.LENGTH : 0);
  const single = snd.mss - blocks;
  // A SACK option takes room in each, and an urgent pointer counts from each: such go one by one.
  const largest = cuts && single === snd.mss && snd.urgent === false && space > single ? space : snd.mss;
  let most = newOctets(tcb, largest);
  if (snd.chosen !== undefined && snd.chosen.burst > 0 && most !== NOTHING_NEW && waitsForPiece(tcb, now)) {
    snd.chosen.burst = 0;
    snd.chosen.waits = true;
    return 0;
  }
  if (most === NOTHING_NEW) {
    if (snd.chosen === undefined) return 0;
    most = restOfWindow(tcb, snd.chosen.burst);
    snd.chosen.burst = 0;
    if (most === 0) return 0;
  }
  const tick = ticksAt(now);
  //= RFC 5681 §4.1: a pause longer than the retransmission timeout
  if (!outstanding(tcb) && ((tick - tcb.lastSent) >>> 0) * TICK > tcb.rtt.rto) {
    idle(tcb, ((tick - tcb.lastSent) >>> 0) * TICK, now);
    most = newOctets(tcb, largest);
  }
  const count = smaller(smaller(most, space), largest > snd.mss ? largest : single);
  if (count > single) tcb.cut = single;
  const last = distance(snd.end, snd.nxt) === count;
  const fin = tcb.closing === true && last && peerRoom(tcb) > count;
  //= RFC 9293 §3.9.1.2 MUST-61: PSH with the last octets there are
  //= RFC 9293 §3.9.1.2 SHLD-27: once, whatever number of calls they came by
  const ends = last || tcb.records?.includes((snd.nxt + count) | 0) === true;
  const push = ends && count > 0 && snd.end !== snd.unpushed ? tcp.PSH : 0;
  const marks = count > 0 && tcb.ecn !== 0 ? newOctetsBits(tcb) : 0;
  const flags = tcp.ACK | push | (fin ? tcp.FIN : 0) | marks;
  if (count === 0) tcb.why = 'close';
  else tcb.why = distance(snd.nxt, snd.una) + count > tcb.congestion.cwnd ? 'limited transmit' : 'new data';
  const length = writeSegment(tcb, snd.nxt, count, flags, now, octets, at);
  // Where the last of them begins, which a loss probe would send again.
  tcb.tail = count > single ? (snd.nxt + count - (count % single || single)) | 0 : snd.nxt;
  snd.nxt = (snd.nxt + count + (fin ? 1 : 0)) | 0;
  if (count > 0 && (count < single || count % single > 0)) snd.small = snd.nxt;
  if (fin) snd.finSent = true;
  if (last) tcb.owes &= ~OWES.PUSH;
  if (snd.chosen !== undefined) {
    snd.chosen.burst = count === single && !last ? snd.chosen.burst + 1 : 0;
    snd.chosen.recovery?.sent(tcb, (snd.nxt - count - (fin ? 1 : 0)) | 0, snd.nxt, single, now);
  }
  sent(tcb, count, now, tick);
  return length;
}

/** Book-keeping for a segment that occupies sequence space, `octets` of it with octets. */
function sent(tcb: Tcb, octets: number, now: Micros, tick: Ticks): void {
  // While a hole is being filled, an acknowledgment is late for the hole's sake: it would tell nothing of the way.
  if (tcb.resend.active === false && tcb.rtt.timing === false) startTiming(tcb.rtt, tcb.snd.nxt, now);
  //= RFC 6298 §5 (5.1)
  if ((tcb.timers.armed & TIMER.RETRANSMISSION) === 0) {
    tcb.timers.stalled = tick;
    armRetransmission(tcb, now);
  }
  disarm(tcb, TIMER.PERSIST);
  onSent(tcb.congestion, tcb.snd.una, tcb.snd.nxt);
  if (tcb.options.choices.lossProbes === true) scheduleLossProbe(tcb, now, true);
  // A program that answers will answer again: what it receives can be acknowledged then.
  if (octets > 0 && tcb.acknowledging.conversing === false && answersSoon(tcb, tick))
    tcb.acknowledging.conversing = true;
}

/** What is sent now follows what came so closely that it is taken for an answer. */
const answersSoon = ({ rcv, irs, counts, options }: Tcb, tick: Ticks): boolean =>
  rcv.nxt !== ((irs + 1) | 0) && ((tick - counts.lastData) >>> 0) * TICK < options.delayedAck;

/**
 * Octets wait, the window does not let them go and nothing in flight will bring news of it: the persist timer will ask. To be
 * called after every event that can lead here.
 */
export function watchWindow(tcb: Tcb, now: Micros): void {
  const { snd } = tcb;
  // Most often nothing waits, or something is in flight.
  if (snd.una !== snd.nxt || (snd.end === snd.nxt && tcb.closing === false)) return;
  seeToWindow(tcb, now);
}

/** The same while nothing is in flight. */
function seeToWindow(tcb: Tcb, now: Micros): void {
  const { snd } = tcb;
  if (tcb.timers.armed & TIMER.PERSIST || !waitsForWindow(tcb)) return;
  // Most often all there is may go, and will: nothing is in flight that a small segment would wait for.
  const unsent = distance(snd.end, snd.nxt);
  if (unsent > 0 && unsent <= snd.wnd && (tcb.ecn & ECN.HELD) === 0 && !corked(tcb)) return;
  if (newOctets(tcb) !== NOTHING_NEW) return;
  // Held back by congestion, and its timer runs.
  if (tcb.ecn & ECN.HELD) return;
  //= RFC 9293 §3.8.6.1 SHLD-29: first after the retransmission timeout
  tcb.probes = 0;
  notStalled(tcb, now);
  armPersist(tcb, now);
}

/** Whether octets or a FIN are ready, and only the window is in the way. */
function waitsForWindow(tcb: Tcb): boolean {
  const { snd } = tcb;
  if (snd.finSent === true || (distance(snd.end, snd.nxt) <= 0 && tcb.closing === false)) return false;
  return tcb.state === 'ESTABLISHED' || sendsToo(tcb.state);
}

/** What is sent again after a timeout: from SND.UNA on, as many segments as acknowledgments have made room for. */
function sendAgain(tcb: Tcb, now: Micros, octets: Octets, at: number, room: number): number {
  //= RFC 9293 §3.8.6 SHLD-16
  const { snd, resend } = tcb;
  if (before(resend.next, snd.una)) resend.next = snd.una;
  if (!before(resend.next, resend.end)) {
    resend.allowed = 0;
    return 0;
  }
  resend.allowed--;
  stopTiming(tcb.rtt);
  //= RFC 9293 §3.10.4: closed before the handshake was done, the SYN,ACK can still be what is missing
  if (resend.next === tcb.iss) {
    resend.next = snd.head;
    tcb.synWhy = resend.why;
    return writeSyn(tcb, tcp.SYN | tcp.ACK, now, octets.view, at);
  }
  let data = larger(0, distance(after(resend.end, snd.end) ? snd.end : resend.end, resend.next));
  if (tcb.records !== undefined) data = beforeRecordEnd(tcb, tcb.records, resend.next, data);
  const window = windowAgain(tcb, resend.next);
  const most = Math.min(data, snd.mss - sackLength(tcb), window, room - tcp.HEADER - optionsLength(tcb));
  // A small segment is not filled up with the beginning of what came behind it, unless that is all of it.
  const small = distance(snd.small, resend.next);
  const count = small > 0 && small < most && most < data ? small : most;
  const next = (resend.next + count) | 0;
  // One that went alone goes with octets only where a segment has room for more of them.
  const joins = window > count && (count < snd.mss || tcb.tail !== snd.end);
  const fin = snd.finSent && next === snd.end && (count === 0 || joins);
  const isLast = next === snd.end || next === snd.small;
  const flags = tcp.ACK | (isLast && count > 0 && next !== snd.unpushed ? tcp.PSH : 0) | (fin ? tcp.FIN : 0);
  tcb.why = resend.why;
  if (resend.why === 'retransmission timeout') resend.why = 'after a timeout';
  const length = writeSegment(tcb, resend.next, count, flags, now, octets, at);
  countAgain(tcb, count);
  const from = resend.next;
  resend.next = (next + (fin ? 1 : 0)) | 0;
  if (snd.chosen?.recovery?.sentAgain(tcb, from, resend.next, now) === true) {
    armRetransmission(tcb, now);
    disarm(tcb, TIMER.LOSS_PROBE);
  }
  return length;
}

/** Counts a segment that goes again, with so many octets. */
function countAgain({ counts }: Tcb, octets: number): void {
  counts.retransmitted = (counts.retransmitted + 1) | 0;
  counts.retransmittedOctets = (counts.retransmittedOctets + octets) | 0;
}

/**
 * Octets from `from` on that the window lets through once more. All of them were in the window when they were first sent, and a window that was drawn back since
 * need not be meant so: its fields are rounded. So the first time they go regardless, and later with one rounding to spare (RFC 7323 §2.4; RFC 9293 §3.8.6).
 */
function windowAgain(tcb: Tcb, from: Seq): number {
  const {
    snd,
    timeouts,
    options: { choices },
  } = tcb;
  if (choices.resendsByWindow) {
    const left = distance((snd.una + snd.wnd) | 0, from);
    return left <= 0 ? snd.mss : left < snd.mss ? left : left - (left % snd.mss);
  }
  //= RFC 7323 §2.4: (4), the first retransmission
  //= RFC 9293 §3.8.6 MAY-7
  if (timeouts <= 1 && snd.wnd > 0) return LARGEST_WINDOW;
  //= RFC 9293 §3.8.6 MUST-35: one that is closed lets one octet through, the retransmission is then the probe
  return larger(1, distance((snd.una + snd.wnd + rounding(tcb)) | 0, from));
}

/** One octet beyond a closed window, a keep-alive, or the acknowledgment that is owed. */
function probeOrAck(tcb: Tcb, now: Micros, octets: Octets, at: number, alone: boolean): number {
  if (tcb.owes & OWES.KEEP_ALIVE) {
    tcb.owes &= ~OWES.KEEP_ALIVE;
    //= RFC 9293 §3.8.4 MAY-5, SHLD-12: a number that is acknowledged already makes the peer answer with an acknowledgment
    tcb.why = 'keep-alive';
    return writeSegment(tcb, (bareNumber(tcb) - 1) | 0, 0, tcp.ACK, now, octets, at);
  }
  if (tcb.owes & OWES.PROBE) {
    tcb.owes &= ~OWES.PROBE;
    if (waitsForWindow(tcb) || (tcb.snd.wnd === 0 && outstanding(tcb))) return writeProbe(tcb, now, octets, at);
    disarm(tcb, TIMER.PERSIST);
  }
  return alone && tcb.owes & OWES.ACK ? writeAck(tcb, now, octets, at) : 0;
}

/**
 * RFC 9293 §3.8.6.1 (MUST-36): an octet beyond the window, or the FIN when no octets are left; the same one each time until it is acknowledged. A window that is open
 * but too small for sendNew (§3.8.6.2.1) lets out what fits.
 */
function writeProbe(tcb: Tcb, now: Micros, octets: Octets, at: number): number {
  const { snd } = tcb;
  const room = usable(tcb);
  if (room > 0) {
    const count = Math.min(distance(snd.end, snd.nxt), snd.mss - sackLength(tcb), room);
    tcb.why = corked(tcb) ? 'held long enough' : 'persist timeout';
    //= RFC 9293 §3.9.1.2 MUST-61: it is the last for a while, be there more octets or not
    const length = writeSegment(tcb, snd.nxt, count, tcp.ACK | tcp.PSH, now, octets, at);
    snd.nxt = (snd.nxt + count) | 0;
    snd.chosen?.recovery?.sent(tcb, (snd.nxt - count) | 0, snd.nxt, snd.mss, now);
    sent(tcb, count, now, ticksAt(now));
    return length;
  }
  //= RFC 9293 §3.8.6.1 MUST-36
  //= RFC 9293 §3.8.6 MUST-35
  const fin = distance(snd.end, snd.una) <= 0;
  tcb.why = 'zero-window probe';
  if (tcb.options.choices.emptyProbes && snd.una === snd.nxt)
    return writeSegment(tcb, (snd.una - 1) | 0, 0, tcp.ACK, now, octets, at);
  const length = writeSegment(tcb, snd.una, fin ? 0 : 1, fin ? tcp.ACK | tcp.FIN : tcp.ACK, now, octets, at);
  if (snd.una === snd.nxt) {
    snd.nxt = (snd.nxt + 1) | 0;
    snd.finSent = fin;
    snd.chosen?.recovery?.sent(tcb, snd.una, snd.nxt, snd.mss, now);
  }
  return length;
}

/** RFC 8985 §7.3: a new segment where the peer's window lets one go, whatever the congestion window says, else the last one again. 0 when there is nothing left to probe for. */
function writeLossProbe(tcb: Tcb, now: Micros, octets: Octets, at: number, room: number): number {
  const { snd } = tcb;
  tcb.owes &= ~OWES.LOSS_PROBE;
  if (!outstanding(tcb)) return 0;
  tcb.why = 'tail loss probe';
  tcb.probe ??= { to: snd.nxt, again: false };
  const { probe } = tcb;
  probe.to = snd.nxt;
  const unsent = snd.finSent ? 0 : distance(snd.end, snd.nxt);
  const open = distance((snd.una + snd.wnd) | 0, snd.nxt);
  const most = smaller(snd.mss - sackLength(tcb), room - tcp.HEADER - optionsLength(tcb));
  if (unsent > 0 && open >= smaller(unsent, most)) {
    const count = smaller(unsent, most);
    const flags = tcp.ACK | (count === unsent ? tcp.PSH : 0);
    const length = writeSegment(tcb, snd.nxt, count, flags, now, octets, at);
    tcb.tail = snd.nxt;
    snd.nxt = (snd.nxt + count) | 0;
    snd.chosen?.recovery?.sent(tcb, probe.to, snd.nxt, snd.mss, now);
    probe.to = snd.nxt;
    return length;
  }
  const from = before(tcb.tail, snd.una) ? snd.una : tcb.tail;
  // The window was drawn back before it: a probe would be refused, and tell nothing.
  if (from !== snd.una && !after((snd.una + snd.wnd) | 0, from)) {
    withoutLossProbe(tcb, now);
    return 0;
  }
  stopTiming(tcb.rtt);
  probe.again = true;
  // What has not been sent is in nobody's window.
  const sent = smaller(distance(snd.end, from), distance(snd.nxt, from));
  const count = smaller(smaller(sent, most), windowAgain(tcb, from));
  const last = ((from + count) | 0) === snd.end;
  const fin = snd.finSent && last;
  countAgain(tcb, count);
  snd.chosen?.recovery?.probed(from, (from + count + (fin ? 1 : 0)) | 0, now);
  const flags = tcp.ACK | (last && count > 0 ? tcp.PSH : 0) | (fin ? tcp.FIN : 0);
  return writeSegment(tcb, from, count, flags, now, octets, at);
}

/** A pause longer than the retransmission timeout. */
function idle(tcb: Tcb, pause: Micros, now: Micros): void {
  if (!tcb.options.choices.restartsAfterIdle) return;
  onIdle(tcb.congestion, tcb.snd.mss);
  tcb.snd.chosen?.recovery?.restart(tcb, pause, now);
}

/** Octets of options that a segment sent now has. */
const optionsLength = (tcb: Tcb): number => (tcb.ts.on ? timestamps.LENGTH : 0) + sackLength(tcb);

/** Octets of its SACK option (RFC 2018 §3): 2 for kind and length, 2 of padding, 8 a block. */
const sackLength = (tcb: Tcb): number => (sack.mayHaveBlocks(tcb) ? lengthOfBlocks(tcb) : 0);

function lengthOfBlocks(tcb: Tcb): number {
  const count = tcb.sack ? smaller(sack.blocksDue(tcb), sackRoom(tcb)) : 0;
  return count === 0 ? 0 : 4 + 8 * count;
}

/** How many blocks there is room for: in the header, and beside an octet, be a peer's segments and its packets' options such that there is hardly any. */
const sackRoom = ({ snd, ts }: Tcb): number =>
  smaller(ts.on ? 3 : options.MAX_SACK_BLOCKS, larger(0, (snd.mss - 5) >> 3));

/** The acknowledgment that is owed, alone. */
function writeAck(tcb: Tcb, now: Micros, octets: Octets, at: number): number {
  tcb.why = tcb.ackWhy;
  return writeSegment(tcb, bareNumber(tcb), 0, tcp.ACK, now, octets, at);
}

/** A segment with `count` octets from `seq` on; every one carries the acknowledgment and the window. */
function writeSegment(
  tcb: Tcb,
  seq: Seq,
  count: number,
  flags: number,
  now: Micros,
  octets: Octets,
  at: number,
): number {
  const { view } = octets;
  const { ts } = tcb;
  let end = at + tcp.HEADER;
  if (ts.on === true) end = options.emitTimestamps(view, end, tsval(tcb, now), ts.recent);
  ts.lastAck = tcb.rcv.nxt;
  if (sack.mayHaveBlocks(tcb)) end = emitBlocks(tcb, view, end);
  const urgent = tcb.snd.urgent === true ? urgentPointer(tcb, seq) : 0;
  //= RFC 3168 §6.1.3: in every acknowledgment, until the peer says that it has reduced its window
  const bits = flags | (urgent > 0 ? tcp.URG : 0) | (tcb.ecn & ECN.MARKED ? tcp.ECE : 0);
  const field = windowField(tcb);
  tcp.emit(view, at, tcb.localPort, tcb.remotePort, seq, tcb.rcv.nxt, bits, field, urgent, end - at - tcp.HEADER);
  const { counts } = tcb;
  counts.segmentsOut = (counts.segmentsOut + 1) | 0;
  if (count > 0) {
    tcb.sendQueue.copyTo(distance(seq, tcb.snd.head), count, octets, end);
    counts.dataSegmentsOut = (counts.dataSegmentsOut + 1) | 0;
    tcb.lastSent = ticksAt(now);
  }
  tcb.owes &= ~(OWES.ACK | OWES.ACK_ALONE);
  tcb.ackWhy = undefined;
  if (seq !== tcb.snd.nxt && (count > 0 || flags & tcp.FIN)) tcb.counters.tcpRetransSegs++;
  else tcb.counters.tcpOutSegs++;
  tcb.acknowledging.octets = 0;
  disarm(tcb, TIMER.DELAYED_ACK);
  return end + count - at;
}

/** Writes the SACK option, if there is something to tell and room to tell it; answers where it ends. */
function emitBlocks(tcb: Tcb, view: DataView, at: number): number {
  if (!tcb.sack || sack.blocksDue(tcb) === 0) return at;
  const blocks = sack.fillBlocks(tcb, sackRoom(tcb));
  return blocks > 0 ? options.emitSack(view, at, sack.blocks, blocks) : at;
}

/** The urgent pointer of a segment that begins at `seq` while there is urgent data, 0 when none is ahead of it. */
function urgentPointer(tcb: Tcb, seq: Seq): number {
  //= RFC 9293 §3.8.5 MUST-62: to the octet after the urgent data; as far as 16 bits reach
  return smaller(larger(0, distance(tcb.snd.up, seq)), 0xffff);
}

/** The SYN or SYN,ACK with its options (RFC 7323 §2.2). */
function writeSyn(tcb: Tcb, flags: number, now: Micros, view: DataView, at: number): number {
  const { snd, rcv } = tcb;
  tcb.owes &= ~(OWES.SYN | OWES.ACK | OWES.ACK_ALONE);
  tcb.why = tcb.synWhy;
  tcb.synWhy = undefined;
  tcb.ackWhy = undefined;
  // Its timer runs from when it was first sent.
  if (tcb.timers.armed & TIMER.RETRANSMISSION) tcb.counters.tcpRetransSegs++;
  else tcb.counters.tcpOutSegs++;
  //= RFC 9293 §3.7.1 MUST-14, SHLD-5, MAY-3: always
  //= RFC 9293 §3.2 MUST-65: here, and in no segment without SYN
  let end = options.emitMss(view, at + tcp.HEADER, tcb.options.choices.offersPathMss ? pathMss(tcb) : tcb.mss);
  // A SYN,ACK offers only what its SYN offered; that of a simultaneous opening may be our SYN again.
  const offered = tcb.state === 'SYN-SENT' || (!tcb.passive && tcb.options.choices.repeatsOffer);
  if (tcb.options.selectiveAcknowledgments && (offered || tcb.sack)) {
    if (tcb.options.timestamps && (offered || tcb.ts.on)) {
      end = options.emitSackPermittedAndTimestamps(view, end, tsval(tcb, now), tcb.ts.recent);
    } else end = options.emitSackPermitted(view, end);
  } else if (tcb.options.timestamps && (offered || tcb.ts.on)) {
    end = options.emitTimestamps(view, end, tsval(tcb, now), tcb.ts.recent);
  }
  // A SYN,ACK offers scaling only to one who offered it (RFC 7323 §1.3); `scale` is -1 where it was not.
  if (tcb.options.windowScaling && (offered || snd.scale >= 0))
    end = options.emitWindowScale(view, end, offered ? offeredScale(tcb) : rcv.scale);
  tcb.ts.lastAck = rcv.nxt;
  tcb.counts.segmentsOut++;
  const length = end - at;
  // What the SYN of an active opening has promised stands, though segments are shorter when timestamps have been agreed on.
  const field =
    tcb.state === 'SYN-SENT'
      ? synWindowField(tcb, timestamps.largestIncoming(tcb))
      : smaller(distance(rcv.edge, rcv.nxt), 0xffff);
  tcp.emit(
    view,
    at,
    tcb.localPort,
    tcb.remotePort,
    tcb.iss,
    flags & tcp.ACK ? rcv.nxt : 0,
    flags | (flags & tcp.ACK ? synAckBits(tcb) : synBits(tcb)),
    field,
    0,
    length - tcp.HEADER,
  );
  if ((tcb.timers.armed & TIMER.RETRANSMISSION) === 0) {
    notStalled(tcb, now);
    if (!tcb.rtt.timing) startTiming(tcb.rtt, snd.nxt, now);
    armRetransmission(tcb, now);
  }
  return length;
}

function writeReset(tcb: Tcb, now: Micros, view: DataView, at: number): number {
  // One that nothing has filled in is that of an ABORT.
  if (tcb.reset === undefined) oweAbort(tcb, now);
  tcb.owes &= ~OWES.RESET;
  if (tcb.reset === undefined) return 0;
  const { seq, ack, flags, why, window, stamped, tsval, tsecr } = tcb.reset;
  tcb.reset = undefined;
  tcb.why = why;
  tcb.counts.segmentsOut++;
  tcb.counters.tcpOutSegs++;
  tcb.counters.tcpOutRsts++;
  const optionOctets = stamped ? timestamps.LENGTH : 0;
  const end = tcp.emit(view, at, tcb.localPort, tcb.remotePort, seq, ack, flags, window, 0, optionOctets);
  if (stamped) options.emitTimestamps(view, at + tcp.HEADER, tsval, tsecr);
  return end - at;
}
