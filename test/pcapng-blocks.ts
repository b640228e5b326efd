/** pcapng files for tests, written in hexadecimal. */

/** Octets. */
export const hex = (...parts: string[]): Uint8Array =>
  new Uint8Array(Buffer.from(parts.join('').replaceAll(' ', ''), 'hex'));

/** A number of `width` octets, the lowest first. */
export const little = (number: number, width = 4): string => {
  const buffer = Buffer.alloc(width);
  buffer.writeUIntLE(number, 0, width);
  return buffer.toString('hex');
};

/** In the draft's own words: block type, length, body, length. */
export function block(type: number, body: string): string {
  const length = little(12 + body.replaceAll(' ', '').length / 2);
  return `${little(type)}${length}${body}${length}`;
}
