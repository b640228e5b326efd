/** How a capture file is compressed, told from its first octets. Not here: undoing it, which a platform does better (node/decompress.ts). */

/** The compressions that are undone where captures are opened. */
export type Compression = 'gzip' | 'zstd';

/** Octets that tell. */
export const COMPRESSION_MAGIC = 4;

/**
 * What a file that begins with `octets` is compressed with; undefined when with neither, or when there are too few to tell.
 * RFC 1952 §2.3 (gzip, whose only method is 8), RFC 8878 §3.1.1 (a Zstandard frame) and §3.1.2 (a skippable one).
 */
export function compressionOf(octets: Uint8Array): Compression | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  if (a === 0x1f && b === 0x8b && c === 8) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return undefined;
}
