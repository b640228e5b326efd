/** The octets of a message that is whole. */
import type { Message } from './message.ts';

/** A message's octets; undefined when they were not kept. */
export const messageOctets = ({ octets, came, keepsOctets, isKept }: Message): Uint8Array | undefined =>
  keepsOctets && isKept ? octets.subarray(0, came) : undefined;
