/**
 * Messages over several segments: which octets of a segment belong to one, and the message that is whole with it, as Wireshark puts them together. A message is followed from the segment it
 * begins in; what a lost segment left out may still come. In bounded memory: what does not fit is followed all the same, only its octets and the list of its segments
 * are let go, and counted. Not here: where a message of a protocol ends (framings.ts, http-messages.ts); what it says.
 *
 * Where a message ends is known in one of three ways, as in Wireshark:
 * - its length is: segments up to there belong to it, and what follows in the last one may begin another;
 * - it is not yet, while a head or a list of chunks goes on: then the next segment belongs to it as a whole, with all that follows in it;
 * - only the connection's end tells.
 */
import { larger, smaller } from '../../core/least.ts';
import { wholeNumber } from '../../core/ranges.ts';
import { DNS_FRAMING, type Framing, framingOf, LONGEST_HEAD, TLS_FRAMING } from './framings.ts';
import { type HttpMessage, HttpReader, isHttpPort, mayBeginHttp } from './http-messages.ts';

/** Limits of `Messages`. */
export interface MessageOptions {
  /** How many messages that go on are followed at once, 1 to 65,536; default 1000. The oldest gives way to a new one. */
  readonly messages?: number;
  /** Octets that are kept of them, and of the lists of their segments (12 for each), 0 to 1,073,741,824; default 4,194,304. */
  readonly messageOctets?: number;
}

/** Words of a piece, which is what one segment brought of a message: frame.number, octets of the message before it, octets in it. */
export const PIECE = 3;

/** Pieces that there is room for in the beginning. */
const FIRST_PIECES = 8;

/** A message over several segments, in the making or whole. */
export interface Message {
  /** How it is framed; undefined: it is HTTP's. */
  readonly framing: Framing | undefined;
  readonly http: HttpMessage | undefined;
  /** The sequence number of its first octet. */
  readonly seq: number;
  /** What ends it: a known length, the end of the next segment at the earliest, or the connection's end. */
  until: 'length' | 'segment' | 'close';
  /** Octets up to there, as far as is known. */
  end: number;
  /** Octets of it that came. */
  came: number;
  /** What came of it, by offset, with room behind: none when it was not kept. Of the last one the octets do not count that begin another message. */
  pieces: Int32Array<ArrayBuffer>;
  pieceCount: number;
  /** Its octets, with room behind them; empty when they are not kept. */
  octets: Uint8Array<ArrayBuffer>;
  /** Whether its octets are wanted; whether `pieces` are all there are. */
  readonly keepsOctets: boolean;
  isKept: boolean;
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
  /** Whether that message begins here, with the payload. */
  begins: boolean;
  /** How the messages are framed; undefined: they are HTTP's, or none. */
  framing: Framing | undefined;
  /** The message that is whole with this segment. */
  whole: Message | undefined;
  /** The first HTTP message that the payload has octets of. */
  http: HttpMessage | undefined;
  /** Where the first message begins that is whole in this segment alone; -1: none is, or all are in `whole`, too. */
  nextAt: number;
}

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
  nextAt: -1,
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
  parts.nextAt = -1;
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

/** What messages of a connection tell of those to come, of which a segment may bring less than what tells a message. */
export const SPEAKS = { HTTP: 1, TLS: 2 } as const;

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
  /** Messages that were given up for newer ones, and those of which octets and segments were let go. */
  abandoned = 0;
  unkept = 0;
  readonly #keepsOctets: boolean;
  readonly #open: Map<number, Message> = new Map();
  readonly #reader = new HttpReader();
  readonly #head = new DataView(new ArrayBuffer(LONGEST_HEAD));
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

  /** A new connection begins in a direction: what went on there is forgotten. */
  forget(direction: number): void {
    if (this.#open.size === 0) return;
    const message = this.#open.get(direction);
    if (message === undefined) return;
    this.#open.delete(direction);
    this.#octets -= kept(message);
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
      if (framing !== undefined || mayBeginHttp(view, from, to)) this.#begin(framing, segment, from, parts);
    }
  }

  /**
   * Takes a FIN of a direction, at the sequence number `seq`, when the octets before it were taken.
   * @returns the frame of an earlier FIN that ended a message there; 0 when none did
   */
  finish(direction: number, frame: number, seq: number, parts: MessageParts): number {
    const message = this.#open.size === 0 ? undefined : this.#open.get(direction);
    const http = message?.http;
    if (message === undefined || http === undefined || message.until !== 'close') return 0;
    if (http.finFrame > 0) return http.finFrame === frame ? 0 : http.finFrame;
    http.finFrame = frame;
    if (offsetOf(message, seq) !== message.came) return 0;
    // Without octets in it the FIN is a piece of its own.
    if (message.pieceCount > 0 && message.pieces[PIECE * (message.pieceCount - 1)] !== frame)
      this.#addPiece(message, frame, message.came, 0);
    parts.isSet = true;
    parts.http = http;
    finish(message, parts);
    return 0;
  }

  /** A segment of which nothing, or not all, is new. */
  #takeRepeated(segment: MessageSegment, open: Message | undefined, parts: MessageParts): void {
    const { from, to, seq } = segment;
    parts.isSet = true;
    if (open !== undefined && !segment.isCut) {
      const offset = offsetOf(open, seq);
      const hole = holeIn(open, offset, offset + to - from);
      if (hole !== undefined) {
        // What comes late is put in its place, but nothing is looked for behind it.
        this.#goOn(open, segment, from + hole[0] - offset, from + hole[1] - offset, parts);
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
    this.#add(message, segment, offset, at, stop);
    addPart(parts, at, stop);
    parts.isSet = true;
    parts.framing = message.framing;
    parts.http = http;
    parts.goesOn = true;
    let end = -1;
    if (until === 'segment') {
      end = http === undefined ? this.#endOf(message, view, at, to, offset) : this.#reader.proceed(http, view, at, to);
      if (http?.phase === 'none') return this.#giveUp(segment, parts);
      if (end < 0 && http !== undefined) wait(message, http);
    } else {
      if (http !== undefined) http.isShown = false;
      if (until === 'length' && message.came === message.end) end = stop;
      // The end is there, and something before it is not.
      else return stop;
    }
    if (end < 0) return segment.to;
    finish(message, parts);
    this.forget(segment.direction);
    return end;
  }

  /** What began like a message is none. */
  #giveUp(segment: MessageSegment, parts: MessageParts): number {
    this.forget(segment.direction);
    clearMessageParts(parts);
    return segment.to;
  }

  /** Where a message ends of which not even the length was known, in `[at, to)`; -1: not there. */
  #endOf(message: Message, view: DataView, at: number, to: number, offset: number): number {
    const { head, length } = message.framing!;
    const all = this.#head;
    const there = offset + to - at;
    message.end = there + 1;
    if (there < head) return -1;
    for (let i = 0; i < head; i++) all.setUint8(i, i < offset ? message.octets[i]! : view.getUint8(at + i - offset));
    const whole = length(all, 0);
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
    // To the message before all of the segment belongs, as nobody knew where it ends.
    const isEntire = parts.whole?.until === 'segment';
    for (let next = at; next < to; ) {
      let http: HttpMessage | undefined;
      let end: number;
      if (framing === undefined) {
        http = this.#reader.begin(view, next, to, isExpected);
        if (http === undefined) return;
        if (http.line !== '') segment.speaks |= SPEAKS.HTTP;
        end = this.#reader.proceed(http, view, next, to);
        http.isShown = http.line !== '';
        parts.http ??= http;
      } else {
        const isHead = to - next < framing.head;
        if (isHead && framing.needsHead) return;
        const length = isHead ? UNKNOWN_LENGTH : framing.length(view, next);
        if (length < 0) return;
        end = length > to - next ? -1 : next + length;
      }
      if (end < 0) {
        if (!segment.isCut) this.#follow(framing, http, segment, next, parts);
        return;
      }
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
    const message: Message = {
      framing,
      http,
      seq: (segment.seq + at - from) | 0,
      until: isHead ? 'segment' : 'length',
      end: isHead ? to - at + 1 : framing === undefined ? 0 : framing.length(view, at),
      came: 0,
      pieces: NO_PIECES,
      pieceCount: 0,
      octets: NO_OCTETS,
      keepsOctets: this.#keepsOctets || framing === DNS_FRAMING || isHandshake || isHead,
      isKept: true,
    };
    this.forget(direction);
    if (this.#open.size >= this.limit)
      for (const oldest of this.#open.keys()) {
        this.forget(oldest);
        this.abandoned++;
        break;
      }
    this.#open.set(direction, message);
    this.#add(message, segment, 0, at, to);
    if (http !== undefined) wait(message, http);
    if (at === from) parts.goesOn = parts.begins = true;
    // To the message before all of the segment belonged, as nobody knew where it ends.
    if (parts.whole?.until === 'segment') {
      const { pieces, pieceCount } = parts.whole;
      if (pieceCount > 0) pieces[PIECE * pieceCount - 1]! -= to - at;
    } else addPart(parts, at, to);
  }

  /** Octets `[at, to)` of a segment stand `offset` octets behind a message's beginning, where nothing was. */
  #add(message: Message, segment: MessageSegment, offset: number, at: number, to: number): void {
    const length = to - at;
    message.came += length;
    if (!message.isKept) return;
    const size = offset + length;
    const room =
      message.keepsOctets && size > message.octets.length ? Math.max(256, 2 ** Math.ceil(Math.log2(size))) : 0;
    const isFull = PIECE * message.pieceCount === message.pieces.length;
    const more = (room === 0 ? 0 : room - message.octets.length) + (isFull ? 4 * roomFor(message) : 0);
    // The head of a message is needed whole, to know where it ends.
    const isHead = message.framing !== undefined && message.until === 'segment';
    if (this.#octets + more > this.memory && !isHead) {
      this.#octets -= kept(message);
      message.isKept = false;
      message.pieces = NO_PIECES;
      message.pieceCount = 0;
      message.octets = NO_OCTETS;
      this.unkept++;
      return;
    }
    this.#octets += room === 0 ? 0 : room - message.octets.length;
    if (room > 0) {
      const octets = new Uint8Array(room);
      octets.set(message.octets);
      message.octets = octets;
    }
    const { buffer, byteOffset } = segment.view;
    if (message.keepsOctets) message.octets.set(new Uint8Array(buffer, byteOffset + at, length), offset);
    this.#addPiece(message, segment.frame, offset, length);
  }

  #addPiece(message: Message, frame: number, offset: number, length: number): void {
    const count = message.pieceCount++;
    if (PIECE * count === message.pieces.length) {
      const room = roomFor(message);
      this.#octets += 4 * room;
      const pieces = new Int32Array(message.pieces.length + room);
      pieces.set(message.pieces);
      message.pieces = pieces;
    }
    const { pieces } = message;
    const at = PIECE * placeOf(pieces, count, offset);
    if (at < PIECE * count) pieces.copyWithin(at + PIECE, at, PIECE * count);
    pieces[at] = frame;
    pieces[at + 1] = offset;
    pieces[at + 2] = length;
  }
}

const NO_PIECES = new Int32Array(0);

/** Words by which a message's list of pieces grows. */
const roomFor = ({ pieces }: Message): number => (pieces.length === 0 ? PIECE * FIRST_PIECES : pieces.length);

/** The content type of TLS handshakes. */
const HANDSHAKE = 22;

/** Of a message whose head is not whole. */
const UNKNOWN_LENGTH = Number.POSITIVE_INFINITY;

/** Octets that are kept of a message. */
const kept = ({ pieces, octets }: Message): number => 4 * pieces.length + octets.length;

/** How far behind a message's beginning a sequence number is. */
const offsetOf = (message: Message, seq: number): number => (seq - message.seq) | 0;

/** Whether a segment of new octets brings some of a message. */
function reaches(message: Message, { seq, isCut }: MessageSegment): boolean {
  const offset = offsetOf(message, seq);
  return !isCut && offset >= 0 && (message.until === 'close' || offset < message.end);
}

/** Whether a segment is of a connection that speaks HTTP. */
const isHttpExpected = ({ view, header, speaks }: MessageSegment): boolean =>
  (speaks & SPEAKS.HTTP) !== 0 || isHttpPort(view, header);

/** A message is whole. */
function finish(message: Message, parts: MessageParts): void {
  const { http } = message;
  if (http !== undefined) {
    http.phase = 'end';
    http.isShown = true;
  }
  parts.goesOn = false;
  parts.whole = message;
}

/** What ends a message of HTTP of which so much came. */
function wait(message: Message, { phase, left }: HttpMessage): void {
  message.until = phase === 'body' ? 'length' : phase === 'close' ? 'close' : 'segment';
  message.end = message.came + (phase === 'body' ? left : 1);
}

/** The first octets that are missing of a message between two offsets; undefined: none is, or it is not known which are. */
function holeIn(message: Message, from: number, to: number): [number, number] | undefined {
  const { pieces, pieceCount, isKept, until, end, came } = message;
  if (!isKept || (until === 'segment' && from > came)) return undefined;
  const most = until === 'length' ? smaller(to, end) : to;
  let least = from < 0 ? 0 : from;
  let place = placeOf(pieces, pieceCount, least);
  if (place > 0) least = larger(least, endOf(pieces, place - 1));
  for (; place < pieceCount && pieces[PIECE * place + 1]! <= least; place++)
    least = larger(least, endOf(pieces, place));
  const stop = place < pieceCount ? smaller(most, pieces[PIECE * place + 1]!) : most;
  return least < stop ? [least, stop] : undefined;
}

/** Octets of a message up to the end of a piece. */
const endOf = (pieces: Int32Array, place: number): number => pieces[PIECE * place + 1]! + pieces[PIECE * place + 2]!;

/** Before which of so many pieces one belongs that begins at `offset`. */
function placeOf(pieces: Int32Array, count: number, offset: number): number {
  let low = 0;
  let high = count;
  if (count === 0 || pieces[PIECE * (count - 1) + 1]! <= offset) return count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[PIECE * middle + 1]! <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addPart(parts: MessageParts, from: number, to: number): void {
  parts.from[parts.count] = from;
  parts.to[parts.count] = to;
  parts.count++;
}
