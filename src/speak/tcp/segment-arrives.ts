/**
 * SEGMENT ARRIVES: RFC 9293 §3.10.7, in the RFC's order. CLOSED has no block (reset.ts answers for it); LISTEN and SYN-SENT are functions of
 * their own; all other states go through the eight steps of §3.10.7.4. Not here: checksums and ports, which are the host's.
 */
import { larger, smaller } from '../../core/least.ts';
import { after, before, distance, latest, notAfter, type Seq } from '../../core/sequence.ts';
import { MILLISECOND, type Micros, ticksAt } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import { isAcceptable } from './acceptance.ts';
import { acknowledgeQuickly, answer, arrived, challenge, finAck, mayChallenge, measure } from './acknowledging.ts';
import { congestionMoved } from './buffer-space.ts';
import { established as beginCongestion, onAcknowledgment, onDuplicate, segmentsGrew } from './congestion/reno.ts';
import { countSynAgain } from './counts.ts';
import * as ecn from './ecn.ts';
import { probeAnswered, scheduleLossProbe } from './loss-probe.ts';
import { synWasLost } from './lost-syn.ts';
import { watchWindow } from './output.ts';
import { pathMss } from './path-mtu.ts';
import { PHASE, SegmentRecovery } from './recovery/segment-recovery.ts';
import { oweResetFor } from './reset.ts';
import { acknowledged, addSample, handshakeDone, sampleDue, stopTiming } from './rtt.ts';
import { allCame, cameAmongHeld, cameTwice } from './sack.ts';
import { forgetTold, tellsNews } from './sack-news.ts';
import type { IncomingSegment } from './segment.ts';
import { isSmallRecord, recordAllows } from './small-record.ts';
import { type Chosen, EVENT, enter, fail, heldOf, OWES, oweAck, oweSyn, type Tcb, TIMER } from './tcb.ts';
import {
  arm,
  armLate,
  armPersist,
  armRetransmission,
  disarm,
  notStalled,
  resendFirst,
  resendFrom,
  startTimeWait,
} from './timers.ts';
import * as timestamps from './timestamps.ts';
import { type Drop, drop } from './verdicts.ts';
import { firstRoom, MAX_SCALE, outstanding, synWindowField } from './windows.ts';

/** The peer's MSS when it names none. */
//= RFC 9293 §3.7.1 MUST-15
const DEFAULT_MSS = 536;

/** Octets of the least segment that a small window leads to, those of TCP options counted. */
const LEAST_SEGMENT = 48;

/** When a SYN goes again that was not understood. */
const HURRY: Micros = 2 * MILLISECOND;

/** For how long a peer is doubted, at the least, that seems to have thrown away what it told of. */
const RENEGING_DOUBT: Micros = 10 * MILLISECOND;

const SYN_ACK = tcp.SYN | tcp.ACK;
const SYN_RST_ACK = tcp.SYN | tcp.RST | tcp.ACK;

/** A segment for this connection has arrived; its checksum was right and its ports fit. */
export function segmentArrives(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  segment.verdict = 'accepted';
  if (tcb.snd.chosen !== undefined) tcb.snd.chosen.waits = false;
  switch (tcb.state) {
    case 'CLOSED':
      drop(tcb, segment, 'connection closed');
      return;
    case 'LISTEN':
      return inListen(tcb, segment, now);
    case 'SYN-SENT':
      inSynSent(tcb, segment, now);
      watchWindow(tcb, now);
      return;
    default:
      inOtherStates(tcb, segment, now);
      watchWindow(tcb, now);
  }
}

/** §3.10.7.2. */
function inListen(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  const { flags } = segment;
  if (flags & tcp.RST) {
    drop(tcb, segment, 'RST in LISTEN');
    return;
  }
  if (flags & tcp.ACK) {
    drop(tcb, segment, 'ACK in LISTEN');
    return oweResetFor(tcb, segment, 'ACK in LISTEN');
  }
  if ((flags & tcp.SYN) === 0) {
    drop(tcb, segment, 'no SYN in LISTEN');
    return;
  }
  if (flags & tcp.FIN && !tcb.options.choices.takesSynFin) {
    drop(tcb, segment, 'SYN with a FIN');
    return;
  }
  synReceived(tcb, segment, now);
  tcb.snd.una = tcb.iss;
  tcb.snd.nxt = (tcb.iss + 1) | 0;
  enter(tcb, 'receive SYN');
  oweSyn(tcb, 'SYN received');
  // Octets or a FIN in the SYN are not kept: a peer that is not verified yet holds no memory here, and it sends them again.
  if (segment.length > 1) drop(tcb, segment, 'text in a SYN');
}

/** §3.10.7.3. */
function inSynSent(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  const { flags } = segment;
  const { snd } = tcb;
  const acknowledges = (flags & tcp.ACK) !== 0;
  // First, the ACK bit.
  if (acknowledges && (notAfter(segment.ack, tcb.iss) || after(segment.ack, snd.nxt))) {
    if ((flags & tcp.RST) === 0) oweResetFor(tcb, segment, 'ACK in the handshake');
    if (tcb.options.choices.hurriesSyn && tcb.timeouts === 0) arm(tcb, TIMER.RETRANSMISSION, HURRY, now);
    drop(tcb, segment, 'unacceptable ACK in the handshake');
    return;
  }
  // Second, the RST bit.
  if (flags & tcp.RST) {
    if (acknowledges) fail(tcb, 'receive RST', 'ECONNREFUSED');
    else drop(tcb, segment, 'RST without ACK in SYN-SENT');
    return;
  }
  // Third, security: not supported. Fourth, the SYN bit. Fifth: neither SYN nor RST.
  if ((flags & tcp.SYN) === 0) {
    drop(tcb, segment, 'no SYN in SYN-SENT');
    return;
  }
  synReceived(tcb, segment, now);
  if (!acknowledges) {
    //= RFC 9293 §3.5 MUST-10: simultaneous open
    enter(tcb, 'receive SYN');
    oweSyn(tcb, 'simultaneous open');
    if (segment.length > 1) drop(tcb, segment, 'text in a SYN');
    return;
  }
  takeAcknowledgment(tcb, segment, now);
  enter(tcb, 'receive SYN,ACK');
  established(tcb, segment, now);
  // The third segment of the handshake goes at once and alone, as other stacks do it, so that what follows is told from it.
  oweAck(tcb, OWES.ACK_ALONE, 'SYN,ACK received');
  sixthUrg(tcb, segment);
  if (segment.length > 1 && !tcb.options.choices.keepsTextOfSyn) {
    drop(tcb, segment, 'text in a SYN');
    return;
  }
  seventhText(tcb, segment, now);
  eighthFin(tcb, segment, now);
}

/** What a SYN says, from whichever side it was opened. */
function synReceived(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  const { snd, rcv } = tcb;
  countArrival(tcb, segment);
  tcb.timers.heard = ticksAt(now);
  const { options } = segment;
  tcb.irs = segment.seq;
  rcv.nxt = (segment.seq + 1) | 0;
  //= RFC 9293 §3.7.1 MUST-14, MUST-16: the smaller of what the peer takes and what our link carries; that it takes 0 octets nobody means
  const theirs = options.mss > 0 ? larger(options.mss, tcb.options.minimumMss) : DEFAULT_MSS;
  snd.mss = smaller(theirs, pathMss(tcb));
  timestamps.begin(tcb, segment, now);
  // What the SYN of an active opening promised was before timestamps were agreed on.
  const largest = tcb.state === 'SYN-SENT' ? tcb.mss : timestamps.largestIncoming(tcb);
  rcv.edge = (rcv.nxt + synWindowField(tcb, largest)) | 0;
  tcb.space.receive = firstRoom(tcb, largest);
  tcb.sack = tcb.options.selectiveAcknowledgments && options.sackPermitted;
  //= RFC 6691 §2: the MSS option does not count options; who sends does
  if (tcb.ts.on) snd.mss -= timestamps.LENGTH;
  snd.mss = larger(1, snd.mss - tcb.ipOptions);
  if (options.windowScale >= 0 && tcb.options.windowScaling) {
    //= RFC 7323 §2.3: a shift above 14 is taken as 14
    snd.scale = smaller(options.windowScale, MAX_SCALE);
  } else {
    snd.scale = -1;
    rcv.scale = 0;
  }
  ecn.synArrived(tcb, segment, true);
  // The window of a SYN is never scaled (RFC 7323 §2.2).
  setSendWindow(tcb, segment.seq, segment.ack, segment.window);
}

/** The connection has become ESTABLISHED by a segment. */
function established(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  const { halvesToWindow, fillsWindow, countsSegments } = tcb.options.choices;
  if (halvesToWindow || fillsWindow > 0 || countsSegments)
    tcb.snd.chosen = { unbounded: 0, burst: 0, waits: false, recovery: undefined };
  if (halvesToWindow) halveToWindow(tcb, tcb.snd.chosen!);
  const lost = synWasLost(tcb, segment, now);
  beginCongestion(tcb.congestion, tcb.snd.mss, lost, tcb.iss);
  if (countsSegments) tcb.snd.chosen!.recovery = new SegmentRecovery(tcb, lost, now);
  handshakeDone(tcb.rtt, tcb.options.choices);
  tcb.lastSent = ticksAt(now);
  tcb.counts.lastData = tcb.lastSent;
  if (tcb.options.keepAlive) arm(tcb, TIMER.KEEP_ALIVE, tcb.options.keepAliveIdle, now);
  // A CLOSE that waited for the handshake (§3.10.4, SYN-RECEIVED with octets queued).
  if (tcb.closing) enter(tcb, 'close');
}

/** §3.10.7.4: the eight steps. A step that answers false ends the processing. */
function inOtherStates(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  countArrival(tcb, segment);
  if (isSmallRecord(tcb) && !recordAllows(tcb, segment, now)) return;
  if ((segment.flags & SYN_RST_ACK) === 0 && passesOver(tcb)) return void drop(tcb, segment, 'no ACK');
  if (!timestamps.passes(tcb, segment, now)) return;
  if (!firstSequence(tcb, segment, now)) return;
  if (!secondRst(tcb, segment, now)) return;
  // Third, security: not supported.
  if (!fourthSyn(tcb, segment, now)) return;
  if (!fifthAck(tcb, segment, now)) return;
  //= RFC 3168 §6.1.6: a mark on a window probe counts, too
  if (segment.dataLength > 0) ecn.octetsArrived(tcb, segment);
  sixthUrg(tcb, segment);
  seventhText(tcb, segment, now);
  eighthFin(tcb, segment, now);
}

/** Whether a segment without ACK, RST and SYN is not looked at. An opening that a listener took is a matter of its own in Linux. */
const passesOver = ({ options, state, passive }: Tcb): boolean =>
  !options.choices.answersWithoutAck && !(state === 'SYN-RECEIVED' && passive);

/** First, check the sequence number (table 6). */
function firstSequence(tcb: Tcb, segment: IncomingSegment, now: Micros): boolean {
  const { rcv } = tcb;
  if (tcb.state === 'SYN-RECEIVED') {
    if (tcb.passive && tcb.options.choices.resetsOpenings && !acknowledgesSyn(tcb, segment)) return false;
    if ((segment.flags & SYN_RST_ACK) === SYN_ACK && segment.seq === tcb.irs) trimSyn(tcb, segment);
  }
  const { seq, length } = segment;
  if (tcb.state === 'SYN-RECEIVED' && (segment.flags & SYN_RST_ACK) === tcp.SYN && seq === tcb.irs) {
    // The peer's SYN came again, so it has not seen our SYN,ACK: that answers it better than an ACK it would ignore. Octets behind the SYN may lie in the window.
    ecn.synArrived(tcb, segment, false);
    if (tcb.passive && tcb.options.choices.pacesSynAcks) {
      if (!mayChallenge(tcb, now)) return drop(tcb, segment, 'SYN again');
      armRetransmission(tcb, now);
    }
    oweSyn(tcb, 'SYN received again');
    countSynAgain(tcb.counts);
    // Its answer could be to either of the two (Karn's algorithm).
    stopTiming(tcb.rtt);
    return drop(tcb, segment, 'SYN again');
  }
  //= RFC 9293 §3.4 MUST-66: with a closed window, acknowledgments and resets are processed all the same
  if (length > 0 && rcv.edge === rcv.nxt && seq === rcv.nxt && !(takesBeyondEdge(tcb) || isFinAlone(tcb, segment))) {
    if ((segment.flags & tcp.RST) === 0) oweAck(tcb, OWES.ACK_ALONE, 'window closed');
    drop(tcb, segment, 'window closed');
    // The seventh and eighth step take nothing that lies beyond the window.
    return true;
  }
  if (isAcceptable(tcb, segment) && !isRefusedWhole(tcb, segment)) return true;
  if (segment.flags & tcp.RST) return isLateReset(tcb, segment) || drop(tcb, segment, 'RST out of the window');
  answer(tcb, segment, now, 'unacceptable segment');
  // The FIN that came again, because our last ACK was lost, restarts the wait (§3.10.7.4, eighth step).
  if (tcb.state === 'TIME-WAIT' && segment.flags & tcp.FIN && ((seq + length) | 0) === rcv.nxt) startTimeWait(tcb, now);
  return drop(tcb, segment, before(seq, rcv.nxt) ? 'old sequence' : 'beyond the window');
}

/** Whether a segment that ends beyond the window is not looked at, since something waits for the program: where its octets are taken when nothing does, they are not trimmed off. A FIN may stand at the edge. */
function isRefusedWhole({ options, rcv }: Tcb, { seq, length, flags }: IncomingSegment): boolean {
  const end = (seq + length - (flags & tcp.FIN ? 1 : 0)) | 0;
  return after(end, rcv.edge) && options.choices.takesBeyondEdge && rcv.readable > 0;
}

/** Whether an opening can go on with the segment: what acknowledges anything but our SYN is reset. */
function acknowledgesSyn(tcb: Tcb, segment: IncomingSegment): boolean {
  if ((segment.flags & (tcp.ACK | tcp.RST)) !== tcp.ACK || segment.ack === tcb.snd.nxt) return true;
  oweResetFor(tcb, segment, 'ACK in the handshake');
  return drop(tcb, segment, 'unacceptable ACK in the handshake');
}

/**
 * In a simultaneous open the peer's SYN comes again with its acknowledgment. What lies before the window is trimmed off (§3.10.7.4, first step), so
 * that the acknowledgment counts at once and not after a retransmission (appendix A.2).
 */
function trimSyn(tcb: Tcb, segment: IncomingSegment): void {
  oweAck(tcb, OWES.ACK_ALONE, 'SYN received again');
  ecn.synArrived(tcb, segment, false);
  const opens = !tcb.passive && segment.length === 1 && segment.ack === tcb.snd.nxt;
  if (opens && tcb.options.choices.reportsRepeatedSyn) cameTwice(tcb, tcb.irs, tcb.rcv.nxt);
  segment.seq = (segment.seq + 1) | 0;
  segment.length--;
  segment.flags &= ~(tcp.SYN | tcp.ECE | tcp.CWR);
}

/** Second, check the RST bit; RFC 5961 §3.2. */
function secondRst(tcb: Tcb, segment: IncomingSegment, now: Micros): boolean {
  //= RFC 9293 §3.5.3 SHLD-2: be there octets in it or not
  if ((segment.flags & tcp.RST) === 0) return true;
  //= RFC 1337 §3: in TIME-WAIT a reset would let old duplicates into a new connection (F1; RFC 9293 §3.10.7.4 would obey it)
  if (tcb.state === 'TIME-WAIT') return drop(tcb, segment, 'RST in TIME-WAIT');
  if (segment.seq !== tcb.rcv.nxt && !isLateReset(tcb, segment)) {
    // Its octets may reach into the window; its number is what counts.
    const inside = !before(segment.seq, tcb.rcv.nxt) && before(segment.seq, tcb.rcv.edge);
    if (!inside && !tcb.options.choices.acceptsTouching) return drop(tcb, segment, 'RST out of the window');
    //= RFC 5961 §3.2: in the window, and not exactly next
    challenge(tcb, now, 'challenge for a RST');
    return drop(tcb, segment, 'RST not exact');
  }
  switch (tcb.state) {
    case 'SYN-RECEIVED':
      //= RFC 9293 §3.5 MUST-11: who listened is not told, and listens on
      if (tcb.passive) enter(tcb, 'receive RST');
      else fail(tcb, 'receive RST', tcb.options.choices.refusesCrossing ? 'ECONNREFUSED' : 'ECONNRESET');
      break;
    default:
      // In CLOSING and LAST-ACK too, where RFC 9293 §3.10.7.4 tells nobody: our FIN, and what was sent before it, may never have arrived.
      //= RFC 9293 §3.6 MUST-12: aborted, not closed
      fail(tcb, 'receive RST', 'ECONNRESET');
  }
  return false;
}

/** Whether a reset has the number of the peer's FIN, or the one behind all that came beyond a hole: its sender may have sent it before it heard from us. */
function isLateReset({ options, state, rcv, sack, held }: Tcb, { seq }: IncomingSegment): boolean {
  if (!options.choices.obeysLateResets) return false;
  if (rcv.finDone) return state !== 'TIME-WAIT' && seq === rcv.fin;
  return sack && held !== undefined && held.count > 0 && seq === held.end;
}

/**
 * Fourth, check the SYN bit; RFC 5961 §4.2. That speaks of the synchronized states, and SYN-RECEIVED is none (RFC 9293 §3.5.2): a passive opening is given up there, as
 * §3.10.7.4 says; Linux tells the peer by a reset.
 */
function fourthSyn(tcb: Tcb, segment: IncomingSegment, now: Micros): boolean {
  if ((segment.flags & tcp.SYN) === 0) return true;
  if (tcb.state === 'SYN-RECEIVED' && tcb.passive) {
    if (tcb.options.choices.resetsOpenings) oweResetFor(tcb, segment, 'SYN in the handshake');
    enter(tcb, 'receive RST');
  } else challenge(tcb, now, 'challenge for a SYN');
  return drop(tcb, segment, 'SYN in the window');
}

/** Fifth, check the ACK field. */
function fifthAck(tcb: Tcb, segment: IncomingSegment, now: Micros): boolean {
  if ((segment.flags & tcp.ACK) === 0) return drop(tcb, segment, 'no ACK');
  const { snd } = tcb;
  const { ack } = segment;
  if (tcb.state === 'SYN-RECEIVED') {
    if (!after(ack, snd.una) || after(ack, snd.nxt)) {
      oweResetFor(tcb, segment, 'ACK in the handshake');
      return drop(tcb, segment, 'unacceptable ACK in the handshake');
    }
    if (tcb.passive && tcb.timeouts < tcb.options.deferAccept && segment.length === 0) {
      tcb.deferred = true;
      return drop(tcb, segment, 'ACK without octets in the handshake');
    }
    genuine(tcb, segment, now);
    enter(tcb, 'receive ACK of SYN');
    setSendWindow(tcb, segment.seq, segment.ack, scaled(tcb, segment));
    takeAcknowledgment(tcb, segment, now);
    established(tcb, segment, now);
    return true;
  }
  //= RFC 5961 §5.2: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT, or it is answered and dropped
  //= RFC 9293 §3.10.7.4 MAY-12
  if (after(ack, snd.nxt) || before(ack, (snd.una - snd.maxWnd) | 0)) {
    challenge(tcb, now, 'challenge for an ACK');
    return drop(tcb, segment, after(ack, snd.nxt) ? 'ACK of the future' : 'ACK of the past');
  }
  genuine(tcb, segment, now);
  // Whatever comes is an occasion to send what waits for more, but for plain octets that are next: as in Linux.
  if (segment.dataLength === 0 || segment.seq !== tcb.rcv.nxt || segment.flags & ~(tcp.ACK | tcp.PSH)) snd.more = false;
  const flight = distance(snd.nxt, snd.una);
  if (tcb.probe?.again === true && ack === snd.una && snd.chosen?.recovery === undefined)
    probeAnswered(tcb, tcb.probe, segment, saysTheSame(tcb, segment));
  const { una } = snd;
  if (after(ack, una)) takeAcknowledgment(tcb, segment, now);
  else if (snd.chosen?.recovery !== undefined) hear(tcb, snd.chosen.recovery, segment, snd.una, now);
  else if (isDuplicate(tcb, segment) && tellsOfLoss(tcb)) lost(tcb);
  if (snd.chosen?.recovery === undefined && ecn.echoes(tcb, segment) && ecn.echoArrived(tcb, flight))
    armRetransmission(tcb, now);
  if (!before(ack, snd.una)) {
    //= RFC 9293 §3.8.6.1 MUST-37: a peer that answers probes is alive
    if (snd.wnd === 0) tcb.answered = true;
    const { wnd } = snd;
    const closed = wnd === 0;
    takeWindow(tcb, segment, una);
    // What goes next was planned by the window of before.
    if (snd.wnd !== wnd) snd.chosen?.recovery?.plan(tcb);
    if (closed && snd.wnd > 0) windowOpened(tcb, now);
    // The peer has just said that it is closed: it is asked again when it has not said so for a while.
    else if (closed && tcb.timers.armed & TIMER.PERSIST) armPersist(tcb, now);
  }
  return afterAcknowledgment(tcb, now);
}

/** Its sequence number and its acknowledgment are good: nobody who guesses numbers sets the clock, or makes a peer that is gone seem to live. */
function genuine(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  timestamps.take(tcb, segment, now);
  tcb.timers.heard = ticksAt(now);
  tcb.unanswered = 0;
}

const tellsOfLoss = ({ congestion, snd }: Tcb): boolean => onDuplicate(congestion, snd.una, snd.nxt, snd.mss);

/** Three duplicates tell of a loss. */
function lost(tcb: Tcb): void {
  ecn.reduced(tcb);
  resendFirst(tcb, 'fast retransmit');
}

/** What an acknowledgment means to the state: whether our FIN is covered. Answers false when the connection is over. */
function afterAcknowledgment(tcb: Tcb, now: Micros): boolean {
  const finAcknowledged = tcb.snd.finSent && tcb.snd.una === tcb.snd.nxt;
  switch (tcb.state) {
    case 'FIN-WAIT-1':
      if (!finAcknowledged) return true;
      enter(tcb, 'receive ACK of FIN');
      tcb.events |= EVENT.FIN_ACKNOWLEDGED;
      if (!tcb.orphaned) return true;
      if (tcb.options.finWait2 >= 0) {
        arm(tcb, TIMER.TIME_WAIT, tcb.options.finWait2, now);
        return true;
      }
      // The program has gone and wants nothing to wait for (TCP_LINGER2): over, and what may still come is answered by a reset.
      tcb.error = 'ECONNABORTED';
      enter(tcb, 'abort');
      return false;
    case 'CLOSING':
      if (!finAcknowledged) return tcb.options.choices.ignoresBehindFin;
      enter(tcb, 'receive ACK of FIN');
      tcb.events |= EVENT.FIN_ACKNOWLEDGED;
      startTimeWait(tcb, now);
      return false;
    case 'LAST-ACK':
      if (!finAcknowledged) return tcb.options.choices.ignoresBehindFin;
      enter(tcb, 'receive ACK of FIN');
      return false;
    default:
      return true;
  }
}

/** Whether a segment acknowledges what the last one did, offers the same window, and brings nothing. */
const saysTheSame = (tcb: Tcb, segment: IncomingSegment): boolean =>
  segment.length === 0 && segment.ack === tcb.snd.una && scaled(tcb, segment) === tcb.snd.wnd;

/** RFC 5681 §2: what a receiver sends when a segment arrives beyond a hole. Where SACK is agreed that is what it says, whatever its window and be there octets with it (RFC 6675 §2). */
const isDuplicate = (tcb: Tcb, segment: IncomingSegment): boolean =>
  segment.ack === tcb.snd.una &&
  outstanding(tcb) &&
  // With a closed window it is the answer to a probe.
  tcb.snd.wnd > 0 &&
  (tcb.sack ? tellsNews(tcb, segment) : saysTheSame(tcb, segment));

/** SND.UNA moves to SEG.ACK: octets leave the buffer, timers, the round-trip estimate and the congestion window follow. */
function takeAcknowledgment(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  const { snd, resend, options, rtt } = tcb;
  const { ack } = segment;
  const flight = distance(snd.nxt, snd.una);
  const covered = distance(ack, snd.una);
  const recovery = snd.chosen?.recovery;
  const ambiguous = resend.active === true || rtt.srtt === 0;
  if (recovery === undefined && !acknowledged(rtt, ack, now, options) && ambiguous && sampleDue(rtt, now)) {
    //= RFC 7323 §4.1: an echo tells the first transmission from the second, also of a SYN, which Karn's algorithm cannot
    const sample = timestamps.roundTrip(tcb, segment, now);
    if (sample !== undefined) addSample(rtt, sample, now, options);
  }
  moveUna(tcb, ack, now);
  if (recovery !== undefined) return hear(tcb, recovery, segment, (ack - covered) | 0, now);
  if (tcb.sack && segment.options.sackCount > 0) tellsNews(tcb, segment);
  if (tcb.probe?.again === true) probeAnswered(tcb, tcb.probe, segment, false);
  const echoes = ecn.echoes(tcb, segment);
  const partial = onAcknowledgment(tcb.congestion, ack, covered, flight, snd.mss, echoes);
  congestionMoved(tcb);
  if (partial) resendFirst(tcb, 'partial acknowledgment');
  else if (resend.active === true) {
    resend.active = before(ack, resend.end);
    const next = before(resend.next, ack) ? ack : resend.next;
    const room = tcb.congestion.cwnd - distance(next, ack);
    resend.allowed = resend.active === true ? larger(0, Math.floor(room / snd.mss)) : 0;
  }
  //= RFC 6298 §5 (5.2) and (5.3)
  if (outstanding(tcb)) armRetransmission(tcb, now);
  else if ((tcb.ecn & ecn.ECN.HELD) === 0) disarm(tcb, TIMER.RETRANSMISSION);
  if (options.choices.lossProbes === true) scheduleLossProbe(tcb, now);
}

/** SND.UNA moves to `ack`: what it covers leaves the buffer, and nothing stalls any more. */
export function moveUna(tcb: Tcb, ack: Seq, now: Micros): void {
  const { snd } = tcb;
  if ((ack - tcb.iss) >>> 0 < (snd.una - tcb.iss) >>> 0) tcb.counts.roundsOut++;
  snd.una = ack;
  snd.more = false;
  if (snd.urgent === true && !after(snd.up, ack)) snd.urgent = false;
  tcb.owes &= ~OWES.SYN;
  const octets = smaller(distance(ack, snd.head), distance(snd.end, snd.head));
  if (octets > 0) {
    snd.head = (snd.head + octets) | 0;
    if (snd.head === snd.end) tcb.sendQueue.clear();
    else tcb.sendQueue.drop(octets);
    if (snd.blocked === true && tcb.writable > 0) {
      snd.blocked = false;
      tcb.events |= EVENT.WRITABLE;
    }
  }
  notStalled(tcb, now);
  tcb.timeouts = 0;
  // Kept near, so that it does not seem ahead again when the numbers have gone half around.
  if (before(snd.small, ack)) snd.small = ack;
  if (tcb.told !== undefined) forgetTold(tcb, tcb.told, ack);
}

/** What an acknowledgment, which came when SND.UNA was `una`, means to loss recovery by segments. */
function hear(tcb: Tcb, recovery: SegmentRecovery, segment: IncomingSegment, una: Seq, now: Micros): void {
  const { rtt, options } = tcb;
  const { ack } = segment;
  if (before(ack, una) && segment.options.sackCount === 0) return;
  const renews = isNews(tcb, segment, una);
  // The timer had backed off, which a round trip ends (RFC 6298 §5).
  const mended = recovery.phase === PHASE.LOSS;
  const { rearms, reneged, wait, sentAt } = recovery.heard(tcb, segment, una, renews, ecn.echoes(tcb, segment), now);
  congestionMoved(tcb);
  //= RFC 7323 §4.1: an echo tells the first transmission from the second
  const trip =
    sentAt !== undefined
      ? larger(1, Math.round(now - sentAt))
      : after(ack, una)
        ? timestamps.roundTrip(tcb, segment, now)
        : undefined;
  const fresh = sentAt !== undefined && ((sentAt - rtt.sampledAt) | 0) >= 0;
  if (trip !== undefined && (mended || fresh || sampleDue(rtt, now))) addSample(rtt, trip, now, options);
  if (!outstanding(tcb)) {
    if ((tcb.ecn & ecn.ECN.HELD) === 0) disarm(tcb, TIMER.RETRANSMISSION);
    disarm(tcb, TIMER.LOSS_PROBE);
  } else if (reneged) {
    // An acknowledgment that is on its way may show that it has not.
    arm(tcb, TIMER.RETRANSMISSION, larger(rtt.srtt >> 1, RENEGING_DOUBT), now);
    disarm(tcb, TIMER.LOSS_PROBE);
  } else if (wait > 0) armLate(tcb, wait, now);
  else if (rearms) {
    armRetransmission(tcb, now);
    scheduleLossProbe(tcb, now);
  }
}

/** Whether Linux takes the window of a segment, which came when SND.UNA was `una`: it acknowledges more, has a later number than who set the window, or the same and opens or closes it. */
function isNews(tcb: Tcb, segment: IncomingSegment, una: Seq): boolean {
  const { wl1, wnd } = tcb.snd;
  const { seq, ack } = segment;
  if (after(ack, una) || after(seq, wl1)) return true;
  const window = scaled(tcb, segment);
  return seq === wl1 && (window > wnd || window === 0);
}

/** Takes the window of a segment, which came when SND.UNA was `una`, but not of an old one. */
function takeWindow(tcb: Tcb, segment: IncomingSegment, una: Seq): void {
  const { options } = tcb;
  const { seq, ack } = segment;
  const taken = options.choices.windowByNews ? isNews(tcb, segment, una) : isLater(tcb, seq, ack);
  if (taken) setSendWindow(tcb, seq, ack, scaled(tcb, segment));
}

/** Whether a segment with these numbers is not older than the one that set the window: it has a later number, or the same and no earlier acknowledgment. */
export const isLater = ({ snd }: Tcb, seq: Seq, ack: Seq): boolean =>
  seq === snd.wl1 ? !before(ack, snd.wl2) : before(snd.wl1, seq);

/** A segment with these numbers sets SND.WND. */
export function setSendWindow(tcb: Tcb, seq: Seq, ack: Seq, window: number): void {
  const { snd } = tcb;
  snd.wnd = window;
  snd.wl1 = seq;
  snd.wl2 = ack;
  if (window <= snd.maxWnd) return;
  snd.maxWnd = window;
  if (snd.chosen !== undefined && snd.chosen.unbounded > 0) boundToWindow(tcb, snd.chosen);
}

/** From now on segments are no longer than half of the peer's largest window. */
function halveToWindow(tcb: Tcb, chosen: Chosen): void {
  const { snd } = tcb;
  // That of a listener's first SYN does not count.
  snd.maxWnd = snd.wnd;
  chosen.unbounded = snd.mss;
  boundToWindow(tcb, chosen);
}

/** Segments are no longer than half of the peer's largest window, or all of one that is hardly a segment. */
function boundToWindow({ snd, ts, congestion }: Tcb, chosen: Chosen): void {
  if (snd.maxWnd === 0) return;
  const { mss } = snd;
  const most = snd.maxWnd > DEFAULT_MSS ? snd.maxWnd >> 1 : snd.maxWnd;
  const least = LEAST_SEGMENT - (ts.on ? timestamps.LENGTH : 0);
  snd.mss = smaller(chosen.unbounded, larger(most, least));
  if (snd.mss > mss) segmentsGrew(congestion, snd.mss);
  // The largest window only grows.
  if (snd.mss === chosen.unbounded) chosen.unbounded = 0;
}

//= RFC 9293 §3.1 REC-1: in 32 bits
const scaled = (tcb: Tcb, segment: IncomingSegment): number =>
  //= RFC 7323 §2.2: the window of a SYN never is
  segment.ofSyn === true ? segment.window : segment.window << larger(0, tcb.snd.scale);

/** A window that was closed is open: what the probe sent, and all behind it, goes out now instead of at the next timeout. */
function windowOpened(tcb: Tcb, now: Micros): void {
  disarm(tcb, TIMER.PERSIST);
  if (!outstanding(tcb) || tcb.options.choices.resendsByWindow) return;
  resendFrom(tcb, 1, 'window opened');
  armRetransmission(tcb, now);
}

/** Sixth, check the URG bit: urgent octets are handed over in their place among all others (RFC 6093 §3.1), and the program is told where they end. */
function sixthUrg(tcb: Tcb, segment: IncomingSegment): void {
  if ((segment.flags & tcp.URG) === 0) return;
  if (tcb.state !== 'ESTABLISHED' && tcb.state !== 'FIN-WAIT-1' && tcb.state !== 'FIN-WAIT-2') return;
  const { rcv } = tcb;
  //= RFC 9293 §3.8.5 MUST-31: of any length
  // Who means the last octet instead of the one behind it (RFC 6093 §3.1) says 0 for the first: Linux hears that, too.
  const up = (segment.seq + larger(smaller(segment.dataLength, 1), segment.urgent)) | 0;
  // RFC 6093 §6: a pointer behind what was read already says nothing.
  if (!after(up, (rcv.nxt - rcv.readable) | 0) || (rcv.urgent && !after(up, rcv.up))) return;
  rcv.up = up;
  rcv.urgent = true;
  //= RFC 9293 §3.8.5 MUST-32: the program is told
  tcb.events |= EVENT.URGENT;
}

/** Seventh, process the segment text. */
function seventhText(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  if (segment.dataLength === 0) return;
  if (tcb.state !== 'ESTABLISHED' && tcb.state !== 'FIN-WAIT-1' && tcb.state !== 'FIN-WAIT-2') {
    behindFin(tcb, segment);
    drop(tcb, segment, 'text after the FIN');
    return;
  }
  const { rcv } = tcb;
  let left = (segment.seq + (segment.flags & tcp.SYN ? 1 : 0)) | 0;
  let right = (left + segment.dataLength) | 0;
  const skip = larger(0, distance(rcv.nxt, left));
  //= RFC 2883 §4: part of it has come before
  if (skip > 0) cameTwice(tcb, left, after(right, rcv.nxt) ? rcv.nxt : right);
  left = (left + skip) | 0;
  const beyond = after(right, rcv.edge) && !takesBeyondEdge(tcb);
  if (beyond) right = rcv.edge;
  const afterFin = rcv.finKnown && after(right, rcv.fin);
  if (afterFin) right = rcv.fin;
  const count = distance(right, left);
  if (count <= 0) {
    // Nothing of it was new: the peer is told where we stand.
    acknowledgeQuickly(tcb);
    oweAck(tcb, OWES.ACK, 'old data');
    drop(tcb, segment, afterFin ? 'text after the FIN' : 'old text');
    return;
  }
  if (nobodyReads(tcb)) return forNobody(tcb, segment);
  const cut = afterFin ? 'text after the FIN' : beyond ? 'text beyond the window' : undefined;
  takeText(tcb, segment, left, segment.dataAt + skip, count, cut, now);
  rcv.edge = latest(rcv.edge, rcv.nxt);
}

/** Whether octets count that lie beyond the window: nothing waits for the program, so that memory is no reason to refuse them. */
const takesBeyondEdge = ({ options, rcv }: Tcb): boolean => options.choices.takesBeyondEdge && rcv.readable === 0;

/** Whether it is a FIN alone, for which there is room in any window. */
const isFinAlone = ({ options }: Tcb, { flags, dataLength }: IncomingSegment): boolean =>
  options.choices.takesBeyondEdge && dataLength === 0 && (flags & (tcp.FIN | tcp.SYN)) === tcp.FIN;

/** Octets have come after the peer's FIN. Where they were all here before, it is told so; where some of them are new, one of the two says something else than it did. */
function behindFin(tcb: Tcb, segment: IncomingSegment): void {
  const { rcv, options } = tcb;
  const { seq, dataLength } = segment;
  if (!options.choices.ignoresBehindFin || !before(seq, rcv.nxt)) return;
  const end = (seq + dataLength) | 0;
  if (after(end, rcv.nxt)) return forNobody(tcb, segment);
  cameTwice(tcb, seq, end);
  acknowledgeQuickly(tcb);
  oweAck(tcb, OWES.ACK, 'old data');
}

/** The program has gone, or has ended both directions. */
const nobodyReads = ({ orphaned, unread, closing }: Tcb): boolean => orphaned || (unread && closing);

//= RFC 9293 §3.6.1 SHLD-3
/** Octets have come, or are known to come, that nobody will read: the peer is told by a reset. */
function forNobody(tcb: Tcb, segment: IncomingSegment): void {
  oweResetFor(tcb, segment, 'data for nobody');
  drop(tcb, segment, 'text for nobody');
  fail(tcb, 'abort', tcb.orphaned ? 'ECONNABORTED' : 'ECONNRESET');
}

/** A segment has come, be it acceptable or not. */
function countArrival({ counts }: Tcb, { dataLength }: IncomingSegment): void {
  counts.segmentsIn = (counts.segmentsIn + 1) | 0;
  if (dataLength > 0) counts.dataSegmentsIn = (counts.dataSegmentsIn + 1) | 0;
}

/** Keeps `count` octets of the segment, from `from` on, whose first has the number `left`: all of them lie in the window; why those behind them do not count, if there are any, `cut` says. */
function takeText(
  tcb: Tcb,
  segment: IncomingSegment,
  left: Seq,
  from: number,
  count: number,
  cut: Drop | undefined,
  now: Micros,
): void {
  const { rcv, counts } = tcb;
  const stored = tcb.receiveQueue.writeFrom(rcv.readable + distance(left, rcv.nxt), segment.octets, from, from + count);
  if (stored === 0) {
    drop(tcb, segment, 'pages exhausted');
    return;
  }
  if (stored < count) drop(tcb, segment, 'pages exhausted');
  else if (cut !== undefined) drop(tcb, segment, cut);
  measure(tcb, stored);
  if (left === rcv.nxt) {
    counts.lastData = ticksAt(now);
    let next = (left + stored) | 0;
    if (tcb.held !== undefined && tcb.held.count > 0) {
      cameAmongHeld(tcb, left, next);
      next = tcb.held.takeFrom(next);
      if (after(next, rcv.edge)) rcv.edge = next;
      // A FIN that came before is held with what is behind the hole, and is not an octet.
      if (rcv.finKnown === true && after(next, rcv.fin)) next = rcv.fin;
      //= RFC 5681 §4.2: at once when a segment fills a hole
      oweAck(tcb, OWES.ACK, 'hole filled');
    } else if (segment.flags & tcp.FIN && cut === undefined && stored === count && delaysFinAck(tcb)) {
      // It is acknowledged with the FIN.
      tcb.acknowledging.octets += stored;
    } else arrived(tcb, stored, now);
    rcv.readable += distance(next, rcv.nxt);
    if ((next - tcb.irs) >>> 0 < (rcv.nxt - tcb.irs) >>> 0) counts.roundsIn++;
    rcv.nxt = next;
    tcb.events |= EVENT.READABLE;
  } else {
    //= RFC 9293 §3.10.7.4 SHLD-31, MAY-13: what lies beyond a hole is kept, and told of at once
    cameAmongHeld(tcb, left, (left + stored) | 0);
    if (!heldOf(tcb).add(left, (left + stored) | 0)) drop(tcb, segment, 'too many holes');
    oweAck(tcb, OWES.ACK_ALONE, 'out of order');
    counts.outOfOrder++;
  }
}

/** Eighth, check the FIN bit. A FIN beyond a hole is remembered until what is before it has come. */
function eighthFin(tcb: Tcb, segment: IncomingSegment, now: Micros): void {
  const { rcv } = tcb;
  if (tcb.state === 'CLOSED' || tcb.state === 'LISTEN' || tcb.state === 'SYN-SENT') return;
  if (segment.flags & tcp.FIN && !rcv.finKnown) {
    const fin = (segment.seq + segment.length - 1) | 0;
    // With octets beyond the edge that count, or alone at the edge, it counts, too.
    const behindKept = tcb.options.choices.takesBeyondEdge && segment.verdict === 'accepted';
    if (!before(fin, rcv.nxt) && (before(fin, rcv.edge) || behindKept)) {
      // Octets are on their way.
      if (fin !== rcv.nxt && nobodyReads(tcb)) return forNobody(tcb, segment);
      rcv.finKnown = true;
      rcv.fin = fin;
      //= RFC 2018 §3: blocks are of sequence numbers, and a FIN has one
      if (fin !== rcv.nxt) heldOf(tcb).add(fin, (fin + 1) | 0);
      if (fin !== rcv.nxt && segment.dataLength === 0) tcb.counts.outOfOrder++;
    }
  } else if (segment.flags & tcp.FIN && !rcv.finDone && rcv.nxt !== rcv.fin) cameTwice(tcb, rcv.fin, (rcv.fin + 1) | 0);
  if (rcv.finKnown && !rcv.finDone && rcv.nxt === rcv.fin) finArrived(tcb, now);
  else if (segment.flags & tcp.FIN) {
    const fin = (segment.seq + segment.length - 1) | 0;
    if (before(fin, rcv.nxt) && tcb.state !== 'TIME-WAIT') cameTwice(tcb, fin, (fin + 1) | 0);
    else if (rcv.finDone && tcb.options.choices.ignoresBehindFin) return;
    if (!rcv.finKnown) drop(tcb, segment, 'FIN beyond the window');
    oweAck(tcb, OWES.ACK, rcv.finDone ? 'FIN received' : 'out of order');
  }
}

/** The peer's FIN is in order. */
//= RFC 9293 §3.6 MUST-12: END_OF_STREAM here, ECONNRESET in secondRst
function finArrived(tcb: Tcb, now: Micros): void {
  const { rcv } = tcb;
  rcv.finDone = true;
  rcv.nxt = (rcv.nxt + 1) | 0;
  rcv.edge = latest(rcv.edge, rcv.nxt);
  allCame(tcb);
  tcb.events |= EVENT.END_OF_STREAM;
  if (delaysFinAck(tcb)) finAck(tcb, now);
  else oweAck(tcb, OWES.ACK, 'FIN received');
  // The acknowledgment of our FIN, had this segment brought it, has led to FIN-WAIT-2 already.
  const bothClosed = tcb.state === 'FIN-WAIT-2';
  enter(tcb, 'receive FIN');
  if (bothClosed) startTimeWait(tcb, now);
}

const delaysFinAck = ({ state, options }: Tcb): boolean => state === 'ESTABLISHED' && options.choices.delaysFinAck;
