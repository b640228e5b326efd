/** A packet's octets in hexadecimal and as text, sixteen to a line, as `tshark -x` prints them. */
import type { Packet } from '../capture/packet.ts';

/** Octets a line. */
const LINE = 16;

/** The lines of a dump of a packet's captured octets. */
export const hexDump = (packet: Packet): string[] =>
  hexLines(packet.bytes.subarray(packet.at, packet.at + packet.capturedLength));

/** The lines of a dump: `0000  48 65 6c 6c 6f  ...   Hello`. */
export function hexLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += LINE) {
    let digits = '';
    let text = '';
    for (let i = at; i < Math.min(at + LINE, bytes.length); i++) {
      const octet = bytes[i]!;
      digits += `${octet.toString(16).padStart(2, '0')} `;
      text += octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.';
    }
    lines.push(`${at.toString(16).padStart(4, '0')}  ${digits.padEnd(3 * LINE)}  ${text}`);
  }
  return lines;
}
