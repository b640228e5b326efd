/**
 * What an audit finds: how the comparisons of each variable went, the first that failed in detail, and the report. Not here: what is compared with what (judge.ts),
 * and when (audit.ts).
 */
import type { Micros } from '../../core/time.ts';

/** What is compared. */
export const AUDITED = ['state', 'snd.una', 'snd.nxt', 'snd.wnd', 'rcv.nxt', 'rcv.wnd'] as const;

export type Audited = (typeof AUDITED)[number];

/** How the comparisons of one variable went. */
export interface Tally {
  equal: number;
  differ: number;
  /** The analysis said that it cannot tell. */
  cannotTell: number;
  /** What the connection did cannot be seen in segments. */
  hidden: number;
}

/** A comparison that failed. */
export interface Difference {
  /** The host that was captured, and the frame in its capture, from 1. */
  readonly host: string;
  readonly frame: number;
  /** On the driver's clock. */
  readonly time: Micros;
  /** Whose variable: the end of the host that was captured, or the other one. */
  readonly end: 'own' | 'other';
  readonly variable: Audited;
  readonly inferred: string;
  readonly recorded: string;
}

/** What an audit found. */
export interface AuditReport {
  /** TCP segments captured, of which so many were damaged and left out. */
  readonly segments: number;
  readonly damaged: number;
  readonly tallies: Readonly<Record<Audited, Tally>>;
  /** Comparisons that failed, and the first of them in detail. */
  readonly differ: number;
  readonly differences: readonly Difference[];
  /** Share of comparisons in which the analysis said that it cannot tell, 0 to 1. */
  readonly cannotTell: number;
}

/** What all that judge write into. */
export class Books {
  segments = 0;
  damaged = 0;
  readonly #tallies: Record<Audited, Tally>;
  readonly #differences: Difference[] = [];
  readonly #maxDifferences: number;

  constructor(maxDifferences: number) {
    const tally = (): Tally => ({ equal: 0, differ: 0, cannotTell: 0, hidden: 0 });
    this.#tallies = {
      state: tally(),
      'snd.una': tally(),
      'snd.nxt': tally(),
      'snd.wnd': tally(),
      'rcv.nxt': tally(),
      'rcv.wnd': tally(),
    };
    this.#maxDifferences = maxDifferences;
  }

  hide(variable: Audited): void {
    this.#tallies[variable].hidden++;
  }

  /** Compares; `undefined` and `unknown` say that the analysis cannot tell. Answers false when it says something else. */
  agree(variable: Audited, inferred: number | string | undefined, recorded: number | string): boolean {
    const tally = this.#tallies[variable];
    if (inferred === undefined || inferred === 'unknown') tally.cannotTell++;
    else if (inferred === recorded) tally.equal++;
    else {
      tally.differ++;
      return false;
    }
    return true;
  }

  /** Keeps a difference to be told in detail, as long as there is room. */
  tell(difference: Difference): void {
    if (this.#differences.length < this.#maxDifferences) this.#differences.push(difference);
  }

  report(): AuditReport {
    const { segments, damaged } = this;
    const all = Object.values(this.#tallies);
    const total = (of: (tally: Tally) => number): number => all.reduce((sum, tally) => sum + of(tally), 0);
    const differ = total((tally) => tally.differ);
    const cannotTell = total((tally) => tally.cannotTell);
    const compared = cannotTell + differ + total((tally) => tally.equal);
    const rate = compared === 0 ? 0 : cannotTell / compared;
    return { segments, damaged, tallies: this.#tallies, differ, differences: this.#differences, cannotTell: rate };
  }
}

/** A report in a few lines. */
export function auditText(report: AuditReport): string {
  const lines = AUDITED.map((variable) => {
    const { equal, differ, cannotTell, hidden } = report.tallies[variable];
    return `${variable.padEnd(8)} ${equal} equal, ${differ} differ, ${cannotTell} cannot tell, ${hidden} not to be seen`;
  });
  for (const { host, frame, time, end, variable, inferred, recorded } of report.differences)
    lines.push(
      `${host}, frame ${frame} at ${(time / 1_000_000).toFixed(6)} s: ${variable} of its ${end} end is ${inferred} by the analysis, ${recorded} by the connection`,
    );
  const rate = (100 * report.cannotTell).toFixed(2);
  lines.push(
    `${report.segments} segments, ${report.damaged} damaged; cannot tell: ${rate} %; differ: ${report.differ}`,
  );
  return lines.join('\n');
}
