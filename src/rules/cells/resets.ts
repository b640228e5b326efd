/**
 * Resets. Read first: RFC 9293 §3.5.3, §3.10.7.1 to §3.10.7.4 (second step); RFC 5961 §3.2 (what protects from forged ones); RFC 1337 §3.
 */
import { each, type Row, type Sketch, withData } from './cell.ts';

/** What these rows are about. "At RCV.NXT" is the very number expected next. */
export type ResetEvent =
  | 'RST at RCV.NXT'
  | 'RST at RCV.NXT, with data'
  | 'RST elsewhere in the window'
  | 'RST elsewhere in the window, with data';

const OTHER_STATES = 'RFC 9293 §3.10.7.4';

const NO_CONNECTION: Sketch = {
  says: 'Dropped, whatever its number is: a reset is never answered by a reset.',
  clauses: ['RFC 9293 §3.10.7.1'],
};

const NOTHING_SENT: Sketch = {
  says: 'Dropped, whatever its number is: nothing was sent that it could be an answer to.',
  clauses: ['RFC 9293 §3.10.7.2'],
};

/** In SYN-SENT no number is known: the acknowledgment tells a reset that answers our SYN from others. */
const BY_ACKNOWLEDGMENT: readonly Sketch[] = [
  {
    when: 'it acknowledges our SYN',
    says: 'The peer refuses the connection.',
    clauses: ['RFC 9293 §3.10.7.3'],
    departure:
      'The program is told that the connection was refused, where the RFC says reset: every socket interface has it so.',
    to: 'CLOSED',
    told: ['the connection is gone', 'ECONNREFUSED'],
    data: ['flushed'],
  },
  {
    when: 'it acknowledges something else',
    says: 'Dropped: it answers something we never sent.',
    clauses: ['RFC 9293 §3.10.7.3'],
  },
  { when: 'it has no ACK', says: 'Dropped: it answers nothing.', clauses: ['RFC 9293 §3.10.7.3'] },
];

const OVER: Sketch = {
  says: 'The reset is obeyed: the connection is over, and what was queued to be sent is thrown away.',
  clauses: [OTHER_STATES, 'RFC 5961 §3.2'],
  to: 'CLOSED',
  told: ['the connection is gone', 'ECONNRESET'],
  data: ['flushed'],
};

const OVER_AFTER_ALL: Sketch = {
  ...OVER,
  departure:
    'The RFC tells the program nothing. It is told here: our FIN, and octets before it, may never have arrived.',
};

const CHALLENGED: Sketch = {
  says: 'Not obeyed: an acknowledgment asks the peer to send the reset again with the number that only it knows.',
  clauses: [OTHER_STATES, 'RFC 5961 §3.2'],
  sends: ['ACK'],
};

const IGNORED: Sketch = {
  says: 'Ignored: to end TIME-WAIT early would let old duplicates into the next connection.',
  clauses: [OTHER_STATES, 'RFC 1337 §3'],
  departure: 'RFC 9293 would obey it, or challenge it when it is not exact; RFC 1337 found what goes wrong then.',
};

const EXACT: Row = {
  CLOSED: NO_CONNECTION,
  LISTEN: NOTHING_SENT,
  'SYN-SENT': BY_ACKNOWLEDGMENT,
  'SYN-RECEIVED': [
    {
      when: 'it was opened passively',
      says: 'The peer has changed its mind: the connection goes, and whoever listens goes on listening. The program need not know.',
      clauses: [OTHER_STATES, 'RFC 5961 §3.2'],
      departure:
        'The RFC returns this connection to LISTEN. Here a listener is not a connection, so the connection is deleted.',
      to: 'CLOSED',
      told: ['the connection is gone'],
      data: ['flushed'],
    },
    {
      when: 'it was opened actively',
      says: 'The peer refuses the connection.',
      clauses: [OTHER_STATES, 'RFC 5961 §3.2'],
      to: 'CLOSED',
      told: ['the connection is gone', 'ECONNREFUSED'],
      data: ['flushed'],
    },
  ],
  ...each(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT'], OVER),
  ...each(['CLOSING', 'LAST-ACK'], OVER_AFTER_ALL),
  'TIME-WAIT': IGNORED,
};

const INEXACT: Row = {
  CLOSED: NO_CONNECTION,
  LISTEN: NOTHING_SENT,
  'SYN-SENT': BY_ACKNOWLEDGMENT,
  ...each(['SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK'], CHALLENGED),
  'TIME-WAIT': IGNORED,
};

/** The rows. The octets of a reset say why it was sent, at best; nobody receives them (§3.5.3). */
export const RESETS: Readonly<Record<ResetEvent, Row>> = {
  'RST at RCV.NXT': EXACT,
  'RST at RCV.NXT, with data': withData(EXACT, 'dropped'),
  'RST elsewhere in the window': INEXACT,
  'RST elsewhere in the window, with data': withData(INEXACT, 'dropped'),
};
