/**
 * What can be wrong with a header's bounds. Every protocol of wire/ has one length check, `locate(view, at, end)`: it
 * answers where the header's payload begins, or a negative `Problem`. After a positive answer no accessor of that
 * header reads outside `[at, end)`.
 */

/** Fewer octets than the fixed part of the header: the packet was cut or forged. */
export const TOO_SHORT = -1;

/** A header-length field below the minimum of its protocol. */
export const BAD_HEADER_LENGTH = -2;

/** A header longer than the octets that are there. */
export const HEADER_CUT = -3;

/** Not the version this protocol has. */
export const BAD_VERSION = -4;

/** A total-length field below the header's own length. */
export const BAD_TOTAL_LENGTH = -5;

/** One of the negative answers of a `locate`. */
export type Problem = -1 | -2 | -3 | -4 | -5;

/** A problem in words. */
export const problemText = (problem: number): string =>
  ({
    [TOO_SHORT]: 'fewer octets than the header has',
    [BAD_HEADER_LENGTH]: 'header length below the minimum',
    [HEADER_CUT]: 'header longer than the packet',
    [BAD_VERSION]: 'wrong version',
    [BAD_TOTAL_LENGTH]: 'total length below the header length',
  })[problem] ?? 'unknown problem';
