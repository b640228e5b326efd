/** Conditions over a packet into a program: each condition's own instructions, then jumps to what follows when it holds and when it does not. */
import {
  type BpfInstruction,
  JA,
  type JEQ,
  type JGE,
  type JGT,
  type JSET,
  LDX_MEM,
  MAX_INSTRUCTIONS,
  RET_K,
  WITH_X,
} from './instruction.ts';

/** An instruction. One that jumps does so within the steps it stands in, to their end at the farthest. */
export interface Step {
  readonly code: number;
  readonly k: number;
  /** Steps that a conditional jump skips when it holds, and when not; none where it is not given. */
  readonly jt?: number;
  readonly jf?: number;
}

/** What a program asks about a packet. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'always'; readonly holds: boolean }
  /** After the steps A is compared with `k`, or with X where `k` is undefined. */
  | { readonly kind: 'test'; readonly steps: readonly Step[]; readonly jump: Jump; readonly k: number | undefined };

/** The ways to compare. */
export type Jump = typeof JEQ | typeof JGT | typeof JGE | typeof JSET;

export const ALWAYS: Condition = { kind: 'always', holds: true };
export const NEVER: Condition = { kind: 'always', holds: false };

/** All of them; what is always so is left out. */
export function and(...conditions: readonly Condition[]): Condition {
  let all = conditions[0] ?? ALWAYS;
  for (const right of conditions.slice(1)) {
    if (all.kind === 'always') all = all.holds ? right : NEVER;
    else if (right.kind === 'always') all = right.holds ? all : NEVER;
    else all = { kind: 'and', left: all, right };
  }
  return all;
}

/** At least one of them. */
export function or(...conditions: readonly Condition[]): Condition {
  let any = conditions[0] ?? NEVER;
  for (const right of conditions.slice(1)) {
    if (any.kind === 'always') any = any.holds ? ALWAYS : right;
    else if (right.kind === 'always') any = right.holds ? ALWAYS : any;
    else any = { kind: 'or', left: any, right };
  }
  return any;
}

/** What does not hold. */
export const not = (of: Condition): Condition =>
  of.kind === 'always' ? (of.holds ? NEVER : ALWAYS) : of.kind === 'not' ? of.of : { kind: 'not', of };

/** An instruction, whose jumps to other conditions still name labels. */
interface Line extends Step {
  readonly onTrue?: Label;
  readonly onFalse?: Label;
}

/** A place in the program, known when all is written. */
interface Label {
  line: number;
}

/** What sets a scratch word before the first condition is asked. */
export interface Preparation {
  readonly word: number;
  readonly steps: readonly Step[];
}

/** Calls `take` for each step of a condition. */
function eachStep(condition: Condition, take: (step: Step) => void): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      eachStep(condition.left, take);
      eachStep(condition.right, take);
      return;
    case 'not':
      eachStep(condition.of, take);
      return;
    case 'test':
      condition.steps.forEach(take);
  }
}

/** The farthest a conditional jump reaches. */
const REACH = 255;

/**
 * The program of a condition: it returns `snapLength` for packets that satisfy it and 0 for others. Of the preparations those come first that set a scratch word which is read.
 * @returns undefined when it would have more instructions than Linux takes
 */
export function assemble(
  condition: Condition,
  snapLength: number,
  preparations: readonly Preparation[] = [],
): BpfInstruction[] | undefined {
  const read = new Set<number>();
  const note = ({ code, k }: Step): boolean => code === LDX_MEM && read.add(k).size > 0;
  eachStep(condition, note);
  const lines: Line[] = [];
  // A preparation may read what one before it sets.
  for (const { word, steps } of preparations.toReversed()) {
    if (!read.has(word)) continue;
    steps.forEach(note);
    lines.unshift(...steps);
  }
  const [pass, fail]: [Label, Label] = [{ line: 0 }, { line: 0 }];
  /** Writes a condition; what comes next in the program is `next`, to which no jump is needed. */
  const write = (node: Condition, onTrue: Label, onFalse: Label): void => {
    switch (node.kind) {
      case 'always':
        lines.push({ code: JA, k: 0, onTrue: node.holds ? onTrue : onFalse });
        return;
      case 'not':
        write(node.of, onFalse, onTrue);
        return;
      case 'and':
      case 'or': {
        const between: Label = { line: 0 };
        if (node.kind === 'and') write(node.left, between, onFalse);
        else write(node.left, onTrue, between);
        between.line = lines.length;
        write(node.right, onTrue, onFalse);
        return;
      }
      case 'test':
        for (const step of node.steps) lines.push(step);
        lines.push({
          code: node.k === undefined ? node.jump | WITH_X : node.jump,
          k: (node.k ?? 0) >>> 0,
          onTrue,
          onFalse,
        });
    }
  };
  write(condition, pass, fail);
  pass.line = lines.length;
  lines.push({ code: RET_K, k: snapLength });
  fail.line = lines.length;
  lines.push({ code: RET_K, k: 0 });
  return lines.length > MAX_INSTRUCTIONS ? undefined : resolve(lines);
}

/** Turns labels into distances. A jump that does not reach its label goes to one beside it that does, which may put others out of reach in turn. */
function resolve(lines: readonly Line[]): BpfInstruction[] | undefined {
  const isLong = lines.map(() => false);
  for (;;) {
    const starts: number[] = [];
    let length = 0;
    for (let i = 0; i < lines.length; i++) {
      starts.push(length);
      length += isLong[i] ? 3 : 1;
    }
    if (length > MAX_INSTRUCTIONS) return undefined;
    let changed = false;
    lines.forEach(({ onTrue, onFalse }, i) => {
      if (isLong[i] || onTrue === undefined || onFalse === undefined) return;
      const far = Math.max(starts[onTrue.line]!, starts[onFalse.line]!) - starts[i]! - 1;
      if (far <= REACH) return;
      isLong[i] = true;
      changed = true;
    });
    if (!changed) return lines.flatMap((line, i) => written(line, starts, starts[i]!, isLong[i]!));
  }
}

function written(line: Line, starts: readonly number[], at: number, isLong: boolean): BpfInstruction[] {
  const { code, k, jt = 0, jf = 0, onTrue, onFalse } = line;
  if (onTrue === undefined) return [{ code, jt, jf, k }];
  const toTrue = starts[onTrue.line]! - at - 1;
  if (onFalse === undefined) return [{ code, jt: 0, jf: 0, k: toTrue }];
  const toFalse = starts[onFalse.line]! - at - 1;
  if (!isLong) return [{ code, jt: toTrue, jf: toFalse, k }];
  return [
    { code, jt: 0, jf: 1, k },
    { code: JA, jt: 0, jf: 0, k: toTrue - 1 },
    { code: JA, jt: 0, jf: 0, k: toFalse - 2 },
  ];
}
