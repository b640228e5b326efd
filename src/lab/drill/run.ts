/** Runs a script against a host on virtual time and says how it went. */
import { TcplabError } from '../../core/errors.ts';
import type { Micros } from '../../core/time.ts';
import { Engine, Failure } from './engine.ts';
import { HostStage, type HostStageOptions } from './host-stage.ts';
import { parseScript } from './parser.ts';
import { ScriptError } from './script-error.ts';
import { type SettingOption, settingsOf } from './settings.ts';
import type { Pass, Stage } from './stage.ts';
import { Unsupported } from './unsupported.ts';

/** The tolerance that gVisor's scripts are written for, in microseconds. */
const LOOSE = 100_000;

/** How a script is run. */
export interface DrillOptions extends HostStageOptions {
  /** packetdrill's options, which count more than the script's own: `['mtu', '1500']`. */
  readonly options?: readonly SettingOption[];
  /** The text of a file that the script sources, named relative to the script; undefined when it cannot be read. Default: none can. */
  readonly readFile?: (path: string) => string | undefined;
}

/** Why a script did not pass. */
export interface DrillProblem {
  readonly line: number;
  readonly column: number;
  /** Of a script that failed: what the line says or needs, and what came instead. */
  readonly expected?: string;
  readonly got?: string;
  /** Of one that is not supported, or no script: what is not there, or wrong. */
  readonly reason?: string;
}

/** How a script went. */
export interface DrillResult {
  readonly file: string;
  /** `unsupported`: the script asks for what this machine has not; `invalid`: it is not a script. */
  readonly outcome: 'passed' | 'failed' | 'unsupported' | 'invalid';
  readonly problem: DrillProblem | undefined;
  /** The whole message for `unsupported` and `invalid`. */
  readonly message: string | undefined;
  /** What happened, in the script's notation. */
  readonly ladder: readonly string[];
  /** What the script asked for and was left out. */
  readonly notes: readonly string[];
  /** What its code printed. */
  readonly output: readonly string[];
  /** How long it took, on the script's clock, in microseconds. */
  readonly duration: Micros;
}

/**
 * Runs a script.
 * @param text the script; `file` is what it is called in messages
 * @throws TcplabError (as a rejection) EINVAL when one of the three is missing
 * @example const { outcome } = await runScript(text, 'close.pkt', { afterPrograms: (callback) => void setImmediate(callback) });
 */
export async function runScript(text: string, file: string, options: DrillOptions): Promise<DrillResult> {
  if (typeof text !== 'string' || typeof file !== 'string' || typeof options?.afterPrograms !== 'function')
    throw new TcplabError(
      'EINVAL',
      "runScript takes a script, what it is called, and { afterPrograms }: runScript(text, 'close.pkt', { afterPrograms: (callback) => setImmediate(callback) })",
    );
  let engine: Engine | undefined;
  let stage: HostStage | undefined;
  let notes: readonly string[] = [];
  const result = (outcome: DrillResult['outcome'], problem?: DrillProblem, message?: string): DrillResult => ({
    file,
    outcome,
    problem,
    message,
    ladder: engine?.ladder ?? [],
    notes,
    output: engine?.output ?? [],
    duration: stage?.now ?? 0,
  });
  try {
    const given = (options.options ?? []).flatMap(([name, value]) => (name === 'define' ? [value] : []));
    const script = parseScript(text, file, given);
    const settings = settingsOf(script, options.options ?? [], options.readFile ?? (() => undefined));
    ({ notes } = settings);
    stage = new HostStage(settings, options);
    engine = new Engine(stage, { ...settings, optionsMustBeWritten: true });
    await playOn(stage, engine.play(script));
    await playOn(stage, engine.finish(script));
    return result('passed');
  } catch (error) {
    if (error instanceof Failure && error.off !== undefined && error.off <= LOOSE)
      notes = [...notes, `--tolerance_usecs=${LOOSE} passes over that; gVisor's scripts are written for it`];
    return resultOfError(error, result);
  }
}

/** Gives an engine the time it asks for. */
async function playOn(stage: Stage & { pass(pass: Pass): Promise<void> }, steps: Generator<Pass, void>): Promise<void> {
  for (let step = steps.next(); !step.done; step = steps.next()) await stage.pass(step.value);
}

function resultOfError(
  error: unknown,
  result: (outcome: DrillResult['outcome'], problem?: DrillProblem, message?: string) => DrillResult,
): DrillResult {
  if (error instanceof Failure) {
    const { line, column } = error.event.place;
    return result('failed', { line, column, expected: error.expected, got: error.got });
  }
  if (error instanceof Unsupported) {
    const { line, what, message } = error;
    return result('unsupported', line === undefined ? undefined : { line, column: 1, reason: what }, message);
  }
  if (error instanceof ScriptError)
    return result('invalid', { line: error.line, column: error.column, reason: error.reason }, error.message);
  if (error instanceof TcplabError) return result('invalid', undefined, error.message);
  throw error;
}
