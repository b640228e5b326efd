/**
 * Segments with neither RST nor SYN, by their acknowledgment. Their number is the one expected. Read first: RFC 9293 §3.10.7.1 to §3.10.7.4 (fifth step);
 * RFC 5961 §5.2 (acknowledgments too old to be true).
 */
import { each, type Fate, type Form, type Row, SEND_IS_OVER, type Sketch, SYNCHRONIZED, type Told } from './cell.ts';

/** What these rows are about. Old: SEG.ACK =< SND.UNA. New: SND.UNA < SEG.ACK =< SND.NXT. */
export type AckEvent =
  | 'no ACK'
  | 'no ACK, with data'
  | 'old ACK'
  | 'old ACK, with data'
  | 'new ACK'
  | 'new ACK, with data'
  | 'ACK beyond SND.NXT'
  | 'ACK beyond SND.NXT, with data';

const OTHER_STATES = 'RFC 9293 §3.10.7.4';

/** What the octets of a segment lead to where they are wanted, and that they lead to nothing where they are not. */
interface Text {
  readonly sends: readonly Form[];
  readonly told: readonly Told[];
  readonly data: readonly Fate[];
}
const NO_TEXT: Text = { sends: [], told: [], data: [] };
const TAKEN: Text = { sends: ['ACK'], told: ['octets can be received'], data: ['delivered'] };
const IGNORED: Text = { sends: [], told: [], data: ['dropped'] };

/** `sketch`, and what is said of the octets of the segment. */
const plus = (sketch: Sketch, text: Text): Sketch => ({
  ...sketch,
  says: text === TAKEN ? `${sketch.says} The octets are delivered.` : sketch.says,
  sends: [...(sketch.sends ?? []), ...text.sends],
  told: [...(sketch.told ?? []), ...text.told],
  data: [...(sketch.data ?? []), ...text.data],
});

const NEITHER = 'Nothing has been sent, so an acknowledgment is neither old nor new but of something never sent.';
const ALL_ACKNOWLEDGED = 'All that was sent, the FIN too, is acknowledged: there is nothing new to acknowledge.';

const NEVER_SENT = (clause: string): Sketch => ({
  says: 'It acknowledges what was never sent: a reset says so.',
  clauses: [clause],
  sends: ['RST for an ACK'],
});

const noAck = (text: Text): Row => {
  const { data } = text;
  return {
    CLOSED: {
      says: 'There is no connection: a reset says so.',
      clauses: ['RFC 9293 §3.10.7.1'],
      sends: ['RST without an ACK'],
      data,
    },
    LISTEN: {
      says: 'Dropped: it neither opens a connection nor answers anything.',
      clauses: ['RFC 9293 §3.10.7.2'],
      data,
    },
    'SYN-SENT': { says: 'Dropped: it answers nothing.', clauses: ['RFC 9293 §3.10.7.3'], data },
    'SYN-RECEIVED': { says: 'Dropped: every segment behind the SYN has an ACK.', clauses: [OTHER_STATES], data },
    ...each(SYNCHRONIZED, {
      says: 'Dropped: every segment behind the SYN has an ACK.',
      clauses: [OTHER_STATES],
      data,
    }),
  };
};

/** The two kinds of old acknowledgments; `text` is what is said of octets behind the one that is let through. */
const old = (text: Text, dropped: readonly Fate[]): readonly Sketch[] => [
  plus(
    {
      when: 'by no more than the largest window',
      says: 'A duplicate: nothing of it is news.',
      clauses: [OTHER_STATES],
    },
    text,
  ),
  {
    when: 'by more than the largest window',
    says: 'No peer could have sent it, only one who guesses: it is answered with an acknowledgment and dropped.',
    clauses: [OTHER_STATES, 'RFC 5961 §5.2'],
    sends: ['ACK'],
    data: dropped,
  },
];

const oldAck = (taken: Text, ignored: Text): Row => {
  const { data } = ignored;
  return {
    CLOSED: NEITHER,
    LISTEN: NEITHER,
    'SYN-SENT': {
      ...NEVER_SENT('RFC 9293 §3.10.7.3'),
      says: 'It does not acknowledge our SYN: a reset ends what it belongs to.',
      data,
    },
    'SYN-RECEIVED': {
      ...NEVER_SENT(OTHER_STATES),
      says: 'It does not acknowledge our SYN: a reset ends what it belongs to.',
      data,
    },
    ...each(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'], old(taken, data)),
    ...each(['CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'], old(ignored, data)),
  };
};

const ACKNOWLEDGED: readonly Sketch[] = [
  {
    when: 'nobody waits for room in the send buffer',
    says: 'What is acknowledged leaves the retransmission queue, and the send window is updated.',
    clauses: [OTHER_STATES],
    data: ['acknowledged'],
  },
  {
    when: 'the program waits for room in the send buffer',
    says: 'What is acknowledged leaves the retransmission queue, and the program hears of the room.',
    clauses: [OTHER_STATES],
    told: ['there is room to send'],
    data: ['acknowledged'],
  },
];

const OCTETS_ONLY: Sketch = {
  when: 'it covers octets, not our FIN',
  says: 'What is acknowledged leaves the retransmission queue.',
  clauses: [OTHER_STATES],
  data: ['acknowledged'],
};

/** The acknowledgment of our FIN. */
const closes = (says: string, to: Sketch['to'], told: readonly Told[] = []): Sketch => ({
  when: 'it covers our FIN',
  says,
  clauses: [OTHER_STATES],
  ...(to === undefined ? {} : { to }),
  told,
  data: ['acknowledged'],
});

const newAck = (taken: Text, ignored: Text): Row => {
  const withTaken = (sketches: readonly Sketch[]): readonly Sketch[] => sketches.map((sketch) => plus(sketch, taken));
  const withIgnored = (sketches: readonly Sketch[]): readonly Sketch[] =>
    sketches.map((sketch) => plus(sketch, ignored));
  return {
    CLOSED: NEITHER,
    LISTEN: NEITHER,
    'SYN-SENT': {
      says: 'Dropped: without the SYN of the peer the connection cannot open.',
      clauses: ['RFC 9293 §3.10.7.3'],
      data: ignored.data,
    },
    'SYN-RECEIVED': plus(
      {
        says: 'Our SYN is acknowledged: the connection is open.',
        clauses: [OTHER_STATES],
        to: 'ESTABLISHED',
        told: ['established'],
        data: ['acknowledged'],
      },
      taken,
    ),
    ESTABLISHED: withTaken(ACKNOWLEDGED),
    'FIN-WAIT-1': withTaken([closes('The peer knows that we have closed.', 'FIN-WAIT-2'), OCTETS_ONLY]),
    'FIN-WAIT-2': ALL_ACKNOWLEDGED,
    'CLOSE-WAIT': withIgnored(ACKNOWLEDGED),
    CLOSING: withIgnored([closes('Both ends know that both have closed.', 'TIME-WAIT'), OCTETS_ONLY]),
    'LAST-ACK': withIgnored([
      closes('Both ends know that both have closed: the connection is deleted.', 'CLOSED', ['the connection is gone']),
      OCTETS_ONLY,
    ]),
    'TIME-WAIT': ALL_ACKNOWLEDGED,
  };
};

const beyond = (data: readonly Fate[]): Row => {
  const answered: Sketch = {
    says: 'It acknowledges what was never sent: an acknowledgment says what was, and the segment is dropped.',
    clauses: [OTHER_STATES, 'RFC 5961 §5.2'],
    sends: ['ACK'],
    data,
  };
  return {
    CLOSED: { ...NEVER_SENT('RFC 9293 §3.10.7.1'), says: 'There is no connection: a reset says so.', data },
    LISTEN: { ...NEVER_SENT('RFC 9293 §3.10.7.2'), data },
    'SYN-SENT': { ...NEVER_SENT('RFC 9293 §3.10.7.3'), data },
    'SYN-RECEIVED': { ...NEVER_SENT(OTHER_STATES), data },
    ESTABLISHED: answered,
    'CLOSE-WAIT': answered,
    ...each(SEND_IS_OVER, answered),
  };
};

/** The rows. */
export const ACKNOWLEDGMENTS: Readonly<Record<AckEvent, Row>> = {
  'no ACK': noAck(NO_TEXT),
  'no ACK, with data': noAck(IGNORED),
  'old ACK': oldAck(NO_TEXT, NO_TEXT),
  'old ACK, with data': oldAck(TAKEN, IGNORED),
  'new ACK': newAck(NO_TEXT, NO_TEXT),
  'new ACK, with data': newAck(TAKEN, IGNORED),
  'ACK beyond SND.NXT': beyond([]),
  'ACK beyond SND.NXT, with data': beyond(['dropped']),
};
