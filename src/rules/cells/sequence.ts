/**
 * The first check of an arriving segment: its sequence number, and before it the timestamp where both ends use that option. Read first:
 * RFC 9293 §3.10.7.4, first step and table 6; RFC 7323 §5.3.
 */
import { each, type Row, type Sketch, SYNCHRONIZED, WITH_WINDOW, withData } from './cell.ts';

/** What these rows are about. */
export type SequenceEvent =
  | 'unacceptable sequence'
  | 'unacceptable sequence, with data'
  | 'outdated timestamp'
  | 'outdated timestamp, with data';

const FIRST = 'RFC 9293 §3.10.7.4';

const ANSWERED: Sketch = {
  when: 'it is no reset',
  says: 'An acknowledgment says which number is expected, and the segment is dropped.',
  clauses: [FIRST],
  sends: ['ACK'],
};

const RESET: Sketch = {
  when: 'it is a reset',
  says: 'A reset from outside the window is dropped without a word: anybody could have guessed it.',
  clauses: [FIRST, 'RFC 5961 §3.2'],
};

const OUTDATED: Sketch = {
  says: 'The segment is from the past, whatever its number says: it is acknowledged and dropped.',
  clauses: ['RFC 7323 §5.3'],
  sends: ['ACK'],
};

const NO_WINDOW = 'No number of the peer is known yet, so none is unacceptable.';
const NO_CLOCK = 'No timestamp of the peer is known yet, so none is outdated.';

const UNACCEPTABLE: Row = {
  CLOSED: 'There is no connection, so no window that a number could miss.',
  LISTEN: NO_WINDOW,
  'SYN-SENT': NO_WINDOW,
  'SYN-RECEIVED': [
    ANSWERED,
    RESET,
    {
      when: 'it is the SYN of the peer again',
      says: 'The SYN,ACK has not arrived: it is sent again.',
      clauses: [FIRST],
      departure:
        'The RFC answers with an ACK, which the peer, still in SYN-SENT, would drop; the SYN,ACK would follow a timeout later.',
      sends: ['SYN,ACK'],
    },
  ],
  ...each(SYNCHRONIZED, [ANSWERED, RESET]),
};

const PAWS: Row = {
  CLOSED: 'There is no connection, so nothing that a timestamp could be compared with.',
  LISTEN: NO_CLOCK,
  'SYN-SENT': NO_CLOCK,
  ...each(WITH_WINDOW, OUTDATED),
};

/** The rows. */
export const SEQUENCE: Readonly<Record<SequenceEvent, Row>> = {
  'unacceptable sequence': UNACCEPTABLE,
  'unacceptable sequence, with data': withData(UNACCEPTABLE, 'dropped'),
  'outdated timestamp': PAWS,
  'outdated timestamp, with data': withData(PAWS, 'dropped'),
};
