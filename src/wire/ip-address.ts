/**
 * An address of either version of IP. An IPv4 address is an int32 and costs nothing; an IPv6 address is an object of four words that never changes, compared by
 * `sameAddress`. Read first: RFC 4291 §2 (kinds of addresses), RFC 4007 (zones). Not here: texts of octets in a packet (address.ts).
 */
import { TcplabError } from '../core/errors.ts';
import { formatIpv4, formatIpv6, type Ipv4, readIpv4, readIpv6 } from './address.ts';
import { halves } from './checksum.ts';

/** An IPv6 address. */
export class Ipv6 {
  /** The address as int32 words, the first first. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  /** The link that a link-local address is meant on, as the number of an interface from 1 on; 0 for all others, whose meaning is the same everywhere. */
  readonly zone: number;
  /** The partial sum of its words, for checksums. */
  readonly sum: number;
  #text: string | undefined = undefined;

  constructor(a: number, b: number, c: number, d: number, zone = 0) {
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
    this.zone = zone;
    this.sum = halves(a) + halves(b) + halves(c) + halves(d);
  }

  equals(other: Ipv6): boolean {
    return (
      this.d === other.d && this.c === other.c && this.b === other.b && this.a === other.a && this.zone === other.zone
    );
  }

  /** Whether it is the one that stands at `at`, whatever the zone. */
  standsAt(view: DataView, at: number): boolean {
    return (
      view.getInt32(at + 12) === this.d &&
      view.getInt32(at + 8) === this.c &&
      view.getInt32(at + 4) === this.b &&
      view.getInt32(at) === this.a
    );
  }

  /** Writes its sixteen octets. */
  write(view: DataView, at: number): void {
    view.setInt32(at, this.a);
    view.setInt32(at + 4, this.b);
    view.setInt32(at + 8, this.c);
    view.setInt32(at + 12, this.d);
  }

  /** The same address, meant on the link of another interface; itself where zones mean nothing. */
  inZone(zone: number): Ipv6 {
    return this.zone === zone || !(this.isLinkLocal || this.isLinkLocalMulticast)
      ? this
      : new Ipv6(this.a, this.b, this.c, this.d, zone);
  }

  /** `::`. */
  get isUnspecified(): boolean {
    return (this.a | this.b | this.c | this.d) === 0;
  }

  /** `::1`. */
  get isLoopback(): boolean {
    return (this.a | this.b | this.c) === 0 && this.d === 1;
  }

  /** `ff00::/8`. */
  get isMulticast(): boolean {
    return this.a >>> 24 === 0xff;
  }

  /** `ff01::/16` and `ff02::/16`: for this interface, or this link, alone. */
  get isLinkLocalMulticast(): boolean {
    return this.a >>> 24 === 0xff && ((this.a >>> 16) & 15) <= 2;
  }

  /** `fe80::/10`. */
  get isLinkLocal(): boolean {
    return this.a >>> 22 === 0x3fa;
  }

  /** `fc00::/7`. */
  get isUniqueLocal(): boolean {
    return this.a >>> 25 === 0x7e;
  }

  /** The IPv4 address in `::ffff:0:0/96`; undefined when it is not there. */
  get mapped(): Ipv4 | undefined {
    return (this.a | this.b) === 0 && this.c === 0xffff ? this.d : undefined;
  }

  /** RFC 5952's form, with `%zone` where there is one. */
  toString(): string {
    if (this.#text === undefined) {
      const view = new DataView(new ArrayBuffer(16));
      this.write(view, 0);
      this.#text = formatIpv6(view, 0) + (this.zone === 0 ? '' : `%${this.zone}`);
    }
    return this.#text;
  }
}

/** An address of either version. */
export type IpAddress = Ipv4 | Ipv6;

/** `::`, `::1`, all nodes and all routers of a link. */
export const UNSPECIFIED: Ipv6 = new Ipv6(0, 0, 0, 0);
export const LOOPBACK6: Ipv6 = new Ipv6(0, 0, 0, 1);
export const ALL_NODES: Ipv6 = new Ipv6(0xff02_0000 | 0, 0, 0, 1);
export const ALL_ROUTERS: Ipv6 = new Ipv6(0xff02_0000 | 0, 0, 0, 2);

/** Whether both are one address. */
export const sameAddress = (x: IpAddress, y: IpAddress): boolean =>
  x === y || (typeof x === 'object' && typeof y === 'object' && x.equals(y));

/** What stands for an address in a `Map`: itself, or its text. */
export const addressKey = (address: IpAddress): number | string =>
  typeof address === 'number' ? address : address.toString();

/** The address at `at`. */
export const ipv6At = (view: DataView, at: number, zone = 0): Ipv6 => {
  const first = view.getInt32(at);
  const scoped = zone !== 0 && (first >>> 22 === 0x3fa || (first >>> 24 === 0xff && ((first >>> 16) & 15) <= 2));
  return new Ipv6(first, view.getInt32(at + 4), view.getInt32(at + 8), view.getInt32(at + 12), scoped ? zone : 0);
};

/** `::ffff:192.0.2.1` for an IPv4 address. */
export const mappedAddress = (address: Ipv4): Ipv6 => new Ipv6(0, 0, 0xffff, address);

/** The address that all must listen to who have one that ends so (RFC 4291 §2.7.1). */
export const solicitedNode = (address: Ipv6): Ipv6 =>
  new Ipv6(0xff02_0000 | 0, 0, 1, 0xff00_0000 | (address.d & 0xff_ffff), address.zone);

/** The first `length` bits (0 to 128) of an address, the rest zero, and no zone. */
export function prefixOf(address: Ipv6, length: number): Ipv6 {
  const word = (value: number, at: number): number =>
    length >= at + 32 ? value : length <= at ? 0 : value & (-1 << (at + 32 - length));
  return new Ipv6(word(address.a, 0), word(address.b, 32), word(address.c, 64), word(address.d, 96));
}

/** How many leading bits two addresses share, 0 to 128. */
export function commonBits(x: Ipv6, y: Ipv6): number {
  const words: readonly number[] = [x.a ^ y.a, x.b ^ y.b, x.c ^ y.c, x.d ^ y.d];
  let bits = 0;
  for (const word of words) {
    if (word !== 0) return bits + Math.clz32(word);
    bits += 32;
  }
  return bits;
}

/** The text of an address. */
export const formatAddress = (address: IpAddress): string =>
  typeof address === 'number' ? formatIpv4(address) : address.toString();

/** The address of a text, with `%` and the number of an interface behind a link-local one; undefined when it is none. */
export function readAddressText(text: string): IpAddress | undefined {
  const quad = readIpv4(text);
  if (quad !== undefined) return quad;
  const [octets, zone = '0', ...rest] = text.split('%');
  const read = readIpv6(octets ?? '');
  if (read === undefined || rest.length > 0 || !/^\d{1,5}$/.test(zone)) return undefined;
  const address = ipv6At(new DataView(read.buffer), 0);
  return address.inZone(Number(zone));
}

/**
 * The address of a text.
 * @throws TcplabError EINVAL when it is none
 */
export function parseAddress(text: string): IpAddress {
  const address = readAddressText(text);
  if (address === undefined)
    throw new TcplabError('EINVAL', `"${text}" is not an address; write one such as 10.0.0.1 or fd00::1`);
  return address;
}

/** An address and the length of its prefix. */
export interface AddressPrefix {
  readonly address: IpAddress;
  readonly length: number;
}

/**
 * `10.0.0.1/24` or `fd00::1/64`.
 * @throws TcplabError EINVAL when it is none
 */
export function parsePrefix(text: string): AddressPrefix {
  const [first, length, ...rest] = text.split('/');
  const address = readAddressText(first ?? '');
  const bits = Number(length ?? '');
  const most = typeof address === 'number' ? 32 : 128;
  if (address === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length ?? '') || bits > most)
    throw new TcplabError(
      'EINVAL',
      `"${text}" is not an address with its prefix; write an address, a slash and the length of its network's prefix, such as 10.0.0.1/24 or fd00::1/64`,
    );
  return { address, length: bits };
}
