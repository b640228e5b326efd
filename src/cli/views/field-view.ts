/** The values of named fields, a line a frame, as `tshark -T fields` prints them; a column of the list can be among them, such as `_ws.col.Info`. */
import { entryOf } from '../../core/entry.ts';
import { nearest } from '../../core/nearest.ts';
import { type TextSink, textOf } from '../../core/text-sink.ts';
import { todaysName, whyForeign } from '../../see/dissect/foreign-names.ts';
import {
  bothNeeds,
  type Dissection,
  type DissectionNeeds,
  FIELDS,
  type Field,
  FieldWriter,
  fieldTexts,
  findField,
  NEEDS_NOTHING,
  NEEDS_OF_LIST,
  needsOfField,
  PacketList,
} from '../../see/dissect/index.ts';
import { UsageError } from '../failure.ts';
import { endLine, output } from '../terminal.ts';
import { isColumnField, listColumnNamed } from './list-columns.ts';
import type { ListTime } from './list-times.ts';
import type { FrameOrigin, View } from './view.ts';

/** A field's values in a frame, as `--fields` prints them. */
export const valuesOf = (name: string, dissection: Dissection): string[] => fieldTexts(fieldNamed(name), dissection);

/**
 * The field of a name, also of an old one.
 * @throws UsageError when there is none
 */
export function fieldNamed(name: string): Field {
  const today = todaysName(name) ?? name;
  const field = findField(name) ?? findField(today);
  if (field !== undefined) return field;
  const why = whyForeign(today);
  if (why !== undefined) throw new UsageError(`there is no field "${name}". ${why}`);
  const guess = nearest(
    today,
    FIELDS.map((one) => one.name),
  );
  throw new UsageError(
    `there is no field "${name}"${guess === undefined ? '.' : `; did you mean ${guess}?`} Fields are named as in Wireshark, separated by commas: --fields frame.number,ip.src,tcp.seq`,
  );
}

/** How the fields of a line are written: what `tshark -E` sets. */
interface Layout {
  header: boolean;
  separator: string;
  aggregator: string;
  occurrence: 'first' | 'last' | 'all';
  quote: string;
}

const OCCURRENCES: Readonly<Record<string, Layout['occurrence']>> = { f: 'first', l: 'last', a: 'all' };
const QUOTES: Readonly<Record<string, string>> = { d: '"', s: "'", n: '' };

/** What stands at one place of a line. */
interface Cell {
  readonly needs: DissectionNeeds;
  /** Writes it. @returns how many values there are */
  write(dissection: Dissection, origin: FrameOrigin | undefined): number;
}

function cellOf(name: string, layout: Layout, time: ListTime): Cell {
  if (isColumnField(name)) return columnCell(name, time);
  const field = fieldNamed(name);
  const writer = new FieldWriter(field, layout);
  return { needs: needsOfField(field), write: (dissection) => writer.write(output, dissection) };
}

/** A column of the list, which every frame has. */
function columnCell(name: string, time: ListTime): Cell {
  const write = columnWriter(name, time);
  return {
    needs: NEEDS_OF_LIST,
    write(dissection, origin) {
      write(output, dissection, origin);
      return 1;
    },
  };
}

/** Writes a column of the list. */
function columnWriter(
  name: string,
  time: ListTime,
): (text: TextSink, dissection: Dissection, origin: FrameOrigin | undefined) => void {
  const list = new PacketList({ ...time, columns: [listColumnNamed(name)], aligned: false });
  return (text, dissection, origin) => {
    list.timeDigits = origin?.timeDigits ?? 9;
    list.write(text, dissection);
  };
}

/** What frames have of a field or a column, as texts. */
export interface Texts {
  /** As it was asked for. */
  readonly name: string;
  readonly needs: DissectionNeeds;
  read(dissection: Dissection, origin: FrameOrigin | undefined): string[];
}

/**
 * The texts of a field or column.
 * @param time what `_ws.col.Time` is
 * @throws UsageError when there is none of the name
 */
export function textsOf(name: string, time: ListTime): Texts {
  if (isColumnField(name)) {
    const write = columnWriter(name, time);
    const read: Texts['read'] = (dissection, origin) => [textOf((text) => write(text, dissection, origin))];
    return { name, needs: NEEDS_OF_LIST, read };
  }
  const field = fieldNamed(name);
  return { name, needs: needsOfField(field), read: (dissection) => fieldTexts(field, dissection) };
}

/**
 * Named fields, tab-separated, under a header line: several values of one field are joined by commas.
 * @param settings `name=value` each, as `tshark -E` takes them
 * @param time what `_ws.col.Time` is
 * @throws UsageError when there is no such field, column or setting
 */
export function fieldView(
  given: readonly string[],
  settings: readonly string[],
  header: boolean,
  time: ListTime,
): View {
  const names = given.map((name) => name.trim());
  const layout = layoutOf(settings, header);
  const { separator, quote } = layout;
  const cells = names.map((name) => cellOf(name, layout, time));
  return {
    header: layout.header ? names.join(separator) : undefined,
    needs: cells.map(({ needs }) => needs).reduce(bothNeeds, NEEDS_NOTHING),
    show(dissection, origin) {
      for (let i = 0; i < cells.length; i++) {
        if (i > 0) output.add(separator);
        const from = output.length;
        if (quote !== '') output.add(quote);
        if (cells[i]!.write(dissection, origin) === 0) output.cut(from);
        else if (quote !== '') output.add(quote);
      }
      endLine();
    },
  };
}

function layoutOf(settings: readonly string[], header: boolean): Layout {
  const layout: Layout = { header, separator: '\t', aggregator: ',', occurrence: 'all', quote: '' };
  for (const setting of settings) {
    const [name, value = ''] = setting.split(/=(.*)/s) as [string, string?];
    if (name === 'header' && /^[yn]$/.test(value)) layout.header = value === 'y';
    else if (name === 'separator' && characterOf(value) !== undefined) layout.separator = characterOf(value)!;
    else if (name === 'aggregator' && characterOf(value) !== undefined) layout.aggregator = characterOf(value)!;
    else if (name === 'occurrence' && entryOf(OCCURRENCES, value) !== undefined)
      layout.occurrence = OCCURRENCES[value]!;
    else if (name === 'quote' && entryOf(QUOTES, value) !== undefined) layout.quote = QUOTES[value]!;
    else {
      throw new UsageError(
        `-E takes header=y|n, separator=C, aggregator=C, occurrence=f|l|a or quote=d|s|n, where C is a character, /t or /s, not "${setting}"`,
      );
    }
  }
  return layout;
}

/** A character as `tshark -E` writes it: `/t` is a tab, `/s` a space, `//` a slash. */
const characterOf = (text: string): string | undefined =>
  ({ '/t': '\t', '/s': ' ', '//': '/' })[text] ?? (text.length === 1 ? text : undefined);
