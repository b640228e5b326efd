/** The ranges of this folder's options. */
/** Octets captured of one packet at most, unless an option says otherwise: Wireshark's limit. */
export const DEFAULT_MAX_RECORD = 262_144;

/** The most that option may be. */
export const LARGEST_MAX_RECORD = 16_000_000;

/** Octets that a writer gathers before it calls its sink, unless an option says otherwise. */
export const DEFAULT_BUFFER_SIZE = 524_288;

/** The most that option may be. */
export const LARGEST_BUFFER_SIZE = 67_108_864;
