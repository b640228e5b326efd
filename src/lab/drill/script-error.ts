/** A script that cannot be understood: what is wrong, and file, line and column with the line itself and a caret under the place. */
import { TcplabError } from '../../core/errors.ts';

/** A place in a script. Lines and columns count from 1. */
export interface Place {
  /** Index of its first character in the script's text. */
  readonly at: number;
  readonly line: number;
  readonly column: number;
}

/** Characters of a long line that are shown around the place. */
const SHOWN = 110;

/**
 * A script that is not one. `message` is what a terminal shows:
 *
 * ```text
 * close.pkt:7:12: a sequence range is FROM:TO(LENGTH), such as 1:1001(1000); here FROM + LENGTH is not TO
 *     +0 > F. 1:3(1) ack 1
 *             ^
 * ```
 */
export class ScriptError extends TcplabError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong, without the place. */
  readonly reason: string;

  constructor(source: Source, place: Place, reason: string) {
    super('TCPLAB_SCRIPT', `${source.file}:${place.line}:${place.column}: ${reason}${point(source.text, place)}`);
    this.name = 'ScriptError';
    this.file = source.file;
    this.line = place.line;
    this.column = place.column;
    this.reason = reason;
  }
}

/** A script's text and what it is called in messages. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** The line of `place` with a caret under it; nothing of an empty one. */
function point(text: string, { at, column }: Place): string {
  const begin = at - (column - 1);
  const newline = text.indexOf('\n', at);
  const end = newline < 0 ? text.length : newline;
  const from = end - begin <= SHOWN ? begin : Math.max(begin, Math.min(at - SHOWN / 2, end - SHOWN));
  const shown = printable(text.slice(from, Math.min(end, from + SHOWN)));
  if (shown.trim() === '') return '';
  const before = from > begin ? '... ' : '';
  const after = from + SHOWN < end ? ' ...' : '';
  return `\n    ${before}${shown}${after}\n    ${' '.repeat(before.length + at - from)}^`;
}

/** `text` without anything that a terminal would obey. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');
