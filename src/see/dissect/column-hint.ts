/** What the list says of a segment's payload in place of the numbers, no longer than Wireshark's columns. Not here: which hint a segment has (info/hint.ts). */
import { utf8 } from '../../core/text-sink.ts';

/** What a segment's payload is: the columns, as octets. */
export interface Hint {
  readonly protocol: Uint8Array;
  readonly info: Uint8Array;
}

/** Octets that Wireshark's Info column has room for: what is longer ends there. */
export const LONGEST_INFO = 4095;

/** A text's octets without the rest that the column has no room for, nor half a character. */
export function infoOf(text: string): Uint8Array {
  const info = utf8(text);
  if (info.length <= LONGEST_INFO) return info;
  let end = LONGEST_INFO;
  while ((info[end]! & 0xc0) === 0x80) end--;
  return info.slice(0, end);
}
