/** What a segment is for, from its bits, its numbers and what its ends said before. Read first: RFC 9293 §3.8.4, §3.8.6.1, §3.10.7.4. */
import { add } from '../../core/sequence.ts';
import { ACK, FIN, RST, SYN } from '../../wire/tcp.ts';
import type { Segment } from '../dissect/segment.ts';
import type { FrameFacts, InferredState, Kind } from './facts.ts';
import type { SendSpace } from './send-space.ts';

/**
 * The kind of `s`. `sender` and `receiver` have taken its numbers but not yet its last-segment fields; `received` is the receiver's state
 * before it.
 */
export function kindOf(
  s: Segment,
  facts: FrameFacts,
  sender: SendSpace,
  receiver: SendSpace,
  received: InferredState,
): Kind {
  const { flags, length } = s;
  const other = s.from === 0 ? 1 : 0;
  if ((flags & SYN && flags & (FIN | RST)) || !(flags & (SYN | RST | ACK))) return 'odd';
  if (flags & RST)
    return sender.syn === undefined && receiver.syn !== undefined && received === 'SYN-SENT' ? 'refusal' : 'RST';
  if (flags & SYN) return flags & ACK ? 'SYN,ACK' : 'SYN';
  if (flags & FIN) return 'FIN';
  const probe = probeKind(s, facts, sender);
  if (probe !== undefined) return probe;
  if (length > 0) return 'data';
  if (facts.states[other] === 'SYN-SENT') return 'challenge ACK';
  // Without the SYN,ACK in the capture, its first word tells that it has it.
  const heard = receiver.syn === undefined && sender.lastKind === 'SYN';
  if (facts.acknowledgesSyn || heard || (received === 'SYN-RECEIVED' && facts.states[other] === 'ESTABLISHED'))
    return 'ACK of SYN';
  if (facts.acknowledgesFin) return 'ACK of FIN';
  if (facts.acknowledged > 0) return s.window === 0 ? 'zero window' : 'ACK';
  if (sender.spoke && sender.lastAck === s.ack && sender.lastWindow !== s.window && s.window > 0)
    return 'window update';
  if (receiver.lastKind === 'zero-window probe' && s.window === 0) return 'probe answer';
  if (receiver.lastKind === 'keep-alive') return 'keep-alive answer';
  if (s.window === 0) return 'zero window';
  return sender.spoke ? 'repeated ACK' : 'ACK';
}

/**
 * A segment sent for its answer: nothing or one octet at SND.NXT-1, when all that was sent is acknowledged; or one new octet into a closed
 * window. An octet sent again while it is unacknowledged is none of these, though it looks like a keep-alive.
 */
function probeKind(s: Segment, facts: FrameFacts, sender: SendSpace): Kind | undefined {
  if (s.length > 1 || !sender.spoke) return undefined;
  if (facts.newOctets === 1) return sender.window === 0 ? 'zero-window probe' : undefined;
  if (add(s.seq, 1) !== sender.next || sender.una !== sender.next) return undefined;
  return sender.window === 0 ? 'zero-window probe' : 'keep-alive';
}
