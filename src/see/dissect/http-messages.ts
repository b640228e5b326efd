/**
 * Which segments an HTTP/1 message goes through: where it begins, while its head or its chunks go on, and where it ends, so that the list line can show its
 * start line where Wireshark does. The octets of messages are not kept, only what tells where they end. Not here: what the messages say; HTTP/2.
 *
 * A message shows its start line in the segment it begins in, in those that its head or its chunks go on through (their number is not known before), and in the
 * one that ends it; segments in between of a body whose length is known are plain TCP.
 *
 * Read first: RFC 9112 §2.2, §6-7.
 */
import { printable } from '../../core/printable.ts';

/** How many messages that go on are followed at once; the oldest gives way. */
const LIMIT = 1000;

/** The most octets of a message's head that are looked at. */
const LONGEST_HEAD = 16_384;

/** Where a message is: in its head; in chunks; in a body whose octets are counted; in one that the connection's end ends; at its end. */
type Phase = 'head' | 'chunks' | 'body' | 'close' | 'end';

/** A message, as far as it went. */
export interface HttpMessage {
  /** `HTTP/1.1 200 OK` */
  readonly line: string;
  phase: Phase;
  /** Whether this segment's list line shows the start line. */
  isShown: boolean;
  /** The sequence number of what comes next. */
  nextSeq: number;
  /** The head, until it is whole. */
  head: string;
  /** Octets to come: of the body; of the chunk, with what ends it. */
  left: number;
  /** A chunk's size line, as far as it came. */
  sizeLine: string;
}

/** The first four octets of what may be a start line. */
const BEGINNINGS: ReadonlySet<number> = new Set(
  ['HTTP', 'GET ', 'POST', 'HEAD', 'PUT ', 'DELE', 'OPTI', 'CONN', 'PATC', 'TRAC', 'PROP', 'NOTI', 'SUBS', 'M-SE'].map(
    (text) => [...text].reduce((word, letter) => (word << 8) | letter.charCodeAt(0), 0),
  ),
);

/** The first octets of those, from the least to the greatest. */
const LEAST_LETTER = 0x43;
const GREATEST_LETTER = 0x54;

/** Whether the four octets at `at` may begin a start line: for nearly all segments their first one tells. */
function mayBegin(view: DataView, at: number): boolean {
  const letter = view.getUint8(at);
  return letter >= LEAST_LETTER && letter <= GREATEST_LETTER && BEGINNINGS.has(view.getInt32(at));
}

const RESPONSE = /^HTTP\/1\.[01] /;
const REQUEST = /^[A-Z-]+ \S.* HTTP\/1\.[01]$/;
/** Responses that have no body whatever their fields say (RFC 9112 §6.3). */
const BODILESS = /^HTTP\/1\.[01] (1\d\d|204|304)\b/;

/** The messages that go on. */
export class HttpMessages {
  readonly #open: Map<number, HttpMessage> = new Map();

  /** A new connection begins in a direction: what went on there is forgotten. */
  forget(direction: number): void {
    this.#open.delete(direction);
  }

  /**
   * Takes the payload `[from, to)` of the next segment of a direction that brings new octets.
   * @param isCut whether octets of it were not captured
   * @returns the message in it, valid until the next call; undefined for most segments
   */
  take(
    view: DataView,
    from: number,
    to: number,
    isCut: boolean,
    seq: number,
    direction: number,
  ): HttpMessage | undefined {
    if (this.#open.size === 0 && !mayBegin(view, from)) return undefined;
    const known = this.#open.get(direction);
    const message = known !== undefined && known.nextSeq === seq ? known : begin(view, from, to);
    if (message === undefined) {
      // Behind a gap nobody knows where a message ends.
      if (known !== undefined) this.#open.delete(direction);
      return undefined;
    }
    message.nextSeq = (seq + to - from) | 0;
    proceed(message, view, from, to);
    if (message !== known) message.isShown = true;
    if (isCut || message.phase === 'end') this.#open.delete(direction);
    else if (message !== known) this.#keep(direction, message);
    return message;
  }

  #keep(direction: number, message: HttpMessage): void {
    this.#open.delete(direction);
    const [oldest] = this.#open.keys();
    if (oldest !== undefined && this.#open.size >= LIMIT) this.#open.delete(oldest);
    this.#open.set(direction, message);
  }
}

/** The message that begins at `from`, when a whole start line does. */
function begin(view: DataView, from: number, to: number): HttpMessage | undefined {
  if (!mayBegin(view, from)) return undefined;
  const feed = feedIn(view, from, Math.min(to, from + LONGEST_HEAD));
  if (feed < 0) return undefined;
  const line = latin1(view, from, view.getUint8(feed - 1) === RETURN ? feed - 1 : feed);
  if (!RESPONSE.test(line) && !REQUEST.test(line)) return undefined;
  return { line: printable(line), phase: 'head', isShown: true, nextSeq: 0, head: '', left: 0, sizeLine: '' };
}

const FEED = 0x0a;
const RETURN = 0x0d;

/** Where the next line feed in `[from, to)` stands; -1 when there is none. */
function feedIn(view: DataView, from: number, to: number): number {
  for (let at = from; at < to; at++) if (view.getUint8(at) === FEED) return at;
  return -1;
}

/** Behind the first empty line in `[from, to)`; -1 when there is none. */
function headEnd(view: DataView, from: number, to: number): number {
  for (let feed = feedIn(view, from, to); feed >= 0; feed = feedIn(view, feed + 1, to)) {
    const next = feed + 1 < to && view.getUint8(feed + 1) === RETURN ? feed + 2 : feed + 1;
    if (next < to && view.getUint8(next) === FEED) return next + 1;
  }
  return -1;
}

/** At most LONGEST_HEAD octets as text, in one piece: no garbage for each of them. */
const latin1 = (view: DataView, from: number, to: number): string =>
  String.fromCharCode.apply(
    null,
    new Uint8Array(view.buffer, view.byteOffset + from, to - from) as unknown as number[],
  );

/** Takes a message through the octets of a segment. */
function proceed(message: HttpMessage, view: DataView, from: number, to: number): void {
  message.isShown = message.phase === 'head' || message.phase === 'chunks';
  let at = from;
  if (message.phase === 'head') {
    at = throughHead(message, view, from, to);
    if (at < 0) return;
  }
  if (message.phase === 'body') {
    message.left -= to - at;
    if (message.left <= 0) {
      message.phase = 'end';
      message.isShown = true;
    }
  } else if (message.phase === 'chunks') throughChunks(message, view, at, to);
}

/** Takes a message's head through the octets of a segment. @returns where the body begins; -1: not in this segment */
function throughHead(message: HttpMessage, view: DataView, from: number, to: number): number {
  const before = message.head.length;
  const limit = Math.min(to, from + LONGEST_HEAD - before);
  const end = headEnd(view, from, limit);
  message.head += latin1(view, from, end < 0 ? limit : end);
  // What began in the segment before may end here: an empty line in two parts.
  const behind = before === 0 ? end - from : blankEnd(message.head);
  if (behind < 0) {
    if (message.head.length >= LONGEST_HEAD) message.phase = 'close';
    return -1;
  }
  enterBody(message, message.head.slice(0, behind));
  message.head = '';
  return from + behind - before;
}

/** Behind the first empty line of a text; -1 when there is none. */
function blankEnd(text: string): number {
  const blank = /\r?\n\r?\n/.exec(text);
  return blank === null ? -1 : blank.index + blank[0].length;
}

/** Decides by the head how the body will end. */
function enterBody(message: HttpMessage, head: string): void {
  const length = /\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r?\n/i.exec(head);
  if (BODILESS.test(message.line)) message.phase = 'end';
  else if (/\ntransfer-encoding:[^\n]*chunked/i.test(head)) message.phase = 'chunks';
  else if (length !== null) {
    message.phase = 'body';
    message.left = Number(length[1]);
  } else message.phase = RESPONSE.test(message.line) ? 'close' : 'end';
}

/** The most octets of a chunk's size line; a longer one is no chunk's. */
const LONGEST_SIZE = 256;

function throughChunks(message: HttpMessage, view: DataView, from: number, to: number): void {
  for (let at = from; at < to; ) {
    if (message.left > 0) {
      const step = Math.min(message.left, to - at);
      message.left -= step;
      at += step;
      continue;
    }
    const octet = view.getUint8(at++);
    if (octet !== 10) {
      message.sizeLine += String.fromCharCode(octet);
      if (message.sizeLine.length > LONGEST_SIZE) message.phase = 'close';
      continue;
    }
    const size = Number.parseInt(message.sizeLine, 16);
    message.sizeLine = '';
    if (size > 0) {
      // The octets and the end of the line behind them.
      message.left = size + 2;
      continue;
    }
    message.phase = size === 0 ? 'end' : 'close';
    return;
  }
}
