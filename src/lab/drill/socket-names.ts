/** Addresses of sockets in scripts: as a socket is told them, and what the script writes of one compared with what it is. */
import type { Address } from '../../speak/socket/address.ts';
import { AF_INET6, SO_DOMAIN, SOL_SOCKET } from '../../speak/socket/bsd.ts';
import { type IpAddress, parseAddress, sameAddress } from '../../wire/ip-address.ts';
import type { Arguments } from './arguments.ts';
import type { Desk, Entry } from './desk.ts';
import type { CallResult } from './stage.ts';
import type { Expression } from './syntax.ts';

/** The address that a text names, which may be IPv4 within IPv6. */
export function unmapped(host: string): IpAddress {
  const address = parseAddress(host);
  return typeof address === 'number' ? address : (address.mapped ?? address);
}

/** `getsockname(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("192.168.0.1")}, [16])`. */
export function addressCall(values: Arguments, desk: Desk, call: 'getsockname' | 'getpeername'): CallResult {
  const name = desk.entry(values.number(0, -1)).socket[call]();
  return { value: 0, errno: undefined, different: otherAddress(values, values.at(1), name) };
}

/** What an address is, where it is not the one that the script writes. */
export function otherAddress(
  values: Arguments,
  written: Expression | undefined,
  [host, port]: Address,
): string | undefined {
  const [wantedHost, wantedPort] = values.addressOf(written, host, port);
  const same = wantedPort === port && sameAddress(unmapped(wantedHost), unmapped(host));
  return same ? undefined : `port ${port} of ${host}`;
}

/** An address as a socket of its family is told it: IPv4 within IPv6 by one of AF_INET6. */
export function addressFor({ socket: own }: Entry, [host, port]: Address): [string, number] {
  const maps = own.getsockopt(SOL_SOCKET, SO_DOMAIN) === AF_INET6 && !host.includes(':');
  return [maps ? `::ffff:${host}` : host, port];
}
