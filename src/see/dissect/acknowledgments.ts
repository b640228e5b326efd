/**
 * What a segment says about segments before it: which frame it acknowledges and after how long, what its sender has in flight, how much it
 * sent since its last PSH; tcp.analysis.acks_frame and its neighbours, by Wireshark's rules. Not here: labels (see/analysis).
 *
 * Each direction has two lists of the segments that were not acknowledged yet, newest first, in one bounded pool:
 *
 *     seq         nextSeq                         an ACK for nextSeq acknowledges the frame; one above drops it;
 *      |-----------|                              one inside moves seq up
 *
 * Those that followed on what was listed before stand in the order of their numbers: an ACK looks only at what it drops. Those that came
 * below it (sent again, or late) stand apart in a short list that is looked through. A direction of which there is nothing to remember takes
 * a word: most connections of a capture are over.
 *
 * Read first: RFC 9293 §3.4 (SND.UNA, SND.NXT); RFC 2018 §3.
 */

import { wholeNumber } from '../../core/ranges.ts';
import { int32Rows, Rows } from '../../core/rows.ts';
import { after, before, distance, notBefore } from '../../core/sequence.ts';
import { ACK, FIN, PSH, RST, SYN } from '../../wire/tcp.ts';
import type { Segment } from './segment.ts';

/** What a segment says about segments before it. */
export interface AckFacts {
  /** tcp.analysis.acks_frame: the frame whose segment this one acknowledges; 0 when none. */
  acksFrame: number;
  /** tcp.analysis.ack_rtt: nanoseconds between the two. */
  ackRtt: number;
  /** tcp.analysis.initial_rtt: nanoseconds from the SYN to the acknowledgment that ended the handshake; -1 when not known. */
  initialRtt: number;
  /** tcp.analysis.bytes_in_flight: octets sent and not yet acknowledged, this segment's among them; 0 when it is not known. */
  bytesInFlight: number;
  /** tcp.analysis.push_bytes_sent: octets sent since the last PSH, this segment's among them; 0 when that is not known. */
  pushBytesSent: number;
}

/** Nothing said. */
export const makeAckFacts = (): AckFacts => ({
  acksFrame: 0,
  ackRtt: 0,
  initialRtt: -1,
  bytesInFlight: 0,
  pushBytesSent: 0,
});

/** Makes it say nothing again. */
export function clearAckFacts(facts: AckFacts): void {
  facts.acksFrame = 0;
  facts.ackRtt = 0;
  facts.initialRtt = -1;
  facts.bytesInFlight = 0;
  facts.pushBytesSent = 0;
}

/** Limits of `Acknowledgments`. */
export interface AcknowledgmentOptions {
  /**
   * How many segments that wait for their acknowledgment are kept, over all streams; 0 (none: no facts) to 67,108,864, default 65,536, which
   * takes 2 MB when used. The oldest give way.
   */
  readonly unacknowledged?: number;
  /**
   * How many of those that each direction keeps may be out of order: sent again, or late; 1 to 65,536, default 1,000. Each ACK looks
   * through them all. The oldest give way.
   */
  readonly disordered?: number;
}

/** Words of a segment in the pool: its numbers, its frame, where its list begins, its neighbours (node plus one; 0 is none). */
const NODE = 6;
const SEQ = 0;
const NEXT_SEQ = 1;
const FRAME = 2;
const LIST = 3;
const NEWER = 4;
const OLDER = 5;

/**
 * Words of a direction: the list in order and the one of the others, octets since PSH, flags, octets selectively acknowledged, whose it is (twice the record, and which side).
 * Of a free one the first word is the next free one.
 */
const DIRECTION = 10;
const ORDERED = 0;
const DISORDERED = 3;
const PUSHED = 6;
const STATE = 7;
const SACKED = 8;
const OWNER = 9;

/** Words of a conversation: its directions (plus one; 0: nothing to remember). */
const CONVERSATION = 2;
/** Set in the first when its initial round-trip time is known: there are not so many directions. */
const KNOWN = 1 << 31;
const PLACE = ~KNOWN;

/** Octets that are remembered of a conversation of which nothing is outstanding: those words, and a time. */
export const ACKNOWLEDGMENT_OCTETS: number = 4 * CONVERSATION + 8;

/** Words of a list: its newest and its oldest segment (node plus one), how many they are. */
const HEAD = 0;
const TAIL = 1;
const COUNT = 2;

/** The last segment had PSH; octets in flight are not known, since a segment was not captured. */
const AFTER_PSH = 1;
const GAP = 2;

/** The lists. */
export class Acknowledgments {
  readonly limit: number;
  readonly disorderedLimit: number;
  /** Segments given up for newer ones before they were acknowledged. */
  forgotten = 0;
  /** How often a segment in a list was looked at: the work done so far. */
  looks = 0;
  #nodes = new Int32Array(64 * NODE);
  #times = new Float64Array(64);
  /** When the segment came that is looked at. */
  #time = 0;
  /** Whether the segment that is looked at acknowledged octets that were not acknowledged before, and whether it is known how far its own go. */
  #hasMoved = false;
  #isInFlight = false;
  /** Free nodes (plus one), chained through OLDER; nodes from #touched on were never used. */
  #free = 0;
  #touched = 0;
  #sweep = 0;
  /** The directions of which there is something to remember; free ones (plus one) are chained; those from #usedDirections on were never used. */
  #directions = new Int32Array(64 * DIRECTION);
  #freeDirection = 0;
  #usedDirections = 0;
  /** By record. Only its latest stream is kept: of older ones no further segment can come. */
  readonly #conversations = int32Rows(CONVERSATION);
  /** The initial round-trip time where it is known, else when the last SYN came; NaN for neither. */
  readonly #handshakes = new Rows(1, (words) => new Float64Array(words).fill(Number.NaN));

  /** @throws TcplabError EINVAL when a limit is out of its range */
  constructor(options: AcknowledgmentOptions = {}) {
    this.limit = wholeNumber('unacknowledged', options.unacknowledged ?? 65_536, 0, 1 << 26);
    this.disorderedLimit = wholeNumber('disordered', options.disordered ?? 1_000, 1, 65_536);
  }

  /** Octets that it takes. */
  get octets(): number {
    return (
      this.#nodes.byteLength +
      this.#times.byteLength +
      this.#directions.byteLength +
      this.#conversations.octets +
      this.#handshakes.octets
    );
  }

  /** A new stream begins in a conversation: what was kept of the one before is forgotten. */
  begin(record: number): void {
    if (this.limit === 0) return;
    this.#conversations.reserve(record);
    this.#handshakes.reserve(record);
    const page = this.#conversations.page(record);
    const at = this.#conversations.at(record);
    for (let side = 0; side < 2; side++) {
      const place = page[at + side]! & PLACE;
      if (place === 0) continue;
      const direction = (place - 1) * DIRECTION;
      for (const list of [direction + ORDERED, direction + DISORDERED])
        while (this.#directions[list + TAIL] !== 0) this.#remove(this.#directions[list + TAIL]!);
      this.#release(direction);
    }
    page[at] = 0;
    this.#handshakes.page(record)[this.#handshakes.at(record)] = Number.NaN;
  }

  /**
   * Takes the next segment, of the conversation that has this record and began, `time` nanoseconds after the conversation's first, and says what it says.
   * @param isAhead whether it begins above the highest number seen from its sender: something was not captured
   * @param isRepeated whether it begins below that: sent again, or late
   */
  take(segment: Segment, record: number, time: number, isAhead: boolean, isRepeated: boolean, facts: AckFacts): void {
    if (this.limit === 0) return;
    this.#time = time;
    this.#handshake(segment, record, facts);
    const mine = this.#directionOf(record, segment.from);
    const other = this.#directionOf(record, 1 - segment.from);
    const { flags, seq, length } = segment;
    // As in Wireshark, SYN and FIN in one segment are one.
    const octets = length + (flags & (SYN | FIN) ? 1 : 0);
    if (isAhead && (flags & RST) === 0) this.#directions[mine + STATE]! |= GAP;
    if (octets > 0) this.#add(mine, (seq + octets) | 0, segment);
    this.#hasMoved = false;
    this.#isInFlight = false;
    if (flags & ACK) this.#acknowledge(other, segment, facts);
    if (length > 0) this.#inFlight(mine, segment, facts);
    if (this.#isPlain(segment, isAhead || isRepeated, facts)) facts.initialRtt = -1;
    if (this.#isForgettable(mine)) this.#release(mine);
    if (this.#isForgettable(other)) this.#release(other);
  }

  #handshake(segment: Segment, record: number, facts: AckFacts): void {
    const page = this.#conversations.page(record);
    const known = this.#conversations.at(record);
    const times = this.#handshakes.page(record);
    const at = this.#handshakes.at(record);
    const kind = segment.flags & (SYN | ACK);
    if ((page[known]! & KNOWN) === 0) {
      if (kind === SYN) times[at] = this.#time;
      if (kind !== ACK || Number.isNaN(times[at]!)) return;
      times[at] = this.#time - times[at]!;
      page[known]! |= KNOWN;
    }
    facts.initialRtt = times[at]!;
  }

  /**
   * Whether there is nothing to say of a segment, so that Wireshark does not tell its initial round-trip time either. Of an ACK alone that is known when it moved on:
   * others are mostly duplicates and window updates.
   */
  #isPlain({ flags, length, windowField }: Segment, isOutOfOrder: boolean, facts: AckFacts): boolean {
    if (facts.acksFrame !== 0 || this.#isInFlight || flags & SYN) return false;
    if (flags & RST) return true;
    return !isOutOfOrder && (length > 0 || (flags & FIN) !== 0 || (this.#hasMoved && windowField !== 0));
  }

  /** Where a conversation's direction is; it is given a place when it has none. */
  #directionOf(record: number, side: number): number {
    const page = this.#conversations.page(record);
    const at = this.#conversations.at(record) + side;
    const known = page[at]! & PLACE;
    if (known !== 0) return (known - 1) * DIRECTION;
    let place = this.#freeDirection;
    if (place !== 0) this.#freeDirection = this.#directions[(place - 1) * DIRECTION]!;
    else {
      place = ++this.#usedDirections;
      if (place * DIRECTION > this.#directions.length)
        this.#directions = doubled(this.#directions, new Int32Array(2 * this.#directions.length));
    }
    page[at]! |= place;
    const direction = (place - 1) * DIRECTION;
    this.#directions.fill(0, direction, direction + OWNER);
    this.#directions[direction + OWNER] = 2 * record + side;
    return direction;
  }

  /** Whether a direction is as one that has no place. */
  #isForgettable(direction: number): boolean {
    const directions = this.#directions;
    return (
      directions[direction + ORDERED + TAIL] === 0 &&
      directions[direction + DISORDERED + TAIL] === 0 &&
      directions[direction + SACKED] === 0 &&
      (directions[direction + STATE]! & GAP) === 0 &&
      (directions[direction + PUSHED] === 0 || (directions[direction + STATE]! & AFTER_PSH) !== 0)
    );
  }

  /** Whether two directions are of the same conversation. */
  #areOfOne(a: number, b: number): boolean {
    return this.#directions[a + OWNER]! >> 1 === this.#directions[b + OWNER]! >> 1;
  }

  #release(direction: number): void {
    const owner = this.#directions[direction + OWNER]!;
    const record = owner >> 1;
    this.#conversations.page(record)[this.#conversations.at(record) + (owner & 1)]! &= KNOWN;
    this.#directions[direction] = this.#freeDirection;
    this.#freeDirection = direction / DIRECTION + 1;
  }

  #acknowledge(direction: number, segment: Segment, facts: AckFacts): void {
    const nodes = this.#nodes;
    const { ack } = segment;
    for (let node = this.#directions[direction + ORDERED + TAIL]!; node !== 0; ) {
      if (notBefore(nodes[(node - 1) * NODE + SEQ]!, ack)) break;
      node = this.#acknowledgeNode(node, segment, facts);
      this.#hasMoved = true;
    }
    for (let node = this.#directions[direction + DISORDERED + TAIL]!; node !== 0; )
      node = this.#acknowledgeNode(node, segment, facts);
    this.#directions[direction + STATE]! &= ~GAP;
    let sacked = 0;
    const { sackCount, sackBlocks } = segment.options;
    // As in Wireshark, also a block that only tells of a duplicate counts.
    for (let i = 0; i < sackCount; i++) sacked += distance(sackBlocks[2 * i + 1]!, sackBlocks[2 * i]!);
    this.#directions[direction + SACKED] = sacked;
  }

  /** What an ACK does to one segment of a list. @returns the next newer one */
  #acknowledgeNode(node: number, segment: Segment, facts: AckFacts): number {
    this.looks++;
    const nodes = this.#nodes;
    const { ack } = segment;
    const at = (node - 1) * NODE;
    const newer = nodes[at + NEWER]!;
    if (notBefore(ack, nodes[at + NEXT_SEQ]!)) {
      // Of a segment that was sent twice the first is meant.
      if (ack === nodes[at + NEXT_SEQ] && (facts.acksFrame === 0 || nodes[at + FRAME]! < facts.acksFrame)) {
        facts.acksFrame = nodes[at + FRAME]!;
        facts.ackRtt = this.#time - this.#times[node - 1]!;
      }
      this.#remove(node);
    } else if (after(ack, nodes[at + SEQ]!)) nodes[at + SEQ] = ack;
    return newer;
  }

  #inFlight(mine: number, segment: Segment, facts: AckFacts): void {
    const directions = this.#directions;
    if (directions[mine + STATE]! & GAP) return;
    if (directions[mine + STATE]! & AFTER_PSH) directions[mine + PUSHED] = 0;
    directions[mine + STATE]! &= ~AFTER_PSH;
    directions[mine + PUSHED]! += segment.length;
    if (segment.flags & PSH) directions[mine + STATE]! |= AFTER_PSH;
    const nodes = this.#nodes;
    const ordered = directions[mine + ORDERED + HEAD]!;
    const disordered = directions[mine + DISORDERED + HEAD]!;
    if (ordered === 0 && disordered === 0) return;
    this.#isInFlight = true;
    let first = nodes[((ordered === 0 ? disordered : directions[mine + ORDERED + TAIL]!) - 1) * NODE + SEQ]!;
    let last = nodes[((ordered === 0 ? disordered : ordered) - 1) * NODE + NEXT_SEQ]!;
    for (let node = disordered; node !== 0; node = nodes[(node - 1) * NODE + OLDER]!) {
      this.looks++;
      const at = (node - 1) * NODE;
      if (before(nodes[at + SEQ]!, first)) first = nodes[at + SEQ]!;
      if (after(nodes[at + NEXT_SEQ]!, last)) last = nodes[at + NEXT_SEQ]!;
    }
    const octets = distance(last, first) - directions[mine + SACKED]! - (segment.flags & (SYN | FIN) ? 1 : 0);
    facts.bytesInFlight = Math.max(0, octets);
    // Where nothing is in flight, Wireshark tells of neither.
    if (octets > 0) facts.pushBytesSent = directions[mine + PUSHED]!;
  }

  #add(direction: number, nextSeq: number, segment: Segment): void {
    const node = this.#take(direction);
    const nodes = this.#nodes;
    const directions = this.#directions;
    const at = (node - 1) * NODE;
    const newest = directions[direction + ORDERED + HEAD]!;
    const follows = newest === 0 || notBefore(segment.seq, nodes[(newest - 1) * NODE + NEXT_SEQ]!);
    const list = direction + (follows ? ORDERED : DISORDERED);
    const head = directions[list + HEAD]!;
    nodes[at + SEQ] = segment.seq;
    nodes[at + NEXT_SEQ] = nextSeq;
    nodes[at + FRAME] = segment.frame;
    nodes[at + LIST] = list;
    nodes[at + NEWER] = 0;
    nodes[at + OLDER] = head;
    if (head !== 0) nodes[(head - 1) * NODE + NEWER] = node;
    else directions[list + TAIL] = node;
    directions[list + HEAD] = node;
    directions[list + COUNT]!++;
    this.#times[node - 1] = this.#time;
    if (follows || directions[list + COUNT]! <= this.disorderedLimit) return;
    this.#remove(directions[list + TAIL]!);
    this.forgotten++;
  }

  /** A node for a direction. */
  #take(taker: number): number {
    if (this.#free !== 0) {
      const node = this.#free;
      this.#free = this.#nodes[(node - 1) * NODE + OLDER]!;
      return node;
    }
    if (this.#touched < this.limit) {
      const node = ++this.#touched;
      if (node * NODE > this.#nodes.length) {
        this.#nodes = doubled(this.#nodes, new Int32Array(2 * this.#nodes.length));
        this.#times = doubled(this.#times, new Float64Array(2 * this.#times.length));
      }
      return node;
    }
    // All are in use: places are taken again in turn, which gives up about the oldest.
    const node = (this.#sweep++ % this.limit) + 1;
    const list = this.#nodes[(node - 1) * NODE + LIST]!;
    this.#remove(node);
    this.forgotten++;
    const direction = list - (list % DIRECTION);
    if (!this.#areOfOne(direction, taker) && this.#isForgettable(direction)) this.#release(direction);
    return this.#take(taker);
  }

  #remove(node: number): void {
    const nodes = this.#nodes;
    const at = (node - 1) * NODE;
    const newer = nodes[at + NEWER]!;
    const older = nodes[at + OLDER]!;
    const list = nodes[at + LIST]!;
    if (newer === 0) this.#directions[list + HEAD] = older;
    else nodes[(newer - 1) * NODE + OLDER] = older;
    if (older === 0) this.#directions[list + TAIL] = newer;
    else nodes[(older - 1) * NODE + NEWER] = newer;
    this.#directions[list + COUNT]!--;
    nodes[at + OLDER] = this.#free;
    this.#free = node;
  }
}

/** The values of one array moved to the beginning of a longer one. */
function doubled<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
