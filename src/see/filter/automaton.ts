/**
 * Whether a pattern's program (pattern.ts) matches somewhere in some octets. All ways through the program are followed at once, so the time is at most
 * proportional to octets times states whatever the pattern and the text; and since sets of states recur, each is made once and kept with the sets that follow
 * it, so that an octet usually costs one look-up. (Thompson 1968; the kept sets are a deterministic automaton made as far as it is needed.)
 */
import { MAX_KEPT_STATES, MAX_PATTERN_INPUT } from './limits.ts';
import { type Assertion, isWord, type Step } from './pattern.ts';

/** How often they may be forgotten within one text before keeping is given up for the rest of it: keeping costs more than it saves then. */
const MAX_FORGOTTEN = 2;

/** What stands before the place looked at. */
const AT_START = 0;
const AFTER_LINE_END = 1;
const AFTER_WORD = 2;
const AFTER_OTHER = 3;

/** What stands behind it: an octet, or one of these. */
const END = 256;
const LAST_LINE_END = 257;
const SYMBOLS = 258;

/** A set of steps to go on from. */
interface State {
  readonly steps: Int32Array;
  readonly before: number;
  /** By symbol; undefined where not known yet. */
  readonly next: (State | undefined)[];
}

/** Tells whether a pattern matches. One is made for a pattern and used for any number of texts. */
export interface Automaton {
  /** Whether the pattern matches anywhere in `octets`, of which at most MAX_PATTERN_INPUT are looked at. */
  matches(octets: Uint8Array): boolean;
  /** How many sets of states are kept; at most MAX_KEPT_STATES. */
  readonly kept: number;
}

/** The automaton of a program. */
export function makeAutomaton(program: readonly Step[]): Automaton {
  const matched = makeState([], AT_START);
  const failed = makeState([], AT_START);
  const marks = new Int32Array(program.length);
  const nextMarks = new Int32Array(program.length);
  let mark = 0;
  const stack = new Int32Array(2 * program.length + 2);
  const following = new Int32Array(program.length);
  let kept = new Map<string, State>();
  const start = makeState([0], AT_START);

  /** The state behind `state` when `symbol` comes next. */
  function advance(state: State, symbol: number, keep: boolean): State {
    mark++;
    let count = 0;
    let depth = 0;
    for (const step of state.steps) stack[depth++] = step;
    const octet = symbol === LAST_LINE_END ? 10 : symbol;
    while (depth > 0) {
      const at = stack[--depth]!;
      if (marks[at] === mark) continue;
      marks[at] = mark;
      const step = program[at]!;
      if (step.kind === 'match') return matched;
      if (step.kind === 'jump') stack[depth++] = step.to;
      else if (step.kind === 'split') {
        stack[depth++] = step.second;
        stack[depth++] = step.first;
      } else if (step.kind === 'assert') {
        if (holds(step.what, state.before, symbol)) stack[depth++] = at + 1;
      } else if (octet < 256 && step.set[octet] === 1 && nextMarks[at + 1] !== mark) {
        nextMarks[at + 1] = mark;
        following[count++] = at + 1;
      }
    }
    if (symbol === END) return failed;
    // A match may begin anywhere: the first step is always one to go on from.
    following[count++] = 0;
    const before = octet === 10 ? AFTER_LINE_END : isWord(octet) ? AFTER_WORD : AFTER_OTHER;
    const steps = following.slice(0, count);
    if (!keep) return { steps, before, next: [] };
    steps.sort();
    const key = `${before}:${steps.join()}`;
    let next = kept.get(key);
    if (next === undefined) {
      next = makeState(steps, before);
      kept.set(key, next);
    }
    return next;
  }

  return {
    get kept() {
      return kept.size;
    },
    matches(octets) {
      const end = Math.min(octets.length, MAX_PATTERN_INPUT);
      let state = start;
      let forgotten = 0;
      for (let i = 0; i <= end; i++) {
        const symbol = i === end ? END : i === end - 1 && octets[i] === 10 ? LAST_LINE_END : octets[i]!;
        let next = state.next[symbol];
        if (next === undefined) {
          const keep = forgotten <= MAX_FORGOTTEN;
          next = advance(state, symbol, keep);
          if (keep) {
            state.next[symbol] = next;
            if (kept.size >= MAX_KEPT_STATES) {
              kept = new Map();
              start.next.fill(undefined);
              forgotten++;
            }
          }
        }
        if (next === matched) return true;
        state = next;
      }
      return false;
    },
  };
}

const makeState = (steps: ArrayLike<number>, before: number): State => ({
  steps: Int32Array.from(steps),
  before,
  next: new Array<State | undefined>(SYMBOLS).fill(undefined),
});

function holds(what: Assertion, before: number, symbol: number): boolean {
  switch (what) {
    case 'start':
      return before === AT_START;
    case 'end':
      return symbol === END;
    case 'last-end':
      return symbol === END || symbol === LAST_LINE_END;
    case 'line-start':
      return before === AT_START || (before === AFTER_LINE_END && symbol !== END);
    case 'line-end':
      return symbol === END || symbol === LAST_LINE_END || symbol === 10;
    default: {
      const edge = (before === AFTER_WORD) !== (symbol < 256 && isWord(symbol));
      return edge === (what === 'edge');
    }
  }
}
