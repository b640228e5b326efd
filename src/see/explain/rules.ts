/**
 * The rules that turn facts into sentences. The first rule whose `when` holds tells; each rests on a section of RFC 9293. Not here: shared
 * clauses (clauses.ts). Labels for loss and reordering will be rules of their own, before 'data/again'.
 */
import { flagNames } from '../../rules/flags.ts';
import { PSH } from '../../wire/tcp.ts';
import type { FrameFacts, InferredState, Kind } from '../analysis/facts.ts';
import { acknowledgment, allowance, expectation, scaling, standing } from './clauses.ts';
import type { Section } from './section.ts';
import { capitalized, numberRange, octets, type Telling } from './words.ts';

/** A rule. */
export interface Rule {
  /** `handshake/syn`. */
  readonly id: string;
  readonly section: Section;
  readonly kinds: readonly Kind[];
  /** A further condition, where the kind alone does not decide. */
  readonly when?: (t: Telling) => boolean;
  readonly tell: (t: Telling) => string;
}

/** An end's state before the frame. */
function stateBefore({ facts, conversation }: Telling, end: 0 | 1): InferredState {
  if (facts.position === 0) return conversation.initial[end];
  return conversation.frames[facts.position - 1]?.states[end] ?? 'unknown';
}

/** Whether an earlier frame in the conversation fits. */
function earlier({ facts, conversation }: Telling, fits: (earlier: FrameFacts) => boolean): boolean {
  for (let i = Math.min(facts.position, conversation.frames.length) - 1; i >= 0; i--)
    if (fits(conversation.frames[i]!)) return true;
  return false;
}

/** The sender opened with a SYN of its own, without ACK, though it is answering one. */
const openedToo = (t: Telling): boolean => earlier(t, ({ from, kind }) => from === t.from && kind === 'SYN');

/** In a conversation's first frame the receiver has its address behind it. */
const synOf = ({ facts, receiver }: Telling): string =>
  facts.position === 0 ? `the SYN of ${receiver}` : `${receiver}'s SYN`;

const numbering = ({ facts }: Telling): string =>
  `counts ${facts.conversation.client === facts.from ? 'its' : 'its own'} octets from ${facts.rawSeq}, shown here as 0; this SYN uses up number 0`;

/** What a SYN brings with it. */
const early = ({ facts: { seq, length } }: Telling): string =>
  length === 0 ? '' : ` It brings ${octets(length)} along, ${numberRange(seq + 1, length)}.`;

const firstWindow = ({ facts, receiverAgain }: Telling): string =>
  `Its window is ${facts.window}: ${receiverAgain} may send that many octets before it must wait for an acknowledgment.`;

const segmentSize = ({ facts }: Telling): string =>
  facts.mss < 0 ? '' : ` It takes at most ${octets(facts.mss)} in one segment (MSS).`;

const sent = ({ facts }: Telling): string => {
  const push = facts.flags & PSH && facts.seq === 1 ? ', to be handed to the program at once (PSH)' : '';
  return `${octets(facts.length)}, ${numberRange(facts.seq, facts.length)}${push}.`;
};

/** What a segment with data also acknowledges. */
const alongside = (t: Telling): string =>
  t.facts.acknowledged > 0 || t.facts.acknowledgesFin ? ` It ${acknowledgment(t)}` : ` ${expectation(t)}`;

const missing = ({ facts, senderAgain }: Telling): string =>
  facts.gap === 0
    ? ''
    : ` ${capitalized(octets(facts.gap))} from ${senderAgain} before it ${facts.gap === 1 ? 'has' : 'have'} not been seen: lost, late or not captured.`;

const refusalPort = ({ conversation, from }: Telling): number => conversation.ends[from].port;

/** The rules, in the order in which they are tried. */
export const RULES: readonly Rule[] = [
  {
    id: 'handshake/syn-after-refusal',
    section: '3.5',
    kinds: ['SYN'],
    when: (t) => t.facts.repeats !== undefined && earlier(t, ({ from, kind }) => from === t.to && kind === 'refusal'),
    tell: ({ sender }) =>
      `${capitalized(sender)} asks again, with the same number, though it was refused: some systems try several times before they tell the program.`,
  },
  {
    id: 'handshake/syn-again',
    section: '3.8.1',
    kinds: ['SYN'],
    when: ({ facts }) => facts.repeats !== undefined,
    tell: ({ facts, sender, receiver }) =>
      `${capitalized(sender)} asks again: no answer to frame ${facts.repeats} has reached it. It uses the same number, so that ${receiver} can tell it is the same request.`,
  },
  {
    id: 'handshake/simultaneous-syn',
    section: '3.5',
    kinds: ['SYN'],
    when: (t) => earlier(t, ({ from, kind }) => from === t.to && kind === 'SYN'),
    tell: (t) =>
      `${capitalized(t.sender)} asks for a connection too, before it has heard ${t.receiver}: both open at the same time. It ${numbering(t)}. ${firstWindow(t)}${scaling(t)}`,
  },
  {
    id: 'handshake/syn',
    section: '3.5',
    kinds: ['SYN'],
    tell: (t) =>
      `${capitalized(t.sender)} asks ${t.receiver} for a connection. It ${numbering(t)}, so its first octet of data ${t.facts.length > 0 ? 'is' : 'will be'} number 1.${early(t)} It has nothing to acknowledge yet. ${firstWindow(t)}${scaling(t)}${segmentSize(t)}`,
  },
  {
    id: 'handshake/simultaneous-syn-ack',
    section: '3.5',
    kinds: ['SYN,ACK'],
    when: openedToo,
    tell: (t) =>
      `${capitalized(t.sender)} has ${t.receiver}'s SYN, says so (Ack=${t.facts.ack}), and repeats its own SYN, number 0. ${allowance(t)}`,
  },
  {
    id: 'handshake/syn-ack-again',
    section: '3.8.1',
    kinds: ['SYN,ACK'],
    when: ({ facts }) => facts.repeats !== undefined,
    tell: (t) =>
      `${capitalized(t.sender)} agrees again, with the same number 0: ${t.receiver}'s acknowledgment of frame ${t.facts.repeats} has not reached it. ${expectation(t)} ${allowance(t)}`,
  },
  {
    id: 'handshake/syn-ack',
    section: '3.5',
    kinds: ['SYN,ACK'],
    tell: (t) =>
      `${capitalized(t.sender)} agrees and asks for the way back: it has ${synOf(t)}, number 0, and expects number ${t.facts.ack} next. It ${numbering(t)}.${early(t)} ${allowance(t)}${scaling(t)}${segmentSize(t)}`,
  },
  {
    id: 'handshake/ack',
    section: '3.5',
    kinds: ['ACK of SYN'],
    when: (t) => t.facts.states[t.from] === 'ESTABLISHED' && t.facts.states[t.to] === 'ESTABLISHED',
    tell: (t) =>
      `${capitalized(t.sender)} has ${t.receiver}'s SYN, number 0, and expects number ${t.facts.ack} next. Both ends now know each other's numbers: the connection is open. ${allowance(t)}`,
  },
  {
    id: 'handshake/ack-of-syn',
    section: '3.5',
    kinds: ['ACK of SYN'],
    tell: (t) =>
      `${capitalized(t.sender)} has ${t.receiver}'s SYN, number 0, and expects number ${t.facts.ack} next. ${allowance(t)}`,
  },
  {
    id: 'handshake/challenge',
    section: '3.10.7.4',
    kinds: ['challenge ACK'],
    tell: (t) =>
      `${capitalized(t.sender)} does not answer the SYN but names the number it expects on a connection of its own: it seems to know an older one between the same ports. ${capitalized(t.receiver)} can clear that away with a reset.`,
  },
  {
    id: 'reset/refused',
    section: '3.5.2',
    kinds: ['refusal'],
    tell: (t) =>
      `${capitalized(t.sender)} refuses: nobody listens on port ${refusalPort(t)}, so its TCP answers with a reset (RST). Ack=${t.facts.ack} shows that it means ${t.receiver}'s SYN, number 0. No connection comes about; both ends are CLOSED.`,
  },
  {
    id: 'reset/unknown-connection',
    section: '3.5.2',
    kinds: ['RST'],
    when: (t) => stateBefore(t, t.from) === 'CLOSED',
    tell: (t) =>
      `${capitalized(t.sender)} has no such connection any more, so it answers what still arrives with a reset (RST).`,
  },
  {
    id: 'reset/obeyed',
    section: '3.5.3',
    kinds: ['RST'],
    when: (t) => t.facts.states[t.to] === 'CLOSED' && t.facts.states[t.from] === 'CLOSED',
    tell: (t) => {
      // A FIN on its way is a number, but no octet.
      const fin = earlier(t, ({ from, kind }) => from === t.to && kind === 'FIN') ? 1 : 0;
      const unread = t.facts.inFlight[t.to] - fin;
      const rest =
        unread > 0 ? ` ${capitalized(octets(unread))} from ${t.receiverAgain} had not been acknowledged.` : '';
      const text = t.facts.length > 0 ? ` It carries ${octets(t.facts.length)} of text that say why.` : '';
      return `${capitalized(t.sender)} aborts the connection with a reset (RST). It is over at once: ${t.receiver} answers nothing, and what was not yet delivered is dropped.${rest}${text} Both ends are CLOSED.`;
    },
  },
  {
    id: 'reset/other',
    section: '3.5.3',
    kinds: ['RST'],
    tell: (t) =>
      `${capitalized(t.sender)} sends a reset (RST) with number ${t.facts.seq}. ${capitalized(t.receiver)} obeys it only if that number is the one it expects.`,
  },
  {
    id: 'close/fin-again',
    section: '3.8.1',
    kinds: ['FIN'],
    when: ({ facts, conversation, from }) =>
      facts.repeats !== undefined &&
      facts.newOctets === 0 &&
      conversation.firstFin !== undefined &&
      conversation.frames.some((f) => f.position < facts.position && f.from === from && f.kind === 'FIN'),
    tell: (t) =>
      `${capitalized(t.sender)} sends its FIN, number ${finNumber(t)}, again: no acknowledgment of frame ${t.facts.repeats} has reached it. ${expectation(t)} ${allowance(t)}`,
  },
  {
    id: 'close/simultaneous-fin',
    section: '3.6',
    kinds: ['FIN'],
    when: (t) =>
      ['FIN-WAIT-1', 'CLOSING'].includes(t.facts.states[t.from]) &&
      earlier(t, ({ from, kind }) => from === t.to && kind === 'FIN'),
    tell: (t) =>
      `${capitalized(t.sender)} has nothing more to send either: its FIN uses up number ${finNumber(t)}. It still expects number ${t.facts.ack}, so it did not know of ${t.receiver}'s FIN yet: both close at the same time.${missing(t)} ${allowance(t)}`,
  },
  {
    id: 'close/second-fin',
    section: '3.6',
    kinds: ['FIN'],
    when: (t) => earlier(t, ({ from, kind }) => from === t.to && kind === 'FIN'),
    tell: (t) =>
      `${capitalized(t.sender)} ${t.facts.acknowledgesFin ? acknowledgment(t).replace(/\.$/, '') : `knows that the other direction is closed and still expects number ${t.facts.ack} next`}. It has nothing more to send either: ${lastData(t)}its own FIN uses up number ${finNumber(t)}.${missing(t)} ${allowance(t)}`,
  },
  {
    id: 'close/first-fin',
    section: '3.6',
    kinds: ['FIN'],
    tell: (t) =>
      `${capitalized(t.sender)} has nothing more to send: ${lastData(t)}its FIN uses up number ${finNumber(t)}.${missing(t)} It can still receive: it expects number ${t.facts.ack} next from ${t.receiver}. ${allowance(t)}`,
  },
  {
    id: 'close/last-ack',
    section: '3.6',
    kinds: ['ACK of FIN'],
    when: (t) => t.facts.states[t.from] === 'TIME-WAIT' && t.facts.states[t.to] === 'CLOSED',
    tell: (t) =>
      `${capitalized(t.sender)} ${acknowledgment(t)} Both directions are closed. ${capitalized(t.receiverAgain)} is done (CLOSED); ${t.senderAgain} waits a while (TIME-WAIT), in case this acknowledgment is lost and the FIN comes again. ${allowance(t)}`,
  },
  {
    id: 'close/simultaneous-ack',
    section: '3.6',
    kinds: ['ACK of FIN'],
    when: (t) => t.facts.states[t.to] === 'TIME-WAIT',
    tell: (t) =>
      `${capitalized(t.sender)} ${acknowledgment(t)} ${capitalized(t.receiverAgain)} now has both FINs and waits a while (TIME-WAIT), in case a FIN comes again. ${allowance(t)}`,
  },
  {
    id: 'close/half-closed',
    section: '3.6.1',
    kinds: ['ACK of FIN'],
    tell: (t) =>
      `${capitalized(t.sender)} ${acknowledgment(t)} That direction is closed; ${t.senderAgain} may still send. ${allowance(t)}`,
  },
  {
    id: 'window/probe',
    section: '3.8.6.1',
    kinds: ['zero-window probe'],
    tell: (t) =>
      `${capitalized(t.sender)} asks whether the window is still closed (a zero-window probe): ${t.facts.length === 0 ? `an empty segment numbered ${t.facts.seq}` : `one octet, number ${t.facts.seq}`}, which ${t.receiver} must answer with its present window. ${expectation(t)} ${allowance(t)}`,
  },
  {
    id: 'window/probe-answer',
    section: '3.8.6.1',
    kinds: ['probe answer'],
    tell: (t) =>
      `${capitalized(t.sender)} answers the probe: it still expects number ${t.facts.ack}, and its window is still 0. ${capitalized(t.receiverAgain)} has to go on waiting.`,
  },
  {
    id: 'window/zero',
    section: '3.8.6',
    kinds: ['zero window'],
    tell: (t) =>
      `${capitalized(t.sender)} ${acknowledgment(t)} It has no room for more: its window is 0, so ${t.receiver} must stop and wait.`,
  },
  {
    id: 'window/opened',
    section: '3.8.6',
    kinds: ['window update'],
    when: wasStopped,
    tell: (t) =>
      `${capitalized(t.sender)} has room again. It still expects number ${t.facts.ack} next. ${allowance(t)} ${capitalized(t.receiverAgain)} can go on.`,
  },
  {
    id: 'window/update',
    section: '3.8.6',
    kinds: ['window update'],
    tell: (t) =>
      `${capitalized(t.sender)} moves its window. It still expects number ${t.facts.ack} next. ${allowance(t)}`,
  },
  {
    id: 'idle/keep-alive',
    section: '3.8.4',
    kinds: ['keep-alive'],
    tell: (t) =>
      `${capitalized(t.sender)} asks whether ${t.receiver} is still there (a keep-alive): a segment with the old number ${t.facts.seq}, which must be answered. ${expectation(t)} ${allowance(t)}`,
  },
  {
    id: 'idle/keep-alive-answer',
    section: '3.8.4',
    kinds: ['keep-alive answer'],
    tell: (t) => `${capitalized(t.sender)} is still there: it expects number ${t.facts.ack} next. ${allowance(t)}`,
  },
  {
    id: 'data/again',
    section: '3.8.1',
    kinds: ['data'],
    when: ({ facts }) => facts.repeats !== undefined || facts.oldOctets > 0,
    tell: (t) => {
      const { facts } = t;
      const { length, newOctets, repeats, seq } = facts;
      // Only the last frames are remembered.
      const where = repeats === undefined ? '' : ` (frame ${repeats})`;
      const what = repeats === undefined ? 'an earlier frame' : `frame ${repeats}`;
      return newOctets === 0
        ? `${capitalized(t.sender)} sends ${octets(length)} again, ${numberRange(seq, length)}${where}: they, or their acknowledgment, may have been lost or late. ${expectation(t)} ${allowance(t)}`
        : `${capitalized(t.sender)} sends ${octets(length)}, ${numberRange(seq, length)}; ${what} carried the first of them before, the last ${newOctets} ${newOctets === 1 ? 'is' : 'are'} new.${standing(t)} ${expectation(t)} ${allowance(t)}`;
    },
  },
  {
    id: 'data/late',
    section: '3.4',
    kinds: ['data'],
    when: ({ facts }) => facts.newOctets < facts.length,
    tell: (t) =>
      `${capitalized(t.sender)} sends ${sent(t)} Higher numbers came before: this segment is late, or sent again. The numbers tell ${t.receiver} where it belongs. ${expectation(t)} ${allowance(t)}`,
  },
  {
    id: 'data/goes-on',
    section: '3.8.6',
    kinds: ['data'],
    when: ({ facts }) => facts.resumes,
    tell: (t) =>
      `${capitalized(t.sender)} may send again and goes on: ${sent(t)}${missing(t)}${standing(t)}${alongside(t)} ${allowance(t)}`,
  },
  {
    id: 'data/window-reached',
    section: '3.8.6',
    kinds: ['data'],
    when: ({ facts, from }) => facts.stopped[from],
    tell: (t) => `${capitalized(t.sender)} sends ${sent(t)}${missing(t)}${standing(t)}${alongside(t)} ${allowance(t)}`,
  },
  {
    id: 'data/new',
    section: '3.4',
    kinds: ['data'],
    tell: (t) => `${capitalized(t.sender)} sends ${sent(t)}${missing(t)}${standing(t)}${alongside(t)} ${allowance(t)}`,
  },
  {
    id: 'ack/new',
    section: '3.4',
    kinds: ['ACK'],
    tell: (t) => `${capitalized(t.sender)} ${acknowledgment(t)} ${allowance(t)}`,
  },
  {
    id: 'ack/repeated',
    section: '3.4',
    kinds: ['repeated ACK'],
    tell: (t) => `${capitalized(t.sender)} says once more that it expects number ${t.facts.ack} next. ${allowance(t)}`,
  },
  {
    id: 'odd',
    section: '3.1',
    kinds: ['odd'],
    tell: (t) =>
      `${capitalized(t.sender)} sends a segment with ${flagNames(t.facts.flags) || 'no control bits'}: no rule of TCP makes such a segment.`,
  },
];

/** The FIN stands behind the segment's data. */
const finNumber = ({ facts }: Telling): number => (facts.seq + facts.length) % 2 ** 32;

const lastData = ({ facts }: Telling): string =>
  facts.length === 0
    ? ''
    : `this segment has its last ${octets(facts.length)}, ${numberRange(facts.seq, facts.length)}, and `;

/** Whether the receiver of the segment stood at the edge of its window before it. */
function wasStopped({ facts, conversation, to }: Telling): boolean {
  return conversation.frames[facts.position - 1]?.stopped[to] === true;
}
