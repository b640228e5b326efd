/**
 * The window that Linux offers: it reckons with the memory that packets take, not with their octets. A packet is charged with what was allocated for it; what share of that were
 * octets in the last full one is taken for the share in all; and the window grows with each packet that had enough of them. Not in the stack, whose buffers
 * hold what they say: scripts that were written against Linux's windows are played with it, by setting how much the stack may buffer now.
 */
import { after, distance, type Seq } from '../../core/sequence.ts';
import type { Micros } from '../../core/time.ts';
import { hasten, largestIncoming, postpone, type Tcb } from '../../speak/tcp/index.ts';
import * as tcp from '../../wire/tcp.ts';

/** Shares are in 256ths; the first is half. */
const WHOLE = 256;
const HALF = 128;

/** Octets that a device leaves free before a packet, and that the kernel adds for the list of its pieces and for its description. */
const HEADROOM = 64;
const LIST = 320;
const DESCRIPTION = 256;
/** What memory is given out in: a size of its own for small packets, powers of two, and pages for what does not fit. */
const SMALL = 576;
const PAGE = 4_096;
const UNIT = 64;

/** A window grows by segments no smaller than this, and by so many of the largest at a time. */
const LEAST_GROWING = 128;
const GROWTH = 2;

/** Segments that a round trip is taken to bring at first. */
const FIRST_SEGMENTS = 10;

/** What Linux takes for a full segment at first, at the most and at the least; header without options. */
const USUAL_SEGMENT = 536;
const LEAST_SEGMENT = 88;

/** Control bits with which a small segment is not taken for a full one. */
const ENDS = tcp.SYN | tcp.FIN | tcp.PSH | tcp.URG;

/** Octets with the memory they take, up to a sequence number. */
interface Piece {
  readonly from: Seq;
  end: Seq;
  readonly cost: number;
  /** Octets that fit behind them in the same memory. */
  behind: number;
}

/** A segment with octets that has arrived. */
export interface ArrivedText {
  readonly seq: Seq;
  /** Octets of payload, of TCP header, and of the whole packet. */
  readonly length: number;
  readonly header: number;
  readonly packet: number;
  readonly flags: number;
  /** RCV.NXT before it. */
  readonly expected: Seq;
}

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** The memory that the kernel gives out for so many octets in one piece. */
function allocated(octets: number): number {
  const needed = roundUp(octets + HEADROOM, UNIT) + LIST;
  return needed <= SMALL ? SMALL : 2 ** Math.ceil(Math.log2(needed));
}

/** Octets of a packet that are kept in one piece; the rest is in pages. */
const IN_ONE = PAGE - LIST - HEADROOM;

/** The memory of a packet. */
function costOf(packet: number): number {
  return allocated(Math.min(packet, IN_ONE)) + DESCRIPTION + roundUp(Math.max(0, packet - IN_ONE), PAGE);
}

/** Octets that fit behind a packet in the memory it has. */
const roomBehind = (packet: number): number => (packet > IN_ONE ? 0 : allocated(packet) - LIST - HEADROOM - packet);

/** Whether octets that follow others fit behind them, which then hold both. */
function joins(first: Piece, second: Piece): boolean {
  const octets = distance(second.end, second.from);
  if (octets > first.behind || second.from !== first.end) return false;
  first.end = second.end;
  first.behind -= octets;
  return true;
}

/** What one connection takes of memory, and the window that follows. */
export class ReceiveMemory {
  /** SO_RCVBUF as getsockopt answers it, in octets of memory. */
  buffer: number;
  /** Octets of it that are taken. */
  used = 0;
  /** The window that is offered at the most: tcpi_rcv_ssthresh. */
  threshold: number;
  readonly #tcb: Tcb;
  #clamp: number;
  #share = HALF;
  #segment: number;
  #lastSmall = 0;
  #begun = false;
  /** The last window that was offered, and RCV.NXT then. */
  #offered: number;
  #offeredAt: Seq;
  /** What the stack was told; what the program had said then. */
  #told: number;
  #asked: number;
  /** A program has its socket: what lies beyond a hole makes the buffer grow. */
  owned: boolean;
  /** Octets that a round trip is taken to bring at first. */
  readonly #firstRound: number;
  /** What waits to be read, and lies beyond a hole, each in its order. */
  readonly #pieces: Piece[] = [];
  #held: Piece[] = [];

  readonly #largest: number;
  readonly #pieceLength: number;

  /**
   * @param tcb a connection that has agreed on its options, and got no octets yet
   * @param largest octets of memory that a buffer may grow to
   * @param pieceLength octets in the segments that a larger packet stands for
   */
  constructor(tcb: Tcb, largest: number, pieceLength: number) {
    const { rcv, space, snd, options } = tcb;
    this.#tcb = tcb;
    this.owned = !tcb.passive;
    this.#largest = largest;
    this.#pieceLength = pieceLength;
    this.#asked = options.receiveBuffer;
    this.buffer = 2 * options.receiveBuffer;
    const advertised = largestIncoming(tcb);
    const most = this.#windowOf(this.buffer);
    const sayable = Math.min(most, 0xffff << rcv.scale);
    // One segment of memory is kept free.
    const tight = sayable > 2 * advertised && sayable + advertised > most;
    this.#clamp = tight ? Math.max(2 * advertised, most - advertised) : sayable;
    this.#offered = space.receive;
    this.#offeredAt = rcv.nxt;
    this.#told = space.receive;
    this.threshold = Math.min(space.receive, this.#clamp);
    this.#firstRound = Math.min(space.receive, FIRST_SEGMENTS * advertised);
    const hint = Math.min(advertised, snd.mss, space.receive >> 1, USUAL_SEGMENT);
    this.#segment = Math.max(LEAST_SEGMENT, hint);
  }

  /** A segment with octets has arrived, and its connection has taken what it takes; the stack is told by `look`. */
  arrived(text: ArrivedText, now: Micros): void {
    const { rcv, sack } = this.#tcb;
    const { seq, length, packet, expected } = text;
    const end = (seq + length) | 0;
    const cost = costOf(packet);
    const behind = roomBehind(packet);
    const next = rcv.nxt !== expected;
    if (next) this.#queue({ from: expected, end, cost, behind });
    else if (!after(seq, expected) || !this.#isHeld(seq) || !this.#hold({ from: seq, end, cost, behind })) return;
    this.#measure(text, cost);
    if (next) this.#begin();
    // What lies beyond a hole is charged after that.
    if (next) {
      if (length >= LEAST_GROWING) this.#grow(length, cost, this.used);
    } else if (sack) this.#grow(length, cost, this.used - cost);
    if (!next) this.#makeRoomBehind();
    // What the hole has cost counts until then.
    if (next) {
      this.#fillHole(end);
      this.#acknowledge(now);
    }
  }

  /** The peer's FIN has come alone, and was next: where no memory is left, that is news which does not wait. */
  finished(): void {
    if (this.used > this.buffer) hasten(this.#tcb, true);
  }

  /** The first octets: so many segments are acknowledged at once as half of the window has, two at the least. */
  #begin(): void {
    const { acknowledging } = this.#tcb;
    if (this.#begun) return;
    this.#begun = true;
    const most = Math.max(2, Math.floor(this.#offered / (2 * this.#segment)));
    acknowledging.quick = Math.min(acknowledging.quick, most - 1);
  }

  /** More than a segment has come since the last acknowledgment: while half of the memory is taken, or others have not to be acknowledged at once, the next one waits unless it can offer as large a window again. */
  #acknowledge(now: Micros): void {
    const { rcv, acknowledging } = this.#tcb;
    if (distance(rcv.nxt, this.#offeredAt) <= this.#segment || this.#window() >= this.#offered) return;
    if (this.#isShort() || acknowledging.quick === 0) postpone(this.#tcb, now);
  }

  /** More than half of the memory is taken. */
  #isShort(): boolean {
    const full = Math.min(this.#clamp, this.#windowOf(this.buffer));
    return this.#windowOf(Math.max(0, this.buffer - this.used)) < full >> 1;
  }

  /** Something happened: what the program has read, or is about to read, is free, and the stack is told how much it may buffer then. */
  look(about = 0): void {
    const { rcv, options, space } = this.#tcb;
    const readable = rcv.readable - Math.min(about, rcv.readable);
    const read = (rcv.nxt - Number(rcv.finDone) - readable) | 0;
    while (this.#pieces.length > 0 && !after(this.#pieces[0]!.end, read)) this.used -= this.#pieces.shift()!.cost;
    if (options.receiveBuffer !== this.#asked) {
      this.#asked = options.receiveBuffer;
      this.buffer = 2 * options.receiveBuffer;
    } else if (space.receive > this.#told) this.#enlarge(space.receive);
    // What the program has set does not grow: what the stack counts as read never suffices for that.
    if (options.receiveBuffer === options.receiveBufferMaximum) space.read = -options.receiveBuffer;
    this.#told = readable + this.#promise();
    space.receive = this.#told;
  }

  /** An acknowledgment was sent, and with it the window. */
  sent(): void {
    this.look();
    const { rcv, acknowledging } = this.#tcb;
    this.#offered = this.#promise();
    this.#offeredAt = rcv.nxt;
    if (this.#isShort()) acknowledging.quick = 0;
  }

  /** The window that was offered last. */
  get offered(): number {
    return this.#offered;
  }

  /** What is left of it: tcpi_rcv_wnd. */
  get window(): number {
    return this.#left();
  }

  /** Octets in what is taken for a full segment: tcpi_rcv_mss. */
  get segment(): number {
    return this.#segment;
  }

  /** Octets, reckoned by the share of them in the last full packet, in so much memory. */
  #windowOf(memory: number): number {
    return Math.floor((memory * this.#share) / WHOLE);
  }

  /** What is left of the last window; no less than what Linux thinks of it, which a field cannot always say. */
  #left(): number {
    return Math.max(0, this.#offered - distance(this.#tcb.rcv.nxt, this.#offeredAt));
  }

  #promise(): number {
    const unit = 1 << this.#tcb.rcv.scale;
    return Math.max(this.#window(), roundUp(this.#left(), unit));
  }

  #window(): number {
    const { scale } = this.#tcb.rcv;
    const unit = 1 << scale;
    const whole = this.#windowOf(this.buffer);
    const full = Math.min(this.#clamp, whole);
    const segment = Math.min(this.#segment, full);
    let free = this.#windowOf(Math.max(0, this.buffer - this.used));
    if (free < full >> 1) {
      free -= free % unit;
      if (free < whole >> 4 || free < segment) return 0;
    }
    free = Math.min(free, this.threshold);
    if (scale > 0) return roundUp(free, unit);
    const window = this.#offered;
    if (window <= free - segment || window > free) return free - (free % segment);
    return segment === full && free > window + (full >> 1) ? free : window;
  }

  /** Octets that are next. */
  #queue(piece: Piece): void {
    const last = this.#pieces.at(-1);
    if (last !== undefined && joins(last, piece)) return;
    this.#pieces.push(piece);
    this.used += piece.cost;
  }

  /** Octets beyond a hole; answers whether any of them were new. */
  #hold(piece: Piece): boolean {
    if (this.#held.some(({ from, end }) => !after(from, piece.from) && !after(piece.end, end))) return false;
    this.#drop(({ from, end }) => !after(piece.from, from) && !after(end, piece.end));
    const before = this.#held.find(({ end }) => end === piece.from);
    if (before !== undefined && joins(before, piece)) return true;
    this.#held.push(piece);
    this.used += piece.cost;
    return true;
  }

  #drop(which: (piece: Piece) => boolean): void {
    for (const { cost } of this.#held.filter(which)) this.used -= cost;
    this.#held = this.#held.filter((piece) => !which(piece));
  }

  /** What lay beyond a hole, up to whose end all has come, waits to be read where it has more. */
  #fillHole(begin: Seq): void {
    let next = begin;
    for (;;) {
      this.#drop(({ end }) => !after(end, next));
      const piece = this.#held.find(({ from }) => !after(from, next));
      if (piece === undefined) return;
      this.#drop((each) => each === piece);
      this.#queue(piece);
      next = piece.end;
    }
  }

  /** Whether octets beyond a hole were kept. */
  #isHeld(seq: Seq): boolean {
    const { held } = this.#tcb;
    return held !== undefined && held.count > 0 && after(held.end, seq);
  }

  /** How long full segments are, and the share of octets in them. */
  #measure({ length: all, header, flags }: ArrivedText, cost: number): void {
    const { ts } = this.#tcb;
    const length = Math.min(all, this.#pieceLength);
    const last = this.#lastSmall;
    this.#lastSmall = 0;
    if (length >= this.#segment) {
      if (length !== this.#segment) this.#shareIs(Math.max(1, Math.floor((all * WHOLE) / cost)));
      this.#segment = Math.min(length, largestIncoming(this.#tcb));
      return;
    }
    const whole = length + header;
    const full = whole >= USUAL_SEGMENT + tcp.HEADER;
    if (!full && (whole < LEAST_SEGMENT + tcp.HEADER || flags & ENDS)) return;
    this.#lastSmall = whole - tcp.HEADER - (ts.on ? STAMP : 0);
    if (this.#lastSmall === last) this.#segment = last;
  }

  #shareIs(share: number): void {
    if (share === this.#share) return;
    this.#share = share;
    this.#clampTo(this.#windowOf(this.buffer));
  }

  /** The most that the program, or the buffer, lets the window be: TCP_WINDOW_CLAMP. */
  get clamp(): number {
    return this.#clamp;
  }

  set clamp(window: number) {
    this.#clampTo(window);
  }

  #clampTo(window: number): void {
    if (window === this.#clamp) return;
    this.threshold =
      window < this.#clamp
        ? Math.min(this.threshold, window)
        : Math.max(this.threshold, Math.min(this.#offered, window));
    this.#clamp = window;
  }

  /** The window may grow after a packet that had many octets for its memory. */
  #grow(length: number, cost: number, used: number): void {
    const most = Math.min(this.#clamp, this.#windowOf(Math.max(0, this.buffer - used)));
    const room = most - this.threshold;
    if (room <= 0) return;
    const growth =
      this.#windowOf(cost) <= length ? GROWTH * largestIncoming(this.#tcb) : this.#slowGrowth(length, cost);
    if (growth === 0) return;
    this.threshold += Math.min(room, Math.max(growth, GROWTH * length));
    // A window that grows is told at once, and uses up hardly any of the acknowledgments that go so.
    const { acknowledging } = this.#tcb;
    if (acknowledging.quick > 0) acknowledging.quick |= 1;
    else hasten(this.#tcb);
  }

  /** After one that had few octets the window grows while it is small beside the buffer: by how much the shares are apart. */
  #slowGrowth(length: number, cost: number): number {
    let needed = this.#windowOf(cost) >> 1;
    let window = this.#windowOf(this.#largest) >> 1;
    while (this.threshold <= window) {
      if (needed <= length) return GROWTH * this.#segment;
      needed >>= 1;
      window >>= 1;
    }
    return 0;
  }

  /** What lies beyond a hole has to wait: the buffer grows to twice what a round trip brings, and that. */
  #makeRoomBehind(): void {
    const { space, held, rcv, options } = this.#tcb;
    if (!this.owned || held === undefined || options.receiveBuffer === options.receiveBufferMaximum) return;
    const window = 2 * Math.max(space.round, this.#firstRound) + distance(held.end, rcv.nxt);
    const memory = Math.min(this.#largest, Math.floor((window * WHOLE) / this.#share));
    if (memory <= this.buffer) return;
    this.buffer = memory;
    this.#clamp = this.#windowOf(memory);
  }

  /** SO_RCVLOWAT: a reader waits for so many octets, and they are to have room, unless the program has said how much there is. */
  makeRoomFor(octets: number): void {
    const { options } = this.#tcb;
    const memory = Math.floor((octets * WHOLE) / this.#share);
    if (memory <= this.buffer || options.receiveBuffer === options.receiveBufferMaximum) return;
    this.buffer = memory;
    this.#clamp = Math.max(this.#clamp, octets);
  }

  /** The program reads so fast that the stack has made its buffer larger. */
  #enlarge(window: number): void {
    const memory = Math.ceil((window * WHOLE) / this.#share);
    this.buffer = Math.max(this.buffer, Math.min(this.#largest, memory));
    this.#clampTo(this.#windowOf(this.buffer));
  }
}

/** Octets of the timestamps option. */
const STAMP = 12;
