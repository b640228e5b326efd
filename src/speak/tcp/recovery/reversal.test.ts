import { expect, test } from 'vitest';
import { Flight } from '../../../../test/flight.ts';
import { makeIncomingSegment } from '../segment.ts';
import { tsval } from '../timestamp-clock.ts';
import { Reversal } from './reversal.ts';

/** A reduction that began when SND.UNA was 1,000. */
function begun(repetitions: number): Reversal {
  const reversal = new Reversal();
  reversal.begin(1_000, repetitions);
  return reversal;
}

//= RFC 2883 §4: what came twice had been there
test('a reduction was needless when all that went again since it began has come twice', () => {
  const reversal = begun(2);
  reversal.cameTwice(2_000, 1);
  expect(reversal.wasNeedless).toBe(false);
  reversal.repeat(7);
  reversal.cameTwice(3_000, 1);
  expect(reversal.wasNeedless).toBe(false);
  reversal.cameTwice(4_000, 1);
  expect(reversal.wasNeedless).toBe(true);
  const more = begun(1);
  more.cameTwice(2_000, 5);
  expect(more.wasNeedless).toBe(true);
});

test('what ends before it began, or comes when nothing has gone again, tells nothing of it', () => {
  const reversal = begun(1);
  reversal.cameTwice(1_000, 1);
  expect(reversal.wasNeedless).toBe(false);
  reversal.cameTwice(1_001, 1);
  expect(reversal.wasNeedless).toBe(true);
  const none = begun(0);
  none.cameTwice(2_000, 1);
  expect(none.wasNeedless).toBe(false);
  none.repeat(7);
  expect(none.wasNeedless).toBe(false);
  none.cameTwice(2_000, 1);
  expect(none.wasNeedless).toBe(true);
});

test('without a reduction there is nothing to take back, nor after it was', () => {
  const { tcb } = new Flight();
  const [never, over] = [new Reversal(), begun(1)];
  over.cameTwice(2_000, 1);
  over.end();
  for (const reversal of [never, over]) {
    reversal.cameTwice(2_000, 1);
    expect([reversal.isPossible, reversal.wasNeedless]).toEqual([false, false]);
    expect(reversal.wasLate(tcb, makeIncomingSegment(), 0)).toBe(false);
  }
});

//= RFC 4015 §3.2
test('an echo of what went before the first repetition tells that what seemed lost was late', () => {
  const isLate = (timestamps: boolean, echo: number | undefined, tsecr?: number): boolean => {
    const { tcb } = new Flight({ timestamps });
    const segment = makeIncomingSegment();
    segment.options.timestamps = echo !== undefined;
    segment.options.tsecr = tsecr ?? tsval(tcb, (echo ?? 0) * 1_000);
    const reversal = begun(0);
    reversal.repeat(50_000);
    reversal.repeat(90_000);
    return reversal.wasLate(tcb, segment, 0);
  };
  expect([isLate(true, 49), isLate(true, 50), isLate(true, 70)]).toEqual([true, false, false]);
  // No option, none agreed, and an echo of nothing.
  expect([isLate(true, undefined), isLate(false, 49), isLate(true, 49, 0), isLate(true, 49, 1)]).toEqual([
    ...[false, false, false],
    true,
  ]);
});

test('so does the acknowledgment of what never went again, where SACK says that it is no other, or before all is', () => {
  const isLate = (sack: boolean, until: number): boolean => {
    const flight = new Flight({ sack });
    return begun(0).wasLate(flight.tcb, makeIncomingSegment(), flight.at(until));
  };
  expect([isLate(true, 0), isLate(true, 1), isLate(false, 0), isLate(false, 1)]).toEqual([true, true, false, true]);
});

test('once nothing that went again is in flight, the next repetition is the first', () => {
  const { tcb } = new Flight({ timestamps: true });
  const segment = makeIncomingSegment();
  segment.options.timestamps = true;
  segment.options.tsecr = tsval(tcb, 70_000);
  const reversal = begun(0);
  reversal.repeat(50_000);
  reversal.forgetRepetitions();
  reversal.repeat(90_000);
  expect(reversal.wasLate(tcb, segment, 0)).toBe(true);
});
