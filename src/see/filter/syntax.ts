/**
 * What an expression says, before anything is known about fields and types: the parser's result. Every node knows where it stands, so that errors
 * found later can point at it.
 */
import type { Place } from './filter-error.ts';

/** Comparisons, by Wireshark's symbols. `!==` is also written `~=`. */
export type ComparisonOperator = '==' | '!=' | '===' | '!==' | '<' | '<=' | '>' | '>=';

/** What makes a number or an address of two; `&` is the bitwise and. */
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&';

/** How many values of a field must satisfy a comparison. */
export type Quantifier = 'any' | 'all';

/** A piece of a slice, or of the layers behind `#`: `length` members from `offset`, which counts from the end when negative. */
export interface Piece {
  readonly offset: number;
  /** Undefined: all that follow. */
  readonly length: number | undefined;
}

/** A member of a set: a value, or all from one to another, both included. */
export interface SetMember {
  readonly low: Expression;
  readonly high: Expression | undefined;
}

/** A node of the syntax tree. */
export type Expression = Place &
  (
    | { readonly kind: 'and' | 'or' | 'xor'; readonly operands: readonly Expression[] }
    | { readonly kind: 'not'; readonly of: Expression }
    | {
        /** `1 < tcp.len < 20`: neighbours are compared, and all must hold. */
        readonly kind: 'comparison';
        readonly quantifier: Quantifier | undefined;
        readonly operands: readonly Expression[];
        readonly operators: readonly { readonly symbol: ComparisonOperator; readonly place: Place }[];
      }
    | {
        readonly kind: 'contains' | 'matches';
        readonly quantifier: Quantifier | undefined;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly kind: 'member';
        readonly quantifier: Quantifier | undefined;
        readonly negated: boolean;
        readonly value: Expression;
        readonly members: readonly SetMember[];
      }
    | {
        readonly kind: 'arithmetic';
        readonly operator: ArithmeticOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | { readonly kind: 'sign'; readonly negative: boolean; readonly of: Expression }
    | { readonly kind: 'slice'; readonly of: Expression; readonly pieces: readonly Piece[] }
    | { readonly kind: 'layers'; readonly of: Expression; readonly pieces: readonly Piece[] }
    | { readonly kind: 'call'; readonly name: string; readonly place: Place; readonly arguments: readonly Expression[] }
    /** A word without quotes: a field or a literal; `only` when a leading `.` or `:` has said which. */
    | { readonly kind: 'word'; readonly text: string; readonly only: 'field' | 'literal' | undefined }
    | { readonly kind: 'string'; readonly text: string; readonly octets: Uint8Array }
    | { readonly kind: 'character'; readonly code: number }
  );
