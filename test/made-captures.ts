/**
 * Captures made for what captures of real traffic seldom hold: every TCP option, stacks of tags and tunnels, fragments in any order, errors of ICMP, headers cut after each octet,
 * every link type (test/golden/captures/made). How many values of them differ from tshark 4.0.17's, and why; a capture that is not named here differs in none.
 */

/** What differs in a capture. */
export interface MadeDifference {
  readonly file: string;
  /** How many values of fields, and how many list lines, at the most. */
  readonly values: number;
  readonly lines: number;
  readonly why: string;
}

/** Captures that differ. */
export const MADE_DIFFERENCES: readonly MadeDifference[] = [];
