/** The clauses that several rules share: what is acknowledged, what the window allows, whether the sender must stop. */
import { numberRange, octets, type Telling } from './words.ts';

/** What its window allows the receiver: `Its window allows the client 8 octets: numbers 28 to 35.` */
export function allowance({ facts, receiverAgain }: Telling): string {
  const { window, windowKnown, ack } = facts;
  if (window === 0) return `Its window is 0: ${receiverAgain} may send nothing for now.`;
  if (!windowKnown)
    return `Its window field is ${window}, but the factor to multiply it by was agreed in the handshake, which was not captured.`;
  return `Its window allows ${receiverAgain} ${octets(window)}: ${numberRange(ack, window)}.`;
}

/** What the ACK means, for a sender that may have named itself before: `has everything before number 13 and expects 13 next: ...`. */
export function acknowledgment({ facts, receiverAgain }: Telling): string {
  const { acknowledged, acknowledgesFrame, acknowledgesFin, ack } = facts;
  const frame = acknowledgesFrame === undefined ? '' : ` (frame ${acknowledgesFrame})`;
  const what = [acknowledged > 0 ? octets(acknowledged) : '', acknowledgesFin ? `${receiverAgain}'s FIN` : '']
    .filter(Boolean)
    .join(' and ');
  const news = what ? `: this acknowledges ${what}${frame}` : '';
  return `has everything before number ${ack} and expects ${ack} next${news}.`;
}

/** What the sender expects next, where no acknowledgment has said so. */
export const expectation = ({ facts, receiverAgain }: Telling): string =>
  `It expects number ${facts.ack} next from ${receiverAgain}.`;

/** That the sender of a SYN scales its windows, and by how much; empty when it does not. */
export function scaling({ facts }: Telling): string {
  if (facts.scale < 0) return '';
  const unit = 2 ** Math.min(facts.scale, 14);
  return ` It can scale its windows (WS=${unit}): if both ends can, the window field of its later segments counts in units of ${octets(unit)}.`;
}

/** Where the sender stands in the window it was given: how much is in flight, or that it must stop. Empty when that is unknown. */
export function standing({ facts, from, receiverAgain }: Telling): string {
  const allowed = facts.allowed[from];
  const inFlight = facts.inFlight[from];
  if (allowed === undefined || facts.newOctets === 0) return '';
  if (facts.stopped[from])
    return ` Here it stops: ${inFlight} of ${allowed} allowed ${allowed === 1 ? 'octet is' : 'octets are'} in flight (SND.UNA+SND.WND reached). It must wait until ${receiverAgain} allows more.`;
  return ` ${inFlight} of the ${allowed} octets that ${receiverAgain} allows ${inFlight === 1 ? 'is' : 'are'} now in flight, not yet acknowledged.`;
}
