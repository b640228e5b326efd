/** The values of named fields, a line a frame, as `tshark -T fields` prints them. */
import { nearest } from '../../core/nearest.ts';
import {
  bothNeeds,
  type Dissection,
  FIELDS,
  type Field,
  FieldWriter,
  fieldTexts,
  findField,
  NEEDS_NOTHING,
  needsOfField,
} from '../../see/dissect/index.ts';
import { UsageError } from '../failure.ts';
import { endLine, output } from '../terminal.ts';
import type { View } from './view.ts';

/** A field's values in a frame, as `--fields` prints them. */
export const valuesOf = (name: string, dissection: Dissection): string[] => fieldTexts(fieldNamed(name), dissection);

/**
 * The field of a name.
 * @throws UsageError when there is none
 */
export function fieldNamed(name: string): Field {
  const field = findField(name);
  if (field !== undefined) return field;
  const guess = nearest(
    name,
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

/**
 * Named fields, tab-separated, under a header line: several values of one field are joined by commas.
 * @param settings `name=value` each, as `tshark -E` takes them
 * @throws UsageError when there is no such field or setting
 */
export function fieldView(names: readonly string[], settings: readonly string[], header: boolean): View {
  const fields = names.map((name) => fieldNamed(name.trim()));
  const layout = layoutOf(settings, header);
  const { separator, quote } = layout;
  const writers = fields.map((field) => new FieldWriter(field, layout));
  return {
    header: layout.header ? fields.map(({ name }) => name).join(separator) : undefined,
    needs: fields.map(needsOfField).reduce(bothNeeds, NEEDS_NOTHING),
    show(dissection) {
      for (let i = 0; i < writers.length; i++) {
        if (i > 0) output.add(separator);
        const from = output.length;
        if (quote !== '') output.add(quote);
        if (writers[i]!.write(output, dissection) === 0) output.cut(from);
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
    else if (name === 'occurrence' && OCCURRENCES[value] !== undefined) layout.occurrence = OCCURRENCES[value];
    else if (name === 'quote' && QUOTES[value] !== undefined) layout.quote = QUOTES[value];
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
