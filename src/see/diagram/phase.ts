/** The eleven states in the few groups that pictures tell apart by colour. */
import type { InferredState } from '../analysis/facts.ts';

/** A group of states. */
export type Phase = 'opening' | 'open' | 'closing' | 'closed' | 'unknown';

/** Which group a state belongs to. */
export function phaseOf(state: InferredState): Phase {
  switch (state) {
    case 'CLOSED':
    case 'LISTEN':
      return 'closed';
    case 'SYN-SENT':
    case 'SYN-RECEIVED':
      return 'opening';
    case 'ESTABLISHED':
      return 'open';
    case 'unknown':
      return 'unknown';
    default:
      return 'closing';
  }
}
