/** The list's own columns by name, wherever somebody asks for one. */
import { entryOf } from '../../core/entry.ts';
import { nearest } from '../../core/nearest.ts';
import { COLUMN_NAMES } from '../../see/dissect/index.ts';
import { UsageError } from '../failure.ts';

/** One of the columns that the list has when nobody chooses. */
export type ListColumn = (typeof COLUMN_NAMES)[number];

/** Other names of the columns: those that people try first. */
const ALIASES: Readonly<Record<string, ListColumn>> = {
  no: 'number',
  'no.': 'number',
  src: 'source',
  dst: 'destination',
  proto: 'protocol',
  len: 'length',
};

/** What tshark calls a column where it takes fields: `_ws.col.Info`. */
const AS_FIELD = /^_ws\.col\./i;

/** Whether a name is that of a column as tshark writes it among fields. */
export const isColumnField = (name: string): boolean => AS_FIELD.test(name);

/**
 * The column of a name: `info`, `Info`, `_ws.col.Info`.
 * @throws UsageError when there is none
 */
export function listColumnNamed(name: string): ListColumn {
  const bare = name.replace(AS_FIELD, '').toLowerCase();
  const column = entryOf(ALIASES, bare) ?? COLUMN_NAMES.find((one) => one === bare);
  if (column !== undefined) return column;
  const guess = nearest(bare, [...COLUMN_NAMES, ...Object.keys(ALIASES)]);
  throw new UsageError(
    `there is no column "${name}"${guess === undefined ? '.' : `; did you mean ${guess}?`} Columns are ${COLUMN_NAMES.join(', ')} and every field: --columns number,source,tcp.stream,info`,
  );
}
