/**
 * Segments with SYN. Read first: RFC 9293 §3.10.7.1 to §3.10.7.4 (fourth step); RFC 5961 §4.2; RFC 6191 §2 (TIME-WAIT).
 */
import { each, type Row, type Sketch } from './cell.ts';

/** What these rows are about. The SYN lies in the window where there is one. */
export type SynEvent = 'SYN' | 'SYN, with data';

const CHALLENGED: Sketch = {
  says: 'Not obeyed: an acknowledgment tells a peer that has lost its connection to reset ours.',
  clauses: ['RFC 9293 §3.10.7.4', 'RFC 5961 §4.2'],
  sends: ['ACK'],
};

const REFUSED: readonly Sketch[] = [
  {
    when: 'it has no ACK',
    says: 'Nobody listens: a reset acknowledges the SYN and refuses.',
    clauses: ['RFC 9293 §3.10.7.1'],
    sends: ['RST without an ACK'],
  },
  {
    when: 'it has an ACK',
    says: 'There is no connection that it could answer: a reset says so.',
    clauses: ['RFC 9293 §3.10.7.1'],
    sends: ['RST for an ACK'],
  },
];

const LISTENED: readonly Sketch[] = [
  {
    when: 'it has no ACK',
    says: 'The peer wants to connect: its number is noted, and a SYN,ACK answers.',
    clauses: ['RFC 9293 §3.10.7.2'],
    to: 'SYN-RECEIVED',
    sends: ['SYN,ACK'],
  },
  {
    when: 'it has an ACK',
    says: 'Nothing was sent that could be acknowledged: a reset says so.',
    clauses: ['RFC 9293 §3.10.7.2'],
    sends: ['RST for an ACK'],
  },
];

const ANSWERED: readonly Sketch[] = [
  {
    when: 'it acknowledges our SYN',
    says: 'The connection is open, and an acknowledgment completes the handshake.',
    clauses: ['RFC 9293 §3.10.7.3'],
    to: 'ESTABLISHED',
    sends: ['ACK'],
    told: ['established'],
    data: ['acknowledged'],
  },
  {
    when: 'it has no ACK',
    says: 'Both ends open at the same time: ours is sent again, with an acknowledgment of theirs.',
    clauses: ['RFC 9293 §3.10.7.3', 'RFC 9293 §3.5'],
    to: 'SYN-RECEIVED',
    sends: ['SYN,ACK'],
  },
  {
    when: 'it acknowledges something else',
    says: 'It belongs to an older connection, which a reset ends.',
    clauses: ['RFC 9293 §3.10.7.3'],
    sends: ['RST for an ACK'],
  },
];

const AGAIN: readonly Sketch[] = [
  {
    when: 'it was opened passively',
    says: 'The peer has begun anew: this attempt is deleted, and whoever listens waits for the next SYN.',
    clauses: ['RFC 9293 §3.10.7.4'],
    departure:
      'The RFC returns this connection to LISTEN. Here a listener is not a connection, so the connection is deleted.',
    to: 'CLOSED',
    told: ['the connection is gone'],
    data: ['flushed'],
  },
  { ...CHALLENGED, when: 'it was opened actively' },
  {
    when: 'it is the SYN,ACK of a simultaneous open',
    says: 'The SYN was taken when it came alone; its acknowledgment opens the connection.',
    clauses: ['RFC 9293 §3.10.7.4', 'RFC 9293 §3.5'],
    to: 'ESTABLISHED',
    sends: ['ACK'],
    told: ['established'],
    data: ['acknowledged'],
  },
];

const SUCCESSOR: readonly Sketch[] = [
  {
    when: 'it cannot be mistaken for the old connection, and somebody listens',
    says: 'A new connection takes the place of the old one and begins beyond its numbers.',
    clauses: ['RFC 9293 §3.6.1', 'RFC 6191 §2'],
    to: 'SYN-RECEIVED',
    sends: ['SYN,ACK'],
  },
  {
    when: 'it could be an old duplicate',
    says: 'Dropped: by its timestamp or number it could belong to the old connection.',
    clauses: ['RFC 6191 §2'],
  },
  { ...CHALLENGED, when: 'nobody listens, or it has an ACK' },
];

const dropped = (sketches: readonly Sketch[]): readonly Sketch[] =>
  sketches.map((sketch) => ({ ...sketch, data: ['dropped', ...(sketch.data ?? [])] }));

/** A peer that is not verified holds no memory here; it sends its octets again with or behind its ACK. */
const NOT_KEPT =
  'The RFC queues the octets. A peer that is not verified yet holds no memory here; it sends them again, since they are not acknowledged.';

/** The rows. */
export const SYNS: Readonly<Record<SynEvent, Row>> = {
  SYN: {
    CLOSED: REFUSED,
    LISTEN: LISTENED,
    'SYN-SENT': ANSWERED,
    'SYN-RECEIVED': AGAIN,
    ...each(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK'], CHALLENGED),
    'TIME-WAIT': SUCCESSOR,
  },
  'SYN, with data': {
    CLOSED: dropped(REFUSED),
    LISTEN: dropped([{ ...LISTENED[0]!, departure: NOT_KEPT }, LISTENED[1]!]),
    'SYN-SENT': [
      {
        ...ANSWERED[0]!,
        says: 'The connection is open, the octets are delivered, and one acknowledgment covers both.',
        told: ['established', 'octets can be received'],
        data: ['acknowledged', 'delivered'],
      },
      ...dropped([{ ...ANSWERED[1]!, departure: NOT_KEPT }, ANSWERED[2]!]),
    ],
    'SYN-RECEIVED': [
      ...dropped([AGAIN[0]!, AGAIN[1]!]),
      {
        ...AGAIN[2]!,
        says: 'The SYN was taken when it came alone; its acknowledgment opens the connection, and the octets are delivered.',
        told: ['established', 'octets can be received'],
        data: ['acknowledged', 'delivered'],
      },
    ],
    ...each(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK'], dropped([CHALLENGED])),
    'TIME-WAIT': dropped([{ ...SUCCESSOR[0]!, departure: NOT_KEPT }, SUCCESSOR[1]!, SUCCESSOR[2]!]),
  },
};
