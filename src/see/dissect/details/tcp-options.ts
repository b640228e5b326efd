/** The detail tree of TCP's options. */
import * as tcp from '../../../wire/tcp.ts';
import { END, MSS, NOP, SACK, TIMESTAMPS, WINDOW_SCALE } from '../../../wire/tcp-options.ts';
import { bytesOf, type Dissection, viewOf } from '../dissection.ts';
import {
  ACCURATE_ECN_EXPERIMENT_0,
  ACCURATE_ECN_EXPERIMENT_1,
  accurateEcnCounters,
  eachOption,
  isConnectionCount,
  isDuplicateSack,
  isEcho,
  isExperiment,
  isFastOpenExperiment,
  KIND,
  sackBlocks,
} from '../fields/tcp-options.ts';
import { optionName } from '../names.ts';
import { hexOf } from '../numbers.ts';
import { brokenOption } from './broken-option.ts';
import { addMultipath } from './mptcp.ts';
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
  eachOption(dissection, layer, (_view, kind) => titles.push(listedName(kind)));
  tree.add(1, cutLine([`Options: (${octets} bytes)`, ...titles].join(', ')));
  let last = -1;
  let behind = at + tcp.HEADER;
  eachOption(dissection, layer, (view, kind, from, length) => {
    last = kind;
    behind = from + length;
    if (kind === KIND.MULTIPATH) return addMultipath(tree, view, from, length);
    const [title, kindName] = optionName(kind);
    const text = describe(dissection, layer, view, kind, from, length);
    tree.add(2, `TCP Option - ${title}${text.title}`);
    tree.add(3, `Kind: ${kindName} (${kind})`);
    if (kind > NOP) tree.add(3, `Length: ${length}`);
    for (const line of text.below) tree.add(3, line);
  });
  if (dissection.problems[layer] === 0 && behind < dissection.payloads[layer]!)
    addRest(tree, dissection, layer, behind, last);
}

/** What is behind the last option that could be read. */
function addRest(tree: Tree, dissection: Dissection, layer: number, from: number, last: number): void {
  const view = viewOf(dissection, layer);
  if (last === END) return tree.add(2, 'Non-zero header padding');
  tree.add(2, brokenOption(listedName(view.getUint8(from)), view, from, dissection.payloads[layer]!));
}

/** What an option is called among the others. */
function listedName(kind: number): string {
  const [title, , listed] = optionName(kind);
  return title === 'Unknown' ? `Unknown (${hex(kind, 2)})` : (listed ?? title);
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
  if (isEcho(kind) && length === 6) {
    const value = view.getUint32(at + 2);
    return { title: `: ${value}`, below: [`TCP Echo Option: ${value}`] };
  }
  if (isConnectionCount(kind) && length === 6)
    return { title: '', below: [`TCP CC Option: ${view.getUint32(at + 2)}`] };
  if (kind === KIND.ACCURATE_ECN_0 || kind === KIND.ACCURATE_ECN_1)
    return describeCounters(view, kind, at, length, kind === KIND.ACCURATE_ECN_0 ? 0 : 1);
  if (isExperiment(kind) && length >= 4 && !isFastOpenExperiment(view, kind, at, length))
    return describeExperiment(view, kind, at, length, octets);
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
      below: [
        `AO KeyID: ${view.getUint8(at + 2)}`,
        `AO RNextKeyID: ${view.getUint8(at + 3)}`,
        ...(length > 4 ? [`AO MAC: ${octets(4)}`] : []),
      ],
    };
  if (optionName(kind)[0] === 'Unknown' && length > 2) return { title: '', below: [`Payload: ${octets(2)}`] };
  return NOTHING;
}

const COUNTER_NAMES = { ee0b: 'ECT(0)', eceb: 'CE', ee1b: 'ECT(1)' } as const;

/** The counters of Accurate ECN, of which there are as many as the option has room for, and none in an option of another length. */
function describeCounters(view: DataView, kind: number, at: number, length: number, order: 0 | 1): OptionText {
  const counters = accurateEcnCounters(view, kind, at, length);
  if (counters.length === 0) return NOTHING;
  const list = counters.map(({ name, value }) => `${name.toUpperCase()} ${value}`).join(', ');
  return {
    title: `${isExperiment(kind) ? ': Accurate ECN' : ''} (Order ${order}): ${list}`,
    below: counters.map(({ name, value }) => `Accurate ECN Echo ${COUNTER_NAMES[name]} Byte Counter: ${value}`),
  };
}

/** Accurate ECN before it had kinds of its own, and what nobody knows. */
function describeExperiment(
  view: DataView,
  kind: number,
  at: number,
  length: number,
  octets: (from: number) => string,
): OptionText {
  const identifier = view.getUint16(at + 2);
  const order = identifier === ACCURATE_ECN_EXPERIMENT_0 ? 0 : identifier === ACCURATE_ECN_EXPERIMENT_1 ? 1 : undefined;
  if (order !== undefined) {
    const { title, below } = describeCounters(view, kind, at, length, order);
    const name = `Accurate ECN - Order ${order}`;
    return { title: `: ${name}${title}`, below: [`Experiment Identifier: ${name} (${hex(identifier, 4)})`, ...below] };
  }
  const data = length > 4 ? [`Data: ${octets(4)}`] : [];
  return { title: ': Unknown', below: [`Experiment Identifier: Unknown (${hex(identifier, 4)})`, ...data] };
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
  const rest = length - 2 - 8 * count;
  if (rest >= 4)
    below.push(`left edge = ${(view.getInt32(at + 2 + 8 * count) - dissection.ackBases[layer]!) >>> 0} (relative)`);
  if (rest > 0) below.push('suboption would go past end of option');
  below.push(`[TCP SACK Count: ${count}]`);
  if (isDuplicateSack(dissection, layer, view, at, length)) {
    const edge = (offset: number): number => (view.getInt32(at + offset) - dissection.ackBases[layer]!) >>> 0;
    below.push(`[D-SACK Left Edge = ${edge(2)} (relative)]`, `[D-SACK Right Edge = ${edge(6)} (relative)]`);
    below.push('D-SACK Sequence');
  }
  return { title: ranges.join(''), below };
}
