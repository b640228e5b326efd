/**
 * Text from outside made safe to print: what a terminal would obey, or what would begin a line of its own, is written as an escape. Not
 * here: octets that are shown octet by octet (repr.ts, the hex dump).
 */

/** C0 and C1 controls, DEL; line and paragraph separators; what turns the direction of writing. Not the backslash: names on Windows are full of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const NAMED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
};

/**
 * Text in which each character that could command a terminal or feign another line stands as an escape.
 * @example printable('eth0\u001b[31m\n') // 'eth0\\x1b[31m\\n'
 */
export const printable = (text: string): string => text.replace(UNSAFE, escaped);

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return NAMED[character] ?? (code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`);
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Octets `[from, to)` of a view as UTF-8, controls of ASCII in octal: how Wireshark writes a text in the middle of another.
 * @example of 04 c3 a9 ff: '\\004é\ufffd'
 */
export const octalText = (view: DataView, from: number, to: number): string =>
  utf8.decode(new Uint8Array(view.buffer, view.byteOffset + from, to - from)).replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    return NAMED[character] ?? (code < 0x80 ? `\\${code.toString(8).padStart(3, '0')}` : escaped(character));
  });

/** The same of octets `[from, to)` of a view, each of which is a character (ISO 8859-1). */
export function printableOctets(view: DataView, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += String.fromCharCode(view.getUint8(i));
  return printable(text);
}

/** The same as far as the first octet of zero, if there is one: a string of C. */
export function printableString(view: DataView, from: number, to: number): string {
  let end = from;
  while (end < to && view.getUint8(end) !== 0) end++;
  return printableOctets(view, from, end);
}
