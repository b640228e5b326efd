/**
 * Packets that a capture has twice: taken on two interfaces, by a switch that mirrors both directions, at both ends and merged, or doubled on the way. Their sender sent them once, and
 * numbered them once in the IPv4 header: what it sends again has another number. IPv6 has no such number, and some senders of IPv4 write the same one always: there a copy cannot be told from
 * a repetition. Read first: RFC 6864 §3, §4.
 */
import { RST, SYN } from '../../wire/tcp.ts';
import type { Segment } from '../dissect/segment.ts';

/** How long after a packet its copy may come, in milliseconds: across an ocean, and before a sender's timer lets it send again what some number alike. */
const LONGEST = 100;

/** How many packets of a conversation are remembered, a power of two: senders count them one by one. */
const REMEMBERED = 64;

/** What is remembered of each: identification, sender and flags; SEG.SEQ; SEG.ACK; window and length; milliseconds. */
const COLUMNS = 5;

/** An end whose packets have numbers that do not tell them apart. */
const ALIKE = -2;

/** Finds the copies among a conversation's segments. */
export class Copies {
  /** How many were found. */
  count = 0;
  readonly #packets: Int32Array = new Int32Array(REMEMBERED * COLUMNS).fill(-1);
  /** Of each end the number of its last packet that had one; -1 before that, and ALIKE from where it stood on two in a row that are not the same, or not of the same time. */
  readonly #last: [number, number] = [-1, -1];

  /** Whether a segment came before, in the same packet. */
  has(s: Segment): boolean {
    const { identification, from, flags, seq, ack } = s;
    const packets = this.#packets;
    const at = COLUMNS * (identification & (REMEMBERED - 1));
    const head = identification | (from << 16) | (flags << 17);
    const sizes = (s.windowField << 16) | (s.length & 0xffff);
    const time = Math.trunc(s.time / 1_000_000) | 0;
    const isSame =
      packets[at] === head &&
      packets[at + 1] === seq &&
      packets[at + 2] === ack &&
      packets[at + 3] === sizes &&
      Math.abs((time - packets[at + 4]!) | 0) < LONGEST;
    if (isSame && this.#tells(s)) {
      this.count++;
      return true;
    }
    if (identification !== 0 && this.#last[from] !== ALIKE)
      this.#last[from] = this.#last[from] === identification ? ALIKE : identification;
    packets[at] = head;
    packets[at + 1] = seq;
    packets[at + 2] = ack;
    packets[at + 3] = sizes;
    packets[at + 4] = time;
    return false;
  }

  /** Whether a packet that says the same as another with its number is that one. Linux leaves the number of a SYN,ACK and a reset at 0: where other packets came twice, they did. */
  #tells({ identification, from, flags }: Segment): boolean {
    if (identification === 0) return this.count > 0 && (flags & (SYN | RST)) !== 0;
    return this.#last[from] !== ALIKE;
  }
}
