/**
 * Messages over several segments: which octets of a segment belong to one, and the message that is whole with it, as Wireshark puts them together. A message is followed from the segment it
 * begins in; what a lost segment left out may still come. In bounded memory: where it is full, the oldest make room. A message is followed all the same then, only its octets
 * and the list of its segments are let go; one whose head is still awaited, or with gaps, is given up. Both are counted. Not here: what is kept of a message (message.ts); where one of a
 * protocol ends (framings.ts, http-messages.ts); what it says.
 *
 * Where a message ends is known in one of three ways, as in Wireshark:
 * - its length is: segments up to there belong to it, and what follows in the last one may begin another;
 * - it is not yet, while a head or a list of chunks goes on: then the next segment belongs to it as a whole, with all that follows in it;
 * - only the connection's end tells.
 */
import { larger, smaller } from '../../core/least.ts';
import { wholeNumber } from '../../core/ranges.ts';
import { HANDSHAKE } from '../../wire/tls.ts';
import { DNS_FRAMING, type Framing, framingOf, TLS_FRAMING } from './framings.ts';
import { cutShort, type HttpMessage, HttpReader, isHttpPort, mayBeginHttp, mediaText } from './http-messages.ts';
import {
  fill,
  holeIn,
  kept,
  type Message,
  MessageStore,
  makeMessage,
  needed,
  offsetOf,
  PIECE,
  reach,
} from './message.ts';
import { ASKED, SPEAKS } from './speaks.ts';

/** Limits of `Messages`. */
export interface MessageOptions {
  /** How many messages that go on are followed at once, 1 to 65,536; default 1000. The oldest gives way to a new one. */
  readonly messages?: number;
  /** Octets that are kept of them, of the lists of their segments (12 for each), of heads that are awaited and of gaps, 0 to 1,073,741,824; default 4,194,304. The oldest give way. */
  readonly messageOctets?: number;
}

/** What a segment's payload is of messages over several segments. One object, filled again for each segment. */
export interface MessageParts {
  /** Whether anything is said here, and of which layer. */
  isSet: boolean;
  layer: number;
  /** tcp.segment_data: how many runs of octets of such messages there are, 0 to 2, and where each begins and ends. */
  count: number;
  readonly from: [number, number];
  readonly to: [number, number];
  /** Whether no octet is new. */
  isRepeated: boolean;
  /** Whether the payload begins with octets of a message that is not whole with it. */
  goesOn: boolean;
  /** Whether that message begins here, with the payload, or its length was not known before. */
  begins: boolean;
  /** How the messages are framed; undefined: they are HTTP's, or none. */
  framing: Framing | undefined;
  /** The message that is whole with this segment. */
  whole: Message | undefined;
  /** The first HTTP message that the payload has octets of, and the start lines of those behind it, a blank behind each. */
  http: HttpMessage | undefined;
  lines: string;
  /** Where the first message begins that is whole in this segment alone; -1: none is, or all are in `whole`, too. */
  nextAt: number;
  /** What was found out of the connection before those: `SPEAKS`. */
  speaks: number;
  /** Which messages of HTTP are whole with this segment: `ENDED`. */
  ended: number;
  /** The frame of the request that the first response among them answers, and the nanoseconds since then; 0: none is known. */
  requestFrame: number;
  requestTime: number;
  /** Whether the capture kept only the beginning of the last message of HTTP, with its start line. */
  isCut: boolean;
}

/** Kinds of messages of HTTP: a request, a response that another follows (1xx), another response. */
export const ENDED = { REQUEST: 1, INTERIM: 2, FINAL: 4 } as const;

/** Nothing. */
export const makeMessageParts = (): MessageParts => ({
  isSet: false,
  layer: -1,
  count: 0,
  from: [0, 0],
  to: [0, 0],
  isRepeated: false,
  goesOn: false,
  begins: false,
  framing: undefined,
  whole: undefined,
  http: undefined,
  lines: '',
  nextAt: -1,
  speaks: 0,
  ended: 0,
  requestFrame: 0,
  requestTime: 0,
  isCut: false,
});

/** Forgets what was said of the segment before. */
export function clearMessageParts(parts: MessageParts): void {
  if (!parts.isSet) return;
  parts.isSet = false;
  parts.layer = -1;
  parts.count = 0;
  parts.isRepeated = false;
  parts.goesOn = false;
  parts.begins = false;
  parts.framing = undefined;
  parts.whole = undefined;
  parts.http = undefined;
  parts.lines = '';
  parts.nextAt = -1;
  parts.speaks = 0;
  parts.ended = 0;
  parts.requestFrame = 0;
  parts.requestTime = 0;
  parts.isCut = false;
}

/** A segment of whose payload something was captured. One object is made once and filled again for each. */
export interface MessageSegment {
  /** frame.number */
  frame: number;
  view: DataView;
  /** Where its header is, and where its payload begins and ends. */
  header: number;
  from: number;
  to: number;
  /** Its sequence number, and a number for its connection and sender. */
  seq: number;
  direction: number;
  /** Whether octets of the payload were not captured; whether it begins below the highest number seen from its sender. */
  isCut: boolean;
  isRepeated: boolean;
  /** What was found out of its connection: `SPEAKS`. */
  speaks: number;
}

/** An empty segment. */
export const makeMessageSegment = (): MessageSegment => ({
  frame: 0,
  view: new DataView(NO_OCTETS.buffer),
  header: 0,
  from: 0,
  to: 0,
  seq: 0,
  direction: 0,
  isCut: false,
  isRepeated: false,
  speaks: 0,
});

const NO_OCTETS = new Uint8Array(0);

/** The messages that go on. */
export class Messages {
  readonly limit: number;
  readonly memory: number;
  /** Messages that were given up before they were whole, and those of which octets and segments were let go: in both cases since there was no room. */
  abandoned = 0;
  unkept = 0;
  readonly #keepsOctets: boolean;
  readonly #open: Map<number, Message> = new Map();
  /** Those of them that take memory, the oldest first. */
  readonly #keeping: Set<Message> = new Set();
  readonly #store = new MessageStore();
  readonly #reader = new HttpReader();
  /** What is kept of those that go on. */
  #octets = 0;

  /**
   * @param keepsOctets whether the octets of every message are kept; without, those of DNS and of TLS handshakes are
   * @throws TcplabError EINVAL when a limit is out of its range
   */
  constructor(options: MessageOptions = {}, keepsOctets = true) {
    this.limit = wholeNumber('messages', options.messages ?? 1000, 1, 65_536);
    this.memory = wholeNumber('messageOctets', options.messageOctets ?? 1 << 22, 0, 1 << 30);
    this.#keepsOctets = keepsOctets;
  }

  /** Octets that are kept. */
  get octets(): number {
    return this.#octets;
  }

  /** Octets of memory that there are for what is kept, used or not: as much as was needed at once, and the longest message that became whole. */
  get room(): number {
    return this.#store.octets;
  }

  /** A new connection begins in a direction: what went on there is forgotten. */
  forget(direction: number): void {
    if (this.#open.size === 0) return;
    const message = this.#open.get(direction);
    if (message === undefined) return;
    this.#open.delete(direction);
    this.#keeping.delete(message);
    this.#store.release(message);
    this.#octets -= message.counted;
  }

  /** Takes the next segment. What it says is put into `parts`, which are clear. */
  take(segment: MessageSegment, parts: MessageParts): void {
    const open = this.#open.size === 0 ? undefined : this.#open.get(segment.direction);
    if (segment.isRepeated) this.#takeRepeated(segment, open, parts);
    else if (open !== undefined && reaches(open, segment)) {
      const at = this.#goOn(open, segment, segment.from, segment.to, parts);
      if (at < segment.to) this.#begin(open.framing, segment, at, parts);
    } else {
      // Behind a gap nobody knows where a message ends.
      if (open !== undefined) this.forget(segment.direction);
      const { view, header, from, to, speaks } = segment;
      const framing = framingOf(view, header, from, to, (speaks & SPEAKS.TLS) !== 0);
      const mayBeHttp = (framing === undefined || framing.yieldsToHttp === true) && mayBeginHttp(view, from, to);
      if (mayBeHttp && (framing === undefined || isHttpPort(view, header)))
        this.#begin(undefined, segment, from, parts);
      else if (framing !== undefined) this.#begin(framing, segment, from, parts);
    }
  }

  /**
   * Takes a FIN of a direction, at the sequence number `seq`, when the octets before it were taken.
   * @returns the frame of an earlier FIN that ended a message there; 0 when none did
   */
  finish(direction: number, frame: number, seq: number, parts: MessageParts): number {
    const message = this.#open.size === 0 ? undefined : this.#open.get(direction);
    if (message === undefined) return 0;
    const { http, until } = message;
    const isLast = offsetOf(message, seq) === message.came && message.runCount === 0;
    if (http === undefined || (until !== 'close' && until !== 'over')) {
      // Nothing is missing that could still come.
      if (isLast) this.forget(direction);
      return 0;
    }
    if (http.finFrame > 0) return http.finFrame === frame ? 0 : http.finFrame;
    http.finFrame = frame;
    if (!isLast) return 0;
    // Without octets in it the FIN is a piece of its own.
    if (message.isKept && message.lastFrame !== frame) this.#store.addPiece(message, frame, message.came, 0);
    parts.isSet = true;
    parts.http = http;
    this.#finish(message, parts);
    this.forget(direction);
    const over = makeMessage(undefined, http, direction, message.seq, message.end, 0, false);
    over.until = 'over';
    this.#open.set(direction, over);
    return 0;
  }

  /** A segment of which nothing, or not all, is new. */
  #takeRepeated(segment: MessageSegment, open: Message | undefined, parts: MessageParts): void {
    const { from, to, seq } = segment;
    parts.isSet = true;
    if (open !== undefined && !segment.isCut) {
      const offset = offsetOf(open, seq);
      if (holeIn(open, offset, offset + to - from) !== undefined) {
        // What comes late is put in its place, but nothing is looked for behind it.
        this.#goOn(open, segment, from + larger(0, -offset), to, parts);
        parts.from[0] = from;
        return;
      }
    }
    parts.isRepeated = true;
    addPart(parts, from, to);
  }

  /** Octets `[at, to)` of a segment, with which a message goes on. @returns where it ends; the segment's end, when nothing is known to follow there */
  #goOn(message: Message, segment: MessageSegment, at: number, to: number, parts: MessageParts): number {
    const { view, from, seq } = segment;
    const offset = offsetOf(message, seq) + at - from;
    const { http, until } = message;
    const stop = until === 'length' ? smaller(to, at + message.end - offset) : to;
    // The first new octet, where nobody knows yet how long the message is.
    const fresh = larger(0, message.solid - offset);
    if (!this.#add(message, segment, offset, at, stop)) return this.#giveUp(segment, parts);
    addPart(parts, at, stop);
    parts.isSet = true;
    parts.framing = message.framing;
    parts.http = http;
    parts.goesOn = true;
    let end = -1;
    if (until === 'segment') {
      parts.begins = http === undefined;
      end =
        http === undefined
          ? this.#endOf(message, view, at + fresh, to, offset + fresh)
          : this.#reader.proceed(http, view, at + fresh, to);
      if (http?.phase === 'none') return this.#giveUp(segment, parts);
      if (http !== undefined) note(http, segment);
      if (end < 0 && http !== undefined) wait(message, http);
      // What is kept of a line counts, too.
      if (!this.#count(message)) return this.#giveUp(segment, parts);
    } else {
      if (http !== undefined) http.isShown = false;
      if (until === 'length' && message.came === message.end) end = stop;
      // The end is there, and something before it is not.
      else return stop;
    }
    if (end < 0) return segment.to;
    this.#finish(message, parts);
    this.forget(segment.direction);
    return end;
  }

  /** What began like a message is none, or cannot be followed. */
  #giveUp(segment: MessageSegment, parts: MessageParts): number {
    this.forget(segment.direction);
    clearMessageParts(parts);
    return segment.to;
  }

  /** Where a message ends of which not even the length was known, in `[at, to)`; -1: not there. */
  #endOf(message: Message, view: DataView, at: number, to: number, offset: number): number {
    const { head, framing } = message;
    const there = offset + to - at;
    fill(message, view, offset, at, to);
    message.end = there + 1;
    if (there < head.length) return -1;
    const whole = framing!.length(new DataView(head.buffer), 0);
    message.head = NO_OCTETS;
    if (whole >= 0 && whole <= there) return at + whole - offset;
    message.until = 'length';
    message.end = whole < 0 ? there : whole;
    return -1;
  }

  /** Messages that begin at `at`, one behind the other; there may be more to come of the last one. */
  #begin(framing: Framing | undefined, segment: MessageSegment, at: number, parts: MessageParts): void {
    const { view, to } = segment;
    parts.isSet = true;
    parts.framing = framing;
    if (framing === TLS_FRAMING) segment.speaks |= SPEAKS.TLS;
    const isExpected = framing === undefined && isHttpExpected(segment);
    const { speaks } = segment;
    parts.speaks = speaks;
    // To the message before all of the segment belongs, as nobody knew where it ends.
    const isEntire = parts.whole?.until === 'segment';
    for (let next = at; next < to; ) {
      let http: HttpMessage | undefined;
      let end: number;
      if (framing === undefined) {
        http = this.#reader.begin(view, next, to, isExpected, speaks);
        if (http === undefined) return;
        note(http, segment);
        end = this.#reader.proceed(http, view, next, to);
        if (end < 0 && segment.isCut) {
          cutShort(http);
          parts.isCut = http.isShown;
        }
        if (parts.http === undefined) parts.http = http;
        else if (http.isShown && parts.lines.length < LONGEST_LINES) parts.lines += `${http.line} ${mediaText(http)}`;
      } else {
        const isHead = to - next < framing.head;
        if (isHead && framing.needsHead && next === segment.from) return;
        const length = isHead ? UNKNOWN_LENGTH : framing.length(view, next);
        if (length < 0) return;
        end = length > to - next ? -1 : next + length;
      }
      if (end < 0) {
        if (!segment.isCut) this.#follow(framing, http, segment, next, parts);
        return;
      }
      parts.ended |= kindOf(http);
      if (parts.nextAt < 0 && !isEntire) parts.nextAt = next;
      next = end;
    }
  }

  /** The message that begins at `at` goes on in further segments. */
  #follow(
    framing: Framing | undefined,
    http: HttpMessage | undefined,
    segment: MessageSegment,
    at: number,
    parts: MessageParts,
  ): void {
    const { view, from, to, direction } = segment;
    const isHandshake = framing === TLS_FRAMING && view.getUint8(at) === HANDSHAKE;
    const isHead = framing !== undefined && to - at < framing.head;
    const end = isHead ? to - at + 1 : framing === undefined ? 0 : framing.length(view, at);
    const message = makeMessage(
      framing,
      http,
      direction,
      (segment.seq + at - from) | 0,
      end,
      isHead ? framing.head : 0,
      this.#keepsOctets || framing === DNS_FRAMING || isHandshake,
    );
    this.forget(direction);
    if (this.#open.size >= this.limit)
      for (const oldest of this.#open.values()) {
        this.#abandon(oldest);
        break;
      }
    this.#open.set(direction, message);
    if (http !== undefined) wait(message, http, to - at);
    if (isHead) fill(message, view, 0, at, to);
    this.#add(message, segment, 0, at, to);
    if (at === from) parts.goesOn = parts.begins = true;
    // To the message before all of the segment belonged, as nobody knew where it ends.
    if (parts.whole?.until === 'segment') {
      const { pieces, pieceCount } = parts.whole;
      if (pieceCount > 0) pieces[PIECE * pieceCount - 1]! -= to - at;
    } else addPart(parts, at, to);
  }

  /** Octets `[at, to)` of a segment stand `offset` octets behind a message's beginning, where not all of them were. @returns whether the message is still followed */
  #add(message: Message, segment: MessageSegment, offset: number, at: number, to: number): boolean {
    if (this.#store.add(message, segment.frame, segment.view, offset, at, to, this.memory)) return this.#count(message);
    this.#abandon(message);
    return false;
  }

  /** A message is whole. */
  #finish(message: Message, parts: MessageParts): void {
    const { http } = message;
    this.#store.arrange(message);
    if (http !== undefined) {
      http.phase = 'end';
      http.isShown = true;
    }
    parts.ended |= kindOf(http);
    parts.goesOn = false;
    parts.whole = message;
  }

  /** What is kept of a message may have changed: where it is too much, the oldest make room. @returns whether the message is still followed */
  #count(message: Message): boolean {
    const octets = kept(message);
    if (octets !== message.counted) {
      this.#octets += octets - message.counted;
      message.counted = octets;
      this.#keeping.add(message);
    }
    // One that is too long alone makes no other go.
    if (octets > this.memory || isTooLong(message, this.memory)) this.#makeRoom(message);
    if (this.#octets > this.memory)
      for (const oldest of this.#keeping) {
        this.#makeRoom(oldest);
        if (this.#octets <= this.memory) break;
      }
    return this.#open.get(message.direction) === message;
  }

  /** A message makes room: with all that it is not needed to follow it, or, when there is more, by being given up. */
  #makeRoom(message: Message): void {
    if (needed(message) > 0) {
      this.#abandon(message);
      return;
    }
    this.#store.letGo(message);
    this.unkept++;
    this.#octets -= message.counted;
    message.counted = 0;
    this.#keeping.delete(message);
  }

  /** A message is given up; one of which only the frame of its FIN is kept was whole. */
  #abandon(message: Message): void {
    this.forget(message.direction);
    if (message.until !== 'over') this.abandoned++;
  }
}

/** More start lines than this many letters are not told of a segment: Wireshark's column holds as much. */
const LONGEST_LINES = 4000;

/** Of a message whose head is not whole. */
const UNKNOWN_LENGTH = Number.POSITIVE_INFINITY;

/** Whether octets are missing of a message that are wanted, as it came to be longer than `most`. */
const isTooLong = ({ keepsOctets, isKept, came }: Message, most: number): boolean =>
  keepsOctets && isKept && came > most;

/** Whether a segment of new octets brings some of a message. */
function reaches(message: Message, { seq, isCut }: MessageSegment): boolean {
  const offset = offsetOf(message, seq);
  if (isCut || offset < reach(message) || message.until === 'over') return false;
  return message.until === 'close' || offset < message.end;
}

/** Whether a segment is of a connection that speaks HTTP. */
const isHttpExpected = ({ view, header, speaks }: MessageSegment): boolean =>
  (speaks & SPEAKS.HTTP) !== 0 || isHttpPort(view, header);

/** Which kind a message of HTTP is of. */
function kindOf(http: HttpMessage | undefined): number {
  const start = http?.start;
  if (start === undefined) return 0;
  return !start.isResponse ? ENDED.REQUEST : start.isInterim ? ENDED.INTERIM : ENDED.FINAL;
}

/** Takes note of what a message of HTTP tells of those to come, when its first line is whole. */
function note({ start }: HttpMessage, segment: MessageSegment): void {
  if (start === undefined) return;
  segment.speaks |= SPEAKS.HTTP;
  if (!start.isResponse) segment.speaks = (segment.speaks & ~ASKED) | start.asks;
}

/** What ends a message of HTTP of which so many octets came. */
function wait(message: Message, { phase, left }: HttpMessage, came = message.came): void {
  message.until = phase === 'body' ? 'length' : phase === 'close' ? 'close' : 'segment';
  message.end = came + (phase === 'body' ? left : 1);
}

function addPart(parts: MessageParts, from: number, to: number): void {
  parts.from[parts.count] = from;
  parts.to[parts.count] = to;
  parts.count++;
}
