/**
 * The two address families of sockets: which addresses they take, and how they show those they meet. A socket of AF_INET6 speaks IPv4 too, unless it is told not to (IPV6_V6ONLY): there such
 * addresses stand in `::ffff:0:0/96`, and nowhere below. Read first: RFC 3493 §3.7.
 */
import { TcplabError } from '../../core/errors.ts';
import { type IpAddress, LOOPBACK6, mappedAddress, UNSPECIFIED } from '../../wire/ip-address.ts';
import { type Address, LOCALHOST, makeAddress, readAddress } from './address.ts';
import { AF_INET, AF_INET6 } from './constants.ts';

/** A family of addresses. */
export interface AddressFamily {
  readonly number: typeof AF_INET | typeof AF_INET6;
  /** Every address, and this host. */
  readonly any: IpAddress;
  readonly localhost: IpAddress;
  /** @throws TcplabError EINVAL, EAFNOSUPPORT when the address is one of another family */
  read(address: Address, operation: string): IpAddress;
  /** An address as programs of this family are given it. */
  make(address: IpAddress, port: number): Address;
}

/** IPv4. */
export const INET: AddressFamily = {
  number: AF_INET,
  any: 0,
  localhost: LOCALHOST,
  read: (address, operation) => {
    const read = readAddress(address, operation);
    if (typeof read === 'number') return read;
    throw new TcplabError(
      'EAFNOSUPPORT',
      `${operation}: EAFNOSUPPORT, ${address[0]} is an IPv6 address, and the socket is one of AF_INET; make it with AF_INET6`,
    );
  },
  make: makeAddress,
};

/** IPv6, and IPv4 within it. */
export const INET6: AddressFamily = {
  number: AF_INET6,
  any: UNSPECIFIED,
  localhost: LOOPBACK6,
  read: (address, operation) => {
    const read = readAddress(address, operation);
    if (typeof read === 'object') return read.mapped ?? read;
    if (address[0] === '') return UNSPECIFIED;
    if (address[0] === 'localhost') return LOOPBACK6;
    throw new TcplabError(
      'EAFNOSUPPORT',
      `${operation}: EAFNOSUPPORT, ${address[0]} is an IPv4 address, and the socket is one of AF_INET6; write it as ::ffff:${address[0]}`,
    );
  },
  make: (address, port) => makeAddress(typeof address === 'number' ? mappedAddress(address) : address, port),
};
