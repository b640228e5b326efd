/**
 * The limits of filters: an expression may come from anywhere (a command line, a link, a form), so everything it can make grow is bounded, and what
 * exceeds a limit is refused with a `FilterError` that names it.
 */

/** Characters in an expression. */
export const MAX_EXPRESSION_LENGTH = 10_000;

/** How deep parentheses, `not`, signs, arithmetic and functions may be nested. */
export const MAX_NESTING = 100;

/** Members of one set: `in {80, 443, 8000..8099}` has three. */
export const MAX_SET_MEMBERS = 1_000;

/** Pieces of one slice: `[0:2, 5, -1:]` has three. */
export const MAX_SLICE_PIECES = 32;

/** The largest offset or length in a slice, in octets. */
export const MAX_SLICE_OFFSET = 0x7fff_ffff;

/** Arguments of one function. */
export const MAX_ARGUMENTS = 32;

/** Values one operand has in one frame; further ones are left out. Two fields of many values multiplied make the product of their numbers. */
export const MAX_VALUES = 256;

/** Octets of a pattern (of `matches`) in UTF-8. */
export const MAX_PATTERN_LENGTH = 1_000;

/** States of the automaton made of a pattern: `(a{100}){10}` has about a thousand. */
export const MAX_PATTERN_STATES = 1_000;

/** How deep groups of a pattern may be nested. */
export const MAX_PATTERN_NESTING = 50;

/** The largest count in a repetition such as `a{2,1000}`. */
export const MAX_PATTERN_REPEAT = 1_000;

/** Octets of one value that a pattern looks at; what lies behind is not searched. */
export const MAX_PATTERN_INPUT = 262_144;

/** Sets of states that a pattern's automaton keeps; when there are more, all are forgotten and made anew. One takes 2 to 11 KB. */
export const MAX_KEPT_STATES = 256;
