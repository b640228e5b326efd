/**
 * How much a write takes in Linux: octets are kept in pieces as large as a device sends at once, a piece is filled to its end once it was begun, and another is
 * begun while the memory of all of them is below SO_SNDBUF and what was not sent below TCP_NOTSENT_LOWAT. So a write takes more than was asked for as a
 * buffer, and one that waits goes on when a third of it is free. Not in the stack, whose buffers hold what they say: programs that were written against Linux's
 * reckoning are played with it.
 */
import type { Connection } from '../../speak/stack/connection.ts';
import type { Host } from '../../speak/stack/host.ts';

/** Octets of the largest piece. */
const LARGEST_PIECE = 65_160;

/** What a piece takes besides its octets, and octets that one holds on average. */
const PIECE_COST = 1_280;
const USUAL_PIECE = 10_000;

/** Windows up to this are not halved for the size of a piece. */
const SMALL_WINDOW = 536;

/** What room is made for when a buffer grows: twice the congestion window, of so many segments at the least, each with its headers in memory. */
const LEAST_SEGMENTS = 10;
const HEADERS_IN_MEMORY = 640;
const DESCRIPTION = 256;

/** The space for one connection's octets. */
export class SendSpace {
  /** SO_SNDBUF as getsockopt answers it, in octets. */
  buffer: number;
  /** What it grows to by itself; no more than it has once the program has set it. */
  most: number;
  /** SND.UNA when a writer, or who looked for one, last found no room; undefined since it grew for that. */
  #fullAt: number | undefined = undefined;
  #begun = false;
  /** TCP_NOTSENT_LOWAT, in octets. */
  lowWater: number = Number.POSITIVE_INFINITY;
  /** Octets in the last piece. */
  #tail = 0;
  /** A write was not taken whole: the next waits for a third of the space. */
  #full = false;

  constructor(buffer: number, most: number = buffer) {
    this.buffer = buffer;
    this.most = most;
  }

  /** The same limits for another connection. */
  copy(): SendSpace {
    const space = new SendSpace(this.buffer, this.most);
    space.lowWater = this.lowWater;
    return space;
  }

  /** Whether poll would say that a write takes something. */
  isWritable({ tcb }: Connection): boolean {
    this.#grow(tcb);
    const used = this.#used(tcb);
    const unsent = Math.max(0, (tcb.snd.end - tcb.snd.nxt) | 0);
    const writable = this.buffer - used >= used >> 1 && 2 * unsent < this.lowWater;
    if (!writable) this.#fullAt = tcb.snd.una;
    return writable;
  }

  /** Hands octets of `bytes` from `from` on to the connection, with the host's way to do it; answers how many were taken. */
  write(
    host: Host,
    connection: Connection,
    bytes: Uint8Array,
    from: number,
    hand: 'send' | 'sendMore' | 'sendRecord',
    waited: boolean,
  ): number {
    const { tcb } = connection;
    this.#grow(tcb);
    if (waited && this.#full && !this.isWritable(connection)) return 0;
    let taken = 0;
    while (from + taken < bytes.length && !tcb.closing && tcb.state !== 'CLOSED') {
      const unsent = Math.max(0, (tcb.snd.end - tcb.snd.nxt) | 0);
      const piece = this.#piece(connection);
      this.#tail = Math.min(this.#tail, unsent);
      if (this.#tail === 0 || this.#tail >= piece) {
        if (this.#used(tcb) >= this.buffer || unsent >= this.lowWater) break;
        this.#tail = 0;
      }
      const count = Math.min(bytes.length - from - taken, piece - this.#tail);
      // Only what is handed on last ends the record.
      const way = hand === 'sendRecord' && from + taken + count < bytes.length ? 'send' : hand;
      const handed = host.tcp[way](connection, bytes, from + taken, from + taken + count);
      taken += handed;
      this.#tail += handed;
      if (handed < count) break;
    }
    this.#full = from + taken < bytes.length;
    if (hand === 'sendRecord') this.#tail = 0;
    if (this.#full) this.#fullAt = tcb.snd.una;
    return taken;
  }

  /** It grows when the connection has begun, and when a writer had found it full and octets were acknowledged since. */
  #grow({ snd, congestion }: Connection['tcb']): void {
    if (this.buffer >= this.most || congestion.cwnd === 0) return;
    if (this.#begun && (this.#fullAt === undefined || this.#fullAt === snd.una)) return;
    this.#begun = true;
    this.#fullAt = undefined;
    const segments = Math.max(LEAST_SEGMENTS, Math.floor(congestion.cwnd / snd.mss));
    const inMemory = 2 ** Math.ceil(Math.log2(snd.mss + HEADERS_IN_MEMORY)) + DESCRIPTION;
    this.buffer = Math.min(this.most, Math.max(this.buffer, 2 * segments * inMemory));
  }

  #piece({ tcb: { snd } }: Connection): number {
    const half = snd.maxWnd > SMALL_WINDOW ? snd.maxWnd >> 1 : snd.maxWnd;
    const most = Math.min(LARGEST_PIECE, half);
    return Math.max(snd.mss, most - (most % snd.mss));
  }

  #used({ snd }: Connection['tcb']): number {
    const octets = (snd.end - snd.head) | 0;
    return octets + PIECE_COST * Math.ceil(octets / USUAL_PIECE);
  }
}
