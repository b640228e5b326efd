/**
 * The list lines of plain frames, in the usual columns without colours: the commonest by far. What such a line says is put into records of numbers, for whoever writes it (line-text.ts); what lines of one
 * connection and direction have in common (addresses, ports) is put there once, as numbers. Not here: all other lines (packet-list.ts), which are the same where both can write them.
 */
import { TextSink } from '../../core/text-sink.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as tcp from '../../wire/tcp.ts';
import { lengthAt, MSS, NOP, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE } from '../../wire/tcp-options.ts';
import type { Hint } from './column-hint.ts';
import { writeInfo, writeProtocol } from './columns.ts';
import type { Dissection } from './dissection.ts';
import { hintOf } from './info/hint.ts';
import { ENDS, GOES_ON, LINE, type LineRecords, PLACES, putHead, putText, RECORD } from './line-record.ts';
import { PROTOCOL } from './protocol.ts';
import type { Segment } from './segment.ts';

/** Layers of a plain frame: the one that the line is about, and the one that it is in. */
const NETWORK = 2;
const TRANSPORT = 3;

/** The most that a number of a record holds. */
const MOST = 0xffffffff;

const SPACE = 0x20;

/** NOP NOP timestamps (RFC 7323 appendix A). */
const TIMESTAMPS_ALONE = 0x0101080a;

/** Puts what lines of plain frames say into records. */
export class PlainLine {
  /** Which direction stands at a place: twice its stream, and whether it is the answering one; -1 none's. */
  readonly #owners = new Int32Array(PLACES).fill(-1);
  readonly #scratch = new TextSink();

  /**
   * Puts a frame's line, with the time since the capture's first frame in so many digits.
   * @returns false, and nothing is put, when it is not a line of this kind
   */
  put(records: LineRecords, dissection: Dissection, timeDigits: number): boolean {
    const { segment, packet, first } = dissection;
    if (!dissection.isPlain || segment === undefined || packet.number > MOST || !packet.hasTime) return false;
    const nanoseconds = packet.nanoseconds - first.nanoseconds;
    const seconds = packet.seconds - first.seconds - (nanoseconds < 0 ? 1 : 0);
    if (seconds < 0 || seconds > MOST) return false;
    const place = this.#placeOf(records, dissection, segment);
    records.reserve(LINE.SIZE);
    const { view, at } = records;
    view.setInt32(at + LINE.NUMBER, packet.number, true);
    view.setInt32(at + LINE.SECONDS, seconds, true);
    view.setInt32(at + LINE.NANOSECONDS, nanoseconds < 0 ? nanoseconds + 1e9 : nanoseconds, true);
    view.setInt32(at + LINE.PLACE, place | (timeDigits << 16), true);
    const hint = hintOf(dissection, TRANSPORT);
    if (hint === undefined && dissection.usesAce[TRANSPORT] === 0) {
      const end = putSegment(view, at, dissection, segment);
      if (end > 0) {
        records.at = putHead(view, at, RECORD.SEGMENT, end - at);
        return true;
      }
    }
    records.at = putHead(view, at, RECORD.BEGINNING, LINE.TAIL);
    this.#putRest(records, dissection, hint);
    return true;
  }

  /** The columns from the protocol on, as text. */
  #putRest(records: LineRecords, dissection: Dissection, hint: Hint | undefined): void {
    const text = this.#scratch;
    text.cut(0);
    writeProtocol(text, dissection, TRANSPORT, hint);
    text.octet(SPACE);
    text.decimal(dissection.packet.originalLength);
    text.octet(SPACE);
    writeInfo(text, dissection, TRANSPORT, hint);
    putText(records, text);
  }

  /** Where a direction is; it is put there when it is not. */
  #placeOf(records: LineRecords, dissection: Dissection, segment: Segment): number {
    const owner = 2 * dissection.streams[TRANSPORT]! + segment.from;
    const place = owner & (PLACES - 1);
    if (this.#owners[place] !== owner) {
      this.#owners[place] = owner;
      this.#putEnds(records, dissection, place);
    }
    return place;
  }

  #putEnds(records: LineRecords, dissection: Dissection, place: number): void {
    records.reserve(ENDS.SIZE);
    const { view, at } = records;
    const packet = dissection.packet.view;
    const network = dissection.starts[NETWORK]!;
    const ports = dissection.starts[TRANSPORT]!;
    const isIpv6 = dissection.protocols[NETWORK] === PROTOCOL.IPV6;
    view.setInt32(at + ENDS.PLACE, place, true);
    view.setInt32(at + ENDS.IS_IPV6, isIpv6 ? 1 : 0, true);
    view.setInt32(at + ENDS.SOURCE_PORT, tcp.sourcePort(packet, ports), true);
    view.setInt32(at + ENDS.DESTINATION_PORT, tcp.destinationPort(packet, ports), true);
    if (isIpv6) {
      for (let i = 0; i < 16; i += 4) {
        view.setInt32(at + ENDS.SOURCE + i, packet.getInt32(ipv6.sourceAt(network) + i));
        view.setInt32(at + ENDS.DESTINATION + i, packet.getInt32(ipv6.destinationAt(network) + i));
      }
    } else {
      view.setInt32(at + ENDS.SOURCE, ipv4.source(packet, network));
      view.setInt32(at + ENDS.DESTINATION, ipv4.destination(packet, network));
    }
    records.at = putHead(view, at, RECORD.ENDS, ENDS.SIZE);
  }
}

/** Puts what is left of a segment's line. @returns where it ends; -1: it is none of the commonest kind */
function putSegment(view: DataView, at: number, dissection: Dissection, segment: Segment): number {
  const packet = dissection.packet.view;
  const options = dissection.starts[TRANSPORT]! + tcp.HEADER;
  const end = dissection.payloads[TRANSPORT]!;
  if (!areUsual(packet, options, end)) return -1;
  view.setInt32(at + LINE.LENGTH, dissection.packet.originalLength, true);
  view.setInt32(at + LINE.FLAGS, segment.flags | (dissection.parts.goesOn ? GOES_ON : 0), true);
  view.setInt32(at + LINE.SEQ, segment.relativeSeq, true);
  view.setInt32(at + LINE.ACK, segment.relativeAck, true);
  view.setInt32(at + LINE.WINDOW, segment.window, true);
  view.setInt32(at + LINE.URGENT, segment.urgentPointer, true);
  view.setInt32(at + LINE.DATA, segment.length, true);
  view.setInt32(at + LINE.OPTIONS_LENGTH, end - options, true);
  let to = at + LINE.OPTIONS;
  for (let from = options; from < end; from += 4, to += 4) view.setInt32(to, packet.getInt32(from));
  return to;
}

/** Whether options are those that begin connections and stand in most segments. */
function areUsual(packet: DataView, from: number, end: number): boolean {
  if (end - from === 12 && packet.getInt32(from) === TIMESTAMPS_ALONE) return true;
  for (let option = from; option < end; ) {
    const kind = packet.getUint8(option);
    const length = lengthAt(packet, option, end);
    const isUsual =
      kind === NOP ||
      (kind === TIMESTAMPS && length === 10) ||
      (kind === MSS && length === 4) ||
      (kind === WINDOW_SCALE && length === 3) ||
      (kind === SACK_PERMITTED && length === 2);
    if (!isUsual) return false;
    option += length;
  }
  return true;
}
