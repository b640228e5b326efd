/** Hints: what to say about an expression that is right but often not what was meant. Each function gives the hints for one construct. */
import { type Constant, isSeveral, type Operand } from './checked.ts';
import type { ComparisonOperator, Piece, Quantifier } from './syntax.ts';

/** A field by itself. */
export function presenceHints(operand: Operand): string[] {
  if (operand.kind !== 'field' || operand.type !== 'boolean' || operand.layers !== undefined) return [];
  const { name, isMark } = operand.field;
  if (isMark) return [];
  return [
    `${name} by itself asks whether the packet has this field, whatever its value. For those where it is set write ${name} == 1.`,
  ];
}

/** A comparison as it is written. */
export interface WrittenComparison {
  readonly symbol: ComparisonOperator;
  /** The sign itself: `=` is read as `==`. */
  readonly sign: string;
  /** any or all, where it is said. */
  readonly quantifier: Quantifier | undefined;
  readonly left: Operand;
  readonly right: Operand;
}

/** A comparison; `written` gives an operand's text. */
export function comparisonHints(
  { symbol, sign, quantifier, left, right }: WrittenComparison,
  written: (operand: Operand) => string,
): string[] {
  const hints: string[] = [];
  if (sign === '=') hints.push('= is read as ==. Wireshark 4.0 takes only ==.');
  if (symbol === '!=' && quantifier === undefined && isSeveral(left)) {
    const [name, value] = [written(left), written(right)];
    hints.push(
      `${name} != ${value} is true when no ${name} of the packet is ${value}. For packets of which any ${name} is another write ${name} ~= ${value}.`,
    );
  }
  const counted = neverZero(left, right) ?? neverZero(right, left);
  if (counted !== undefined && symbol !== '!=') {
    const name = written(counted);
    hints.push(
      `count(${name}) has no value where there is no ${name}, so it is never 0. For packets without it write not ${name}.`,
    );
  }
  return hints;
}

/** The field of `count(field)` compared with 0. */
function neverZero(call: Operand, other: Operand): Operand | undefined {
  const isCount = call.kind === 'call' && call.name === 'count';
  return isCount && other.kind === 'constant' && other.value === 0 ? call.arguments[0] : undefined;
}

/** Octets that the headers of protocols have at most, and what stands behind them. */
const HEADERS: ReadonlyMap<string, readonly [octets: number, behind: string]> = new Map([
  ['eth', [14, 'frame[14:] begins'] as const],
  ['ip', [60, 'frame[...] has all octets'] as const],
  ['ipv6', [40, 'frame[...] has all octets'] as const],
  ['tcp', [60, 'tcp.payload begins'] as const],
  ['udp', [8, 'udp.payload begins'] as const],
]);

/** A slice of a protocol that begins behind its header. */
export function sliceHints(of: Operand, pieces: readonly Piece[]): string[] {
  const header = of.kind === 'field' && of.type === 'protocol' ? HEADERS.get(of.field.name) : undefined;
  if (of.kind !== 'field' || header === undefined || pieces.every(({ offset }) => offset < header[0])) return [];
  return [`${of.field.name}[...] ends with the header, after ${header[0]} octets at most: ${header[1]} there.`];
}

/** Two decimal digits where octets are wanted, which are read as one octet in hexadecimal. */
export function octetsHints({ text, type, value }: Constant): string[] {
  if ((type !== 'bytes' && type !== 'protocol') || !/^[1-9]\d$/.test(text)) return [];
  const hex = Number(text).toString(16).padStart(2, '0');
  return [
    `${text} is one octet in hexadecimal here, ${(value as Uint8Array)[0]} in decimal. 0x${text} says so; the decimal ${text} is 0x${hex}.`,
  ];
}
