/**
 * Where an HTTP/1 message ends that comes segment by segment, and which of them show its start line on the list, as Wireshark has it. The octets of messages are not kept,
 * only what tells where they end. Not here: which segments are of one message (messages.ts); what the messages say; HTTP/2.
 *
 * A message shows its start line in the segment it begins in, in those that its head or its chunks go on through (their number is not known before), and in the
 * one that ends it; segments in between of a body whose length is known are plain TCP.
 *
 * Read first: RFC 9112 §2.2, §6-7; RFC 9110 §9.3.2, §9.3.6 (HEAD and CONNECT).
 */
import { printable } from '../../core/printable.ts';
import type { Hint } from './column-hint.ts';
import { httpHints } from './http-hint.ts';
import { fromUtf8, isLatin1, latin1 } from './octet-text.ts';
import { SPEAKS } from './speaks.ts';

/** The most octets of a message's head that are looked at, its start line among them; and of another line that goes on in further segments. */
export const LONGEST_HEAD = 16_384;
const LONGEST_FIELD = 512;

/** Where a message is: nowhere, since its first line is no start line; in its head; in chunks; in the fields behind them; in a body whose octets are counted; in one that the connection's end ends; at its end; at the last octet that the capture kept. */
type Phase = 'none' | 'head' | 'chunks' | 'trailer' | 'body' | 'close' | 'end' | 'cut';

/** The first line of a message. */
interface StartLine {
  /** As it came, an octet a character. */
  readonly octets: string;
  /** `HTTP/1.1 200 OK`; undefined when it is no start line. */
  readonly text: string | undefined;
  readonly isResponse: boolean;
  /** Whether the message has no body whatever its fields say (RFC 9112 §6.3). */
  readonly isBodiless: boolean;
  /** Whether it is of a response that another follows to the same request (1xx). */
  readonly isInterim: boolean;
  /** Whether it is of a response that says that all went well (2xx). */
  readonly isSuccess: boolean;
  /** What a request asks for of which no body comes: `SPEAKS.HEAD`, `SPEAKS.CONNECT`, or 0. */
  readonly asks: number;
  /** What the list says of a message that begins so, while it goes on and where it ends; undefined when it is no start line. */
  readonly hints: readonly [goesOn: Hint, ends: Hint] | undefined;
  /** The same with the types of bodies that are told. */
  readonly hintsOfMedia: HintsOfMedia;
}

/** What the list says of a message with this start line whose body is of a type that is told: made when it is first told, and kept, as a list has it again and again. */
class HintsOfMedia {
  readonly #byMedia: (readonly [goesOn: Hint, ends: Hint])[] = [];

  of(message: HttpMessage, media: number): readonly [goesOn: Hint, ends: Hint] {
    const kept = this.#byMedia[media];
    if (kept !== undefined) return kept;
    const made = httpHints(message.line, mediaText(message));
    this.#byMedia[media] = made;
    return made;
  }
}

/** A message, as far as it went. */
export interface HttpMessage {
  /** Undefined while its first line is not whole. */
  start: StartLine | undefined;
  /** What was found out of its connection before it: `SPEAKS`. */
  readonly speaks: number;
  /** `HTTP/1.1 200 OK`; empty while it is not known. */
  line: string;
  phase: Phase;
  /** Whether this segment's list line shows the start line. */
  isShown: boolean;
  /** How many octets of the head came, while it is not whole, and what its fields said so far of the body: its length (-1: nothing), and that it comes in chunks. */
  headOctets: number;
  length: number;
  isChunked: boolean;
  /** What its fields say of what the body is: `MEDIA`; so many octets are none of it, packed; and whether any of it came. */
  media: number;
  leastBody: number;
  hasBody: boolean;
  /** Octets to come: of the body; of the chunk, with what ends it. */
  left: number;
  /** Octets of a line of the head or of the chunks that goes on in further segments, as far as they came and are looked at, with room behind them. */
  rest: Uint8Array<ArrayBuffer>;
  restCount: number;
  /** The frame of the FIN that ended it, where nothing else does; 0: none came. */
  finFrame: number;
}

const NO_OCTETS = new Uint8Array(0);

/** The least room for a line that goes on. */
const FIRST_REST = 64;

/** The first one to four octets of what may be a start line, as a number. */
const BEGINNINGS: ReadonlySet<number> = new Set(
  [
    'HTTP',
    'GET ',
    'POST',
    'HEAD',
    'PUT ',
    'DELE',
    'OPTI',
    'CONN',
    'PATC',
    'TRAC',
    'PROP',
    'NOTI',
    'SUBS',
    'M-SE',
  ].flatMap((text) => [1, 2, 3, 4].map((length) => [...text.slice(0, length)].reduce(withLetter, 0))),
);

function withLetter(word: number, letter: string): number {
  return (word << 8) | letter.charCodeAt(0);
}

/** The first octets of those, from the least to the greatest. */
const LEAST_LETTER = 0x43;
const GREATEST_LETTER = 0x54;

/** Whether `[from, to)` may begin with a start line, or be the beginning of one: for nearly all segments their first octet tells. */
export function mayBeginHttp(view: DataView, from: number, to: number): boolean {
  const letter = view.getUint8(from);
  if (letter < LEAST_LETTER || letter > GREATEST_LETTER) return false;
  return BEGINNINGS.has(to - from >= 4 ? view.getInt32(from) : shortWord(view, from, to));
}

/** Less than four octets as a number. */
function shortWord(view: DataView, from: number, to: number): number {
  let word = 0;
  for (let at = from; at < to; at++) word = (word << 8) | view.getUint8(at);
  return word;
}

const RESPONSE = /^HTTP\/1\.[01] /;
const REQUEST = /^[A-Z-]+ \S.* HTTP\/1\.[01]$/;
const BODILESS = /^HTTP\/1\.[01] (1\d\d|204|304)\b/;
const INTERIM = /^HTTP\/1\.[01] 1\d\d\b/;
const SUCCESS = /^HTTP\/1\.[01] 2\d\d\b/;

/** Start lines up to this many octets are remembered ... */
const SHORT = 64;

/** ... and so many of them, a power of two: most messages begin as others do. */
const REMEMBERED = 64;

/** The start lines that came last. */
class StartLines {
  readonly #slots: (StartLine | undefined)[] = new Array<StartLine | undefined>(REMEMBERED).fill(undefined);

  /** What the line `[from, to)` is. */
  read(view: DataView, from: number, to: number): StartLine {
    if (to - from > SHORT) return startLine(latin1(view, from, to));
    let hash = 0;
    for (let i = from; i < to; i++) hash = (31 * hash + view.getUint8(i)) | 0;
    const slot = (hash ^ (hash >>> 16)) & (REMEMBERED - 1);
    const known = this.#slots[slot];
    if (known !== undefined && isLatin1(view, from, to, known.octets)) return known;
    const line = startLine(latin1(view, from, to));
    this.#slots[slot] = line;
    return line;
  }
}

function startLine(octets: string): StartLine {
  const isResponse = RESPONSE.test(octets);
  const text = isResponse || REQUEST.test(octets) ? printable(fromUtf8(octets)) : undefined;
  const hints = text === undefined ? undefined : httpHints(text);
  const asks = octets.startsWith('HEAD ') ? SPEAKS.HEAD : octets.startsWith('CONNECT ') ? SPEAKS.CONNECT : 0;
  return {
    octets,
    text,
    isResponse,
    isBodiless: BODILESS.test(octets),
    isInterim: INTERIM.test(octets),
    isSuccess: SUCCESS.test(octets),
    asks,
    hints,
    hintsOfMedia: new HintsOfMedia(),
  };
}

/** Reads messages, segment by segment. */
export class HttpReader {
  readonly #lines = new StartLines();

  /**
   * The message that begins at `from`, of which no octet is read yet; undefined unless a start line stands there.
   * @param isExpected whether one is expected there, so that the beginning of one is enough
   * @param speaks what was found out of the connection: `SPEAKS`
   */
  begin(view: DataView, from: number, to: number, isExpected: boolean, speaks: number): HttpMessage | undefined {
    if (!mayBeginHttp(view, from, to)) return undefined;
    const message: HttpMessage = {
      start: undefined,
      speaks,
      line: '',
      phase: 'head',
      isShown: true,
      headOctets: 0,
      length: -1,
      isChunked: false,
      media: 0,
      leastBody: 0,
      hasBody: false,
      left: 0,
      rest: NO_OCTETS,
      restCount: 0,
      finFrame: 0,
    };
    this.#readStart(message, view, from, to);
    return message.phase !== 'none' && (message.start !== undefined || isExpected) ? message : undefined;
  }

  /** Takes a message through the octets `[from, to)` of the next segment. @returns where it ends; -1: not in this segment */
  proceed(message: HttpMessage, view: DataView, from: number, to: number): number {
    const end = this.#through(message, view, from, to);
    message.isShown &&= message.line !== '';
    return end;
  }

  #through(message: HttpMessage, view: DataView, from: number, to: number): number {
    message.isShown = message.phase !== 'body' && message.phase !== 'close';
    let at = from;
    if (message.phase === 'head') {
      at = this.#throughHead(message, view, from, to);
      if (at < 0) return -1;
    }
    if (message.phase === 'body') {
      const step = Math.min(message.left, to - at);
      message.left -= step;
      at += step;
      if (message.left === 0) {
        message.phase = 'end';
        message.isShown = true;
      }
    } else if (message.phase === 'chunks' || message.phase === 'trailer') at = throughChunks(message, view, at, to);
    if (message.phase === 'close' && at < to) message.hasBody = true;
    return message.phase === 'end' ? at : -1;
  }

  /** Takes a message's head through the octets of a segment. @returns where the body begins; -1: not in this segment */
  #throughHead(message: HttpMessage, view: DataView, from: number, to: number): number {
    if (message.headOctets > 0) return this.#goOn(message, view, from, to);
    const limit = Math.min(to, from + LONGEST_HEAD);
    readFields(view, from, limit, fields);
    message.length = fields.length;
    message.isChunked = fields.isChunked;
    message.media = fields.media;
    message.leastBody = fields.leastBody;
    if (fields.end >= 0) {
      enterBody(message);
      return fields.end;
    }
    message.headOctets = limit - from;
    this.#keepLine(message, view, fields.last, limit);
    return -1;
  }

  /** The same of the segments behind the first, line by line. */
  #goOn(message: HttpMessage, view: DataView, from: number, to: number): number {
    const limit = Math.min(to, from + LONGEST_HEAD - message.headOctets);
    for (let at = from; message.phase === 'head'; ) {
      const feed = feedIn(view, at, limit);
      message.headOctets += (feed < 0 ? limit : feed + 1) - at;
      this.#keepLine(message, view, at, feed < 0 ? limit : feed);
      if (feed < 0 || message.phase !== 'head') return -1;
      at = feed + 1;
      const { rest, restCount } = message;
      message.restCount = 0;
      const line = new DataView(rest.buffer, 0, restCount);
      if (message.start === undefined) begun(message, this.#lines.read(line, 0, lineEnd(line, 0, restCount)));
      else if (lineEnd(line, 0, restCount) === 0) {
        enterBody(message);
        return at;
      } else readField(line, 0, restCount, message);
    }
    return -1;
  }

  /** The line goes on behind `[from, to)`, as far as is looked. */
  #keepLine(message: HttpMessage, view: DataView, from: number, to: number): void {
    const { start, restCount, headOctets } = message;
    const room = (start === undefined ? LONGEST_HEAD : LONGEST_FIELD) - restCount;
    keepRest(message, view, from, Math.min(to, from + room));
    if (start === undefined && to - from > room) message.phase = 'none';
    else if (headOctets >= LONGEST_HEAD) message.phase = start === undefined ? 'none' : 'close';
  }

  /** Reads the first line of a message when it is whole in `[from, to)`. */
  #readStart(message: HttpMessage, view: DataView, from: number, to: number): void {
    const feed = feedIn(view, from, Math.min(to, from + LONGEST_HEAD));
    if (feed < 0) return;
    begun(message, this.#lines.read(view, from, lineEnd(view, from, feed)));
  }
}

/** Where a line ends without the carriage return before its line feed. */
const lineEnd = (view: DataView, from: number, feed: number): number =>
  feed > from && view.getUint8(feed - 1) === RETURN ? feed - 1 : feed;

/** Octets `[from, to)` of a line are kept until the others come. */
function keepRest(message: HttpMessage, view: DataView, from: number, to: number): void {
  const { rest, restCount } = message;
  if (from >= to) return;
  message.restCount += to - from;
  if (message.restCount > rest.length) {
    message.rest = new Uint8Array(Math.max(FIRST_REST, 2 ** Math.ceil(Math.log2(message.restCount))));
    message.rest.set(rest);
  }
  message.rest.set(new Uint8Array(view.buffer, view.byteOffset + from, to - from), restCount);
}

/** The rest of a message was not captured: of its body as much as is there counts, unless it is packed or in chunks. */
export function cutShort(message: HttpMessage): void {
  const { phase, left, length, hasBody, leastBody } = message;
  message.hasBody = leastBody === 0 && (phase === 'body' ? left < length : phase === 'close' && hasBody);
  message.phase = 'cut';
}

/** No more lines are to come. */
function dropRest(message: HttpMessage): void {
  message.rest = NO_OCTETS;
  message.restCount = 0;
}

/** The first line of a message is whole. */
function begun(message: HttpMessage, start: StartLine): void {
  message.start = start;
  message.line = start.text ?? '';
  if (start.text === undefined) message.phase = 'none';
}

/** Ports on which a start line is expected. */
const PORTS: ReadonlySet<number> = new Set([80, 2869, 3128, 3132, 5985, 8080, 8088, 11371]);

/** Whether one of the ports of the TCP header at `at` is of HTTP. */
export const isHttpPort = (view: DataView, at: number): boolean =>
  PORTS.has(view.getUint16(at)) || PORTS.has(view.getUint16(at + 2));

const FEED = 0x0a;
const RETURN = 0x0d;

/** Four line feeds, and what is looked for one of them with (an octet of a word is zero). */
const FEEDS = 0x0a0a0a0a;
const LOWEST = 0x01010101;
const HIGHEST = 0x80808080;

/** Where the next line feed in `[from, to)` stands; -1 when there is none. */
function feedIn(view: DataView, from: number, to: number): number {
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word = view.getInt32(at) ^ FEEDS;
    if (((word - LOWEST) & ~word & HIGHEST) !== 0) break;
  }
  for (; at < to; at++) if (view.getUint8(at) === FEED) return at;
  return -1;
}

/** What the fields of a head say of its body. */
interface HeadFields {
  /** Behind the empty line that ends them; -1 when there is none; and where the last line begins. */
  end: number;
  last: number;
  /** Content-Length; -1 without. */
  length: number;
  isChunked: boolean;
  /** `MEDIA` */
  media: number;
  /** Octets that a body of nothing takes, packed. */
  leastBody: number;
}

/** Reads the fields of the head `[from, to)`, which begins with its start line. */
function readFields(view: DataView, from: number, to: number, into: HeadFields): void {
  into.end = -1;
  into.last = from;
  into.length = -1;
  into.isChunked = false;
  into.media = 0;
  into.leastBody = 0;
  for (let feed = feedIn(view, from, to); feed >= 0; ) {
    const at = feed + 1;
    into.last = at;
    feed = feedIn(view, at, to);
    if (feed < 0) return;
    if (feed === at || (feed === at + 1 && view.getUint8(at) === RETURN)) {
      into.end = feed + 1;
      return;
    }
    readField(view, at, feed, into);
  }
}

/** What a field says of the body. */
type BodyFields = Pick<HeadFields, 'length' | 'isChunked' | 'media' | 'leastBody'>;

const CONTENT_LENGTH = 'content-length:';
const CONTENT_TYPE = 'content-type:';
const CONTENT_ENCODING = 'content-encoding:';
const TRANSFER_ENCODING = 'transfer-encoding:';

/** Reads the field `[at, end)`; of two lengths the first counts. */
function readField(view: DataView, at: number, end: number, into: BodyFields): void {
  const letter = view.getUint8(at) | 0x20;
  if (letter === 0x63) {
    if (isNamed(view, at, end, CONTENT_LENGTH)) {
      if (into.length < 0) into.length = lengthIn(view, at + CONTENT_LENGTH.length, end);
    } else if (isNamed(view, at, end, CONTENT_TYPE)) {
      if (into.media === 0) into.media = mediaTypeIn(view, behindBlanks(view, at + CONTENT_TYPE.length, end), end);
    } else if (isNamed(view, at, end, CONTENT_ENCODING)) {
      const coding = behindBlanks(view, at + CONTENT_ENCODING.length, end);
      if (isUnpacked(view, coding, end)) into.leastBody = EMPTY_PACKED;
      else into.media = UNKNOWN_MEDIA;
    }
  } else if (letter === 0x74 && isNamed(view, at, end, TRANSFER_ENCODING)) {
    const value = latin1(view, at + TRANSFER_ENCODING.length, end);
    if (/chunked/i.test(value)) into.isChunked = true;
  }
}

/** Types of bodies that Wireshark's line names as they are; others have words of their own there, or a protocol. */
const MEDIA = [
  'text/html',
  'text/css',
  'text/plain',
  'text/javascript',
  'application/javascript',
  'application/x-javascript',
  'application/x-www-form-urlencoded',
  'image/webp',
  'image/x-icon',
  'application/x-shockwave-flash',
] as const;

/** The number of a body whose type is not told: another, or one that is packed in a way that Wireshark does not unpack. */
const UNKNOWN_MEDIA = -1;

/** The number of what the list says of a message's body behind its start line, where the message, or what the capture kept of it, ends; 0: nothing is said. */
const toldMedia = ({ phase, media, hasBody }: HttpMessage): number =>
  (phase === 'end' || phase === 'cut') && hasBody && media > 0 ? media : 0;

/** What the list says of a message's body there: ` (text/html)`; empty where nothing is said. */
export function mediaText(message: HttpMessage): string {
  const media = toldMedia(message);
  return media === 0 ? '' : ` (${MEDIA[media - 1]})`;
}

/** The hints of a message that has a start line: while it goes on, and where it ends. */
export function hintsOf(message: HttpMessage, { hints, hintsOfMedia }: StartLine): StartLine['hints'] {
  const media = toldMedia(message);
  return media === 0 || hints === undefined ? hints : hintsOfMedia.of(message, media);
}

/** The number of the type that `[at, end)` begins with, behind which parameters may follow, counted from 1. */
function mediaTypeIn(view: DataView, at: number, end: number): number {
  for (let i = 0; i < MEDIA.length; i++)
    if (isNamed(view, at, end, MEDIA[i]!) && endsWord(view, at + MEDIA[i]!.length, end)) return i + 1;
  return UNKNOWN_MEDIA;
}

/** Octets that gzip makes of none. */
const EMPTY_PACKED = 20;

const isUnpacked = (view: DataView, at: number, end: number): boolean =>
  isNamed(view, at, end, 'gzip') || isNamed(view, at, end, 'deflate');

/** Whether a word ends at `at`: at the line's end, a blank or a semicolon. */
const endsWord = (view: DataView, at: number, end: number): boolean =>
  at === end || view.getUint8(at) <= 0x20 || view.getUint8(at) === 0x3b;

/** Whether a field begins with `name`, whose letters are small ones. */
function isNamed(view: DataView, at: number, end: number, name: string): boolean {
  if (end - at < name.length) return false;
  for (let i = 0; i < name.length; i++) {
    const octet = view.getUint8(at + i);
    const small = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
    if (small !== name.charCodeAt(i)) return false;
  }
  return true;
}

/** The number that `[at, end)` is, with blanks round it; -1 when it is none, or one of more than 15 digits. */
function lengthIn(view: DataView, at: number, end: number): number {
  const from = behindBlanks(view, at, end);
  let value = 0;
  let i = from;
  for (; i < end; i++) {
    const digit = view.getUint8(i) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = 10 * value + digit;
  }
  if (i === from || i > from + 15) return -1;
  const rest = behindBlanks(view, i, end);
  return rest === end || (rest === end - 1 && view.getUint8(rest) === RETURN) ? value : -1;
}

/** Behind the blanks and tabulators that `[at, end)` begins with. */
function behindBlanks(view: DataView, at: number, end: number): number {
  let i = at;
  while (i < end && (view.getUint8(i) === 0x20 || view.getUint8(i) === 0x09)) i++;
  return i;
}

/** For one head at a time. */
const fields: HeadFields = { end: -1, last: 0, length: -1, isChunked: false, media: 0, leastBody: 0 };

/** Whether a message has no body whatever its fields say: by its code, or by what it answers. */
function hasNoBody({ start, speaks }: HttpMessage): boolean {
  const { isResponse, isBodiless, isSuccess } = start!;
  return isBodiless || (isResponse && (speaks & SPEAKS.HEAD) !== 0) || (isSuccess && (speaks & SPEAKS.CONNECT) !== 0);
}

/** Decides by the head how the body will end. */
function enterBody(message: HttpMessage): void {
  const { length, isChunked } = message;
  const { isResponse } = message.start!;
  dropRest(message);
  if (hasNoBody(message)) message.phase = 'end';
  else if (isChunked) message.phase = 'chunks';
  else if (length >= 0) {
    message.phase = 'body';
    message.left = length;
    message.hasBody = length > message.leastBody;
  } else message.phase = isResponse ? 'close' : 'end';
}

/** The most octets of a line among the chunks; a longer one is none of theirs. */
const LONGEST_LINE = 256;

/** @returns where it came to */
function throughChunks(message: HttpMessage, view: DataView, from: number, to: number): number {
  let at = from;
  while (at < to) {
    if (message.left > 0) {
      const step = Math.min(message.left, to - at);
      message.left -= step;
      at += step;
      continue;
    }
    const feed = feedIn(view, at, to);
    const end = feed < 0 ? to : feed;
    if (message.restCount + end - at > LONGEST_LINE) {
      message.phase = 'close';
      dropRest(message);
      return to;
    }
    if (feed < 0) {
      keepRest(message, view, at, to);
      return to;
    }
    if (message.restCount === 0) endLine(message, view, at, feed);
    else {
      keepRest(message, view, at, feed);
      endLine(message, new DataView(message.rest.buffer), 0, message.restCount);
    }
    at = feed + 1;
    if (message.phase === 'end' || message.phase === 'close') break;
  }
  return at;
}

/** A line of the chunks, `[from, to)`, is whole: the size of one, or one of the fields behind the last, which an empty line ends. */
function endLine(message: HttpMessage, view: DataView, from: number, to: number): void {
  message.restCount = 0;
  if (message.phase === 'trailer') {
    if (lineEnd(view, from, to) === from) message.phase = 'end';
  } else {
    const size = Number.parseInt(latin1(view, from, to), 16);
    // The octets and the end of the line behind them.
    if (size > 0) {
      message.left = size + 2;
      message.hasBody ||= size > message.leastBody;
    } else message.phase = size === 0 ? 'trailer' : 'close';
  }
  if (message.phase === 'end' || message.phase === 'close') dropRest(message);
}
