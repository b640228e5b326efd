/**
 * One capture, analysed frame by frame, and compared with what a connection says of itself at each. Not here: where the frames and the connection's words come from:
 * a host (audit.ts), or a connection without one.
 */
import type { Micros } from '../../core/time.ts';
import { Analysis, type FrameFacts, type InferredState } from '../../see/analysis/index.ts';
import { makePacket } from '../../see/capture/index.ts';
import { Dissector } from '../../see/dissect/index.ts';
import type { TcbSnapshot } from '../../speak/tcp/index.ts';
import type { Audited, Books } from './report.ts';

/** A state that was true at a frame; what the analysis says of it may be corrected by later frames. */
interface StateClaim {
  readonly facts: FrameFacts;
  readonly end: 0 | 1;
  readonly state: InferredState;
  readonly time: Micros;
  readonly own: boolean;
}

/** A host's frames are seen as they come to it and leave it. */
const CAPTURED_ONCE = { once: true } as const;

/** What an analysis of frames in order makes of them, and the comparisons with what connections say. */
export class Judge {
  readonly #books: Books;
  readonly #name: string;
  readonly #dissector = new Dissector();
  readonly #analysis: Analysis;
  readonly #packet = makePacket();
  readonly #claims: StateClaim[] = [];
  readonly #maxClaims: number;

  constructor(name: string, books: Books, maxSegments: number) {
    this.#name = name;
    this.#books = books;
    this.#analysis = new Analysis({ maxKept: maxSegments, maxKeptInAll: maxSegments });
    this.#maxClaims = 2 * maxSegments;
  }

  /** Shows the analysis the next frame; undefined when it is no TCP segment. */
  see(
    view: DataView,
    bytes: Uint8Array,
    at: number,
    length: number,
    linkType: number,
    time: Micros,
  ): FrameFacts | undefined {
    const packet = this.#packet;
    packet.number++;
    packet.seconds = Math.floor(time / 1_000_000);
    packet.nanoseconds = (time - packet.seconds * 1_000_000) * 1_000;
    packet.view = view;
    packet.bytes = bytes;
    packet.at = at;
    packet.capturedLength = length;
    packet.originalLength = length;
    packet.linkType = linkType;
    const { segment } = this.#dissector.dissect(packet);
    if (segment === undefined) return undefined;
    this.#books.segments++;
    return this.#analysis.segment(segment, CAPTURED_ONCE);
  }

  /** Compares what is inferred of `end` at a frame with what its connection says: `own`, all that moved it was seen; else without what `hide` names. */
  compare(
    facts: FrameFacts,
    end: 0 | 1,
    record: TcbSnapshot,
    time: Micros,
    what: { own: boolean; sent: boolean; nxt: boolean; secret: boolean },
  ): void {
    const books = this.#books;
    const { state, snd, rcv } = record;
    // A FIN moves SND.NXT, too: it may be one that has not been seen.
    // LISTEN is a port's state before it is a connection's.
    if (what.secret || !what.nxt || state === 'LISTEN') books.hide('state');
    else this.claim(facts, end, state, time, what.own);
    if (state === 'CLOSED' || state === 'LISTEN') return;
    const space = facts.conversation.spaces[end];
    const unsure = space.unsure || space.seen !== undefined;
    const una = unsure || space.una === undefined ? undefined : space.una >>> 0;
    this.#compare('snd.una', una, snd.una, facts, time, what.own);
    const next = space.spoke && space.seen === undefined ? space.next >>> 0 : undefined;
    if (what.nxt) this.#compare('snd.nxt', next, snd.nxt, facts, time, what.own);
    else books.hide('snd.nxt');
    // Nobody has said anything yet.
    if (state === 'SYN-SENT') return;
    // Nothing is sent any more, and who keeps only a small record of the connection has no window in it.
    if (state === 'TIME-WAIT') books.hide('snd.wnd');
    else this.#compare('snd.wnd', unsure || space.disputed ? undefined : space.window, snd.wnd, facts, time, what.own);
    const expected = space.rcvNxt === undefined ? undefined : space.rcvNxt >>> 0;
    this.#compare('rcv.nxt', expected, rcv.nxt, facts, time, what.own);
    if (what.sent) this.#compare('rcv.wnd', space.rcvWnd, rcv.wnd, facts, time, what.own);
    else books.hide('rcv.wnd');
  }

  /** Keeps a state to be compared in the end. */
  claim(facts: FrameFacts, end: 0 | 1, state: InferredState, time: Micros, own: boolean): void {
    if (this.#claims.length < this.#maxClaims) this.#claims.push({ facts, end, state, time, own });
  }

  #compare(
    variable: Audited,
    inferred: number | string | undefined,
    recorded: number | string,
    { frame }: FrameFacts,
    time: Micros,
    own: boolean,
  ): void {
    if (this.#books.agree(variable, inferred, recorded)) return;
    const place = { host: this.#name, frame, time, end: own ? 'own' : 'other' } as const;
    this.#books.tell({ ...place, variable, inferred: String(inferred), recorded: String(recorded) });
  }

  /** Compares the states, now that nothing will correct them any more. */
  finish(): void {
    for (const { facts, end, state, time, own } of this.#claims)
      this.#compare('state', facts.states[end], state, facts, time, own);
    this.#claims.length = 0;
  }
}

/**
 * What nobody outside can know of a state: a program has called CLOSE, and its FIN waits for data or a window. If the peer's FIN comes meanwhile, it was CLOSING and
 * not CLOSE-WAIT that it led to, and so on until the end.
 */
export class Secrets {
  readonly #crossed = new Set<object>();

  keeps(connection: object | undefined, after: TcbSnapshot | undefined): boolean {
    if (connection === undefined || after === undefined) return false;
    if (after.closing && !after.snd.finSent) {
      if (after.state === 'CLOSING') this.#crossed.add(connection);
      return true;
    }
    return this.#crossed.has(connection);
  }
}
