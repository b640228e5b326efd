/**
 * Addresses to text and back. An IPv4 address is an int32 in host order (`127.0.0.1` is 0x7f000001); IPv6 and hardware
 * addresses stay octets. Texts: dotted quad, RFC 5952's form (see writeIpv6), colon hex.
 */
import { TcplabError } from '../core/errors.ts';
import { type TextSink, textOf } from '../core/text-sink.ts';

/** An IPv4 address as an int32. */
export type Ipv4 = number;

const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;

/** Writes `192.0.2.1` for an int32. */
export function writeIpv4(text: TextSink, address: Ipv4): void {
  text.decimal(address >>> 24);
  text.octet(DOT);
  text.decimal((address >>> 16) & 255);
  text.octet(DOT);
  text.decimal((address >>> 8) & 255);
  text.octet(DOT);
  text.decimal(address & 255);
}

/** `192.0.2.1` for an int32. */
export const formatIpv4 = (address: Ipv4): string => textOf((text) => writeIpv4(text, address));

/** The int32 of a dotted quad, or undefined when the text is not one (no octal, no short forms). */
export function readIpv4(text: string): Ipv4 | undefined {
  let address = 0;
  let parts = 0;
  let part = 0;
  let digits = 0;
  // The end of the text ends the last part as a dot ends the others.
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (digits === 0 || part > 255) return undefined;
      address = (address << 8) | part;
      parts++;
      part = 0;
      digits = 0;
    } else {
      const leadingZero = digits > 0 && part === 0;
      if (code < ZERO || code > NINE || leadingZero || digits === 3) return undefined;
      part = 10 * part + code - ZERO;
      digits++;
    }
  }
  return parts === 4 ? address : undefined;
}

/**
 * The int32 of a dotted quad.
 * @throws TcplabError EINVAL when the text is not an IPv4 address
 */
export function parseIpv4(text: string): Ipv4 {
  const address = readIpv4(text);
  if (address === undefined)
    throw new TcplabError(
      'EINVAL',
      `"${text}" is not an IPv4 address; write four numbers from 0 to 255, such as 10.0.0.1`,
    );
  return address;
}

/** The netmask of a prefix length, 0 to 32, as an int32. */
export const maskIpv4 = (prefix: number): number => (prefix === 0 ? 0 : (-1 << (32 - prefix)) | 0);

/** Writes the IPv6 address at `at` in RFC 5952's form: lower case, the longest run of two or more zero groups as `::`. */
export function writeIpv6(text: TextSink, view: DataView, at: number): void {
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; ) {
    let length = 0;
    while (i + length < 8 && view.getUint16(at + 2 * (i + length)) === 0) length++;
    if (length > bestLength) {
      best = i;
      bestLength = length;
    }
    i += length + 1;
  }
  // RFC 5952 §5: what is known to hold an IPv4 address ends as a dotted quad: mapped ones, and the compatible ones of RFC 4291 §2.5.5.1, as inet_ntop has them.
  const isMapped = bestLength === 5 && view.getUint16(at + 10) === 0xffff;
  if (best === 0 && (isMapped || bestLength === 6)) {
    text.add(isMapped ? '::ffff:' : '::');
    writeIpv4(text, view.getInt32(at + 12));
    return;
  }
  for (let i = 0; i < 8; i++) {
    if (i === best) {
      text.add('::');
      i += bestLength - 1;
    } else {
      if (i > 0 && i !== best + bestLength) text.octet(COLON);
      text.hex(view.getUint16(at + 2 * i));
    }
  }
}

/** The text of the IPv6 address at `at`, in RFC 5952's form. */
export const formatIpv6 = (view: DataView, at: number): string => textOf((text) => writeIpv6(text, view, at));

/** The sixteen octets of an IPv6 address text, or undefined when it is not one. Zone suffixes (`%eth0`) are not taken. */
export function readIpv6(text: string): Uint8Array<ArrayBuffer> | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groupsOf = (half: string): number[] | undefined => {
    if (half === '') return [];
    const groups: number[] = [];
    const parts = half.split(':');
    for (const [i, part] of parts.entries()) {
      if (part.includes('.')) {
        const quad = i === parts.length - 1 ? readIpv4(part) : undefined;
        if (quad === undefined) return undefined;
        groups.push(quad >>> 16, quad & 0xffff);
      } else {
        if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined;
        groups.push(Number.parseInt(part, 16));
      }
    }
    return groups;
  };
  const head = groupsOf(halves[0]!);
  const tail = halves.length === 2 ? groupsOf(halves[1]!) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const octets = new Uint8Array(16);
  const all = [...head, ...new Array<number>(missing).fill(0), ...tail];
  for (const [i, group] of all.entries()) {
    octets[2 * i] = group >>> 8;
    octets[2 * i + 1] = group & 255;
  }
  return octets;
}

/** Writes `02:00:00:00:00:01` for the six octets at `at`. */
export function writeMac(text: TextSink, view: DataView, at: number): void {
  for (let i = 0; i < 6; i++) {
    if (i > 0) text.octet(COLON);
    text.hex(view.getUint8(at + i), 2);
  }
}

/** `02:00:00:00:00:01` for the six octets at `at`. */
export const formatMac = (view: DataView, at: number): string => textOf((text) => writeMac(text, view, at));

/** The six octets of a colon-hex (or dash-hex) hardware address, or undefined when the text is not one. */
export function readMac(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) return undefined;
  return Uint8Array.from(text.split(/[:-]/), (part) => Number.parseInt(part, 16));
}
