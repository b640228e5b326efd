/**
 * A pcapng block in the other byte order: its numbers turned, its octets and texts as they are. What tcplab does not know (the bodies of unknown and custom blocks, the values of unknown
 * options) stays as it is, as nobody can tell where its numbers are.
 * Read first: draft-ietf-opsawg-pcapng §3.1, §3.5, §4.
 */
import { BLOCK, eachOption, isCustom, optionsAt, optionWidth } from './pcapng-format.ts';

/** Octets before a block's body. */
const HEAD = 8;

/** The widths of the numbers that a block's body begins with. */
const FIELDS: Readonly<Record<number, readonly number[]>> = {
  [BLOCK.SECTION_HEADER]: [4, 2, 2, 8],
  [BLOCK.INTERFACE_DESCRIPTION]: [2, 2, 4],
  [BLOCK.OBSOLETE_PACKET]: [2, 2, 4, 4, 4, 4],
  [BLOCK.SIMPLE_PACKET]: [4],
  [BLOCK.INTERFACE_STATISTICS]: [4, 4, 4],
  [BLOCK.ENHANCED_PACKET]: [4, 4, 4, 4, 4],
  [BLOCK.DECRYPTION_SECRETS]: [4, 4],
  [BLOCK.CUSTOM]: [4],
  [BLOCK.CUSTOM_NOT_COPIED]: [4],
};

/**
 * @param little the byte order that it is in
 * @returns a copy in the other one
 */
export function turnBlock(bytes: Uint8Array, at: number, length: number, little: boolean): Uint8Array<ArrayBuffer> {
  const block = bytes.slice(at, at + length);
  const view = new DataView(block.buffer);
  const type = view.getUint32(0, little);
  const end = length - 4;
  const options = optionsAt(view, 0, length, little);
  if (type === BLOCK.NAME_RESOLUTION) turnRecords(block, view, options, little);
  eachOption(view, options, end, little, (code, value, size) => {
    const width = isCustom(code) ? 4 : optionWidth(type, code);
    if (isCustom(code)) turn(block, value, Math.min(4, size), width);
    else if (width > 0) turn(block, value, size, width);
  });
  turnHeads(block, view, options, end, little);
  let field = HEAD;
  for (const width of FIELDS[type] ?? []) {
    if (field + width <= end) turn(block, field, width, width);
    field += width;
  }
  for (const number of [0, 4, end]) turn(block, number, 4, 4);
  return block;
}

/** The code and the length of each option, which `eachOption` must still read as they were. */
function turnHeads(block: Uint8Array, view: DataView, at: number, end: number, little: boolean): void {
  while (at + 4 <= end) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    turn(block, at, 4, 2);
    if (code === 0 || at + 4 + length > end) return;
    at += 4 + ((length + 3) & ~3);
  }
}

/** The records of a Name Resolution Block, whose values are addresses and names. */
function turnRecords(block: Uint8Array, view: DataView, end: number, little: boolean): void {
  for (let at = HEAD; at + 4 <= end; ) {
    const length = view.getUint16(at + 2, little);
    turn(block, at, 4, 2);
    at += 4 + ((length + 3) & ~3);
  }
}

/** Turns the octets of each whole number of `width` octets. */
function turn(block: Uint8Array, at: number, length: number, width: number): void {
  for (let from = at; from + width <= at + length; from += width) block.subarray(from, from + width).reverse();
}
