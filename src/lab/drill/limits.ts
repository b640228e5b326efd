/** The limits of scripts: a script may come from anywhere, so everything it can make grow is bounded, and what exceeds a limit is refused by name. */
import { MINUTE, type Micros, SECOND } from '../../core/time.ts';

/** Characters in a script. */
export const MAX_SCRIPT_LENGTH: number = 1 << 20;

/** Words, numbers and signs in a script. */
export const MAX_TOKENS = 262_144;

/** Events in a script. */
export const MAX_EVENTS = 20_000;

/** How deep brackets, braces and parentheses may be nested, in calls and in code. */
export const MAX_NESTING = 64;

/** Octets that one call sends or takes at the most. */
export const MAX_CALL_OCTETS: number = 16 << 20;

/** The latest time a script may name, and the longest it is waited for a segment whose time is a wildcard. */
export const MAX_TIME: Micros = 24 * 60 * MINUTE;

/** Lines of a ladder that are kept: the last ones. */
export const MAX_LADDER_LINES = 2_000;

/** Characters of such a line that are kept. */
export const MAX_LADDER_LINE = 160;

/** Segments sent and not yet looked at; a stack that sends more than this unasked has failed the script. */
export const MAX_UNREAD = 100_000;

/** Descriptors that are open at once. */
export const MAX_DESCRIPTORS = 1_024;

/** How long silence is watched when a script is over. */
export const SILENCE: Micros = SECOND;

/** Characters of code blocks' output that are kept. */
export const MAX_OUTPUT = 65_536;

/** Numbers in one `range` of code. */
export const MAX_RANGE = 65_536;

/** How deep scripts of settings may source one another, and how many files one script reads. */
export const MAX_SOURCED = 16;

/** Segments in flight that are counted one by one. */
