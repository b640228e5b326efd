/**
 * The list lines of plain frames, in the usual columns without colours: the commonest by far, written by words of four octets. What a line of one connection and direction
 * has in common with the next (addresses, ports) is made once and copied; the numbers of a segment without options, or with timestamps alone, are written in one go. Not
 * here: all other lines (packet-list.ts), which are the same where both can write them.
 */
import { larger, smaller } from '../../core/least.ts';
import { TextSink, utf8 } from '../../core/text-sink.ts';
import { digitsIn, putDigits, putNumber, putWords, type Words, wordsOf } from '../../core/text-words.ts';
import * as tcp from '../../wire/tcp.ts';
import {
  lengthAt,
  MSS as MAXIMUM_SEGMENT_SIZE,
  NOP,
  SACK_PERMITTED,
  TIMESTAMPS,
  WINDOW_SCALE,
} from '../../wire/tcp-options.ts';
import { writeDestination, writeInfo, writeProtocol, writeSource } from './columns.ts';
import { MAX_SHIFT } from './conversations.ts';
import type { Dissection } from './dissection.ts';
import { hintOf } from './info/hint.ts';
import { flagOctets } from './names.ts';
import type { Segment } from './segment.ts';

/** The layer of a plain frame that the line is about. */
const TRANSPORT = 3;

/** How many directions of connections are remembered, a power of two; a newer one takes the place of an older one. */
const REMEMBERED = 2048;

/** Words of a direction: octets of its two texts, and the texts: ` 10.0.0.1 → 10.0.0.2 `, of 85 octets at the most, and ` 1024 → 80 [`, of 18. */
const DIRECTION = 32;
const LENGTHS = 0;
const ENDS = 2;
const PORTS = 25;

/** Octets that a line has at most: numbers, words, and what is remembered. */
const LONGEST = 512;

const SPACE = 0x20;
const SPACES = 0x20202020;
const POINT = 0x2e;
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
const GOES_ON = words(' [TCP segment of a reassembled PDU]');
const TSVAL = words(' TSval=');
const TSECR = words(' TSecr=');

/** NOP NOP timestamps (RFC 7323 appendix A). */
const TIMESTAMPS_ALONE = 0x0101080a;

/** What nanoseconds are divided by to have so many digits of a second. */
const POWERS = Array.from({ length: 10 }, (_, digits) => 10 ** (9 - digits));

/** Writes lines of plain frames. */
export class PlainLine {
  /** Which direction's texts stand at a place: twice its stream, and whether it is the answering one; -1 none's. */
  readonly #owners = new Int32Array(REMEMBERED).fill(-1);
  readonly #directions = new Int32Array(REMEMBERED * DIRECTION);
  /** `ACK] Seq=`, by the flags. */
  readonly #flags = new Array<Words | undefined>(0x1000).fill(undefined);
  readonly #scratch = new TextSink();

  /**
   * Writes a frame's line, without a line's end, with the time since the capture's first frame in so many digits.
   * @returns false, and nothing is written, when it is not a line of this kind
   */
  write(text: TextSink, dissection: Dissection, timeDigits: number): boolean {
    const { segment, packet, time } = dissection;
    if (!dissection.isPlain || segment === undefined || time < 0) return false;
    const direction = this.#directionOf(dissection, segment);
    text.reserve(LONGEST);
    const { view } = text;
    const { number } = packet;
    let to = putNumber(view, putSpaces(view, text.length, NUMBER_WIDTH - digitsIn(number)), number);
    view.setUint8(to++, SPACE);
    to = putSeconds(view, to, time, timeDigits);
    to = this.#put(view, to, direction + ENDS, this.#directions[direction + LENGTHS]!);
    text.length = to;
    const hint = hintOf(dissection, TRANSPORT);
    if (hint !== undefined || !this.#writeNumbers(text, dissection, segment, direction)) {
      writeProtocol(text, dissection, TRANSPORT, hint);
      text.octet(SPACE);
      text.decimal(packet.originalLength);
      text.octet(SPACE);
      writeInfo(text, dissection, TRANSPORT, hint);
    }
    return true;
  }

  /** Writes the columns from the protocol on. @returns false, and nothing is written, when it is no segment of the commonest kind */
  #writeNumbers(text: TextSink, dissection: Dissection, segment: Segment, direction: number): boolean {
    if (dissection.usesAce[TRANSPORT] === 1) return false;
    const { packet } = dissection;
    const options = dissection.starts[TRANSPORT]! + tcp.HEADER;
    const end = dissection.payloads[TRANSPORT]!;
    const { view } = text;
    let to = putNumber(view, putWords(view, text.length, PROTOCOL_COLUMN), packet.originalLength);
    to = this.#put(view, to, direction + PORTS, this.#directions[direction + LENGTHS + 1]!);
    to = putNumber(view, putWords(view, to, this.#flagWords(segment.flags)), segment.relativeSeq);
    if (segment.flags & tcp.ACK) to = putNumber(view, putWords(view, to, ACK), segment.relativeAck);
    to = putNumber(view, putWords(view, to, WIN), segment.window);
    if (segment.flags & tcp.URG) to = putNumber(view, putWords(view, to, URG), segment.urgentPointer);
    to = putNumber(view, putWords(view, to, LEN), segment.length);
    to = putOptions(view, to, packet.view, options, end);
    if (to < 0) return false;
    text.length = dissection.parts.goesOn ? putWords(view, to, GOES_ON) : to;
    return true;
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

  /** Where a direction's texts are; they are made when they are not there. */
  #directionOf(dissection: Dissection, segment: Segment): number {
    const owner = 2 * dissection.streams[TRANSPORT]! + segment.from;
    const place = owner & (REMEMBERED - 1);
    if (this.#owners[place] !== owner) {
      this.#owners[place] = owner;
      this.#make(dissection, place * DIRECTION);
    }
    return place * DIRECTION;
  }

  #make(dissection: Dissection, direction: number): void {
    const text = this.#scratch;
    const { view } = dissection.packet;
    const at = dissection.starts[TRANSPORT]!;
    text.cut(0);
    text.octet(SPACE);
    writeSource(text, dissection);
    text.padStart(1, ADDRESS_WIDTH);
    text.octets(TO);
    const from = text.length;
    writeDestination(text, dissection);
    text.padEnd(from, ADDRESS_WIDTH);
    text.octet(SPACE);
    this.#keep(text, direction + LENGTHS, direction + ENDS);
    text.cut(0);
    text.octet(SPACE);
    text.decimal(tcp.sourcePort(view, at));
    text.octets(TO);
    text.decimal(tcp.destinationPort(view, at));
    text.add(' [');
    this.#keep(text, direction + LENGTHS + 1, direction + PORTS);
  }

  #keep(text: TextSink, length: number, at: number): void {
    this.#directions[length] = text.length;
    for (let i = 0; i < text.length; i += 4) this.#directions[at + (i >> 2)] = text.view.getInt32(i, true);
  }
}

/** Writes the options that begin connections and stand in most segments. @returns where they end; -1: there are others */
function putOptions(view: DataView, at: number, packet: DataView, from: number, end: number): number {
  if (end - from === 12 && packet.getInt32(from) === TIMESTAMPS_ALONE) return putTimestamps(view, at, packet, from + 4);
  let to = at;
  for (let option = from; option < end; ) {
    const kind = packet.getUint8(option);
    const length = lengthAt(packet, option, end);
    if (kind === TIMESTAMPS && length === 10) to = putTimestamps(view, to, packet, option + 2);
    else if (kind === MAXIMUM_SEGMENT_SIZE && length === 4)
      to = putNumber(view, putWords(view, to, MSS), packet.getUint16(option + 2));
    else if (kind === WINDOW_SCALE && length === 3)
      to = putNumber(view, putWords(view, to, WS), 1 << smaller(packet.getUint8(option + 2), MAX_SHIFT));
    else if (kind === SACK_PERMITTED && length === 2) to = putWords(view, to, SACK_PERM);
    else if (kind !== NOP) return -1;
    option += length;
  }
  return to;
}

function putTimestamps(view: DataView, at: number, packet: DataView, from: number): number {
  const to = putNumber(view, putWords(view, at, TSVAL), packet.getUint32(from));
  return putNumber(view, putWords(view, to, TSECR), packet.getUint32(from + 4));
}

/** Writes nanoseconds as seconds, cut to `digits` decimals, at the right end of their column. @returns where they end */
function putSeconds(view: DataView, from: number, nanoseconds: number, digits: number): number {
  const whole = Math.floor(nanoseconds / 1e9);
  const width = digitsIn(whole) + (digits === 0 ? 0 : 1 + digits);
  const at = putNumber(view, putSpaces(view, from, TIME_WIDTH - width), whole);
  if (digits === 0) return at;
  view.setUint8(at, POINT);
  return putDigits(view, at + 1, Math.floor((nanoseconds - whole * 1e9) / POWERS[digits]!), digits);
}

/** Writes so many spaces, 0 to 12; none when there are fewer. @returns where they end */
function putSpaces(view: DataView, at: number, count: number): number {
  for (let i = 0; i < count; i += 4) view.setInt32(at + i, SPACES, true);
  return at + larger(0, count);
}
