/** The functions of the language: what they take, and what type their values have. How they are worked out is in operands.ts. */
import { entryOf } from '../../core/entry.ts';
import type { FieldType } from '../dissect/field.ts';
import { FAMILY, type Family } from './checked.ts';

/** The name of a function. */
export type FunctionName = 'len' | 'count' | 'max' | 'min' | 'abs' | 'upper' | 'lower' | 'string';

/** A function. */
export interface FilterFunction {
  /** How many arguments it takes. */
  readonly arguments: readonly [least: number, most: number];
  /** Whether an argument must be a field rather than another function or a calculation. */
  readonly fieldsOnly: boolean;
  /** Families of types it takes; undefined: all. */
  readonly takes: readonly Family[] | undefined;
  /** The type of its values for arguments of a type. */
  readonly gives: (type: FieldType) => FieldType;
  /** What it is, for messages and help. */
  readonly does: string;
  /** One use that can be tried. */
  readonly example: string;
}

const ORDERED: readonly Family[] = [
  'number',
  'float',
  'seconds',
  'time',
  'boolean',
  'ipv4',
  'ipv6',
  'octets',
  'string',
];

/** Every function by its name. */
export const FUNCTIONS: Readonly<Record<FunctionName, FilterFunction>> = {
  len: {
    arguments: [1, 1],
    fieldsOnly: false,
    takes: ['octets', 'string', 'ipv4', 'ipv6'],
    gives: () => 'unsigned',
    does: 'how many octets a value has',
    example: 'len(tcp.payload) > 3',
  },
  count: {
    arguments: [1, 1],
    fieldsOnly: true,
    takes: undefined,
    gives: () => 'unsigned',
    does: 'how many values a field has in the frame',
    example: 'count(ip.src) == 2',
  },
  max: {
    arguments: [1, Number.POSITIVE_INFINITY],
    fieldsOnly: false,
    takes: ORDERED,
    gives: (type) => type,
    does: 'the largest of all values',
    example: 'max(tcp.port) == 7456',
  },
  min: {
    arguments: [1, Number.POSITIVE_INFINITY],
    fieldsOnly: false,
    takes: ORDERED,
    gives: (type) => type,
    does: 'the smallest of all values',
    example: 'min(tcp.port) < 1024',
  },
  abs: {
    arguments: [1, 1],
    fieldsOnly: false,
    takes: ['number', 'float', 'seconds'],
    gives: (type) => type,
    does: 'a number without its sign',
    example: 'abs(tcp.seq - tcp.ack) < 10',
  },
  upper: {
    arguments: [1, 1],
    fieldsOnly: false,
    takes: ['string'],
    gives: () => 'string',
    does: 'a text in upper case',
    example: 'upper(frame.protocols) contains "TCP"',
  },
  lower: {
    arguments: [1, 1],
    fieldsOnly: false,
    takes: ['string'],
    gives: () => 'string',
    does: 'a text in lower case',
    example: 'lower(frame.protocols) contains "tcp"',
  },
  string: {
    arguments: [1, 1],
    fieldsOnly: true,
    takes: undefined,
    gives: () => 'string',
    does: 'a value as text',
    example: 'string(tcp.port) matches "^74"',
  },
};

/** The function of a name, or undefined. */
export const findFunction = (name: string): FilterFunction | undefined => entryOf<FilterFunction>(FUNCTIONS, name);

/** Whether a function takes values of a type. */
export const takes = (called: FilterFunction, type: FieldType): boolean =>
  called.takes === undefined || called.takes.includes(FAMILY[type]);
