/** The packet list for a person: the columns and the kind of time that were asked for; on a terminal with titles and in colours. Not here: the line itself (see/dissect). */
import {
  bothNeeds,
  type Colours,
  type Column,
  type Dissection,
  type DissectionNeeds,
  type LineRecords,
  NEEDS_OF_LIST,
  needsOfField,
  PacketList,
  type PacketListOptions,
} from '../../see/dissect/index.ts';
import { startLineThread } from '../lines/line-thread.ts';
import { colour, endLine, isTerminal, output, styleOctets, wantsColour, width } from '../terminal.ts';
import { cutLine } from './cut-line.ts';
import { isColumnField, listColumnNamed } from './list-columns.ts';
import { timeNamed } from './list-times.ts';
import type { FrameOrigin, View } from './view.ts';

/** How the list is asked for. */
export interface ListOptions {
  columns?: string;
  time?: string;
  cut?: boolean;
}

/**
 * The list that the options ask for.
 * @throws UsageError when they name a column or a kind of time that there is not
 */
export async function listView(options: ListOptions): Promise<View> {
  const colours = wantsColour() ? listColours() : undefined;
  const names = options.columns?.split(',');
  const columns = names && (await Promise.all(names.map((name) => columnNamed(name.trim()))));
  const settings: PacketListOptions = {
    ...timeNamed(options.time),
    ...(columns !== undefined && { columns }),
    ...(colours !== undefined && { colours }),
  };
  const list = new PacketList(settings);
  const isCut = isTerminal() && options.cut === true;
  let records: LineRecords | undefined;
  return {
    header: isTerminal() ? colour('bold', list.titles) : undefined,
    needs: (columns ?? []).map(needsOfColumn).reduce(bothNeeds, NEEDS_OF_LIST),
    begin(octets?: number): void {
      if (octets !== undefined && list.takesRecords && !isTerminal()) records = startLineThread(octets);
    },
    show(dissection: Dissection, origin?: FrameOrigin): void {
      list.timeDigits = origin?.timeDigits ?? 9;
      if (records !== undefined) return list.put(records, dissection);
      const from = output.length;
      list.write(output, dissection);
      if (isCut) cutLine(output, from, width(), colours !== undefined);
      endLine();
    },
  };
}

async function columnNamed(name: string): Promise<Column> {
  // "No." is a column.
  const isField = /\../.test(name) && !isColumnField(name);
  return isField ? (await import('./field-view.ts')).fieldNamed(name) : listColumnNamed(name);
}

const needsOfColumn = (column: Column): DissectionNeeds =>
  typeof column === 'string' ? NEEDS_OF_LIST : needsOfField(column);

const listColours = (): Colours => ({
  before: {
    time: styleOctets('dim'),
    opener: styleOctets('client'),
    accepter: styleOctets('server'),
    opening: styleOctets('good'),
    closing: styleOctets('closing'),
    reset: styleOctets('bad'),
    acknowledgment: styleOctets('dim'),
    trouble: styleOctets('bad'),
  },
  after: styleOctets(undefined),
});
