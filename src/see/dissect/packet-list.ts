/**
 * The packet list, a line a frame, in the columns that somebody chooses: as `tshark -n` aligns them, octet for octet, unless colours are asked for. Not here: what
 * the columns contain (columns.ts, list-time.ts), which colours there are.
 */
import { TextSink, textOf, utf8 } from '../../core/text-sink.ts';
import * as tcp from '../../wire/tcp.ts';
import { shownLayer, writeDestination, writeInfo, writeProtocol, writeSource } from './columns.ts';
import { type Dissection, type Moment, setMoment } from './dissection.ts';
import { type Field, type FieldType, FieldWriter } from './field.ts';
import { type LineRecords, LONGEST_RECORD, putText } from './line-record.ts';
import { LineText } from './line-text.ts';
import { type TimeForm, writeTime, type ZoneOffset } from './list-time.ts';
import { PlainLine } from './plain-line.ts';
import { PROTOCOL } from './protocol.ts';

/** The columns there are besides fields. */
export const COLUMN_NAMES = ['number', 'time', 'source', 'destination', 'protocol', 'length', 'info'] as const;

/** A column: one of the usual ones, or a field. */
export type Column = (typeof COLUMN_NAMES)[number] | Field;

/**
 * What the text of a column means, for those who colour it: the end that opened the conversation, or the other one, sent the frame; it opens, ends or resets a connection,
 * or only acknowledges; something is wrong with it.
 */
export type Meaning = 'time' | 'opener' | 'accepter' | 'opening' | 'closing' | 'reset' | 'acknowledgment' | 'trouble';

/** What is written before a text of each meaning, and behind each. Nothing before those that are not there. */
export interface Colours {
  readonly before: Partial<Readonly<Record<Meaning, Uint8Array>>>;
  readonly after: Uint8Array;
}

/** How a list is written. */
export interface PacketListOptions {
  /** Default: number, time, source, destination, protocol, length, info. */
  readonly columns?: readonly Column[];
  /** Default `relative`. */
  readonly time?: TimeForm;
  /** The time zone of `clock` and `date`. Default: UTC. */
  readonly zone?: ZoneOffset;
  /** Default: none. */
  readonly colours?: Colours;
  /** Whether columns are filled with spaces up to the width that they have at least. Default: true. */
  readonly aligned?: boolean;
}

/** The titles of the usual columns. */
const TITLES: Readonly<Record<(typeof COLUMN_NAMES)[number], string>> = {
  number: 'No.',
  time: 'Time',
  source: 'Source',
  destination: 'Destination',
  protocol: 'Protocol',
  length: 'Length',
  info: 'Info',
};

/** Characters that columns have at least, and whether they stand at their right end: as tshark has them. */
const WIDTHS: Partial<Readonly<Record<string, readonly [width: number, right: boolean]>>> = {
  number: [5, true],
  time: [10, true],
  source: [12, true],
  destination: [12, false],
};

/** The same where columns are chosen and so may stand in any order: none begins elsewhere in the next line unless a value is longer than it usually is. */
const CHOSEN_WIDTHS: Partial<Readonly<Record<string, readonly [width: number, right: boolean]>>> = {
  ...WIDTHS,
  protocol: [8, false],
  length: [6, true],
};

/** What values of a type have at least. */
const TYPE_WIDTHS: Partial<Readonly<Record<FieldType, number>>> = {
  unsigned: 6,
  signed: 6,
  float: 6,
  boolean: 1,
  ipv4: 15,
  ipv6: 24,
  mac: 17,
  seconds: 12,
  time: 35,
};

const SPACE = utf8(' ');
const TO = utf8(' → ');
const FROM = utf8(' ← ');

/** A column as it is written. */
interface Cell {
  readonly name: string;
  readonly title: string;
  readonly width: number;
  readonly right: boolean;
  /** What stands before it. */
  readonly before: Uint8Array;
  readonly write: (text: TextSink, dissection: Dissection, shown: number) => void;
}

/** Writes the lines of a list. */
export class PacketList {
  /** Digits behind the decimal point of Time, 0 to 9, of packets whose interface does not tell; default 9. tshark writes as many as the clock has. */
  timeDigits = 9;
  readonly #columns: readonly Column[];
  readonly #cells: readonly Cell[];
  readonly #colours: Colours | undefined;
  readonly #aligned: boolean;
  readonly #form: TimeForm;
  readonly #zone: ZoneOffset;
  /** Finds out what some lines say; undefined when the list is not the usual one. */
  readonly #plainLine: PlainLine | undefined;
  /** Writes that, where it is written here. */
  #writer: LineWriter | undefined = undefined;
  readonly #scratch = new TextSink();
  readonly #shownBefore: Moment = { seconds: 0, nanoseconds: 0 };
  #started = false;

  constructor(options: PacketListOptions = {}) {
    this.#colours = options.colours;
    this.#aligned = options.aligned ?? true;
    this.#form = options.time ?? 'relative';
    this.#zone = options.zone ?? (() => 0);
    const columns = options.columns ?? COLUMN_NAMES;
    const isUsual =
      options.columns === undefined && this.#colours === undefined && this.#aligned && this.#form === 'relative';
    this.#plainLine = isUsual ? new PlainLine() : undefined;
    this.#columns = columns;
    this.#cells = columns.map((column, i) => this.#cell(column, i === 0 ? undefined : columns[i - 1]));
  }

  /** Writes a frame's line, without a line's end. */
  write(text: TextSink, dissection: Dissection): void {
    if (this.#plainLine === undefined) return this.#writeCells(text, dissection);
    this.#writer ??= new LineWriter();
    const { records } = this.#writer;
    records.at = 0;
    if (this.#plainLine.put(records, dissection, this.#digitsOf(dissection)))
      this.#writer.lines.write(text, records.view, 0, records.at, false);
    else this.#writeCells(text, dissection);
  }

  /** Whether lines can be put into records: the columns are the usual ones, without colours. */
  get takesRecords(): boolean {
    return this.#plainLine !== undefined;
  }

  /** Puts what a frame's line says into records, for a `LineText` to write; only where `takesRecords`. */
  put(records: LineRecords, dissection: Dissection): void {
    if (this.#plainLine!.put(records, dissection, this.#digitsOf(dissection))) return;
    const text = this.#scratch;
    text.cut(0);
    this.#writeCells(text, dissection);
    putText(records, text);
  }

  #digitsOf({ packet }: Dissection): number {
    return packet.origin?.timeDigits ?? this.timeDigits;
  }

  #writeCells(text: TextSink, dissection: Dissection): void {
    if (!this.#started) setMoment(this.#shownBefore, dissection.packet);
    this.#started = true;
    const shown = shownLayer(dissection);
    const cells = this.#cells;
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      text.octets(cell.before);
      if (this.#colours === undefined) this.#write(text, cell, dissection, shown);
      else this.#paint(text, cell, dissection, shown, this.#colours);
    }
    setMoment(this.#shownBefore, dissection.packet);
  }

  /** The columns' titles, aligned as they are. */
  get titles(): string {
    let line = '';
    for (const { before, title, width, right } of this.#cells) {
      // No arrow between titles: it would say that one goes to the other.
      if (before.length > 0) line += before === SPACE ? ' ' : '   ';
      line += right ? title.padStart(width) : title.padEnd(width);
    }
    return line;
  }

  #write(text: TextSink, cell: Cell, dissection: Dissection, shown: number): void {
    const from = text.length;
    cell.write(text, dissection, shown);
    if (cell.right) text.padStart(from, cell.width);
    else text.padEnd(from, cell.width);
  }

  #paint(text: TextSink, cell: Cell, dissection: Dissection, shown: number, { before, after }: Colours): void {
    const meaning = meaningOf(cell.name, dissection, shown);
    const colour = meaning === undefined ? undefined : before[meaning];
    if (colour !== undefined) text.octets(colour);
    this.#write(text, cell, dissection, shown);
    if (colour !== undefined) text.octets(after);
  }

  #cell(column: Column, left: Column | undefined): Cell {
    const isUsual = typeof column === 'string';
    const name = isUsual ? column : column.name;
    const title = isUsual ? TITLES[column] : name;
    const [width, right] = this.#aligned ? this.#widthOf(column, title) : [0, false];
    const before =
      left === undefined
        ? new Uint8Array(0)
        : left === 'source' && column === 'destination'
          ? TO
          : left === 'destination' && column === 'source'
            ? FROM
            : SPACE;
    return { name, title, width, right, before, write: isUsual ? this.#usual(column) : writeField(column) };
  }

  /** The last column has no width: nothing stands behind it. */
  #widthOf(column: Column, title: string): readonly [width: number, right: boolean] {
    const columns = this.#columns;
    if (columns === COLUMN_NAMES) return WIDTHS[column as string] ?? [0, false];
    if (column === columns.at(-1)) return [0, false];
    const [least, right] =
      typeof column === 'string' ? (CHOSEN_WIDTHS[column] ?? [0, false]) : [TYPE_WIDTHS[column.type] ?? 0, false];
    return [Math.max(least, title.length), right];
  }

  #usual(column: (typeof COLUMN_NAMES)[number]): Cell['write'] {
    switch (column) {
      case 'number':
        return (text, dissection) => text.decimal(dissection.packet.number);
      case 'time':
        return (text, dissection) =>
          writeTime(text, dissection, this.#form, this.#digitsOf(dissection), this.#zone, this.#shownBefore);
      case 'source':
        return writeSource;
      case 'destination':
        return writeDestination;
      case 'protocol':
        return writeProtocol;
      case 'length':
        return (text, dissection) => text.decimal(dissection.packet.originalLength);
      case 'info':
        return writeInfo;
    }
  }
}

/** What writes one line after the other. */
class LineWriter {
  readonly lines: LineText = new LineText();
  readonly records: OneLine = new OneLine();
}

/** Records of one line. */
class OneLine implements LineRecords {
  view = new DataView(new ArrayBuffer(2 * LONGEST_RECORD));
  at = 0;

  reserve(octets: number): void {
    const { byteLength } = this.view;
    if (this.at + octets <= byteLength) return;
    const larger = new Uint8Array(2 * byteLength);
    larger.set(new Uint8Array(this.view.buffer));
    this.view = new DataView(larger.buffer);
  }
}

function writeField(field: Field): Cell['write'] {
  const writer = new FieldWriter(field);
  return (text, dissection) => {
    writer.write(text, dissection);
  };
}

/** What a column of a frame means. */
function meaningOf(column: string, dissection: Dissection, shown: number): Meaning | undefined {
  const { segment } = dissection;
  switch (column) {
    case 'number':
    case 'time':
    case 'length':
      return 'time';
    case 'source':
      return segment && (segment.from === 0 ? 'opener' : 'accepter');
    case 'destination':
      return segment && (segment.from === 0 ? 'accepter' : 'opener');
    case 'protocol':
      return undefined;
    default:
      if (dissection.problems[shown] !== 0 || dissection.protocols[shown] === PROTOCOL.ICMP)
        return troubleOf(dissection, shown);
      if (segment === undefined) return undefined;
      if (segment.flags & tcp.RST) return 'reset';
      if (segment.flags & tcp.SYN) return 'opening';
      if (segment.flags & tcp.FIN) return 'closing';
      return segment.length === 0 ? 'acknowledgment' : undefined;
  }
}

/** Something is wrong with the layer, or it reports that something is: an ICMP message that quotes a packet. */
function troubleOf(dissection: Dissection, shown: number): Meaning | undefined {
  const quotes = shown + 1 < dissection.depth && dissection.quoted[shown + 1] === 1;
  return dissection.problems[shown] !== 0 || quotes ? 'trouble' : undefined;
}

/** A frame's line as `tshark -n` aligns it. */
export function listLine(dissection: Dissection, options: { readonly timeDigits?: number } = {}): string {
  const list = new PacketList();
  list.timeDigits = options.timeDigits ?? 9;
  return textOf((text) => list.write(text, dissection));
}
