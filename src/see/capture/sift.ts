/**
 * How records are sifted where they stand in a file, without a packet being made of each: somebody judges their octets, what fails is passed over, what passes comes as one stretch.
 * Not here: who judges (filter/glance.ts), and the walk from record to record, which each format has its own of (pcap-decoder.ts).
 */
import { TcplabError } from '../../core/errors.ts';

/** What octets tell: the frame passes, it does not, or only its dissection can tell. */
export const PASSES = 1;
export const FAILS = 0;
export const UNDECIDED = -1;
export type Verdict = typeof PASSES | typeof FAILS | typeof UNDECIDED;

/** Judges the frame `[at, end)` of a link type by its octets. */
export type Judge = (view: DataView, at: number, end: number, linkType: number) => Verdict;

/** Records that stand one behind the other in a capture, headers and all. One is made once and filled again and again. */
export interface Records {
  /** Where they are: `length` octets at `at`. */
  bytes: Uint8Array;
  at: number;
  length: number;
  /** How many they are, and how many were passed over before and behind them. */
  packets: number;
  passedOver: number;
}

/** No records, to be filled. */
export const makeRecords = (): Records => ({ bytes: new Uint8Array(0), at: 0, length: 0, packets: 0, passedOver: 0 });

/** What a copy says that cannot take records. */
export const recordsRefused = (): TcplabError =>
  new TcplabError('EINVAL', 'these records cannot go over as they are: write packets where takesRecords is false');
