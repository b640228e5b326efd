/** Times since other packets of a conversation. */
import { expect, test } from 'vitest';
import { Clocks } from './clocks.ts';

/** What a clock says of moments, as `[since the first, since the latest]`. */
function told(moments: readonly (readonly [number, number])[]): [number, number][] {
  const clocks = new Clocks();
  clocks.begin(0);
  return moments.map(([seconds, nanoseconds]) => {
    clocks.take(0, seconds, nanoseconds);
    return [clocks.sinceFirst, clocks.sinceLatest];
  });
}

test('since the first and since the latest', () => {
  expect(
    told([
      [1_700_000_000, 999_999_999],
      [1_700_000_001, 0],
      [1_700_000_003, 5],
    ]),
  ).toEqual([
    [0, 0],
    [1, 1],
    [2_000_000_006, 2_000_000_005],
  ]);
});

test('before the beginning of the epoch, beyond 32 bits, and backwards', () => {
  expect(
    told([
      [0, 0],
      [-1, 999_999_999],
    ]),
  ).toEqual([
    [0, 0],
    [-1, -1],
  ]);
  expect(
    told([
      [2 ** 32 - 1, 0],
      [2 ** 32 + 1, 7],
      [2 ** 33, 0],
    ]).map(([first]) => first),
  ).toEqual([0, 2_000_000_007, (2 ** 33 - 2 ** 32 + 1) * 1e9]);
});

test('a new stream begins at nothing again, and each conversation has its own', () => {
  const clocks = new Clocks();
  for (const record of [0, 5_000]) clocks.begin(record);
  clocks.take(0, 10, 0);
  clocks.take(5_000, 20, 0);
  clocks.take(0, 11, 0);
  expect(clocks.sinceFirst).toBe(1e9);
  clocks.begin(0);
  clocks.take(0, 12, 0);
  expect(clocks.sinceFirst).toBe(0);
  clocks.take(5_000, 20, 1);
  expect(clocks.sinceFirst).toBe(1);
});
