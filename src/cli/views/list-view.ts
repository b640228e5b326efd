/** The packet list for a person: the columns and the kind of time that were asked for; on a terminal with titles and in colours. Not here: the line itself (see/dissect). */
import { nearest } from '../../core/nearest.ts';
import {
  bothNeeds,
  COLUMN_NAMES,
  type Colours,
  type Column,
  type Dissection,
  type DissectionNeeds,
  NEEDS_OF_LIST,
  needsOfField,
  PacketList,
  type PacketListOptions,
  type TimeForm,
  type ZoneOffset,
} from '../../see/dissect/index.ts';
import { UsageError } from '../failure.ts';
import { colour, endLine, isTerminal, output, styleOctets, wantsColour, width } from '../terminal.ts';
import { cutLine } from './cut-line.ts';
import type { FrameOrigin, View } from './view.ts';

/** How the list is asked for. */
export interface ListOptions {
  columns?: string;
  time?: string;
  cut?: boolean;
}

/** Other names of the columns: those that people try first. */
const ALIASES: Readonly<Record<string, (typeof COLUMN_NAMES)[number]>> = {
  no: 'number',
  'no.': 'number',
  src: 'source',
  dst: 'destination',
  proto: 'protocol',
  len: 'length',
};

/** What `-t` takes: in words, and as tshark has it. */
const TIMES: Readonly<Record<string, readonly [form: TimeForm, local: boolean]>> = {
  relative: ['relative', false],
  r: ['relative', false],
  delta: ['delta', false],
  d: ['delta', false],
  dd: ['delta-shown', false],
  absolute: ['date', true],
  a: ['clock', true],
  ad: ['date', true],
  utc: ['date', false],
  u: ['clock', false],
  ud: ['date', false],
  epoch: ['epoch', false],
  e: ['epoch', false],
};

/**
 * The list that the options ask for.
 * @throws UsageError when they name a column or a kind of time that there is not
 */
export async function listView(options: ListOptions): Promise<View> {
  const colours = wantsColour() ? listColours() : undefined;
  const names = options.columns?.split(',');
  const columns = names && (await Promise.all(names.map((name) => columnNamed(name.trim()))));
  const settings: PacketListOptions = {
    ...timeOf(options.time ?? 'relative'),
    ...(columns !== undefined && { columns }),
    ...(colours !== undefined && { colours }),
  };
  const list = new PacketList(settings);
  const isCut = isTerminal() && options.cut === true;
  return {
    header: isTerminal() ? colour('bold', list.titles) : undefined,
    needs: (columns ?? []).map(needsOfColumn).reduce(bothNeeds, NEEDS_OF_LIST),
    show(dissection: Dissection, origin?: FrameOrigin): void {
      const from = output.length;
      list.timeDigits = origin?.timeDigits ?? 9;
      list.write(output, dissection);
      if (isCut) cutLine(output, from, width(), colours !== undefined);
      endLine();
    },
  };
}

async function columnNamed(name: string): Promise<Column> {
  const usual = ALIASES[name.toLowerCase()] ?? COLUMN_NAMES.find((one) => one === name.toLowerCase());
  if (usual !== undefined) return usual;
  if (name.includes('.')) return (await import('./field-view.ts')).fieldNamed(name);
  const guess = nearest(name, [...COLUMN_NAMES, ...Object.keys(ALIASES)]);
  throw new UsageError(
    `there is no column "${name}"${guess === undefined ? '.' : `; did you mean ${guess}?`} Columns are ${COLUMN_NAMES.join(', ')} and every field: --columns number,source,tcp.stream,info`,
  );
}

const needsOfColumn = (column: Column): DissectionNeeds =>
  typeof column === 'string' ? NEEDS_OF_LIST : needsOfField(column);

function timeOf(name: string): { time: TimeForm; zone?: ZoneOffset } {
  const known = TIMES[name];
  if (known === undefined) {
    throw new UsageError(
      `-t takes relative (r), delta (d), dd, absolute (a, ad), utc (u, ud) or epoch (e), not "${name}"`,
    );
  }
  const [time, local] = known;
  return local ? { time, zone: localZone() } : { time };
}

/** This machine's time zone. It is asked once for each quarter of an hour of a capture, between which no zone changes. */
function localZone(): ZoneOffset {
  const quarter = 900;
  let at = Number.NaN;
  let offset = 0;
  return (seconds) => {
    const now = Math.floor(seconds / quarter);
    if (now !== at) {
      at = now;
      offset = -new Date(now * quarter * 1000).getTimezoneOffset();
    }
    return offset;
  };
}

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
