/** Lines that are wider than the terminal: cut, so that a list stays a list, with an ellipsis that says so. */
import type { TextSink } from '../../core/text-sink.ts';

const ESCAPE = 0x1b;
/** Ends a sequence that switches a style. */
const SGR_END = 0x6d;
/** Octets of UTF-8 that continue a character. */
const isContinuation = (octet: number): boolean => (octet & 0xc0) === 0x80;

/**
 * Cuts the line that begins at `from` to `width` characters, the last of which is an ellipsis then, and switches styles off behind it.
 * @param styled whether there may be styles in it
 */
export function cutLine(text: TextSink, from: number, width: number, styled: boolean): void {
  // As many octets are not more characters.
  if (text.length - from <= width) return;
  const { bytes } = text;
  let characters = 0;
  let last = from;
  for (let at = from; at < text.length; at++) {
    if (bytes[at] === ESCAPE) {
      while (at < text.length && bytes[at] !== SGR_END) at++;
      continue;
    }
    if (isContinuation(bytes[at]!)) continue;
    characters++;
    if (characters === width) last = at;
    if (characters <= width) continue;
    text.cut(last);
    text.add(styled ? '…\x1b[0m' : '…');
    return;
  }
}
