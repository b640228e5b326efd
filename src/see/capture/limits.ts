/** The ranges of this folder's options. */
import { TcplabError } from '../../core/errors.ts';

/** Octets captured of one packet at most, unless an option says otherwise: Wireshark's limit. */
export const DEFAULT_MAX_RECORD = 262_144;

/** The most that option may be. */
export const LARGEST_MAX_RECORD = 16_000_000;

/** Octets that a writer gathers before it calls its sink, unless an option says otherwise. */
export const DEFAULT_BUFFER_SIZE = 524_288;

/** The most that option may be. */
export const LARGEST_BUFFER_SIZE = 67_108_864;

/**
 * An option that must be a whole number from `low` to `high`.
 * @throws TcplabError EINVAL when it is not
 */
export function wholeNumber(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new TcplabError('EINVAL', `${name} is ${value}: it must be a whole number from ${low} to ${high}`);
}
