/** Octets as text, each a character (ISO 8859-1): made of them, compared with them, and read as UTF-8. Not here: what makes text safe to print (core/printable.ts). */

/** Octets `[from, to)` as text, in one piece: no garbage for each of them. At most some ten thousand: they are arguments of a call. */
export const latin1 = (view: DataView, from: number, to: number): string =>
  String.fromCharCode.apply(
    null,
    new Uint8Array(view.buffer, view.byteOffset + from, to - from) as unknown as number[],
  );

/** Whether `[from, to)` holds `text`. */
export function isLatin1(view: DataView, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (view.getUint8(from + i) !== text.charCodeAt(i)) return false;
  return true;
}

/** The byte order mark is one of a text's characters, not of its encoding. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const ASCII = /^[\x00-\x7f]*$/;

/** What such text says in UTF-8; U+FFFD stands for octets that are none. */
export const fromUtf8 = (octets: string): string =>
  ASCII.test(octets) ? octets : utf8.decode(Uint8Array.from(octets, (octet) => octet.charCodeAt(0)));
