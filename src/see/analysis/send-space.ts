/**
 * One end's send sequence space as a tap sees it, and what a segment does to it: RFC 9293's SND.UNA, SND.NXT and SND.WND, kept from the
 * numbers that pass by. Not here: which window it was given (send-window.ts). Read first: RFC 9293 §3.3.1 (figure 3), §3.4, §3.8.6.
 *
 *           1         2          3          4
 *      ----------|----------|----------|----------
 *             SND.UNA    SND.NXT    SND.UNA+SND.WND
 */
import { add, after, before, distance, latest, notAfter, notBefore, type Seq } from '../../core/sequence.ts';
import { ACK, FIN, RST, SYN } from '../../wire/tcp.ts';
import type { Segment } from '../dissect/segment.ts';
import type { FrameFacts, InferredState, Kind, Pair } from './facts.ts';
import { Gaps } from './gaps.ts';
import { giveWindow, takeWindow, windowOf, wouldSetWindow } from './send-window.ts';
import { SentLog } from './sent-log.ts';

/** How many segments of one end are remembered so that an acknowledgment can name its frame. */
const LOG = 64;

/** An acknowledgment further ahead than this of all that was seen is not a gap in the capture but another connection's. */
const FAR = 2 ** 30;

/** A SYN nearer than this to what its sender said before came late, and begins nothing. */
const NEAR = 2 ** 20;

/** One end's place in both sequence spaces, as far as a tap can tell. Numbers are int32, as on the wire. */
export interface EndSpace {
  /** SND.UNA; undefined until anything tells it. */
  readonly una: Seq | undefined;
  /** SND.NXT, once it `spoke`. */
  readonly next: Seq;
  readonly spoke: boolean;
  /** SND.WND in octets; undefined when unknown. */
  readonly window: number | undefined;
  /** Whether the end took the last acknowledgments and windows sent to it is not sure: they came with numbers that it may have had already. */
  readonly unsure: boolean;
  /** Whether its window is: segments that differed in nothing else told of several, and may have changed places on their way; or RFC 9293 takes another one of them than Linux does. */
  readonly disputed: boolean;
  /** What has been acknowledged of it goes beyond what has been seen: `una`, `next` and `window` are what they are if it was sent. */
  readonly seen: object | undefined;
  /** RCV.NXT, as the end said it last; undefined before it did, and when something has been sent to it since that may have moved it. */
  readonly rcvNxt: Seq | undefined;
  /** RCV.WND, as the end said it last, in octets from the acknowledgment it said with it; undefined when unknown. */
  readonly rcvWnd: number | undefined;
}

/** What acknowledgments and windows come to. */
type Stance = Pick<
  SendSpace,
  | 'una'
  | 'next'
  | 'window'
  | 'wl1'
  | 'wl2'
  | 'wlStamp'
  | 'newsWindow'
  | 'newsWl1'
  | 'perhapsUna'
  | 'tied'
  | 'unsure'
  | 'disputed'
>;

/** One end as a sender. */
export interface SendSpace extends EndSpace {
  spoke: boolean;
  /** SND.UNA: the highest acknowledgment seen for it; before any, its first number. Undefined until either is seen. */
  una: Seq | undefined;
  /** SND.NXT: the number after the last one seen. */
  next: Seq;
  /** The first number seen, and those that were passed over since. */
  first: Seq;
  readonly gaps: Gaps;
  /** SND.WND in octets; undefined when unknown. */
  window: number | undefined;
  /** It has reached the edge of its window and sent nothing new since. */
  stopped: boolean;
  syn: Seq | undefined;
  finEnd: Seq | undefined;
  /** Of its last segment. */
  lastAck: Seq;
  lastWindow: number;
  lastKind: Kind | undefined;
  /** MAX.SND.WND: the largest window it was given. */
  largest: number;
  /** SND.WL1 and SND.WL2: the segment that set the window; undefined while none did. */
  wl1: Seq | undefined;
  wl2: Seq;
  /** Its timestamp; undefined where it had none. */
  wlStamp: number | undefined;
  /** The window, and the number of the segment that set it, where the end is Linux'. */
  newsWindow: number | undefined;
  newsWl1: Seq | undefined;
  /** The highest acknowledgment that it may have taken, beyond `una`; undefined where there is none. */
  perhapsUna: Seq | undefined;
  /** Which of several segments with the same numbers gave the window is not known. */
  tied: boolean;
  unsure: boolean;
  disputed: boolean;
  /** What would stand if it was not. */
  seen: Stance | undefined;
  rcvNxt: Seq | undefined;
  rcvWnd: number | undefined;
  /** What its SYN offered: a window scale, or -1; undefined while its SYN has not been seen. */
  offered: number | undefined;
  /** Whether its SYN offered timestamps; undefined while that has not been seen. */
  stamps: boolean | undefined;
  /** TS.Recent: the peer's timestamp that it would echo, and one that it may have taken; undefined where there are none. */
  recent: number | undefined;
  perhapsRecent: number | undefined;
  /** What it has acknowledged, and the furthest right edge it has promised; undefined before. */
  said: Seq | undefined;
  edge: Seq | undefined;
  /** Its last segment reached beyond the first of its numbers that had not been seen, or stood there: nobody can have had it before. */
  fresh: boolean;
  readonly log: SentLog;
}

export const makeSendSpace = (): SendSpace => ({
  spoke: false,
  una: undefined,
  next: 0,
  first: 0,
  gaps: new Gaps(),
  window: undefined,
  stopped: false,
  syn: undefined,
  finEnd: undefined,
  lastAck: 0,
  lastWindow: 0,
  lastKind: undefined,
  wl1: undefined,
  wl2: 0,
  wlStamp: undefined,
  newsWindow: undefined,
  newsWl1: undefined,
  perhapsUna: undefined,
  tied: false,
  unsure: false,
  disputed: false,
  seen: undefined,
  largest: 0,
  rcvNxt: undefined,
  rcvWnd: undefined,
  offered: undefined,
  stamps: undefined,
  recent: undefined,
  perhapsRecent: undefined,
  said: undefined,
  edge: undefined,
  fresh: true,
  log: new SentLog(LOG),
});

/** What stands now. */
function stanceOf(space: SendSpace): Stance {
  const { una, next, window, wl1, wl2, wlStamp, newsWindow, newsWl1, perhapsUna, tied, unsure, disputed } = space;
  return { una, next, window, wl1, wl2, wlStamp, newsWindow, newsWl1, perhapsUna, tied, unsure, disputed };
}

/** What the segment's own numbers say: new, repeated, or behind a gap. A reset takes up no numbers. */
export function takeNumbers(s: Segment, facts: FrameFacts, sender: SendSpace, receiver: SendSpace): void {
  decide(s, sender);
  if (s.flags & RST) return;
  const data = add(s.seq, s.flags & SYN ? 1 : 0);
  const end = add(data, s.length + (s.flags & FIN ? 1 : 0));
  // What it said before its SYN was of another connection: a refusal, or a challenge.
  const anew =
    sender.spoke && s.flags & SYN && sender.syn === undefined && Math.abs(distance(s.seq, sender.next)) >= NEAR;
  if (!sender.spoke || anew) {
    // Where the other end has acknowledged numbers of it before, the capture began in the middle and they count.
    if (anew || sender.una === undefined || Math.abs(distance(s.seq, sender.una)) >= FAR) sender.una = s.seq;
    sender.next = sender.una;
    sender.gaps.clear();
    if (anew) sender.said = sender.edge = sender.rcvNxt = undefined;
    sender.first = s.seq;
    // What it sent before the capture began may not all have been acknowledged.
    if (!(s.flags & SYN)) sender.unsure = true;
  }
  const missing = receiver.said === undefined ? sender.next : (sender.gaps.first(receiver.said) ?? sender.next);
  sender.fresh = end === s.seq ? notBefore(s.seq, missing) : after(end, missing);
  if (after(s.seq, sender.next)) facts.gap = distance(s.seq, sender.next);
  facts.newOctets = Math.min(s.length, Math.max(0, distance(add(data, s.length), latest(sender.next, data))));
  if (end === s.seq) return;
  if (s.length > 0) sortOctets(data, add(data, s.length), facts, sender);
  if (facts.gap > 0) sender.gaps.add(sender.next, s.seq);
  if (before(s.seq, sender.next))
    facts.repeats = sender.log.carried(s.seq, before(end, sender.next) ? end : sender.next);
  sender.log.add(s.seq, end, s.frame);
  sender.next = latest(sender.next, end);
  if (s.flags & SYN) {
    sender.syn = s.seq;
    sender.offered ??= s.options.windowScale;
    sender.stamps ??= s.options.timestamps;
    if (!sender.spoke) sender.unsure = false;
    // Sent once more: what seemed to acknowledge it did not arrive, or was not taken.
    if (sender.lastKind === 'SYN,ACK' && s.flags & ACK && sender.una === end && s.length === 0) {
      sender.una = s.seq;
      sender.unsure = true;
    }
  }
  if (s.flags & FIN) sender.finEnd = end;
}

/** How many of the octets `[from, to)` fill a gap, and how many were seen before. */
function sortOctets(from: Seq, to: Seq, facts: FrameFacts, sender: SendSpace): void {
  const { first, next, syn, gaps } = sender;
  // A capture that began in the middle may have begun behind them; one octet may be that of a keep-alive.
  if (syn === undefined && before(from, first) && distance(to, from) > 1) {
    gaps.add(from, first);
    sender.first = from;
  }
  facts.lateOctets = gaps.fill(from, before(to, next) ? to : next);
  const known = latest(from, sender.first);
  if (before(known, next))
    facts.oldOctets = Math.max(0, distance(before(to, next) ? to : next, known) - facts.lateOctets);
}

/** An end of which more has been acknowledged than was seen speaks: its own number shows whether the capture missed something, or the acknowledgment was of nothing. */
function decide(s: Segment, sender: SendSpace): void {
  const { seen } = sender;
  if (seen === undefined) return;
  const answer = (s.flags & RST) !== 0 && s.seq === sender.next;
  if (!answer && (s.flags & RST || after(s.seq, seen.next))) sender.seen = undefined;
  else if (answer || s.seq === seen.next) {
    // It was not passed over: it is to come.
    sender.gaps.fill(seen.next, sender.next);
    Object.assign(sender, seen);
    sender.seen = undefined;
  }
}

/** Whether an end takes a segment, as far as a tap can tell. */
export type Acceptance =
  | 'yes'
  /** Its acknowledgment; its octets stand in a closed window. */
  | 'acknowledgment'
  | 'no'
  /** Its numbers were sent before: it may be old. */
  | 'unsure'
  /** Most would drop it: it lies beyond the window that was promised, acknowledges what is long past, or lacks the timestamps that were agreed on. */
  | 'doubtful'
  /** It acknowledges what has not been seen: the capture missed that, or it is dropped. */
  | 'future';

/**
 * The acceptability test (RFC 9293 §3.10.7.4, first step) with what the receiver said last: numbers before that are old for sure. Numbers that were sent before and
 * are not acknowledged yet may be old; beyond the edge that was promised, the promise may have grown.
 */
function acceptable(s: Segment, sender: SendSpace, receiver: SendSpace, received: InferredState): Acceptance {
  const { said, edge, recent, perhapsRecent = recent, una, next, largest } = receiver;
  const acknowledges = (s.flags & ACK) !== 0;
  if (received === 'SYN-SENT') return s.flags & SYN && (!acknowledges || s.ack === next) ? 'yes' : 'no';
  const future = acknowledges && receiver.spoke && after(s.ack, next);
  if (said === undefined) return future ? 'future' : 'yes';
  if (recent !== undefined && sender.stamps !== false && receiver.stamps !== false) {
    // PAWS (RFC 7323 §5.3), and §3.2: once both SYNs have offered them, every segment has them.
    if (!s.options.timestamps) return 'doubtful';
    if (after(recent, s.options.tsval)) return 'no';
    if (after(perhapsRecent!, s.options.tsval)) return 'doubtful';
  }
  if (s.flags & SYN) {
    // Its SYN is what the end has already, but the acknowledgment with it is not (simultaneous open); otherwise it is asked about (RFC 5961 §4.2).
    return received === 'SYN-RECEIVED' && s.seq === sender.syn ? 'yes' : 'no';
  }
  const length = s.length + (s.flags & SYN ? 1 : 0) + (s.flags & FIN ? 1 : 0);
  const end = add(s.seq, length);
  if (before(end, said)) return 'no';
  // Linux takes what only touches the window, where RFC 9293 §3.4 does not.
  if (length > 0 && end === said) return 'doubtful';
  if (s.seq === said && edge === said) return s.length > 0 ? 'acknowledgment' : 'yes';
  // Linux drops what ends beyond the edge, where RFC 9293 §3.10.7.4 trims it; neither while the handshake is under way.
  const within = received === 'SYN-RECEIVED' && length > 0 ? add(s.seq, 1) : end;
  if (edge !== undefined && after(within, edge)) return 'doubtful';
  if (future) return 'future';
  // RFC 5961 §5.2.
  if (acknowledges && una !== undefined && before(s.ack, add(una, -largest))) return 'doubtful';
  return sender.fresh ? 'yes' : 'unsure';
}

/** What the segment's ACK and window say to the end it is sent to; `received` is that end's state before it. Answers whether that end takes the segment. */
export function takeAcknowledgment(
  s: Segment,
  facts: FrameFacts,
  sender: SendSpace,
  receiver: SendSpace,
  received: InferredState,
): Acceptance {
  if (s.flags & RST) return 'yes';
  const accepted = acceptable(s, sender, receiver, received);
  const taken = accepted === 'acknowledgment' ? 'yes' : accepted;
  if (taken !== 'no') takeTimestamp(s, receiver, taken === 'doubtful' || taken === 'unsure');
  announce(s, sender, receiver);
  mayMove(s, receiver);
  if (!(s.flags & ACK)) {
    // A first SYN acknowledges nothing, but its window is the first that the other end is given.
    if (s.flags & SYN && !sender.spoke) {
      giveWindow(s, sender, receiver);
      // Its answer tells that it took it.
      if (received !== 'SYN-SENT') receiver.unsure = true;
    }
    return accepted;
  }
  receiver.una ??= s.ack;
  if (taken === 'no') return accepted;
  const ahead = distance(s.ack, receiver.una);
  if (ahead < 0 || distance(s.ack, receiver.next) >= FAR) return accepted;
  if (taken === 'doubtful') {
    if (ahead > 0) receiver.perhapsUna = latest(receiver.perhapsUna ?? s.ack, s.ack);
    if (ahead > 0 || wouldSetWindow(s, sender, receiver)) receiver.unsure = true;
    return accepted;
  }
  if (taken === 'future') {
    receiver.seen ??= stanceOf(receiver);
  }
  if (ahead > 0) {
    const { una, syn, finEnd } = receiver;
    facts.acknowledgesSyn = syn !== undefined && notAfter(una, syn);
    facts.acknowledgesFin = finEnd !== undefined && before(una, finEnd) && notBefore(s.ack, finEnd);
    facts.acknowledged = ahead - (facts.acknowledgesSyn ? 1 : 0) - (facts.acknowledgesFin ? 1 : 0);
    facts.acknowledgesFrame = receiver.log.acknowledgedBy(una, s.ack);
    receiver.una = s.ack;
    // What the capture missed was sent all the same.
    if (receiver.spoke && after(s.ack, receiver.next)) receiver.gaps.add(receiver.next, s.ack);
    receiver.next = latest(receiver.next, s.ack);
    if (taken !== 'yes') receiver.unsure = true;
  }
  takeWindow(s, sender, receiver, ahead > 0, taken, received);
  return accepted;
}

/** TS.Recent follows the segments that are not ahead of what was acknowledged (RFC 7323 §4.3). */
function takeTimestamp(s: Segment, receiver: SendSpace, isUnsure: boolean): void {
  const { said, recent, perhapsRecent } = receiver;
  const { timestamps, tsval } = s.options;
  if (!timestamps || (recent !== undefined && after(recent, tsval))) return;
  if (said !== undefined && after(s.seq, said)) return;
  if (isUnsure) {
    receiver.perhapsRecent = latest(perhapsRecent ?? tsval, tsval);
    return;
  }
  receiver.recent = tsval;
  if (perhapsRecent !== undefined && !after(perhapsRecent, tsval)) receiver.perhapsRecent = undefined;
}

/** What the segment says of its sender's receive space. */
function announce(s: Segment, sender: SendSpace, receiver: SendSpace): void {
  if (!(s.flags & ACK)) return;
  sender.rcvNxt = s.ack;
  const window = windowOf(s, sender, receiver);
  sender.said = sender.said === undefined ? s.ack : latest(sender.said, s.ack);
  const edge = add(s.ack, window ?? s.window);
  // A SYN that goes again cannot take back what a scaled window has promised since.
  const promised = s.flags & SYN && sender.edge !== undefined && after(sender.edge, edge);
  sender.rcvWnd = promised ? distance(sender.edge!, s.ack) : window;
  sender.edge = sender.edge === undefined ? edge : latest(sender.edge, edge);
}

/** What is sent to an end may move its RCV.NXT, which only it can tell. */
function mayMove(s: Segment, receiver: SendSpace): void {
  const { rcvNxt } = receiver;
  if (rcvNxt === undefined) return;
  const end = add(s.seq, s.length + (s.flags & SYN ? 1 : 0) + (s.flags & FIN ? 1 : 0));
  if (notAfter(s.seq, rcvNxt) && after(end, rcvNxt)) receiver.rcvNxt = undefined;
}

/** How both ends' windows stand after the segment, and whether its sender goes on after a stop. */
export function measureWindows(facts: FrameFacts, spaces: Pair<SendSpace>): void {
  const sender = spaces[facts.from];
  if (sender.stopped && facts.newOctets > 0 && facts.kind !== 'zero-window probe') {
    facts.resumes = true;
    sender.stopped = false;
  }
  for (const end of [0, 1] as const) {
    const space = spaces[end];
    const inFlight = space.spoke && space.una !== undefined ? distance(space.next, space.una) : 0;
    facts.inFlight[end] = inFlight;
    facts.allowed[end] = space.window;
    facts.usable[end] = space.window === undefined ? undefined : space.window - inFlight;
    facts.stopped[end] = space.window !== undefined && space.window <= inFlight;
    if (facts.stopped[end]) space.stopped = true;
  }
}
