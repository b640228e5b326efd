/** Lines of a detail tree in the making: four spaces a level, as `tshark -V` prints it. */
import { octetsOf } from '../dissection.ts';

/** Octets of a value that are written out; Wireshark cuts longer ones off with an ellipsis. */
const SHOWN_OCTETS = 36;

/** Octets of a line behind which Wireshark cuts it off. */
const LONGEST_LINE = 239;

/** A line as far as Wireshark shows it; without the brackets round it. */
export const cutLine = (text: string): string => text.slice(0, LONGEST_LINE);

/** The blanks of the deepest levels that there are in plain frames, and one more. */
const INDENTS = Array.from({ length: 8 }, (_, level) => ' '.repeat(4 * level));

/** The lines so far. */
export class Tree {
  readonly lines: string[] = [];
  /** Levels that everything is moved to the right by: 1 inside a quotation. */
  indent = 0;

  /** Adds a line, `level` levels in. */
  add(level: number, text: string): void {
    const levels = level + this.indent;
    this.lines.push((INDENTS[levels] ?? ' '.repeat(4 * levels)) + text);
  }

  /** Adds a line for the octets `[from, to)` of `view`. */
  addOctets(level: number, name: string, view: DataView, from: number, to: number): void {
    this.add(level, `${name}: ${shortHex(octetsOf(view, from, to))}`);
  }
}

/** `...1 .... ` for one bit (or more) of a field `width` bits wide: the bits of `mask` as they are in `value`, dots for the others. */
export function bits(value: number, mask: number, width: number): string {
  if ((mask & (mask - 1)) !== 0) return bitsText(value, mask, width);
  // Flags: there are few, and every frame has some.
  const place = 2 * (PLACES * width + Math.clz32(mask)) + (mask & value ? 1 : 0);
  BIT_TEXTS[place] ??= bitsText(value, mask, width);
  return BIT_TEXTS[place];
}

/** Places of a bit in a word, none counted too, and the texts of single bits, set or not, that somebody asked for. */
const PLACES = 33;
const BIT_TEXTS = new Array<string | undefined>(2 * PLACES * PLACES);

function bitsText(value: number, mask: number, width: number): string {
  let text = '';
  for (let i = width - 1; i >= 0; i--) {
    const bit = 2 ** i;
    text += mask & bit ? (value & bit ? '1' : '0') : '.';
    if (i > 0 && i % 4 === 0) text += ' ';
  }
  return text;
}

/** `Set` or `Not set`. */
export const set = (is: boolean): string => (is ? 'Set' : 'Not set');

/** Flags by their bits. */
export type Flags = readonly (readonly [mask: number, name: string])[];

/** `, Router, Solicited`: the flags that are set. */
export const flagNames = (value: number, flags: Flags): string =>
  flags
    .filter(([mask]) => (value & mask) !== 0)
    .map(([, name]) => `, ${name}`)
    .join('');

/** Adds a line for each flag of a field `width` bits wide. */
export function addFlags(
  tree: Tree,
  level: number,
  value: number,
  width: number,
  flags: Flags,
  said: typeof set = set,
): void {
  for (const [mask, name] of flags)
    tree.add(level, `${bits(value, mask, width)} = ${name}: ${said((value & mask) !== 0)}`);
}

/** Octets in hexadecimal, cut off after 36. */
export function shortHex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < Math.min(bytes.length, SHOWN_OCTETS); i++) text += bytes[i]!.toString(16).padStart(2, '0');
  return bytes.length > SHOWN_OCTETS ? `${text}…` : text;
}

/** `0x00ff` for four digits. */
export const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

/** `1 byte`, `12 bytes`. */
export const bytesText = (octets: number): string => `${octets} byte${octets === 1 ? '' : 's'}`;

/** How a protocol's checksum is written. */
export interface ChecksumStyle {
  readonly name: string;
  readonly status: string;
  /** Behind one that was not verified. */
  readonly unverified: string;
  /** Behind one that is wrong. */
  readonly bad: string;
  /** Whether what it should be has a line of its own: none, behind the status, or before it and one level in. */
  readonly calculated: 'no' | 'behind' | 'before';
}

/** Adds a checksum: `right` is what it should be, or -1 where that cannot be told. */
export function addChecksum(tree: Tree, checksum: number, right: number, style: ChecksumStyle): void {
  const { name, status, calculated } = style;
  if (right < 0) {
    tree.add(1, `${name}: ${hex(checksum, 4)} ${style.unverified}`);
    tree.add(1, `[${status}: Unverified]`);
    return;
  }
  const isRight = checksum === right;
  const said = isRight ? '[correct]' : `incorrect, should be ${hex(right, 4)}${style.bad}`;
  tree.add(1, `${name}: ${hex(checksum, 4)} ${said}`);
  if (calculated === 'before') tree.add(2, `[Calculated Checksum: ${hex(right, 4)}]`);
  tree.add(1, `[${status}: ${isRight ? 'Good' : 'Bad'}]`);
  if (calculated === 'behind') tree.add(1, `[Calculated Checksum: ${hex(right, 4)}]`);
}
