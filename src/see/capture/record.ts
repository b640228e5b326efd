/**
 * How a file format's decoder and the reader that feeds it work together: the reader keeps a window of octets, the decoder
 * takes one record from it at a time. Not the formats (pcap-decoder.ts, pcapng-decoder.ts, snoop-decoder.ts) nor the joining of chunks (capture-reader.ts).
 */
import type { CaptureInterface } from './interface.ts';
import type { Packet } from './packet.ts';
import type { Judge, Records } from './sift.ts';

/** Octets of the file that are here, in order and without a gap. */
export interface Window {
  bytes: Uint8Array;
  view: DataView;
  /** The next octet to be taken, and one beyond the last there is. */
  at: number;
  end: number;
}

/** What `RecordDecoder.step` answers besides a number of octets. */
export const PACKET = 0;
export const SKIPPED = -1;
export const DAMAGED = -2;

/** Why a record cannot be taken: it cannot be so, or tcplab does not know it; with the rest of a sentence that begins `packet 57: `. */
export interface Damage {
  readonly kind: 'damaged' | 'unsupported';
  readonly message: string;
}

/** The formats that are read. */
export type CaptureFormat = 'pcap' | 'pcapng' | 'snoop';

/** A file format, from behind the octets that give it away. */
export interface RecordDecoder {
  readonly format: CaptureFormat;
  readonly littleEndian: boolean;
  readonly interfaces: readonly CaptureInterface[];
  /** How many sections have begun; undefined where the format has none. */
  readonly sections?: number;
  /** Why the last step answered DAMAGED. */
  readonly damage: Damage | undefined;
  /**
   * Takes the record at `window.at` and moves `window.at` behind it. PACKET: `into` is filled (all but `number`); SKIPPED: it was
   * something else; DAMAGED: `damage` says what is wrong. A positive number: nothing was taken, as a whole record (or the part of it that tells its length)
   * takes that many octets and fewer are there.
   */
  step(window: Window, into: Packet): number;
  /**
   * Passes over the records of frames that fail, and gathers those behind them that pass, `most` at the most, as long as they stand one behind the other and are whole; `window.at` moves behind them and
   * behind the one that failed after them.
   * What is there instead, `step` tells. A format without it is read packet by packet.
   */
  sift?(window: Window, judge: Judge, into: Records, most: number): void;
  /** What the octets at `window.at`, fewer than a record, are the beginning of: `packet 57`. */
  name(window: Window, number: number): string;
}

/** The bounds that keep a damaged or hostile file from taking memory. */
export interface CaptureLimits {
  /** Captured octets of a packet; more is damage. */
  readonly maxRecord: number;
  /** Octets of a pcapng block; more is damage. */
  readonly maxBlock: number;
  /** Interfaces of a pcapng file; more is damage. */
  readonly maxInterfaces: number;
}
