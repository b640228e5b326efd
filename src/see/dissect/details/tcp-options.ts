/** The detail tree of TCP's options. */
import * as tcp from '../../../wire/tcp.ts';
import { MSS, NOP, SACK, TIMESTAMPS, WINDOW_SCALE } from '../../../wire/tcp-options.ts';
import { bytesOf, type Dissection, viewOf } from '../dissection.ts';
import { eachOption, isDuplicateSack, isFastOpenExperiment, KIND, sackBlocks } from '../fields/tcp-options.ts';
import { optionName } from '../names.ts';
import { hexOf } from '../numbers.ts';
import { bits, cutLine, hex, type Tree } from './tree.ts';

/** What an option's line says behind its title, and the lines below it. */
interface OptionText {
  readonly title: string;
  readonly below: readonly string[];
}

const NOTHING: OptionText = { title: '', below: [] };

/** The options of a TCP layer, when it has some. */
export function addOptions(tree: Tree, dissection: Dissection, layer: number): void {
  const at = dissection.starts[layer]!;
  const octets = tcp.headerLength(viewOf(dissection, layer), at) - tcp.HEADER;
  if (octets <= 0 || dissection.payloads[layer]! <= at + tcp.HEADER) return;
  const titles: string[] = [];
  eachOption(dissection, layer, (_view, kind) => {
    const [title] = optionName(kind);
    titles.push(title === 'Unknown' ? `Unknown (${hex(kind, 2)})` : title);
  });
  tree.add(1, cutLine([`Options: (${octets} bytes)`, ...titles].join(', ')));
  eachOption(dissection, layer, (view, kind, from, length) => {
    const [title, kindName] = optionName(kind);
    const text = describe(dissection, layer, view, kind, from, length);
    tree.add(2, `TCP Option - ${title}${text.title}`);
    tree.add(3, `Kind: ${kindName} (${kind})`);
    if (kind > NOP) tree.add(3, `Length: ${length}`);
    for (const line of text.below) tree.add(3, line);
  });
}

function describe(
  dissection: Dissection,
  layer: number,
  view: DataView,
  kind: number,
  at: number,
  length: number,
): OptionText {
  const octets = (from: number): string => hexOf(bytesOf(dissection, layer, at + from, at + length));
  if (kind === MSS && length === 4) {
    const mss = view.getUint16(at + 2);
    return { title: `: ${mss} bytes`, below: [`MSS Value: ${mss}`] };
  }
  if (kind === WINDOW_SCALE && length === 3) {
    const shift = view.getUint8(at + 2);
    const factor = 2 ** Math.min(shift, 14);
    return {
      title: `: ${shift} (multiply by ${factor})`,
      below: [`Shift count: ${shift}`, `[Multiplier: ${factor}]`],
    };
  }
  if (kind === TIMESTAMPS && length === 10) {
    const value = view.getUint32(at + 2);
    const echo = view.getUint32(at + 6);
    return {
      title: `: TSval ${value}, TSecr ${echo}`,
      below: [`Timestamp value: ${value}`, `Timestamp echo reply: ${echo}`],
    };
  }
  if (kind === SACK) return describeSack(dissection, layer, view, at, length);
  if (kind === KIND.FAST_OPEN)
    return { title: '', below: [length === 2 ? 'Fast Open Cookie Request' : `Fast Open Cookie: ${octets(2)}`] };
  if (isFastOpenExperiment(view, kind, at, length))
    return {
      title: ': Fast Open',
      below: [
        'Experiment Identifier: Fast Open (0xf989)',
        length === 4 ? 'Fast Open Cookie Request' : `Fast Open Cookie: ${octets(4)}`,
      ],
    };
  if (kind === KIND.USER_TIMEOUT && length === 4) {
    const word = view.getUint16(at + 2);
    const unit = word & 0x8000 ? 'Minutes' : 'Seconds';
    return {
      title: '',
      below: [
        `${bits(word, 0x8000, 16)} = Granularity: ${unit}`,
        `${bits(word, 0x7fff, 16)} = User Timeout: ${word & 0x7fff}`,
      ],
    };
  }
  if (kind === KIND.MD5 && length === 18) return { title: '', below: [`MD5 digest: ${octets(2)}`] };
  if (kind === KIND.AUTHENTICATION && length >= 4)
    return {
      title: '',
      below: [`AO KeyID: ${view.getUint8(at + 2)}`, `AO RNextKeyID: ${view.getUint8(at + 3)}`, `AO MAC: ${octets(4)}`],
    };
  if (optionName(kind)[0] === 'Unknown' && length > 2) return { title: '', below: [`Payload: ${octets(2)}`] };
  return NOTHING;
}

function describeSack(dissection: Dissection, layer: number, view: DataView, at: number, length: number): OptionText {
  const ranges: string[] = [];
  const below: string[] = [];
  const count = sackBlocks(length);
  for (let i = 0; i < count; i++) {
    const left = (view.getInt32(at + 2 + 8 * i) - dissection.ackBases[layer]!) >>> 0;
    const right = (view.getInt32(at + 6 + 8 * i) - dissection.ackBases[layer]!) >>> 0;
    ranges.push(` ${left}-${right}`);
    below.push(`left edge = ${left} (relative)`, `right edge = ${right} (relative)`);
  }
  below.push(`[TCP SACK Count: ${count}]`);
  if (isDuplicateSack(dissection, layer, view, at, length)) {
    const edge = (offset: number): number => (view.getInt32(at + offset) - dissection.ackBases[layer]!) >>> 0;
    below.push(`[D-SACK Left Edge = ${edge(2)} (relative)]`, `[D-SACK Right Edge = ${edge(6)} (relative)]`);
    below.push('D-SACK Sequence');
  }
  return { title: ranges.join(''), below };
}
