/** A host's books: every segment that reached it was used, or counted under the reason why not. */
import { expect } from 'vitest';
import type { Host } from '../src/speak/index.ts';

/** Fails when segments are missing from the counters, or are there twice. */
export function expectAccounted({ counters, name }: Host): void {
  const { tcpMalformed, tcpBadChecksum, tcpNotUnicast, tcpSameEnds, tcpNoConnection, tcpTimeWaitKept } = counters;
  const { tcpSynQueueFull, tcpAcceptQueueFull, tcpTableFull, tcpAccepted, tcpInSegs } = counters;
  const strangers = tcpMalformed + tcpBadChecksum + tcpNotUnicast + tcpSameEnds + tcpNoConnection + tcpTimeWaitKept;
  const turnedAway = tcpSynQueueFull + tcpAcceptQueueFull + tcpTableFull;
  const dropped = Object.values(counters.tcpDropped).reduce((sum, count) => sum + count, 0);
  expect(tcpAccepted + dropped + strangers + turnedAway, `${name}: used and dropped`).toBe(tcpInSegs);
}
