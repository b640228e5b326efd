/** Fields of TCP's options: tcp.options.*, tcp.option_kind, tcp.option_len; read from option to option, in wire order. */
import { notAfter, notBefore } from '../../../core/sequence.ts';
import { BAD_HEADER_LENGTH } from '../../../wire/problem.ts';
import * as tcp from '../../../wire/tcp.ts';
import { END, lengthAt, MSS, NOP, SACK, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE } from '../../../wire/tcp-options.ts';
import { bytesOf, type Dissection, viewOf } from '../dissection.ts';
import type { Field, FieldType, FieldValue } from '../field.ts';
import { PROTOCOL } from '../protocol.ts';
import { decimal, type Format, hex, layerField, mark, octets, octetsAt } from './kinds.ts';

const TCP = PROTOCOL.TCP;

/** Kinds beyond those that wire/ reads. */
export const KIND = {
  MD5: 19,
  QUICK_START: 27,
  USER_TIMEOUT: 28,
  AUTHENTICATION: 29,
  MULTIPATH: 30,
  FAST_OPEN: 34,
  ACCURATE_ECN_0: 172,
  ACCURATE_ECN_1: 174,
  EXPERIMENT_1: 253,
  EXPERIMENT_2: 254,
} as const;

/** Where a layer's first option stands; -1 when it has none, or only broken ones. */
export const firstOption = (dissection: Dissection, layer: number): number =>
  whole(dissection, layer, dissection.starts[layer]! + tcp.HEADER);

/** Where the option after the one at `at` stands; -1 behind END, a broken option or the header's end. */
export function nextOption(dissection: Dissection, layer: number, at: number): number {
  const view = viewOf(dissection, layer);
  const end = dissection.payloads[layer]!;
  const next = at + lengthAt(view, at, end);
  // What follows the end of the list is padding, and shown as long as it is.
  if (view.getUint8(at) === END && next < end && view.getUint8(next) !== END) return -1;
  return whole(dissection, layer, next);
}

/** `at` when a whole option stands there. A header that was cut has the options that were captured; one of impossible length ends before them. */
function whole(dissection: Dissection, layer: number, at: number): number {
  const end = dissection.payloads[layer]!;
  return at < end && lengthAt(viewOf(dissection, layer), at, end) > 0 ? at : -1;
}

/** NOP, NOP, timestamps: what most headers with options have, as four octets. */
const PLAIN = 0x0101_080a;

/** Whether a segment belongs to a multipath connection. */
export function hasMultipath(dissection: Dissection, layer: number): boolean {
  const options = dissection.starts[layer]! + tcp.HEADER;
  if (dissection.payloads[layer]! - options < 4 || dissection.problems[layer] !== 0) return false;
  const view = viewOf(dissection, layer);
  if (view.getUint32(options) === PLAIN && dissection.payloads[layer]! - options === 12) return false;
  for (let at = firstOption(dissection, layer); at >= 0; at = nextOption(dissection, layer, at))
    if (view.getUint8(at) === KIND.MULTIPATH) return true;
  return false;
}

/** Takes an option. */
type Take = (view: DataView, kind: number, at: number, length: number) => void;

/**
 * Calls `take` for each option with its place and length, until what follows END, a broken option or the header's end; `takeCut` for one of which
 * only `length` octets are there, two at the least.
 */
export function eachOption(dissection: Dissection, layer: number, take: Take, takeCut?: Take): void {
  const view = viewOf(dissection, layer);
  const end = dissection.payloads[layer]!;
  for (let at = firstOption(dissection, layer); at >= 0; at = nextOption(dissection, layer, at))
    take(view, view.getUint8(at), at, lengthAt(view, at, end));
  if (takeCut === undefined) return;
  const cut = cutOption(dissection, layer);
  if (cut >= 0) takeCut(view, view.getUint8(cut), cut, end - cut);
}

/** Where an option begins that goes over the header's end, its kind and length still in it; -1 when none does. */
export function cutOption(dissection: Dissection, layer: number): number {
  const view = viewOf(dissection, layer);
  const end = dissection.payloads[layer]!;
  let behind = dissection.starts[layer]! + tcp.HEADER;
  for (let at = firstOption(dissection, layer); at >= 0; at = nextOption(dissection, layer, at)) {
    behind = at + lengthAt(view, at, end);
    if (view.getUint8(at) === END) return -1;
  }
  return behind + 2 <= end && view.getUint8(behind + 1) >= 2 ? behind : -1;
}

/** Obsolete options that carry one number: the echo that timestamps took the place of, and the counts of transactions. */
export const isEcho = (kind: number): boolean => kind === 6 || kind === 7;
export const isConnectionCount = (kind: number): boolean => kind >= 11 && kind <= 13;

/** Whether an experimental option is Fast Open's, by its experiment identifier (RFC 7413 appendix A). */
export const isFastOpenExperiment = (view: DataView, kind: number, at: number, length: number): boolean =>
  isExperiment(kind) && length >= 4 && view.getUint16(at + 2) === 0xf989;

/** Whether an option is an experiment that tcplab knows no more of than its identifier. */
export const isOtherExperiment = (view: DataView, kind: number, at: number, length: number): boolean =>
  isExperiment(kind) &&
  length >= 4 &&
  !isFastOpenExperiment(view, kind, at, length) &&
  accurateEcnOrder(view, kind, at) === undefined;

/** The order of Accurate ECN's counters, by the option's kind (RFC 9768). */
const COUNTERS_0 = ['ee0b', 'eceb', 'ee1b'] as const;
const COUNTERS_1 = ['ee1b', 'eceb', 'ee0b'] as const;

/** Experiment identifiers that Accurate ECN had before its option kinds. */
export const ACCURATE_ECN_EXPERIMENT_0 = 0xacc0;
export const ACCURATE_ECN_EXPERIMENT_1 = 0xacc1;

/** Whether a kind is one of those for experiments, which an identifier follows (RFC 6994). */
export const isExperiment = (kind: number): boolean => kind === KIND.EXPERIMENT_1 || kind === KIND.EXPERIMENT_2;

/** Octets of an Accurate ECN option in front of its counters, and of each of these. */
const counterHead = (kind: number): number => (isExperiment(kind) ? 4 : 2);
const COUNTER = 3;

type Counter = 'ee0b' | 'eceb' | 'ee1b';

/** In which order an option has Accurate ECN's counters; undefined for other options. */
function accurateEcnOrder(view: DataView, kind: number, at: number): readonly Counter[] | undefined {
  const experiment = isExperiment(kind) ? view.getUint16(at + 2) : 0;
  if (kind === KIND.ACCURATE_ECN_0 || experiment === ACCURATE_ECN_EXPERIMENT_0) return COUNTERS_0;
  return kind === KIND.ACCURATE_ECN_1 || experiment === ACCURATE_ECN_EXPERIMENT_1 ? COUNTERS_1 : undefined;
}

/** Whether an option is Accurate ECN's, and of a length that it may have: none to three counters. */
export function isAccurateEcn(view: DataView, kind: number, at: number, length: number): boolean {
  const octets = length - counterHead(kind);
  if (octets < 0 || octets > COUNTER * COUNTERS_0.length || octets % COUNTER !== 0) return false;
  return accurateEcnOrder(view, kind, at) !== undefined;
}

/** Whether a segment has such an option. */
export function hasAccurateEcn(dissection: Dissection, layer: number): boolean {
  const view = viewOf(dissection, layer);
  const end = dissection.payloads[layer]!;
  for (let at = firstOption(dissection, layer); at >= 0; at = nextOption(dissection, layer, at))
    if (isAccurateEcn(view, view.getUint8(at), at, lengthAt(view, at, end))) return true;
  return false;
}

/** The counters that an Accurate ECN option carries, as many as its length has room for, 24 bits each; none for other options. */
export function accurateEcnCounters(
  view: DataView,
  kind: number,
  at: number,
  length: number,
): { name: Counter; value: number }[] {
  if (!isAccurateEcn(view, kind, at, length)) return [];
  const from = counterHead(kind);
  return accurateEcnOrder(view, kind, at)!
    .slice(0, (length - from) / COUNTER)
    .map((name, i) => ({ name, value: view.getUint32(at + from - 1 + COUNTER * i) & 0xff_ffff }));
}

/** Whether there is a SACK option without blocks, which Wireshark takes for a broken header. */
export function hasEmptySack(dissection: Dissection, layer: number): boolean {
  const view = viewOf(dissection, layer);
  for (let option = firstOption(dissection, layer); option >= 0; option = nextOption(dissection, layer, option))
    if (view.getUint8(option) === SACK && view.getUint8(option + 1) === 2) return true;
  return false;
}

/** How many SACK blocks an option of this length has. */
export const sackBlocks = (length: number): number => Math.floor((length - 2) / 8);

/**
 * Whether a SACK option's first block reports octets received twice (RFC 2883 §4): it stands below the acknowledgment number, or inside the
 * second block.
 */
export function isDuplicateSack(
  dissection: Dissection,
  layer: number,
  view: DataView,
  at: number,
  length: number,
): boolean {
  if (length < 10) return false;
  const left = view.getInt32(at + 2);
  const right = view.getInt32(at + 6);
  if (notAfter(right, tcp.ack(view, dissection.starts[layer]!))) return true;
  return length >= 18 && notBefore(left, view.getInt32(at + 10)) && notAfter(right, view.getInt32(at + 14));
}

function optionField(
  name: string,
  type: FieldType,
  title: string,
  wanted: number,
  length: number,
  read: (view: DataView, at: number, length: number, dissection: Dissection, layer: number) => FieldValue,
  format: Format = decimal,
): Field {
  return layerField(
    TCP,
    name,
    type,
    title,
    (dissection, layer, into) => {
      eachOption(dissection, layer, (view, kind, at, size) => {
        if (kind === wanted && (length === 0 || size === length)) into.push(read(view, at, size, dissection, layer));
      });
    },
    format,
  );
}

/** SACK edges, relative to the numbers of the end that sent the data. */
function edgeField(name: string, title: string, offset: number): Field {
  return layerField(TCP, name, 'unsigned', title, (dissection, layer, into) => {
    const take: Take = (view, kind, at, size) => {
      if (kind !== SACK) return;
      for (let place = 2 + offset; place + 4 <= size; place += 8)
        into.push((view.getInt32(at + place) - dissection.ackBases[layer]!) >>> 0);
    };
    eachOption(dissection, layer, take, take);
  });
}

/** The edges of a block that reports octets received twice. */
function duplicateEdgeField(name: string, title: string, offset: number): Field {
  return layerField(TCP, name, 'unsigned', title, (dissection, layer, into) => {
    eachOption(dissection, layer, (view, kind, at, size) => {
      if (kind === SACK && isDuplicateSack(dissection, layer, view, at, size))
        into.push((view.getInt32(at + 2 + offset) - dissection.ackBases[layer]!) >>> 0);
    });
  });
}

/** The names of options as a whole, by kind. */
const OPTION_NAMES: ReadonlyMap<number, readonly [name: string, title: string]> = new Map([
  [NOP, ['nop', 'No-Operation (NOP)']],
  [END, ['eol', 'End of Option List (EOL)']],
  [MSS, ['mss', 'Maximum segment size']],
  [WINDOW_SCALE, ['wscale', 'Window scale']],
  [SACK_PERMITTED, ['sack_perm', 'SACK permitted']],
  [SACK, ['sack', 'SACK']],
  [6, ['echo', 'Echo']],
  [TIMESTAMPS, ['timestamp', 'Timestamps']],
  [11, ['cc', 'CC']],
  [KIND.MD5, ['md5', 'TCP MD5 signature']],
  [20, ['scps', 'SCPS capabilities']],
  [21, ['snack', 'Selective Negative Acknowledgment']],
  [22, ['scpsrec', 'SCPS record boundary']],
  [23, ['scpscor', 'SCPS corruption experienced']],
  [27, ['qs', 'Quick-Start']],
  [KIND.USER_TIMEOUT, ['user_to', 'User Timeout']],
  [KIND.AUTHENTICATION, ['ao', 'TCP AO']],
  [KIND.FAST_OPEN, ['tfo', 'TCP Fast Open']],
  [76, ['rvbd.probe', 'Riverbed Probe']],
  [78, ['rvbd.trpy', 'Riverbed Transparency']],
  [KIND.ACCURATE_ECN_0, ['acc_ecn', 'Accurate ECN']],
  [KIND.EXPERIMENT_1, ['experimental', 'Experimental']],
]);

/** Kinds that have the name of another, as in Wireshark: replies to echoes, the other counts of transactions. */
const SAME_NAME: ReadonlyMap<number, number> = new Map([
  [7, 6],
  [12, 11],
  [13, 11],
  [KIND.ACCURATE_ECN_1, KIND.ACCURATE_ECN_0],
  [KIND.EXPERIMENT_2, KIND.EXPERIMENT_1],
]);

/** A whole option as a field: present where there is one; its value is its octets. */
const wholeField = (name: string, title: string, isMeant: (kind: number) => boolean): Field =>
  layerField(TCP, `tcp.options.${name}`, 'protocol', `TCP Option - ${title}`, (dissection, layer, into) => {
    eachOption(dissection, layer, (view, kind, at, length) => {
      if (isMeant(SAME_NAME.get(kind) ?? kind)) into.push(octetsAt(view, at, length));
    });
  });

/** As tshark writes octets of which not one was captured. */
const octetsOrMissing: Format = (value) => ((value as Uint8Array).length === 0 ? '<MISSING>' : octets(value));

/** tcp.option* */
export const TCP_OPTION_FIELDS: readonly Field[] = [
  layerField(
    TCP,
    'tcp.options',
    'bytes',
    'TCP Options',
    (dissection, layer, into) => {
      const from = dissection.starts[layer]! + tcp.HEADER;
      const to = dissection.payloads[layer]!;
      // Of a header that was cut, what there is of them, and if it is nothing.
      const hasThem =
        from < to || (from === to && tcp.headerLength(viewOf(dissection, layer), from - tcp.HEADER) > tcp.HEADER);
      if (dissection.problems[layer] !== BAD_HEADER_LENGTH && hasThem) into.push(bytesOf(dissection, layer, from, to));
    },
    octetsOrMissing,
  ),
  layerField(TCP, 'tcp.option_kind', 'unsigned', 'Kind', (dissection, layer, into) => {
    const take: Take = (_view, kind) => into.push(kind);
    eachOption(dissection, layer, take, take);
  }),
  layerField(TCP, 'tcp.option_len', 'unsigned', 'Length', (dissection, layer, into) => {
    const take: Take = (view, kind, at) => {
      if (kind !== END && kind !== NOP) into.push(view.getUint8(at + 1));
    };
    eachOption(dissection, layer, take, take);
  }),
  layerField(TCP, 'mptcp', 'protocol', 'Multipath Transmission Control Protocol', (dissection, layer, into) => {
    if (hasMultipath(dissection, layer)) into.push(new Uint8Array(0));
  }),
  ...Array.from(OPTION_NAMES, ([kind, [name, title]]) => wholeField(name, title, (one) => one === kind)),
  wholeField('unknown', 'Unknown', (kind) => !OPTION_NAMES.has(kind) && kind !== KIND.MULTIPATH),
  optionField('tcp.options.mss_val', 'unsigned', 'MSS Value', MSS, 4, (view, at) => view.getUint16(at + 2)),
  optionField('tcp.options.wscale.shift', 'unsigned', 'Shift count', WINDOW_SCALE, 3, (view, at) =>
    view.getUint8(at + 2),
  ),
  optionField(
    'tcp.options.wscale.multiplier',
    'unsigned',
    'Multiplier',
    WINDOW_SCALE,
    3,
    (view, at) => 2 ** Math.min(view.getUint8(at + 2), 14),
  ),
  edgeField('tcp.options.sack_le', 'TCP SACK Left Edge', 0),
  edgeField('tcp.options.sack_re', 'TCP SACK Right Edge', 4),
  optionField('tcp.options.sack.count', 'unsigned', 'TCP SACK Count', SACK, 0, (_view, _at, length) =>
    sackBlocks(length),
  ),
  duplicateEdgeField('tcp.options.sack.dsack_le', 'TCP D-SACK Left Edge', 0),
  duplicateEdgeField('tcp.options.sack.dsack_re', 'TCP D-SACK Right Edge', 4),
  layerField(TCP, 'tcp.options.timestamp.tsval', 'unsigned', 'Timestamp value', (dissection, layer, into) => {
    const take: Take = (view, kind, at, length) => {
      if (kind === TIMESTAMPS && length >= 6 && view.getUint8(at + 1) === 10) into.push(view.getUint32(at + 2));
    };
    eachOption(dissection, layer, take, take);
  }),
  optionField('tcp.options.timestamp.tsecr', 'unsigned', 'Timestamp echo reply', TIMESTAMPS, 10, (view, at) =>
    view.getUint32(at + 6),
  ),
  optionField(
    'tcp.options.user_to_val',
    'unsigned',
    'User Timeout',
    KIND.USER_TIMEOUT,
    4,
    (view, at) => view.getUint16(at + 2) & 0x7fff,
  ),
  mark(
    layerField(TCP, 'tcp.options.tfo.request', 'boolean', 'Fast Open Cookie Request', (dissection, layer, into) => {
      eachOption(dissection, layer, (view, kind, at, length) => {
        if ((kind === KIND.FAST_OPEN && length === 2) || (isFastOpenExperiment(view, kind, at, length) && length === 4))
          into.push(true);
      });
    }),
  ),
  layerField(
    TCP,
    'tcp.options.experimental.exid',
    'unsigned',
    'Experiment Identifier',
    (dissection, layer, into) => {
      eachOption(dissection, layer, (view, kind, at, length) => {
        if (isExperiment(kind) && length >= 4) into.push(view.getUint16(at + 2));
      });
    },
    hex(4),
  ),
  layerField(TCP, 'tcp.options.ao.mac', 'bytes', 'AO MAC', (dissection, layer, into) => {
    eachOption(dissection, layer, (view, kind, at, length) => {
      if (kind === KIND.AUTHENTICATION && length > 4) into.push(octetsAt(view, at + 4, length - 4));
    });
  }),
  layerField(TCP, 'tcp.options.tfo.cookie', 'bytes', 'Fast Open Cookie', (dissection, layer, into) => {
    eachOption(dissection, layer, (view, kind, at, length) => {
      if (kind === KIND.FAST_OPEN && length > 2) into.push(octetsAt(view, at + 2, length - 2));
      else if (isFastOpenExperiment(view, kind, at, length) && length > 4)
        into.push(octetsAt(view, at + 4, length - 4));
    });
  }),
  optionField(
    'tcp.options.md5.digest',
    'bytes',
    'MD5 digest',
    KIND.MD5,
    18,
    (view, at) => octetsAt(view, at + 2, 16),
    octets,
  ),
  ...(['ee0b', 'eceb', 'ee1b'] as const).map((wanted) =>
    layerField(
      TCP,
      `tcp.options.acc_ecn.${wanted}`,
      'unsigned',
      `Accurate ECN ${wanted.toUpperCase()}`,
      (dissection, layer, into) => {
        eachOption(dissection, layer, (view, kind, at, length) => {
          for (const { name, value } of accurateEcnCounters(view, kind, at, length))
            if (name === wanted) into.push(value);
        });
      },
    ),
  ),
  ...(
    [
      ['tcp.options.ao.keyid', 'AO KeyID', 2],
      ['tcp.options.ao.rnextkeyid', 'AO RNextKeyID', 3],
    ] as const
  ).map(([name, title, offset]) =>
    layerField(TCP, name, 'unsigned', title, (dissection, layer, into) => {
      eachOption(dissection, layer, (view, kind, at, length) => {
        if (kind === KIND.AUTHENTICATION && length >= 4) into.push(view.getUint8(at + offset));
      });
    }),
  ),
];
