/** What is printed of a frame: the list line, named fields, the detail tree, octets, JSON. A view is made once and then asked for each frame. */

import { nearest } from '../core/nearest.ts';
import {
  type Dissection,
  details,
  FIELDS,
  type Field,
  FieldWriter,
  fieldTexts,
  findField,
  frameJson,
  hexDump,
  writeListLine,
} from '../see/dissect/index.ts';
import { UsageError } from './failure.ts';
import { endLine, output, print } from './terminal.ts';

/** Prints frames. */
export interface View {
  /** Printed before the first frame. */
  readonly header: string | undefined;
  show(dissection: Dissection, origin?: FrameOrigin): void;
}

/** What a frame's octets do not say of it. */
export interface FrameOrigin {
  /** The interface it came from; empty when the capture does not say, undefined when its format cannot. */
  readonly interfaceName: string | undefined;
  /** Digits that its capture's clock has behind the decimal point. */
  readonly timeDigits: number;
}

/** Which views are wanted; the list line when none is named. */
export interface ViewOptions {
  fields?: string;
  details?: boolean;
  hex?: boolean;
  json?: boolean;
}

/**
 * The view that the options ask for.
 * @throws UsageError when they ask for several that do not go together, or name a field that there is not
 */
export function viewOf(options: ViewOptions): View {
  const asked = [
    options.fields !== undefined && '--fields',
    options.json && '--json',
    options.details && '--details',
  ].filter((name) => typeof name === 'string');
  if (asked.length > 1) throw new UsageError(`${asked.join(' and ')} do not go together: choose one`);
  if (options.hex && (options.json || options.fields !== undefined)) {
    throw new UsageError(`--hex goes with the list or with --details, not with ${asked[0]}`);
  }
  if (options.fields !== undefined) return fieldView(options.fields);
  if (options.json) return { header: undefined, show: (dissection) => print(JSON.stringify(frameJson(dissection))) };
  return {
    header: undefined,
    show: (dissection, origin) => {
      if (options.details) {
        for (const line of details(dissection, { interfaceName: origin?.interfaceName })) print(line);
      } else {
        writeListLine(output, dissection, origin ?? {});
        endLine();
      }
      if (options.hex) {
        if (options.details !== true) print();
        for (const line of hexDump(dissection.packet)) print(line);
      }
      if (options.details || options.hex) print();
    },
  };
}

/** A field's values in a frame, as `--fields` prints them. */
export const valuesOf = (name: string, dissection: Dissection): string[] => fieldTexts(fieldNamed(name), dissection);

/** Named fields, tab-separated, under a header line: several values of one field are joined by commas. */
function fieldView(names: string): View {
  const fields = names.split(',').map((name) => fieldNamed(name.trim()));
  const writers = fields.map((field) => new FieldWriter(field));
  return {
    header: fields.map(({ name }) => name).join('\t'),
    show(dissection) {
      for (let i = 0; i < writers.length; i++) {
        if (i > 0) output.octet(TAB);
        writers[i]!.write(output, dissection);
      }
      endLine();
    },
  };
}

const TAB = 0x09;

function fieldNamed(name: string): Field {
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
