/** `-a` and `-b` of `sniff`: when the capture stops, and when it goes on in another file; `name:number`, as dumpcap and tshark take them. */
import type { CaptureFilesLimits } from '../node/capture-files.ts';
import { UsageError, wholeNumber } from './failure.ts';

/** Octets in dumpcap's kB. */
const KILO = 1000;

const NAMES = ['duration', 'filesize', 'files', 'packets'] as const;

/** When a capture stops: whatever comes first. */
export interface StopConditions {
  /** Seconds from its beginning. */
  duration?: number;
  /** kB of the file that is written. */
  filesize?: number;
  /** Files that have been filled. */
  files?: number;
  /** Packets that passed the filter. */
  packets?: number;
}

/**
 * Reads conditions.
 * @param option `-a` or `-b`, for the message
 * @throws UsageError when one is none
 */
function conditions(texts: readonly string[], option: string): StopConditions {
  const result: StopConditions = {};
  for (const text of texts) {
    const [name = '', number = ''] = text.split(/:(.*)/s);
    const known = NAMES.find((one) => one === name);
    if (known === undefined) {
      throw new UsageError(
        `${option} takes duration:SECONDS, filesize:KB, packets:N or files:N, not "${text}"; give it once for each`,
      );
    }
    result[known] = wholeNumber(number, `${option} ${name}:`, 1, 0x7fff_ffff);
  }
  return result;
}

/** When the capture stops, from every `-a`. */
export const stopConditions = (texts: readonly string[]): StopConditions => conditions(texts, '-a');

/** When the next file begins and how many are kept, from every `-b`. */
export function ringLimits(texts: readonly string[]): CaptureFilesLimits {
  const { duration, filesize, files, packets } = conditions(texts, '-b');
  if (duration === undefined && filesize === undefined && packets === undefined) {
    throw new UsageError(
      '-b files:N needs to know when a file is full: add -b filesize:KB, duration:SECONDS or packets:N',
    );
  }
  return {
    ...(duration !== undefined && { seconds: duration }),
    ...(filesize !== undefined && { octets: KILO * filesize }),
    ...(packets !== undefined && { packets }),
    ...(files !== undefined && { files }),
  };
}
