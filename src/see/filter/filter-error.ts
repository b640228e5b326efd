/**
 * What is wrong with a filter expression and where, as data and as text: the reason, the expression, and a line that points at the place.
 */
import { TcplabError } from '../../core/errors.ts';

/** A part of an expression. */
export interface Place {
  /** Index of its first character. */
  readonly at: number;
  /** How many characters it has; 0 at the end of the expression. */
  readonly length: number;
}

/** Characters of a long expression that are shown around the place. */
const SHOWN = 100;

/**
 * An expression that is not a filter. `message` is what a terminal shows:
 *
 * ```text
 * "tcp.prt" is neither a field nor a protocol name. Did you mean tcp.port?
 *     tcp.prt == 7456
 *     ^~~~~~~
 * ```
 */
export class FilterError extends TcplabError {
  /** The whole expression. */
  readonly expression: string;
  /** What is wrong, in one or two sentences. */
  readonly reason: string;
  /** Where the mistake begins, as an index into `expression` (its length when something is missing at the end). */
  readonly at: number;
  /** How many characters are wrong; 0 when something is missing there. */
  readonly length: number;
  /** What could stand at the place instead, when that is known. */
  readonly suggestion: string | undefined;

  constructor(expression: string, place: Place, reason: string, suggestion?: string) {
    super('TCPLAB_FILTER', `${reason}\n${point(expression, place)}`);
    this.name = 'FilterError';
    this.expression = expression;
    this.reason = reason;
    this.at = place.at;
    this.length = place.length;
    this.suggestion = suggestion;
  }
}

/** The expression with `^~~~` under the place, both indented by four spaces; of a long one the surroundings. */
function point(expression: string, { at, length }: Place): string {
  const from = expression.length <= SHOWN ? 0 : Math.max(0, Math.min(at - SHOWN / 2, expression.length - SHOWN));
  const to = Math.min(expression.length, from + SHOWN);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
  const shown = expression.slice(from, to).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');
  const before = from > 0 ? '... ' : '';
  const after = to < expression.length ? ' ...' : '';
  const marked = Math.max(1, Math.min(length, to - at));
  return `    ${before}${shown}${after}\n    ${' '.repeat(before.length + at - from)}^${'~'.repeat(marked - 1)}`;
}
