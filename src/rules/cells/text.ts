/**
 * Octets and FIN, in segments whose acknowledgment says nothing new (in SYN-RECEIVED: that of our SYN). Read first: RFC 9293 §3.10.7.4, seventh and eighth step;
 * RFC 5681 §4.2 (when to acknowledge what is out of order).
 */
import { AFTER_FIN, each, type Row, type Sketch } from './cell.ts';

/** What these rows are about. */
export type TextEvent = 'data in order' | 'data out of order' | 'FIN' | 'FIN, with data';

const OTHER_STATES = 'RFC 9293 §3.10.7.4';

const NO_ORDER = 'No number is expected yet, so none is out of order: see data in order.';

const RESET_IN_CLOSED: Sketch = {
  says: 'There is no connection: a reset says so.',
  clauses: ['RFC 9293 §3.10.7.1'],
  sends: ['RST for an ACK'],
};
const RESET_IN_LISTEN: Sketch = {
  says: 'It acknowledges what was never sent: a reset says so.',
  clauses: ['RFC 9293 §3.10.7.2'],
  sends: ['RST for an ACK'],
};
const NO_SYN: Sketch = {
  says: 'Dropped: without the SYN of the peer its numbers mean nothing.',
  clauses: ['RFC 9293 §3.10.7.3'],
};

const dropped = (sketch: Sketch): Sketch => ({ ...sketch, data: ['dropped'] });

const AFTER_ITS_FIN: Sketch = {
  says: 'Ignored: behind its FIN a peer has nothing to say.',
  clauses: [OTHER_STATES],
  data: ['dropped'],
};

const DELIVERED: Sketch = {
  says: 'The octets are delivered and acknowledged.',
  clauses: [OTHER_STATES],
  sends: ['ACK'],
  told: ['octets can be received'],
  data: ['delivered'],
};

const OPENS: Sketch = {
  says: 'The ACK opens the connection, the octets are delivered.',
  clauses: [OTHER_STATES],
  to: 'ESTABLISHED',
  sends: ['ACK'],
  told: ['established', 'octets can be received'],
  data: ['acknowledged', 'delivered'],
};

const LOST: Sketch = {
  when: 'the program has closed both directions',
  says: 'Nobody will ever read the octets: a reset tells the peer that they are lost.',
  clauses: ['RFC 9293 §3.6.1'],
  to: 'CLOSED',
  sends: ['RST for an ACK'],
  told: ['the connection is gone', 'ECONNABORTED'],
  data: ['dropped', 'flushed'],
};

const HELD: Sketch = {
  says: 'The octets are kept, and an acknowledgment says at once which number is missing.',
  clauses: [OTHER_STATES, 'RFC 5681 §4.2'],
  sends: ['ACK'],
  data: ['held'],
};

const received = (entry: Sketch): readonly Sketch[] => [{ ...entry, when: 'the program still reads' }, LOST];

const HOLE: Sketch = {
  when: 'octets before it are missing',
  says: 'The FIN is remembered until they have come.',
  clauses: [OTHER_STATES],
  sends: ['ACK'],
};

const AGAIN: Sketch = {
  when: 'it is the FIN of the peer again',
  says: 'Our acknowledgment was lost: it is sent again.',
  clauses: [OTHER_STATES],
  sends: ['ACK'],
};

const RESTART: Sketch = {
  ...AGAIN,
  says: 'Our acknowledgment was lost: it is sent again, and the wait of twice the maximum segment lifetime begins anew.',
};

/** A FIN in order. */
const closes = (when: string, says: string, to: Sketch['to'], more: Partial<Sketch> = {}): Sketch => ({
  when,
  says,
  clauses: [OTHER_STATES],
  ...(to === undefined ? {} : { to }),
  sends: ['ACK'],
  told: ['the peer has closed'],
  ...more,
});

const IN_ORDER = 'all before it has come';

const FINS: Row = {
  CLOSED: RESET_IN_CLOSED,
  LISTEN: RESET_IN_LISTEN,
  'SYN-SENT': NO_SYN,
  'SYN-RECEIVED': [
    closes(IN_ORDER, 'The ACK opens the connection, the FIN half-closes it.', 'CLOSE-WAIT', {
      told: ['established', 'the peer has closed'],
      data: ['acknowledged'],
    }),
    {
      ...HOLE,
      says: 'The ACK opens the connection; the FIN is remembered until they have come.',
      to: 'ESTABLISHED',
      told: ['established'],
      data: ['acknowledged'],
    },
  ],
  ESTABLISHED: [closes(IN_ORDER, 'The peer has closed: the program is told, and can still send.', 'CLOSE-WAIT'), HOLE],
  'FIN-WAIT-1': [
    closes('it does not acknowledge our FIN', 'The FINs have crossed.', 'CLOSING'),
    closes('it acknowledges our FIN', 'Both ends have closed and know it.', 'TIME-WAIT', { data: ['acknowledged'] }),
    HOLE,
  ],
  'FIN-WAIT-2': [closes(IN_ORDER, 'Both ends have closed and know it.', 'TIME-WAIT'), HOLE],
  ...each(['CLOSE-WAIT', 'CLOSING', 'LAST-ACK'], AGAIN),
  'TIME-WAIT': RESTART,
};

/** What a FIN does, and the octets before it in the same segment. */
const withOctets = (sketch: Sketch): Sketch => {
  if (sketch.when === HOLE.when) return { ...sketch, data: [...(sketch.data ?? []), 'held'] };
  if (!sketch.told?.includes('the peer has closed')) return { ...sketch, data: ['dropped', ...(sketch.data ?? [])] };
  const told = sketch.told.filter((each) => each !== 'the peer has closed');
  return {
    ...sketch,
    says: `${sketch.says} The octets before the FIN are delivered.`,
    told: [...told, 'octets can be received', 'the peer has closed'],
    data: [...(sketch.data ?? []), 'delivered'],
  };
};

/** The rows. */
export const TEXT: Readonly<Record<TextEvent, Row>> = {
  'data in order': {
    CLOSED: dropped(RESET_IN_CLOSED),
    LISTEN: dropped(RESET_IN_LISTEN),
    'SYN-SENT': dropped(NO_SYN),
    'SYN-RECEIVED': OPENS,
    ESTABLISHED: DELIVERED,
    'FIN-WAIT-1': received(DELIVERED),
    'FIN-WAIT-2': received(DELIVERED),
    ...each(AFTER_FIN, AFTER_ITS_FIN),
  },
  'data out of order': {
    CLOSED: NO_ORDER,
    LISTEN: NO_ORDER,
    'SYN-SENT': NO_ORDER,
    'SYN-RECEIVED': {
      ...HELD,
      says: 'The ACK opens the connection; the octets are kept until those before them have come.',
      to: 'ESTABLISHED',
      told: ['established'],
      data: ['acknowledged', 'held'],
    },
    ESTABLISHED: HELD,
    'FIN-WAIT-1': received(HELD),
    'FIN-WAIT-2': received(HELD),
    ...each(AFTER_FIN, AFTER_ITS_FIN),
  },
  FIN: FINS,
  'FIN, with data': {
    CLOSED: dropped(RESET_IN_CLOSED),
    LISTEN: dropped(RESET_IN_LISTEN),
    'SYN-SENT': dropped(NO_SYN),
    'SYN-RECEIVED': (FINS['SYN-RECEIVED'] as readonly Sketch[]).map(withOctets),
    ESTABLISHED: (FINS.ESTABLISHED as readonly Sketch[]).map(withOctets),
    'FIN-WAIT-1': [...(FINS['FIN-WAIT-1'] as readonly Sketch[]).map(withOctets), LOST],
    'FIN-WAIT-2': [...(FINS['FIN-WAIT-2'] as readonly Sketch[]).map(withOctets), LOST],
    ...each(['CLOSE-WAIT', 'CLOSING', 'LAST-ACK'], withOctets(AGAIN)),
    'TIME-WAIT': withOctets(RESTART),
  },
};
