/**
 * The segments that are in flight, one by one, and what is known of each: whether the peer has it, whether it is lost, whether it goes again. Read first: RFC 6675 §3 (scoreboard),
 * §4 (pipe); RFC 8985 §5 (what RACK keeps of each). Not here: what follows from it (segment-recovery.ts), what is lost (rack.ts).
 */
import { after, distance, latest, notAfter, type Seq } from '../../../core/sequence.ts';
import type { Micros } from '../../../core/time.ts';

/** A segment in flight. */
export interface Flying {
  from: Seq;
  end: Seq;
  /** When it was sent, or sent again. */
  at: Micros;
  /** The peer has it, though not all before it. */
  sacked: boolean;
  /** It is taken for lost. */
  lost: boolean;
  /** It has been sent again, and that is in flight. */
  again: boolean;
  /** It has ever been sent again. */
  repeated: boolean;
}

/** Acknowledged segments at the front of the list before it is cut. */
const SLACK = 64;

/** Those of one connection. */
export class Scoreboard {
  #segments: Flying[] = [];
  #first = 0;
  /** How many the peer has beyond a hole; are lost; go again. */
  sacked = 0;
  lost = 0;
  again = 0;

  /** Segments that are not acknowledged. */
  get count(): number {
    return this.#segments.length - this.#first;
  }

  /** Segments in the network, by all that is known (RFC 6675 §4: pipe). */
  get inFlight(): number {
    return this.count - this.sacked - this.lost + this.again;
  }

  /** The `i`th that is not acknowledged. */
  at(i: number): Flying | undefined {
    return this.#segments[this.#first + i];
  }

  /** A new segment has been sent. */
  add(from: Seq, end: Seq, at: Micros): void {
    this.#segments.push({ from, end, at, sacked: false, lost: false, again: false, repeated: false });
  }

  /** Takes the first one, if an acknowledgment covers it whole; one of which it covers the beginning becomes shorter. */
  takeAcknowledged(ack: Seq): Flying | undefined {
    const segment = this.#segments[this.#first];
    if (segment === undefined) return undefined;
    if (after(segment.end, ack)) {
      segment.from = latest(segment.from, ack);
      return undefined;
    }
    this.#first++;
    if (this.#first > SLACK && this.#first * 2 > this.#segments.length) {
      this.#segments = this.#segments.slice(this.#first);
      this.#first = 0;
    }
    if (segment.sacked) this.sacked--;
    if (segment.lost) this.lost--;
    if (segment.again) this.again--;
    return segment;
  }

  /** Number behind the last octet that the peer is known to have beyond a hole; `una` where there is none. */
  highest(una: Seq): Seq {
    if (this.sacked === 0) return una;
    let last = this.count - 1;
    while (!this.at(last)!.sacked) last--;
    return this.at(last)!.end;
  }

  /** A segment is lost, or its repetition is, unless it has come. */
  lose(segment: Flying): void {
    if (segment.sacked) return;
    if (!segment.lost) {
      segment.lost = true;
      this.lost++;
    } else if (segment.again) this.forgetRepetition(segment);
  }

  /** The peer has a segment. What is not lost may still be in flight a second time. */
  arrive(segment: Flying): void {
    segment.sacked = true;
    this.sacked++;
    if (!segment.lost) return;
    segment.lost = false;
    this.lost--;
    if (segment.again) this.forgetRepetition(segment);
  }

  /** What was sent again has arrived, too. */
  forgetRepetition(segment: Flying): void {
    segment.again = false;
    this.again--;
  }

  /** The peer has thrown away what it had. */
  forgetArrivals(): void {
    for (let i = this.#first; i < this.#segments.length; i++) this.#segments[i]!.sacked = false;
    this.sacked = 0;
  }

  /** A segment goes in two: both are what it was. */
  split(segment: Flying, at: Seq): void {
    const rest = { ...segment, from: at };
    segment.end = at;
    if (rest.sacked) this.sacked++;
    if (rest.lost) this.lost++;
    if (rest.again) this.again++;
    this.#segments.splice(this.#segments.indexOf(segment, this.#first) + 1, 0, rest);
  }

  /** A segment has been sent again. */
  repeat(segment: Flying, at: Micros): void {
    if (!segment.again) this.again++;
    segment.again = true;
    segment.repeated = true;
    segment.at = at;
  }

  /** None is lost after all. */
  forgetLosses(): void {
    for (let i = this.#first; i < this.#segments.length; i++) this.#segments[i]!.lost = false;
    this.lost = 0;
  }

  /** Joins a short segment with those that follow, while they fit into `most` octets and the peer has none of them. */
  join(segment: Flying, most: number): void {
    const at = this.#segments.indexOf(segment, this.#first);
    for (let next = this.#segments[at + 1]; next !== undefined && !next.sacked; next = this.#segments[at + 1]) {
      if (((next.end - segment.from) | 0) > most || !notAfter(next.from, segment.end)) return;
      segment.end = next.end;
      segment.repeated ||= next.repeated;
      if (next.lost) this.lost--;
      if (next.again) this.again--;
      this.#segments.splice(at + 1, 1);
    }
  }

  /** What is lost is cut into segments of `mss` octets from its beginning on, as far as it is in one piece; what goes again already stays as it goes. */
  cutAnew(mss: number): void {
    for (let i = 0, segment = this.at(0); segment !== undefined; segment = this.at(++i)) {
      if (!segment.lost || segment.again) continue;
      for (let next = this.at(i + 1); next?.lost === true && !next.again; next = this.at(i + 1)) {
        segment.end = next.end;
        this.lost--;
        this.#segments.splice(this.#first + i + 1, 1);
      }
      if (distance(segment.end, segment.from) > mss) this.split(segment, (segment.from + mss) | 0);
    }
  }

  /** Whether repetitions are in flight, or the first segment has ever gone again. */
  get anyRepeated(): boolean {
    return this.again > 0 || this.at(0)?.repeated === true;
  }
}
