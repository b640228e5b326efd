/** How the sentences name ends, numbers, amounts and times. */

import type { Conversation } from '../analysis/conversation.ts';
import { endpointText } from '../analysis/conversation.ts';
import type { FrameFacts } from '../analysis/facts.ts';

/** `the client` or `the server`. */
export const endName = (conversation: Conversation, end: 0 | 1): string =>
  end === conversation.client ? 'the client' : 'the server';

/** The same at the beginning of a sentence. */
export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `1 octet`, `12 octets`. */
export const octets = (count: number): string => (count === 1 ? '1 octet' : `${count} octets`);

/** `number 5`, `numbers 1 to 12`: `count` sequence numbers from `first`, which wrap after 4294967295. */
export const numberRange = (first: number, count: number): string =>
  count === 1 ? `number ${first}` : `numbers ${first} to ${(first + count - 1) % 2 ** 32}`;

/** A time of so many nanoseconds, to be read by people: `12 microseconds`, `3.4 milliseconds`, `1.2 seconds`. */
export function duration(nanoseconds: number): string {
  const microseconds = Math.round(nanoseconds / 1000);
  if (Math.abs(microseconds) < 1000) return microseconds === 1 ? '1 microsecond' : `${microseconds} microseconds`;
  if (Math.abs(microseconds) < 999_950) return `${trimmed(microseconds / 1000)} milliseconds`;
  const seconds = trimmed(microseconds / 1e6);
  return seconds === '1' ? '1 second' : `${seconds} seconds`;
}

const trimmed = (value: number): string => String(Number(value.toFixed(1)));

/** Everything a rule's sentence is made of: the facts, and the two ends by name. */
export interface Telling {
  readonly facts: FrameFacts;
  readonly conversation: Conversation;
  /** The sender and the receiver: `the client`. In a conversation's first frame each with its address. */
  readonly sender: string;
  readonly receiver: string;
  /** The same two without address. */
  readonly senderAgain: string;
  readonly receiverAgain: string;
  readonly from: 0 | 1;
  readonly to: 0 | 1;
}

export function telling(facts: FrameFacts): Telling {
  const { conversation, from } = facts;
  const to = from === 0 ? 1 : 0;
  const senderAgain = endName(conversation, from);
  const receiverAgain = endName(conversation, to);
  const first = facts.position === 0;
  return {
    facts,
    conversation,
    sender: first ? `${senderAgain}, ${endpointText(conversation.ends[from])},` : senderAgain,
    receiver: first ? `${receiverAgain}, ${endpointText(conversation.ends[to])},` : receiverAgain,
    senderAgain,
    receiverAgain,
    from,
    to,
  };
}
