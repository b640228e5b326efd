/** Results of scripts as text: what a failure looks like, and the count at the end. */
import type { DrillResult } from './run.ts';

/** What is told of a script: nothing of one that passed, unless it is asked for. */
export function reportLines(result: DrillResult, verbose: boolean): string[] {
  const { file, outcome, problem, message, ladder, notes, output } = result;
  const lines: string[] = [];
  const indented = (text: string): string => `  ${text}`;
  if (outcome === 'passed') {
    if (verbose) lines.push(`${file}: passed`, ...ladder.map(indented), ...notes.map((note) => `  note: ${note}`));
  } else if (outcome === 'failed' && problem !== undefined) {
    lines.push(`${file}:${problem.line}: failed`, `  expected: ${problem.expected}`, `  got:      ${problem.got}`);
    if (ladder.length > 0) lines.push('  so far:', ...ladder.map((line) => `    ${line}`));
    lines.push(...notes.map((note) => `  note: ${note}`));
  } else {
    const at = problem === undefined ? file : `${file}:${problem.line}`;
    lines.push(outcome === 'unsupported' ? `${at}: ${message}` : String(message));
  }
  lines.push(...output.map((line) => `${file}: ${line}`));
  return lines;
}

/** The closing lines: the count stands alone on the last. What is not supported has not passed. */
export function summaryLines(results: readonly DrillResult[]): string[] {
  const count = (outcome: DrillResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  const passed = count('passed');
  const unsupported = count('unsupported');
  const invalid = count('invalid');
  const lines: string[] = [];
  if (unsupported > 0) lines.push(`${unsupported} of the failed need what is not supported yet`);
  if (invalid > 0) lines.push(`${invalid} of the failed could not be read or understood`);
  return [...lines, `${passed} passed, ${results.length - passed} failed`];
}
