/**
 * A regular expression, as `matches` takes it, into a small program for an automaton (automaton.ts). The notation is the part of PCRE that a finite
 * automaton can do, over octets: letters of ASCII match in either case, a character beyond ASCII is its octets in UTF-8.
 *
 * Not here on purpose: lookahead, lookbehind, back references, atomic groups. They need backtracking, whose time can grow exponentially with the text, and
 * a filter and the traffic it looks at may both be hostile. Lazy quantifiers are accepted and mean the same, since only whether there is a match counts.
 */
import { entryOf } from '../../core/entry.ts';
import { MAX_PATTERN_LENGTH, MAX_PATTERN_NESTING, MAX_PATTERN_REPEAT, MAX_PATTERN_STATES } from './limits.ts';

/** What must hold between two octets: the text's start and end, a line's start and end, a word's edge. */
export type Assertion = 'start' | 'end' | 'last-end' | 'line-start' | 'line-end' | 'edge' | 'no-edge';

/** One step of a program; steps are numbered, and the next is the following one unless said. */
export type Step =
  | { readonly kind: 'octet'; readonly set: OctetSet }
  | { readonly kind: 'split'; first: number; second: number }
  | { readonly kind: 'jump'; to: number }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'match' };

/** A set of octets: 1 for each that is in it. */
export type OctetSet = Uint8Array;

/** Why a text is not a pattern; `at` counts octets of the pattern from 0 and is undefined when no place is to blame. */
export interface PatternProblem {
  readonly problem: string;
  readonly at: number | undefined;
}

type Node =
  | { readonly kind: 'octet'; readonly set: OctetSet }
  | { readonly kind: 'sequence'; readonly of: readonly Node[] }
  | { readonly kind: 'choice'; readonly of: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly min: number; readonly max: number }
  | { readonly kind: 'assert'; readonly what: Assertion };

/** What `(?imsx)` switch. */
interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly x: boolean;
}

const EMPTY: Node = { kind: 'sequence', of: [] };

function setOf(...ranges: readonly (readonly [number, number])[]): OctetSet {
  const set = new Uint8Array(256);
  for (const [low, high] of ranges) set.fill(1, low, high + 1);
  return set;
}
const inverse = (set: OctetSet): OctetSet => set.map((member) => 1 - member);

const DIGIT = setOf([48, 57]);
const WORD = setOf([48, 57], [65, 90], [95, 95], [97, 122]);
const SPACE = setOf([9, 13], [32, 32]);
const BLANK = setOf([9, 9], [32, 32], [160, 160]);
const LINE_END = setOf([10, 13], [133, 133]);
const CLASSES: Readonly<Record<string, OctetSet>> = {
  d: DIGIT,
  D: inverse(DIGIT),
  w: WORD,
  W: inverse(WORD),
  s: SPACE,
  S: inverse(SPACE),
  h: BLANK,
  H: inverse(BLANK),
  v: LINE_END,
  V: inverse(LINE_END),
  N: inverse(setOf([10, 10])),
};
const POSIX_CLASSES: Readonly<Record<string, OctetSet>> = {
  alnum: setOf([48, 57], [65, 90], [97, 122]),
  alpha: setOf([65, 90], [97, 122]),
  ascii: setOf([0, 127]),
  blank: setOf([9, 9], [32, 32]),
  cntrl: setOf([0, 31], [127, 127]),
  digit: DIGIT,
  graph: setOf([33, 126]),
  lower: setOf([97, 122]),
  print: setOf([32, 126]),
  punct: setOf([33, 47], [58, 64], [91, 96], [123, 126]),
  space: SPACE,
  upper: setOf([65, 90]),
  word: WORD,
  xdigit: setOf([48, 57], [65, 70], [97, 102]),
};
const CONTROLS: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };
const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  A: 'start',
  z: 'end',
  Z: 'last-end',
  b: 'edge',
  B: 'no-edge',
};

/** Whether an octet is a letter, a digit or `_`. */
export const isWord = (octet: number): boolean => WORD[octet] === 1;

/** The program of a pattern, or why it is none. */
export function readPattern(pattern: Uint8Array): readonly Step[] | PatternProblem {
  try {
    return assemble(readTree(pattern));
  } catch (error) {
    if (error instanceof NotAPattern) return { problem: error.message, at: error.at };
    throw error;
  }
}

class NotAPattern extends Error {
  readonly at: number | undefined;
  constructor(message: string, at: number | undefined) {
    super(message);
    this.at = at;
  }
}

function readTree(octets: Uint8Array): Node {
  if (octets.length > MAX_PATTERN_LENGTH)
    throw new NotAPattern(`it has ${octets.length} octets; ${MAX_PATTERN_LENGTH} is the limit`, undefined);
  // One character an octet, so that the pattern can be looked at with string methods.
  let pattern = '';
  for (const octet of octets) pattern += String.fromCharCode(octet);
  let at = 0;
  let nesting = 0;

  const fail = (problem: string, where = at): NotAPattern => new NotAPattern(problem, where);
  const accept = (text: string): boolean => {
    if (!pattern.startsWith(text, at)) return false;
    at += text.length;
    return true;
  };
  const take = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at;
    const match = expression.exec(pattern);
    if (match) at += match[0].length;
    return match;
  };

  function single(octet: number, flags: Flags): OctetSet {
    const set = setOf([octet, octet]);
    return flags.i ? eitherCase(set) : set;
  }

  function choice(given: Flags): Node {
    let flags = given;
    const branches: Node[] = [];
    let sequence: Node[] = [];
    while (at < pattern.length && pattern[at] !== ')') {
      if (accept('|')) {
        branches.push({ kind: 'sequence', of: sequence });
        sequence = [];
        continue;
      }
      if (flags.x && take(/\s+|#[^\n]*/y)) continue;
      const switches = take(/\(\?([a-zA-Z-]*)\)/y);
      if (switches) flags = switched(flags, switches[1]!);
      else sequence.push(repeated(flags));
    }
    branches.push({ kind: 'sequence', of: sequence });
    return branches.length === 1 ? branches[0]! : { kind: 'choice', of: branches };
  }

  function switched(flags: Flags, letters: string): Flags {
    const match = /^([imsx]*)(?:-([imsx]*))?$/.exec(letters);
    if (!match) throw fail(`(?${letters}) is not supported; the switches are i, m, s and x`);
    const on = match[1]!;
    const off = match[2] ?? '';
    const flag = (letter: 'i' | 'm' | 's' | 'x'): boolean =>
      !off.includes(letter) && (flags[letter] || on.includes(letter));
    return { i: flag('i'), m: flag('m'), s: flag('s'), x: flag('x') };
  }

  function repeated(flags: Flags): Node {
    const start = at;
    let node = atom(flags);
    let times = 0;
    for (;;) {
      if (flags.x) take(/\s+/y);
      const from = at;
      const match = take(/[*+?]|\{(\d+)(?:(,)(\d*))?\}/y);
      if (!match) return node;
      const min = match[0] === '+' ? 1 : match[1] === undefined ? 0 : Number(match[1]);
      const max =
        match[0] === '?'
          ? 1
          : match[1] === undefined || match[3] === ''
            ? Number.POSITIVE_INFINITY
            : match[2] === undefined
              ? min
              : Number(match[3]);
      if (min > MAX_PATTERN_REPEAT || (max > MAX_PATTERN_REPEAT && max !== Number.POSITIVE_INFINITY))
        throw fail(`the repetition ${match[0]} is over the limit of ${MAX_PATTERN_REPEAT}`, from);
      if (max < min) throw fail(`in the repetition ${match[0]} the numbers are out of order`, from);
      if (accept('+')) throw fail('possessive quantifiers are not supported', from);
      accept('?');
      if (++times > MAX_PATTERN_NESTING) throw fail('too many repetitions of repetitions', start);
      node = { kind: 'repeat', of: node, min, max };
    }
  }

  function atom(flags: Flags): Node {
    const start = at;
    if (accept('(')) return group(flags, start);
    if (accept('[')) return { kind: 'octet', set: members(flags, start) };
    if (accept('.')) return { kind: 'octet', set: flags.s ? setOf([0, 255]) : inverse(setOf([10, 10])) };
    if (accept('^')) return { kind: 'assert', what: flags.m ? 'line-start' : 'start' };
    if (accept('$')) return { kind: 'assert', what: flags.m ? 'line-end' : 'last-end' };
    if (accept('\\')) return escaped(flags, start);
    const char = pattern[at++]!;
    if ('*+?'.includes(char)) throw fail(`"${char}" has nothing before it to repeat`, start);
    return { kind: 'octet', set: single(char.charCodeAt(0), flags) };
  }

  function group(given: Flags, start: number): Node {
    let flags = given;
    if (accept('?')) {
      const match = take(/([imsx]*(?:-[imsx]*)?):|P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*'/y);
      if (!match)
        throw fail(
          /^(?:<?[=!])/.test(pattern.slice(at))
            ? 'lookahead and lookbehind are not supported'
            : 'of the groups that begin with (? only (?:...), (?i:...), (?<name>...) and switches such as (?i) are supported',
          start,
        );
      if (match[1]) flags = switched(flags, match[1]);
    } else if (accept('*')) throw fail('verbs such as (*SKIP) are not supported', start);
    if (++nesting > MAX_PATTERN_NESTING) throw fail(`groups are nested more than ${MAX_PATTERN_NESTING} deep`, start);
    const inner = choice(flags);
    nesting--;
    if (!accept(')')) throw fail('missing closing parenthesis', start);
    return inner;
  }

  function escaped(flags: Flags, start: number): Node {
    if (accept('Q')) {
      const end = pattern.indexOf('\\E', at);
      const text = pattern.slice(at, end < 0 ? pattern.length : end);
      at = end < 0 ? pattern.length : end + 2;
      return {
        kind: 'sequence',
        of: Array.from(text, (char) => ({ kind: 'octet', set: single(char.charCodeAt(0), flags) })),
      };
    }
    if (accept('E')) return EMPTY;
    if (accept('R'))
      return {
        kind: 'choice',
        of: [
          { kind: 'sequence', of: [13, 10].map((octet) => ({ kind: 'octet', set: setOf([octet, octet]) })) },
          { kind: 'octet', set: LINE_END },
        ],
      };
    const letter = pattern[at] ?? '';
    const what = ASSERTIONS[letter];
    if (what !== undefined) {
      at++;
      return { kind: 'assert', what };
    }
    if (/[1-9]/.test(letter) && !take(/(?=[0-7]{3})/y)) throw fail('back references are not supported', start);
    const set = classOrOctet(start);
    return { kind: 'octet', set: typeof set === 'number' ? single(set, flags) : set };
  }

  /** What stands behind a backslash, in a class or outside: a class or an octet. */
  function classOrOctet(start: number): OctetSet | number {
    const hex = take(/x(?:\{([0-9A-Fa-f]{1,2})\}|([0-9A-Fa-f]{0,2}))/y);
    if (hex) return Number.parseInt(hex[1] ?? (hex[2] || '0'), 16);
    const octal = take(/[0-3]?[0-7]{1,2}|o\{([0-3]?[0-7]{1,2})\}/y);
    if (octal) return Number.parseInt(octal[1] ?? octal[0], 8);
    const letter = pattern[at++];
    if (letter === undefined) throw fail('a backslash at the end escapes nothing', start);
    const set = CLASSES[letter];
    if (set !== undefined) return set;
    const control = CONTROLS[letter];
    if (control !== undefined) return control;
    if (/[A-Za-z0-9]/.test(letter)) throw fail(`\\${letter} is not supported`, start);
    return letter.charCodeAt(0);
  }

  /** The members of a class in brackets. */
  function members(flags: Flags, start: number): OctetSet {
    const negated = accept('^');
    const set = new Uint8Array(256);
    let first = true;
    while (first || pattern[at] !== ']') {
      if (at >= pattern.length) throw fail('missing closing bracket', start);
      first = false;
      const posix = take(/\[:(\^?)(\w+):\]/y);
      if (posix) {
        const named = entryOf(POSIX_CLASSES, posix[2]!);
        if (named === undefined) throw fail(`[:${posix[2]}:] is not a class`, at - posix[0].length);
        add(set, posix[1] ? inverse(named) : named);
        continue;
      }
      const from = at;
      const low = member();
      if (typeof low === 'number' && take(/-(?!\])/y)) {
        const high = member();
        if (typeof high !== 'number' || high < low)
          throw fail('a range of a class goes from a lower to a higher character', from);
        set.fill(1, low, high + 1);
      } else if (typeof low === 'number') set[low] = 1;
      else add(set, low);
    }
    at++;
    const cased = flags.i ? eitherCase(set) : set;
    return negated ? inverse(cased) : cased;
  }

  function member(): OctetSet | number {
    const start = at;
    if (at >= pattern.length) throw fail('missing closing bracket', start);
    if (!accept('\\')) return pattern.charCodeAt(at++);
    return accept('b') ? 8 : classOrOctet(start);
  }

  const tree = choice({ i: true, m: false, s: false, x: false });
  if (at < pattern.length) throw fail('a closing parenthesis without an opening one');
  return tree;
}

const add = (set: OctetSet, other: OctetSet): void => {
  for (let octet = 0; octet < 256; octet++) if (other[octet] === 1) set[octet] = 1;
};

function eitherCase(set: OctetSet): OctetSet {
  const both = set.slice();
  for (let upper = 65; upper <= 90; upper++)
    if (set[upper] === 1 || set[upper + 32] === 1) both[upper] = both[upper + 32] = 1;
  return both;
}

function assemble(tree: Node): Step[] {
  const steps: Step[] = [];
  const put = (step: Step): Step => {
    if (steps.length >= MAX_PATTERN_STATES)
      throw new NotAPattern(`it needs more than ${MAX_PATTERN_STATES} states; make its repetitions smaller`, undefined);
    steps.push(step);
    return step;
  };
  const split = (): Extract<Step, { kind: 'split' }> => {
    const step: Step = { kind: 'split', first: steps.length + 1, second: 0 };
    put(step);
    return step;
  };
  function emit(node: Node): void {
    if (node.kind === 'octet' || node.kind === 'assert') put(node);
    else if (node.kind === 'sequence') for (const each of node.of) emit(each);
    else if (node.kind === 'choice') {
      const jumps: { kind: 'jump'; to: number }[] = [];
      for (const [i, each] of node.of.entries()) {
        const last = i === node.of.length - 1;
        const branch = last ? undefined : split();
        emit(each);
        if (branch === undefined) break;
        const jump: { kind: 'jump'; to: number } = { kind: 'jump', to: 0 };
        put(jump);
        jumps.push(jump);
        branch.second = steps.length;
      }
      for (const jump of jumps) jump.to = steps.length;
    } else repeat(node.of, node.min, node.max);
  }
  function repeat(of: Node, min: number, max: number): void {
    // What has no steps at all stays empty however often; without this, nested repetitions of nothing would take forever to unroll.
    if (isEmpty(of)) return;
    for (let i = 0; i < min; i++) emit(of);
    if (max === Number.POSITIVE_INFINITY) {
      const top = steps.length;
      const branch = split();
      emit(of);
      put({ kind: 'jump', to: top });
      branch.second = steps.length;
      return;
    }
    const branches: { second: number }[] = [];
    for (let i = min; i < max; i++) {
      branches.push(split());
      emit(of);
    }
    for (const branch of branches) branch.second = steps.length;
  }
  emit(tree);
  put({ kind: 'match' });
  return steps;
}

const isEmpty = (node: Node): boolean =>
  (node.kind === 'sequence' && node.of.every(isEmpty)) ||
  (node.kind === 'repeat' && (node.max === 0 || isEmpty(node.of)));
