/** Parses stretches of octets: `1:1001(1000)`, `1:1001(1000)!`, `...(1000)`. */
import type { Range } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** The largest sequence number. */
export const UINT32 = 0xffff_ffff;
/** Payload octets of one line: several segments' worth on outbound lines, one packet's on inbound ones. */
const MAX_LENGTH = 0x3fff_ffff;

/** A stretch. */
export function parseRange(reader: TokenReader): Range {
  const begin = reader.peek();
  if (reader.takes('...')) {
    const any = parseLength(reader, 'a sequence range such as ...(1000)');
    return { numbers: 'any', from: 0, to: any, length: any };
  }
  const from = reader.wholeNumber('a sequence number', UINT32);
  reader.expect(':', 'a sequence range such as 1:1001(1000)');
  const to = reader.wholeNumber('a sequence number', UINT32);
  const length = parseLength(reader, 'a sequence range such as 1:1001(1000)');
  if (((from + length - to) | 0) !== 0)
    reader.fail(
      `${from} and ${length} octets make ${(from + length) % (UINT32 + 1)}, not ${to}: a range is FROM:TO(LENGTH)`,
      begin,
    );
  return { numbers: reader.takes('!') ? 'of the wire' : 'of the script', from, to, length };
}

/** `(1000)`. */
export function parseLength(reader: TokenReader, what: string): number {
  reader.expect('(', what);
  const length = reader.wholeNumber('a length in octets', MAX_LENGTH);
  reader.expect(')', what);
  return length;
}
