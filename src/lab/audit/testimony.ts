/**
 * What connections said with each frame, and when each frame came: what all captures of an audit know together, and what one of them can make of the words of an end that is elsewhere. Not
 * here: who listens (host-vantage.ts), what is compared (judge.ts).
 */
import { after as isAfter } from '../../core/sequence.ts';
import type { FrameFacts } from '../../see/analysis/index.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import type { TcbSnapshot } from '../../speak/tcp/index.ts';

/** What a connection said when it sent a segment. */
export interface Spoken {
  readonly connection: Connection | undefined;
  readonly after: TcbSnapshot | undefined;
  /** How many segments had been received until then, by everybody. */
  readonly order: number;
  /** Its state cannot be known outside: see `Secrets`. */
  readonly secret: boolean;
  /** Nothing of it can. */
  readonly hidden: boolean;
  /** The frame that moved its SND.NXT last. */
  readonly moved: number;
  /** Octets of data, and the number behind them: a router may make several segments of one. */
  readonly octets: number;
  readonly next: number;
}

/** Segments on their way whose senders' words are kept. */
const ON_THE_WAY = 65_536;

/** What connections said with each frame, and when each frame came: what all vantages of an audit know together. */
export class Testimony {
  /** By mark. */
  readonly spoken: Map<number, Spoken> = new Map();
  /** When each frame was received first, counted in frames received. */
  readonly heard: Map<number, number> = new Map();
  #order = 0;

  /** How many segments have been received. */
  get order(): number {
    return this.#order;
  }

  /** A frame has been received. */
  hear(mark: number): void {
    this.#order++;
    if (mark === 0 || this.heard.has(mark)) return;
    forgetOldest(this.heard);
    this.heard.set(mark, this.#order);
  }

  /** Keeps what was said with a frame. */
  speak(mark: number, spoken: Spoken): void {
    forgetOldest(this.spoken);
    this.spoken.set(mark, spoken);
  }
}

/** Makes room for one more. */
function forgetOldest(map: Map<number, unknown>): void {
  if (map.size < ON_THE_WAY) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

/** An end of a conversation that is not where the capture is. */
export class FarEnd {
  readonly #testimony: Testimony;
  /** What was sent to it and it may not have: mark and number, two by two. */
  #sent: number[] = [];
  /** The latest frame of its that came, and the latest that came and moved its SND.NXT. */
  #latest = 0;
  #moved = 0;

  constructor(testimony: Testimony) {
    this.#testimony = testimony;
  }

  /** A segment is sent to it. */
  tell(mark: number, { rawSeq }: FrameFacts): void {
    this.#sent.push(mark, rawSeq);
  }

  /** A frame of its comes: what it said with that, and whether the latest that moved its SND.NXT is here; undefined where what decided it has not been seen. */
  says(mark: number, { rawSeq, length }: FrameFacts): { spoken: Spoken; nxt: boolean } | undefined {
    const { spoken: words } = this.#testimony;
    const spoken = words.get(mark);
    if (spoken === undefined || mark < this.#latest) return undefined;
    const isPiece = length < spoken.octets;
    if (mark === this.#latest && !isPiece) return undefined;
    this.#latest = mark;
    if (isPiece && ((rawSeq + length) | 0) !== spoken.next) return undefined;
    if (spoken.moved === mark) this.#moved = mark;
    return this.#hadHeardAll(spoken.order) ? { spoken, nxt: spoken.moved === this.#moved } : undefined;
  }

  /** Whether all that was sent to it had come by then, or was made good by what came later with later numbers. */
  #hadHeardAll(order: number): boolean {
    const sent = this.#sent;
    if (sent.length === 0) return true;
    const left: number[] = [];
    let later: number | undefined;
    let next = Number.POSITIVE_INFINITY;
    for (let i = sent.length - 2; i >= 0; i -= 2) {
      const seq = sent[i + 1]!;
      const heard = this.#testimony.heard.get(sent[i]!) ?? Number.POSITIVE_INFINITY;
      const lost = heard > order;
      // One that was overtaken may have undone what the other said.
      const overtaken = !lost && heard > next;
      if (later !== undefined && isAfter(later, seq)) continue;
      // One that is overtaken already stays so, whenever it comes.
      if (lost || overtaken) left.push(seq, next === Number.POSITIVE_INFINITY ? sent[i]! : 0);
      else {
        if (later === undefined || isAfter(seq, later)) later = seq;
        next = heard;
      }
    }
    // The latest stands first in it.
    this.#sent = left.reverse();
    return left.length === 0;
  }
}
