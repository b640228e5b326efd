/** Facts in, sentences out: of one segment, and of a conversation when it is over. The rules are in rules.ts. */
import type { Conversation } from '../analysis/conversation.ts';
import { endpointText } from '../analysis/conversation.ts';
import type { FrameFacts } from '../analysis/facts.ts';
import { RULES } from './rules.ts';
import { citation, SECTIONS } from './section.ts';
import { capitalized, duration, endName, octets, telling } from './words.ts';

/** What something means, why, and where that is written. */
export interface Explanation {
  readonly text: string;
  /** `RFC 9293 §3.5`. */
  readonly section: string;
  /** That section's heading: `Establishing a Connection`. */
  readonly heading: string;
  /** Which rule spoke: `handshake/syn`. */
  readonly rule: string;
}

/**
 * What a segment means to both ends. The text of a conversation's first frame names both ends with their addresses. Ask when the
 * analysis has seen the whole conversation: later frames may correct the states of earlier ones.
 */
export function explainFrame(facts: FrameFacts): Explanation {
  const t = telling(facts);
  const rule = RULES.find(({ kinds, when }) => kinds.includes(facts.kind) && (when === undefined || when(t)))!;
  const middle =
    facts.position === 0 && !facts.conversation.complete
      ? 'The capture began in the middle of this conversation. '
      : '';
  const lost = facts.lost ? ' It is lost on the way and never arrives.' : '';
  return {
    text: `${middle}${rule.tell(t)}${lost}`.replaceAll(',,', ',').replaceAll(',.', '.'),
    section: citation(rule.section),
    heading: SECTIONS[rule.section],
    rule: rule.id,
  };
}

/** The story of a conversation in a few sentences: who opened, how much went each way, who closed first, how it ended. */
export function summarize(conversation: Conversation): string[] {
  const { client, ends, counts, complete, clientKnown, handshake, firstFin, copies } = conversation;
  const server = client === 0 ? 1 : 0;
  const clientText = endpointText(ends[client]);
  const serverText = endpointText(ends[server]);
  const lines: string[] = [];
  if (complete) {
    const took = handshake === undefined ? '' : ` The handshake took ${duration(handshake)}.`;
    lines.push(
      ['refused', 'no answer'].includes(conversation.ending)
        ? `The client, ${clientText}, asked the server, ${serverText}, for a connection.`
        : `The client, ${clientText}, opened a connection to the server, ${serverText}.${took}`,
    );
  } else
    lines.push(
      `The capture began in the middle: it lacks the first SYN. ${clientText} is taken for the client${clientKnown ? '' : ', because its port is the higher one'}, ${serverText} for the server.`,
    );
  const there = counts[client].octets;
  const back = counts[server].octets;
  const unseen = unseenEnd(conversation);
  if (there + back > 0) {
    const way = unseen === client ? 'from the server to the client' : 'from the client to the server';
    const other = unseen === undefined ? `, ${amount(back)} the other way,` : '';
    lines.push(
      `${capitalized(amount(unseen === client ? back : there))} went ${way}${other} in ${inAll(conversation, 'and')}.`,
    );
  }
  if (unseen !== undefined) lines.push(`The capture has nothing that ${endName(conversation, unseen)} sent.`);
  const repeats = counts[0].repeats + counts[1].repeats;
  if (repeats > 0 && conversation.ending !== 'no answer')
    lines.push(`${repeats === 1 ? '1 segment carries' : `${repeats} segments carry`} numbers that were sent before.`);
  if (copies > 0)
    lines.push(
      `The capture has ${copies === 1 ? '1 packet' : `${copies} packets`} twice, as one taken in two places has; each is told once.`,
    );
  if (firstFin !== undefined)
    lines.push(`${capitalized(endName(conversation, firstFin.from))} closed first (frame ${firstFin.frame}).`);
  lines.push(ending(conversation));
  return lines;
}

/** `8 segments and 100 milliseconds`; one segment takes no time. */
const inAll = ({ segments, start, end }: Conversation, joined: 'and' | 'in'): string =>
  segments === 1 ? '1 segment' : `${segments} segments ${joined} ${duration(end - start)}`;

/** The end of which nothing was captured, though it did send. */
function unseenEnd({ counts, ending }: Conversation): 0 | 1 | undefined {
  if (ending === 'no answer') return undefined;
  return counts[0].segments === 0 ? 0 : counts[1].segments === 0 ? 1 : undefined;
}

const amount = (count: number): string => (count === 0 ? 'no octets' : octets(count));

/** How many ends were seen to close. */
const fins = ({ frames }: Conversation): number =>
  new Set(frames.filter(({ kind }) => kind === 'FIN').map(({ from }) => from)).size;

function ending(conversation: Conversation): string {
  const { reset, ends, client } = conversation;
  const who = reset === undefined ? '' : endName(conversation, reset.from);
  switch (conversation.ending) {
    case 'orderly':
      return 'It ended in good order: each end sent a FIN and had it acknowledged.';
    case 'refused':
      return `It was refused: nobody listens on port ${ends[reset!.from].port} (frame ${reset!.frame}).`;
    case 'reset':
      return `It was aborted: ${who} reset it (frame ${reset!.frame}).`;
    case 'no answer':
      return `Nobody answered: ${inAll(conversation, 'in')}, and not one from port ${ends[client === 0 ? 1 : 0].port}.`;
    case 'open':
      if (unseenEnd(conversation) !== undefined)
        return 'How it stood when the capture ended cannot be told from one direction.';
      return fins(conversation) === 2
        ? 'Both ends had sent their FIN when the capture ended, but it lacks the last acknowledgment.'
        : fins(conversation) === 1
          ? 'One direction was still open when the capture ended.'
          : 'It was still open when the capture ended.';
  }
}
