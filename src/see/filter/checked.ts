/**
 * What an expression means once fields are found and literals are values of their types: the checker's result, from which the predicate and the sentence
 * are made.
 */
import type { Field, FieldType, FieldValue } from '../dissect/field.ts';
import type { Automaton } from './automaton.ts';
import type { Place } from './filter-error.ts';
import type { FunctionName } from './functions.ts';
import type { ArithmeticOperator, Piece, Quantifier } from './syntax.ts';

/** A field, or what it has in some of its protocol's layers. */
export interface FieldOperand extends Place {
  readonly kind: 'field';
  readonly type: FieldType;
  readonly field: Field;
  readonly layers: readonly Piece[] | undefined;
}

/** A literal as a value of its type. */
export interface Constant extends Place {
  readonly kind: 'constant';
  readonly type: FieldType;
  readonly value: FieldValue;
  /** Of an address with `/8`: the bits that count. */
  readonly prefix: number | undefined;
  /** As it is written. */
  readonly text: string;
}

/** Something that has values in a frame: none, one or several. */
export type Operand =
  | FieldOperand
  | Constant
  | (Place & {
      readonly kind: 'slice';
      readonly type: 'bytes';
      readonly of: Operand;
      readonly pieces: readonly Piece[];
    })
  | (Place & {
      readonly kind: 'arithmetic';
      readonly type: FieldType;
      readonly operator: ArithmeticOperator;
      readonly left: Operand;
      readonly right: Operand;
    })
  | (Place & { readonly kind: 'minus'; readonly type: FieldType; readonly of: Operand })
  | (Place & {
      readonly kind: 'call';
      readonly type: FieldType;
      readonly name: FunctionName;
      readonly arguments: readonly Operand[];
    });

/** Comparisons that are left when the quantifier is known: `===` is `==` of all values, `!==` is `!=` of any. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** A member of a set. */
export type Member =
  | { readonly kind: 'range'; readonly low: Constant; readonly high: Constant }
  | { readonly kind: 'value'; readonly value: Operand };

/** Something that is true of a frame or not. */
export type Test =
  | { readonly kind: 'and' | 'or' | 'xor'; readonly of: readonly Test[] }
  | { readonly kind: 'not'; readonly of: Test }
  | { readonly kind: 'present'; readonly operand: Operand }
  /** A calculation by itself, such as `tcp.flags & 2`. */
  | { readonly kind: 'nonzero'; readonly operand: Operand }
  | {
      readonly kind: 'compare';
      readonly comparison: Comparison;
      readonly quantifier: Quantifier;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: 'contains'; readonly quantifier: Quantifier; readonly left: Operand; readonly right: Operand }
  | {
      readonly kind: 'matches';
      readonly quantifier: Quantifier;
      readonly left: Operand;
      readonly automaton: Automaton;
      readonly pattern: string;
    }
  | {
      readonly kind: 'member';
      readonly quantifier: Quantifier;
      readonly value: Operand;
      readonly members: readonly Member[];
    };

/** Which types can be compared with one another: those of one family. */
export type Family = 'number' | 'float' | 'seconds' | 'time' | 'boolean' | 'ipv4' | 'ipv6' | 'octets' | 'string';

/** The family of each type. */
export const FAMILY: Readonly<Record<FieldType, Family>> = {
  unsigned: 'number',
  signed: 'number',
  seconds: 'seconds',
  float: 'float',
  time: 'time',
  boolean: 'boolean',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  mac: 'octets',
  bytes: 'octets',
  protocol: 'octets',
  string: 'string',
};

/** What a type is called in messages. */
export const TYPE_NAMES: Readonly<Record<FieldType, string>> = {
  unsigned: 'a number',
  signed: 'a number',
  seconds: 'a time in seconds',
  float: 'a number with decimals',
  time: 'an absolute time',
  boolean: 'true or false',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  mac: 'a hardware address',
  bytes: 'octets',
  protocol: 'a protocol',
  string: 'text',
};

/** Whether an operand is a field that stands for two, such as tcp.port, so that a frame usually has several values of it. */
export const isSeveral = (operand: Operand): boolean =>
  operand.kind === 'field' && operand.layers === undefined && /\.(?:addr|port|host)$/.test(operand.field.name);
