/**
 * Writes the lines of a list from records (line-record.ts), by words of four octets. Not here: what a line says (plain-line.ts, packet-list.ts).
 */
import { larger, smaller } from '../../core/least.ts';
import { TextSink, utf8 } from '../../core/text-sink.ts';
import { digitsIn, putDigits, putNumber, putWords, type Words, wordsOf } from '../../core/text-words.ts';
import { writeIpv4, writeIpv6 } from '../../wire/address.ts';
import * as tcp from '../../wire/tcp.ts';
import {
  lengthAt,
  MSS as MAXIMUM_SEGMENT_SIZE,
  SACK_PERMITTED,
  TIMESTAMPS,
  WINDOW_SCALE,
} from '../../wire/tcp-options.ts';
import { MAX_SHIFT } from './conversations.ts';
import { ENDS, GOES_ON, LINE, PLACES, RECORD, TEXT } from './line-record.ts';
import { flagOctets } from './names.ts';

/** Octets of a direction's two texts at most, with what words write behind them: ` fd00::1 → fd00::2 `, ` 1024 → 80 [`. */
const ENDS_TEXT = 92;
const PORTS_TEXT = 28;

/** Words of a direction: octets of its two texts, and the texts. */
const LENGTHS = 0;
const ENDS_AT = 2;
const PORTS_AT = ENDS_AT + ENDS_TEXT / 4;
const DIRECTION = PORTS_AT + PORTS_TEXT / 4;

/** Octets that a line has at most: numbers, words, and what directions have in common. */
const LONGEST = 512;

const SPACES = 0x20202020;
const SPACE = 0x20;
const POINT = 0x2e;
const NEWLINE = 0x0a;
/** Octets that columns have at least. */
const NUMBER_WIDTH = 5;
const TIME_WIDTH = 10;
const ADDRESS_WIDTH = 12;
const TO = utf8(' → ');

const words = (text: string): Words => wordsOf(utf8(text));
const PROTOCOL_COLUMN = words('TCP ');
const ACK = words(' Ack=');
const WIN = words(' Win=');
const URG = words(' Urg=');
const LEN = words(' Len=');
const MSS = words(' MSS=');
const WS = words(' WS=');
const SACK_PERM = words(' SACK_PERM');
const OF_MESSAGE = words(' [TCP segment of a reassembled PDU]');
const TSVAL = words(' TSval=');
const TSECR = words(' TSecr=');

/** What nanoseconds are divided by to have so many digits of a second. */
const POWERS = Array.from({ length: 10 }, (_, digits) => 10 ** (9 - digits));

/** Writes lines. */
export class LineText {
  readonly #directions = new Int32Array(PLACES * DIRECTION);
  /** `ACK] Seq=`, by the flags. */
  readonly #flags = new Array<Words | undefined>(0x1000).fill(undefined);
  readonly #scratch = new TextSink();

  /**
   * Writes the lines of the records `[from, end)`.
   * @param ends whether each line is followed by its end
   */
  write(text: TextSink, view: DataView, from: number, end: number, ends: boolean): void {
    for (let at = from; at < end; ) {
      const head = view.getInt32(at, true);
      const kind = head & 0xff;
      if (kind === RECORD.SEGMENT) this.#segment(text, view, at);
      else if (kind === RECORD.ENDS) this.#keep(view, at);
      else if (kind === RECORD.BEGINNING) {
        text.reserve(LONGEST);
        text.length = this.#beginning(text.view, text.length, view, at);
      } else writeText(text, view, at);
      if (ends && (kind === RECORD.SEGMENT || kind === RECORD.TEXT)) text.octet(NEWLINE);
      at += head >>> 8;
    }
  }

  #segment(text: TextSink, record: DataView, at: number): void {
    text.reserve(LONGEST);
    const { view } = text;
    const direction = (record.getInt32(at + LINE.PLACE, true) & (PLACES - 1)) * DIRECTION;
    const bits = record.getInt32(at + LINE.FLAGS, true);
    let to = this.#beginning(view, text.length, record, at);
    to = putNumber(view, putWords(view, to, PROTOCOL_COLUMN), record.getUint32(at + LINE.LENGTH, true));
    to = this.#put(view, to, direction + PORTS_AT, this.#directions[direction + LENGTHS + 1]!);
    to = putNumber(view, putWords(view, to, this.#flagWords(bits & 0xfff)), record.getUint32(at + LINE.SEQ, true));
    if (bits & tcp.ACK) to = putNumber(view, putWords(view, to, ACK), record.getUint32(at + LINE.ACK, true));
    to = putNumber(view, putWords(view, to, WIN), record.getUint32(at + LINE.WINDOW, true));
    if (bits & tcp.URG) to = putNumber(view, putWords(view, to, URG), record.getUint32(at + LINE.URGENT, true));
    to = putNumber(view, putWords(view, to, LEN), record.getUint32(at + LINE.DATA, true));
    const options = at + LINE.OPTIONS;
    to = putOptions(view, to, record, options, options + record.getInt32(at + LINE.OPTIONS_LENGTH, true));
    text.length = bits & GOES_ON ? putWords(view, to, OF_MESSAGE) : to;
  }

  /** Writes the columns up to the addresses. @returns where they end */
  #beginning(view: DataView, from: number, record: DataView, at: number): number {
    const number = record.getUint32(at + LINE.NUMBER, true);
    const placeAndDigits = record.getInt32(at + LINE.PLACE, true);
    const direction = (placeAndDigits & (PLACES - 1)) * DIRECTION;
    let to = putNumber(view, putSpaces(view, from, NUMBER_WIDTH - digitsIn(number)), number);
    view.setUint8(to++, SPACE);
    const seconds = record.getUint32(at + LINE.SECONDS, true);
    to = putSeconds(view, to, seconds, record.getInt32(at + LINE.NANOSECONDS, true), placeAndDigits >>> 16);
    return this.#put(view, to, direction + ENDS_AT, this.#directions[direction + LENGTHS]!);
  }

  #flagWords(flags: number): Words {
    const known = this.#flags[flags];
    if (known !== undefined) return known;
    const text = this.#scratch;
    text.cut(0);
    text.octets(flagOctets(flags));
    text.add('] Seq=');
    const made = wordsOf(text.bytes.subarray(0, text.length));
    this.#flags[flags] = made;
    return made;
  }

  /** Writes one of a direction's texts. */
  #put(view: DataView, at: number, from: number, length: number): number {
    const directions = this.#directions;
    for (let i = 0; i < length; i += 4) view.setInt32(at + i, directions[from + (i >> 2)]!, true);
    return at + length;
  }

  /** Makes and keeps a direction's texts. */
  #keep(record: DataView, at: number): void {
    const direction = record.getInt32(at + ENDS.PLACE, true) * DIRECTION;
    const isIpv6 = record.getInt32(at + ENDS.IS_IPV6, true) === 1;
    const text = this.#scratch;
    text.cut(0);
    text.octet(SPACE);
    writeAddress(text, record, at + ENDS.SOURCE, isIpv6);
    text.padStart(1, ADDRESS_WIDTH);
    text.octets(TO);
    const from = text.length;
    writeAddress(text, record, at + ENDS.DESTINATION, isIpv6);
    text.padEnd(from, ADDRESS_WIDTH);
    text.octet(SPACE);
    this.#store(text, direction + LENGTHS, direction + ENDS_AT);
    text.cut(0);
    text.octet(SPACE);
    text.decimal(record.getInt32(at + ENDS.SOURCE_PORT, true));
    text.octets(TO);
    text.decimal(record.getInt32(at + ENDS.DESTINATION_PORT, true));
    text.add(' [');
    this.#store(text, direction + LENGTHS + 1, direction + PORTS_AT);
  }

  /** Stores a text, and its length in another place. */
  #store(text: TextSink, length: number, at: number): void {
    const directions = this.#directions;
    directions[length] = text.length;
    text.reserve(4);
    for (let i = 0; i < text.length; i += 4) directions[at + (i >> 2)] = text.view.getInt32(i, true);
  }
}

const writeAddress = (text: TextSink, record: DataView, at: number, isIpv6: boolean): void =>
  isIpv6 ? writeIpv6(text, record, at) : writeIpv4(text, record.getInt32(at));

function writeText(text: TextSink, record: DataView, at: number): void {
  const length = record.getInt32(at + TEXT.LENGTH, true);
  text.reserve(length + 4);
  for (let i = 0; i < length; i += 4)
    text.view.setInt32(text.length + i, record.getInt32(at + TEXT.OCTETS + i, true), true);
  text.length += length;
}

/** Writes the options that begin connections and stand in most segments, and no others. @returns where they end */
function putOptions(view: DataView, at: number, record: DataView, from: number, end: number): number {
  let to = at;
  for (let option = from; option < end; ) {
    const kind = record.getUint8(option);
    if (kind === TIMESTAMPS) to = putTimestamps(view, to, record, option + 2);
    else if (kind === MAXIMUM_SEGMENT_SIZE) to = putNumber(view, putWords(view, to, MSS), record.getUint16(option + 2));
    else if (kind === WINDOW_SCALE)
      to = putNumber(view, putWords(view, to, WS), 1 << smaller(record.getUint8(option + 2), MAX_SHIFT));
    else if (kind === SACK_PERMITTED) to = putWords(view, to, SACK_PERM);
    option += lengthAt(record, option, end);
  }
  return to;
}

function putTimestamps(view: DataView, at: number, record: DataView, from: number): number {
  const to = putNumber(view, putWords(view, at, TSVAL), record.getUint32(from));
  return putNumber(view, putWords(view, to, TSECR), record.getUint32(from + 4));
}

/** Writes seconds, cut to `digits` decimals, at the right end of their column. @returns where they end */
function putSeconds(view: DataView, from: number, whole: number, nanoseconds: number, digits: number): number {
  const width = digitsIn(whole) + (digits === 0 ? 0 : 1 + digits);
  const at = putNumber(view, putSpaces(view, from, TIME_WIDTH - width), whole);
  if (digits === 0) return at;
  view.setUint8(at, POINT);
  return putDigits(view, at + 1, (nanoseconds / POWERS[digits]!) | 0, digits);
}

/** Writes so many spaces, 0 to 12; none when there are fewer. @returns where they end */
function putSpaces(view: DataView, at: number, count: number): number {
  for (let i = 0; i < count; i += 4) view.setInt32(at + i, SPACES, true);
  return at + larger(0, count);
}
