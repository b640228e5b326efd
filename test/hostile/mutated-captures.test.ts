/**
 * Spoilt captures: no exception, no packet outside the octets, no endless reading, memory that stays small; what can be read of them can be copied, and the copy is sound. A slice of
 * 100,000; TCPLAB_MUTATED_FILES=100000 runs them all.
 */
import { expect, test } from 'vitest';
import { script } from '../e2e/program.ts';

/** How many are tried here, and how many processes share them: a program of these tests has a minute. */
const FILES = Number(process.env.TCPLAB_MUTATED_FILES ?? 2_000);
const SHARE = 10_000;

/** The most memory that the process may come to have, in megabytes: Node itself, the corpus, and what the collector leaves for later. */
const LIMIT = 400;

test(
  `${FILES.toLocaleString('en')} spoilt captures`,
  async () => {
    for (let from = 0; from < FILES; from += SHARE) {
      const range = [String(from), String(Math.min(FILES, from + SHARE))];
      const { out } = await script('test/hostile/mutated-captures.ts', range).end();
      const { outcomes, megabytes } = JSON.parse(out) as { outcomes: Record<string, number>; megabytes: number };
      expect(megabytes).toBeLessThan(LIMIT);
      // They are spoilt in all ways there are, and not all of them.
      for (const kind of ['sound', 'damaged', 'cut-short', 'unsupported', 'not-a-capture', 'compressed: damaged']) {
        expect(outcomes[kind], kind).toBeGreaterThan(0);
      }
    }
  },
  60_000 * (1 + Math.ceil(FILES / SHARE)),
);
