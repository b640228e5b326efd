/**
 * The calls of a program, state by state. Read first: RFC 9293 §3.10.1 to §3.10.5. An error is given with the POSIX code that says the same
 * (`ERROR_WORDS`); what the RFC would queue of a RECEIVE, a program here waits for.
 */
import { each, type Row, SEND_IS_OVER, type Sketch, WITH_WINDOW } from './cell.ts';

/** The calls. */
export type Call = 'open active' | 'open passive' | 'send' | 'receive' | 'close' | 'abort';

const OPEN = 'RFC 9293 §3.10.1';
const SEND = 'RFC 9293 §3.10.2';
const RECEIVE = 'RFC 9293 §3.10.3';
const CLOSE = 'RFC 9293 §3.10.4';
const ABORT = 'RFC 9293 §3.10.5';

const EXISTS: Sketch = {
  says: 'Refused: the connection exists already, and goes on as it was.',
  clauses: [OPEN],
  told: ['EISCONN'],
};

const noConnection = (clause: string): Sketch => ({
  says: 'Refused: there is no connection.',
  clauses: [clause],
  told: ['ENOTCONN'],
});

const QUEUED: Sketch = {
  says: 'The octets are queued and go out once the connection is established.',
  clauses: [SEND],
  data: ['queued'],
};

const SENT: readonly Sketch[] = [
  {
    when: 'window and buffer have room',
    says: 'The octets are cut into segments and sent, each with an acknowledgment of what has been received.',
    clauses: [SEND],
    sends: ['octets'],
    data: ['sent'],
  },
  {
    when: 'the send buffer is full',
    says: 'Nothing is taken; the program hears when there is room again.',
    clauses: [SEND],
    told: ['ENOBUFS'],
  },
];

const WAITS: Sketch = {
  says: 'There is nothing yet: the call waits until octets have come.',
  clauses: [RECEIVE],
};

const RECEIVED: readonly Sketch[] = [
  {
    when: 'octets wait',
    says: 'The program gets the octets that wait, in order.',
    clauses: [RECEIVE],
    data: ['handed over'],
  },
  { ...WAITS, when: 'none wait' },
];

const AT_THE_END: Sketch = {
  when: 'none wait',
  says: 'The program is told that the peer has closed: nothing will follow.',
  clauses: [RECEIVE],
  told: ['the peer has closed'],
};

const AFTER_OUR_CLOSE: readonly Sketch[] = [
  {
    when: 'octets wait',
    says: 'The program gets the octets that came before the FIN of the peer.',
    clauses: [RECEIVE],
    departure:
      'The RFC refuses the call as soon as both ends have closed. What was received and acknowledged would then be lost to a program that closes before it reads.',
    data: ['handed over'],
  },
  AT_THE_END,
];

const CLOSED_ALREADY: Sketch = {
  says: 'A second CLOSE is an error; no second FIN is sent.',
  clauses: [CLOSE],
  told: ['EPIPE'],
};

const ABORTED: Sketch = {
  says: 'The connection is over at once: the peer gets a reset, and what was queued is thrown away.',
  clauses: [ABORT],
  departure: 'The reset of the RFC has no ACK. This one has: some receivers look at nothing without one.',
  to: 'CLOSED',
  sends: ['RST of an abort'],
  told: ['the connection is gone', 'ECONNABORTED'],
  data: ['flushed'],
};

const FORGOTTEN: Sketch = {
  says: 'The connection is over at once; there is nobody who would have to be told.',
  clauses: [ABORT],
  to: 'CLOSED',
  told: ['the connection is gone', 'ECONNABORTED'],
  data: ['flushed'],
};

/** The rows. */
export const CALLS: Readonly<Record<Call, Row>> = {
  'open active': {
    CLOSED: {
      says: 'An initial sequence number is chosen and a SYN sent.',
      clauses: [OPEN],
      to: 'SYN-SENT',
      sends: ['SYN'],
    },
    LISTEN: {
      says: 'The connection turns from passive to active: a SYN is sent.',
      clauses: [OPEN],
      to: 'SYN-SENT',
      sends: ['SYN'],
    },
    'SYN-SENT': EXISTS,
    ...each(WITH_WINDOW, EXISTS),
  },

  'open passive': {
    CLOSED: {
      says: 'A connection is made that waits for a SYN.',
      clauses: [OPEN],
      to: 'LISTEN',
    },
    LISTEN: EXISTS,
    'SYN-SENT': EXISTS,
    ...each(WITH_WINDOW, EXISTS),
  },

  send: {
    CLOSED: noConnection(SEND),
    LISTEN: {
      says: 'The connection turns from passive to active: a SYN is sent, and the octets are queued.',
      clauses: [SEND],
      to: 'SYN-SENT',
      sends: ['SYN'],
      data: ['queued'],
    },
    'SYN-SENT': QUEUED,
    'SYN-RECEIVED': QUEUED,
    ESTABLISHED: SENT,
    'CLOSE-WAIT': SENT,
    ...each(SEND_IS_OVER, {
      says: 'Refused: the program has closed, nothing can follow its FIN.',
      clauses: [SEND],
      told: ['EPIPE'],
    }),
  },

  receive: {
    CLOSED: noConnection(RECEIVE),
    LISTEN: WAITS,
    'SYN-SENT': WAITS,
    'SYN-RECEIVED': WAITS,
    ESTABLISHED: RECEIVED,
    'FIN-WAIT-1': RECEIVED,
    'FIN-WAIT-2': RECEIVED,
    'CLOSE-WAIT': [{ ...RECEIVED[0]!, says: 'The program gets the octets that came before the FIN.' }, AT_THE_END],
    ...each(['CLOSING', 'LAST-ACK', 'TIME-WAIT'], AFTER_OUR_CLOSE),
  },

  close: {
    CLOSED: noConnection(CLOSE),
    LISTEN: {
      says: 'Nobody has connected: the connection is deleted.',
      clauses: [CLOSE],
      to: 'CLOSED',
      told: ['the connection is gone'],
    },
    'SYN-SENT': {
      says: 'The attempt is given up; what was queued is thrown away.',
      clauses: [CLOSE],
      to: 'CLOSED',
      told: ['the connection is gone'],
      data: ['flushed'],
    },
    'SYN-RECEIVED': [
      {
        when: 'nothing waits to be sent',
        says: 'A FIN is sent.',
        clauses: [CLOSE],
        to: 'FIN-WAIT-1',
        sends: ['FIN'],
      },
      {
        when: 'octets wait to be sent',
        says: 'The call is queued: octets and FIN go out once the connection is established.',
        clauses: [CLOSE],
      },
    ],
    ESTABLISHED: [
      {
        when: 'nothing waits to be sent',
        says: 'A FIN is sent: no more octets will follow. Receiving goes on.',
        clauses: [CLOSE],
        to: 'FIN-WAIT-1',
        sends: ['FIN'],
      },
      {
        when: 'the window holds octets back',
        says: 'The FIN waits behind the octets; the state changes at once.',
        clauses: [CLOSE],
        to: 'FIN-WAIT-1',
      },
    ],
    'FIN-WAIT-1': {
      says: 'The program has closed already; that is no news, and no second FIN is sent.',
      clauses: [CLOSE],
    },
    'FIN-WAIT-2': {
      says: 'The program has closed already; that is no news, and no second FIN is sent.',
      clauses: [CLOSE],
    },
    'CLOSE-WAIT': [
      {
        when: 'nothing waits to be sent',
        says: 'A FIN is sent: both ends have closed now.',
        clauses: [CLOSE],
        to: 'LAST-ACK',
        sends: ['FIN'],
      },
      {
        when: 'the window holds octets back',
        says: 'The FIN waits behind the octets.',
        clauses: [CLOSE],
        departure:
          'The state changes at once, not when the FIN is sent: a SEND behind the CLOSE is refused all the same.',
        to: 'LAST-ACK',
      },
    ],
    ...each(['CLOSING', 'LAST-ACK', 'TIME-WAIT'], CLOSED_ALREADY),
  },

  abort: {
    CLOSED: noConnection(ABORT),
    LISTEN: FORGOTTEN,
    'SYN-SENT': FORGOTTEN,
    ...each(['SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT'], ABORTED),
    ...each(['CLOSING', 'LAST-ACK', 'TIME-WAIT'], {
      ...FORGOTTEN,
      says: 'The connection is deleted without a reset: both ends have said all they had to say.',
      told: ['the connection is gone'],
    }),
  },
};
