/** How often the analyses of many audited runs said that they cannot tell: reported, and held below what was measured. */
import { expect } from 'vitest';
import { AUDITED, type Audited, type AuditReport } from '../src/lab/audit/index.ts';

/** Shares of the comparisons, 0 to 1. */
export type Shares = Readonly<Record<Audited, number>>;

/** A sum over runs. */
export class CannotTell {
  runs = 0;
  readonly #sums = new Map<Audited, [all: number, cannotTell: number]>(AUDITED.map((variable) => [variable, [0, 0]]));

  add({ tallies }: AuditReport): void {
    this.runs++;
    for (const variable of AUDITED) {
      const sum = this.#sums.get(variable)!;
      const { equal, differ, cannotTell } = tallies[variable];
      sum[0] += equal + differ + cannotTell;
      sum[1] += cannotTell;
    }
  }

  /** `state 0.2 %, snd.una 0.6 %, ...` */
  toString(): string {
    const share = ([all, cannotTell]: [number, number]): string => ((100 * cannotTell) / Math.max(1, all)).toFixed(1);
    return [...this.#sums].map(([variable, sum]) => `${variable} ${share(sum)} %`).join(', ');
  }

  /** Fails when a share is higher than `most`. */
  expectAtMost(most: Shares): void {
    for (const [variable, [all, cannotTell]] of this.#sums) {
      expect(cannotTell / Math.max(1, all), `cannot tell: ${this}; ${variable}`).toBeLessThanOrEqual(most[variable]);
    }
  }
}
