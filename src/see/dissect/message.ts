/**
 * What is kept of a message over several segments: which octets of it came, the octets, and the segments that brought them. Both are kept in the order in which they came, in pages that all
 * messages share, and put in the message's own when it is whole: so a gap takes no memory, gaps that are filled from behind no time, and a message that ends leaves no garbage. Not here: which
 * segments are of a message, and how much memory all of them have (messages.ts).
 */
import { larger, smaller } from '../../core/least.ts';
import { type Chain, makeChain, OctetPages, octetsTaken } from '../../core/octet-pages.ts';
import type { Framing } from './framings.ts';
import type { HttpMessage } from './http-messages.ts';

/** Words of a piece, which is what one segment brought of a message, with what others brought, too: frame.number, octets of the message before it, octets in it. */
export const PIECE = 3;

/** Octets of a piece. */
const PIECE_OCTETS = 4 * PIECE;

/** Words of a run of octets that came behind a gap: where it begins, and where it ends. */
const RUN = 2;

/** In `overlaps`: octets of a piece are in one before it, too; and those in it are others. */
export const OVERLAP = 1;
export const CONFLICT = 2;

/** Runs that there is room for in the beginning, and at most. */
const FIRST_RUNS = 4;
const MOST_RUNS = 256;

/** A message over several segments, in the making or whole. */
export interface Message {
  /** How it is framed; undefined: it is HTTP's. */
  readonly framing: Framing | undefined;
  readonly http: HttpMessage | undefined;
  /** The number of its connection and sender, and the sequence number of its first octet. */
  readonly direction: number;
  readonly seq: number;
  /** What ends it: a known length, the end of the next segment at the earliest, or the connection's end; `over`: it ended with that, and what is kept is the frame of the FIN. */
  until: 'length' | 'segment' | 'close' | 'over';
  /** Octets up to there, as far as is known. */
  end: number;
  /** Octets of it that came; those of them that no gap is before; and the runs of the others, in order and none at another. */
  came: number;
  solid: number;
  runs: Int32Array<ArrayBuffer>;
  runCount: number;
  /** The octets that tell the length, while not all of them came. */
  head: Uint8Array<ArrayBuffer>;
  /** What came of it and its octets, in the making: as they came, none where they are not kept. */
  readonly pieceChain: Chain;
  readonly octetChain: Chain;
  /** Whether they came in the message's order, and whether some came twice, with others that were new. */
  isInOrder: boolean;
  hasOverlap: boolean;
  /** The frame of the last piece. */
  lastFrame: number;
  /** The same of a whole message, in its order, until another is; of the last piece the octets do not count that begin another message. */
  pieces: Int32Array<ArrayBuffer>;
  pieceCount: number;
  octets: Uint8Array<ArrayBuffer>;
  /** For each of these pieces, whether it overlaps; empty when none does. */
  overlaps: Uint8Array<ArrayBuffer>;
  /** Whether its octets are wanted; whether `pieces` are all there are. */
  readonly keepsOctets: boolean;
  isKept: boolean;
  /** Octets of memory that were counted for it. */
  counted: number;
}

const NO_WORDS = new Int32Array(0);
const NO_OCTETS = new Uint8Array(0);

/** A message of which nothing came yet: how long it is, is known, or will be when so many octets of its head are there. */
export const makeMessage = (
  framing: Framing | undefined,
  http: HttpMessage | undefined,
  direction: number,
  seq: number,
  end: number,
  head: number,
  keepsOctets: boolean,
): Message => ({
  framing,
  http,
  direction,
  seq,
  until: head > 0 ? 'segment' : 'length',
  end,
  came: 0,
  solid: 0,
  runs: NO_WORDS,
  runCount: 0,
  head: head > 0 ? new Uint8Array(head) : NO_OCTETS,
  pieceChain: makeChain(),
  octetChain: makeChain(),
  isInOrder: true,
  hasOverlap: false,
  lastFrame: 0,
  pieces: NO_WORDS,
  pieceCount: 0,
  octets: NO_OCTETS,
  overlaps: NO_OCTETS,
  keepsOctets,
  isKept: true,
  counted: 0,
});

/** How far behind a message's beginning a sequence number is. */
export const offsetOf = (message: Message, seq: number): number => (seq - message.seq) | 0;

/** Octets of memory that a message cannot be followed without. */
export const needed = ({ http, head, runCount, runs }: Message): number =>
  head.length + (runCount > 0 ? 4 * runs.length : 0) + (http === undefined ? 0 : http.rest.length);

/** Octets of memory that a message takes. */
export const kept = ({ http, head, runs, pieceChain, octetChain }: Message): number =>
  head.length +
  4 * runs.length +
  octetsTaken(pieceChain) +
  octetsTaken(octetChain) +
  (http === undefined ? 0 : http.rest.length);

/** Octets of a message up to the last that came. */
export const reach = ({ solid, runs, runCount }: Message): number =>
  runCount === 0 ? solid : runs[RUN * runCount - 1]!;

/** Twice the room, or what there is in the beginning. */
function larged(words: Int32Array<ArrayBuffer>, first: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(words.length === 0 ? first : 2 * words.length);
  more.set(words);
  return more;
}

/** Octets `[from, to)` came. @returns whether there was room for another run */
function addRun(message: Message, from: number, to: number): boolean {
  const { runs, runCount } = message;
  if (from === message.solid) {
    message.solid = to;
    if (runCount > 0 && runs[0] === to) {
      message.solid = runs[1]!;
      runs.copyWithin(0, RUN, RUN * runCount);
      message.runCount--;
    }
    return true;
  }
  const place = runBehind(message, from);
  const at = RUN * place;
  const joinsBefore = place > 0 && runs[at - 1] === from;
  const joinsBehind = place < runCount && runs[at] === to;
  if (joinsBefore && joinsBehind) {
    runs[at - 1] = runs[at + 1]!;
    runs.copyWithin(at, at + RUN, RUN * runCount);
    message.runCount--;
  } else if (joinsBefore) runs[at - 1] = to;
  else if (joinsBehind) runs[at] = from;
  else {
    if (runCount === MOST_RUNS) return false;
    if (RUN * runCount === runs.length) message.runs = larged(runs, RUN * FIRST_RUNS);
    message.runs.copyWithin(at + RUN, at, RUN * runCount);
    message.runs[at] = from;
    message.runs[at + 1] = to;
    message.runCount++;
  }
  return true;
}

/** Of octets `[from, to)` those came that were missing. @returns whether there was room for the runs */
function addMissing(message: Message, from: number, to: number): boolean {
  let fresh = 0;
  for (let hole = holeIn(message, from, to); hole !== undefined; hole = holeIn(message, hole[1], to)) {
    if (!addRun(message, hole[0], hole[1])) return false;
    fresh += hole[1] - hole[0];
  }
  message.came += fresh;
  message.isInOrder = false;
  message.hasOverlap ||= fresh < to - from;
  return true;
}

/** The first run that ends behind `offset`. */
function runBehind({ runs, runCount }: Message, offset: number): number {
  if (runCount === 0 || runs[RUN * runCount - 1]! <= offset) return runCount;
  let low = 0;
  let high = runCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[RUN * middle + 1]! <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first octets that are missing of a message between two offsets; undefined: none is, or it is not known which are. */
export function holeIn(message: Message, from: number, to: number): [number, number] | undefined {
  const { solid, runs, runCount, until, end } = message;
  if (until === 'over' || (until === 'segment' && from > solid)) return undefined;
  const most = until === 'length' ? smaller(to, end) : to;
  let least = larger(from, solid);
  let place = runBehind(message, least);
  if (place < runCount && runs[RUN * place]! <= least) least = runs[RUN * place++ + 1]!;
  const stop = place < runCount ? smaller(most, runs[RUN * place]!) : most;
  return least < stop ? [least, stop] : undefined;
}

/** The head, as far as it is there with octets `[at, to)` of a view, which stand `offset` octets behind the beginning. */
export function fill({ head }: Message, view: DataView, offset: number, at: number, to: number): void {
  for (let i = offset; i < head.length && at + i - offset < to; i++) head[i] = view.getUint8(at + i - offset);
}

/** Pieces and octets of messages: of those in the making in pages, of the one that became whole last in one place, which the next one has, too. */
export class MessageStore {
  readonly #pages = new OctetPages();
  #pieces = new DataView(NO_OCTETS.buffer);
  #octets = new DataView(NO_OCTETS.buffer);

  /** Octets of memory that all of it takes, used or not. */
  get octets(): number {
    return this.#pages.octets + this.#pieces.byteLength + this.#octets.byteLength;
  }

  /**
   * Adds octets `[at, to)` of a view, which frame `frame` brought and stand `offset` octets behind the message's beginning. Not all of them need be new.
   * @param most octets that are kept of a message; of a longer one none are
   * @returns whether there was room for one more gap; what there is of the message cannot be used if not
   */
  add(message: Message, frame: number, view: DataView, offset: number, at: number, to: number, most: number): boolean {
    const length = to - at;
    if (offset >= reach(message)) {
      if (offset !== message.came) message.isInOrder = false;
      if (!addRun(message, offset, offset + length)) return false;
      message.came += length;
    } else if (!addMissing(message, offset, offset + length)) return false;
    if (!message.isKept) return true;
    this.addPiece(message, frame, offset, length);
    if (message.keepsOctets && message.came <= most) this.#pages.add(message.octetChain, view, at, to);
    return true;
  }

  /** A segment brought so many octets of a message; a FIN none. */
  addPiece(message: Message, frame: number, offset: number, length: number): void {
    const { pieceChain } = message;
    this.#pages.addWord(pieceChain, frame);
    this.#pages.addWord(pieceChain, offset);
    this.#pages.addWord(pieceChain, length);
    message.lastFrame = frame;
  }

  /** What is not needed to follow a message is let go. */
  letGo(message: Message): void {
    message.isKept = false;
    this.release(message);
    if (message.runCount === 0) message.runs = NO_WORDS;
  }

  /** A message is not followed any longer: its pages are there for others. */
  release({ pieceChain, octetChain }: Message): void {
    this.#pages.clear(pieceChain);
    this.#pages.clear(octetChain);
  }

  /** Puts pieces and octets of a whole message in its order, where they stay until the next is whole. */
  arrange(message: Message): void {
    const { pieceChain, octetChain, isInOrder } = message;
    if (pieceChain.length === 0) return;
    const pages = this.#pages;
    this.#pieces = roomFor(this.#pieces, pieceChain.length);
    pages.rewind(pieceChain);
    pages.read(this.#pieces, 0, pieceChain.length);
    message.pieces = new Int32Array(this.#pieces.buffer, 0, pieceChain.length / 4);
    message.pieceCount = pieceChain.length / PIECE_OCTETS;
    if (octetChain.length > 0) this.#arrangeOctets(message);
    if (isInOrder) return;
    const order = orderOf(message);
    if (message.hasOverlap) markOverlaps(message, order);
    const came = message.pieces.slice();
    order.forEach((place, i) => {
      message.pieces.set(came.subarray(place, place + PIECE), PIECE * i);
    });
  }

  #arrangeOctets(message: Message): void {
    const { octetChain, isInOrder, hasOverlap, pieces, pieceCount } = message;
    const { length } = octetChain;
    this.#octets = roomFor(this.#octets, length);
    this.#pages.rewind(octetChain);
    if (isInOrder || hasOverlap) this.#pages.read(this.#octets, 0, length);
    else
      for (let at = 0; at < PIECE * pieceCount; at += PIECE)
        this.#pages.read(this.#octets, pieces[at + 1]!, pieces[at + 2]!);
    message.octets = new Uint8Array(this.#octets.buffer, 0, length);
  }
}

/** A view with room for so many octets: the same one, or twice as large at the least. */
const roomFor = (view: DataView<ArrayBuffer>, octets: number): DataView<ArrayBuffer> =>
  octets <= view.byteLength ? view : new DataView(new ArrayBuffer(larger(octets, 2 * view.byteLength)));

/** Where each piece of a message is, in the message's order; of those that begin at one place, the one that came first. */
function orderOf({ pieces, pieceCount }: Message): number[] {
  const order = Array.from({ length: pieceCount }, (_, i) => PIECE * i);
  return order.sort((a, b) => pieces[a + 1]! - pieces[b + 1]!);
}

/** Finds out which pieces overlap, and puts octets that still stand as they came in the message's order: of two pieces with the same octets, the one that begins first has them. */
function markOverlaps(message: Message, order: readonly number[]): void {
  const { pieces, pieceCount, octets, came } = message;
  const overlaps = new Uint8Array(pieceCount);
  const isThere = octets.length > 0;
  const starts = isThere ? startsOf(message) : [];
  const arranged = new Uint8Array(isThere ? came : 0);
  let end = 0;
  order.forEach((place, i) => {
    const from = pieces[place + 1]!;
    const to = from + pieces[place + 2]!;
    if (from < end) overlaps[i] = OVERLAP;
    const start = starts[place / PIECE];
    if (start !== undefined) {
      const common = smaller(to, end) - from;
      for (let k = 0; k < common; k++) if (octets[start + k] !== arranged[from + k]) overlaps[i] = OVERLAP | CONFLICT;
      if (to > end) arranged.set(octets.subarray(start + larger(common, 0), start + to - from), larger(from, end));
    }
    end = larger(end, to);
  });
  message.overlaps = overlaps;
  if (isThere) message.octets = arranged;
}

/** Where the octets of each piece begin, among those that stand as they came. */
function startsOf({ pieces, pieceCount }: Message): number[] {
  let start = 0;
  return Array.from({ length: pieceCount }, (_, i) => {
    const own = start;
    start += pieces[PIECE * i + 2]!;
    return own;
  });
}
