import { describe, expect, test } from 'vitest';
import { converse } from './conversation.ts';

const RUNS = 1_000;
const BLOCK = 100;

const asked = process.env['TCPLAB_SEED'];

/** Runs a seed twice; a failure says how to see it again. */
async function twice(seed: number): Promise<void> {
  try {
    const first = await converse(seed);
    const second = await converse(seed);
    expect(second).toEqual(first);
  } catch (error) {
    throw new Error(
      `seed ${seed} fails; replay it with: TCPLAB_SEED=${seed} npx vitest run test/sim/two-hosts.test.ts`,
      {
        cause: error,
      },
    );
  }
}

describe('random programs over a line that loses, reorders, doubles and damages', () => {
  if (asked !== undefined) test(`seed ${asked}`, () => twice(Number(asked)), 60_000);
  else
    for (let block = 0; block < RUNS; block += BLOCK)
      test(`get their octets or are told why not, leave nothing behind, and do the same again: seeds ${block} to ${block + BLOCK - 1}`, async () => {
        for (let seed = block; seed < block + BLOCK; seed++) await twice(seed);
      }, 300_000);
});
