/** The detail tree of IPv4's options. Read first: RFC 791 §3.1; RFC 1108; RFC 1393; RFC 2113; RFC 4782 §3.1; FIPS 188 (commercial security). */
import { printableString as text } from '../../../core/printable.ts';
import { formatIpv4 } from '../../../wire/address.ts';
import * as ipv4 from '../../../wire/ipv4.ts';
import * as option from '../../../wire/ipv4-options.ts';
import { IPV4_OPTION_NAMES } from '../ipv4-option-names.ts';
import { quickStartRate } from '../quick-start.ts';
import { brokenOption } from './broken-option.ts';
import { bits, bytesText, type Flags, flagNames, hex, type Tree } from './tree.ts';

/** An option's octets, and the header that they are of. */
interface OptionPlace {
  readonly view: DataView;
  readonly header: number;
  readonly from: number;
  readonly to: number;
}

/** How an option with an inside is written. */
interface OptionKind {
  /** The octets that it must have at the least, and the only length that it may have, where there is one. */
  readonly least: number;
  readonly size?: number;
  /** What stands behind its line. */
  readonly said?: (place: OptionPlace) => string;
  /** The lines below its length. */
  readonly add: (tree: Tree, place: OptionPlace) => void;
}

const CLASSES = ['Control', 'Reserved for future use', 'Debugging and measurement', 'Reserved for future use'] as const;

/** Octets of type, length and what says where a route or a list of times goes on. */
const LISTED = 3;

/** Levels of the lines of an option. */
const LINE = 3;

/** A line of what an option says. */
type Line = (view: DataView, from: number) => string;

/** An option of fixed size, each of whose values has a line. */
const fixed = (size: number, ...lines: readonly Line[]): OptionKind => ({
  least: size,
  size,
  add(tree, { view, from }) {
    for (const line of lines) tree.add(LINE, line(view, from));
  },
});

const mtu: Line = (view, from) => `MTU: ${view.getUint16(from + 2)}`;

const alertText: Line = (view, from) => {
  const value = view.getUint16(from + 2);
  return `${value === 0 ? 'Router shall examine packet' : 'Reserved'} (${value})`;
};

const KINDS: Readonly<Record<number, OptionKind>> = {
  [option.RECORD_ROUTE]: { least: LISTED, add: addRoute },
  [option.LOOSE_SOURCE_ROUTE]: { least: LISTED, add: addRoute },
  [option.STRICT_SOURCE_ROUTE]: { least: LISTED, add: addRoute },
  [option.TIMESTAMP]: { least: LISTED + 1, add: addTimes },
  [option.SECURITY]: { least: 3, add: addSecurity },
  [option.EXTENDED_SECURITY]: { least: 3, add: addExtendedSecurity },
  [option.COMMERCIAL_SECURITY]: { least: 6, add: addCommercialSecurity },
  [option.STREAM_ID]: fixed(4, (view, from) => `Stream Identifier: ${view.getUint16(from + 2)}`),
  [option.MTU_PROBE]: fixed(4, mtu),
  [option.MTU_REPLY]: fixed(4, mtu),
  [option.ROUTER_ALERT]: {
    ...fixed(4, (view, from) => `Router Alert: ${alertText(view, from)}`),
    said: ({ view, from }) => alertText(view, from),
  },
  [option.TRACEROUTE]: fixed(
    12,
    (view, from) => `ID Number: ${view.getUint16(from + 2)}`,
    (view, from) => `Outbound Hop Count: ${view.getUint16(from + 4)}`,
    (view, from) => `Return Hop Count: ${view.getUint16(from + 6)}`,
    (view, from) => `Originator IP Address: ${formatIpv4(view.getInt32(from + 8))}`,
  ),
  [option.DIRECTED_BROADCAST]: { least: 2, add: addBroadcast },
  [option.QUICK_START]: { least: 8, size: 8, said: quickStartText, add: addQuickStart },
};

/** The options of the header at `header`, whose payload begins at `payload`. */
export function addIpv4Options(tree: Tree, view: DataView, header: number, payload: number): void {
  const titles: string[] = [];
  const line = tree.lines.length;
  tree.add(1, '');
  const stop = option.eachOption(view, header, payload, (type, from, to) => {
    if (IPV4_OPTION_NAMES[type] === undefined) tree.add(2, `${titleOf(type)} (${bytesText(to - from)})`);
    else addOption(tree, type, { view, header, from, to });
    if (KINDS[type] !== undefined) titles.push(titleOf(type));
  });
  if (stop < payload) tree.add(2, brokenOption(titleOf(view.getUint8(stop)), view, stop, payload));
  const list = [`Options: (${bytesText(payload - header - ipv4.HEADER)})`, ...titles].join(', ');
  tree.lines[line] += list;
}

const titleOf = (type: number): string => IPV4_OPTION_NAMES[type]?.[0] ?? `Unknown (${hex(type, 2)})`;

function addOption(tree: Tree, type: number, place: OptionPlace): void {
  const kind = KINDS[type];
  const length = place.to - place.from;
  const isWhole = kind !== undefined && length >= kind.least;
  const octets = kind === undefined ? '' : ` (${bytesText(kind.size ?? length)})`;
  const said = isWhole && kind.said !== undefined ? `: ${kind.said(place)}` : '';
  tree.add(2, `IP Option - ${titleOf(type)}${octets}${said}`);
  tree.add(LINE, `Type: ${type}`);
  tree.add(LINE + 1, `${bits(type, 0x80, 8)} = Copy on fragmentation: ${type & 0x80 ? 'Yes' : 'No'}`);
  tree.add(LINE + 1, `${bits(type, 0x60, 8)} = Class: ${CLASSES[(type >>> 5) & 3]} (${(type >>> 5) & 3})`);
  tree.add(LINE + 1, `${bits(type, 0x1f, 8)} = Number: ${IPV4_OPTION_NAMES[type]?.[1]} (${type & 0x1f})`);
  if (kind === undefined) return;
  tree.add(LINE, `Length: ${length}`);
  if (isWhole) kind.add(tree, place);
}

/** A route: what stands before the pointer has been passed, the address at it is the next; the last of a source route is where the packet goes. */
function addRoute(tree: Tree, { view, from, to }: OptionPlace): void {
  const pointer = view.getUint8(from + 2);
  tree.add(LINE, `Pointer: ${pointer}`);
  if (pointer <= LISTED || pointer % 4 !== 0) return;
  const isSource = view.getUint8(from) !== option.RECORD_ROUTE;
  for (let at = from + LISTED; at + 4 <= to; at += 4) {
    const place = at - from + 1;
    const isLast = isSource && at + 4 === to;
    const name =
      place < pointer ? 'Recorded Route' : isLast ? 'Destination Address' : isSource ? 'Source Route' : 'Empty Route';
    tree.add(LINE, `${name}: ${formatIpv4(view.getInt32(at))}${place === pointer && !isLast ? ' <- (next)' : ''}`);
  }
}

/** Flags of a list of times: whether addresses stand with them. */
const TIME_FLAGS: Readonly<Record<number, string>> = {
  0: 'Time stamps only',
  1: 'Time stamp and address',
  3: 'Time stamps for prespecified addresses',
};

function addTimes(tree: Tree, { view, from, to }: OptionPlace): void {
  const pointer = view.getUint8(from + 2);
  const word = view.getUint8(from + 3);
  const flag = word & 15;
  const note = pointer === 1 ? ' (header is full)' : pointer % 4 === 1 ? '' : ' (points to middle of field)';
  tree.add(LINE, `Pointer: ${pointer}${note}`);
  tree.add(LINE, `${bits(word, 0xf0, 8)} = Overflow: ${word >>> 4}`);
  tree.add(LINE, `${bits(word, 0x0f, 8)} = Flag: ${TIME_FLAGS[flag] ?? 'Unknown'} (${hex(flag, 1)})`);
  const hasAddresses = flag === 1 || flag === 3;
  const step = hasAddresses ? 8 : 4;
  let at = from + LISTED + 1;
  for (; at + step <= to; at += step) {
    const address = view.getInt32(at);
    if (hasAddresses) tree.add(LINE, `Address: ${address === 0 ? '-' : formatIpv4(address)}`);
    tree.add(LINE, `Time stamp: ${view.getUint32(at + step - 4)}`);
  }
  if (at < to) tree.add(LINE, 'Suboption would go past end of option');
}

/** Levels of RFC 791, in an option of eleven octets. */
const LEVELS: Readonly<Record<number, string>> = {
  0: 'Unclassified',
  61749: 'Confidential',
  30874: 'EFTO',
  48205: 'MMMM',
  24102: 'PROG',
  44819: 'Restricted',
  55176: 'Secret',
  27589: 'Top secret',
  13794: 'Reserved',
  39665: 'Reserved',
  19832: 'Reserved',
  9405: 'Reserved',
  4958: 'Reserved',
  35247: 'Reserved',
  50390: 'Reserved',
  57963: 'Reserved',
};
const OLD_SECURITY = 11;

/** Levels of RFC 1108. */
const CLASSIFICATIONS: Readonly<Record<number, string>> = {
  1: 'Reserved 4',
  61: 'Top secret',
  90: 'Secret',
  150: 'Confidential',
  102: 'Reserved 3',
  204: 'Reserved 2',
  171: 'Unclassified',
  241: 'Reserved 1',
};

const AUTHORITIES: Flags = [
  [0x80, 'GENSER'],
  [0x40, 'SIOP-ESI'],
  [0x20, 'SCI'],
  [0x10, 'NSA'],
  [0x08, 'DOE'],
];
const GOES_ON: Flags = [[0x01, 'Field Termination Indicator']];

function addSecurity(tree: Tree, { view, from, to }: OptionPlace): void {
  const level = to - from === OLD_SECURITY ? view.getUint16(from + 2) : -1;
  const levelName = LEVELS[level];
  if (levelName !== undefined) {
    tree.add(LINE, `Security: ${levelName} (${hex(level, 4)})`);
    tree.add(LINE, `Compartments: ${view.getUint16(from + 4)}`);
    tree.add(LINE, `Handling Restrictions: ${text(view, from + 6, from + 8)}`);
    tree.add(LINE, `Transmission Control Code: ${text(view, from + 8, to)}`);
    return;
  }
  const classification = view.getUint8(from + 2);
  tree.add(LINE, `Classification Level: ${CLASSIFICATIONS[classification] ?? 'Unknown'} (${hex(classification, 2)})`);
  for (let at = from + 3; at < to; at++) {
    const value = view.getUint8(at);
    const isFirst = at === from + 3;
    const names = isFirst ? [...AUTHORITIES, ...GOES_ON] : GOES_ON;
    tree.add(LINE, `Protection Authority Flags: ${hex(value, 2)}${flagNames(value, names)}`);
    if (isFirst)
      for (const [mask, name] of AUTHORITIES)
        tree.add(
          LINE + 1,
          `${bits(value, mask, 8)} = ${name}: Datagram ${value & mask ? '' : 'not '}protected in accordance with its rules`,
        );
    const unassigned = isFirst ? 0x06 : 0xfe;
    tree.add(
      LINE + 1,
      `${bits(value, unassigned, 8)} = Unassigned: ${hex((value & unassigned) >>> 1, isFirst ? 1 : 2)}`,
    );
    const goesOn = (value & 1) !== 0;
    tree.add(
      LINE + 1,
      `${bits(value, 1, 8)} = Field Termination Indicator: ${goesOn ? 'Additional octet present' : 'Final octet'}`,
    );
    if (!goesOn) return;
  }
}

function addExtendedSecurity(tree: Tree, { view, from, to }: OptionPlace): void {
  tree.add(LINE, `Additional Security Info Format Code: ${hex(view.getUint8(from + 2), 2)}`);
  if (from + 3 < to) tree.addOctets(LINE, 'Additional Security Info', view, from + 3, to);
}

/** Tags of commercial security. */
const BITMAP = 1;
const ENUMERATED = 2;
const RANGED = 5;
const FREE_FORM = 7;
const TAGS: Readonly<Record<number, string>> = {
  [BITMAP]: 'Restrictive Category Bitmap',
  [ENUMERATED]: 'Enumerated Categories',
  [RANGED]: 'Ranged Categories',
  [FREE_FORM]: 'Free Form',
};

function addCommercialSecurity(tree: Tree, { view, from, to }: OptionPlace): void {
  tree.add(LINE, `DOI: ${view.getUint32(from + 2)}`);
  for (let tag = from + 6; tag + 2 <= to; ) {
    const type = view.getUint8(tag);
    const length = view.getUint8(tag + 1);
    const name = TAGS[type];
    if (length < 2 || tag + length > to) return;
    if (name === undefined) {
      tree.add(LINE, `Tag Type: Unknown (${type}) (${length} bytes)`);
      return;
    }
    tree.add(LINE, `Tag Type: ${name} (${type})`);
    if (type === FREE_FORM) tree.addOctets(LINE, 'Tag data', view, tag + 2, tag + length);
    else if (length >= 4) {
      tree.add(LINE, `Sensitivity Level: ${view.getUint8(tag + 3)}`);
      const categories = categoriesOf(view, type, tag + 4, tag + length);
      if (categories.length > 0) tree.add(LINE, `Categories: ${categories.join(',')}`);
    }
    tag += length;
  }
}

/** The categories of a tag, in the words of its type; the last range may leave out that it goes down to 0. */
function categoriesOf(view: DataView, type: number, from: number, to: number): string[] {
  const categories: string[] = [];
  if (type === BITMAP)
    for (let i = 0; i < 8 * (to - from); i++) {
      if (view.getUint8(from + (i >>> 3)) & (0x80 >>> (i & 7))) categories.push(String(i));
    }
  else if (type === ENUMERATED) for (let at = from; at + 2 <= to; at += 2) categories.push(String(view.getUint16(at)));
  else
    for (let at = from; at + 2 <= to; at += 4)
      categories.push(`${view.getUint16(at)}-${at + 4 <= to ? view.getUint16(at + 2) : 0}`);
  return categories;
}

function addBroadcast(tree: Tree, { view, from, to }: OptionPlace): void {
  let at = from + 2;
  for (; at + 4 <= to; at += 4) tree.add(LINE, `IP Address: ${formatIpv4(view.getInt32(at))}`);
  if (at < to) tree.addOctets(LINE, 'Padding', view, at, to);
}

/** Functions of Quick-Start. */
const RATE_REQUEST = 0;
const RATE_REPORT = 8;

function functionText(word: number): string {
  const value = word >>> 4;
  if (value === RATE_REQUEST) return 'Rate request (0)';
  return value === RATE_REPORT ? 'Rate report (8)' : `Unknown (${value})`;
}

/** By how many hops fewer than the packet itself the request has been through. */
const hopsMissed = ({ view, header, from }: OptionPlace): number =>
  (ipv4.timeToLive(view, header) - view.getUint8(from + 3)) & 255;

function quickStartText(place: OptionPlace): string {
  const { view, from } = place;
  const word = view.getUint8(from + 2);
  const name = functionText(word);
  if (word >>> 4 === RATE_REPORT) return `${name}, ${quickStartRate(word)}`;
  if (word >>> 4 !== RATE_REQUEST) return `${name} (${word >>> 4})`;
  return `${name}, ${quickStartRate(word)}, QS TTL ${view.getUint8(from + 3)}, QS TTL diff ${hopsMissed(place)}`;
}

function addQuickStart(tree: Tree, place: OptionPlace): void {
  const { view, from } = place;
  const word = view.getUint8(from + 2);
  const kind = word >>> 4;
  tree.add(LINE, `${bits(word, 0xf0, 8)} = Function: ${functionText(word)}`);
  if (kind !== RATE_REQUEST && kind !== RATE_REPORT) return;
  tree.add(LINE, `${bits(word, 0x0f, 8)} = Rate: ${quickStartRate(word)} (${word & 15})`);
  if (kind === RATE_REQUEST) {
    tree.add(LINE, `QS TTL: ${view.getUint8(from + 3)}`);
    tree.add(LINE, `[TTL Diff: ${hopsMissed(place)}]`);
  } else tree.add(LINE, `Not Used: ${view.getUint8(from + 3)}`);
  const nonce = view.getUint32(from + 4);
  tree.add(LINE, `${bits(nonce, 0xffff_fffc, 32)} = QS Nonce: ${hex(nonce >>> 2, 8)}`);
  tree.add(LINE, `${bits(nonce, 3, 32)} = Reserved: ${hex(nonce & 3, 1)}`);
}
