/** Addresses as programs write them: `['localhost', 7456]`. */
import { TcplabError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import type { Ipv4 } from '../../wire/address.ts';
import { formatAddress, type IpAddress, readAddressText } from '../../wire/ip-address.ts';

/**
 * A host and a port. The host is an address (`10.0.0.1`, `fd00::1`, `fe80::1%2` for one on the link of the second interface), `localhost`, or empty for every IPv4 address of this host;
 * the port 0 to 65535.
 */
export type Address = readonly [host: string, port: number];

/** 127.0.0.1. */
export const LOCALHOST: Ipv4 = 0x7f00_0001;

/** The host that was read last: most programs name the same one again and again. */
let lastText = '0.0.0.0';
let lastAddress: IpAddress = 0;

/**
 * What an `Address` names: 127.0.0.1 for `localhost`, 0.0.0.0 for an empty host.
 * @throws TcplabError EINVAL when it is not an address, or the host or the port is not one
 */
export function readAddress(address: Address, operation: string): IpAddress {
  if (!Array.isArray(address))
    throw new TcplabError(
      'EINVAL',
      `${operation}: an address is a host and a port, such as ['localhost', 7456], not ${given(address)}`,
    );
  const [host, port] = address as Address;
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new TcplabError('EINVAL', `${operation}: a port is a whole number from 0 to 65535, not ${String(port)}`);
  if (host === 'localhost') return LOCALHOST;
  if (host === '') return 0;
  if (host === lastText) return lastAddress;
  const read = typeof host === 'string' ? readAddressText(host) : undefined;
  if (read === undefined)
    throw new TcplabError(
      'EINVAL',
      `${operation}: ${given(host)} is not an address; write four numbers such as 10.0.0.1, an IPv6 address such as fd00::1, or localhost (other names are not looked up)`,
    );
  lastText = host;
  lastAddress = read;
  return read;
}

/** The address that was written last: a server's clients are often the same one again. */
let lastWritten: IpAddress = 0;
let lastForm = '0.0.0.0';

/** An address as programs are given it. */
export function makeAddress(address: IpAddress, port: number): Address {
  if (address !== lastWritten) {
    lastForm = formatAddress(address);
    lastWritten = address;
  }
  return [lastForm, port];
}

/** An address as web programs have it. The host is an address (`::` for every one of both versions), `localhost`, or empty for every IPv4 address of this host; the port 0 to 65535. */
export interface SocketAddress {
  readonly hostname: string;
  readonly port: number;
}

/** The ways to write an address: `{ hostname: '10.0.0.2', port: 7456 }`, `'10.0.0.2:7456'`, `'[fd00::2]:7456'`, `['10.0.0.2', 7456]`. */
export type AnyAddress = SocketAddress | string | Address;

/**
 * Whichever way it is written.
 * @throws TcplabError EINVAL when it is none of them
 */
export function anyAddress(address: AnyAddress, operation: string): Address {
  let found: Address;
  if (typeof address === 'string') {
    const colon = address.lastIndexOf(':');
    const port = address.slice(colon + 1);
    if (colon < 0 || !/^\d+$/.test(port))
      throw new TcplabError('EINVAL', `${operation}: "${address}" has no port; write it as 10.0.0.1:7456`);
    const host = address.slice(0, colon);
    const bare = /^\[(.*)\]$/.exec(host)?.[1];
    if (bare === undefined && host.includes(':'))
      throw new TcplabError(
        'EINVAL',
        `${operation}: "${address}" does not say where its port begins; write [${host}]:${port}`,
      );
    found = [bare ?? host, Number(port)];
  } else if (Array.isArray(address)) found = address as Address;
  else {
    const { hostname, port } = (address ?? {}) as Partial<SocketAddress>;
    if (hostname === undefined || port === undefined)
      throw new TcplabError(
        'EINVAL',
        `${operation}: an address is '10.0.0.2:7456' or { hostname: '10.0.0.2', port: 7456 }, not ${given(address)}`,
      );
    found = [hostname, port];
  }
  readAddress(found, operation);
  return found;
}

/** An address as web programs are given it. */
export const socketAddress = (address: IpAddress, port: number): SocketAddress => ({
  hostname: formatAddress(address),
  port,
});

/** `10.0.0.1:7456`, `[fd00::1]:7456`, for messages. */
export const addressText = ([host, port]: Address): string =>
  `${host === '' ? '0.0.0.0' : host.includes(':') ? `[${host}]` : host}:${port}`;

/** Refuses what is not octets: a text has to be encoded by whoever knows how. */
export function requireBytes(bytes: Uint8Array, operation: string): void {
  if (!(bytes instanceof Uint8Array))
    throw new TcplabError(
      'EINVAL',
      `${operation} takes octets (a Uint8Array), not ${given(bytes)}; make them of a text with bytes('...')`,
    );
}

/** @throws TcplabError EINVAL when it is not a number of octets */
export function requireCount(count: number, operation: string): void {
  if (!(Number.isInteger(count) && count >= 0))
    throw new TcplabError('EINVAL', `${operation}: the most octets wanted is a whole number, 0 or more, not ${count}`);
}

/** @throws TcplabError EINVAL when `count` octets from `at` on are not all in `into` */
export function requireRoom(into: Uint8Array, at: number, count: number): void {
  requireCount(count, 'recvInto');
  if (!(Number.isInteger(at) && at >= 0 && at + count <= into.length))
    throw new TcplabError(
      'EINVAL',
      `recvInto: ${count} octets from ${at} on do not fit into an array of ${into.length}`,
    );
}

const ENCODER = new TextEncoder();

/** The octets of a text, in UTF-8. */
export const bytes = (text: string): Uint8Array<ArrayBuffer> => ENCODER.encode(text);
