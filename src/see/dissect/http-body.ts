/** What a whole HTTP/1 message carries, put together from its chunks. Not here: where messages end (http-messages.ts); what is packed is not unpacked. Read first: RFC 9112 §6-7. */
import { type HttpHead, headerOf } from './http-head.ts';

/** The body of a message `[from, to)`; undefined where its codings are not known here: gzip, deflate, br. */
export function bodyOf(head: HttpHead, view: DataView, from: number, to: number): Uint8Array | undefined {
  const packing = headerOf(head, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  const transfer = headerOf(head, 'transfer-encoding')?.trim().toLowerCase();
  if (packing !== 'identity' || (transfer !== undefined && transfer !== 'chunked')) return undefined;
  const octets = new Uint8Array(view.buffer, view.byteOffset + from + head.octets, to - from - head.octets);
  return transfer === undefined ? octets : joined(octets);
}

const LF = 0x0a;

/** The chunks of a body without what tells their sizes; what is behind the last whole one is left out. */
function joined(octets: Uint8Array): Uint8Array {
  const into = new Uint8Array(octets.length);
  let length = 0;
  for (let at = 0; at < octets.length; ) {
    const feed = octets.indexOf(LF, at);
    if (feed < 0) break;
    const size = sizeIn(octets, at, feed);
    if (!(size > 0) || size > octets.length - feed - 1) break;
    into.set(octets.subarray(feed + 1, feed + 1 + size), length);
    length += size;
    // The end of the line behind it.
    at = feed + 1 + size;
    at = octets.indexOf(LF, at) + 1 || octets.length;
  }
  return into.subarray(0, length);
}

/** The size of a chunk, whose line `[from, to)` is. */
function sizeIn(octets: Uint8Array, from: number, to: number): number {
  return Number.parseInt(String.fromCharCode(...octets.subarray(from, Math.min(to, from + LONGEST_SIZE))), 16);
}

/** Digits of a size and blanks before them that are read. */
const LONGEST_SIZE = 16;
