/**
 * The three timeouts. Read first: RFC 9293 §3.10.8, §3.8.3 (how long to try), §3.8.4 (keep-alives), §3.4.2; RFC 6298 §5.
 */
import { each, type Row, type Sketch } from './cell.ts';

/** The timeouts. */
export type Timeout = 'user timeout' | 'retransmission timeout' | 'TIME-WAIT timeout';

const TIMEOUTS = 'RFC 9293 §3.10.8';

const GIVEN_UP: Sketch = {
  says: 'Nobody has answered for as long as the program wants to wait: the connection is given up.',
  clauses: [TIMEOUTS, 'RFC 9293 §3.8.3'],
  to: 'CLOSED',
  told: ['the connection is gone', 'ETIMEDOUT'],
  data: ['flushed'],
};

const OCTETS: Sketch = {
  says: 'The segment at the front of the queue is sent again, and the timer waits twice as long.',
  clauses: [TIMEOUTS, 'RFC 6298 §5'],
  sends: ['octets again'],
};

const FIN: Sketch = {
  when: 'the FIN alone waits for its acknowledgment',
  says: 'The FIN is sent again, and the timer waits twice as long.',
  clauses: [TIMEOUTS, 'RFC 6298 §5'],
  sends: ['FIN again'],
};

const NOTHING_SENT = 'Nothing has been sent, so nothing can go without an answer.';
const ALL_ANSWERED = 'Everything that was sent has been acknowledged, the FIN last.';

/** The rows. */
export const TIMEOUT_ROWS: Readonly<Record<Timeout, Row>> = {
  'user timeout': {
    CLOSED: NOTHING_SENT,
    LISTEN: NOTHING_SENT,
    ...each(['SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK'], GIVEN_UP),
    'FIN-WAIT-2': [
      {
        when: 'keep-alives go without an answer',
        says: 'Everything sent is acknowledged; but the peer, asked for a sign of life, gives none.',
        clauses: [TIMEOUTS, 'RFC 9293 §3.8.4'],
        to: 'CLOSED',
        told: ['the connection is gone', 'ETIMEDOUT'],
        data: ['flushed'],
      },
      {
        when: 'the program has closed both directions',
        says: 'Nobody is left who would wait for the FIN of the peer: the connection is given up.',
        clauses: [TIMEOUTS],
        departure: 'The RFC would wait for ever; every host limits this wait.',
        to: 'CLOSED',
        told: ['the connection is gone'],
        data: ['flushed'],
      },
    ],
    'TIME-WAIT': ALL_ANSWERED,
  },

  'retransmission timeout': {
    CLOSED: NOTHING_SENT,
    LISTEN: NOTHING_SENT,
    'SYN-SENT': {
      says: 'The SYN is sent again, and the timer waits twice as long.',
      clauses: [TIMEOUTS, 'RFC 6298 §5'],
      sends: ['SYN'],
    },
    'SYN-RECEIVED': {
      says: 'The SYN,ACK is sent again, and the timer waits twice as long.',
      clauses: [TIMEOUTS, 'RFC 6298 §5'],
      sends: ['SYN,ACK'],
    },
    ESTABLISHED: OCTETS,
    'CLOSE-WAIT': OCTETS,
    'FIN-WAIT-2': ALL_ANSWERED,
    ...each(['FIN-WAIT-1', 'CLOSING', 'LAST-ACK'], [{ ...OCTETS, when: 'octets wait for their acknowledgment' }, FIN]),
    'TIME-WAIT': ALL_ANSWERED,
  },

  'TIME-WAIT timeout': {
    ...each(
      [
        'CLOSED',
        'LISTEN',
        'SYN-SENT',
        'SYN-RECEIVED',
        'ESTABLISHED',
        'FIN-WAIT-1',
        'FIN-WAIT-2',
        'CLOSE-WAIT',
        'CLOSING',
        'LAST-ACK',
      ],
      'Its timer runs in TIME-WAIT only.',
    ),
    'TIME-WAIT': {
      says: 'Twice the maximum segment lifetime has passed: no old segment can be on its way any more, and the connection is deleted.',
      clauses: [TIMEOUTS, 'RFC 9293 §3.4.2'],
      to: 'CLOSED',
      told: ['the connection is gone'],
    },
  },
};
