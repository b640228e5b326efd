/** What the list says of HTTP/1 messages in place of the Info column's numbers. Not here: where messages begin and end (http-messages.ts), which hint a segment has (info/hint.ts). */
import { utf8 } from '../../core/text-sink.ts';

/** What a segment's payload is: the columns, as octets. */
export interface Hint {
  readonly protocol: Uint8Array;
  readonly info: Uint8Array;
}

const TCP = utf8('TCP');
const HTTP = utf8('HTTP');

/** Octets that Wireshark's column has room for: what is longer ends there. */
const LONGEST = 4095;

/** Without the rest that the column has no room for, nor half a character. */
function cut(info: Uint8Array): Uint8Array {
  if (info.length <= LONGEST) return info;
  let end = LONGEST;
  while ((info[end]! & 0xc0) === 0x80) end--;
  return info.slice(0, end);
}

/** The hints of a message with this start line, behind which are those of the messages behind it: while it goes on, and where it ends. */
export function httpHints(line: string, lines = ''): readonly [goesOn: Hint, ends: Hint] {
  const info = cut(utf8(`${line} ${lines}`));
  return [
    { protocol: TCP, info },
    { protocol: HTTP, info },
  ];
}
