/** What the list says of HTTP/1 messages in place of the Info column's numbers. Not here: where messages begin and end (http-messages.ts), which hint a segment has (info/hint.ts). */
import { utf8 } from '../../core/text-sink.ts';
import { type Hint, infoOf } from './column-hint.ts';

const TCP = utf8('TCP');
const HTTP = utf8('HTTP');

/** The hints of a message with this start line, behind which are those of the messages behind it: while it goes on, and where it ends. */
export function httpHints(line: string, lines = ''): readonly [goesOn: Hint, ends: Hint] {
  const info = infoOf(`${line} ${lines}`);
  return [
    { protocol: TCP, info },
    { protocol: HTTP, info },
  ];
}
