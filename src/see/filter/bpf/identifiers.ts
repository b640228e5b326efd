/** What stands behind host, net, port and proto in a capture filter, as numbers. */
import { maskIpv4, readIpv4 } from '../../../wire/address.ts';
import type { FilterError } from '../filter-error.ts';
import { MAX_PORT, numberOfName } from '../value-names.ts';
import { ETHER_TYPES, IP_PROTOCOLS, OSI_PROTOCOLS } from './names.ts';
import type { Identifier, ProtocolWord } from './syntax.ts';

/** Makes an error that points at the identifier. */
type Fail = (reason: string, suggestion?: string) => FilterError;

/** Addresses of a network: those whose bits under the mask are the network's. */
export type Network =
  | { readonly version: 4; readonly address: number; readonly mask: number }
  | { readonly version: 6; readonly words: readonly number[]; readonly masks: readonly number[] };

const LOCALHOST: readonly Network[] = [
  { version: 4, address: 0x7f00_0001, mask: 0xffff_ffff },
  { version: 6, words: [0, 0, 0, 1], masks: [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff] },
];

/** The networks that a host or network is; `localhost` has one in each version of IP. */
export function networkOf(kind: 'host' | 'net', identifier: Identifier, fail: Fail): readonly Network[] {
  switch (identifier.type) {
    case 'name':
      if (identifier.text === 'localhost' && kind === 'host') return LOCALHOST;
      throw fail(`Names are not looked up, except localhost: write the address of ${identifier.text}.`);
    case 'number': {
      // A network may be the number alone, of as many octets as it has: net 10 is 10.0.0.0/8.
      let { value } = identifier;
      let mask = 0xffff_ffff;
      if (kind === 'net')
        while (value !== 0 && (value & 0xff00_0000) === 0) {
          value = (value << 8) >>> 0;
          mask = (mask << 8) >>> 0;
        }
      return [{ version: 4, address: value, mask }];
    }
    case 'ipv6':
      return [ipv6Network(kind, identifier, fail)];
    case 'ipv4':
      return [ipv4Network(kind, identifier, fail)];
    default:
      throw fail('Here stands an address, such as 10.0.0.1 or fe80::1.');
  }
}

function ipv4Network(kind: 'host' | 'net', identifier: Extract<Identifier, { type: 'ipv4' }>, fail: Fail): Network {
  const { text, prefix } = identifier;
  const octets = text.split('.');
  const whole = readIpv4([...octets, '0', '0', '0'].slice(0, 4).join('.'));
  if (whole === undefined) throw fail(`"${text}" is not a valid IPv4 address.`);
  const address = whole >>> 0;
  // An address of fewer octets is the network of all that begin so.
  let mask = maskIpv4(8 * octets.length) >>> 0;
  if (prefix !== undefined) mask = maskIpv4(prefix) >>> 0;
  if (identifier.mask !== undefined) mask = readIpv4(identifier.mask)! >>> 0;
  if (prefix !== undefined || identifier.mask !== undefined) {
    if (kind === 'host' && mask !== 0xffff_ffff)
      throw fail(`A host has no mask; a network is written net ${text}/${prefix ?? identifier.mask}.`);
    if ((address & ~mask) >>> 0 !== 0)
      throw fail(`${text} has bits beyond the mask of its network: write the network's address, or host.`);
  }
  return { version: 4, address, mask };
}

function ipv6Network(kind: 'host' | 'net', identifier: Extract<Identifier, { type: 'ipv6' }>, fail: Fail): Network {
  const { value, prefix = 128 } = identifier;
  if (kind === 'host' && prefix !== 128) throw fail('A host has no prefix; a network is written with net.');
  const view = new DataView(value.buffer, value.byteOffset, 16);
  const words = [0, 4, 8, 12].map((at) => view.getUint32(at));
  const masks = [0, 32, 64, 96].map((from) => maskIpv4(Math.max(0, Math.min(32, prefix - from))) >>> 0);
  if (words.some((word, i) => (word & ~masks[i]!) >>> 0 !== 0))
    throw fail('The address has bits beyond the prefix of its network.');
  return { version: 6, words, masks };
}

/** A port, twice: the least and the greatest. */
export function portOf(identifier: Identifier, fail: Fail): readonly [number, number] {
  if (identifier.type === 'number') return [checked(identifier.value, fail), identifier.value];
  if (identifier.type !== 'name') throw fail('Here stands a port: 80, http.');
  const port = named(identifier.text, fail);
  return [port, port];
}

/** The least and the greatest port of a range, in whichever order they are written. */
export function portsOf(identifier: Identifier, fail: Fail): readonly [number, number] {
  if (identifier.type !== 'range') return portOf(identifier, fail);
  const [a, b] = [identifier.low, identifier.high].map((text) =>
    /^\d+$/.test(text) ? checked(Number(text), fail) : named(text, fail),
  ) as [number, number];
  return [Math.min(a, b), Math.max(a, b)];
}

function checked(port: number, fail: Fail): number {
  if (port > MAX_PORT) throw fail(`A port has 16 bits, at most ${MAX_PORT}, not ${port}.`);
  return port;
}

function named(name: string, fail: Fail): number {
  const port = numberOfName('tcp.port', name);
  if (port === undefined) throw fail(`No port is called ${name}: write its number.`);
  return port;
}

/** A protocol number of IP. */
export function ipProtocolOf(identifier: Identifier, fail: Fail): number {
  if (identifier.type === 'number') {
    if (identifier.value > 255) throw fail(`A protocol of IP has 8 bits, at most 255, not ${identifier.value}.`);
    return identifier.value;
  }
  const number = identifier.type === 'name' ? IP_PROTOCOLS.get(identifier.text) : undefined;
  if (number === undefined) throw fail('No protocol of IP is called so: write its number, such as ip proto 47.');
  return number;
}

/** An EtherType. */
export function etherTypeOf(identifier: Identifier, fail: Fail): number {
  if (identifier.type === 'number') {
    if (identifier.value > 0xffff) throw fail(`An EtherType has 16 bits, at most 0xffff, not ${identifier.value}.`);
    return identifier.value;
  }
  const number = identifier.type === 'name' ? ETHER_TYPES.get(identifier.text) : undefined;
  if (number === undefined)
    throw fail(`No EtherType is called so: ${[...ETHER_TYPES.keys()].join(', ')}, or a number such as 0x88cc.`);
  return number;
}

/** The EtherType, or address of LLC, that a protocol's word is; undefined for other words. */
export const etherTypeOfWord = (word: ProtocolWord): number | undefined => ETHER_TYPES.get(word);

/** A protocol over OSI's network layer. */
export function osiProtocolOf(identifier: Identifier, fail: Fail): number {
  if (identifier.type === 'number') {
    if (identifier.value > 255) throw fail(`A protocol of OSI has 8 bits, at most 255, not ${identifier.value}.`);
    return identifier.value;
  }
  const number = identifier.type === 'name' ? OSI_PROTOCOLS.get(identifier.text) : undefined;
  if (number === undefined) throw fail('No protocol of OSI is called so: clnp, esis, isis, or a number.');
  return number;
}
