/**
 * The segments that a connection has in flight, one by one, as Linux counts them: tcpi_unacked, _sacked, _lost and _retrans. The stack counts octets, and reckons full
 * segments of them; small ones that a program sends one after another are more.
 */
import { after, before, type Seq } from '../../core/sequence.ts';
import type { Tcb } from '../../speak/tcp/index.ts';
import type { TcpOptions } from '../../wire/tcp-options.ts';
import { MAX_FLIGHT } from './limits.ts';

interface Segment {
  readonly from: Seq;
  readonly end: Seq;
  /** The peer has it, though not all before it. */
  sacked: boolean;
}

/** Those of one connection. */
export class Flight {
  readonly #tcb: Tcb;
  #segments: Segment[] = [];

  constructor(tcb: Tcb) {
    this.#tcb = tcb;
  }

  /** A segment was sent, from `seq` up to `end`: new where nothing before reached so far. */
  sent(seq: Seq, end: Seq): void {
    const last = this.#segments.at(-1);
    const from = last !== undefined && before(seq, last.end) ? last.end : seq;
    if (!after(end, from) || this.#segments.length >= MAX_FLIGHT) return;
    this.#segments.push({ from, end, sacked: false });
  }

  /** An acknowledgment has come, and counts as far as the connection says. */
  heard({ sackCount, sackBlocks }: TcpOptions): void {
    const { una } = this.#tcb.snd;
    this.#segments = this.#segments.filter(({ end }) => after(end, una));
    if (!this.#tcb.sack) return;
    for (const segment of this.#segments)
      for (let k = 0; k < 2 * sackCount; k += 2)
        segment.sacked ||= !before(segment.from, sackBlocks[k]!) && !after(segment.end, sackBlocks[k + 1]!);
  }

  get unacked(): number {
    return this.#segments.length;
  }

  /** Without SACK as many as duplicates tell of, but not the one that is missing. */
  get sacked(): number {
    if (this.#tcb.sack) return this.#segments.filter(({ sacked }) => sacked).length;
    return Math.min(this.#tcb.congestion.duplicates, Math.max(0, this.unacked - Math.max(1, this.lost)));
  }

  /** What is to be sent again. */
  get lost(): number {
    const { active, end } = this.#tcb.resend;
    return active ? this.#segments.filter((each) => !each.sacked && !after(each.end, end)).length : 0;
  }

  /** What was. */
  get retransmitted(): number {
    const { active, next } = this.#tcb.resend;
    return active ? this.#segments.filter(({ from }) => before(from, next)).length : 0;
  }
}
