/**
 * One end's send sequence space as a tap sees it, and what a segment does to it: RFC 9293's SND.UNA, SND.NXT and SND.WND, kept from the
 * numbers that pass by. Read first: RFC 9293 §3.3.1 (figure 3), §3.4, §3.8.6.
 *
 *           1         2          3          4
 *      ----------|----------|----------|----------
 *             SND.UNA    SND.NXT    SND.UNA+SND.WND
 */
import { add, after, before, distance, latest, notAfter, notBefore, type Seq } from '../../core/sequence.ts';
import { ACK, FIN, RST, SYN } from '../../wire/tcp.ts';
import type { Segment } from '../dissect/segment.ts';
import type { FrameFacts, Kind, Pair } from './facts.ts';
import { SentLog } from './sent-log.ts';

/** How many segments of one end are remembered so that an acknowledgment can name its frame. */
const LOG = 64;

/** An acknowledgment further ahead than this of all that was seen is not a gap in the capture but another connection's. */
const FAR = 2 ** 30;

/** One end as a sender. */
export interface SendSpace {
  spoke: boolean;
  /** SND.UNA: the highest acknowledgment seen for it; before any, its first number. Undefined until either is seen. */
  una: Seq | undefined;
  /** SND.NXT: the number after the last one seen. */
  next: Seq;
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
  readonly log: SentLog;
}

export const makeSendSpace = (): SendSpace => ({
  spoke: false,
  una: undefined,
  next: 0,
  window: undefined,
  stopped: false,
  syn: undefined,
  finEnd: undefined,
  lastAck: 0,
  lastWindow: 0,
  lastKind: undefined,
  log: new SentLog(LOG),
});

/** What the segment's own numbers say: new, repeated, or behind a gap. A reset takes up no numbers. */
export function takeNumbers(s: Segment, facts: FrameFacts, sender: SendSpace): void {
  if (s.flags & RST) return;
  const data = add(s.seq, s.flags & SYN ? 1 : 0);
  const end = add(data, s.length + (s.flags & FIN ? 1 : 0));
  if (!sender.spoke) {
    // Where the other end has acknowledged numbers of it before, the capture began in the middle and they count.
    if (sender.una === undefined || Math.abs(distance(s.seq, sender.una)) >= FAR) sender.una = s.seq;
    sender.next = sender.una;
  }
  if (after(s.seq, sender.next)) facts.gap = distance(s.seq, sender.next);
  facts.newOctets = Math.min(s.length, Math.max(0, distance(add(data, s.length), latest(sender.next, data))));
  if (end === s.seq) return;
  if (before(s.seq, sender.next))
    facts.repeats = sender.log.carried(s.seq, before(end, sender.next) ? end : sender.next);
  sender.log.add(s.seq, end, s.frame);
  sender.next = latest(sender.next, end);
  if (s.flags & SYN) sender.syn = s.seq;
  if (s.flags & FIN) sender.finEnd = end;
}

/** What the segment's ACK and window say to the end it is sent to. */
export function takeAcknowledgment(s: Segment, facts: FrameFacts, sender: SendSpace, receiver: SendSpace): void {
  if (s.flags & RST) return;
  if (!(s.flags & ACK)) {
    // A first SYN acknowledges nothing, but its window is the first that the other end is given.
    if (s.flags & SYN && !sender.spoke) receiver.window = s.window;
    return;
  }
  receiver.una ??= s.ack;
  const ahead = distance(s.ack, receiver.una);
  if (ahead > 0 && distance(s.ack, receiver.next) < FAR) {
    const { una, syn, finEnd } = receiver;
    facts.acknowledgesSyn = syn !== undefined && notAfter(una, syn);
    facts.acknowledgesFin = finEnd !== undefined && before(una, finEnd) && notBefore(s.ack, finEnd);
    facts.acknowledged = ahead - (facts.acknowledgesSyn ? 1 : 0) - (facts.acknowledgesFin ? 1 : 0);
    facts.acknowledgesFrame = receiver.log.acknowledgedBy(una, s.ack);
    receiver.una = s.ack;
    // What the capture missed was sent all the same.
    receiver.next = latest(receiver.next, s.ack);
  }
  if (s.ack === receiver.una) receiver.window = s.windowKnown || s.window === 0 ? s.window : undefined;
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
