/**
 * What a cell of the table of events and states says, and how the files beside this one write it down. Not here: the table itself (../cells.ts).
 * Read first: RFC 9293 §3.10.
 */
import type { PosixCode } from '../../core/errors.ts';
import { STATES, type State } from '../states.ts';

/** A segment that is sent, in the RFC's way of writing segments. */
export const FORMS = {
  SYN: '<SEQ=ISS><CTL=SYN>',
  'SYN,ACK': '<SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>',
  ACK: '<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>',
  octets: '<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> with octets',
  FIN: '<SEQ=SND.NXT><ACK=RCV.NXT><CTL=FIN,ACK>',
  'octets again': '<SEQ=SND.UNA><ACK=RCV.NXT><CTL=ACK> with the octets at the front of the retransmission queue',
  'FIN again': '<SEQ=SND.NXT-1><ACK=RCV.NXT><CTL=FIN,ACK>',
  'RST for an ACK': '<SEQ=SEG.ACK><CTL=RST>',
  'RST without an ACK': '<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>',
  'RST of an abort': '<SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>',
} as const;

/** A segment that is sent, by its name in `FORMS`. */
export type Form = keyof typeof FORMS;

/** What the program is told: news, or the error that its call or the connection ends with. */
export type Told =
  | 'established'
  | 'octets can be received'
  | 'there is room to send'
  | 'the peer has closed'
  | 'the connection is gone'
  | PosixCode;

/** The RFC's words for the errors of calls, beside the POSIX codes that say the same. */
export const ERROR_WORDS: Readonly<Partial<Record<PosixCode, string>>> = {
  EISCONN: 'connection already exists',
  ENOTCONN: 'connection does not exist',
  EPIPE: 'connection closing',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ECONNABORTED: 'connection reset, by the program itself',
  ETIMEDOUT: 'connection aborted due to user timeout',
  ENOBUFS: 'insufficient resources',
};

/** What happens to octets: to those in the segment or the call, and to those that were queued. */
export type Fate =
  /** The segment's, in order: the program can receive them. */
  | 'delivered'
  /** The segment's: kept until what is missing before them has come. */
  | 'held'
  /** The segment's: thrown away without an acknowledgment; a peer that means them sends them again. */
  | 'dropped'
  /** The program's: taken, to be sent when the connection can. */
  | 'queued'
  /** The program's: taken and sent. */
  | 'sent'
  /** Received ones: handed to the program. */
  | 'handed over'
  /** What was sent is acknowledged and leaves the retransmission queue. */
  | 'acknowledged'
  /** What waited to be sent or acknowledged is thrown away. */
  | 'flushed';

/** One way an event in a state can go. */
export interface Outcome {
  /** When it goes this way; undefined where there is one way only. */
  readonly when: string | undefined;
  /** The outcome in one sentence, for people. */
  readonly says: string;
  /** The sections that say so, `RFC 9293 §3.10.7.4`. */
  readonly clauses: readonly string[];
  /** Where tcplab knowingly does something else than the first of the clauses, and why; undefined where it does not. */
  readonly departure: string | undefined;
  /** The state after it. */
  readonly to: State;
  /** What is sent, in order. */
  readonly sends: readonly Form[];
  readonly told: readonly Told[];
  readonly data: readonly Fate[];
}

/** What happens when an event meets a state. */
export interface Cell {
  /** The ways it can go; none when it cannot happen. */
  readonly outcomes: readonly Outcome[];
  /** Why it cannot happen; undefined when it can. */
  readonly never: string | undefined;
}

/** An outcome as the tables write it: what is left out does not happen, and without `to` the state stays. */
export type Sketch = Pick<Outcome, 'says' | 'clauses'> & Partial<Outcome>;

/** A cell as the tables write it: why it cannot happen, or one outcome, or several. */
export type Entry = string | Sketch | readonly Sketch[];

/** An event's cells. */
export type Row = Readonly<Record<State, Entry>>;

/** The same entry for several states. */
export function each<S extends State>(states: readonly S[], entry: Entry): Record<S, Entry> {
  return Object.fromEntries(states.map((state) => [state, entry])) as Record<S, Entry>;
}

/** An event's cells with one more thing that happens to octets in all of them that can happen. */
export function withData(row: Row, fate: Fate): Row {
  const added = (sketch: Sketch): Sketch => ({ ...sketch, data: [fate, ...(sketch.data ?? [])] });
  const entries = STATES.map((state) => {
    const entry = row[state];
    return [state, typeof entry === 'string' ? entry : sketches(entry).map(added)];
  });
  return Object.fromEntries(entries) as Row;
}

/** A cell, written out. */
export function cellOf(state: State, entry: Entry): Cell {
  if (typeof entry === 'string') return { outcomes: [], never: entry };
  const outcomes = sketches(entry).map((sketch): Outcome => {
    return { when: undefined, departure: undefined, to: state, sends: [], told: [], data: [], ...sketch };
  });
  return { outcomes, never: undefined };
}

const sketches = (entry: Exclude<Entry, string>): readonly Sketch[] =>
  Array.isArray(entry) ? (entry as readonly Sketch[]) : [entry as Sketch];

/** States in which both ends have sent their FIN or we have: SEND is over. */
export const SEND_IS_OVER = ['FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'] as const;

/** States whose receive window says which numbers are acceptable: those of §3.10.7.4. */
export const WITH_WINDOW = [
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
] as const;

/** The synchronized states: the same without SYN-RECEIVED. */
export const SYNCHRONIZED = [
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
] as const;

/** States in which the peer's FIN has been received. */
export const AFTER_FIN = ['CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'] as const;
