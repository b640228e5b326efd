/**
 * What is needed to take a reduction back that was a mistake: nothing was lost, it was only late. All that went again has come twice (RFC 2883 §4 tells of it), or an acknowledgment echoes what was sent before the first
 * repetition (Eifel detection). Not here: when that is asked, and what follows (segment-recovery.ts).
 */
import { larger } from '../../../core/least.ts';
import { after, before, type Seq } from '../../../core/sequence.ts';
import type { Micros } from '../../../core/time.ts';
import type { IncomingSegment } from '../segment.ts';
import type { Tcb } from '../tcb.ts';
import { tsval } from '../timestamp-clock.ts';

/** Nothing has gone again yet. */
const NONE_YET = -1;

/** That of one connection. */
export class Reversal {
  /** SND.UNA when the reduction began; undefined when none may be taken back. */
  #from: Seq | undefined = undefined;
  /** Repetitions that are not known to have been needless. */
  #repetitions = NONE_YET;
  /** When the first of them went; undefined when none has since all was well. */
  #repeatedAt: Micros | undefined = undefined;
  /** The threshold before; 0 where the window is to stay as it is. */
  threshold = 0;

  /** Whether there is a reduction that may be taken back. */
  get isPossible(): boolean {
    return this.#from !== undefined;
  }

  /** A reduction begins at SND.UNA, with so many repetitions in flight. */
  begin(una: Seq, repetitions: number): void {
    this.#from = una;
    this.#repetitions = repetitions || NONE_YET;
  }

  /** It is not to be taken back, or was. */
  end(): void {
    this.#from = undefined;
  }

  /** A segment goes again. */
  repeat(now: Micros): void {
    this.#repetitions = larger(0, this.#repetitions) + 1;
    this.#repeatedAt ??= now;
  }

  /** Nothing that went again is in flight. */
  forgetRepetitions(): void {
    this.#repeatedAt = undefined;
  }

  /** So many segments that end at `end`, which went again, came twice. */
  cameTwice(end: Seq, count: number): void {
    if (this.#from !== undefined && this.#repetitions > 0 && after(end, this.#from))
      this.#repetitions = larger(0, this.#repetitions - count);
  }

  /** Whether all that went again came twice. */
  get wasNeedless(): boolean {
    return this.#from !== undefined && this.#repetitions === 0;
  }

  /** Whether a segment tells that what seemed lost was on its way; `until` is what was sent when the reduction began. */
  wasLate(tcb: Tcb, { options }: IncomingSegment, until: Seq): boolean {
    if (this.#from === undefined) return false;
    if (this.#repeatedAt === undefined) return tcb.sack || before(tcb.snd.una, until);
    const echoes = tcb.ts.on && options.timestamps && options.tsecr !== 0;
    return echoes && before(options.tsecr, tsval(tcb, this.#repeatedAt));
  }
}
