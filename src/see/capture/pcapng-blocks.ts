/** pcapng blocks that tcplab makes itself when captures are copied: sections, interfaces, and blocks without the options that shall not be copied. */
import type { CaptureInterface } from './interface.ts';
import { BLOCK, BYTE_ORDER_MAGIC, eachOption, isNotCopied, OPTION, optionsAt } from './pcapng-format.ts';

/** An option: its code and its value. */
type Option = readonly [code: number, value: Uint8Array];

const encoder = new TextEncoder();
const APPLICATION = 'tcplab';

/** What of a section several can differ in, and what it is called when it becomes a comment for that. */
const OF_ONE: ReadonlyMap<number, string> = new Map([
  [OPTION.SHB_HARDWARE, 'hardware'],
  [OPTION.SHB_OS, 'operating system'],
]);

/** The snap length that is told of an interface when packets are cut at `cut` octets; 0 and infinity are no limit. */
export const cutLimit = (snaplen: number, cut: number): number =>
  cut === Number.POSITIVE_INFINITY || (snaplen !== 0 && snaplen <= cut) ? snaplen : cut;

/**
 * A Section Header Block that says what those of several captures say: what they agree in stands once, comments all, and what only one program can be is tcplab.
 * @param headers those blocks, in the byte order `little`
 */
export function sectionBlock(little: boolean, headers: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const said = new Map<string, Option>();
  for (const header of headers) {
    const view = new DataView(header.buffer, header.byteOffset, header.length);
    eachOption(view, optionsAt(view, 0, header.length, little), header.length - 4, little, (code, at, length) => {
      const value = header.slice(at, at + length);
      if (code !== OPTION.SHB_USERAPPL) said.set(`${code} ${value}`, [code, value]);
    });
  }
  const all = [...said.values()];
  const options: Option[] = all.map(([code, value]) => {
    const name = OF_ONE.get(code);
    if (name === undefined || all.filter((other) => other[0] === code).length === 1) return [code, value];
    return [OPTION.COMMENT, Uint8Array.from([...encoder.encode(`${name}: `), ...value])];
  });
  options.push([OPTION.SHB_USERAPPL, encoder.encode(APPLICATION)]);
  const block = makeBlock(BLOCK.SECTION_HEADER, little, 16, options);
  const view = new DataView(block.buffer);
  view.setUint32(8, BYTE_ORDER_MAGIC, little);
  view.setUint16(12, 1, little);
  // The section's length is not known: -1.
  block.fill(0xff, 16, 24);
  return block;
}

/** An Interface Description Block of a capture that has none. */
export function interfaceBlock(little: boolean, one: CaptureInterface, cut: number): Uint8Array<ArrayBuffer> {
  const options: Option[] = [];
  if (one.name !== '') options.push([OPTION.IF_NAME, encoder.encode(one.name)]);
  options.push([OPTION.IF_TSRESOL, Uint8Array.of(one.tsresol)]);
  if (one.fcsLength > 0) options.push([OPTION.IF_FCSLEN, Uint8Array.of(one.fcsLength)]);
  const block = makeBlock(BLOCK.INTERFACE_DESCRIPTION, little, 8, options);
  const view = new DataView(block.buffer);
  view.setUint16(8, one.linkType, little);
  view.setUint32(12, cutLimit(one.snaplen, cut), little);
  return block;
}

/** A block with `fixed` octets of zeroes, to be filled, and options. */
function makeBlock(type: number, little: boolean, fixed: number, options: readonly Option[]): Uint8Array<ArrayBuffer> {
  const size = options.reduce((sum, [, { length }]) => sum + 4 + ((length + 3) & ~3), 4);
  const whole = 8 + fixed + size + 4;
  const block = new Uint8Array(whole);
  const view = new DataView(block.buffer);
  view.setUint32(0, type, little);
  view.setUint32(4, whole, little);
  view.setUint32(whole - 4, whole, little);
  let at = 8 + fixed;
  for (const [code, value] of options) {
    view.setUint16(at, code, little);
    view.setUint16(at + 2, value.length, little);
    block.set(value, at + 4);
    at += 4 + ((value.length + 3) & ~3);
  }
  return block;
}

/**
 * A copy of a block without the options that ask not to be copied.
 * @returns undefined when it has none
 */
export function withoutNotCopied(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  length: number,
  little: boolean,
): Uint8Array<ArrayBuffer> | undefined {
  const start = optionsAt(view, at, length, little);
  const end = at + length - 4;
  let found = false;
  eachOption(view, start, end, little, (code) => {
    found ||= isNotCopied(code);
  });
  if (!found) return undefined;
  const kept = bytes.slice(at, at + length);
  let to = start - at;
  const add = (from: number, size: number): void => {
    kept.set(bytes.subarray(from, from + size), to);
    to += size;
  };
  eachOption(view, start, end, little, (code, value, size) => {
    const padded = Math.min((size + 3) & ~3, end - value);
    if (!isNotCopied(code)) add(value - 4, 4 + padded);
  });
  kept.fill(0, to, to + 8);
  const whole = to + 8;
  const block = kept.slice(0, whole);
  const own = new DataView(block.buffer);
  own.setUint32(4, whole, little);
  own.setUint32(whole - 4, whole, little);
  return block;
}
