/**
 * TCP conversations followed segment by segment: what each segment is for, what it acknowledges, how much its window allows, and which
 * state each end is in. Not here: telling loss from reordering (a repetition is only said to be one), the states (inference.ts), the
 * windows (send-space.ts). Read first: RFC 9293 §3.3.
 */
import { wholeNumber } from '../../core/ranges.ts';
import { ACK, RST, SYN } from '../../wire/tcp.ts';
import type { Segment } from '../dissect/segment.ts';
import type { Conversation, EndCount } from './conversation.ts';
import { Copies } from './copies.ts';
import type { FrameFacts, InferredState, Pair } from './facts.ts';
import { Inference } from './inference.ts';
import { kindOf } from './kind.ts';
import { makeSendSpace, measureWindows, type SendSpace, takeAcknowledgment, takeNumbers } from './send-space.ts';

/** Limits of an analysis. */
export interface AnalysisOptions {
  /** How many conversations are followed, 1 to 2^26; segments of further ones are counted in `Analysis.ignored`. Default 10,000. */
  maxConversations?: number;
  /** How many segments' facts each conversation keeps, 0 to 2^26; further ones still count and still move the states. Default 10,000. */
  maxKept?: number;
  /** How many segments' facts all conversations together keep, 0 to 2^26. Default 200,000, which take about 150 MB. */
  maxKeptInAll?: number;
}

/** What is known of a segment's way beyond what one tap sees. */
export interface Passage {
  /** When the receiver got it: nanoseconds since the capture's first frame. */
  readonly arrival?: number;
  /** It never arrived. */
  readonly lost?: boolean;
  /** It was captured once each time it passed: one that is the same as another was doubled on its way, and its receiver got both. */
  readonly once?: boolean;
}

/** A conversation with what is needed to follow it further. */
interface Followed {
  readonly conversation: Conversation;
  readonly spaces: Pair<SendSpace>;
  readonly inference: Inference;
  readonly copies: Copies;
}

/** The most that any option may be. */
const MOST = 1 << 26;

/** Follows the conversations of one capture. */
export class Analysis {
  /** Segments left out because the table of conversations was full. */
  ignored = 0;
  /** Segments that count and moved the states, but whose facts were not kept: `maxKept` or `maxKeptInAll` was reached. */
  unkept = 0;
  readonly #maxConversations: number;
  readonly #maxKept: number;
  readonly #maxKeptInAll: number;
  #kept = 0;
  readonly #followed = new Map<number, Followed>();

  /** @throws TcplabError EINVAL when an option is out of its range */
  constructor(options: AnalysisOptions = {}) {
    this.#maxConversations = wholeNumber('maxConversations', options.maxConversations ?? 10_000, 1, MOST);
    this.#maxKept = wholeNumber('maxKept', options.maxKept ?? 10_000, 0, MOST);
    this.#maxKeptInAll = wholeNumber('maxKeptInAll', options.maxKeptInAll ?? 200_000, 0, MOST);
  }

  /** The conversations in order of appearance. */
  get conversations(): readonly Conversation[] {
    return [...this.#followed.values()].map(({ conversation }) => conversation);
  }

  /** The conversation with this tcp.stream; undefined when none is followed. */
  conversation(index: number): Conversation | undefined {
    return this.#followed.get(index)?.conversation;
  }

  /**
   * Takes the next segment of the capture and returns its facts; undefined when the table of conversations is full, or the packet a copy (`Conversation.copies`). Its `states` are those
   * after the sender sent the segment and the receiver took it. A tap cannot see the receiver take it, so a later segment may show that
   * it came later: then the facts of the frames in between are corrected in place.
   */
  segment(s: Segment, passage: Passage = {}): FrameFacts | undefined {
    const followed = this.#followed.get(s.stream.index) ?? this.#follow(s);
    if (followed === undefined) {
      this.ignored++;
      return undefined;
    }
    const { conversation, spaces, inference, copies } = followed;
    // Whoever knows when a segment arrived, or that it did not, knows of each packet.
    if (passage.arrival === undefined && passage.lost !== true && passage.once !== true && copies.has(s)) {
      conversation.copies = copies.count;
      return undefined;
    }
    const facts = makeFacts(s, passage, conversation);
    const other = s.from === 0 ? 1 : 0;
    if (inference.isAnother(s)) spaces[s.from] = makeSendSpace();
    const sender = spaces[s.from];
    const receiver = spaces[other];
    takeNumbers(s, facts, sender, receiver);
    const sent = inference.states[s.from];
    const received = inference.states[other];
    const taken = takeAcknowledgment(s, facts, sender, receiver, received);
    inference.segment(s, passage.lost === true ? 'no' : taken, facts.arrival);
    facts.states[0] = inference.shown[0];
    facts.states[1] = inference.shown[1];
    facts.via[0] = inference.via[0];
    facts.via[1] = inference.via[1];
    facts.kind = kindOf(s, facts, sender, receiver, received);
    sender.spoke = true;
    measureWindows(facts, spaces);
    sender.lastAck = s.ack;
    sender.lastWindow = s.window;
    sender.lastKind = facts.kind;
    const moved = sent !== facts.states[s.from] || received !== facts.states[other];
    note(facts, spaces, moved);
    if (conversation.frames.length < this.#maxKept && this.#kept < this.#maxKeptInAll) {
      conversation.frames.push(facts);
      this.#kept++;
    } else this.unkept++;
    return facts;
  }

  #follow(s: Segment): Followed | undefined {
    if (this.#followed.size >= this.#maxConversations) return undefined;
    const { index, ends } = s.stream;
    const frames: FrameFacts[] = [];
    const spaces: Pair<SendSpace> = [makeSendSpace(), makeSendSpace()];
    const inference = new Inference((end, first, last, state) => {
      for (let i = first; i <= last && i < frames.length; i++) {
        frames[i]!.states[end] = state;
        frames[i]!.via[end] = [];
      }
    });
    const syn = (s.flags & (SYN | RST)) === SYN;
    const complete = syn && !(s.flags & ACK);
    const conversation: Conversation = {
      index,
      ends,
      client: syn ? (complete ? s.from : s.from === 0 ? 1 : 0) : ends[1].port > ends[0].port ? 1 : 0,
      clientKnown: syn,
      complete,
      initial: inference.initial,
      states: inference.now,
      start: s.time,
      end: s.time,
      handshake: undefined,
      counts: [makeCount(), makeCount()],
      firstFin: undefined,
      ending: complete ? 'no answer' : 'open',
      reset: undefined,
      segments: 0,
      copies: 0,
      spaces,
      frames,
    };
    const followed: Followed = { conversation, spaces, inference, copies: new Copies() };
    this.#followed.set(index, followed);
    return followed;
  }
}

const NONE: readonly InferredState[] = [];

const makeCount = (): EndCount => ({ segments: 0, octets: 0, repeats: 0 });

function makeFacts(s: Segment, passage: Passage, conversation: Conversation): FrameFacts {
  return {
    conversation,
    position: conversation.segments,
    frame: s.frame,
    time: s.time,
    arrival: passage.lost ? undefined : passage.arrival,
    lost: passage.lost === true,
    from: s.from,
    flags: s.flags,
    seq: s.relativeSeq,
    ack: s.relativeAck,
    rawSeq: s.seq >>> 0,
    length: s.length,
    window: s.window,
    windowKnown: s.windowKnown,
    mss: s.options.mss,
    scale: s.options.windowScale,
    kind: 'odd',
    repeats: undefined,
    newOctets: 0,
    lateOctets: 0,
    oldOctets: 0,
    gap: 0,
    acknowledged: 0,
    acknowledgesFrame: undefined,
    acknowledgesSyn: false,
    acknowledgesFin: false,
    inFlight: [0, 0],
    usable: [undefined, undefined],
    allowed: [undefined, undefined],
    stopped: [false, false],
    resumes: false,
    states: ['unknown', 'unknown'],
    via: [NONE, NONE],
  };
}

/** Writes the segment into its conversation's account; `moved`: it changed a state. */
function note(facts: FrameFacts, spaces: Pair<SendSpace>, moved: boolean): void {
  const { conversation, from, frame, flags, kind } = facts;
  conversation.segments++;
  conversation.end = facts.time;
  const count = conversation.counts[from];
  count.segments++;
  count.octets += facts.newOctets + facts.lateOctets;
  if (facts.repeats !== undefined || facts.oldOctets > 0) count.repeats++;
  if (conversation.complete && conversation.handshake === undefined && from === conversation.client && flags & ACK)
    if (facts.acknowledgesSyn && !(flags & SYN)) conversation.handshake = facts.time - conversation.start;
  if (kind === 'FIN') conversation.firstFin ??= { from, frame };
  // Some ask again, with the same number, before they take no for an answer.
  const over = conversation.ending === 'refused' || conversation.ending === 'reset';
  if (over && kind === 'SYN' && from === conversation.client) {
    conversation.ending = 'no answer';
    conversation.reset = undefined;
  }
  // Who acknowledges or resets has heard something, be it captured or not.
  if (conversation.ending === 'no answer' && (from !== conversation.client || flags & (ACK | RST)))
    conversation.ending = 'open';
  if (conversation.ending !== 'open') return;
  // The answer to a challenge leaves the one who asked as it was (RFC 9293 §3.10.7.3).
  if (flags & RST && moved && facts.states[from] !== 'SYN-SENT') {
    conversation.ending = kind === 'refusal' ? 'refused' : 'reset';
    conversation.reset = { from, frame };
  } else if (spaces.every(({ finEnd, una }) => finEnd !== undefined && una === finEnd)) conversation.ending = 'orderly';
}
