/**
 * What a connection counts, for those who ask how it goes (tcp-info.ts). Small integers only, a few of them: a hundred thousand idle connections have them too. Counts are
 * modulo 2^32; what stands in a sequence number already is not counted again.
 */
import type { Ticks } from '../../core/time.ts';

/** Counts of one connection. */
export interface Counts {
  /** Segments of any kind; those with octets. */
  segmentsOut: number;
  segmentsIn: number;
  dataSegmentsOut: number;
  dataSegmentsIn: number;
  /** Segments sent again; of them those with a SYN; octets of all. */
  retransmitted: number;
  synsAgain: number;
  retransmittedOctets: number;
  /** Times that the sequence numbers of either direction have gone round: octets acknowledged, octets received. */
  roundsOut: number;
  roundsIn: number;
  /** Segments whose octets, or FIN, lay beyond a hole. */
  outOfOrder: number;
  /** When octets that were next came last. */
  lastData: Ticks;
}

/** All at nothing. */
export const makeCounts = (): Counts => ({
  segmentsOut: 0,
  segmentsIn: 0,
  dataSegmentsOut: 0,
  dataSegmentsIn: 0,
  retransmitted: 0,
  synsAgain: 0,
  retransmittedOctets: 0,
  roundsOut: 0,
  roundsIn: 0,
  outOfOrder: 0,
  lastData: 0,
});

/** A SYN, or SYN,ACK, goes again. */
export function countSynAgain(counts: Counts): void {
  counts.retransmitted++;
  counts.synsAgain++;
}
