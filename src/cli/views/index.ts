/** What is printed of a frame, and how it is asked for: the list line, named fields, the detail tree, octets, JSON. A view is made once and then asked for each frame. */
import { type Command, Option } from 'commander';
import { hexDump } from '../../see/dissect/index.ts';
import { UsageError } from '../failure.ts';
import { keepNewSpaceSmall } from '../new-space.ts';
import { type ColourChoice, chooseColour, print } from '../terminal.ts';
import { timeNamed } from './list-times.ts';
import { type ListOptions, listView } from './list-view.ts';
import type { View } from './view.ts';

export type { FrameOrigin, View } from './view.ts';

/** Which views are wanted; the list line when none is named. */
export interface ViewOptions extends ListOptions {
  fields?: string;
  form?: string;
  field?: string[];
  layout?: string[];
  details?: boolean;
  hex?: boolean;
  json?: boolean;
  array?: boolean;
  color?: string;
  checksums?: boolean;
}

/** Collects an option that is given several times. */
export const gathered = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Adds the options that choose a view. */
export function addViewOptions(command: Command): void {
  command
    .option(
      '--columns <C1,C2,...>',
      'the columns of the list: number, time, source, destination, protocol, length, info, or any field',
    )
    .option(
      '-t, --time <KIND>',
      'time in the list: relative (default), delta, absolute, utc, epoch, or as for tshark: r d dd a ad u ud e',
    )
    .addOption(new Option('-n', 'as for tshark: no names are looked up, which they never are').hideHelp())
    .option('--cut', "cut the list's lines at the edge of the terminal")
    .option('--color <WHEN>', 'colour the list: auto (default: on a terminal), always, never')
    .option('--checksums', 'verify the checksums of IPv4, TCP and UDP: [TCP CHECKSUM INCORRECT], *.checksum.status')
    .option('--fields <F1,F2,...>', 'print the values of these fields, tab-separated, under a header line')
    .option('-V, --details', 'print every field of every layer, as an indented tree')
    .option('-x, --hex', 'print the octets too')
    .option('--json', 'print one JSON object a frame')
    .addOption(
      new Option(
        '-T, --form <FORM>',
        'as for tshark: fields (with -e and -E), json (an array of frames, with -e of those fields), ek (one object a frame), text',
      ),
    )
    .addOption(new Option('-e, --field <FIELD>', 'a field for -T fields or json; once for each').argParser(gathered))
    .addOption(
      new Option(
        '-E, --layout <NAME=VALUE>',
        'how -T fields and --fields write: header=y|n, separator=C, aggregator=C, occurrence=f|l|a, quote=d|s|n',
      ).argParser(gathered),
    );
}

/** Options that only a view has a use for, as they are written. */
const OF_VIEWS: readonly (readonly [option: keyof ViewOptions, written: string])[] = [
  ['fields', '--fields'],
  ['form', '-T'],
  ['field', '-e'],
  ['layout', '-E'],
  ['details', '--details'],
  ['hex', '--hex'],
  ['json', '--json'],
  ['columns', '--columns'],
  ['time', '-t'],
  ['cut', '--cut'],
];

/** The first option given that says how frames are shown; undefined when there is none. */
export const viewAsked = (options: ViewOptions): string | undefined =>
  OF_VIEWS.find(([option]) => options[option] !== undefined)?.[1];

/**
 * The view that the options ask for. Views that not everybody asks for are loaded then.
 * @throws UsageError when they ask for several that do not go together, or name a field or column that there is not
 */
export async function viewOf(given: ViewOptions): Promise<View> {
  const options = withForm(given);
  chooseColour(colourChoiceOf(options.color ?? 'auto'));
  const asked = [
    options.fields !== undefined && '--fields',
    options.field !== undefined && '-e',
    options.json && '--json',
    options.details && '--details',
    options.columns !== undefined && '--columns',
  ].filter((name) => typeof name === 'string');
  if (asked.length > 1) throw new UsageError(`${asked.join(' and ')} do not go together: choose one`);
  if (options.hex && (options.json || options.fields !== undefined || options.field !== undefined)) {
    throw new UsageError(`--hex goes with the list or with --details, not with ${asked[0]}`);
  }
  if (options.array && options.hex)
    throw new UsageError('--hex goes with the list or with --details, not with -T json');
  const view = await viewNamed(options);
  // A plain list makes no strings.
  return asked.length > 0 || options.array || options.hex ? { ...view, begin: keepNewSpaceSmall } : view;
}

async function viewNamed(options: ViewOptions): Promise<View> {
  if (options.array) {
    if (options.layout !== undefined)
      throw new UsageError("-E says how fields are written: -T json has JSON's own ways");
    return (await import('./json-view.ts')).jsonArrayView(options.field, timeNamed(options.time));
  }
  const names = options.field ?? options.fields?.split(',');
  if (names !== undefined) {
    const { fieldView } = await import('./field-view.ts');
    return fieldView(names, options.layout ?? [], options.field === undefined, timeNamed(options.time));
  }
  if (options.layout !== undefined) throw new UsageError('-E says how fields are written: name some with --fields');
  if (options.json) return (await import('./json-view.ts')).jsonView;
  const view = options.details ? (await import('./detail-view.ts')).detailView() : await listView(options);
  return options.hex ? withHex(view, options.details === true) : view;
}

/** `-T` in tcplab's own options. */
function withForm(options: ViewOptions): ViewOptions {
  const { form, field } = options;
  if (form === undefined) {
    if (field !== undefined) throw new UsageError('-e names a field for -T fields: add that, or write --fields F1,F2');
    return options;
  }
  if (form === 'fields') {
    if (field === undefined)
      throw new UsageError('-T fields prints the fields that -e names: add -e FIELD, once for each');
    return options;
  }
  if (form === 'json') return { ...options, array: true };
  if (field !== undefined) throw new UsageError(`-e names a field for -T fields and -T json, not for -T ${form}`);
  if (form === 'ek') return { ...options, json: true };
  if (form === 'text') return options;
  throw new UsageError(`-T takes fields, ek, json or text, not "${form}"`);
}

function colourChoiceOf(text: string): ColourChoice {
  if (text === 'auto' || text === 'always' || text === 'never') return text;
  throw new UsageError(`--color takes auto, always or never, not "${text}"`);
}

/** A view with each frame's octets under it. */
const withHex = (view: View, isTree: boolean): View => ({
  header: view.header,
  needs: view.needs,
  show(dissection, origin) {
    view.show(dissection, origin);
    if (!isTree) print();
    for (const line of hexDump(dissection.packet)) print(line);
    print();
  },
});
