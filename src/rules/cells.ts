/**
 * What every event does in every state, as data: calls of the program, arriving segments and timeouts, times the eleven states. Each cell names the clause
 * of RFC 9293 that says so (and of the RFCs that change it) and the outcome, or says why the event cannot happen there. The rows are written in cells/,
 * one step of the RFC a file; a conformance ladder proves each (test/conformance/cells), and docs/cells.md prints them. Read first: RFC 9293 §3.10.
 */
import { ACKNOWLEDGMENTS, type AckEvent } from './cells/acknowledgments.ts';
import { CALLS, type Call } from './cells/calls.ts';
import { type Cell, cellOf, type Row } from './cells/cell.ts';
import { RESETS, type ResetEvent } from './cells/resets.ts';
import { SEQUENCE, type SequenceEvent } from './cells/sequence.ts';
import { SYNS, type SynEvent } from './cells/synchronizing.ts';
import { TEXT, type TextEvent } from './cells/text.ts';
import { TIMEOUT_ROWS, type Timeout } from './cells/timeouts.ts';
import { STATES, type State } from './states.ts';

export { type Cell, ERROR_WORDS, type Fate, FORMS, type Form, type Outcome, type Told } from './cells/cell.ts';

/** An event of RFC 9293 §3.10, segments told apart by what decides their fate. */
export type Event = Call | SequenceEvent | ResetEvent | SynEvent | AckEvent | TextEvent | Timeout;

const ROWS: Readonly<Record<Event, Row>> = {
  ...CALLS,
  ...SEQUENCE,
  ...RESETS,
  ...SYNS,
  ...ACKNOWLEDGMENTS,
  ...TEXT,
  ...TIMEOUT_ROWS,
};

/** Every event, in the RFC's order. */
export const EVENTS: readonly Event[] = Object.keys(ROWS) as Event[];

/** Every cell: by state, then by event. */
export const CELLS: Readonly<Record<State, Readonly<Record<Event, Cell>>>> = Object.fromEntries(
  STATES.map((state) => [
    state,
    Object.fromEntries(EVENTS.map((event) => [event, cellOf(state, ROWS[event][state])])) as Record<Event, Cell>,
  ]),
) as Record<State, Record<Event, Cell>>;
