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
 * below it (sent again, or late) stand apart in a short list that is looked through.
 *
 * Read first: RFC 9293 §3.4 (SND.UNA, SND.NXT); RFC 2018 §3.
 */

import { wholeNumber } from '../../core/ranges.ts';
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
  /** Whether the segment begins below the highest number seen from its sender: sent again, or late. */
  isRepeated: boolean;
}

/** Nothing said. */
export const makeAckFacts = (): AckFacts => ({
  acksFrame: 0,
  ackRtt: 0,
  initialRtt: -1,
  bytesInFlight: 0,
  pushBytesSent: 0,
  isRepeated: false,
});

/** Makes it say nothing again. */
export function clearAckFacts(facts: AckFacts): void {
  facts.acksFrame = 0;
  facts.ackRtt = 0;
  facts.initialRtt = -1;
  facts.bytesInFlight = 0;
  facts.pushBytesSent = 0;
  facts.isRepeated = false;
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
 * Words of a direction: the list in order and the one of the others, the highest number seen and whether one was, octets since PSH, flags,
 * octets selectively acknowledged.
 */
const DIRECTION = 11;
const ORDERED = 0;
const DISORDERED = 3;
const HIGHEST = 6;
const SEEN = 7;
const PUSHED = 8;
const STATE = 9;
const SACKED = 10;

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
  /** Free nodes (plus one), chained through OLDER; nodes from #touched on were never used. */
  #free = 0;
  #touched = 0;
  #sweep = 0;
  /** Two directions a conversation: `2 * record + from`. Only its latest stream is kept: of older ones no further segment can come. */
  #directions = new Int32Array(64 * DIRECTION);
  /** For each conversation: when its last SYN came, and the initial round-trip time; NaN for neither. */
  #synTimes = new Float64Array(32).fill(Number.NaN);
  #initialRtts = new Float64Array(32).fill(Number.NaN);

  /** @throws TcplabError EINVAL when a limit is out of its range */
  constructor(options: AcknowledgmentOptions = {}) {
    this.limit = wholeNumber('unacknowledged', options.unacknowledged ?? 65_536, 0, 1 << 26);
    this.disorderedLimit = wholeNumber('disordered', options.disordered ?? 1_000, 1, 65_536);
  }

  /** A new stream begins in a conversation: what was kept of the one before is forgotten. */
  begin(record: number): void {
    if (record >= this.#synTimes.length) return;
    const from = 2 * record * DIRECTION;
    for (const direction of [from, from + DIRECTION])
      for (const list of [direction + ORDERED, direction + DISORDERED])
        while (this.#directions[list + TAIL] !== 0) this.#remove(this.#directions[list + TAIL]!);
    this.#directions.fill(0, from, from + 2 * DIRECTION);
    this.#synTimes[record] = Number.NaN;
    this.#initialRtts[record] = Number.NaN;
  }

  /** Takes the next segment, of the conversation that has this record, `time` nanoseconds after the conversation's first, and says what it says. */
  take(segment: Segment, record: number, time: number, facts: AckFacts): void {
    if (this.limit === 0) return;
    if (record >= this.#synTimes.length) this.#grow(record);
    this.#time = time;
    this.#handshake(segment, record, facts);
    const mine = (2 * record + segment.from) * DIRECTION;
    const other = (2 * record + 1 - segment.from) * DIRECTION;
    const { flags, seq, length } = segment;
    const directions = this.#directions;
    const octets = length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
    const nextSeq = (seq + octets) | 0;
    if (directions[mine + SEEN] === 1) {
      facts.isRepeated = before(seq, directions[mine + HIGHEST]!);
      if (after(seq, directions[mine + HIGHEST]!) && (flags & RST) === 0) directions[mine + STATE]! |= GAP;
    }
    if (octets > 0) this.#add(mine, nextSeq, segment);
    if (directions[mine + SEEN] === 0 || after(nextSeq, directions[mine + HIGHEST]!)) {
      directions[mine + HIGHEST] = nextSeq;
      directions[mine + SEEN] = 1;
    }
    if (flags & ACK) this.#acknowledge(other, segment, facts);
    if (length > 0) this.#inFlight(mine, segment, facts);
  }

  #handshake(segment: Segment, record: number, facts: AckFacts): void {
    if ((segment.flags & (SYN | ACK)) === SYN) this.#synTimes[record] = this.#time;
    else if ((segment.flags & (SYN | ACK)) === ACK && Number.isNaN(this.#initialRtts[record]!))
      this.#initialRtts[record] = this.#time - this.#synTimes[record]!;
    const rtt = this.#initialRtts[record]!;
    if (!Number.isNaN(rtt)) facts.initialRtt = rtt;
  }

  #acknowledge(direction: number, segment: Segment, facts: AckFacts): void {
    const nodes = this.#nodes;
    const { ack } = segment;
    for (let node = this.#directions[direction + ORDERED + TAIL]!; node !== 0; ) {
      if (notBefore(nodes[(node - 1) * NODE + SEQ]!, ack)) break;
      node = this.#acknowledgeNode(node, segment, facts);
    }
    for (let node = this.#directions[direction + DISORDERED + TAIL]!; node !== 0; )
      node = this.#acknowledgeNode(node, segment, facts);
    this.#directions[direction + STATE]! &= ~GAP;
    let sacked = 0;
    const { sackCount, sackBlocks } = segment.options;
    for (let i = 0; i < sackCount; i++)
      if (after(sackBlocks[2 * i]!, ack)) sacked += distance(sackBlocks[2 * i + 1]!, sackBlocks[2 * i]!);
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
    facts.pushBytesSent = directions[mine + PUSHED]!;
  }

  #add(direction: number, nextSeq: number, segment: Segment): void {
    const node = this.#take();
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

  #take(): number {
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
    this.#remove(node);
    this.forgotten++;
    return this.#take();
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

  #grow(record: number): void {
    let size = this.#synTimes.length;
    while (size <= record) size *= 2;
    this.#directions = doubled(this.#directions, new Int32Array(2 * size * DIRECTION));
    this.#synTimes = doubled(this.#synTimes, new Float64Array(size).fill(Number.NaN));
    this.#initialRtts = doubled(this.#initialRtts, new Float64Array(size).fill(Number.NaN));
  }
}

/** The values of one array moved to the beginning of a longer one. */
function doubled<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
