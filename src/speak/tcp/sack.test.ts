import { expect, test } from 'vitest';
import { Wire } from '../../../test/tcp-wire.ts';
import { blocks, blocksDue, cameAmongHeld, cameTwice, fillBlocks } from './sack.ts';
import { heldOf, type Tcb } from './tcb.ts';

/** A connection that has agreed on SACK, with stretches beyond a hole. */
function withHeld(...stretches: readonly (readonly [number, number])[]): Tcb {
  const { a } = new Wire().handshake();
  a.sack = true;
  for (const [left, right] of stretches) heldOf(a).add(left, right);
  return a;
}

/** The first `count` blocks. */
const filled = (count: number): number[] => Array.from(blocks.subarray(0, 2 * count));

test('nothing is told where nothing is known', () => {
  expect(blocksDue(withHeld())).toBe(0);
  const tcb = withHeld();
  cameTwice(tcb, 100, 200);
  expect([blocksDue(tcb), fillBlocks(tcb, 3), blocksDue(tcb)]).toEqual([1, 1, 0]);
});

//= RFC 2018 §3: as many blocks as there is room for
test('there are no more blocks than have room, and what has none waits', () => {
  const tcb = withHeld([1_000, 2_000], [3_000, 4_000], [5_000, 6_000]);
  expect(fillBlocks(tcb, 2)).toBe(2);
  expect(filled(2)).toEqual([5_000, 6_000, 3_000, 4_000]);
  cameTwice(tcb, 100, 200);
  expect([fillBlocks(tcb, 0), tcb.repeated?.due]).toEqual([0, true]);
});

//= RFC 2883 §4
test('of stretches that came twice, those that touch are one, and the first of others counts', () => {
  const tcb = withHeld();
  cameTwice(tcb, 500, 1_000);
  cameTwice(tcb, 200, 500);
  cameTwice(tcb, 900, 1_500);
  cameTwice(tcb, 300, 400);
  cameTwice(tcb, 3_000, 3_100);
  cameTwice(tcb, 10, 20);
  expect(fillBlocks(tcb, 3)).toBe(1);
  expect(filled(1)).toEqual([200, 1_500]);
});

test('octets that are among any of those beyond a hole have come twice', () => {
  const tcb = withHeld([1_000, 2_000], [3_000, 4_000], [5_000, 6_000]);
  cameAmongHeld(tcb, 3_500, 4_500);
  expect(fillBlocks(tcb, 1)).toBe(1);
  expect(filled(1)).toEqual([3_500, 4_000]);
  cameAmongHeld(tcb, 2_000, 3_000);
  cameAmongHeld(tcb, 6_000, 7_000);
  expect(tcb.repeated?.due).toBe(false);
});
