/** Octets and addresses as Python prints them, since the textbook programs that tcplab repeats are written in it: `b'Hola'`, `('127.0.0.1', 34348)`. */

const NAMED: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' };

/**
 * What Python's `repr` makes of bytes, or of an address.
 * @example repr(bytes('Hola\n')) // b'Hola\n'
 */
export function repr(value: Uint8Array | readonly [host: string, port: number]): string {
  if (!(value instanceof Uint8Array)) return `('${value[0]}', ${value[1]})`;
  // Double quotes when that saves escaping the single ones.
  const quote = value.includes(39) && !value.includes(34) ? '"' : "'";
  let text = '';
  for (const octet of value) {
    if (octet === quote.charCodeAt(0)) text += `\\${quote}`;
    else if (octet >= 32 && octet < 127 && octet !== 92) text += String.fromCharCode(octet);
    else text += NAMED[octet] ?? `\\x${octet.toString(16).padStart(2, '0')}`;
  }
  return `b${quote}${text}${quote}`;
}
